"""Figures of the chapter on claims."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from cvlib.figures.style import panels
from cvlib.verdict import Verdict

COLOURS: Mapping[Verdict, str] = {
    "reproduced": "#332288",
    "differs": "#882255",
    "consistent": "#56B4E9",
    "inconsistent in the text we have": "#E69F00",
    "not comparable": "#999999",
    "not checkable here": "#CCCCCC",
    "not in the source": "#FFFFFF",
}
"""What agrees is blue, what does not is red or orange; what cannot be said is grey to white."""


def verdicts(counts: pd.DataFrame) -> Figure:
    """How many claims have which verdict, by place.

    Parameters
    ----------
    counts
        As ``cvlib.ledger.report.by_place`` gives it.
    """
    figure, axes = panels(1, 1, height=0.6 + 0.24 * len(counts))
    plot = axes[0, 0]
    left = np.zeros(len(counts))
    for verdict, colour in COLOURS.items():
        widths = counts[verdict].to_numpy()
        if widths.any():
            plot.barh(counts.index, widths, left=left, color=colour, edgecolor="black", lw=0.5, label=verdict)
        left += widths
    plot.invert_yaxis()
    plot.set(xlabel="claims")
    plot.margins(x=0.02, y=0.01)
    plot.tick_params(axis="y", labelsize="small", length=0)
    plot.legend(loc="center right", fontsize="small", frameon=True)
    return figure
