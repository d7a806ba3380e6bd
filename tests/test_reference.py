"""Public functions and classes say what they do, since the reference is made of what they say."""

from __future__ import annotations

import ast

import pytest

from cvlib.notebooks import ROOT

MODULES = sorted(path.relative_to(ROOT) for path in (ROOT / "cvlib").rglob("*.py"))


@pytest.mark.parametrize("module", MODULES, ids=str)
def test_everything_public_says_what_it_does(module: object) -> None:
    tree = ast.parse((ROOT / str(module)).read_text("utf-8"))
    assert ast.get_docstring(tree)
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    public = [node for node in tree.body if isinstance(node, kinds) and not node.name.startswith("_")]
    assert not [node.name for node in public if not ast.get_docstring(node)]
