"""The log: what is acknowledged is read back, whatever happens after."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cvlib.annotate.review.log import Begin, Beside, Line, Log, Save, Stroke, read_log
from cvlib.annotate.review.strokes import paint
from cvlib.defects import CLASSES
from cvlib.errors import DataError

strokes = st.builds(
    Stroke,
    defect=st.sampled_from(CLASSES),
    diameter=st.integers(1, 9),
    value=st.integers(0, 1),
    points=st.lists(st.tuples(st.integers(-5, 25), st.integers(-5, 20)), min_size=1, max_size=3),
)
actions = st.lists(st.one_of(strokes, st.sampled_from(["undo", "redo"])), max_size=12)


def lines_of(done: list[Stroke | str]) -> list[Line]:
    return [
        Line(n=n, session="a" * 8, op="stroke", stroke=each)
        if isinstance(each, Stroke)
        else Line.model_validate({"n": n, "session": "a" * 8, "op": each})
        for n, each in enumerate(done, start=1)
    ]


SAVE = Save(
    by="anna",
    time="2026-01-01",
    strokes=1,
    lines=1,
    changed={},
    before="1" * 64,
    after="2" * 64,
    earlier="image_7.1.png",
    channels="RGBA",
    session="a" * 8,
)


def begun(folder: Path) -> Log:
    """A log with its first line: what strokes are drawn on."""
    log = Log(folder / "image_7.jsonl")
    log.path.unlink(missing_ok=True)
    log.append(Begin(base="0" * 64, version="image_7.1.png"))
    return log


@given(actions)
def test_replay_is_what_a_painter_with_copies_would_have(done: list[Stroke | str]) -> None:
    """The oracle keeps a whole copy of the masks for each undo and redo."""
    past: list[np.ndarray] = []
    future: list[np.ndarray] = []
    now = np.zeros((4, 15, 20), np.uint8)
    for each in done:
        if isinstance(each, Stroke):
            past.append(now.copy())
            future.clear()
            paint(now[CLASSES.index(each.defect)], each.points, each.diameter, each.value)
        elif each == "undo" and past:
            future.append(now)
            now = past.pop()
        elif each == "redo" and future:
            past.append(now)
            now = future.pop()
    log = Log(Path("unused"), lines=lines_of(done))
    np.testing.assert_array_equal(log.replay(np.zeros((4, 15, 20), np.uint8)), now)


def test_a_new_stroke_forgets_what_was_undone() -> None:
    first, second = (Stroke(defect="pinhole", diameter=2, value=1, points=[(x, 3)]) for x in (3, 9))
    log = Log(Path("unused"), lines=lines_of([first, "undo", second, "redo", "redo"]))
    assert log.strokes() == [second]
    log = Log(Path("unused"), lines=lines_of([first, second, "undo", "undo", "undo", "redo"]))
    assert log.strokes() == [first]


def test_what_was_written_is_read_back(tmp_path: Path) -> None:
    log = begun(tmp_path)
    stroke = Stroke(defect="pinhole", diameter=9, value=1, points=[(3, 4), (-5, 6)])
    log.append(*lines_of([stroke, "undo"]))
    log.append(Line(n=3, session="b" * 8, op="redo"))
    assert read_log(log.path) == log and log.strokes() == [stroke]
    log.append(Begin(base="3" * 64, version="image_7.2.png"))  # the mask was changed; the stroke goes with it
    assert read_log(log.path) == log and log.strokes() == [stroke]
    log.append(SAVE)
    assert read_log(log.path) == log and (log.begin, log.lines, log.saves) == (None, [], [SAVE])
    log.append(Begin(base="2" * 64, version="image_7.3.png"), *lines_of([stroke]))
    log.append(Beside(file="image_7.1.png"))
    assert read_log(log.path) == log and (log.lines, log.saves) == ([], [SAVE])


def test_a_torn_last_line_is_dropped_and_written_over(tmp_path: Path) -> None:
    log = begun(tmp_path)
    first = log.size
    log.append(*lines_of(["undo", "redo"]))
    whole = log.path.read_bytes()
    for end in range(first, len(whole)):
        log.path.write_bytes(whole[:end])
        again = read_log(log.path)
        assert again.lines == log.lines[: whole[:end].count(b"\n") - 1]
        again.append(Line(n=len(again.lines) + 1, session="c" * 8, op="undo"))
        assert read_log(log.path) == again
        assert log.path.read_bytes().endswith(b"\n") and len(log.path.read_bytes()) == again.size


def test_a_torn_line_longer_than_the_next_leaves_nothing_behind(tmp_path: Path) -> None:
    log = begun(tmp_path)
    with log.path.open("ab") as file:
        file.write(b'{"op":"stroke","session":"' + b"a" * 5000)
    log.append(*lines_of(["redo"]))
    assert read_log(log.path) == log and len(log.path.read_bytes()) == log.size


def test_a_log_torn_in_its_first_line_is_empty(tmp_path: Path) -> None:
    path = tmp_path / "image_7.jsonl"
    path.write_bytes(b'{"op": "beg')
    assert read_log(path) == Log(path)
    path.write_bytes(b'{"op":"undo","n":1,"session":"aaaaaaaa"}\n')
    with pytest.raises(DataError, match="line 1: damaged"):
        read_log(path)  # strokes on no mask


def test_a_save_that_was_cut_off_does_not_count(tmp_path: Path) -> None:
    log = begun(tmp_path)
    log.append(*lines_of(["undo"]))
    before = read_log(log.path)
    log.append(SAVE)
    assert read_log(log.path, cut_off=True) == before
    before.append()
    assert read_log(log.path) == before
    assert read_log(log.path, cut_off=True) == before, "only a save is cut off"


@pytest.mark.parametrize(
    "damage", [b"?", b'{"op": "begin"}', b'{"op":"undo","n":7,"session":"aaaaaaaa"}', b""]
)
def test_a_damaged_line_in_the_middle_is_named(tmp_path: Path, damage: bytes) -> None:
    log = begun(tmp_path)
    log.append(*lines_of(["undo", "redo", "undo"]))
    parts = log.path.read_bytes().split(b"\n")
    log.path.write_bytes(b"\n".join([*parts[:2], damage, *parts[3:]]))
    with pytest.raises(DataError, match="line 3: damaged") as error:
        read_log(log.path)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "text",
    [
        '{"n": 0, "session": "aaaaaaaa", "op": "undo"}',
        '{"n": 1, "session": "../aaaaa", "op": "undo"}',
        '{"n": 1, "session": "aaaaaaaa", "op": "clear"}',
        '{"n": 1, "session": "aaaaaaaa", "op": "stroke"}',
        '{"n": 1, "session": "aaaaaaaa", "op": "undo", "more": 1}',
        '{"n": 1, "session": "aaaaaaaa", "op": "stroke", "stroke": '
        '{"defect": "rust", "diameter": 3, "value": 1, "points": [[1, 1]]}}',
        '{"n": 1, "session": "aaaaaaaa", "op": "stroke", "stroke": '
        '{"defect": "pinhole", "diameter": 51, "value": 1, "points": [[1, 1]]}}',
        '{"n": 1, "session": "aaaaaaaa", "op": "stroke", "stroke": '
        '{"defect": "pinhole", "diameter": 3, "value": 2, "points": [[1, 1]]}}',
        '{"n": 1, "session": "aaaaaaaa", "op": "stroke", "stroke": '
        '{"defect": "pinhole", "diameter": 3, "value": 1, "points": [[1.5, 1]]}}',
        '{"n": 1, "session": "aaaaaaaa", "op": "stroke", "stroke": '
        '{"defect": "pinhole", "diameter": 3, "value": 1, "points": []}}',
    ],
)
def test_a_line_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        Line.model_validate_json(text)
