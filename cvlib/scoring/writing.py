"""A score card as text, and as files."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd

from cvlib.data.files import write_bytes
from cvlib.data.writing import whole_folder
from cvlib.measure.intervals import Interval
from cvlib.scoring import latex
from cvlib.scoring.card import Card, Section


def markdown(card: Card) -> str:
    """The table and what must be known to read it, as Markdown that is plain text too."""
    head = f"{card.name}: {card.table}"
    notes = [card.convention, f"Scored: {card.images}.", *card.remarks]
    return "\n".join([f"## {head}", "", _grid(card.frame()), "", *(f"- {each}" for each in notes), ""])


def _grid(frame: pd.DataFrame) -> str:
    table = [frame.columns.tolist(), *frame.to_numpy().tolist()]
    rows = [[str(cell).replace("|", r"\|") for cell in row] for row in table]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    rows.insert(1, ["-" * width for width in widths])
    return "\n".join(
        f"| {' | '.join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))} |"
        for row in rows
    )


def as_json(card: Card) -> dict[str, Any]:
    """The card as a JSON object; what is undefined is null."""
    told = {key: getattr(card, key) for key in ("task", "table", "name", "convention", "images")}
    sections = [_section(card, each) for each in card.sections]
    return {**told, "remarks": list(card.remarks), "scores": sections, "provenance": dict(card.provenance)}


def _section(card: Card, section: Section) -> dict[str, Any]:
    published = [
        asdict(each)
        | {"printed": {measure: each.printed(measure) for measure in each.claims}}
        | {"verdicts": each.verdicts(section.scores, card.name)}
        for each in section.published
    ]
    others = {name: _intervals(scores) for name, scores in section.others.items()}
    return {
        "of": section.title,
        "scores": _intervals(section.scores),
        "others": others,
        "published": published,
    }


def _intervals(scores: Mapping[str, Interval]) -> dict[str, dict[str, float | None]]:
    return {
        measure: {key: value if math.isfinite(value) else None for key, value in each._asdict().items()}
        for measure, each in scores.items()
    }


def write(card: Card, folder: Path) -> Sequence[str]:
    """Write ``scores.csv``, ``scores.json``, ``scores.md`` and ``scores.tex`` into a new folder.

    Returns
    -------
    The names of the files.

    Raises
    ------
    DataError
        The folder has something in it or cannot be made; then nothing is written.
    """
    about = json.dumps(as_json(card), indent=2, ensure_ascii=False, allow_nan=False)
    caption = " ".join(
        [f"{card.name}: {card.table}.", card.convention, f"Scored: {card.images}.", *card.remarks]
    )
    files = {
        "scores.csv": card.tidy().to_csv(index=False, lineterminator="\n"),
        "scores.json": f"{about}\n",
        "scores.md": markdown(card),
        "scores.tex": f"{latex.table(card.frame(), caption, f'tab:{card.task}')}\n",
    }
    with whole_folder(folder) as temporary:
        for name, text in files.items():
            write_bytes(temporary / name, text.encode())
    return list(files)
