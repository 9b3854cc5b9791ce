"""
Project 2: whom to call?
========================

A bank wants to sell an account to people who earn more than 50,000 dollars a year. A
call costs 4 dollars. It brings 20 when the person earns that much, and nothing when
not. Who is called?

:Data: census income, 10,000 people to train on; those to score on stay hidden
:Lessons: 2.00 to 2.07
:Takes: an hour or two

1. Copy this file to ``submissions/2_yourname.py`` and work on the copy.
2. Change ``fit`` and ``predict`` as you like; import and add what you need.
3. Save the file, then run the last cell. It trains your model in a process of its own,
   within 120 seconds, and scores its calls on 8,140 people whom it has never seen: the
   mean gain, in dollars per person. You will not see these people either. To beat: the
   baseline 0.725, the course's network 2.57.

At the end the instructor scores all files once more, on 8,141 others.
"""

# %% The model
# What stands here calls everybody. It is a valid submission, and a bad one.

import numpy as np


def fit(x, y):
    """Train a model.

    Parameters
    ----------
    x : pandas.DataFrame
        The census' columns; some have holes (NaN).
    y : pandas.Series
        "<=50K" or ">50K".

    Returns
    -------
    object
        Whatever ``predict`` needs.
    """
    return "no model yet"


def predict(model, x):
    """Decide for each row: 1 for a call, 0 for none; shape (rows,)."""
    return np.ones(len(x))


# %% Try things out
# What stands under this if runs when *you* run the cell, and not when the file is
# scored. Which of these people would you call? How sure must you be that a call pays?

if __name__ == "__main__":
    from course_exercises.projects import training_rows

    x, y = training_rows(2)
    print(x.head(), "\n", y.value_counts(normalize=True))

# %% The score
# Every run is one more look at the same 8,140 people. Choose by rows of your own,
# split off from x and y, and use this cell seldom: lesson 2.00 says why.

if __name__ == "__main__":
    from course_exercises.leaderboard import score

    score(__file__)
