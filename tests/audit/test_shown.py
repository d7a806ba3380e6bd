"""Figures and tables of the chapter show what was found."""

from __future__ import annotations

import io
from math import ceil

import numpy as np
from matplotlib.axes import Axes

from cvlib.audit import classification, electrode, report
from cvlib.audit.checks import checks
from cvlib.figures import audit as figures
from cvlib.papers import claims

ROWS = classification.rows(claims())
SHARES = electrode.shares(claims())


def lines(axes: Axes) -> list[tuple[list[float], list[float]]]:
    """What is drawn on axes, without what is there for the legend only."""
    drawn = [
        (np.ravel(line.get_xdata()).tolist(), np.ravel(line.get_ydata()).tolist()) for line in axes.lines
    ]
    return [(x, y) for x, y in drawn if x]


def test_the_figure_of_shares_has_a_dot_and_a_bar_for_each_row() -> None:
    left, right = figures.shares(ROWS).axes
    drawn = lines(left)
    for place, row in enumerate(ROWS):
        assert ([row.implied.middle], [place]) in drawn
        assert any(x == [row.stated.middle] * 2 and y[0] < place < y[1] for x, y in drawn)
    assert [x for x, _ in lines(right)] == [[float(row.implied.low), float(row.implied.high)] for row in ROWS]
    assert left.get_xlim() == (0, 1) and right.get_xlim()[0] > 0.43 and right.get_xlim()[1] < 0.46


def test_the_figure_of_f1_shows_which_rows_meet_the_band() -> None:
    (plot,) = figures.f1(ROWS).axes
    ends = [x for x, _ in lines(plot)]
    outside = [row.about for row, (low, high) in zip(ROWS, ends, strict=True) if low > 0.5 or high < -0.5]
    assert outside == ["ResNet, delamination", "ConvNext, surface crack", "EfficientNet, pinhole"]


def test_the_figure_of_columns_draws_pcs_below_pck_but_where_it_is_labelled_so() -> None:
    labellings = [electrode.AS_PRINTED, *electrode.labellings(list(SHARES.values()))]
    figure = figures.columns(SHARES, labellings)
    below = []
    for plot in figure.axes:
        values = [y for _, y in lines(plot)]
        pairs = zip(values[::2], values[1::2], strict=True)
        below.append([all(np.less_equal(pcs, pck)) for pck, pcs in pairs])
    assert below == [[False] * 4, [True] * 4, [True] * 4]
    assert lines(figure.axes[0])[:2] == [([0, 1], [0.421, 0.818]), ([0, 1], [0.239, 0.965])]


def test_every_figure_can_be_saved() -> None:
    for figure in (figures.shares(ROWS), figures.f1(ROWS), figures.columns(SHARES, [electrode.AS_PRINTED])):
        figure.savefig(io.BytesIO())


def test_the_tables_have_a_row_for_each_row_of_the_paper() -> None:
    shares, means = report.shares(ROWS), report.means(ROWS)
    assert len(shares) == len(means) == 9
    assert shares["accuracy at the stated share"][:3].tolist() == ["0.816", "0.958", "0.884"]
    assert means["possible"].tolist() == ["no", "yes", "yes"] * 3
    assert means["agree"].tolist().count("no") == 3


def test_the_table_of_labellings_says_what_each_printed_column_is() -> None:
    table = report.labelled(electrode.labellings(list(SHARES.values())))
    assert table.iloc[0].tolist() == ["PCK0.5", "PCS1.0", "PCS0.5", "PCK1.0"]
    assert sorted(table.iloc[1]) == sorted(electrode.COLUMNS.values())


def test_the_numbers_of_keypoints_by_hand() -> None:
    last = report.keypoints(SHARES).iloc[-1]
    assert last.iloc[3] == f"{(0.9905 / 0.0095) / (0.8655 / 0.1345):.1f} times or more"
    assert last.iloc[4] == f"{ceil(0.1345 / 0.0095)} or more" == "15 or more"


def test_the_summary_counts_every_check_once() -> None:
    found = checks()
    table = report.summary(found)
    assert table["hold"].astype(int).sum() == sum(check.holds for check in found)
    assert table[["hold", "do not"]].astype(int).to_numpy().sum() == len(found)


def test_results_are_those_of_the_family_asked_for() -> None:
    table = report.results(checks(), "records.size", "statements")
    assert len(table) == 5 + 4 and table["agree"].tolist().count("no") == 2 + 3
