"""Sphinx extension: the course's scripts become pages.

Before sphinx-gallery reads them, the lessons are copied to ``docs/_scripts`` with the
titles of their cells as headings. On the pages, "lesson 1.11" becomes a link, and the
fields of a lesson's first cell get links to the slides and to the data.
"""

import re
import shutil
import sys
import zlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import jinja2
import nbformat
from docutils import nodes
from sphinx import addnodes
from sphinx.transforms import SphinxTransform
from sphinx.util import logging

import course_data
from plan_days import GUIDE_FILE, lesson_minutes

logger = logging.getLogger(__name__)

COURSE_DIR = Path(__file__).resolve().parent.parent
SCRIPTS_DIR = COURSE_DIR / "docs" / "_scripts"
PAGES_DIR = COURSE_DIR / "docs" / "lessons"

# The figure that stands for a lesson, where it is not the first one on the slides
THUMBNAILS = {"1.08": 3}

# The figure on each part's card, from slides/figures
PICTURES = {
    "1": "descent.svg",
    "2": "wide_and_deep.svg",
    "3": "3.08_3.svg",
    "4": "rnn_2.svg",
    "5": "fits.svg",
}

PART = re.compile(r"^### Part (\d): (.+)$|^\| \[(\d\.\d\d)\]\(([^)]+)\) (.+) \|$", re.M)
CELL_TITLE = re.compile(r"^# %% (\S.*)$", re.M)
BEFORE_FORMULA = re.compile(r"^(# \S.*?)(:?)(?<!::)\n#\n(?=#     \S)", re.M)
LESSON_NUMBERS = re.compile(
    r"[Ll]essons?\s+\d\.\d\d(?:(?:,\s*|\s+)(?:(?:and|or|to)\s+)?\d\.\d\d)*"
)
NUMBER = re.compile(r"\d\.\d\d")


@dataclass
class Lesson:
    """One row of README's course map."""

    number: str
    path: Path
    title: str
    aims: str
    data: str
    expect: str
    seconds: int

    @property
    def part(self):
        return self.path.parent.name

    @property
    def page(self):
        """The page's name for Sphinx."""
        return f"lessons/{self.part}/{self.path.stem}"

    @property
    def builds_on(self):
        """Numbers of the earlier lessons that the script names."""
        named = " ".join(LESSON_NUMBERS.findall(_joined(self.path)))
        numbers = {n for n in NUMBER.findall(named) if n < self.number}
        return sorted(numbers & lessons().keys())

    @property
    def loaders(self):
        """Names of the functions of ``course_data`` that bring the lesson's data."""
        words = set(re.findall(r"\w+", self.path.read_text(encoding="utf-8")))
        return sorted(n for n in words & set(dir(course_data)) if n.startswith("load_"))

    @property
    def slide(self):
        """Page of the part's PDF where the lesson's slides begin, or None."""
        return slide_pages(self.part).get(self.number)

    @property
    def thumbnail(self):
        """Number of the figure that stands for the lesson: the one on the slides."""
        if self.number in THUMBNAILS:
            return THUMBNAILS[self.number]
        figures = sorted((COURSE_DIR / "slides" / "figures").glob(f"{self.number}_*"))
        return int(figures[0].stem.split("_")[1]) if figures else 1


@dataclass
class Part:
    """One of README's five parts."""

    number: str
    title: str
    lessons: list

    @property
    def name(self):
        return self.lessons[0].part

    @property
    def picture(self):
        """The figure on the part's card, one that the slides show."""
        return PICTURES[self.number]

    @property
    def minutes(self):
        """Minutes in class, from the instructor's guide."""
        minutes = lesson_minutes(GUIDE_FILE.read_text(encoding="utf-8"))
        return sum(minutes[lesson.number] for lesson in self.lessons)

    @property
    def hours(self):
        return f"{round(self.minutes / 30) / 2:g}"

    @property
    def seconds(self):
        return sum(lesson.seconds for lesson in self.lessons)


def _joined(path):
    """Return a script's text with its comment lines joined to whole sentences."""
    return re.sub(r"\n# ?", " ", path.read_text(encoding="utf-8"))


@cache
def parts():
    """Return the five parts with their lessons, as README's map has them."""
    found = []
    for number, title, lesson, path, rest in PART.findall(
        (COURSE_DIR / "README.md").read_text(encoding="utf-8")
    ):
        if number:
            found.append(Part(number, title, []))
        else:
            name, aims, data, expect, seconds = rest.split(" | ")
            found[-1].lessons.append(
                Lesson(
                    lesson, COURSE_DIR / path, name, aims, data, expect, int(seconds)
                )
            )
    return found


