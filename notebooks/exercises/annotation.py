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
# # Exercises: Annotation
#
# Fill the cells that say so, then run the check below each, which shows under what name it looks for your answer. Nothing
# is trained here.

# %%
import numpy as np
from scipy import ndimage

from cvlib.exercises import check

# %% [markdown]
# ### How much too small is still right?
#
# A pinhole has a radius of 6 px. Somebody draws a disc with the same centre, but smaller. An object needs no correction
# if its intersection over union with the true one is above 0.5. At which `radius`, in px, is it exactly 0.5?

# %% nbgrader={"grade": false, "grade_id": "too-small", "locked": false, "schema_version": 3, "solution": true, "task": false}
### BEGIN SOLUTION
# The small disc lies within the true one, so the intersection over union is the ratio of areas, (r / 6)^2.
radius = 6 * np.sqrt(0.5)
### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "too-small-check", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
check("annotation.too-small", radius)

# %% [markdown] tags=["explanation"]
# At 5 px the intersection over union is $25/36 = 0.69$: nothing to correct, counted in objects. The pixels at the rim still
# count as wrong.

# %% [markdown]
# ### The mean and the vote
#
# `probabilities` (M, H, W) are the opinions of M networks about one class. Write `mean_and_vote(probabilities)`, which
# gives two masks (H, W): what has a mean probability of at least 0.5; and what more than half of the networks give at
# least 0.5.


# %% nbgrader={"grade": false, "grade_id": "mean-and-vote", "locked": false, "schema_version": 3, "solution": true, "task": false}
def mean_and_vote(probabilities):
    ### BEGIN SOLUTION
    mean = probabilities.mean(axis=0) >= 0.5
    votes = np.sum(probabilities >= 0.5, axis=0)
    return mean, votes > len(probabilities) / 2
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "mean-and-vote-check", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
check("annotation.mean-and-vote", mean_and_vote)
print(
    "a pixel with .95, .4 and .4:",
    *(mask.item() for mask in mean_and_vote(np.array([[[0.95]], [[0.4]], [[0.4]]]))),
)

# %% [markdown] tags=["explanation"]
# One sure network outweighs two that waver in the mean, and not in the vote. How sure a network is only means something if
# its probabilities are calibrated; the vote needs no such trust.

# %% [markdown]
# ### The work that is left
#
# `labelled` and `truth` (H, W) are masks of one class. Objects are pixels that touch, at a corner too. An object that is
# drawn is right if its intersection over union with a true object is above 0.5. Write `corrections(labelled, truth)`: the
# number of drawn objects to erase, because they are not right, plus the number of true objects to draw, because none of those
# drawn is right for them. `ndimage.label(mask, structure)` numbers the objects of a mask from 1 and says how many there
# are; look up what its `structure` decides.


# %% nbgrader={"grade": false, "grade_id": "corrections", "locked": false, "schema_version": 3, "solution": true, "task": false}
def corrections(labelled, truth):
    ### BEGIN SOLUTION
    corners_too = np.ones((3, 3))
    drawn, erase = ndimage.label(labelled, corners_too)
    true, draw = ndimage.label(truth, corners_too)
    right = 0
    for mine in range(1, erase + 1):
        for its in range(1, draw + 1):
            one, other = drawn == mine, true == its
            right += np.sum(one & other) / np.sum(one | other) > 0.5
    return erase + draw - 2 * right  # above 0.5, no object can have two partners
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "corrections-check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
check("annotation.corrections", corrections)
### BEGIN HIDDEN TESTS
assert corrections(np.zeros((4, 4), bool), np.ones((4, 4), bool)) == 1
### END HIDDEN TESTS

# %% [markdown]
# ### Better labels, or easier images?
#
# The labels of 200 images have `wrong` objects each; `disputed` says how much networks disagree about each image. The 50 most
# disputed images are reviewed and taken out. *No network learns anything*: the labels of the others stay as they are. By how
# much does the mean number of wrong objects per image change, from all images before to those left afterwards? Hand it in as
# `change`, below 0 if there are fewer.

# %%
rng = np.random.default_rng(7)
wrong = rng.poisson(rng.gamma(2, 3, 200))
disputed = rng.normal(wrong, 2)

# %% nbgrader={"grade": false, "grade_id": "what-is-left", "locked": false, "schema_version": 3, "solution": true, "task": false}
### BEGIN SOLUTION
left = np.argsort(disputed)[:150]
change = wrong[left].mean() - wrong.mean()
### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "what-is-left-check", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
check("annotation.what-is-left", change)

# %% [markdown] tags=["explanation"]
# The errors fall by three tenths, and nothing was learnt: what is left is easier. That is why the chapter scores labels on clips
# that nobody reviews, which are the same images after every round and for every order.
