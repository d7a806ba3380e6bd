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
# (audit)=
# # What the printed numbers say of each other
#
# Some published numbers can be checked with nothing but arithmetic: they must agree with others on the same page.
# This chapter states each such rule as a small theorem, proves it, and applies it to the numbers that
# {cite:t}`sampath2026` and {cite:t}`wu2024` print. It needs no images and no training.
#
# A word on the sources. The text of the first paper is an unedited early-access version, which itself says that it
# may contain errors. Of the second we have an extracted text whose formulas lost their symbols. Where numbers
# disagree, this page says what follows from what and what could explain it. It cannot say which of them is wrong, nor
# why.

# %% tags=["parameters"]
dataset: str = "simulated"  # named in the provenance; the audit is the same for all
images: int = 2227  # images to simulate; other data sets are taken whole
seed: int = 0  # of the simulator
channels: str = "auto"  # channel order of path:DIR masks: auto, RGBA, BGRA

# %% tags=["hide-input"]
from math import ceil

from myst_nb import glue

from cvlib import chapter
from cvlib.audit import classification, electrode, report
from cvlib.audit.bounds import Bounds
from cvlib.audit.checks import checks
from cvlib.audit.records import shared_at_least
from cvlib.data import open_dataset
from cvlib.figures import audit as figures
from cvlib.papers import claims
from cvlib.tables import Table

this = chapter.begin(globals())
data = open_dataset(dataset, images=images, seed=seed, channels=channels)
ledger = claims()
found = checks(ledger)
rows = classification.rows(ledger)

# %% [markdown]
# ## What rounding can hide
#
# A number printed with four digits stands for all numbers that round to it. "Disagree" must mean: outside what
# rounding allows. So every formula below is evaluated on intervals, in exact fractions
# ({py:class}`cvlib.audit.bounds.Bounds`).
#
# (theorem-rounding)=
# ```{admonition} Theorem 1 (rounding)
# Let numbers $x_1, \dots, x_n$ lie in intervals $X_1, \dots, X_n$, and let $f$ be built from them by $+$, $-$,
# $\times$ and $\div$, without dividing by an interval that holds 0. Doing the same with the intervals, end by end,
# gives an interval that holds $f(x_1, \dots, x_n)$. If each $x_i$ stands in the formula once, the interval holds
# nothing else.
# ```
#
# ```{admonition} Proof
# :class: dropdown
# The first part holds for each step, so for all of them. For the second, the two sides of a step share no number, so
# they take all pairs of values from their intervals. A continuous function takes a rectangle to an interval, and each
# of the four operations is monotone in either side, so the ends of that interval are reached at corners of the
# rectangle.
# ```
#
# That is why F1 is computed here as $2 / (1/P + 1/R)$ and never as $2PR/(P+R)$: the second form, with each number in
# it twice, would give wider bounds, and hide disagreement.
#
# ## Table 4, if each row is of one set of images
#
# Table 4 of the first paper has precision $P$, recall $R$, F1 and accuracy $A$ of three networks for three classes.
# Its section *Data Records* states the share of images that show each class.
#
# (theorem-share-of-positives)=
# ```{admonition} Theorem 2 (share of positives)
# If $P$, $R$ and $A$ are counted on one set of images, and $P$ and $R$ are above 0 and not both 1, the share of
# positive images is
#
# $$\pi = \frac{1 - A}{(1 - R) + R\,(1/P - 1)} = \frac{1 - A}{1 + R\,(1/P - 2)}.$$
# ```
#
# ```{admonition} Proof
# :class: dropdown
# Of $N$ images $\pi N$ are positive. $(1-R)\,\pi N$ of them are missed and $R\,\pi N$ are found. As the found ones
# are a share $P$ of all that are called positive, there are $R\,\pi N\,(1/P - 1)$ false alarms. Misses and false
# alarms together are the $(1-A)\,N$ errors.
# ```
#
# {numref}`fig-audit-shares` and {numref}`tab-audit-shares` apply it
# ({py:func}`cvlib.audit.classification.share_of_positives`).

# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-audit-shares", "caption": "Share of positive images that precision, recall and accuracy of each row of Table 4 imply; on the right the same on a narrower axis, where the lines show what rounding leaves open. Drawn by {py:func}`cvlib.figures.audit.shares`."}, "image": {"alt": "A row per network and class: on the left the implied shares lie nearly above each other in all rows, far from the bars at the stated shares; on the right, close up, they are short lines beside each other."}}
figures.shares(rows)

