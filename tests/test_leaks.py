"""What memory alone can score: strips cut by hand, where the right copy is known to the pixel."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest

from cvlib import runs
from cvlib.data import Dataset, boxes_of_mask, open_dataset
from cvlib.data.duplicates import overlaps
from cvlib.data.hashes import phash
from cvlib.data.repeats import find
from cvlib.errors import UserError
from cvlib.figures import leaks as figures
from cvlib.leaks import memory, networks, report, shifts, stored
from cvlib.leaks.examples import examples
from cvlib.leaks.memory import Nearest, answer, nearest, nearest_by_hash
from cvlib.measure.intervals import Interval
from tests.data.test_duplicates import HEIGHT, WIDTH, texture

EVERY = 45


class Strips(Dataset):
    """Frames of strips of blotches, each strip with a crack, pinholes and their masks."""

    name = title = "strips"
    origin = "simulated"

    def __init__(self, offsets: Sequence[Sequence[int]]) -> None:
        self.strips = [texture(seed, 800) for seed in range(len(offsets))]
        self.masks = np.zeros((len(offsets), HEIGHT, 800, 4), bool)
        for number, mask in enumerate(self.masks):
            mask[100:104, :, 0] = number % 2 == 0
            for place in range(20 + 7 * number, 780, EVERY):
                mask[30 : 40 + number, place : place + 12, 2] = True
        self.places = [(strip, left) for strip, lefts in enumerate(offsets) for left in lefts]
        names = [f"image_{number}" for number in range(len(self.places))]
        self.frames = pd.DataFrame({"name": names, "clip": [strip for strip, _ in self.places]})

    def image(self, index: int) -> np.ndarray:
        strip, left = self.places[index]
        return np.repeat(self.strips[strip][:, left : left + WIDTH, None], 3, axis=2)

    def mask(self, index: int) -> np.ndarray:
        strip, left = self.places[index]
        return self.masks[strip][:, left : left + WIDTH]

    def fingerprint(self) -> str:
        return "strips"


@pytest.mark.parametrize(("train", "test", "shift"), [(0, 1, 61), (1, 0, -61)])
def test_the_answer_of_a_neighbour_is_copied_to_where_it_belongs(train: int, test: int, shift: int) -> None:
    data = Strips([[0, 61], [0, 100]])
    near = nearest(overlaps(data, least=-1), np.array([train, 2, 3]), np.array([test]))
    assert near.place.tolist() == [train] and near.moved[0] == pytest.approx(shift / WIDTH, abs=1 / 80)
    assert near.score[0] > 0.9
    tested = answer(data, np.array([test]), near, np.arange(4))
    both = slice(0, WIDTH - 61) if shift > 0 else slice(61, WIDTH)
    truth = data.mask(test)
    shown = np.zeros_like(truth)
    shown[:, both] = truth[:, both]
    counts = tested.segmentation.counts["threshold"]
    assert counts.fp.sum() == 0 and counts.tp.tolist() == [shown.sum(axis=(0, 1)).tolist()]
    expected = boxes_of_mask(shown)[:, 1:] * [WIDTH, HEIGHT, WIDTH, HEIGHT]
    found = tested.detection.detections
    corners = np.hstack([found.boxes[:, :2] + found.boxes[:, 2:] / 2, found.boxes[:, 2:]])
    assert np.allclose(np.sort(corners, axis=0), np.sort(expected, axis=0))
    assert np.allclose(np.asarray(found.scores), near.score[0])
    assert tested.classification.predicted.tolist() == [data.label(train).tolist()]


def test_the_most_similar_training_image_counts_and_no_test_image() -> None:
    pairs = pd.DataFrame(
        [(0, 1, -32.0, 0.9, 0.8), (0, 2, 160.0, 0.5, 0.9), (1, 2, 0.0, 1.0, 0.99)],
        columns=["first", "second", "shift_px", "overlap", "score"],
    )
    found = nearest(pairs, train=np.array([1, 2]), test=np.array([0]))
    assert (found.place[0], found.moved[0], found.score[0]) == (2, -0.5, 0.9)
    found = nearest(pairs, train=np.array([0]), test=np.array([1, 2, 3]))
    assert found.place.tolist() == [0, 0, -1]
    assert found.moved.tolist() == pytest.approx([-0.1, 0.5, 0])
    hashes = np.array([0b0, 0b11, 0b111, 0b1], np.uint64)
    by_hash = nearest_by_hash(hashes, train=np.array([0, 2]), test=np.array([1, 3]))
    assert by_hash.place.tolist() == [2, 0] and by_hash.score.tolist() == [63 / 64, 63 / 64]


def test_nothing_is_predicted_where_no_training_image_is_alike() -> None:
    data = Strips([[0], [0]])
    tested = answer(data, np.array([0]), Nearest(np.array([-1]), np.zeros(1), np.zeros(1)), np.arange(2))
    counts = tested.segmentation.counts["threshold"]
    assert counts.tp.sum() == counts.fp.sum() == 0 and counts.fn.sum() == data.mask(0).sum()
    assert len(tested.detection.detections) == 0 and len(tested.detection.truths) > 0
    assert not tested.classification.predicted.any()


def test_a_copy_scores_one_for_all_tasks() -> None:
    data = Strips([[0, 0], [50, 50], [100, 100], [20, 20], [70, 70], [200, 200]])
    test, train = np.arange(0, 12, 2), np.arange(1, 12, 2)
    near = nearest_by_hash(phash([data.image(at) for at in range(12)]), train, test)
    assert near.place.tolist() == train.tolist()
    means = answer(data, test, near, data.frames["clip"].to_numpy()).means()
    assert {task: round(mean.value, 6) for task, mean in means.items()} == dict.fromkeys(memory.TASKS, 1.0)


def test_an_image_of_another_size_is_stretched() -> None:
    data = Strips([[0], [0]])
    whole = data.strips[0][:, :WIDTH]
    data.strips[1] = np.asarray(cv2.resize(whole, (WIDTH // 2, HEIGHT // 2), interpolation=cv2.INTER_AREA))
    data.masks = [data.masks[0][:, :WIDTH], data.masks[0][::2, :WIDTH:2]]  # type: ignore[assignment]
    near = Nearest(np.array([1]), np.zeros(1), np.ones(1))
    counts = answer(data, np.array([0]), near, np.arange(2)).segmentation.counts["threshold"]
    assert counts.tp.sum() >= 0.9 * data.mask(0).sum() and counts.tp.shape == (1, 4)


@pytest.fixture(scope="module")
def film() -> tuple[Strips, pd.DataFrame]:
    data = Strips([range(0, 400, 40)] * 2 + [range(0, 300, 60)] * 10)
    return data, memory.gains(data, find(data, kept=-1), data.frames["clip"].to_numpy())


def test_memory_gains_by_a_split_by_image_and_not_by_clip(film: tuple[Strips, pd.DataFrame]) -> None:
    data, table = film
    own = {row["split"]: row for row in table.to_dict("records") if row["by"] == "correlation"}
    assert own["groups"]["overlapping"] == 0
    assert own["random"]["overlapping"] == own["random"]["tested"]
    for task in memory.TASKS[:2]:
        assert own["random"][task].value > own["groups"][task].value + 0.3
    assert set(table["images"]) == {len(data)}


def test_fewer_images_are_taken_evenly_and_too_few_refused(film: tuple[Strips, pd.DataFrame]) -> None:
    data, _ = film
    found, clips = find(data, kept=-1), data.frames["clip"].to_numpy()
    assert set(memory.gains(data, found, clips, images=35)["images"]) == {35}
    with pytest.raises(UserError, match="2 groups of images, expected at least 3"):
        memory.gains(data, found, clips // 6, images=35)


@pytest.mark.slow  # loads what trains
def test_no_network_is_trained_where_none_is_stored(
    film: tuple[Strips, pd.DataFrame], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(runs.STORE_VARIABLE, str(tmp_path / "runs"))
    data, _ = film
    assert networks.trained(data, "trial") == []
    assert not (tmp_path / "runs").exists()
    assert networks.sizes(data, "trial") == [len(data)]
    assert networks.sizes(open_dataset("simulated"), "paper") == [2227]


def test_networks_stand_beside_memory_on_as_many_images(film: tuple[Strips, pd.DataFrame]) -> None:
    data, table = film
    scores = {"groups": Interval(0.5, 0.4, 0.6), "random": Interval(0.75, 0.7, 0.8)}
    models = [networks.Trained("segmentation", "unet-resnet18", len(data), scores)]
    assert models[0].gain == 0.25
    shown = report.networks(models, {len(data): table})
    assert shown["model"].tolist() == ["U-Net, resnet18", "memory alone"]
    assert shown.iloc[0, 3:].tolist() == ["0.500 [0.40, 0.60]", "0.750 [0.70, 0.80]", "+0.250"]


def test_recall_by_case_counts_the_pairs_of_the_case() -> None:
    moved = pd.DataFrame(
        [(0, 3, 2, 0.99), (0, 40, 20, 0.9), (1, 40, 8, np.nan), (1, 448, 30, 0.7)],
        columns=["clip", "shift_px", "bits", "score"],
    ).assign(identical=False, of_first=True)
    copied = moved.iloc[:1].assign(identical=True)
    rows = shifts.recall(moved, copied, bits=8, least=0.75)
    assert [row["pairs"] for row in rows.values()] == [1, 1, 2, 0, 0, 1]
    told = [[*row.values()][1:] for row in report.by_case(rows).to_dict("records")]
    assert told[2] == ["2", "0.0%", "50.0%", "50.0%"]
    assert told[0] == ["1", "100.0%", "100.0%", "100.0%"] and told[3] == ["0", "-", "-", "-"]


def test_trials_know_their_shifts_and_copies() -> None:
    moved, copied = shifts.film(samples=2), shifts.copies(samples=2)
    each = len(shifts.OFFSETS) * (len(shifts.OFFSETS) - 1) // 2
    assert len(moved.same) == 2 * each and len(moved.other) == len(shifts.OFFSETS) ** 2
    assert moved.same["score"].min() > 0.75 > moved.other["score"].max()
    assert len(copied.same) == 12 and copied.same["shift_px"].max() <= 8
    assert copied.same.query("of_first")["shift_px"].max() <= 4
    assert (moved.same.query("shift_px > 100")["bits"] > 8).all()
    figure = figures.by_shift(moved.same, moved.other, 8, 0.75)
    assert len(figure.axes) == 2


def test_what_is_stored_is_read_again(
    film: tuple[Strips, pd.DataFrame], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data, _ = film
    monkeypatch.setattr(stored, "open_dataset", lambda _: data)
    monkeypatch.setattr(stored, "FOLDER", tmp_path)
    with pytest.raises(UserError, match=r"no stored numbers for 'strips'; get them with cvlib data leaks"):
        stored.stored("strips")
    stored.store("strips", tmp_path / "strips")
    agreed, remembered, facts = stored.stored("strips")
    assert facts["images"] == len(data) and facts["clips"] == 12
    assert agreed["precision"].dropna().between(0, 1).all()
    strict = memory.gains(data, find(data, least=stored.STRICT, kept=-1), data.frames["clip"].to_numpy())
    again = report.long(remembered)
    assert again.drop(columns=[*memory.TASKS]).equals(strict[again.columns].drop(columns=[*memory.TASKS]))
    for task in memory.TASKS:
        own, before = (np.array(table[task].tolist()) for table in (again, strict))
        assert np.allclose(own, before, atol=1e-4, equal_nan=True)
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="stands in the way"):
        stored.store("strips", tmp_path / "file")


def test_the_stored_numbers_of_the_tiles_are_those_of_all_photographs() -> None:
    agreed, remembered, facts = stored.stored("magnetic-tile")
    assert facts["images"] == 1344 and len(str(facts["content (SHA-256)"])) == 64
    assert set(agreed["way"]) == {"perceptual hash", "correlation", "groups by correlation"}
    assert set(remembered["split"]) == set(memory.KINDS)


def test_tables_and_figures_show_what_they_are_given(film: tuple[Strips, pd.DataFrame]) -> None:
    data, table = film
    found = find(data)
    assert report.counts(found)["found"].iloc[-1] == "10"
    assert report.exposed(table)["share"].tolist() == ["0.0%", "100.0%"]
    assert report.agreement(stored.agreement(found, data.frames["clip"]))["of one clip"].iloc[-1] == "100.0%"
    assert len(figures.memory(table, report.MEASURES).axes) == 3
    shown = examples(data, found, (0.9, 0.5))
    assert [round(abs(pair.moved), 1) for pair in shown] == [0.1, 0.5]
    assert len(figures.pairs(shown).axes) == 4
