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
# (annotation)=
# # Annotation
#
# Who trains a network has masks; somebody drew them. {cite:t}`sampath2026` describe in six steps how thresholds, networks and experts
# drew those of CoatingVision together (Methods, *Data Annotation Methods*). This chapter goes the same way: frames from video,
# first labels by thresholds, three networks, a review in the browser, and a loop of all these. What the loop is worth is measured,
# on images whose true masks are known, with a scripted reviewer in place of the experts.

# %% tags=["parameters"]
dataset: str = "simulated"  # a name from `cvlib data list`, or path:DIR for your own
images: int = 2227  # images to simulate; other data sets are taken whole
seed: int = 0  # of the simulated images and of the film
channels: str = "auto"  # channel order of path:DIR masks: auto, RGBA, BGRA
profile: str = "quick"  # of the networks: trial, quick, standard, paper
tested: int = 100  # test images that the three networks label together, at most
rerun: bool = False  # go through the loop on these images, about two hours; else its stored scores are shown

# %% tags=["hide-input"]
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from myst_nb import glue

from cvlib import baseline, chapter
from cvlib.annotate import prelabel_scores, report
from cvlib.annotate import study as loops
from cvlib.annotate.compare import compare, rank_correlation
from cvlib.annotate.ensemble import decide, labeller, members
from cvlib.annotate.film import PAUSE, STEP_PX, write_film
from cvlib.annotate.frames import Choices, extract
from cvlib.annotate.loop import Loop, Plan
from cvlib.annotate.motion import motion_blur
from cvlib.annotate.prelabel_settings import DEFAULT, Settings
from cvlib.annotate.prelabels import label_image
from cvlib.baseline import AUTHORS_SMOOTH
from cvlib.data import open_dataset
from cvlib.figures import annotation as figures
from cvlib.figures import comparison
from cvlib.segment.plan import title
from cvlib.segment.study import Study
from cvlib.tables import Remarks, Table
from cvlib.training.report import plain

this = chapter.begin(globals())
data = open_dataset(dataset, images=images, seed=seed, channels=channels)

# %% [markdown]
# ## What the paper says, and what it leaves open
#
# The sample moves under the camera and is filmed with some motion blur; frames become images, duplicates are removed by a
# "hashmap-based" filter. Then:
#
# | step | in the paper | not in the source | here |
# |---|---|---|---|
# | 1 | morphology, thresholds and contours bring out the defects | the values; the rules that name a class | {ref}`first labels <annotation-prelabels>` |
# | 2 | three networks are trained on the labels of step 1, before any correction | on how many images, how long | {ref}`three networks <annotation-ensemble>`, trained on corrected masks only |
# | 3 | U-Net, FPN and LinkNet label images that have no labels; together they are more reliable | how three opinions become one | {ref}`mean and vote <annotation-ensemble>` |
# | 4 | experts correct the labels with a tool of their own (Fig. 4), in several passes | how many experts, how often they agree, in which order | {ref}`the review tool <annotation-review>` |
# | 5 | the corrected masks train the next networks, and so on | the number of rounds, what each gained | {ref}`the loop <annotation-loop>` |
# | 6 | a last look, and cross-validation with precision, recall and F1 | the scores | {ref}`the last check <annotation-check>` |
#
# ## From a film to images
#
# A shutter that is open while the sample moves by $b$ pixels adds up shifted copies of the picture: a box filter of length $b$ along the
# motion ({py:func}`cvlib.annotate.motion.motion_blur`). {numref}`fig-blur` puts it on one image.

# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-blur", "caption": "One image as the sample moves further while the shutter is open: cracks across the motion fade first. Drawn by {py:func}`cvlib.figures.annotation.pictures`."}, "image": {"alt": "One image four times: sharp at first, then ever more smeared sideways, until the thin cracks that run up and down are gone."}}
rich = int(data.labels().sum(axis=1).to_numpy().argmax())
picture, truth = data.image(rich), data.mask(rich)
figures.pictures(
    {f"{px} px" if px else "as it is": motion_blur(picture, px) if px else picture for px in (0, 5, 12, 30)}
)

