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
# (detection)=
# # Defect detection
#
# Where is each pinhole, and how large? The sections *Pinhole Detection* and *Defect Detection* of {cite:t}`sampath2026`
# give every image a file of boxes, train YOLO11 and Faster R-CNN on them, and score both by average precision. This
# chapter walks through the file, trains both detectors on the data set named below, and takes their scores apart: what
# is a hit, which area is meant, and at which confidence precision and recall are read.

# %% tags=["parameters"]
dataset: str = "simulated"  # a name from `cvlib data list`, or path:DIR for your own
images: int = 2227  # images to simulate; other data sets are taken whole
seed: int = 0  # of the simulated images and of the intervals
channels: str = "auto"  # channel order of path:DIR masks: auto, RGBA, BGRA
profile: str = "quick"  # how much to spend: trial, quick, standard, paper
options: str = ""  # fields of the profile to change; see `cvlib train detection --help`
seeds: str = "0"  # of the training, as 0,1,2; all but the first for YOLO alone

# %% tags=["hide-input"]
import pandas as pd
from myst_nb import glue

from cvlib import chapter, results
from cvlib.data import MagneticTile, open_dataset
from cvlib.defects import DETECTION_CLASSES
from cvlib.detect import benchmark, pictures, report
from cvlib.detect.crops import in_pixels
from cvlib.detect.plan import CLASSICAL, chapter_jobs, title
from cvlib.detect.scoring import Scored
from cvlib.detect.study import Study
from cvlib.figures import detection as figures
from cvlib.figures import records
from cvlib.figures.scores import dots
from cvlib.papers import claim
from cvlib.tables import Remarks, Table
from cvlib.training import report as common
from cvlib.training.plan import seeds_of

this = chapter.begin(globals())
data = open_dataset(dataset, images=images, seed=seed, channels=channels)
study = Study(data, profile, options.split())
jobs = [job for job in chapter_jobs(profile, seeds_of(seeds)) if study.can_make(job.model)]

# %% [markdown]
# ## From a line of text to a box
#
# A YOLO file has one line per box: a class, the centre, the width and the height, the last four as shares of the image.
# Boxes that other programs take, and those of this chapter, count pixels from the upper left corner. The paper's own
# example (its Table 2) on an image of this data set, {numref}`fig-example`:

# %%
image = data.image(0)
height, width = image.shape[:2]
columns = ("class", "x", "y", "w", "h")
lines = [[claim(f"p1.table2.{defect}.{column}").value for column in columns] for defect in DETECTION_CLASSES]
boxes = in_pixels(pd.DataFrame(lines).to_numpy(), height, width)
for (number, *shares), (_, left, top, across, down) in zip(lines, boxes, strict=True):
    line = f"{number:.0f} " + " ".join(f"{share:.3f}" for share in shares)
    print(f"{line}  ->  left {left:.1f}, top {top:.1f}, {across:.1f} x {down:.1f} px")

# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-example", "caption": "The two boxes of the paper's Table 2, drawn on an image of this data set. It is not the paper's image, so they frame nothing in particular. Drawn by {py:func}`cvlib.figures.records.yolo_example`."}, "image": {"alt": "An image with two boxes, beside each its class, centre and size in pixels."}}
records.yolo_example(pd.DataFrame(lines, columns=columns), height, width, image)

# %% [markdown]
# Where a data set has masks only, a box is put around each connected defect ({py:func}`cvlib.data.boxes_of_mask`). An
# image without boxes is a legal one: it shows what background looks like. In these data:

# %% tags=["hide-input"]
Table(
    report.parts(study),
    "tab-boxes",
    "Images and boxes of each part; no clip is in two parts.",
)

# %% [markdown]
# ## Hits, and the area under a curve
#
# A detection is a box, a class and a confidence. It *hits* a true box of its class if the two overlap enough: intersection over
# union of at least 0.5 for mAP@.5; for mAP@[.5:.95] the score is averaged over ten such limits. The surest detection
# chooses first, a true box is hit once, and any second detection of it is a false alarm
# ({py:func}`cvlib.measure.boxes.match`). Letting in ever less sure detections gives a curve of precision against recall,
# whose area is the average precision of that class. The paper's eq. 4 averages over its $N$ classes:
#
# ```{math}
# :label: map-equation
#
# \text{mAP} = \frac{1}{N} \sum_{i=1}^{N} \text{AP}_i
# ```
#
# *Which* area is a convention, see {numref}`tab-rules`; the tables here use COCO's, the same to the last digits as
# pycocotools gives ({py:func}`cvlib.measure.average_precision.average_precision`).
#
# ## What is trained
#
# YOLO11 by Ultralytics and Faster R-CNN by torchvision see the same crops of the same training images at native
# resolution, because a pinhole of a dozen pixels vanishes where images are scaled down; test images are searched whole.
# {numref}`tab-detection-profile` lists the settings. Beside them stands thresholding with OpenCV, whose connected pieces get
# a box each, the larger the surer.

