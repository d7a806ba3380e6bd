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
# (classification)=
# # Defect classification
#
# Which defects does an image show? The *Defect Classification* section of {cite:t}`sampath2026` trains ResNet, ConvNeXt and
# EfficientNet to answer yes or no for each class, and scores them by precision, recall, F1 and accuracy (its Table 4). This
# chapter trains three networks on the data set named below, shows what lies behind such scores, and computes what the
# published ones say about the images they were taken on.

# %% tags=["parameters"]
dataset: str = "simulated"  # a name from `cvlib data list`, or path:DIR for your own
images: int = 2227  # images to simulate; other data sets are taken whole
seed: int = 0  # of the simulated images and of the intervals
channels: str = "auto"  # channel order of path:DIR masks: auto, RGBA, BGRA
profile: str = "quick"  # how much to spend: trial, quick, standard, paper
options: str = ""  # fields of the profile to change; see `cvlib train classification --help`
seeds: str = "0"  # of the training, as 0,1,2; all but the first for ResNet alone

# %% tags=["hide-input"]
from IPython.display import display

from cvlib import chapter, results
from cvlib.classify import benchmark, report
from cvlib.classify.plan import CLASSICAL, chapter_jobs, title
from cvlib.classify.scoring import Scored
from cvlib.classify.study import Study
from cvlib.data import MagneticTile, open_dataset
from cvlib.defects import CLASSES
from cvlib.figures import classification as figures
from cvlib.figures.scores import dots
from cvlib.measure.labels import co_occurrence_errors
from cvlib.tables import Remarks, Table
from cvlib.training import report as common
from cvlib.training.plan import seeds_of

this = chapter.begin(globals())
data = open_dataset(dataset, images=images, seed=seed, channels=channels)
study = Study(data, profile, options.split())
jobs = chapter_jobs(profile, seeds_of(seeds))

# %% [markdown]
# ## Four numbers for one answer
#
# For each class an image is counted once: shown and predicted (TP), predicted only (FP), shown only (FN), neither (TN).
# Precision is $P = \text{TP}/(\text{TP}+\text{FP})$, recall $R = \text{TP}/(\text{TP}+\text{FN})$, accuracy
# $A = (\text{TP}+\text{TN})/N$. The paper's eq. 5 joins the first two,
#
# ```{math}
# :label: f1-equation
#
# F_1 = \frac{2 P R}{P + R} = \frac{2\,\text{TP}}{2\,\text{TP} + \text{FP} + \text{FN}},
# ```
#
# and its eq. 6 averages over the $N$ classes (the upper limit of the sum is printed as $i$):
#
# ```{math}
# :label: macro-f1-equation
#
# F_{1,\text{macro}} = \frac{1}{N} \sum_{i=1}^{N} F_{1,i}.
# ```
#
# Where nothing is predicted, precision is 0/0. It is *undefined*, not 0, and the tables say so
# ({py:func}`cvlib.measure.labels.score`).

# %% [markdown]
# ## What Table 4 says about its own images
#
# Of the four numbers of a class, three are independent, and they fix how many images show it. With a share $\pi$ of positives
# there are $(1-R)\,\pi$ misses and $R\,\pi\,(1/P-1)$ false alarms; together they are the errors, $1-A$:
#
# ```{math}
# :label: implied-equation
#
# \pi = \frac{1-A}{(1-R) + R\,(1/P - 1)}.
# ```
#
# {py:func}`cvlib.measure.implied.implied_share` computes it. {ref}`audit` puts the paper's nine rows into it: all imply nearly
# the same share, for a class said to be in most of the images as for a rare one; and it says what could explain that.

# %% [markdown]
# ## What is trained
#
# Every network has one sigmoid for each of the four classes, and learns from whole images, made smaller. Beside them stands
# a classical way: logistic regression on 33 hand-made features of the same small images ({py:func}`cvlib.classify.features.features`). Thresholds are
# chosen on the validation images, never on those that are scored.

# %% tags=["hide-input"]
Remarks(report.remarks(study))

