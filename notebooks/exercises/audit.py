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
# # Exercises: What the printed numbers say of each other
#
# Fill the cells that say so, then run the check below each, which shows under what name it looks for your answer. All it
# takes is arithmetic. The printed numbers here are made up.

# %%
from itertools import permutations

import numpy as np

from cvlib.exercises import check

# %% [markdown]
# ### What rounding leaves open
#
# A table prints a precision of 0.75 and a recall of 0.60, both of the same counts and both rounded to two digits. Between
# which two numbers does F1 lie, if nothing else is known? Give the lowest and the highest.

# %% nbgrader={"grade": false, "grade_id": "rounding", "locked": false, "schema_version": 3, "solution": true, "task": false}
precision, recall = 0.75, 0.60
### BEGIN SOLUTION
low = 2 / (1 / (precision - 0.005) + 1 / (recall - 0.005))
high = 2 / (1 / (precision + 0.005) + 1 / (recall + 0.005))
f1_bounds = (low, high)
### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "rounding-check", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
check("audit.rounding", f1_bounds)

# %% [markdown] tags=["explanation"]
# F1 rises with precision and with recall, so its bounds are reached where both are lowest and where both are highest. A printed F1 of
# 0.66 agrees, and so does 0.67; 0.68 does not.

# %% [markdown]
# ### What means imply
#
# If precision $P$, recall $R$ and accuracy $A$ are of one set of images, $(1 - A) / (1 - R + R\,(1/P - 1))$ is the share of
# positives. A table prints each of the three as a mean over two folds of ten images, five of them positive in each. On the first
# fold the model says yes to all ten images; on the second it finds one of the five positives and raises no false alarm. Which
# `share` of positives do the three means imply?

# %% nbgrader={"grade": false, "grade_id": "means", "locked": false, "schema_version": 3, "solution": true, "task": false}
### BEGIN SOLUTION
tp, fp, fn = np.array([5, 1]), np.array([5, 0]), np.array([0, 4])
precision, recall = np.mean(tp / (tp + fp)), np.mean(tp / (tp + fn))
accuracy = np.mean(1 - (fp + fn) / 10)
share = (1 - accuracy) / (1 - recall + recall * (1 / precision - 1))
### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "means-check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
check("audit.means", share)

# %% [markdown] tags=["explanation"]
# Three quarters, and in each fold it is one half. The formula holds of counts: before it says anything of a table, it has to be
# known that the table's rows are of one set of images.

# %% [markdown]
# ### How many images were there?
#
# An accuracy on $n$ images is a whole number divided by $n$. A table prints several accuracies on the *same* images, such as
# `["0.33", "0.71"]`. Which $n$, from 1 to `most`, can all of them come from? Give them in a list. (They are text, since the
# number of digits counts.)


# %% nbgrader={"grade": false, "grade_id": "granularity", "locked": false, "schema_version": 3, "solution": true, "task": false}
def sizes(printed, most):
    ### BEGIN SOLUTION
    fitting = []
    for images in range(1, most + 1):
        fits = []
        for number in printed:
            half_unit = 0.5 * 10.0 ** -len(number.partition(".")[2])
            nearest = round(float(number) * images) / images
            fits.append(abs(nearest - float(number)) <= half_unit)
        if all(fits):
            fitting.append(images)
    return fitting
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "granularity-check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
check("audit.granularity", sizes)

# %% [markdown] tags=["explanation"]
# For one number of two digits, every $n$ from 100 on is possible. It takes several numbers, or more digits, to say something: a table
# with four digits names its test set more closely than its authors may have meant.

# %% [markdown]
# ### Labels that can be
#
# A table has PCK and PCS at three thresholds, six numbers that all differ, under labels that may have been mixed up. PCS must not
# exceed PCK at the same threshold, and neither may fall as the threshold rises. In how many ways can six such numbers be
# labelled?

# %% nbgrader={"grade": false, "grade_id": "labels", "locked": false, "schema_version": 3, "solution": true, "task": false}
numbers = range(6)  # only their order counts
### BEGIN SOLUTION
possible = sum(
    pck[0] < pck[1] < pck[2] and pcs[0] < pcs[1] < pcs[2] and all(np.less(pcs, pck))
    for pck, pcs in ((order[:3], order[3:]) for order in permutations(numbers))
)
### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "labels-check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
check("audit.labels", possible)

# %% [markdown] tags=["explanation"]
# With one threshold there is one way, with two there are two, then come 5, 14, 42: the Catalan numbers, which count the ways to fill a
# grid of two rows so that numbers rise along rows and columns. In the paper's table, which has two thresholds, each of the four rows
# alone leaves two labellings, and all four leave the same two.
