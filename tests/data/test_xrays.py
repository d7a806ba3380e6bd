"""X-rays with end points: what is written is read back, and what is bad is named in one line."""

from __future__ import annotations

import pickle
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image

from cvlib.data.decoding import LARGEST_IMAGE
from cvlib.data.pbd5k import check_points, read_points, write
from cvlib.data.xray_images import read_xray, xray_size
from cvlib.data.xrays import View, Xrays, open_xrays, write_xrays
from cvlib.errors import DataError
from cvlib.simulate.cell import Scene, plan

HEIGHT, WIDTH = 64, 80
IMAGE, NEGATIVE, POSITIVE = "img/view_1.png", "neg_location/all/view_1.npy", "pos_location/all/view_1.npy"


def noise(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (HEIGHT, WIDTH), dtype=np.uint8)


def view(number: int) -> View:
    """The second cell has no positive plate; a cell has two views; points are not in order."""
    rows = np.array([30.5, 10.25, 50.0])
    negative = np.column_stack([20.0 + number + rows / 7, rows])
    positive = np.column_stack([[40.0, 41.5], [40.0, 20.0]]) if number < 2 else np.zeros((0, 2))
    name = f"view_{number}"
    return View(name, noise(number), negative, positive, number // 2, 20.1 if number else np.nan)


def views(count: int = 4) -> Iterator[View]:
    return (view(number) for number in range(count))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "xrays"
    write_xrays(path, views(), {"seed": 3}, title="four views")
    return path


def one_line(error: pytest.ExceptionInfo[DataError], *words: str) -> None:
    message = str(error.value)
    assert "\n" not in message and all(word in message for word in words), message


def test_all_that_is_written_is_read_back(folder: Path) -> None:
    data = open_xrays(f"path:{folder}", folder)
    assert (data.name, data.title, data.origin) == (f"path:{folder}", "four views", "simulated")
    assert dict(data.settings) == {"seed": 3}
    assert data.frames["name"].tolist() == [f"view_{number}" for number in range(4)]
    assert data.groups.tolist() == [0, 0, 1, 1]
    np.testing.assert_array_equal(data.um_per_px, [np.nan, 20.1, 20.1, 20.1])
    assert data.counts().tolist() == [[3, 2], [3, 2], [3, 0], [3, 0]]
    for index, written in enumerate(views()):
        np.testing.assert_array_equal(data.image(index), written.image)
        np.testing.assert_array_equal(data.negative(index), written.negative[[1, 0, 2]])
        np.testing.assert_array_equal(data.positive(index), written.positive[::-1])


def test_poles_are_both_polarities_from_top_to_bottom(folder: Path) -> None:
    points, positive = Xrays(folder).poles(1)
    assert points[:, 1].tolist() == [10.25, 20.0, 30.5, 40.0, 50.0]
    assert positive.tolist() == [False, True, False, True, False]
    assert points[positive, 0].tolist() == [41.5, 40.0]


@pytest.mark.parametrize("poles", [0, 3, 13, 31])
@pytest.mark.parametrize("tilt", [-10, -5, 5, 10])
def test_poles_of_tilted_plates_far_apart_in_length_keep_their_order(
    tmp_path: Path, poles: int, tilt: float
) -> None:
    """The steepest are those of which y alone gives a wrong order."""
    planned = plan(200, 3, Scene(poles, pitch_px=(7, 7), overhang_px=(36, 36), tilt_deg=(tilt, tilt)))
    blank = np.zeros((480, 640), np.uint8)
    write_xrays(
        tmp_path / "out",
        (
            View(each.name, blank, each.points[~each.positive][::-1], each.points[each.positive], "a", 20)
            for each in planned
        ),
        {},
    )
    data = Xrays(tmp_path / "out")
    for index, each in enumerate(planned):
        points, positive = data.poles(index)
        np.testing.assert_array_equal(points, each.points)
        np.testing.assert_array_equal(positive, each.positive)


@pytest.mark.parametrize("overhang", [-36, 0, 14, 36])
def test_ends_that_cannot_alternate_are_not_made_to(tmp_path: Path, overhang: float) -> None:
    """Two positive ends between the upper negative ones, none between the lower."""
    negative = np.array([[40.0, 10.0], [40, 30], [40, 50]])
    positive = np.array([[40.0 + overhang, 20.0], [40 + overhang, 22]])
    write_xrays(tmp_path / "out", [View("a", noise(0), negative, positive, 0, 20)], {})
    with pytest.raises(DataError) as error:
        Xrays(tmp_path / "out").poles(0)
    one_line(error, "img/a.png: ", "do not alternate near y = 22", "correct the points")


def test_a_folder_of_the_published_layout_says_nothing_of_cells_and_scale(tmp_path: Path) -> None:
    for kind in ("img", "neg_location", "pos_location"):
        (tmp_path / kind).mkdir()
    for name in ("a_10", "a_9"):
        Image.fromarray(noise(1)).convert("RGB").save(tmp_path / f"img/{name}.bmp")
        np.save(tmp_path / f"neg_location/{name}.npy", [[30, 40], [31, 20]])
        np.save(tmp_path / f"pos_location/{name}.npy", [])
    data = Xrays(tmp_path)
    assert (data.origin, data.title, dict(data.settings)) == ("unknown", f"folder {tmp_path.name}", {})
    assert data.frames["name"].tolist() == ["a_9", "a_10"]
    assert data.groups.tolist() == [0, 1] and np.isnan(data.um_per_px).all()
    np.testing.assert_array_equal(data.image(0), noise(1))
    assert data.negative(0).dtype == np.float64 and data.negative(0).tolist() == [[31, 20], [30, 40]]
    assert data.positive(0).shape == (0, 2)


def test_the_lines_of_views_csv_set_the_order_and_names_are_text(folder: Path) -> None:
    lines = ["name,cell,tilt_deg", "view_2,007,1.5", "view_0,7,0", "view_1,7,0", "view_3,NA,0"]
    (folder / "views.csv").write_text("\n".join(lines))
    data = Xrays(folder)
    assert data.groups.tolist() == [0, 1, 1, 2]
    assert data.frames["cell"].tolist() == ["007", "7", "7", "NA"] and np.isnan(data.um_per_px).all()
    assert data.frames["tilt_deg"].tolist() == [1.5, 0, 0, 0]
    np.testing.assert_array_equal(data.image(0), noise(2))


def test_the_fingerprint_follows_content_only(folder: Path, tmp_path: Path) -> None:
    write_xrays(tmp_path / "again", views(), {"seed": 3})
    first = Xrays(folder).fingerprint()
    assert first == Xrays(tmp_path / "again").fingerprint() and len(first) == 64
    for file, content in ((IMAGE, "img/view_0.png"), (POSITIVE, NEGATIVE), ("views.csv", "")):
        changed = tmp_path / "changed"
        shutil.copytree(folder, changed)
        if content:
            shutil.copyfile(folder / content, changed / file)
        else:
            (changed / file).write_text((folder / file).read_text().replace("20.1", "20.2"))
        assert Xrays(changed).fingerprint() != first
        shutil.rmtree(changed)


def test_a_data_set_can_be_sent_to_another_process(folder: Path) -> None:
    data = pickle.loads(pickle.dumps(Xrays(folder)))
    np.testing.assert_array_equal(data.image(2), noise(2))


@given(
    arrays.arrays(
        np.float64, st.tuples(st.integers(0, 5), st.just(2)), elements=st.floats(-1, HEIGHT, width=32)
    )
)
def test_points_survive_bit_for_bit(tmp_path_factory: pytest.TempPathFactory, points: np.ndarray) -> None:
    folder = tmp_path_factory.mktemp("points") / "out"
    write(folder, [("a", noise(0), points, points[::-1])])
    assert read_points(folder / "neg_location/all/a.npy", (HEIGHT, WIDTH)).tobytes() == points.tobytes()
    read = read_points(folder / "pos_location/all/a.npy")
    assert read.tobytes() == points[::-1].tobytes()


@pytest.mark.parametrize(
    ("point", "inside"),
    [
        ((-1, 0), True),
        ((-1.1, 0), False),
        ((WIDTH, HEIGHT), True),
        ((0, HEIGHT + 0.1), False),
        ((70, 70), False),
    ],
)
def test_a_point_may_lie_half_a_pixel_outside(point: tuple[float, float], inside: bool) -> None:
    points = np.array([[5, 5], point])
    if inside:
        assert check_points(points, (HEIGHT, WIDTH), "a").shape == (2, 2)
    else:
        with pytest.raises(
            DataError, match=r"point 2 at x = .* lies outside its image of 80 x 64 px; correct"
        ):
            check_points(points, (HEIGHT, WIDTH), "a")


def save(array: object) -> Callable[[Path], None]:
    return lambda path: np.save(path, np.array(array), allow_pickle=True)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-9])


