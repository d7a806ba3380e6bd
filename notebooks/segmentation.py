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
# (segmentation)=
# # Defect segmentation
#
# Which pixels are defect, and of which kind? The *Defect Segmentation* section of {cite:t}`sampath2026` trains six
# networks, U-Net, FPN and LinkNet with two encoders each, and scores them by Dice and IoU. This chapter trains six of
# them on the data set named below, scores them beside plain thresholding, and shows how much of such a score is made by
# the way images are divided and averaged.

# %% tags=["parameters"]
dataset: str = "simulated"  # a name from `cvlib data list`, or path:DIR for your own
images: int = 2227  # images to simulate; other data sets are taken whole
seed: int = 0  # of the simulated images and of the intervals
channels: str = "auto"  # channel order of path:DIR masks: auto, RGBA, BGRA
profile: str = "quick"  # how much to spend: trial, quick, standard, paper
options: str = ""  # fields of the profile to change; see `cvlib train segmentation --help`
seeds: str = "0"  # of the training, as 0,1,2; all but the first for U-Net alone

# %% tags=["hide-input"]
from myst_nb import glue

from cvlib import chapter, results
from cvlib.data import MagneticTile, open_dataset
from cvlib.defects import CLASSES
from cvlib.figures import comparison
from cvlib.figures import segmentation as figures
from cvlib.figures.scores import dots
from cvlib.segment import benchmark, pictures, report
from cvlib.segment.plan import CLASSICAL, chapter_jobs, title
from cvlib.segment.scoring import Scored
from cvlib.segment.study import Study
from cvlib.tables import Remarks, Table
from cvlib.training import report as common
from cvlib.training.plan import seeds_of

this = chapter.begin(globals())
data = open_dataset(dataset, images=images, seed=seed, channels=channels)
study = Study(data, profile, options.split())
jobs = chapter_jobs(profile, seeds_of(seeds))

# %% [markdown]
# ## Dice and IoU
#
# With the pixels $A$ that a network predicts and the pixels $B$ that are labelled, the paper's eqs. 2 and 3 are
#
# ```{math}
# :label: dice-equation
#
# \text{Dice} = \frac{2\,|A \cap B|}{|A| + |B|}
# ```
#
# ```{math}
# :label: iou-equation
#
# \text{IoU} = \frac{|A \cap B|}{|A \cup B|}
# ```
#
# Both are functions of the same three counts, hits (TP), false alarms (FP) and misses (FN):
# $\text{Dice} = 2\,\text{TP} / (2\,\text{TP} + \text{FP} + \text{FN})$ and
# $\text{IoU} = \text{TP} / (\text{TP} + \text{FP} + \text{FN})$
# ({py:func}`cvlib.measure.masks.dice`, {py:func}`cvlib.measure.masks.iou`).
#
# ```{admonition} IoU does not punish false alarms more
# :class: note
# The paper says that IoU tends to penalize false positives more heavily than Dice. Both treat false alarms and misses
# alike, and $\text{IoU} = \text{Dice} / (2 - \text{Dice})$: each is a rising function of the other, so on one image
# they put any two predictions in the same order. IoU is the smaller number, no more. Only averages over images can order
# models differently.
# ```

# %% [markdown]
# ## What is trained
#
# The images are divided into 70 % to train on, 10 % to choose the checkpoint by and 20 % to test on; the paper says 80 %
# and 20 %. A clip, frames of one moving sample, is never on two sides, unless the table says *random split*.
# {numref}`tab-profile` lists the rest. The output is one sigmoid for each of the four classes, so that classes may
# overlap; the loss is one by pixel plus soft Dice ({py:mod}`cvlib.segment.losses`). Crops are cut at native resolution,
# because thin cracks vanish where images are scaled down; test images are predicted whole.

# %% tags=["hide-input"]
Remarks(report.remarks(study))

# %% tags=["hide-input"]
Table(
    common.settings(study.profile, "authors"),
    "tab-profile",
    f"Settings of these runs (profile *{profile}*) and of the authors' notebook.",
    widths=[2, 2, 2, 5],
)

# %% tags=["hide-input"]
runs = {job: study.run(job.model, job.kind, job.seed) for job in jobs}
tested = {job: Scored.of(run) for job, run in runs.items()}
first = jobs[0]
same_seed = [job for job in jobs if job.seed == first.seed or job.model == CLASSICAL]
by_model = {job.model: job for job in same_seed if job.kind == "groups"}
trained = {model: job for model, job in by_model.items() if model != CLASSICAL}

# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-losses", "caption": "Training and validation loss of each model (the paper's Fig. 14); the grey line marks the epoch whose weights are kept, that with the best validation IoU. Drawn by {py:func}`cvlib.figures.segmentation.losses`."}, "image": {"alt": "One panel per model: training and validation loss against the epoch, on a logarithmic axis; a grey line marks the epoch whose weights are kept."}}
titles = {model: title(model) for model in by_model}
figures.losses({model: runs[job].log for model, job in trained.items()}, titles)

