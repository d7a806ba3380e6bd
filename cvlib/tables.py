"""Tables as pages show them: numbered and captioned in the book, plain HTML in a notebook."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import Any

import pandas as pd


class Remarks:
    """Sentences shown as a bulleted list."""

    def __init__(self, sentences: Sequence[str]) -> None:
        self.sentences = sentences

    def _repr_markdown_(self) -> str:
        return "\n".join(f"- {sentence}" for sentence in self.sentences)


class Table:
    """A table of ready-made texts.

    In the book it becomes a numbered, captioned table that other pages can refer to by its name; in a
    notebook it shows as HTML.

    Parameters
    ----------
    frame
        What to show, column names as headings; the index is left out. Numbers must be texts already.
    name
        Label for cross-references, unique in the book, such as ``tab-prevalence``; may be empty.
    caption
        What the table shows, in MyST Markdown.
    widths
        Relative widths of the columns.
    """

    def __init__(
        self, frame: pd.DataFrame, name: str, caption: str, widths: Sequence[int] | None = None
    ) -> None:
        self.frame, self.name, self.caption, self.widths = frame, name, caption, widths

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        """Both forms; the book takes the second."""
        return {"text/html": self._html(), "text/markdown": self.markdown()}

    def _html(self) -> str:
        body = self.frame.to_html(index=False, border=0, justify="left")
        return f"<p>{html.escape(self.caption)}</p>{body}"

    def markdown(self) -> str:
        """The table as a MyST directive."""
        options = [":header-rows: 1", ":class: cvlib-table", *([f":name: {self.name}"] if self.name else [])]
        if self.widths:
            options.append(f":widths: {' '.join(map(str, self.widths))}")
        rows = [self.frame.columns.tolist(), *self.frame.to_numpy().tolist()]
        lines = [
            ("* - " if place == 0 else "  - ") + _cell(cell) for row in rows for place, cell in enumerate(row)
        ]
        return "\n".join([f":::::{{list-table}} {self.caption}", *options, "", *lines, ":::::"])


def _cell(cell: object) -> str:
    text = str(cell)
    return r"\-" if text == "-" else text  # alone it would start a list
