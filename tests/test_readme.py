"""README.md and software_list.txt against the files: the map, the links, the commands,
the pinned versions."""

import ast
import re

import pytest
from conftest import LESSONS

from measure_lessons import read_measurements
from run_lesson import COURSE_DIR

README = (COURSE_DIR / "README.md").read_text(encoding="utf-8")
MAP_ROW = re.compile(r"^\| \[(\d\.\d\d)\]\(([^)]+)\) (.+)$", re.M)


def faults_in_map(readme, lessons):
    """Return what the course map of ``readme`` lacks for ``lessons`` (paths below the
    course), as sentences."""
    faults = []
    rows = MAP_ROW.findall(readme)
    for lesson in lessons:
        if [path for _, path, _ in rows].count(lesson) != 1:
            faults.append(f"{lesson} does not have one row")
    for number, path, rest in rows:
        if path not in lessons or number not in path:
            faults.append(
                f"the row of {number} links to {path}, which is no such lesson"
            )
        cells = [cell.strip() for cell in rest.rstrip(" |").split(" | ")]
        if len(cells) != 5 or not all(cells) or not re.fullmatch(r"\d+", cells[-1]):
            faults.append(
                f"the row of {number} needs: title | able to | data | expect | seconds"
            )
    return faults


def test_every_lesson_has_its_row():
    faults = faults_in_map(
        README, [lesson.relative_to(COURSE_DIR).as_posix() for lesson in LESSONS]
    )
    assert not faults, "\n".join(faults)


def test_titles_of_the_map_are_those_of_the_lessons():
    titles = {}
    for lesson in LESSONS:
        docstring = ast.get_docstring(ast.parse(lesson.read_text(encoding="utf-8")))
        titles[lesson.name[:4]] = docstring.split("\n")[0]
    for number, _, rest in MAP_ROW.findall(README):
        assert f"{number} {rest.split(' | ')[0]}" == titles[number]


def faults_in_seconds(readme, measurements):
    """Compare the map's seconds with {number: seconds measured}; return the faults."""
    faults = []
    for number, _, rest in MAP_ROW.findall(readme):
        seconds = rest.rstrip(" |").split(" | ")[-1].strip()
        if number not in measurements:
            faults.append(
                f"{number} was not measured: python tools/measure_lessons.py {number}"
            )
        elif seconds != f"{measurements[number]:.0f}":
            faults.append(
                f"{number} takes {measurements[number]:.0f} s, README says {seconds}"
            )
    return faults


def test_seconds_of_the_map_are_the_measured_ones():
    faults = faults_in_seconds(README, read_measurements()["seconds"].to_dict())
    assert not faults, "\n".join(faults)


def test_seconds_in_the_lessons_are_the_measured_ones():
    measured = read_measurements()["seconds"]
    faults = {}
    for lesson in LESSONS:
        takes = f":Takes: about {measured[lesson.name[:4]]:.0f} s on two CPU cores\n"
        if takes not in lesson.read_text(encoding="utf-8"):
            faults[lesson.name] = f"should say {takes}"
    assert not faults


@pytest.mark.parametrize("measurements", [{}, {"9.01": 6.6}, {"9.02": 5.0}])
def test_other_seconds_are_found(measurements):
    row = "| [9.01](part9/9.01_a.py) A | b | c | d | 5 |"
    assert faults_in_seconds(row, {"9.01": 5.2}) == []
    assert len(faults_in_seconds(row, measurements)) == 1


def test_rows_stand_in_order():
    numbers = [number for number, _, _ in MAP_ROW.findall(README)]
    assert numbers == sorted(numbers)


@pytest.mark.parametrize(
    "row",
    [
        "",
        "| [9.01](part9/9.01_a.py) A | b | c | d |",
        "| [9.01](part9/9.01_a.py) A | b | c | d | long |",
        "| [9.02](part9/9.01_a.py) A | b | c | d | 5 |",
        "| [9.01](part9/9.01_a.py) A | b | c | d | 5 |\n| "
        "[9.02](part9/9.02_gone.py) A | b | c | d | 5 |",
    ],
)
def test_a_fault_in_the_map_is_found(row):
    assert (
        faults_in_map(
            "| [9.01](part9/9.01_a.py) A | b | c | d | 5 |", ["part9/9.01_a.py"]
        )
        == []
    )
    assert len(faults_in_map(row, ["part9/9.01_a.py"])) == 1


def test_links_and_named_files_exist():
    named = re.findall(r"\]\((?!http)([^)]+)\)", README)
    named += re.findall(
        r"`((?:part\d|data|tests|tools|docs|slides)[\w./]*\.\w+|\w+\.(?:txt|toml|csv|xlsx))`",
        README,
    )
    kept = [path for path in named if not path.startswith("docs/_build/")]  # is built
    assert len(kept) < len(named)
    assert [path for path in kept if not (COURSE_DIR / path).exists()] == []


def test_two_commands_do_all():
    """Each of README's lines makes the environment, installs, and runs; two systems."""
    for ending in ("part1_foundation/1.00_check_installation.py", "-m pytest"):
        for start, python in (
            ("python3 -m venv .venv", ".venv/bin/python"),
            ("py -3.12 -m venv .venv", ".venv\\Scripts\\python"),
        ):
            if "Scripts" in python:
                ending = ending.replace("/", "\\")
            install = f"{python} -m pip install -r requirements.txt"
            assert f"    {start} && {install} && {python} {ending}\n" in README


def test_continuous_integration_calls_the_command_of_the_readme():
    script = (COURSE_DIR / ".ci" / "run").read_text(encoding="utf-8")
    for command in ("-m venv", "-m pip install -r requirements.txt", "-m pytest"):
        assert command in README and re.search(rf"python3? {command}", script)


def test_every_requirement_is_pinned_to_one_version():
    lines = (COURSE_DIR / "requirements.txt").read_text(encoding="utf-8").splitlines()
    wanted = [line for line in lines if line and not line.startswith("#")]
    assert wanted[-1] == "-e ."
    assert [
        line for line in wanted[:-1] if not re.fullmatch(r"[\w.-]+==[\d.]+", line)
    ] == []


def test_texts_name_the_tensorflow_that_is_pinned():
    pinned = re.search(
        r"^tensorflow==(\S+)$",
        (COURSE_DIR / "requirements.txt").read_text(encoding="utf-8"),
        re.M,
    )[1]
    software = (COURSE_DIR / "software_list.txt").read_text(encoding="utf-8")
    assert pinned in README and pinned in software
    assert set(re.findall(r"tensorflow\S*==([\d.]+)", README + software)) == {pinned}
