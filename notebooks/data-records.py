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
# (data-records)=
# # Data records and statistics
#
# This chapter runs the *Data Records* section of {cite:t}`sampath2026`: how a coating image, its mask, its labels
# and its boxes are stored, and how often each defect occurs. Figures and numbers are computed from the data
# set named in the next cell, but for the worked example of Table 2; where the paper prints a number, it stands beside
# ours.

# %% tags=["parameters"]
dataset: str = "simulated"  # a name from `cvlib data list`, or path:DIR for your own
images: int = 2227  # images to simulate; other data sets are taken whole
seed: int = 0  # of all that is random here
channels: str = "auto"  # channel order of path:DIR masks: auto, RGBA, BGRA

# %% tags=["hide-input"]
import tempfile
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
from myst_nb import glue
from PIL import Image

from cvlib import chapter, statistics
from cvlib.data import Subset, open_dataset, tree, write
from cvlib.defects import CLASSES, DETECTION_CLASSES
from cvlib.figures import comparison, records
from cvlib.papers import claim
from cvlib.survey import examples, survey
from cvlib.tables import Remarks, Table

this = chapter.begin(globals())
data = open_dataset(dataset, images=images, seed=seed, channels=channels)
found = survey(data)
shown = examples(found.presence, count=4, seed=seed)

# %% [markdown]
# ## The images
#
# {numref}`fig-samples` shows the image with the most classes of defect and further ones picked at random so that,
# as far as four images can, every class is seen; below each, its mask is laid over it. The data set has {glue:text}`images` images in {glue:text}`clips` clips. Images of one clip show the same sample: frames of
# a coating that moves past the camera, or photographs of one tile. They are not independent of each other. What
# else to know about these data:

# %% tags=["hide-input"]
Remarks(data.remarks)

# %% tags=["remove-cell"]
glue("images", f"{len(data):,}", display=False)
glue("clips", f"{data.frames['clip'].nunique():,}", display=False)

# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-samples", "caption": "Images and their masks (the paper's Fig. 5). Colours stay the same through the book. Drawn by {py:func}`cvlib.figures.records.samples`."}, "image": {"alt": "Four images in a row; below each the same image with its cracks, patches and spots painted over in the colours of their classes, which a legend names."}}
records.samples(data, shown)

# %% [markdown]
# ## Three record formats
#
# The paper stores the same images three times, once for each task. The next cell writes the four images of
# {numref}`fig-samples` in all three formats and lists what lies on disk (the paper's Figs. 7, 9 and 11).

# %%
scratch = tempfile.TemporaryDirectory()
folder = Path(scratch.name) / "coating"
write(Subset(data, shown), folder, progress=False)
print(tree(folder))

# %% [markdown]
# ### Segmentation: one channel per defect
#
# A mask is a PNG with four channels: surface crack, delamination, pinhole, unclassified. A pixel can carry
# several defects at once, because the channels do not know of each other. The paper says a defect is marked
# with 1; in the files that its code reads the value is 255. Our reader takes both and gives booleans.

# %%
mask_file = folder / "segmentation/masks" / f"{data.frames['name'][shown[0]]}.png"
mask = np.asarray(Image.open(mask_file))
print(mask.shape, mask.dtype, "values", np.unique(mask))
for channel, defect in enumerate(CLASSES):
    print(f"channel {channel}  {defect:14s} {np.count_nonzero(mask[:, :, channel]):7,} pixels")

# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-channels", "caption": "The four channels of one mask. Drawn by {py:func}`cvlib.figures.records.channels`."}, "image": {"alt": "Four black panels, one per defect class, with the pixels of that class in white."}}
records.channels(mask, data.class_titles)

# %% [markdown]
# {numref}`fig-layers` lays the channels over the photograph. Take one away to see what lies below it.

# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-layers", "caption": "The image that the mask is of; the check boxes show and hide its channels. Drawn by {py:func}`cvlib.figures.comparison.masks`."}}
comparison.masks(data.image(shown[0]), {"mask": data.mask(shown[0])}, data.class_titles)

# %% [markdown]
# ```{warning}
# **Which channel is channel 0?** OpenCV hands out blue, green, red, alpha; Pillow, TensorFlow and torchvision
# red, green, blue, alpha. The paper's figures draw cracks in blue. If its files were written through OpenCV,
# a reader that decodes RGBA finds the surface cracks in channel 2 and the pinholes in channel 0. And the fourth
# channel is the PNG's *alpha*. A reader that drops alpha loses the unclassified defects; an image viewer, or a reader
# that premultiplies alpha, keeps nothing but them: where alpha is 0 it shows nothing.
# ```
#
# The same file through both readers:

# %%
through_opencv = cv2.imread(str(mask_file), cv2.IMREAD_UNCHANGED)
without_alpha = cv2.imread(str(mask_file))
for name, array in [("Pillow", mask), ("OpenCV", through_opencv), ("OpenCV, default flags", without_alpha)]:
    counts = [int(np.count_nonzero(array[:, :, channel])) for channel in range(array.shape[2])]
    print(f"{name:22s} pixels per channel {counts}")

