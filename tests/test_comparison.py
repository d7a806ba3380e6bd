"""A slider between two pictures and switches for their layers: what the page holds, and how it acts."""

from __future__ import annotations

import base64
import io
import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cvlib.defects import CLASSES, COLOURS, TITLES
from cvlib.detect.pictures import Outcome
from cvlib.figures import detection
from cvlib.figures.comparison import WIDEST, Comparison, Side, drawn, masks
from cvlib.figures.style import OUTCOMES, panels
from tests.browser import CHROMIUM, Browser, Page, browsing

HEIGHT, WIDTH = 60, 80
GREY = np.full((HEIGHT, WIDTH, 3), 90, np.uint8)
LAYERS = {"one <b>&": "#0072B2", "two": "#D55E00", "none": "#009E73"}
AXE = Path(__file__).parent / "vendor" / "axe.min.js"


def layers(width: int) -> dict[str, np.ndarray]:
    found = {name: np.zeros((HEIGHT, WIDTH), bool) for name in LAYERS}
    found["one <b>&"][:20, :width] = True
    found["two"][40:, :width] = True
    return found


def slider() -> Comparison:
    sides = [
        Side("before", 'Dark "grey".', GREY, layers(80)),
        Side("a<fter", "Grey.", GREY + 100, layers(60)),
    ]
    return Comparison(sides, LAYERS)


class Elements(HTMLParser):
    """Tags with their attributes, and all text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Collect one tag."""
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        """Collect what stands between tags."""
        self.text += data

    def of(self, name: str) -> list[dict[str, str]]:
        """Attributes of all tags of a name."""
        return [values for tag, values in self.tags if tag == name]


def pictures(page: Elements) -> list[np.ndarray]:
    codes = [each["src"].removeprefix("data:image/webp;base64,") for each in page.of("img")]
    return [np.asarray(Image.open(io.BytesIO(base64.b64decode(code)))) for code in codes]


def test_every_picture_says_what_it_shows_and_nothing_is_taken_for_html() -> None:
    page = Elements(slider().html())
    alts = [each["alt"] for each in page.of("img")]
    assert alts == [
        'Dark "grey".',
        "one <b>&, before",
        "two, before",
        "Grey.",
        "one <b>&, a<fter",
        "two, a<fter",
    ]
    assert not page.of("b")
    [divider] = [each for each in page.of("input") if each["type"] == "range"]
    assert divider["aria-label"] == "Divider: before on its left, a<fter on its right"


def test_pictures_and_layers_are_those_given() -> None:
    dark, one, two, *_ = pictures(Elements(slider().html()))
    assert abs(dark.astype(int) - 90).max() <= 2
    for found, (name, colour) in zip((one, two), LAYERS.items(), strict=False):
        inside = layers(80)[name]
        np.testing.assert_array_equal(found[:, :, 3], np.where(inside, 204, 0))
        assert f"#{found[inside][0, :3].tobytes().hex()}".upper() == colour


def test_a_layer_that_is_nowhere_says_so_and_embeds_nothing() -> None:
    page = Elements(slider().html())
    assert "none (none here)" in page.text and "two (none here)" not in page.text
    assert len(page.of("img")) == 6


def test_the_same_pictures_make_the_same_page_and_a_page_may_show_it_twice() -> None:
    assert slider().html() == slider().html()
    assert not re.search(r'\b(id|for)="', slider().html())


def test_it_loads_nothing_and_its_script_is_short() -> None:
    text = re.sub(r'src="data:[^"]*"', "", slider().html())
    assert not re.search(r"https?:|src=|@import|url\(|fetch|import\(", text)
    assert len(text.rpartition("<script>")[2].splitlines()) < 20


def test_one_picture_has_no_slider_and_needs_no_script() -> None:
    text = Comparison([Side("", "Grey.", GREY)]).html()
    assert "range" not in re.sub(r"<style>.*</style>", "", text, flags=re.DOTALL)
    assert "<script" not in text and "checkbox" not in text


def test_large_pictures_are_made_smaller() -> None:
    noise = np.random.default_rng(0).integers(0, 255, (900, 1200, 3), np.uint8)
    layer = np.zeros((900, 1200), bool)
    layer[100:200] = True
    picture, over = pictures(
        Elements(Comparison([Side("", "Noise.", noise, {"x": layer})], {"x": "#000000"}).html())
    )
    assert picture.shape[:2] == over.shape[:2] == (480, WIDEST)


