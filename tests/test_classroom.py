"""A classroom is no laboratory: lessons on a machine that is poor, strange or shared.

Each lesson is run as a participant runs it, ``python lesson.py``, in a copy of the
course whose path has blanks and umlauts.
"""

import ast
import os
import shutil
import signal
import subprocess
import sys
import time

import psutil
import pytest
from conftest import LESSONS

from run_lesson import COURSE_DIR

SECONDS = 600
posix = pytest.mark.skipif(os.name != "posix", reason="needs SIGINT")
FAILED = "exit code {0.returncode}\n{0.stdout}\n{0.stderr}"


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """Return a copy of what lessons use of the course."""
    folder = tmp_path_factory.mktemp("class") / "Kurs für Zoë (2), neu"
    for path in [COURSE_DIR / "data", *COURSE_DIR.glob("part*")]:
        shutil.copytree(path, folder / path.name)
    for name in ("requirements.txt", "Miscelaneous.xlsx"):
        shutil.copy(COURSE_DIR / name, folder)
    return folder


def environment_of(course, **changes):
    """Return the environment in which a lesson of this copy runs; None: not set."""
    environment = {**os.environ, "PYTHONPATH": str(course / "data")}
    environment.update(MPLBACKEND="Agg", PYTHONIOENCODING="utf-8", PYTHONUNBUFFERED="1")
    environment.update(changes)
    return {name: value for name, value in environment.items() if value is not None}


def command_of(course, number):
    """Return the command that runs a lesson of this copy."""
    (lesson,) = course.glob(f"part*/{number}_*.py")
    return [sys.executable, str(lesson)]


def run(course, number, before=(), **changes):
    """Run a lesson to its end; return the finished process, with its output as text."""
    return subprocess.run(
        [*before, *command_of(course, number)],
        env=environment_of(course, **changes),
        cwd=course.parent,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        timeout=SECONDS,
    )


@pytest.fixture
def start():
    """Return a function that starts a lesson and waits for a line with ``sign``.

    The lesson is ended after the test, should it still run.
    """
    processes = []

    def start_lesson(course, number, sign):
        process = subprocess.Popen(
            command_of(course, number),
            env=environment_of(course),
            cwd=course.parent,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            preexec_fn=hear_ctrl_c if os.name == "posix" else None,
        )
        processes.append(process)
        for line in process.stdout:
            if sign in line:
                return process
        raise AssertionError(f"{number} never printed {sign}: {process.stderr.read()}")

    yield start_lesson
    for process in processes:
        process.kill()
        process.communicate()


def hear_ctrl_c():
    """Let the new process hear SIGINT, also where its parent was told not to."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def with_mount(mount):
    """Return what to put before a command so that a line of shell, ``mount``, is done.

    Only that command sees what is mounted. Skips where the system does not allow it.
    """
    for unshare in (["unshare", "--mount"], ["unshare", "--mount", "--map-root-user"]):
        before = [*unshare, "sh", "-c", f'{mount} && exec "$@"', "sh"]
        if shutil.which("unshare"):
            tried = subprocess.run([*before, "true"], capture_output=True)
            if tried.returncode == 0:
                return before
    pytest.skip("this system mounts nothing for one process")


# 3.06 takes four seconds, prints Keras' table and draws a figure.
@pytest.mark.parametrize(
    "changes",
    [
        {"MPLBACKEND": None, "DISPLAY": None, "WAYLAND_DISPLAY": None},
        {"PYTHONIOENCODING": "cp1252"},
        {"PYTHONIOENCODING": "ascii"},
        {"LC_ALL": "C", "PYTHONIOENCODING": None},
        {"HOME": "/nonexistent", "XDG_CACHE_HOME": None, "XDG_CONFIG_HOME": None},
        {"PYTHONWARNINGS": "error::DeprecationWarning:__main__"},
    ],
    ids=["no display", "Windows' letters", "ASCII", "locale C", "no home", "strict"],
)
def test_a_poor_environment(course, changes):
    process = run(course, "3.06", **changes)
    assert process.returncode == 0, FAILED.format(process)


def test_a_console_without_a_sign_shows_another(course):
    """1.01 prints mpg²; Windows' consoles from Warsaw to Tokyo have no ²."""
    process = run(course, "1.01", PYTHONIOENCODING="cp932")
    assert process.returncode == 0, FAILED.format(process)
    assert "mpg?" in process.stdout