@cache
def lessons():
    """Return {number: Lesson}."""
    return {lesson.number: lesson for part in parts() for lesson in part.lessons}


@cache
def slide_pages(part):
    """Return {lesson: page of the PDF on which its first slide stands}.

    A slide names its lesson at the foot. The fewer lessons share a slide, the better
    it fits.
    """
    deck = (COURSE_DIR / "slides" / f"{part}.md").read_text(encoding="utf-8")
    found = {}
    for page, slide in enumerate(deck.split("\n---\n")[1:], 1):
        for footer in re.findall(r'_footer: "([^"]*)"', slide):
            numbers = NUMBER.findall(footer)
            if " to " in footer:
                first, last = numbers
                numbers = [n for n in lessons() if first <= n <= last]
            for number in numbers:
                found.setdefault(number, []).append((len(numbers), page))
    return {number: min(slides)[1] for number, slides in found.items()}


def gallery_text(text):
    """Return a script's text as sphinx-gallery wants it.

    Titles on the markers become headings. Indented lines get the ``::`` before them
    that keeps them as they are.
    """
    text = CELL_TITLE.sub(
        lambda match: f"# %%\n# {match[1]}\n# {'-' * len(match[1])}\n#", text
    )
    return BEFORE_FORMULA.sub(
        lambda match: f"{match[1]}{'::' if match[2] else ' ::'}\n#\n", text
    )


def gallery_script(lesson):
    """Return a lesson's text for sphinx-gallery, with the number of its thumbnail."""
    text = gallery_text(lesson.path.read_text(encoding="utf-8"))
    return f"{text}\n# sphinx_gallery_thumbnail_number = {lesson.thumbnail}\n"


def gallery_header(part):
    """Return what stands above a part's thumbnails."""
    title = f"Part {part.number}: {part.title}"
    return (
        f"{title}\n{'=' * len(title)}\n\n"
        f"{len(part.lessons)} lessons, some {part.hours} hours in class. All of them "
        f"run in {part.seconds // 60} minutes on two CPU cores. Each begins with what "
        "you will be able to do, and ends in exercises.\n\n"
        f"`The slides of this part (PDF) <../../{part.name}.pdf>`__\n"
    )


def write_if_changed(path, text):
    """Write a file only if that changes it, so that nothing is built in vain."""
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")


def write_scripts(app=None):
    """Write ``docs/_scripts``: every lesson and a header for each part's gallery."""
    wanted = set()
    for part in parts():
        folder = SCRIPTS_DIR / part.name
        texts = {"GALLERY_HEADER.rst": gallery_header(part)}
        for lesson in part.lessons:
            texts[lesson.path.name] = gallery_script(lesson)
        for name, text in texts.items():
            write_if_changed(folder / name, text)
            wanted.add(folder / name)
    for path in SCRIPTS_DIR.glob("*/*.*"):  # a lesson that was renamed
        if path not in wanted:
            path.unlink()


def mend_notebooks(app):
    """Write in Markdown what sphinx-gallery leaves as it is: fields, and ``::``."""
    for path in PAGES_DIR.glob("*/*.ipynb"):
        notebook = nbformat.read(path, as_version=4)
        texts = [cell for cell in notebook.cells if cell.cell_type == "markdown"]
        before = [cell.source for cell in texts]
        texts[0].source = re.sub(
            r"^:(\w+): ", r"* **\1:** ", texts[0].source, flags=re.M
        )
        for cell in texts:
            cell.source = re.sub(r" ?::$", ":", cell.source, flags=re.M)
        if [cell.source for cell in texts] != before:
            nbformat.write(notebook, path)


def original_downloads(app, exception):
    """Let the pages offer the very scripts of the course, not their copies."""
    if exception is None and app.builder.format == "html":
        originals = {lesson.path.name: lesson.path for lesson in lessons().values()}
        for copy in (Path(app.outdir) / "_downloads").glob("*/*.py"):
            if copy.name in originals:
                shutil.copyfile(originals[copy.name], copy)


