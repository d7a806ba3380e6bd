"""Conventions of localization by hand, and against the measures of the chapter."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cvlib.conventions import localization
from cvlib.conventions.localization import BOX, IMAGE, MISSING, PITCH, ROI, Located
from cvlib.localize.scoring import Scored
from cvlib.measure.points import errors, scores

IMAGES, ENDS = 8, 6


def located(seed: int, missing: float = 0.0, images: int = IMAGES) -> Located:
    """Ends some 20 px apart and 3 px off; regions with a diagonal of 250 or 500 px."""
    random = np.random.default_rng(seed)
    truth = np.stack([np.tile([30.0, 60.0], ENDS // 2), 20.0 * np.arange(ENDS)], axis=1)
    truth = truth + random.normal(0, 1, (images, ENDS, 2))
    points = truth + random.normal(0, 3, truth.shape)
    points[random.random((images, ENDS)) < missing] = np.nan
    rois = np.array([[0, 0, 150, 200], [0, 0, 300, 400]])[np.arange(images) % 2]
    names, positive = np.arange(images).astype(str), np.tile([False, True], (images, ENDS // 2))
    scale, maps = np.full(images, np.nan), np.zeros((images, ENDS, 2, 2), np.float16)
    own = Scored(names, np.arange(images), np.arange(images), scale, rois, truth, truth, positive, maps,
                 np.array([8, 8]), 2.0)  # fmt: skip
    return Located(own, points)


def values(tested: Located) -> pd.Series:
    frame = localization.table({"net": tested}, np.full(len(tested.images), 800.0))
    return frame.set_index([*localization.AXES, "model"])["value"]


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([0.0, 0.2]))
def test_the_measures_of_the_chapter_are_among_the_conventions(seed: int, missing: float) -> None:
    tested = located(seed, missing)
    found, frame = errors(tested.points, tested.images.truth, tested.images.reference), values(tested)
    for name, way in (("off by the reference", "reference"), ("infinitely far", "infinite")):
        expected = scores(found, np.arange(IMAGES), missing=way)  # type: ignore[arg-type]
        for score, interval in expected.items():
            assert frame[score, ROI, name, "ends", "net"] == pytest.approx(interval.value)


def test_the_scores_are_those_of_the_papers_table() -> None:
    tested = located(1)
    found = errors(tested.points, tested.images.truth, tested.images.reference)
    assert [*localization.SCORES] == [*scores(found, np.arange(IMAGES))]


def test_one_image_by_hand() -> None:
    """Three ends 3, 4 and 0 px off, one missing; region 500, image 1000, spacing 40, box 50 by 120 px."""
    truth = np.array([[[0, 0], [50, 40], [0, 80], [50, 120.0]]])
    points = truth + np.array([[[3, 0], [0, 4], [0, 0], [np.nan, 0]]])
    own = located(0, images=1).images
    tested = Scored(**{**vars(own), "truth": truth, "positive": np.array([[False, True, False, True]]),
                       "rois": np.array([[0, 0, 300, 400]])})  # fmt: skip
    frame = localization.table({"net": Located(tested, points)}, np.array([1000.0]))
    found = frame.set_index([*localization.AXES, "model"])["value"]
    for reference, px in ((ROI, 500), (IMAGE, 1000), (PITCH, 80), (BOX, 130)):
        relative = 100 * np.array([3, 4, 0]) / px
        sums = {"left out": relative.mean(), "off by the reference": (relative.sum() + 100) / 4}
        for missing, expected in (sums | {"infinitely far": np.inf}).items():
            assert found["NME", reference, missing, "ends", "net"] == pytest.approx(expected)
    assert found["PCK0.5", ROI, "left out", "ends", "net"] == pytest.approx(1 / 3)
    assert found["PCK0.5", IMAGE, "left out", "ends", "net"] == 1
    assert found["PCK0.5", IMAGE, "infinitely far", "ends", "net"] == 0.75
    assert found["PCS0.5", IMAGE, "left out", "ends", "net"] == 1
    assert found["PCS0.5", IMAGE, "infinitely far", "ends", "net"] == 0


def test_images_weigh_the_same_however_many_ends_are_found() -> None:
    tested = located(0, images=2)
    points = tested.images.truth.copy()
    points[0] += [5.0, 0]
    points[1, 1:] = np.nan
    found = values(Located(tested.images, points))
    assert found["NME", ROI, "left out", "ends", "net"] == pytest.approx(6 / 7 * 100 * 5 / 250)
    assert found["NME", ROI, "left out", "images", "net"] == pytest.approx(1 / 2 * 100 * 5 / 250)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([0.0, 0.2]))
def test_without_missing_ends_both_means_agree_and_pcs_is_never_above_pck(seed: int, missing: float) -> None:
    found = values(located(seed, missing)).unstack("mean over")  # noqa: PD010
    if not missing:
        np.testing.assert_allclose(found["ends"], found["images"])
    shares = found["images"].unstack("score")  # noqa: PD010
    for percent in ("0.5", "1.0"):
        assert (shares[f"PCS{percent}"] <= shares[f"PCK{percent}"] + 1e-12).all()


def test_an_image_without_any_prediction_is_left_out_whole() -> None:
    tested = located(3)
    points = tested.points.copy()
    points[0] = np.nan
    rest = Located(tested.images, points)
    found = values(rest)
    assert np.isfinite(found["NME", ROI, "left out", "images", "net"])
    nothing = values(Located(tested.images, np.full_like(points, np.nan)))
    assert np.isnan(nothing["NME", ROI, "left out", "ends", "net"])
    assert nothing["NME", ROI, MISSING[0], "ends", "net"] == 100


def test_every_model_is_scored_by_every_convention_once() -> None:
    frame = localization.table({"one": located(1), "two": located(2)}, np.full(IMAGES, 800.0))
    assert len(frame) == 2 * 5 * 4 * 3 * 2
    assert not frame.duplicated([*localization.AXES, "model"]).any()
    assert set(localization.KNOWN) <= set(frame[[*localization.AXES]].itertuples(index=False, name=None))
