"""A page made one file: all it loads is in it, and nothing of it leads to a page that is not there."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from cvlib.inline import inlined

PAGE = """<html><head>
<link rel="preload" as="script" href="_static/own.js?v=1" />
<link rel="stylesheet" type="text/css" href="_static/styles/theme.css?v=2" />
<script data-kept="yes" defer="defer" src="_static/own.js?v=1"></script>
<script defer src="_static/../mathjax/tex-chtml.js"></script>
<script src="searchindex.js"></script>
</head><body>
<dialog id="pst-search-dialog"><form action="search.html"></form></dialog>
<a href="other.html#part"><b>another page</b></a> <a href="#part">a part</a>
<a href="https://doi.org/1">a source</a>
<img alt="dot" src="_images/dot.png" /><img alt="there" src="data:image/png;base64,AAAA" />
</body></html>"""


def encoded(content: bytes) -> str:
    return base64.b64encode(content).decode()


@pytest.fixture
def page(tmp_path: Path) -> Path:
    """A small build."""
    files = {
        "page.html": PAGE,
        "_static/styles/theme.css": '@import "../basic.css";',
        "_static/basic.css": 'a { src: url(f.woff2) format("woff2"),url(f.ttf) format("truetype"); }',
        "_static/f.woff2": "font",
        "_static/own.js": "let a = '</script>'; \\d\\1",
        "_images/dot.png": "dot",
        "vendor/tex-chtml.js": 'src:"%%URL%%/MathJax_Main-Bold.woff", replace(/%%URL%%/,r)',
        "vendor/output/chtml/fonts/woff-v2/MathJax_Main-Bold.woff": "bold",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path / "page.html"


def test_all_that_a_page_loads_is_put_into_it(page: Path) -> None:
    text = inlined(page, page.parent / "vendor")
    for content in (b"font", b"dot", b"bold"):
        assert f";base64,{encoded(content)}" in text
    assert 'src="_' not in text
    assert "<link" not in text
    assert "f.ttf" not in text
    assert "%%URL%%/Math" not in text


def test_a_script_keeps_its_text_and_does_not_end_early(page: Path) -> None:
    text = inlined(page, page.parent / "vendor")
    assert "<script data-kept=\"yes\">let a = '<\\/script>'; \\d\\1</script>" in text


def test_what_leads_elsewhere_becomes_text_and_the_rest_stays(page: Path) -> None:
    text = inlined(page, page.parent / "vendor")
    assert "<b>another page</b>" in text
    assert "other.html" not in text
    assert "search" not in text
    assert '<a href="#part">' in text
    assert '<a href="https://doi.org/1">' in text
