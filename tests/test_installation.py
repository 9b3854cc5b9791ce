"""Lesson 1.00 and the data helper on an installation that is not right: each says what
to do."""

import os
import subprocess
import sys

import pytest

import course_data
from run_lesson import COURSE_DIR, run_lesson

LESSON = COURSE_DIR / "part1_foundation" / "1.00_check_installation.py"


def run_with(patch, tmp_path, monkeypatch):
    """Run lesson 1.00 in a Python in which the lines of ``patch`` were run first."""
    (tmp_path / "sitecustomize.py").write_text(patch, encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    return run_lesson(LESSON)


def test_an_installation_that_is_right_has_no_problems():
    assert course_data.installation_problems() == []


@pytest.mark.parametrize("python", [(3, 10), (3, 14)])
def test_a_wrong_python_is_a_problem(python):
    (problem,) = course_data.installation_problems(python=python)
    assert f"Python {python[0]}.{python[1]}" in problem and "conda create" in problem


def test_the_helper_refuses_a_wrong_python(tmp_path):
    code = (
        "import sys; sys.version_info = (3, 10, 0); "
        "sys.version = '3.10.0 (old)'; import course_data"
    )
    process = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True
    )
    assert process.returncode != 0
    assert (
        "ImportError: This course needs Python 3.11, 3.12 or 3.13, and this is 3.10.0"
        in process.stderr
    )


def test_the_first_lesson_refuses_a_wrong_python(tmp_path, monkeypatch):
    run = run_with("import sys; sys.version_info = (3, 10, 0)", tmp_path, monkeypatch)
    assert (
        run.returncode != 0
        and "The course needs Python 3.11, 3.12 or 3.13" in run.errors
    )


def test_the_first_lesson_names_a_wrong_tensorflow(tmp_path, monkeypatch):
    patch = (
        "import importlib.metadata as m\nright = m.version\n"
        "m.version = lambda name: '2.15.1' if name == 'tensorflow' else right(name)\n"
    )
    run = run_with(patch, tmp_path, monkeypatch)
    last = run.output.strip().splitlines()[-1]
    assert (
        last.startswith("tensorflow 2.15.1 is installed")
        and "python -m pip install tensorflow==" in last
    )
    assert run.results["versions_right"] is False and run.results["problems"] == 1


def test_the_first_lesson_without_tensorflow(tmp_path, monkeypatch):
    (tmp_path / "tensorflow.py").write_text(
        "raise ImportError('No module named tensorflow')", encoding="utf-8"
    )
    run = run_with("", tmp_path, monkeypatch)
    assert (
        run.returncode != 0
        and "python -m pip install -r requirements.txt" in run.errors
    )


def test_the_first_lesson_without_the_helper(tmp_path):
    environment = {**os.environ, "MPLBACKEND": "Agg"}
    code = (
        "import sys, runpy; sys.modules['course_data'] = None; "
        f"runpy.run_path({str(LESSON)!r})"
    )
    process = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env=environment,
        cwd=tmp_path,
    )
    assert (
        process.returncode != 0
        and "run: python -m pip install -r requirements.txt" in process.stderr
    )


def test_the_first_lesson_names_a_missing_data_file(tmp_path, monkeypatch):
    folder = tmp_path / "data"
    folder.mkdir()
    for path in course_data.DATA_DIR.iterdir():
        if path.name != "iris" and not path.name.startswith("_"):
            (folder / path.name).symlink_to(path)
    run = run_with(
        "import course_data, pathlib; course_data.DATA_DIR = "
        f"pathlib.Path({str(folder)!r})",
        tmp_path,
        monkeypatch,
    )
    assert run.returncode != 0 and "PROBLEM  iris/iris.csv" in run.output
    assert (
        "iris.csv is missing" in run.errors
        and "git checkout HEAD -- data/iris/iris.csv" in run.errors
    )
