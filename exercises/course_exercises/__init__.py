"""Exercises that check themselves.

A script of exercises has gaps, written ``...``. A participant fills one, runs the cell
and reads whether it is right::

    check("brightness", brightness)     # right, or what is wrong with this answer
    hint("brightness")                  # a step towards it
    solution("brightness")              # an answer
    progress(1)                         # the tasks of part 1, and which are done

What makes an answer right stands in ``checks_1_foundation.py`` and so on, one function
per task. It calls the answer with numbers of its own, compares what comes back and
raises :class:`Mistake`, whose text speaks of that mistake. The tools for it are
:func:`call` and :func:`compare`.

The scripts of exercises are written by ``python tools/write_gaps.py`` from the folder
``solutions``, where an answer stands between ``# gap: …`` and ``# end gap``.

Why no library for this? nbgrader gives out and grades Jupyter notebooks. Otter-Grader
takes scripts as well, and is made for grading what a class has handed in. Kaggle's
learntools is nearest, a check with hints beside each question, but is written for the
notebooks of its own site. Here the answer has to come at once, in Spyder, without a
network.
"""

import ast
import copy
import importlib
import inspect
import json
import os
import re
import tempfile
import textwrap
import traceback
from pathlib import Path

import numpy as np

EXERCISES_DIR = Path(__file__).resolve().parents[1]
USER = os.environ.get("USER") or os.environ.get("USERNAME", "")
PROGRESS_FILES = [
    EXERCISES_DIR.parent / "outputs" / "exercises" / "progress.json",
    Path(tempfile.gettempdir(), f"course-exercises-{USER}.json"),
]
"""Where the tries are kept; the second where the course's folder is read-only."""
PARTS = {
    int(file.stem[0]): file.stem for file in sorted(EXERCISES_DIR.glob("[1-5]_*.py"))
}
"""The scripts by their part: {1: "1_foundation", …}."""
GAP = re.compile(
    r"((?:^ *# gap: [^\n]*\n)+)(.*?)^ *# end gap\n", re.MULTILINE | re.DOTALL
)
"""A gap of a solution: the lines that the participant gets, and the answer."""


class Mistake(Exception):
    """What is wrong with an answer, in words for the participant."""


class Gap(Mistake):
    """Nothing was filled in yet."""


# What a participant calls


def check(name, answer):
    """Say whether an answer is right, and if not, what is wrong with it.

    Parameters
    ----------
    name : str
        The task's name, such as "brightness".
    answer : function or value
        What the participant wrote; the script gives it the task's name.
    """
    task = find_task(name)
    problem = judge(name, answer)
    record = _read_progress().get(name, {"tries": 0, "right": False})
    if problem is None:
        print(f"{name}: right")
        _write_progress(name, {**record, "right": True})
        return
    print(f"{name}: not yet")
    _say(str(problem))
    if isinstance(problem, Gap):
        return
    record["tries"] += 1
    _write_progress(name, record)
    if record["tries"] >= 2:
        _say("Hint: " + hint_of(task))
        _say(f'solution("{name}") prints an answer.')


def hint(name):
    """Print a step towards the answer."""
    print(f"{name}: a hint")
    text = hint_of(find_task(name))
    _say(text[0].upper() + text[1:])


def solution(name):
    """Print an answer, from the folder ``solutions``."""
    print(solution_of(name))


def progress(part):
    """Print the tasks of a part and how far each is."""
    records = _read_progress()
    tasks = tasks_of(part)
    right = sum(records.get(name, {}).get("right", False) for name in tasks)
    print(f"Part {part}: {right} of {len(tasks)} tasks are right")
    for name, task in tasks.items():
        record = records.get(name, {"tries": 0, "right": False})
        state = f"tried {record['tries']}x" if record["tries"] else "-"
        state = "right" if record["right"] else state
        print(f"  {state:9} {name:21} {inspect.getdoc(task).splitlines()[0]}")


# Tasks


def tasks_of(part):
    """Return {name: function that checks it}, in the order of the script."""
    if part not in PARTS:
        raise ValueError(f"There are exercises for the parts {list(PARTS)}, not {part}")
    module = importlib.import_module(f"{__name__}.checks_{PARTS[part]}")
    return {
        name: function
        for name, function in vars(module).items()
        if inspect.isfunction(function)
        and function.__module__ == module.__name__
        and not name.startswith("_")
    }


def part_of(name):
    """Return the part that a task belongs to."""
    for part in PARTS:
        if name in tasks_of(part):
            return part
    known = "; ".join(f"part {part}: {', '.join(tasks_of(part))}" for part in PARTS)
    raise ValueError(f"There is no task {name!r}. The tasks are, {known}")


def find_task(name):
    """Return the function that checks a task."""
    return tasks_of(part_of(name))[name]


