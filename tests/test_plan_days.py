"""The timetables: their sums, their pages, and plans that do not work out."""

import pytest

import plan_days

EXERCISES = "exercises 20: tasks 1 and 2"
MINUTES = {"1.00": 10, "1.01": 30, "1.02": 25}
RULES = {
    "half_day_minutes": 90,
    "left_free_at_most": 15,
    "beyond_the_programme": ["1.00"],
    "plan": [
        {
            "title": "A day",
            "about": "Every topic.",
            "whole_programme": True,
            "half_day": [
                {
                    "name": "Morning",
                    "start": "09:30",
                    "items": ["1.01", "break 15", "1.02", EXERCISES],
                }
            ],
        }
    ],
}


def with_items(*items):
    """Return the rules with other items in their only half-day."""
    half_day = {**RULES["plan"][0]["half_day"][0], "items": list(items)}
    return {**RULES, "plan": [{**RULES["plan"][0], "half_day": [half_day]}]}


def test_the_timetables_are_up_to_date():
    page = plan_days.TIMETABLES_FILE.read_text(encoding="utf-8")
    assert page == plan_days.make(), "run python tools/plan_days.py"


def test_clock_and_sum():
    page = plan_days.timetables(RULES, MINUTES, {"1.01": "P1 3-4"})
    assert "| 09:30 | 1.01 | P1 3-4 | 30 |" in page
    assert "| 10:15 | 1.02 | none | 25 |" in page
    assert "| 10:40 | exercises: tasks 1 and 2 |  | 20 |" in page
    assert "| 11:00 | end | | **90** |" in page
    assert "Homework: 1.00." in page


@pytest.mark.parametrize(
    ("items", "fault"),
    [
        (["1.01", "break 15", "1.02", "exercises 25"], "5 too many"),
        (["1.01 short", "break 15", "1.02", "exercises 15"], "5 too few"),
        (["1.02", "break 15", "1.01", "exercises 20"], "out of order"),
        (["1.01", "1.01", "break 5", "exercises 20"], "taught twice"),
        (["1.01", "break 15", "opening 15", "exercises 20"], "left out: 1.02"),
        (["1.01", "1.02", "exercises 20"], "no break"),
        (["1.01", "1.02", "break 20"], "no exercises"),
        (["1.01", "1.09", "break 15", "exercises 20"], "no row"),
        (["1.01", "break", "1.02", "exercises 20"], "'break': write"),
    ],
)
def test_a_plan_that_does_not_work_out_is_refused(items, fault):
    with pytest.raises(ValueError, match=fault):
        plan_days.timetables(with_items(*items), MINUTES, {})


def test_pages_leave_half_of_the_time_to_the_script():
    page = '\n---\n<!-- _footer: "Lesson{}" -->\n<!-- Open: so.\nMinutes: {}. -->'
    texts = {"P1": "head" + page.format(" 1.01", 10) + page.format("s 1.01, 1.02", 14)}
    totals = plan_days.page_minutes(texts)
    assert totals == {"1.01": 17, "1.02": 7}
    (fault,) = plan_days.page_faults(MINUTES, totals, opening=[])
    assert fault.startswith(
        "1.01: its pages take 17 minutes by their notes, and it has"
    )
    assert plan_days.page_faults(MINUTES, totals, opening=["1.01"]) == []


def test_pages_of_a_lesson():
    foot = '\n---\n<!-- _footer: "Lesson 1.01" -->\n'
    wide = '\n---\n<!-- _footer: "Lessons 1.00 to 1.12" -->\n'
    span = '\n---\n<!-- _footer: "Lessons 1.01 to 1.02" -->\n'
    text = "head" + wide + foot + foot + wide + foot
    assert plan_days.lesson_pages({"P1": text}) == {"1.01": "P1 2-3, 5"}
    pages = plan_days.lesson_pages({"P1": text + span})
    assert pages == {"1.01": "P1 2-3, 5-6", "1.02": "P1 6"}
