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
# (leaks)=
# # Repeated and overlapping frames
#
# Images cut from video repeat each other, and a test image whose neighbour is trained on is hardly new. {cite:t}`sampath2026`
# remove duplicates before anything is trained. This chapter shows what such a filter sees and what it does not, finds the
# frames that overlap, and measures how much of a score can be had by remembering alone.

# %% tags=["parameters"]
dataset: str = "simulated"  # a name from `cvlib data list`, or path:DIR for your own
images: int = 2227  # images to simulate; other data sets are taken whole
seed: int = 0  # of the simulated images and of the intervals
channels: str = "auto"  # channel order of path:DIR masks: auto, RGBA, BGRA
profile: str = "quick"  # of the networks whose stored runs are shown: trial, quick, standard, paper
bits: int = 8  # in which perceptual hashes of alike images may differ, of 64
least: float = 0.75  # correlation from which two images overlap

# %% tags=["hide-input"]
import pandas as pd
from myst_nb import glue

from cvlib import chapter
from cvlib.data import open_dataset
from cvlib.data.repeats import find
from cvlib.figures import leaks as figures
from cvlib.leaks import memory, networks, report, shifts, stored
from cvlib.leaks.examples import examples
from cvlib.simulate.coating import WIDTH
from cvlib.tables import Remarks, Table

this = chapter.begin(globals())
data = open_dataset(dataset, images=images, seed=seed, channels=channels)

# %% [markdown]
# ## What the paper does about it
#
# The sample moves under the camera, the camera films, and frames of the film are the images (Methods, *Motion Blur
# Simulation and Image Extraction*). A "hashmap-based filtering method" then takes out duplicates (Methods, *Duplicate Removal
# and Hashmap Filtering*). Which hash, and how near two images must be to count as one, the text does not say. Nor does it say
# whether frames that overlap without being the same were kept apart when the images were divided into 80 % and 20 %.
#
# Two kinds of hash come to mind:
#
# - A *hash of the file or of its pixels*, such as SHA-2, is equal for equal images and unrelated for all others. One more bit of
#   noise, and the copy is not seen.
# - A *perceptual hash* is meant to change little when an image does. A common one, pHash, scales the image to 32 x 32 grey
#   values $g$, takes the lowest 8 x 8 frequencies of its cosine transform,
#
# ```{math}
# :label: phash-equation
#
# F_{uv} = \sum_{y=0}^{31} \sum_{x=0}^{31} g_{yx}
# \cos\frac{\pi u\,(y + \tfrac12)}{32} \cos\frac{\pi v\,(x + \tfrac12)}{32}, \qquad 0 \le u, v < 8,
# ```
#
# and keeps for each whether it is above their median ({py:func}`cvlib.data.hashes.phash`). How unlike two images are is the number of
# their 64 bits that differ.
#
# Neither is told that the camera has moved. The third way is: correlate the two images at *every* shift, and take the best
# ({py:func}`cvlib.data.duplicates.overlaps`).

# %% [markdown]
# ## What a hash can and cannot see
#
# On simulated samples the truth is known. {numref}`fig-shift` cuts frames out of the same sample at many places, with light that stands
# still and noise of its own in each, and compares them in both ways.

# %% tags=["hide-input"]
moved, copied = shifts.film(seed=seed), shifts.copies(seed=seed)

# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-shift", "caption": "Pairs of frames of one simulated sample, by how far it moved between them; frames are 640 px wide. Lines: medians. Dashed: from where a pair counts as found. Grey: 99 % of the pairs of different samples; on the right, of those that look enough alike to be correlated at all. Drawn by {py:func}`cvlib.figures.leaks.by_shift`."}, "image": {"alt": "Left: the bits that differ rise with the shift, from none to as many as between unrelated images, within a small part of the frame's width. Right: correlation stays high at all shifts, far above that of different samples."}}
figures.by_shift(moved.same, moved.other, bits, least)

# %% tags=["hide-input"]
Table(
    report.by_case(shifts.recall(moved.same, copied.same, bits, least, seed)),
    "tab-cases",
    f"Share of the pairs of one sample that each way finds: same pixels, at most {bits} of 64 bits different, correlation of at least {least:g}. With 95 % intervals over samples, but where all agree. The first row is of copies: JPEG of quality 50 to 95, .8 to 1.2 times as bright, noise added.",
    widths=[5, 2, 2, 3, 2],
)

# %% tags=["remove-cell"]
median = moved.same.groupby("shift_px")["bits"].median()
blind = min(median.index[median > bits], default=None)
glue("blind-from", f"{blind} px" if blind else "no", display=False)
glue("blind-share", f"{blind / WIDTH:.1%}" if blind else "nothing", display=False)
glue("profile-name", profile, display=False)
glue("unlike", f"{moved.other['bits'].median():.0f}", display=False)

