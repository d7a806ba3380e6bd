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
# # Exercises: Defect classification
#
# Fill the cells that say so, then run the check below each, which shows under what name it looks for your answer. Nothing
# is trained here.

# %%
import numpy as np

from cvlib.exercises import check
from cvlib.papers import claim

# %% [markdown]
# ### A model that never says yes
#
# Of 100 images, 9 show a class. A model never predicts it. Hand in its `scores`, a dictionary with the keys `accuracy`,
# `precision`, `recall` and `f1`; where a score has no value, write `np.nan`. Take F1 in the form $2\,\text{TP} / (2\,\text{TP} + \text{FP} + \text{FN})$.

# %% nbgrader={"grade": false, "grade_id": "never", "locked": false, "schema_version": 3, "solution": true, "task": false}
### BEGIN SOLUTION
scores = {"accuracy": 91 / 100, "precision": np.nan, "recall": 0 / 9, "f1": 0 / 9}
### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "never-check", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
check("classification.never", scores)

# %% [markdown] tags=["explanation"]
# An accuracy of 91 % for a model that does nothing. Accuracy says little about a rare class.

# %% [markdown]
# ### Which mean?
#
# Hits, false alarms and misses of three classes: a common one, a less common one and a rare one. Compute `macro_f1`, the macro F1 of
# the paper's eq. 6, which the chapter shows.

# %%
tp, fp, fn = np.array([80, 10, 2]), np.array([10, 12, 1]), np.array([20, 5, 8])

# %% nbgrader={"grade": false, "grade_id": "macro-f1", "locked": false, "schema_version": 3, "solution": true, "task": false}
### BEGIN SOLUTION
macro_f1 = np.mean(2 * tp / (2 * tp + fp + fn))
### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "macro-f1-check", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
check("classification.macro-f1", macro_f1)

# %% [markdown]
# ### What three scores give away
#
# Let a share $\pi$ of the images show a class. Recall $R$ and precision $P$ say how many misses and how many false alarms
# there are for each image that shows it; both together are the errors, a share $1 - A$ of all images, with accuracy $A$. Solve
# for $\pi$: write `implied_share(precision, recall, accuracy)`.
#
# The check then puts rows of the paper's Table 4 into it, and beside them the share that the paper states.


# %% nbgrader={"grade": false, "grade_id": "implied-share", "locked": false, "schema_version": 3, "solution": true, "task": false}
def implied_share(precision, recall, accuracy):
    ### BEGIN SOLUTION
    misses = 1 - recall  # for each image that shows the class
    false_alarms = recall * (1 / precision - 1)  # recall hits, and for each hit 1/P - 1 false alarms
    return (1 - accuracy) / (misses + false_alarms)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "implied-share-check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
check("classification.implied-share", implied_share)
for defect in ("surface_crack", "delamination", "pinhole"):
    printed = [
        claim(f"p1.table4.resnet.{defect}.{score}").value for score in ("precision", "recall", "accuracy")
    ]
    print(f"{defect}: implied {implied_share(*printed):.0%}, stated {claim(f'p1.{defect}.share').printed} %")

# %% [markdown] tags=["explanation"]
# All three rows imply about the same share, though the classes are said to be very unequally common. The chapter on the
# audit says what could explain that.

# %% [markdown]
# ### Do probabilities mean what they say?
#
# Of one class, `probabilities` (N,) and `truth` (N,). Sort the images into eight bins of equal width from 0 to 1. Write
# `calibration_error(probabilities, truth)`: in each bin, how far the share of images that show the class is from their mean
# probability; then the mean over the bins, weighted by their images. Empty bins do not count.


# %% nbgrader={"grade": false, "grade_id": "calibration", "locked": false, "schema_version": 3, "solution": true, "task": false}
def calibration_error(probabilities, truth):
    bins = np.minimum((probabilities * 8).astype(int), 7)  # of each image, 0 to 7
    ### BEGIN SOLUTION
    error = 0.0
    for each in range(8):
        inside = bins == each
        if inside.any():
            distance = abs(truth[inside].mean() - probabilities[inside].mean())
            error += inside.mean() * distance
    return error
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "calibration-check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
check("classification.calibration", calibration_error)
### BEGIN HIDDEN TESTS
assert calibration_error(np.array([0.9, 0.9]), np.array([True, True])) < 0.11
### END HIDDEN TESTS
