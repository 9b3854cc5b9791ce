"""Bad submissions get a sentence, good ones a score, and none stops the others."""

import ast
import csv
import re
import subprocess
import sys
import time

import numpy as np
import pandas as pd
import psutil
import pytest

from course_data import load_beijing_pm25, load_census_income, load_fashion_mnist
from course_exercises import EXERCISES_DIR, leaderboard
from course_exercises.leaderboard import rank, run_submission
from course_exercises.projects import (
    AHEAD,
    CALL_BRINGS,
    CALL_COSTS,
    HOURS,
    PROJECTS,
    Fault,
    mean_and_error,
    points_of,
    rows_to_score,
    training_rows,
)

EXAMPLES = EXERCISES_DIR / "solutions" / "submissions"

GOOD = """
def fit(x, y):
    return x["education_num"].quantile(0.75)

def predict(model, x):
    return (x["education_num"] > model).astype(int)
"""
FIT = "def fit(x, y):\n    return 1\n"
PREDICT = "import numpy as np\ndef predict(model, x):\n    return np.ones(len(x))\n"

BAD = {
    "syntax": ("def fit(x, y)\n    return 1", "SyntaxError"),
    "no_predict": (FIT, "There is no function predict"),
    "no_fit": (PREDICT, "There is no function fit"),
    "error_in_fit": (
        "def fit(x, y):\n    return x['salary']\n" + PREDICT,
        "error in line 2: return x['salary'] KeyError",
    ),
    "error_in_predict": (
        FIT + "def predict(model, x):\n    return model.predict(x)",
        "There is no predict in it",
    ),
    "fit_returns_none": ("def fit(x, y):\n    x.mean\n" + PREDICT, "fit returns None"),
    "predict_returns_none": (
        FIT + "def predict(model, x):\n    len(x)",
        "predict returns None",
    ),
    "exits": ("import sys\nsys.exit(1)\n", "SystemExit"),
    "dies": ("import os\nos._exit(3)\n", "exit code 3"),
    "nan": (
        FIT + PREDICT.replace("np.ones(len(x))", "np.full(len(x), np.nan)"),
        "8,140 of 8,140 answers are NaN",
    ),
    "column": (
        FIT + PREDICT.replace("np.ones(len(x))", "np.ones((len(x), 1))"),
        "A network's column becomes that with [:, 0]",
    ),
    "too_few": (
        FIT + PREDICT.replace("len(x)", "100"),
        "Are these the answers for other rows?",
    ),
    "ragged": (
        FIT + PREDICT.replace("np.ones(len(x))", "[[1], [1, 2]]"),
        "rows of different length",
    ),
    "words": (
        FIT + PREDICT.replace("np.ones(len(x))", "['>50K'] * len(x)"),
        "'>50K' for the first row, not a number",
    ),
    "probabilities": (
        FIT + PREDICT.replace("np.ones(len(x))", "np.full(len(x), 0.3)"),
        "a probability needs a decision",
    ),
    "reads_the_test_file": (
        "from course_data import load_census_income\n"
        "def fit(x, y):\n    return load_census_income()\n" + PREDICT,
        "It opens data/census_income/adult.data",
    ),
    "hides_that_it_reads": (
        "from course_data import DATA_DIR\ndef fit(x, y):\n    try:\n"
        "        open(DATA_DIR / 'census_income' / 'adult.test')\n"
        "    except OSError:\n        pass\n    return 1\n" + PREDICT,
        "It opens data/census_income/adult.test",
    ),
    "prints_a_lot": (
        "def fit(x, y):\n    while True:\n        print('x' * 10_000)\n" + PREDICT,
        "prints more than 5 MB",
    ),
}


@pytest.fixture(autouse=True)
def own_results(tmp_path, monkeypatch):
    """Each test has a table of its own."""
    file = tmp_path / "results" / "results.csv"
    monkeypatch.setattr(leaderboard, "RESULTS_FILE", file)
    return file


def write(folder, name, text):
    file = folder / f"2_{name}.py"
    file.write_text(text, encoding="utf-8")
    return file


@pytest.mark.parametrize("name", BAD)
def test_a_bad_submission_gets_a_sentence(name, tmp_path):
    text, words = BAD[name]
    line = run_submission(write(tmp_path, name, text))
    assert words in line["fault"]
    assert line["score"] == ""


