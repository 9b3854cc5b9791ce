"""Every lesson that lies in the course is run, the very script that the class runs, and
judged."""

import ast
import builtins
import csv
import re
import subprocess

import pytest
from conftest import LESSONS

from run_lesson import COURSE_DIR

WIDTH = 88  # characters a line, so that a line fits beside the Variable Explorer
EXPECTED_FILE = COURSE_DIR / "tests" / "expected_results.csv"

each_lesson = pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.stem)


def read_expected(file=EXPECTED_FILE):
    """Return {lesson number: {name: (low, high)}} from the table of expected results.

    Raises
    ------
    ValueError
        A row has no reason, no bound, bounds in the wrong order, or stands there twice.
    """
    expected = {}
    with open(file, encoding="utf-8", newline="") as table:
        for row in csv.DictReader(table):
            low = float(row["low"] or "-inf")
            high = float(row["high"] or "inf")
            bounds = expected.setdefault(row["lesson"], {})
            if (
                not row["why"]
                or (low, high) == (float("-inf"), float("inf"))
                or low > high
                or row["name"] in bounds
            ):
                raise ValueError(
                    f"{file}: needs a bound, low <= high, a reason, and to stand "
                    f"there once: {row}"
                )
            bounds[row["name"]] = (low, high)
    return expected


def faults_in_form(text, number, stem):
    """Return what a lesson's source lacks, as sentences; ``number`` such as 1.02."""
    tree = ast.parse(text)
    lines = (ast.get_docstring(tree) or "").split("\n")
    faults = [
        f"no field {field} in the docstring"
        for field in (":Data:", ":Slides:", ":Takes:")
        if field not in text
    ]
    if not re.fullmatch(rf"{re.escape(number)} \S.*", lines[0]) or lines[1:2] != [
        "=" * len(lines[0])
    ]:
        faults.append(
            f"the docstring does not begin with a title '{number} …', underlined"
        )
    if not re.fullmatch(r"\d\.\d\d_[a-z0-9_]+", stem):
        faults.append("the name is not NN.MM_words_in_snake_case.py")
    titles = re.findall(r"^# %% (\S.*)$", text, re.M)
    if len(titles) < 3:
        faults.append("fewer than three cells with a title: # %% What copies?")
    if re.search(r"^# %%.*\n(?!# \S)", text, re.M):
        faults.append("a cell does not begin with text")
    if re.search(r"^# \S.*\n# ([-=~])\1{2,}$", text, re.M):
        faults.append("a heading is underlined; titles stand on the marker: # %% Title")
    if "Try it yourself" not in titles:
        faults.append("no cell 'Try it yourself'")
    if "\nprint(results)\n" not in text:
        faults.append("results is not printed")
    for number, line in enumerate(text.split("\n"), 1):
        if len(line) > WIDTH:
            faults.append(
                f"line {number} has {len(line)} characters, more than {WIDTH}"
            )
    aged = {"lr": "learning_rate", "input_shape": "tf.keras.Input"}
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    faults += [
        f"line {call.lineno}: {k.arg}=, use {aged[k.arg]}"
        for call in calls
        for k in call.keywords
        if k.arg in aged
    ]
    faults += [
        f"line {node.lineno}: a bare expression, Spyder shows nothing"
        for node in tree.body[1:]
        if isinstance(node, ast.Expr) and not isinstance(node.value, ast.Call)
    ]
    faults += [
        f"an exercise uses {name}, which no line of the lesson or exercise makes"
        for name in names_from_nowhere(text)
    ]
    return faults


def words_in(tree):
    """Return all words that a source uses as a name, an argument or within a string."""
    words = set()
    for node in ast.walk(tree):
        for field in ("id", "attr", "arg", "name", "asname", "value"):
            value = getattr(node, field, None)
            words |= set(re.findall(r"\w+", value)) if isinstance(value, str) else set()
    return words


