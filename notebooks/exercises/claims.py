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
# # Exercises: Claims and verdicts
#
# Fill the cells that say so, then run the check below each, which shows under what name it looks for your answer. The
# ledger of claims comes with the package; nothing is measured here.

# %%
import numpy as np

from cvlib.exercises import check
from cvlib.papers import claims

# %% [markdown]
# ### What rests on a training run
#
# Each claim in the ledger names what it rests on: grounds such as "training run", or the ids of other claims, which have grounds of
# their own. How many claims of the first paper rest on a training run, directly or through another claim?

# %% nbgrader={"grade": false, "grade_id": "rests-on", "locked": false, "schema_version": 3, "solution": true, "task": false}
ledger = claims()  # by id; each has .paper and .rests_on
### BEGIN SOLUTION
held = {each.id for each in ledger.values() if "training run" in each.rests_on}
while more := {each.id for each in ledger.values() if held & set(each.rests_on)} - held:
    held |= more
trained = sum(ledger[each].paper == 1 for each in held)
### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "rests-on-check", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
check("claims.rests-on", trained)

# %% [markdown] tags=["explanation"]
# These need the paper's images *and* its models before they can be called reproduced. The number and size of the images, the shares of the
# classes and the roundness of pinholes need the images only.

# %% [markdown]
# ### Does a printed number lie in an interval?
#
# A printed number stands for all numbers that round to it. Write a function that says whether any of them lies in the interval
# from `low` to `high`. `printed` is text such as `"0.80"` or `"1,234"`.


# %% nbgrader={"grade": false, "grade_id": "within", "locked": false, "schema_version": 3, "solution": true, "task": false}
def agrees(printed, low, high):
    ### BEGIN SOLUTION
    value = float(printed.replace(",", ""))
    half_unit = 0.5 * 10.0 ** -len(printed.partition(".")[2])
    return low <= value + half_unit and value - half_unit <= high
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "within-check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
check("claims.within", agrees)

# %% [markdown]
# ### The rule
#
# A claim that is in the source gets its verdict by what is known of it:
#
# - `inside`: whether the printed number lies in the measured interval, `True` or `False`; `None` if nothing was measured,
# - `own_data`: whether it was measured on the paper's own data,
# - `checks`: a list of `True` and `False`, one for each calculation on printed values that bears on it; it may be empty.
#
# A measurement on the paper's own data outranks arithmetic, arithmetic outranks a measurement on other data. Return
# `"reproduced"`, `"differs"`, `"consistent"`, `"inconsistent in the text we have"`, `"not comparable"` or
# `"not checkable here"`.


# %% nbgrader={"grade": false, "grade_id": "rule", "locked": false, "schema_version": 3, "solution": true, "task": false}
def verdict(inside, own_data, checks):
    ### BEGIN SOLUTION
    if inside is not None and own_data:
        return "reproduced" if inside else "differs"
    if checks:
        return "consistent" if all(checks) else "inconsistent in the text we have"
    return "not checkable here" if inside is None else "not comparable"
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "rule-check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
check("claims.rule", verdict)

# %% [markdown] tags=["explanation"]
# Where other data happen to give the printed number, nothing is reproduced: a simulator can be told to. That is why `inside` counts for
# nothing without `own_data`.

# %% [markdown]
# ### An interval that can tell
#
# A score is printed as 0.80. Any interval from 0.4 to 0.99 "reproduces" it, so it is wise to say beforehand how narrow the
# interval has to be. Of how many independent images must a share near 0.8 be counted, at least, for its 95 % interval to reach
# no farther than 0.02 to either side? Take the normal approximation, with 1.96 standard errors.

# %% nbgrader={"grade": false, "grade_id": "images-needed", "locked": false, "schema_version": 3, "solution": true, "task": false}
share, reach = 0.8, 0.02
### BEGIN SOLUTION
images = int(np.ceil(1.96**2 * share * (1 - share) / reach**2))
### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "images-needed-check", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
check("claims.images-needed", images)

# %% [markdown] tags=["explanation"]
# Half the reach takes four times the images. And images of one clip are not independent: what counts is nearer to the number of clips.
