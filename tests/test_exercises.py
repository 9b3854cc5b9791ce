"""Each task says that it is unsolved, takes its solution and knows usual mistakes."""

import re
import runpy
import subprocess
import sys
from textwrap import dedent

import numpy as np
import pytest
from exercise_mistakes import MISTAKES

import course_exercises
from course_exercises import (
    EXERCISES_DIR,
    PARTS,
    Mistake,
    call,
    check,
    compare,
    hint,
    hint_of,
    judge,
    progress,
    solution,
    tasks_of,
    with_gaps,
)
from run_lesson import COURSE_DIR

TASKS = [name for part in PARTS for name in tasks_of(part)]


@pytest.fixture(autouse=True)
def own_progress(tmp_path, monkeypatch):
    """Each test has a progress file of its own."""
    file = tmp_path / "exercises" / "progress.json"
    files = [file, tmp_path / "temporary" / "progress.json"]
    monkeypatch.setattr(course_exercises, "PROGRESS_FILES", files)
    return file


@pytest.fixture(scope="session")
def solved():
    """Return {task: what the solution's script has defined}, run once."""
    namespaces = {}
    keep = course_exercises.check, course_exercises.progress
    course_exercises.check = course_exercises.progress = lambda *arguments: None
    try:
        for part, stem in PARTS.items():
            script = EXERCISES_DIR / "solutions" / f"{stem}.py"
            namespace = runpy.run_path(str(script))
            namespaces |= dict.fromkeys(tasks_of(part), namespace)
    finally:
        course_exercises.check, course_exercises.progress = keep
    return namespaces


@pytest.mark.parametrize("stem", PARTS.values())
def test_the_script_is_the_solution_with_gaps(stem):
    script = EXERCISES_DIR.joinpath(f"{stem}.py").read_text(encoding="utf-8")
    solution = EXERCISES_DIR.joinpath("solutions", f"{stem}.py")
    assert script == with_gaps(solution.read_text(encoding="utf-8")), (
        "run python tools/write_gaps.py"
    )


def says_that_it_has_gaps(part, said):
    """Say whether a script's output speaks of a gap at each of the part's tasks."""
    return all(
        f"{name}: not yet\n    There is still a gap in it" in said
        for name in tasks_of(part)
    )


