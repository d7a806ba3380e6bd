"""First labels: what shape gets which class and why, folders of them, their settings, what they are worth."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from cvlib import baseline
from cvlib.annotate import prelabels as module
from cvlib.annotate.prelabel_scores import Scored, score, store, study
from cvlib.annotate.prelabel_settings import (
    DEFAULT,
    FITTED,
    SETTINGS,
    Settings,
    fit_folder,
    predict,
    read_settings,
    spread,
)
from cvlib.annotate.prelabels import RULES, label_image, prelabel
from cvlib.annotate.review import Workspace
from cvlib.baseline import AUTHORS, AUTHORS_SMOOTH, Thresholds, contrast
from cvlib.data import CoatingVision, Dataset, Simulated, write
from cvlib.data.files import read_mask_png
from cvlib.defects import CLASSES
from cvlib.errors import DataError, UserError

COATING, SUBSTRATE, PARTICLE = 60, 210, 10
HALF_WAY = (COATING + SUBSTRATE) // 2
GREY = Settings(replace(AUTHORS_SMOOTH, threshold=HALF_WAY, foreign=30))


def blank() -> np.ndarray:
    return np.full((240, 320, 3), COATING, np.uint8)


def disc(image: np.ndarray, radius: int, grey: int = SUBSTRATE) -> np.ndarray:
    return np.asarray(cv2.circle(image, (160, 120), radius, (grey,) * 3, -1))


def line(image: np.ndarray, thickness: int = 3, length: int = 200) -> np.ndarray:
    return np.asarray(cv2.line(image, (40, 60), (40 + length, 90), (SUBSTRATE,) * 3, thickness))


SHAPES = [
    (line(blank()), "surface_crack", "long"),
    (disc(blank(), 2), "surface_crack", "faint"),
    (disc(blank(), 7), "pinhole", "round"),
    (disc(blank(), 18), "unclassified", "large"),
    (disc(blank(), 60), "delamination", "patch"),
    (disc(blank(), 9, PARTICLE), "unclassified", "foreign"),
]


@pytest.mark.parametrize(("image", "defect", "rule"), SHAPES, ids=[shape[2] for shape in SHAPES])
def test_the_shape_tells_the_class_and_the_rule_is_named(image: np.ndarray, defect: str, rule: str) -> None:
    components = label_image(image, GREY).components
    biggest = components.sort_values("area").iloc[-1]
    assert (biggest["class"], biggest["rule"]) == (defect, rule)
    assert set(components["rule"]) <= RULES.keys()


def test_each_step_can_be_shown() -> None:
    image = disc(line(blank()), 18)
    cv2.circle(image, (60, 200), 9, (PARTICLE,) * 3, -1)
    chosen = replace(GREY, smoothing=1.0)
    found = label_image(image, chosen)
    np.testing.assert_array_equal(found.smoothed, cv2.GaussianBlur(image, (0, 0), 1.0))
    even = contrast(found.smoothed, "smooth", "bright")
    np.testing.assert_array_equal(found.defects, even > HALF_WAY)
    np.testing.assert_array_equal(found.foreign, even < 30)
    rules = [found.components["rule"][found.labels[y, x]] for y, x in ((120, 160), (200, 60))]
    assert rules == ["large", "foreign"]
    for number, component in found.components.iterrows():
        shown = found.labels == number
        assert np.count_nonzero(shown) == component["area"]
        assert found.mask[shown][:, CLASSES.index(component["class"])].all()
    assert found.mask.any(axis=2).sum() == found.components["area"].sum()


def test_what_is_measured_of_a_disc_and_of_a_bar_is_what_they_are() -> None:
    image = disc(blank(), 9)
    image[200:204, 20:120] = SUBSTRATE
    table = label_image(image, GREY).components.set_index("class")
    pinhole, crack = table.loc["pinhole"], table.loc["surface_crack"]
    assert (pinhole["x"], pinhole["y"], crack["x"]) == (152, 112, 20)
    assert pinhole["area"] == pytest.approx(np.pi * 9**2, rel=0.05)
    assert pinhole["width"] == pytest.approx(17, abs=1.5)
    assert pinhole["elongation"] == pytest.approx(np.pi / 4, abs=0.1)
    assert pinhole["roundness"] == pytest.approx(1, abs=0.1)
    assert pinhole["contour_length"] == pytest.approx(
        2 * np.pi * 8.5, rel=0.05
    )  # through the outermost pixels
    assert crack["contour_length"] == pytest.approx(2 * (99 + 3), rel=0.03)
    assert crack["elongation"] == pytest.approx(100 / 4, rel=0.15)
    assert crack["roundness"] < 0.2


def test_each_component_has_its_own_contour_though_others_touch_or_surround_it() -> None:
    image = disc(blank(), 70)  # a patch, a crack that runs into it, and a ring with a disc in its middle
    image[118:122, :160] = SUBSTRATE
    cv2.circle(image, (290, 30), 22, (SUBSTRATE,) * 3, 3)
    cv2.circle(image, (290, 30), 6, (SUBSTRATE,) * 3, -1)
    found = label_image(image, GREY)
    mask, table = found.mask, found.components
    for number, name in enumerate(CLASSES):
        assert table.loc[table["class"] == name, "area"].sum() == np.count_nonzero(mask[..., number])
    ring, inner = (table[(table["x"] == x)].iloc[0] for x in (266, 285))
    assert ring["contour_length"] == pytest.approx(2 * np.pi * 24, rel=0.05)
    assert inner["contour_length"] == pytest.approx(2 * np.pi * 5.5, rel=0.05)
    assert inner["class"] == "pinhole"


IMAGES = st.builds(
    lambda seed, sigma: cv2.GaussianBlur(
        np.random.default_rng(seed).integers(0, 256, (60, 80, 3)).astype(np.uint8), (0, 0), sigma
    ),
    st.integers(0, 2**31),
    st.floats(0.5, 3),
)
CHOICES = st.builds(
    Settings,
    st.builds(
        Thresholds,
        method=st.sampled_from(["background", "smooth"]),
        polarity=st.sampled_from(["bright", "dark"]),
        threshold=st.integers(60, 180),
        foreign=st.sampled_from([0, 90, 120]),
        patch=st.sampled_from([5, 11]),
        least_area=st.integers(1, 6),
        elongation=st.sampled_from([0.5, 1.5, 3.0]),
        pinhole_least=st.integers(1, 20),
        pinhole_most=st.integers(5, 60),
    ),
    st.sampled_from([0.0, 1.0]),
)


@settings(deadline=None, max_examples=60)
@given(IMAGES, CHOICES)
def test_the_table_is_of_the_mask_and_the_mask_the_baselines(image: np.ndarray, chosen: Settings) -> None:
    found = label_image(image, chosen)
    mask, table = found.mask, found.components
    np.testing.assert_array_equal(mask, predict(image, chosen))
    if not chosen.smoothing:
        np.testing.assert_array_equal(mask, baseline.predict(image, chosen.thresholds))
    class_of = {"patch": 1, "foreign": 3, "long": 0, "faint": 0, "round": 2, "large": 3}
    assert [CLASSES[class_of[rule]] for rule in table["rule"]] == table["class"].tolist()
    for number, name in enumerate(CLASSES):
        assert table.loc[table["class"] == name, "area"].sum() == np.count_nonzero(mask[..., number])
    outline = table.loc[table["area"] == 1, "contour_length"]
    assert (outline == 0).all()
    assert (table.loc[table["area"] > 1, "contour_length"] > 0).all()


def test_smoothing_takes_the_roughness_and_leaves_the_defect() -> None:
    rough = line(blank()).astype(float) + np.random.default_rng(0).normal(0, 45, (240, 320, 1))
    image = np.clip(rough, 0, 255).astype(np.uint8)
    chosen = replace(AUTHORS_SMOOTH, threshold=105, least_area=1)
    plain, smooth = (len(label_image(image, Settings(chosen, sigma)).components) for sigma in (0.0, 1.0))
    assert smooth < plain / 2
    assert predict(image, Settings(chosen, 1.0))[..., 0].sum() > 300


@pytest.fixture
def images(tmp_path: Path) -> Path:
    folder = tmp_path / "images"
    folder.mkdir()
    for number, (image, *_) in enumerate(SHAPES):
        Image.fromarray(image).save(folder / f"image_{number}.png")
    Image.fromarray(blank()[:100]).save(folder / "image_6.jpg")
    return folder


def test_a_folder_becomes_masks_a_table_and_a_record(images: Path, tmp_path: Path) -> None:
    done = prelabel(images, tmp_path / "masks", GREY, "by hand", progress=False)
    assert done.images == 7
    table = pd.read_csv(tmp_path / "masks/components.csv")
    for number, (image, *_) in enumerate(SHAPES):
        stored = read_mask_png(tmp_path / "masks" / f"image_{number}.png")
        np.testing.assert_array_equal(stored, predict(image, GREY) * np.uint8(255))
        rows = table[table["image"] == f"image_{number}"].drop(columns="image").reset_index(drop=True)
        expected = label_image(image, GREY).components.reset_index(drop=True)
        pd.testing.assert_frame_equal(rows, expected, check_dtype=False)
    assert not read_mask_png(tmp_path / "masks/image_6.png").any()
    assert done.components == {name: int((table["class"] == name).sum()) for name in CLASSES}
    record = json.loads((tmp_path / "masks/prelabels.json").read_text())
    assert (record["chosen"], record["images"]) == ("by hand", 7)
    assert read_settings(tmp_path / "masks/prelabels.json") == GREY


def test_the_review_and_the_data_set_open_what_was_written(images: Path, tmp_path: Path) -> None:
    prelabel(images, tmp_path / "masks", GREY, progress=False)
    workspace = Workspace(images, tmp_path / "masks", "anna", channels="RGBA")
    assert len(workspace.queue()["images"]) == 7
    workspace.close()
    data = CoatingVision(tmp_path, "RGBA")
    np.testing.assert_array_equal(data.mask(2), predict(SHAPES[2][0], GREY))


def test_the_same_images_give_the_same_bytes(images: Path, tmp_path: Path) -> None:
    for name in ("a", "b"):
        prelabel(images, tmp_path / name, GREY, progress=False)
    first, second = ({p.name: p.read_bytes() for p in (tmp_path / name).iterdir()} for name in ("a", "b"))
    assert first == second and len(first) == 9


@pytest.mark.parametrize(
    ("mend", "expected"),
    [
        (lambda folder: (folder / "image_3.png").write_bytes(b"not an image"), "image_3.png"),
        (lambda folder: Image.new("RGBA", (9, 9)).save(folder / "image_9.png"), "colour mode RGBA"),
        (lambda folder: Image.new("RGB", (9, 9)).save(folder / "image_3.jpg"), "the name is taken by"),
        (lambda folder: [path.unlink() for path in folder.iterdir()], "an empty folder"),
        (lambda folder: [path.rename(path.with_suffix(".txt")) for path in folder.iterdir()], "no .jpg or"),
    ],
)
def test_a_bad_image_or_folder_is_named_and_nothing_is_left(
    mend: object, expected: str, images: Path, tmp_path: Path
) -> None:
    mend(images)  # type: ignore[operator]
    with pytest.raises(DataError, match=expected) as caught:
        prelabel(images, tmp_path / "masks", progress=False)
    assert "\n" not in str(caught.value)
    assert [path.name for path in tmp_path.iterdir()] == ["images"]


def test_a_folder_with_masks_is_left_alone(images: Path, tmp_path: Path) -> None:
    masks = tmp_path / "masks"
    masks.mkdir()
    (masks / "image_0.png").write_bytes(b"drawn by hand")
    with pytest.raises(DataError, match="exists and is not empty"):
        prelabel(images, masks, progress=False)
    assert [path.read_bytes() for path in masks.iterdir()] == [b"drawn by hand"]


def test_no_thread_goes_on_when_one_has_failed(
    images: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow(path: Path, mask: np.ndarray) -> None:
        time.sleep(0.2)
        path.write_bytes(b"late")

    monkeypatch.setattr(module, "write_mask_png", slow)
    (images / "image_0.png").write_bytes(b"not an image")
    with pytest.raises(DataError):
        prelabel(images, tmp_path / "masks", progress=False)
    time.sleep(0.5)
    assert [path.name for path in tmp_path.iterdir()] == ["images"]


def test_settings_are_read_with_the_authors_for_what_is_not_told(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    path.write_text('{"threshold": 90, "polarity": "dark", "smoothing": 1.5}')
    assert read_settings(path) == Settings(replace(AUTHORS, threshold=90, polarity="dark"), 1.5)
    path.write_text("{}")
    assert read_settings(path) == DEFAULT
    assert DEFAULT.to_json().keys() == SETTINGS.keys()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("threshold: 90", "not JSON, expected an object of settings"),
        ("[1]", "expected an object of settings such as"),
        ('{"settings": 3}', "expected an object of settings such as"),
        ('{"treshold": 90}', "setting 'treshold' is unknown, expected smoothing, method"),
        ('{"threshold": 900}', "threshold is 900, expected int of 0 to 255"),
        ('{"smoothing": -1}', "smoothing is -1, expected 0 to 20 pixels"),
        ('{"smoothing": "soft"}', "smoothing is 'soft', expected"),
        ('{"smoothing": true}', "smoothing is True, expected"),
        ('{"smoothing": NaN}', "smoothing is nan, expected"),
    ],
)
def test_bad_settings_are_refused_in_a_line(text: str, expected: str, tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    path.write_text(text)
    with pytest.raises(UserError, match=expected) as caught:
        read_settings(path)
    assert str(path) in str(caught.value) and "\n" not in str(caught.value)


def test_settings_fitted_on_a_folder_find_what_the_authors_miss(tmp_path: Path) -> None:
    data = Faint()
    write(data, tmp_path / "labelled", progress=False)
    fitted, count = fit_folder(tmp_path / "labelled")
    assert count == len(data)
    ours, theirs = (values(score(data, each)) for each in (fitted, DEFAULT))
    assert theirs["dice", "mean"] == 0
    assert ours["dice", "surface_crack"] > 0.8 and ours["dice", "pinhole"] > 0.8


def test_a_folder_without_a_defect_cannot_be_fitted_on(tmp_path: Path) -> None:
    write(Faint(shown=False), tmp_path / "labelled", progress=False)
    with pytest.raises(DataError, match="no image of it shows a defect; label some that do"):
        fit_folder(tmp_path / "labelled")


class Faint(Dataset):
    """Cracks and pinholes too faint for the authors' values, two images of each clip."""

    name, title, origin = "faint", "faint defects", "simulated"

    def __init__(self, shown: bool = True, images: int = 6) -> None:
        numbers = np.arange(images)
        self.frames = pd.DataFrame({"name": [f"image_{n}" for n in numbers], "clip": numbers // 2})
        self.drawn = shown

    def mask(self, index: int) -> np.ndarray:
        canvas = np.zeros((2, 96, 128), np.uint8)
        cv2.line(canvas[0], (10, 20 + index), (110, 30), 1, 3)
        cv2.circle(canvas[1], (40 + 6 * index, 65), 6, 1, -1)
        mask = np.zeros((96, 128, 4), bool)
        mask[..., [0, 2]] = np.moveaxis(canvas, 0, 2) & self.drawn
        return mask

    def image(self, index: int) -> np.ndarray:
        grey = np.where(self.mask(index).any(axis=2), 105, COATING)
        noise = np.random.default_rng(index).integers(-4, 5, grey.shape)
        return np.repeat((grey + noise)[..., None], 3, axis=2).astype(np.uint8)

    def fingerprint(self) -> str:
        return "0" * 64


def values(scored: Scored) -> dict[Any, float]:
    """Scores by measure and class."""
    return scored.table().set_index(["measure", "class"])["value"].to_dict()


def test_scores_are_those_of_the_pixels() -> None:
    data = Faint()
    chosen = Settings(replace(AUTHORS_SMOOTH, threshold=85))
    scored = score(data, chosen)
    told = values(scored)
    found = np.array([predict(data.image(index), chosen) for index in range(6)])
    truth = np.array([data.mask(index) for index in range(6)])
    both, ours, theirs = ((each).sum(axis=(0, 1, 2)) for each in (found & truth, found, truth))
    for number in (0, 2):
        name = CLASSES[number]
        assert told["precision", name] == pytest.approx(both[number] / ours[number])
        assert told["recall", name] == pytest.approx(both[number] / theirs[number])
        assert told["dice", name] == pytest.approx(2 * both[number] / (ours + theirs)[number])
    assert np.isnan(told["dice", "delamination"])
    assert scored.groups.tolist() == [0, 0, 1, 1, 2, 2]


def test_a_study_scores_images_that_the_fit_did_not_see_and_stores_how(tmp_path: Path) -> None:
    data = Faint(images=24)
    told = store(data, tmp_path / "results", seed=1, progress=False)
    table = pd.read_csv(tmp_path / "results/thresholds.csv")
    assert set(table["settings"]) == {"authors", "authors, smooth", "fitted", "fitted - authors"}
    means = table[(table["class"] == "mean") & (table["measure"] == "dice")].set_index("settings")["value"]
    assert means["fitted"] > 0.8 > means["authors"]
    assert means["fitted - authors"] == pytest.approx(means["fitted"] - means["authors"], abs=1e-3)
    pd.testing.assert_frame_equal(table, told, atol=1e-4)
    again = study(data, seed=1)
    pd.testing.assert_frame_equal(again.table(seed=1), told)
    assert again.trained + len(again.scored["fitted"].groups) <= 24
    facts = json.loads((tmp_path / "results/thresholds.json").read_text())
    assert facts["fitted on"] == again.trained
    assert facts["settings"] == {name: each.to_json() for name, each in again.settings.items()}


@settings(deadline=None)
@given(st.integers(0, 300), st.integers(0, 2**31))
def test_images_to_fit_on_are_few_and_hold_every_class_there_is(count: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    labels = rng.random((count + 40, 4)) < rng.random(4) * 0.2
    positions = np.sort(rng.permutation(count + 40)[:count])
    chosen = spread(positions, labels)
    assert len(chosen) == min(count, FITTED) == len(set(chosen.tolist()))
    assert set(chosen) <= set(positions)
    np.testing.assert_array_equal(labels[chosen].any(axis=0), labels[positions].any(axis=0))


@pytest.mark.slow
def test_on_simulated_coatings_fitted_settings_beat_the_authors() -> None:
    done = study(Simulated(images=240, seed=5))
    ours, theirs = (values(done.scored[name]) for name in ("fitted", "authors"))
    assert ours["dice", "surface_crack"] > max(theirs["dice", "surface_crack"], 0.5)
    assert ours["dice", "mean"] > theirs["dice", "mean"]
