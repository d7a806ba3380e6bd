"""Data -> executed chapters -> book. Started by `make book` and `python -m cvlib book`."""

import shlex
import sys

from cvlib import graph, notebooks, places, tasks
from cvlib.data import open_dataset
from cvlib.exercises import checking
from cvlib.training.plan import Job

DATASET = config.get("dataset", "simulated")
CHANNELS = config.get("channels", "auto")
PROFILE = config.get("profile", "quick")
WORK = f"_build/{places.slug(DATASET)}"
HTML = places.html_folder(DATASET).relative_to(notebooks.ROOT)
CHAPTERS = notebooks.chapters()
EXERCISES = notebooks.exercises()
SIMULATED = graph.simulated()
ONE_THREAD = "OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 OPENCV_FOR_THREADS_NUM=1 "
CVLIB = f"{sys.executable} -m cvlib"

# A path within the repository stays one: the pages show it.
SOURCE = f"path:{SIMULATED}" if DATASET == "simulated" else DATASET
CONTENT = "simulated" if DATASET == "simulated" else open_dataset(DATASET, channels=CHANNELS).fingerprint()
DATA = [SIMULATED] if DATASET == "simulated" else []

# These are about X-rays, which are simulated whatever coatings the book shows.
XRAY_CHAPTERS = ("corners", "localization")

# What chapters show that is trained; a chapter run by itself trains what it misses.
COATINGS = ("segmentation", "detection", "classification")
SHOWN = {task: [task] for task in tasks.TASKS}
SHOWN |= {"annotation": ["segmentation"], "claims": tasks.TASKS, "conventions": tasks.TASKS, "leaks": COATINGS}


def trained(chapter):
    """What marks as trained all that a chapter shows.

    A trial takes less time than the start of a process: there the chapter of each task trains what it
    shows, and those that show it too come later.
    """
    shown = SHOWN.get(chapter, [])
    if PROFILE == "trial":
        return [f"{WORK}/executed/{task}.ipynb" for task in shown if task != chapter]
    return [graph.trained(DATASET, PROFILE, job) for task in shown for job in tasks.shown(task, PROFILE)]


def relative(paths):
    return [str(path.relative_to(notebooks.ROOT)) for path in paths]


def study_files(wildcards):
    return relative(notebooks.module_files(tasks.module_name(Job.named(wildcards.job).task, "study")))


def source(chapter):
    """What a chapter, or a task, is about: coatings, or the simulated X-rays."""
    return "simulated" if chapter in XRAY_CHAPTERS else SOURCE


def data_options(wildcards):
    if wildcards.chapter in XRAY_CHAPTERS:
        return "-p dataset=simulated"
    return f"-p dataset={shlex.quote(SOURCE)} -p channels={CHANNELS}"


def chapter_inputs(wildcards):
    notebook = notebooks.find(wildcards.chapter)
    code = relative([notebook, *notebooks.modules(notebook)])
    return [*code, *DATA, "requirements.lock", *trained(wildcards.chapter)]


def exercise_inputs(wildcards):
    notebook = notebooks.ROOT / "notebooks" / "exercises" / f"{wildcards.chapter}.ipynb"
    answers = notebooks.module_files(checking.module_name(wildcards.chapter))
    return relative([notebook, *notebooks.modules(notebook), *answers])


# Snakemake removes a rule's outputs before it runs; the mark goes, the pages of before stay until new ones are there.
RENDERED = f"{HTML}/.rendered"


rule all:
    input:
        RENDERED,


rule data:
    input:
        relative(notebooks.module_files("cvlib.simulate", "cvlib.data")),
    output:
        directory(SIMULATED),
    benchmark:
        "_build/benchmarks/data.tsv"
    shell:
        ONE_THREAD + CVLIB + " data simulate --to {output}"


rule train:
    input:
        study_files,
        DATA,
        "requirements.lock",
    output:
        touch(WORK + "/trained/{profile}/{job}"),
    params:
        job=lambda wildcards: shlex.join(Job.named(wildcards.job).arguments()),
        dataset=lambda wildcards: source(Job.named(wildcards.job).task),
        channels=CHANNELS,
        content=CONTENT,
    benchmark:
        WORK + "/benchmarks/trained/{profile}/{job}.tsv"
    threads: 1
    resources:
        training=1,
    shell:
        ONE_THREAD + CVLIB + " train {params.job} --profile {wildcards.profile}"
        " --dataset {params.dataset:q} --channels {params.channels}"


rule chapter:
    input:
        chapter_inputs,
    output:
        WORK + "/executed/{chapter}.ipynb",
    params:
        data=data_options,
        content=CONTENT,
        profile=lambda wildcards: f"-p profile={PROFILE}" if wildcards.chapter in SHOWN else "",
    benchmark:
        WORK + "/benchmarks/{chapter}.tsv"
    threads: 1
    shell:
        ONE_THREAD + CVLIB + " run {wildcards.chapter} {params.data} {params.profile} --to {output}"


# Exercises are about small made-up data: they are the same in every book.
rule exercises:
    input:
        exercise_inputs,
    output:
        "_build/exercises/{chapter}.ipynb",
    threads: 1
    shell:
        ONE_THREAD + CVLIB + " coursework execute {input[0]} --to {output}"


rule book:
    input:
        chapters=expand(WORK + "/executed/{chapter}.ipynb", chapter=CHAPTERS),
        exercises=expand("_build/exercises/{chapter}.ipynb", chapter=EXERCISES),
        pages=relative(path for path in (notebooks.ROOT / "book").rglob("*") if path.is_file()),
        config="_config.yml",
        package=relative((notebooks.ROOT / "cvlib").rglob("*.py")),
        syllabus=["cvlib/exercises/syllabus.yaml", "cvlib/exercises/course.md"],
    output:
        touch(RENDERED),
    params:
        dataset=DATASET,
        channels=CHANNELS,
        profile=PROFILE,
    shell:
        CVLIB + " render {params.dataset:q} {input.chapters:q} --channels {params.channels} --profile {params.profile}"
