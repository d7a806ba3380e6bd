"""Headless Chromium driven as a person would, through its DevTools protocol over a pipe."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
"""The browser on this computer, or None."""

# the pipe is file descriptors 3 and 4 of the browser, which Popen alone cannot place
_START = 'exec "$0" "$@" 3<&{read} 4>&{write}'
_OPTIONS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--remote-debugging-pipe",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
)

_CODES = {"Tab": 9, "Enter": 13, "Escape": 27, " ": 32, "ArrowLeft": 37, "ArrowRight": 39}
"""Keys that the browser itself acts on know their number."""

Place = tuple[float, float]


class Browser:
    """A browser of its own profile; ``pages`` opens tabs in it."""

    def __init__(self) -> None:
        if CHROMIUM is None:
            raise RuntimeError("no Chromium on this computer")
        self._profile = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        read, self._commands = os.pipe()
        self._replies, write = os.pipe()
        words = [CHROMIUM, *_OPTIONS, f"--user-data-dir={self._profile.name}", "about:blank"]
        start = _START.format(read=read, write=write)
        self._process = subprocess.Popen(
            ["bash", "-c", start, *words], pass_fds=(read, write), stderr=subprocess.DEVNULL
        )
        os.close(read)
        os.close(write)
        self._rest = b""
        self._number = 0
        self.events: list[dict[str, Any]] = []

    def call(self, method: str, session: str | None = None, **parameters: Any) -> dict[str, Any]:
        """Send one command and wait for its result."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        data = json.dumps(message | ({"sessionId": session} if session else {})).encode() + b"\0"
        while data:
            data = data[os.write(self._commands, data) :]
        while (answer := self._receive()).get("id") != self._number:
            self.events.append(answer)
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']}")
        return dict(answer["result"])

    def _receive(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            part = os.read(self._replies, 1 << 16)
            if not part:
                raise RuntimeError("the browser closed its pipe")
            self._rest += part
        message, _, self._rest = self._rest.partition(b"\0")
        return dict(json.loads(message))

    def open(self, url: str, width: int = 1280, height: int = 800, ratio: float = 1) -> Page:
        """A new tab that shows an address, once all of it is there."""
        page = Page(self, width, height, ratio)
        page.go(url)
        return page

    def close(self) -> None:
        """End the browser and remove its profile."""
        self._process.terminate()
        self._process.wait(10)
        os.close(self._commands)
        os.close(self._replies)
        self._profile.cleanup()


class Page:
    """One tab, of a size in CSS pixels and a number of device pixels to each."""

    def __init__(self, browser: Browser, width: int, height: int, ratio: float) -> None:
        self._browser = browser
        target = browser.call("Target.createTarget", url="about:blank")
        attached = browser.call("Target.attachToTarget", targetId=target["targetId"], flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(f"{domain}.enable")
        self.resize(width, height, ratio)

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """One command to this tab."""
        return self._browser.call(method, self._session, **parameters)

    def resize(self, width: int, height: int, ratio: float = 1) -> None:
        """Give the tab another size."""
        size = {"width": width, "height": height, "deviceScaleFactor": ratio}
        self.call("Emulation.setDeviceMetricsOverride", mobile=False, **size)

    def prefer(self, colours: str = "light", media: str = "") -> None:
        """Ask for light or dark colours, as the reader's system would, or for how the page prints."""
        features = [{"name": "prefers-color-scheme", "value": colours}]
        self.call("Emulation.setEmulatedMedia", media=media, features=features)

    def go(self, url: str) -> None:
        """Show another address."""
        self.call("Page.navigate", url=url)
        self.wait("document.readyState === 'complete'")

    def evaluate(self, expression: str) -> Any:
        """The value of an expression in the page."""
        result = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in result:
            raise RuntimeError(result["exceptionDetails"])
        return result["result"].get("value")

    def wait(self, expression: str, seconds: float = 30) -> None:
        """Wait until an expression is true in the page, or in the one that it makes way for."""
        end = time.monotonic() + seconds
        while not self._holds(expression):
            if time.monotonic() > end:
                raise TimeoutError(f"{expression}; the page says: {self.evaluate('document.body.innerText')}")
            time.sleep(0.02)

    def _holds(self, expression: str) -> bool:
        try:
            return bool(self.evaluate(expression))
        except RuntimeError as error:
            if "navigated" in str(error):
                return False
            raise

    def mouse(self, kind: str, place: Place, button: str = "left", **more: Any) -> None:
        """Move, press or release the mouse: ``Moved``, ``Pressed``, ``Released``, or turn its ``Wheel``."""
        x, y = place
        parameters = {"type": f"mouse{kind}", "x": x, "y": y, "button": button, "clickCount": 1}
        self.call("Input.dispatchMouseEvent", **parameters, **more)

    def drag(self, places: Sequence[Place], button: str = "left") -> None:
        """Press the mouse at the first place, move it over the others, release it at the last."""
        held = {"left": 1, "middle": 4}[button]
        self.mouse("Moved", places[0], "none")
        self.mouse("Pressed", places[0], button, buttons=held)
        for place in places[1:]:
            self.mouse("Moved", place, button, buttons=held)
        self.mouse("Released", places[-1], button)

    def click(self, selector: str) -> None:
        """Click in the middle of the first element that a CSS selector finds."""
        script = (
            f"(() => {{ const e = document.querySelector({json.dumps(selector)}); e.scrollIntoViewIfNeeded();"
        )
        script += " const b = e.getBoundingClientRect(); return [b.x + b.width / 2, b.y + b.height / 2]; })()"
        x, y = self.evaluate(script)
        self.drag([(x, y)])

    def key(self, key: str, control: bool = False, shift: bool = False) -> None:
        """Press and release a key, such as ``b`` or ``Enter``."""
        self.key_down(key, control, shift)
        code = {"windowsVirtualKeyCode": _CODES[key]} if key in _CODES else {}
        self.call("Input.dispatchKeyEvent", type="keyUp", key=key, **code)

    def key_down(self, key: str, control: bool = False, shift: bool = False) -> None:
        """Press a key and hold it."""
        text = {"text": key} if len(key) == 1 and not control else {"text": "\r"} if key == "Enter" else {}
        more = text | ({"windowsVirtualKeyCode": _CODES[key]} if key in _CODES else {})
        modifiers = 2 * control + 8 * shift
        self.call("Input.dispatchKeyEvent", type="keyDown", key=key, modifiers=modifiers, **more)

    def write(self, text: str) -> None:
        """Type a text into what has the focus."""
        self.call("Input.insertText", text=text)

    def screenshot(self, selector: str = "") -> bytes:
        """What the tab shows, or the first element that a CSS selector finds, as a PNG file."""
        if not selector:
            return base64.b64decode(self.call("Page.captureScreenshot")["data"])
        # Formulas that are still being set move what is below: the place counts once it has come to rest.
        box = self.evaluate(
            f"(async () => {{ const each = document.querySelector({json.dumps(selector)});"
            " each.scrollIntoView({block: 'center', behavior: 'instant'}); await document.fonts.ready;"
            " const place = () => { const b = each.getBoundingClientRect();"
            " return {x: b.x + scrollX, y: b.y + scrollY, width: b.width, height: b.height, scale: 1}; };"
            " for (let now = place(), before, still = 0; still < 20; now = place()) {"
            " still = JSON.stringify(now) === before ? still + 1 : 0; before = JSON.stringify(now);"
            " await new Promise(drawn => requestAnimationFrame(drawn)); }"
            " return place(); })()"
        )
        taken = self.call("Page.captureScreenshot", clip=box)
        return base64.b64decode(taken["data"])

    def complaints(self) -> list[str]:
        """Errors in the page so far: exceptions, refused resources, broken content security."""
        self.evaluate("1")
        thrown = [json.dumps(each) for each in self._told("Runtime.exceptionThrown")]
        written = [each for each in self._told("Runtime.consoleAPICalled") if each["type"] == "error"]
        logged = [each["entry"] for each in self._told("Log.entryAdded")]
        return [
            *thrown,
            *(json.dumps(each["args"]) for each in written),
            *(entry["text"] for entry in logged if entry["level"] == "error"),
        ]

    def failures(self) -> list[str]:
        """Why requests of the page so far were not answered; those that it gave up itself do not count."""
        failed = [each for each in self._told("Network.loadingFailed") if not each.get("canceled")]
        return [each["errorText"] for each in failed]

    def _told(self, method: str) -> list[dict[str, Any]]:
        own = [each for each in self._browser.events if each.get("sessionId") == self._session]
        return [each["params"] for each in own if each["method"] == method]

    def hosts(self) -> set[str]:
        """Hosts that the tab asked for anything."""
        asked = [each["request"]["url"] for each in self._told("Network.requestWillBeSent")]
        return {url.split("/")[2] for url in asked if url.startswith("http")}

    def close(self) -> None:
        """Close the tab as a person would, who is not asked whether to leave."""
        self.call("Page.close")


@contextmanager
def browsing() -> Iterator[Browser]:
    """A browser that ends with the block."""
    browser = Browser()
    try:
        yield browser
    finally:
        browser.close()
