"""Frames of videos whose truth is known: what is taken, what is dropped and why, what is told of overlaps."""

from __future__ import annotations

import tracemalloc
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest
from PIL import Image

from cvlib.annotate import frames as module
from cvlib.annotate.frames import Choices, Extracted, extract
from cvlib.annotate.motion import motion_blur
from cvlib.annotate.video import Video
from cvlib.data import CoatingVision, write
from cvlib.data.duplicates import groups_of
from cvlib.data.files import write_mask_png
from cvlib.data.filmed import Filmed
from cvlib.errors import DataError, UserError

RATE = 25
FORMATS = [("avi", "MJPG"), ("mp4", "mp4v"), ("mkv", "FFV1")]
STEP = 64
OFFSETS = [list(range(0, 449, STEP)), list(range(0, 449, STEP))]
"""Two samples that move by a tenth of the width from frame to frame: eight frames each."""


def film(path: Path, pictures: Sequence[np.ndarray], codec: str = "MJPG") -> Path:
    """Write a video of (H, W, 3) RGB pictures."""
    height, width = pictures[0].shape[:2]
    code = cv2.VideoWriter.fourcc(*codec)
    writer = cv2.VideoWriter(str(path), cv2.CAP_FFMPEG, code, RATE, (width, height))
    assert writer.isOpened()
    for picture in pictures:
        writer.write(cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))
    writer.release()
    return path


@pytest.fixture(scope="module")
def pictures() -> list[np.ndarray]:
    data = Filmed(OFFSETS, seed=3)
    return [data.image(index) for index in range(len(data))]


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory, pictures: list[np.ndarray]) -> Path:
    return film(tmp_path_factory.mktemp("video") / "samples.avi", pictures)


@pytest.fixture(scope="module")
def decoded(video: Path) -> list[np.ndarray]:
    return [frame.image for frame in Video(video).frames()]


def take(path: Path, to: Path, **choices: object) -> Extracted:
    return extract(path, to, Choices(**choices), progress=False)  # type: ignore[arg-type]


def stored(folder: Path) -> dict[str, np.ndarray]:
    return {path.stem: np.asarray(Image.open(path)) for path in sorted((folder / "images").iterdir())}


def test_images_are_the_frames_and_keep_their_numbers_and_times(
    video: Path, decoded: list[np.ndarray], tmp_path: Path
) -> None:
    take(video, tmp_path / "out", start=2, every=5, most=2)
    found = stored(tmp_path / "out")
    assert list(found) == ["image_000002", "image_000007"]
    for number, image in zip((2, 7), found.values(), strict=True):
        np.testing.assert_array_equal(image, decoded[number])
    table = pd.read_csv(tmp_path / "out/frames.csv")
    assert table["name"].tolist() == list(found)
    assert table["frame"].tolist() == [2, 7]
    np.testing.assert_allclose(table["seconds"], np.array([2, 7]) / RATE, atol=1e-3)
    assert set(table["source"]) == {"samples.avi"}


@pytest.mark.parametrize(("ending", "codec"), FORMATS)
def test_every_frame_of_any_format_is_read_in_order(
    ending: str, codec: str, pictures: list[np.ndarray], tmp_path: Path
) -> None:
    path = film(tmp_path / f"video.{ending}", pictures, codec)
    take(path, tmp_path / "out")
    found = stored(tmp_path / "out")
    assert list(found) == [f"image_{number:06d}" for number in range(len(pictures))]
    for number, image in enumerate(found.values()):
        far = [np.abs(image.astype(int) - picture).mean() for picture in pictures]
        assert np.argmin(far) == number
        assert far[number] < (0.01 if codec == "FFV1" else 6)


