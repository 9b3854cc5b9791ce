"""Lessons in one kernel of Spyder, as a class leaves it: one after the other, forwards
and backwards, without a restart.

``python -m pytest -m spyder`` runs a fixed small set, in some three minutes;
``python -m pytest -m spyder --every-lesson`` the whole course twice, which takes over
an hour and up to 10 GB, since a kernel keeps what earlier lessons took.
"""

import json
import os
import re
import sys

import pytest
from conftest import LESSONS
from test_lessons import faults_in_results, read_expected

from measure_lessons import find_lessons

pytest.importorskip("spyder_kernels", reason="needs spyder-kernels==3.1.*")
jupyter_client = pytest.importorskip("jupyter_client")
pytestmark = pytest.mark.spyder

# TensorFlow 1's graphs, a summary, Keras, files, Estimators; then backwards, so that
# each comes after Keras and after Estimators, and each twice.
NUMBERS = ["1.01", "3.06", "1.12", "2.02", "2.01"]
NEEDS_A_NEW_CONSOLE = "5.16"
SECONDS = 600  # without a word from the kernel
RESULTS = """
import json
plain = {name: getattr(v, "item", lambda v=v: v)() for name, v in results.items()}
print("RESULTS", json.dumps(plain))
"""


def pytest_generate_tests(metafunc):
    if "place" in metafunc.fixturenames:
        numbers = NUMBERS
        if metafunc.config.getoption("every_lesson"):
            numbers = [lesson.name[:4] for lesson in LESSONS]
            numbers.remove(NEEDS_A_NEW_CONSOLE)
        places = [f"{number}, forwards" for number in numbers]
        places += [f"{number}, backwards" for number in reversed(numbers)]
        metafunc.parametrize("place", places)


def start_kernel():
    """Start a kernel as Spyder does; return it and a client of it."""
    command = [sys.executable, "-m", "spyder_kernels.console", "-f"]
    manager = jupyter_client.KernelManager()
    manager._kernel_spec = jupyter_client.kernelspec.KernelSpec(
        argv=[*command, "{connection_file}"], language="python"
    )
    environment = {**os.environ, "SPY_EXTERNAL_INTERPRETER": "False"}
    manager.start_kernel(env=environment, cwd="/")
    client = manager.client()
    client.start_channels()
    client.wait_for_ready(120)
    return manager, client


@pytest.fixture(scope="module")
def run():
    """Return a function that runs code in the kernel, always the same one.

    It returns what the code printed, the error or None, and the number of figures.
    """
    manager, client = start_kernel()

    def run_code(code):
        message = client.execute(code)
        printed, error, figures = [], None, 0
        while True:
            answer = client.get_iopub_msg(timeout=SECONDS)
            if answer["parent_header"].get("msg_id") != message:
                continue
            kind, content = answer["msg_type"], answer["content"]
            if kind == "stream":
                printed.append(content["text"])
            elif kind == "error":
                error = f"{content['ename']}: {content['evalue']}"
            elif kind == "display_data" and "image/png" in content["data"]:
                figures += 1
            elif kind == "status" and content["execution_state"] == "idle":
                return "".join(printed), error, figures

    run_code("%matplotlib inline")
    yield run_code
    client.stop_channels()
    manager.shutdown_kernel(now=True)


def test_whole_lessons_one_after_the_other(run, place):
    number = place[:4]
    (lesson,) = find_lessons([number])
    printed, error, figures = run(f'%runfile "{lesson.as_posix()}" --wdir')
    assert error is None, printed[-3000:]
    printed, error, _ = run(RESULTS)
    results = json.loads(printed.split("RESULTS ")[1])
    faults = faults_in_results({**results, "figures": figures}, read_expected()[number])
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("number", ["1.12", "2.01"])
def test_a_cell_run_twice_does_no_harm(run, number):
    (lesson,) = find_lessons([number])
    cells = re.split(r"^(?=# %%)", lesson.read_text(encoding="utf-8"), flags=re.M)
    for cell in cells:
        for _ in range(2):
            printed, error, _ = run(cell)
            assert error is None, f"{cell}\n{error}\n{printed[-2000:]}"
    assert run("print(type(results))")[0] == "<class 'dict'>\n"


def test_a_lesson_that_needs_a_new_console_says_so(run):
    (lesson,) = find_lessons([NEEDS_A_NEW_CONSOLE])
    run("import tensorflow as tf; tf.zeros(1)")  # also when this test runs alone
    _, error, _ = run(f'%runfile "{lesson.as_posix()}" --wdir')
    assert error and "restart this console" in error
