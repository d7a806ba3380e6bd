"""Download a file over HTTP: hashes and names by pooch, and what pooch lacks, going on after a cut."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pooch
import requests
from requests.exceptions import ChunkedEncodingError, ConnectionError, SSLError, Timeout
from tqdm import tqdm
from urllib3 import Retry
from urllib3.exceptions import InvalidHeader

from cvlib.errors import DataError

WAITS = (1.0, 2.0, 4.0, 8.0, 16.0)
"""Seconds before each further try; counted anew whenever a try brought the file further than ever before."""
LONGEST_WAIT = 60.0
"""Seconds; a server that asks for a longer pause is given up."""
TIMEOUT = 30.0
"""Seconds without a byte."""
REDIRECTS = 10
BLOCK = 1 << 16  # bytes; what is lost of a block at a cut is fetched again


def download(url: str, target: Path, size: int | None = None, md5: str | None = None) -> None:
    """Download a file unless it is there with the right hash; go on where an earlier call was cut off.

    Parameters
    ----------
    url
        An http or https address; redirects are followed.
    target
        Where the file appears when it is whole and right. Until then its bytes are in ``target``.part.
    size, md5
        Bytes and MD5 (hexadecimal) the file must have, where known. Without an MD5 a file that is there is
        taken as it is.

    Raises
    ------
    DataError
        The server has no such file, keeps failing, or sends another file than expected.
    """
    pooch.get_logger().setLevel("WARNING")
    downloader = ResumingDownloader(target.with_name(target.name + ".part"), size, known=md5 is not None)
    known_hash = f"md5:{md5}" if md5 else None
    for again in (True, False):
        try:
            pooch.retrieve(url, known_hash, target.name, target.parent, downloader=downloader)
            return
        except ValueError as error:  # pooch's way to say that the hash is wrong
            if not (again and downloader.resumed):
                message = f"{target.name}: its MD5 is not the expected {md5}, deleted"
                raise DataError(f"{message}; fetch it again, or ask at {url}") from error


class ResumingDownloader:
    """A downloader for ``pooch.retrieve`` that keeps what has come when it is cut off.

    Parameters
    ----------
    partial
        The file that grows. Beside it lies the server's ETag, so that parts of two versions of a file are
        never joined.
    size
        Bytes the whole file has, where known.
    known
        Whether the file's hash is known: then parts are joined without an ETag too, since a wrong whole
        would be found out.
    """

    def __init__(self, partial: Path, size: int | None, known: bool) -> None:
        self.partial, self.size, self.known = partial, size, known
        self.tag = partial.with_name(partial.name + ".etag")
        self.resumed = False
        self.session = requests.Session()
        self.session.max_redirects = REDIRECTS

    def __call__(self, url: str, output_file: str, pooch: Any) -> None:
        """Download to ``output_file``, trying again while that may help; DataError as ``download``."""
        self.resumed = False
        waits, furthest, tries = iter(WAITS), self._here(), 1
        with self.session:
            while (trouble := self._try(url)) is not None:
                if self._here() > furthest:
                    waits, furthest = iter(WAITS), self._here()
                wait = next(waits, None)
                if wait is None:
                    message = f"{url}: {trouble.words}, tried {tries} times"
                    raise DataError(f"{message}; check the network and run this again, what has come is kept")
                time.sleep(max(wait, trouble.wait))
                tries += 1
        self.tag.unlink(missing_ok=True)
        self.partial.replace(output_file)

    def _try(self, url: str) -> _PassingTrouble | None:
        """None once the file is whole, or what may pass; DataError for what will not."""
        try:
            self._request(url)
        except _PassingTrouble as trouble:
            return trouble
        except SSLError as error:
            message = f"{url}: no secure connection; check the clock and the network's proxy"
            raise DataError(message) from error
        except Timeout:
            return _PassingTrouble(f"no answer within {TIMEOUT:g} s")
        except (ConnectionError, ChunkedEncodingError):
            return _PassingTrouble(f"no connection, or cut off after {self._here():,} bytes")
        except requests.TooManyRedirects as error:
            message = f"{url}: more than {REDIRECTS} redirects, expected the file; try again another day"
            raise DataError(message) from error
        except requests.RequestException as error:
            words = " ".join(str(error).split())
            raise DataError(f"{url}: cannot be asked for ({words}); check the address") from error
        return None

    def _request(self, url: str) -> None:
        start = self._here()
        if start and start == self.size:
            return
        with self.session.get(url, headers=self._headers(start), stream=True, timeout=TIMEOUT) as response:
            there = f"bytes {start}-"
            if response.status_code == 416 or (
                response.status_code == 206
                and not response.headers.get("Content-Range", "").startswith(there)
            ):
                self.partial.unlink(missing_ok=True)
                raise _PassingTrouble("another part of the file than asked for")
            _refuse_status(url, response)
            going_on = response.status_code == 206
            self.resumed |= going_on
            self._receive(url, response, start if going_on else 0)
        if self.size is not None and self._here() < self.size:
            raise _PassingTrouble(f"cut off after {self._here():,} of {self.size:,} bytes")

    def _headers(self, start: int) -> dict[str, str]:
        headers = {
            "Accept-Encoding": "identity"
        }  # a range of a compressed answer would be no range of the file
        tag = self.tag.read_text() if self.tag.exists() else ""
        if start and (tag or self.known):
            headers["Range"] = f"bytes={start}-"
            if tag:
                headers["If-Range"] = tag
        return headers

    def _receive(self, url: str, response: requests.Response, start: int) -> None:
        length = response.headers.get("Content-Length", "")
        total = start + int(length) if length.isdecimal() else self.size
        if self.size is not None and total != self.size:
            self._refuse_length(url, f"{total:,}")
        bar = tqdm(
            desc=self.partial.stem, total=total, initial=start, unit="B", unit_scale=True, disable=None
        )
        with bar, self.partial.open("ab" if start else "wb") as file:
            if not start:  # after the old bytes are gone: they must not be taken for this tag's
                self._note_tag(response.headers)
            for block in response.iter_content(BLOCK):
                file.write(block)
                bar.update(len(block))
                if self.size is not None and file.tell() > self.size:
                    self._refuse_length(url, f"more than {self.size:,}")

    def _note_tag(self, headers: Mapping[str, str]) -> None:
        tag = headers.get("ETag", "")
        if tag.startswith('"'):  # weak ones, W/"...", do not promise the same bytes
            self.tag.write_text(tag)
        else:
            self.tag.unlink(missing_ok=True)

    def _refuse_length(self, url: str, found: str) -> None:
        self.partial.unlink(missing_ok=True)
        message = f"{url}: {found} bytes, expected {self.size:,}"
        raise DataError(f"{message}; a page may stand in the way: open the address in a browser")

    def _here(self) -> int:
        return self.partial.stat().st_size if self.partial.exists() else 0


class _PassingTrouble(Exception):
    """What may be gone at the next try, and for how many seconds the server asks to wait."""

    def __init__(self, words: str, wait: float = 0) -> None:
        super().__init__(words)
        self.words, self.wait = words, wait


def _refuse_status(url: str, response: requests.Response) -> None:
    status = f"answered {response.status_code} {response.reason}".rstrip()
    if response.status_code in (200, 206):
        return
    if response.status_code == 202:  # what Figshare's firewall sends programs at times
        message = f"{url}: {status}, a check for robots instead of the file"
        raise DataError(f"{message}; try again another day, or download it in a browser")
    if response.status_code == 429 or response.status_code >= 500:
        wait = _asked_wait(response.headers)
        if wait > LONGEST_WAIT:
            message = f"{url}: {status} and asks to wait {wait:,.0f} s; run this again after that time"
            raise DataError(message)
        raise _PassingTrouble(status, wait)
    message = f"{url}: {status}, expected the file; look for a newer version of this program"
    raise DataError(f"{message}, or download by hand")


def _asked_wait(headers: Mapping[str, str]) -> float:
    try:
        return Retry(retry_after_max=10**9).parse_retry_after(headers["Retry-After"])
    except (KeyError, InvalidHeader):
        return 0
