// The history of a form shows the stored words of a choice ("Drafting"), whatever the reader's language: say them in it.
const MODULES = ["Minors", "Network", "Training", "Funding", "Governance"];

$(document).on("form-refresh", (event, frm) => {
	const timeline = frm.timeline;
	if (!timeline || timeline.cm_translated || !MODULES.includes(frm.meta.module)) return;
	timeline.cm_translated = true;
	const contents = timeline.get_version_timeline_contents.bind(timeline);
	const translated = (content) =>
		content.replace(/<b>([^<>]+)<\/b>/g, (whole, text) => `<b>${text === "null" ? "—" : __(text, null, frm.doctype)}</b>`);
	timeline.get_version_timeline_contents = () =>
		contents().map((item) => ({ ...item, content: translated(item.content) }));
	timeline.refresh();
});
