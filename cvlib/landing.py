"""The first page: what was reproduced and what was not, by task, drawn from the ledger of claims."""

from __future__ import annotations

import html
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from matplotlib.figure import Figure

from cvlib.figures import landing as pictures
from cvlib.figures.claims import COLOURS
from cvlib.ledger.entries import Entry
from cvlib.papers import claim
from cvlib.verdict import VERDICTS, Verdict

MARK = "{landing}"
"""Stands in ``book/index.md`` where the verdicts go."""

CLAIMS = "executed/claims"
FOLDER = "images/landing"


class Task(NamedTuple):
    """A task on the first page.

    Attributes
    ----------
    title
        As readers know it.
    page
        The chapter that a click leads to.
    pages
        The chapters whose claims are counted.
    draw
        Its picture.
    alt
        What the picture shows.
    """

    title: str
    page: str
    pages: tuple[str, ...]
    draw: Callable[[], Figure]
    alt: str


TASKS = (
    Task(
        "Segmentation",
        "segmentation",
        ("segmentation",),
        pictures.segmentation,
        "A dark coating with bright cracks; its right half is coloured by defect class.",
    ),
    Task(
        "Detection",
        "detection",
        ("detection",),
        pictures.detection,
        "A coating with a box around each of its pinholes.",
    ),
    Task(
        "Classification",
        "classification",
        ("classification",),
        pictures.classification,
        "Four coatings, each with four squares that are filled where the image shows the class.",
    ),
    Task(
        "Statistics",
        "roundness",
        ("process", "data-records", "roundness"),
        pictures.shapes,
        "Six pinholes from ragged to round, each with its roundness.",
    ),
    Task(
        "Localization",
        "localization",
        ("corners", "localization"),
        pictures.localization,
        "An X-ray of stacked plates, ends of negative plates marked dark blue, of positive ones wine red.",
    ),
)
"""With a picture; claims that other chapters show are counted in the totals only."""


def with_verdicts(text: str, entries: Sequence[Entry], simulated: bool = True) -> str:
    """A page's text with the verdicts, in sum and by task, in place of ``MARK``.

    Parameters
    ----------
    text
        MyST Markdown.
    entries
        Of the book that the page belongs to.
    simulated
        Whether that book runs on simulated images.

    Examples
    --------
    >>> found = [Entry("p1.images", "consistent", ""), Entry("p1.height", "not comparable", "")]
    >>> print(with_verdicts("{landing}", found).splitlines()[0][:52], "...")
    **0 of 2 [claims](executed/claims) are reproduced.** ...
    """
    if MARK not in text:
        return text
    return text.replace(MARK, "\n\n".join([summary(entries, simulated), totals(entries), tiles(entries)]))


def summary(entries: Sequence[Entry], simulated: bool) -> str:
    """The first thing to be known, in three sentences."""
    counts = Counter(each.verdict for each in entries)
    differ = f", {counts['differs']} differ" if counts["differs"] else ""
    images = "simulated images" if simulated else "other images, with lighter models or without an interval"
    return (
        f"**{counts['reproduced']} of {len(entries)} [claims]({CLAIMS}) are reproduced{differ}.** "
        f"Not comparable, since measured on {images}: {counts['not comparable']}. "
        "Whether printed numbers agree with each other can be checked without any image: "
        f"{counts['consistent']} do, {counts['inconsistent in the text we have']} do not in the text we have."
    )


def totals(entries: Sequence[Entry]) -> str:
    """How many claims of each paper have each verdict, as a table."""
    shown = [each for each in VERDICTS if each in ("reproduced", "differs") or _count(entries, each)]
    head = "".join(f'<th scope="col">{_key(each)}{html.escape(each)}</th>' for each in shown)
    rows = "".join(_row(entries, paper, shown) for paper in (1, 2))
    return (
        f'<div class="cvlib-verdicts" tabindex="0" role="group" aria-label="Verdicts by paper"><table>'
        f"<thead><tr><td></td>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _row(entries: Sequence[Entry], paper: int, shown: Sequence[Verdict]) -> str:
    own = [each for each in entries if claim(each.id).paper == paper]
    cells = "".join(f"<td>{_count(own, verdict)}</td>" for verdict in shown)
    return f'<tr><th scope="row">Paper {paper}</th>{cells}</tr>'


def tiles(entries: Sequence[Entry]) -> str:
    """A card per task: its picture and the verdicts on the claims that its chapters show."""
    cards = [_tile(task, [each for each in entries if claim(each.id).page in task.pages]) for task in TASKS]
    told = '<p class="cvlib-note">Pictures: simulated images with what is true of them, no predictions.</p>'
    grid = ["::::{grid} 2 3 5 5", ":gutter: 2", ":class-container: cvlib-tasks", "", *cards, "::::"]
    return "\n".join([*grid, "", told])


def _tile(task: Task, own: Sequence[Entry]) -> str:
    counts = Counter(each.verdict for each in own)
    told = ", ".join(f"{counts[each]} {each}" for each in VERDICTS if counts[each])
    spans = "".join(
        f'<i style="flex:{counts[each]};background:{COLOURS[each]}"></i>' for each in VERDICTS if counts[each]
    )
    lines = [":::{grid-item-card}", f":link: executed/{task.page}", ":link-type: doc"]
    lines += [f":link-alt: {task.title}", f":img-top: {FOLDER}/{task.page}.webp", f":img-alt: {task.alt}"]
    lines += [f"**{task.title}**", ""]
    lines += [f'<div class="cvlib-bar" role="img" aria-label="{len(own)} claims: {told}">{spans}</div>', ""]
    return "\n".join([*lines, f"{counts['reproduced']} of {len(own)} reproduced", ":::"])


def _key(verdict: Verdict) -> str:
    return f'<i class="cvlib-key" style="background:{COLOURS[verdict]}"></i>'


def _count(entries: Sequence[Entry], verdict: Verdict) -> int:
    return sum(each.verdict == verdict for each in entries)


def draw(source: Path) -> None:
    """Draw the tasks' pictures into the folder that the book is built from."""
    folder = source / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    for task in TASKS:
        task.draw().savefig(
            folder / f"{task.page}.webp", dpi=150, facecolor="auto", pil_kwargs={"quality": 85, "method": 6}
        )
