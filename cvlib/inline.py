"""One page of a Sphinx build as one file: style sheets, scripts, fonts and pictures put into it."""

from __future__ import annotations

import base64
import mimetypes
import re
from pathlib import Path

SEARCH = ("searchtools.js", "language_data.js", "searchindex.js")
"""Scripts of a search that a single page does not have."""
DRAWN_TWICE = "fontawesome.js"
"""1.5 MB that draw again, as pictures, the icons of a font that the style sheets hold."""


def inlined(page: Path, mathjax: Path) -> str:
    """A page and all that it loads.

    Links to other pages of the build become text; the search goes.

    Parameters
    ----------
    page
        An HTML page as Sphinx and its book theme leave it.
    mathjax
        The folder of ``tex-chtml.js`` and its fonts; put in where the page asks for it.

    Returns
    -------
    str
        The page; it loads no other file.
    """
    text = page.read_text("utf-8")
    text = re.sub(r'<link [^>]*rel="(?:preload|index|search|next|prev)"[^>]*>', "", text)
    text = re.sub(r'<dialog id="pst-search-dialog">.*?</dialog>', "", text, flags=re.DOTALL)
    text = re.sub(r'<button class="[^"]*search-button.*?</button>', "", text, flags=re.DOTALL)
    text = re.sub(r'<link [^>]*href="([^"]+\.css)[^"]*"[^>]*>', lambda found: _style(page, found[1]), text)
    script = re.compile(r'<script([^>]*?) src="([^"?]+)[^"]*"([^>]*)>\s*</script>')
    text = script.sub(lambda found: _script(page, found[2], found[1] + found[3], mathjax), text)
    text = re.sub(r'(<img [^>]*?src=")([^":]+)"', lambda found: f'{found[1]}{_data(page, found[2])}"', text)
    return re.sub(r'<a [^>]*?href="(?!#|\w+:)[^"]*"[^>]*>(.*?)</a>', r"\1", text, flags=re.DOTALL)


def _style(page: Path, name: str) -> str:
    return f"<style>{_rules(page.parent / name)}</style>"


def _rules(sheet: Path) -> str:
    """A style sheet with what it imports and the pictures and fonts that it names."""
    text = sheet.read_text("utf-8")
    text = re.sub(r'@import\s+["\']([^"\':]+)["\'];?', lambda found: _rules(sheet.parent / found[1]), text)
    text = re.sub(r',\s*url\([^)]*\.ttf[^)]*\)\s*format\("truetype"\)', "", text)  # the same in woff2
    text = re.sub(r"/\*# sourceMappingURL=.*?\*/", "", text)
    return re.sub(
        r'url\(["\']?(?!data:|#)([^)"\']+)["\']?\)', lambda found: f"url({_data(sheet, found[1])})", text
    )


def _script(page: Path, name: str, attributes: str, mathjax: Path) -> str:
    path = page.parent / name
    if path.name in (*SEARCH, DRAWN_TWICE):
        return ""
    if path.name == "tex-chtml.js":
        source = (mathjax / path.name).read_text("utf-8")
        fonts = mathjax / "output" / "chtml" / "fonts" / "woff-v2" / "any"
        source = re.sub(r"%%URL%%/(\w+-?\w*\.woff)", lambda found: _data(fonts, found[1]), source)
    else:
        source = re.sub(r"//# sourceMappingURL=\S+", "", path.read_text("utf-8"))
    kept = re.sub(r'\s(?:defer|async)(?:="[^"]*")?', "", attributes)
    source = source.replace("</script", "<\\/script")  # else a text in a script would end it
    return f"<script{kept}>{source}</script>"


def _data(beside: Path, name: str) -> str:
    """A file named by another one as a ``data:`` address; the name as it is where there is no such file."""
    path = beside.parent / name.partition("?")[0].partition("#")[0]
    if not path.is_file():
        return name
    kind = mimetypes.guess_type(path.name)[0] or f"font/{path.suffix[1:]}"
    return f"data:{kind};base64,{base64.b64encode(path.read_bytes()).decode()}"
