"""Numbers and figures of the chapter on corners."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cvlib.data.xrays import Xrays
from cvlib.errors import DataError
from cvlib.figures import corners as figures
from cvlib.localize import survey
from cvlib.localize.corners import SCALE, find_corners
from cvlib.localize.roi import METHODS, find_roi
from cvlib.localize.survey import Way
from cvlib.measure.intervals import Interval


@pytest.fixture(scope="module")
def offsets(xrays: Xrays) -> pd.DataFrame:
    """Of 24 images."""
    return survey.corner_offsets(xrays, 512)


@pytest.fixture(scope="module")
def medians(offsets: pd.DataFrame) -> pd.DataFrame:
    """By octave and polarity."""
    return survey.offset_medians(offsets)


@pytest.fixture(scope="module")
def found(xrays: Xrays) -> pd.DataFrame:
    """Regions of 24 images."""
    return survey.regions(xrays, 512)


def values(medians: pd.DataFrame, name: str) -> np.ndarray:
    return np.array([each.value for each in medians[name]])


# Distances


def test_distances_are_those_to_the_nearest_corner(xrays: Xrays) -> None:
    table = survey.corner_distances(xrays.take([5]), [64], [10])
    points, positive = xrays.poles(5)
    corners = find_corners(xrays.image(5), 64, 10).points
    expected = [min(np.hypot(*(corner - point)) for corner in corners) for point in points]
    np.testing.assert_allclose(table["distance"], expected)
    np.testing.assert_array_equal(table["positive"], positive)
    assert (table["found"] == len(corners)).all()


def test_there_is_a_row_for_each_setting_and_end(xrays: Xrays) -> None:
    table = survey.corner_distances(xrays.take([0, 1, 2]), [32, 64], [6, 250])
    assert len(table) == 3 * 2 * 2 * 13
    assert table.groupby(["threshold", "count", "image"]).size().eq(13).all()
    assert np.isinf(table.loc[table["threshold"] == 250, "distance"]).all()  # no ring differs by so much


def test_a_table_of_corners_counts_ends() -> None:
    columns = {"count": 8, "threshold": 6, "cell": np.arange(10), "image": np.arange(10), "found": 7}
    distances = pd.DataFrame(columns | {"distance": [1.0] * 4 + [4.0] * 4 + [np.inf] * 2})
    (row,) = survey.corner_table(distances).to_dict("records")
    assert row["fastThreshold"] == "6 (here)"
    assert row["ends with one within 3 px"] == "40 %"  # fewer than five cells have one
    assert row["ends with one within 5 px"] == "80 %"
    assert row["corners found (median)"] == "7"
    assert row["median distance, px"].startswith("4.00")


# Offsets


def test_corners_lie_inside_the_end_in_proportion_to_their_octave(medians: pd.DataFrame) -> None:
    negative = medians[~medians["positive"].astype(bool)]
    along, octave = values(negative, "along"), negative["octave"].to_numpy()
    assert (np.diff(along) > 0).all()
    assert (along / SCALE**octave).min() > 1
    assert (along / SCALE**octave).max() < 2.2


def test_without_the_pyramids_shift_corners_lie_on_the_middle_line(medians: pd.DataFrame) -> None:
    """If the second fails, find_corners has come to place corners itself: pyramid_shift is to go."""
    assert np.abs(values(medians, "across")).max() < 0.25
    assert np.abs(values(medians[medians["octave"] == 4], "raw_across")).min() > 0.7


def test_the_shift_is_what_moves_a_corner_of_a_level_to_the_middle_of_its_pixel() -> None:
    """Pixel 10 of a level that is 1.2 times smaller spans 12 to 13.2 of the image, less half a pixel."""
    placed = np.array([[12.0, 12.0]])
    own = placed - survey.pyramid_shift(np.array([1]), placed, (120, 240))
    np.testing.assert_allclose(own, 12.1)


def test_the_shift_counts_whole_pixels_of_a_level() -> None:
    """101 px become 84.17, so 84: the last pixel of the level ends where the image ends."""
    placed = np.array([[83.0, 83.0]]) * SCALE
    own = placed - survey.pyramid_shift(np.array([1]), placed, (101, 101))
    np.testing.assert_allclose(own, 83.5 * 101 / 84 - 0.5)


def test_a_corner_belongs_to_the_end_it_is_beside(offsets: pd.DataFrame) -> None:
    assert (offsets["along"].abs() <= survey.ALONG_PX).all()
    assert (offsets["across"].abs() <= 6).all()  # half of 11 px, less when seen obliquely
    assert set(offsets["positive"]) == {True, False}


@pytest.mark.parametrize(("positive", "along"), [(False, -1.0), (True, 1.0)])
def test_without_corners_on_negative_plates_it_is_told_what_was_expected(
    positive: bool, along: float
) -> None:
    columns = {"positive": positive, "octave": 0, "cell": range(5), "across": 0.0}
    offsets = pd.DataFrame(columns | {name: [along] * 5 for name in ("along", "raw_along", "raw_across")})
    with pytest.raises(DataError, match="expected plates that run to the right; mirror the X-rays"):
        survey.offset_medians(offsets)


# Regions


def test_regions_are_those_of_each_way(xrays: Xrays, found: pd.DataFrame) -> None:
    for number, way in enumerate(survey.WAYS):
        row = found[(found["way"] == number) & (found["image"] == 7)].iloc[0]
        image = xrays.image(7)
        roi = find_roi(image, find_corners(image, 512), way.method, change=way.change).roi
        assert (row["height"], row["diagonal"]) == (roi.height, roi.diagonal)
        assert row["inside"] == roi.contains(xrays.poles(7)[0]).mean()
    assert len(found) == len(survey.WAYS) * 24


def test_a_table_of_regions_counts_images() -> None:
    columns = {"way": 0, "image": range(10), "cell": range(10), "how": "bounds", "stack": 100.0}
    shares = {"inside": [1.0] * 5 + [0.9] * 5, "height": [150.0] * 5 + [170.0] * 5, "diagonal": [200.0] * 10}
    (row,) = survey.region_table({"all": pd.DataFrame(columns | shares)}, [Way("paper", 0.2)]).to_dict(
        "records"
    )
    assert row["method"] == "paper, 0.20"
    assert row["every end inside"].startswith("50 % [")
    assert row["both"] == row["every end inside"] == row["height at most 1.6 stacks"]
    assert row["height / stack"] == "1.60"
    assert row["2 px in % of it"] == "1.00"


def test_telling_images_are_the_tightest_whole_one_and_the_worst_with_the_steepest_rows() -> None:
    columns = {"way": 0, "image": [10, 11, 12, 13, 14], "stack": 100.0}
    shown = {
        "inside": [1, 1, 0.5, 0, 0],
        "height": [200, 130, 90, 80, 300],
        "steepest": [9.0, 8.0, 7.0, 5.0, 6.0],
    }
    assert survey.telling_images(pd.DataFrame(columns | shown), way=0) == [11, 14]


# Texts and figures


def test_images_shown_are_spread_and_none_is_shown_twice(xrays: Xrays) -> None:
    assert survey.spread(xrays, 4) == [0, 7, 15, 23]
    assert survey.spread(xrays.take([3, 4]), 4) == [0, 1]


def test_only_simulated_data_are_called_ours(xrays: Xrays) -> None:
    assert "our simulator's" in " ".join(survey.remarks(xrays))
    own = Xrays(xrays.root)
    assert "our simulator's" not in " ".join(survey.remarks(own))
    assert "left out" in " ".join(survey.remarks(own))


def test_intervals_are_shown_where_there_are_any() -> None:
    none = float("nan")
    assert survey.percent(Interval(0.5, 0.4, 0.6)) == "50 % [40, 60]"
    assert survey.in_px(Interval(1.5, none, none)) == "1.50"


@pytest.mark.parametrize(
    ("share", "shown"),
    [
        (0, "0 %"),
        (1 / 3000, "0.1 %"),
        (1 / 300, "0.3 %"),
        (0.984, "98 %"),
        (299 / 300, "99.7 %"),
        (2999 / 3000, "99.9 %"),
        (1, "100 %"),
    ],
)
def test_only_all_of_them_are_shown_as_100_percent_and_none_as_0(share: float, shown: str) -> None:
    assert survey.percent(Interval(share, float("nan"), float("nan"))) == shown


def test_bounds_of_an_interval_are_shown_like_its_value() -> None:
    assert survey.percent(Interval(0.5, 0.001, 0.9999)) == "50 % [0.1, 99.9]"


def test_figures_show_what_they_are_given(xrays: Xrays, medians: pd.DataFrame, tmp_path: Path) -> None:
    images = [xrays.image(index) for index in (0, 9)]
    ends = [xrays.poles(index) for index in (0, 9)]
    own = [find_corners(image) for image in images]
    rois = [
        {method: find_roi(i, c, method).roi for method in METHODS} for i, c in zip(images, own, strict=True)
    ]
    drawn = [
        figures.examples(images, [each[0] for each in ends], [each[1] for each in ends]),
        figures.corners(
            images[0], {6: {64: find_corners(images[0], 64)}, 255: {64: find_corners(images[0], 64, 255)}}
        ),
        figures.offsets(medians),
        figures.offsets(medians[medians["positive"].astype(bool)]),
        figures.profiles(images, own, rois, 0.2),
    ]
    for number, figure in enumerate(drawn):
        figure.savefig(tmp_path / f"{number}.png")
    assert [plot.get_title() for plot in drawn[1].axes[:2]] == [
        "threshold 6, N = 64: 64 found",
        "threshold 255, N = 64: 0 found",
    ]
    box = drawn[4].axes[0].patches[0].get_bbox()  # type: ignore[attr-defined]
    assert box.extents == pytest.approx(rois[0]["paper"])