# %% [markdown]
# ## Scores
#
# Every score here is *pooled*: counts are summed over all test images before they are divided, at the images' own
# resolution and a threshold of .5. Intervals are 95 % bootstrap intervals over clips, since the frames of a clip show
# the same sample. They cover the choice of clips, not that of the training run, which {numref}`tab-seeds` shows
# apart. The best model is picked by the same test images, so its lead is flattered a little. The difference to it is taken clip by clip on the same resamples; where its interval includes zero the two
# are marked as a *tie*.

# %% tags=["hide-input"]
scored = {model: tested[job] for model, job in by_model.items()}
Table(
    report.overall(scored, profile, seed),
    "tab-models",
    "Mean over the classes of pooled Dice and IoU on the test images. The paper's supplementary table with these scores is not in the text we have.",
    widths=[3, 3, 3, 3, 4, 2],
)

# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-scores", "caption": "Pooled Dice by model and class, with 95 % intervals over clips. Drawn by {py:func}`cvlib.figures.scores.dots`."}, "image": {"alt": "Dots with intervals for Dice, larger to the right: one row per model, one panel per class and one for the mean of classes."}}
dots(benchmark.scores(scored, seed=seed), titles, data.class_titles)

# %% tags=["hide-input"]
Table(
    common.by_class(benchmark.scores(scored, seed=seed), title, data.class_titles),
    "tab-classes",
    "Pooled Dice by class. A class that no test image shows is absent, not 0 or 1. No interval is given where fewer than five clips show the class, or no pixel of it is ever found.",
)

# %% [markdown]
# *Thresholding* is the classical way, without learning: illumination removed, a threshold, and rules on the shape of what
# stands out, with the thresholds chosen on training images ({py:mod}`cvlib.baseline`). Whatever a network costs, it
# must be worth more than this.
#
# {numref}`fig-overlap` shows what the numbers mean on one image, {numref}`fig-predictions` what the models make of
# some test images.

# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-overlap", "caption": "One class of one test image: truth, prediction of the first model, and how they overlap (the paper's Fig. 13). Drawn by {py:func}`cvlib.figures.segmentation.overlap`."}, "image": {"alt": "An image, its true mask and the predicted mask in white on black, and the image again with hits, false alarms and misses painted in three colours."}}
figures.overlap(*pictures.typical(study, runs[first], tested[first]))

# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-predictions", "caption": "Test images, their masks, and the predictions of three models and of thresholding. Drawn by {py:func}`cvlib.figures.segmentation.predictions`."}, "image": {"alt": "A grid: each row an image, its true mask and four predicted masks in the class colours."}}
shown = {titles[model]: runs[by_model[model]] for model in [*list(trained)[:3], CLASSICAL]}
examples, by_title = pictures.beside_truth(study, shown, tested[first])
figures.predictions(examples, by_title, data.class_titles)

# %% [markdown]
# {numref}`fig-slider` is the first of them at full size: move the line to compare truth and prediction at the same place, and take classes
# away to see what is under them.

# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-slider", "caption": "True mask and prediction of the first model; the line moves with mouse, finger or arrow keys, the check boxes show and hide classes. Drawn by {py:func}`cvlib.figures.comparison.masks`."}}
comparison.masks(
    examples[0], {each: by_title[each][0] for each in ("truth", titles[first.model])}, data.class_titles
)

# %% [markdown]
# Averages hide failures. {numref}`fig-failures` takes, for each class, the test image on which the first model fares worst among
# those with at least the median number of labelled pixels.

# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-failures", "caption": "The worst test image of each class: hits, false alarms and misses of the first model. Drawn by {py:func}`cvlib.figures.segmentation.failures`."}, "image": {"alt": "One column per class: above the image, below it the same with hits, false alarms and misses painted in three colours."}}
figures.failures(pictures.failures(study, runs[first], tested[first]), data.class_titles)

# %% [markdown]
# ## One prediction, six scores
#
# The authors' published notebook does not threshold when it scores by class: it takes the `argmax` over the four channels. None
# of them is the background, so in the truth every pixel without any defect goes to the first channel, "surface crack".
# In the prediction it goes to whichever channel's tiny probability happens to be largest: if that is the first, most of
# the image counts as cracks found; if it is another, as cracks missed. The notebook then averages by image, over images
# where either mask is non-empty. {numref}`fig-conventions` scores the *same predictions* in six ways.

# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-conventions", "caption": "Dice of the first model's predictions under six conventions. Drawn by {py:func}`cvlib.figures.segmentation.conventions`."}, "image": {"alt": "A row per convention with a dot per class at its Dice; from row to row the dots of one class lie far apart."}}
ways = benchmark.by_convention(tested[first])
figures.conventions(ways, data.class_titles)