# %% tags=["hide-input"]
Table(
    report.shares(rows),
    "tab-audit-shares",
    "What each row implies, what the paper states, and the accuracy that its precision and recall would have at the stated share.",
    widths=[4, 4, 4, 2, 3, 2],
)

# %% tags=["remove-cell"]
implied = [row.implied for row in rows]
glue("audit-lowest", f"{100 * float(min(each.low for each in implied)):.1f} %", display=False)
glue("audit-highest", f"{100 * float(max(each.high for each in implied)):.1f} %", display=False)

# %% [markdown]
# The test set need not show a class exactly as often as all images do; the table gives the range outside which one
# random fifth of the images in a million lies ({py:func}`cvlib.audit.classification.share_of_a_draw`). No row implies
# a share within it. All nine imply {glue:text}`audit-lowest` to {glue:text}`audit-highest`, whatever the class. Test images chosen so that somewhat less than half show each class would explain it; the text does not
# speak of such a choice.
#
# (theorem-f1-of-counts)=
# ```{admonition} Theorem 3 (F1 of counts)
# If $P$, $R$ and $F_1$ are counted on one set of images, and anything is found, $F_1 = 2 / (1/P + 1/R)$.
# ```
#
# ```{admonition} Proof
# :class: dropdown
# $1/P + 1/R = (\text{TP}+\text{FP})/\text{TP} + (\text{TP}+\text{FN})/\text{TP} = 2\,/\,\bigl(2\,\text{TP} / (2\,\text{TP}+\text{FP}+\text{FN})\bigr)$.
# ```

# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-audit-f1", "caption": "F1 by precision and recall against the printed F1. Lines show all that rounds to the printed precision and recall, the grey band all that rounds to the printed F1; a row agrees if they meet. Drawn by {py:func}`cvlib.figures.audit.f1`."}, "image": {"alt": "A short line per network and class: most meet a grey band around 0, some lie to its right, the farthest by several units of the last digit."}}
figures.f1(rows)

# %% [markdown]
# Of the nine rows, {glue:text}`audit-f1-off` lie outside the band of {numref}`fig-audit-f1`, by at most
# {glue:text}`audit-f1-most`. That is little, but it is more than rounding, and all of them lie on the same side.
#
# (theorem-granularity)=
# ```{admonition} Theorem 4 (granularity)
# The accuracy on $n$ images is a multiple of $1/n$.
# ```
#
# ```{admonition} Proof
# :class: dropdown
# It is a number of images, divided by $n$.
# ```
#
# So not every number can be an accuracy on $n$ images, and nine accuracies on the *same* images exclude many $n$
# ({py:func}`cvlib.audit.classification.sizes`). Of all $n$ up to the {glue:text}`audit-images` images of the data
# set, {glue:text}`audit-sizes` can have the nine accuracies of Table 4; the three of surface cracks alone are enough
# to exclude all. The smallest set that could have them has {glue:text}`audit-first-size` images.

# %% tags=["remove-cell"]
apart = [row.harmonic.distance(Bounds.of(row.f1)) for row in rows]
accuracies = [Bounds.of(row.accuracy) for row in rows]
whole = int(ledger["p1.images"].value)
fitting = classification.sizes(accuracies, 4 * whole)
glue("audit-f1-off", str(sum(each > 0 for each in apart)), display=False)
glue("audit-f1-most", f"{max(apart):.5f}", display=False)
glue("audit-images", ledger["p1.images"].printed, display=False)
glue(
    "audit-sizes",
    str(sum(each <= whole for each in fitting)) if fitting[0] <= whole else "none",
    display=False,
)
glue("audit-first-size", f"{fitting[0]:,}", display=False)