def test_masks_tell_how_much_of_the_image_each_class_covers() -> None:
    mask = np.zeros((HEIGHT, WIDTH, len(CLASSES)), bool)
    mask[:6, :, 0] = mask[:3, :, 2] = True
    shown = masks(GREY, {"truth": mask, "model": np.zeros_like(mask)}, TITLES)
    assert [side.alt for side in shown.sides] == [
        "Image, truth laid over it: surface crack on 10.0% of the pixels, pinhole on 5.0% of the pixels.",
        "Image, model laid over it: no defect.",
    ]
    assert shown.colours == {TITLES[defect]: COLOURS[defect] for defect in CLASSES}
    assert shown._repr_mimebundle_()["text/plain"].count("\n") == 1


def test_frames_lie_around_their_boxes_not_over_them() -> None:
    boxes, none = np.array([[0, 10.0, 20, 5, 4], [1, 0, 0, 3, 3]]), np.zeros((0, 5))
    shown = detection.toggled(Outcome(GREY, boxes, none, none))
    assert shown.sides[0].alt == "Test image with framed defects: hit 2, false alarm 0, missed 0."
    assert shown.colours == OUTCOMES
    hits = shown.sides[0].layers["hit"]
    assert not hits[20:24, 10:15].any() and hits[18:20, 8:17].all() and not hits[:3, :3].any()
    assert hits.sum() == (8 * 9 - 4 * 5) + (5 * 5 - 3 * 3)


def test_a_figure_becomes_a_picture() -> None:
    figure, axes = panels(1, 1, height=1, width=2, dpi=100)
    axes[0, 0].set_facecolor("red")
    picture = drawn(figure)
    assert picture.shape[0] * 2 == picture.shape[1] and picture.dtype == np.uint8
    assert (picture == (255, 0, 0)).all(axis=2).mean() > 0.3


