"""Decoded images on disk."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest

from cvlib.data import Subset, open_dataset
from cvlib.data.cache import cached
from cvlib.errors import DataError
from tests.segment.conftest import Squares


def test_what_comes_out_is_what_the_data_set_holds(tmp_path: Path) -> None:
    data = Subset(open_dataset("simulated", images=60, seed=3), [0, 20, 40, 59])
    cache = cached(data, tmp_path, progress=False)
    assert len(cache) == 4
    for copy in (cache, pickle.loads(pickle.dumps(cache))):
        for index in range(4):
            assert np.array_equal(copy.image(index), data.image(index))
            assert np.array_equal(copy.mask(index), data.mask(index).transpose(2, 0, 1))
    assert np.array_equal(cache.labels, data.labels().to_numpy())


def test_images_are_decoded_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cached(Squares(), tmp_path, progress=False)
    monkeypatch.delattr(Squares, "image")
    assert len(cached(Squares(), tmp_path, progress=False)) == 30


def test_a_bad_record_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def bad(_: Squares, index: int) -> np.ndarray:
        raise DataError(f"image_{index}: truncated")

    monkeypatch.setattr(Squares, "image", bad)
    with pytest.raises(DataError, match="truncated"):
        cached(Squares(), tmp_path, progress=False)
    assert not [path for path in tmp_path.iterdir() if path.is_dir()]


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DataError, match=r"file.*in the way"):
        cached(Squares(), tmp_path / "file", progress=False)
