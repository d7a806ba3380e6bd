"""The commands: what they print, what they leave, the line for each mistake."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import cv2
import pytest
from click.testing import CliRunner, Result

from cvlib.annotate.prelabel_settings import SETTINGS
from cvlib.cli.annotate import annotate
from cvlib.data import CoatingVision, Simulated, write
from cvlib.data.filmed import Filmed
from cvlib.errors import UserError
from tests.annotate.test_prelabels import Faint


def run(*words: object) -> Result:
    """The outcome of a command that goes well."""
    result = CliRunner().invoke(annotate, [*map(str, words)], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result


@pytest.fixture
def video(tmp_path: Path) -> Path:
    data = Filmed([[0, 0, 128, 256], [0, 64]], seed=1)
    path = tmp_path / "coating.avi"
    writer = cv2.VideoWriter(str(path), cv2.CAP_FFMPEG, cv2.VideoWriter.fourcc(*"FFV1"), 25, (640, 480))
    for index in [0, *range(len(data))]:
        writer.write(cv2.cvtColor(data.image(index), cv2.COLOR_RGB2BGR))
    writer.release()
    return path


def test_from_video_to_masks_that_open_as_a_data_set(video: Path, tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    printed = run("frames", video, "--to", mine).stdout
    assert printed.splitlines() == [
        "frames taken: 7",
        "identical to an earlier one: 1, dropped",
        "alike, 8 of 64 bits or fewer from a kept one: 1, dropped",
        "overlapping pairs among the others: 4, none dropped",
        f"5 images in {mine / 'images'}; groups to split them by: 2",
    ]
    printed = run("prelabel", mine / "images", "--to", mine / "masks").stdout
    assert f"5 masks in {mine / 'masks'}" in printed
    assert f"cvlib review {mine / 'images'} {mine / 'masks'} --channels RGBA" in printed
    data = CoatingVision(mine)
    assert len(data) == 5 and data.frames["clip"].nunique() == 2


def test_distinct_frames_alone_are_kept_on_demand(video: Path, tmp_path: Path) -> None:
    printed = run("frames", video, "--to", tmp_path / "mine", "--distinct", 0.7, "--keep", "sharpest").stdout
    assert "sharing more than 0.7 of the width with a kept one: " in printed
    assert "none dropped" not in printed
    printed = run("frames", video, "--to", tmp_path / "all", "--identical-only", "--no-overlaps").stdout
    assert [line.split(":")[0] for line in printed.splitlines()[:-1]] == [
        "frames taken",
        "identical to an earlier one",
    ]


def test_a_video_cut_short_is_told_as_a_warning_and_ffmpeg_is_silent(video: Path, tmp_path: Path) -> None:
    video.write_bytes(video.read_bytes()[:-300_000])
    words = [sys.executable, "-c", "from cvlib.cli.annotate import annotate; annotate()"]
    done = subprocess.run(
        [*words, "frames", str(video), "--to", str(tmp_path / "mine")],
        capture_output=True,
        text=True,
        check=True,
    )
    warnings = [
        line for line in re.split(r"[\r\n]", done.stderr) if line and not re.match(r"frames|reading", line)
    ]
    assert len(warnings) == 1
    assert re.match(r"cvlib: warning: coating.avi says it has 7 frames, but . could be read: ", warnings[0])


def test_settings_go_from_one_folder_to_the_next(tmp_path: Path) -> None:
    write(Simulated(images=4, seed=1), tmp_path / "data", progress=False)
    images = tmp_path / "data/segmentation/images"
    (tmp_path / "mine.json").write_text('{"method": "smooth", "threshold": 90}')
    printed = run("prelabel", images, "--to", tmp_path / "a", "--settings", tmp_path / "mine.json").stdout
    assert "settings: read from mine.json" in printed
    run("prelabel", images, "--to", tmp_path / "b", "--settings", tmp_path / "a/prelabels.json")
    run("prelabel", images, "--to", tmp_path / "c", "--grey")
    a, b, c = ((tmp_path / name / "components.csv").read_bytes() for name in "abc")
    assert a == b != c


def test_two_sources_of_settings_are_one_too_many(tmp_path: Path) -> None:
    words = ["prelabel", str(tmp_path), "--to", str(tmp_path / "out"), "--grey", "--fit", str(tmp_path)]
    with pytest.raises(UserError, match="--grey and --fit together, expected one of them"):
        CliRunner().invoke(annotate, words, catch_exceptions=False)


def test_help_explains_every_setting() -> None:
    text = run("prelabel", "--help").stdout
    assert all(re.search(rf"^ *{name} ", text, re.MULTILINE) for name in SETTINGS)


def test_scores_of_a_data_set_are_stored(tmp_path: Path) -> None:
    write(Faint(images=24), tmp_path / "faint", progress=False)
    printed = run("score", f"path:{tmp_path / 'faint'}", "--to", tmp_path / "results").stdout
    assert re.search(r"^fitted: dice (1\.0|0\.[89])", printed, re.MULTILINE)
    assert {path.name for path in (tmp_path / "results").iterdir()} == {"thresholds.csv", "thresholds.json"}


@pytest.mark.parametrize("command", ["frames", "prelabel"])
def test_what_is_missing_is_named(command: str, tmp_path: Path) -> None:
    words = [command, str(tmp_path / "nothing"), "--to", str(tmp_path / "out")]
    with pytest.raises(UserError, match="nothing: no such file or folder; check the path"):
        CliRunner().invoke(annotate, words, catch_exceptions=False)
    assert list(tmp_path.iterdir()) == []


def test_numbers_out_of_range_are_refused_by_name(tmp_path: Path) -> None:
    result = CliRunner().invoke(annotate, ["frames", "a.avi", "--to", str(tmp_path / "out"), "--every", "0"])
    assert result.exit_code == 2 and "--every" in result.output
    assert not (tmp_path / "out").exists()