# %% tags=["hide-input"]
Table(
    common.settings(study.profile, "profile paper"),
    "tab-classification-profile",
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
# {numref}`tab-classifiers` averages F1 over the three classes of the paper's Table 4. A model that always says yes finds every defect, and has
# a precision equal to the share of images that show it: no score means much that is not above that. Intervals are 95 % bootstrap
# intervals over clips.

# %% tags=["hide-input"]
Table(
    report.overall(scored, profile, seed),
    "tab-classifiers",
    "Macro F1 over surface cracks, delamination and pinholes on the test images. The last column is the mean of the paper's three printed F1; it is of other images, networks and weights.",
    widths=[4, 3, 3, 4, 3, 2],
)

# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-classifiers", "caption": "F1 by model and class, with 95 % intervals over clips; the mean is over the paper's three classes. Drawn by {py:func}`cvlib.figures.scores.dots`."}, "image": {"alt": "Dots with intervals for F1, larger to the right: one row per model, one panel per class and one for the mean of classes."}}
dots(benchmark.scores(scored, seed=seed), titles, data.class_titles)

# %% [markdown]
# The next tables have the columns of the paper's Table 4, a table for each class.

# %% tags=["hide-input"]
for defect in CLASSES:
    display(
        Table(
            report.table4(scored, defect, seed),
            f"tab-labels-{defect.replace('_', '-')}",
            f"Class *{data.class_titles[defect]}*: this run, with intervals, and the rows of the paper's Table 4, where it has one.",
            widths=[4, 3, 3, 3, 3],
        )
    )

# %% [markdown]
# ## Every threshold at once
#
# A threshold turns probabilities into answers; curves show all of them. Precision against recall depends on how common a class
# is (the grey line is what guessing gives), the ROC curve below does not: for a rare class it looks better than the
# answers are.

# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-label-curves", "caption": "Precision against recall (above) and ROC curve (below) on the test images, a column per class, with their areas in the order of the legend. Drawn by {py:func}`cvlib.figures.classification.curves`."}, "image": {"alt": "Two rows of panels, a column per class. Above, precision falls as recall grows; below, ROC curves rise from the lower left to the upper right. Each model has its own kind of line; the areas are listed in each panel."}}
figures.curves(
    scored[first.model].truth,
    {titles[model]: each.scores for model, each in scored.items()},
    data.class_titles,
)

# %% [markdown]
# {numref}`tab-thresholds` chooses the threshold in three ways from the *same probabilities*. The last row looks at the answers: it is
# what a table gets that tunes thresholds on its test images.

# %% tags=["hide-input"]
Table(
    report.thresholds(scored[first.model], data.class_titles),
    "tab-thresholds",
    f"F1 of {titles[first.model]} with thresholds chosen in three ways.",
)

# %% [markdown]
# ## Do the probabilities mean what they say?
#
# Of the images that a model calls 70 % likely to show a class, 70 of 100 should. {numref}`fig-reliability` sorts the test images into
# eight bins of equal width; the area of a dot is the share of images in it. The expected calibration error (ECE) is the mean
# distance from the line, weighted by images. Training met each class as often shown as not, so the probabilities
# of rare classes tend to be too high.

# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-reliability", "caption": "Predicted probability and the share of test images that show the class, first model. Drawn by {py:func}`cvlib.figures.classification.reliability`."}, "image": {"alt": "One panel per class: a dot for each range of predicted probability, larger where more images are, joined by a line, beside the diagonal on which probability and share agree."}}
figures.reliability(*benchmark.calibration(scored[first.model]), data.class_titles)

# %% [markdown]
# ## Which defects hide which
#
# With several answers per image there is no single confusion matrix: a wrong answer replaces none. {numref}`fig-co-occurrence` counts errors about
# one class on images that show another, {numref}`tab-combinations` what is predicted for each combination of classes.

# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-co-occurrence", "caption": "Errors of the first model about one class (column) on test images that show another (row): false alarms of the images that lack the class, misses of the images that show it. Drawn by {py:func}`cvlib.figures.classification.co_occurrence`."}, "image": {"alt": "Two tables, false alarms and misses, each with a row and a column per class: how many images of how many are judged wrongly, darker where the share is larger."}}
best = scored[first.model]
figures.co_occurrence(co_occurrence_errors(best.predicted, best.truth), data.class_titles)

# %% tags=["hide-input"]
Table(
    report.combined(best, data.class_titles),
    "tab-combinations",
    f"Combinations of classes in the test images, and what {titles[first.model]} predicts for them.",
    widths=[4, 2, 3, 4],
)

# %% [markdown]
# {numref}`fig-mistakes` shows the answers that were most surely wrong.

# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-mistakes", "caption": "Test images about which the first model is most surely wrong. Drawn by {py:func}`cvlib.figures.classification.mistakes`."}, "image": {"alt": "Test images in a row; below each the classes that it shows and those that were predicted."}}
places = benchmark.mistaken(best)
numbers = {name: number for number, name in enumerate(study.data.frames["name"].astype(str))}
figures.mistakes(
    [study.data.image(numbers[str(best.names[place])]) for place in places],
    [report.answer(best, place, data.class_titles) for place in places],
)

# %% [markdown]
# ## How much is leakage?
#
# {numref}`tab-classification-leak` trains the first model with clips kept together and, as a split by image does, with frames of one
# clip on both sides.

# %% tags=["hide-input"]
both = {(job.model, job.kind): tested[job] for job in same_seed if job.model in (first.model, CLASSICAL)}
means = {way: benchmark.scores({"": each}, seed=seed)[""][benchmark.MEAN] for way, each in both.items()}
Table(
    common.by_split(means, "macro F1", title),
    "tab-classification-leak",
    "Macro F1 with clips kept together (*groups*) and divided by image (*random*).",
)

# %% tags=["hide-input"]
by_seed = {job.seed: runs[job] for job in jobs if (job.model, job.kind) == (first.model, "groups")}
Table(
    common.by_seed(benchmark.spread(by_seed), data.class_titles),
    "tab-classification-seeds",
    f'F1 of {titles[first.model]} by training seed; `seeds="0,1,2"` trains more.',
)

# %% [markdown]
# ## Real photographs
#
# The same command on the magnetic tiles of {cite:t}`huang2020`, run once and stored.

# %% tags=["hide-input"]
Table(
    common.stored(results.scores("classification", "magnetic-tile"), "f1", title, MagneticTile.class_titles),
    "tab-classification-real",
    "F1 on photographs of magnetic tiles; no tile is on both sides of the split.",
)

# %% [markdown]
# ## What to take away
#
# - Precision, recall and accuracy together give away the share of positives. Check it: it costs one line.
# - Compare with always saying yes. For a common class that is hard to beat, and accuracy alone hides it.
# - Choose thresholds on images that are not scored, and say how.
# - A probability is not calibrated because it comes from a sigmoid.

# %% [markdown] tags=["exercises"]
# ## Exercises
#
# Each checks itself. `cvlib coursework build --to course --chapters classification` makes a notebook to fill in;
# `notebooks/exercises/classification.ipynb` has the solutions.

# %% [markdown]
# ## Provenance

# %% tags=["hide-input"]
Table(
    common.trained([*runs.values()], title),
    "tab-classification-runs",
    "The runs on this page; `cvlib runs show RUN` tells more of each.",
    widths=[3, 3, 2, 2, 2, 1, 3],
)

# %% tags=["hide-input"]
this.provenance(study.data)
