"""What a survey finds in a data set written out by hand, and what is said of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cvlib import results, statistics
from cvlib.data import Dataset, write
from cvlib.defects import TITLES
from cvlib.errors import UserError
from cvlib.survey import examples, survey
from cvlib.tables import Table


def test_presence_and_objects(small_data: Dataset) -> None:
    found = survey(small_data)
    assert found.presence.sum().to_dict() == {
        "surface_crack": 4,
        "delamination": 1,
        "pinhole": 2,
        "unclassified": 0,
    }
    pinholes = found.objects[found.objects["defect"] == "pinhole"]
    assert sorted(pinholes["area"]) == [4, 9, 49, 49]
    assert pinholes["measurable"].sum() == 2
    whole = pinholes[pinholes["measurable"]].iloc[0]
    assert (whole["x"], whole["y"], whole["width"], whole["height"]) == (40, 30, 7, 7)


def test_a_data_set_without_defects_has_an_empty_table(small_data: Dataset) -> None:
    small_data.masks[:] = False  # type: ignore[attr-defined]
    found = survey(small_data)
    assert len(found.objects) == 0
    assert statistics.object_summary(small_data, found.objects)["objects"].tolist() == ["0"] * 4
    assert statistics.left_out(found.objects)["number"].tolist() == ["0"] * 5


def test_left_out_objects_are_counted_and_add_up(small_data: Dataset) -> None:
    objects = survey(small_data).objects
    table = statistics.left_out(objects[objects["defect"] == "pinhole"])
    assert table["number"].tolist() == ["1", "1", "0", "2", "4"]


def test_shares_carry_an_interval_over_clips(small_data: Dataset) -> None:
    shares = statistics.image_shares(small_data, survey(small_data).presence)
    assert shares["surface_crack"].value == pytest.approx(4 / 6)
    assert np.isnan(
        [shares["surface_crack"].low, shares["unclassified"].high]
    ).all()  # three clips are too few


@pytest.mark.parametrize(
    ("name", "origin", "verdict"),
    [
        ("simulated", "simulated", "not comparable: simulated data"),
        ("magnetic-tile", "photographs", "not comparable: other photographs"),
        ("path:x", "unknown", "not comparable: a folder that does not say whose images it holds"),
        ("coatingvision", "photographs", "differs"),
    ],
)
def test_only_the_papers_own_data_can_reproduce_or_differ(
    small_data: Dataset, name: str, origin: str, verdict: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(small_data, "name", name)
    monkeypatch.setattr(small_data, "origin", origin)
    presence = survey(small_data).presence
    table = statistics.prevalence(small_data, presence, statistics.image_shares(small_data, presence))
    assert table.set_index("defect")["verdict"]["surface crack"] == verdict


def test_a_number_that_the_paper_does_not_print_is_not_guessed(small_data: Dataset) -> None:
    presence = survey(small_data).presence
    table = statistics.prevalence(small_data, presence, statistics.image_shares(small_data, presence))
    row = table[table["defect"] == "unclassified"].iloc[0]
    assert (row["in paper 1"], row["verdict"]) == ("not in the source", "nothing to compare")
    assert row["share here [95 %]"] == "0.00 % [too few clips]"
    crack = table[table["defect"] == "surface crack"].iloc[0]
    assert "1,947 (87.43 %)" in crack["in paper 1"]
    assert crack["share here [95 %]"].startswith("66.67 %")


def test_summaries_of_objects_by_hand() -> None:
    objects = pd.DataFrame(
        {
            "image": ["a", "a", "b", "b"],
            "clip": [0, 0, 1, 1],
            "defect": "pinhole",
            "area": [10, 20, 30, 40],
            "holes": [0, 2, 0, 1],
            "touches_border": [True, False, False, False],
            "roundness": [0.5, 0.7, 0.79, 1.1],
            "polygon_roundness": [0.4, 0.5, 0.6, 0.9],
            "crofton_roundness": [0.5, 0.6, 0.7, 1.0],
            "measurable": [False, True, True, True],
        }
    )
    row = statistics.object_summary(SmallTitles(), objects).iloc[2]  # type: ignore[arg-type]
    assert row.tolist()[1:] == ["4", "2.0", "18 / 25 / 32", "2", "1"]
    plain = statistics.roundness_summary({"holes": objects}).iloc[0]
    assert plain["objects"] == "holes: 3 in 2 clips"
    assert plain["median [95 %]"] == "0.79 [too few clips]"
    assert plain["below 0.8 [95 %]"].startswith("66.67 %")
    assert plain["above 1"] == "33%"


class SmallTitles:
    """As much of a data set as a summary asks for."""

    class_titles = TITLES


def test_examples_show_the_richest_image_first_and_every_class_there_is() -> None:
    presence = pd.DataFrame(np.eye(4, dtype=bool)[[0, 0, 0, 1, 2, 3]])
    presence.iloc[2] = [True, True, False, False]
    chosen = examples(presence, count=4, seed=3)
    assert chosen[0] == 2
    assert presence.iloc[chosen].any().all()
    assert chosen == examples(presence, count=4, seed=3)
    assert len(examples(presence, count=99)) == 6


def test_the_stored_blowholes_are_real_numbers_with_their_origin() -> None:
    objects = results.objects("magnetic-tile")
    blowholes = objects[(objects["defect"] == "pinhole") & objects["measurable"]]
    assert len(blowholes) > 100
    assert blowholes["roundness"].between(0, 1.2).all()
    assert (results.FOLDER / "magnetic-tile" / "provenance.json").exists()
    with pytest.raises(UserError, match="no stored numbers for 'nothing'"):
        results.objects("nothing")


def test_objects_are_stored_as_measured(small_data: Dataset, tmp_path: Path) -> None:
    write(small_data, tmp_path / "data", progress=False)
    results.store_objects(f"path:{tmp_path / 'data'}", tmp_path / "new", progress=False)
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == ["objects.csv", "provenance.json"]
    stored = pd.read_csv(tmp_path / "new" / "objects.csv")
    pd.testing.assert_frame_equal(stored, survey(small_data).objects, atol=5e-5, check_dtype=False)


def test_a_table_is_html_in_a_notebook_and_a_numbered_table_in_the_book() -> None:
    table = Table(pd.DataFrame({"a": ["x"], "b": ["1 < 2"]}), "tab-x", "Small & plain.", widths=[1, 2])
    bundle = table._repr_mimebundle_()
    assert "<td>1 &lt; 2</td>" in bundle["text/html"]
    assert "Small &amp; plain." in bundle["text/html"]
    assert bundle["text/markdown"].splitlines() == [
        ":::::{list-table} Small & plain.",
        ":header-rows: 1",
        ":class: cvlib-table",
        ":name: tab-x",
        ":widths: 1 2",
        "",
        "* - a",
        "  - b",
        "* - x",
        "  - 1 < 2",
        ":::::",
    ]


def test_a_lone_dash_in_a_table_does_not_start_a_list() -> None:
    assert Table(pd.DataFrame({"a": ["-", "- 1"]}), "", "").markdown().splitlines()[-3:-1] == [
        r"* - \-",
        "* - - 1",
    ]
