"""Any data set in the paper's formats, described by Croissant metadata.

Croissant (MLCommons) is a JSON-LD file that says which files a data set has and how they make records, so
that loaders can read it without knowing its layout.
"""

from __future__ import annotations

import hashlib
import json
import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import cv2
import numpy as np
import pandas as pd

from cvlib.data import SOURCES, Dataset
from cvlib.data.cache import pack
from cvlib.data.files import write_bytes
from cvlib.data.writing import refuse_names, whole_folder, write_records
from cvlib.defects import CLASSES, DETECTION_CLASSES
from cvlib.errors import UserError
from cvlib.export.parts import Way, licence_of, parts_of

IMAGES, BOXES, BITS = "images.csv", "boxes.csv", "mask-bits"

_FILES = {
    "image-files": ("segmentation/images/*.jpg", "image/jpeg", "The images."),
    "mask-files": (
        f"{BITS}/*.png",
        "image/png",
        f"Masks in grey: bit k of a pixel is set where it shows class k of {', '.join(CLASSES)}.",
    ),
}


def write_croissant(data: Dataset, folder: Path | str, way: Way = "groups", progress: bool = True) -> None:
    """Write a data set as :func:`cvlib.data.write` does, and what Croissant needs beside it.

    That is ``croissant.json``, which ``mlcroissant`` reads; ``images.csv`` with a line per image: its part,
    clip and classes; ``boxes.csv`` with a line per box; and masks in grey. A pixel of ``mask-bits/NAME.png``
    has bit k set where it shows class k: ``mlcroissant`` opens every PNG as RGB and would drop the alpha
    channel, which is a class in the masks of the paper. Records are ``images``, ``masks`` and ``boxes``.

    Parameters
    ----------
    data, folder, way, progress
        As :func:`cvlib.export.coco.write_coco` takes them.

    Raises
    ------
    UserError
        The package ``mlcroissant`` is not installed.
    DataError
        As :func:`cvlib.export.coco.write_coco`.
    """
    mlc = _library()
    with whole_folder(folder) as temporary, _quiet():
        data.need("masks")
        refuse_names(data)
        parts = parts_of(data, way, progress)
        write_records(data, temporary, progress)
        _tables(data, parts, temporary)
        _bits(data, temporary / BITS)
        about = metadata(mlc, data, temporary)
        text = json.dumps(about, indent=2, ensure_ascii=False, default=str)
        (temporary / "croissant.json").write_text(f"{text}\n", "utf-8")


def _library() -> ModuleType:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of packages that it imports
            import mlcroissant
    except ImportError:
        message = "Croissant needs the package mlcroissant, which is not installed"
        raise UserError(f"{message}; pip install 'coatingvision-companion[croissant]'") from None
    return mlcroissant


@contextmanager
def _quiet() -> Iterator[None]:
    """Without what mlcroissant logs of recommended fields that we do not know, such as a date."""
    logger = logging.getLogger("absl")
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(before)


def _tables(data: Dataset, parts: dict[str, list[int]], folder: Path) -> None:
    part_of = {index: part for part, positions in parts.items() for index in positions}
    table = data.labels().reset_index()
    table.insert(1, "part", [part_of[index] for index in range(len(data))])
    table.insert(2, "clip", data.frames["clip"].astype(str).to_numpy())
    table.to_csv(folder / IMAGES, index=False, lineterminator="\n")
    boxes = [data.boxes(index) for index in range(len(data))]
    stacked = np.concatenate(boxes)
    listed = pd.DataFrame(stacked[:, 1:], columns=["x", "y", "width", "height"])
    listed.insert(0, "defect", np.array(DETECTION_CLASSES)[stacked[:, 0].astype(int)])
    listed.insert(0, "image", np.repeat(data.frames["name"].to_numpy(), [len(each) for each in boxes]))
    listed.to_csv(folder / BOXES, index=False, float_format="%.6f", lineterminator="\n")


def _bits(data: Dataset, folder: Path) -> None:
    folder.mkdir()
    for index, name in enumerate(data.frames["name"]):
        _, content = cv2.imencode(".png", pack(data.mask(index)))
        write_bytes(folder / f"{name}.png", content.tobytes())


