"""Predicted masks: a folder of PNG files in the paper's layout."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from tqdm import tqdm

from cvlib.data import Dataset
from cvlib.data.cache import pack
from cvlib.data.channels import POSITIONS, Order
from cvlib.data.files import read_mask_png, refuse_size
from cvlib.data.findings import BadFile, Finding
from cvlib.measure import masks
from cvlib.measure.counts import Counts
from cvlib.scoring.files import by_image
from cvlib.scoring.images import Chosen
from cvlib.scoring.mistakes import mistaken_channels
from cvlib.segment.scoring import Scored

MISSING = "add the mask (all 0 where nothing was found), or score fewer images with --split"


def read_masks(
    folder: Path, data: Dataset, chosen: Chosen, order: Order = "RGBA", progress: bool = False
) -> tuple[Scored, list[str]]:
    """Count the pixels of predicted masks.

    Parameters
    ----------
    folder
        One PNG per image, called as the image, with 4 channels of 0 and 255 (or 0 and 1), one per class;
        alpha is the fourth class.
    data, chosen
        The truth, and the images to be scored.
    order
        Where the surface crack lies: ``RGBA`` in red, ``BGRA`` in blue.
    progress
        Show a progress bar on the standard error stream.

    Returns
    -------
    Counts by image, under the rule ``threshold`` alone, and remarks.

    Raises
    ------
    DataError
        An image has no mask, a mask no image, or files are not such masks; all of them are listed.
    """
    files, remarks = by_image(folder, (".png",), chosen, MISSING)
    counts: list[Counts] = []
    findings: list[Finding] = []
    joint = np.zeros((16, 16), np.int64)
    for place in tqdm(chosen.test, "reading masks", disable=not progress, leave=False):
        path, truth = files[chosen.names[place]], data.mask(int(place))
        try:
            stored = read_mask_png(path, path.name)
            refuse_size((stored.shape[0], stored.shape[1]), (truth.shape[0], truth.shape[1]), path.name)
        except BadFile as error:
            findings += error.findings
            continue
        found = stored[..., POSITIONS[order]] != 0
        counts.append(masks.count(found.transpose(2, 0, 1), truth.transpose(2, 0, 1)))
        pairs = 16 * pack(found).astype(np.int64) + pack(truth)
        joint += np.bincount(pairs.ravel(), minlength=256).reshape(16, 16)
    if findings:
        raise BadFile(findings)
    at = chosen.test
    scored = Scored(chosen.names[at], chosen.groups[at], {"threshold": Counts.join(counts)})
    return scored, remarks + mistaken_channels(joint, order)
