"""
Project 1: two of a kind?
=========================

A shop wants to know whether two pictures show the same kind of clothes. Nobody tells
you what the kinds are: you get pairs of pictures, and for each pair whether the two are
of a kind. What does your network have to compare?

:Data: Fashion-MNIST, 10,000 pairs to train on; those to score on stay hidden
:Lessons: 1.01 to 1.14
:Takes: an hour or two

1. Copy this file to ``submissions/1_yourname.py`` and work on the copy.
2. Change ``fit`` and ``predict`` as you like; import and add what you need, but no
   other labels of Fashion-MNIST.
3. Save the file, then run the last cell. It trains your model in a process of its own,
   within 120 seconds, and scores it on 4,000 pairs that it has never seen: the share
   that is right. To beat: the baseline 0.498, the course's network 0.877.

At the end the instructor scores all files once more, on 4,000 other pairs.
"""

# %% The model
# What stands here says "never". It is a valid submission, and a bad one.

import numpy as np


def fit(x, y):
    """Train a model.

    Parameters
    ----------
    x : numpy.ndarray, uint8
        Pairs of pictures, shape (10000, 2, 28, 28), grey levels 0 to 255.
    y : numpy.ndarray of int
        1 where both show the same kind of clothes, 0 elsewhere.

    Returns
    -------
    object
        Whatever ``predict`` needs.
    """
    return "no model yet"


def predict(model, x):
    """Return 1 or 0 for each pair, shape (pairs,)."""
    return np.zeros(len(x))


# %% Try things out
# What stands under this if runs when *you* run the cell, and not when the file is
# scored. Will a layer that sees all 1,568 pixels side by side find out? Would it help
# to give it the difference of the two pictures? Or the same layer to both?

if __name__ == "__main__":
    from course_exercises.projects import training_rows

    x, y = training_rows(1)
    print(x.shape, x.dtype, f"of a kind: {y.mean():.3f}")

# %% The score
# Every run is one more look at the same 4,000 pairs. Choose by rows of your own,
# split off from x and y, and use this cell seldom: lesson 2.00 says why.

if __name__ == "__main__":
    from course_exercises.leaderboard import score

    score(__file__)