@pytest.mark.parametrize("part", PARTS)
def test_a_script_with_gaps_runs_and_says_so(part, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    runpy.run_path(str(EXERCISES_DIR / f"{PARTS[part]}.py"))
    said = capsys.readouterr().out
    assert says_that_it_has_gaps(part, said)
    assert not says_that_it_has_gaps(part, said.replace("not yet", "right", 1))


def test_a_script_with_gaps_runs_by_itself(tmp_path):
    process = subprocess.run(
        [sys.executable, EXERCISES_DIR / f"{PARTS[1]}.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert process.returncode == 0, process.stderr
    assert says_that_it_has_gaps(1, process.stdout)


@pytest.mark.parametrize("name", TASKS)
def test_the_solution_is_right(name, solved):
    assert judge(name, solved[name][name]) is None


@pytest.mark.parametrize(
    "name, code",
    [
        (
            "layer_shapes",
            "layer_shapes = lambda sizes: ["
            "[[i, n], [n]] for i, n in zip(sizes[:-1], sizes[1:])]",
        ),
        (
            "precision_and_recall",
            "old = precision_and_recall\n"
            "precision_and_recall = lambda y, p: np.array(old(y, p))",
        ),
        (
            "training_step",
            "old = training_step\ntraining_step = lambda *a: tf.stack(old(*a))",
        ),
        (
            "paired_difference",
            "paired_difference = lambda a, b: "
            "(np.mean(a - b), np.std(a - b) / np.sqrt(len(a)))",
        ),
        (
            "output_width",
            "output_width = lambda W, F, P, S: tf.constant((W - F + 2 * P) // S + 1)",
        ),
        (
            "cross_entropy",
            "cross_entropy = lambda p, labels: -tf.reduce_mean("
            "tf.reduce_sum(tf.one_hot(labels, 4) * tf.math.log(p), axis=1))",
        ),
    ],
)
def test_a_right_answer_of_another_form_is_right(name, code, solved):
    namespace = dict(solved[name])
    exec(code, namespace)
    assert judge(name, namespace[name]) is None


@pytest.mark.parametrize("name", TASKS)
def test_two_mistakes_and_more_are_known(name):
    words = {words for task, _, words in MISTAKES if task == name}
    assert len(words) >= 2


@pytest.mark.parametrize(
    "name, code, words",
    MISTAKES,
    ids=[f"{name}-{words}" for name, _, words in MISTAKES],
)
def test_a_mistake_has_its_own_hint(name, code, words, solved):
    namespace = dict(solved[name])
    exec(code, namespace)
    problem = judge(name, namespace[name])
    assert problem is not None, "the mistake is taken for an answer"
    assert words in str(problem)


@pytest.mark.parametrize("name", TASKS)
def test_each_known_mistake_reaches_its_own_sentence(name, solved, monkeypatch):
    """Two mistakes that give one number, or a mistake that gives the right one, would
    tell a participant of a mistake that is not there."""
    settled, faults = set(), []

    def watch(got, right, mistakes=None, given=""):
        before = {}
        for sentence, wrong in (mistakes or {}).items():
            sentence = sentence.removeprefix(f"{given}: ")
            wrong = np.asarray(wrong, dtype=float)
            known.add(sentence)
            if sentence in settled or course_exercises._same(wrong, np.asarray(right)):
                continue
            settled.add(sentence)
            for other, number in before.items():
                if course_exercises._same(wrong, number):
                    faults.append(f"{sentence!r} is hidden by {other!r} for {given}")
            before[sentence] = wrong

    known = set()
    task = course_exercises.find_task(name)
    monkeypatch.setitem(task.__globals__, "compare", watch)
    assert judge(name, solved[name][name]) is None
    faults += [f"{sentence!r} is never reached" for sentence in known - settled]
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("name", TASKS)
def test_a_task_has_title_hint_and_solution(name, capsys):
    part = course_exercises.part_of(name)
    script = EXERCISES_DIR.joinpath(f"{PARTS[part]}.py").read_text(encoding="utf-8")
    title = course_exercises.find_task(name).__doc__.splitlines()[0]
    assert f". {title} (lesson" in script
    assert f'\ncheck("{name}", {name})\n' in script
    assert len(hint_of(course_exercises.find_task(name))) > 20
    solution(name)
    assert name in capsys.readouterr().out


# What a participant reads


def test_a_second_try_gets_the_hint(capsys, own_progress):
    def wrong(x):
        return x - x.mean()

    check("center_rows", wrong)
    first = capsys.readouterr().out
    assert "one number, the mean of the whole table" in first
    assert "Hint" not in first
    check("center_rows", wrong)
    second = capsys.readouterr().out
    assert "Hint: the mean of each row is axis=1" in second
    assert 'solution("center_rows")' in second
    progress(1)
    assert "  tried 2x  center_rows" in capsys.readouterr().out


def test_the_example_of_the_readme_is_real(capsys):
    readme = (COURSE_DIR / "README.md").read_text(encoding="utf-8")
    code, output = re.search(
        "\nA wrong answer is answered.*\n((?:\n|    .*\n)+)The console says\n"
        "((?:\n|    .*\n)+)",
        readme,
    ).groups()
    code, output = dedent(code), dedent(output)
    exec(code, {"check": check})
    assert capsys.readouterr().out.strip() == output.strip()


def test_a_gap_is_no_try(capsys, own_progress):
    check("center_rows", lambda x: ...)
    check("center_rows", lambda x: ...)
    assert "Hint" not in capsys.readouterr().out


def test_progress_is_kept_and_shown(capsys, own_progress):
    check("center_rows", lambda x: x - x.mean(axis=1, keepdims=True))
    assert capsys.readouterr().out == "center_rows: right\n"
    progress(1)
    said = capsys.readouterr().out
    assert "Part 1: 1 of" in said
    assert "  right     center_rows" in said
    assert "  -         brightness" in said


def test_a_later_mistake_leaves_a_task_right(capsys, own_progress):
    check("center_rows", lambda x: x - x.mean(axis=1, keepdims=True))
    check("center_rows", lambda x: x)
    progress(1)
    assert "  right     center_rows" in capsys.readouterr().out


def test_a_broken_progress_file_stops_nobody(capsys, own_progress):
    own_progress.parent.mkdir()
    own_progress.write_text("{", encoding="utf-8")
    check("center_rows", lambda x: x - x.mean(axis=1, keepdims=True))
    assert capsys.readouterr().out == "center_rows: right\n"


def test_a_read_only_course_keeps_the_progress_elsewhere(capsys, own_progress):
    own_progress.parent.write_text("a file where the folder should be")
    check("center_rows", lambda x: x - x.mean(axis=1, keepdims=True))
    assert capsys.readouterr().out == "center_rows: right\n"
    progress(1)
    assert "  right     center_rows" in capsys.readouterr().out


def test_where_nothing_can_be_written_the_check_still_answers(capsys, own_progress):
    for file in course_exercises.PROGRESS_FILES:
        file.parent.write_text("a file where the folder should be")
    check("center_rows", lambda x: x - x.mean(axis=1, keepdims=True))
    said = capsys.readouterr().out
    assert said.startswith("center_rows: right\n")
    assert "The progress is not kept" in said


def test_without_the_answers_a_check_still_works(capsys, tmp_path, monkeypatch, solved):
    monkeypatch.setattr(course_exercises, "EXERCISES_DIR", tmp_path)
    assert judge("center_rows", solved["center_rows"]["center_rows"]) is None
    solution("center_rows")
    assert "Ask your instructor" in capsys.readouterr().out


def test_hint_speaks_without_a_try(capsys):
    hint("center_rows")
    assert "keepdims=True" in capsys.readouterr().out


def test_an_unknown_task_is_named():
    with pytest.raises(ValueError, match="no task 'centre_rows'.*center_rows"):
        check("centre_rows", None)
    with pytest.raises(ValueError, match="exercises for the parts"):
        progress(9)


# An error in a participant's code is explained


def divides_by_its_argument(x):
    return pictures.mean()  # noqa: F821


def wants_two(x, y):
    return x


def shapes_do_not_fit(x):
    return x + np.ones((7, 7))


def wrong_product(x):
    import tensorflow as tf

    return tf.constant(x) @ tf.constant(x)


def wrong_numpy_product(x):
    return x @ x


def wrong_axis(x):
    import tensorflow as tf

    return tf.reduce_mean(x, axis=2)


def mixed_formats(x):
    import tensorflow as tf

    return tf.constant([1, 2, 3]) * tf.constant([1.0, 2.0, 3.0])


def no_such_name(x):
    return x.reduce_mean()


@pytest.mark.parametrize(
    "answer, words",
    [
        (divides_by_its_argument, "There is no pictures here"),
        (wants_two, "leave the line that begins with def"),
        (shapes_do_not_fit, "compared from the right"),
        (wrong_product, "the last size of the first must be"),
        (wrong_numpy_product, "A matrix product: the last size"),
        (wrong_axis, "counted from 0"),
        (mixed_formats, "Two number formats"),
        (no_such_name, "There is no reduce_mean in it"),
    ],
)
def test_an_error_is_explained(answer, words):
    with pytest.raises(Mistake) as caught:
        call(answer, np.ones((2, 3), dtype="float32"))
    said = str(caught.value)
    assert words in said
    if answer is not wants_two:
        assert "in line" in said
        assert "\n    return" in said


@pytest.mark.parametrize(
    "answer, words",
    [
        (3, "this is of type int"),
        (lambda x: None, "returns nothing"),
        (lambda x: print(x), "returns nothing"),
    ],
)
def test_no_function_and_no_result_are_told(answer, words):
    with pytest.raises(Mistake, match=words):
        call(answer, 1)


@pytest.mark.parametrize(
    "answer",
    [
        lambda x: ...,
        lambda x: (1, ...),
        lambda x: {"a": ...},
        lambda x: x * ...,
    ],
)
def test_a_gap_is_found(answer):
    with pytest.raises(course_exercises.Gap):
        call(answer, 1.0)


def test_a_gap_inside_an_error_is_mentioned():
    with pytest.raises(Mistake, match="Is that the gap"):
        call(lambda x: np.mean(..., axis=0), 1.0)


def test_an_index_with_dots_is_no_gap():
    with pytest.raises(Mistake) as found:
        call(lambda x: np.ones((3, 4)) + x[..., np.newaxis], np.ones((5, 2)))
    assert "gap" not in str(found.value)


@pytest.mark.parametrize("answer", [lambda n, k: [n // k] * k, lambda n, k: exit()])
def test_an_answer_that_breaks_the_check_is_told(answer):
    problem = str(judge("folds", answer))
    assert "cannot read" in problem or "SystemExit" in problem


def test_an_answer_may_not_change_its_arguments():
    numbers = np.ones(3)

    def changes(x):
        x[0] = 5
        return x

    assert call(changes, numbers)[0] == 5
    assert numbers[0] == 1


@pytest.mark.parametrize(
    "got, words",
    [
        ([1.0, 2.0, 4.0], "at (2,) should be 3"),
        ([1.0, 2.0], r"shape is (2,) for x. It should be (3,)"),
        ([1.0, 2.0, np.nan], "1 of 3 numbers are NaN"),
        ("text", "Expected numbers"),
        ([2.0, 4.0, 6.0], "twice"),
    ],
)
def test_a_difference_is_described(got, words):
    with pytest.raises(Mistake) as caught:
        compare(got, [1.0, 2.0, 3.0], {"It is twice as much.": [2.0, 4.0, 6.0]}, "x")
    assert words in str(caught.value)
    compare([1.0, 2.0, 3.0 + 1e-6], [1.0, 2.0, 3.0])
