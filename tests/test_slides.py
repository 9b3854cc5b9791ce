"""The slides: their pictures, lessons and notes, the claims, and PDFs that are up to
date."""

import re

import pytest
from conftest import LESSONS
from PIL import Image

import build_slides
import draw_figures
import write_claims
import write_exercises
from measure_lessons import read_results

DECKS = build_slides.decks()
WORDS_BESIDE_A_PICTURE = 40
SLIDE_WIDTH, SLIDE_HEIGHT = 1280, 720
SMALLEST_LETTERS = 24  # pixels, 18 pt
each_deck = pytest.mark.parametrize("deck", DECKS, ids=lambda deck: deck.stem)


def slides_of(text):
    """Return the slides of a deck, without its head."""
    return text.split("\n---\n")[1:]


def faults_in_deck(text, lessons):
    """Return what a deck lacks, as sentences; ``lessons`` are numbers such as 1.02."""
    faults = []
    last_section = None
    for number, slide in enumerate(slides_of(text), 1):
        comments = re.findall(r"<!--(.*?)-->", slide, re.S)
        settings = re.compile(r"\s*_(class|footer|paginate):")
        notes = [comment for comment in comments if not settings.match(comment)]
        shown = re.sub(r"<!--.*?-->", "", slide, flags=re.S)
        picture = "![" in shown
        words = re.findall(r"\w+", re.sub(r"!\[[^\]]*\]\([^)]*\)", "", shown))
        if not any(note.strip() for note in notes):
            faults.append(f"slide {number} has no presenter notes")
        if picture and len(words) > WORDS_BESIDE_A_PICTURE:
            faults.append(f"slide {number}: {len(words)} words beside a picture")
        for footer in re.findall(r'_footer: "([^"]*)"', slide):
            for lesson in re.findall(r"\d\.\d\d", footer):
                if lesson not in lessons:
                    faults.append(f"slide {number} names {lesson}, no such lesson")
        if "_class: check" in slide:
            last_section = None
            if not any("nswer" in note for note in notes):
                faults.append(f"slide {number} asks and does not answer")
        if "_class: section" in slide:
            if last_section is not None:
                faults.append(f"the section of slide {last_section} ends without check")
            last_section = number
    return faults


SPOKEN = ["Open", "Show", "Ask", "Next", "Minutes"]


def faults_in_spoken_notes(text):
    """Return what notes in five lines lack, as sentences: a line, a length, an answer.

    The notes of a page are *Open*, the sentence that begins it; *Show*, what to point
    at; *Ask*, a question with its answer; *Next*, where it goes on; *Minutes*.
    """
    faults = []
    for number, slide in enumerate(slides_of(text), 1):
        spoken = re.findall(r"<!-- (Open: .*?)-->", slide, re.S)
        heading = re.search(r"^## (.+)$", slide, re.M)
        needed = heading and "_class: check" not in slide and heading[1] != "Now you"
        if needed and not spoken:
            faults.append(f"slide {number} has no notes in five lines")
        for notes in spoken:
            lines = [line.split(":")[0] for line in notes.strip().split("\n")]
            if lines != SPOKEN:
                faults.append(f"slide {number}: {lines} instead of {SPOKEN}")
            if not 80 <= len(notes.split()) <= 135:
                faults.append(f"slide {number}: {len(notes.split())} words of notes")
            if "Answer:" not in notes:
                faults.append(f"slide {number}: a question without its answer")
    return faults


@each_deck
def test_spoken_notes(deck):
    if deck.stem != "annexure":  # a book to look things up in
        assert faults_in_spoken_notes(deck.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "old, new",
    [("Next:", "Then:"), (" word" * 90, " word"), ("Answer:", "Of course:")],
)
def test_faults_of_spoken_notes_are_found(old, new):
    show = "Show: a" + " word" * 90
    notes = f"Open: a.\n{show}\nAsk: b? Answer: c.\nNext: d.\nMinutes: 5."
    page = f"head\n---\n## A page\n<!-- {notes} -->\n"
    assert faults_in_spoken_notes(page) == []
    assert len(faults_in_spoken_notes(page.replace(old, new))) == 1
    assert len(faults_in_spoken_notes(page.replace("<!-- Open", "<!-- Well"))) == 1


