"""The projects: which rows a submission gets, and how its answers are scored.

A score is the mean of a number per row, the *points*, so every score has a standard
error. The rows to score on come in two halves, as on Kaggle: the *public* ones answer
whoever asks, the *final* ones are looked at once, when the class is done.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from course_data import load_beijing_pm25, load_census_income, load_fashion_mnist


class Fault(Exception):
    """Why a submission gets no score, in words for the participant."""


@dataclass(frozen=True)
class Project:
    """What a project is.

    Attributes
    ----------
    title, unit : str
    limit : float
        Seconds that a submission may take, from start to end.
    answers : tuple or None
        The answers that are allowed; None: any number.
    training_rows, held_out_rows : callable
        Return x and y. ``held_out_rows`` is told whether the final half is wanted.
    points : callable
        Takes answers and y, returns a number per row; more is better.
    baseline : tuple
        A name, and a function that returns the answers for x.
    course : float
        What the course's own submission got on the public rows.
    """

    title: str
    unit: str
    limit: float
    answers: tuple | None
    training_rows: Callable
    held_out_rows: Callable
    points: Callable
    baseline: tuple
    course: float


def _half(y, final):
    """Return the numbers of one half of the rows; both have each class equally often.

    Were they not stratified, everybody's score would fall or rise with the baseline.
    """
    # Imported here: a submission's own process needs no scikit-learn of ours.
    from sklearn.model_selection import train_test_split

    halves = train_test_split(
        np.arange(len(y)), test_size=0.5, stratify=y, random_state=1
    )
    return halves[1] if final else halves[0]


# Project 1: two of a kind?


def _pairs(pictures, labels, number, seed):
    """Return pairs of pictures, and 1 where both show the same kind; half of them do.

    No picture is the first one of two pairs.
    """
    rng = np.random.default_rng(seed)
    first = rng.permutation(len(labels))[:number]
    same = rng.random(number) < 0.5
    second = [
        rng.choice(np.flatnonzero((labels == labels[one]) == alike))
        for one, alike in zip(first, same)
    ]
    return np.stack([pictures[first], pictures[second]], axis=1), same.astype(int)


def _pair_training_rows():
    (pictures, labels), _ = load_fashion_mnist()
    return _pairs(pictures[:20_000], labels[:20_000], 10_000, seed=1)


def _pair_held_out_rows(final):
    _, (pictures, labels) = load_fashion_mnist()
    rows = _half(labels, final)
    return _pairs(pictures[rows], labels[rows], 4_000, seed=2)


# Project 2: whom to call?

CALL_COSTS = 4
CALL_BRINGS = 20


def _call_training_rows():
    train, _ = load_census_income()
    train = train.sample(10_000, random_state=1).reset_index(drop=True)
    return train.drop(columns="income"), train["income"]


def _call_held_out_rows(final):
    _, test = load_census_income()
    test = test.iloc[_half(test["income"], final)].reset_index(drop=True)
    return test.drop(columns="income"), test["income"]


def _call_points(answers, income):
    gain = np.where(income == ">50K", CALL_BRINGS, 0) - CALL_COSTS
    return np.where(np.asarray(answers) == 1, gain, 0)


# Project 3: 500 labels


def _label_training_rows():
    (pictures, labels), _ = load_fashion_mnist()
    return pictures[:500], labels[:500]


def _label_held_out_rows(final):
    _, (pictures, labels) = load_fashion_mnist()
    rows = _half(labels, final)
    return pictures[rows], labels[rows]


# Project 4: three hours ahead

HOURS = 12
AHEAD = 3


def _air(first_year, last_year, step):
    """Return windows of ``HOURS`` hours and the dust ``AHEAD`` hours after each.

    A window begins every ``step`` hours. Where the dust at the window's end or the
    target was not measured, there is none. Also returned: the week of each target.
    """
    table = load_beijing_pm25().loc[str(first_year) : str(last_year)]
    directions = pd.get_dummies(table["wind_direction"]).reindex(
        columns=["NE", "NW", "SE", "cv"]
    )
    columns = pd.concat([table.drop(columns="wind_direction"), directions], axis=1)
    numbers = columns.to_numpy("float32")
    dust = table["pm25"].to_numpy("float32")
    starts = np.arange(0, len(table) - HOURS - AHEAD + 1, step)
    now = starts + HOURS - 1
    targets = now + AHEAD
    measured = ~np.isnan(dust[now]) & ~np.isnan(dust[targets])
    starts, targets = starts[measured], targets[measured]
    x = np.stack([numbers[start : start + HOURS] for start in starts])
    return x, dust[targets], table.index[targets].isocalendar().week.to_numpy()


def _air_training_rows():
    x, y, _ = _air(2010, 2012, step=1)
    return x, y


def _air_held_out_rows(final):
    """Even weeks are public, odd ones final.

    A window begins where the one before and its target have ended. Were they nearer to
    each other, a window would hold the answer to another one.
    """
    x, y, week = _air(2013, 2014, step=HOURS + AHEAD)
    half = (week % 2 == 1) == final
    return x[half], y[half]


# Project 5: one label in five is wrong


def _wrong_label_training_rows():
    (pictures, labels), _ = load_fashion_mnist()
    pictures, labels = pictures[:2_000], labels[:2_000]
    rng = np.random.default_rng(1)
    wrong = rng.random(2_000) < 0.2
    others = (labels + rng.integers(1, 10, 2_000)) % 10
    return pictures, np.where(wrong, others, labels).astype("uint8")


def _share_right(answers, labels):
    return (np.asarray(answers) == labels).astype(float)


PROJECTS = {
    1: Project(
        title="Two of a kind?",
        unit="share right",
        limit=120,
        answers=(0, 1),
        training_rows=_pair_training_rows,
        held_out_rows=_pair_held_out_rows,
        points=_share_right,
        baseline=("never", lambda x: np.zeros(len(x))),
        course=0.877,
    ),
    2: Project(
        title="Whom to call?",
        unit="dollars per person",
        limit=120,
        answers=(0, 1),
        training_rows=_call_training_rows,
        held_out_rows=_call_held_out_rows,
        points=_call_points,
        baseline=("call everybody", lambda x: np.ones(len(x))),
        course=2.57,
    ),
    3: Project(
        title="500 labels.",
        unit="share right",
        limit=120,
        answers=tuple(range(10)),
        training_rows=_label_training_rows,
        held_out_rows=_label_held_out_rows,
        points=_share_right,
        baseline=("always an ankle boot", lambda x: np.full(len(x), 9)),
        course=0.825,
    ),
    4: Project(
        title="Three hours ahead.",
        unit="µg/m³, minus the mean absolute error",
        limit=120,
        answers=None,
        training_rows=_air_training_rows,
        held_out_rows=_air_held_out_rows,
        points=lambda answers, dust: -np.abs(np.asarray(answers, dtype=float) - dust),
        baseline=("as it is now", lambda x: x[:, -1, 0]),
        course=-24.4,
    ),
    5: Project(
        title="One label in five is wrong.",
        unit="share right",
        limit=120,
        answers=tuple(range(10)),
        training_rows=_wrong_label_training_rows,
        held_out_rows=_label_held_out_rows,
        points=_share_right,
        baseline=("always an ankle boot", lambda x: np.full(len(x), 9)),
        course=0.811,
    ),
}


def find_project(number):
    """Return the project of a number."""
    if number not in PROJECTS:
        raise ValueError(f"There is no project {number!r}, only {list(PROJECTS)}")
    return PROJECTS[number]


def training_rows(number):
    """Return x and y of a project, to train on and to try things out."""
    return find_project(number).training_rows()


def rows_to_score(number, final=False):
    """Return x and y of the public half, or of the final one."""
    return find_project(number).held_out_rows(final)


def points_of(number, answers, y):
    """Return the points, a number per row; their mean is the score.

    Raises
    ------
    Fault
        The answers are of the wrong kind, number or shape.
    """
    project = find_project(number)
    answers = np.asarray(answers)
    if answers.shape != (len(y),):
        hint = ""
        if answers.shape == (len(y), 1):
            hint = " A network's column becomes that with [:, 0]."
        elif answers.ndim == 2 and answers.shape[0] == len(y):
            hint = " Are these probabilities? Decide, for example with argmax(axis=1)."
        elif answers.ndim == 1:
            hint = " Are these the answers for other rows?"
        raise Fault(
            f"predict returns the shape {answers.shape}. It should be ({len(y)},): one "
            f"answer for each row.{hint}"
        )
    if answers.dtype.kind not in "buif":
        first = str(answers[0])
        raise Fault(f"predict returns {first!r} for the first row, not a number.")
    finite = np.isfinite(answers.astype(float))
    if not finite.all():
        raise Fault(f"{(~finite).sum():,} of {len(y):,} answers are NaN or infinite.")
    if project.answers is not None and not np.isin(answers, project.answers).all():
        strange = answers[~np.isin(answers, project.answers)][0]
        raise Fault(
            f"predict answers {strange:.4g}. Allowed are {list(project.answers)}; a "
            "probability needs a decision."
        )
    return project.points(answers, np.asarray(y))


def mean_and_error(points):
    """Return the mean of points and its standard error."""
    return float(np.mean(points)), float(np.std(points) / np.sqrt(len(points)))
