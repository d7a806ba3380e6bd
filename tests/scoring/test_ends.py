"""Plate ends score as Table 1 of paper 2 has it, from a CSV or from NumPy files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from cvlib.data.xrays import Xrays
from cvlib.errors import DataError
from cvlib.localize.regions import region
from cvlib.measure.points import errors, scores
from cvlib.scoring.ends import Truth
from cvlib.scoring.score import Request, score_localization

Ends = list[tuple[np.ndarray, np.ndarray]]


def true_ends(data: Xrays) -> Ends:
    return [(data.negative(at), data.positive(at)) for at in range(len(data))]


def moved(data: Xrays, seed: int = 0, sd: float = 1.5) -> Ends:
    random = np.random.default_rng(seed)
    return [
        (own[0] + random.normal(0, sd, own[0].shape), own[1] + random.normal(0, sd, own[1].shape))
        for own in true_ends(data)
    ]


def write_csv(path: Path, data: Xrays, ends: Ends, head: str = "image,polarity,number,x,y") -> Path:
    lines = [head]
    for name, own in zip(data.frames["name"], ends, strict=True):
        for kind, points in zip(("negative", "positive"), own, strict=True):
            lines += [
                f"{name},{kind},{at},{float(x)!r},{float(y)!r}"
                for at, (x, y) in enumerate(points.tolist(), 1)
            ]
    path.write_text("\n".join(lines) + "\n")
    return path


def write_folder(place: Path, data: Xrays, ends: Ends) -> Path:
    for side, kind in enumerate(("neg_location", "pos_location")):
        (place / kind / "all").mkdir(parents=True)
        for name, own in zip(data.frames["name"], ends, strict=True):
            np.save(place / kind / "all" / f"{name}.npy", own[side])
    return place


def values(path: Path, data: Xrays, split: str = "all") -> dict[str, float]:
    found = score_localization(Request(path, split=split), data).sections[0].scores
    return {measure: each.value for measure, each in found.items()}


def test_perfect_ends_are_off_by_nothing(xrays: Xrays, tmp_path: Path) -> None:
    expected = {"NME": 0, "PCK0.5": 1, "PCK1.0": 1, "PCS0.5": 1, "PCS1.0": 1}
    assert values(write_csv(tmp_path / "ends.csv", xrays, true_ends(xrays)), xrays) == expected
    assert values(write_folder(tmp_path / "ends", xrays, true_ends(xrays)), xrays) == expected


def test_they_score_as_in_the_chapter(xrays: Xrays, tmp_path: Path) -> None:
    ends = moved(xrays)
    poles = [xrays.poles(at) for at in range(len(xrays))]
    diagonals = [region(xrays.image(at), *poles[at]).roi.diagonal for at in range(len(xrays))]
    aligned = np.full((len(xrays), len(poles[0][0]), 2), np.nan)
    for at, (_, positive) in enumerate(poles):
        aligned[at, ~positive], aligned[at, positive] = ends[at]
    own = errors(aligned, np.array([points for points, _ in poles]), np.array(diagonals))
    card = score_localization(
        Request(write_csv(tmp_path / "ends.csv", xrays, ends), split="all", seed=3), xrays
    )
    np.testing.assert_equal(card.sections[0].scores, scores(own, xrays.groups, 3, missing="reference"))


def test_both_formats_score_the_same(xrays: Xrays, tmp_path: Path) -> None:
    ends = moved(xrays, 2)
    by_height = [tuple(each[np.argsort(each[:, 1], kind="stable")] for each in own) for own in ends]
    csv = write_csv(tmp_path / "ends.csv", xrays, by_height)  # type: ignore[arg-type]
    assert values(csv, xrays) == values(write_folder(tmp_path / "ends", xrays, ends), xrays)


def test_the_table_of_cvlib_locate_is_read(xrays: Xrays, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "ends.csv", xrays, moved(xrays), "image,polarity,number,x_px,y_px")
    text = path.read_text().replace(",negative,", ".png,negative,").replace(",positive,", ".png,positive,")
    located = tmp_path / "located.csv"
    lines = text.splitlines()
    located.write_text("\n".join([f"{lines[0]},confidence", *(f"{line},0.9" for line in lines[1:])]))
    assert values(located, xrays) == values(path, xrays)


def test_a_missing_end_shifts_no_other_and_counts_as_100_percent(xrays: Xrays, tmp_path: Path) -> None:
    ends, count = true_ends(xrays), sum(len(points) for own in true_ends(xrays) for points in own)
    ends[4] = (np.delete(ends[4][0], 2, axis=0), ends[4][1])
    ends[9] = (ends[9][0], np.concatenate([ends[9][1], [[300.0, 200.0]]]))
    path = write_csv(tmp_path / "ends.csv", xrays, ends)
    found = values(path, xrays)
    assert found["NME"] == pytest.approx(100 / count)
    assert found["PCK0.5"] == pytest.approx(1 - 1 / count)
    assert found["PCS0.5"] == pytest.approx(1 - 1 / len(xrays))
    remarks = " ".join(score_localization(Request(path, split="all"), xrays).remarks)
    assert "1 predicted ends stand for no true one" in remarks
    assert "Both numbers of ends are right in 0.938" in remarks


def test_the_reference_is_the_diagonal_of_the_region(xrays: Xrays) -> None:
    truth = Truth.of(xrays, np.arange(4))
    height, width = xrays.image(0).shape
    assert (truth.reference < np.hypot(height, width)).all()


@pytest.mark.parametrize(
    "change, words",
    [
        (lambda own: (own[1], own[0]), "With the polarities exchanged PCK1.0 would be 1.00"),
        (lambda own: (own[0][:, ::-1], own[1][:, ::-1]), "With x and y exchanged PCK1.0 would be 1.00"),
    ],
)
def test_exchanged_ends_are_hinted_at(
    xrays: Xrays, tmp_path: Path, change: Callable[..., tuple[np.ndarray, np.ndarray]], words: str
) -> None:
    ends = [change(own) for own in true_ends(xrays)]
    card = score_localization(Request(write_csv(tmp_path / "e.csv", xrays, ends), split="all"), xrays)
    assert words in card.remarks[-1]


@pytest.mark.parametrize(
    "line, words",
    [
        ("{name},neutral,1,10,10", "polarity is 'neutral', expected negative or positive"),
        ("{name},negative,1,,10", "x is '', expected a finite number; correct it, or remove the line"),
        ("{name},negative,1,10,nan", "y is 'nan', expected a finite number"),
        ("{name},negative,one,10,10", "number is 'one', expected a finite number"),
        (",negative,1,10,10", "no image name"),
        ("{name},negative,1,9000,10", "x = 9000, y = 10 lies outside its image"),
        ("{name},negative,1,10,10\n{name},negative,1,10,10", "line 3: the same end twice"),
        (
            "{name},negative,1,10,10\n{name},negative,1,10,30",
            "line 3: number 1 of this polarity for the second",
        ),
        ("{name},negative,1," + "1" * 200_000 + ",10", "line 2: not a comma-separated table"),
        ("cell,negative,1,10,10", "none of its 1 names is an image's: 'cell'"),
        ("{name},negative,1,.4,.7", "no coordinate is above 1: these look like shares of the image"),
    ],
)
def test_bad_lines_are_named(xrays: Xrays, tmp_path: Path, line: str, words: str) -> None:
    path = tmp_path / "ends.csv"
    path.write_text("image,polarity,number,x,y\n" + line.format(name=xrays.frames["name"][0]))
    with pytest.raises(DataError) as caught:
        score_localization(Request(path, split="all"), xrays)
    assert words in str(caught.value) and str(path.name) in str(caught.value)


def test_bad_files_are_named(xrays: Xrays, tmp_path: Path) -> None:
    name = xrays.frames["name"][3]
    place = write_folder(tmp_path / "ends", xrays, true_ends(xrays))
    file = place / "neg_location" / "all" / f"{name}.npy"
    for array, words in (
        (np.array([[1.0, np.nan]]), f"neg_location/{name}.npy: point 1 is not finite"),
        (np.zeros((2, 3)), f"neg_location/{name}.npy: shape"),
        (np.array([[5.0, 9000.0]]), f"neg_location/{name}.npy: point 1: x = 5, y = 9000 lies outside"),
    ):
        np.save(file, array)
        with pytest.raises(DataError) as caught:
            score_localization(Request(place, split="all"), xrays)
        assert str(caught.value).startswith(words)
    file.unlink()
    with pytest.raises(DataError, match=f"nothing for image {name}; save an empty array"):
        score_localization(Request(place, split="all"), xrays)
    with pytest.raises(DataError, match="no folder neg_location in it"):
        score_localization(Request(place / "pos_location", split="all"), xrays)
    path = tmp_path / "ends.csv"
    path.write_text("image,x,y\n")
    with pytest.raises(DataError, match="line 1: no column polarity; the first line must be image,polarity"):
        score_localization(Request(path, split="all"), xrays)