def test_groups_are_the_samples(video: Path, tmp_path: Path) -> None:
    done = take(video, tmp_path / "out")
    assert done.table["clip"].tolist() == [0] * 8 + [1] * 8
    assert done.dropped("") == 16
    numbers = done.pairs[["first", "second"]].to_numpy()
    neighbours = done.pairs[np.diff(numbers, axis=1).ravel() == 1]
    np.testing.assert_allclose(neighbours["shift_px"], STEP, atol=8)


def test_repeats_are_dropped_and_the_table_says_why(pictures: list[np.ndarray], tmp_path: Path) -> None:
    brighter = np.clip(pictures[0] * 1.04, 0, 255).astype(np.uint8)
    shown = [pictures[0], pictures[0], pictures[9], brighter, pictures[9]]
    done = take(
        film(tmp_path / "a.mkv", shown, "FFV1"), tmp_path / "out"
    )  # MJPG writes one picture in two ways
    assert done.table["why"].tolist() == ["", "identical", "", "alike", "identical"]
    assert list(stored(tmp_path / "out")) == ["image_000000", "image_000002"]
    dropped = pd.read_csv(tmp_path / "out/dropped.csv")
    assert dropped["name"].tolist() == ["image_000001", "image_000003", "image_000004"]
    assert dropped["like"].tolist() == ["image_000000", "image_000000", "image_000002"]
    assert dropped["clip"].tolist() == [0, 0, 1]
    assert done.dropped("identical") == 2 and done.dropped("alike") == 1


def test_only_the_same_pixels_are_repeats_if_asked(pictures: list[np.ndarray], tmp_path: Path) -> None:
    brighter = np.clip(pictures[0] * 1.04, 0, 255).astype(np.uint8)
    path = film(tmp_path / "a.mkv", [pictures[0], brighter, pictures[0]], "FFV1")
    assert take(path, tmp_path / "out", bits=None).table["why"].tolist() == ["", "", "identical"]


def shared(first: str, second: str) -> float:
    """The share of the width that two frames of the video truly have in common."""
    (sample, place), (other, there) = (divmod(int(name[-6:]), 8) for name in (first, second))
    return max(1 - abs(place - there) * STEP / 640, 0) if sample == other else 0


@pytest.mark.parametrize("share", [0.35, 0.55, 0.75])
def test_distinct_frames_share_no_more_than_asked(video: Path, tmp_path: Path, share: float) -> None:
    done = take(video, tmp_path / "out", distinct=share)
    kept, gone = (done.table[done.table["why"] == why] for why in ("", "overlapping"))
    assert list(stored(tmp_path / "out")) == kept["name"].tolist()
    assert all(shared(a, b) <= share + 0.03 for a in kept["name"] for b in kept["name"] if a < b)
    assert len(gone) > 0 and set(gone["like"]) <= set(kept["name"])
    assert all(
        shared(name, like) > share - 0.03 for name, like in zip(gone["name"], gone["like"], strict=True)
    )
    assert kept["name"].tolist()[0] == "image_000000"


def test_the_sharpest_of_overlapping_frames_is_kept(pictures: list[np.ndarray], tmp_path: Path) -> None:
    shown = [cv2.GaussianBlur(picture, (0, 0), 1.5) for picture in pictures[:4]]
    shown[2] = pictures[2]
    path = film(tmp_path / "a.avi", shown)
    assert list(stored_after(path, tmp_path / "a", sharpest=False)) == ["image_000000"]
    assert list(stored_after(path, tmp_path / "b", sharpest=True)) == ["image_000002"]


def stored_after(path: Path, to: Path, sharpest: bool) -> dict[str, np.ndarray]:
    take(path, to, distinct=0.5, sharpest=sharpest)
    return stored(to)


def test_motion_up_and_down_is_seen_along_that_axis(pictures: list[np.ndarray], tmp_path: Path) -> None:
    turned = [np.ascontiguousarray(picture.swapaxes(0, 1)) for picture in pictures]
    path = film(tmp_path / "a.avi", turned)
    assert take(path, tmp_path / "y", axis="y").table["clip"].tolist() == [0] * 8 + [1] * 8
    assert take(path, tmp_path / "x").table["clip"].nunique() > 2


