"""The book as `make book` leaves it, in a real browser, from the disk, with the network off."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from cvlib.places import html_folder
from tests.browser import CHROMIUM, Browser, Page, browsing

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not CHROMIUM, reason="no Chromium on this computer")]
BOOK = html_folder("simulated")
AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text("utf-8")

UNFOLD = """
document.head.append(Object.assign(document.createElement("style"),
  { textContent: "* { animation: none !important; transition: none !important; }" }));
document.querySelectorAll("details").forEach((each) => { each.open = true; });
document.querySelectorAll(".toggle-button-hidden").forEach((each) => each.click());
"""
FAULTS = """
axe.run({ resultTypes: ["violations"], preload: false }).then((found) => found.violations
  .filter((each) => ["serious", "critical"].includes(each.impact))
  .map((each) => [each.id, each.nodes.length, each.nodes[0].html, each.nodes[0].failureSummary]))
"""
IN_THE_DARK = FAULTS.replace("{ ", "{ runOnly: ['color-contrast'], ", 1)
WIDTH = "document.documentElement.scrollWidth"


@dataclass
class Visit:
    """What one page did while it was looked at."""

    complaints: list[str]
    failures: list[str]
    hosts: set[str]
    width: int
    faults: list[Any]


def pages() -> list[Path]:
    """Every page, and of the pages of source code, which are alike, every tenth."""
    assert (BOOK / "index.html").exists(), "run make book first"
    found = [path for path in sorted(BOOK.rglob("*.html")) if "_static" not in path.parts]
    code = [path for path in found if "_modules" in path.parts]
    return [path for path in found if path not in code] + code[::10]


def visit(browser: Browser, path: Path) -> Visit:
    """Open a page on a telephone and on a desk, in light and in dark, and unfold all that is folded."""
    page = browser.open(path.as_uri(), width=360, height=740)
    width = page.evaluate(WIDTH)
    page.resize(1280, 800)
    page.evaluate(UNFOLD + AXE + ";1")
    faults = page.evaluate(FAULTS)
    page.prefer("dark")
    page.wait("(document.documentElement.dataset.theme ?? 'dark') === 'dark'")
    faults += [["dark", *each] for each in page.evaluate(IN_THE_DARK)]
    seen = Visit(page.complaints(), page.failures(), page.hosts(), width, faults)
    page.close()
    return seen


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with browsing() as browser:
        yield browser


@pytest.fixture(scope="module")
def visits(browser: Browser) -> dict[str, Visit]:
    """What every page did."""
    return {str(path.relative_to(BOOK)): visit(browser, path) for path in pages()}


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    page = browser.open((BOOK / "index.html").as_uri())
    yield page
    page.close()


def test_every_page_opens_without_an_error(visits: dict[str, Visit]) -> None:
    assert {name: seen.complaints for name, seen in visits.items() if seen.complaints} == {}


def test_no_request_fails_and_none_leaves_the_computer(visits: dict[str, Visit]) -> None:
    assert {name: seen.failures for name, seen in visits.items() if seen.failures} == {}
    assert set().union(*(seen.hosts for seen in visits.values())) == set()


def test_no_page_scrolls_sideways_on_a_telephone(visits: dict[str, Visit]) -> None:
    assert {name: seen.width for name, seen in visits.items() if seen.width > 360} == {}


def test_no_page_has_a_serious_fault_of_access(visits: dict[str, Visit]) -> None:
    assert {name: seen.faults for name, seen in visits.items() if seen.faults} == {}


def test_the_checker_finds_what_is_wrong(browser: Browser, tmp_path: Path) -> None:
    wrong = "<!doctype html><title>t</title><img src=gone.png><p style='width:999px;color:#eee'>pale</p>"
    (tmp_path / "wrong.html").write_text(wrong, "utf-8")
    seen = visit(browser, tmp_path / "wrong.html")
    assert seen.failures == ["net::ERR_FILE_NOT_FOUND"] and seen.complaints
    assert seen.width > 360
    assert {"image-alt", "color-contrast", "dark"} <= {each[0] for each in seen.faults}


def test_search_finds_a_term_and_leads_to_its_chapter(page: Page) -> None:
    page.key("k", control=True)
    page.wait("document.activeElement.matches('input[type=search]')")
    page.write("roundness")
    page.key("Enter")
    found = "#search-results li a[href*='executed/roundness.html']"
    page.wait(f"document.querySelector({found!r}) !== null")
    page.click(found)
    page.wait("location.pathname.endsWith('executed/roundness.html')")
    assert page.complaints() == []


def test_the_first_tab_skips_to_the_text(page: Page) -> None:
    page.key("Tab")
    assert "Skip to main content" in page.evaluate("document.activeElement.innerText")
    page.wait("document.activeElement.getBoundingClientRect().top >= 0")
    page.key("Enter")
    page.key("Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null")


def test_whatever_has_the_focus_shows_it(page: Page) -> None:
    marked = """(() => {
      const outlined = (each) => each && getComputedStyle(each).outlineStyle !== "none";
      const item = document.activeElement;
      const around = [item, item.matches("summary") && item.firstElementChild, item.closest(".sd-card")];
      return item === document.body || around.some(outlined) || getComputedStyle(item).boxShadow !== "none";
    })()"""
    assert not page.evaluate(marked.replace("document.activeElement", "document.querySelector('h1')"))
    hidden = []
    for _ in range(48):
        page.key("Tab")
        if not page.evaluate(marked):
            hidden.append(page.evaluate("document.activeElement.outerHTML.slice(0, 200)"))
    assert hidden == []


def test_arrow_keys_turn_pages(page: Page) -> None:
    page.key("ArrowRight")
    page.wait("location.href.endsWith('executed/related-data.html') && document.readyState === 'complete'")
    page.key("ArrowLeft")
    page.wait("location.href.endsWith('index.html')")


def test_the_slider_and_the_switches_of_a_chapter_work(browser: Browser) -> None:
    page = browser.open((BOOK / "executed" / "segmentation.html").as_uri())
    own = ".cvlib-comparison.sliding:has(.layer) "
    page.click(own + "[type=range]")  # in its middle, which gives it the focus
    for _ in range(5):
        page.key("ArrowRight")
    shown = f"getComputedStyle(document.querySelector({own + '.side + .side .stack'!r})).clipPath"
    assert page.evaluate(shown) == "inset(0px 0px 0px 55%)"
    layer = page.evaluate(f"document.querySelector({own + '.layer'!r}).className.match(/layer-[0-9]/)[0]")
    seen = f"getComputedStyle(document.querySelector({own + '.' + layer!r})).visibility"
    assert page.evaluate(seen) == "visible"
    page.click(f"{own}[data-layer='{layer[-1]}']")
    assert page.evaluate(seen) == "hidden"
    assert page.evaluate("location.pathname").endswith("segmentation.html")  # the arrows turned no page
    page.close()


@pytest.mark.parametrize("chapter", ["claims", "segmentation", "localization"])
def test_figures_keep_a_light_ground_in_the_dark(chapter: str, browser: Browser) -> None:
    page = browser.open((BOOK / "executed" / f"{chapter}.html").as_uri())
    page.prefer("dark")
    page.wait("document.documentElement.dataset.theme === 'dark'")
    picture = np.asarray(Image.open(io.BytesIO(page.screenshot("figure img"))).convert("L"))
    text = np.asarray(Image.open(io.BytesIO(page.screenshot("article h1"))).convert("L"))
    page.close()
    assert np.median(text) < 60
    assert np.percentile(picture[:3], 50) > 150 and np.ptp(picture) > 100


def test_on_paper_there_is_the_text_and_nothing_to_press(browser: Browser) -> None:
    page = browser.open((BOOK / "executed" / "segmentation.html").as_uri(), width=720, height=1000)
    page.prefer("dark", media="print")
    shown = "[...document.querySelectorAll({0!r})].filter((each) => each.checkVisibility()).length"
    for gone in (".bd-sidebar-primary", ".bd-header-article", ".prev-next-footer", ".copybtn", ".headerlink"):
        assert page.evaluate(shown.format(gone)) == 0, gone
    assert page.evaluate(shown.format(".bd-header-announcement")) == 1
    assert page.evaluate(shown.format("figure img")) > 3
    assert page.evaluate("getComputedStyle(document.querySelector('article p')).color") == "rgb(0, 0, 0)"
    assert page.evaluate(WIDTH) <= 720
    page.close()


def test_the_first_page_shows_its_verdicts_and_doors_on_one_screen(browser: Browser) -> None:
    page = browser.open((BOOK / "index.html").as_uri(), width=1280, height=900)
    bottom = "document.querySelector('.cvlib-doors').getBoundingClientRect().bottom"
    assert page.evaluate(bottom) <= 900
    page.close()
