"""What ``cvlib --help`` says on every level: quickly, and with examples that can be typed as they stand."""

from __future__ import annotations

import inspect
import json
import re
import subprocess
import sys

import click
import pytest

from cvlib.errors import UserError
from tests.commands import parsed, walk, words_of

COMMANDS = dict(walk())
HEAVY = {"torch", "pandas", "matplotlib", "cv2", "scipy", "sklearn", "numpy", "pydantic"}
"""What takes long to import, and help has no use for."""


def examples(command: click.Command) -> list[str]:
    """Lines of a help text that are commands: those of its paragraphs that are kept as they stand."""
    kept = [each for each in inspect.cleandoc(command.help or "").split("\n\n") if each.startswith("\b\n")]
    return [line for each in kept for line in each.splitlines() if re.match(r"([A-Z_]+=\S+ )*cvlib ", line)]


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_every_level_shows_examples_that_can_be_typed(path: tuple[str, ...]) -> None:
    shown = examples(COMMANDS[path])
    called = [parsed(words_of(line)) for line in shown]
    assert any(each[: len(path)] == path for each in called), f"no example of {' '.join(path)} in its help"


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_every_option_says_what_it_is_for(path: tuple[str, ...]) -> None:
    options = [each for each in COMMANDS[path].params if isinstance(each, click.Option)]
    speak_for_themselves = {"--seed", "--images", "--folds"}
    silent = {each.opts[0] for each in options if not each.help and not each.hidden}
    assert silent <= speak_for_themselves


@pytest.mark.parametrize(
    "line",
    [
        "cvlib data chek path:/my/coatings",
        "cvlib data check",
        "cvlib data check one two",
        "cvlib data check one --chanels RGBA",
        "cvlib data check one --channels RGB",
        "cvlib data simulate --images none --to x",
        "cvlib locate xrays --um-per-pixel twenty --csv ends.csv",
    ],
)
def test_an_example_that_cannot_be_typed_would_be_seen(line: str) -> None:
    with pytest.raises((click.ClickException, UserError)):
        parsed(words_of(line))


def test_help_loads_nothing_heavy() -> None:
    code = "import sys, json, cvlib.cli.command as c; c.cvlib(['--help'], standalone_mode=False); "
    code += "print(json.dumps(list(sys.modules)))"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    text, _, modules = answer.stdout.rstrip().rpartition("\n")
    assert "Commands:" in text
    assert not HEAVY & {name.partition(".")[0] for name in json.loads(modules)}
