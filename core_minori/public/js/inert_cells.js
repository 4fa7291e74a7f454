// What the browser itself hands to a spreadsheet: the CSV of a table, and cells of a report that are copied. The rule is
// engine/inert.py's. Frappe's own to_csv also builds the texts as HTML on the way, which runs what is in them.

frappe.provide("core_minori.inert");

(() => {
	const signs = "=+\\-@\uff1d\uff0b\uff0d\uff20\ufe66\ufe62\ufe63\ufe6b";
	const plus_or_minus = "+-\uff0b\uff0d\ufe62\ufe63";
	const invisible = "\u00ad\u200b-\u200f\u202a-\u202e\u2060\ufeff";
	const quotes = "'\"`\u2018\u2019\u201c\u201d\u00ab\u00bb";
	const at_start = new RegExp(`^(?:[\\s${invisible}${quotes}]*[${signs}]|[${quotes}]*[\\t\\r])`);
	const amount = /^-\s?[0-9][0-9.,'\u2019\u00a0 ]{0,30}\s?[%\u20ac]?$/;
	// Blanks other than the separators themselves.
	const blank = `(?:[ \\f\\v\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000${invisible}${quotes}])`;
	const inside = () => new RegExp(`([;,\\t\\r\\n])('?)(${blank}*)([${signs}])`, "g");
	const last_of = (text) => Math.max(...["(", "|", "!"].map((mark) => text.lastIndexOf(mark)));
	const begins = (sign, place, last) => !plus_or_minus.includes(sign) || place < last;

	core_minori.inert.would_run = (text) => at_start.test(text) && !amount.test(text);

	core_minori.inert.text = (text) => {
		const last = last_of(text);
		const kept = text.replace(inside(), (all, separator, quote, blanks, sign, place) =>
			begins(sign, place, last) ? `${separator}'${all.slice(1)}` : all
		);
		return core_minori.inert.would_run(text) ? `'${kept}` : kept;
	};

	core_minori.inert.released = (text) => {
		if (text.startsWith("'") && core_minori.inert.would_run(text.slice(1))) text = text.slice(1);
		const last = last_of(text);
		return text.replace(inside(), (all, separator, quote, blanks, sign, place) =>
			quote && begins(sign, place, last) ? separator + all.slice(2) : all
		);
	};

	const plain = (text) =>
		text.includes("<") || text.includes("&")
			? new DOMParser().parseFromString(text, "text/html").body.textContent
			: text;

	frappe.tools.to_csv = (data) =>
		data
			.map((row) =>
				row
					.map((value) => {
						if (value === null || value === undefined) value = "";
						if (typeof value !== "string") return value;
						return `"${core_minori.inert.text(plain(value)).replace(/"/g, '""')}"`;
					})
					.join(",")
			)
			.join("\n");

	const read = frappe.utils.csv_to_array;
	frappe.utils.csv_to_array = (...given) =>
		read
			.apply(frappe.utils, given)
			.map((row) =>
				row.map((value) =>
					typeof value === "string" ? core_minori.inert.released(value) : value
				)
			);

	// A report copies cells through a text area of its own that lives for a moment at the end of the page.
	document.addEventListener("copy", (event) => {
		const area = event.target;
		if (area.tagName !== "TEXTAREA" || area.parentElement !== document.body) return;
		if (!document.querySelector(".dt-cell--focus, .dt-cell--highlight")) return;
		const cells = area.value
			.split("\n")
			.map((row) => row.split("\t").map(core_minori.inert.text).join("\t"))
			.join("\n");
		event.clipboardData.setData("text/plain", cells);
		event.preventDefault();
	});
})();
