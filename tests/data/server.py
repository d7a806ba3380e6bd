"""A web server on this machine that answers as the real ones do, or misbehaves as told."""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Answer:
    """One answer. By default as a sound server gives it: with length, ETag, and the range asked for.

    Attributes
    ----------
    cut
        Bytes after which the connection is closed.
    pause
        Seconds before the body.
    """

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    cut: int | None = None
    pause: float = 0
    ranges: bool = True
    tag: str = '"first"'
    length: bool = True

    def part(self, asked: dict[str, str]) -> tuple[int, int]:
        """Status, and the byte the answer begins at."""
        begin = int(asked.get("Range", "bytes=0-")[6:-1])
        if self.status != 200 or not self.ranges or asked.get("If-Range", self.tag) != self.tag or not begin:
            return self.status, 0
        return (206, begin) if begin < len(self.body) else (416, len(self.body))


class Server(ThreadingHTTPServer):
    """Answers by path: each is given once, the last one for ever."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.answers: dict[str, list[Answer]] = {}
        self.seen: list[tuple[str, dict[str, str]]] = []

    def asked(self, path: str) -> list[dict[str, str]]:
        """The headers of every request for a path."""
        return [headers for seen, headers in self.seen if seen == path]

    def publish(self, files: dict[str, bytes], **changes: object) -> str:
        """Serve files as a Figshare article; ``changes`` replace fields of what is said of each file."""
        listing = []
        for number, (name, body) in enumerate(files.items()):
            self.answers[f"/files/{number}"] = [Answer(body)]
            said = {
                "id": number,
                "name": name,
                "size": len(body),
                "is_link_only": False,
                "download_url": f"{self.url}/files/{number}",
                "supplied_md5": "",
                "computed_md5": hashlib.md5(body).hexdigest(),
                "mimetype": "application/zip",
            }
            listing.append(said | changes)
        article = {
            "id": 29260121,
            "title": "CoatingVision",
            "license": {
                "value": 1,
                "name": "CC BY 4.0",
                "url": "https://creativecommons.org/licenses/by/4.0/",
            },
            "files": listing[:10],
        }
        self.answers["/articles/1"] = [Answer(json.dumps(article).encode(), tag="")]
        self.answers["/articles/1/files?page_size=1000"] = [Answer(json.dumps(listing).encode(), tag="")]
        return f"{self.url}/articles/1"


class _Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        asked = dict(self.headers)
        self.server.seen.append((self.path, asked))
        answers = self.server.answers.get(self.path, [Answer(b"not here", 404)])
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        status, begin = answer.part(asked)
        body = answer.body[begin:]
        if answer.pause:
            time.sleep(answer.pause)
        self.send_response(status)
        if answer.length:
            self.send_header("Content-Length", str(len(body)))
        if status == 206:
            self.send_header("Content-Range", f"bytes {begin}-{len(answer.body) - 1}/{len(answer.body)}")
        for name, value in ({"ETag": answer.tag} if answer.tag else {}).items() | answer.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body if answer.cut is None else body[: answer.cut])
        self.close_connection = True

    def log_message(self, format: str, *words: object) -> None:
        """Say nothing."""


@contextmanager
def serving() -> Iterator[Server]:
    """A server that answers until the block ends."""
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
