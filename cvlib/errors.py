"""The one kind of error a user sees: a line that says what is wrong, what was expected and what to do."""

from __future__ import annotations


class UserError(Exception):
    """A mistake the user can mend.

    The message is one line: what was found where, what was expected, what to do next. The command line
    prints it and exits with 2; a notebook shows it without a traceback.
    """

    def _render_traceback_(self) -> list[str]:
        """Show the message alone where IPython would show a traceback."""
        return [f"{type(self).__name__}: {self}"]


class DataError(UserError):
    """A data set, or a file of it, is missing or is not what its format says."""
