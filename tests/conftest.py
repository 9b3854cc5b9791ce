"""What the tests share: the lessons, and each lesson's run, made once a session."""

import pytest

from measure_lessons import find_lessons
from run_lesson import run_lesson

# Seconds after which a lesson that hangs is ended. An old processor needs five times as
# long for convolutions as a new one.
TIMEOUT = 600
LESSONS = find_lessons([""])


@pytest.fixture(scope="session")
def run_once(tmp_path_factory):
    """Return a function that runs a lesson, or hands back a run that was made "
    "before."""
    runs = {}

    def run(lesson):
        if lesson not in runs:
            folder = tmp_path_factory.mktemp(lesson.stem)
            runs[lesson] = run_lesson(lesson, figures=folder, timeout=TIMEOUT)
        return runs[lesson]

    return run
