"""Where a book is made, and where it lands."""

from __future__ import annotations

import hashlib
from pathlib import Path

from cvlib.notebooks import ROOT


def slug(dataset: str) -> str:
    """Name of the build folder for a data set; two folders never share one.

    >>> slug("magnetic-tile"), slug("path:/my/Coatings 1")
    ('magnetic-tile', 'path-Coatings-1-d6e3bcd3')
    """
    if not dataset.startswith("path:"):
        return dataset
    words = "".join(mark if mark.isalnum() else " " for mark in Path(dataset[5:]).name).split()
    return "-".join(["path", *words, hashlib.sha256(dataset.encode()).hexdigest()[:8]])


def html_folder(dataset: str) -> Path:
    """Where the rendered book lands: ``_build/html`` for simulated data, else a folder of its own."""
    return ROOT / "_build" / ("html" if dataset == "simulated" else f"{slug(dataset)}/html")
