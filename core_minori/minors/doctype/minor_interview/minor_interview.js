frappe.ui.form.on("Minor Interview", {
	setup(frm) {
		frm.set_query("case_file", () => ({ filters: { closed_on: ["is", "not set"] } }));
	},

	onload(frm) {
		if (frm.is_new()) start(frm);
	},

	case_file(frm) {
		start(frm);
	},

	refresh(frm) {
		if (frm.is_new()) return;
		frm.set_intro("");
		if (frm.doc.signed_on) {
			frm.set_intro(
				__("Signed on {0}: the text stays. What is to be added is a further part.", [
					frappe.datetime.str_to_user(frm.doc.signed_on),
				]),
				"blue",
			);
		}
		close_text(frm);
		if (frm.perm[0]?.write) add_steps(frm);
	},

	mediator_present(frm) {
		keep_row(frm, "mediator_present", ["Cultural Mediator"]);
	},

	guardian_present(frm) {
		keep_row(frm, "guardian_present", ["Guardian", "Provisional Guardian"]);
	},
});

frappe.ui.form.on("Interview Attendee", {
	role: show_presence,
	attendees_remove: show_presence,
});

const TEXTS = [
	"personal_history",
	"family_ties",
	"vulnerability",
	"protection_facts",
	"involvement",
	"minor_opinion",
	"interview_type",
	"held_at",
	"language",
	"absence_reason",
	"urgent_need",
	"mediator_present",
	"guardian_present",
];

// What the case knows already is not typed again: language, who holds the interview, mediator, guardian.
function start(frm) {
	if (!frm.is_new() || !frm.doc.case_file || frm.started_for === frm.doc.case_file) return;
	frm.started_for = frm.doc.case_file;
	frappe
		.call({
			method: "core_minori.api.assessments.interview_start",
			type: "GET",
			args: { case_file: frm.doc.case_file },
		})
		.then(({ message }) => {
			if (!message) return;
			if (!frm.doc.part_of) frm.set_value("interview_type", message.interview_type);
			if (!frm.doc.language) frm.set_value("language", message.language);
			if (!(frm.doc.attendees || []).some((row) => row.role)) {
				frm.clear_table("attendees");
				message.attendees.forEach((row) => frm.add_child("attendees", row));
				frm.refresh_field("attendees");
				show_presence(frm);
			}
		});
}

function show_presence(frm) {
	const roles = (frm.doc.attendees || []).map((row) => row.role);
	frm.doc.mediator_present = roles.includes("Cultural Mediator") ? 1 : 0;
	frm.doc.guardian_present = roles.some((role) => ["Guardian", "Provisional Guardian"].includes(role))
		? 1
		: 0;
	frm.refresh_fields(["mediator_present", "guardian_present", "absence_reason"]);
}

// The tick and the row say one thing: ticking makes the row, taking the tick away takes the row.
function keep_row(frm, field, roles) {
	const rows = (frm.doc.attendees || []).filter((row) => roles.includes(row.role));
	if (frm.doc[field] && !rows.length) {
		frm.add_child("attendees", { role: roles[0] });
	} else if (!frm.doc[field]) {
		rows.forEach((row) => frappe.model.clear_doc(row.doctype, row.name));
		frm.doc.attendees.forEach((row, place) => (row.idx = place + 1));
	}
	frm.refresh_field("attendees");
	frm.refresh_field("absence_reason");
}

function close_text(frm) {
	const closed = frm.doc.signed_on ? 1 : 0;
	TEXTS.forEach((field) => frm.set_df_property(field, "read_only", closed));
	const { grid } = frm.get_field("attendees");
	grid.cannot_add_rows = Boolean(closed);
	grid.cannot_delete_rows = Boolean(closed);
	["role", "user", "person"].forEach((field) =>
		grid.update_docfield_property(field, "read_only", closed),
	);
	grid.refresh();
}

function add_steps(frm) {
	const { doc } = frm;
	const today = frappe.datetime.get_today();
	const save_with = (values) => frm.set_value(values).then(() => frm.save());
	if (doc.urgent_need && !doc.urgent_told_at) {
		frm.add_custom_button(__("Facility Told"), () =>
			save_with({ urgent_told_at: frappe.datetime.now_datetime() }),
		).addClass("btn-danger");
	}
	if (!doc.concluded && !doc.part_of) {
		frm.add_custom_button(__("Conclude"), () => save_with({ concluded: 1 })).addClass("btn-primary");
	} else if (!doc.concluded) {
		frm.add_custom_button(__("Conclude with This Part"), () => save_with({ concluded: 1 }));
	}
	const mine = (doc.attendees || []).find(
		(row) => row.user === frappe.session.user && !row.signed_on && !row.refusal_reason,
	);
	if (mine && (doc.concluded || doc.part_of)) {
		frm.add_custom_button(__("Sign Today"), () =>
			frappe.confirm(__("After the first signature the text cannot change any more. Sign today?"), () =>
				frappe.model
					.set_value(mine.doctype, mine.name, "signed_on", today)
					.then(() => frm.save()),
			),
		);
	}
	if (doc.concluded) {
		if (!doc.sent_to_municipality_on) {
			frm.add_custom_button(
				__("To the Municipality, Today"),
				() => save_with({ sent_to_municipality_on: today }),
				__("Forwarding"),
			);
		}
		if (!doc.sent_to_prosecutor_on) {
			frm.add_custom_button(
				__("To the Prosecutor, Today"),
				() => save_with({ sent_to_prosecutor_on: today }),
				__("Forwarding"),
			);
		}
	}
	if (frappe.model.can_print("Minor Interview")) {
		frm.add_custom_button(__("Print Report"), () => print_report(frm, "Interview Report"));
	}
	frm.add_custom_button(__("Add a Part"), () =>
		frappe.new_doc("Minor Interview", {
			case_file: doc.case_file,
			part_of: doc.part_of || doc.name,
			interview_type: doc.interview_type,
			language: doc.language,
		}),
	);
}

function print_report(frm, format) {
	const address = frappe.urllib.get_full_url(
		`/printview?doctype=${encodeURIComponent(frm.doctype)}&name=${encodeURIComponent(frm.doc.name)}` +
			`&format=${encodeURIComponent(format)}&no_letterhead=1&_lang=it&trigger_print=1`,
	);
	window.open(address, "_blank");
}
