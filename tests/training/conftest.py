"""The same small data set as the segmentation tests have."""

from tests.segment.conftest import cache, squares, store

__all__ = ["cache", "squares", "store"]