# %% [markdown]
# The perceptual hash is made for the copy that was saved again, darker and noisier. From {glue:text}`blind-from` shift on
# ({glue:text}`blind-share` of the width) the typical pair is no longer alike, and two different samples typically differ in
# {glue:text}`unlike` bits. A filter made of such a hash, at few bits, leaves overlapping frames in the data set.
#
# ## What this data set holds
#
# {py:func}`cvlib.data.repeats.find` reads each image once and looks for all three: equal pixels, alike hashes, overlaps. Overlapping pairs
# are joined to *groups*, and groups are judged as wholes: a pair joins two groups only if the other pairs between them fit.
# Joining every pair instead would chain samples together through a few false ones.

# %% tags=["hide-input"]
found = find(data, bits, least, kept=-1)
known = not data.frames["clip"].is_unique
groups = pd.factorize(data.frames["clip"])[0] if known else found.groups

# %% tags=["hide-input"]
Table(report.counts(found), "tab-repeats", f"Found in {data.title}.", widths=[3, 1])

# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-pairs", "caption": "Overlapping pairs as found, for three sizes of overlap; framed is what both images show. Drawn by {py:func}`cvlib.figures.leaks.pairs`."}, "image": {"alt": "Pairs of images; a yellow frame marks the same part of the sample in both."}}
pairs = examples(data, found)
figures.pairs(pairs) if pairs else Remarks(["No two images overlap."])

# %% [markdown]
# Where clips are known, what was found can be held against them ({numref}`tab-agreement`). Most pairs of one clip do not overlap, as the sample
# has moved on by more than a width; only groups, which chain them, can find those.

# %% tags=["hide-input"]
agreed = stored.agreement(found, data.frames["clip"])
Table(
    report.agreement(agreed)
    if known
    else pd.DataFrame({"clips": ["not known: nothing to hold this against"]}),
    "tab-agreement",
    "Pairs found, the share of them that is of one clip (precision), and the share of all pairs of one clip that is found (recall).",
)

# %% [markdown]
# ## How many test images are seen in training
#
# Divide the images 70 : 10 : 20, once by image and once by clip, and count the test images that overlap with a training image.
# A profile that takes only some images, evenly spread, leaves neighbours out; {numref}`tab-exposed` therefore counts for all images
# and for as many as the networks of the profile *{glue:text}`profile-name`* are given.

# %% tags=["hide-input"]
sizes = networks.sizes(data, profile)
recalled = {number: memory.gains(data, found, groups, number, seed) for number in sizes}
everything = pd.concat(recalled.values(), ignore_index=True)
Table(
    report.exposed(everything),
    "tab-exposed",
    f"Test images that overlap with a training image (correlation of at least {least:g}), by split.",
)

# %% [markdown]
# ## What memory alone can score
#
# A *memoriser* learns nothing. For each test image it takes the training image that is most like it, at the best shift, and copies
# its answer: the mask, moved by the shift; the boxes, moved too, with the correlation as their confidence; the labels
# ({py:func}`cvlib.leaks.memory.answer`). It is scored as the networks are. Where clips are kept together, no training image shows
# the sample and what is left is luck: some classes are in most images. What it gains when images are divided one by one is the
# part of a score that memory can provide, without any training.

# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-memory", "caption": "Scores of the memoriser with 95 % intervals over clips, by split and number of images. Drawn by {py:func}`cvlib.figures.leaks.memory`."}, "image": {"alt": "Three panels, one per task: with clips kept together the scores are low at every number of images; with a split by image they rise with the number of images."}}
figures.memory(everything, report.MEASURES)

# %% tags=["hide-input"]
Table(
    report.remembered(everything),
    "tab-memory",
    "Scores of the memoriser, with the most similar training image chosen by correlation at all shifts or by perceptual hash.",
    widths=[2, 2, 3, 4, 4, 4],
)

# %% tags=["remove-cell"]
whole = recalled[len(data)]
whole = whole[whole["by"] == "correlation"].set_index("split")
for task in memory.TASKS:
    for kind in memory.KINDS:
        glue(f"{task}-{kind}", f"{whole.loc[kind, task].value:.2f}", display=False)

