"""Commands as pages and help texts print them: found, cut to what a shell would run, and parsed by click."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from contextlib import suppress

import click

from cvlib.cli.command import cvlib as TOP

_SETTING = re.compile(r"[A-Z_]+=\S+")


def walk(
    command: click.Command = TOP, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Every command that help shows, with the words that lead to it."""
    yield path, command
    if isinstance(command, click.Group):
        for name, inner in command.commands.items():
            if not inner.hidden:
                yield from walk(inner, (*path, name))


def words_of(line: str) -> list[str]:
    """The words of the first command of a line, without what is set before it and the remark behind it.

    >>> words_of("CVLIB_DATA=/disk .venv/bin/cvlib data list | head  # which are here")
    ['cvlib', 'data', 'list']
    >>> words_of("cvlib run roundness -p images=300     fewer images")
    ['cvlib', 'run', 'roundness', '-p', 'images=300']
    """
    lexer = shlex.shlex(re.split(r" {2,}", line.strip())[0], posix=True, punctuation_chars="|;&<>")
    lexer.whitespace_split = True
    words: list[str] = []
    for word in lexer:
        if set(word) <= set("|;&<>"):
            break
        words.append(word)
    while words and _SETTING.fullmatch(words[0]):
        words.pop(0)
    if words[1:3] == ["-m", "cvlib"]:  # .venv/bin/python -m cvlib
        words[:3] = ["cvlib"]
    return [words[0].removeprefix(".venv/bin/"), *words[1:]] if words else []


def parsed(words: list[str]) -> tuple[str, ...]:
    """The path of the command that these words call, once click has taken all of them.

    Raises
    ------
    click.ClickException
        A command or option is unknown, an argument is missing or one too many, a value is of the wrong type.
    cvlib.errors.UserError
        An option's own check refuses its value.
    """
    command: click.Command = TOP
    path: tuple[str, ...] = ()
    rest = words[1:]
    context: click.Context | None = None
    while isinstance(command, click.Group):
        context = command.make_context(command.name, rest, parent=context)
        name, found, rest = command.resolve_command(context, [*context._protected_args, *context.args])
        assert name is not None and found is not None
        command, path = found, (*path, name)
    with suppress(click.exceptions.Exit):  # of --help
        command.make_context(command.name, rest, parent=context)
    return path
