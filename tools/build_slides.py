"""Make a PDF, a notes booklet and a web page of every deck.

    python tools/build_slides.py                    all decks
    python tools/build_slides.py part3_cnn          one of them
    python tools/build_slides.py --check part3_cnn  only look for faults in the layout

Needs Node.js (its command npx fetches Marp CLI once) and Chromium or Chrome. Made are

* ``NAME.pdf``, to project and to hand out,
* ``NAME_notes.pdf``, a page and its presenter notes on each sheet, to print,
* ``outputs/slides/NAME.html``, one file with everything in it: open it in a browser and
  press p for the presenter's view (notes, next page, clock).

The PDFs and ``built.json``, which says what each was made from, are committed. A deck
whose text is cut off, too small, or too near to an edge is not built.
"""

import argparse
import base64
import hashlib
import html
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

COURSE_DIR = Path(__file__).resolve().parent.parent
SLIDES_DIR = COURSE_DIR / "slides"
WEB_DIR = COURSE_DIR / "outputs" / "slides"
BUILT_FILE = SLIDES_DIR / "built.json"
THEME = SLIDES_DIR / "course.css"
MARP = "@marp-team/marp-cli@4.5.1"
BROWSERS = ["chromium", "chromium-browser", "google-chrome", "chrome"]
EDGE = 40  # pixels of the slide that stay free
SMALLEST_LETTERS = 20
MEDIA = {".svg": "image/svg+xml", ".png": "image/png", ".woff": "font/woff"}

# What a browser says about a deck: text outside the slide's safe area, code that is cut
# off, letters that the last row cannot read.
LOOK_FOR_FAULTS = """
<script>
const EDGE = %d, SMALLEST = %d;
function faultsOf(section, number) {
  const frame = section.getBoundingClientRect();
  const scale = frame.width / 1280;
  const foot = section.querySelector("footer");
  const low = foot ? (foot.getBoundingClientRect().top - frame.top) / scale : 632;
  const faults = [];
  for (const part of section.querySelectorAll("h1,h2,h3,p,li,td,th,pre,img,div")) {
    if (part.closest("footer")) continue;
    const place = part.getBoundingClientRect();
    if (!place.width || !place.height) continue;
    const left = (place.left - frame.left) / scale;
    const right = 1280 - (place.right - frame.left) / scale;
    const bottom = (place.bottom - frame.top) / scale;
    const text = (part.alt || part.textContent).trim().slice(0, 40);
    const name = part.tagName.toLowerCase() + " '" + text + "'";
    if (left < EDGE - 1) faults.push(name + ": " + left.toFixed(0) + " to the left");
    if (right < EDGE - 1) faults.push(name + ": " + right.toFixed(0) + " to the right");
    if (bottom > low + 1) faults.push(name + " runs into the foot");
    if (part.tagName === "PRE" && part.scrollWidth > part.clientWidth + 1)
      faults.push(name + " has lines that are cut off");
    const letters = parseFloat(getComputedStyle(part).fontSize);
    if (text && !part.children.length && letters < SMALLEST)
      faults.push(name + " has letters of " + letters.toFixed(0) + " pixels");
  }
  return faults.map((fault) => "page " + number + ": " + fault);
}
document.fonts.ready.then(() => {
  const sections = [...document.querySelectorAll("section")];
  const found = sections.flatMap((section, index) => faultsOf(section, index + 1));
  const answer = document.createElement("pre");
  answer.id = "faults";
  answer.textContent = JSON.stringify(found);
  document.body.appendChild(answer);
});
</script>
"""

BOOKLET_STYLE = """
<style>
@page { size: A4; margin: 16mm 18mm; }
@media print {
  html, body { background: white; }
  div.sheet { break-after: page; break-inside: avoid; }
  svg > foreignObject > section { break-before: auto !important; }
}
body { margin: 0; }
div.sheet > svg { display: block; width: 172mm; height: 96.8mm; }
div.sheet > svg { outline: 1px solid #999; }
div.sheet dl { font: 12.5pt/1.45 "Plex", sans-serif; color: #1d2433; margin-top: 8mm; }
div.sheet dt { font-weight: 600; margin-top: 2.5mm; }
div.sheet dd { margin: 0; }
</style>
"""


