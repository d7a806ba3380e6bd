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
# (conventions)=
# # The convention switchboard
#
# A Dice, an mAP, an F1 and an NME each name a family of scores. Which member is printed is decided by conventions, and often not
# said. This chapter takes the predictions that the chapters on {ref}`segmentation <segmentation>`, {ref}`detection <detection>`,
# {ref}`classification <classification>` and {ref}`localization <localization>` have stored, one set per task, and scores them under every combination
# of the conventions that we found in use. Nothing is trained or predicted anew. In each section a heat map shows all scores, and a switch lets you
# pick a convention and see what becomes of the models' order.

# %% tags=["parameters"]
dataset: str = "simulated"  # a name from `cvlib data list`, or path:DIR; the X-rays are always simulated
images: int = 2227  # images to simulate; other data sets are taken whole
seed: int = 0  # of the simulated images
channels: str = "auto"  # channel order of path:DIR masks: auto, RGBA, BGRA
profile: str = "quick"  # how much was spent on the runs: trial, quick, standard, paper

# %% tags=["hide-input"]
import numpy as np
from myst_nb import glue

from cvlib import chapter, tasks
from cvlib.classify.scoring import Scored as Labelled
from cvlib.classify.study import Study as ClassificationStudy
from cvlib.conventions import (
    classification,
    detection,
    localization,
    of_task,
    report,
    segmentation,
    swing,
)
from cvlib.conventions.localization import Located
from cvlib.data import open_dataset
from cvlib.detect.scoring import Scored as Boxed
from cvlib.detect.study import Study as DetectionStudy
from cvlib.figures import conventions as figures
from cvlib.localize import benchmark
from cvlib.localize.plan import COARSE
from cvlib.localize.study import study_of
from cvlib.segment.scoring import Scored as Masked
from cvlib.segment.study import Study as SegmentationStudy
from cvlib.switch import Switch
from cvlib.tables import Remarks, Table

this = chapter.begin(globals())
data = open_dataset(dataset, images=images, seed=seed, channels=channels)
studies = {
    "segmentation": SegmentationStudy(data, profile),
    "detection": DetectionStudy(data, profile),
    "classification": ClassificationStudy(data, profile),
}
runs = {
    job: studies[task].run(job.model, job.kind, job.seed)
    for task in studies
    for job in of_task(task, profile)
}
located = {job: study_of(job, "simulated", profile) for job in of_task("localization", profile)}
runs |= {job: study.run(job.model, job.kind, job.seed) for job, study in located.items()}
xrays = next(iter(located.values())).data

# %% tags=["hide-input"]
Remarks(
    [
        f"Coatings: {data.title}. X-rays: {xrays.title}. Profile {profile}.",
        "Networks and images are not the papers', so no score here can be compared with a published one. What is compared is one convention with another, on the same predictions.",
        "The order of models is that of single runs on one test set. Differences that are a tie in the tasks' own chapters are one here.",
    ]
)

# %% [markdown]
# ## Segmentation: which Dice?
#
# Let $\text{TP}_{ic}$, $\text{FP}_{ic}$ and $\text{FN}_{ic}$ be the hits, false alarms and misses of class $c$ in image $i$, and
#
# ```{math}
# :label: dice-of-sums
#
# D(S) = \frac{2 \sum_S \text{TP}_{ic}}{\sum_S \left( 2\,\text{TP}_{ic} + \text{FP}_{ic} + \text{FN}_{ic} \right)}
# ```
#
# the Dice of any set $S$ of pairs of image and class. Three choices make one number of it ({py:mod}`cvlib.conventions.segmentation`):
#
# - **masks.** A pixel shows a class if its probability is at least *.5*; or each pixel gets the *argmax* of the four classes, in truth as in
#   prediction, as in the authors' notebook. Background is not among the four.
# - **average.** *Pooled*: $S$ has all images. *Per image*: the mean of $D$ over images, where an image that neither shows the class nor is said
#   to is 0/0: such *empties* are *skipped*, or count *as 1*, or *as 0*.
# - **classes.** The *mean over classes*; *classes pooled*, where $S$ has all classes too; or a mean *weighted by labelled pixels*.
#
# {numref}`tab-known-segmentation` names who scores by which. `segmentation_models_pytorch` (smp) counts an empty image as 1 unless told otherwise. Its
# `weighted-imagewise` is in no row: it takes the mean of what it has weighted already, and comes out too small by the number of classes.

# %% tags=["hide-input"]
Table(
    report.known(segmentation.KNOWN),
    "tab-known-segmentation",
    "Conventions of segmentation with a known user; the names of smp hold where every class occurs.",
    widths=[4, 4],
)

