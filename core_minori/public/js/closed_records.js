// Whoever loses a case loses it in the tab that is open too. What the tab holds of protected records (forms, lists,
// reports, links) is asked about again when the tab comes back into sight, at each change of page, every half minute, and
// at once when the server says that something of this user's access changed. What is refused goes, and the tab says why.
(() => {
	const EVERY = 30 * 1000;
	const MOST_RECORDS = 200;
	// Not the records: these names outlive the page, so that the next one can say what happened.
	const TOLD = "core_minori_closed";

	let slugs; // address -> protected DocType
	let asking = false;
	let again = false;
	let leaving = false;
	let waiting = false; // for another record's unsaved changes

	$(document).on("startup", () => {
		const kept = frappe.boot.core_minori_protected || [];
		if (!kept.length) return;
		slugs = new Map(kept.map((doctype) => [frappe.router.slug(doctype), doctype]));
		say_what_happened();
		window.addEventListener("focus", ask);
		document.addEventListener("visibilitychange", () => !document.hidden && ask());
		window.addEventListener("pageshow", (event) => event.persisted && window.location.reload());
		frappe.router.on("change", () => (waiting ? window.location.reload() : ask()));
		frappe.realtime.on("core_minori_access", ask);
		setInterval(() => document.hidden || ask(), EVERY);
	});

	// DocType -> names of everything protected that stands in this tab, seen or not.
	function held() {
		const kept = new Set(slugs.values());
		const found = {};
		const add = (doctype, name) => {
			if (!kept.has(doctype) || typeof name !== "string" || !name) return;
			if (locals[doctype]?.[name]?.__islocal || name.startsWith("new-")) return;
			(found[doctype] ??= new Set()).add(name);
		};
		for (const doctype of kept) Object.keys(locals[doctype] || {}).forEach((name) => add(doctype, name));
		for (const view of Object.values(frappe.views.list_view || {})) {
			if (Array.isArray(view?.data)) view.data.forEach((row) => add(view.doctype, row.name));
		}
		for (const event of calendar_events()) add(event.doctype, event.name);
		const report = frappe.query_report;
		const links = (report?.columns || []).filter((column) => kept.has(column.options));
		for (const row of (links.length && report.data) || []) {
			for (const column of links) add(column.options, row[column.fieldname]);
		}
		for (const link of document.querySelectorAll('a[href^="/app/"], a[href^="/desk/"]')) {
			const [, , slug, name] = link.getAttribute("href").split(/[?#]/)[0].split("/");
			if (name) add(slugs.get(slug), decode(name));
		}
		return found;
	}

	// A calendar draws its events without a link.
	function calendar_events() {
		return Object.values(frappe.views.list_view || {}).flatMap((view) =>
			view?.calendar?.$cal?.fullCalendar
				? view.calendar.$cal
						.fullCalendar("clientEvents")
						.map((event) => ({ doctype: view.doctype, name: event.name }))
				: [],
		);
	}

	function decode(name) {
		try {
			return decodeURIComponent(name);
		} catch {
			return name;
		}
	}

	async function ask() {
		if (leaving) return;
		if (asking) {
			again = true;
			return;
		}
		asking = true;
		try {
			const names = Object.entries(held()).flatMap(([doctype, found]) =>
				[...found].map((name) => [doctype, name]),
			);
			const closed = [];
			let why = null;
			for (let start = 0; start < names.length; start += MOST_RECORDS) {
				const answer = await asked(names.slice(start, start + MOST_RECORDS));
				if (!answer) return;
				why ??= answer.why;
				for (const [doctype, lost] of Object.entries(answer.closed)) {
					closed.push(...lost.map((name) => [doctype, name]));
				}
			}
			if (closed.length) shut(closed, why);
		} finally {
			asking = false;
			if (again) {
				again = false;
				ask();
			}
		}
	}

	// By hand and not with frappe.call: nobody waits for it, and a server that is away for a moment refuses nothing.
	async function asked(names) {
		const records = {};
		for (const [doctype, name] of names) (records[doctype] ??= []).push(name);
		try {
			const answer = await fetch("/api/method/core_minori.api.access.closed_among", {
				method: "POST",
				headers: {
					Accept: "application/json",
					"Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
					"X-Frappe-CSRF-Token": frappe.csrf_token,
				},
				body: new URLSearchParams({ records: JSON.stringify(records) }),
			});
			return answer.ok ? (await answer.json()).message : null;
		} catch {
			return null;
		}
	}

	function shut(closed, why) {
		const gone = new Set(closed.map(([, name]) => name));
		const unsaved = unsaved_but(gone);
		for (const [doctype, name] of closed) {
			frappe.model.clear_doc(doctype, name); // with its rows
			if (frappe.model.docinfo?.[doctype]) delete frappe.model.docinfo[doctype][name];
		}
		forget_in(window.localStorage, gone);
		forget_in(window.sessionStorage, gone);
		// The case says it; its other records only where no case was open.
		const cases = closed.filter(([doctype]) => doctype === "Case File").map(([, name]) => name);
		const names = cases.length ? cases : [...gone];
		const told = { names: names.slice(0, 5), more: Math.max(0, names.length - 5), why };
		if (unsaved) {
			// What was typed about another record stays; all else goes now, and the rest of the tab with the next page.
			waiting = true;
			for (const page of document.querySelectorAll("#body > .page-container, .page-container")) {
				if (page !== unsaved) page.replaceChildren();
			}
			say(told);
			return;
		}
		leaving = true;
		window.sessionStorage.setItem(TOLD, JSON.stringify(told));
		for (const page of Object.values(frappe.views.formview || {})) {
			const listener = page.frm?.beforeUnloadListener;
			if (listener) removeEventListener("beforeunload", listener, { capture: true });
		}
		document.querySelectorAll(".page-container, .modal").forEach((shown) => shown.replaceChildren());
		// A new page knows nothing of the old one: no list, no form, no title of a link is kept.
		const [view, doctype, name] = frappe.get_route();
		if (view === "Form" && gone.has(name)) {
			window.location.replace(`/app/${frappe.router.slug(doctype)}`);
		} else {
			window.location.reload();
		}
	}

	// The page of the form in sight, when it has unsaved changes of a record that stays open.
	function unsaved_but(gone) {
		const form = window.cur_frm;
		if (!form?.doc || !form.is_dirty() || !$(form.wrapper).is(":visible")) return null;
		if (gone.has(form.doc.name) || gone.has(form.doc.case_file) || gone.has(form.doc.minor)) return null;
		return form.wrapper.closest?.(".page-container") || $(form.wrapper).closest(".page-container")[0];
	}

	function forget_in(storage, gone) {
		for (const key of Object.keys(storage)) {
			const text = `${key} ${storage.getItem(key)}`;
			if ([...gone].some((name) => text.includes(name))) storage.removeItem(key);
		}
	}

	function say_what_happened() {
		const told = window.sessionStorage.getItem(TOLD);
		if (!told) return;
		window.sessionStorage.removeItem(TOLD);
		say(JSON.parse(told));
	}

	function say({ names, more, why }) {
		const escape = frappe.utils.escape_html;
		const lost = names.map(escape).join(", ");
		frappe.msgprint({
			title: __("No Longer Open to You"),
			indicator: "orange",
			message: `<p>${
				more
					? __("Taken off this page: {0} and {1} more.", [lost, more])
					: __("Taken off this page: {0}.", [lost])
			}</p><p>${escape(why || "")}</p>`,
		});
	}
})();
