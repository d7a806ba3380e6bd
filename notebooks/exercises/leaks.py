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
# # Exercises: Repeated and overlapping frames
#
# Fill the cells that say so, then run the check below each, which shows under what name it looks for your answer. Nothing
# is trained here; the third draws a few simulated images.

# %%
import numpy as np

from cvlib.data.filmed import Filmed
from cvlib.data.hashes import distance, phash
from cvlib.exercises import check

# %% [markdown]
# ### Thinning a film
#
# A sample moves by `step` px from frame to frame, a frame is `width` px wide, and only one frame in `every` is kept:
# 0, `every`, 2 `every`, ... Write `shared(step, every, width)`: the share of a frame that the next kept one shows too.


# %% nbgrader={"grade": false, "grade_id": "shared", "locked": false, "schema_version": 3, "solution": true, "task": false}
def shared(step, every, width):
    ### BEGIN SOLUTION
    return max(0, 1 - step * every / width)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "shared-check", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
check("leaks.shared", shared)
print(f"every fifth frame, 64 of 640 px apart: {shared(64, 5, 640):.0%}")

# %% [markdown] tags=["explanation"]
# Thinning a film does not make its frames independent, it only makes fewer
# of them overlap.

# %% [markdown]
# ### Test images that are seen in training
#
# Of N frames, `clip` (N,) says which sample each shows, `left` (N,) where its left edge lies on that sample in px, `tested`
# (N,) whether it is a test image; all others are trained on. Two frames overlap if they show the same sample and their left edges
# are less than `width` apart. Write `exposed(clip, left, tested, width)`: the share of test images that overlap with at least
# one training image.


# %% nbgrader={"grade": false, "grade_id": "exposed", "locked": false, "schema_version": 3, "solution": true, "task": false}
def exposed(clip, left, tested, width):
    ### BEGIN SOLUTION
    overlap = (clip[:, None] == clip) & (np.abs(left[:, None] - left) < width)
    seen = overlap[tested][:, ~tested].any(axis=1)
    return seen.mean()
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "exposed-check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
check("leaks.exposed", exposed)
rng = np.random.default_rng(0)
clip, left = np.repeat(np.arange(50), 20), np.tile(320 * np.arange(20), 50)
print(f"divided by image: {exposed(clip, left, rng.random(1000) < 0.2, 640):.0%}")
print(f"divided by clip: {exposed(clip, left, clip % 5 == 0, 640):.0%}")
### BEGIN HIDDEN TESTS
assert exposed(np.array([0, 0]), np.array([0, 640]), np.array([True, False]), 640) == 0
### END HIDDEN TESTS

# %% [markdown] tags=["explanation"]
# Here nearly every frame overlaps with two others. Nothing leaks into a test image only if both of them are test images too: with a
# share $t$ of test images that happens to $t^2$ of them, 4 % for $t = 0.2$. With $k$ neighbours $1 - t^k$ of the test images leak.

# %% [markdown]
# ### From which shift is a hash blind?
#
# `frames` are of one simulated sample, shifted by `shifts` px against the first. `phash` gives each a perceptual hash of 64
# bits, `distance` the number of bits in which two hashes differ. A filter counts two frames as copies if at most 8 bits differ.
# Which is the smallest of these shifts at which it no longer takes the frame for a copy of the first? Hand it in as `blind`.

# %%
shifts = [0, 1, 3, 7, 15, 31, 64, 96, 128]
film = Filmed([shifts], seed=3)
frames = [film.image(place) for place in range(len(shifts))]

# %% nbgrader={"grade": false, "grade_id": "blind", "locked": false, "schema_version": 3, "solution": true, "task": false}
### BEGIN SOLUTION
hashes = phash(frames)
bits = distance(hashes, hashes[0])
blind = np.array(shifts)[bits > 8].min()
### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "blind-check", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
check("leaks.blind", blind)

# %% [markdown] tags=["explanation"]
# A frame is 640 px wide: at that shift more than nine tenths of the picture are the same. A filter by hash removes copies, and
# leaves overlapping frames in the data.

# %% [markdown]
# ### What memory alone can score
#
# 200 frames, five of each clip: `look` is what they look like, `shows` whether they show a defect. The labels are drawn by
# chance, clip by clip, so there is nothing to be learnt. A memoriser answers for a test frame with the label of the training
# frame that looks most like it (least distance between the rows of `look`).
#
# `tested_by_image` and `tested_by_clip` (N,) say which frames are tested under two splits; all others are trained on. Take the
# accuracy of the memoriser under both. By how much is it higher when frames are divided by image? Hand that in as `gain`.

# %%
rng = np.random.default_rng(5)
clip = np.repeat(np.arange(40), 5)
look = rng.normal(size=(40, 3))[clip] + 0.05 * rng.normal(size=(200, 3))
shows = (rng.random(40) < 0.5)[clip]
tested_by_image, tested_by_clip = np.arange(200) % 5 == 2, clip % 5 == 2


# %% nbgrader={"grade": false, "grade_id": "memory", "locked": false, "schema_version": 3, "solution": true, "task": false}
### BEGIN SOLUTION
def accuracy(tested):
    apart = np.linalg.norm(look[tested][:, None] - look[~tested], axis=2)
    remembered = shows[~tested][apart.argmin(axis=1)]
    return np.mean(remembered == shows[tested])


gain = accuracy(tested_by_image) - accuracy(tested_by_clip)
### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "memory-check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
check("leaks.memory", gain)

# %% [markdown] tags=["explanation"]
# Divided by clip it answers no better than a coin. Divided by image it is always right, without having learnt anything: that
# part of a score proves nothing about a model.
