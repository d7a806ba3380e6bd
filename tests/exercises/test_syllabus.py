"""The syllabus names every chapter once, and its plans can be followed."""

from __future__ import annotations

import pytest

from cvlib.exercises.syllabus import markdown, syllabus
from cvlib.notebooks import ROOT, chapters


def test_every_chapter_is_a_lesson_in_the_order_of_the_book() -> None:
    lessons = syllabus().chapters
    assert sorted(lessons) == chapters()
    contents = (ROOT / "book" / "_toc.yml").read_text("utf-8")
    assert list(lessons) == sorted(lessons, key=lambda name: contents.index(f"executed/{name}\n"))
    assert all(lesson.goals and lesson.reading > 0 and lesson.exercises > 0 for lesson in lessons.values())


@pytest.mark.parametrize("plan", syllabus().plans, ids=lambda plan: plan.title)
def test_a_plan_teaches_nothing_before_what_it_needs(plan: object) -> None:
    seen: set[str] = set()
    for session in plan.sessions:  # type: ignore[attr-defined]
        for chapter in session.chapters:
            assert set(syllabus().chapters[chapter].needs) <= seen
            seen.add(chapter)


def test_the_long_plan_teaches_all() -> None:
    taught = [chapter for session in syllabus().plans[1].sessions for chapter in session.chapters]
    assert sorted(taught) == chapters()


def test_a_day_has_time_for_what_it_holds() -> None:
    sessions = syllabus().plans[0].sessions
    starts = [60 * int(hour) + int(minute) for hour, minute in (each.when.split(":") for each in sessions)]
    for session, start, end in zip(sessions, starts, starts[1:], strict=False):
        lessons = [syllabus().chapters[chapter] for chapter in session.chapters]
        assert start + sum(lesson.reading + lesson.exercises for lesson in lessons) <= end


def test_of_a_few_chapters_only_these_are_shown_and_no_plan_that_needs_others() -> None:
    text = markdown(str.upper, ["roundness", "leaks"])
    assert [line for line in text.splitlines() if line.startswith("### ")] == ["### ROUNDNESS", "### LEAKS"]
    assert "## Six weeks" not in text
    assert "## Six weeks" in markdown(str.upper)
