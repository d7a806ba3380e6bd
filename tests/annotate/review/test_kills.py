"""Fifty kills of the server while strokes and saves are under way: nothing that it acknowledged is lost."""

from __future__ import annotations

import http.client
import json
import multiprocessing
import random
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cvlib.annotate.review import Server, Workspace
from cvlib.annotate.review.strokes import paint
from cvlib.data.files import read_mask_png
from cvlib.defects import CLASSES
from tests.annotate.review.conftest import HEIGHT, TAB, WIDTH, saves_of

pytestmark = pytest.mark.slow

KILLS = 50


class Painter:
    """Draws and saves over HTTP, and remembers what was acknowledged, and what was under way at the end.

    Attributes
    ----------
    shown
        By image, the planes that all acknowledged strokes give.
    possible
        The same, were the stroke under way to count.
    saved
        By image, what the mask file may hold: the last acknowledged save, and the one under way.
    """

    def __init__(self, seed: int, masks: Path) -> None:
        self.random = random.Random(seed)
        self.files = sorted(masks.glob("*.png"))
        self.shown = [self.on_disk(index) for index in range(len(self.files))]
        self.possible = [planes.copy() for planes in self.shown]
        self.saved = [[planes.copy()] for planes in self.shown]
        self.strokes = self.saves = 0

    def on_disk(self, index: int) -> np.ndarray:
        """A mask file as the project reads it; any that cannot be read is an error."""
        return np.ascontiguousarray(np.moveaxis(read_mask_png(self.files[index]) // 255, 2, 0))

    def connect(self, link: str) -> None:
        """Take up the review at a new link."""
        address, self.token = link.split("/#")
        self.host = address.removeprefix("http://")
        self.connection = http.client.HTTPConnection(self.host, timeout=20)

    def ask(self, path: str, body: dict[str, Any] | None = None) -> bytes:
        """One request; an error where the server is gone."""
        headers = {"X-Review-Token": self.token, "Origin": f"http://{self.host}"}
        sent = None if body is None else json.dumps(body)
        self.connection.request("GET" if body is None else "POST", f"/api/{path}", sent, headers)
        answer = self.connection.getresponse()
        content = answer.read()
        assert answer.status == 200, content
        return content

    def load(self) -> None:
        """Compare every image with what is remembered, then go on from what is there."""
        self.items = [json.loads(self.ask(f"item/{index}")) for index in range(len(self.files))]
        for index, item in enumerate(self.items):
            assert not item["changed"]
            base = np.frombuffer(self.ask(f"mask/{index}"), np.uint8).reshape(4, HEIGHT, WIDTH)
            now = base.copy()
            for line in item["lines"]:
                self.apply(now, line["stroke"])
            known = [self.shown[index], self.possible[index]]
            assert any(np.array_equal(now, planes) for planes in known), f"image {index}: strokes are lost"
            assert any(np.array_equal(base, planes) for planes in self.saved[index])
            self.shown[index], self.possible[index], self.saved[index] = now, now.copy(), [base]

    @staticmethod
    def apply(planes: np.ndarray, stroke: dict[str, Any]) -> None:
        """Draw one stroke."""
        points = [(x, y) for x, y in stroke["points"]]
        paint(planes[CLASSES.index(stroke["defect"])], points, stroke["diameter"], stroke["value"])

    def work(self) -> None:
        """Draw and save until the server is gone."""
        try:
            while True:
                index = self.random.randrange(len(self.files))
                if self.random.random() < 0.4:
                    self.save(index)
                else:
                    self.draw(index)
        except (OSError, http.client.HTTPException):
            self.connection.close()

    def draw(self, index: int) -> None:
        item, rng = self.items[index], self.random
        points = [[rng.randrange(WIDTH), rng.randrange(HEIGHT)] for _ in range(rng.randrange(1, 30))]
        stroke = {"defect": rng.choice(CLASSES), "diameter": rng.randrange(1, 12), "points": points}
        stroke["value"] = int(rng.random() < 0.6)
        line = {"n": len(item["lines"]) + 1, "session": TAB, "op": "stroke", "stroke": stroke}
        self.apply(self.possible[index], stroke)
        self.ask(f"journal/{index}", {"base": item["base"], "lines": [line]})
        self.shown[index] = self.possible[index].copy()
        item["lines"].append(line)
        self.strokes += 1

    def save(self, index: int) -> None:
        item, shown = self.items[index], self.shown[index]
        self.saved[index].append(shown.copy())
        sums = [zlib.crc32(plane.tobytes()) for plane in shown]
        body = {"session": TAB, "base": item["base"], "lines": len(item["lines"]), "checksums": sums}
        item["base"] = json.loads(self.ask(f"save/{index}", body))["base"]
        self.saved[index] = [shown.copy()]
        item["lines"] = []
        self.saves += 1


def serve(images: Path, masks: Path, tell: Connection) -> None:
    """Review as the command does; tell the link."""
    server = Server(Workspace(images, masks, "anna"))
    tell.send(server.link)
    server.serve_forever()


@contextmanager
def running(images: Path, masks: Path) -> Iterator[tuple[BaseProcess, str]]:
    """A process that serves, and its link; killed with the block. Its imports are done but once."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    link, tell = context.Pipe(duplex=False)
    process = context.Process(target=serve, args=(images, masks, tell))
    process.start()
    tell.close()
    try:
        yield process, link.recv()
    finally:
        process.kill()
        process.join()
        link.close()


def test_nothing_acknowledged_is_lost_in_fifty_kills(images: Path, masks: Path) -> None:
    painter, moments = Painter(0, masks), random.Random(1)
    for _ in range(KILLS):
        with running(images, masks) as (process, link):
            painter.connect(link)
            painter.load()
            killer = threading.Timer(moments.uniform(0.01, 0.3), process.kill)
            killer.start()
            painter.work()
            killer.join()
        for index in range(len(painter.files)):
            found = painter.on_disk(index)
            assert any(np.array_equal(found, planes) for planes in painter.saved[index])
    with running(images, masks) as (_, link):
        painter.connect(link)
        painter.load()
        painter.connection.close()
    assert painter.strokes > KILLS and painter.saves > KILLS / 2, "too few for the kills to fall among them"
    for path in painter.files:
        records = saves_of(masks, path.stem)
        assert [record["after"] for record in records[:-1]] == [record["before"] for record in records[1:]]
        kept = {record["earlier"] for record in records if record["earlier"]}
        assert all((masks / "review/versions" / name).exists() for name in kept)