# %% tags=["hide-input"]
masked = {
    tasks.title(job.task, job.model): Masked.of(run)
    for job, run in runs.items()
    if job.task == "segmentation"
}
dice = segmentation.table(masked)
dice_of_all = dice[dice["classes"].isin(segmentation.OVER)]

# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-heat-segmentation", "caption": "Dice of the same predictions under every convention. The best of each row is bold and underlined; the bold label is the convention of the chapter on segmentation. Drawn by {py:func}`cvlib.figures.conventions.heat`."}, "image": {"alt": "A table of cells, a row per convention and a column per model; within a column the cells go from nearly white to dark grey, so the same predictions score low or high."}}
figures.heat(swing.by_convention(dice_of_all, segmentation.AXES), [*segmentation.DEFAULT.values()])

# %% tags=["hide-input"]
Switch(
    dice.replace({"classes": data.class_titles}),
    segmentation.AXES,
    "switch-segmentation",
    "Dice on the test images; choose a convention.",
    segmentation.DEFAULT,
    known=segmentation.KNOWN,
)

# %% [markdown]
# With *argmax*, nearly all pixels of the truth are of the first class, because they show nothing at all. A network scores high if the
# tiny probabilities that it gives to background happen to be largest in that channel, and low if they are so in another. These rows are a lottery,
# and their winner need not find any defect. Thresholding, which knows no probabilities, says no four times there; the first of equals is the
# first channel, as in the truth.
#
# ## Detection: the area under which curve?
#
# With precision $p$ as a function of recall $r$, and $\bar p(r) = \max_{r' \ge r} p(r')$, three of the rules are
#
# ```{math}
# :label: ap-rules
#
# \text{AP}_{\text{coco}} &= \frac{1}{101} \sum_{k=0}^{100} \bar p\!\left(\tfrac{k}{100}\right), \\
# \text{AP}_{11} &= \frac{1}{11} \sum_{k=0}^{10} \bar p\!\left(\tfrac{k}{10}\right), \\
# \text{AP}_{\text{all}} &= \int_0^1 \bar p(r)\, dr .
# ```
#
# Ultralytics integrates by trapezoids between 101 recalls; until April 2026 it drew a line from the last recall reached down to 1
# ({py:func}`cvlib.measure.average_precision.average_precision`, {py:func}`cvlib.conventions.detection.eleven_points`). The other choices are the least
# **overlap** of a hit (.5, .75, or the mean over .5 to .95), and whether the **classes** are averaged or all boxes matched as one class.

# %% tags=["hide-input"]
Table(
    report.known(detection.KNOWN),
    "tab-known-detection",
    "Conventions of detection with a known user. Boxes are matched by COCO's rule throughout; Ultralytics and VOC match a little differently.",
    widths=[4, 4],
)

# %% tags=["hide-input"]
boxed = {
    tasks.title(job.task, job.model): Boxed.of(run) for job, run in runs.items() if job.task == "detection"
}
areas = detection.table(boxed)
areas_of_all = areas[areas["classes"].isin(detection.OVER)]

# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-heat-detection", "caption": "Average precision of the same boxes under every convention: least overlap at the right, rule at the left, classes below. The best of each row and block is bold and underlined. Drawn by {py:func}`cvlib.figures.conventions.heat`."}, "image": {"alt": "A table of cells in six blocks, three overlaps below each other and two ways to treat classes side by side; the higher the least overlap, the paler the cells."}}
figures.heat(
    swing.by_convention(areas_of_all, ("overlap", "rule", "classes"), ["classes"]),
    (detection.DEFAULT["overlap"], detection.DEFAULT["rule"]),
    digits=3,
)

# %% tags=["hide-input"]
Switch(
    areas.replace({"classes": data.class_titles}),
    detection.AXES,
    "switch-detection",
    "Average precision on the test images; choose a convention.",
    detection.DEFAULT,
    known=detection.KNOWN,
)

# %% [markdown]
# Precision, recall and F1 moreover need a confidence. The next switch reads the same boxes, matched at an overlap of .5, at four; *classes pooled* sums
# hits, false alarms and misses over the classes before it divides.

# %% tags=["hide-input"]
points = detection.points(boxed)
Switch(
    points,
    detection.POINT_AXES,
    "switch-points",
    "Precision, recall and F1 of the same boxes; choose a convention.",
    detection.POINT_DEFAULT,
    asked=["score"],
)

