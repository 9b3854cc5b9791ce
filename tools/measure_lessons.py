"""Measure lessons: seconds, memory, and how far the results depend on chance.

    python tools/measure_lessons.py             every lesson
    python tools/measure_lessons.py 2.03 3      lesson 2.03 and all of part 3

Each lesson runs alone, three times, the second and third time with other seeds. Let
nothing else run meanwhile. The medians go to ``tests/measurements.csv``, the results of
the three runs to ``tests/measured_results.csv``; the rows of lessons that were not run
stay as they are. README's map and the lesson's docstring get the new seconds. From the
results come the bounds in ``tests/expected_results.csv`` and the figures in
``slides/claims.md``.
"""

import argparse
import datetime
import os
import platform
import re
import sys
from importlib import metadata
from pathlib import Path

import pandas as pd
from tqdm import tqdm

from run_lesson import COURSE_DIR, run_lesson

MEASUREMENTS_FILE = COURSE_DIR / "tests" / "measurements.csv"
RESULTS_FILE = COURSE_DIR / "tests" / "measured_results.csv"
RUNS = 3
SECONDS, MEGABYTES = 60, 2000  # what a lesson should stay below


def find_lessons(numbers):
    """Return the paths of the lessons whose number begins with one of ``numbers``.

    Raises
    ------
    ValueError
        No lesson has such a number.
    """
    lessons = sorted(COURSE_DIR.glob("part*/[0-9].[0-9][0-9]_*.py"))
    for number in numbers:
        if not any(lesson.name.startswith(number) for lesson in lessons):
            raise ValueError(
                f"There is no lesson {number}: name one such as 2.03, or a part, "
                "such as 3."
            )
    return [lesson for lesson in lessons if lesson.name.startswith(tuple(numbers))]


def read_measurements(file=None):
    """Return the measurements as a frame, a row a lesson, indexed by its number."""
    file = file or MEASUREMENTS_FILE
    if not Path(file).exists():
        return pd.DataFrame(index=pd.Index([], name="lesson"))
    return pd.read_csv(file, dtype={"lesson": str}, index_col="lesson")


def write_measurement(number, row, file=None):
    """Put one lesson's row, a dict, into the file; all other rows stay as they are."""
    rows = read_measurements(file).to_dict("index")
    rows[number] = row
    table = pd.DataFrame.from_dict(rows, orient="index").rename_axis("lesson")
    table.sort_index().to_csv(file or MEASUREMENTS_FILE, lineterminator="\n")


def read_results(file=None):
    """Return the results of the measured runs as a frame.

    The index is (lesson, name), both str; a column a run, ``run 1`` to ``run 3``.
    """
    file = file or RESULTS_FILE
    if not Path(file).exists():
        index = pd.MultiIndex.from_arrays([[], []], names=["lesson", "name"])
        return pd.DataFrame(index=index)
    return pd.read_csv(file, dtype={"lesson": str}, index_col=["lesson", "name"])


def write_results(number, results, file=None):
    """Put one lesson's results, a row a run, into the file; other lessons' stay."""
    new = results.T.astype(float)
    new.columns = [f"run {run}" for run in range(1, len(results) + 1)]
    new.index = pd.MultiIndex.from_product([[number], new.index])
    new.index.names = ["lesson", "name"]
    old = read_results(file).drop(index=number, level="lesson", errors="ignore")
    table = pd.concat([old, new]) if len(old) else new
    table = table.sort_index(level="lesson", sort_remaining=False)
    table.to_csv(file or RESULTS_FILE, float_format="%.10g", lineterminator="\n")


def write_seconds(lesson, seconds, readme):
    """Write a lesson's seconds into its docstring and its row of ``readme``, a path."""
    text = lesson.read_text(encoding="utf-8")
    text = re.sub(
        r"(?<=^:Takes: about )[\d.]+(?= s)", f"{seconds:.0f}", text, flags=re.M
    )
    lesson.write_text(text, encoding="utf-8")
    row = rf"(^\| \[{re.escape(lesson.name[:4])}\].* \| )\d+(?= \|$)"
    text = readme.read_text(encoding="utf-8")
    text = re.sub(row, rf"\g<1>{seconds:.0f}", text, flags=re.M)
    readme.write_text(text, encoding="utf-8")


def processor_name():
    """Return what the system calls its processor."""
    if Path("/proc/cpuinfo").exists():
        found = re.search(
            r"model name\s*: (.+)", Path("/proc/cpuinfo").read_text(encoding="utf-8")
        )
        if found:
            return found[1]
    return platform.processor() or platform.machine()


def measure(lesson, progress):
    """Run a lesson three times; return its measurements and a row of results a run.

    Raises
    ------
    RuntimeError
        The lesson fails.
    """
    runs = []
    for shift in range(RUNS):
        run = run_lesson(lesson, seed_shift=shift)
        if run.returncode:
            raise RuntimeError(
                f"{lesson.name} fails with its seeds + {shift}:\n{run.errors[-2000:]}"
            )
        runs.append(run)
        progress.update()
    row = {
        "seconds": round(pd.Series([run.seconds for run in runs]).median(), 1),
        "cpu_seconds": round(pd.Series([run.cpu_seconds for run in runs]).median(), 1),
        "memory_mb": round(max(run.peak_memory for run in runs)),
        "date": datetime.date.today().isoformat(),
        "processor": processor_name(),
        "cores": len(os.sched_getaffinity(0))
        if hasattr(os, "sched_getaffinity")
        else os.cpu_count(),
        "python": platform.python_version(),
        "tensorflow": metadata.version("tensorflow"),
    }
    return row, pd.DataFrame([run.results for run in runs])


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "numbers", nargs="*", default=[""], help="lessons or parts; all if left out"
    )
    try:
        lessons = find_lessons(parser.parse_args().numbers)
    except ValueError as error:
        parser.error(str(error))
    measured = []
    with tqdm(total=RUNS * len(lessons), unit="run") as progress:
        for lesson in lessons:
            number = lesson.name[:4]
            progress.set_description(number)
            row, results = measure(lesson, progress)
            write_measurement(number, row)
            write_results(number, results)
            write_seconds(lesson, row["seconds"], COURSE_DIR / "README.md")
            measured.append(number)
            tqdm.write(
                f"{number} with its seeds, seeds + 1 and seeds + "
                f"2:\n{results.T.to_string()}\n"
            )
    table = read_measurements().loc[measured, ["seconds", "cpu_seconds", "memory_mb"]]
    over = (table.seconds > SECONDS) | (table.memory_mb > MEGABYTES)
    table["above the goal"] = over.map(
        {True: f"more than {SECONDS} s or {MEGABYTES} MB", False: ""}
    )
    print(table.to_string())
    return 0


if __name__ == "__main__":
    sys.exit(main())