def decks():
    """Return the paths of the decks, the Markdown files that Marp is to read."""
    files = sorted(SLIDES_DIR.glob("*.md"))
    return [f for f in files if f.read_text(encoding="utf-8").startswith("---\nmarp:")]


def slides_of(text):
    """Return the slides of a deck, without its head."""
    return text.split("\n---\n")[1:]


def notes_of(slide):
    """Return the presenter notes of a slide."""
    comments = re.findall(r"<!--(.*?)-->", slide, re.S)
    settings = re.compile(r"\s*_?(class|footer|header|paginate):")
    notes = [note.strip() for note in comments if not settings.match(note)]
    return "\n".join(notes)


def pictures(deck):
    """Return the paths of the pictures that a deck shows, in order, each once."""
    names = re.findall(r"!\[[^\]]*\]\(([^)]+)\)", deck.read_text(encoding="utf-8"))
    return [SLIDES_DIR / name for name in dict.fromkeys(names)]


def fonts():
    """Return the paths of the theme's fonts."""
    return sorted((SLIDES_DIR / "fonts").glob("*.woff"))


def digest(deck):
    """Return what a deck's PDF depends on, as one SHA-256: text, pictures, theme."""
    total = hashlib.sha256()
    for file in (deck, THEME, *fonts(), *pictures(deck)):
        content = file.read_bytes()
        if file.suffix in (".md", ".css", ".svg"):  # the same on Windows
            content = content.replace(b"\r\n", b"\n")
        total.update(hashlib.sha256(content).digest())
    return total.hexdigest()


def read_built():
    """Return {deck's name: digest} of the PDFs as they were made."""
    if not BUILT_FILE.exists():
        return {}
    return json.loads(BUILT_FILE.read_text(encoding="utf-8"))


def find_browser():
    """Return the path of a browser that Marp can print with.

    Raises
    ------
    FileNotFoundError
        There is none.
    """
    for name in [os.environ.get("CHROME_PATH", ""), *BROWSERS]:
        if name and shutil.which(name):
            return shutil.which(name)
    raise FileNotFoundError(
        "No browser found: install Chromium or Chrome, or name one in CHROME_PATH."
    )


def is_root():
    """Say whether we are root, whom Chromium refuses without --no-sandbox."""
    return hasattr(os, "geteuid") and os.geteuid() == 0


def marp(deck, target, *options):
    """Let Marp write one deck as ``target``, a .pdf or .html.

    Raises
    ------
    FileNotFoundError
        There is no Node.js, or no browser.
    subprocess.CalledProcessError
        Marp fails; what it says has been printed.
    """
    npx = shutil.which("npx")
    if npx is None:
        raise FileNotFoundError("No npx found: install Node.js 20 or newer.")
    environment = {**os.environ, "CHROME_PATH": find_browser()}
    if is_root():
        environment["CHROME_NO_SANDBOX"] = "1"
    command = [npx, "--yes", MARP, "--theme-set", str(THEME), "--allow-local-files"]
    command += ["--no-stdin", *options, str(deck), "--output", str(target)]
    subprocess.run(command, env=environment, check=True)


def browse(page, *options):
    """Let the browser open a local page without a window; return what it prints."""
    command = [find_browser(), "--headless=new", "--disable-gpu", *options]
    command += ["--virtual-time-budget=10000", "--allow-file-access-from-files"]
    if is_root():
        command.append("--no-sandbox")
    command.append(Path(page).resolve().as_uri())
    result = subprocess.run(command, check=True, capture_output=True, timeout=180)
    return result.stdout.decode("utf-8", "replace")


def as_data(file):
    """Return a file as a data address, which a page carries in itself."""
    content = base64.b64encode(file.read_bytes()).decode("ascii")
    return f"data:{MEDIA[file.suffix]};base64,{content}"


def self_contained(page):
    """Return a page's text with its pictures and fonts put into it.

    Raises
    ------
    FileNotFoundError
        A file that it shows is missing.
    """

    def put_in(match):
        before, name, after = match.groups()
        file = SLIDES_DIR / name
        if not file.exists():
            raise FileNotFoundError(f"{name} is missing: see tools/draw_figures.py.")
        return before + as_data(file) + after

    page = re.sub(r'(src=")((?:figures|fonts)/[^"]+)(")', put_in, page)
    return re.sub(r'(url\("?)((?:figures|fonts)/[^")]+)("?\))', put_in, page)