def names_from_nowhere(text):
    """Return the names in back quotes in "Try it yourself" that nothing makes.

    A name is made where the lesson has the word, where the exercise assigns it, or
    where Python has it.
    """
    known = words_in(ast.parse(text)) | set(dir(builtins))
    cell = text.split("# %% Try it yourself\n")[-1].split("\n\n")[0]
    used = []
    for span in re.findall(r"``(.+?)``", re.sub(r"\n# *", " ", cell)):
        try:
            tree = ast.parse(span)
        except SyntaxError:  # a path, a command
            continue
        imports = [n for n in ast.walk(tree) if isinstance(n, ast.alias)]
        known |= {alias.asname or alias.name for alias in imports}
        names = [n for n in ast.walk(tree) if isinstance(n, ast.Name)]
        known |= {name.id for name in names if isinstance(name.ctx, ast.Store)}
        used += [name.id for name in names if isinstance(name.ctx, ast.Load)]
    return [name for name in used if name not in known]


def faults_in_figures(figures):
    """Return what the figures that a lesson has shown lack, as a list of sentences."""
    faults = []
    for count, figure in enumerate(figures, 1):
        if not figure["titles"]:
            faults.append(f"figure {count} has no title")
        if figure["has_axes"] and not (figure["xlabels"] and figure["ylabels"]):
            faults.append(f"figure {count} has unlabelled axes")
    return faults


def faults_in_results(results, expected):
    """Compare a dict of results with {name: (low, high)}; return the faults."""
    faults = [
        f"{name} is expected, but not in the results"
        for name in expected
        if name not in results
    ]
    for name, value in results.items():
        if name not in expected:
            faults.append(f"{name} has no row in expected_results.csv")
        elif (
            not isinstance(value, int | float)
            or not expected[name][0] <= value <= expected[name][1]
        ):
            faults.append(
                f"{name} is {value}, expected {expected[name][0]} to "
                f"{expected[name][1]}"
            )
    return faults


def faults_in_output(output, source):
    """Return what a console of another alphabet could not write, as sentences.

    A lesson that imports ``course_data`` shows ? for a sign that the console lacks, and
    should need that on no western Windows, cp1252; any other lesson prints ASCII.
    Keras' tables and tqdm's bars are left out: both notice, and take other characters.
    """
    drawn = set("─━│┃┏┓└┘├┡┤┩┳┴┼╇█▏▎▍▌▋▊▉")
    alphabet = "cp1252" if "course_data" in source else "ascii"
    odd = {c for c in set(output) - drawn if not c.encode(alphabet, "ignore")}
    return [f"prints {c!r}, which is not in {alphabet}" for c in sorted(odd)]


def git_status():
    """Return what git says of the course's files, or None outside a git checkout."""
    process = subprocess.run(
        ["git", "--no-optional-locks", "status", "--porcelain"],
        cwd=COURSE_DIR,
        capture_output=True,
        text=True,
    )
    return process.stdout if process.returncode == 0 else None


def test_lessons_are_found():
    assert len({lesson.name[:4] for lesson in LESSONS}) == len(LESSONS) > 0, (
        "no lessons, or one number twice"
    )


def test_every_expectation_has_its_lesson():
    assert set(read_expected()) <= {lesson.name[:4] for lesson in LESSONS}


@each_lesson
def test_form(lesson):
    faults = faults_in_form(
        lesson.read_text(encoding="utf-8"), lesson.name[:4], lesson.stem
    )
    assert not faults, "\n".join(faults)


@each_lesson
def test_run(lesson, run_once, record_property):
    expected = read_expected().get(lesson.name[:4])
    assert expected, f"{lesson.name} has no rows in tests/expected_results.csv"
    status = git_status()
    run = run_once(lesson)
    record_property("results", run.results)  # --junitxml=report.xml keeps them
    assert run.returncode != -9, "killed from outside: is the memory full?"
    assert run.returncode == 0, run.output[-3000:] + run.errors[-3000:]
    assert run.results, "the lesson leaves no results"
    faults = faults_in_results(
        {**run.results, "figures": len(run.figures)}, expected
    ) + faults_in_figures(run.figures)
    faults += [
        text for text in run.warnings if re.search("deprecat|FutureWarning", text, re.I)
    ]
    faults += faults_in_output(run.output, lesson.read_text(encoding="utf-8"))
    faults += [f"left running: {command}" for command in run.left_behind]
    if git_status() != status:
        faults.append(f"left the repository changed: {git_status()}")
    assert not faults, "\n".join(faults)