@pytest.mark.parametrize(
    ("sides", "message"),
    [
        ([], "expected one or two pictures, but got 0"),
        ([Side("a", "A.", GREY)] * 3, "expected one or two pictures, but got 3"),
        (
            [Side("a", "A.", GREY), Side("b", "B.", GREY[1:])],
            r"b: expected \(60, 80, 3\) uint8, but got \(59",
        ),
        ([Side("a", "A.", GREY / 255)], "a: expected .* but got .* float64"),
        ([Side("a", "", GREY)], "a: expected a text that says what the picture shows"),
        ([Side("a", "A.", GREY, {"x": GREY[:, :, 0] > 0})], r"a: expected the layers \[\], but got \['x'\]"),
    ],
)
def test_what_cannot_be_compared_is_refused(sides: list[Side], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Comparison(sides)


def test_a_layer_of_another_size_is_refused() -> None:
    with pytest.raises(ValueError, match="expected layers of 60 x 80 pixels"):
        Comparison([Side("a", "A.", GREY, {"x": np.zeros((3, 3), bool)})], {"x": "#000000"})


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One for all tests here."""
    if CHROMIUM is None:
        pytest.skip("no Chromium on this computer to drive")
    with browsing() as found:
        yield found


@pytest.fixture
def page(browser: Browser, tmp_path: Path) -> Iterator[Page]:
    """A file with the slider twice, of which only the first is touched."""
    path, two = tmp_path / "page.html", slider().html() * 2
    head = '<!doctype html><html lang="en"><meta charset="utf-8"><title>Slider</title>'
    path.write_text(f"{head}<main><h1>Slider</h1>{two}</main></html>", "utf-8")
    page = browser.open(path.as_uri(), width=700, height=900)
    yield page
    assert not page.complaints() and not page.hosts()
    page.close()


def value(page: Page) -> int:
    return int(page.evaluate("document.querySelector('[type=range]').value"))


def grey_at(page: Page, share: float) -> int:
    """Brightness of the first slider at a share of its width, between its layers."""
    script = "(() => { const b = document.querySelector('[type=range]').getBoundingClientRect();"
    x, y, width, height = page.evaluate(script + " return [b.x, b.y, b.width, b.height]; })()")
    seen = Image.open(io.BytesIO(page.screenshot())).convert("L")
    return int(np.asarray(seen)[round(y + height / 2.4), round(x + share * width)])


@pytest.mark.slow
def test_the_mouse_moves_the_line_to_where_it_is(page: Page) -> None:
    script = "(() => { const b = document.querySelector('[type=range]').getBoundingClientRect();"
    x, y, width, height = page.evaluate(script + " return [b.x, b.y, b.width, b.height]; })()")
    assert (grey_at(page, 0.4), grey_at(page, 0.6)) == pytest.approx((90, 190), abs=3)
    page.drag([(x + share * width, y + height / 2) for share in (0.5, 0.6, 0.8)])
    assert abs(value(page) - 80) <= 1
    assert grey_at(page, 0.6) == pytest.approx(90, abs=3)
    assert page.evaluate("[...document.querySelectorAll('[type=range]')].map(e => e.value)")[1] == "50"


@pytest.mark.slow
def test_the_keyboard_moves_the_line_and_hears_where_it_is(page: Page) -> None:
    for _ in range(4):
        page.key("Tab")
    assert page.evaluate("document.activeElement.type") == "range"
    for _ in range(5):
        for kind in ("rawKeyDown", "keyUp"):
            page.call("Input.dispatchKeyEvent", type=kind, key="ArrowRight", windowsVirtualKeyCode=39)
    assert value(page) == 55
    told = page.evaluate("document.activeElement.getAttribute('aria-valuetext')")
    assert told == "55 % before, 45 % a<fter"


@pytest.mark.slow
def test_a_switch_hides_its_layer_on_both_sides_and_no_other(page: Page) -> None:
    shown = "[...document.querySelectorAll('.layer')].map(e => getComputedStyle(e).visibility)"
    assert page.evaluate(shown) == ["visible"] * 8
    page.key("Tab")
    page.key(" ")
    assert page.evaluate(shown) == ["hidden", "visible"] * 2 + ["visible"] * 4
    page.click("[data-layer='0']")
    assert page.evaluate(shown) == ["visible"] * 8


@pytest.mark.slow
def test_paper_and_a_page_without_script_show_both_pictures_whole(page: Page, browser: Browser) -> None:
    boxes = """[...document.querySelectorAll('.stack')].slice(0, 2).map(e => {
        const b = e.getBoundingClientRect(); return [b.left, b.right, getComputedStyle(e).clipPath]; })"""
    assert page.evaluate(boxes)[0][:2] == page.evaluate(boxes)[1][:2]
    page.call("Emulation.setEmulatedMedia", media="print")
    (_, right, _), (left, _, clipped) = page.evaluate(boxes)
    assert right <= left and clipped == "none"
    page.call("Emulation.setEmulatedMedia", media="")
    page.call("Emulation.setScriptExecutionDisabled", value=True)
    page.call("Page.reload")
    page.wait("document.readyState === 'complete'")
    (_, right, _), (left, _, clipped) = page.evaluate(boxes)
    assert right <= left and clipped == "none"
    page.key("Tab")
    page.key(" ")
    assert page.evaluate("getComputedStyle(document.querySelector('.layer-0')).visibility") == "hidden"


@pytest.mark.slow
def test_it_works_where_a_notebook_puts_it_in_later(page: Page) -> None:
    page.evaluate(f"document.body.innerHTML = {json.dumps(slider().html())}; 0")
    assert page.evaluate("document.querySelectorAll('.sliding').length") == 0
    # scripts that come with innerHTML do not run; JupyterLab puts new ones in their place
    page.evaluate("""(() => { const old = document.querySelector("script");
        const own = document.createElement("script"); own.textContent = old.textContent;
        old.replaceWith(own); })()""")
    assert page.evaluate("document.querySelectorAll('.sliding').length") == 1


@pytest.mark.slow
def test_axe_finds_no_fault(page: Page) -> None:
    page.evaluate(AXE.read_text("utf-8") + "; 0")
    found = page.evaluate("axe.run().then(r => [r.violations.map(v => v.id), r.passes.map(v => v.id)])")
    assert found[0] == []
    assert {"image-alt", "label", "color-contrast"} <= {*found[1]}
