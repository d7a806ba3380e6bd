"""Defects against process parameters, on simulated clips whose process is known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from cvlib import process
from cvlib.data import Dataset, Simulated
from cvlib.defects import TITLES
from cvlib.figures import process as figures
from cvlib.figures import related
from cvlib.papers import related_datasets
from cvlib.survey import Survey, survey


@pytest.fixture(scope="module")
def planned() -> tuple[Dataset, Survey]:
    """The plan of a full data set: labels without drawing."""
    data = Simulated()
    return data, Survey(data.labels(), survey(Simulated(images=1)).objects)


def test_what_was_put_in_is_found_and_what_was_not_is_not(planned: tuple[Dataset, Survey]) -> None:
    effects = process.effects(*planned)
    for defect in ("surface_crack", "pinhole"):
        assert all(effect.low > 0 for effect in effects[defect])
    assert all(effect.value > 0 for effect in effects["delamination"])
    assert all(effect.low <= 0 <= effect.high for effect in effects["unclassified"])


def test_shares_at_each_setting_are_counts_of_its_images(planned: tuple[Dataset, Survey]) -> None:
    data, found = planned
    table = process.shares(data, found).set_index(["defect", "parameter", "setting"])
    at_600 = data.frames["gap_um"].to_numpy() == 600
    expected = found.presence["pinhole"].to_numpy()[at_600].mean()
    assert table.loc[("pinhole", "gap_um", 600), "value"] == pytest.approx(expected)
    assert len(table) == 4 * (6 + 3)


def test_data_without_process_parameters_say_so(small_data: Dataset) -> None:
    found = survey(small_data)
    assert process.effects(small_data, found) == {}
    assert "no process parameters" in str(process.effect_table(small_data, {}).iloc[0, 0])
    texts = [
        text.get_text() for text in figures.shares(process.shares(small_data, found), TITLES).axes[0].texts
    ]
    assert "no process parameters" in texts[0]


def test_drawings_carry_the_published_settings(tmp_path: Path) -> None:
    texts = " ".join(text.get_text() for text in figures.coating_line().axes[0].texts)
    for setting in ("600 to 1100 µm", "0.5 m/min", "40 min", "4 min", "80 °C"):
        assert setting in texts
    figures.camera().savefig(tmp_path / "camera.png")


def test_a_scale_bar_is_as_long_as_it_says(small_data: Dataset) -> None:
    (bar,) = figures.scale_bars(small_data, [0], um_per_pixel=25.0).axes[0].lines
    assert np.ptp(np.asarray(bar.get_xdata())) == pytest.approx(500 / 25)
    assert not figures.scale_bars(small_data, [0], um_per_pixel=None).axes[0].lines


def test_every_data_set_of_the_table_is_a_point() -> None:
    plot = related.sizes(related_datasets()).axes[0]
    assert len(plot.lines) == 16
