"""What each chapter asks of a learner and gives in return, and two plans that put the chapters in order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict

HERE = Path(__file__).parent


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Chapter(_Strict):
    """One chapter as a lesson.

    Attributes
    ----------
    reading, exercises
        Minutes.
    needs
        Chapters to be read before.
    knows
        What a learner knows already.
    goals
        What a learner can do afterwards, each the end of "you can".
    """

    reading: int
    exercises: int
    needs: list[str]
    knows: str
    goals: list[str]


class Session(_Strict):
    """A piece of a plan: when, what is done, with which chapters."""

    when: str
    do: str
    chapters: list[str]


class Plan(_Strict):
    """Sessions in order, and a sentence on whom they suit."""

    title: str
    about: str
    sessions: list[Session]


class Syllabus(_Strict):
    """Chapters by name, in the order of the book, and the plans."""

    chapters: dict[str, Chapter]
    plans: list[Plan]


@cache
def syllabus() -> Syllabus:
    """The syllabus of this book.

    >>> syllabus().chapters["roundness"].needs
    ['data-records']
    """
    return Syllabus.model_validate(yaml.safe_load((HERE / "syllabus.yaml").read_text("utf-8")))


def markdown(link: Callable[[str], str], chapters: Sequence[str] | None = None) -> str:
    """The syllabus as sections of Markdown: lessons, plans, how to hand out and to mark.

    Parameters
    ----------
    link
        Gives the text that stands for a chapter.
    chapters
        Those that are taught, all if None; a plan that needs others is left out.
    """
    held = syllabus()
    taught = {name: each for name, each in held.chapters.items() if chapters is None or name in chapters}
    lessons = [line for name, each in taught.items() for line in _lesson(link(name), each, link)]
    plans = [line for plan in held.plans for line in _plan(plan, taught, link)]
    course = (HERE / "course.md").read_text("utf-8")
    planned = ["## Lessons", "", "Times are planned, not measured in class.", ""]
    return "\n".join([*plans, *planned, *lessons, course])


def _lesson(title: str, chapter: Chapter, link: Callable[[str], str]) -> list[str]:
    before = "; ".join(map(link, chapter.needs)) or "none"
    return [
        f"### {title}",
        "",
        f"- Time: {chapter.reading} minutes to read, {chapter.exercises} for the exercises",
        f"- Chapters before: {before}",
        f"- You know: {chapter.knows}",
        *(f"- You will be able to {goal}" for goal in chapter.goals),
        "",
    ]


def _plan(plan: Plan, taught: dict[str, Chapter], link: Callable[[str], str]) -> list[str]:
    if not {name for session in plan.sessions for name in session.chapters} <= taught.keys():
        return []
    rows = []
    for session in plan.sessions:
        minutes = sum(taught[name].reading + taught[name].exercises for name in session.chapters)
        named = "; ".join(map(link, session.chapters))
        rows.append(f"| {session.when} | {session.do} | {named} | {minutes or ''} |")
    head = ["| When | What | Chapters | Minutes |", "|---|---|---|---|"]
    return [f"## {plan.title}", "", plan.about, "", *head, *rows, ""]
