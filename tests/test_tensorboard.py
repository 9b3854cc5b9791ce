"""What lesson 2.02 logs is seen in TensorBoard, in a real browser.

The lesson runs, the very command that it prints starts TensorBoard, and a headless Chromium opens each tab.
Chromium is driven by its own chromedriver over the W3C WebDriver protocol, so no further package is needed.
"""

import json
import re
import shutil
import subprocess
import sys
import threading
import time
import urllib.request
from contextlib import contextmanager

import pytest

from run_lesson import COURSE_DIR, run_lesson

LESSON = COURSE_DIR / "part2_regression_classification" / "2.02_tensorboard.py"
BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
DRIVER = shutil.which("chromedriver")
LAYERS = [f"hidden_{i}" for i in range(1, 6)] + ["output"]

pytestmark = pytest.mark.skipif(
    not (BROWSER and DRIVER), reason="no browser: install chromium and chromium-driver to see TensorBoard tested"
)

TEXT_OF_PAGE = """
function textOf(node) {
    if (node.nodeType === Node.TEXT_NODE) return node.textContent + " ";
    if (["STYLE", "SCRIPT", "TEMPLATE"].includes(node.tagName)) return "";
    const style = node.nodeType === Node.ELEMENT_NODE ? getComputedStyle(node) : null;
    if (style && (style.display === "none" || style.visibility === "hidden")) return "";
    const children = [...(node.shadowRoot ? node.shadowRoot.childNodes : []), ...node.childNodes];
    return children.map(textOf).join("");
}
return textOf(document.body);
"""

COUNT_OF_ELEMENTS = """
function count(root, selector) {
    let found = [...root.querySelectorAll(selector)].filter(e => e.getBoundingClientRect().width > 20).length;
    for (const element of root.querySelectorAll("*"))
        if (element.shadowRoot) found += count(element.shadowRoot, selector);
    return found;
}
return count(document, arguments[0]);
"""


def end(process):
    """End a process of this test and wait until it is gone."""
    process.terminate()
    try:
        process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@contextmanager
def started(command, announcement, timeout=120):
    """Run a command from the course's top until the block ends; hand over the line that announces its address."""
    process = subprocess.Popen(
        command,
        cwd=COURSE_DIR,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
    )
    lines, announced = [], []
    ready = threading.Event()

    def listen():
        for line in process.stdout:
            lines.append(line)
            found = re.search(announcement, line)
            if found and not announced:
                announced.append(found)
                ready.set()
        ready.set()

    threading.Thread(target=listen, daemon=True).start()
    try:
        ready.wait(timeout)
        assert announced, f"{command} did not start:\n{''.join(lines)}"
        yield announced[0]
    finally:
        end(process)


class Browser:
    """A headless Chromium, as far as this test needs one."""

    def __init__(self, port, profile):
        self.address = f"http://127.0.0.1:{port}/session"
        flags = (
            "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
            f"--disable-component-update --disable-sync --disable-dev-shm-usage --window-size=1400,1000 "
            f"--user-data-dir={profile}"
        )
        options = {"binary": BROWSER, "args": flags.split(" --")[:1] + ["--" + f for f in flags.split(" --")[1:]]}
        wanted = {"capabilities": {"alwaysMatch": {"goog:chromeOptions": options}}}
        self.address += "/" + self._ask("POST", "", wanted)["sessionId"]

    def _ask(self, method, path, content=None):
        data = None if content is None else json.dumps(content).encode()
        request = urllib.request.Request(self.address + path, data, {"Content-Type": "application/json"}, method=method)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=120) as answer:
            return json.load(answer)["value"]

    def open(self, url):
        self._ask("POST", "/url", {"url": "about:blank"})
        self._ask("POST", "/url", {"url": url})

    def run(self, script, *arguments):
        return self._ask("POST", "/execute/sync", {"script": script, "args": list(arguments)})

    def screenshot(self):
        return self._ask("GET", "/screenshot")

    def close(self):
        self._ask("DELETE", "")


def look(browser, url, words, element=None, seconds=60):
    """Open a page and wait until it shows all words and an element; return what is missing in the end."""
    browser.open(url)
    deadline = time.monotonic() + seconds
    while True:
        text = browser.run(TEXT_OF_PAGE)
        missing = [word for word in words if not re.search(rf"(?<![\w/]){re.escape(word)}(?![\w/])", text)]
        if element and not browser.run(COUNT_OF_ELEMENTS, element):
            missing.append(f"<{element}>")
        if not missing or time.monotonic() > deadline:
            return missing
        time.sleep(0.5)


@pytest.fixture(scope="module")
def lesson():
    run = run_lesson(LESSON)
    assert run.returncode == 0, run.errors
    return run


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    with started([DRIVER, "--port=0"], r"started successfully on port (\d+)") as found:
        session = Browser(found[1], tmp_path_factory.mktemp("profile"))
        try:
            yield session
        finally:
            session.close()


def tensorboard(command):
    """Start TensorBoard with a command as the lesson prints it, on a free port."""
    words = command.split()
    assert words[:3] == ["python", "-m", "tensorboard.main"]
    return started([sys.executable, *words[1:], "--port", "0"], r"(http://(localhost|127\.0\.0\.1):(\d+)/)")


@pytest.fixture(scope="module")
def address(lesson):
    command = re.search(r"^python -m tensorboard\.main .*$", lesson.output, re.MULTILINE)
    assert command, "the lesson does not print the command that starts TensorBoard"
    assert "--host localhost" in command[0] and str(COURSE_DIR) not in command[0]
    with tensorboard(command[0]) as found:
        yield found[1]
