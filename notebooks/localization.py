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
# (localization)=
# # Heatmaps and their correction
#
# Within the region of interest of the chapter on corners, {cite:t}`wu2024` finds plate ends with a network that draws a
# heatmap for each of them (its sections 2.2 and 2.3), and then moves each point found towards the nearest corner. This chapter
# trains such networks, repeats that correction as far as the text tells it, measures both as the paper does (its section 3),
# and sets a correction of our own beside them. Neither code nor data of the paper are public; the public version of this page shows
# X-rays that our simulator draws.

# %% tags=["parameters"]
dataset: str = "simulated"  # or path:DIR, X-rays of your own in PBD5K's layout with as many plates in each
profile: str = "quick"  # how much to spend: trial, quick, standard, paper
options: str = ""  # fields of the profile to change, such as poles; see `cvlib train localization --help`
seeds: str = "0"  # of the training, as 0,1,2; all but the first for the coarse regime alone
seed: int = 0  # of the intervals

# %% tags=["hide-input"]
import pandas as pd
from myst_nb import glue

from cvlib import chapter
from cvlib.figures import localization as figures
from cvlib.localize import benchmark, counting, report
from cvlib.localize.benchmark import BASELINE
from cvlib.localize.costs import by_stage
from cvlib.localize.inference import loaded
from cvlib.localize.plan import COARSE, FINE, VARYING, chapter_jobs, noise, title
from cvlib.localize.scoring import REACH_PX, load
from cvlib.localize.study import study_of
from cvlib.measure.plates import corrected, published
from cvlib.papers import claim
from cvlib.simulate.cell import Scene
from cvlib.tables import Remarks, Table
from cvlib.training import report as common
from cvlib.training.plan import seeds_of

this = chapter.begin(globals())
jobs = {(job.overrides, job.seed): job for job in chapter_jobs(profile, seeds_of(seeds))}
studies = {key: study_of(job, dataset, profile, options.split()) for key, job in jobs.items()}
first = seeds_of(seeds)[0]
study = studies[FINE, first]

# %% tags=["hide-input"]
Remarks(report.remarks(study))

# %% [markdown]
# ## From a point to a heatmap and back
#
# The network sees the region of interest resized to one size, and gives a picture of a quarter of that size for every plate
# end. It learns, by the mean squared error, to draw a Gaussian around the end:
#
# ```{math}
# :label: heatmap-target
#
# h_k(u) = \exp\!\left(-\frac{\lVert u - p_k \rVert^2}{2 \sigma^2}\right)
# ```
#
# with $u$ a cell of the picture and $p_k$ the $k$-th end, counted from the top ({py:func}`cvlib.localize.heatmap.encode`). Reading the
# point back is where a quarter of the size costs accuracy. The highest cell alone errs by up to half a cell, two pixels of the
# input, along each axis. HRNet's usual remedy moves it a quarter of a cell towards its higher neighbour; DARK
# {cite:p}`zhang2020` fits the logarithm of the peak by a parabola; a local soft-argmax takes its centre of mass
# ({py:func}`cvlib.localize.heatmap.decode`).

# %% tags=["hide-input"]
runs = {key: studies[key].run(job.model, job.kind, job.seed) for key, job in jobs.items()}
coarse, fine = (COARSE, first), (FINE, first)
held = {key: runs[key] for key in runs if key[0] != VARYING}
methods = {key: "dark" if key[0][: len(COARSE)] != COARSE else "quarter" for key in held}
benches = benchmark.benches(held, study.data, methods)
regimes = {"coarse": benches[coarse], "fine": benches[fine]}
ways = {"coarse": methods[coarse], "fine": methods[fine]}

# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-heatmaps", "caption": "A test image's region of interest with the true ends of negative (indigo) and positive (wine red) plates, the heatmaps of the coarse network, and one of them by cells with what four decoders make of it. Drawn by {py:func}`cvlib.figures.localization.heatmaps`."}, "image": {"alt": "Left, an X-ray of a comb of plates with circles at their ends; middle, bright spots at the same places; right, a blurred spot of some cells with five marks close together."}}
figures.heatmaps(regimes["coarse"].tested_pictures.images[0], regimes["coarse"].tested, 0)