def judge(name, answer):
    """Return the Mistake in an answer, or None if it is right."""
    try:
        if has_gap(answer):
            raise Gap
        find_task(name)(answer)
    except Gap:
        return Gap("There is still a gap in it: fill in every ... and run the cell.")
    except Mistake as mistake:
        return mistake
    except Exception as error:
        return Mistake(
            f"The check cannot read what came back ({type(error).__name__}: {error}). "
            "Is it of the kind that the task describes?"
        )
    return None


def with_gaps(text):
    """Return the participant's script, from the text of a solution."""
    return GAP.sub(lambda found: found[1].replace("# gap: ", ""), text)


def hint_of(task):
    """Return the paragraph "Hint:" of a task's docstring."""
    return " ".join(inspect.getdoc(task).split("Hint:")[1].split())


def solution_of(name):
    """Return the source of an answer: a function, or the value of a variable."""
    file = EXERCISES_DIR / "solutions" / f"{PARTS[part_of(name)]}.py"
    if not file.is_file():
        return "# The answers are not in this copy of the course. Ask your instructor."
    text = GAP.sub(lambda found: found[2], file.read_text(encoding="utf-8"))
    for node in ast.parse(text).body:
        if isinstance(node, ast.FunctionDef) and node.name == name:
            return ast.get_source_segment(text, node)
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == name:
            return ast.get_source_segment(text, node)
    raise ValueError(f"{file} has no answer to {name}")


# What a check is made of


def call(answer, *arguments):
    """Call a participant's function with copies of the arguments; return its result.

    Raises
    ------
    Gap
        There is still a ``...`` in it.
    Mistake
        It is no function, it stops with an error, or it returns nothing.
    """
    if not callable(answer):
        raise Mistake(
            f"Expected a function, this is of type {type(answer).__name__}. Keep the "
            "line that begins with def, and run its cell."
        )
    try:
        result = answer(*copy.deepcopy(arguments))
    except (Exception, SystemExit) as error:
        if "ellipsis" in str(error).lower():
            raise Gap from error
        raise Mistake(explain(error, answer)) from error
    if has_gap(result):
        raise Gap
    if result is None:
        raise Mistake("The function returns nothing (None). Is there a return?")
    return result


def call_or_say(sentences, answer, *arguments):
    """Call a participant's function as ``call`` does; explain some of its errors.

    ``sentences`` is {words of the message: what the participant reads instead}.
    """
    try:
        return call(answer, *arguments)
    except Gap:
        raise
    except Mistake as mistake:
        for words, sentence in sentences.items():
            if words in str(mistake):
                raise Mistake(sentence) from None
        raise


def compare(got, right, mistakes=None, given=""):
    """Compare a result with the right one.

    Parameters
    ----------
    got : number, array or tensor
        What the participant's function returned.
    right : number or array
    mistakes : dict or None
        {sentence: the result of a known mistake}. When ``got`` is that result, the
        sentence is what the participant reads.
    given : str
        What the function was given, for the sentences about shapes and numbers.

    Raises
    ------
    Mistake
        They differ in shape, or by more than one in ten thousand.
    """
    got, right = as_array(got), np.asarray(right)
    if _same(got, right):
        return
    for sentence, wrong in (mistakes or {}).items():
        if _same(got, np.asarray(wrong)):
            raise Mistake(sentence)
    given = f" for {given}" if given else ""
    if got.shape != right.shape:
        raise Mistake(f"The shape is {got.shape}{given}. It should be {right.shape}.")
    if np.isnan(got).any() and not np.isnan(right).any():
        raise Mistake(
            f"{np.isnan(got).sum()} of {got.size} numbers are NaN (not a number)"
            f"{given}."
        )
    gap = np.abs(got - right)
    gap[np.isnan(got) & np.isnan(right)] = 0
    place = np.unravel_index(np.argmax(np.nan_to_num(gap, nan=np.inf)), right.shape)
    at = f" at {tuple(int(i) for i in place)}" if right.ndim else ""
    raise Mistake(
        f"The shape is right, the numbers are not{given}: {got[place]:.5g}{at} should "
        f"be {right[place]:.5g}."
    )


def items(value, count, advice):
    """Return what a participant's function returned as a list of ``count`` things.

    Raises
    ------
    Mistake
        It is no tuple, list, array or tensor of so many; the advice is its text.
    """
    if not isinstance(value, (tuple, list)) and np.ndim(value) == 1:
        value = list(np.asarray(value))
    if not isinstance(value, (tuple, list)) or len(value) != count:
        raise Mistake(advice)
    return list(value)


def as_array(value):
    """Return a participant's result as an array of floats."""
    try:
        return np.asarray(value, dtype="float64")
    except (TypeError, ValueError):
        raise Mistake(
            "Expected numbers (an array or a tensor), this is of type "
            f"{type(value).__name__}: {str(value)[:60]}"
        ) from None


def has_gap(value):
    """Return whether a value is ``...`` or holds one."""
    if isinstance(value, dict):
        return has_gap(list(value.values()))
    if isinstance(value, (list, tuple)):
        return any(has_gap(item) for item in value)
    return value is ...