# %% [markdown]
# ## Classification: which mean of which F1?
#
# From the counts of images by class, $F_{1,c}$ as in eq. {eq}`f1-equation`, or of classes by image, $F_{1,i}$, scikit-learn offers four averages
# ({py:func}`cvlib.conventions.classification.score`):
#
# ```{math}
# :label: f1-averages
#
# \text{macro} &= \frac{1}{C} \sum_c F_{1,c}, \qquad &
# \text{micro} &= \frac{2 \sum \text{TP}}{\sum \left( 2\,\text{TP} + \text{FP} + \text{FN} \right)}, \\[1ex]
# \text{weighted} &= \frac{\sum_c n_c F_{1,c}}{\sum_c n_c}, \qquad &
# \text{samples} &= \frac{1}{N} \sum_i F_{1,i}
# ```
#
# with $n_c$ images that show class $c$. Where nothing is shown and nothing predicted $F_1$ is 0/0: *left out*, 0 (scikit-learn's default) or 1. That matters
# most for *samples*, since an image without any defect is a good answer to say nothing about. The **threshold** is .5, or chosen per class for the
# highest $F_1$ on the validation images, or on the test images themselves. The **classes** are the three of the paper's Table 4, or all four.

# %% tags=["hide-input"]
labelled = {
    tasks.title(job.task, job.model): Labelled.of(run)
    for job, run in runs.items()
    if job.task == "classification"
}
answers = classification.table(labelled)
f1 = answers[answers["score"] == "f1"].drop(columns="score")
f1_axes, f1_default = classification.AXES[1:], {**classification.DEFAULT}
del f1_default["score"]

# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-heat-classification", "caption": "F1 of the same probabilities under every convention: threshold at the right, classes below; what 0/0 counts is named where it makes a difference. The best of each row and block is bold and underlined. Drawn by {py:func}`cvlib.figures.conventions.heat`."}, "image": {"alt": "A table of cells in six blocks, darker where F1 is higher: three thresholds below each other, and two sets of classes side by side."}}
figures.heat(
    swing.distinct(swing.by_convention(f1, f1_axes, ["classes"])),
    (classification.DEFAULT["threshold"], classification.DEFAULT["average"], swing.ANY),
)

# %% tags=["hide-input"]
Switch(
    answers,
    classification.AXES,
    "switch-classification",
    "F1, precision and recall on the test images; choose a convention.",
    classification.DEFAULT,
    asked=["score"],
    known=classification.KNOWN,
)

# %% [markdown]
# ## Localization: percent of what?
#
# NME, PCK and PCS of eqs {eq}`point-measures` divide every distance $d_{si}$ by a length $D_s$ of its image. The paper takes the diagonal of the region of
# interest, which its own first step finds. Others would be as natural ({py:func}`cvlib.conventions.localization.references`): the diagonal of the whole image;
# the mean spacing of plates of one polarity, which is what decides whether two are confused; the diagonal of the box around the true
# ends. An end without a prediction is *off by* that length, or *infinitely far*, or *left out*; and the mean is over all ends or over
# images.
#
# The "models" are both networks of the chapter on localization, coarse and fine, each alone, with the paper's correction and with ours.

# %% tags=["hide-input"]
shown = [job for job in runs if job.task == "localization"]
regimes = {job: "coarse" if job.overrides == COARSE else "fine" for job in shown}
ways = {job: "quarter" if regimes[job] == "coarse" else "dark" for job in shown}
benches = benchmark.benches({job: runs[job] for job in shown}, xrays, ways)
ends = {}
for job, bench in benches.items():
    found = {"alone": bench.baseline, "paper's correction": bench.paper(), "ours": bench.fused[0]}
    ends |= {f"{regimes[job]}, {way}": Located(bench.tested, own) for way, own in found.items()}
diagonals = localization.diagonals_of(xrays, next(iter(benches.values())).tested.positions)
errors = localization.table(ends, diagonals)
shares = errors[errors["score"] != localization.NME]
nme = errors[errors["score"] == localization.NME]

# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-heat-localization", "caption": "PCK and PCS of the same points: score at the right, reference length at the left; what a missing end counts, and the mean, are named where they make a difference. The best of each row is bold and underlined. Drawn by {py:func}`cvlib.figures.conventions.heat`."}, "image": {"alt": "A table of cells, darker where the score is higher: four scores below each other, each by four reference lengths; six columns of networks and corrections."}}
figures.heat(swing.distinct(swing.by_convention(shares, localization.AXES)))

# %% tags=["hide-input"]
by_length = report.scores(swing.distinct(swing.by_convention(nme, localization.AXES[1:])))
Table(
    by_length,
    "tab-nme-references",
    "NME in percent of each length, of the same points.",
    widths=[4] + [2] * (by_length.shape[1] - 1),
)

