"""The runner hands back what a lesson found, and keeps the lesson off the network."""

import subprocess
import sys
import time

import pytest
from tqdm import tqdm

import measure_lessons
import run_lesson as runner
from run_lesson import run_lesson


@pytest.fixture
def script(tmp_path):
    """Return a function that writes a script and returns its path."""

    def write(text):
        path = tmp_path / "9.01_a_lesson.py"
        path.write_text(text, encoding="utf-8")
        return path

    return write


CONNECT = """
import socket
results = {}
machines = {"other_machine": ("192.0.2.1", 80), "this_machine": ("127.0.0.1", PORT)}
for name, address in machines.items():
    try:
        socket.create_connection(address, timeout=2)
        results[name] = 1
    except OSError as error:
        print(error)
        results[name] = 0
"""


def test_results_figures_and_warnings_come_back(script, tmp_path):
    run = run_lesson(
        script(
            "import numpy as np, os, matplotlib.pyplot as plt\n"
            "plt.plot([1, 2]); plt.title('T'); plt.xlabel('X'); plt.ylabel('Y')\n"
            "plt.show()\n"
            "plt.imshow([[1]]); plt.axis('off'); plt.show()\n"
            "print(os.listdir('.'))\n"
            "results = {'a': np.float32(0.5), 'b': True}"
        ),
        figures=tmp_path / "figures",
    )
    assert (run.returncode, run.results) == (0, {"a": 0.5, "b": True})
    assert run.output.strip() == "[]", "the working directory is not empty"
    first, second = run.figures
    assert (
        first["titles"] == ["T"]
        and first["xlabels"] == ["X"]
        and first["ylabels"] == ["Y"]
        and first["has_axes"]
    )
    assert not second["titles"] and not second["has_axes"]
    assert sorted(path.name for path in (tmp_path / "figures").iterdir()) == [
        "1.png",
        "2.png",
    ]


@pytest.mark.parametrize("isolated", [True, False])
def test_no_connection_leaves_this_machine(script, monkeypatch, isolated):
    if not isolated:
        monkeypatch.setattr(runner, "isolated_command", lambda: [])
    elif not runner.isolated_command():
        pytest.skip(
            "this system gives no network namespace; "
            "the refusal in the process is tested by itself"
        )
    import socket

    with socket.create_server(("127.0.0.1", 0)) as server:
        run = run_lesson(script(CONNECT.replace("PORT", str(server.getsockname()[1]))))
    assert run.results == {"other_machine": 0, "this_machine": 0 if isolated else 1}, (
        run.output + run.errors
    )


def test_a_lesson_that_fails_says_so(script):
    run = run_lesson(script("results = {'a': 1}\nraise ValueError('broken')"))
    assert run.returncode != 0 and "broken" in run.errors and run.results is None


def test_results_must_be_plain_numbers(script):
    run = run_lesson(script("results = {'a': object()}"))
    assert run.returncode != 0 and "plain numbers" in run.errors


@pytest.mark.skipif(sys.platform == "win32", reason="sessions are POSIX")
def test_a_process_left_behind_is_named_and_ended(script, tmp_path):
    mark = tmp_path / "mark"
    child = f"import time, pathlib; time.sleep(8); pathlib.Path({str(mark)!r}).touch()"
    leave = (
        "import subprocess, sys\n"
        f"subprocess.Popen([sys.executable, '-c', {child!r}],\n"
        "    stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)\n"
        "results = {}"
    )
    run = run_lesson(script(leave))
    assert run.returncode == 0 and "pathlib" in run.left_behind[0]
    time.sleep(4)
    assert not mark.exists()


def test_a_lesson_that_hangs_is_ended_with_all_its_processes(script, tmp_path):
    mark = tmp_path / "mark"
    child = f"import time, pathlib; time.sleep(4); pathlib.Path({str(mark)!r}).touch()"
    hang = (
        "import subprocess, sys, time\n"
        f"subprocess.Popen([sys.executable, '-c', {child!r}])\ntime.sleep(60)"
    )
    with pytest.raises(subprocess.TimeoutExpired):
        run_lesson(script(hang), timeout=2)
    time.sleep(4)
    assert not mark.exists()


def test_a_script_that_is_not_there():
    command = [sys.executable, runner.__file__, "part3_cnn/3.99_nothing.py"]
    process = subprocess.run(command, capture_output=True, text=True)
    assert process.returncode == 2 and "is not a file: name a lesson" in process.stderr


def test_seeds_are_shifted(script):
    text = "import tensorflow as tf\ntf.keras.utils.set_random_seed(1)\n"
    text += "results = {'a': float(tf.random.uniform(()))}"
    first, again, other = (
        run_lesson(script(text), seed_shift=shift).results for shift in (0, 0, 1)
    )
    assert first == again != other


def test_lessons_to_measure_are_found():
    names = [lesson.name for lesson in measure_lessons.find_lessons(["1.00", "1.02"])]
    assert [name[:4] for name in names] == ["1.00", "1.02"]
    with pytest.raises(ValueError, match="no lesson 9.99"):
        measure_lessons.find_lessons(["9.99"])


def test_a_measurement_updates_its_own_row_only(script, tmp_path, monkeypatch):
    file = tmp_path / "measurements.csv"
    file.write_text("lesson,seconds,memory_mb\n9.01,70,5\n9.02,3,4\n", encoding="utf-8")
    lesson = script("results = {'a': 1, 'well': True}")
    results_file = tmp_path / "measured_results.csv"
    results_file.write_text(
        "lesson,name,run 1\n9.01,old,5\n9.02,b,4\n", encoding="utf-8"
    )
    monkeypatch.setattr(measure_lessons, "MEASUREMENTS_FILE", file)
    monkeypatch.setattr(measure_lessons, "RESULTS_FILE", results_file)
    monkeypatch.setattr(measure_lessons, "find_lessons", lambda numbers: [lesson])
    monkeypatch.setattr(measure_lessons, "write_seconds", lambda *arguments: None)
    monkeypatch.setattr(sys, "argv", ["measure_lessons.py", "9.01"])
    assert measure_lessons.main() == 0
    table = measure_lessons.read_measurements(file)
    assert list(table.index) == ["9.01", "9.02"]
    assert 0 < table.seconds["9.01"] < 60 and table.memory_mb["9.01"] > 5
    assert table.seconds["9.02"] == 3 and table.memory_mb["9.02"] == 4
    results = measure_lessons.read_results(results_file)
    assert list(results.index) == [("9.01", "a"), ("9.01", "well"), ("9.02", "b")]
    assert results.loc[("9.01", "a"), "run 3"] == 1 and results["run 1"].iloc[-1] == 4


def test_seconds_are_written_where_people_look(script, tmp_path):
    lesson = script('"""\n:Takes: about 5 s on two CPU cores\n"""\n')
    readme = tmp_path / "README.md"
    rows = "| [9.01](a.py) A | 3 | 5 |\n| [9.02](b.py) B | 3 | 5 |\n"
    readme.write_text(rows, encoding="utf-8")
    measure_lessons.write_seconds(lesson, 41.6, readme)
    assert ":Takes: about 42 s on two CPU" in lesson.read_text(encoding="utf-8")
    assert readme.read_text(encoding="utf-8") == rows.replace("5 |", "42 |", 1)


def test_a_lesson_that_fails_is_not_measured(script):
    with pytest.raises(RuntimeError, match="broken"):
        measure_lessons.measure(
            script("raise ValueError('broken')"), tqdm(disable=True)
        )