def metadata(mlc: ModuleType, data: Dataset, folder: Path) -> dict[str, Any]:
    """The JSON-LD of a folder that :func:`write_croissant` is making; ``mlcroissant`` checks it first.

    Parameters
    ----------
    mlc
        The package ``mlcroissant``.
    data
        What was written.
    folder
        Where the tables lie.
    """
    source = next((each for each in SOURCES if each.name == data.name), None)
    described = [f"{data.title}.", *data.lasting_remarks]
    about = mlc.Metadata(
        name=data.name if not data.name.startswith("path:") else data.title,
        description=" ".join(described),
        license=[licence_of(data)],
        cite_as=source.citation if source else None,
        version="1.0.0",
        distribution=[_table(mlc, folder / IMAGES), _table(mlc, folder / BOXES), *_file_sets(mlc)],
        record_sets=[_image_records(mlc), _mask_records(mlc), _box_records(mlc)],
    )
    return dict(about.to_json())


def _table(mlc: ModuleType, path: Path) -> Any:
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return mlc.FileObject(
        id=path.name, name=path.name, content_url=path.name, encoding_formats=["text/csv"], sha256=digest
    )


def _file_sets(mlc: ModuleType) -> list[Any]:
    return [
        mlc.FileSet(id=id, name=id, description=about, encoding_formats=[kind], includes=[pattern])
        for id, (pattern, kind, about) in _FILES.items()
    ]


def _image_records(mlc: ModuleType) -> Any:
    fields = [
        _column(mlc, "images", "name", "Text", "Of the image, without ending."),
        _column(mlc, "images", "part", "Text", "train, val or test; all where the data set is not divided."),
        _column(mlc, "images", "clip", "Text", "Images of one moving sample share it."),
        *(_column(mlc, "images", name, "Boolean", f"Whether the image shows {name}.") for name in CLASSES),
        _file_name(mlc, "images/file", "image-files", "jpg", joined=True),
        _content(mlc, "images/image", "image-files"),
    ]
    return mlc.RecordSet(id="images", name="images", description="A record per image.", fields=fields)


def _mask_records(mlc: ModuleType) -> Any:
    # Records of their own: mlcroissant joins no more than two sources.
    fields = [
        _file_name(mlc, "masks/image", "mask-files", "png"),
        _content(mlc, "masks/mask", "mask-files"),
    ]
    return mlc.RecordSet(id="masks", name="masks", description="A record per mask.", fields=fields)


def _file_name(mlc: ModuleType, id: str, files: str, ending: str, joined: bool = False) -> Any:
    """The name of an image, from that of a file; joined to the table of images where so asked."""
    name = mlc.Transform(regex=rf"^(.+?)(?:\.{ending})?$")
    extract = mlc.Extract(file_property="filename")
    more = {}
    if joined:
        more["references"] = mlc.Source(file_object=IMAGES, extract=mlc.Extract(column="name"))
    return mlc.Field(
        id=id,
        name=id,
        description="Name of the image.",
        data_types=mlc.DataType.TEXT,
        source=mlc.Source(file_set=files, extract=extract, transforms=[name]),
        **more,
    )


def _content(mlc: ModuleType, id: str, files: str) -> Any:
    source = mlc.Source(file_set=files, extract=mlc.Extract(file_property="content"))
    types = mlc.DataType.IMAGE_OBJECT
    return mlc.Field(id=id, name=id, description="The pixels.", data_types=types, source=source)


def _box_records(mlc: ModuleType) -> Any:
    lengths = {
        "x": "Centre, as a share of the image's width.",
        "y": "Centre, as a share of the image's height.",
        "width": "As a share of the image's width.",
        "height": "As a share of the image's height.",
    }
    fields = [
        _column(mlc, "boxes", "image", "Text", "Name of the image."),
        _column(mlc, "boxes", "defect", "Text", " or ".join(DETECTION_CLASSES)),
        *(_column(mlc, "boxes", name, "Float", about) for name, about in lengths.items()),
    ]
    return mlc.RecordSet(id="boxes", name="boxes", description="A record per box.", fields=fields)


def _column(mlc: ModuleType, table: str, column: str, kind: str, about: str) -> Any:
    types = {"Text": mlc.DataType.TEXT, "Boolean": mlc.DataType.BOOL, "Float": mlc.DataType.FLOAT}
    source = mlc.Source(file_object=f"{table}.csv", extract=mlc.Extract(column=column))
    name = f"{table}/{column}"
    return mlc.Field(id=name, name=name, description=about, data_types=types[kind], source=source)
