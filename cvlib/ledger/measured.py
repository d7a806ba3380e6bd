"""What this book measures of what the papers claim."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import cast

from cvlib import process, tasks
from cvlib.classify import benchmark as classification
from cvlib.classify.plan import family_of
from cvlib.classify.scoring import PAPER
from cvlib.classify.scoring import Scored as Labelled
from cvlib.classify.study import Study as Classification
from cvlib.data import Dataset
from cvlib.detect import benchmark as detection
from cvlib.detect.plan import models as detectors
from cvlib.detect.report import PUBLISHED as DETECTORS
from cvlib.detect.scoring import Scored as Detected
from cvlib.detect.study import Study as Detection
from cvlib.localize import benchmark as localization
from cvlib.localize.benchmark import BASELINE, COUNTS
from cvlib.localize.benchmark import PAPER as CORRECTED
from cvlib.localize.plan import COARSE
from cvlib.localize.plan import chapter_jobs as localization_jobs
from cvlib.localize.report import MEASURES as POINT_MEASURES
from cvlib.localize.report import PUBLISHED as ROWS
from cvlib.localize.study import study_of
from cvlib.measure.intervals import Interval, median_interval
from cvlib.measure.labels import MEASURES
from cvlib.measure.roundness import ESTIMATORS
from cvlib.runs import Run
from cvlib.survey import Survey, survey
from cvlib.training.plan import Task
from cvlib.verdict import Measured, unlike_data


def measured(
    data: Dataset, profile: str = "quick", options: Sequence[str] = (), seed: int = 0
) -> dict[str, Measured]:
    """All that this book measures, by claim; runs that are not there are trained.

    Parameters
    ----------
    data
        Coatings, for paper 1; paper 2 has its simulated X-rays.
    profile, options
        Of the runs, as the chapters on them take them.
    seed
        Of the intervals.
    """
    return {
        **of_data(data, survey(data), seed),
        **of_detection(data, profile, options, seed),
        **of_classification(data, profile, options, seed),
        **of_localization(profile, options, seed),
    }


def of_data(data: Dataset, found: Survey, seed: int = 0) -> dict[str, Measured]:
    """Paper 1: number and size of the images, shares of the classes, roundness, trends."""
    numbers: dict[str, float] = {"p1.images": len(data)}
    for defect in PAPER:
        shown = int(found.presence[defect].sum())
        numbers |= {f"p1.{defect}.images": shown, f"p1.{defect}.share": 100 * shown / len(data)}
    unlike = unlike_data(data.name, data.origin)
    exact = {id: Measured(Interval(value, value, value), data.title, unlike) for id, value in numbers.items()}
    return exact | _sizes(data, unlike) | _statements(data, found, unlike, seed)


def _sizes(data: Dataset, unlike: str) -> dict[str, Measured]:
    """Of every image; where they differ, no number is the size."""
    shapes = {data.image(index).shape for index in range(len(data))}
    found = {}
    for axis, name in enumerate(("height", "width")):
        sizes = sorted({shape[axis] for shape in shapes})
        size = sizes[0] if len(sizes) == 1 else math.nan
        of = data.title if len(sizes) == 1 else f"{data.title}: {sizes[0]} to {sizes[-1]} px"
        agrees = None if len(sizes) == 1 else False
        found[f"p1.{name}"] = Measured(Interval(size, size, size), of, unlike, agrees)
    return found


def _statements(data: Dataset, found: Survey, unlike: str, seed: int) -> dict[str, Measured]:
    objects = found.objects
    holes = objects[(objects["defect"] == "pinhole") & objects["measurable"]]
    column, name = next(iter(ESTIMATORS.items()))
    told = {}
    if len(holes):
        median = median_interval(holes[column].to_numpy(), holes["clip"].to_numpy(), seed=seed)
        of = f"median roundness of pinholes, {name}, {data.title}; our criterion is pi/4, a square's"
        told["p1.text.roundness"] = Measured(median, of, unlike, _below(median, math.pi / 4))
    effects = process.effects(data, found, seed)
    if effects:
        slopes = [each for intervals in effects.values() for each in intervals]
        rising, falling = sum(each.low > 0 for each in slopes), sum(each.high < 0 for each in slopes)
        of = f"share of the {len(slopes)} slopes of classes against gap and water that are clearly above zero"
        most = Interval(rising / len(slopes), math.nan, math.nan)
        agrees = True if 2 * rising > len(slopes) else False if 2 * falling > len(slopes) else None
        told["p1.text.trend"] = Measured(most, f"{of}, {data.title}; our criterion is half", unlike, agrees)
    return told


def _below(found: Interval, limit: float) -> bool | None:
    """None where an interval holds the limit, or there is none."""
    return True if found.high < limit else False if found.low > limit else None


def of_detection(data: Dataset, profile: str, options: Sequence[str], seed: int) -> dict[str, Measured]:
    """Paper 1, Table 3 and Fig. 15."""
    study = Detection(data, profile, options)
    found = {}
    for model, stands_for in detectors(profile).items():
        run = study.run(model, "groups", 0)
        tested, about = {"": Detected.of(run)}, _about(run)
        published, unlike = DETECTORS[stands_for][0], _unlike(data, run)
        by_measure = {each: detection.scores(tested, each, seed)[""] for each in detection.MEASURES}
        for measure, by_class in by_measure.items():
            found[f"p1.table3.{published}.{measure}"] = Measured(by_class[detection.MEAN], about, unlike)
        if published == "yolo11":
            areas = by_measure["map50"]
            named = {"all": detection.MEAN, "pinhole": "pinhole", "unclassified": "unclassified"}
            for id, key in named.items():
                found[f"p1.figure15.{id}"] = Measured(areas[key], about, unlike)
    return found


def of_classification(data: Dataset, profile: str, options: Sequence[str], seed: int) -> dict[str, Measured]:
    """Paper 1, Table 4."""
    study = Classification(data, profile, options)
    models = [job.model for job in tasks.shown("classification", profile) if family_of(job.model)]
    found = {}
    for model in dict.fromkeys(models):
        run = study.run(model, "groups", 0)
        tested, about, unlike = {"": Labelled.of(run)}, _about(run), _unlike(data, run)
        for measure in MEASURES:
            scores = classification.scores(tested, measure, seed)[""]
            for defect in PAPER:
                id = f"p1.table4.{family_of(model)}.{defect}.{measure}"
                found[id] = Measured(scores[defect], about, unlike)
    return found


def of_localization(profile: str, options: Sequence[str], seed: int) -> dict[str, Measured]:
    """Paper 2, Table 1: the coarse network, whose errors are about as large as the paper's."""
    job = next(each for each in localization_jobs(profile, (0,)) if each.overrides == COARSE)
    study = study_of(job, "simulated", profile, options)
    run = study.run(job.model, job.kind, job.seed)
    bench = localization.benches({"": run}, study.data, {"": "quarter"})[""]
    about = _about(run)
    unlike = "simulated data" if study.data.origin == "simulated" else "other X-rays"
    points = {BASELINE: bench.baseline} | {f"{CORRECTED} {count}": bench.paper(count) for count in COUNTS}
    found = {}
    for name, own in points.items():
        scores = bench.scores(own, seed)
        for title, id in POINT_MEASURES.items():
            found[f"p2.table1.{ROWS[name]}.{id}"] = Measured(scores[title], about, unlike)
    for title, gain in bench.gains(bench.paper(), seed).items():
        found[f"p2.table1.gain.{POINT_MEASURES[title]}"] = Measured(gain.relative, about, unlike)
    return found


def _about(run: Run) -> str:
    task = cast(Task, run.settings.task)
    return f"{tasks.title(task, run.settings.model)}, profile {run.settings.profile}"


def _unlike(data: Dataset, run: Run) -> str:
    lighter = "" if run.settings.profile == "paper" else "not the profile paper"
    return ", ".join(each for each in (unlike_data(data.name, data.origin), lighter) if each)
