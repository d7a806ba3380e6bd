"""Figures of the chapters: each function takes data or measures and returns a matplotlib figure."""

from cvlib.figures.style import set_style

__all__ = ["set_style"]
