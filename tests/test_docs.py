"""The web site: what ``docs/`` makes of the lessons, the links, and one build.

Needs ``python -m pip install -r docs/requirements.txt``; skipped without.
"""

import ast
import re
import subprocess
import sys
from html.parser import HTMLParser
from urllib.parse import unquote, urlsplit

import pytest
from conftest import LESSONS

from run_lesson import COURSE_DIR

for package in ("sphinx_gallery", "myst_parser", "sphinx_design", "furo", "nbclient"):
    pytest.importorskip(package, reason="pip install -r docs/requirements.txt")

import nbformat
from nbclient import NotebookClient
from sphinx_gallery.py_source_parser import split_code_and_text_blocks

import course_pages

SCRIPT = '''"""
9.01 A lesson
=============
"""

# %% What copies?
# The state is
#
#     x = 1
#
# and then, in short:
#
#     y = 2

x = 1

# %%
# Lesson 1.11 follows.
'''


def test_titles_become_headings(tmp_path):
    file = tmp_path / "9.01_a.py"
    file.write_text(course_pages.gallery_text(SCRIPT), encoding="utf-8")
    _, blocks = split_code_and_text_blocks(file)
    assert [block.type for block in blocks] == ["text", "text", "code", "text"]
    assert blocks[1].content.startswith("What copies?\n------------\n\nThe state")


def test_formulas_stay_as_they_are():
    text = course_pages.gallery_text(SCRIPT)
    assert "# The state is ::\n#\n#     x = 1\n" in text
    assert "in short::\n#\n#     y = 2\n" in text
    assert course_pages.gallery_text(text) == text


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.stem)
def test_the_code_is_the_same(lesson):
    text = lesson.read_text(encoding="utf-8")
    assert ast.dump(ast.parse(course_pages.gallery_text(text))) == ast.dump(
        ast.parse(text)
    )


def test_every_lesson_has_a_page_and_its_slides():
    pages = {lesson.path: lesson for lesson in course_pages.lessons().values()}
    assert set(pages) == set(LESSONS)
    assert [one.number for one in pages.values() if not one.slide] == []


@pytest.mark.parametrize(
    "text, numbers",
    [
        ("as in lesson 1.11.", ["1.11"]),
        ("Lessons 5.07 to\n5.13 use it", ["5.07", "5.13"]),
        ("lessons 3.03 and 3.04, or 3.05", ["3.03", "3.04", "3.05"]),
        ("a loss of 1.11, and 2.05 later", []),
        ("lesson 1.11 reached 2.05", ["1.11"]),
    ],
)
def test_lessons_are_recognised(text, numbers):
    named = " ".join(course_pages.LESSON_NUMBERS.findall(text))
    assert course_pages.NUMBER.findall(named) == numbers


class Page(HTMLParser):
    """Collects a page's anchors and the addresses that it names."""

    def __init__(self, text):
        super().__init__()
        self.anchors, self.addresses = set(), set()
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        for name, value in attributes:
            if name == "id":
                self.anchors.add(value)
            elif name in ("href", "src") and value:
                self.addresses.add(value)


def faults_in_links(site):
    """Return links of a site that lead nowhere, and files it takes from elsewhere."""
    pages = {f: Page(f.read_text(encoding="utf-8")) for f in site.rglob("*.html")}
    faults = []
    for file, page in pages.items():
        for address in page.addresses:
            link = urlsplit(address)
            if link.scheme or address.startswith("//"):
                continue
            target = file.parent / unquote(link.path) if link.path else file
            target = target.resolve()
            if not target.exists():
                faults.append(f"{file.name}: {address} does not exist")
            elif (
                target in pages
                and link.fragment
                and unquote(link.fragment) not in pages[target].anchors
            ):
                faults.append(f"{file.name}: {address} has no such anchor")
        text = file.read_text(encoding="utf-8")
        faults += [
            f"{file.name} loads {address}"
            for address in re.findall(
                r"<(?:script|img|link(?=[^>]*stylesheet))[^>]*?"
                r'(?:src|href)="((?:https?:)?//[^"]+)"',
                text,
            )
        ]
    return faults


@pytest.mark.parametrize(
    "old, new",
    [
        ('href="b.html#there"', 'href="b.html#nowhere"'),
        ('href="b.html#there"', 'href="c.html"'),
        ('src="picture.png"', 'src="https://example.org/picture.png"'),
    ],
)
def test_a_broken_link_is_found(tmp_path, old, new):
    page = '<a href="b.html#there">b</a><img src="picture.png">'
    (tmp_path / "a.html").write_text(page)
    (tmp_path / "b.html").write_text('<p id="there">')
    (tmp_path / "picture.png").write_bytes(b"")
    assert faults_in_links(tmp_path) == []
    (tmp_path / "a.html").write_text(page.replace(old, new))
    assert len(faults_in_links(tmp_path)) == 1


@pytest.fixture(scope="session")
def build():
    """Build all pages and notebooks once, without running a lesson."""
    return subprocess.run(
        [sys.executable, COURSE_DIR / "docs" / "build.py", "--text"],
        capture_output=True,
        text=True,
    )


def test_the_site_is_built_without_a_warning_and_without_a_broken_link(build):
    assert build.returncode == 0, build.stderr
    site = COURSE_DIR / "docs" / "_build" / "html"
    assert len(list(site.glob("lessons/*/[0-9].*.html"))) == len(LESSONS)
    faults = faults_in_links(site)
    assert not faults, "\n".join(sorted(faults)[:20])


@pytest.mark.parametrize("number", ["1.08", "2.02", "3.03", "4.03", "5.07"])
def test_a_notebook_runs(build, number):
    assert build.returncode == 0, build.stderr
    lesson = course_pages.lessons()[number]
    file = COURSE_DIR / "docs" / f"{lesson.page}.ipynb"
    notebook = nbformat.read(file, as_version=4)
    place = {"metadata": {"path": str(lesson.path.parent)}}
    NotebookClient(notebook, timeout=600, resources=place).execute()
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert "{" in cells[-1].outputs[-1]["text"], "results are not printed"
