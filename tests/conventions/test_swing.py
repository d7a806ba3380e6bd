"""How far conventions move scores, on tables made by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cvlib.conventions import jobs, swing
from cvlib.tasks import TASKS

AXES = ("images", "classes")
DEFAULT = {"images": "pooled", "classes": "mean"}


def made(values: dict[tuple[str, str], tuple[float, ...]], models: str = "abc") -> pd.DataFrame:
    rows = [
        (*way, model, value) for way, own in values.items() for model, value in zip(models, own, strict=False)
    ]
    return pd.DataFrame(rows, columns=[*AXES, "model", "value"])


FRAME = made(
    {
        ("pooled", "mean"): (0.6, 0.5, np.nan),
        ("pooled", "one"): (0.9, 0.8, np.nan),
        ("single", "mean"): (0.2, 0.3, np.nan),
        ("single", "one"): (0.4, 0.4, np.nan),
    }
)


def test_the_summary_by_hand() -> None:
    found = swing.summary(FRAME, AXES, DEFAULT)
    assert found.conventions == found.different == 4
    assert found.default.to_dict() == {"a": 0.6, "b": 0.5}
    assert found.between_models == pytest.approx(0.1)
    assert found.swing[["a", "b"]].tolist() == pytest.approx([0.7, 0.5])
    assert found.pairs == 1
    assert found.swaps == [("a", "b", 0.25)]


def test_conventions_that_agree_are_not_different() -> None:
    found = swing.summary(FRAME.assign(value=0.5), AXES, DEFAULT)
    assert (found.conventions, found.different) == (4, 1)
    assert (found.pairs, found.swaps) == (0, [])


def test_lower_can_be_better() -> None:
    found = swing.summary(FRAME, AXES, DEFAULT, lower_is_better=True)
    assert found.swaps == [("b", "a", 0.25)]


def test_an_absent_model_swaps_with_none() -> None:
    assert not [swap for swap in swing.summary(FRAME, AXES, DEFAULT).swaps if "c" in swap[:2]]


def test_choices_one_at_a_time_leave_the_others_at_the_default() -> None:
    found = swing.one_at_a_time(FRAME, AXES, DEFAULT)
    assert found["images"].loc["a"].to_numpy() == pytest.approx([0.2, 0.6, 0.4])
    assert found["classes"].loc["b"].to_numpy() == pytest.approx([0.5, 0.8, 0.3])


def test_a_choice_that_makes_no_difference_takes_one_row_in_the_old_order() -> None:
    frame = made(
        {
            ("x", "mean"): (1.0, np.nan),
            ("x", "one"): (1.0, np.nan),
            ("y", "mean"): (3.0, 4.0),
            ("y", "one"): (3.0, 5.0),
        },
        models="ab",
    )
    wide = swing.distinct(swing.by_convention(frame, AXES))
    assert wide.index.tolist() == [("x", swing.ANY), ("y", "mean"), ("y", "one")]
    assert wide["a"].tolist() == [1.0, 3.0, 3.0]


def test_choices_can_stand_above_the_models() -> None:
    wide = swing.by_convention(FRAME, AXES, ["classes"])
    assert wide.index.tolist() == [("pooled",), ("single",)]
    assert wide["one", "b"].tolist() == [0.8, 0.4]


def test_infinite_errors_swing_without_end() -> None:
    frame = made({("pooled", "mean"): (1.0, 2.0), ("pooled", "one"): (np.inf, 3.0)}, models="ab")
    found = swing.summary(frame, AXES, DEFAULT, lower_is_better=True)
    assert found.swing.tolist() == [np.inf, 1.0]
    assert found.swaps == [("a", "b", 0.5)]


def test_the_chapter_shows_every_task_on_one_split() -> None:
    shown = jobs()
    assert {job.task for job in shown} == set(TASKS)
    assert {(job.kind, job.seed) for job in shown} == {("groups", 0)}
    assert len(set(shown)) == len(shown)