def prepare_source(app, docname, source):
    """Fill the front page from README's map; name no folder of this machine."""
    if docname == "index":
        template = jinja2.Template(source[0], undefined=jinja2.StrictUndefined)
        source[0] = template.render(parts=parts(), lessons=lessons())
    for folder, name in (
        (sys.prefix, "path-to-the-environment"),
        (str(COURSE_DIR), "path-to-the-course"),
    ):
        source[0] = source[0].replace(folder, name)


def page_link(number, text=None):
    """Return a link to a lesson's page; Sphinx resolves it."""
    link = addnodes.pending_xref(
        "",
        refdomain="std",
        reftype="doc",
        reftarget="/" + lessons()[number].page,
        refexplicit=True,
        refwarn=True,
    )
    link += nodes.inline("", text or number)
    return link


class LessonLinks(SphinxTransform):
    """Make links of "lesson 1.11" and of a table's cell with just such a number."""

    default_priority = 400
    untouched = (nodes.literal, nodes.FixedTextElement, nodes.reference, nodes.title)

    def apply(self, **kwargs):
        here = self.env.docname
        for text in list(self.document.findall(nodes.Text)):
            parent = text.parent
            if any(isinstance(p, self.untouched) for p in _ancestors(text)):
                continue
            if isinstance(parent.parent, nodes.entry) and NUMBER.fullmatch(text):
                spans = [(0, 4)]
            else:
                spans = [
                    (match.start() + number.start(), match.start() + number.end())
                    for match in LESSON_NUMBERS.finditer(text)
                    for number in NUMBER.finditer(match[0])
                ]
            new, end = [], 0
            for start, stop in spans:
                number = text[start:stop]
                if number in lessons() and lessons()[number].page != here:
                    new += [nodes.Text(text[end:start]), page_link(number)]
                    end = stop
            if new:
                parent.replace(text, [*new, nodes.Text(text[end:])])


def _ancestors(node):
    while node.parent is not None:
        node = node.parent
        yield node


class LessonFields(SphinxTransform):
    """The fields of a lesson's first cell get links, and a field "Builds on"."""

    default_priority = 390

    def apply(self, **kwargs):
        lesson = {one.page: one for one in lessons().values()}.get(self.env.docname)
        if lesson is None:
            return
        for quote in self.document.findall(nodes.block_quote):
            logger.warning(
                "indented lines run together on the page: end the line before them "
                "with ::",
                location=quote,
            )
        for box in list(self.document.findall(nodes.container)):
            if "sphx-glr-download-zip" in box["classes"]:  # holds the copies
                box.parent.remove(box)
        fields = next(self.document.findall(nodes.field_list))
        for field in fields:
            name, body = field[0].astext(), field[1][0]
            if name == "Slides" and lesson.slide:
                address = f"../../{lesson.part}.pdf#page={lesson.slide}"
                body += nodes.Text(" (")
                body += nodes.reference("", f"page {lesson.slide}", refuri=address)
                body += nodes.Text(")")
            elif name == "Data":
                self._link_loaders(body, lesson.loaders)
        if lesson.builds_on:
            names = nodes.paragraph()
            for number in lesson.builds_on:
                title = f"{number} {lessons()[number].title}"
                if len(names):
                    names += nodes.Text(", ")
                names += page_link(number, title)
            fields += nodes.field(
                "", nodes.field_name("", "Builds on"), nodes.field_body("", names)
            )

    def _link_loaders(self, body, loaders):
        missing = list(loaders)
        for literal in list(body.findall(nodes.literal)):
            name = literal.astext().removeprefix("course_data.")
            if name in loaders:
                literal.replace_self(data_link(name, literal.astext()))
                missing.remove(name)
        for name in missing:
            body += [nodes.Text(", "), data_link(name, f"course_data.{name}")]


def data_link(name, text):
    """Return a link to the description of a function of ``course_data``."""
    link = addnodes.pending_xref(
        "",
        refdomain="py",
        reftype="func",
        reftarget=f"course_data.{name}",
        refexplicit=True,
        refwarn=True,
    )
    link += nodes.literal("", text)
    return link


def setup(app):
    app.connect("builder-inited", write_scripts, priority=100)  # before sphinx-gallery
    app.connect("builder-inited", mend_notebooks, priority=900)  # after it
    app.connect("source-read", prepare_source)
    app.connect("build-finished", original_downloads)
    app.add_transform(LessonFields)
    app.add_transform(LessonLinks)
    return {
        "env_version": zlib.crc32(Path(__file__).read_bytes()),  # changed: read all
        "parallel_read_safe": True,
        "parallel_write_safe": True,
    }
