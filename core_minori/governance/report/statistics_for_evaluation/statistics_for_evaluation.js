(() => {
	// Half-years that have ended, the last one first.
	const now = moment();
	let year = now.year();
	let half = now.month() < 6 ? 1 : 2;
	const ended = [];
	for (let place = 0; place < 10; place++) {
		[year, half] = half === 1 ? [year - 1, 2] : [year, 1];
		ended.push(`${year} S${half}`);
	}

	frappe.query_reports["Statistics for Evaluation"] = {
		filters: [
			{
				fieldname: "half_year",
				label: __("Half-year"),
				fieldtype: "Select",
				options: ended,
				default: ended[0],
				reqd: 1,
			},
		],
	};
})();
