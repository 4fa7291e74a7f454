// How an assessment, its reasons and its changes are shown, on its own form and on the form of its case.
frappe.provide("core_minori.assessment");

(() => {
	const escape = (value) => frappe.utils.escape_html(String(value));
	const LEVEL_COLOURS = { Low: "green", Medium: "yellow", High: "orange", "Very High": "red" };

	core_minori.assessment.level = (level) =>
		level
			? `<span class="indicator-pill no-indicator-dot ${LEVEL_COLOURS[level] || "gray"}">${escape(__(level))}</span>`
			: `<span class="text-muted">${__("Not Assessed")}</span>`;

	core_minori.assessment.reasons = (judgement) => {
		if (!judgement || !judgement.reasons.length) {
			return `<p class="text-muted small">${__("The level follows from the scores and the factors, on saving.")}</p>`;
		}
		return `<ul class="text-muted small pl-3">${judgement.reasons
			.map((reason) => `<li>${escape(reason)}</li>`)
			.join("")}</ul>`;
	};

	// One point more is worse: the arrow and the colour say so, and so do the words for who sees no colour.
	function difference(row) {
		if (row.difference === null) {
			return `<span class="text-muted">${row.before === null ? __("newly scored") : __("not scored")}</span>`;
		}
		if (row.difference === 0) return `<span class="text-muted">${__("unchanged")}</span>`;
		return row.difference > 0
			? `<span class="text-danger">▲ ${__("worse by {0}", [row.difference])}</span>`
			: `<span class="text-success">▼ ${__("better by {0}", [-row.difference])}</span>`;
	}

	const factor = (row) =>
		`${escape(__(row.factor))} <span class="text-muted">(${escape(__(row.kind))}, ${escape(__(row.weight))})</span>`;

	function factors(label, rows, shown) {
		if (!rows.length) return "";
		return `<p class="mb-1"><b>${label}</b>: ${rows.map(shown).join(", ")}</p>`;
	}

	core_minori.assessment.change = (change, before, after) => {
		if (!change) return "";
		const heading = `<p class="text-muted small">${__("{0} compared with {1}", [escape(after), escape(before)])}</p>`;
		const rows = change.scores
			.map(
				(row) =>
					`<tr><td>${escape(row.dimension)}</td><td class="text-right">${row.before ?? ""}</td>` +
					`<td class="text-right">${row.after ?? ""}</td><td>${difference(row)}</td></tr>`,
			)
			.join("");
		return (
			heading +
			`<table class="table table-bordered table-sm"><thead><tr><th>${__("Dimension")}</th>` +
			`<th class="text-right">${__("Before")}</th><th class="text-right">${__("After")}</th>` +
			`<th>${__("Difference")}</th></tr></thead><tbody>${rows}</tbody></table>` +
			factors(__("New factors"), change.new, factor) +
			factors(__("Factors gone"), change.gone, factor) +
			factors(
				__("Factors weighed anew"),
				change.weighed,
				(row) =>
					`${escape(__(row.factor))} <span class="text-muted">(${escape(__(row.was))} → ${escape(__(row.weight))})</span>`,
			) +
			(change.new.length + change.gone.length + change.weighed.length
				? ""
				: `<p class="text-muted">${__("The factors are the same.")}</p>`)
		);
	};
})();
