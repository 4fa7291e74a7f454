"""Runs inside a bench's Python: Frappe's own web server for one site, with socket.io on the same address.

`bench.py` hands this file to the bench's Python with: site, host, port, socket.io port (0: there is none).
In production nginx passes /socket.io/ on to the realtime service. Frappe's way round that in development is
DEV_SERVER=1, which also shows tracebacks to every user and so would spoil what permission tests look for.
This server passes /socket.io/ on by itself. It keeps to the loopback address unless told otherwise, and
has no debugger: the demo's passwords are public.
"""

import select
import socket
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

import werkzeug.serving


class SocketIOPass:
	"""WSGI middleware that joins the browser's connection to the realtime service below /socket.io/ and refuses paths that
	climb out of a folder."""

	def __init__(self, application: Callable[..., Iterable[bytes]], site: str, port: int) -> None:
		self.application = application
		self.site = site
		self.port = port

	def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
		"""Answers a request; a joined connection ends without a WSGI answer."""
		# Frappe's own server hands out what lies above its public files to a path that climbs; nginx lets none through.
		if ".." in environ.get("PATH_INFO", "").replace("\\", "/").split("/"):
			start_response("400 Bad Request", [("Content-Type", "text/plain")])
			return [b"This path climbs."]
		if not environ.get("PATH_INFO", "").startswith("/socket.io/"):
			return self.application(environ, start_response)
		if not self.port:
			start_response("503 Service Unavailable", [("Content-Type", "text/plain")])
			return [b"The realtime service needs node."]
		try:
			self.join(environ)
		finally:
			with suppress(OSError):
				environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
		# Werkzeug takes this as a connection that the browser closed: nothing more is written to it.
		raise ConnectionAbortedError

	def join(self, environ: dict[str, Any]) -> None:
		"""Repeats the request to the service and copies bytes both ways until one side closes."""
		browser: socket.socket = environ["werkzeug.socket"]
		query = f"?{environ['QUERY_STRING']}" if environ.get("QUERY_STRING") else ""
		lines = [f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}{query} HTTP/1.1"]
		upgrade = environ.get("HTTP_UPGRADE")
		for key, value in environ.items():
			if key.startswith("HTTP_") and key not in (
				"HTTP_CONNECTION",
				"HTTP_TRANSFER_ENCODING",
				"HTTP_X_FRAPPE_SITE_NAME",
			):
				lines.append(f"{key[5:].replace('_', '-').title()}: {value}")
		lines.append(f"Connection: {'Upgrade' if upgrade else 'close'}")
		# The service refuses requests without an origin, and browsers send none with a GET to the page's own
		# address: nginx adds it in production. One that was sent is kept, so that another site stays refused.
		if "HTTP_ORIGIN" not in environ:
			lines.append(f"Origin: http://{environ.get('HTTP_HOST', '')}")
		lines.append(f"X-Frappe-Site-Name: {self.site}")
		for key in ("CONTENT_TYPE", "CONTENT_LENGTH"):
			if environ.get(key):
				lines.append(f"{key.replace('_', '-').title()}: {environ[key]}")
		length = int(environ.get("CONTENT_LENGTH") or 0)
		body = environ["wsgi.input"].read(length) if length else b""
		with socket.create_connection(("127.0.0.1", self.port), timeout=30) as service:
			service.sendall("\r\n".join([*lines, "", ""]).encode("latin-1") + body)
			service.settimeout(None)
			ends = {service: browser, browser: service}
			while True:
				for source in select.select(list(ends), [], [])[0]:
					data = source.recv(65536)
					if not data:
						return
					ends[source].sendall(data)


def main(site: str, host: str, port: int, socketio_port: int) -> None:
	"""Serves until the process is ended."""
	import frappe.app

	run_simple = werkzeug.serving.run_simple

	def serve_here(
		_host: str, _port: int, application: Callable[..., Iterable[bytes]], **_options: Any
	) -> None:
		run_simple(host, port, SocketIOPass(application, site, socketio_port), threaded=True)

	# frappe.app.serve() adds the static files, then calls run_simple on all addresses: it gets ours instead
	werkzeug.serving.run_simple = serve_here
	frappe.app.serve(port=port, no_reload=True, site=site, sites_path=".")


if __name__ == "__main__":
	main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
