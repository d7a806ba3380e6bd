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
# # Exercises: The convention switchboard
#
# Fill the cells that say so, then run the check below each, which shows under what name it looks for your answer. Nothing
# is trained here.

# %%
import numpy as np

from cvlib.exercises import check

# %% [markdown]
# ### One model, four averages
#
# Of one class, `tp`, `fp` and `fn` are pixels of N images. Where an image neither shows the class nor is said to, its Dice is
# 0/0: it is empty. Write `four_averages(tp, fp, fn)`: the Dice pooled over the images; and the mean over images with empties as
# 1, with empties as 0, with empties skipped; in this order.
#
# The check then scores two models on the same five images. Which is better?


# %% nbgrader={"grade": false, "grade_id": "four-averages", "locked": false, "schema_version": 3, "solution": true, "task": false}
def four_averages(tp, fp, fn):
    ### BEGIN SOLUTION
    size = 2 * tp + fp + fn
    empty = size == 0
    pooled = 2 * tp.sum() / size.sum()
    dice = 2 * tp[~empty] / size[~empty]
    return (
        pooled,
        (dice.sum() + empty.sum()) / len(tp),
        dice.sum() / len(tp),
        dice.mean(),
    )
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "four-averages-check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
check("conventions.four-averages", four_averages)
restrained = four_averages(
    np.array([90, 0, 0, 0, 0]), np.array([20, 0, 0, 0, 0]), np.array([20, 10, 10, 0, 0])
)
eager = four_averages(np.array([90, 8, 7, 0, 0]), np.array([25, 3, 9, 4, 6]), np.array([20, 2, 3, 0, 0]))
for name, first, second in zip(("pooled", "empties as 1", "as 0", "skipped"), restrained, eager, strict=True):
    print(f"{name:13s} restrained {first:.2f}  eager {second:.2f}")

# %% [markdown] tags=["explanation"]
# The restrained model misses two small defects and never gives a false alarm; the eager one finds them and marks something on
# both empty images. Counting empties as 1 rewards restraint. Nothing about the models has changed between the rows.

# %% [markdown]
# ### What pooling weighs
#
# Hits, false alarms and misses in pixels of three classes. The Dice with classes pooled is a weighted mean of the Dice of
# the classes. Find the `weights`: an array of three numbers with sum 1. Convince yourself that they give the pooled Dice.

# %%
tp, fp, fn = np.array([900, 60, 5]), np.array([100, 20, 15]), np.array([100, 80, 10])

# %% nbgrader={"grade": false, "grade_id": "weights", "locked": false, "schema_version": 3, "solution": true, "task": false}
### BEGIN SOLUTION
size = 2 * tp + fp + fn
weights = size / size.sum()
assert np.isclose(weights @ (2 * tp / size), 2 * tp.sum() / size.sum())
### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "weights-check", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
check("conventions.weights", weights)

# %% [markdown] tags=["explanation"]
# The numerator of the pooled Dice, $\sum_c 2\,\text{TP}_c$, is the sum of $D_c$ times $2\,\text{TP}_c + \text{FP}_c +
# \text{FN}_c$. So it lies between the lowest and the highest of the classes, as the mean over classes does, but a large and easy
# class lifts only the pooled one.

# %% [markdown]
# ### Percent of what?
#
# `distances` (N, K) are those of K predicted ends from the true ones in N images, in px; `lengths` (N,) is one length for each
# image. Write `nme(distances, lengths)`: the mean over all ends of the distance divided by the length of its own image,
# in percent.
#
# The check then compares two models by two lengths: the diagonal of each image's region of interest, and that of the whole image.


# %% nbgrader={"grade": false, "grade_id": "percent-of-what", "locked": false, "schema_version": 3, "solution": true, "task": false}
def nme(distances, lengths):
    ### BEGIN SOLUTION
    return 100 * np.mean(distances / lengths[:, None])
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "percent-of-what-check", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
check("conventions.percent-of-what", nme)
model_a, model_b = np.array([[4.0, 4.0], [1.0, 1.0]]), np.array([[2.0, 2.0], [2.5, 2.5]])
for name, lengths in {
    "region of interest": np.array([400.0, 100.0]),
    "image": np.array([800.0, 800.0]),
}.items():
    print(f"{name:18s} A {nme(model_a, lengths):.2f} %  B {nme(model_b, lengths):.2f} %")

# %% [markdown] tags=["explanation"]
# A is better where the region of interest is small, B where it is large; the length decides which image counts more. If the
# two lengths had the same ratio in all images, all errors would grow by one factor, and the order would stay.

# %% [markdown]
# ### Do conventions move more than models?
#
# `scores` has a row per convention and a column per model, of the same predictions. Write `swing(scores, default)`, which
# gives two numbers: how far the models are apart (highest less lowest) in the row `default`; and how far one model moves over
# the conventions, for the median model.


# %% nbgrader={"grade": false, "grade_id": "swing", "locked": false, "schema_version": 3, "solution": true, "task": false}
def swing(scores, default):
    ### BEGIN SOLUTION
    between_models = scores[default].max() - scores[default].min()
    of_each_model = scores.max(axis=0) - scores.min(axis=0)
    return between_models, np.median(of_each_model)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "swing-check", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
check("conventions.swing", swing)
### BEGIN HIDDEN TESTS
assert np.allclose(swing(np.array([[0.1, 0.2], [0.5, 0.4]]), 1), (0.1, 0.3))
### END HIDDEN TESTS
