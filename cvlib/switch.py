"""A table of models in a page whose reader picks the convention: their scores and their order change."""

from __future__ import annotations

import html
import itertools
import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

_number = itertools.count(1)


class Switch:
    """Scores under every convention, of which the page shows one at a time.

    One file of HTML with its own few lines of script: no library, no network, no server. Without JavaScript
    the scores under the default convention are there to read.

    Parameters
    ----------
    frame
        A row per convention and model: the axes, ``model`` and ``value``; every convention has a row for
        every model. NaN is shown as "-".
    axes
        The choices, columns of texts.
    name
        Of the element, such as ``switch-segmentation``; a number is added, so that a page may show it twice.
    caption
        What is scored, as plain text.
    default
        Option of each axis that is picked at first, and that scores and order are compared with.
    asked
        Axes that are a question rather than a convention, such as which score: what is picked there is
        compared with the default of the same.
    known
        By convention, in the order of the axes: who scores like that.
    lower_is_better
        Options, of whatever axis, under which lower values come first.

    Raises
    ------
    ValueError
        If a convention lacks a model or has it twice, or the default is none of the conventions.

    Examples
    --------
    >>> frame = pd.DataFrame({"average": ["pooled", "by image"], "model": "net", "value": [0.5, 0.25]})
    >>> page = Switch(frame, ["average"], "switch-example", "Dice", {"average": "pooled"})
    >>> "0.500" in page._repr_mimebundle_()["text/html"]
    True
    """

    def __init__(
        self,
        frame: pd.DataFrame,
        axes: Sequence[str],
        name: str,
        caption: str,
        default: Mapping[str, str],
        asked: Collection[str] = (),
        known: Mapping[tuple[str, ...], str] | None = None,
        lower_is_better: Collection[str] = (),
    ) -> None:
        self.axes = {axis: frame[axis].unique().tolist() for axis in axes}
        self.models: list[str] = frame["model"].unique().tolist()
        self.name, self.caption, self.default = name, caption, default
        self.asked, self.known, self.lower_is_better = asked, known or {}, lower_is_better
        columns = frame.set_index([*axes, "model"])["value"].to_dict()
        wanted = [*itertools.product(*self.axes.values(), self.models)]
        if len(frame) != len(wanted) or set(wanted) != set(columns):
            raise ValueError(
                f"expected {len(wanted)} rows, one for each convention and model, but got {len(frame)}"
            )
        if any(default.get(axis) not in options for axis, options in self.axes.items()):
            raise ValueError(f"expected a default among {self.axes}, but got {dict(default)}")
        values = np.array([columns[each] for each in wanted], float)
        self.values = values.reshape(-1, len(self.models))

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        """As HTML."""
        return {"text/html": self.html(), "text/plain": self.caption}

    def html(self) -> str:
        """The element, with a name that no other one has."""
        name = f"{self.name}-{next(_number)}"
        texts = {"name": name, "caption": html.escape(self.caption), "data": _embedded(self._data())}
        texts |= {"choices": self._choices(name), "rows": self._rows(), "style": _STYLE, "script": _SCRIPT}
        return _PAGE.format(**texts)

    def _data(self) -> dict[str, Any]:
        """What the script reads: scores by convention, in the order of the axes' options, and of models."""
        return {
            "axes": [*self.axes.values()],
            "start": [options.index(self.default[axis]) for axis, options in self.axes.items()],
            "asked": [axis in self.asked for axis in self.axes],
            "models": self.models,
            "values": [[_plain(value) for value in row] for row in self.values.tolist()],
            "known": {"\n".join(way): who for way, who in self.known.items()},
            "lower": [*self.lower_is_better],
        }

    def _choices(self, name: str) -> str:
        lines = []
        for number, (axis, options) in enumerate(self.axes.items()):
            given = (_option(option, option == self.default[axis]) for option in options)
            chooser = f'<select id="{name}-{number}" autocomplete="off">{"".join(given)}</select>'
            lines.append(f'<label for="{name}-{number}">{html.escape(axis)} {chooser}</label>')
        return "\n".join(lines)

    def _rows(self) -> str:
        """The rows of the default convention, best first, as the script would draw them."""
        options = [self.axes[axis].index(self.default[axis]) for axis in self.axes]
        row = self.values[np.ravel_multi_index(options, [len(each) for each in self.axes.values()])]
        sign = 1 if set(self.default.values()) & set(self.lower_is_better) else -1
        order = sorted(range(len(row)), key=lambda at: (np.isnan(row[at]), sign * row[at]))
        top = max([1, *row[np.isfinite(row)]])
        return "\n".join(_row(self.models[at], float(row[at]), top) for at in order)


def _row(model: str, value: float, top: float) -> str:
    share = 0 if np.isnan(value) else min(value / top, 1)
    bar = f'<td aria-hidden="true"><i style="width:{100 * share:.1f}%"></i></td>'
    return f'<tr><th scope="row">{html.escape(model)}</th><td>{_shown(value)}</td><td></td>{bar}</tr>'


def _shown(value: float) -> str:
    return "-" if np.isnan(value) else "∞" if np.isinf(value) else f"{value:.3f}"


def _option(option: str, picked: bool) -> str:
    return f"<option{' selected' if picked else ''}>{html.escape(option)}</option>"


