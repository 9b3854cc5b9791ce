"""What the tests share: the lessons, and each lesson's run, made once a session."""

import pytest

from run_lesson import COURSE_DIR, run_lesson

LESSONS = sorted(COURSE_DIR.glob("part*/[0-9].[0-9][0-9]_*.py"))


@pytest.fixture(scope="session")
def run_once(tmp_path_factory):
    """Return a function that runs a lesson, or hands back the run that another test has made."""
    runs = {}

    def run(lesson):
        if lesson not in runs:
            runs[lesson] = run_lesson(lesson, figures=tmp_path_factory.mktemp(lesson.stem), timeout=300)
        return runs[lesson]

    return run
