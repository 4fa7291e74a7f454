// A page's script runs in the window itself: what is named here stays here.
(() => {
	frappe.pages["intake"].on_page_load = (wrapper) => {
		const page = frappe.ui.make_app_page({ parent: wrapper, title: __("Intake"), single_column: true });
		wrapper.intake = new Intake(page);
	};

	frappe.pages["intake"].on_page_show = (wrapper) => wrapper.intake.show();

	const escaped = (text) => frappe.utils.escape_html(text == null ? "" : String(text));
	const choices = (values) => values.map((value) => ({ value, label: value ? __(value) : "" }));

	const SHARED = () => [
		{ fieldtype: "Date", fieldname: "reported_on", label: __("Reported On"), reqd: 1, default: "Today" },
		{
			fieldtype: "Select",
			fieldname: "emersion_channel",
			label: __("Channel of Emersion"),
			options: choices([
				"",
				"Reception Facility",
				"School",
				"Health Service",
				"Social Service",
				"Police",
				"Court",
				"Family",
				"Self",
				"Other",
			]),
		},
		{ fieldtype: "Column Break" },
		{
			fieldtype: "Select",
			fieldname: "living_arrangement",
			label: __("Living Arrangement"),
			reqd: 1,
			default: "Facility",
			options: choices(["Facility", "Family", "Foster Family", "Independent"]),
		},
		{
			fieldtype: "Link",
			fieldname: "facility",
			label: __("Facility"),
			options: "Facility",
			get_query: () => ({ filters: { disabled: 0 } }),
			depends_on: "eval:doc.living_arrangement=='Facility'",
			mandatory_depends_on: "eval:doc.living_arrangement=='Facility'",
		},
		{ fieldtype: "Column Break" },
		{
			fieldtype: "Datetime",
			fieldname: "reception_entry",
			label: __("Entry into First Reception"),
			description: __("Day and hour: the legal deadlines start here."),
		},
		{ fieldtype: "Column Break" },
		{ fieldtype: "Link", fieldname: "project", label: __("Project"), options: "Funded Project" },
		{
			fieldtype: "Select",
			fieldname: "intervention_area",
			label: __("Area of Intervention"),
			options: choices([
				"",
				"Addictions",
				"Prostitution and Trafficking",
				"Prevention and Youth",
				"Maltreatment and Abuse",
				"Reception",
				"Other",
			]),
		},
	];

	const PERSON = (values) =>
		[
			{
				fieldtype: "Select",
				fieldname: "beneficiary_type",
				label: __("Beneficiary Type"),
				reqd: 1,
				default: "Unaccompanied Minor",
				options: choices([
					"Unaccompanied Minor",
					"Minor in a Family",
					"Parent",
					"Adult with International Protection",
					"Young Adult in Prosieguo",
				]),
			},
			{ fieldtype: "Data", fieldname: "given_name", label: __("Given Name"), reqd: 1, length: 140 },
			{
				fieldtype: "Data",
				fieldname: "family_name",
				label: __("Family Name"),
				description: __("Empty for who has one name."),
				length: 140,
			},
			{ fieldtype: "Column Break" },
			{
				fieldtype: "Select",
				fieldname: "sex",
				label: __("Sex"),
				reqd: 1,
				options: choices(["", "Male", "Female", "Other", "Unknown"]),
			},
			{ fieldtype: "Date", fieldname: "birth_date", label: __("Date of Birth") },
			{
				fieldtype: "Int",
				fieldname: "age",
				label: __("or Age in Years"),
				description: __("Empty when nothing is known."),
				depends_on: "eval:!doc.birth_date",
			},
			{
				fieldtype: "Select",
				fieldname: "birth_date_certainty",
				label: __("Certainty of Date of Birth"),
				default: "Declared",
				options: choices(["Documented", "Declared", "Estimated", "Set by the Court"]),
				depends_on: "eval:doc.birth_date",
			},
			{ fieldtype: "Column Break" },
			{ fieldtype: "Link", fieldname: "nationality", label: __("Nationality"), options: "Country" },
			{
				fieldtype: "Link",
				fieldname: "second_nationality",
				label: __("Second Nationality"),
				options: "Country",
				depends_on: "eval:doc.nationality",
			},
			{
				fieldtype: "Select",
				fieldname: "victim_status",
				label: __("Victim of Violence"),
				options: choices(["", "No Sign", "Potential Victim", "Victim"]),
			},
			{ fieldtype: "Section Break", label: __("More about this person"), collapsible: 1 },
			{
				fieldtype: "Data",
				fieldname: "alias",
				label: __("Also Known As"),
				description: __("Divided by commas."),
				length: 140,
			},
			{
				fieldtype: "Data",
				fieldname: "original_name",
				label: __("Name in the Original Script"),
				length: 140,
			},
			{ fieldtype: "Column Break" },
			{ fieldtype: "Data", fieldname: "languages", label: __("Languages") },
			{ fieldtype: "Data", fieldname: "phone", label: __("Phone"), options: "Phone" },
			{ fieldtype: "Column Break" },
			{ fieldtype: "Data", fieldname: "fiscal_code", label: __("Fiscal Code"), length: 16 },
		].map((field) =>
			field.fieldname in values ? { ...field, default: values[field.fieldname] } : field,
		);

	const LOOKED_AT = [
		"given_name",
		"family_name",
		"alias",
		"original_name",
		"sex",
		"birth_date",
		"age",
		"nationality",
		"second_nationality",
		"fiscal_code",
		"phone",
	];

	class Intake {
		constructor(page) {
			this.page = page;
			this.page.set_primary_action(__("Open the Case"), () => this.open());
			this.page.set_secondary_action(__("Find a Person"), () => core_minori.find_person());
			this.page.add_menu_item(__("Start again"), () => this.restart());
			this.$body = $('<div class="intake" style="padding-bottom: var(--padding-2xl)"></div>').appendTo(
				page.main,
			);
			page.wrapper.on("keydown", (event) => {
				if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "s") {
					event.preventDefault();
					event.stopPropagation();
					this.open();
				}
			});
			this.restart();
		}

		show() {
			const options = frappe.route_options || {};
			frappe.route_options = null;
			if (options.screening) this.screening = options.screening;
			this.$screening.toggle(Boolean(this.screening));
			this.$screening.text(
				this.screening ? __("The screening {0} will belong to this case.", [this.screening]) : "",
			);
		}

		restart() {
			this.token = frappe.utils.get_random(20).replace(/[^a-zA-Z0-9]/g, "0");
			this.screening = null;
			this.persons = [];
			this.$body.empty();
			this.$screening = $('<div class="alert alert-info" style="display: none"></div>').appendTo(this.$body);
			this.$persons = $("<div></div>").appendTo(this.$body);
			const $more = $('<div class="flex" style="gap: 8px; margin: 0 0 var(--margin-lg)"></div>').appendTo(
				this.$body,
			);
			for (const [label, kind] of [
				[__("Add a Child"), "Minor in a Family"],
				[__("Add a Parent"), "Parent"],
			]) {
				$('<button type="button" class="btn btn-default btn-sm"></button>')
					.text(label)
					.appendTo($more)
					.on("click", () => this.add_relative(kind));
			}
			const $shared = card(this.$body, __("Arrival and Place"));
			this.shared = fields_in($shared, SHARED());
			this.add_person({});
			this.name_buttons();
			setTimeout(() => this.persons[0].fields.get_field("given_name").$input?.trigger("focus"), 300);
		}

		add_relative(kind) {
			const first = this.persons[0];
			// A family of two kinds: who stood alone becomes the parent of the child, or the child of the parent.
			if (first.value("beneficiary_type") === "Unaccompanied Minor") {
				first.fields.set_value(
					"beneficiary_type",
					kind === "Parent" ? "Minor in a Family" : "Parent",
				);
			}
			const taken = {};
			for (const field of ["family_name", "nationality", "second_nationality", "languages"]) {
				if (first.value(field)) taken[field] = first.value(field);
			}
			const added = this.add_person({ beneficiary_type: kind, ...taken });
			added.fields.get_field("given_name").$input?.trigger("focus");
			this.name_buttons();
		}

		add_person(values) {
			const person = new PersonCard(this, values);
			this.persons.push(person);
			return person;
		}

		remove(person) {
			person.$card.remove();
			this.persons = this.persons.filter((one) => one !== person);
			this.name_buttons();
		}

		name_buttons() {
			const several = this.persons.length > 1;
			this.page.btn_primary.text(
				several ? __("Open {0} Cases", [this.persons.length]) : __("Open the Case"),
			);
			this.persons.forEach((person, place) => {
				person.$title.text(several ? __("Person {0}", [place + 1]) : __("The Person"));
				person.$remove.toggle(several && place > 0);
			});
		}

		open() {
			// get_values says what is missing, and leaves everything as it is
			const shared = this.shared.get_values();
			if (!shared) return;
			const persons = [];
			for (const person of this.persons) {
				const values = person.fields.get_values();
				if (!values) return;
				persons.push(values);
			}
			if (this.persons.some((person) => person.warns())) {
				frappe.confirm(
					__("Somebody alike is already known. Is it another person, and shall a new case be opened?"),
					() => this.send(shared, persons),
				);
			} else {
				this.send(shared, persons);
			}
		}

		send(shared, persons) {
			if (this.sending) return;
			this.sending = true;
			this.page.btn_primary.prop("disabled", true);
			frappe
				.xcall("core_minori.api.intake.open_cases", {
					shared,
					persons,
					token: this.token,
					screening: this.screening || null,
				})
				.then(({ cases }) => {
					this.restart();
					frappe.show_alert({
						message:
							cases.length > 1
								? __("{0} cases are open.", [cases.length])
								: __("The case {0} is open.", [cases[0]]),
						indicator: "green",
					});
					frappe.set_route("Form", "Case File", cases[0]);
				})
				.finally(() => {
					this.sending = false;
					this.page.btn_primary.prop("disabled", false);
				});
		}
	}

	class PersonCard {
		constructor(intake, values) {
			this.intake = intake;
			this.$card = $('<div class="frappe-card intake-person" style="margin-bottom: var(--margin-md); padding: var(--padding-sm) 0 0"></div>').appendTo(
				intake.$persons,
			);
			const $head = $(
				'<div class="flex justify-between align-center" style="padding: 0 var(--padding-md)"><b class="intake-title"></b></div>',
			).appendTo(this.$card);
			this.$title = $head.find(".intake-title");
			this.$remove = $('<button type="button" class="btn btn-xs btn-default"></button>')
				.text(__("Take away"))
				.appendTo($head)
				.on("click", () => intake.remove(this));
			const $fields = $("<div></div>").appendTo(this.$card);
			this.$age = $('<div class="text-warning small" style="padding: 0 var(--padding-md)"></div>').appendTo(
				this.$card,
			);
			this.$found = $(
				'<div class="intake-found" aria-live="polite" style="padding: 0 var(--padding-md) var(--padding-sm)"></div>',
			).appendTo(this.$card);
			this.passed = new Set();
			this.found = [];
			this.look = frappe.utils.debounce(() => this.look_for_duplicates(), 600);
			this.fields = fields_in($fields, PERSON(values), (fieldname) => {
				if (LOOKED_AT.includes(fieldname)) this.look();
				if (["birth_date", "beneficiary_type", "birth_date_certainty", "age"].includes(fieldname)) {
					this.check_age();
				}
			});
			for (const fieldname of ["given_name", "family_name", "original_name"]) {
				this.fields.get_field(fieldname).$input?.on("input", () => this.look());
			}
		}

		value(fieldname) {
			return this.fields.get_value(fieldname);
		}

		warns() {
			return this.found.some((one) => one.likely && !this.passed.has(key_of(one)));
		}

		typed() {
			const person = {};
			for (const fieldname of LOOKED_AT) {
				const field = this.fields.get_field(fieldname);
				// what stands in the box now: the value of a field is only taken over when one leaves it
				const text = field.df.fieldtype === "Data" ? field.$input?.val() : field.get_value();
				if (text) person[fieldname] = text;
			}
			return person;
		}

		look_for_duplicates() {
			const person = this.typed();
			const letters = `${person.given_name || ""}${person.family_name || ""}${person.original_name || ""}`;
			if (letters.replace(/\s/g, "").length < 3) return this.show([]);
			const asked = JSON.stringify(person);
			if (asked === this.asked) return;
			this.asked = asked;
			frappe.xcall("core_minori.api.intake.duplicates", { person }).then((found) => {
				if (asked === this.asked) this.show(found || []);
			});
		}

		check_age() {
			const born = this.value("birth_date");
			if (!born) return this.$age.empty();
			frappe
				.xcall("core_minori.api.intake.check", {
					kind: this.value("beneficiary_type"),
					birth_date: born,
					certainty: this.value("birth_date_certainty"),
				})
				.then((said) => this.$age.html((said || []).map(escaped).join("<br>")));
		}

		show(found) {
			this.found = found;
			this.$found.empty();
			for (const one of found) {
				if (this.passed.has(key_of(one))) continue;
				const $row = $(
					'<div class="intake-duplicate flex align-center justify-between" style="gap: 12px; padding: 8px 12px; margin-top: 8px; border-radius: var(--border-radius); flex-wrap: wrap"></div>',
				)
					.css("background", one.likely ? "var(--bg-orange)" : "var(--bg-light-gray)")
					.appendTo(this.$found);
				$("<div></div>").html(words_of(one)).appendTo($row);
				const $buttons = $('<div class="flex" style="gap: 8px"></div>').appendTo($row);
				if (one.readable) {
					$('<button type="button" class="btn btn-xs btn-default"></button>')
						.text(one.case ? __("Open the known case") : __("Open the known person"))
						.appendTo($buttons)
						.on("click", () =>
							one.case
								? frappe.set_route("Form", "Case File", one.case)
								: frappe.set_route("Form", "Minor", one.minor),
						);
				}
				$('<button type="button" class="btn btn-xs btn-default intake-pass"></button>')
					.text(__("It is another person, go on"))
					.appendTo($buttons)
					.on("click", () => {
						this.passed.add(key_of(one));
						this.show(this.found);
					});
			}
		}
	}

	const key_of = (one) => one.minor || one.case || "?";

	function words_of(one) {
		if (!one.readable) {
			const code = one.case ? `<b>${escaped(one.case)}</b> · ` : "";
			return `${code}${__("already known to the network: ask the coordinator")}`;
		}
		const born = one.birth_date
			? __("born on {0}", [frappe.datetime.str_to_user(one.birth_date)])
			: __("date of birth unknown");
		const parts = [`<b>${escaped(one.name)}</b>`, escaped(born)];
		if (one.case) parts.push(escaped(one.case) + (one.closed ? ` (${__("closed")})` : ""));
		if (one.followed_by) parts.push(__("already followed by {0}", [escaped(one.followed_by)]));
		return `${parts.join(" · ")}<div class="small text-muted">${one.reasons.map(escaped).join(" · ")}</div>`;
	}

	function card($parent, title) {
		const $card = $(
			'<div class="frappe-card" style="margin-bottom: var(--margin-md); padding: var(--padding-sm) 0 0"></div>',
		).appendTo($parent);
		$('<b style="padding: 0 var(--padding-md); display: block"></b>').text(title).appendTo($card);
		return $("<div></div>").appendTo($card);
	}

	function fields_in($parent, fields, changed) {
		const group = new frappe.ui.FieldGroup({
			fields: fields.map((field) =>
				field.fieldname && changed ? { ...field, onchange: () => changed(field.fieldname) } : field,
			),
			body: $parent[0],
			no_submit_on_enter: true,
		});
		group.make();
		// What is seldom known at the door is one click away; a section with something in it stays open.
		for (const section of group.sections || []) {
			if (section.df.collapsible && !section.fields_list.some((field) => field.df.default)) {
				section.collapse(true);
			}
		}
		return group;
	}
})();