def _plain(value: float) -> float | str | None:
    """JSON knows neither NaN nor infinity; the last bits of a sum order no models."""
    return None if np.isnan(value) else "∞" if np.isinf(value) else round(value, 9)


def _embedded(data: dict[str, Any]) -> str:
    """JSON in which nothing ends its script element before its time, or begins a comment."""
    return json.dumps(data, ensure_ascii=False).replace("<", "\\u003c")


_STYLE = """
.cvlib-switch { padding: .5rem 0; color: var(--pst-color-text-base, inherit);
  background: var(--pst-color-background, transparent); }
.cvlib-switch fieldset { margin: 0; padding: .4rem .8rem;
  border: 1px solid var(--pst-color-border, currentColor); }
.cvlib-switch legend { float: none; width: auto; margin: 0; padding: 0 .4em; font-size: 1em; }
.cvlib-switch label { display: inline-block; max-width: 100%; margin: .2em 1em .2em 0; }
.cvlib-switch select { max-width: 100%; font: inherit; color: inherit;
  background: var(--pst-color-surface, Canvas); border: 1px solid var(--pst-color-border, currentColor); }
.cvlib-switch table { width: 100%; margin: .5rem 0; border-collapse: collapse; color: inherit; }
.cvlib-switch caption { caption-side: top; text-align: left; color: inherit; }
.cvlib-switch table tr > * { padding: .15em .5em; border: 0; text-align: left; font-weight: normal;
  color: inherit; background: none; }
.cvlib-switch table td:not(:last-child) { text-align: right; font-variant-numeric: tabular-nums; }
.cvlib-switch table td:last-child { width: 50%; }
.cvlib-switch i { display: block; height: .6em; opacity: .8;
  background: var(--pst-color-primary, currentColor); }
.cvlib-switch p { min-height: 1.5em; margin: .2em 0; }
"""

_SCRIPT = """
const data = JSON.parse(root.querySelector("script").textContent);
const selects = [...root.querySelectorAll("select")], body = root.querySelector("tbody");
const [order, known] = root.querySelectorAll("p");
const rows = Object.fromEntries([...body.rows].map(row => [row.cells[0].textContent, row]));
const number = value => value === "∞" ? Infinity : value;
function scores(picked) {
  const at = picked.reduce((sum, option, axis) => sum * data.axes[axis].length + option, 0);
  return data.values[at].map(number);
}
function ahead(picked) { // is model a before model b?
  const values = scores(picked);
  const lower = picked.some((option, axis) => data.lower.includes(data.axes[axis][option]));
  return (a, b) => values[a] !== null && values[b] !== null &&
    (lower ? values[a] < values[b] : values[a] > values[b]);
}
function draw() {
  const picked = selects.map(select => select.selectedIndex), values = scores(picked);
  const start = data.start.map((option, axis) => data.asked[axis] ? picked[axis] : option);
  const before = ahead(start), now = ahead(picked);
  const top = Math.max(1, ...values.filter(Number.isFinite));
  const same = picked.every((option, axis) => option === start[axis]);
  const first = scores(start), moved = at => values[at] - first[at];
  const models = data.models.map((_, at) => at).sort((a, b) =>
    (values[a] === null) - (values[b] === null) || now(b, a) - now(a, b) || a - b);
  for (const at of models) {
    const row = rows[data.models[at]], value = values[at];
    row.cells[1].textContent = value === null ? "-" : Number.isFinite(value) ? value.toFixed(3) : "∞";
    row.cells[2].textContent = same || value === null || first[at] === null || !isFinite(moved(at)) ? "" :
      (moved(at) < 0 ? "−" : "+") + Math.abs(moved(at)).toFixed(3);
    row.querySelector("i").style.width = 100 * Math.min((value ?? 0) / top, 1) + "%";
    body.append(row);
  }
  const swapped = [];
  for (const a of models) for (const b of models)
    if (now(a, b) && before(b, a)) swapped.push(`${data.models[a]} now before ${data.models[b]}`);
  order.textContent = same ? "This is the default convention." : swapped.length === 0 ?
    "No two models change places against the default convention." :
    `${swapped.length} ${swapped.length === 1 ? "pair changes" : "pairs change"} places against the ` +
    `default convention: ${swapped.slice(0, 3).join("; ")}${swapped.length > 3 ? "; …" : "."}`;
  const who = data.known[picked.map((option, axis) => data.axes[axis][option]).join("\\n")];
  known.textContent = who ? `Who scores like that: ${who}.` : "";
}
selects.forEach(select => select.addEventListener("change", draw));
root.querySelector("fieldset").hidden = false;
draw();
"""

_PAGE = """<div class="cvlib-switch" id="{name}">
<style>{style}</style>
<fieldset hidden><legend>Convention</legend>
{choices}
</fieldset>
<table class="dataframe"><caption>{caption}</caption>
<thead><tr><th scope="col">model</th><td>score</td><td>change</td><td></td></tr></thead>
<tbody>
{rows}
</tbody></table>
<p role="status" aria-live="polite">These are the scores under the default convention.</p>
<p></p>
<script type="application/json">{data}</script>
<script>(function (root) {{{script}}})(document.getElementById("{name}"));</script>
</div>"""
