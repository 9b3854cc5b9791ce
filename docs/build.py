"""Build the course's web site and notebooks from its scripts.

    python docs/build.py                run the lessons that changed, build all pages
    python docs/build.py 1.08 3         the same for lesson 1.08 and all of part 3 only
    python docs/build.py --text         run nothing: text and what was run before
    python docs/build.py --all          run every lesson anew
    python docs/build.py --at-once 2    run two lessons at a time, of different parts

The site is ``docs/_build/html/index.html``. Each lesson runs in a process of its own,
as in class. Two at a time disturb each other: seconds that a lesson prints are longer.
Needs ``python -m pip install -r docs/requirements.txt``.
"""

import argparse
import os
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby
from pathlib import Path

DOCS_DIR = Path(__file__).resolve().parent
sys.path[:0] = [str(DOCS_DIR.parent / name) for name in ("docs", "data", "tools")]

try:
    from sphinx.application import Sphinx
    from sphinx.util.docutils import docutils_namespace
    from sphinx_gallery import gen_rst
    from sphinx_gallery.utils import get_md5sum

    import course_pages
except ImportError as error:
    sys.exit(f"{error}: run  python -m pip install -r docs/requirements.txt")

BUILD_DIR = DOCS_DIR / "_build"


class PageOutput(gen_rst._LoggingTee):
    """What a lesson prints goes to its page; bars and warnings go to the terminal."""

    def set_std_and_reset_position(self):
        super().set_std_and_reset_position()
        sys.stderr = self.origs[1]
        return self


def run_in_this_process():
    """Run the lesson that ``RUN_LESSON`` names and keep what its page needs."""
    gen_rst._LoggingTee = PageOutput
    with docutils_namespace():
        Sphinx(DOCS_DIR, DOCS_DIR, BUILD_DIR, BUILD_DIR / "run", "dummy", status=None)


def is_current(lesson):
    """Say whether the page of a lesson was made by running the lesson as it is."""
    script = course_pages.SCRIPTS_DIR / lesson.part / lesson.path.name
    md5 = course_pages.PAGES_DIR / lesson.part / f"{lesson.path.name}.md5"
    return md5.exists() and md5.read_text("utf-8") == get_md5sum(script, mode="t")


def run(lesson):
    """Run a lesson in a fresh process; return the seconds it took.

    Raises
    ------
    RuntimeError
        The lesson ends in an error.
    """
    environment = {**os.environ, "RUN_LESSON": lesson.number, "MPLBACKEND": "Agg"}
    paths = [str(DOCS_DIR.parent / "data"), str(lesson.path.parent)]
    environment["PYTHONPATH"] = os.pathsep.join(paths)
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, __file__],
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="replace",
    )
    if done.returncode or not is_current(lesson):
        raise RuntimeError(
            f"lesson {lesson.number} failed; try  python {lesson.path}\n"
            + (done.stdout + done.stderr)[-3000:]
        )
    return time.perf_counter() - start


def chosen(numbers):
    """Return the lessons whose number begins with one of ``numbers``.

    Raises
    ------
    ValueError
        No lesson has such a number.
    """
    lessons = course_pages.lessons().values()
    for number in numbers:
        if not any(lesson.number.startswith(number) for lesson in lessons):
            raise ValueError(
                f"There is no lesson {number}: name one such as 2.03, or a part, "
                "such as 3."
            )
    return [one for one in lessons if one.number.startswith(tuple(numbers))]


def run_one_by_one(lessons):
    """Run lessons of one part, which write to one folder, and say what each took.

    Raises
    ------
    RuntimeError
        A lesson ends in an error; those behind it are not run.
    """
    for lesson in lessons:
        try:
            print(f"{lesson.path.name}: {run(lesson):.0f} s", flush=True)
        except RuntimeError:
            print(f"{lesson.path.name}: failed", flush=True)
            raise


def run_all(lessons, at_once):
    """Run lessons, as many at once as asked for, the longest part first.

    Raises
    ------
    RuntimeError
        A lesson ends in an error.
    """
    by_part = [list(group) for _, group in groupby(lessons, lambda one: one.part)]
    by_part.sort(key=lambda part: -sum(lesson.seconds for lesson in part))
    with ThreadPoolExecutor(at_once) as pool:
        for _ in pool.map(run_one_by_one, by_part):
            pass


def main():
    if os.environ.get("RUN_LESSON"):
        run_in_this_process()
        return 0
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("numbers", nargs="*", help="lessons or parts to run")
    parser.add_argument("--text", action="store_true", help="run no lesson")
    parser.add_argument("--all", action="store_true", help="run every lesson anew")
    parser.add_argument("--at-once", type=int, default=1, help="lessons at a time: 1")
    arguments = parser.parse_args()
    if arguments.at_once < 1:
        parser.error("--at-once needs a number of 1 or more.")
    if arguments.text and (arguments.numbers or arguments.all):
        parser.error("--text runs nothing: leave out the numbers and --all.")
    if arguments.all:
        shutil.rmtree(course_pages.PAGES_DIR, ignore_errors=True)
    try:
        lessons = [] if arguments.text else chosen(arguments.numbers or [""])
    except ValueError as error:
        parser.error(str(error))
    course_pages.write_scripts()
    stale = [lesson for lesson in lessons if not is_current(lesson)]
    print(f"{len(stale)} lessons to run", flush=True)
    try:
        run_all(stale, arguments.at_once)
    except RuntimeError as error:
        sys.exit(str(error))
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q"]
    command += ["-j", "auto", "-b", "html"]
    done = subprocess.run([*command, DOCS_DIR, BUILD_DIR / "html"])
    without = sum(not is_current(lesson) for lesson in course_pages.lessons().values())
    print(f"{BUILD_DIR / 'html' / 'index.html'}: {without} lessons without output")
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
