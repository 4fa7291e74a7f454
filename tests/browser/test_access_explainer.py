"""Who sees what, and why: the page as the data protection officer and the coordinator use it."""

from playwright.sync_api import expect

PAGE = "/app/access-explainer"


def test_the_officer_learns_why(desk_of):
	with desk_of("coordinator") as coordinator:
		coordinator.open("/app")
		case, worker, stranger = coordinator.page.evaluate(
			"""async () => {
				const list = (doctype, fields, filters) => frappe.xcall("frappe.client.get_list",
					{ doctype, fields, filters, limit_page_length: 1 });
				const [tie] = await list("Care Assignment", ["case_file", "user"],
					{ care_role: "Social Worker", to_date: ["is", "not set"] });
				return [tie.case_file, tie.user, frappe.session.user];
			}"""
		)
		# From the case itself: who sees it.
		coordinator.open(f"/app/case-file/{case}")
		coordinator.page.wait_for_function("window.cur_frm && cur_frm.doc")
		coordinator.settle()
		coordinator.page.evaluate(
			"""name => { frappe.route_options = { user: "", case_file: name }; frappe.set_route("access-explainer"); }""",
			case,
		)
		answer = coordinator.page.locator(".access-explainer")
		expect(answer).to_contain_text(worker)
		expect(answer).to_contain_text(stranger)
		# One more click: why this one.
		answer.locator(f'[data-user="{worker}"]').first.click()
		expect(answer.locator("[data-answer=yes]")).to_be_visible()
		assert not [said for said in coordinator.errors if "favicon" not in said]
	with desk_of("protection_officer") as officer:
		officer.open(PAGE)
		officer.page.locator('[data-fieldname="case_file"] input').fill(case)
		officer.page.locator('[data-fieldname="case_file"] input').press("Tab")
		expect(officer.page.locator(".access-explainer")).to_contain_text(worker)
		officer.shot("who-sees-a-case")


def test_a_worker_is_not_told(desk_of):
	with desk_of("social_worker") as worker:
		worker.open("/app")
		answer = worker.page.request.get(
			f"{worker.page.url.split('/app')[0]}/api/method/core_minori.api.access.seen_by?user=Administrator"
		)
		assert answer.status == 403
		worker.open("/app/case-file")
		assert worker.page.evaluate("!frappe.boot.page_info['access-explainer']")
