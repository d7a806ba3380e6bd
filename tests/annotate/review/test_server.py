"""Who may ask for what: token, Host, Origin, sizes and paths, over real HTTP."""

from __future__ import annotations

import http.client
import io
import json
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from cvlib.annotate.review import Server, Workspace
from cvlib.annotate.review.server import LARGEST_BODY
from cvlib.data.files import read_image
from cvlib.errors import UserError
from tests.annotate.review.conftest import Tab, saves_of


class Asked:
    """One request and its answer."""

    def __init__(self, server: Server, path: str, body: bytes | None = None, **headers: str | None) -> None:
        host = f"127.0.0.1:{server.server_port}"
        sent = {"Host": host, "Origin": f"http://{host}", "X-Review-Token": server.token}
        if body is not None:
            sent["Content-Length"] = str(len(body))
        changed = {name.replace("_", "-"): value for name, value in headers.items()}
        connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=10)
        connection.putrequest(
            "GET" if body is None else "POST", path, skip_host=True, skip_accept_encoding=True
        )
        for name, value in (sent | changed).items():
            if value is not None:
                connection.putheader(name, value)
        connection.endheaders(body)
        answer = connection.getresponse()
        self.status, self.headers, self.body = answer.status, answer.headers, answer.read()
        connection.close()

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@pytest.fixture
def server(workspace: Workspace) -> Iterator[Server]:
    with Server(workspace) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def stroke(server: Server, **changes: Any) -> bytes:
    drawn = Tab(server.workspace, 0).drawn("undo").model_dump(exclude_none=True)
    return json.dumps(drawn | changes).encode()


def test_a_stroke_and_a_save_as_the_page_sends_them(server: Server, masks: Path) -> None:
    tab = Tab(server.workspace, 0)
    assert Asked(server, "/api/journal/0", stroke(server)).json == {"acknowledged": 1}
    tab.load()
    answer = Asked(server, "/api/save/0", tab.saved().model_dump_json().encode())
    assert answer.status == 200 and answer.json["last"]["by"] == "anna"
    assert len(saves_of(masks, "image_0")) == 1


def test_the_page_sees_the_pixels_that_the_project_reads(server: Server, images: Path) -> None:
    with Image.open(io.BytesIO(Asked(server, "/api/image/2").body)) as sent:
        np.testing.assert_array_equal(np.array(sent), read_image(images / "image_2.jpg"))


PRIVATE = ["/api/queue", "/api/item/0", "/api/image/0", "/api/mask/0"]


@pytest.mark.parametrize("path", PRIVATE)
@pytest.mark.parametrize("token", [None, "", "x", "é"])
def test_without_the_token_nothing_is_told(server: Server, path: str, token: str | None) -> None:
    answer = Asked(server, path, X_Review_Token=token)
    assert answer.status == 403 and answer.json.keys() == {"kind", "message"}
    assert answer.json["kind"] == "token" and "open the one that the review printed" in answer.json["message"]


@pytest.mark.parametrize("path", ["/api/journal/0", "/api/save/0", "/api/resolve/0"])
@pytest.mark.parametrize(
    "headers",
    [
        {"X_Review_Token": None},
        {"X_Review_Token": "x"},
        {"Origin": None},
        {"Origin": "null"},
        {"Origin": "http://evil.example"},
        {"Origin": "http://127.0.0.1:1"},
        {"Host": "evil.example"},
        {"Host": "127.0.0.1.evil.example:80"},
        {"Host": None},
        {"Host": "10.0.0.1"},
    ],
)
def test_strangers_change_nothing(
    server: Server, masks: Path, path: str, headers: dict[str, str | None]
) -> None:
    assert Asked(server, path, stroke(server), **headers).status == 403
    assert not list((masks / "review").glob("image_*"))