@pytest.mark.skipif(not shutil.which("taskset"), reason="no taskset")
def test_a_single_processor(course):
    process = run(course, "3.06", before=["taskset", "-c", "0"])
    assert process.returncode == 0, FAILED.format(process)


def test_a_course_that_cannot_be_written(course):
    mount = f"mount --bind '{course}' '{course}' && "
    mount += f"mount -o remount,bind,ro '{course}'"
    process = run(course, "2.02", before=with_mount(mount))
    assert process.returncode == 0, FAILED.format(process)
    assert "Read-only file system" in process.stdout
    assert "This run writes to" in process.stdout


def test_a_full_disk_is_named(course):
    (course / "outputs").mkdir(exist_ok=True)
    mount = f"mount -t tmpfs -o size=64k none '{course}/outputs'"
    process = run(course, "2.02", before=with_mount(mount))
    assert process.returncode != 0
    assert "No space left on device" in process.stderr[-1000:], FAILED.format(process)


def test_two_runs_at_once(course, start):
    first = start(course, "2.02", "Epoch 1/6")
    second = run(course, "2.02")
    output, errors = first.communicate(timeout=SECONDS)
    assert first.returncode == 0, output + errors
    assert second.returncode == 0, FAILED.format(second)
    assert f"process {first.pid} " in second.stdout


@posix
def test_ctrl_c_and_once_more(course, start):
    process = start(course, "2.02", "Epoch 2/6")
    # Between two epochs TensorFlow makes a new iterator, and its C++ aborts now and
    # then when SIGINT comes just then: 3 times in some 15. Inside an epoch: 0 of 40.
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert "KeyboardInterrupt" in errors
    again = run(course, "2.02")
    assert again.returncode == 0, FAILED.format(again)
    assert "cannot be used" not in again.stdout


@posix
@pytest.mark.parametrize(
    ("number", "sign"),
    [("5.15", "2 workers, ready"), ("5.16", "the program is in")],
)
@pytest.mark.parametrize("how", ["SIGINT", "SIGKILL"])
def test_no_worker_is_left_behind(course, start, number, sign, how):
    """Spyder's red square sends SIGINT, to the lesson alone; a killed console is
    SIGKILL. What a lesson leaves at its normal end, ``test_lessons.py`` asks."""
    process = start(course, number, sign)
    this = psutil.Process(process.pid)
    limit = time.monotonic() + SECONDS
    while not (workers := this.children(recursive=True)):
        assert time.monotonic() < limit and process.poll() is None, "no worker"
        time.sleep(0.1)
    time.sleep(1)  # not while a process is being made: Popen itself is interrupted then
    process.send_signal(signal.Signals[how])
    _, errors = process.communicate(timeout=60)
    if how == "SIGINT":
        assert "KeyboardInterrupt" in errors
    # When the console is killed, 5.16's workers end with their training: half a minute
    # on an idle machine, more than one beside another lesson.
    _, left = psutil.wait_procs(workers, timeout=SECONDS)
    assert not left


def test_windows_line_ends(tmp_path):
    """A checkout with core.autocrlf, as Git for Windows makes it."""
    command = ["git", "-c", "core.autocrlf=true", "clone", "-q", str(COURSE_DIR)]
    copied = subprocess.run([*command, str(tmp_path / "course")], capture_output=True)
    if copied.returncode:
        pytest.skip("no git checkout")
    course = tmp_path / "course"
    assert b"\r\n" in (course / "README.md").read_bytes(), "nothing is tested"
    assert b"\r" not in (course / ".ci" / "run").read_bytes(), "bash reads no CRLF"
    process = run(course, "1.00")
    assert process.returncode == 0, FAILED.format(process)


def names_in(path):
    """Return all names, attributes and argument names in a script."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {
        word
        for node in ast.walk(tree)
        for field in ("id", "attr", "arg", "module", "name")
        if isinstance(word := getattr(node, field, None), str)
    }


def test_no_lesson_is_imported_by_a_process_of_its_own():
    """Windows and macOS start processes anew, and each would run the whole lesson."""
    starters = {"multiprocessing", "concurrent.futures", "fork", "Process"}
    starters |= {"ProcessPoolExecutor", "n_jobs", "use_multiprocessing"}
    found = {lesson.name: names_in(lesson) & starters for lesson in LESSONS}
    assert {name: words for name, words in found.items() if words} == {}
