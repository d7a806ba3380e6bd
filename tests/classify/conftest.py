"""The same small data set as the segmentation tests have: which classes it shows is told by brightness."""

from tests.segment.conftest import cache, squares, store

__all__ = ["cache", "squares", "store"]

SMALL = ["height=32", "width=64", "epochs=3", "steps=3", "batch=4", "images=0"]
"""Overrides that make ``quick`` quicker."""
