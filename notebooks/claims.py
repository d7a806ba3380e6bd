# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
#     text_representation:
#       extension: .py
#       format_name: percent
#       format_version: '1.3'
#       jupytext_version: 1.19.6
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# (claims)=
# # Claims and verdicts
#
# What {cite:t}`sampath2026` and {cite:t}`wu2024` print in numbers, some of what they say in words, and some of what a notebook
# published with the first paper logs, is kept in one ledger: {glue:text}`claims` claims, each with its place, unit, definition, and what it rests on ({py:func}`cvlib.papers.claims.claims`). This
# chapter gives each a verdict by one rule, from arithmetic on the printed values ({ref}`audit`) and from the runs of this
# book. No verdict is typed by hand.

# %% tags=["parameters"]
dataset: str = "simulated"  # a name from `cvlib data list`, or path:DIR for your own
images: int = 2227  # images to simulate; other data sets are taken whole
seed: int = 0  # of the simulated images and of the intervals
channels: str = "auto"  # channel order of path:DIR masks: auto, RGBA, BGRA
profile: str = "quick"  # how much was spent on the runs: trial, quick, standard, paper
options: str = ""  # fields of the profile to change, for all tasks alike

# %% tags=["hide-input"]
from myst_nb import glue

from cvlib import chapter
from cvlib.audit.checks import checks
from cvlib.data import open_dataset
from cvlib.figures import claims as figures
from cvlib.ledger import report
from cvlib.ledger.entries import Ledger, entries
from cvlib.ledger.measured import measured
from cvlib.tables import Table
from cvlib.verdict import VERDICTS

this = chapter.begin(globals())
data = open_dataset(dataset, images=images, seed=seed, channels=channels)

# %% tags=["remove-cell"]
here, checked = measured(data, profile, options.split(), seed), checks()
found = entries(here, checked)
own = {verdict: sum(each.verdict == verdict for each in found) for verdict in VERDICTS}
glue("claims", str(len(found)), display=False)
glue("inconsistent", str(own["inconsistent in the text we have"]), display=False)
glue("consistent", str(own["consistent"]), display=False)
glue("reproduced", str(own["reproduced"]), display=False)
glue("differs", str(own["differs"]), display=False)
Ledger(found)

# %% [markdown]
# ## The rule
#
# {numref}`tab-verdicts` lists the verdicts in the order of strength ({py:func}`cvlib.verdict.verdict`). A measurement on the
# paper's own data outranks arithmetic, arithmetic outranks a measurement on other data. Here {glue:text}`reproduced` claims are
# reproduced and {glue:text}`differs` differ: the images of CoatingVision are not part of this book, and those of the second
# paper are not public. What can be checked without them is whether the printed values agree with each other.

# %% tags=["hide-input"]
Table(
    report.counted(found),
    "tab-verdicts",
    f"Verdicts, and how many claims have each. Data: {data.title}; profile *{profile}*.",
    widths=[4, 1, 1, 8],
)

# %% [markdown]
# Two things a verdict is not. *Inconsistent in the text we have* blames nobody: the text of the first paper is an unedited
# early-access version which itself warns of errors, that of the second was extracted from a PDF file and lost its formulas. And
# *not comparable* is no weak *reproduced*: drawn images show what the simulator puts in.

# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-verdicts", "caption": "Claims by place and verdict; the number in front is that of the paper. Drawn by {py:func}`cvlib.figures.claims.verdicts`."}, "image": {"alt": "Horizontal bars, one per table or section of the papers, divided by verdict: Table 4 of paper 1 is mostly inconsistent, the table of related data sets mostly not checkable."}}
figures.verdicts(report.by_place(found))

# %% [markdown]
# ## What does not agree
#
# {glue:text}`inconsistent` claims are part of a calculation that does not come out ({numref}`tab-inconsistent`), {glue:text}`consistent`
# only of such as do. {ref}`audit` proves what is used, and says what could explain what does not agree.

# %% tags=["hide-input"]
Table(
    report.disagreements(checked),
    "tab-inconsistent",
    "Calculations on printed values that do not come out, by more than rounding allows.",
    widths=[3, 8, 3, 3],
)

# %% [markdown]
# ## What is measured here
#
# The same quantities, by the same definitions, on the data of this book. {numref}`tab-beside` sets them beside the printed values so
# that a reader with the papers' data sees what to rerun; where the last column says *no*, nothing follows from a difference.

# %% tags=["hide-input"]
Table(
    report.beside(here),
    "tab-beside",
    "Claims of which this book measures the same thing, with 95 % intervals over clips or cells.",
    widths=[4, 2, 4, 4, 3],
)

# %% [markdown]
# ## All claims
#
# The same list as text or JSON: `cvlib claims`, `cvlib claims --paper 2 --json`.

# %% tags=["hide-input"]
Table(
    report.ledger(found, 1),
    "tab-claims-1",
    "What the first paper claims.",
    widths=[5, 3, 4, 5, 3, 2],
)

# %% tags=["hide-input"]
Table(
    report.ledger(found, 2),
    "tab-claims-2",
    "What the second paper claims.",
    widths=[5, 3, 4, 5, 3, 2],
)

# %% [markdown]
# ## What to take away
#
# - Most of what a paper prints cannot be checked without its data. What can be, often takes no more than the numbers themselves.
# - A verdict is worth as much as its rule. Written once and run by code, it cannot be kinder to one number than to the next.
# - Whoever publishes a table helps its readers by printing the counts behind the scores: most checks then need no
#   assumption.

# %% [markdown] tags=["exercises"]
# ## Exercises
#
# Each checks itself. `cvlib coursework build --to course --chapters claims` makes a notebook to fill in;
# `notebooks/exercises/claims.ipynb` has the solutions.

# %% [markdown]
# ## Provenance

# %% tags=["hide-input"]
this.provenance(data)