# %% [markdown]
# Training turns, mirrors, shears, scales and shifts the regions, as the paper does by amounts it does not state.
# The $k$-th heatmap always stands for the same polarity, so that of a point found is known without looking.
# {numref}`tab-localization-profile` lists the settings. Two sizes of the input give two **regimes**: a *coarse* one with HRNet's usual decoding,
# about as inexact as the paper's network (NME {glue:text}`published-nme` %), and a *fine* one with DARK.

# %% tags=["remove-cell"]
glue("published-nme", claim("p2.table1.baseline.nme").printed, display=False)

# %% tags=["hide-input"]
Table(
    common.settings(study.profile, "profile paper"),
    "tab-localization-profile",
    f"Settings of the fine network (profile *{profile}*), and of the profile *paper*, which are ours too: the paper states none but the loss. The coarse network differs by {' and '.join(f'`{each}`' for each in COARSE)}.",
    widths=[2, 2, 2, 5],
)

# %% [markdown]
# ## Three measures
#
# With $d_{si}$ the distance between the predicted and the true $i$-th end of sample $s$, $D_s$ the diagonal of its region of interest,
# and a threshold $t$ in percent, the paper's eqs 7 to 9 are
#
# ```{math}
# :label: point-measures
#
# \text{NME} &= \frac{100\,\%}{\sum_s K_s} \sum_{s,i} \frac{d_{si}}{D_s} \\
# \text{PCK}_t &= \frac{\#\{(s,i) : 100\, d_{si} / D_s \le t\}}{\sum_s K_s} \\
# \text{PCS}_t &= \frac{\#\{s : \max_i 100\, d_{si} / D_s \le t\}}{S}
# ```
#
# ({py:mod}`cvlib.measure.points`). An end that is not found counts as off by $D_s$. A sample counts for PCS only if *every* end counts for PCK. So for samples with equally many ends
# PCS can never be above PCK at the same threshold. As its columns are labelled, the paper's Table 1 has PCS1.0 above PCK1.0 in every
# row; with these two exchanged, nothing contradicts the definitions. {numref}`tab-points-coarse` shows both.
#
# ## The paper's correction
#
# For each predicted point $p$, the nearest corner $q$ within a radius is its reference; without one $p$ stays. Histograms $U$ and $V$ of the
# grey values in small patches at $p$ and $q$ are compared with $R$, the mean histogram at ends of that polarity in the image:
#
# ```{math}
# :label: correction
#
# \lambda_p = \frac{\langle U, R \rangle}{\lVert U \rVert \lVert R \rVert}, \qquad
# \lambda_q = \frac{\langle V, R \rangle}{\lVert V \rVert \lVert R \rVert}, \qquad
# \hat p = \frac{\lambda_p\, p + \lambda_q\, q}{\lambda_p + \lambda_q}
# ```
#
# (its eqs 5 and 6; {py:func}`cvlib.localize.refine.correct`). In the only text we have the symbols of eq. 5 are lost, and their order suggests
# that the corner's similarity weighs the predicted point. Both readings are there (`pairing`), as is every other choice
# the text leaves open; {numref}`tab-choices` shows what each does. Histograms have no negative entries and ends look alike, so
# all these cosines are close to 1, and the correction is close to the plain mean of $p$ and $q$.
#
# ## A correction of our own
#
# Three things are left on the table. Corners do not sit *on* a plate's end but further in, by an amount that
# depends on the pyramid level they were found at: that offset can be learned on validation images and taken off. A mean
# should weigh each point by how exact it is: variances can be learned too. And the end of a plate is an edge, which can be fitted
# to a fraction of a pixel without any training ({py:func}`cvlib.localize.edges.fit_tips`). The mode `fused` puts the network's point, the corner
# without its bias and the fitted edge together, weighed by their inverse variances, and leaves the network's point alone
# where nothing else is credible ({py:func}`cvlib.localize.fusion.fuse`). Calibration uses validation images only, and their labels as they are,
# annotation noise included.