@each_deck
def test_deck(deck):
    numbers = [lesson.name[:4] for lesson in LESSONS]
    text = deck.read_text(encoding="utf-8")
    faults = faults_in_deck(text, numbers)
    if deck.stem == "annexure":  # a book to look things up in
        faults = [fault for fault in faults if "ends without check" not in fault]
    missing = [file.name for file in build_slides.pictures(deck) if not file.exists()]
    assert not faults, "\n".join(faults)
    assert not missing, missing


@each_deck
def test_pdf_is_not_older_than_its_source(deck):
    assert deck.with_suffix(".pdf").read_bytes()[:5] == b"%PDF-"
    built = build_slides.read_built().get(deck.stem)
    assert built == build_slides.digest(deck), (
        f"{deck.stem} has changed: python tools/build_slides.py {deck.stem}"
    )


def test_faults_in_a_deck_are_found():
    note = "<!-- say this -->"
    good = f"head\n---\n<!-- _class: section -->\n# A\n{note}\n---\n"
    good += "<!-- _class: check -->\n## B\n<!-- Answers: 1 -->"
    assert faults_in_deck(good, []) == []
    for bad in (
        good.replace(note, ""),
        good.replace("Answers", "Hm"),
        good.replace("## B", "## B\n![w:1](a.png)" + " word" * 41),
        good.replace("## B", '## B\n<!-- _footer: "Lesson 9.99" -->'),
        good.split("\n---\n<!-- _class: check")[0]
        + f"\n---\n<!-- _class: section -->\n# C\n{note}",
    ):
        assert len(faults_in_deck(bad, ["1.01"])) == 1, bad


def test_every_lesson_is_on_a_slide():
    text = "\n".join(deck.read_text(encoding="utf-8") for deck in DECKS)
    footers = " ".join(re.findall(r'_footer: "([^"]*)"', text))
    named = set(re.findall(r"\d\.\d\d", footers))
    for first, last in re.findall(r"(\d\.\d\d) to (\d\.\d\d)", footers):
        named |= {n for n in (le.name[:4] for le in LESSONS) if first <= n <= last}
    assert not {lesson.name[:4] for lesson in LESSONS} - named


def slides_field(number):
    """Return what a lesson's field :Slides: says: the slides that name the lesson.

    Four at most; those that name fewest lessons come first, and one that names many,
    "1.05 to 1.09", counts where no other does.
    """
    (deck,) = [deck for deck in DECKS if deck.stem.startswith(f"part{number[0]}")]
    by_number, by_range = [], []
    for slide in slides_of(deck.read_text(encoding="utf-8")):
        footer = "".join(re.findall(r'_footer: "([^"]*)"', slide))
        heading = re.search(r"^##? (.+)$", slide, re.M)
        ranges = re.findall(r"(\d\.\d\d) to (\d\.\d\d)", footer)
        if not ranges and number in footer:
            by_number.append((footer.count("."), heading[1].replace('"', "")))
        elif any(first <= number <= last for first, last in ranges):
            by_range.append((1, heading[1].replace('"', "")))
    found = sorted(
        by_number or by_range, key=lambda count_and_title: count_and_title[0]
    )
    titles = [f'"{title}"' for _, title in found[:4]]
    return f"part {number[0]}, {', '.join(titles)}"


def test_lessons_name_slides_that_exist():
    faults = {}
    for lesson in LESSONS:
        field = re.search(r":Slides:(.+?)\n(?=:)", lesson.read_text("utf-8"), re.S)[1]
        wanted = slides_field(lesson.name[:4])
        if " ".join(field.split()) != wanted:
            faults[lesson.name] = f"should say :Slides: {wanted}"
    assert not faults


