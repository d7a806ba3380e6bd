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
# (corners)=
# # X-rays, corners and the region of interest
#
# Where do the plates of a cell end? {cite:t}`wu2024` reads it from X-rays in three steps; this chapter is about the first, its
# section 2.1: find corners, and from them the region that the plates end in. It shows how X-rays are simulated here, how near
# corners come to the true ends and on which side of them they lie, and how often the region holds every end. Data, number of
# images and seed stand in the next cell; nothing is trained.

# %% tags=["parameters"]
dataset: str = "simulated"  # or path:DIR for your own X-rays
images: int = 300  # X-rays to simulate; a folder is taken whole
seed: int = 0  # of the simulated X-rays and of the intervals
poles: int = 13  # plate ends per simulated X-ray, odd; 0: any number
corners: int = 0  # N behind regions and offsets; 0: the largest of the paper

# %% tags=["hide-input"]
from myst_nb import glue

from cvlib import chapter, runs
from cvlib.data.xrays import open_xrays
from cvlib.figures import corners as figures
from cvlib.localize import survey
from cvlib.localize.corners import FAST_THRESHOLD, find_corners
from cvlib.localize.roi import CHANGE, METHODS, find_roi
from cvlib.papers import claim
from cvlib.simulate.cell import Scene
from cvlib.tables import Remarks, Table

this = chapter.begin(globals())
data = open_xrays(dataset, runs.store() / "xrays", images, seed, Scene(poles=poles))
counts = [int(claim(f"p2.settings.{name}").value) for name in ("n128", "n256", "n512")]
count = corners or max(counts)

# %% tags=["hide-input"]
Remarks(survey.remarks(data))

# %% [markdown]
# ## What an X-ray of a cell's edge shows
#
# A cell is a stack of plates, negative and positive in turn. Seen from the side, each is a thin dark stripe. Negative plates
# absorb less and stick out beyond the positive ones, which they must, or lithium plates out at the edge. How far they do is measured
# at the *ends* of the plates, the points that {numref}`fig-xrays` marks. Casing and wires are in the way, the stack is tilted and
# curved, light is scattered, and the picture is noisy.

# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-xrays", "caption": "Four X-rays of this data set, and below them the framed part with the ends of the plates. Drawn by {py:func}`cvlib.figures.corners.examples`."}, "image": {"alt": "Four grey pictures of stacks of dark horizontal stripes that enter from the right; close-ups with a dot at the left end of each stripe, full at negative plates and hollow at positive ones."}}
shown = survey.spread(data, 4)
ends = [data.poles(index) for index in shown]
figures.examples(
    [data.image(index) for index in shown], [each[0] for each in ends], [each[1] for each in ends]
)

# %% [markdown]
# ## How they are simulated
#
# The paper's X-rays are not public. Those here are drawn by this project, from formulas, so that each end is known exactly: nothing is
# drawn large and scaled down, and nothing is marked by hand. The layout of the files is that of the photographs of {cite:t}`zhao2024`.
#
# Light that passes a plate of optical depth $a_k$ is weakened by the law of Beer and Lambert. Where plate $k$ covers a share
# $f_k$ of a pixel, and all plates together let pass $T$,
#
# ```{math}
# :label: beer-lambert
#
# T(x, y) = \prod_k \left( 1 - f_k(x, y) \left( 1 - e^{-a_k} \right) \right).
# ```
#
# In the stack's own frame, $u$ along the plates and $v$ across, plate $k$ of thickness $t_k$ has a middle line $v = m_k(u)$
# and ends at $u_k$. With $\Phi$ the normal distribution function, whose width $s$ stands for a pixel's area,
#
# ```{math}
# :label: plate-shadow
#
# f_k = \left[ \Phi\!\left( \tfrac{v - m_k(u) + t_k/2}{s} \right) - \Phi\!\left( \tfrac{v - m_k(u) - t_k/2}{s} \right) \right]
# \Phi\!\left( \tfrac{u - u_k}{s} \right).
# ```
#
# A homography $H$ puts the stack into the picture: each pixel is carried back through it, and the true end is $H(u_k, m_k(u_k))$.
# The light is then blurred by a point spread function, mixed with its mean (scattered light), and given the noise of
# counted photons ({py:func}`cvlib.simulate.xray.draw`). What is put in, {numref}`tab-put-in`, is our choice after published
# pictures; it was not measured on any.