# %% tags=["hide-input"]
rows = {regime: bench.rows() for regime, bench in regimes.items()}
scores = {
    regime: {row: regimes[regime].scores(own, seed) for row, own in rows[regime].items()}
    for regime in regimes
}
uncalibrated = [regime for regime, bench in regimes.items() if bench.calibration is None]
gains = {
    regime: {row: regimes[regime].gains(own, seed) for row, own in rows[regime].items() if row != BASELINE}
    for regime in regimes
}

# %% tags=["hide-input"]
Remarks(
    [
        f"In the {each} regime the network finds too few ends to calibrate on; ours changes nothing."
        for each in uncalibrated
    ]
)

# %% tags=["hide-input"]
Table(
    report.table1(scores["coarse"]),
    "tab-points-coarse",
    "The paper's Table 1, **coarse regime**: NME in percent of the ROI's diagonal, PCK and PCS as shares, with 95 % intervals over cells. The published rows are of other X-rays; they stand here to show the layout, under both labellings of two columns.",
    widths=[4, 3, 3, 3, 3, 3, 3],
)

# %% tags=["hide-input"]
Table(
    report.gains(gains["coarse"]),
    "tab-gains-coarse",
    "Relative gains over the network alone in percent, coarse regime; above 0 is better. Where the network alone scores 0 there is no relative gain, and the cell says how far the score rose.",
    widths=[4, 3, 3, 3, 3, 3],
)

# %% [markdown]
# {numref}`tab-gains-fine` is the same for the **fine regime**, whose points are more exact than before the same corners.

# %% tags=["hide-input"]
Table(
    report.gains(gains["fine"]),
    "tab-gains-fine",
    "Relative gains over the network alone in percent, fine regime; below 0 it got worse. The published row is of the paper's own, coarser network.",
    widths=[4, 3, 3, 3, 3, 3],
)

# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-points", "caption": "The same scores with their 95 % intervals over cells, both regimes. Drawn by {py:func}`cvlib.figures.localization.scores`."}, "image": {"alt": "Three panels, NME, PCK and PCS, of dots with intervals: a row per correction, one kind of mark for each regime."}}
figures.scores({f"{regime} regime": own for regime, own in scores.items()}, report.TITLES)

# %% [markdown]
# {numref}`tab-um` has the same errors as lengths. {numref}`tab-confidence` is about the confidence that comes with each corrected point: how often is a
# point that claims to be good far off?

# %% tags=["hide-input"]
Table(
    report.in_micrometres(regimes),
    "tab-um",
    "Distance from the true end, with 95 % intervals over cells; only where the scale of all images is known.",
    widths=[2, 5, 3, 3, 3],
)

# %% tags=["hide-input"]
Table(
    report.by_confidence(regimes),
    "tab-confidence",
    "Ends after our correction by its confidence.",
    widths=[2, 3, 2, 3, 4],
)

# %% [markdown]
# ## Why one correction helps here and hurts there
#
# {numref}`fig-regimes` takes the baseline apart. Dots are the two networks with each of four decoders. Lines are made up: true ends with Gaussian
# errors of a chosen size, in the same images. Averaging with a corner pays while the network is about as inexact as the corner. The better
# the network, the more the corner pulls it away. The star is the paper's own gain at its own baseline, on other X-rays: it stands there for
# orientation and confirms nothing.

# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-regimes", "caption": "Relative gain in NME against the NME before correction. Dots: networks by regime and decoder; lines: true ends with Gaussian errors; star: published. Below 0 a correction hurts; the axis is cut at -100 %. Drawn by {py:func}`cvlib.figures.localization.regimes`."}, "image": {"alt": "Three curves that rise with the baseline's error; the one of the paper's correction crosses zero."}}
decoded = {
    (regime, method): bench.decoded(method)
    for regime, bench in regimes.items()
    for method in benchmark.DECODERS
}
networks = benchmark.regimes({f"{regime}, {method}": bench for (regime, method), bench in decoded.items()})
made_up = benchmark.made_up_regimes(regimes["coarse"])
star = claim("p2.table1.baseline.nme").value, claim("p2.table1.gain.nme").value
figures.regimes(networks, made_up, star)

# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-vectors", "caption": "Errors in two test images of the coarse regime, from the true ends (circles) and eight times as long as they are; negative plates indigo, positive wine red. Drawn by {py:func}`cvlib.figures.localization.vectors`."}, "image": {"alt": "Plate ends with arrows: long ones for the network alone, shorter ones after the paper's correction, hardly any after ours."}}
figures.vectors(regimes["coarse"], [0, len(regimes["coarse"].tested) // 2])

# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-before-after", "caption": "The first image of {numref}`fig-vectors` before and after our correction; the line moves with mouse, finger or arrow keys. Drawn by {py:func}`cvlib.figures.localization.before_after`."}}
figures.before_after(regimes["coarse"], 0)

# %% [markdown]
# ## What the paper leaves open
#
# {numref}`tab-choices` changes one choice at a time. Patch, bins, pairing and reference hardly matter, because the weights hardly move. A small radius
# decides how many points move at all, and the descriptor how different the weights are.

# %% tags=["hide-input"]
Table(
    report.choices({regime: benchmark.ablations(bench) for regime, bench in regimes.items()}),
    "tab-choices",
    "Relative gain in NME over the network alone, by choice. The first value of pairing, reference and descriptor, a radius of 5, a patch of 11 and 32 bins are the defaults.",
    widths=[3, 2, 2, 2],
)

# %% [markdown]
# ## Decoders, annotation noise, blur
#
# {numref}`tab-decoders` changes the decoder. {numref}`tab-noise` puts Gaussian errors into the labels that the networks and our calibration learn from;
# test images keep the exact truth. {numref}`tab-blur` asks the same networks and calibrations about X-rays newly drawn with another point
# spread.

# %% tags=["hide-input"]
Table(
    report.by_condition(
        {f"{method} ({regime})": (bench, regime) for (regime, method), bench in decoded.items()}, "decoder"
    ),
    "tab-decoders",
    "NME in percent of the ROI's diagonal, with 95 % intervals, by decoder.",
    widths=[3, 2, 3, 3, 3],
)

# %% tags=["hide-input"]
noisy = {f"{px} px": (benches[(*COARSE, *noise(px)), first], "coarse") for px in (0, 1, 2)}
Table(
    report.by_condition(noisy, "annotation noise"),
    "tab-noise",
    "NME in percent by the standard deviation, per axis, of errors in training and validation labels. Coarse regime.",
    widths=[3, 2, 3, 3, 3],
)

# %% [markdown]
# {numref}`tab-localization-seeds` repeats the coarse network with other seeds, where more than one was asked for (`seeds="0,1,2"`).

# %% tags=["hide-input"]
Table(
    report.by_condition({str(each): (benches[COARSE, each], "coarse") for each in seeds_of(seeds)}, "seed"),
    "tab-localization-seeds",
    "NME in percent by training seed, coarse regime.",
    widths=[2, 2, 3, 3, 3],
)

# %% tags=["hide-input"]
if study.data.origin == "simulated":
    spread, others = {}, 60
    for psf in (0.6, 1.1, 1.8, 2.5):
        drawn = benchmark.NewXrays.drawn(Scene(poles=study.profile.poles, psf_px=(psf, psf)), others, seed=1)
        for regime, key in (("coarse", coarse), ("fine", fine)):
            other = drawn.shown_to(runs[key], regimes[regime], ways[regime])
            spread[f"{psf} px ({regime})"] = other, regime
    blur = report.by_condition(spread, "point spread")
else:
    blur = pd.DataFrame({"point spread": ["only simulated X-rays can be drawn anew"]})
Table(
    blur,
    "tab-blur",
    f"NME in percent by the standard deviation of the point spread function, on newly drawn X-rays of other cells; the networks were trained on spreads from {Scene().psf_px[0]} to {Scene().psf_px[1]} px.",
)

# %% [markdown]
# ## What it costs

# %% tags=["hide-input"]
Table(
    report.costs(by_stage(regimes["fine"], loaded(runs[fine]), ways["fine"])),
    "tab-costs",
    f"Processor time of each stage on one thread, median and quartiles over some test X-rays; the network is {title(runs[fine].settings.model)}.",
    widths=[3, 3],
)

# %% [markdown]
# ## Any number of plates
#
# A plant does not know beforehand how many plates an image shows; their number is part of the question. Then one heatmap per polarity
# takes the place of one per end, and all peaks high enough count ({py:func}`cvlib.localize.peaks.peaks`). The test X-rays here show {glue:text}`fewest` to {glue:text}`most` plates.
# What matters is whether every plate was found, and the *overhang*: how far each negative plate reaches beyond its positive neighbours. The command
# `cvlib locate` does all of it for a folder of images.
#
# PBD5K, a data set of such X-rays {cite:p}`zhao2024`, is scored by published code that looks at some images only: locations where the number of plates is right,
# overhang where both numbers are; images without a prediction are dropped, overhang is the difference in x, and predictions are sorted while the
# truth is taken in its own order. {numref}`tab-as-published` is what that code would print here ({py:func}`cvlib.measure.plates.published`; a later version divides
# by the area of the image, too), {numref}`tab-counted` leaves no image out: plates are matched to their nearest true ones
# ({py:func}`cvlib.measure.plates.corrected`), overhang is measured along the plates, and each error stands beside the share of plates it is about.

# %% tags=["hide-input"]
key = (VARYING, first)
any_number = load(runs[key])["test"]
ends, (size, unit) = any_number.ends(), counting.scale(any_number)
directions, widest = counting.along(ends)
answers = {
    "network alone": any_number.found("dark"),
    "with our correction": counting.located(runs[key], studies[key].data, any_number),
}
limits = counting.tolerance(ends, size)
for name, number in (("fewest", min), ("most", max)):
    glue(name, number(len(pair[0]) + len(pair[1]) for pair in ends), display=False)

# %% tags=["hide-input"]
Table(
    report.as_published({way: published(own, ends) for way, own in answers.items()}),
    "tab-as-published",
    f"Scores as PBD5K's published code computes them, {len(ends)} test images.",
    widths=[4, 2, 2],
)

# %% tags=["hide-input"]
Table(
    report.counted(
        {
            way: corrected(own, ends, any_number.groups, REACH_PX, size, directions, widest, limits, seed)
            for way, own in answers.items()
        },
        unit,
    ),
    "tab-counted",
    f"Scores of all {len(ends)} test images, with 95 % intervals over cells. The tolerance, {limits[0]:.0f} to {limits[1]:.0f} {unit}, is made up: it leaves out a tenth of the true overhangs.",
    widths=[4, 3, 3],
)

# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-overhangs", "caption": "Overhangs found, with our correction, against the true ones, and their errors; dashed: the made-up tolerance. Drawn by {py:func}`cvlib.figures.localization.overhangs`."}, "image": {"alt": "Left, a narrow cloud along the diagonal; right, a histogram centred on zero."}}
figures.overhangs(*counting.overhang_pairs(answers["with our correction"], ends, size), limits, unit)

# %% [markdown]
# ## What to take away
#
# - Whether a correction helps depends on what it corrects. Report the gain against the baseline's error, not one number.
# - Averaging with something as inexact as oneself gains little; weights that hardly differ gain no more. What a correction can gain is in its
#   biases and variances, and these can be learned on validation images.
# - One end of thirteen that is far off costs a whole sample in PCS.
# - Scores over the images that came out right flatter. State the share of plates an error is about.
# - The simulator was written by the same hands as the correction. What it shows is that the correction does what it should, not what it is
#   worth on your X-rays.

# %% [markdown] tags=["exercises"]
# ## Exercises
#
# Each checks itself. `cvlib coursework build --to course --chapters localization` makes a notebook to fill in;
# `notebooks/exercises/localization.ipynb` has the solutions.

# %% [markdown]
# ## Provenance

# %% tags=["hide-input"]
Table(
    common.trained([*runs.values()], title),
    "tab-localization-runs",
    "The runs on this page; `cvlib runs show RUN` tells more of each.",
    widths=[3, 3, 2, 2, 2, 1, 3],
)

# %% tags=["hide-input"]
this.provenance(study.data)
