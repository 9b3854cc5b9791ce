"""Collect the exercises of all lessons in ``slides/exercises.md``, for the instructor.

    python tools/write_exercises.py

Answers stand in brackets; an exercise without is an experiment to be reported.
"""

import ast
import re

from measure_lessons import find_lessons
from run_lesson import COURSE_DIR

EXERCISES_FILE = COURSE_DIR / "slides" / "exercises.md"

HEAD = """# Exercises and answers

Written by `python tools/write_exercises.py` from the last text cell of each lesson.
Answers stand in brackets. An exercise without one is an experiment: ask for a
prediction, a figure and a sentence.
"""


def exercises(text):
    """Return a lesson's title and its exercises, a string each, without line breaks."""
    title = ast.get_docstring(ast.parse(text)).split("\n")[0]
    cell = text.split("# %% Try it yourself\n")[1].split("\n\n")[0]
    lines = re.sub(r"^# ?", "", cell, flags=re.M)
    items = re.split(r"^\d+\. ", lines, flags=re.M)[1:]
    return title, [" ".join(item.replace("``", "`").split()) for item in items]


def exercises_page():
    """Return the page as text."""
    parts = [HEAD]
    for lesson in find_lessons([""]):
        title, items = exercises(lesson.read_text(encoding="utf-8"))
        numbered = [f"{number}. {item}" for number, item in enumerate(items, 1)]
        parts.append(f"## {title}\n\n" + "\n".join(numbered) + "\n")
    return "\n".join(parts)


if __name__ == "__main__":
    EXERCISES_FILE.write_text(exercises_page(), encoding="utf-8")