# %% [markdown]
# ## Table 4, if each row is a mean
#
# Both would be explained if the numbers were means, over several runs, over folds or over batches, or if images were
# counted more than once. Theorems 2 to 4 then say nothing. Two others still do.
#
# (theorem-f1-of-means)=
# ```{admonition} Theorem 5 (F1 of means)
# The mean of several F1 is at most the harmonic mean of the mean precision and the mean recall.
# ```
#
# ```{admonition} Proof
# :class: dropdown
# The harmonic mean $h(P, R) = 2PR/(P+R)$ is concave: its matrix of second derivatives is
# $\frac{-4}{(P+R)^3} \begin{pmatrix} R^2 & -PR \\ -PR & P^2 \end{pmatrix}$, whose quadratic form at $(u, v)$ is
# $-4 (Ru - Pv)^2 / (P+R)^3 \le 0$. The rest is Jensen's inequality.
# ```
#
# (theorem-misses-alone)=
# ```{admonition} Theorem 6 (misses alone)
# On one set of images $A \le 1 - \pi\,(1 - R)$. The same holds of means over parts, if all parts have the same share
# $\pi$ of positives: runs on the same images, or folds that are stratified.
# ```
#
# ```{admonition} Proof
# :class: dropdown
# The misses are a share $\pi(1-R)$ of all images, and each is an error. With $\pi$ the same in all parts, both sides
# are linear in $A$ and $R$, so the inequality passes to the means.
# ```

# %% tags=["hide-input"]
Table(
    report.means(rows),
    "tab-audit-means",
    "Table 4 by theorems 3 and 6: F1 by precision and recall against the printed one, and the highest accuracy at the printed recall on a random fifth of the images against the printed one.",
    widths=[4, 4, 2, 1, 2, 2, 2],
)

# %% [markdown]
# Means would explain the F1 ({numref}`tab-audit-means`), all of which satisfy theorem 5 ({glue:text}`audit-mean-f1` of
# nine). They would not explain the accuracies of surface cracks. Whoever misses {glue:text}`audit-missed` of the images
# with surface cracks, which are {glue:text}`audit-cracks` of a random test set, has an accuracy of at most
# {glue:text}`audit-most-accuracy`, however many runs on such a set are averaged; printed is
# {glue:text}`audit-accuracy`. For delamination and pinholes means remain possible, if in some of the parts false alarms
# outnumber hits.
#
# Taken together: the numbers of Table 4 are not counts on a set of images of this data set, each counted once. Those
# of surface cracks are no means over runs or folds of sets that show cracks about as often as all images do, either.
# Test images composed otherwise,
# means over small batches, in which the share of positives varies, other weights, or a slip in the table
# are left. The text does not let us choose.
#
# ```{admonition} How unequal must the parts be?
# :class: dropdown
#
# Theorem 6 asks for parts with equal shares of positives. Otherwise the mean of $\pi_i (1 - R_i)$ over parts is $\pi(1-R)$
# less the covariance of $\pi_i$ and $R_i$. That is at most the product of their standard deviations, and numbers from 0 to
# 1 with mean $R$ have one of at most $\sqrt{R(1-R)}$. To explain the accuracy of the first row of {numref}`tab-audit-means`,
# even with the fewest cracks that a random test set shows, the shares would need a standard deviation of
# {glue:text}`audit-spread` percentage points or more; at just that much, each part would have to find either all cracks or
# none. Drawn at random, the share of cracks has a standard deviation of {glue:text}`audit-fifths` points between fifths of
# the data set, and of {glue:text}`audit-batches` between batches of four.
# ```

# %% tags=["remove-cell"]
cracks = rows[0]
holding = [check.holds for check in found if check.theorem == "f1-of-means"]
one_image = (cracks.stated.middle * (1 - cracks.stated.middle)) ** 0.5
glue("audit-spread", f"{100 * classification.least_spread(cracks):.1f}", display=False)
glue("audit-fifths", f"{100 * one_image * (4 / whole) ** 0.5:.1f}", display=False)
glue("audit-batches", f"{100 * one_image / 4**0.5:.1f}", display=False)
glue("audit-mean-f1", str(sum(holding)), display=False)
glue("audit-missed", f"{100 * (1 - cracks.recall.value):.1f} %", display=False)
glue("audit-cracks", f"{100 * float(cracks.test.low):.0f} % or more", display=False)
glue("audit-most-accuracy", f"{float(cracks.most_accurate.high):.4f}", display=False)
glue("audit-accuracy", f"{cracks.accuracy.printed} ({cracks.about})", display=False)

# %% [markdown]
# ## Counts, percentages and boxes
#
# (theorem-same-thing-twice)=
# ```{admonition} Theorem 7 (one thing, two numbers)
# If two printed numbers stand for the same number, what rounds to the one and what rounds to the other overlap.
# ```
#
# ```{admonition} Proof
# :class: dropdown
# That number is in both.
# ```

