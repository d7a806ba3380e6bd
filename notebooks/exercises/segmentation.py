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
# # Exercises: Defect segmentation
#
# Fill the cells that say so, then run the check below each, which shows under what name it looks for your answer. Nothing
# is trained here.

# %%
import numpy as np

from cvlib.exercises import check

# %% [markdown]
# ### Mean Dice
#
# Three images, one class: `tp = [90, 1, 0]`, `fp = [10, 3, 0]` and `fn = [0, 6, 0]` are pixels found, found wrongly and missed. Compute
# the Dice of each image and take the mean. An image with nothing to find in which nothing was found counts as 1.

# %% nbgrader={"grade": false, "grade_id": "mean-dice", "locked": false, "schema_version": 3, "solution": true, "task": false}
tp, fp, fn = np.array([90, 1, 0]), np.array([10, 3, 0]), np.array([0, 6, 0])
### BEGIN SOLUTION
size = 2 * tp + fp + fn
dice = np.where(size == 0, 1.0, 2 * tp / np.maximum(size, 1))
mean_dice = dice.mean()
### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "mean-dice-check", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
check("segmentation.mean-dice", mean_dice)

# %% [markdown] tags=["explanation"]
# Pooled over the images it would be 0.91: the large crack outweighs the small one that was nearly missed.

# %% [markdown]
# ### From Dice to IoU
#
# On one image $\text{IoU} = \text{Dice} / (2 - \text{Dice})$, so both put two predictions in the same order. Write a function that takes the
# Dice of each image and gives the mean IoU over the images. Then compare two models: one has Dice 0 and 1 on two images, the other 0.6 on
# both. Which is better by mean Dice, which by mean IoU?


# %% nbgrader={"grade": false, "grade_id": "mean-iou", "locked": false, "schema_version": 3, "solution": true, "task": false}
def mean_iou(dice):
    ### BEGIN SOLUTION
    return np.mean(dice / (2 - dice))
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "mean-iou-check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
check("segmentation.mean-iou", mean_iou)

# %% [markdown] tags=["explanation"]
# The first model has mean Dice 0.5 and mean IoU 0.5, the second 0.6 and 0.43: the first is better by IoU, the second by Dice. The
# conversion is convex, so the mean IoU rewards scores that differ much between images.

# %% [markdown]
# ### A model that never finds anything
#
# A network predicts an empty mask for every image. Score it for each class by the mean Dice over images, where an image with nothing to find
# and nothing found counts as 1. Write a function that takes the true masks, booleans of shape (images, height, width, classes), and gives the
# score of each class.


# %% nbgrader={"grade": false, "grade_id": "never-finds", "locked": false, "schema_version": 3, "solution": true, "task": false}
def score_of_nothing(truth):
    ### BEGIN SOLUTION
    shown = truth.any(axis=(1, 2))
    return 1 - shown.mean(axis=0)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "never-finds-check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
check("segmentation.never-finds", score_of_nothing)
### BEGIN HIDDEN TESTS
assert score_of_nothing(np.zeros((3, 4, 4, 2), bool)).tolist() == [1, 1]
### END HIDDEN TESTS

# %% [markdown] tags=["explanation"]
# It is the share of images without the class: the rarer a defect, the better is a model that never finds it. Pooled, or with empty images
# left out, the same model scores 0.
