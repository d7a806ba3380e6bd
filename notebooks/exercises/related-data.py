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
# # Exercises: Related data sets
#
# Fill the cells that say so, then run the check below each, which shows under what name it looks for your answer. The
# paper's Table 1 comes with the package; no images are needed.

# %%
from math import prod

from cvlib.exercises import check
from cvlib.papers import claim, related_datasets

# %% [markdown]
# ### Larger by pixels
#
# How many pixels does a data set have in all? Name those of Table 1 that have more than CoatingVision, in a list, the largest first.

# %% nbgrader={"grade": false, "grade_id": "larger", "locked": false, "schema_version": 3, "solution": true, "task": false}
rows = related_datasets()  # each has .name, .images, and .pixels of one image
images, height, width = (int(claim(f"p1.{each}").value) for each in ("images", "height", "width"))
### BEGIN SOLUTION
total = {row.name: row.images * row.pixels for row in rows}
larger = [name for name, pixels in total.items() if pixels > images * height * width]
larger.sort(key=total.get, reverse=True)
### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "larger-check", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
check("related-data.larger", larger)

# %% [markdown] tags=["explanation"]
# The number of images alone would name others, and so would the size of one image. None of the three says how hard a data set is.

# %% [markdown]
# ### Can both be right?
#
# A paper gives the size of some data sets twice: as a number of images in a table, and in the text, in one of three ways.
# `"product"`: so many types of so many images each; `"sum"`: so many with and so many without a defect; `"more than"`: more
# than so many. `numbers` are those of the text. Write a function that says whether a table's `images` can be right as well.


# %% nbgrader={"grade": false, "grade_id": "both-right", "locked": false, "schema_version": 3, "solution": true, "task": false}
def both_right(reading, numbers, images):
    ### BEGIN SOLUTION
    if reading == "more than":
        return images > numbers[0]
    return images == (prod(numbers) if reading == "product" else sum(numbers))
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "both-right-check", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
check("related-data.both-right", both_right)

# %% [markdown] tags=["explanation"]
# In the paper's Table 1, two of the five that can be checked disagree. That says that something is missing or amiss between two numbers;
# it does not say which of them is wrong.

# %% [markdown]
# ### How many images is a video worth?
#
# `frames` images are cut from `videos` videos, equally many from each. Whether an image shows a defect correlates between two
# images of one video with `rho`, and not at all between videos. The variance of the share of images with a defect is then
# $1 + (m - 1)\rho$ times that of independent images, with $m$ the number of images per video. As how many independent images do
# they count?


# %% nbgrader={"grade": false, "grade_id": "effective-images", "locked": false, "schema_version": 3, "solution": true, "task": false}
def effective(frames, videos, rho):
    ### BEGIN SOLUTION
    per_video = frames / videos
    return frames / (1 + (per_video - 1) * rho)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "effective-images-check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
check("related-data.effective-images", effective)

# %% [markdown] tags=["explanation"]
# Two thousand frames of twenty videos count as forty at a correlation of one half, and as twenty if the frames of a video are all alike. The
# size of a data set is best given as both numbers.