# %% tags=["hide-input"]
Table(
    survey.put_in(Scene(poles=poles)),
    "tab-put-in",
    "What the simulator draws, by {py:class}`cvlib.simulate.cell.Scene`. Four views of a cell share its plates; intervals on this page resample cells.",
)

# %% [markdown]
# ```{admonition} Put in, found again
# :class: important
# That the ends of simulated plates are near corners says that the detector does what it should on such pictures. It does not say that
# real X-rays are like them.
# ```
#
# ## Corners
#
# oFAST is the detector of ORB {cite:p}`rublee2011`. It asks of each pixel $p$ whether it differs from its surroundings on most sides: of the
# 16 pixels $r_1, \dots, r_{16}$ on a ring of radius 3 around it, nine in a row must all be brighter, or all darker, than the pixel by
# more than a threshold $t$,
#
# ```{math}
# :label: fast-test
#
# \exists\, i:\quad \min_{j = 1, \dots, 9} I(r_{i+j}) > I(p) + t \quad\text{or}\quad \max_{j = 1, \dots, 9} I(r_{i+j}) < I(p) - t.
# ```
#
# A straight edge has fewer than nine beyond it and fails; the end of a stripe passes. The test is repeated on smaller and smaller copies of
# the picture, by a factor of 1.2 from one *octave* (as OpenCV calls it) to the next, so that wider stripes are found too. Of all that
# pass, each octave keeps the strongest by Harris's measure, together $N$. The *o* is for orientation, which the
# paper does not use ({py:func}`cvlib.localize.corners.find_corners`).
#
# {numref}`fig-corners` shows the three $N$ of the paper, at the threshold used here and at OpenCV's default. In pictures
# of low contrast the default finds so few corners that $N$ makes no difference any more.

# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-corners", "caption": "Corners of one X-ray by fastThreshold and N; the picture is drawn paler than it is. Drawn by {py:func}`cvlib.figures.corners.corners`."}, "image": {"alt": "Six panels of the same X-ray with dots: many at the ends of the stripes, some along them, some in the noise; few at the higher threshold."}}
thresholds = (FAST_THRESHOLD, survey.OPENCV_THRESHOLD)
image = data.image(shown[0])
figures.corners(image, {t: {n: find_corners(image, n, t) for n in counts} for t in thresholds})

# %% tags=["hide-input"]
Table(
    survey.corner_table(survey.corner_distances(data, counts, thresholds), seed),
    "tab-corners",
    "Corners found, and how near the nearest lies to each plate end. In brackets: 95 % bootstrap intervals over cells, where at least five cells have a hit and five a miss.",
    widths=[4, 2, 3, 4, 4, 4],
)

# %% [markdown]
# The paper does not state its threshold, and that of {numref}`tab-corners` matters as much as $N$: whoever repeats its Table 1 on such pictures
# at OpenCV's default compares three sets that hardly differ.
#
# ## On which side of the end
#
# The paper notes that corners do not match the ends perfectly. The mismatch is not only chance. {numref}`fig-offsets` takes, for each end and each
# octave, the nearest corner, and asks where it lies: *along* the plate, inwards, and *across* it.

# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-offsets", "caption": "Median offset of corners from the plate's end by octave, with 95 % intervals over cells. Crosses: as OpenCV gives the corner; dots: without the shift of its pyramid. Grey: the offset of octave 0, scaled like the pyramid. Drawn by {py:func}`cvlib.figures.corners.offsets`."}, "image": {"alt": "Two panels against octave. Along the plate, offsets grow from octave to octave for both polarities. Across it, dots lie at zero and crosses up to more than a pixel off."}}
medians = survey.offset_medians(survey.corner_offsets(data, count), seed)
figures.offsets(medians)