def bare_page(deck):
    """Return a deck as a plain page that has one slide below the other."""
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder, "bare.html")
        marp(deck, target, "--template", "bare")
        return self_contained(target.read_text(encoding="utf-8"))


def layout_faults(page):
    """Return what a browser finds wrong with a deck's layout, as sentences."""
    script = LOOK_FOR_FAULTS % (EDGE, SMALLEST_LETTERS)
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder, "check.html")
        target.write_text(page.replace("</body>", script + "</body>"), "utf-8")
        answer = browse(target, "--dump-dom", "--window-size=1280,720")
    found = re.search(r'<pre id="faults">(.*?)</pre>', answer, re.S)
    if not found:
        raise RuntimeError("The browser did not look at the deck: is it Chromium?")
    return json.loads(html.unescape(found[1]))


def notes_as_html(notes):
    """Return presenter notes as a list of term and text."""
    lines = []
    for line in notes.splitlines():
        label, colon, text = line.partition(": ")
        if colon and re.fullmatch(r"[A-Z]\w+", label):
            lines.append(f"<dt>{label}</dt><dd>{html.escape(text)}</dd>")
        else:
            lines.append(f"<dd>{html.escape(line)}</dd>")
    return f"<dl>{''.join(lines)}</dl>"


def booklet_page(deck, page):
    """Return a page to print: each slide, and below it its notes."""
    slides = slides_of(deck.read_text(encoding="utf-8"))
    start, *drawn = re.split(r"(?=<svg data-marpit-svg)", page)
    drawn[-1], end = drawn[-1].rsplit("</svg>", 1)
    drawn[-1] += "</svg>"
    sheets = []
    for slide, svg in zip(slides, drawn, strict=True):
        sheets.append(f'<div class="sheet">{svg}{notes_as_html(notes_of(slide))}</div>')
    page = start + "".join(sheets) + end
    page = re.sub(r"@page\s*\{[^}]*\}", "", page)
    return page.replace("</head>", BOOKLET_STYLE + "</head>")


def print_page(page, target):
    """Let the browser print a page as a PDF."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "print.html")
        source.write_text(page, encoding="utf-8")
        browse(source, "--no-pdf-header-footer", f"--print-to-pdf={target}")


def build(deck, check_only=False):
    """Make the PDFs and the web page of a deck, and note what they were made from.

    Raises
    ------
    ValueError
        Something on a page is cut off, too small, or too near to an edge.
    """
    page = bare_page(deck)
    faults = layout_faults(page)
    if faults:
        raise ValueError(f"{deck.stem} is not built:\n" + "\n".join(faults))
    if check_only:
        return
    WEB_DIR.mkdir(parents=True, exist_ok=True)
    web_page = WEB_DIR / f"{deck.stem}.html"
    marp(deck, web_page)
    text = web_page.read_text(encoding="utf-8")
    web_page.write_text(self_contained(text), encoding="utf-8")
    marp(deck, deck.with_suffix(".pdf"), "--pdf-outlines")
    print_page(booklet_page(deck, page), SLIDES_DIR / f"{deck.stem}_notes.pdf")
    built = {**read_built(), deck.stem: digest(deck)}
    BUILT_FILE.write_text(json.dumps(built, indent=2, sort_keys=True) + "\n", "utf-8")


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", help="decks; all if left out")
    parser.add_argument("--check", action="store_true", help="only look for faults")
    arguments = parser.parse_args()
    known = {deck.stem: deck for deck in decks()}
    for name in arguments.names:
        if name not in known:
            parser.error(f"There is no deck {name}: name one of {', '.join(known)}.")
    for name in arguments.names or known:
        try:
            missing = [file.name for file in pictures(known[name]) if not file.exists()]
            if missing:
                raise FileNotFoundError(
                    f"{name} shows {', '.join(missing)}: python tools/draw_figures.py "
                    "--lessons"
                )
            build(known[name], arguments.check)
        except (FileNotFoundError, ValueError) as error:
            sys.exit(str(error))
    return 0


if __name__ == "__main__":
    sys.exit(main())
