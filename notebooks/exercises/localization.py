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
# # Exercises: Heatmaps and their correction
#
# Fill the cells that say so, then run the check below each, which shows under what name it looks for your answer.
# Distances and points are in pixels; nothing is trained here.

# %%
import numpy as np

from cvlib.exercises import check
from cvlib.localize.heatmap import encode

# %% [markdown]
# ### Normalized mean error
#
# Three X-rays of 480 x 640 px show four plate ends each; `distances` says how far off each predicted end is, `regions` how
# wide and how high the region of interest of each X-ray is. Compute the NME in percent, by the paper's eq. 7, which the chapter shows.

# %%
distances = np.array([[1.0, 2.0, 0.5, 1.5], [3.0, 1.0, 4.0, 2.0], [0.5, 0.5, 1.0, 6.0]])
regions = np.array([[90.0, 120.0], [300.0, 400.0], [60.0, 80.0]])

# %% nbgrader={"grade": false, "grade_id": "nme", "locked": false, "schema_version": 3, "solution": true, "task": false}
### BEGIN SOLUTION
diagonals = np.hypot(regions[:, 0], regions[:, 1])
nme = 100 * np.mean(distances / diagonals[:, None])
### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "nme-check", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
check("localization.nme", nme)

# %% [markdown] tags=["explanation"]
# By the diagonal of the whole image it would be less than a quarter of that, with the same points. Compare such scores on the same
# regions only.

# %% [markdown]
# ### Whole samples
#
# `relative` is an array of errors in percent of the diagonal, a row per sample and a column per end. Where a sample has fewer
# ends than there are columns the rest is NaN; an end that was not found is infinitely far off. Write a function that gives
# PCS at a threshold: the share of samples of which *every* end is off by the threshold or less.


# %% nbgrader={"grade": false, "grade_id": "whole-samples", "locked": false, "schema_version": 3, "solution": true, "task": false}
def pcs(relative, percent):
    ### BEGIN SOLUTION
    return np.mean(np.nanmax(relative, axis=1) <= percent)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "whole-samples-check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
check("localization.whole-samples", pcs)

# %% [markdown] tags=["explanation"]
# One end of thirteen spoils a sample. If each end is right with probability .98, and independently of the others, PCK is .98
# and PCS is $.98^{13} = .77$. If the ends of a sample fail together, PCS comes up to PCK, and with equally many ends in all
# samples never above it.

# %% [markdown]
# ### From a heatmap to a point
#
# A heatmap has a quarter of the input's size: the centre of cell $j$, counted from 0, lies at pixel $4j + 1.5$. Write a function
# that takes a heatmap (rows, columns) to the point $(x, y)$ in pixels of the input, as HRNet does: the highest cell, moved
# along each axis by a quarter of a cell towards the higher of its two neighbours. No peak touches the border.

# %% nbgrader={"grade": false, "grade_id": "decode", "locked": false, "schema_version": 3, "solution": true, "task": false}
example = encode(np.array([[21.0, 14.0]]), (32, 64))[0]  # a Gaussian around x = 21, y = 14


def decode(heatmap):
    ### BEGIN SOLUTION
    row, column = np.unravel_index(heatmap.argmax(), heatmap.shape)
    x = column + 0.25 * np.sign(heatmap[row, column + 1] - heatmap[row, column - 1])
    y = row + 0.25 * np.sign(heatmap[row + 1, column] - heatmap[row - 1, column])
    return 4 * np.array([x, y]) + 1.5
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "decode-check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
check("localization.decode", decode)

# %% [markdown] tags=["explanation"]
# The example comes out at (20.5, 14.5): half a pixel off along each axis, in a heatmap without any noise. Forgetting the 1.5 would
# shift all points by that much in the same direction, more than the quarter of a cell moves them.

# %% [markdown]
# ### A mean that knows how exact its parts are
#
# A network and a corner detector each say where an end is. Their errors are independent, without bias, and normal with
# standard deviations `s_p` and `s_q` px per axis. Write a function that gives the weighted mean with the smallest variance.
# `p` and `q` are (K, 2); where there is no corner, `q` is NaN and `p` stays as it is.


# %% nbgrader={"grade": false, "grade_id": "fuse", "locked": false, "schema_version": 3, "solution": true, "task": false}
def fuse(p, q, s_p, s_q):
    ### BEGIN SOLUTION
    mean = (p / s_p**2 + q / s_q**2) / (1 / s_p**2 + 1 / s_q**2)
    return np.where(np.isnan(q), p, mean)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "fuse-check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
check("localization.fuse", fuse)

# %% [markdown] tags=["explanation"]
# Its variance is $1 / (1/s_p^2 + 1/s_q^2)$, which is always below $s_p^2$: even an inexact corner helps a little. The plain mean
# has $(s_p^2 + s_q^2) / 4$. That is below $s_p^2$ only for $s_q < \sqrt 3\, s_p$: the plain mean, which the paper's correction comes
# close to, hurts a network that is much better than the corners.
