"""Compute the guide's timetables, so that their sums are right.

    python tools/plan_days.py

Reads ``slides/plans.toml`` (what is taught when), the minutes of each lesson in
``slides/instructor_guide.md``, and which pages of the decks name the lesson at their
foot. Writes ``slides/timetables.md``: clock times, pages and minutes of each half-day.
A half-day that is too full or too empty, a lesson out of order, a plan that leaves out
what it promises, and pages that take more than half of their lesson's minutes are
refused.
"""

import math
import re
import sys
import tomllib

from build_slides import SLIDES_DIR, decks

GUIDE_FILE = SLIDES_DIR / "instructor_guide.md"
PLANS_FILE = SLIDES_DIR / "plans.toml"
TIMETABLES_FILE = SLIDES_DIR / "timetables.md"
LESSON = re.compile(r"\d\.\d\d")


def lesson_minutes(guide):
    """Return {lesson: minutes} from the tables of the instructor's guide."""
    rows = re.findall(r"^\| (\d\.\d\d) \| (\d+) \|", guide, re.M)
    return {lesson: int(minutes) for lesson, minutes in rows}


def lessons_at_foot(slide):
    """Return the lessons that a page belongs to, by its foot.

    A foot may name a span of lessons, "1.05 to 1.09"; a page for more than five, "4.01
    to 4.12", belongs to none of them.
    """
    foot = re.search(r'_footer: "([^"]*)"', slide)
    lessons = LESSON.findall(foot[1]) if foot else []
    if foot and " to " in foot[1]:
        first, last = (round(100 * float(lesson)) for lesson in lessons)
        span = range(first, last + 1)
        lessons = [f"{n / 100:.2f}" for n in span] if len(span) <= 5 else []
    return lessons


def lesson_pages(texts):
    """Return {lesson: its pages}, such as ``P4 17-19``.

    ``texts`` is {a deck's short name: its Markdown}.
    """
    pages = {}
    for deck, text in texts.items():
        for number, slide in enumerate(text.split("\n---\n")[1:], 1):
            for lesson in lessons_at_foot(slide):
                pages.setdefault(lesson, {}).setdefault(deck, []).append(number)
    return {lesson: written(found) for lesson, found in pages.items()}


def page_minutes(texts):
    """Return {lesson: the minutes of its pages}, by the line *Minutes* of their notes.

    Lessons that share a page share its minutes.
    """
    totals = {}
    for text in texts.values():
        for slide in text.split("\n---\n")[1:]:
            lessons = lessons_at_foot(slide)
            note = re.search(r"^Minutes: (\d+)", slide, re.M)
            for lesson in lessons if note else []:
                share = int(note[1]) / len(lessons)
                totals[lesson] = totals.get(lesson, 0) + share
    return totals


def page_faults(minutes, totals, opening):
    """Return the lessons whose pages leave less than half of the time to the script.

    ``opening`` lists the lessons whose pages the opening shows.
    """
    faults = []
    for lesson, length in minutes.items():
        total = totals.get(lesson, 0)
        if total > length / 2 and lesson not in opening:
            faults.append(
                f"{lesson}: its pages take {total:.0f} minutes by their notes, and it "
                f"has {length} by the guide; half of them belong to the script"
            )
    return faults


def written(found):
    """Write {deck: page numbers} in short: ``P1 34-36, 41``."""
    texts = []
    for deck, numbers in found.items():
        spans = []
        for number in numbers:
            if spans and spans[-1][1] == number - 1:
                spans[-1][1] = number
            else:
                spans.append([number, number])
        parts = [f"{a}" if a == b else f"{a}-{b}" for a, b in spans]
        texts.append(f"{deck} {', '.join(parts)}")
    return "; ".join(texts)


def read_item(item, minutes):
    """Return (what, its lesson or None, its minutes) of an item of a plan.

    Raises
    ------
    ValueError
        It is neither a lesson of the guide nor something with its minutes.
    """
    what, _, rest = item.partition(" ")
    if LESSON.fullmatch(what):
        if what not in minutes:
            raise ValueError(f"{what} has no row in {GUIDE_FILE.name}.")
        if rest == "":
            return what, what, minutes[what]
        if rest == "short":
            return f"{what}, short", what, 5 * math.ceil(minutes[what] / 10)
    length, _, details = rest.partition(": ")
    if length.isdigit():
        return f"{what}: {details}" if details else what, None, int(length)
    raise ValueError(
        f"'{item}': write '1.11', '1.11 short', 'break 15' or 'exercises 20: which'."
    )


