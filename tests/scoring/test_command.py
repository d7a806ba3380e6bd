"""``cvlib score`` as a user runs it, and what it writes."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner, Result

from cvlib.cli.command import cvlib
from cvlib.data import Dataset
from cvlib.data.parting import COATINGS, SEED, XRAYS
from cvlib.data.xrays import Xrays
from cvlib.errors import DataError, UserError
from cvlib.measure.intervals import Interval
from cvlib.papers import claim
from cvlib.scoring.card import Card, Published, Section
from cvlib.scoring.images import choose
from cvlib.scoring.latex import table
from cvlib.scoring.score import Request, score_classification, score_detection
from cvlib.scoring.tables import TABLES
from cvlib.scoring.writing import markdown
from tests.scoring.conftest import Coatings, chosen_of, detections, noisy, write_coco_rows, write_yolo_rows
from tests.scoring.test_ends import moved, write_csv
from tests.scoring.test_labels import made_up, write_scores

Make = Callable[[Callable[[np.ndarray, int], np.ndarray]], Path]

NO_TEST = '{"kind": "random", "seed": 0, "parts": {"train": ["image_1"], "validation": [], "test": []}}'

FILES = ["scores.csv", "scores.json", "scores.md", "scores.tex"]


def run(*arguments: object) -> Result:
    return CliRunner().invoke(cvlib, ["score", *map(str, arguments)])


def refused(*arguments: object) -> str:
    error = run(*arguments).exception
    assert isinstance(error, UserError), error
    return str(error)


@pytest.fixture(params=list(TABLES))
def told(
    request: pytest.FixtureRequest,
    coatings: Coatings,
    folder: Path,
    xrays: Xrays,
    masks: Make,
    tmp_path: Path,
) -> tuple[str, list[object]]:
    """Of each task, its name and a command."""
    data = ["--data", f"path:{xrays.root if request.param == 'localization' else folder}"]
    predictions = {
        "segmentation": lambda: masks(noisy),
        "detection": lambda: write_yolo_rows(detections(coatings), tmp_path / "labels"),
        "classification": lambda: write_scores(
            tmp_path / "labels.csv", list(coatings.frames["name"]), made_up(coatings)
        ),
        "localization": lambda: write_csv(tmp_path / "ends.csv", xrays, moved(xrays)),
    }[request.param]()
    return request.param, [request.param, predictions, *data]


def test_the_table_is_printed_and_written(told: tuple[str, list[object]], tmp_path: Path) -> None:
    task, command = told
    result = run(*command, "--to", tmp_path / "to", "--title", "mine & co_")
    assert result.exit_code == 0, result.exception
    assert sorted(path.name for path in (tmp_path / "to").iterdir()) == FILES
    text = (tmp_path / "to" / "scores.md").read_text()
    assert result.output.startswith(text)
    assert f"mine & co_: {TABLES[task]}" in text and "not comparable: " in text
    assert re.search(r"Scored: \d+ of \d+ images: test images of the split that keeps clips together", text)
    content = json.loads((tmp_path / "to" / "scores.json").read_text())
    assert len(content["provenance"]["data"]["content_sha256"]) == 64
    assert content["provenance"]["data"]["name"] == "path:DIR" and str(tmp_path) not in json.dumps(content)
    lines = pd.read_csv(tmp_path / "to" / "scores.csv")
    ours = lines[lines["source"] == "these predictions"]
    assert ours["convention"].str.contains("95 % bootstrap intervals").all()
    assert ours["images"].str.contains("simulated X-rays|small coatings").all()
    assert len(ours) == sum(len(each["scores"]) for each in content["scores"])
    printed = lines[lines["source"] == "published"].dropna(subset="value")
    assert [claim(id).value for id in printed["claim"]] == printed["value"].tolist()
    assert set(printed["verdict"]) == {"not comparable"}


def test_the_latex_is_well_formed(told: tuple[str, list[object]], tmp_path: Path) -> None:
    run(*told[1], "--to", tmp_path / "to", "--title", r"50% of {a_b} & $x^2$ #1 ~ \item [x] * 5 µm")
    parse_table((tmp_path / "to" / "scores.tex").read_text())


def parse_table(text: str) -> list[list[str]]:
    """The cells of a table; refuses what LaTeX would stumble over."""
    lines = [line.strip() for line in text.splitlines() if not line.startswith("%")]
    assert lines[:2] == [r"\begin{table}", r"\centering"] and lines[-2:] == [r"\end{tabular}", r"\end{table}"]
    known = "begin|end|caption|label|toprule|midrule|bottomrule|centering|textbackslash|textasciitilde"
    known += "|textasciicircum|textless|textgreater|textbar|textquotedbl|textmu"
    body = "\n".join(lines)
    assert not re.sub(rf"\\({known})(?![a-z])|\\[{{}}&%$#_\\]", "", body).count("\\")
    assert not re.search(r"(?<!\\)[%$#_~^]", body)
    bare = re.sub(r"\\[{}]", "", body)
    depth = 0
    for letter in bare:
        depth += {"{": 1, "}": -1}.get(letter, 0)
        assert depth >= 0
    assert depth == 0
    columns = len(re.search(r"\\begin{tabular}{(l+)}", body).group(1))  # type: ignore[union-attr]
    rows = [line.removesuffix(r" \\") for line in lines if line.endswith(r" \\")]
    cells = [re.split(r"(?<!\\)&", row) for row in rows]
    assert {len(row) for row in cells} == {columns}
    assert not any(row[0].strip().startswith(("[", "*")) for row in cells)
    return cells


def test_a_table_of_awkward_texts_is_well_formed() -> None:
    awkward = ["[0.1, 0.2]", "* a", r"\\", "a & b", "{", "}", "%", "x\ny", '"', "<|>"]
    assert len(parse_table(table(pd.DataFrame({"a_1": awkward, "b": "c"}), "50 % {", "tab:x"))) == 11


def test_a_folder_in_use_is_refused_before_anything_is_scored(tmp_path: Path) -> None:
    (tmp_path / "note").write_text("")
    message = refused("segmentation", "nowhere", "--data", "path:nowhere", "--to", tmp_path)
    assert "exists and is not empty, nothing written" in message


def test_wrong_files_are_listed_and_leave_nothing(coatings: Coatings, folder: Path, tmp_path: Path) -> None:
    labels = write_yolo_rows(detections(coatings), tmp_path / "labels")
    for number in range(30):
        (labels / f"image_{number}.txt").write_text("0 1 2\n")
    result = run("detection", labels, "--data", f"path:{folder}", "--split", "all", "--to", tmp_path / "to")
    assert len(result.stderr.splitlines()) == 20 and result.stderr.startswith("error: image_0.txt, line 1: 3")
    assert "30 errors, nothing scored: 10 more like these" in str(result.exception) and isinstance(
        result.exception, DataError
    )
    assert not (tmp_path / "to").exists()


def test_predictions_that_are_not_there_are_refused(folder: Path, xrays: Xrays, tmp_path: Path) -> None:
    for task in TABLES:
        data = xrays.root if task == "localization" else folder
        message = refused(task, tmp_path / "none", "--data", f"path:{data}")
        assert "none: no such file or folder; check the path" in message, task


def test_repeating_a_published_model_is_said_and_judged(coatings: Coatings, tmp_path: Path) -> None:
    labels = write_yolo_rows(detections(coatings), tmp_path / "labels")
    with pytest.raises(UserError, match="no such published model, expected yolo11, faster_rcnn"):
        score_detection(Request(labels, repeats="yolo"), coatings)
    paper: Dataset = Coatings()
    paper.name, paper.origin = "coatingvision", "photographs"
    card = score_detection(Request(labels, split="all", repeats="yolo11"), paper)
    verdicts = card.frame()["verdict"].tolist()
    assert "differs" in verdicts[1] and verdicts[2] == "not comparable: not said to be the same model"


def test_a_row_called_as_another_is_still_ones_own(coatings: Coatings, tmp_path: Path) -> None:
    path = write_scores(tmp_path / "labels.csv", list(coatings.frames["name"]), made_up(coatings))
    card = score_classification(Request(path, split="all", title="always yes"), coatings)
    first = card.tidy().iloc[0]
    assert (
        first["source"] == "these predictions"
        and first["value"] == card.sections[0].scores["precision"].value
    )
    assert len(card.tidy().query("source == 'the same images'")) == 5 * 4


def test_the_split_may_be_a_file(coatings: Coatings, tmp_path: Path) -> None:
    chosen = chosen_of(coatings, "groups")
    listed = tmp_path / "names.txt"
    listed.write_text("\n".join([f"{chosen.wanted[-1]}.jpg", "", *chosen.wanted[:-1]]) + "\n")
    own = chosen_of(coatings, str(listed))
    assert own.wanted == chosen.wanted and own.told == "6 of 36 images: those of names.txt"
    for text, words in (
        ("image_1\n\nimage_77\n", r"names.txt, line 3: the data set has no image image_77"),
        ("image_1\nimage_1\n", r"image_1 for the second time"),
        ("\n", r"no image name in it"),
    ):
        listed.write_text(text)
        with pytest.raises(DataError, match=words):
            chosen_of(coatings, str(listed))
    with pytest.raises(UserError, match="--split group: expected groups, random, all, or a file"):
        chosen_of(coatings, "group")
    stored = tmp_path / "split.json"
    for parts, words in (("{}", "kind: Field required"), (NO_TEST, "no test image in it, expected one")):
        stored.write_text(parts)
        with pytest.raises(UserError, match=f"--split .*split.json: split: {words}"):
            chosen_of(coatings, str(stored))


@pytest.mark.slow
def test_the_split_is_that_of_the_runs(coatings: Coatings, xrays: Xrays, tmp_path: Path) -> None:
    from cvlib.localize.study import Study as Localization
    from cvlib.segment.study import Study as Segmentation
    from cvlib.training.study import SPLIT_SEED

    assert SPLIT_SEED == SEED
    assert (Segmentation.test, Segmentation.validation) == COATINGS
    assert (Localization.test, Localization.validation) == XRAYS
    study = Segmentation(coatings, "quick")
    for kind in ("groups", "random"):
        path = tmp_path / "split.json"
        path.write_text(study.split(kind).to_json())
        ways = [choose(way, coatings.frames, study.groups, study.labels) for way in (kind, str(path))]
        assert ways[0].wanted == ways[1].wanted == list(study.split(kind).parts["test"])
        assert np.array_equal(ways[0].validation, ways[1].validation)


def test_predictions_of_other_images_are_told(coatings: Coatings, tmp_path: Path) -> None:
    rows = detections(coatings)
    results, instances = write_coco_rows(rows, tmp_path / "coco", list(rows))
    card = score_detection(Request(results), coatings, instances)
    assert "Predictions of 30 other images are not scored." in card.remarks


def test_what_cannot_be_printed_does_not_break_the_table() -> None:
    published = [Published("a | b", {"Dice": "p1.supplement.unet.resnet50.dice"}, "")]
    section = Section("x", {"Dice": Interval(0.5, float("nan"), float("nan"))}, published)
    card = Card(task="t", table="T", name="n", convention="c", images="i", remarks=[], sections=[section])
    lines = [line for line in markdown(card).splitlines() if line.startswith("|")]
    assert len({len(line) for line in lines}) == 1 and r"a \| b" in lines[-1]
    assert lines[-1].count("not in the source") == 2


def test_nothing_that_trains_is_loaded() -> None:
    code = (
        "import sys, cvlib.cli, cvlib.scoring.score, cvlib.scoring.writing; sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