BAD_POINTS: dict[str, tuple[Callable[[Path], object], tuple[str, ...]]] = {
    "pickled": (save([None, {}]), ("pickled Python objects", "save it with numpy.save")),
    "text": (save([["1", "2"]]), ("values of type <U1, expected numbers",)),
    "shape": (save(np.zeros((4, 3))), ("shape (4, 3), expected (n, 2)",)),
    "one point": (save([1.0, 2.0]), ("shape (2,), expected (n, 2)",)),
    "not a number": (save([[1, 2], [3, np.nan]]), ("point 2 is not finite", "correct or remove")),
    "infinite": (save([[np.inf, 2]]), ("point 1 is not finite",)),
    "outside": (save([[1, 2], [1, 66]]), ("point 2 at x = 1, y = 66", "80 x 64 px")),
    "cut off": (cut, ("damaged, cut off", "copy it again")),
    "empty": (lambda path: path.write_bytes(b""), ("damaged, cut off", "copy it again")),
    "other": (lambda path: path.write_text("1 2\n3 4\n"), ("no NumPy array", "numpy.save")),
}


@pytest.mark.parametrize("case", BAD_POINTS)
def test_bad_points_are_named_when_they_are_read(folder: Path, case: str) -> None:
    spoil, words = BAD_POINTS[case]
    spoil(folder / POSITIVE)
    data = Xrays(folder)
    assert len(data.negative(1)) == 3
    for read in (data.positive, data.poles):
        with pytest.raises(DataError) as error:
            read(1)
        one_line(error, f"{POSITIVE}: ", *words)


