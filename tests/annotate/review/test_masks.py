"""A mask file keeps its values, its channel order and, where nothing changes, its very bytes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cvlib.annotate.review.masks import load_mask
from cvlib.data.channels import Order

PLACES: dict[Order, list[int]] = {"RGBA": [0, 1, 2, 3], "BGRA": [2, 1, 0, 3]}


@pytest.fixture
def stored(tmp_path: Path) -> Path:
    return tmp_path / "image_7.png"


def random_mask(value: int) -> np.ndarray:
    return np.random.default_rng(7).integers(0, 2, (12, 17, 4), dtype=np.uint8) * np.uint8(value)


@pytest.mark.parametrize("value", [1, 255])
@pytest.mark.parametrize("order", ["RGBA", "BGRA"])
def test_one_class_changes_and_the_others_keep_every_byte(stored: Path, value: int, order: Order) -> None:
    before = random_mask(value)
    Image.fromarray(before).save(stored)
    mask = load_mask(stored, (12, 17), "mask")
    planes = mask.planes(order)
    for k, place in enumerate(PLACES[order]):
        np.testing.assert_array_equal(planes[k], before[..., place] // value)
    planes[0] ^= 1
    stored.write_bytes(mask.replaced(planes, order, 255).content)
    after, crack = np.array(Image.open(stored)), PLACES[order][0]
    np.testing.assert_array_equal(after[..., crack], value - before[..., crack])
    others = [k for k in range(4) if k != crack]
    np.testing.assert_array_equal(after[..., others], before[..., others])


def test_where_nothing_changes_the_file_stays_as_it_is(stored: Path) -> None:
    Image.fromarray(random_mask(255)).save(stored, compress_level=1)
    mask = load_mask(stored, (12, 17), "mask")
    assert mask.replaced(mask.planes("RGBA"), "RGBA", 255).content == stored.read_bytes()


@pytest.mark.parametrize("value", [1, 255])
def test_a_mask_that_is_not_there_takes_the_value_of_its_neighbours(stored: Path, value: int) -> None:
    mask = load_mask(stored, (12, 17), "mask")
    assert mask.sha256 == "" and not mask.planes("RGBA").any()
    planes = mask.planes("RGBA").copy()
    planes[2, 3, 4] = 1
    stored.write_bytes(mask.replaced(planes, "RGBA", value).content)
    after = np.array(Image.open(stored))
    assert after[3, 4, 2] == value and after.sum() == value


def test_alpha_is_data_even_where_the_colours_would_be_invisible(stored: Path) -> None:
    mask = load_mask(stored, (12, 17), "mask")
    planes = mask.planes("RGBA").copy()
    planes[0] = 1  # red everywhere, alpha nowhere: what a canvas would throw away
    stored.write_bytes(mask.replaced(planes, "RGBA", 255).content)
    assert (np.array(Image.open(stored)) == [255, 0, 0, 0]).all()
