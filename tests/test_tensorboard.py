"""Lesson 2.02's files in the real TensorBoard, looked at by a real browser."""

import contextlib
import json
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

SECONDS = 120  # until a page that does not show what it should is given up
BROWSER = shutil.which("chromium") or shutil.which("chromium-browser")
DRIVER = shutil.which("chromedriver")
OPTIONS = {
    "binary": BROWSER,
    "args": [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--window-size=1400,2000",
    ],
}

# All texts and element names of a page, those in shadow roots too.
WALK = """
const found = [];
function walk(node) {
  for (const child of node.childNodes) {
    if (child.nodeType === 3) found.push(child.data);
    if (!child.localName || ["script", "style"].includes(child.localName)) continue;
    found.push("<" + child.localName + ">");
    walk(child);
    if (child.shadowRoot) walk(child.shadowRoot);
  }
}
walk(document);
return found.join(" ");
"""


def free_port():
    """Return a port of this machine that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def call(url, body=None, method=None):
    """Return what a server of this machine answers, as bytes; ``body`` goes as JSON."""
    data = None if body is None else json.dumps(body).encode()
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(url, data, headers, method=method)
    with urllib.request.urlopen(request, timeout=60) as answer:
        return answer.read()


@contextlib.contextmanager
def server(command, url, sign):
    """Run a server until ``sign`` is in what ``url`` answers; end it afterwards."""
    process = subprocess.Popen(
        command,
        cwd=COURSE_DIR,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        for _ in range(SECONDS):
            with contextlib.suppress(urllib.error.URLError):
                if sign in call(url):
                    break
            time.sleep(1)
        else:
            raise AssertionError(f"no {sign} at {url}")
        yield
    finally:
        process.terminate()
        process.wait(timeout=30)


@pytest.fixture(scope="module")
def address(run_once):
    """Start TensorBoard on a free port for the lesson's logs; return its address."""
    (lesson,) = find_lessons(["2.02"])
    assert run_once(lesson).returncode == 0
    port = free_port()
    url = f"http://localhost:{port}"
    command = [sys.executable, "-m", "tensorboard.main"]
    command += ["--logdir", "outputs/2.02/logs"]
    command += ["--host", "localhost", "--port", str(port)]
    with server(command, f"{url}/data/runs", b"run_b/train"):
        yield url


@pytest.fixture(scope="module")
def session():
    """Start a browser; return the address by which it is driven (WebDriver)."""
    port = free_port()
    url = f"http://localhost:{port}"
    with server([DRIVER, f"--port={port}"], f"{url}/status", b'"ready":true'):
        wanted = {"capabilities": {"alwaysMatch": {"goog:chromeOptions": OPTIONS}}}
        answer = json.loads(call(f"{url}/session", wanted))
        driven = f"{url}/session/{answer['value']['sessionId']}"
        yield driven
        call(driven, method="DELETE")


@pytest.mark.skipif(not BROWSER or not DRIVER, reason="no chromium and chromedriver")
@pytest.mark.parametrize(
    ("page", "expected"),
    [
        ("?tagFilter=epoch_accuracy#timeseries", ["<scalar-card>", "epoch_accuracy"]),
        ("?tagFilter=gradient/hidden_1#timeseries", ["<histogram-card>", "hidden_1"]),
        ("?tagFilter=mistakes#timeseries", ["<image-card>", "mistakes"]),
        ("#graphs&run=run_b", ["<tf-graph-scene>", "classifier"]),
    ],
)
def test_the_browser_shows_it(address, session, page, expected):
    call(f"{session}/url", {"url": "about:blank"})
    call(f"{session}/url", {"url": f"{address}/{page}"})
    for _ in range(SECONDS):
        shown = call(f"{session}/execute/sync", {"script": WALK, "args": []}).decode()
        shown = json.loads(shown)["value"]
        missing = [part for part in ["run_a", "run_b", *expected] if part not in shown]
        if not missing:
            return
        time.sleep(1)
    raise AssertionError(f"{missing} not on the page ({len(shown)} characters)")
