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
# # Exercises: X-rays, corners and the region of interest
#
# Fill the cells that say so, then run the check below each, which shows under what name it looks for your answer. One
# X-ray is drawn by the simulator; nothing is trained here.

# %%
import numpy as np

from cvlib.exercises import check
from cvlib.localize.corners import find_corners
from cvlib.simulate.cell import plan
from cvlib.simulate.xray import draw

# %% [markdown]
# ### What a region lets pass
#
# PCK and PCS count an end as right if it is off by no more than a share of the region's diagonal. Here are three regions for
# the same X-ray, as left, top, right and bottom edge in px; the first is the whole picture. How many px off may an end be, in
# each of them, at a threshold of half a percent?

# %%
regions = np.array([[-0.5, -0.5, 639.5, 479.5], [200.0, 150.0, 290.0, 270.0], [210.0, 180.0, 270.0, 260.0]])

# %% nbgrader={"grade": false, "grade_id": "let-pass", "locked": false, "schema_version": 3, "solution": true, "task": false}
### BEGIN SOLUTION
left, top, right, bottom = regions.T
let_pass = 0.005 * np.hypot(right - left, bottom - top)
### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "let-pass-check", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
check("corners.let-pass", let_pass)

# %% [markdown] tags=["explanation"]
# Plates lie some 7 to 11 px apart in the X-rays of this book. With the whole picture as its region an end may be off by about half
# of that and still count as right. A looser region improves NME, PCK and PCS without moving a single point.

# %% [markdown]
# ### Ends with a corner
#
# `ends` are the true plate ends of one simulated X-ray, `corners` what the detector finds in it, both (…, 2) as x and y in px.
# Which share of the ends has a corner within 3 px?

# %%
view = plan(images=1)[0]
ends, corners = view.points, find_corners(draw(view), count=64).points

# %% nbgrader={"grade": false, "grade_id": "ends-with-a-corner", "locked": false, "schema_version": 3, "solution": true, "task": false}
### BEGIN SOLUTION
distances = np.linalg.norm(ends[:, None] - corners, axis=2)
share = np.mean(distances.min(axis=1) <= 3)
### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "ends-with-a-corner-check", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
check("corners.ends-with-a-corner", share)

# %% [markdown]
# ### A corner by its ring
#
# FAST looks at the 16 pixels on a ring around a pixel. It is a corner if nine of them *in a row* are all brighter than the
# pixel by more than a threshold, or all darker. `ring` is a uint8 array of these 16 grey values in their order around the
# pixel, `centre` and `threshold` are whole numbers. Write the test.


# %% nbgrader={"grade": false, "grade_id": "ring", "locked": false, "schema_version": 3, "solution": true, "task": false}
def is_corner(ring, centre, threshold):
    ### BEGIN SOLUTION
    difference = ring.astype(int) - centre
    for beyond in (difference > threshold, difference < -threshold):
        closed = np.concatenate([beyond, beyond[:8]])  # a run may pass the end of the array
        if any(closed[start : start + 9].all() for start in range(16)):
            return True
    return False
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "ring-check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
check("corners.ring", is_corner)
### BEGIN HIDDEN TESTS
flat = np.full(16, 255, np.uint8)
assert not is_corner(flat, 255, 0), "a flat patch has no corner"
### END HIDDEN TESTS

# %% [markdown] tags=["explanation"]
# Of a ring on a straight edge at most half lies on the other side, so edges fail. The end of a thin stripe
# passes, dark or bright: nearly all of the ring is off the stripe.

# %% [markdown]
# ### From the pyramid back to the picture
#
# Level $n$ of the pyramid is the picture made smaller by $1.2^n$. The whole number $j$ stands for the *centre* of a pixel in
# both: pixel $j$ spans from $j - 0.5$ to $j + 0.5$. A corner is found at `pixel` of a level. Where is it in the picture?


# %% nbgrader={"grade": false, "grade_id": "pyramid", "locked": false, "schema_version": 3, "solution": true, "task": false}
def place(pixel, level):
    ### BEGIN SOLUTION
    return (pixel + 0.5) * 1.2**level - 0.5
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "pyramid-check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
check("corners.pyramid", place)

# %% [markdown] tags=["explanation"]
# OpenCV's ORB multiplies by the scale alone, and so puts corners of level 7 more than a pixel to the upper left of where they are:
# $(1.2^7 - 1) / 2 = 1.29$ px. An error that always goes the same way does not average out.
