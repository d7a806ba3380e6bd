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
# (process)=
# # Coating and imaging
#
# Where do the images come from? The *Methods* section of {cite:t}`sampath2026` coats electrodes under varied
# conditions and films them. This chapter draws the process with the published settings, and then asks the question
# behind it: do defects grow more frequent with the coating gap and with water in the ink?

# %% tags=["parameters"]
dataset: str = "simulated"  # a name from `cvlib data list`, or path:DIR for your own
images: int = 2227  # images to simulate; other data sets are taken whole
seed: int = 0  # of all that is random here
channels: str = "auto"  # channel order of path:DIR masks: auto, RGBA, BGRA

# %% tags=["hide-input"]
import pandas as pd
from myst_nb import glue

from cvlib import chapter, process, statistics
from cvlib.data import open_dataset
from cvlib.figures import process as figures
from cvlib.papers import claims
from cvlib.survey import examples, survey
from cvlib.tables import Table

this = chapter.begin(globals())
data = open_dataset(dataset, images=images, seed=seed, channels=channels)
found = survey(data)

# %% [markdown]
# ## Making an electrode
#
# Carbon particles, two solvents and a binder are mixed to an ink; a slot die spreads it on a moving substrate; the
# film dries and is compacted ({numref}`fig-line`). As it dries, particles are drawn together and the film shrinks:
# where it cannot give way it cracks, where it does not hold on to the substrate it comes off, and bubbles leave
# pinholes. {numref}`tab-settings` lists the settings of the paper.

# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-line", "caption": "From ink to electrode (the paper's Fig. 1), with the published settings. Drawn by {py:func}`cvlib.figures.process.coating_line`."}, "image": {"alt": "Five stations from left to right: mixing, slot-die coating on a moving substrate, drying in air, drying in an oven, compaction between rolls."}}
figures.coating_line()

# %% tags=["hide-input"]
settings = [each for each in claims().values() if each.where == "Methods, Coating Process"]
Table(
    pd.DataFrame(
        {
            "setting": [each.definition for each in settings],
            "published": [f"{each.printed} {each.unit}" for each in settings],
        }
    ),
    "tab-settings",
    "Settings of the coating process as the paper's Methods print them. The water/IPA ratios are not in the source.",
    widths=[2, 1],
)

# %% [markdown]
# ## Taking the images
#
# A camera with a zoom lens looks straight down; lamps on both sides keep shadows away, and since carbon swallows
# light, the shutter stays open long. The sample moves meanwhile, so the frames of the video carry some motion blur
# ({numref}`fig-camera`).

# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-camera", "caption": "Camera and lamps above the moving sample (the paper's Fig. 2). Drawn by {py:func}`cvlib.figures.process.camera`."}, "image": {"alt": "A camera with a zoom lens above a sample, a lamp on either side shining on it, an arrow for the motion."}}
figures.camera()

# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-bars", "caption": "Images of this data set, with a scale bar as in the paper's Fig. 2 where the scale is known. Drawn by {py:func}`cvlib.figures.process.scale_bars`."}, "image": {"alt": "Three images of the data set; where their scale is known, each has a white bar for a length in its lower left corner."}}
figures.scale_bars(data, examples(found.presence, count=3, seed=seed), statistics.um_per_pixel(data))

# %% [markdown]
# ## Defects against process parameters
#
# The paper reports, as an initial trend and without numbers, that defects increase with larger coating gaps and with
# more water in the solvent. {numref}`fig-shares` shows the share of images with each defect at each setting.
#
# ```{admonition} Put in, found again
# :class: important
# The simulator gives each clip a gap and a water share, adds half of each, scaled to run from 0 to 1, into one risk, and
# makes cracks, delamination and pinholes likelier with it; foreign bodies (unclassified) come whatever the process. An
# analysis that is worth its name must find the first three and *not* the fourth. Finding them says nothing about real
# coatings.
# ```

# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-shares", "caption": "Share of images with each defect against gap and water, with 95 % intervals over clips; points are moved sideways a little to be told apart. Drawn by {py:func}`cvlib.figures.process.shares`."}, "image": {"alt": "Two panels of shares with error bars: against coating gap on the left, against water in the solvent on the right, one line per class."}}
figures.shares(process.shares(data, found, seed=seed), data.class_titles)

# %% [markdown]
# One setting changes while the other is mixed, so the effects are estimated together, by least squares on gap and water
# at once ({py:func}`cvlib.measure.trends.slopes`). Whole clips are resampled: the frames of a clip share their settings,
# and counting them one by one would make every interval too narrow.

# %% tags=["hide-input"]
effects = process.effects(data, found, seed=seed)
Table(
    process.effect_table(data, effects),
    "tab-effects",
    "Change of the share of images per step of gap and of water, in percentage points; 95 % bootstrap intervals over clips.",
)

# %% tags=["remove-cell"]
above = sum(low > 0 for defect in statistics.PUBLISHED for _, low, _ in effects.get(defect, []))
null = sum(low <= 0 <= high for _, low, high in effects.get("unclassified", []))
missing = "none (these data name no process parameters)"
glue("above", f"{above} of {2 * len(statistics.PUBLISHED)}" if effects else missing, display=False)
glue("null", f"{null} of 2" if effects else missing, display=False)

# %% [markdown]
# Of the effects on cracks, delamination and pinholes, {glue:text}`above` have an interval above zero; of those on
# unclassified defects, {glue:text}`null` include zero. Where an interval includes zero although an effect is there, the
# data are too few to show it: rare defects come in few clips.
#
# ## What to take away
#
# - A process trend needs the number of *samples*, not of frames: {numref}`tab-effects` rests on as many independent
#   observations as there are clips.
# - Include something that should show no trend. If it does, distrust the analysis.
# - The published trend has no numbers in the source; there is nothing to compare these with.

# %% [markdown] tags=["exercises"]
# ## Exercises
#
# Each checks itself. `cvlib coursework build --to course --chapters process` makes a notebook to fill in;
# `notebooks/exercises/process.ipynb` has the solutions.

# %% [markdown]
# ## Provenance

# %% tags=["hide-input"]
this.provenance(data)