# %% tags=["hide-input"]
Switch(
    errors,
    localization.AXES,
    "switch-localization",
    "NME in percent, PCK and PCS as shares; choose a convention.",
    localization.DEFAULT,
    asked=["score"],
    known=localization.KNOWN,
    lower_is_better=[localization.NME],
)

# %% tags=["remove-cell"]
missing = max(np.isnan(own.points).any(axis=2).mean() for own in ends.values())
glue("missing", f"{missing:.1%}", display=False)

# %% [markdown]
# At most {glue:text}`missing` of these ends have no prediction. Where none is missing, and all images have equally many ends, two of the three
# choices do nothing. The length does the more: half a percent of a diagonal is a coarse tolerance, half a percent of a plate's spacing is
# finer than a pixel. A threshold that nearly all points meet, or nearly none, tells models apart no longer.
#
# ## The swing
#
# {numref}`tab-swing` sets the two movements side by side: how far models are apart under the one convention of their chapter, and how far one
# model's score moves over the conventions while its predictions stay the same. Classes by themselves are left out; they are other questions, not other
# conventions.

# %% tags=["hide-input"]
told = {
    "Dice": (dice_of_all, segmentation.AXES, segmentation.DEFAULT),
    "AP": (areas_of_all, detection.AXES, detection.DEFAULT),
    "F1": (f1, f1_axes, f1_default),
}
for score in ("PCK0.5", "PCS0.5"):
    own = shares[shares["score"] == score].drop(columns="score")
    told[score] = (
        own,
        localization.AXES[1:],
        {axis: localization.DEFAULT[axis] for axis in localization.AXES[1:]},
    )
summaries = {score: swing.summary(*each) for score, each in told.items()}
one_by_one = {score: (summaries[score], swing.one_at_a_time(*each)) for score, each in told.items()}

# %% tags=["hide-input"]
Table(
    report.swings(summaries),
    "tab-swing",
    "Highest minus lowest score: between the models under the default convention, baselines included, and of one model over all conventions (median model, and the least and the most moved). The last column says whether the second is larger than the first.",
    widths=[2, 2, 2, 3, 4, 3, 2],
)

# %% tags=["hide-input"]
Table(
    report.choices(one_by_one),
    "tab-choices-swing",
    "The same with one choice at a time, all others as in the tasks' chapters.",
    widths=[2, 3, 3, 3],
)

# %% tags=["hide-input"]
Table(
    report.swaps(summaries),
    "tab-swaps",
    "Pairs of models that conventions put in another order than the default does; of each score the four that change most often. Equal scores are no change.",
    widths=[2, 4, 4, 3],
)

# %% tags=["remove-cell"]
more = [score for score, own in summaries.items() if report.moves_more(own)]
turned = [score for score, own in summaries.items() if own.swaps]
glue("more", ", ".join(more) or "none", display=False)
glue("turned", ", ".join(turned) or "none", display=False)
glue("how-many", f"{len(more)} of {len(summaries)}", display=False)
alone = [f"{score} ({choice})" for score, choice in report.alone(one_by_one)]
glue("alone", "; ".join(alone) or "none", display=False)

# %% [markdown]
# Over all choices together, conventions move the median model more than the models differ for {glue:text}`how-many` of these scores
# ({glue:text}`more`). That adds up several choices at their extremes. One choice alone does so for: {glue:text}`alone`. The order of
# some models changes for {glue:text}`turned`. These are statements about these runs. Models that are closer together, as those that a paper compares mostly are, change
# places more easily.
#
# ## What to take away
#
# - A score without its convention is not a number. Say how masks, boxes or labels are decided, over what is averaged, what 0/0 counts, and what a length is
#   divided by; or publish counts, from which every one of these scores can be had.
# - Two papers whose scores differ may have equal models. Two whose scores agree need not.
# - A convention can favour a kind of error. Where empty images count as 1, restraint is rewarded; where classes are pooled, the common class is all that counts.
# - Choose the convention before looking at its scores.

# %% [markdown] tags=["exercises"]
# ## Exercises
#
# Each checks itself. `cvlib coursework build --to course --chapters conventions` makes a notebook to fill in;
# `notebooks/exercises/conventions.ipynb` has the solutions.

# %% [markdown]
# ## Provenance

# %% tags=["hide-input"]
Table(
    report.trained([*runs.values()]),
    "tab-convention-runs",
    "The runs whose predictions are scored here; `cvlib runs show RUN` tells more of each.",
    widths=[3, 3, 3, 2, 2, 2, 1, 3],
)

# %% tags=["hide-input"]
this.provenance(data)
