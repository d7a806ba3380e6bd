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
# # Exercises: Roundness of pinholes
#
# Fill the cells that say so, then run the check below each, which shows under what name it looks for your answer.

# %%
import cv2
import numpy as np

from cvlib.exercises import check

# %% [markdown]
# ### The formula
#
# Write eq. 1 of the paper, which the chapter shows, as a function: roundness from area and perimeter, numbers or arrays. A disc has 1, a square $\pi/4$.


# %% nbgrader={"grade": false, "grade_id": "formula", "locked": false, "schema_version": 3, "solution": true, "task": false}
def roundness(area, perimeter):
    ### BEGIN SOLUTION
    return 4 * np.pi * area / perimeter**2
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "formula-check", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
check("roundness.formula", roundness)

# %% [markdown]
# ### The polygon of OpenCV
#
# A mask (booleans of shape (height, width)) holds one object. Take its outer contour, all points of it, from `cv2.findContours`, measure it with
# `cv2.contourArea` and `cv2.arcLength`, and give the roundness. Try it on discs of several radii: does it come to 1?


# %% nbgrader={"grade": false, "grade_id": "polygon", "locked": false, "schema_version": 3, "solution": true, "task": false}
def polygon_roundness(mask):
    ### BEGIN SOLUTION
    contours, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    return roundness(cv2.contourArea(contours[0]), cv2.arcLength(contours[0], closed=True))
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "polygon-check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
check("roundness.polygon", polygon_roundness)
### BEGIN HIDDEN TESTS
dot = np.zeros((9, 9), bool)
dot[2:7, 2:7] = True
assert abs(polygon_roundness(dot) - np.pi / 4) < 1e-6
### END HIDDEN TESTS

# %% [markdown] tags=["explanation"]
# It stays near 0.9 however large the disc is: steps along rows, columns and diagonals are longer than the curve they follow. With all pixels
# as the area it comes out larger, but then area and perimeter belong to two different shapes.

# %% [markdown]
# ### Which objects count
#
# Count the pinholes of a mask whose roundness means something: not cut by the image border, and of at least 30 pixels. Pixels that touch at
# a corner belong to one object. `cv2.connectedComponentsWithStats` gives the box and the area of each object; its first row is the background.


# %% nbgrader={"grade": false, "grade_id": "whole-objects", "locked": false, "schema_version": 3, "solution": true, "task": false}
def whole_objects(mask):
    ### BEGIN SOLUTION
    _, _, found, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    left, top, width, height, area = found[1:].T
    rows, columns = mask.shape
    inside = (left > 0) & (top > 0) & (left + width < columns) & (top + height < rows)
    return int((inside & (area >= 30)).sum())
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "whole-objects-check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
check("roundness.whole-objects", whole_objects)
