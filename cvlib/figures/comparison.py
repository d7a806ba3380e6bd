"""Pictures to look at by hand: a slider between two of them, and masks over them that can be switched off."""

from __future__ import annotations

import base64
import html
import io
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from PIL import Image

from cvlib.defects import CLASSES, COLOURS

WIDEST = 640
"""Pictures are embedded at most this many pixels wide."""

OPACITY = 0.8
"""Of the layers; as of the masks in other figures."""


class Side(NamedTuple):
    """One picture of a comparison.

    ``picture`` is (H, W, 3) uint8; ``layers`` are (H, W) bool, by the name that switches them. ``alt`` says
    to those who do not see the picture what it shows.
    """

    title: str
    alt: str
    picture: np.ndarray
    layers: Mapping[str, np.ndarray] = MappingProxyType({})


class Comparison:
    """One or two pictures of one size; of two, a slider shows more of the one or of the other.

    One element of HTML with its own few lines of script and style: no library, no network, no server, so
    that it works in a notebook, in the book and from a file. The slider is an ``<input type="range">`` that
    lies over the pictures, and the layers have check boxes: keyboard, mouse and touch are the browser's. On
    paper, and without JavaScript, both pictures stand side by side.

    Parameters
    ----------
    sides
        One or two, of one size and with the same layers.
    colours
        By layer, in the order in which they are laid over the picture.

    Raises
    ------
    ValueError
        Not one or two pictures of one size, one without ``alt``, or a layer without a colour or of another
        size.

    Examples
    --------
    >>> grey = np.full((30, 40, 3), 90, np.uint8)
    >>> left = Side("truth", "A grey square with a spot.", grey, {"spot": grey[:, :, 0] < 90})
    >>> page = Comparison([left], {"spot": "#E69F00"}).html()
    >>> 'alt="A grey square with a spot."' in page, page.count('type="checkbox"')
    (True, 1)
    """

    def __init__(self, sides: Sequence[Side], colours: Mapping[str, str] = MappingProxyType({})) -> None:
        if len(sides) not in (1, 2):
            raise ValueError(f"expected one or two pictures, but got {len(sides)}")
        height, width = sides[0].picture.shape[:2]
        for side in sides:
            if side.picture.shape != (height, width, 3) or side.picture.dtype != np.uint8:
                raise ValueError(
                    f"{side.title}: expected ({height}, {width}, 3) uint8, but got {side.picture.shape} "
                    f"{side.picture.dtype}"
                )
            if not side.alt:
                raise ValueError(f"{side.title}: expected a text that says what the picture shows, got none")
            if side.layers.keys() != colours.keys():
                raise ValueError(f"{side.title}: expected the layers {[*colours]}, but got {[*side.layers]}")
            if any(layer.shape != (height, width) for layer in side.layers.values()):
                raise ValueError(f"{side.title}: expected layers of {height} x {width} pixels")
        self.sides, self.colours = tuple(sides), dict(colours)

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        """As HTML; where that cannot be shown, as what it shows."""
        return {"text/html": self.html(), "text/plain": "\n".join(side.alt for side in self.sides)}

    def html(self) -> str:
        """The element; the same for the same pictures."""
        hiding = "\n".join(_HIDING.replace("NUMBER", str(number)) for number in range(len(self.colours)))
        parts = [f"<style>{_STYLE}{hiding}</style>", self._switches(), self._pictures()]
        if len(self.sides) == 2:
            parts.append(f"<script>(root => {{{_SCRIPT}}})(document.currentScript.parentElement);</script>")
        return "\n".join(['<div class="cvlib-comparison">', *filter(None, parts), "</div>"])

    def _switches(self) -> str:
        """A check box for each layer, with its colour and name."""
        if not self.colours:
            return ""
        boxes = [
            f'<label><input type="checkbox" checked autocomplete="off" data-layer="{number}">'
            f'<i style="background:{colour}"></i>{html.escape(name)}{self._absent(name)}</label>'
            for number, (name, colour) in enumerate(self.colours.items())
        ]
        return "\n".join(["<fieldset><legend>Show</legend>", *boxes, "</fieldset>"])

    def _absent(self, name: str) -> str:
        return "" if any(side.layers[name].any() for side in self.sides) else " (none here)"

    def _pictures(self) -> str:
        sides = [self._side(side) for side in self.sides]
        if len(sides) == 2:
            left, right = (html.escape(side.title) for side in self.sides)
            label = f"Divider: {left} on its left, {right} on its right"
            sides.append(
                f'<input type="range" hidden autocomplete="off" aria-label="{label}"><i class="handle"></i>'
            )
        height, width = self.sides[0].picture.shape[:2]
        return "\n".join([f'<div class="sides" style="--shape:{width / height:.3f}">', *sides, "</div>"])

    def _side(self, side: Side) -> str:
        pictures = [_embedded(_webp(side.picture, quality=70), side.alt)]
        for number, (name, colour) in enumerate(self.colours.items()):
            layer = side.layers[name]
            if layer.any():
                alt = f"{name}, {side.title}" if side.title else name
                pictures.append(
                    _embedded(_webp(_coloured(layer, colour), lossless=True), alt, f"layer layer-{number}")
                )
        title = f"<p>{html.escape(side.title)}</p>" if side.title else ""
        return f'<div class="side">{title}<div class="stack">{"".join(pictures)}</div></div>'