# %% tags=["hide-input"]
Table(
    report.results(
        found, "records.share", "records.abstract", "records.split", "records.gaps", "records.box"
    ),
    "tab-audit-records",
    "Numbers of the data set, as printed in several places.",
    widths=[3, 6, 1],
)

# %% [markdown]
# (theorem-box-in-image)=
# All agree; the two boxes of the paper's Table 2, too, lie within their image ($w/2 \le x \le 1 - w/2$, and likewise
# with $y$ and $h$). The counts say something more.
#
# (theorem-pigeonhole)=
# ```{admonition} Theorem 8 (pigeonhole)
# Two sets of $a$ and $b$ elements, both part of a whole of $n$, share at least $a + b - n$ elements.
# ```
#
# ```{admonition} Proof
# :class: dropdown
# Together they have $a + b$ elements less those that are counted twice, and not more than $n$.
# ```
#
# So at least {glue:text}`audit-both` images show surface cracks *and* pinholes
# ({py:func}`cvlib.audit.records.shared_at_least`): one label per image would lose them.

# %% tags=["remove-cell"]
shown = [int(ledger[f"p1.{defect}.images"].value) for defect in ("surface_crack", "pinhole")]
glue("audit-both", str(shared_at_least(*shown, whole)), display=False)

# %% [markdown]
# ## Average precision
#
# (theorem-mean-of-classes)=
# The mAP is the mean of the AP of the classes (the first paper's eq. 4), and Figure 15 prints these for both.
#
# (theorem-stricter-overlap)=
# ```{admonition} Theorem 9 (stricter overlap)
# Let each detection, surest first, take the truth it overlaps most of those that are free and that it overlaps by $t$
# or more. Then the AP, as the area under the envelope of precision and recall, does not rise with $t$. So
# $\text{AP}_{.5} / 10 \le \text{AP}_{[.5:.95]} \le \text{AP}_{.5}$.
# ```
#
# ```{admonition} Proof
# :class: dropdown
# Let $s < t$. After any number of detections, the truths taken under $t$ are among those taken under $s$. For suppose
# so far they are, and the next detection takes $g$ under $t$. If $g$ is not yet taken under $s$, it is free there
# too, and the best of what is free, which is a part of what is free under $t$; so it is taken now. Hence, among the
# first $k$ detections, there are at least as many hits under $s$ as under $t$, for every $k$: precision and recall at
# $k$ are both no lower, nor is the envelope. $\text{AP}_{[.5:.95]}$ is a mean of ten AP, of which $\text{AP}_{.5}$ is
# one and the highest.
# ```

# %% tags=["hide-input"]
Table(
    report.results(found, "detection"),
    "tab-audit-detection",
    "Average precision of Table 3 and Figure 15.",
    widths=[3, 6, 1],
)

# %% [markdown]
# Figure 15 agrees with its own legend, and not with Table 3. Two runs, two versions of one model, two sets of images
# or another way to integrate would explain it: {ref}`detection` shows how far apart such rules are.
#
# ## PCK and PCS of the second paper
#
# The second paper counts keypoints within a threshold (PCK) and samples of which all keypoints are (PCS), at two
# thresholds.
#
# (theorem-whole-samples)=
# ```{admonition} Theorem 10 (whole samples)
# At some threshold let a share $p$ of all keypoints be right, and a share $q$ of all samples, those of which every
# keypoint is; both between 0 and 1. Then
#
# 1. wrong samples have on average at least $\frac{q}{1-q} \Big/ \frac{p}{1-p}$ times as many keypoints as right ones;
# 2. if all samples have equally many keypoints, $q \le p$: PCS is at most PCK;
# 3. samples have on average at least $(1-q) / (1-p)$ keypoints.
# ```
#
# ```{admonition} Proof
# :class: dropdown
# Let there be $S$ samples, with on average $k$ keypoints, $k_r$ in right samples and $k_w$ in wrong ones. All
# keypoints of right samples are right, so at least $q S k_r$ keypoints are; wrong ones lie in wrong samples, so at
# most $(1-q) S k_w$ are. Hence $\frac{p}{1-p} \ge \frac{q\,k_r}{(1-q)\,k_w}$, which is 1. With $k_r = k_w$ it says
# $\frac{q}{1-q} \le \frac{p}{1-p}$, which is 2. Each of the $(1-q) S$ wrong samples has a wrong keypoint, of which
# there are $(1-p) S k$: that is 3.
# ```
#
# (theorem-looser-threshold)=
# ```{admonition} Theorem 11 (looser threshold)
# Neither PCK nor PCS falls as the threshold rises.
# ```
#
# ```{admonition} Proof
# :class: dropdown
# What is within the lower threshold is within the higher one.
# ```
#
# As its columns are labelled, Table 1 satisfies theorem 11 everywhere, and theorem 10.2 at the lower threshold. At the
# higher one it does not, in any of its four rows: on the left of {numref}`fig-audit-columns` the broken lines end above
# the full ones.
#
# Are the columns labelled otherwise than meant? Four columns can be labelled in 24 ways.
# {py:func}`cvlib.audit.electrode.labellings` tries all: {glue:text}`audit-labellings` satisfy every inequality in
# every row ({numref}`tab-audit-labellings`, {numref}`fig-audit-columns`). Exchanging PCK1.0 and PCS1.0 is the only
# one that moves no more than two columns.