def test_blur_is_put_on_and_told(video: Path, decoded: list[np.ndarray], tmp_path: Path) -> None:
    take(video, tmp_path / "out", blur=4.5, most=1)
    np.testing.assert_array_equal(stored(tmp_path / "out")["image_000000"], motion_blur(decoded[0], 4.5))
    assert "Motion blur of 4.5 px was put on" in (tmp_path / "out/manifest.json").read_text()


def test_jpeg_is_smaller_and_nearly_the_same(video: Path, decoded: list[np.ndarray], tmp_path: Path) -> None:
    take(video, tmp_path / "png", most=1)
    take(video, tmp_path / "jpg", most=1, quality=80)
    small, whole = (next((tmp_path / kind / "images").iterdir()) for kind in ("jpg", "png"))
    assert small.suffix == ".jpg" and small.stat().st_size < whole.stat().st_size / 2
    assert np.abs(stored(tmp_path / "jpg")["image_000000"].astype(int) - decoded[0]).mean() < 4


def test_stills_are_taken_in_the_order_of_their_numbers(pictures: list[np.ndarray], tmp_path: Path) -> None:
    stills = tmp_path / "stills"
    stills.mkdir()
    for number, picture in ((2, pictures[0]), (10, pictures[9]), (9, pictures[1])):
        Image.fromarray(picture).save(stills / f"still_{number}.png")
    done = take(stills, tmp_path / "out")
    assert done.table["source"].tolist() == ["still_2.png", "still_9.png", "still_10.png"]
    assert done.table["clip"].tolist() == [0, 0, 1]
    assert done.table["seconds"].isna().all()
    for image, number in zip(stored(tmp_path / "out").values(), (0, 1, 9), strict=True):
        np.testing.assert_array_equal(image, pictures[number])