# %% [markdown]
# For frames that repeat each other, a film of one simulated sample is made, in which this is known: the sample moves by
# {glue:text}`step-px` px per frame; after every {glue:text}`pause` frames it stands still for one, or a frame is stored twice.
# {py:func}`cvlib.annotate.frames.extract` reads the film and takes repeats out ({numref}`tab-frames`).

# %% tags=["hide-input"]
with TemporaryDirectory() as folder:
    film = write_film(Path(folder), seed)
    done = extract(film.path, Path(folder) / "frames", Choices(distinct=0.5), progress=False)
glue("step-px", STEP_PX, display=False)
glue("pause", PAUSE, display=False)
Table(
    report.frames(done),
    "tab-frames",
    f"What becomes of the {sum(film.frames.values())} frames of the film ({report.film(film.frames)}). The first filter that takes a frame counts.",
    widths=[1, 5],
)

# %% [markdown]
# The hash finds what stands still, and some frames that have moved a little, but not the overlap of frames that have moved on: see
# {ref}`leaks`. Every image keeps the number of its frame as its name, so that neighbours can be told later, and frames that overlap
# share a `clip` in `frames.csv`, so that they fall on one side of a split.
#
# ~~~bash
# cvlib annotate frames coating.avi --to mine --distinct 0.5   # images, frames.csv, dropped.csv
# cvlib annotate frames stills/ --to mine --blur 12            # of a folder of stills, blurred
# ~~~
#
# (annotation-prelabels)=
# ## Step 1: first labels without any model
#
# {numref}`fig-steps` goes through one image. *Even light*: each pixel is compared with the background around it
# ({py:func}`cvlib.baseline.contrast`), so that the lamp's falloff and the rolling of the foil go away. *Threshold*: what stands out is defect.
# *Components*: pixels that touch are one object; its area $A$ and its width $w$ at the widest place are measured. *Rules*: the first rule
# that holds names the class ({numref}`tab-component-rules`). The idea behind them is shape: $A / w^2$ is about 0.8 for a disc and as large for a line as it is longer
# than wide, so it tells cracks from pinholes at any size; delamination is where defect fills most of a square. The paper's morphology is in the
# background: a dilation over 7 x 7 pixels and a median over 21 x 21. Opening and closing of the mask were tried as well and did not help.

# %% tags=["hide-input"]
steps = label_image(picture)

# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-steps", "caption": "How one image gets its first label with the authors' thresholds, up to the components. Drawn by {py:func}`cvlib.figures.annotation.steps`."}, "image": {"alt": "One image in four steps: as it is; its contrast against an even background; white pixels above the threshold on black; connected components, each in one of a few bright colours."}}
figures.steps(picture, steps, baseline.contrast(steps.smoothed, "background", "bright"))

# %% [markdown]
# {numref}`fig-first-label` has the classes that the rules give these components, and the mask that a reviewer has to make of it; without any class, the
# raw frame.

# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-first-label", "caption": "First label and true mask of the image of {numref}`fig-steps`; the line moves with mouse, finger or arrow keys, the check boxes show and hide classes. Drawn by {py:func}`cvlib.figures.comparison.masks`."}}
comparison.masks(picture, {"first label": steps.mask, "corrected": truth}, data.class_titles)

# %% tags=["hide-input"]
Table(
    report.rules(steps.components),
    "tab-component-rules",
    "The rules in the order in which they are tried, and how many components of {numref}`fig-steps` each decides on.",
    widths=[1, 6, 2, 1],
)

# %% tags=["hide-input"]
Table(
    report.settings({"authors": DEFAULT, "authors, smooth": Settings(AUTHORS_SMOOTH)}),
    "tab-label-settings",
    "What each setting means. The two thresholds are those of the authors' code; the limits of the rules are ours, for images of 480 x 640.",
    widths=[2, 6, 2, 2],
)

