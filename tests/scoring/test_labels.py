"""Labels score as the chapter on classification scores them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from cvlib.classify import benchmark
from cvlib.classify.scoring import score_images
from cvlib.defects import CLASSES
from cvlib.errors import DataError
from cvlib.measure.labels import MEASURES
from cvlib.scoring.score import Request, score_classification
from tests.scoring.conftest import Coatings, chosen_of

HEAD = f"image,{','.join(CLASSES)}\n"


def write_scores(path: Path, names: list[str], scores: np.ndarray) -> Path:
    lines = [
        ",".join([name, *(repr(float(each)) for each in row)]) + "\n"
        for name, row in zip(names, scores, strict=True)
    ]
    path.write_text(HEAD + "".join(lines))
    return path


def made_up(data: Coatings, seed: int = 0) -> np.ndarray:
    random = np.random.default_rng(seed)
    return np.clip(0.3 + 0.4 * data.labels().to_numpy() + random.normal(0, 0.2, (len(data), 4)), 0, 1)


def test_perfect_labels_score_one(coatings: Coatings, tmp_path: Path) -> None:
    names, truth = coatings.frames["name"].tolist(), coatings.labels().to_numpy()
    path = write_scores(tmp_path / "labels.csv", names, truth)
    card = score_classification(Request(path, split="all"), coatings)
    values = [score.value for each in card.sections for score in each.scores.values()]
    assert values == [1] * 20
    assert "the file holds 0 and 1 alone" in card.remarks[0]


def test_they_score_as_in_the_chapter(coatings: Coatings, tmp_path: Path) -> None:
    scores, chosen = made_up(coatings), chosen_of(coatings, "groups")
    parts = {"validation": chosen.validation, "test": chosen.test}
    theirs = score_images(
        {part: scores[at] for part, at in parts.items()},
        coatings.labels().to_numpy(),
        parts,
        chosen.names,
        chosen.groups,
        tmp_path,
    )
    path = write_scores(tmp_path / "labels.csv", list(chosen.names), scores)
    card = score_classification(Request(path, seed=2), coatings)
    assert card.provenance["settings"]["thresholds"] == theirs.thresholds.tolist()
    for measure, head in zip(MEASURES, card.sections[0].scores, strict=True):
        expected = benchmark.scores({"": theirs}, measure, seed=2)[""]
        np.testing.assert_equal([each.scores[head] for each in card.sections], list(expected.values()))


def test_thresholds_are_told(coatings: Coatings, tmp_path: Path) -> None:
    chosen = chosen_of(coatings, "groups")
    path = write_scores(tmp_path / "labels.csv", list(chosen.wanted), made_up(coatings)[chosen.test])
    remarks = score_classification(Request(path), coatings).remarks
    assert remarks[0].startswith("Thresholds: 0.5; for want of predictions for all validation images")
    remarks = score_classification(Request(path), coatings, 0.3).remarks
    assert remarks[0] == "Thresholds: 0.3; as asked for."
    path = write_scores(tmp_path / "labels.csv", list(chosen.names), made_up(coatings))
    remarks = score_classification(Request(path), coatings).remarks
    assert all(f"{name} 0." in remarks[-1] for name in CLASSES)


def test_scores_of_absence_are_hinted_at(coatings: Coatings, tmp_path: Path) -> None:
    path = write_scores(tmp_path / "labels.csv", list(coatings.frames["name"]), 1 - made_up(coatings))
    card = score_classification(Request(path, split="all"), coatings)
    assert "With scores of absence, not of presence" in card.remarks[-1]


def test_other_columns_are_told(coatings: Coatings, tmp_path: Path) -> None:
    path = write_scores(tmp_path / "labels.csv", list(coatings.frames["name"]), made_up(coatings))
    lines = path.read_text().splitlines()
    path.write_text("\n".join([f"{lines[0]},scratch", *(f"{line},0.5" for line in lines[1:])]))
    remarks = score_classification(Request(path, split="all"), coatings).remarks
    assert remarks[0] == "Columns that are not scored: scratch."


@pytest.mark.parametrize(
    "line, words",
    [
        ("image_2,0.5,0.5,0.5", "line 4: 4 cells, expected at least 5"),
        (",1,0,0,0", "line 4: no image name"),
        ("image_2,1,0,yes,0", "line 4: pinhole is 'yes', expected a number from 0 to 1"),
        ("image_2,1,0,nan,0", "line 4: pinhole is nan, expected 0 to 1"),
        ("image_2,1,87,0,0", "line 4: delamination is 87, expected 0 to 1; divide percent by 100"),
        ("image_2,-3.5,0,0,0", "line 4: surface_crack is -3.5, expected 0 to 1"),
        ("image_1,0.5,0.5,0.5,0.5", "line 4: image_1 for the second time"),
        ("image_99,0.5,0.5,0.5,0.5", "no image image_99 in the data set"),
        ("", "nothing for image image_2; add its line"),
    ],
)
def test_bad_lines_are_named(coatings: Coatings, tmp_path: Path, line: str, words: str) -> None:
    path = write_scores(tmp_path / "labels.csv", list(coatings.frames["name"]), made_up(coatings))
    lines = path.read_text().splitlines()
    lines[3] = line
    path.write_text("\n".join(lines))
    with pytest.raises(DataError) as caught:
        score_classification(Request(path, split="all"), coatings)
    assert str(caught.value).startswith("labels.csv") and words in str(caught.value)


def test_a_missing_column_is_named(coatings: Coatings, tmp_path: Path) -> None:
    path = tmp_path / "labels.csv"
    path.write_text("image,crack,pinholes\n")
    with pytest.raises(
        DataError, match=r"labels\.csv, line 1: no column delamination, unclassified; the first"
    ):
        score_classification(Request(path), coatings)
    with pytest.raises(DataError, match="a folder, expected a CSV file; name that"):
        score_classification(Request(tmp_path), coatings)
    path.write_text(HEAD)
    with pytest.raises(DataError, match=r"labels\.csv: no line below the first"):
        score_classification(Request(path), coatings)
