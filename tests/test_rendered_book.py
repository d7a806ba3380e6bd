"""The book as `make book` leaves it, read page by page as a browser without a network would."""

from __future__ import annotations

import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

from cvlib.data import data_root
from cvlib.ledger.report import anchor
from cvlib.notebooks import ROOT, chapters
from cvlib.papers import claims
from cvlib.places import html_folder

pytestmark = pytest.mark.slow
NAME_NO_CLASS = (
    *("process", "related-data"),
    *("corners", "localization"),  # about X-rays
    *("audit", "claims"),  # about what the papers print
    *("annotation", "leaks"),
)
BOOK = html_folder("simulated")
LOADED = {"script": "src", "img": "src", "link": "href", "iframe": "src", "source": "src", "video": "src"}
ALLOWED_LINKS = {"canonical", "search", "index", "genindex", "next", "prev", "author", "copyright"}


class Page(HTMLParser):
    """What a page loads, where it leads, and what it names."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path
        self.loads: list[str] = []
        self.leads: list[str] = []
        self.names: set[str] = set()
        self.pictures_without_alt: list[str] = []
        self.text = path.read_text("utf-8")
        self.feed(self.text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Collect one tag."""
        values = {name: value or "" for name, value in attrs}
        self.names |= {values[name] for name in ("id", "name") if name in values}
        if tag == "a" and "href" in values:
            self.leads.append(values["href"])
        target = values.get(LOADED.get(tag, ""), "")
        if target and not ALLOWED_LINKS & set(values.get("rel", "").split()):
            self.loads.append(target)
        if tag == "img" and not values.get("alt"):
            self.pictures_without_alt.append(target)


@pytest.fixture(scope="module")
def pages() -> dict[Path, Page]:
    """All pages by path."""
    assert (BOOK / "index.html").exists(), "run make book first"
    found = (path for path in BOOK.rglob("*.html") if "_static" not in path.parts)  # there, templates
    return {path: Page(path) for path in sorted(found)}


def test_no_page_loads_anything_from_another_host(pages: dict[Path, Page]) -> None:
    loads = {f"{page.path.name}: {target}" for page in pages.values() for target in page.loads}
    assert not [each for each in loads if re.search(r": (https?:)?//", each)]
    styles = "".join(path.read_text("utf-8", "replace") for path in BOOK.rglob("*.css"))
    assert not re.findall(r"(?:url\(|@import )['\"]?(?:https?:)?//[^)\s]+", styles)


def test_everything_a_page_loads_is_there(pages: dict[Path, Page]) -> None:
    missing = [
        f"{page.path.name}: {target}"
        for page in pages.values()
        for target in page.loads
        if not target.startswith("data:") and not (page.path.parent / target.partition("?")[0]).exists()
    ]
    assert not missing


def test_every_link_inside_the_book_leads_somewhere(pages: dict[Path, Page]) -> None:
    lost = []
    for page in pages.values():
        for link in page.leads:
            place, _, name = link.partition("#")
            if re.match(r"[a-z]+:", place):
                continue
            target = (page.path.parent / place).resolve() if place else page.path
            named = target in pages and (not name or name in pages[target].names)
            if not named and not (target.exists() and target.suffix != ".html"):
                lost.append(f"{page.path.name}: {link}")
    assert not lost


def test_mathematics_needs_no_network() -> None:
    mathjax = BOOK / "mathjax"
    assert (mathjax / "LICENSE").exists()
    assert len(list(mathjax.glob("output/chtml/fonts/woff-v2/*.woff"))) > 20


@pytest.mark.parametrize("chapter", chapters())
def test_a_chapter_says_its_data_and_where_its_numbers_come_from(
    chapter: str, pages: dict[Path, Page]
) -> None:
    page = pages[BOOK / "executed" / f"{chapter}.html"]
    assert "The chapters show: simulated coatings (seed 0)." in page.text
    assert "Where the numbers on this page come from." in page.text
    assert "Traceback" not in page.text and "Warning:" not in page.text
    assert str(ROOT) not in page.text


@pytest.mark.parametrize("chapter", chapters())
def test_every_figure_has_a_number_a_description_and_a_link_to_its_code(
    chapter: str, pages: dict[Path, Page]
) -> None:
    page = pages[BOOK / "executed" / f"{chapter}.html"]
    figures = re.findall(r"<figure.*?</figure>", page.text, flags=re.DOTALL)
    assert figures
    for figure in figures:
        assert "caption-number" in figure
        assert "reference/figures.html#cvlib.figures." in figure
    assert not page.pictures_without_alt


def test_no_page_is_large_and_the_book_fits_in_40_mb(pages: dict[Path, Page]) -> None:
    large = {path.name: path.stat().st_size for path in pages if path.stat().st_size > 1_500_000}
    assert not large
    assert sum(path.stat().st_size for path in BOOK.rglob("*") if path.is_file()) <= 40_000_000


def test_the_first_page_counts_every_claim_and_leads_to_them(pages: dict[Path, Page]) -> None:
    page = pages[BOOK / "index.html"]
    assert f"0 of {len(claims())} " in page.text
    assert {"executed/claims.html", "glossary.html"} <= {*page.leads}
    assert not page.pictures_without_alt


def test_every_page_names_its_data(pages: dict[Path, Page]) -> None:
    assert all("The chapters show:" in page.text for page in pages.values())


def test_building_again_changes_nothing() -> None:
    before = {path: path.stat().st_mtime_ns for path in BOOK.rglob("*")}
    subprocess.run([sys.executable, "-m", "cvlib", "book"], check=True, cwd=ROOT)
    assert {path: path.stat().st_mtime_ns for path in BOOK.rglob("*")} == before


@pytest.mark.skipif(not (data_root() / "magnetic-tile").exists(), reason="CVLIB_DATA has no magnetic-tile")
def test_the_book_on_photographs_says_so_and_stays_apart() -> None:
    book = html_folder("magnetic-tile")
    assert book != BOOK
    for chapter in chapters():
        text = (book / "executed" / f"{chapter}.html").read_text("utf-8")
        assert "magnetic tiles" in text
        assert "Not for publication" in text
        assert "MT_Blowhole" in text or chapter in NAME_NO_CLASS


def test_no_photograph_is_in_the_repository() -> None:
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert not re.search(r"\.(jpe?g|mat)$", tracked, flags=re.MULTILINE | re.IGNORECASE)


def test_every_chapter_is_up_to_date_and_every_page_says_what_made_it(pages: dict[Path, Page]) -> None:
    for path, page in pages.items():
        assert 'admonition-title">Stale<' not in page.text, path
        assert 'admonition-title">Provenance unknown<' not in page.text, path
        if path.name not in ("search.html", "genindex.html", "py-modindex.html"):
            assert re.search(r"Built 20\d\d-.* UTC from .*commit [0-9a-f]{12}", page.text), path


def test_every_claim_is_on_its_page_and_links_to_one_that_there_is(pages: dict[Path, Page]) -> None:
    page = pages[BOOK / "executed" / "claims.html"]
    assert {anchor(id) for id in claims()} <= page.names
    assert {f"{each.page}.html" for each in claims().values()} <= {
        link.partition("#")[0] for link in page.leads
    } | {"claims.html"}