def clock(start, minutes):
    """Return the time of day some minutes after ``start``, both as 09:00."""
    hours, past = start.split(":")
    total = 60 * int(hours) + int(past) + minutes
    return f"{total // 60:02}:{total % 60:02}"


def half_day_table(half_day, minutes, pages):
    """Return a half-day's lines, its lessons, and its minutes in all."""
    lines = [f"**{half_day['name']}**", "", "| clock | what | pages | minutes |"]
    lines.append("| --- | --- | --- | --- |")
    lessons = []
    total = 0
    for item in half_day["items"]:
        what, lesson, length = read_item(item, minutes)
        time = clock(half_day["start"], total)
        shown = pages.get(lesson, "none") if lesson else ""
        lines.append(f"| {time} | {what} | {shown} | {length} |")
        total += length
        if lesson:
            lessons.append(lesson)
    end = clock(half_day["start"], total)
    lines += [f"| {end} | end | | **{total}** |", ""]
    return lines, lessons, total


def plan_faults(plan, taught, totals, minutes, rules):
    """Return what is wrong with a plan, as sentences."""
    faults = []
    most = rules["half_day_minutes"]
    least = most - rules["left_free_at_most"]
    for half_day, total in zip(plan["half_day"], totals):
        name = half_day["name"]
        if total > most:
            faults.append(f"{name}: {total} minutes, {total - most} too many")
        if total < least:
            faults.append(f"{name}: {total} minutes, {least - total} too few")
        words = [item.split()[0] for item in half_day["items"]]
        for needed in ("break", "exercises"):
            if needed not in words:
                faults.append(f"{name} has no {needed}")
    if taught != sorted(taught):
        faults.append("lessons are out of order")
    if len(taught) != len(set(taught)):
        faults.append("a lesson is taught twice")
    programme = set(minutes) - set(rules["beyond_the_programme"])
    missing = sorted(programme - set(taught))
    if plan.get("whole_programme") and missing:
        faults.append(f"left out: {', '.join(missing)}")
    return [f"{plan['title']}: {fault}" for fault in faults]


def timetables(rules, minutes, pages):
    """Return the page of timetables.

    Raises
    ------
    ValueError
        A plan does not work out.
    """
    lines = [
        "# Timetables",
        "",
        "Made by `python tools/plan_days.py` from `plans.toml`; edit that. P4 17-19",
        "are pages 17 to 19 of part 4's slides, A those of the annexure. *Short* is",
        "half the time: slides and the main figure; the participants run it at home.",
        "",
    ]
    faults = []
    for plan in rules["plan"]:
        lines += [f"## {plan['title']}", "", plan["about"], ""]
        taught, totals = [], []
        for half_day in plan["half_day"]:
            table, lessons, total = half_day_table(half_day, minutes, pages)
            lines += table
            taught += lessons
            totals.append(total)
        homework = [lesson for lesson in minutes if lesson not in taught]
        lines += [
            f"In all {sum(totals)} minutes in {len(totals)} half-days, "
            f"{len(taught)} of {len(minutes)} lessons. "
            f"Homework: {', '.join(homework)}.",
            "",
        ]
        faults += plan_faults(plan, taught, totals, minutes, rules)
    if faults:
        raise ValueError("\n".join(faults))
    return "\n".join(lines)


def make():
    """Return the page of timetables from the files of the course.

    Raises
    ------
    ValueError
        A plan does not work out, or a lesson's pages take too long.
    """
    rules = tomllib.loads(PLANS_FILE.read_text(encoding="utf-8"))
    minutes = lesson_minutes(GUIDE_FILE.read_text(encoding="utf-8"))
    texts = {}
    for deck in sorted(decks(), key=lambda deck: deck.stem == "annexure"):
        name = "A" if deck.stem == "annexure" else f"P{deck.stem[4]}"
        texts[name] = deck.read_text(encoding="utf-8")
    opening = rules["shown_in_the_opening"]
    faults = page_faults(minutes, page_minutes(texts), opening)
    if faults:
        raise ValueError("\n".join(faults))
    return timetables(rules, minutes, lesson_pages(texts))


def main():
    """Write the page, or say what does not work out."""
    try:
        page = make()
    except ValueError as error:
        sys.exit(str(error))
    TIMETABLES_FILE.write_text(page, encoding="utf-8", newline="\n")
    print(TIMETABLES_FILE.name)


if __name__ == "__main__":
    main()