# %% tags=["remove-cell"]
shares = electrode.shares(ledger)
labellings = electrode.labellings(list(shares.values()))
glue("audit-labellings", str(len(labellings)), display=False)

# %% tags=["hide-input"]
Table(
    report.labelled(labellings),
    "tab-audit-labellings",
    "What the columns would be, by the labellings that satisfy theorems 10.2 and 11 in every row.",
)

# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-audit-columns", "caption": "PCK (full) and PCS (broken) of Table 1, as labelled and as labelled in the ways that satisfy all inequalities. PCS must lie below PCK of the same colour. Drawn by {py:func}`cvlib.figures.audit.columns`."}, "image": {"alt": "Three panels of rising lines. On the left the broken lines cross the full ones and end above them; in the other two they stay below."}}
figures.columns(shares, [electrode.AS_PRINTED, *labellings])

# %% [markdown]
# Each way out has its price ({numref}`tab-audit-keypoints`). As labelled, wrong samples must have many times the
# keypoints of right ones. With the two columns exchanged, samples need so many keypoints that a few wrong ones can
# spoil many samples; the text we have does not say how many there are. The other labelling would need
# {glue:text}`audit-third` keypoints or more.

# %% tags=["hide-input"]
Table(
    report.keypoints(shares),
    "tab-audit-keypoints",
    "What the last two columns need of the numbers of keypoints: as labelled by theorem 10.1, exchanged by theorem 10.3.",
    widths=[2, 2, 2, 5, 3],
)

# %% [markdown]
# (theorem-mean-error)=
# ```{admonition} Theorem 12 (mean error)
# Let a share $p_s$ of keypoints be within $s$ percent of the reference distance and a share $p_t$ within $t > s$
# percent. The NME, in percent, is then at least $s\,(p_t - p_s) + t\,(1 - p_t)$. If the reference distance is the
# diagonal of the ROI, and all points lie within it, the NME is at most $s\,p_s + t\,(p_t - p_s) + 100\,(1 - p_t)$.
# ```
#
# ```{admonition} Proof
# :class: dropdown
# An error within $s$ is from 0 to $s$, another within $t$ from $s$ to $t$, and all others are from $t$ to 100
# percent, as no two points of a rectangle are farther apart than its diagonal. The NME is the mean of all.
# ```
#
# The paper prints no unit for its NME. Theorem 12 settles it, for points within the ROI: read as percent, all four
# rows are possible ({numref}`tab-audit-electrode`); read as a share of 1, {glue:text}`audit-nme-share` would be,
# whether the columns are exchanged or not.

# %% tags=["remove-cell"]
needed = [electrode.least_keypoints(pck=row["pcs1"], pcs=row["pck05"]) for row in shares.values()]
printed = {setting: 100 * Bounds.of(ledger[f"p2.table1.{setting}.nme"]) for setting in shares}
within = [
    electrode.nme_bounds(loose=row[loose], strict=row["pck05"]).overlaps(printed[setting])
    for setting, row in shares.items()
    for loose in ("pck1", "pcs1")  # as labelled and exchanged
]
glue("audit-third", str(ceil(max(needed))), display=False)
glue("audit-nme-share", str(sum(within)) if any(within) else "none", display=False)

