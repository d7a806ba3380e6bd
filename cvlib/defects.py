"""The four defect classes of paper 1 (Data Records), in the order of the mask channels."""

from __future__ import annotations

CLASSES: tuple[str, ...] = ("surface_crack", "delamination", "pinhole", "unclassified")
"""Names of the classes; position k is channel k of every mask in this package."""

TITLES: dict[str, str] = {
    "surface_crack": "surface crack",
    "delamination": "delamination",
    "pinhole": "pinhole",
    "unclassified": "unclassified",
}
"""The classes as written in text and figures."""

COLOURS: dict[str, str] = {
    "surface_crack": "#0072B2",
    "delamination": "#009E73",
    "pinhole": "#D55E00",
    "unclassified": "#CC79A7",
}
"""One colour per class through the whole book: Okabe and Ito's colour-blind safe palette."""

DETECTION_CLASSES: tuple[str, ...] = ("pinhole", "unclassified")
"""Classes of the detection records; position k is class id k in a YOLO file (paper 1, Table 2)."""
