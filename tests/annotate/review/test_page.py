"""The page in a real browser, driven as a person would; the masks on disk compared pixel by pixel."""

from __future__ import annotations

import json
import random
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cvlib.annotate.review import Server, Workspace
from cvlib.annotate.review.strokes import Point, disc, paint
from cvlib.data import Simulated, write
from cvlib.defects import CLASSES
from tests.annotate.review.conftest import pixels_of
from tests.annotate.review.test_command import running
from tests.browser import CHROMIUM, Browser, Page, browsing

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this computer to drive"),
]

READY = "document.body.dataset.busy === '' && document.body.dataset.waiting === '0'"
FRAME = "new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(drawn)))"
VIEW = """(() => { const c = document.getElementById('canvas'), box = c.getBoundingClientRect();
    return [box.x + Number(c.dataset.left), box.y + Number(c.dataset.top), Number(c.dataset.zoom)]; })()"""


class Reviewer:
    """A person before the page, who knows where the pixels of the image lie, and what a stroke should do."""

    def __init__(self, page: Page, masks: dict[int, np.ndarray]) -> None:
        self.page, self.masks, self.index = page, masks, 0
        self.defect, self.value, self.diameter = 0, 1, 9
        page.wait(READY)

    def view(self) -> tuple[float, float, float]:
        """Left, top and zoom of the image once what was asked for is painted; no sooner are they told."""
        self.page.evaluate(FRAME)
        left, top, zoom = self.page.evaluate(VIEW)
        return left, top, zoom

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Where on the screen the middle of a pixel is."""
        left, top, zoom = self.view()
        return left + (x + 0.5) * zoom, top + (y + 0.5) * zoom

    def stroke(self, *points: Point) -> None:
        """Draw or erase, on the screen and in mind."""
        self.page.drag([self.at(x, y) for x, y in points])
        paint(self.masks[self.index][self.defect], points, self.diameter, self.value)
        self.page.wait(READY)

    def choose(
        self, defect: str | None = None, value: int | None = None, diameter: int | None = None
    ) -> None:
        """Press the keys for a class, for brush or eraser, and for a size."""
        if defect is not None:
            self.defect = CLASSES.index(defect)
            self.page.key(str(self.defect + 1))
        if value is not None:
            self.value = value
            self.page.key("be"[1 - value])
        while diameter is not None and self.diameter != diameter:
            step = 1 if diameter > self.diameter else -1
            self.page.key("]" if step > 0 else "[")
            self.diameter += step

    def go(self, key: str, index: int) -> None:
        """Press a key and wait for another image."""
        self.page.key(key)
        self.page.wait(f"document.body.dataset.index === '{index}' && {READY}")
        self.index = index

    def save(self) -> None:
        """Press S."""
        self.page.key("s")
        self.page.wait("/^(Saved|Recorded)/.test(document.getElementById('status').textContent)")

    def says(self) -> str:
        """The line at the foot of the page."""
        return str(self.page.evaluate("document.getElementById('status').textContent"))


def planes_of(path: Path) -> np.ndarray:
    """A mask file as four planes of 0 and 1."""
    return np.ascontiguousarray(np.moveaxis(pixels_of(path), 2, 0) // 255)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with browsing() as browser:
        yield browser


@pytest.fixture(scope="module")
def coatings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("simulated") / "coatings"
    write(Simulated(images=3, seed=1), folder, progress=False)
    return folder / "segmentation"


@pytest.fixture
def folder(coatings: Path, tmp_path: Path) -> Path:
    """Three simulated coatings; of the third there is no mask yet."""
    for kind in ("images", "masks"):
        (tmp_path / kind).mkdir()
        for path in (coatings / kind).iterdir():
            (tmp_path / kind / path.name).write_bytes(path.read_bytes())
    (tmp_path / "masks/image_00002.png").unlink()
    (tmp_path / "order.csv").write_text(
        "image,disagreement\nimage_00000,0.3\nimage_00001,0.2\nimage_00002,0.1\n"
    )
    return tmp_path


@contextmanager
def serving(folder: Path) -> Iterator[Server]:
    workspace = Workspace(folder / "images", folder / "masks", "anna", folder / "order.csv", "RGBA")
    with Server(workspace) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
            workspace.close()


@contextmanager
def reviewing(browser: Browser, server: Server, folder: Path, ratio: float = 1) -> Iterator[Reviewer]:
    page = browser.open(server.link, ratio=ratio)
    paths = {index: folder / f"masks/image_{index:05d}.png" for index in range(3)}
    empty = np.zeros((4, 480, 640), np.uint8)
    masks = {index: planes_of(path) if path.exists() else empty for index, path in paths.items()}
    reviewer = Reviewer(page, masks)
    yield reviewer
    assert not [complaint for complaint in page.complaints() if "409 (Conflict)" not in complaint]
    assert page.hosts() == {f"127.0.0.1:{server.server_port}"}
    page.close()


@pytest.mark.parametrize("ratio", [1, 1.25, 2])
def test_a_review_from_the_first_stroke_to_the_last_pixel(
    browser: Browser, folder: Path, ratio: float
) -> None:
    with serving(folder) as server, reviewing(browser, server, folder, ratio) as person:
        page = person.page
        assert page.evaluate("devicePixelRatio") == ratio
        person.choose("pinhole", diameter=12)
        person.stroke((100, 90), (130, 120), (260, 100))
        person.stroke((639, 479), (600, 479))
        person.choose("surface_crack", value=0, diameter=25)
        person.stroke((0, 0), (320, 240), (639, 100))
        person.choose("delamination", value=1, diameter=1)
        for _ in range(8):
            page.key("+")
        person.stroke((320, 240), (331, 247), (318, 251))
        page.mouse("Wheel", person.at(320, 240), "none", deltaX=0, deltaY=-300)
        person.choose(diameter=2)
        person.stroke((322, 238))
        page.key_down(" ")
        page.drag([person.at(320, 240), person.at(330, 250)])
        page.call("Input.dispatchKeyEvent", type="keyUp", key=" ")
        page.drag([person.at(320, 240), person.at(318, 236)], "middle")
        person.stroke((325, 241), (319, 241))
        page.key("0")
        page.key("-")
        page.key("-")
        person.choose("unclassified", diameter=50)
        person.stroke((500, 60), (520, 300))

        before = person.masks[0].copy()
        person.choose("pinhole")
        person.stroke((50, 400), (90, 410))
        page.key("z", control=True)
        page.wait(READY)
        page.click("#undo")
        page.wait(READY)
        page.click("#redo")
        page.wait(READY)
        person.masks[0] = before
        page.key("f")
        person.go("ArrowRight", 1)
        assert "strokes that are not saved; they are kept" in person.says()
        person.stroke((10, 10))
        person.save()
        person.go("u", 0)
        person.save()
        assert "px" in person.says()
        person.go("ArrowLeft", 2)
        assert "Before the first image: the last" in person.says()
        person.choose("pinhole", diameter=49)
        person.stroke((30, 30), (32, 470))
        page.key("Enter")
        page.wait(f"document.body.dataset.index === '0' && {READY}")
        assert page.evaluate("document.getElementById('reviewed').textContent") == "3 of 3 reviewed"
        for index, expected in person.masks.items():
            found = pixels_of(folder / f"masks/image_{index:05d}.png")
            differing = (np.moveaxis(found, 2, 0) != 255 * expected).sum()
            assert differing == 0, f"image {index}"


def test_browser_and_python_draw_the_same_pixels(browser: Browser, folder: Path) -> None:
    rng = random.Random(0)
    strokes = []
    for _ in range(300):
        points = [(rng.randrange(-700, 1340), rng.randrange(-500, 980)) for _ in range(rng.randrange(1, 5))]
        strokes.append((points, rng.randrange(1, 51), rng.randrange(2)))
    mask = np.zeros((480, 640), np.uint8)
    for stroke in strokes:
        paint(mask, *stroke)
    with serving(folder) as server:
        page = browser.open(server.link)
        script = f"""import('./strokes.js').then(({{ paint, disc, crc32 }}) => {{
            const mask = new Uint8Array(640 * 480);
            for (const stroke of {json.dumps(strokes)}) paint(mask, 640, 480, ...stroke);
            let bits = ''; for (const byte of mask) bits += byte;
            return [bits, crc32(mask), Array.from({{ length: 50 }}, (_, d) => disc(d + 1))]; }})"""
        bits, checksum, discs = page.evaluate(script)
        page.close()
    np.testing.assert_array_equal(np.frombuffer(bits.encode(), np.uint8).reshape(480, 640) - ord("0"), mask)
    assert checksum == zlib.crc32(mask.tobytes()) and mask.any()
    for diameter, pixels in enumerate(discs, start=1):
        assert sorted(map(tuple, pixels)) == sorted((x, y) for y, x in np.argwhere(disc(diameter)).tolist())


def test_strokes_survive_a_reload_and_can_still_be_undone(browser: Browser, folder: Path) -> None:
    with serving(folder) as server, reviewing(browser, server, folder) as person:
        person.stroke((100, 100), (200, 150))
        before = person.masks[0].copy()
        person.stroke((300, 300))
        person.page.evaluate("window.before = true")
        person.page.call("Page.reload")
        person.page.wait(f"!window.before && document.body?.dataset.strokes && {READY}")
        assert "strokes you had not saved are here again" in person.says()
        person.page.key("z")
        person.page.wait(READY)
        person.save()
        np.testing.assert_array_equal(planes_of(folder / "masks/image_00000.png"), before)


def test_the_second_tab_is_told_and_shows_what_the_first_drew(browser: Browser, folder: Path) -> None:
    with (
        serving(folder) as server,
        reviewing(browser, server, folder) as first,
        reviewing(browser, server, folder) as second,
    ):
        first.page.call("Page.bringToFront")
        first.stroke((100, 100), (200, 150))
        second.page.call("Page.bringToFront")
        second.page.drag([second.at(400, 400)])
        second.page.wait("document.getElementById('status').textContent.includes('another tab')")
        second.page.wait(READY)
        second.masks[0] = first.masks[0].copy()
        second.stroke((300, 300))
        second.save()
        np.testing.assert_array_equal(planes_of(folder / "masks/image_00000.png"), second.masks[0])


def test_every_control_is_reached_with_tab_and_pressed_with_space(browser: Browser, folder: Path) -> None:
    with serving(folder) as server, reviewing(browser, server, folder) as person:
        page, name = (
            person.page,
            "document.activeElement.id || document.activeElement.getAttribute('aria-label')",
        )

        def tab_to(wanted: str) -> None:
            for _ in range(30):
                page.key("Tab")
                if page.evaluate(name) == wanted:
                    return
            raise AssertionError(f"{wanted} cannot be reached")

        for wanted in ("previous", "next", "uncertain", "place", "save", "diameter", "in", "fit", "opacity"):
            tab_to(wanted)
        person.stroke((100, 100), (200, 150))
        before = person.masks[0].copy()
        person.stroke((300, 300))
        tab_to("undo")
        page.key(" ")
        page.wait(READY)
        tab_to("Show delamination")
        page.key(" ")
        assert page.evaluate("document.activeElement.getAttribute('aria-pressed')") == "false"
        page.key("?")
        page.key("Escape")
        assert not page.evaluate("document.getElementById('help').open")
        tab_to("save")
        page.key(" ")
        page.wait("document.getElementById('reviewed').textContent === '1 of 3 reviewed'")
        np.testing.assert_array_equal(planes_of(folder / "masks/image_00000.png"), before)


def test_what_is_hidden_or_pale_is_saved_all_the_same(browser: Browser, folder: Path) -> None:
    path = folder / "masks/image_00000.png"
    before = path.read_bytes()
    with serving(folder) as server, reviewing(browser, server, folder) as person:
        page, seen = person.page, set()

        def looks() -> int:
            page.evaluate(FRAME)
            return zlib.crc32(page.screenshot())

        seen.add(looks())
        page.click(".class:first-of-type .eye")
        assert page.evaluate("document.querySelector('.eye').getAttribute('aria-pressed')") == "false"
        seen.add(looks())
        page.click("#opacity")
        seen.add(looks())
        page.key("v")
        seen.add(looks())
        assert len(seen) == 4
        person.save()
        assert person.says() == "Recorded: nothing had to change."
        assert path.read_bytes() == before
        person.go("ArrowRight", 1)
        assert page.evaluate("document.getElementById('opacity-shown').textContent") == "hidden"
        person.stroke((100, 100), (200, 150))  # nobody draws blindly: the class is shown again
        assert page.evaluate("document.querySelector('.eye').getAttribute('aria-pressed')") == "true"
        assert page.evaluate("document.getElementById('opacity-shown').textContent") != "hidden"
        person.save()
        np.testing.assert_array_equal(planes_of(folder / "masks/image_00001.png"), person.masks[1])


def test_the_number_leads_to_an_image_and_question_mark_to_the_keys(browser: Browser, folder: Path) -> None:
    with serving(folder) as server, reviewing(browser, server, folder) as person:
        page = person.page
        page.click("#place")
        page.evaluate("document.getElementById('place').select()")
        page.key("3")
        page.key("Enter")
        page.wait(f"document.body.dataset.index === '2' && {READY}")
        assert page.evaluate("document.getElementById('name').textContent") == "image_00002"
        page.evaluate("document.activeElement.blur()")
        page.key("?")
        assert page.evaluate("document.getElementById('help').open")
        page.key("s")  # keys do nothing behind the panel
        page.click("#help button")
        assert not page.evaluate("document.getElementById('help').open")
        assert page.evaluate("document.getElementById('reviewed').textContent") == "0 of 3 reviewed"


@pytest.mark.parametrize("choice", ["replay", "beside", ""])
def test_a_mask_changed_on_disk_is_asked_about(browser: Browser, folder: Path, choice: str) -> None:
    path = folder / "masks/image_00000.png"
    with serving(folder) as server, reviewing(browser, server, folder) as person:
        person.stroke((100, 100), (200, 150))
        other = pixels_of(path)
        other[400:440, 500:540, 3] = 255
        Image.fromarray(other).save(path)
        person.page.key("s")
        person.page.wait("document.getElementById('changed').open")
        np.testing.assert_array_equal(pixels_of(path), other)
        person.page.click(f"#changed button[value='{choice}']")
        if choice == "replay":
            person.page.wait("document.getElementById('status').textContent.includes('now lie on')")
            person.masks[0][3, 400:440, 500:540] = 1
            person.save()
            np.testing.assert_array_equal(planes_of(path), person.masks[0])
        elif choice == "beside":
            person.page.wait("document.getElementById('status').textContent.includes('review/beside')")
            np.testing.assert_array_equal(
                planes_of(folder / "masks/review/beside/image_00000.1.png"), person.masks[0]
            )
            np.testing.assert_array_equal(pixels_of(path), other)
        else:
            assert "Your strokes are kept" in person.says()


def test_no_stroke_is_promised_while_the_server_is_away(browser: Browser, folder: Path) -> None:
    with serving(folder) as server:
        page = browser.open(server.link)
        person = Reviewer(page, {0: planes_of(folder / "masks/image_00000.png")})
        person.stroke((100, 100), (200, 150))
        network = {"latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
        page.call("Network.emulateNetworkConditions", offline=True, **network)
        page.drag([person.at(300, 300)])
        paint(person.masks[0][0], [(300, 300)], 9, 1)  # in hand when the server went: it waits
        page.wait("document.getElementById('status').textContent.includes('server does not answer')")
        page.drag([person.at(400, 400)])
        assert page.evaluate("document.body.dataset.strokes") == "2"
        assert "not kept yet" in page.evaluate("document.getElementById('unsaved').textContent")
        page.call("Network.emulateNetworkConditions", offline=False, **network)
        page.wait("document.getElementById('status').textContent.includes('answers again')")
        page.wait(READY)
        person.save()
        page.close()
    np.testing.assert_array_equal(planes_of(folder / "masks/image_00000.png"), person.masks[0])


def test_a_new_link_takes_up_where_a_killed_server_ended(browser: Browser, folder: Path) -> None:
    words = [folder / "images", folder / "masks", "--channels", "RGBA", "--port"]
    with running(*words, 0) as (_, link):
        port = link.split(":")[2].split("/")[0]
        page = browser.open(link)
        person = Reviewer(page, {0: planes_of(folder / "masks/image_00000.png")})
        person.stroke((100, 100), (200, 150))
    page.drag([person.at(300, 300)])
    paint(person.masks[0][0], [(300, 300)], 9, 1)
    with running(*words, port) as (_, link):
        page.wait("document.getElementById('status').textContent.includes('this link is not valid')")
        page.evaluate(f"location.hash = '{link.split('#')[1]}'")
        page.wait(READY)
        person.save()
        page.close()
    np.testing.assert_array_equal(planes_of(folder / "masks/image_00000.png"), person.masks[0])


def test_keys_and_wheel_move_and_zoom_and_the_page_says_how_far(browser: Browser, folder: Path) -> None:
    with serving(folder) as server, reviewing(browser, server, folder) as person:
        page = person.page
        left, top, zoom = person.view()
        for key, x, y in (("Right", -1, 0), ("Left", 1, 0), ("Down", 0, -1), ("Up", 0, 1), ("Up", 0, 1)):
            page.key(f"Arrow{key}", shift=True)
            moved = person.view()
            assert (np.sign(moved[0] - left), np.sign(moved[1] - top), moved[2]) == (x, y, zoom)
            left, top = moved[:2]
        place = person.at(100, 90)
        page.mouse("Wheel", place, "none", deltaX=0, deltaY=-300)
        assert person.at(100, 90) == pytest.approx(place, abs=1), "what is under the pointer stays there"
        assert person.view()[2] > 1.5 * zoom
        page.key("0")
        assert person.view()[2] == 1
        assert page.evaluate("document.getElementById('pointer').textContent").endswith(" 100 %")
        page.key("f")
        assert person.view()[2] == zoom and page.evaluate("document.body.dataset.index") == "0"


def test_two_fingers_move_and_zoom_and_draw_nothing(browser: Browser, folder: Path) -> None:
    with serving(folder) as server, reviewing(browser, server, folder) as person:
        page, zoom = person.page, person.view()[2]

        def touch(kind: str, *places: tuple[float, float]) -> None:
            points = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(places)]
            page.call("Input.dispatchTouchEvent", type=f"touch{kind}", touchPoints=points)

        touch("Start", (500, 400))
        touch("Start", (500, 400), (600, 400))
        for apart in range(10, 110, 10):
            touch("Move", (500 - apart, 400), (600 + apart, 400))
        touch("End")
        assert person.view()[2] == pytest.approx(3 * zoom, rel=0.02)
        assert page.evaluate("document.body.dataset.strokes") == "0"


def test_a_damaged_mask_is_named_and_the_others_can_be_reviewed(browser: Browser, folder: Path) -> None:
    path = folder / "masks/image_00000.png"
    path.write_bytes(path.read_bytes()[:-30])
    with serving(folder) as server:
        page = browser.open(server.link)
        page.wait("document.getElementById('notice').textContent.includes('image_00000.png: damaged')")
        page.key("ArrowRight")
        page.wait(f"document.body.dataset.index === '1' && {READY}")
        assert page.evaluate("document.getElementById('notice').hidden")
        page.close()


def test_a_link_without_its_token_shows_nothing(browser: Browser, folder: Path) -> None:
    with serving(folder) as server:
        page = browser.open(server.link.split("#")[0])
        page.wait("document.getElementById('notice').textContent.includes('this link is not valid')")
        assert "image_0" not in page.evaluate("document.body.innerText")
        page.close()


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (1024, 768)])
def test_everything_has_a_name_and_fits_the_window(
    browser: Browser, folder: Path, width: int, height: int
) -> None:
    with serving(folder) as server:
        page = browser.open(server.link, width, height)
        page.wait(READY)
        tree = page.call("Accessibility.getFullAXTree")["nodes"]
        roles = {"button", "slider", "radio", "spinbutton", "image", "progressbar"}
        found = [node for node in tree if node.get("role", {}).get("value") in roles and not node["ignored"]]
        assert len(found) > 20
        assert not [node for node in found if not node.get("name", {}).get("value", "").strip()]
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert page.evaluate("document.documentElement.scrollHeight <= innerHeight")
        assert page.evaluate("document.getElementById('tools').scrollHeight <= innerHeight")
        page.close()