# %% tags=["remove-cell"]
cracks, crack_title = ways[CLASSES[0]], data.class_titles[CLASSES[0]]
glue("crack-title", crack_title, display=False)
glue("crack-pooled", common.plain(cracks["threshold", "pooled"]), display=False)
glue("crack-argmax", common.plain(cracks["argmax", "per image, empties skipped"]), display=False)

# %% [markdown]
# The class *{glue:text}`crack-title`* goes from {glue:text}`crack-pooled` to {glue:text}`crack-argmax` without a pixel
# predicted differently. Averages by image weigh a speck as much as a network of cracks; where empty images count
# as 1, a model that never predicts a rare class is close to perfect.
#
# ## How much is leakage?
#
# Dividing by image, as the paper does, puts frames of one clip on both sides; where they overlap, the network is tested
# on what it has all but seen. {numref}`tab-leak` trains the first model on both divisions. The two test sets are different images, and one
# may be harder; thresholding, which can hardly memorise anything, tells by how much.

# %% tags=["hide-input"]
both = {(job.model, job.kind): tested[job] for job in same_seed if job.model in (first.model, CLASSICAL)}
Table(
    common.by_split({way: benchmark.mean_interval(each, seed) for way, each in both.items()}, "Dice", title),
    "tab-leak",
    "Mean Dice with clips kept together (*groups*) and divided by image (*random*).",
)

# %% tags=["remove-cell"]
means = {way: benchmark.mean_score(each) for way, each in both.items()}
gain = {model: means[model, "random"] - means[model, "groups"] for model in (first.model, CLASSICAL)}
glue("gain", f"{gain[first.model]:+.3f}", display=False)
glue("gain-classical", f"{gain[CLASSICAL]:+.3f}", display=False)
glue("leak", f"{gain[first.model] - gain[CLASSICAL]:+.3f}", display=False)

# %% [markdown]
# From *groups* to *random* the network gains {glue:text}`gain` and thresholding {glue:text}`gain-classical`: a difference of
# {glue:text}`leak`, to be read with the intervals above and the spread over seeds below. A profile that takes only some of
# the images, evenly spread, leaves out most neighbours that overlap, and with them most of the leak; and a network
# learns images by heart only when it sees them often. To look for leakage, take all images (`options="images=0"`)
# and train long.

# %% [markdown]
# ## Another seed, another score
#
# The intervals above know nothing of the chance in training: first weights, order of the crops, augmentation. {numref}`tab-seeds`
# repeats one model with other seeds, where more than one was asked for (`seeds="0,1,2"`). A difference between models
# smaller than that between seeds says nothing about the models.

# %% tags=["hide-input"]
by_seed = {job.seed: runs[job] for job in jobs if (job.model, job.kind) == (first.model, "groups")}
Table(
    common.by_seed(benchmark.spread(by_seed), data.class_titles),
    "tab-seeds",
    f"Pooled Dice of {titles[first.model]} by training seed.",
)

# %% [markdown]
# ## Real photographs
#
# What holds on drawn images need not hold on real ones. {numref}`tab-real` is the same command on the magnetic tiles of
# {cite:t}`huang2020`, run once and stored: their photographs are not part of the public book.

# %% tags=["hide-input"]
Table(
    common.stored(results.scores("segmentation", "magnetic-tile"), "dice", title, MagneticTile.class_titles),
    "tab-real",
    "Pooled Dice on photographs of magnetic tiles; no tile is on both sides of the split.",
    widths=[3, 3, 3, 3, 3, 3, 3],
)

# %% [markdown]
# ## What to take away
#
# - A Dice without its convention (threshold or argmax, pooled or by image, what an empty image counts) cannot be compared
#   with another.
# - Keep frames of one clip on one side, or the score tells how well a network remembers.
# - Compare models on the same images, with an interval of the *difference*, and look at the spread over seeds before
#   naming a winner.
# - The profiles *quick* and *standard* show how the comparison is made. They do not repeat the paper's:
#   `cvlib train segmentation unet-resnet50 --profile paper --dataset coatingvision` would.

# %% [markdown] tags=["exercises"]
# ## Exercises
#
# Each checks itself. `cvlib coursework build --to course --chapters segmentation` makes a notebook to fill in;
# `notebooks/exercises/segmentation.ipynb` has the solutions.

# %% [markdown]
# ## Provenance

# %% tags=["hide-input"]
Table(
    common.trained([*runs.values()], title),
    "tab-runs",
    "The runs on this page; `cvlib runs show RUN` tells more of each.",
    widths=[3, 3, 2, 2, 2, 1, 3],
)

# %% tags=["hide-input"]
this.provenance(study.data)