# %% tags=["hide-input"]
Remarks(report.remarks(study))

# %% tags=["hide-input"]
Table(
    common.settings(study.profile, "profile paper"),
    "tab-detection-profile",
    f"Settings of these runs (profile *{profile}*), and of the profile *paper*, which are ours too: the paper states none.",
    widths=[2, 2, 2, 5],
)

# %% tags=["hide-input"]
runs = {job: study.run(job.model, job.kind, job.seed) for job in jobs}
tested = {job: Scored.of(run) for job, run in runs.items()}
first = jobs[0]
same_seed = [job for job in jobs if job.seed == first.seed or job.model == CLASSICAL]
by_model = {job.model: job for job in same_seed if job.kind == "groups"}
scored = {model: tested[job] for model, job in by_model.items()}
titles = {model: title(model) for model in by_model}

# %% [markdown]
# ## Scores
#
# {numref}`tab-detectors` has the layout of the paper's Table 3. Intervals are 95 % bootstrap intervals over clips. Precision and
# recall need a confidence, which the paper does not name: here it is the one with the highest mean F1 on the *validation* images, so
# that nothing is chosen on the images it is judged by.

# %% tags=["hide-input"]
Table(
    report.table3(scored, profile, seed),
    "tab-detectors",
    "Mean over the classes on the test images, and the rows of the paper's Table 3. The published rows are of other images, networks and weights; they stand here to show the layout, not to be beaten.",
    widths=[4, 3, 3, 3, 3, 3],
)

# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-detectors", "caption": "AP@.5 by model and class, with 95 % intervals over clips. Drawn by {py:func}`cvlib.figures.scores.dots`."}, "image": {"alt": "Dots with intervals for average precision, larger to the right: one row per model, one panel per class and one for the mean of classes."}}
dots(benchmark.scores(scored, seed=seed), titles, data.class_titles)

# %% [markdown]
# ## Precision against recall
#
# {numref}`fig-curves` is the paper's Fig. 15 for each model. The thin line is what was counted; the thick one never rises to the
# right, and the area is taken under it. The dot is where {numref}`tab-detectors` reads precision and recall. The legend
# of the paper's figure prints an AP of {glue:text}`published-pinhole` for pinholes, {glue:text}`published-unclassified` for unclassified
# defects and {glue:text}`published-all` for both; its Table 3 says {glue:text}`published-map50`.

# %% tags=["remove-cell"]
for name, id in {
    "pinhole": "figure15.pinhole",
    "unclassified": "figure15.unclassified",
    "all": "figure15.all",
    "map50": "table3.yolo11.map50",
}.items():
    glue(f"published-{name}", claim(f"p1.{id}").printed, display=False)

# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-curves", "caption": "Precision and recall on the test images as ever less sure detections are let in, at an overlap of .5; the area under the thick line is the AP in the legend. Drawn by {py:func}`cvlib.figures.detection.curves`."}, "image": {"alt": "One panel per model: for each class a curve of precision that falls in steps as recall grows, with a dot where both are read."}}
figures.curves(
    {titles[model]: benchmark.curves(each) for model, each in scored.items()},
    {titles[model]: benchmark.areas(each) for model, each in scored.items()},
    {titles[model]: each.confidence for model, each in scored.items()},
    data.class_titles,
)

# %% [markdown]
# ## One set of detections, four areas
#
# COCO reads the curve at 101 recalls, as steps. Ultralytics draws straight lines between 101 points; until April 2026 it
# also drew one from the last point reached down to recall 1, an area that no detection had earned. Pascal VOC took
# the area under all steps. {numref}`tab-rules` scores the *same detections* by all four.

# %% tags=["hide-input"]
Table(
    report.rules(scored),
    "tab-rules",
    "Mean average precision of the same detections by four rules.",
)

