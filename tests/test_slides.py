"""The slides: their pictures, lessons and notes, the claims, and PDFs that are up to
date."""

import csv
import re

import numpy as np
import pypdfium2
import pytest
from conftest import LESSONS
from PIL import Image, ImageDraw

import build_slides
import draw_figures
import draw_vectors
import figure_style
import record_lessons
import write_claims
import write_exercises
from measure_lessons import read_results
from run_lesson import smallest_letters

DECKS = build_slides.decks()
WORDS_BESIDE_A_PICTURE = 50
WORDS_OF_ALT_TEXT = 8
WORDS_OF_A_HEADING = 3
SLIDE_WIDTH, SLIDE_HEIGHT = 1280, 720
SMALLEST_LETTERS = figure_style.SMALLEST_LETTERS
each_deck = pytest.mark.parametrize("deck", DECKS, ids=lambda deck: deck.stem)
slides_of = build_slides.slides_of


def words_shown(slide):
    """Return a slide's words: no notes, tables, code, equations, pictures, tags."""
    slide = re.sub(r"^\|.*\|$", " ", slide, flags=re.M)
    for pattern in (
        r"<!--.*?-->",
        r"```.*?```",
        r"`[^`]*`",
        r"\$\$.*?\$\$",
        r"\$[^$\n]*\$",
        r"!\[[^\]]*\]\([^)]*\)",
        r"<[^>]+>",
    ):
        slide = re.sub(pattern, " ", slide, flags=re.S)
    return re.findall(r"\w+", slide)