# %% [markdown]
# With all images, the memoriser goes from {glue:text}`segmentation-groups` to {glue:text}`segmentation-random` in Dice, from
# {glue:text}`detection-groups` to {glue:text}`detection-random` in mAP@.5 and from {glue:text}`classification-groups` to
# {glue:text}`classification-random` in macro F1, when images are divided one by one. A network that reaches such scores under such a
# split has not been shown to have learnt anything.
#
# ## What the networks gain
#
# Memory *can* be used; whether a network uses it is another question. {numref}`tab-networks` reads the stored runs of the chapters on
# {ref}`segmentation <segmentation>`, {ref}`detection <detection>` and {ref}`classification <classification>`, and puts the memoriser on
# the same images beside them.

# %% tags=["hide-input"]
models = networks.trained(data, profile, seed=seed)
Table(
    report.networks(models, recalled)
    if models
    else pd.DataFrame({"runs": ["none of both splits is stored: run those chapters first"]}),
    "tab-networks",
    "Mean scores with clips kept together (*by clip*) and divided by image, with 95 % intervals over clips, and the gain from the first to the second.",
    widths=[4, 4, 2, 4, 4, 2],
)

# %% [markdown]
# The gain has no interval. The two test sets are different images, so it cannot be paired by clip as differences between models
# are; and they share clips, so they are not independent either. Read it with both intervals: where they overlap widely, the
# runs show no leak. That is no proof of absence. The profile *quick* shows each image a few times only, and a profile that
# takes some of the images leaves out most neighbours. The classical baselines can remember next to
# nothing; their gain tells by how much one test set is easier than the other.
#
# ## Real photographs
#
# The magnetic tiles of {cite:t}`huang2020` are photographed standing still, up to six times under different exposures. As a clip we
# count photographs taken soon after each other: those of one tile, and often of its neighbours; three joins between clips
# were found by correlation, so the truth is not wholly independent of what is tried here. {numref}`tab-tiles` and {numref}`tab-tiles-memory` were measured once and stored, since the
# photographs are not part of the public book.

# %% tags=["hide-input"]
tiles, tiles_memory, facts = stored.stored("magnetic-tile")
Table(
    report.agreement(tiles),
    "tab-tiles",
    f"Magnetic tiles, {facts['images']:,} photographs: what was found against clips of neighbouring photographs. Pairs of different tiles in one clip count as missed. {facts['identical images']} photographs have the pixels of another.",
)

# %% tags=["hide-input"]
Table(
    report.remembered(report.long(tiles_memory)),
    "tab-tiles-memory",
    "The memoriser on the magnetic tiles; *by clip* keeps neighbouring photographs together.",
    widths=[2, 2, 3, 4, 4, 4],
)

# %% tags=["remove-cell"]
loose = tiles.set_index(["way", "threshold"])["precision"]
glue("tiles-loose", f"{loose['correlation', 0.75]:.0%}", display=False)
glue("tiles-strict", f"{loose['correlation', 0.9]:.0%}", display=False)
by_hash = tiles_memory[tiles_memory["by"] == "perceptual hash"].set_index(["task", "split"])["value"]
glue("tiles-f1", f"{by_hash['classification', 'random']:.2f}", display=False)
glue("tiles-f1-groups", f"{by_hash['classification', 'groups']:.2f}", display=False)

# %% [markdown]
# Here nothing moves between the pictures, and between hash and correlation {numref}`tab-tiles-memory` shows no clear difference: the
# memoriser by hash scores a macro F1 of {glue:text}`tiles-f1` when photographs of a clip are on both sides, {glue:text}`tiles-f1-groups` when they are
# not. The threshold does not carry over. Of the pairs that correlate by .75 or more only {glue:text}`tiles-loose` are of one clip, since all tiles
# look much alike; of those above .9 it is {glue:text}`tiles-strict`. Both thresholds were found by looking: .75 on images of this simulator, .9 on these tiles, so the numbers
# on this page flatter them. Choose yours on your own images, by looking at pairs near it.
#
# ## Your own images
#
# ~~~bash
# cvlib data duplicates /my/frames                      # any folder of images
# cvlib data duplicates /my/frames --to groups.csv      # image,group: what to keep together
# cvlib data duplicates /my/frames --no-overlaps        # hashes alone, for very many images
# ~~~
#
# ## What to take away
#
# - A hash finds copies. Frames of a moving sample overlap without being copies, and need correlation at all shifts.
# - Divide by clip, or by the groups found; never by image.
# - Try the memoriser before the network: it takes seconds, and its score under your split is the least that a network can get without learning.
# - Thinning a film does not make its frames independent, it only makes fewer of them overlap.

# %% [markdown] tags=["exercises"]
# ## Exercises
#
# Each checks itself. `cvlib coursework build --to course --chapters leaks` makes a notebook to fill in;
# `notebooks/exercises/leaks.ipynb` has the solutions.

# %% [markdown]
# ## Provenance

# %% tags=["hide-input"]
this.provenance(data)