# %% [markdown]
# The gap is widest where few true boxes are found: of three true boxes found one, and no false alarm, the four rules say
# .337, .667, .335 and .333. Numbers made with an Ultralytics of before and after that month cannot be compared.
#
# Precision and recall move as much with the confidence they are read at, {numref}`tab-points`. Ultralytics
# prints them at the confidence that is best *on the very images it reports on*.

# %% tags=["hide-input"]
Table(
    report.operating_points(scored[first.model]),
    "tab-points",
    f"The same detections of {titles[first.model]}, read at different confidences; means over the classes, overlap .5.",
    widths=[5, 2, 2, 2, 2],
)

# %% [markdown]
# ## Found and missed
#
# {numref}`fig-found` shows the test images with the most boxes, and those with the most errors. Unclassified defects are drawn
# dashed.

# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-found", "caption": "Hits, false alarms and misses of the first model at its confidence: test images with the most boxes of each class (above), and with the most errors (below). Drawn by {py:func}`cvlib.figures.detection.outcomes`."}, "image": {"alt": "Two rows of test images with frames around hits, false alarms and misses in three colours; those of unclassified defects are dashed."}}
shown = {
    "most boxes": pictures.examples(study, scored[first.model]),
    "most errors": pictures.failures(study, scored[first.model]),
}
figures.outcomes({what: each for what, each in shown.items() if each})

# %% [markdown]
# A frame hides what it is about. In {numref}`fig-toggled` each kind of frame can be taken away.

# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-toggled", "caption": "The first image of {numref}`fig-found`; the check boxes show and hide hits, false alarms and misses. Drawn by {py:func}`cvlib.figures.detection.toggled`."}}
figures.toggled(next(each[0] for each in shown.values() if each))

# %% [markdown]
# ## How much is leakage?
#
# The paper does not say how its images were divided for detection. {numref}`tab-detection-leak` trains the first model on both
# divisions: with clips kept together, and by image, which lets frames that overlap fall on both sides. The two test
# sets are different images; thresholding, which hardly memorises, tells by how much.

# %% tags=["hide-input"]
both = {(job.model, job.kind): tested[job] for job in same_seed if job.model in (first.model, CLASSICAL)}
means = {way: benchmark.scores({"": each}, seed=seed)[""][benchmark.MEAN] for way, each in both.items()}
Table(
    common.by_split(means, "mAP@.5", title),
    "tab-detection-leak",
    "mAP@.5 with clips kept together (*groups*) and divided by image (*random*).",
)

# %% [markdown]
# {numref}`tab-detection-seeds` repeats one model with other seeds, where more than one was asked for (`seeds="0,1,2"`). The
# intervals above know nothing of that chance.

# %% tags=["hide-input"]
by_seed = {job.seed: runs[job] for job in jobs if (job.model, job.kind) == (first.model, "groups")}
Table(
    common.by_seed(benchmark.spread(by_seed), data.class_titles),
    "tab-detection-seeds",
    f"AP@.5 of {titles[first.model]} by training seed.",
)

# %% [markdown]
# ## Real photographs
#
# The same command on the magnetic tiles of {cite:t}`huang2020`, run once and stored, {numref}`tab-detection-real`; their
# blowholes stand where pinholes do, and uneven places where unclassified defects do.

# %% tags=["hide-input"]
Table(
    common.stored(results.scores("detection", "magnetic-tile"), "map50", title, MagneticTile.class_titles),
    "tab-detection-real",
    "AP@.5 on photographs of magnetic tiles; no tile is on both sides of the split.",
)

# %% [markdown]
# ## What to take away
#
# - An mAP needs three things beside it: the overlaps, the rule for the area, and the images. Between rules it moves without a
#   box being different.
# - Precision and recall of a detector are one point of a curve. Say how the confidence was chosen, and choose it on other images.
# - A mean over two classes, one rare, is half about the rare one. Look at the classes, and at how many boxes are behind each.
# - Keep frames of one clip on one side.

# %% [markdown] tags=["exercises"]
# ## Exercises
#
# Each checks itself. `cvlib coursework build --to course --chapters detection` makes a notebook to fill in;
# `notebooks/exercises/detection.ipynb` has the solutions.

# %% [markdown]
# ## Provenance

# %% tags=["hide-input"]
Table(
    common.trained([*runs.values()], title),
    "tab-detection-runs",
    "The runs on this page; `cvlib runs show RUN` tells more of each. YOLO11 is trained by Ultralytics, which is under the AGPL-3.0 licence.",
    widths=[3, 3, 2, 2, 2, 1, 3],
)

# %% tags=["hide-input"]
this.provenance(study.data)
