"""The review over HTTP: the page's files, and what the page asks and sends, to those who have the link."""

from __future__ import annotations

import errno
import hmac
import ipaddress
import json
import re
import secrets
import socket
import sys
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from typing import Any

from pydantic import ValidationError

from cvlib.annotate.review.messages import ChangedOnDisk, Conflict, Drawn, Resolved, Saved
from cvlib.annotate.review.workspace import Workspace
from cvlib.data.findings import one_line
from cvlib.errors import UserError

LOOPBACK = ("127.0.0.1", "localhost", "::1")
EVERYWHERE = ("0.0.0.0", "::")
LARGEST_BODY = 4_000_000
"""Bytes; a stroke of a minute has about 100,000."""

_PAGE = {
    "/": ("page.html", "text/html"),
    "/page.css": ("page.css", "text/css"),
    "/page.js": ("page.js", "text/javascript"),
    "/pointer.js": ("pointer.js", "text/javascript"),
    "/strokes.js": ("strokes.js", "text/javascript"),
    "/talk.js": ("talk.js", "text/javascript"),
    "/view.js": ("view.js", "text/javascript"),
}
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class Server(ThreadingHTTPServer):
    """Serves one review.

    Parameters
    ----------
    workspace
        What is reviewed.
    host, port
        Where to listen; port 0 takes any free one.

    Attributes
    ----------
    token
        What a request must show: a secret of this process, in the fragment of the link, which browsers do not
        send. Everything about images and masks needs it; the page's own files do not.

    Raises
    ------
    UserError
        The port is taken, or the host is no address of this computer.
    """

    daemon_threads = True

    def __init__(self, workspace: Workspace, host: str = LOOPBACK[0], port: int = 0) -> None:
        self.workspace, self.host = workspace, host
        self.token = secrets.token_urlsafe(24)
        self.page = {path: (_read(name), kind) for path, (name, kind) in _PAGE.items()}
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        try:
            super().__init__((host, port), _Handler)
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                message = f"port {port}: taken by another program; name another, or leave --port out"
            else:
                message = f"{host}, port {port}: cannot listen there ({error.strerror or error})"
                message += "; name an address of this computer and a port above 1023"
            raise UserError(message) from error

    @property
    def link(self) -> str:
        """The address of the page, with the token."""
        host = socket.gethostname() if self.host in EVERYWHERE else self.host
        host = f"[{host}]" if ":" in host else host
        return f"http://{host}:{self.server_port}/#{self.token}"

    def knows(self, host: str) -> bool:
        """Whether a request's Host header names this computer: no name of others that merely leads here."""
        name = re.sub(r":[0-9]*$", "", host).strip("[]").lower()
        if name in (*LOOPBACK, self.host.lower()):
            return True
        if self.host in LOOPBACK:
            return False
        try:
            ipaddress.ip_address(name)
        except ValueError:
            return name in (socket.gethostname().lower(), socket.getfqdn().lower())
        return True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a browser that went away in the middle of an answer."""
        if not isinstance(sys.exception(), (ConnectionError, TimeoutError)):
            super().handle_error(request, client_address)


class Refused(Exception):
    """An answer other than 200: its status, what kind of refusal it is, and a line for the user."""

    def __init__(self, status: int, kind: str, message: str) -> None:
        super().__init__(message)
        self.status, self.kind = status, kind


class _Handler(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"
    server_version = "cvlib-review"
    sys_version = ""
    timeout = 60
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        self._respond(self._get)

    def do_POST(self) -> None:
        self._respond(self._post)

    def log_message(self, format: str, *words: object) -> None:
        """Say nothing."""

    def _respond(self, answer: Callable[[], tuple[bytes, str]]) -> None:
        try:
            if not self.server.knows(self.headers.get("Host", "")):
                raise Refused(403, "host", "this address does not name the review; open the link it printed")
            status, (body, kind) = 200, answer()
        except Refused as refused:
            status, body, kind = refused.status, *_json(kind=refused.kind, message=str(refused))
        except ChangedOnDisk as error:
            status, body, kind = 409, *_json(kind="changed", message=str(error))
        except Conflict as error:
            status, body, kind = 409, *_json(kind="conflict", message=str(error))
        except UserError as error:
            status, body, kind = 422, *_json(kind="data", message=str(error))
        if status != 200:
            self.close_connection = True  # a body that was not read would be taken for the next request
        self._send(status, body, kind)

    def _send(self, status: int, body: bytes, kind: str) -> None:
        self.send_response(status)
        text = "" if kind in ("image/png", "application/octet-stream") else "; charset=utf-8"
        headers = {"Content-Type": kind + text, "Content-Length": str(len(body)), **_HEADERS}
        if self.close_connection:
            headers["Connection"] = "close"
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _get(self) -> tuple[bytes, str]:
        if self.path in self.server.page:
            return self.server.page[self.path]
        self._refuse_strangers()
        workspace = self.server.workspace
        if self.path == "/api/queue":
            return _json(**workspace.queue())
        what, index = self._asked("item|image|mask")
        if what == "item":
            return _json(**workspace.item(index))
        if what == "image":
            return workspace.image(index), "image/png"
        return workspace.mask(index), "application/octet-stream"

    def _post(self) -> tuple[bytes, str]:
        self._refuse_strangers()
        host = self.headers.get("Host", "")
        if self.headers.get("Origin") not in (f"http://{host}", f"https://{host}"):
            raise Refused(403, "origin", "sent by another page; open the link that the review printed")
        what, index = self._asked("journal|save|resolve")
        workspace, body = self.server.workspace, self._body()
        try:
            if what == "journal":
                return _json(acknowledged=workspace.draw(index, Drawn.model_validate_json(body)))
            if what == "save":
                return _json(**workspace.save(index, Saved.model_validate_json(body)))
            return _json(message=workspace.resolve(index, Resolved.model_validate_json(body)))
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            place = ".".join(map(str, first["loc"]))
            raise Refused(400, "request", one_line(f"{place}: {first['msg']}")) from error

    def _refuse_strangers(self) -> None:
        shown = self.headers.get("X-Review-Token", "").encode()
        if not hmac.compare_digest(shown, self.server.token.encode()):
            message = (
                "this link is not valid (any more); open the one that the review printed when it started"
            )
            raise Refused(403, "token", message)

    def _asked(self, known: str) -> tuple[str, int]:
        found = re.fullmatch(rf"/api/({known})/(0|[1-9][0-9]{{0,8}})", self.path)
        if not found or int(found[2]) >= len(self.server.workspace.items):
            raise Refused(404, "path", "no such page")
        return found[1], int(found[2])

    def _body(self) -> bytes:
        length = self.headers.get("Content-Length", "")
        if not re.fullmatch(r"[0-9]{1,12}", length):
            raise Refused(411, "length", "a request without its length")
        if int(length) > LARGEST_BODY:
            raise Refused(413, "length", f"more than {LARGEST_BODY:,} bytes in one request")
        return self.rfile.read(int(length))


def _json(**content: Any) -> tuple[bytes, str]:
    return json.dumps(content).encode(), "application/json"


def _read(name: str) -> bytes:
    return files("cvlib.annotate.review").joinpath(name).read_bytes()
