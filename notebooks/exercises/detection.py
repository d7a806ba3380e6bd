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
# # Exercises: Defect detection
#
# Fill the cells that say so, then run the check below each, which shows under what name it looks for your answer. Nothing
# is trained here.

# %%
import numpy as np

from cvlib.exercises import check

# %% [markdown]
# ### From shares to pixels
#
# Write `in_pixels(line, height, width)`: of one line of a YOLO file, such as `"0 0.5 0.25 0.1 0.2"`, the left edge, the
# top edge, the width and the height of the box in pixels of an image of that height and width.


# %% nbgrader={"grade": false, "grade_id": "pixels", "locked": false, "schema_version": 3, "solution": true, "task": false}
def in_pixels(line, height, width):
    ### BEGIN SOLUTION
    x, y, w, h = map(float, line.split()[1:])  # the first field is the class
    return (x - w / 2) * width, (y - h / 2) * height, w * width, h * height
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "pixels-check", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
check("detection.pixels", in_pixels)

# %% [markdown]
# ### Hit or false alarm
#
# One image, one class: `overlaps` (D, T) holds the intersection over union of each of D detections with each of T true
# boxes, `scores` (D,) the confidences. Write `hits(overlaps, scores)`: for each detection, in the order given, whether it
# is a hit. By COCO's rule the surest detection chooses first; each takes the box that it overlaps most among those not taken
# yet, if the overlap is at least 0.5.


# %% nbgrader={"grade": false, "grade_id": "hits", "locked": false, "schema_version": 3, "solution": true, "task": false}
def hits(overlaps, scores):
    hit = np.zeros(len(scores), bool)
    ### BEGIN SOLUTION
    still_open = overlaps.copy()
    for detection in np.argsort(-scores):
        best = still_open[detection].argmax()
        if still_open[detection, best] >= 0.5:
            hit[detection] = True
            still_open[:, best] = 0  # a true box is hit once
    ### END SOLUTION
    return hit


# %% nbgrader={"grade": true, "grade_id": "hits-check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
check("detection.hits", hits)
### BEGIN HIDDEN TESTS
assert hits(np.array([[0.5]]), np.array([0.9])).tolist() == [True]
### END HIDDEN TESTS

# %% [markdown]
# ### The area by COCO's rule
#
# Detections are sorted, the surest first; `hit` (D,) says which are hits, `truths` how many true boxes there are. After
# each detection there is a precision and a recall. Write `average_precision(hit, truths)`: the mean over the recalls 0,
# 0.01, ..., 1 of the highest precision reached at that recall or a higher one, and 0 where no recall is as high.
#
# Before you start: of three true boxes one is found, and nothing else. Why is the result not 1/3?


# %% nbgrader={"grade": false, "grade_id": "average-precision", "locked": false, "schema_version": 3, "solution": true, "task": false}
def average_precision(hit, truths):
    recalls = np.linspace(0, 1, 101)
    ### BEGIN SOLUTION
    found = np.cumsum(hit)
    precision, recall = found / np.arange(1, len(hit) + 1), found / truths
    return np.mean([precision[recall >= at].max(initial=0) for at in recalls])
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "average-precision-check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
check("detection.average-precision", average_precision)

# %% [markdown] tags=["explanation"]
# One of three: precision is 1 up to a recall of 1/3 and 0 beyond. Of the 101 recalls the first 34 (0 to 0.33) are not
# beyond it, so the result is 34/101 = 0.337.

# %% [markdown]
# ### At which confidence?
#
# Of a detector's boxes on validation and on test images there are confidences and hits, and the number of true boxes. With
# all boxes of a confidence $c$ or more, $F_1 = 2\,\text{TP} / (\text{boxes kept} + \text{true boxes})$. Choose $c$ among
# the confidences so that no choice is made on the images that are scored, and set `score` to the F1 on the test images.


# %%
def detections(seed):
    rng = np.random.default_rng(seed)
    confidences = rng.random(60)
    return confidences, rng.random(60) < confidences  # of those sure at .8, four fifths are hits


truths = 40  # in each of the two
validation_confidences, validation_hits = detections(1)
test_confidences, test_hits = detections(2)


# %% nbgrader={"grade": false, "grade_id": "confidence", "locked": false, "schema_version": 3, "solution": true, "task": false}
### BEGIN SOLUTION
def f1(confidences, hits, least):
    kept = confidences >= least
    return 2 * np.sum(hits & kept) / (kept.sum() + truths)


chosen = max(validation_confidences, key=lambda least: f1(validation_confidences, validation_hits, least))
score = f1(test_confidences, test_hits, chosen)
### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "confidence-check", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
check("detection.confidence", score)

# %% [markdown] tags=["explanation"]
# The best confidence of the test images themselves gives a higher F1, always: it also fits their noise. The difference is
# what the choice was worth by luck.