# %% tags=["remove-cell"]
by_octave = medians[~medians["positive"].astype(bool)].set_index("octave")
glue("first-octave", survey.in_px(by_octave["along"].iloc[0]), display=False)
glue("last-octave", survey.in_px(by_octave["along"].iloc[-1]), display=False)
glue("last-number", str(by_octave.index[-1]), display=False)
for name, column in {"worst": "raw_across", "left": "across"}.items():
    glue(f"{name}-across", f"{max(abs(each.value) for each in medians[column]):.2f}", display=False)

# %% [markdown]
# **Along the plate** corners sit inside, on the plate, and the farther the higher the octave: by {glue:text}`first-octave` px (negative
# plates, median and interval) at octave 0, by {glue:text}`last-octave` px at octave {glue:text}`last-number`. The ring has to reach around the end, so
# its centre is a pixel or two behind it, and a pixel of a higher octave is larger: the offset grows nearly like the pyramid. Before the end
# of a positive plate, high octaves also see the end of the gap between its longer neighbours; those corners are left out here. As a corner's
# octave is known, so is the offset to expect, and it can be taken away; the next chapter does so.
#
# **Across the plate** a corner should lie on the middle line. As OpenCV gives them, corners of some octaves do not, by up to
# {glue:text}`worst-across` px. The detector multiplies a corner's place in the small copy by the scale, which gives the edge of a pixel
# instead of its middle, and by the scale asked for instead of the one that whole numbers of pixels left. Both are known
# ({py:func}`cvlib.localize.survey.pyramid_shift`); with them taken away next to nothing is left across, at most {glue:text}`left-across` px in the median. The same shift acts along the plate:
# there it hides part of the offset, because these plates come from the right.
#
# ## The region of interest
#
# The network that finds the ends looks at a part of the picture only. The paper takes the centre of all corners $q_i$ (its eq. 1),
#
# ```{math}
# :label: cluster-centre
#
# (x_0, y_0) = \frac{1}{N} \sum_{i=1}^{N} q_i,
# ```
#
# adds up the grey values of each row, and sends two pointers from the first row and from the last, $h$, towards $y_0$ until the sums change by a
# significant amount (eq. 2),
#
# ```{math}
# :label: pointers
#
# b = 0 + n\,\beta, \quad n = 0, 1, 2, \dots \qquad a = h - m\,\alpha, \quad m = 0, 1, 2, \dots,
# ```
#
# which gives the upper bound $b$ and the lower bound $a$. The width follows from the height (eqs 3 and 4):
#
# ```{math}
# :label: left-right
#
# c = x_0 - \lambda\,(a - b), \qquad d = x_0 + \lambda\,(a - b).
# ```
#
# Neither the threshold of a significant change nor $\alpha$, $\beta$ and $\lambda$ are stated. Here the threshold is a share of the largest change in
# the picture, both steps are one row, and $\lambda$ is ours ({py:func}`cvlib.localize.roi.find_roi`, method `paper`). This is our reading. The
# paper's X-rays may have been cropped to little more than the stack before; ours are not.
#
# Three things can go wrong, {numref}`fig-profiles`: a casing bar changes the sums more than any plate, and then the plates' own changes are no longer
# significant; corners along plates, on bars and in the noise pull the centre away from the ends; and since the width follows from the height, a
# region that is too low is also too narrow to make up for a centre in the wrong place.
#
# The method `robust` is ours. It groups corners that lie close together, and takes the group with stripes on its right and none on its left,
# since that is what ends of plates look like and wires and bars do not. Rows are then followed up and down as long as there are stripes. It takes for
# granted that plates come from the right.