def _same(got, right):
    return got.shape == right.shape and np.allclose(
        got, right, rtol=1e-4, atol=1e-6, equal_nan=True
    )


EXPLANATIONS = [
    (
        r"name '(\w+)' is not defined",
        "There is no {0} here. Is it misspelt? A function knows its own arguments, and "
        "what was run in the cells above.",
    ),
    (
        r"In\[0\]: \[([\d,]+)\], In\[1\]: \[([\d,]+)\]",
        "A matrix product of ({0}) and ({1}): the last size of the first must be the "
        "first size of the second. Swap them, or transpose one.",
    ),
    (
        r"matmul: Input operand 1 has a mismatch|shapes .* not aligned",
        "A matrix product: the last size of the first must be the first size of the "
        "second. Swap them, or transpose one.",
    ),
    (
        r"(?:Incompatible shapes: \[([\d,]+)\] vs. \[([\d,]+)\]|broadcast)",
        "Two shapes do not fit. They are compared from the right, and each pair must "
        "be equal or hold a 1. Does keepdims=True or [:, tf.newaxis] help?",
    ),
    (
        r"Invalid reduction dimension \(?(-?\d+)|axis (\d+) is out of bounds",
        "There is no such axis: they are counted from 0, so the last of three is 2.",
    ),
    (
        r"expected to be an? (\w+) tensor but is an? (\w+) tensor|"
        r"must have the same dtype|"
        r"cannot compute \w+ as input #\d+\(zero-based\) was expected",
        "Two number formats meet. tf.cast(x, tf.float32) turns one into the other.",
    ),
    (
        r"positional argument|unexpected keyword",
        "A function is called with other arguments than it has. Is it one that you "
        "call? Otherwise leave the line that begins with def as it was.",
    ),
    (
        r"expected (?:min_)?ndim=(\d), found ndim=(\d)",
        "The layer wants {0} axes and gets {1}. Pictures come as (batch, height, "
        "width, channels): is the axis of the channels there?",
    ),
    (
        r"Negative dimension|Computed output size would be negative|ero or negative",
        "The picture has become smaller than the filter or the pooling window. Use "
        'fewer poolings, or padding="same".',
    ),
    (
        r"'NoneType' object|values? \(?None\)?",
        "Something is None: a function without return, or a tape that was not told "
        "what to watch.",
    ),
    (
        r"does not support item assignment",
        "A tensor cannot be changed. Build a NumPy array and fill that: np.zeros(...).",
    ),
    (
        r"'(float|int)' object has no attribute '_id'",
        "A tape knows tensors only, this is a Python {0}. Is there a tf.constant, and "
        "is all of it computed inside the with block?",
    ),
    (
        r"Passed in object .* not tf.Tensor",
        "A tape watches tensors only: is there a tf.constant?",
    ),
    (
        r"Value for attr 'T' of (\w+)",
        "This function does not take numbers of the type {0}: tf.cast(x, tf.float32).",
    ),
    (
        r"has no attribute '(\w+)'",
        "There is no {0} in it. Is it misspelt, or NumPy's name for a tensor's "
        "function?",
    ),
]
"""Patterns of error messages, and what they mean; {0} is the first group found."""


def explain(error, answer):
    """Return where and why a participant's function stopped, in words."""
    message = re.sub(r"\{\{.*?\}\} ?| ?\[Op:.*", "", str(error)).strip()
    message = " ".join(message.split())[:200]
    lines = []
    code = getattr(answer, "__code__", None)
    for frame in traceback.extract_tb(error.__traceback__):
        if code and frame.filename == code.co_filename:
            place = f"It stops with an error in line {frame.lineno}:"
            lines = [place, f"    {frame.line}"]
    lines = lines or ["It stops with an error."]
    lines.append(f"{type(error).__name__}: {message}")
    for pattern, sentence in EXPLANATIONS:
        found = re.search(pattern, str(error))
        if found:
            lines.append(sentence.format(*found.groups()))
            break
    if code and ... in code.co_consts and not re.search(r"\[\.\.\.", "".join(lines)):
        lines.append("There is still a ... in it. Is that the gap?")
    return "\n".join(lines)


# Printing and remembering


def _say(text):
    """Print a text, wrapped; what is indented is code, and stays as it is."""
    for line in text.splitlines():
        if not line.startswith(" "):
            line = textwrap.fill(line, 76)
        print(textwrap.indent(line, "    "))


def _read_progress():
    """Return {task: {"tries": int, "right": bool}}; {} if there is nothing to read."""
    records = {}
    for file in reversed(PROGRESS_FILES):
        try:
            records |= json.loads(file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue
    return records


def _write_progress(name, record):
    """Remember a task's record; a folder that cannot be written stops nobody."""
    content = json.dumps({**_read_progress(), name: record}, indent=1)
    for file in PROGRESS_FILES:
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(content, encoding="utf-8")
            return
        except OSError as error:
            fault = error
    print(f"    (The progress is not kept: {fault})")
