"""Where the files of a CoatingVision folder lie: paper 1's three kinds of records, flat or split."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cvlib.data.files import reason
from cvlib.data.findings import BadFile, Finding, bad_file

SPLITS = ("train", "val", "test")
IMAGE_ENDINGS = (".jpg", ".jpeg", ".png")
NOTES = {
    "segmentation": ("masks", ".png"),
    "classification": ("labels", ".csv"),
    "detection": ("labels", ".txt"),
}
"""What lies beside the images of each kind of records: name of its folder, and ending of its files."""

EXPECTED = (
    "segmentation/images/*.jpg and segmentation/masks/*.png, classification/labels/*.csv "
    "or detection/labels/*.txt, flat or within train and val"
)


@dataclass
class Records:
    """The files of one kind of records by image name, and what is wrong with how they lie.

    Attributes
    ----------
    images
        Image files.
    notes
        What is known about an image by its name: masks (PNG) or boxes (TXT).
    tables
        CSV files.
    split
        Train, val or test by image name; empty in a flat folder.
    """

    images: dict[str, Path] = field(default_factory=dict)
    notes: dict[str, Path] = field(default_factory=dict)
    tables: list[Path] = field(default_factory=list)
    split: dict[str, str] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)


@dataclass
class Layout:
    """A CoatingVision folder.

    Attributes
    ----------
    base
        The folder that holds the kinds of records; messages name files relative to it.
    segmentation, classification, detection
        Records of each kind; None where there is no such folder.
    """

    base: Path
    segmentation: Records | None
    classification: Records | None
    detection: Records | None

    @property
    def main(self) -> Records:
        """Those that say which images there are: the first kind that the folder has."""
        found = self.segmentation or self.classification or self.detection
        assert found is not None  # find_layout has seen to it
        return found

    def shown(self, path: Path) -> str:
        """How messages call a file."""
        return show(path, self.base)


def find_layout(root: Path) -> Layout:
    """Find the files of a CoatingVision folder without opening them.

    Parameters
    ----------
    root
        The folder that contains one or more of ``segmentation``, ``classification`` and ``detection``, or one
        of these itself: ``images`` and ``masks`` or ``labels``, or both within ``train``, ``val`` and
        ``test``. Any letter case.

    Raises
    ------
    DataError
        The folder is missing, unreadable, empty, or holds no records.
    """
    children(root, root)
    base, folders = root, _kinds_in(root)
    if not any(folders.values()):
        if root.name.lower() in NOTES:
            base, folders = root.parent, _kinds_in(root.parent)
        else:
            folders[_own_kind(root)] = root
    found = {kind: _find_records(folder, *NOTES[kind], base) for kind, folder in folders.items() if folder}
    layout = Layout(base, *(found.get(kind) for kind in NOTES))
    if not any(found.values()) or (folders["segmentation"] and not layout.segmentation):
        raise bad_file(str(root), f"no records in it; expected {EXPECTED}")
    masked = layout.segmentation
    if masked and masked.images and masked.notes:  # else the folder's own finding says it all
        masked.findings += _unpaired(masked, layout)
    return layout


def _kinds_in(base: Path) -> dict[str, Path | None]:
    return {kind: child(base, kind, base) for kind in NOTES}


def _own_kind(root: Path) -> str:
    """What a folder holds that is not divided by kind: labels say by their ending what they are."""
    for part in (root, *filter(None, (child(root, split, root) for split in SPLITS))):
        if part.is_dir() and not child(part, "masks", root) and (labels := child(part, "labels", root)):
            endings = {path.suffix.lower() for path in children(labels, root)}
            return "classification" if ".csv" in endings else "detection"
    return "segmentation"


def refuse_findings(records: Records) -> None:
    """Raise DataError where files do not lie as they should."""
    if records.findings:
        raise BadFile(records.findings)


def _find_records(folder: Path, notes: str, ending: str, base: Path) -> Records | None:
    """Flat or split records, or None where the folder holds neither."""
    parts = [(split, part) for split in SPLITS if (part := child(folder, split, base))]
    if any(child(folder, kind, base) for kind in ("images", notes)):
        parts = [("", folder)]
    if not parts:
        return None
    records = Records()
    for split, part in parts:
        for kind, endings in (("images", IMAGE_ENDINGS), (notes, (ending,))):
            place = child(part, kind, base)
            if place is None:
                message = f"no folder {kind} in it; expected images and {notes} side by side"
                records.findings.append(Finding(show(part, base), None, message))
                continue
            files = files_in(place, endings, base, records.findings)
            _add(records, kind == "images", ending, files, split, base)
    return records


def _add(records: Records, images: bool, ending: str, files: Sequence[Path], split: str, base: Path) -> None:
    if not images and ending == ".csv":
        records.tables += files
        return
    known = records.images if images else records.notes
    for path in files:
        if path.stem in known:
            message = f"the name is taken by {show(known[path.stem], base)}; give each image its own"
            records.findings.append(Finding(show(path, base), None, message))
            continue
        known[path.stem] = path
        if images and split:
            records.split[path.stem] = split


def _unpaired(records: Records, layout: Layout) -> Iterator[Finding]:
    for name in sorted(records.images.keys() - records.notes.keys(), key=by_number):
        message = f"no mask {name}.png; add the mask (all 0 for no defect) or remove the image"
        yield Finding(layout.shown(records.images[name]), None, message)
    for name in sorted(records.notes.keys() - records.images.keys(), key=by_number):
        message = f"no image {name}.jpg; add the image or remove the mask"
        yield Finding(layout.shown(records.notes[name]), None, message)


def files_in(folder: Path, endings: Sequence[str], base: Path, findings: list[Finding]) -> list[Path]:
    """The files of a folder with one of these endings in any letter case; what is wrong goes to findings."""
    try:
        found = [path for path in children(folder, base) if path.suffix.lower() in endings]
    except BadFile as error:
        findings += error.findings
        return []
    if not found:
        message = f"no {' or '.join(endings)} file in it; put the files there"
        findings.append(Finding(show(folder, base), None, message))
    return found


def children(folder: Path, base: Path) -> list[Path]:
    """What lies in a folder, hidden files left out, in the order of the numbers in the names.

    Raises
    ------
    DataError
        The folder is missing, unreadable, not a folder or empty.
    """
    shown = show(folder, base)
    try:
        found = [path for path in folder.iterdir() if not path.name.startswith(".")]
    except OSError as error:
        raise bad_file(shown, reason(error)) from error
    if not found:
        raise bad_file(shown, "an empty folder; put the data there or name another folder")
    return sorted(found, key=lambda path: by_number(path.name))


def child(folder: Path, name: str, base: Path) -> Path | None:
    """The one entry of a folder with that name in any letter case, or None."""
    found = [path for path in children(folder, base) if path.name.lower() == name]
    if len(found) > 1:
        both = " and ".join(path.name for path in found)
        raise bad_file(show(folder, base), f"both {both} in it, expected one; merge or rename them")
    return found[0] if found else None


def show(path: Path, base: Path) -> str:
    """A path relative to the base, with forward slashes; the base itself in full.

    >>> show(Path("data/cv/segmentation/masks/a.png"), Path("data/cv"))
    'segmentation/masks/a.png'
    """
    return path.relative_to(base).as_posix() if path != base and path.is_relative_to(base) else str(path)


def by_number(name: str) -> tuple[tuple[int, str], ...]:
    """A sorting key that puts image_9 before image_10.

    >>> sorted(["image_10", "image_9", "image_a"], key=by_number)
    ['image_9', 'image_10', 'image_a']
    """
    parts = re.split(r"0*([0-9]+)", name)  # of equally many digits the greater text is the greater number
    return tuple((len(part), part) if place % 2 else (-1, part) for place, part in enumerate(parts))