# %% tags=["hide-input"]
found = {"as they are": survey.regions(data, count)}
if dataset == "simulated":
    bare = Scene(poles=poles, distractors=False)
    found["no bars or wires"] = survey.regions(
        open_xrays(dataset, runs.store() / "xrays", images, seed, bare), count
    )

# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-profiles", "caption": "An X-ray on which the paper's method works, and one on which it fails: regions of interest, row sums, and the size of their change with what counts as significant (dotted). Dashed: the paper's bounds. Drawn by {py:func}`cvlib.figures.corners.profiles`."}, "image": {"alt": "Two X-rays with two rectangles each, beside them the sums of the rows and their changes. In the lower one the rectangle of the paper's method lies at a dark bar and misses the ends of the plates."}}
pictures = [data.image(index) for index in survey.telling_images(found["as they are"])]
their_corners = [find_corners(picture, count) for picture in pictures]
figures.profiles(
    pictures,
    their_corners,
    [
        {method: find_roi(picture, own, method).roi for method in METHODS}
        for picture, own in zip(pictures, their_corners, strict=True)
    ],
    CHANGE,
)

# %% tags=["hide-input"]
Table(
    survey.region_table(found, seed=seed),
    "tab-regions",
    "Regions by method (*paper* with its threshold) over all images. Height / stack and diagonal are medians. The last column is the NME that a point 2 px off would get. Intervals as above.",
    widths=[3, 3, 4, 4, 4, 2, 2, 2],
)

# %% tags=["remove-cell"]
own = found["as they are"]
wide = own[own["way"] == survey.WAYS.index(survey.Way("paper"))]
narrow = own[own["way"] == survey.WAYS.index(survey.Way("robust"))]
for name, each in {"wide": wide, "narrow": narrow}.items():
    glue(f"{name}-diagonal", f"{each['diagonal'].median():.0f}", display=False)
    glue(f"{name}-error", f"{(100 * survey.ERROR_PX / each['diagonal']).mean():.2f}", display=False)

# %% [markdown]
# Three thresholds were tried, and none makes the literal method both safe and tight on the simulated X-rays, {numref}`tab-regions`: a low one keeps most ends by taking in
# much of the picture, a high one cuts them off. At the two higher thresholds it does *worse* without bars and wires: with nothing beside
# the stack the region is lower, so it is narrower too, and loses ends sideways. Regions that reach to a bar are safe by accident.
#
# The last column is a warning. NME is in percent of the region's diagonal. The same error of 2 px is {glue:text}`wide-error` % in the paper's
# regions (median diagonal {glue:text}`wide-diagonal` px) and {glue:text}`narrow-error` % in the robust ones ({glue:text}`narrow-diagonal` px). A looser region
# *improves* NME, PCK and PCS without moving a single point.
#
# ## What to take away
#
# - State `fastThreshold` beside $N$. Where contrast is low, it decides how many corners there are.
# - A corner marks the end of a plate with a known bias, inwards, that grows with its octave. Averaging it with a better estimate moves that
#   estimate inwards too.
# - Corners of OpenCV's ORB are shifted by an amount that depends on octave and place. It is small, and of the size that NME is about.
# - Bounds read from sums over whole rows take in whatever else lies in these rows.
# - Compare NME, PCK and PCS on the same regions only, and say how large they are.
#
# ## Pitfalls
#
# - OpenCV looks for no corners within `edgeThreshold` of the border, 31 px by default. A picture cropped tightly to the plate ends has none of
#   them; crop with a margin, or lower it.
# - Turn your X-rays so that plates run to the right. Where no such stack is found, as with nearly all upright ones, the region is the whole
#   picture, and says so: `how` ({py:class}`cvlib.localize.roi.Found`) is `whole image`. Do not average NME over such images with others.

# %% [markdown] tags=["exercises"]
# ## Exercises
#
# Each checks itself. `cvlib coursework build --to course --chapters corners` makes a notebook to fill in;
# `notebooks/exercises/corners.ipynb` has the solutions.

# %% [markdown]
# ## Provenance

# %% tags=["hide-input"]
this.provenance(data)
