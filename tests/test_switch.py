"""A switch in a page: what is there without a script, and what a browser makes of the reader's choice."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cvlib.conventions import swing
from cvlib.switch import Switch

AXES = ("score", "average")
DEFAULT = {"score": "Dice", "average": "pooled"}
MODELS = ("one", "two <b>&", "three")
VALUES = {
    ("Dice", "pooled"): (0.5, 0.625, np.nan),
    ("Dice", "by image"): (0.75, 0.25, 0.125),
    ("error, px", "pooled"): (4.0, 2.0, np.inf),
    ("error, px", "by image"): (1.0, 3.0, 2.0),
}
KNOWN: dict[tuple[str, ...], str] = {("Dice", "by image"): "nobody </script><!--"}


def frame() -> pd.DataFrame:
    rows = [(*way, *pair) for way, own in VALUES.items() for pair in zip(MODELS, own, strict=True)]
    return pd.DataFrame(rows, columns=[*AXES, "model", "value"])


def switch(rows: pd.DataFrame | None = None) -> Switch:
    given = frame() if rows is None else rows
    return Switch(given, AXES, "switch-test", "Scores & errors", DEFAULT, ["score"], KNOWN, ["error, px"])


class Page(HTMLParser):
    """What a page names, and the texts of its cells, paragraphs and labels."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.labels: list[str] = []
        self.rows: list[list[str]] = []
        self.paragraphs: list[str] = []
        self.bars: list[str] = []
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Collect one tag."""
        values = {name: value or "" for name, value in attrs}
        self.open.append(tag)
        self.ids += [values["id"]] if "id" in values else []
        self.labels += [values["for"]] if "for" in values else []
        self.bars += [values["style"]] if tag == "i" else []
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self.rows[-1].append("")
        elif tag == "p":
            self.paragraphs.append("")

    def handle_endtag(self, tag: str) -> None:
        """Close it."""
        while self.open and self.open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        """Add a text to what is open."""
        if self.open and self.open[-1] in ("td", "th"):
            self.rows[-1][-1] += data
        elif self.open and self.open[-1] == "p":
            self.paragraphs[-1] += data


def test_without_a_script_the_default_convention_is_there_best_first() -> None:
    page = Page(switch().html())
    assert [row[:2] for row in page.rows[1:]] == [["two <b>&", "0.625"], ["one", "0.500"], ["three", "-"]]
    assert page.bars == ["width:62.5%", "width:50.0%", "width:0.0%"]


def test_lower_is_better_puts_lower_scores_first() -> None:
    default = {"score": "error, px", "average": "pooled"}
    page = Page(Switch(frame(), AXES, "x", "", default, lower_is_better=["error, px"]).html())
    assert [row[:2] for row in page.rows[1:]] == [["two <b>&", "2.000"], ["one", "4.000"], ["three", "∞"]]


def test_a_page_may_show_it_twice_and_every_choice_has_a_label() -> None:
    one = switch()
    page = Page(one.html() + one.html())
    assert len(set(page.ids)) == len(page.ids) == 6
    assert set(page.labels) < set(page.ids)
    assert len(page.labels) == 4


def test_nothing_ends_the_data_before_their_time() -> None:
    text = switch().html()
    assert text.count("<script") == text.count("</script>") == 2
    assert "<!--" not in text
    [data] = re.findall(r'<script type="application/json">(.*?)</script>', text, flags=re.DOTALL)
    found = json.loads(data)
    assert found["known"] == {"Dice\nby image": "nobody </script><!--"}
    assert found["values"] == [[0.5, 0.625, None], [0.75, 0.25, 0.125], [4, 2, "∞"], [1, 3, 2]]


def test_it_loads_nothing_and_its_script_is_short() -> None:
    text = switch().html()
    assert not re.search(r"https?:|src=|@import|url\(|fetch|import\(", text)
    assert len(text.rpartition("<script>")[2].splitlines()) < 60


@pytest.mark.parametrize(
    ("rows", "default", "message"),
    [
        (frame().iloc[:-1], DEFAULT, "expected 12 rows"),
        (pd.concat([frame(), frame().iloc[:1]]), DEFAULT, "expected 12 rows"),
        (frame(), {"score": "Dice"}, "expected a default"),
        (frame(), {"score": "IoU", "average": "pooled"}, "expected a default"),
    ],
)
def test_half_a_table_is_refused(rows: pd.DataFrame, default: dict[str, str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Switch(rows, AXES, "x", "", default)


def opened(folder: Path, options: tuple[str, ...], rows: pd.DataFrame | None = None) -> Page:
    """The first of two switches as chromium leaves them when a reader has picked options in the first."""
    browser = shutil.which("chromium")
    if not browser:
        pytest.skip("chromium, which would show the page, is not installed")
    picks = "".join(
        f"pick = document.querySelectorAll('select')[{number}]; pick.value = {json.dumps(option)};"
        "pick.dispatchEvent(new Event('change'));"
        for number, option in enumerate(options)
    )
    page, two = folder / "page.html", switch(rows).html() + switch(rows).html()
    page.write_text(f"<!doctype html><meta charset='utf-8'>{two}<script>let pick; {picks}</script>", "utf-8")
    flags = ["--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder / 'profile'}"]
    answer = subprocess.run(
        [browser, *flags, "--dump-dom", page.as_uri()], capture_output=True, check=True, timeout=120
    )
    return Page(answer.stdout.decode())


@pytest.mark.slow
@pytest.mark.parametrize("way", [*VALUES])
def test_a_browser_shows_the_convention_that_is_picked(way: tuple[str, str], tmp_path: Path) -> None:
    page = opened(tmp_path, way)
    lower, values = way[0] == "error, px", dict(zip(MODELS, VALUES[way], strict=True))
    present = [model for model in MODELS if not np.isnan(values[model])]
    order = sorted(present, key=lambda model: values[model] * (1 if lower else -1))
    order += [model for model in MODELS if model not in order]
    assert [row[0] for row in page.rows[1:4]] == order
    shown = [values[model] for model in order]
    texts = ["-" if np.isnan(each) else "∞" if np.isinf(each) else f"{each:.3f}" for each in shown]
    assert [row[1] for row in page.rows[1:4]] == texts
    assert [row[0] for row in page.rows[5:8]] == ["two <b>&", "one", "three"]  # the other one stays
    told = [page.paragraphs[0]] if way[1] == "pooled" else []
    assert {*told, page.paragraphs[2]} == {"This is the default convention."}
    who = KNOWN.get(way)
    assert page.paragraphs[1] == (f"Who scores like that: {who}." if who else "")


@pytest.mark.slow
@pytest.mark.parametrize("score", ["Dice", "error, px"])
def test_a_browser_says_how_scores_and_order_change_against_the_default_of_the_score(
    score: str, tmp_path: Path
) -> None:
    page = opened(tmp_path, (score, "by image"))
    wide = swing.by_convention(frame().query("score == @score"), AXES)
    swaps = swing.swaps(wide, (score, "pooled"), lower_is_better=score == "error, px")
    number, _, told = page.paragraphs[0].partition(" places against the default convention: ")
    assert number == ("1 pair changes" if len(swaps) == 1 else f"{len(swaps)} pairs change")
    assert {*told.removesuffix(".").split("; ")} == {
        f"{each.behind} now before {each.ahead}" for each in swaps
    }
    moved = {"one": "+0.250", "two <b>&": "−0.375", "three": ""}
    if score == "error, px":
        moved = {"one": "−3.000", "two <b>&": "+1.000", "three": ""}
    assert {row[0]: row[2] for row in page.rows[1:4]} == moved


@pytest.mark.slow
def test_a_browser_says_that_the_order_stays(tmp_path: Path) -> None:
    rows = frame().query("score == 'Dice'").copy()
    rows["value"] = [0.5, 0.625, np.nan, 0.25, 0.75, 0.125]
    told = opened(tmp_path, ("Dice", "by image"), rows).paragraphs[0]
    assert told == "No two models change places against the default convention."
