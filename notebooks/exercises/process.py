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
# # Exercises: Coating and imaging
#
# Fill the cells that say so, then run the check below each, which shows under what name it looks for your answer. Only
# the coating speed is from the paper; all other numbers are made up.

# %%
import numpy as np

from cvlib.exercises import check
from cvlib.papers import claim

# %% [markdown]
# ### Motion blur
#
# The sample moves at the published coating speed, in m/min. Suppose the shutter is open for 20 ms and a pixel stands for
# 25 µm. Over how many pixels does a point of the sample smear?

# %% nbgrader={"grade": false, "grade_id": "motion-blur", "locked": false, "schema_version": 3, "solution": true, "task": false}
speed = claim("p1.speed").value  # m/min
shutter_ms, um_per_px = 20.0, 25.0
### BEGIN SOLUTION
um_per_ms = speed * 1e6 / 60e3
blur_px = um_per_ms * shutter_ms / um_per_px
### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "motion-blur-check", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
check("process.motion-blur", blur_px)

# %% [markdown] tags=["explanation"]
# Cracks across the motion that are thinner than this lose contrast, those along it do not. The ledger of
# the paper's numbers holds none for the shutter.

# %% [markdown]
# ### The error of a share
#
# Six clips of ten frames each; `hits` says how many frames of each clip show a crack. The frames of a clip show nearly the same
# piece of the sample, so the clips are what was drawn independently. Estimate the standard error of the share of frames with a
# crack, from how much the clips differ.

# %%
hits, frames = np.array([9, 0, 2, 7, 0, 6]), 10

# %% nbgrader={"grade": false, "grade_id": "standard-error", "locked": false, "schema_version": 3, "solution": true, "task": false}
### BEGIN SOLUTION
shares = hits / frames
standard_error = shares.std(ddof=1) / np.sqrt(len(shares))
### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "standard-error-check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
check("process.standard-error", standard_error)

# %% [markdown] tags=["explanation"]
# As if all sixty frames were independent, the error would come out about two and a half times too small, and an effect would soon be
# "found" where there is none. The book resamples whole clips for the same reason, which also copes with clips of unequal length.

# %% [markdown]
# ### The effect of the gap
#
# Eight samples were coated at a coating gap `gap` in µm with a share `water` of water in the solvent; `cracked` is the share of
# their frames with cracks. By how many percentage points does that share rise per 100 µm of gap, *at the same water*? Use
# least squares.

# %%
gap = np.array([600.0, 600, 700, 800, 900, 1000, 1100, 1100])
water = np.array([0.0, 0.25, 0.0, 0.25, 0.5, 0.5, 0.5, 0.75])
cracked = np.array([0.10, 0.26, 0.13, 0.31, 0.50, 0.54, 0.58, 0.70])

# %% nbgrader={"grade": false, "grade_id": "gap-effect", "locked": false, "schema_version": 3, "solution": true, "task": false}
### BEGIN SOLUTION
design = np.column_stack([np.ones(len(gap)), gap, water])
_, per_um, _ = np.linalg.lstsq(design, cracked, rcond=None)[0]
gap_effect = 100 * 100 * per_um
### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "gap-effect-check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
check("process.gap-effect", gap_effect)

# %% [markdown] tags=["explanation"]
# Here the large gaps were coated with much water, so a fit on the gap alone takes the effect of water for one of the gap. Where every
# combination is coated equally often, as in the simulated data, each gap sees the same mixture of water and both fits give the same
# slope. If gap and water rise in step, no fit can tell them apart.
