"""What the tests share: the lessons, each lesson's run, and several lessons at once.

``python -m pytest`` runs all tests, as many lessons at once as the machine bears, the
longest first. With a selection (``-k``, ``-m``, a file) tests run one after the other;
``-n 4`` or ``-n auto`` says otherwise, ``-n 0`` runs everything one after the other.
"""

import os
import re
from pathlib import Path

import psutil
import pytest

from measure_lessons import find_lessons, read_measurements
from run_lesson import run_lesson

# Seconds after which a lesson that hangs is ended. An old processor needs five times as
# long for convolutions as a new one.
TIMEOUT = 600
MEMORY = 2.5e9  # bytes that the largest lesson needs
LESSONS = find_lessons([""])
# What else stays together in one process: tests that use a lesson's run, and a kernel.
GROUPS = {
    "test_tensorboard.py": "2.02",
    "test_optimizers_equal_the_lesson": "1.14",
    "test_spyder.py": "spyder",
    "test_exercises.py": "exercises",
    "test_docs.py": "docs",
}
WORKER = "PYTEST_XDIST_WORKER" in os.environ  # this is one of several processes


def pytest_addoption(parser):
    parser.addoption(
        "--every-lesson",
        action="store_true",
        help="in one kernel of Spyder: the whole course, see tests/test_spyder.py",
    )


@pytest.fixture(scope="session")
def run_once(tmp_path_factory):
    """Return a function that runs a lesson, or hands back the run made before.

    All tests that use a lesson's run are in one process, see ``GROUPS``, so the lesson
    runs once. A test that was forgotten there is told so.
    """
    runs = {}
    shared = tmp_path_factory.getbasetemp().parent  # by all processes of these tests

    def run(lesson):
        if lesson not in runs:
            if WORKER:
                try:
                    Path(shared, f"{lesson.stem}.has_run").touch(exist_ok=False)
                except FileExistsError:
                    raise RuntimeError(
                        f"{lesson.name} has run in another process: name this test "
                        "in GROUPS, tests/conftest.py"
                    ) from None
            folder = tmp_path_factory.mktemp(lesson.stem)
            runs[lesson] = run_lesson(lesson, figures=folder, timeout=TIMEOUT)
        return runs[lesson]

    return run


def lessons_at_once(cores, memory):
    """Return how many lessons fit on so many cores and into so many bytes, 1 or more.

    A lesson keeps 1.08 cores busy, on average.
    """
    return max(1, min(cores, int(memory / MEMORY)))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers():
    """What ``-n auto`` means."""
    if hasattr(os, "sched_getaffinity"):
        cores = len(os.sched_getaffinity(0))
    else:
        cores = os.cpu_count()
    return lessons_at_once(cores, psutil.virtual_memory().available)


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config):
    """Give all tests to several processes, a lesson's tests to the same one."""
    option = config.option
    if WORKER or not hasattr(option, "numprocesses"):
        return
    everything = config.args_source == config.ArgsSource.TESTPATHS
    everything = everything and not (option.keyword or option.markexpr)
    if option.numprocesses is None and everything and not option.usepdb:
        workers = pytest_xdist_auto_num_workers()
        option.numprocesses = workers if workers > 1 else 0
    if option.dist == "no":
        option.dist = "loadscope"
        option.loadscopereorder = False  # as sorted below


def group_of(nodeid):
    """Return the group of a test, a lesson's number as a rule, or None."""
    found = re.search(r"::test_run\[(\d\.\d\d)", nodeid)
    if found:
        return found[1]
    return next((GROUPS[part] for part in GROUPS if part in nodeid), None)


def pytest_collection_modifyitems(items):
    """Several at once: the longest first."""
    if WORKER:
        seconds = read_measurements()["seconds"].to_dict()

        def seconds_of(item):
            group = group_of(item.nodeid)
            return seconds.get(group, 120) if group else 0

        items.sort(key=seconds_of, reverse=True)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Keep groups together; xdist 3.8's own do nothing on pytest 9.2 (its #1386)."""
    from xdist.scheduler import LoadScopeScheduling

    class LessonScheduling(LoadScopeScheduling):
        def _split_scope(self, nodeid):
            return group_of(nodeid) or nodeid

    return LessonScheduling(config, log)


class LessonLines:
    """Prints a line for each lesson that has run."""

    def __init__(self, reporter):
        self.reporter = reporter

    @pytest.hookimpl(trylast=True)
    def pytest_runtest_logreport(self, report):
        if report.when == "call" and "::test_run[" in report.nodeid:
            name = report.nodeid.split("[")[1].split("]")[0]
            line = f"{name} {report.outcome}, {report.duration:.0f} s"
            self.reporter.ensure_newline()
            self.reporter.write_line(line)


@pytest.hookimpl(trylast=True)
def pytest_configure(config):
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if reporter:
        config.pluginmanager.register(LessonLines(reporter))
