"""Fetch data sets from where their authors published them.

Everything is downloaded, unpacked and checked in ``data_root()/.partial/NAME`` and renamed to
``data_root()/NAME`` as the last step: whoever looks there finds the whole data set or none.
"""

from __future__ import annotations

import errno
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import pooch
from filelock import FileLock, Timeout

from cvlib.data.archives import refuse_full_disk, unpack
from cvlib.data.catalogue import ROOT_VARIABLE, data_root
from cvlib.data.crack_forest import CrackForest
from cvlib.data.fetch_figshare import Figshare, stage_article
from cvlib.data.fetch_http import download
from cvlib.data.magnetic_tile import MagneticTile
from cvlib.errors import DataError

MANIFESTS = Path(__file__).parent / "manifests"
PARTIAL = ".partial"


@dataclass(frozen=True)
class Repository:
    """A public repository: an archive, and the files wanted of it.

    Attributes
    ----------
    address
        Of a zip archive. Its bytes may differ from day to day, so it has no hash.
    manifest
        A text file with one line for each wanted file: SHA-256, size in bytes, path. Other files of the
        archive are passed over.
    """

    title: str
    licence: str
    address: str
    manifest: Path


REMOTES: dict[str, Figshare | Repository] = {
    # doi 10.6084/m9.figshare.29260121.v1
    "coatingvision": Figshare("https://api.figshare.com/v2/articles/29260121/versions/1"),
    # the dot at the end of the repository's name belongs to it
    "magnetic-tile": Repository(
        "photographs of magnetic tiles with defects (Huang et al.)",
        MagneticTile.licence,
        "https://codeload.github.com/abin24/Magnetic-tile-defect-datasets./zip/"
        "cc4eb530b57b9cb7225bf76023873043ffd50655",
        MANIFESTS / "magnetic-tile.sha256",
    ),
    # A branch, as no commit is known for sure to hold these files: the manifest says which bytes are taken.
    "crack-forest": Repository(
        "CrackForest (CFD), photographs of cracked roads",
        CrackForest.licence,
        "https://codeload.github.com/cuilimeng/CrackForest-dataset/zip/refs/heads/master",
        MANIFESTS / "crack-forest.sha256",
    ),
}
"""The data sets that ``fetch`` knows."""


def fetch(
    name: str, say: Callable[[str], object] = print, remote: Figshare | Repository | None = None
) -> Path:
    """Download a data set, check it, and put it into ``data_root()``.

    A download that was cut off goes on where it stopped when this is called again.

    Parameters
    ----------
    name
        ``coatingvision``, ``magnetic-tile`` or ``crack-forest``.
    say
        Is given a line with title, size and licence before anything large is downloaded, and one at the end.
    remote
        Where to fetch from, where it is not ``REMOTES[name]``.

    Returns
    -------
    Path
        ``data_root()/name``. If it is there already, nothing is done. ``coatingvision`` is opened as
        ``path:`` and this folder.

    Raises
    ------
    DataError
        The name is unknown, the network or the disk fails, the files are not those expected, or another
        process is fetching the same. ``data_root()/name`` does not exist then.
    """
    remote = remote or _known(name)
    place, partial = data_root() / name, data_root() / PARTIAL / name
    if place.exists():
        say(f"{name}: already in {place}, nothing to do; to fetch it again, move that folder away")
        return place
    staged = partial / "unpacked"
    with _alone(name, partial):
        try:
            shutil.rmtree(staged, ignore_errors=True)  # left by a process that was killed
            if isinstance(remote, Figshare):
                stage_article(name, remote, staged, say)
            else:
                _stage_repository(name, remote, staged, say)
            staged.rename(place)
            shutil.rmtree(partial, ignore_errors=True)
            say(f"{name}: whole, in {place}")
        finally:
            shutil.rmtree(staged, ignore_errors=True)
    return place


def _known(name: str) -> Figshare | Repository:
    if name not in REMOTES:
        raise DataError(f"{name!r} cannot be fetched, expected one of {', '.join(REMOTES)}")
    return REMOTES[name]


@contextmanager
def _alone(name: str, partial: Path) -> Iterator[None]:
    """One fetch of a data set at a time, and in one line what the system says."""
    lock = FileLock(partial.with_name(f"{name}.lock"), timeout=0)
    try:
        partial.parent.mkdir(parents=True, exist_ok=True)
        with lock:
            try:
                partial.mkdir(exist_ok=True)
                yield
            except OSError as error:
                if error.errno in (errno.ENOSPC, errno.EDQUOT):
                    shutil.rmtree(partial, ignore_errors=True)  # give the space back
                raise
    except Timeout:
        raise DataError(f"{name}: another process is fetching it; wait until it is done") from None
    except OSError as error:
        message = f"{name}: {error.filename or data_root()}: {error.strerror or error}"
        remedy = f"make room or set {ROOT_VARIABLE} to a folder with room that you may write to"
        raise DataError(f"{message}, expected to write there; {remedy}") from error


def _stage_repository(name: str, remote: Repository, staged: Path, say: Callable[[str], object]) -> None:
    manifest = _read_manifest(remote.manifest)
    size = sum(length for _, length in manifest.values())
    say(f"{name}: {remote.title}; {len(manifest):,} files, {size / 1e6:,.1f} MB; licence: {remote.licence}")
    refuse_full_disk(staged.parent, 2 * size)  # packed and unpacked: photographs hardly shrink
    archive = staged.with_name(f"{name}.zip")
    download(remote.address, archive)
    try:
        tops = {PurePosixPath(file).parts[0].lower() for file in manifest}
        unpack(archive, staged, manifest.keys(), largest=size, keep=tops)
        _refuse_differences(name, staged, manifest)
    except DataError:
        archive.unlink()  # it would be as wrong the next time
        raise


def _read_manifest(path: Path) -> dict[str, tuple[str, int]]:
    """SHA-256 and size in bytes by path."""
    lines = (line.split(maxsplit=2) for line in path.read_text("utf-8").splitlines())
    return {file: (sha256, int(size)) for sha256, size, file in lines}


def _refuse_differences(name: str, folder: Path, manifest: dict[str, tuple[str, int]]) -> None:
    wrong = []
    for file, (sha256, size) in manifest.items():
        path = folder / file
        if not path.exists():
            wrong.append(f"{file} is missing")
        elif path.stat().st_size != size or pooch.file_hash(str(path), "sha256") != sha256:
            wrong.append(f"{file} differs")
    if wrong:
        message = (
            f"{name}: {len(wrong):,} of {len(manifest):,} files are not the expected ones, first {wrong[0]}"
        )
        raise DataError(f"{message}; its repository has changed: look for a newer version of this program")