def test_with_masks_beside_them_the_images_are_a_data_set_with_its_clips(video: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    take(video, out, distinct=0.75)
    (out / "masks").mkdir()
    for name, image in stored(out).items():
        write_mask_png(out / "masks" / f"{name}.png", np.zeros((*image.shape[:2], 4), bool))
    data = CoatingVision(out)
    assert data.channels == "RGBA"
    assert groups_of(data).tolist() == [0] * (len(data) // 2) + [1] * (len(data) // 2)
    write(data, tmp_path / "copy", progress=False)


def test_the_same_video_gives_the_same_bytes(video: Path, tmp_path: Path) -> None:
    folders = [tmp_path / "a", tmp_path / "b"]
    for folder in folders:
        take(video, folder, distinct=0.6)
    first, second = (
        {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
        for folder in folders
    )
    assert first == second and len(first) > 5


@pytest.mark.parametrize("share", [0.3, 0.6])
def test_a_video_cut_short_gives_what_came_before(
    video: Path, decoded: list[np.ndarray], tmp_path: Path, share: float
) -> None:
    content = video.read_bytes()
    cut = tmp_path / "cut.avi"
    cut.write_bytes(content[: int(share * len(content))])
    done = take(cut, tmp_path / "out")
    found = stored(tmp_path / "out")
    for image, truth in zip(
        found.values(), decoded, strict=False
    ):  # the last, half a frame, is not among them
        np.testing.assert_array_equal(image, truth)
    assert 0.3 < len(found) / (share * 16) <= 1
    assert f"says it has 16 frames, but {len(found) + 1} could be read" in done.note


def test_a_whole_video_needs_no_note(video: Path, tmp_path: Path) -> None:
    assert take(video, tmp_path / "out").note == ""


def test_memory_does_not_grow_with_the_frames(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    shown = [cv2.resize(rng.integers(0, 256, (15, 20, 3)).astype(np.uint8), (640, 480)) for _ in range(40)]
    path = film(tmp_path / "a.avi", shown)
    del shown
    tracemalloc.start()
    done = take(path, tmp_path / "out")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert done.dropped("") == 40
    assert peak < 15 * 640 * 480 * 3


def test_too_many_frames_to_compare_are_refused_unless_nobody_compares(
    video: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_COMPARED", 10)
    with pytest.raises(UserError, match=r"^more than 10 frames are left .*--every.*--no-overlaps$"):
        take(video, tmp_path / "out")
    assert list(tmp_path.iterdir()) == []
    done = take(video, tmp_path / "out", overlapping=False)
    assert done.table["clip"].tolist() == list(range(16)) and done.pairs.empty


def bad(kind: str, folder: Path, video: Path) -> Path:
    path = folder / f"{kind}.avi"
    if kind == "text":
        path.write_bytes(b"frames of a coating\n" * 100)
    elif kind == "empty":
        path.touch()
    elif kind == "half a head":
        path.write_bytes(video.read_bytes()[:3000])
    elif kind == "half a frame":
        path.write_bytes(video.read_bytes()[:20_000])
    elif kind == "still":
        path = path.with_suffix(".png")
        Image.new("RGB", (64, 48)).save(path)
    elif kind == "folder":
        path.mkdir()
    return path


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("missing", "no such file or folder; check the path"),
        ("text", "no video that can be read"),
        ("empty", "an empty file, expected a video"),
        ("half a head", "its beginning or index is missing"),
        ("half a frame", "no whole frame of it can be read; play it"),
        ("still", "one image, expected a video or a folder of images"),
        ("folder", "no image in it"),
    ],
)
def test_what_is_no_video_is_refused_in_a_line(
    kind: str, expected: str, video: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = bad(kind, tmp_path, video)
    before = sorted(tmp_path.iterdir())
    with pytest.raises(DataError, match=expected) as caught:
        take(path, tmp_path / "out")
    assert "\n" not in str(caught.value) and str(path) in str(caught.value)
    assert sorted(tmp_path.iterdir()) == before
    told = capfd.readouterr()
    assert told.out == "" and "WARN" not in told.err


def test_a_video_whose_index_is_missing_is_refused(pictures: list[np.ndarray], tmp_path: Path) -> None:
    path = film(tmp_path / "a.mp4", pictures[:4], "mp4v")
    path.write_bytes(path.read_bytes()[:-400])
    with pytest.raises(DataError, match="its beginning or index is missing"):
        take(path, tmp_path / "out")


@pytest.mark.parametrize(
    ("choices", "expected"),
    [
        ({"start": 16}, "16 frames, none from frame 16 on; start earlier"),
        ({"blur": 641.0}, "blur is 641 px: expected 0 to 640"),
        ({"every": 0}, "every is 0: expected at least 1"),
        ({"start": -1}, "start is -1: expected at least 0"),
        ({"most": 0}, "most is 0: expected at least 1"),
        ({"bits": 65}, "bits is 65: expected 0 to 64"),
        ({"distinct": 1.5}, "distinct is 1.5: expected 0 to 1"),
        ({"quality": 0}, "quality is 0: expected 1 to 100"),
        ({"blur": float("nan")}, "blur is nan: expected at least 0"),
        ({"distinct": 0.5, "overlapping": False}, "without a search for overlaps"),
        ({"sharpest": True}, "which frames overlap too much was not"),
        ({"axis": "z"}, "axis is 'z': expected x or y"),
    ],
)
def test_choices_out_of_range_are_refused_and_leave_nothing(
    choices: dict[str, object], expected: str, video: Path, tmp_path: Path
) -> None:
    with pytest.raises(UserError, match=expected):
        take(video, tmp_path / "out", **choices)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_with_something_in_it_is_left_alone(video: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(DataError, match="exists and is not empty"):
        take(video, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_place_that_cannot_be_written_is_named(video: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(DataError, match="a file"):
        take(video, tmp_path / "file/out")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
