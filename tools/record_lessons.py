"""Run lessons and keep what the slides draw from them.

    python tools/record_lessons.py             all of them, about four minutes
    python tools/record_lessons.py 4.09 4.12   only these

A lesson is run as it stands, without a window. What a slide shows of it, numbers,
pictures or text, goes to ``slides/recorded/NUMBER.json``. These files are committed, so
that ``draw_vectors.py`` draws a slide's figure in the slide's own size and colours,
without running the lesson again.
"""

import argparse
import contextlib
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

COURSE_DIR = Path(__file__).resolve().parent.parent
RECORDED_DIR = COURSE_DIR / "slides" / "recorded"


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


def record(number):
    """Run one lesson and write its file."""
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
    parser.add_argument("numbers", nargs="*", help="lessons; all if left out")
    numbers = parser.parse_args().numbers
    for number in numbers:
        if number not in RECORDERS:
            parser.error(
                f"No slide records lesson {number}: name some of "
                f"{', '.join(RECORDERS)}, or write a recorder for it."
            )
    for number in numbers or RECORDERS:
        record(number)
    return 0


if __name__ == "__main__":
    sys.exit(main())