# %% [markdown]
# Thresholds are as good as they fit the camera. {numref}`tab-first-labels` scores the authors' values, made for their photographs, and values
# fitted to 60 labelled images, on clips that the fit did not see. Photographs of other surfaces need other values; on tiles, where defects look
# like the texture, no threshold helps.

# %% tags=["hide-input"]
Table(
    report.thresholds(
        {
            "simulated coatings": prelabel_scores.stored("simulated"),
            "CrackForest": prelabel_scores.stored("crack-forest"),
            "magnetic tiles": prelabel_scores.stored("magnetic-tile"),
        }
    ),
    "tab-first-labels",
    "Dice of first labels, pooled over held-out images, with 95 % intervals over clips. Stored; made by `cvlib annotate score`. CrackForest has cracks only.",
    widths=[3, 3, 4, 4, 4, 4, 4],
)

# %% [markdown]
# ~~~bash
# cvlib annotate prelabel mine/images --to mine/masks                 # the authors' values
# cvlib annotate prelabel mine/images --to mine/masks --fit labelled  # chosen on labelled images
# ~~~
#
# (annotation-ensemble)=
# ## Steps 2 and 3: three networks, one label
#
# U-Net, FPN and LinkNet with one encoder, as trained for the chapter on {ref}`segmentation <segmentation>`, label test images together
# ({py:mod}`cvlib.annotate.ensemble`). The *mean* of their probabilities marks a pixel from .5; the *vote* marks what two of three mark. A sure
# network outweighs two that waver in the first and not in the second.

# %% tags=["hide-input"]
study = Study(data, profile)
runs = [study.run(model) for model in members(profile)]
found = compare(study, runs, tested)
joined = found.labels["mean probability"]
todo = joined.todo.sum(axis=1)

# %% tags=["hide-input"]
Table(
    report.compared(found),
    "tab-ensemble",
    f"Mean over classes of pixel scores, pooled over {len(found.positions)} test images, and objects to erase or draw per image ({{py:func}}`cvlib.measure.corrections.corrections`); 95 % intervals over clips, differences paired. Networks of the profile *{profile}*, one training each.",
    widths=[4, 4, 4, 4, 5, 4],
)

# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-opinions", "caption": "The test image on which the three networks differ most: what each marks, their mean, and the truth. Drawn by {py:func}`cvlib.figures.annotation.with_masks`."}, "image": {"alt": "One image, and five times the same image painted in class colours: as three networks label it, as their mean does, and as it truly is."}}
most = int(found.positions[found.disagreement.sum(axis=1).argmax()])
opinions = labeller(study, runs)(study.cache().image(most))
shown = {
    title(run.settings.model).split(",")[0]: opinion >= 0.5
    for run, opinion in zip(runs, opinions, strict=True)
}
shown |= {"mean probability": decide(opinions), "truth": study.cache().mask(most)}
figures.with_masks(study.cache().image(most), shown, data.class_titles, columns=3)

# %% [markdown]
# Where networks differ, somebody should look. For every two of them we count the objects that one would have to erase or draw to
# get the other's label, and take the mean over the pairs ({py:func}`cvlib.annotate.ensemble.disagreement`). That needs no truth, and yet it foretells
# the work: over these images its rank correlation with the objects that really have to be corrected is {glue:text}`rank`.
# Most of that is how much there is in an image at all: {numref}`fig-gain` therefore puts beside it the order by the number of objects that the
# mean label marks, which asks for one label only. This way of counting was chosen among ten by its rank correlation on 48 test images of the
# simulated coatings, so the number here flatters it. It counts images, and an image with sixty objects takes a reviewer longer than one with two.
#
# The queue of the review weighs classes alike, since cracks come in dozens per image and would decide alone
# ({py:func}`cvlib.annotate.ensemble.priority`), and takes one image of every clip in turn ({py:func}`cvlib.annotate.ensemble.queue`): frames of one
# piece are disputed for one reason.

