"""Data sets: images with one mask channel per defect class, from a simulator or from files."""

from cvlib.data.catalogue import (
    SOURCES,
    Source,
    data_root,
    describe,
    facts_of,
    open_dataset,
    path_of,
    state_of,
)
from cvlib.data.check import check
from cvlib.data.coatingvision import CoatingVision
from cvlib.data.crack_forest import CrackForest
from cvlib.data.dataset import Dataset, boxes_of_mask
from cvlib.data.findings import BadFile, Finding
from cvlib.data.listing import tree
from cvlib.data.magnetic_tile import MagneticTile
from cvlib.data.simulated import Simulated
from cvlib.data.subset import Subset
from cvlib.data.writing import write

__all__ = [
    "SOURCES",
    "BadFile",
    "CoatingVision",
    "CrackForest",
    "Dataset",
    "Finding",
    "MagneticTile",
    "Simulated",
    "Source",
    "Subset",
    "boxes_of_mask",
    "check",
    "data_root",
    "describe",
    "facts_of",
    "open_dataset",
    "path_of",
    "state_of",
    "tree",
    "write",
]