def test_a_missing_file_of_points_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"a\.npy: no such file"):
        read_points(tmp_path / "a.npy")


def test_no_code_in_a_file_of_points_is_run(tmp_path: Path) -> None:
    class Trap:
        def __reduce__(self) -> tuple[Callable[[str], None], tuple[str]]:
            return Path.touch, (tmp_path / "sprung",)  # type: ignore[return-value]

    np.save(tmp_path / "a.npy", np.array([Trap(), None], object), allow_pickle=True)
    (tmp_path / "b.npy").write_bytes(pickle.dumps(Trap()))
    for name in ("a.npy", "b.npy"):
        with pytest.raises(DataError):
            read_points(tmp_path / name)
    assert not (tmp_path / "sprung").exists()


def image(pixels: np.ndarray) -> Callable[[Path], None]:
    return lambda path: Image.fromarray(pixels).save(path)


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(content)


def half(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def palette(path: Path) -> None:
    Image.fromarray(noise(1)).convert("P").save(path)


COLOURED = np.dstack([noise(1), noise(1), noise(2)])
BAD_IMAGES: dict[str, tuple[Callable[[Path], object], tuple[str, ...]]] = {
    "black": (image(np.zeros((64, 64), np.uint8)), ("all black", "export it again or remove")),
    "white": (image(np.full((64, 64), 255, np.uint8)), ("all white",)),
    "grey": (image(np.full((64, 64), 9, np.uint8)), ("all one grey",)),
    "deep black": (image(np.zeros((64, 64), np.uint16)), ("all black",)),
    "deep white": (image(np.full((64, 64), 65535, np.uint16)), ("all white",)),
    "coloured": (image(COLOURED), ("a colour image, expected grey", "save the X-ray as grey PNG")),
    "palette": (palette, ("colour mode P, expected grey",)),
    "transparent": (image(np.dstack([COLOURED, noise(1)])), ("colour mode RGBA, expected grey",)),
    "small": (image(noise(1)[:63]), ("80 x 63 px, expected at least 64 a side", "full size")),
    "empty": (lambda path: path.write_bytes(b""), ("0 bytes, expected a PNG", "copy or export")),
    "text": (lambda path: path.write_text("hello"), ("not an image", "replace it")),
    "cut off": (half, ("damaged or cut off", "copy or export the file again")),
    "damaged": (flip, ("damaged or cut off",)),
    "missing": (lambda path: path.unlink(), ("no such file", "check the path")),
}


@pytest.mark.parametrize("case", BAD_IMAGES)
def test_a_bad_image_is_named_when_it_is_read(folder: Path, case: str) -> None:
    spoil, words = BAD_IMAGES[case]
    data = Xrays(folder)
    spoil(folder / IMAGE)
    with pytest.raises(DataError) as error:
        data.image(1)
    one_line(error, f"{IMAGE}: ", *words)


@pytest.mark.parametrize("case", ["small", "empty", "text", "missing"])
def test_what_the_head_of_a_bad_image_tells_is_told_by_its_size_too(folder: Path, case: str) -> None:
    spoil, words = BAD_IMAGES[case]
    spoil(folder / IMAGE)
    with pytest.raises(DataError) as error:
        xray_size(folder / IMAGE)
    one_line(error, *words)


def test_a_huge_image_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    Image.new("1", (10_000, LARGEST_IMAGE // 10_000 + 1)).save(path)
    with pytest.raises(DataError, match="more than 50 million pixels"):
        read_xray(path)


@pytest.mark.parametrize("ending", ["png", "bmp", "tif", "jpg"])
def test_grey_stored_as_colour_is_grey(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"a.{ending}"
    Image.fromarray(np.dstack([noise(4)] * 3)).save(path)
    read = read_xray(path)
    assert read.dtype == np.uint8 and read.shape == (HEIGHT, WIDTH) == xray_size(path)
    if ending != "jpg":
        np.testing.assert_array_equal(read, noise(4))


@pytest.mark.parametrize("ending", ["png", "tif"])
def test_16_bits_are_scaled_linearly_whatever_dead_pixels_say(tmp_path: Path, ending: str) -> None:
    ramp = np.arange(100 * 100, dtype=np.uint16).reshape(100, 100) + 5000
    stored = ramp.copy()
    stored[3, 3], stored[50, 50] = 0, 65535
    Image.fromarray(stored).save(tmp_path / f"a.{ending}")
    read = read_xray(tmp_path / f"a.{ending}")
    assert (read[3, 3], read[50, 50]) == (0, 255)
    low, high = 5010, 14989  # a thousandth of the pixels lies below, a thousandth above
    wanted = 255 * (ramp.clip(low, high).astype(float) - low) / (high - low)
    sound = ramp == stored
    assert np.abs(read - wanted)[sound].max() < 0.6


def remove(name: str) -> Callable[[Path], object]:
    return lambda folder: (folder / name).unlink()


def put(name: str, content: str) -> Callable[[Path], object]:
    return lambda folder: (folder / name).write_text(content)


def change(name: str, old: str, new: str) -> Callable[[Path], object]:
    return lambda folder: (folder / name).write_text((folder / name).read_text().replace(old, new))


BAD_FOLDERS: dict[str, tuple[Callable[[Path], object], tuple[str, ...]]] = {
    "gone": (shutil.rmtree, ("no such file or folder",)),
    "no images": (lambda path: shutil.rmtree(path / "img"), ("no folder img", "name the folder that holds")),
    "no points": (lambda path: shutil.rmtree(path / "pos_location"), ("no folder pos_location",)),
    "image alone": (remove(NEGATIVE), (f"{IMAGE}: no points {NEGATIVE}", "add them or remove the image")),
    "points alone": (remove(IMAGE), (f"{NEGATIVE}: no image view_1.png", "(and 1 more)")),
    "two images": (put("img/view_1.jpg", ""), ("the name is taken by img/view_1",)),
    "no cell": (put("views.csv", "name,um_per_px\nview_0,1"), ("views.csv, line 1: no column cell",)),
    "no table": (put("views.csv", ""), ("views.csv: not a table",)),
    "long line": (put("views.csv", "name,cell\nview_0,1,2,3\n"), ("views.csv: not a table",)),
    "blank": (change("views.csv", "view_1,0", "view_1,"), ("line 3: no name or no cell",)),
    "short line": (put("views.csv", "name,cell,um_per_px\nview_0\n"), ("line 2: no name or no cell",)),
    "unknown": (change("views.csv", "view_1,", "view_9,"), ("line 3: no such image",)),
    "twice": (change("views.csv", "view_1,", "view_0,"), ("line 3: an image for the second time",)),
    "scale": (change("views.csv", "view_1,0,20.1", "view_1,0,-2"), ("line 3: um_per_px is no positive",)),
    "word": (change("views.csv", "view_1,0,20.1", "view_1,0,x"), ("line 3: um_per_px is no positive",)),
    "unlisted": (change("views.csv", "view_3,1,20.1\n", ""), ("views.csv: no line for view_3",)),
    "origin": (put("xrays.json", '{"origin": "drawn"}'), ("xrays.json: origin: ", "correct or remove")),
    "no json": (put("xrays.json", "{"), ("xrays.json: ", "correct or remove")),
}


@pytest.mark.parametrize("case", BAD_FOLDERS)
def test_a_bad_folder_is_refused_when_it_is_opened(folder: Path, case: str) -> None:
    spoil, words = BAD_FOLDERS[case]
    spoil(folder)
    with pytest.raises(DataError) as error:
        Xrays(folder)
    one_line(error, *words)


def test_a_name_without_path_is_answered_with_one(folder: Path) -> None:
    with pytest.raises(DataError, match="is it path:"):
        open_xrays(str(folder), folder)


BAD_VIEWS: dict[str, tuple[dict[str, object], str]] = {
    "name": ({"name": "a/b"}, "name cannot be a file's"),
    "taken": ({"name": "view_0"}, "name is taken"),
    "depth": ({"image": np.zeros((64, 64))}, r"float64 of shape \(64, 64\), expected uint8"),
    "colour": ({"image": np.zeros((64, 64, 3), np.uint8)}, "expected uint8 of shape"),
    "points": ({"negative": np.zeros((2, 3))}, r"neg_location: shape \(2, 3\)"),
    "outside": ({"positive": np.array([[3.0, 99.0]])}, "pos_location: point 1 .* outside"),
    "no prediction": ({"positive": np.full((1, 2), np.nan)}, "pos_location: point 1 is not finite"),
}


@pytest.mark.parametrize("case", BAD_VIEWS)
def test_a_bad_view_stops_the_writer_and_leaves_nothing(tmp_path: Path, case: str) -> None:
    changes, message = BAD_VIEWS[case]
    bad = view(1)._replace(**changes)  # type: ignore[arg-type]
    with pytest.raises(DataError, match=message):
        write_xrays(tmp_path / "out", [view(0), bad], {})
    assert not list(tmp_path.iterdir())


def test_a_writer_that_fails_leaves_nothing(tmp_path: Path) -> None:
    def failing() -> Iterator[View]:
        yield view(0)
        raise RuntimeError("no more")

    with pytest.raises(RuntimeError, match="no more"):
        write_xrays(tmp_path / "out", failing(), {})
    with pytest.raises(DataError, match="no X-rays to write"):
        write_xrays(tmp_path / "out", [], {})
    assert not list(tmp_path.iterdir())


def test_nothing_is_written_over(folder: Path, tmp_path: Path) -> None:
    before = Xrays(folder).fingerprint()
    with pytest.raises(DataError, match="exists and is not empty"):
        write_xrays(folder, views(1), {})
    assert Xrays(folder).fingerprint() == before
    (tmp_path / "empty").mkdir()
    write_xrays(tmp_path / "empty", views(1), {})
    assert len(Xrays(tmp_path / "empty")) == 1