def test_every_drawn_figure_is_shown():
    shown = {picture.name for deck in DECKS for picture in build_slides.pictures(deck)}
    drawn = {f"{draw.__name__}.png" for draw in draw_figures.DIAGRAMS}
    for lesson, figures in draw_figures.LESSON_FIGURES.items():
        drawn |= {f"{lesson}_{figure}.png" for figure in figures}
    kept = {file.name for file in draw_figures.FIGURES_DIR.glob("*.png")}
    assert shown == drawn == kept


def letters_on_the_slide(shown, picture):
    """Return the size of a picture's smallest letters on its slide, in pixels.

    ``shown`` is how Marp is told to show it, ``w:1160`` or ``bg right:58% fit``.
    Figures have 100 pixels an inch, and 72 points are an inch.
    """
    with Image.open(picture) as image:
        width, height = image.size
        points = image.info.get("letters")
    if points is None:
        lesson, figure = picture.stem.split("_")
        points = draw_figures.LESSON_FIGURES[lesson][int(figure)]
    share = re.fullmatch(r"bg right:(\d+)% fit", shown)
    if share:
        scale = min(SLIDE_WIDTH * int(share[1]) / 100 / width, SLIDE_HEIGHT / height)
    else:
        side, pixels = re.fullmatch(r"([wh]):(\d+)", shown).groups()
        scale = int(pixels) / (width if side == "w" else height)
    return float(points) * 100 / 72 * scale


@each_deck
def test_pictures_can_be_read_from_the_last_row(deck):
    text = deck.read_text(encoding="utf-8")
    small = {}
    for shown, name in re.findall(r"!\[([^\]]*)\]\(([^)]+)\)", text):
        letters = letters_on_the_slide(shown, deck.parent / name)
        if letters < SMALLEST_LETTERS:
            small[name] = f"{letters:.1f} pixels"
    assert not small


def test_small_letters_are_found(tmp_path):
    picture = tmp_path / "a.png"
    figure = draw_figures.plt.figure(figsize=(10, 5))
    figure.text(0.1, 0.1, "large", size=36)
    figure.text(0.5, 0.5, "small", size=18)
    letters = draw_figures.smallest_letters(figure)
    figure.savefig(picture, dpi=100, metadata={"letters": f"{letters:g}"})
    draw_figures.plt.close(figure)
    assert letters == 18
    assert letters_on_the_slide("w:1000", picture) == 25
    assert letters_on_the_slide("h:250", picture) == 12.5
    assert letters_on_the_slide("bg right:50% fit", picture) == 16


def test_claims_come_from_the_measured_results():
    page = write_claims.CLAIMS_FILE.read_text(encoding="utf-8")
    assert page == write_claims.claims_page(read_results())


def test_a_claim_that_its_figures_contradict_is_refused(monkeypatch):
    measured = read_results()
    claims = {"A": [("Grass is blue", "3.06", "{same_right}", "holds", "same_right<1")]}
    monkeypatch.setattr(write_claims, "CLAIMS", claims)
    with pytest.raises(ValueError, match="Grass is blue"):
        write_claims.claims_page(measured)
    with pytest.raises(ValueError, match=r"measure_lessons.py 3.06"):
        write_claims.claims_page(measured.drop(index="3.06", level="lesson"))


def test_the_exercises_are_those_of_the_lessons():
    page = write_exercises.EXERCISES_FILE.read_text(encoding="utf-8")
    assert page == write_exercises.exercises_page()


def test_the_guide_has_a_row_for_every_lesson():
    guide = (build_slides.SLIDES_DIR / "instructor_guide.md").read_text("utf-8")
    rows = re.findall(r"^\| (\d\.\d\d) \| \d+ \|", guide, re.M)
    assert rows == [lesson.name[:4] for lesson in LESSONS]
