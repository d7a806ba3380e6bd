"""Which images there are to review, which mask belongs to each, and in which order."""

from __future__ import annotations

import csv
import io
import math
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from cvlib.data.channels import Channels, Order, choose_order, looked_at, set_somewhere
from cvlib.data.files import image_size, read_bytes, read_mask_png, reason, refuse_size
from cvlib.data.findings import BadFile, Finding, bad_file
from cvlib.data.layout import IMAGE_ENDINGS, by_number
from cvlib.data.manifest import MANIFEST, read_manifest
from cvlib.errors import DataError


@dataclass(frozen=True)
class Item:
    """An image to review.

    Attributes
    ----------
    name
        Of the image, without ending.
    image, mask
        The files; there need not be a mask yet.
    height, width
        Of the image, pixels.
    uncertainty
        How much the models disagree about it; None where nobody has said.
    """

    name: str
    image: Path
    mask: Path
    height: int
    width: int
    uncertainty: float | None = None


def scan(images: Path, masks: Path, order: Path | None = None) -> list[Item]:
    """Pair the images of a folder with the masks of another.

    Parameters
    ----------
    images
        Folder of JPEG or PNG files.
    masks
        Folder of masks: the image's name, ending ``.png``. Masks of no image are left alone.
    order
        A CSV file with the columns ``image`` (name, with or without ending) and ``disagreement``. Images come
        in the order of its rows; those it does not name come last, by name.

    Raises
    ------
    DataError
        A folder is missing or holds no image, two images have one name, a file is no image or no mask, lies
        behind a link that leads out of its folder, a mask is not its image's size, or the order is not such a
        table.
    """
    if _listing(images) and images.resolve() == masks.resolve():
        raise bad_file(str(masks), "the images' own folder, expected one for masks alone; name another")
    pictures = _by_name(images, IMAGE_ENDINGS)
    if not pictures:
        raise bad_file(str(images), f"no {' or '.join(IMAGE_ENDINGS)} file in it; put the images there")
    drawn = _by_name(masks, (".png",))
    items: list[Item] = []
    findings: list[Finding] = []
    for name in sorted(pictures, key=by_number):
        image, mask = pictures[name], drawn.get(name, masks / f"{name}.png")
        try:
            height, width = image_size(inside(image, images), str(image))
            if name in drawn:
                refuse_size(image_size(inside(mask, masks), str(mask)), (height, width), str(mask))
            items.append(Item(name, image, mask, height, width))
        except BadFile as error:
            findings += error.findings
    if findings:
        raise BadFile(findings)
    return items if order is None else _ordered(items, order)


def inside(path: Path, folder: Path) -> Path:
    """Where a file really lies; DataError where a link leads out of its folder."""
    try:
        real = path.resolve()
        if real.is_relative_to(folder.resolve()):
            return real
    except (OSError, RuntimeError) as error:  # links in a circle
        raise bad_file(str(path), "a link that leads nowhere; remove it") from error
    raise bad_file(str(path), f"a link out of {folder}, expected a file in it; copy the file there")


def channel_order(asked: Channels, masks: Path, items: list[Item], reviewed: Order | None) -> Order:
    """Which channel of the masks holds which class.

    What ``manifest.json`` says in one of the three folders above the masks; else what earlier reviews wrote
    down; else what was asked for; else RGBA where there is no mask yet; else what the masks look like, see
    ``cvlib.data.channels.choose_order``.

    Raises
    ------
    DataError
        It was asked for another order than the manifest or earlier reviews say, or nothing tells.
    """
    known, teller = reviewed, "earlier reviews here"
    for folder in reversed(list(masks.resolve().parents)[:3]):
        if (folder / MANIFEST).exists() and (manifest := read_manifest(folder)):
            known, teller = manifest.channels, str(folder / MANIFEST)
    if asked != "auto":
        if known not in (None, asked):
            message = f"--channels {asked}, but {teller} said {known}"
            raise bad_file(str(masks), f"{message}; leave the option out")
        return asked
    there = [item for item in items if item.mask.exists()]
    if known or not there:
        return known or "RGBA"
    chosen = [there[place] for place in looked_at(len(there))]
    present = [set_somewhere(read_mask_png(inside(item.mask, masks), str(item.mask))) for item in chosen]
    return _chosen(np.array(present), masks)


def _chosen(present: np.ndarray, masks: Path) -> Order:
    try:
        return choose_order(present)[0]
    except DataError as error:
        message = "which mask channel holds which class cannot be told from these masks"
        remedy = "add --channels RGBA (surface crack in red) or --channels BGRA (in blue)"
        raise bad_file(str(masks), f"{message}; {remedy}") from error


def _listing(folder: Path) -> list[Path]:
    try:
        return [path for path in folder.iterdir() if not path.name.startswith(".")]
    except OSError as error:
        raise bad_file(str(folder), reason(error)) from error


def _by_name(folder: Path, endings: tuple[str, ...]) -> dict[str, Path]:
    named: dict[str, Path] = {}
    for path in sorted(_listing(folder)):
        if path.suffix.lower() not in endings:
            continue
        if path.stem in named:
            message = f"the name is taken by {named[path.stem].name}; give each its own"
            raise bad_file(str(path), message)
        named[path.stem] = path
    return named


def _ordered(items: list[Item], order: Path) -> list[Item]:
    known = _read_order(order)
    rows = {item.name: key for item in items for key in (item.image.name, item.name) if key in known}
    if not rows:
        raise bad_file(str(order), "names none of the images; name them as the files are called")
    ranks = {key: rank for rank, key in enumerate(known)}
    told = [replace(item, uncertainty=known.get(rows.get(item.name, ""))) for item in items]
    return sorted(told, key=lambda item: ranks.get(rows.get(item.name, ""), len(ranks)))


def _read_order(order: Path) -> dict[str, float]:
    found: dict[str, float] = {}
    try:
        table = csv.DictReader(io.StringIO(read_bytes(order).decode("utf-8-sig")))
        missing = {"image", "disagreement"} - set(table.fieldnames or ())
        if missing:
            message = f"no column {' and '.join(sorted(missing))}, expected image and disagreement"
            raise bad_file(str(order), f"{message}; name the columns so", 1)
        for row in table:
            number = _number(row["disagreement"])
            if number is None:
                message = f"disagreement {str(row['disagreement'])[:40]}, expected a number"
                raise bad_file(str(order), f"{message}; correct the line", table.line_num)
            if str(row["image"]) in found:
                message = f"{str(row['image'])[:40]} a second time, expected each image once"
                raise bad_file(str(order), f"{message}; remove one of the lines", table.line_num)
            found[str(row["image"])] = number
    except (csv.Error, UnicodeDecodeError) as error:
        raise bad_file(str(order), "not a CSV table in UTF-8; export it as one") from error
    return found


def _number(text: str | None) -> float | None:
    try:
        number = float(text or "")
    except ValueError:
        return None
    return number if math.isfinite(number) else None