IN_PROCESS = ["syntax", "no_predict", "no_fit", "predict_returns_none", "exits"]
IN_PROCESS += ["error_in_predict", "fit_returns_none", "ragged"]


@pytest.fixture(scope="session", params=PROJECTS)
def questions(request):
    """Return a project's number, ten rows to train on, their answers, ten questions."""
    x_train, y_train = training_rows(request.param)
    x, _ = rows_to_score(request.param)
    return request.param, x_train[:10], y_train[:10], x[:10]


@pytest.mark.parametrize("name", IN_PROCESS)
def test_a_bad_submission_gets_the_same_sentence_in_each_project(
    name, questions, tmp_path
):
    number, *rows = questions
    text, words = BAD[name]
    if name == "fit_returns_none":
        text = text.replace("x.mean", "len(x)")  # pictures have no such name
    file = tmp_path / f"{number}_{name}.py"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(Fault, match=words):
        leaderboard._answers(file, *rows)


def test_a_slow_submission_is_ended(tmp_path):
    slow = "import time\ndef fit(x, y):\n    time.sleep(600)\n" + PREDICT
    line = run_submission(write(tmp_path, "slow", slow), limit=5)
    assert "not ready after 5 seconds" in line["fault"]


def test_the_children_of_a_submission_are_ended(tmp_path):
    note = tmp_path / "child"
    parent = f"""
import subprocess
import sys

def fit(x, y):
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    open({str(note)!r}, "w").write(str(child.pid))
    while True:
        print("x" * 10_000)
"""
    line = run_submission(write(tmp_path, "parent", parent + PREDICT))
    assert "prints more than" in line["fault"]
    child = int(note.read_text())
    for _ in range(50):
        if not _runs(child):
            return
        time.sleep(0.1)
    raise AssertionError(f"the process {child} was left running")


def _runs(process_id):
    """Return whether a process is alive (one that has ended and waits is not)."""
    try:
        return psutil.Process(process_id).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_good_and_bad_are_ranked_and_kept(tmp_path, capsys, own_results):
    write(tmp_path, "anna", GOOD)
    write(tmp_path, "ben", BAD["error_in_fit"][0])
    write(tmp_path, "zoe", FIT + PREDICT)
    lines = rank([tmp_path])
    said = capsys.readouterr().out
    assert "   1  " in said.split("anna")[-2].splitlines()[-1]
    assert "   2  " in said.split("zoe")[-2].splitlines()[-1]
    assert "no score: ben. fit of the submission" in said
    assert "baseline: call everybody" in said
    assert [bool(line["fault"]) for line in lines] == [False, True, False]
    with own_results.open(encoding="utf-8", newline="") as file:
        assert [row["name"] for row in csv.DictReader(file)] == ["anna", "ben", "zoe"]

    rank([tmp_path])
    again = capsys.readouterr().out
    assert "2_anna.py …" not in again, "an unchanged file was run again"
    assert "2_ben.py …" in again, "a file without a score is tried again"
    assert again.split("\n\n", 1)[1] == said.split("\n\n", 1)[1]

    write(tmp_path, "anna", GOOD.replace("0.75", "0.5"))
    rank([tmp_path])
    assert "2_anna.py …" in capsys.readouterr().out


def test_one_text_in_two_projects_and_a_wrong_name(tmp_path, capsys):
    text = (
        "import numpy as np\n\n\ndef fit(x, y):\n    return 9\n\n\n"
        "def predict(model, x):\n    return np.full(len(x), model)\n"
    )
    for name in ("3_anna.py", "5_anna.py", "7_bob.py", "2-carl.py"):
        tmp_path.joinpath(name).write_text(text, encoding="utf-8")
    rank([tmp_path])
    said = capsys.readouterr().out
    assert "7_bob.py is left out" in said and "2-carl.py is left out" in said
    kept = rank([tmp_path])
    assert "…" not in capsys.readouterr().out, "an unchanged file was run again"
    assert [line["project"] for line in kept] == [3, 5]


