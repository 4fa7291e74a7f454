frappe.ui.form.on("Clinical Record", {
	refresh(frm) {
		with_types((types) => {
			show_readers(frm, types);
			if (frm.is_new()) offer_own_types(frm, types);
		});
	},

	record_type(frm) {
		with_types((types) => show_readers(frm, types));
	},
});

let known_types = null;

const HELP = {
	Health: __("Diagnoses, visits, therapies. What others need to know goes into a Health Summary or a Care Note."),
	"Psycho-social": __("Clinical notes of the psychologist. Nobody else reads them."),
	"Health Summary": __("What those who plan must know, without diagnoses where they are not needed."),
	"Psycho-social Summary": __("What those who plan must know, in words that everybody understands."),
	"Care Note": __("What who lives with the minor must do: medicines, allergies, what to do when. No diagnosis."),
};

function with_types(then) {
	if (known_types) {
		then(known_types);
		return;
	}
	frappe
		.call({ method: "core_minori.api.assessments.clinical_types", type: "GET" })
		.then(({ message }) => {
			known_types = message;
			then(message);
		});
}

// Nobody is offered a type that they may not write.
function offer_own_types(frm, types) {
	const own = Object.keys(types).filter((type) =>
		types[type].write.some((role) => frappe.user.has_role(role)),
	);
	frm.set_df_property("record_type", "options", ["", ...own]);
	if (own.length === 1) frm.set_value("record_type", own[0]);
}

function show_readers(frm, types) {
	const type = frm.doc.record_type;
	const box = frm.get_field("readers_html").$wrapper;
	if (!type || !types[type]) {
		box.html("");
		return;
	}
	const readers = types[type].read.map((role) => __(role)).join(", ");
	box.html(
		`<p class="text-muted small">${frappe.utils.escape_html(HELP[type] || "")}<br>` +
			`<b>${__("Read by, where they follow the case: {0}.", [frappe.utils.escape_html(readers)])}</b></p>`,
	);
}
