"""Run lessons and keep what the slides draw and quote from them.

    python tools/record_lessons.py             those that have changed since
    python tools/record_lessons.py 4.09 4.12   only these

A lesson is run as it stands, without a window. What it prints goes to
``slides/recorded/NUMBER.txt`` if ``slides/numbers.csv`` quotes it (``printed 4.03``),
so that the tests can find each number in it; what a slide draws of it, numbers,
pictures or text, goes to ``slides/recorded/NUMBER.json``. These files are committed, so
that ``draw_vectors.py`` draws a slide's figure in the slide's own size and colours,
without running the lesson again.
"""

import argparse
import contextlib
import csv
import hashlib
import io
import json
import re
import runpy
import sys
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt

from measure_lessons import find_lessons
from run_lesson import run_lesson

COURSE_DIR = Path(__file__).resolve().parent.parent
RECORDED_DIR = COURSE_DIR / "slides" / "recorded"
NUMBERS_FILE = COURSE_DIR / "slides" / "numbers.csv"


def rounded(values, digits=2):
    """Return an array or a list as a list of rounded floats."""
    return [round(float(value), digits) for value in values]


def record_4_09(lesson, printed):
    """The forecast of the years 1984 to 1994, with intervals."""
    counted = lesson["counted"]
    kept = {
        "counted_years": [int(year) for year in counted.index.year],
        "counted": rounded(counted, 1),
        "years": [int(year) for year in lesson["future_years"]],
        "lstm": [rounded(forecast, 1) for forecast in lesson["future_lstm"]],
        "cycle": rounded(lesson["future"]["a cycle ago"], 1),
    }
    for short, name in (("lstm", "LSTM"), ("cycle", "a cycle ago")):
        low, high = lesson["interval"](lesson["future"][name], lesson["errors"][name])
        kept |= {f"{short}_low": rounded(low, 1), f"{short}_high": rounded(high, 1)}
    return kept


def record_4_12(lesson, printed):
    """What the network writes at three temperatures, as the lesson prints it."""
    samples = re.split(r"---- temperature ([\d.]+): ROMEO:\n", printed)[1:]
    texts, known, invented = {}, {}, {}
    for temperature, text in zip(samples[::2], samples[1::2]):
        texts[temperature] = text[:400]
        share = lesson["temperatures"].loc[float(temperature), "known words"]
        known[temperature] = round(float(share), 3)
        words = dict.fromkeys(
            lesson["words_of"](text[:400])[:-1]
        )  # the last may be cut
        invented[temperature] = [w for w in words if w not in lesson["known_words"]]
    return {"samples": texts, "known_words": known, "invented": invented}


def record_5_14(lesson, printed):
    """One picture and five that augmentation makes of it, 28 x 28 numbers each."""
    for number in plt.get_fignums():
        axes = plt.figure(number).axes
        if axes[0].get_title() == "picture":
            images = [axis.images[0].get_array() for axis in axes]
            return {"pictures": [[rounded(row) for row in image] for image in images]}
    raise ValueError("5.14 draws no augmented pictures any more.")


RECORDERS = {
    "4.09": record_4_09,
    "4.12": record_4_12,
    "5.14": record_5_14,
}


def code_of(number):
    """Return a short hash of a lesson's code: its lines without text and comments."""
    (lesson,) = find_lessons([number])
    code = lesson.read_text(encoding="utf-8").split('"""', 2)[2]
    lines = [line.rstrip() for line in code.splitlines()]
    kept = [line for line in lines if line and not line.lstrip().startswith("#")]
    return hashlib.sha256("\n".join(kept).encode()).hexdigest()[:12]


def printed_by(number):
    """Return what a lesson printed when it was recorded.

    Raises
    ------
    LookupError
        It was never recorded, or its code has changed since; the message names the
        command to run.
    """
    file = RECORDED_DIR / f"{number}.txt"
    advice = f"run python tools/record_lessons.py {number}"
    if not file.exists():
        raise LookupError(f"what lesson {number} prints was not recorded: {advice}")
    head, _, printed = file.read_text(encoding="utf-8").partition("\n")
    if head.split()[-1] != code_of(number):
        raise LookupError(f"lesson {number} has changed since its record: {advice}")
    return printed


def is_outdated(number):
    """Say whether a lesson was never recorded, or has changed since."""
    try:
        printed_by(number)
    except LookupError:
        return True
    return False


def record_printed(number):
    """Run one lesson and write down what it prints.

    Raises
    ------
    RuntimeError
        The lesson failed; nothing is written.
    """
    run = run_lesson(find_lessons([number])[0])
    if run.returncode != 0:
        raise RuntimeError(f"lesson {number} failed:\n{run.errors[-2000:]}")
    head = f"What lesson {number} printed; hash of its code: {code_of(number)}"
    printed = run.output.replace(str(COURSE_DIR), "COURSE")  # no machine's path
    lines = [line.rstrip() for line in printed.splitlines()]
    target = RECORDED_DIR / f"{number}.txt"
    target.write_text("\n".join([head, *lines]) + "\n", encoding="utf-8")
    print(f"{target.name}: {target.stat().st_size:,} bytes")


def quoted_lessons():
    """Return the numbers of the lessons whose printed output the slides quote."""
    with NUMBERS_FILE.open(encoding="utf-8", newline="") as file:
        sources = {line["source"] for line in csv.DictReader(file)}
    return sorted(s.split()[1] for s in sources if s.startswith("printed "))


def record_drawn(number):
    """Run one lesson and write down what the slides draw of it."""
    plt.close("all")
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        lesson = runpy.run_path(str(find_lessons([number])[0]), run_name="__main__")
    kept = RECORDERS[number](lesson, printed.getvalue())
    RECORDED_DIR.mkdir(exist_ok=True)
    target = RECORDED_DIR / f"{number}.json"
    target.write_text(json.dumps(kept, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"{target.name}: {target.stat().st_size:,} bytes")


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("numbers", nargs="*", help="lessons; the changed if left out")
    numbers = parser.parse_args().numbers
    quoted = quoted_lessons()
    known = sorted({*quoted, *RECORDERS})
    for number in numbers:
        if number not in known:
            parser.error(
                f"No slide records lesson {number}: name some of {', '.join(known)}, "
                "or write a recorder for it."
            )
    for number in numbers or [n for n in quoted if is_outdated(n)]:
        if number in quoted:
            record_printed(number)
        if number in RECORDERS:
            record_drawn(number)
    return 0


if __name__ == "__main__":
    sys.exit(main())
