"""What a chapter lets through in place of its defaults."""

from __future__ import annotations

from typing import Any

import pytest

from cvlib.errors import UserError
from cvlib.parameters import check, convert, declared

CELL = 'dataset: str = "simulated"  # data set\nimages: int = 10  # how many\nshare: float = 0.5  # of them\n'
ALLOWED = declared(CELL)


def test_a_cell_declares_names_types_defaults_and_meanings() -> None:
    assert [tuple(each) for each in ALLOWED.values()] == [
        ("dataset", "str", "simulated", "data set"),
        ("images", "int", 10, "how many"),
        ("share", "float", 0.5, "of them"),
    ]


@pytest.mark.parametrize(
    "line",
    [
        "images = 10  # no type",
        "images: int = 5 + 5  # derived",
        "images: int = 10",
        'name: str = "x#y"',
        'images: int = "10"  # text',
        "images: list = []  # unknown type",
        "import os",
    ],
)
def test_anything_but_a_typed_commented_literal_is_refused(line: str) -> None:
    with pytest.raises(
        ValueError, match=r"parameters cell: '.*' (is not of the form|needs a value of its type)"
    ):
        declared(line)


def test_texts_become_values_of_the_declared_type() -> None:
    values = convert(["dataset=007", "images=007", "share=1"], ALLOWED)
    assert values == {"dataset": "007", "images": 7, "share": 1.0}
    assert [type(value) for value in values.values()] == [str, int, float]


def test_a_value_may_hold_an_equals_sign() -> None:
    assert convert(["dataset=path:/a=b"], ALLOWED) == {"dataset": "path:/a=b"}


@pytest.mark.parametrize("text", ["images=abc", "images=1.5", "imags=3", "images", "images=", "share=half"])
def test_bad_texts_are_answered_with_what_is_allowed(text: str) -> None:
    with pytest.raises(UserError, match=r"allowed: dataset \(str, default 'simulated'\), images \(int"):
        convert([text], ALLOWED)


def test_a_name_given_twice_is_refused() -> None:
    with pytest.raises(UserError, match="twice"):
        convert(["images=1", "images=2"], ALLOWED)


def notebook(*cells: str) -> dict[str, Any]:
    """The namespace of a notebook that ran these cells."""
    namespace: dict[str, Any] = {"In": ["", *cells]}
    for cell in cells:
        exec(cell, namespace)
    return namespace


def test_a_notebook_passes_its_own_values_and_injected_ones() -> None:
    assert check(notebook(CELL)) == {"dataset": "simulated", "images": 10, "share": 0.5}
    assert check(notebook(CELL, "# Parameters\nimages = 3\nshare = 1\n"))["images"] == 3


@pytest.mark.parametrize(
    ("injected", "message"),
    [
        ("imags = 3", "unknown parameter 'imags'"),
        ('images = "3"', "not of type int"),
        ("images = True", "of type int"),
    ],
)
def test_a_notebook_refuses_unknown_and_mistyped_values(injected: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        check(notebook(CELL, f"# Parameters\n{injected}\n"))


def test_a_lost_tag_is_noticed_before_defaults_overwrite_the_values() -> None:
    with pytest.raises(UserError, match="tag 'parameters'"):
        check(notebook("# Parameters\nimages = 3\n", CELL))
