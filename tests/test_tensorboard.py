"""Lesson 2.02's files in the real TensorBoard, looked at by a real browser."""

import contextlib
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pytest

from measure_lessons import find_lessons
from run_lesson import COURSE_DIR

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser")
QUIET = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="module")
def address(run_once):
    """Start TensorBoard on a free port for the lesson's logs; end it afterwards."""
    (lesson,) = find_lessons(["2.02"])
    assert run_once(lesson).returncode == 0
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        sys.executable,
        "-m",
        "tensorboard.main",
        "--logdir",
        "outputs/2.02/logs",
    ]
    command += ["--host", "localhost", "--port", str(port)]
    url = f"http://localhost:{port}"
    process = subprocess.Popen(
        command,
        cwd=COURSE_DIR,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        for _ in range(120):
            with contextlib.suppress(urllib.error.URLError):
                if b"run_b/train" in fetch(f"{url}/data/runs"):
                    break
            time.sleep(1)
        else:
            raise AssertionError("TensorBoard does not show the runs of the lesson")
        yield url
    finally:
        process.terminate()
        process.wait(timeout=30)


def fetch(url):
    """Return the bytes that a page of this machine answers with."""
    with urllib.request.urlopen(url, timeout=30) as answer:
        return answer.read()


@pytest.mark.skipif(not BROWSER, reason="no chromium on the PATH")
@pytest.mark.parametrize(
    ("tag", "card"),
    [
        ("epoch_accuracy", "scalar-card"),
        ("gradient/hidden_1", "histogram-card"),
        ("mistakes", "image-card"),
    ],
)
def test_the_browser_shows_it(address, tag, card, tmp_path):
    command = [BROWSER, *QUIET, f"--user-data-dir={tmp_path}"]
    command += ["--window-size=1400,2000", "--virtual-time-budget=30000"]
    command += ["--dump-dom", f"{address}/?tagFilter={tag}#timeseries"]
    page = subprocess.run(command, capture_output=True, text=True, timeout=200).stdout
    for part in ("run_a", "run_b", tag, f"<{card}"):
        assert part in page, f"{part} is not on the page ({len(page)} characters)"


def test_the_graph_of_the_forward_pass_is_there(address):
    graph = fetch(f"{address}/data/plugin/graphs/graph?run=run_b&conceptual=false")
    assert b"MatMul" in graph and b"hidden_1" in graph