# %% [markdown]
# This package therefore writes the order into a `manifest.json` beside the records. For a folder without one,
# `channels="auto"` compares how many images each channel marks with the shares the paper prints, says what it
# chose, and refuses to guess where both orders fit.
#
# ### Classification: one row per image

# %%
print((folder / "classification/labels/annotations.csv").read_text())

# %% [markdown]
# ### Detection: one line per box
#
# A YOLO line holds a class and a box: its centre, its width and its height, all as shares of the image.
# {numref}`tab-yolo` is the paper's own example and {numref}`fig-yolo` draws it to scale.

# %% tags=["hide-input"]
example = pd.DataFrame(
    {
        column: [claim(f"p1.table2.{defect}.{column}").printed for defect in DETECTION_CLASSES]
        for column in ("class", "x", "y", "w", "h")
    }
)
Table(example, "tab-yolo", "Two lines of a YOLO file, as Table 2 of the paper prints them.")

# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-yolo", "caption": "The two boxes of {numref}`tab-yolo` in an image of the paper's size (the paper's Fig. 10). Drawn by {py:func}`cvlib.figures.records.yolo_example`."}, "image": {"alt": "An empty frame of the size of the paper's images with a pinhole box and an unclassified box, each with its class, centre and size in pixels."}}
records.yolo_example(
    example.astype(float), height=int(claim("p1.height").value), width=int(claim("p1.width").value)
)

# %% [markdown]
# The images of {numref}`fig-boxes` carry the boxes of their own text files. A box here reaches from the left edge
# of an object's first pixel to the right edge of its last, so an object of one pixel has a width of one pixel,
# not zero.

# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-boxes", "caption": "Boxes of pinholes and unclassified defects (the paper's Fig. 12). Drawn by {py:func}`cvlib.figures.records.boxes`."}, "image": {"alt": "Three images with thin frames around pinholes and unclassified defects, in the colours of the two classes."}}
records.boxes(data, examples(found.presence[list(DETECTION_CLASSES)], count=3, seed=seed))

# %% [markdown]
# ## How common is each defect?
#
# The share of images whose mask has at least one pixel of a class:

# %% tags=["hide-input"]
shares = statistics.image_shares(data, found.presence, seed=seed)
Table(
    statistics.prevalence(data, found.presence, shares),
    "tab-prevalence",
    "Images that show each defect, here and in the paper. Interval: 95 %, percentile bootstrap of 2,000 draws over clips.",
    widths=[3, 2, 4, 5, 4],
)

# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-prevalence", "caption": "Share of images that show each defect. The published shares are of the paper's own data and only comparable where {numref}`tab-prevalence` says so. Drawn by {py:func}`cvlib.figures.records.prevalence`."}, "image": {"alt": "Horizontal bars of the share of images with each defect, with intervals and the published shares as black lines."}}
records.prevalence(shares, statistics.published_shares(), data.class_titles)

# %% [markdown]
# ```{admonition} Put in, found again
# :class: important
# If the data are simulated, the counts agree with the paper's because the simulator is told them. That shows the counting to be
# right, and nothing about real coatings. The interval is what such a table would carry for real
# data: how far each share would move with another choice of samples, were they not chosen to meet it.
# ```
#
# {numref}`fig-cooccurrence` counts which defects are seen together. Read it row by row: of the images with the
# defect on the left, so many also show the defect below.

# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-cooccurrence", "caption": "Defects seen in the same image: number of images, and share of the row's images. Drawn by {py:func}`cvlib.figures.records.cooccurrence`."}, "image": {"alt": "A table with a row and a column per class: how many images with the row's defect also show the column's, and what share that is; darker where the share is larger."}}
records.cooccurrence(found.presence, data.class_titles)

# %% [markdown]
# ## How many objects, how large?
#
# An object is a set of pixels of one class that touch each other, at a corner too (8-connected). An image cuts
# off what lies on its border, and a crack network counts as one object however many branches it has: numbers
# of objects depend on this choice far more than shares of images do.

# %% tags=["hide-input"]
Table(
    statistics.object_summary(data, found.objects),
    "tab-objects",
    "Objects of each class. Images of one clip can show the same defect, which is then counted in each.",
)

# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-sizes", "caption": "Diameter of the circle with the object's area; in \u00b5m where the scale of the images is known (that of the simulated ones is our choice). Drawn by {py:func}`cvlib.figures.records.object_sizes`."}, "image": {"alt": "Four histograms of object diameters on a logarithmic axis, one per class in its colour, with the number of objects above each."}}
records.object_sizes(found.objects, statistics.um_per_pixel(data), data.class_titles)

# %% [markdown]
# ## What to take away
#
# - Check the channel order of a mask before anything else; prevalence is a quick test.
# - Read the alpha channel. It is data here.
# - Shares of images are a property of how images were cut from a sample as much as of the sample: with larger
#   images, or more overlap, they change.
# - Two frames of one clip are not two observations. Intervals here draw whole clips anew.

# %% [markdown] tags=["exercises"]
# ## Exercises
#
# Each checks itself. `cvlib coursework build --to course --chapters data-records` makes a notebook to fill in;
# `notebooks/exercises/data-records.ipynb` has the solutions.

# %% [markdown]
# ## Provenance

# %% tags=["hide-input"]
this.provenance(data)
