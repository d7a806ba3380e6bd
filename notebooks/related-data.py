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
# (related-data)=
# # Related data sets
#
# The *Literature Review* of {cite:t}`sampath2026` lists fifteen data sets of surface defects from other industries
# (Table 1) and finds none of electrode coatings. This chapter turns the table into data, places CoatingVision among
# them, and compares the table with what the text says.

# %% tags=["parameters"]
dataset: str = "simulated"  # named in the provenance; the table is the same for all
images: int = 2227  # images to simulate; other data sets are taken whole
seed: int = 0  # of the simulator
channels: str = "auto"  # channel order of path:DIR masks: auto, RGBA, BGRA

# %% tags=["hide-input"]
import pandas as pd
from myst_nb import glue

from cvlib import chapter
from cvlib.data import open_dataset
from cvlib.figures import related as figures
from cvlib.papers import claim, claims, related_datasets
from cvlib.tables import Table

this = chapter.begin(globals())
data = open_dataset(dataset, images=images, seed=seed, channels=channels)
rows = related_datasets()

# %% [markdown]
# ## Table 1

# %% tags=["hide-input"]
Table(
    pd.DataFrame(
        {
            "data set": [f"{row.name} [{row.reference}]" for row in rows],
            "industry": [row.industry for row in rows],
            "material": [row.material for row in rows],
            "images": [row.size for row in rows],
            "resolution": [row.resolution for row in rows],
            "tasks": [", ".join(row.tasks) for row in rows],
        }
    ),
    "tab-related",
    "The paper's Table 1 as printed; numbers in brackets are the paper's references.",
    widths=[4, 3, 4, 2, 3, 4],
)

# %% [markdown]
# ## Where CoatingVision stands
#
# In {numref}`fig-related` CoatingVision lies in the middle: {glue:text}`larger` of the fifteen data sets have more
# images, {glue:text}`finer` have images of more pixels. Few cover more than one task ({glue:text}`tasks` of fifteen);
# CoatingVision has labels for three.

# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-related", "caption": "Size and resolution of the data sets of {numref}`tab-related`. Drawn by {py:func}`cvlib.figures.related.sizes`."}, "image": {"alt": "Scatter plot of number of images against pixels per image on logarithmic axes, one point per data set, CoatingVision as a star in the middle."}}
figures.sizes(rows)

# %% tags=["remove-cell"]
own = claim("p1.images").value, claim("p1.height").value * claim("p1.width").value
glue("larger", str(sum(row.images > own[0] for row in rows)), display=False)
glue("finer", str(sum(row.pixels > own[1] for row in rows)), display=False)
glue("tasks", str(sum(len(row.tasks) > 1 for row in rows)), display=False)

# %% [markdown]
# ## Text and table
#
# For five of the data sets the text gives a number of images too. {numref}`tab-statements` sets both side by side.

# %% tags=["hide-input"]
stated = [(row, row.text) for row in rows if row.text]
Table(
    pd.DataFrame(
        {
            "data set": [row.name for row, _ in stated],
            "the text says": [text.said(claims()) for _, text in stated],
            "Table 1 says": [row.size for row, _ in stated],
            "both can hold": ["yes" if text.holds(row.images, claims()) else "no" for row, text in stated],
        }
    ),
    "tab-statements",
    "Number of images of a data set in the paper's text and in its Table 1.",
)

# %% [markdown]
# Where they disagree, this page does not decide: the table may count a subset that was used, the text the whole, or a
# part of it. (Six defect types of 300 images each would make NEU's 1,800; the text names three types.) The source is an unedited
# early-access text, which itself says that it may contain errors.
#
# ## What to take away
#
# - Count and resolution say little about how hard a data set is, and nothing about how independent its images are.
# - Two numbers for one quantity belong side by side, with their places, until somebody settles it.

# %% [markdown] tags=["exercises"]
# ## Exercises
#
# Each checks itself. `cvlib coursework build --to course --chapters related-data` makes a notebook to fill in;
# `notebooks/exercises/related-data.ipynb` has the solutions.

# %% [markdown]
# ## Provenance

# %% tags=["hide-input"]
this.provenance(data)
