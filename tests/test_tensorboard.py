"""Lesson 2.02's files in the real TensorBoard, looked at by a real browser."""

import json
import re
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import pytest

from measure_lessons import find_lessons

webdriver = pytest.importorskip("selenium.webdriver", reason="needs selenium")

SECONDS = 120  # until a page that does not show what it should is given up
BROWSER = shutil.which("chromium") or shutil.which("chromium-browser")
DRIVER = shutil.which("chromedriver")
ARGUMENTS = "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run "
ARGUMENTS += "--disable-background-networking --disable-component-update "
ARGUMENTS += "--disable-sync --window-size=1400,2000"

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


@contextmanager
def tensorboard(logs, run):
    """Run TensorBoard as the lesson says, on a free port; give its address.

    It has read the run of that name when the address is given.
    """
    command = [sys.executable, "-m", "tensorboard.main", "--logdir", str(logs)]
    command += ["--host", "localhost", "--port", "0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        for line in process.stderr:
            if found := re.search(r"http://localhost:\d+", line):
                break
        else:
            raise AssertionError("TensorBoard has ended")
        wait_for_run(f"{found[0]}/data/runs", run)
        yield found[0]
        process.terminate()


def wait_for_run(url, run):
    """Wait until TensorBoard has read a run of the lesson's files."""
    for _ in range(SECONDS):
        try:
            with urllib.request.urlopen(url, timeout=60) as answer:
                if run in json.load(answer):
                    return
        except urllib.error.URLError:
            pass
        time.sleep(1)
    raise AssertionError(f"no {run} at {url}")


@pytest.fixture(scope="module")
def logs(run_once):
    """Return the folder that the lesson names, with its logs in it."""
    (lesson,) = find_lessons(["2.02"])
    run = run_once(lesson)
    assert run.returncode == 0
    return Path(re.search(r'--logdir "(.+)" --host', run.output)[1])


@pytest.fixture(scope="module")
def address(logs):
    with tensorboard(logs, "run_b/train") as found:
        yield found


def test_of_two_trainings_in_one_folder_the_first_is_dropped(logs):
    with tensorboard(logs.parent, "piled/train") as found:
        url = f"{found}/data/plugin/scalars/scalars?tag=epoch_loss&run=piled/train"
        with urllib.request.urlopen(url, timeout=60) as answer:
            points = json.load(answer)
    assert [step for _, step, _ in points] == [0, 1]
    assert min(loss for _, _, loss in points) > 2, "the network with sigmoid"


@pytest.fixture(scope="module")
def browser():
    options = webdriver.ChromeOptions()
    options.binary_location = BROWSER
    for argument in ARGUMENTS.split():
        options.add_argument(argument)
    service = webdriver.ChromeService(DRIVER)
    with webdriver.Chrome(options, service) as driver:
        yield driver


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
def test_the_browser_shows_it(address, browser, page, expected):
    browser.get("about:blank")
    browser.get(f"{address}/{page}")
    for _ in range(SECONDS):
        shown = browser.execute_script(WALK)
        missing = [part for part in ["run_a", "run_b", *expected] if part not in shown]
        if not missing:
            return
        time.sleep(1)
    raise AssertionError(f"{missing} not on the page ({len(shown)} characters)")
