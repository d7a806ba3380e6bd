"""The parameters of a chapter: what its parameters cell declares, and what may be put in their place.

A parameters cell holds one line per parameter, ``name: type = literal  # meaning``. That cell is the only
declaration: the command line reads it before a kernel starts, the notebook checks itself against it.
"""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from pydantic import TypeAdapter, ValidationError

from cvlib.errors import UserError

TYPES: dict[str, type] = {"str": str, "int": int, "float": float, "bool": bool}
INJECTED = "# Parameters\n"
"""How the cell begins that papermill puts behind the parameters cell."""


class Parameter(NamedTuple):
    """One declared parameter of a chapter."""

    name: str
    type: str
    default: Any
    meaning: str

    def __str__(self) -> str:
        return f"{self.name}: {self.type} = {self.default!r}  # {self.meaning}"


def declared(source: str) -> dict[str, Parameter]:
    """Read a parameters cell.

    Raises
    ------
    ValueError
        If a statement is not ``name: type = literal`` with a comment behind it and a type of ``TYPES``.

    Examples
    --------
    >>> print(declared('seed: int = 0  # of the simulator')["seed"])
    seed: int = 0  # of the simulator
    """
    lines = source.splitlines()
    found = {}
    for statement in ast.parse(source).body:
        line = lines[statement.lineno - 1]
        match statement:
            case ast.AnnAssign(target=ast.Name(name), annotation=ast.Name(kind), value=ast.expr() as value):
                default, meaning = _literal(value), _comment(line)
            case _:
                raise ValueError(
                    f"parameters cell: {line!r} is not of the form 'name: type = literal  # meaning'"
                )
        if kind not in TYPES or not _fits(default, kind) or not meaning:
            raise ValueError(
                f"parameters cell: {line!r} needs a value of its type ({', '.join(TYPES)}) and a meaning"
            )
        found[name] = Parameter(name, kind, default, meaning)
    return found


def _literal(value: ast.expr) -> Any:
    try:
        return ast.literal_eval(value)
    except ValueError:
        return None  # fits no type


def _comment(line: str) -> str:
    """What stands behind the ``#`` of a line, not one inside a text."""
    tokens = tokenize.generate_tokens(io.StringIO(line).readline)
    return next((token.string[1:].strip() for token in tokens if token.type == tokenize.COMMENT), "")


def convert(texts: Sequence[str], allowed: Mapping[str, Parameter]) -> dict[str, Any]:
    """Turn ``name=value`` texts of a command line into typed values.

    Raises
    ------
    UserError
        If a text has no ``=``, names no declared parameter twice or at all, or does not read as its type;
        the message lists what is allowed.

    Examples
    --------
    >>> convert(["seed=007"], declared("seed: int = 0  # of the simulator"))
    {'seed': 7}
    """
    values: dict[str, Any] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals:
            raise UserError(f"-p {text}: expected name=value; allowed: {_listed(allowed)}")
        if name not in allowed:
            raise UserError(f"-p {text}: unknown parameter {name!r}; allowed: {_listed(allowed)}")
        if name in values:
            raise UserError(f"-p {text}: {name!r} is given twice; give it once")
        kind = allowed[name].type
        try:
            values[name] = TypeAdapter(TYPES[kind]).validate_strings(value)
        except ValidationError:
            raise UserError(
                f"-p {text}: {value!r} is not of type {kind}; allowed: {_listed(allowed)}"
            ) from None
    return values


def check(namespace: Mapping[str, Any]) -> dict[str, Any]:
    """Check, from inside a notebook, what papermill or a reader put in place of the defaults.

    Parameters
    ----------
    namespace
        The notebook's ``globals()``: the values, and under ``In`` the cells run so far.

    Returns
    -------
    dict
        Value of each declared parameter by name.

    Raises
    ------
    UserError
        If an injected name is not declared, a value has another type than declared, or values were
        injected ahead of the parameters cell, which then overwrites them.
    """
    cells = list(namespace["In"])
    place, allowed = _parameters_cell(cells)
    for position, source in enumerate(cells):
        if not source.startswith(INJECTED):
            continue
        if position < place:
            raise UserError(
                "values were injected ahead of the parameters cell, which overwrites them: "
                "give that cell the tag 'parameters'"
            )
        for name in _assigned(source):
            if name not in allowed:
                raise UserError(f"unknown parameter {name!r}; allowed: {_listed(allowed)}")
    for name, parameter in allowed.items():
        if not _fits(namespace[name], parameter.type):
            raise UserError(
                f"parameter {name} = {namespace[name]!r} is not of type {parameter.type}; "
                f"allowed: {_listed(allowed)}"
            )
    return {name: namespace[name] for name in allowed}


def _parameters_cell(cells: Sequence[str]) -> tuple[int, dict[str, Parameter]]:
    for position in reversed(range(len(cells))):
        if any(isinstance(statement, ast.AnnAssign) for statement in _statements(cells[position])):
            return position, declared(cells[position])
    raise UserError("no parameters cell has been run; run the notebook from its first cell")


def _statements(source: str) -> list[ast.stmt]:
    try:
        return ast.parse(source).body
    except SyntaxError:  # a cell with shell escapes or magics declares nothing
        return []


def _assigned(source: str) -> list[str]:
    assignments = (statement for statement in _statements(source) if isinstance(statement, ast.Assign))
    return [target.id for each in assignments for target in each.targets if isinstance(target, ast.Name)]


def _fits(value: Any, kind: str) -> bool:
    try:
        TypeAdapter(TYPES[kind]).validate_python(value, strict=True)
    except ValidationError:
        return False
    return True


def _listed(allowed: Mapping[str, Parameter]) -> str:
    return ", ".join(f"{each.name} ({each.type}, default {each.default!r})" for each in allowed.values())