def masks(
    image: np.ndarray, by_title: Mapping[str, np.ndarray], class_titles: Mapping[str, str]
) -> Comparison:
    """An image with one mask or two, the classes to be switched on and off.

    Parameters
    ----------
    image
        (H, W, 3) uint8.
    by_title
        One or two masks, (H, W, 4) bool, by what they are.
    class_titles
        Of the classes.
    """
    sides = []
    for title, mask in by_title.items():
        shares = {class_titles[defect]: mask[:, :, place].mean() for place, defect in enumerate(CLASSES)}
        told = [f"{name} on {share:.1%} of the pixels" for name, share in shares.items() if share]
        alt = f"Image, {title} laid over it: {', '.join(told) or 'no defect'}."
        layers = {class_titles[defect]: mask[:, :, place] for place, defect in enumerate(CLASSES)}
        sides.append(Side(title, alt, image, layers))
    return Comparison(sides, {class_titles[defect]: COLOURS[defect] for defect in CLASSES})


def drawn(figure: Figure) -> np.ndarray:
    """What a figure looks like: (H, W, 3) uint8."""
    file = io.BytesIO()
    figure.savefig(file, format="png")
    return np.asarray(Image.open(file).convert("RGB"))


def _coloured(layer: np.ndarray, colour: str) -> np.ndarray:
    """One colour where a layer is, transparent elsewhere: (H, W, 4) uint8."""
    pixel = np.array([*to_rgb(colour), OPACITY])
    return np.asarray((255 * layer[:, :, None] * pixel).round().astype(np.uint8))


def _webp(picture: np.ndarray, **options: Any) -> bytes:
    image = Image.fromarray(picture)
    if image.width > WIDEST:
        size = WIDEST, round(image.height * WIDEST / image.width)
        image = image.resize(size, Image.Resampling.LANCZOS)
    file = io.BytesIO()
    image.save(file, "WEBP", method=6, **options)
    return file.getvalue()


def _embedded(data: bytes, alt: str, kind: str = "") -> str:
    source = f"data:image/webp;base64,{base64.b64encode(data).decode()}"
    # the theme of the book leaves pictures of this class as they are when it is dark
    return f'<img class="dark-light {kind}" alt="{html.escape(alt)}" src="{source}">'


_STYLE = """
.cvlib-comparison { max-width: 50rem; color: inherit; }
.cvlib-comparison fieldset { display: flex; flex-wrap: wrap; gap: 0 1.2em; margin: 0 0 .4em;
  padding: 0; border: 0; }
.cvlib-comparison legend { float: left; width: auto; margin: 0; padding: .2em 0; font-size: 1em; }
.cvlib-comparison label { display: flex; align-items: center; gap: .4em; min-height: 1.75rem; margin: 0;
  cursor: pointer; }
.cvlib-comparison label i { width: 1em; height: 1em; border-radius: .2em; print-color-adjust: exact; }
.cvlib-comparison .sides { position: relative; display: flex; flex-wrap: wrap; gap: .5em; }
.cvlib-comparison .side { flex: 1 1 14em; }
.cvlib-comparison .sides p { margin: 0 0 .2em; text-align: left; }
.cvlib-comparison .stack { position: relative; }
.cvlib-comparison .stack img { display: block; width: 100%; max-width: none; height: auto; margin: 0;
  padding: 0 !important; border-radius: 0; background: none !important; }
.cvlib-comparison .stack .layer { position: absolute; inset: 0; height: 100%; }
.cvlib-comparison .handle { display: none; }
@media screen {
  .cvlib-comparison.sliding .sides { display: grid; grid-template-columns: 1fr 1fr; gap: 0;
    max-width: calc(34rem * var(--shape)); /* no higher than a screen */ }
  .cvlib-comparison.sliding .side { display: contents; }
  .cvlib-comparison.sliding .side p { grid-row: 1; }
  .cvlib-comparison.sliding .side + .side p { text-align: right; }
  .cvlib-comparison.sliding .sides > input, .cvlib-comparison.sliding .stack,
  .cvlib-comparison.sliding .handle { grid-area: 2 / 1 / 3 / 3; }
  .cvlib-comparison.sliding .side + .side .stack { clip-path: inset(0 0 0 var(--at)); }
  .cvlib-comparison.sliding .sides > input { z-index: 1; width: 100%; height: 100%; margin: 0; opacity: 0;
    appearance: none; cursor: ew-resize; touch-action: pan-y; }
  .cvlib-comparison input::-webkit-slider-thumb { appearance: none; width: 2px; height: 100%; }
  .cvlib-comparison input::-moz-range-thumb { width: 2px; height: 100%; border: 0; }
  .cvlib-comparison.sliding .handle { display: block; position: relative; width: 4px;
    box-sizing: border-box; margin-left: calc(var(--at) - 2px); border: solid #000; border-width: 0 1px;
    background: #fff; }
  .cvlib-comparison.sliding .handle::after { content: "\\2194"; position: relative; display: grid;
    place-items: center; top: calc(50% - .8em); left: calc(1px - .8em); width: 1.6em; height: 1.6em;
    box-sizing: border-box; border: 1px solid #000; border-radius: 50%; background: #fff; color: #000;
    font-style: normal; }
  .cvlib-comparison input:focus-visible ~ .handle::after { outline: 3px solid #0a58ca; outline-offset: 1px; }
}
@media print { .cvlib-comparison .sides > input { display: none; } }
"""

_HIDING = (
    """.cvlib-comparison:has([data-layer="NUMBER"]:not(:checked)) .layer-NUMBER { visibility: hidden; }"""
)

_SCRIPT = """
const range = root.querySelector("[type=range]"), sides = root.querySelector(".sides");
const titles = [...root.querySelectorAll(".side p")].map(title => title.textContent);
function draw() {
  sides.style.setProperty("--at", range.value + "%");
  range.setAttribute("aria-valuetext", `${range.value} % ${titles[0]}, ${100 - range.value} % ${titles[1]}`);
}
range.addEventListener("input", draw);
range.hidden = false;
root.classList.add("sliding");
draw();
"""