# The judges themselves: each fault is found.

GOOD = '''"""
9.01 A lesson
=============

:Data: none
:Slides: part 9
:Takes: 1 s
"""

# %% One
# Text.

# %%
# More text.

# %% Two
# Text.

# %% Try it yourself
# Text.

results = {"a": 1}
print(results)
'''


def test_a_good_lesson_has_no_faults_in_form():
    assert faults_in_form(GOOD, "9.01", "9.01_a_lesson") == []


@pytest.mark.parametrize(
    "old, new",
    [
        (":Data: none\n", ""),
        (":Slides: part 9\n", ""),
        (":Takes: 1 s\n", ""),
        ("9.01 A lesson", "9.02 A lesson"),
        ("=============", "==="),
        ("# %% Two\n", "# %%\n"),
        ("# %% Two\n# Text.\n", "# %% Two\nx = 1\n"),
        ("# %%\n# More text.\n", "# %%\n"),
        ("# More text.\n", "# Three\n# -----\n# More text.\n"),
        ("%% Try it yourself", "%% Now it is yours"),
        ("print(results)\n", ""),
        ("print(results)\n", "results\nprint(results)\n"),
        ("# More text.\n", "# " + "x" * 87 + "\n"),
        ("print(results)\n", "adam = Adam(lr=0.1)\nprint(results)\n"),
        ("print(results)\n", "layer = Dense(3, input_shape=(2,))\nprint(results)\n"),
        ("Try it yourself\n# Text", "Try it yourself\n# 1. ``y = 2 * x_test``"),
    ],
)
def test_a_fault_in_form_is_found(old, new):
    assert old in GOOD
    assert len(faults_in_form(GOOD.replace(old, new, 1), "9.01", "9.01_a_lesson")) == 1


@pytest.mark.parametrize(
    "results",
    [
        {},
        {"a": 3},
        {"a": 0.9},
        {"a": float("nan")},
        {"a": "1"},
        {"a": 1, "not_expected": 1},
    ],
)
def test_wrong_results_are_found(results):
    assert faults_in_results({"a": 1}, {"a": (1, 2)}) == []
    assert len(faults_in_results(results, {"a": (1, 2)})) == 1


def test_unlabelled_figures_are_found():
    good = {"titles": ["t"], "xlabels": ["x"], "ylabels": ["y"], "has_axes": True}
    assert faults_in_figures([good, {**good, "xlabels": [], "has_axes": False}]) == []
    assert (
        len(faults_in_figures([{**good, "titles": []}, {**good, "ylabels": []}])) == 2
    )


def test_a_character_that_windows_cannot_write_is_found():
    helped = "import course_data"
    assert faults_in_output("3 × 3, 4 mpg² ± 1, └───┘ █▌", helped) == []
    assert faults_in_output("4 → 3", helped) == ["prints '→', which is not in cp1252"]
    assert faults_in_output("3 × 3", "") == ["prints '×', which is not in ascii"]


@pytest.mark.parametrize(
    "row",
    ["9.01,a,,,why", "9.01,a,2,1,why", "9.01,a,1,2,", "9.01,a,1,2,why\n9.01,a,1,2,why"],
)
def test_a_wrong_row_of_the_table_is_refused(row, tmp_path):
    table = tmp_path / "expected.csv"
    table.write_text(f"lesson,name,low,high,why\n{row}\n", encoding="utf-8")
    with pytest.raises(ValueError, match="needs a bound"):
        read_expected(table)
