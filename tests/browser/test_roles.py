"""Each role opens a case: what it finds there are its own columns of the matrix, and no other."""

import pytest
from desk import Desk
from test_journeys import resource

# Records of a case, and who of coordinator, unit manager, social worker, psychologist, educator, mediator and facility
# contact reads them: by hand, from the agreed matrix.
ROLES = (
	"coordinator",
	"unit_manager",
	"social_worker",
	"psychologist",
	"educator",
	"mediator",
	"facility_contact",
)
READERS = {
	"Minor": "yyyyyyy",
	"Support Person": "yyyyyyy",
	"Guardianship": "yyyyyyy",
	"Personal Document": "yyyyyyy",
	"Minor Interview": "yyyyyyy",
	"Screening": "yyyyy--",
	"Risk Assessment": "yyyyy--",
	"Contact Log": "yyyyyy-",
	"Case Meeting": "yyyyyy-",
	"Intervention": "yyyyyy-",
	"Family Search": "yyyyyy-",
	"Court Act": "yyyy---",
	"Protection Report": "yyyy---",
	"Placement": "yyy-y-y",
	"Case Request": "yyyyy--",
	"Consent": "y-yyy--",
	"PEI": "yyyyy-y",
	"PEI Review": "yyyyy-y",
	"Clinical Record": "yyyyy-y",
	"Care Assignment": "yyyyyy-",
	"Case Deadline": "yyyyyyy",  # those of the parts one reads
	"Referral": "yyyyy-y",
}


def first_case(desk: Desk) -> str:
	"""A case that this user follows, or hosts."""
	rows = resource(
		desk,
		"GET",
		"resource/Case File",
		filters='[["closed_on","is","not set"]]',
		order_by="name",
		limit_page_length=1,
	)
	return rows["data"][0]["name"]


@pytest.mark.parametrize("key", ROLES)
def test_a_role_opens_a_case_and_sees_its_columns(desk_of, key):
	place = ROLES.index(key)
	with desk_of(key) as desk:
		desk.open("/app/minors")
		case = first_case(desk)
		desk.open(f"/app/case-file/{case}")
		desk.page.wait_for_function("name => window.cur_frm && cur_frm.doc.name === name", arg=case)
		desk.settle()
		for tab in desk.page.locator(".form-tabs:visible .nav-link:visible").all():
			tab.click()
			desk.page.wait_for_timeout(150)
		desk.settle()
		shown = set(
			desk.page.evaluate(
				"""() => [...document.querySelectorAll('.form-links .document-link[data-doctype]')]
					.filter(link => link.style.display !== 'none').map(link => link.dataset.doctype)"""
			)
		)
		allowed = {doctype for doctype, readers in READERS.items() if readers[place] == "y"}
		assert shown <= allowed, shown - allowed
		assert len(shown) >= min(4, len(allowed)), shown
		for doctype in READERS:
			answer = desk.page.context.request.get(
				f"{desk.page.url.split('/app')[0]}/api/resource/{doctype}?limit_page_length=1"
			)
			assert answer.ok is (doctype in allowed), f"{doctype}: {answer.status}"
		desk.shot(f"role-{key}")
		assert desk.errors == []