# %% tags=["hide-input"]
correlation = rank_correlation(found.disagreement.sum(axis=1), todo, joined.groups, seed)
told = (
    plain(correlation.value)
    if np.isnan(correlation.low)
    else f"{correlation.value:.2f} [{correlation.low:.2f}, {correlation.high:.2f}]"
)
glue("rank", told, display=False)

# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-gain", "caption": "Share of all corrections that lie in the first images of a queue, on the test images: by the objects that networks differ in, in the order of the review's queue, by the objects that are marked, in random order, and within reach of an order that knows the truth. Drawn by {py:func}`cvlib.figures.annotation.review_gain`."}, "image": {"alt": "Rising curves over the share of images reviewed, between the diagonal of a random order and the upper edge of what is within reach."}}
figures.review_gain(
    {
        "objects in dispute": found.disagreement.sum(axis=1),
        "the queue of the review": -found.turns,
        "objects marked": found.marked,
    },
    todo,
)

# %% [markdown]
# (annotation-review)=
# ## Step 4: review in the browser
#
# `cvlib review IMAGES MASKS` opens a page on this computer ({numref}`fig-review`). {numref}`tab-tools` sets it beside the paper's tool.
#
# ~~~{figure} ../images/review.webp
# :name: fig-review
# :alt: The review page: a coating image with coloured masks, the four classes with their keys, brush, eraser, size, undo, zoom, opacity, and buttons for previous, next, most uncertain and save.
#
# The review tool on a simulated image, classes in the colours of {py:func}`cvlib.figures.annotation.with_masks`. Keys 1 to 4 choose the class, B and E brush and eraser, [ and ] the size, S saves; ? lists all.
# ~~~

# %% tags=["hide-input"]
Table(
    report.tools(),
    "tab-tools",
    "What the paper's tool can do (its Fig. 4 and the authors' code), and what ours can.",
    widths=[4, 3, 5],
)

# %% [markdown]
# Masks are saved pixel by pixel as they were drawn: the page and the program replay every stroke, and a save is refused where the two differ.
# A save replaces one file as a whole; the log beside it (`MASKS/review/NAME.jsonl`) says who changed how many pixels of which class, and when, and the mask
# before is kept. Strokes are in that log as they are drawn, so a closed tab or a killed program loses at most the one in hand. The program listens on
# this computer alone unless told otherwise.
#
# (annotation-loop)=
# ## Step 5: the loop
#
# One round: networks learn from what was reviewed, label everything else anew, and say in which order to go on.
#
# ~~~bash
# cvlib review mine/images mine/masks                                      # review some
# cvlib annotate round mine/images mine/masks                              # learn, label, order
# cvlib review mine/images mine/masks --order mine/masks/review/rounds/1.csv
# cvlib annotate round mine/images mine/masks                              # and so on
# ~~~
#
# Each round reports precision, recall and F1 of the labels that the reviewer was shown, on the images reviewed since: their saved masks are the truth.
# It is biased both ways: later rounds review the images that are disputed, and a mask that began as a label keeps whatever the reviewer missed. Only a
# second, blind annotation would tell.
#
# How much does the order matter, and how many images are enough? {numref}`fig-loop` goes through three rounds of {glue:text}`batch` images with a
# reviewer who saves the true mask of whatever is shown ({py:class}`cvlib.annotate.loop.Loop`). The first {glue:text}`batch` are drawn at random; then the
# most disputed come first, one of each clip in turn, or, for comparison, random images. The labels are scored on {glue:text}`held-out` images of clips that nobody reviews.

# %% tags=["hide-input"]
plan = Plan()
table = loops.tables([Loop(data, profile, seed=seed)]) if rerun else loops.stored("simulated")
glue("batch", plan.batch, display=False)
glue("held-out", f"{round(plan.test * plan.images)}", display=False)
glue(
    "source",
    f"from {data.title}, now" if rerun else "stored; from simulated coatings, profile quick",
    display=False,
)

# %% [markdown]
# The scores are {glue:text}`source`.

# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-loop", "caption": "Labels of images that nobody reviewed, against how many others were: mean F1 of pixels, and pixels and objects that are wrong per image, with 95 % intervals over clips. Diamonds: the authors' thresholds, before any review; triangles: thresholds fitted to the reviewed images. Drawn by {py:func}`cvlib.figures.annotation.curves`."}, "image": {"alt": "Three panels over the number of reviewed images: mean F1, wrong pixels per image and wrong objects per image, a line with error bars for each order of the queue; labels by thresholds are single marks."}}
figures.curves(table)

# %% tags=["hide-input"]
Table(
    report.states(table),
    "tab-states",
    "The labels after each round: scores of pixels (mean of classes), pixels and objects that are wrong per image of the test clips; and, of the images the reviewer was shown last, objects to correct per image. Of cross-validation: the reviewed images themselves, each labelled by networks that never saw its clip.",
    widths=[1, 4, 3, 4, 4, 4, 4, 4, 2],
)

# %% tags=["hide-input"]
Table(
    report.differences(table),
    "tab-differences",
    "The networks' labels after all rounds, most disputed first, less other labels of the same test images: they are better where F1 is above 0, and where fewer pixels or objects are wrong, below 0. Paired 95 % intervals over clips; *tie* where they include 0.",
    widths=[1, 5, 4, 5, 4],
)

# %% tags=["hide-input"]
Table(
    report.by_class(table),
    "tab-loop-classes",
    "F1 of pixels by class after each round, with 95 % intervals over clips. Thresholds are fitted to at most 60 of the reviewed images.",
    widths=[1, 4, 3, 4, 4, 4, 4, 4],
)

# %% tags=["hide-input"]
Remarks(report.cost(table))

# %% [markdown]
# Read all of it together before saying that one way is better.
#
# - *The measures disagree.* Counted in objects, a label that marks nothing can beat one that breaks every crack into pieces; counted in pixels,
#   delamination and long cracks are all that matters; F1, a mean over classes, lets a few unclassified defects weigh as much as all cracks:
#   {numref}`tab-loop-classes` says which class moved.
# - *One training is one draw.* Where fewer images score higher than more of the same kind, the difference is the luck of the training, and others of that size are
#   no finding either. The intervals are about the choice of clips. They do not cover another training, another random order or another split.
# - *The budget is fixed.* Networks take the same number of steps however many images there are, so a flat curve may say that more images need
#   longer training.
# - *The two orders differ in two ways.* The queue prefers disputed images, and it spreads them over clips. A difference cannot be put down to one of them.
# - *Disputed images cost more.* What an image takes the reviewer is listed above; an order that needs more corrections for the same labels is the worse one.
#
# (annotation-check)=
# ## Step 6: the last check
#
# When no test images are set aside, cross-validation on the reviewed images must do: they are divided into three parts, clips kept together, and each part
# is labelled by networks trained on the two others ({py:func}`cvlib.annotate.check.cross_validated`). The rows *cross-validated* of {numref}`tab-states` stand beside the scores of the same number
# of random images on the test clips. The two speak of different images, and of rare classes either has few; and the networks of
# cross-validation had a third fewer to learn from. On images that were chosen for being disputed, it tells how difficult those are.
#
# ~~~bash
# cvlib annotate check mine/images mine/masks --folds 5
# ~~~
#
# ## What to take away
#
# - Name frames by their number, and know which overlap, before anything else is done.
# - Fit thresholds to a few labelled images before training anything; they are the bar for the first networks.
# - Count corrections in objects, pixels and F1: the three can disagree.
# - An order of the queue has to prove itself against a random one, on images that were not chosen by it, and by what it costs.
# - A reviewer here never errs. People do: have some images reviewed twice, and measure how far the two masks differ.

# %% [markdown] tags=["exercises"]
# ## Exercises
#
# Each checks itself. `cvlib coursework build --to course --chapters annotation` makes a notebook to fill in;
# `notebooks/exercises/annotation.ipynb` has the solutions.

# %% [markdown]
# ## Provenance

# %% tags=["hide-input"]
this.provenance(data)
