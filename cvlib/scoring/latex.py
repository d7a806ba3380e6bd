"""Tables as LaTeX, whatever letters they hold."""

from __future__ import annotations

import pandas as pd

_LETTERS = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "&": r"\&",
    "%": r"\%",
    "$": r"\$",
    "#": r"\#",
    "_": r"\_",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\textquotedbl{}",
    "[": "{[}",  # after the end of a row it would be taken for an option
    "]": "{]}",
    "*": "{*}",  # likewise
    "µ": r"\textmu{}",
}


def escape(text: str) -> str:
    r"""A text that LaTeX prints as it is; line breaks and what cannot be printed become spaces.

    >>> print(escape("50 % of a_b"))
    50 \% of a\_b
    """
    return "".join(_LETTERS.get(letter, letter if letter.isprintable() else " ") for letter in text)


def table(frame: pd.DataFrame, caption: str, label: str) -> str:
    r"""A table of texts for ``\usepackage{booktabs,textcomp}`` and ``\usepackage[T1]{fontenc}``.

    Parameters
    ----------
    frame
        Column names as headings; the index is left out.
    caption
        Plain text.
    label
        Of letters, digits, colons and hyphens.

    Examples
    --------
    >>> print(table(pd.DataFrame({"row": ["a"], "F1": ["0.5"]}), "All of it.", "tab:all"))
    % needs \usepackage{booktabs,textcomp} and \usepackage[T1]{fontenc}
    \begin{table}
      \centering
      \caption{All of it.}
      \label{tab:all}
      \begin{tabular}{ll}
        \toprule
        row & F1 \\
        \midrule
        a & 0.5 \\
        \bottomrule
      \end{tabular}
    \end{table}
    """
    lines = [
        r"% needs \usepackage{booktabs,textcomp} and \usepackage[T1]{fontenc}",
        r"\begin{table}",
        r"  \centering",
        f"  \\caption{{{escape(caption)}}}",
        f"  \\label{{{label}}}",
        f"  \\begin{{tabular}}{{{'l' * len(frame.columns)}}}",
        r"    \toprule",
        _row(frame.columns),
        r"    \midrule",
        *map(_row, frame.to_numpy().tolist()),
        r"    \bottomrule",
        r"  \end{tabular}",
        r"\end{table}",
    ]
    return "\n".join(lines)


def _row(cells: list | pd.Index) -> str:
    return f"    {' & '.join(escape(str(cell)) for cell in cells)} \\\\"
