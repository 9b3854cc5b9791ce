"""ruff finds nothing, and nothing that is committed names a machine's path."""

import re
import subprocess
import sys

import pytest

from run_lesson import COURSE_DIR


@pytest.mark.parametrize("command", [["check"], ["format", "--check"]])
def test_ruff_is_clean(command):
    process = subprocess.run(
        [sys.executable, "-m", "ruff", *command, "."],
        cwd=COURSE_DIR,
        capture_output=True,
        text=True,
    )
    assert process.returncode == 0, process.stdout + process.stderr


def test_no_machine_path_is_written_down():
    listed = subprocess.run(
        ["git", "ls-files"], cwd=COURSE_DIR, capture_output=True, text=True
    ).stdout.split("\n")
    texts = [
        COURSE_DIR / name
        for name in listed
        if re.search(r"\.(py|md|txt|toml|csv)$|\.ci/run$", name)
    ]
    found = [
        f"{path}: {match[0]}"
        for path in texts
        if path.relative_to(COURSE_DIR).parts[0] != "data"
        for match in re.finditer(
            r"(?<![\w.$}])/(?:home|root|work|Users|tmp)/\w+",
            path.read_text(encoding="utf-8"),
        )
    ]
    assert found == []