# %% tags=["hide-input"]
Table(
    report.results(found, "electrode.nme", "electrode.gain", "electrode.text"),
    "tab-audit-electrode",
    "NME by theorem 12, the relative gains of the last row of Table 1, and what the text says of it.",
    widths=[3, 6, 1],
)

# %% [markdown]
# The five relative gains are those of the printed scores. Columns that are exchanged take their gains with them, so
# this says nothing about labels.
#
# ## The notebook of the first paper's authors
#
# The authors published a notebook beside the data set. It logs how many batches it trains on and evaluates, and its
# scores.
#
# (theorem-dice-and-iou)=
# (theorem-iou-below-precision)=
# ```{admonition} Theorem 13 (Dice and IoU)
# Of the same counts, Dice is the harmonic mean of precision and recall, and $\text{IoU} = D / (2 - D)$ for a Dice of
# $D$. So IoU rises with Dice and is never above it; nor is it above precision or recall, or a mean of IoU above the
# mean precision or recall over the same images.
# ```
#
# ```{admonition} Proof
# :class: dropdown
# Dice is $2\,\text{TP} / (2\,\text{TP}+\text{FP}+\text{FN})$, which is F1, so theorem 3 applies.
# $2/D - 1 = (\text{TP}+\text{FP}+\text{FN})/\text{TP}$, the inverse of IoU. It falls as $D$ rises, and is at least
# $1/D$ as $D \le 1$. Precision and recall leave FN or FP out of IoU's denominator.
# ```

# %% tags=["hide-input"]
Table(
    report.results(found, "notebook"),
    "tab-audit-notebook",
    "The authors' notebook, against the split of the paper's text and by theorems 8 and 13.",
    widths=[3, 6, 1],
)

# %% [markdown]
# Its scores agree with each other. Its numbers of batches do not agree with the paper's split: each is that of all
# images, so nearly every image is in both parts. That holds if a pass shows no image twice; a loader that repeats
# images to fill a fixed number of steps would explain the counts too. Nor need the published notebook be the run
# behind the paper. Unless images were repeated, its validation scores are not scores of images that were held out.
#
# ## Words and smaller numbers

# %% tags=["hide-input"]
Table(
    report.results(found, "statements", "records.size"),
    "tab-audit-statements",
    "Statements of the first paper's text against its equations and tables.",
    widths=[3, 6, 1],
)

# %% [markdown]
# *IoU tends to penalize false positives more than Dice* is true in the sense of theorem 13: 1 - IoU is at least 1 -
# Dice. It is as true of misses; and as one is a rising function of the other, they never disagree about which of two
# predictions is better, as long as the counts are pooled. The sizes are taken up in {ref}`related-data`.
#
# Two statements have no number that could be checked: that most pinholes are irregular, and that defects grow with
# coating gap and water. What would show them are measures on the real images: the distribution of roundness against
# that of rasterized discs ({ref}`roundness`), and the slopes of {ref}`process` with intervals over samples. On
# simulated images both find what the simulator put in.
#
# ## All checks
#
# {numref}`tab-audit-summary` counts the checks by theorem. {ref}`claims` gives every printed number its verdict;
# where that rests on arithmetic, it rests on these.

# %% tags=["hide-input"]
Table(
    report.summary(found),
    "tab-audit-summary",
    f"{len(found)} checks: {sum(check.holds for check in found)} hold, {sum(not check.holds for check in found)} do not.",
    widths=[5, 5, 1, 1],
)

# %% [markdown]
# ## What to take away
#
# - Carry the rounding through. A difference is a finding only where no unrounded numbers could make it vanish.
# - Say what a check assumes. Here most speak of counts on one set of images; means obey less, but not nothing.
# - A disagreement shows that something is missing or amiss between two numbers. It does not show which, and not why.
# - Print the counts. TP, FP, FN and TN would have answered every question about Table 4.

# %% [markdown] tags=["exercises"]
# ## Exercises
#
# Each checks itself. `cvlib coursework build --to course --chapters audit` makes a notebook to fill in;
# `notebooks/exercises/audit.ipynb` has the solutions.

# %% [markdown]
# ## Provenance

# %% tags=["hide-input"]
this.provenance(data)