def test_a_read_only_course_keeps_the_score_elsewhere(tmp_path, monkeypatch):
    in_the_way = tmp_path / "outputs"
    in_the_way.write_text("", encoding="utf-8")
    instead = tmp_path / "elsewhere" / "results.csv"
    monkeypatch.setattr(leaderboard, "RESULTS_FILE", in_the_way / "a" / "results.csv")
    monkeypatch.setattr(leaderboard, "INSTEAD", instead)
    leaderboard.score(write(tmp_path, "anna", FIT + PREDICT))
    assert ",anna," in instead.read_text(encoding="utf-8")


@pytest.mark.parametrize("number", PROJECTS)
def test_a_project_says_what_there_is_to_beat(number):
    (script,) = EXERCISES_DIR.glob(f"project_{number}_*.py")
    text = " ".join(script.read_text(encoding="utf-8").split())
    x, y = rows_to_score(number)
    baseline = points_of(number, PROJECTS[number].baseline[1](x), y).mean()
    course = PROJECTS[number].course
    assert f"baseline {baseline:.3g}, the course's network {course:.3g}" in text


def test_a_submission_may_have_a_dataclass(tmp_path):
    text = (
        "from __future__ import annotations\n"
        "from dataclasses import dataclass\n\n\n"
        "@dataclass\nclass Settings:\n    share: float = 0.5\n\n\n"
    )
    line = run_submission(write(tmp_path, "anna", text + FIT + PREDICT))
    assert line["fault"] == ""


def test_the_final_rows_are_others(tmp_path):
    public, y_public = rows_to_score(2)
    final, y_final = rows_to_score(2, final=True)
    assert (y_public == ">50K").mean() == pytest.approx(
        (y_final == ">50K").mean(), 1e-3
    )
    _, test = load_census_income()
    both, questions = pd.concat([public, final]), test.drop(columns="income")
    assert sorted(map(str, both.to_numpy())) == sorted(map(str, questions.to_numpy()))
    train, _ = training_rows(2)
    assert (len(train), len(public), len(final)) == (10_000, 8_140, 8_141)
    assert "income" not in [*train, *public, *final]
    lines = [
        run_submission(write(tmp_path, "anna", GOOD), final=final)
        for final in (False, True)
    ]
    assert lines[0]["score"] != lines[1]["score"]
    assert abs(lines[0]["score"] - lines[1]["score"]) < 5 * lines[0]["error"]


def test_a_name_without_a_project_is_refused(tmp_path):
    for name in ("anna.py", "7_anna.py", "2anna.py"):
        file = tmp_path / name
        file.write_text(GOOD, encoding="utf-8")
        with pytest.raises(ValueError, match="begins with the project's number"):
            run_submission(file)
    with pytest.raises(ValueError, match="There is no file"):
        run_submission(tmp_path / "2_nobody.py")
    with pytest.raises(ValueError, match="There is no submission in"):
        rank([tmp_path / "empty"])


def test_a_submission_never_sees_the_answers(tmp_path):
    spy = """
import pathlib
import pickle

def fit(x, y):
    parts = pickle.loads(pathlib.Path("rows").read_bytes())
    assert len(parts) == 3, "x and y to train on, x to answer"
    assert "income" not in parts[2]
    return 1
"""
    assert run_submission(write(tmp_path, "spy", spy + PREDICT))["fault"] == ""


# The scores


def test_points_of_calls():
    income = pd.Series([">50K", ">50K", "<=50K", "<=50K"])
    points = PROJECTS[2].points(np.array([1, 0, 1, 0]), income)
    assert points.tolist() == [CALL_BRINGS - CALL_COSTS, 0, -CALL_COSTS, 0]


def test_mean_and_error():
    mean, error = mean_and_error(np.array([0.0, 0.0, 1.0, 1.0]))
    assert (mean, error) == (0.5, 0.25)


@pytest.mark.parametrize("number", PROJECTS)
def test_the_baseline_is_a_valid_answer(number):
    x, y = rows_to_score(number)
    answers = PROJECTS[number].baseline[1](x)
    assert points_of(number, answers, y).mean() < PROJECTS[number].course


