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
# (roundness)=
# # Roundness of pinholes
#
# How round is a pinhole? The *Data Records* section of {cite:t}`sampath2026` answers with one number, roundness, and
# shows its histogram (Figs. 6 and 8). This chapter computes it from the data set named below, and shows how far such a
# histogram moves with the way a perimeter is measured on a pixel grid.

# %% tags=["parameters"]
dataset: str = "simulated"  # a name from `cvlib data list`, or path:DIR for your own
images: int = 2227  # images to simulate; other data sets are taken whole
seed: int = 0  # of all that is random here
channels: str = "auto"  # channel order of path:DIR masks: auto, RGBA, BGRA

# %% tags=["hide-input"]
import numpy as np
from myst_nb import glue

from cvlib import chapter, results, statistics
from cvlib.data import open_dataset
from cvlib.figures import roundness as figures
from cvlib.measure.crofton import crofton_lengths
from cvlib.measure.objects import find_objects
from cvlib.measure.roundness import plain_roundness, roundness, roundness_of_discs
from cvlib.survey import survey
from cvlib.tables import Table

this = chapter.begin(globals())
data = open_dataset(dataset, images=images, seed=seed, channels=channels)
objects = survey(data).objects
pinholes = objects[objects["defect"] == "pinhole"]

# %% [markdown]
# ## The measure
#
# ```{math}
# :label: roundness-equation
#
# \text{Roundness} = \frac{4 \pi A}{p^2}
# ```
#
# with the area $A$ and the perimeter $p$ (the paper's eq. 1). A disc has 1, a square $\pi/4 \approx 0.785$, a
# ragged or drawn-out shape less. Nothing in the plane has more than 1.
#
# On pixels neither $A$ nor $p$ is given; both must be estimated, and the paper does not say how. Three ways:
#
# **Pixel count and boundary length.** $A$ is the number of pixels. The outer boundary is followed from pixel
# to pixel, and its length is
#
# ```{math}
# :label: boundary-length
#
# L = 0.980\,n_\text{even} + 1.406\,n_\text{odd} - 0.091\,n_\text{corner}
# ```
#
# with the numbers of straight steps, diagonal steps and changes of direction {cite:p}`vossepoel1982`. These
# weights give straight lines of random direction the right length on average. The chain runs through the centres
# of the boundary pixels, half a pixel inside the edge, so $p = L + \pi$. This is what DIPlib calls `Roundness`
# and MATLAB `Circularity`: {py:func}`cvlib.measure.roundness.roundness`.
#
# **OpenCV polygon.** $A$ is `cv2.contourArea` and $p$ is `cv2.arcLength` of the contour: the polygon through
# the same pixel centres, diagonals counted $\sqrt 2$. It is the common recipe; that the authors used it is
# our guess, since their other steps use OpenCV: {py:func}`cvlib.measure.roundness.plain_roundness`.
#
# **Pixel count and Crofton perimeter.** How often straight lines enter an object tells its perimeter without
# following the boundary {cite:p}`serra1982`: with the numbers of entries along rows, columns and both diagonals,
#
# ```{math}
# :label: crofton
#
# p = \frac{\pi}{4} \left( n_{0} + n_{90} + \frac{n_{45} + n_{135}}{\sqrt 2} \right)
# ```
#
# ({py:func}`cvlib.measure.crofton.crofton_lengths`, scikit-image's `perimeter_crofton` with four directions).

# %%
rows, columns = np.mgrid[:40, :40]
disc = (rows - 20.3) ** 2 + (columns - 19.8) ** 2 <= 12**2
one = find_objects(disc)
pixels_and_boundary = roundness(one.area, one.boundary_length)
polygon = plain_roundness(one.polygon_area, one.polygon_length)
crofton = plain_roundness(one.area, crofton_lengths(disc))
print(f"disc of radius 12: {one.area[0]} pixels, true area {np.pi * 12**2:.1f}")
print(f"pixel count and boundary length: {pixels_and_boundary[0]:.3f}")
print(f"OpenCV polygon:                  {polygon[0]:.3f}")
print(f"Crofton perimeter:               {crofton[0]:.3f}")

# %% [markdown]
# ## What the estimator does to a perfect disc
#
# {numref}`fig-discs` measures discs of known radius at random places between the pixels. The polygon never
# reaches 1, and more pixels do not help: over all directions, a chain of straight and diagonal steps is longer than
# the curve it follows by a factor $\tfrac{8}{\pi}(\sqrt 2 - 1) \approx 1.055$, which lowers the roundness of a large
# disc to $1/1.055^2 \approx 0.90$. At a radius of {glue:text}`small-radius` pixels a perfect disc has a median of
# {glue:text}`small-polygon` by the polygon, {glue:text}`small-roundness` by pixel count and boundary
# length and {glue:text}`small-crofton` by Crofton's perimeter, which scatters more. Whoever
# reads a histogram of the polygon's values as shape alone takes even perfect circles for irregular.

# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-discs", "caption": "Roundness of discs against their radius: median and middle 90 % over random sub-pixel places. Drawn by {py:func}`cvlib.figures.roundness.discs`."}, "image": {"alt": "Three curves against radius: two come near 1 as discs grow, that of the polygon stays below; the bands around them narrow."}}
radii = np.linspace(3, 20, 35)
disc_values = roundness_of_discs(radii, per_radius=40, seed=seed)
figures.discs(radii, disc_values)

# %% tags=["remove-cell"]
small = int(np.abs(radii - 5).argmin())
glue("small-radius", f"{radii[small]:g}", display=False)
glue("small-polygon", f"{np.median(disc_values['polygon_roundness'][small]):.2f}", display=False)
glue("small-crofton", f"{np.median(disc_values['crofton_roundness'][small]):.2f}", display=False)
glue("small-roundness", f"{np.median(disc_values['roundness'][small]):.2f}", display=False)

# %% [markdown]
# ## Which objects count
#
# An object on the image border is cut, and its boundary is partly the frame's. An object
# of fewer than 30 pixels has some 20 boundary steps, and one pixel more or less moves its roundness by a tenth. Both are left out and counted in {numref}`tab-left-out`. Holes stay: the area leaves
# them out, the boundary is the outer one. Values above 1, which small discs can reach, are kept as they are.

# %% tags=["hide-input"]
caption = f"Objects of the class *{data.class_titles['pinhole']}* and how each kind is treated."
Table(statistics.left_out(pinholes), "tab-left-out", caption)

# %% [markdown]
# ## The pinholes of this data set

# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-gallery", "caption": "Objects of the pinhole channel from ragged to round, with their roundness (pixel count and boundary length), and their masks (the paper's Fig. 6). Drawn by {py:func}`cvlib.figures.roundness.gallery`."}, "image": {"alt": "Close-ups of pinholes in a row, from ragged to round, with their roundness above; below each its mask."}}
figures.gallery(data, pinholes[pinholes["measurable"]])

# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-histogram", "caption": "Roundness of the pinholes under each estimator (the paper's Fig. 8); dashed: medians. Drawn by {py:func}`cvlib.figures.roundness.histogram`."}, "image": {"alt": "Three histograms of roundness drawn as outlines over each other: those by pixel count nearly coincide, the polygon's lies to the left; dashed lines are their medians."}}
figures.histogram(pinholes, f"{data.class_titles['pinhole']}, {data.title}")

# %% tags=["remove-cell"]
counted = pinholes[pinholes["measurable"]]
glue("median-polygon", f"{counted['polygon_roundness'].median():.2f}", display=False)
glue("median-crofton", f"{counted['crofton_roundness'].median():.2f}", display=False)

# %% [markdown]
# Same objects, three histograms ({numref}`fig-histogram`): the choice of estimator moves the median from
# {glue:text}`median-polygon` to {glue:text}`median-crofton`, and for ragged objects by more than for discs, because
# every notch adds a staircase. The paper says that most pinholes deviate strongly from 1
# and few are nearly circular. Its text gives no numbers for that, only the figure, so there is nothing to set ours
# against digit by digit.
#
# ```{admonition} Put in, found again
# :class: important
# If the data set above is the simulated one, its pinholes are irregular because the simulator draws them so.
# That this chapter finds them irregular checks the measure. It says nothing about real coatings.
# ```
#
# ## Real holes: blowholes in magnetic tiles
#
# For holes that nobody drew, take the blowholes of the magnetic-tile photographs of {cite:t}`huang2020`: another
# material and another process, but real voids with hand-drawn masks. The photographs are not part of the
# public book; the numbers measured on them are ({numref}`fig-real`).

# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-real", "caption": "Roundness of the pinholes of this data set and of real blowholes. Drawn by {py:func}`cvlib.figures.roundness.compare`."}, "image": {"alt": "Histograms of roundness, one panel per data set, each under each estimator."}}
real = results.objects("magnetic-tile")
tables = {"magnetic tiles (Huang et al.)": real[real["defect"] == "pinhole"], data.title: pinholes}
figures.compare(tables)

# %% tags=["hide-input"]
Table(
    statistics.roundness_summary(tables, seed=seed),
    "tab-roundness",
    "Roundness of measurable objects. Interval: percentile bootstrap over clips, whose images can show one object twice.",
)

# %% [markdown]
# ## What to take away
#
# - A roundness without the name of its estimator cannot be compared with another.
# - The polygon gives a perfect disc about 0.9, at any size; a threshold such as "round above 0.95" then finds none.
# - State what happens to objects that are cut, tiny or hollow, and count them.

# %% [markdown] tags=["exercises"]
# ## Exercises
#
# Each checks itself. `cvlib coursework build --to course --chapters roundness` makes a notebook to fill in;
# `notebooks/exercises/roundness.ipynb` has the solutions.

# %% [markdown]
# ## Provenance

# %% tags=["hide-input"]
this.provenance(data)
