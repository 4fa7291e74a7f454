"""What each answer tells the browser not to do. A web server in front of the site may say the same again, to no harm."""

from typing import Any

# A file is what the site says it is, a page of ours is shown in no frame of others, and no address of a case is told to
# the next site that is visited.
FOR_ALL = {
	"X-Content-Type-Options": "nosniff",
	"X-Frame-Options": "SAMEORIGIN",
	"Referrer-Policy": "same-origin",
}
# The desk itself builds its pages from scripts in the page, so scripts as such cannot be forbidden here.
FOR_PAGES = "base-uri 'self'; object-src 'self'; frame-ancestors 'self'"
# A file that somebody attached runs nothing, should a browser show it after all.
FOR_FILES = "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'; sandbox"
# Kinds that a browser shows by itself and that hold no script; all others are saved.
SHOWN = ("image/png", "image/jpeg", "image/gif", "image/webp", "application/pdf", "text/plain")


def add(response: Any = None, request: Any = None) -> None:
	"""Hook after_request: headers of every answer; files that a browser might run are saved instead of shown."""
	if response is None or not hasattr(response, "headers"):
		return
	for name, value in FOR_ALL.items():
		response.headers.setdefault(name, value)
	path = getattr(request, "path", "")
	kind = (response.mimetype or "").lower()
	if path.startswith(("/private/files/", "/files/")) and response.status_code == 200:
		if kind not in SHOWN and "Content-Disposition" not in response.headers:
			response.headers.set("Content-Disposition", "attachment")
		if kind != "application/pdf":  # the browser's own reader does not open in a sandbox
			response.headers.setdefault("Content-Security-Policy", FOR_FILES)
	elif kind == "text/html":
		response.headers.setdefault("Content-Security-Policy", FOR_PAGES)
