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
# # Exercises: Data records and statistics
#
# Fill the cells that say so, then run the check below each, which shows under what name it looks for your answer. Nothing
# is trained here.

# %%
import numpy as np

from cvlib.exercises import check
from cvlib.measure.intervals import share_interval
from cvlib.papers import claim

# %% [markdown]
# ### Can this be the share?
#
# A paper prints a count and a percentage. Write `could_be(count, total, printed)`: whether the text `printed` can be
# `count / total` in percent, rounded to the digits that it shows. An exact half may have been rounded either way: of
# one in eight, both 12 and 13 can be printed. The check then asks it about the paper's own counts.


# %% nbgrader={"grade": false, "grade_id": "printed-share", "locked": false, "schema_version": 3, "solution": true, "task": false}
def could_be(count, total, printed):
    ### BEGIN SOLUTION
    digits = len(printed.partition(".")[2])
    half_unit = 0.5 * 10**-digits
    return (
        abs(100 * count / total - float(printed)) <= half_unit + 1e-9
    )  # an exact half passes, whatever floats make of it
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "printed-share-check", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
check("data-records.printed-share", could_be)
for defect in ("surface_crack", "delamination", "pinhole"):
    images, share = claim(f"p1.{defect}.images"), claim(f"p1.{defect}.share")
    print(
        defect, images.printed, share.printed, could_be(images.value, claim("p1.images").value, share.printed)
    )

# %% [markdown]
# ### Which channel is which?
#
# `cv2.imread(file, cv2.IMREAD_UNCHANGED)` gives a mask as an array (H, W, 4) of 8-bit numbers, its channels in OpenCV's
# order: blue, green, red, alpha. The file was written with surface cracks in red, delamination in green, pinholes in
# blue and unclassified defects in alpha. Marked pixels hold 255 in some files and 1 in others.
#
# Write `image_shares(masks)`: of masks (N, H, W, 4) as OpenCV gives them, the share of images that show surface
# cracks, delamination, pinholes, unclassified defects, in this order.


# %% nbgrader={"grade": false, "grade_id": "channel-order", "locked": false, "schema_version": 3, "solution": true, "task": false}
def image_shares(masks):
    ### BEGIN SOLUTION
    rgba = masks[..., [2, 1, 0, 3]]
    return (rgba > 0).any(axis=(1, 2)).mean(axis=0)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "channel-order-check", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
check("data-records.channel-order", image_shares)

# %% [markdown] tags=["explanation"]
# Prevalence is a quick test of the order: if pinholes turn out as common as cracks should be, red and blue have changed
# places. No error message will tell.

# %% [markdown]
# ### A box around an object
#
# Write `yolo_box(mask)`: of one object, (H, W) of booleans, the box as a YOLO line has it: centre x, centre y, width,
# height, all as shares of the image. The box reaches from the left edge of the first pixel to the right edge of the last.


# %% nbgrader={"grade": false, "grade_id": "box", "locked": false, "schema_version": 3, "solution": true, "task": false}
def yolo_box(mask):
    height, width = mask.shape
    ### BEGIN SOLUTION
    rows, columns = np.nonzero(mask)
    left, right = columns.min(), columns.max() + 1
    top, bottom = rows.min(), rows.max() + 1
    return (
        (left + right) / 2 / width,
        (top + bottom) / 2 / height,
        (right - left) / width,
        (bottom - top) / height,
    )
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "box-check", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
check("data-records.box", yolo_box)
### BEGIN HIDDEN TESTS
assert yolo_box(np.ones((3, 5), bool)) == (0.5, 0.5, 1, 1)
### END HIDDEN TESTS

# %% [markdown]
# ### How many observations are 180 frames?
#
# Thirty clips of six frames each; `shows` says which frames show a pinhole. `share_interval(hits, groups, seed=0)`
# gives the share of hits with an interval (`.low`, `.high`) that draws whole groups anew. How many times wider is the
# interval over clips than the one that takes every frame as a sample of its own? Hand it in as `times_wider`.

# %%
rng = np.random.default_rng(4)
shows = np.repeat(rng.random(30) < 0.4, 6)
shows ^= rng.random(180) < 0.05
clip = np.repeat(np.arange(30), 6)

# %% nbgrader={"grade": false, "grade_id": "clips", "locked": false, "schema_version": 3, "solution": true, "task": false}
### BEGIN SOLUTION
by_clip = share_interval(shows, clip, seed=0)
by_frame = share_interval(shows, np.arange(180), seed=0)
times_wider = (by_clip.high - by_clip.low) / (by_frame.high - by_frame.low)
### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "clips-check", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
check("data-records.clips", times_wider)

# %% [markdown] tags=["explanation"]
# Were all six frames of a clip alike, there would be 30 observations, not 180, and the interval would be wider by about
# $\sqrt{6} \approx 2.4$. The narrow one counts the same pinhole several times.