@pytest.mark.parametrize("number", PROJECTS)
def test_bad_answers_are_told_in_each_project(number):
    x, y = rows_to_score(number)
    answers = np.asarray(PROJECTS[number].baseline[1](x), dtype=float)
    bad = {
        "Are these the answers for other rows": answers[:-1],
        "A network's column": answers[:, np.newaxis],
        "Are these probabilities": np.tile(answers[:, np.newaxis], 10),
        "answers are NaN": np.full(len(y), np.nan),
        "NaN or infinite": np.where(np.arange(len(y)) == 3, np.inf, answers),
        "not a number": np.full(len(y), "boot"),
    }
    if PROJECTS[number].answers:
        bad["needs a decision"] = answers + 0.3
    for words, wrong in bad.items():
        with pytest.raises(Fault, match=words):
            points_of(number, wrong, y)


def test_pairs_are_halved_and_show_what_they_say():
    x, same = training_rows(1)
    assert x.shape == (10_000, 2, 28, 28)
    assert same.mean() == pytest.approx(0.5, abs=0.02)
    (pictures, labels), _ = load_fashion_mnist()
    label_of = {picture.tobytes(): label for picture, label in zip(pictures, labels)}
    for pair, alike in zip(x[:200], same[:200]):
        first, second = (label_of[picture.tobytes()] for picture in pair)
        assert (first == second) == alike


def test_no_window_of_the_air_holds_another_one_s_answer():
    dust = load_beijing_pm25().loc["2013":, "pm25"].to_numpy("float32")
    starts = set()
    for final in (False, True):
        x, y = rows_to_score(4, final)
        assert not np.isnan(x[:, -1]).any() and not np.isnan(y).any()
        cut = np.lib.stride_tricks.sliding_window_view(dust, HOURS)
        for window, target in zip(x[:40, :, 0], y):
            found = np.flatnonzero(
                np.all((cut == window) | (np.isnan(cut) & np.isnan(window)), axis=1)
            )
            assert target in dust[found + HOURS + AHEAD - 1]
            starts.update(found)
    assert min(np.diff(sorted(starts))) >= HOURS + AHEAD


def test_one_label_in_five_is_wrong():
    pictures, labels = training_rows(5)
    (true_pictures, true_labels), _ = load_fashion_mnist()
    assert np.array_equal(pictures, true_pictures[:2_000])
    assert (labels != true_labels[:2_000]).mean() == pytest.approx(0.2, abs=0.02)
    assert np.array_equal(rows_to_score(5)[1], rows_to_score(3)[1])


@pytest.mark.parametrize("number", PROJECTS)
def test_the_starter_is_a_valid_submission(number, tmp_path):
    (starter,) = EXERCISES_DIR.glob(f"project_{number}_*.py")
    file = tmp_path / f"{number}_starter.py"
    file.write_text(starter.read_text(encoding="utf-8"), encoding="utf-8")
    line = run_submission(file)
    assert line["fault"] == ""
    x, y = rows_to_score(number)
    baseline = points_of(number, PROJECTS[number].baseline[1](x), y).mean()
    assert line["score"] == pytest.approx(baseline)


def test_the_starter_runs_and_scores_itself(tmp_path):
    text = EXERCISES_DIR.joinpath("project_2_calls.py").read_text(encoding="utf-8")
    file = write(tmp_path, "starter", text)
    process = subprocess.run(
        [sys.executable, file], capture_output=True, text=True, cwd=tmp_path
    )
    assert process.returncode == 0, process.stderr
    assert re.search(r"  yours +0\.\d{3} ± 0\.\d{3} dollars", process.stdout)


@pytest.mark.parametrize("example", sorted(EXAMPLES.glob("*.py")), ids=lambda f: f.stem)
def test_an_example_has_both_functions(example):
    tree = ast.parse(example.read_text(encoding="utf-8"))
    functions = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    assert {"fit", "predict"} <= functions


@pytest.mark.parametrize(
    "number, example, spread",
    [
        (1, "1_course_network.py", 0.02),
        (2, "2_course_network.py", 0.06),
        (3, "3_course_cnn.py", 0.015),
        (4, "4_course_gru.py", 0.6),
        (5, "5_course_cnn.py", 0.02),
    ],
)
def test_the_course_has_the_score_that_is_told(number, example, spread):
    line = run_submission(EXAMPLES / example)
    assert line["fault"] == ""
    assert line["score"] == pytest.approx(PROJECTS[number].course, abs=spread)