def faults_in_deck(text, lessons):
    """Return what a deck lacks, as sentences; ``lessons`` are numbers such as 1.02."""
    faults = []
    last_section = None
    for number, slide in enumerate(slides_of(text), 1):
        notes = build_slides.notes_of(slide)
        picture = "![" in slide
        words = words_shown(slide)
        heading = re.search(r"^## (.+)$", slide, re.M)
        if not notes:
            faults.append(f"slide {number} has no presenter notes")
        if heading and "_footer" in slide and "_class" not in slide:
            if len(heading[1].split()) < WORDS_OF_A_HEADING:
                faults.append(f"slide {number}: the heading says too little")
        for alt in re.findall(r"!\[([^\]]*)\]", slide):
            if " bg " in f" {alt} ":
                faults.append(f"slide {number}: a background has no margin, no text")
            if len(re.findall(r"\w+", alt)) - 2 < WORDS_OF_ALT_TEXT:
                faults.append(f"slide {number}: {alt!r} does not say what is seen")
        for code in re.findall(r"```python\n(.*?)```", slide, re.S):
            try:
                compile(code, "slide", "exec")
            except SyntaxError as error:
                faults.append(f"slide {number}: {error}")
        if picture and len(words) > WORDS_BESIDE_A_PICTURE:
            faults.append(f"slide {number}: {len(words)} words beside a picture")
        for footer in re.findall(r'_footer: "([^"]*)"', slide):
            for lesson in re.findall(r"\d\.\d\d", footer):
                if lesson not in lessons:
                    faults.append(f"slide {number} names {lesson}, no such lesson")
        if "_class: check" in slide:
            last_section = None
            if "nswer" not in notes:
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
    seen = "a line that goes up and then down again"
    good = f"head\n---\n<!-- _class: section -->\n# A\n{note}\n---\n"
    good += "<!-- _class: check -->\n## B\n<!-- Answers: 1 -->"
    assert faults_in_deck(good, []) == []
    for bad in (
        good.replace(note, ""),
        good.replace("Answers", "Hm"),
        good.replace("## B", f"## B\n![w:1 {seen}](a.png)" + " word" * 51),
        good.replace("## B", "## B\n![w:1 too little](a.png)"),
        good.replace("## B", f"## B\n![bg right:50% {seen}](a.png)"),
        good.replace("## B", "## B\n```python\nx = = 1\n```"),
        good.replace("## B", '## B\n<!-- _footer: "Lesson 9.99" -->'),
        good.replace("<!-- _class: check -->", '<!-- _footer: "Lesson 1.01" -->'),
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

    Five at most; those that name fewest lessons come first, and one that names many,
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
    titles = [f'"{title}"' for _, title in found[:5]]
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
    drawn = {f"{draw.__name__}.svg" for draw in draw_figures.DIAGRAMS}
    drawn |= {f"{name}.svg" for name in draw_vectors.NAMES}
    for lesson, figures in draw_figures.LESSON_FIGURES.items():
        drawn |= {f"{lesson}_{figure}.svg" for figure in figures}
    for_lessons = {f"{name}.png" for name in draw_vectors.NAMES_FOR_LESSONS}
    kept = {file.name for file in draw_figures.FIGURES_DIR.iterdir()}
    assert shown == drawn == kept - for_lessons
    lessons = "".join(lesson.read_text("utf-8") for lesson in LESSONS)
    assert all(f'"{name.removesuffix(".png")}' in lessons for name in for_lessons)


def size_and_letters(picture):
    """Return a picture's width and height in pixels and its smallest letters in points.

    A hundred pixels are an inch, 72 points too. A figure that was drawn in the slide's
    own pixels says nothing about its letters: ``figure_style.save`` has looked at them.
    """
    if picture.suffix == ".svg":
        head = picture.read_text(encoding="utf-8")[:3000]
        size = re.search(r'<svg[^>]*?width="([\d.]+)"[^>]*?height="([\d.]+)"', head)
        letters = re.search(r"letters: ([\d.]+)", head)
        assert letters or picture.stem in draw_vectors.NAMES, picture.name
        return float(size[1]), float(size[2]), letters and float(letters[1])
    with Image.open(picture) as image:
        return *image.size, float(image.info["letters"])


def letters_on_the_slide(shown, picture):
    """Return the size of a picture's smallest letters on its slide, in pixels.

    ``shown`` is how Marp is told to show it: ``w:1160`` and what is to be seen.
    """
    width, height, points = size_and_letters(picture)
    side, pixels = re.match(r"([wh]):(\d+) ", shown).groups()
    scale = int(pixels) / (width if side == "w" else height)
    if points is None:
        return figure_style.SMALLEST_LETTERS * scale
    return points * 100 / 72 * scale


@each_deck
def test_pictures_can_be_read_from_the_last_row(deck):
    text = deck.read_text(encoding="utf-8")
    small = {}
    for shown, name in re.findall(r"!\[([^\]]*)\]\(([^)]+)\)", text):
        letters = letters_on_the_slide(shown, deck.parent / name)
        if letters < SMALLEST_LETTERS and "curve_" not in name:  # curves have none
            small[name] = f"{letters:.1f} pixels"
    assert not small


def test_small_letters_are_found(tmp_path):
    picture = tmp_path / "a.png"
    figure = draw_figures.plt.figure(figsize=(10, 5))
    figure.text(0.1, 0.1, "large", size=36)
    figure.text(0.5, 0.5, "small", size=18)
    letters = smallest_letters(figure)
    figure.savefig(picture, dpi=100, metadata={"letters": f"{letters:g}"})
    draw_figures.plt.close(figure)
    assert letters == 18
    assert letters_on_the_slide("w:1000 a line", picture) == 25
    assert letters_on_the_slide("h:250 a line", picture) == 12.5
    drawn = draw_figures.FIGURES_DIR / "padding.svg"
    assert letters_on_the_slide("w:1168 a picture", drawn) == 20
    assert letters_on_the_slide("w:584 a picture", drawn) == 10
    figure, axis = figure_style.drawing(100, 50)
    axis.text(0, 0, "small", size=12)
    with pytest.raises(ValueError, match="12 pixels"):
        figure_style.save(figure, "never")


def test_drawings_need_no_font():
    for file in draw_figures.FIGURES_DIR.glob("*.svg"):
        assert "<text" not in file.read_text(encoding="utf-8"), file.name


def luminance(colour):
    """Return the relative luminance of ``#rrggbb``, as WCAG 2 defines it."""
    parts = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    return linear @ [0.2126, 0.7152, 0.0722]


def test_colours_are_the_same_in_theme_and_drawings_and_can_be_seen():
    theme = build_slides.THEME.read_text(encoding="utf-8")
    in_theme = dict(re.findall(r"--(\w+): (#[0-9a-f]{6});", theme))
    for name in ("input", "hidden", "output", "gradient", "context"):
        colour = getattr(figure_style, name.upper())
        assert in_theme[name] == colour, name
        assert 1.05 / (luminance(colour) + 0.05) >= 3, name
    assert 1.05 / (luminance("#ffa90e") + 0.05) < 3  # an orange that would fail


def ink_margins(picture):
    """Return how far ink stays from left, top, right and bottom, in pixels."""
    pixels = np.asarray(picture.convert("RGB")).astype(int)
    ink = np.abs(pixels - pixels[2, 2]).sum(axis=2) > 60
    columns = np.flatnonzero(ink.any(axis=0))
    rows = np.flatnonzero(ink.any(axis=1))
    height, width = ink.shape
    right, bottom = width - 1 - columns[-1], height - 1 - rows[-1]
    return int(columns[0]), int(rows[0]), int(right), int(bottom)


@each_deck
def test_every_page_is_there_and_has_no_ink_at_the_edge(deck):
    document = pypdfium2.PdfDocument(deck.with_suffix(".pdf"))
    assert len(document) == len(slides_of(deck.read_text(encoding="utf-8")))
    near = {}
    for number, page in enumerate(document, 1):
        picture = page.render(scale=SLIDE_WIDTH / page.get_width()).to_pil()
        if min(ink_margins(picture)) < build_slides.EDGE:
            near[number] = ink_margins(picture)
    assert not near, f"left, top, right, bottom: {near}"


def test_ink_is_measured():
    picture = Image.new("RGB", (1280, 720), "white")
    ImageDraw.Draw(picture).rectangle((50, 60, 1249, 659), fill="black")
    assert ink_margins(picture) == (50, 60, 30, 60)


@each_deck
def test_notes_booklet_has_a_sheet_for_each_page(deck):
    booklet = pypdfium2.PdfDocument(deck.with_name(f"{deck.stem}_notes.pdf"))
    assert len(booklet) == len(slides_of(deck.read_text(encoding="utf-8")))


def test_generated_text_is_as_it_was_recorded():
    (deck,) = [deck for deck in DECKS if deck.stem == "part4_rnn_lstm"]
    recorded = draw_vectors.recorded("4.12")
    pattern = r'<div class="sample">(.*?)</div>'
    samples = re.findall(pattern, deck.read_text(encoding="utf-8"), re.S)
    assert len(samples) == len(recorded["samples"]) == 3
    for sample, temperature in zip(samples, recorded["samples"]):
        plain = re.sub(r"</?i>", "", sample)
        assert plain in re.sub(r"\n\n[A-Za-z ]+:", "", recorded["samples"][temperature])
        marked = set(re.findall(r"<i>(.*?)</i>", sample))
        words = set(re.findall("[A-Za-z']+", plain))
        assert marked == words & set(recorded["invented"][temperature])


def test_backpropagation_by_hand_equals_the_tape():
    import tensorflow as tf

    w1, w2 = tf.Variable(draw_vectors.W1), tf.Variable(draw_vectors.W2)
    with tf.GradientTape() as tape:
        hidden = tf.tanh(w1 * draw_vectors.X)
        loss = (w2 * hidden - draw_vectors.Y) ** 2
    by_tape = [float(gradient) for gradient in tape.gradient(loss, [w1, w2])]
    by_hand = draw_vectors.backward(draw_vectors.W1, draw_vectors.W2)
    assert by_tape == pytest.approx([by_hand["w1"], by_hand["w2"]], rel=1e-6)
    new_w1 = draw_vectors.W1 - draw_vectors.RATE * by_hand["w1"]
    new_w2 = draw_vectors.W2 - draw_vectors.RATE * by_hand["w2"]
    _, _, prediction, new_loss = draw_vectors.forward(new_w1, new_w2)
    (deck,) = [deck for deck in DECKS if deck.stem == "part1_foundation"]
    pages = slides_of(deck.read_text(encoding="utf-8"))
    (page,) = [page for page in pages if "## The tape agrees" in page]
    for value in (*by_tape, new_w1, new_w2, prediction, float(loss), new_loss):
        assert f"{value:.3f}" in page


SMALL_PAGE = """<html><body style="margin:0"><section style="position:relative;
width:1280px;height:720px;font-size:26px">{inside}
<footer style="position:absolute;left:56px;right:56px;top:651px">Lesson 4.03</footer>
</section></body></html>"""


def browser_is_there():
    """Say whether there is a browser for the layout check."""
    try:
        build_slides.find_browser()
    except FileNotFoundError:
        return False
    return True


@pytest.mark.skipif(not browser_is_there(), reason="there is no Chromium or Chrome")
@pytest.mark.parametrize(
    ("style", "fault"),
    [
        ("left:56px;top:60px", None),
        ("left:20px;top:60px", "20 to the left"),
        ("left:56px;width:1200px;top:60px", "24 to the right"),
        ("left:56px;top:640px", "runs into the foot"),
        ("left:56px;top:60px;font-size:14px", "letters of 14 pixels"),
        ("left:56px;top:60px;width:90px;overflow:hidden", "cut off"),
    ],
)
def test_layout_faults_are_found(style, fault):
    text = f'<pre style="position:absolute;margin:0;{style}">a line of code</pre>'
    faults = build_slides.layout_faults(SMALL_PAGE.replace("{inside}", text))
    if fault is None:
        assert faults == []
    else:
        assert len(faults) == 1 and fault in faults[0], faults


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


def test_the_guide_names_cells_that_exist():
    guide = (build_slides.SLIDES_DIR / "instructor_guide.md").read_text("utf-8")
    named = re.findall(r"^\| (\d\.\d\d) \| ([^|\d][^|]*) \| [^|]* \|$", guide, re.M)
    assert [number for number, _ in named] == sorted(LESSON_NUMBERS - {"1.00"})
    for number, cells in named:
        (lesson,) = [path for path in LESSONS if path.name.startswith(number)]
        text = lesson.read_text(encoding="utf-8")
        for title in cells.replace("**", "").split("; "):
            assert f"\n# %% {title}\n" in text, f"{number} has no cell '{title}'"


# Numbers on pages and in notes, and where each comes from

NUMBERS_FILE = build_slides.SLIDES_DIR / "numbers.csv"
NUMBER = r"\d+\.\d+(?:e-?\d+)?(?: to \d+\.\d+)?(?:e-?\d+)?|\d[\d.,]*(?: to [\d.,]+)? %"
LESSON_NUMBERS = {lesson.name[:4] for lesson in LESSONS}


def quoted_numbers(page):
    """Return the decimals and percentages of a page and its notes, each once.

    Left out are the numbers of lessons, code, equations and addresses of papers.
    """
    notes = re.sub(r"`[^`]*`|arXiv:\S+", " ", build_slides.notes_of(page))
    for pattern in (
        r"```.*?```",
        r"`[^`]*`",
        r"\$\$.*?\$\$",
        r"\$[^$\n]*\$",
        r"!\[[^\]]*\]\([^)]*\)",
        r"<!--.*?-->",
        r'<div class="sample">.*?</div>',
        r"<[^>]+>",
        r"arXiv:\S+",
    ):
        page = re.sub(pattern, " ", page, flags=re.S)
    found = [number.rstrip(".") for number in re.findall(NUMBER, f"{page}\n{notes}")]
    return {n for n in found if not set(n.split(" to ")) <= LESSON_NUMBERS}


def agrees(quoted, values):
    """Say whether a quoted number or range is what was measured, rounded as quoted."""
    factor = 100 if quoted.endswith("%") else 1
    low, *high = quoted.rstrip("% ").replace(",", "").split(" to ")
    ends = zip((low, high[0] if high else low), (min(values), max(values)))
    for text, value in ends:
        if "e" in text:
            digits = len(text.split("e")[0].partition(".")[2])
            if float(f"{value * factor:.{digits}e}") != float(text):
                return False
        else:
            half = 0.5 * 10 ** -len(text.partition(".")[2])
            if abs(value * factor - float(text)) > half * 1.0001:
                return False
    return True


def is_printed(quoted, printed):
    """Say whether both ends of a quoted number or range stand in a lesson's output.

    A percentage may be printed as a share; a number may have more digits there.
    """
    factors = (1, 100) if quoted.endswith("%") else (1,)
    values = [float(text) for text in re.findall(r"\d+\.?\d*(?:e-?\d+)?", printed)]
    for end in quoted.rstrip("% ").replace(",", "").split(" to "):
        half = 0.5 * 10 ** -len(end.partition(".")[2])
        if not any(
            abs(value * factor - float(end)) <= half * 1.0001
            for value in values
            for factor in factors
        ):
            return False
    return True


def faults_of_a_number(quoted, source, measured):
    """Return what is wrong with a line of ``numbers.csv``, as sentences.

    A source is ``4.09 backtest_lstm`` (measured results, several joined by semicolons),
    ``text 4.02`` (the lesson says so), ``printed 4.03`` (its output does, as it stands
    in ``slides/recorded``), ``recorded 4.12`` or ``given`` (a setting, arithmetic,
    another's number).
    """
    kind, _, rest = source.partition(" ")
    if kind in LESSON_NUMBERS:
        names = rest.split("; ")
        missing = [name for name in names if (kind, name) not in measured.index]
        if missing:
            return [f"lesson {kind} has no result {missing[0]}"]
        values = [value for name in names for value in measured.loc[(kind, name)]]
        if not agrees(quoted, values):
            return [f"{quoted}: measured was {min(values):g} to {max(values):g}"]
    elif kind == "text":
        (lesson,) = [lesson for lesson in LESSONS if lesson.name.startswith(rest)]
        text = " ".join(re.sub(r"\n#? *", " ", lesson.read_text("utf-8")).split())
        number = re.escape(quoted.removesuffix(" %"))
        if not re.search(rf"(?<![\d.]){number}(?!\d|\.\d)", text):
            return [f"{quoted}: lesson {rest} does not say so any more"]
    elif kind == "printed":
        try:
            printed = record_lessons.printed_by(rest)
        except (LookupError, ValueError) as error:
            return [f"{quoted}: {error}"]
        if not is_printed(quoted, printed):
            return [f"{quoted}: lesson {rest} does not print it"]
    elif kind == "recorded":
        if rest not in LESSON_NUMBERS:
            return [f"there is no lesson {rest}"]
    elif source != "given":
        return [f"{source!r} is no source"]
    return []


def read_numbers():
    """Return {(deck, heading): {quoted: source}}."""
    numbers = {}
    with NUMBERS_FILE.open(encoding="utf-8", newline="") as file:
        for line in csv.DictReader(file):
            page = numbers.setdefault((line["deck"], line["page"]), {})
            page[line["number"]] = line["source"]
    return numbers


def test_every_number_has_a_source_and_agrees_with_it():
    measured, numbers, faults = read_results(), read_numbers(), []
    shown = {}
    for deck in DECKS:
        for page in slides_of(deck.read_text(encoding="utf-8")):
            heading = re.search(r"^##? (.+)$", page, re.M)[1]
            found = shown.setdefault((deck.stem, heading), set())
            found |= quoted_numbers(page)
    for page in shown.keys() | numbers.keys():
        on_page, in_file = shown.get(page, set()), numbers.get(page, {})
        for number in on_page - in_file.keys():
            faults.append(f"{page}: {number}, where does it come from?")
        for number in in_file.keys() - on_page:
            faults.append(f"{page}: {number} is not on the page")
        for number, source in in_file.items():
            for fault in faults_of_a_number(number, source, measured):
                faults.append(f"{page}: {fault}")
    advice = "\nA number's source is a line of slides/numbers.csv."
    assert not faults, "\n".join(sorted(faults)) + advice


def test_wrong_numbers_are_found():
    measured = read_results()
    page = (
        "## A page\n51 to 53, and 0.5 (4.09)\n<!-- 12 % of `1.5`, arXiv:1406.1078 -->"
    )
    assert quoted_numbers(page) == {"0.5", "12 %"}
    assert faults_of_a_number("51.1 to 53.0", "4.09 backtest_lstm", measured) == []
    assert faults_of_a_number("117.39", "4.02 product_by_hand", measured) == []
    assert faults_of_a_number("50 to 61 %", "4.09 coverage_lstm", measured) == []
    assert faults_of_a_number("0.14", "text 4.02", measured) == []
    for quoted, source in (
        ("50.1 to 53.0", "4.09 backtest_lstm"),
        ("50 to 60 %", "4.09 coverage_lstm"),
        ("0.5", "4.09 no_such_result"),
        ("0.123456", "text 4.02"),
        ("0.5", "printed 9.99"),
        ("0.1234", "printed 4.03"),
        ("0.5", "somebody"),
    ):
        assert len(faults_of_a_number(quoted, source, measured)) == 1, source
