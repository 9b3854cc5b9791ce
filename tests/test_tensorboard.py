"""Lesson 2.02's files in the real TensorBoard, looked at by a real browser."""

import re
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request

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


@pytest.fixture(scope="module")
def address(run_once):
    """Run TensorBoard as the lesson says, on a free port; return its address."""
    (lesson,) = find_lessons(["2.02"])
    run = run_once(lesson)
    assert run.returncode == 0
    logs = re.search(r'--logdir "(.+)" --host', run.output)[1]
    command = [sys.executable, "-m", "tensorboard.main", "--logdir", logs]
    command += ["--host", "localhost", "--port", "0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        for line in process.stderr:
            if found := re.search(r"http://localhost:\d+", line):
                break
        else:
            raise AssertionError("TensorBoard has ended")
        wait_for_runs(f"{found[0]}/data/runs")
        yield found[0]
        process.terminate()


def wait_for_runs(url):
    """Wait until TensorBoard has read the lesson's files."""
    for _ in range(SECONDS):
        try:
            with urllib.request.urlopen(url, timeout=60) as answer:
                if b"run_b/train" in answer.read():
                    return
        except urllib.error.URLError:
            pass
        time.sleep(1)
    raise AssertionError(f"no runs at {url}")


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