def test_a_name_that_merely_leads_here_gets_not_even_the_page(server: Server) -> None:
    assert Asked(server, "/", Host="evil.example").status == 403
    assert Asked(server, "/", Host=f"localhost:{server.server_port}").status == 200


def test_the_page_needs_no_token_and_says_nothing_of_the_images(server: Server) -> None:
    answer = Asked(server, "/", X_Review_Token=None)
    assert answer.status == 200 and b"image_0" not in answer.body and server.token.encode() not in answer.body


@pytest.mark.parametrize("path", ["/", "/page.js", "/api/queue", "/nowhere"])
def test_browsers_are_told_to_load_and_keep_nothing_else(server: Server, path: str) -> None:
    headers = Asked(server, path).headers
    assert "default-src 'self'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert (headers["Cache-Control"], headers["Referrer-Policy"]) == ("no-store", "no-referrer")
    assert "Access-Control-Allow-Origin" not in headers


@pytest.mark.parametrize(
    "path",
    [
        "/../page.js",
        "/..%2f..%2fetc/passwd",
        "/workspace.py",
        "/api/item/6",
        "/api/item/-1",
        "/api/item/00",
        "/api/item/0/../../x",
        "/api/mask/image_0.png",
        "/api/image/../../../etc/passwd",
        "//etc/passwd",
        "/api/item/9999999999",
    ],
)
def test_there_are_no_other_paths(server: Server, path: str) -> None:
    answer = Asked(server, path)
    assert answer.status == 404 and b"root:" not in answer.body


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (b"", {}, 400),
        (b"{", {}, 400),
        (b"[]", {}, 400),
        (b'{"base": "", "lines": []}', {}, 400),
        (b"", {"Content_Length": None}, 411),
        (b"", {"Content_Length": "-1"}, 411),
        (b"", {"Content_Length": str(LARGEST_BODY + 1)}, 413),
    ],
)
def test_requests_that_are_none(
    server: Server, masks: Path, body: bytes, headers: dict[str, str | None], status: int
) -> None:
    answer = Asked(server, "/api/journal/0", body, **headers)
    assert answer.status == status and "\n" not in answer.json["message"]
    assert not list((masks / "review").glob("image_*"))


def test_refusals_say_their_kind(server: Server, masks: Path) -> None:
    tab = Tab(server.workspace, 0)
    body = stroke(server, base="0" * 64)
    answer = Asked(server, "/api/journal/0", body)
    assert (answer.status, answer.json["kind"]) == (409, "conflict")
    Asked(server, "/api/journal/0", stroke(server))
    tab.load()
    saved = tab.saved().model_dump_json().encode()
    (masks / "image_0.png").write_bytes((masks / "image_1.png").read_bytes())
    assert Asked(server, "/api/save/0", saved).json["kind"] == "changed"
    (masks / "image_3.png").write_bytes(b"none")
    answer = Asked(server, "/api/item/3")
    assert (answer.status, answer.json["kind"]) == (422, "data") and "image_3.png" in answer.json["message"]


def test_connections_stay_open_between_requests(server: Server) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=10)
    headers = {"X-Review-Token": server.token}
    for path in PRIVATE:
        connection.request("GET", path, headers=headers)
        assert connection.getresponse().read()
    connection.close()


def test_a_port_that_is_taken_and_a_host_that_is_not_here(workspace: Workspace) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(UserError, match=rf"port {port}: taken by another program"):
            Server(workspace, port=port)
    with pytest.raises(UserError, match="cannot listen there") as error:
        Server(workspace, host="192.0.2.1")
    assert "\n" not in str(error.value)


def test_everybody_s_address_is_known_by_numbers_not_by_foreign_names(workspace: Workspace) -> None:
    with Server(workspace, host="0.0.0.0") as server:
        assert socket.gethostname() in server.link
        assert server.knows("192.168.1.7:80") and server.knows("[fe80::1]:80")
        assert server.knows(socket.gethostname())
        assert not server.knows("evil.example") and not server.knows("")
