"""Make a PDF and a web page of every deck.

    python tools/build_slides.py                  all decks
    python tools/build_slides.py part3_cnn        one of them

Needs Node.js (its command npx fetches Marp CLI once) and Chromium or Chrome. The PDFs
and ``built.json``, which says what each was made from, are committed; the web pages go
to ``outputs/slides``.
"""

import argparse
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

COURSE_DIR = Path(__file__).resolve().parent.parent
SLIDES_DIR = COURSE_DIR / "slides"
WEB_DIR = COURSE_DIR / "outputs" / "slides"
BUILT_FILE = SLIDES_DIR / "built.json"
THEME = SLIDES_DIR / "course.css"
MARP = "@marp-team/marp-cli@4.5.1"
BROWSERS = ["chromium", "chromium-browser", "google-chrome", "chrome"]


def decks():
    """Return the paths of the decks, the Markdown files that Marp is to read."""
    files = sorted(SLIDES_DIR.glob("*.md"))
    return [f for f in files if f.read_text(encoding="utf-8").startswith("---\nmarp:")]


def pictures(deck):
    """Return the paths of the pictures that a deck shows, in order, each once."""
    names = re.findall(r"!\[[^\]]*\]\(([^)]+)\)", deck.read_text(encoding="utf-8"))
    return [SLIDES_DIR / name for name in dict.fromkeys(names)]


def digest(deck):
    """Return what a deck's PDF depends on, as one SHA-256: text, pictures, theme."""
    total = hashlib.sha256()
    for file in (deck, THEME, *pictures(deck)):
        content = file.read_bytes()
        if file.suffix in (".md", ".css"):  # the same on Windows
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


def marp(deck, target):
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
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        environment["CHROME_NO_SANDBOX"] = "1"  # Chromium refuses root otherwise
    command = [npx, "--yes", MARP, "--theme-set", str(THEME), "--allow-local-files"]
    command += ["--no-stdin", str(deck), "--output", str(target)]
    subprocess.run(command, env=environment, check=True)


def build(deck):
    """Make the web page and the PDF of a deck, and note what they were made from."""
    WEB_DIR.mkdir(parents=True, exist_ok=True)
    shutil.copytree(SLIDES_DIR / "figures", WEB_DIR / "figures", dirs_exist_ok=True)
    marp(deck, WEB_DIR / f"{deck.stem}.html")
    marp(deck, deck.with_suffix(".pdf"))
    built = {**read_built(), deck.stem: digest(deck)}
    BUILT_FILE.write_text(json.dumps(built, indent=2, sort_keys=True) + "\n", "utf-8")


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", help="decks; all if left out")
    names = parser.parse_args().names
    known = {deck.stem: deck for deck in decks()}
    for name in names:
        if name not in known:
            parser.error(f"There is no deck {name}: name one of {', '.join(known)}.")
    for name in names or known:
        try:
            missing = [file.name for file in pictures(known[name]) if not file.exists()]
            if missing:
                raise FileNotFoundError(
                    f"{name} shows {', '.join(missing)}: python tools/draw_figures.py "
                    "--lessons"
                )
            build(known[name])
        except FileNotFoundError as error:
            sys.exit(str(error))
    return 0


if __name__ == "__main__":
    sys.exit(main())
