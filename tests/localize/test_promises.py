"""What the book promises of electrode localization: on the runs that `make book` trained."""

from __future__ import annotations

import numpy as np
import pytest

from cvlib import tasks
from cvlib.errors import DataError
from cvlib.localize import benchmark
from cvlib.localize.benchmark import Bench
from cvlib.localize.corners import find_corners
from cvlib.localize.heatmap import Method
from cvlib.localize.locate import Locator
from cvlib.localize.plan import COARSE, FINE, noise
from cvlib.localize.roi import find_roi
from cvlib.localize.study import Study, open_data, study_of
from cvlib.measure.matching import match
from cvlib.profiles import Localization
from cvlib.simulate.cell import Scene, plan
from cvlib.simulate.xray import draw

pytestmark = pytest.mark.slow

Overrides = tuple[str, ...]


@pytest.fixture(scope="module")
def benches() -> dict[Overrides, Bench]:
    """Of the book's runs of networks with a heatmap per end; loaded, not trained."""
    jobs = {job.overrides: job for job in tasks.shown("localization") if "poles=0" not in job.overrides}
    data = open_data("simulated", Localization.find("quick"))
    runs = {
        overrides: Study(data, "quick", overrides).run(job.model, say=_refuse_training)
        for overrides, job in jobs.items()
    }
    methods: dict[Overrides, Method] = {each: "dark" if each == FINE else "quarter" for each in runs}
    return benchmark.benches(runs, data, methods)


def _refuse_training(what: str) -> None:
    if "training" in what:
        pytest.fail(f"{what}; run make book first")


@pytest.mark.parametrize("px", [0, 1])
def test_our_correction_of_a_coarse_network(benches: dict[Overrides, Bench], px: int) -> None:
    bench = benches[(*COARSE, *noise(px))]
    before, after = bench.scores(bench.baseline), bench.scores(bench.fused[0])
    assert 0.45 <= before["NME"].value <= 0.75
    assert after["NME"].value <= 0.3 * before["NME"].value
    assert after["PCK0.5"].value >= 0.97 and after["PCS0.5"].value >= 0.85


def test_our_correction_of_a_fine_network(benches: dict[Overrides, Bench]) -> None:
    bench = benches[FINE]
    before, after = bench.scores(bench.baseline), bench.scores(bench.fused[0])
    assert before["NME"].value < 0.3
    assert after["NME"].value <= 0.5 * before["NME"].value


def test_our_correction_makes_no_regime_worse(benches: dict[Overrides, Bench]) -> None:
    found = benchmark.regimes({"coarse": benches[COARSE], "fine": benches[FINE]})
    found += benchmark.made_up_regimes(benches[COARSE])
    for regime in found:
        assert regime.after[benchmark.OWN] < regime.before, regime


def test_the_papers_correction_helps_coarse_points_and_hurts_fine_ones(
    benches: dict[Overrides, Bench],
) -> None:
    """The point of the chapter; should another processor turn it round, its prose must change."""
    gains = [benches[each].gains(benches[each].paper())["NME"].absolute for each in (COARSE, FINE)]
    assert gains[0].low > 0 > gains[1].high


def test_the_robust_region_holds_every_end_and_is_no_larger_than_it_needs_to_be() -> None:
    inside, tall = [], []
    for view in plan(400, 87, Scene()) + plan(400, 88, Scene(poles=0)):
        image = draw(view)
        roi = find_roi(image, find_corners(image)).roi
        inside.append(roi.contains(view.points).all())
        tall.append(roi.height / np.ptp(view.points[:, 1]) > 1.6)
    assert np.mean(inside) >= 0.995
    assert np.mean(tall) <= 0.1


def test_the_books_run_locates_ends_of_new_cells_to_a_pixel() -> None:
    [job] = [job for job in tasks.shown("localization") if "poles=0" in job.overrides]
    run = study_of(job, "simulated", "quick").run(job.model, say=_refuse_training)
    locator = Locator.of(run)
    off, right = [], 0
    views = plan(images=40, seed=77, scene=Scene(poles=0))
    for view in views:
        try:
            found = locator.locate(draw(view))
        except DataError:
            continue  # told, and no point given
        pairs = (found.negative, view.points[~view.positive]), (found.positive, view.points[view.positive])
        for ends, truth in pairs:
            rows, columns = match(ends, truth, 6)
            off += np.hypot(*(ends[rows] - truth[columns]).T).tolist()
        counts = len(found.negative) + len(found.positive)
        right += counts == len(view.points)
        assert counts == len(view.points) or found.notes, "a wrong number must not come in silence"
    assert np.median(off) < 0.5 and np.quantile(off, 0.95) < 2 and right >= 0.8 * len(views)
