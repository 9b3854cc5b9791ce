"""ruff finds nothing, no docstring is broken, and nothing that is committed names a
machine's path."""

import ast
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


def broken_docstrings(text):
    """Return the docstrings in which a wrap has left quotation marks."""
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef)
    nodes = [node for node in ast.walk(ast.parse(text)) if isinstance(node, kinds)]
    docstrings = [ast.get_docstring(node, clean=False) or "" for node in nodes]
    return [text for text in docstrings if re.search(r'"\s*\n\s*"', text)]


def test_no_docstring_is_broken():
    found = {}
    for path in COURSE_DIR.rglob("*.py"):
        inside = path.relative_to(COURSE_DIR).parts
        if not {".venv", "outputs"} & set(inside):
            broken = broken_docstrings(path.read_text(encoding="utf-8"))
            found.update({str(path): text for text in broken})
    assert found == {}


def test_a_broken_docstring_is_found():
    text = 'def a():\n    """Return a or "\n    "b."""\n'
    assert len(broken_docstrings(text)) == 1
    assert broken_docstrings(text.replace('"\n    "', "\n    ")) == []


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
