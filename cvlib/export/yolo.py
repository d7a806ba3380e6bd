"""Any data set as Ultralytics reads it: images and boxes by part, and ``data.yaml``."""

from __future__ import annotations

from pathlib import Path

import yaml

from cvlib.data import Dataset
from cvlib.data.annotations import write_yolo
from cvlib.data.writing import refuse_names, whole_folder
from cvlib.defects import DETECTION_CLASSES
from cvlib.errors import UserError
from cvlib.export.parts import Way, bar, licence_of, parts_of, place_image


def write_yolo_folder(
    data: Dataset, folder: Path | str, way: Way = "groups", link: bool = False, progress: bool = True
) -> None:
    """Write ``images/PART``, ``labels/PART`` and ``data.yaml``, with the boxes that detection is about.

    Every image has a text file, an empty one where it shows no pinhole and no unclassified defect.

    Parameters
    ----------
    data, folder, way, link, progress
        As :func:`cvlib.export.coco.write_coco` takes them; ``way`` must divide.

    Raises
    ------
    UserError
        The way is ``all``.
    DataError
        As :func:`cvlib.export.coco.write_coco`.
    """
    if way == "all":
        raise UserError("--split all: YOLO trains on one part and checks on another; give groups or random")
    with whole_folder(folder) as temporary:
        refuse_names(data)
        parts = parts_of(data, way, progress)
        for part, positions in parts.items():
            for kind in ("images", "labels"):
                (temporary / kind / part).mkdir(parents=True)
            for index in bar(positions, part, progress):
                place_image(data, index, temporary / "images" / part, link)
                name = data.frames["name"].iloc[index]
                write_yolo(temporary / "labels" / part / f"{name}.txt", data.boxes(index))
        # Without `path` Ultralytics looks beside this file.
        about: dict[str, object] = {part: f"images/{part}" for part in parts}
        about |= {"names": dict(enumerate(DETECTION_CLASSES)), "licence": licence_of(data)}
        (temporary / "data.yaml").write_text(yaml.safe_dump(about, sort_keys=False), "utf-8")
