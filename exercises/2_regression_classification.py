"""
Exercises 2: regression and classification
==========================================

Eight tasks, two to eight minutes each, in the order of the lessons. Fill in what is
written ``...``, run the cell, and read what ``check`` says about it. When you are
stuck, ``hint("name")`` helps and ``solution("name")`` shows an answer.

:Data: Auto MPG (``course_data.load_auto_mpg``)
:Lessons: 2.00 to 2.07
:Takes: three quarters of an hour
"""

# %% Start
# Run this cell first. Most tasks are functions of a few lines. ``check`` calls them
# with numbers that you do not see. Tables and pictures come as NumPy arrays; use NumPy
# or TensorFlow. A cell that runs for ever is stopped by the red square above the
# console.

import numpy as np
import tensorflow as tf

from course_exercises import check, hint, progress, solution

# %% 1. How good are the alarms? (lesson 2.00)
# ``y`` and ``predicted`` hold 0 and 1, a row each; 1 is an alarm. Precision: what share
# of the alarms is right? Recall: what share of the ones is found? By hand, without
# scikit-learn.


def precision_and_recall(y, predicted):
    """Return two numbers, precision and recall."""
    found = ...
    return ..., ...


check("precision_and_recall", precision_and_recall)

# %% 2. Scale without a leak (lesson 2.00)
# ``x_train`` and ``x_test`` are tables, rows × columns. Return both with the columns
# standardised. Nothing may be learned from the test rows.


def scale(x_train, x_test):
    """Return both tables, standardised."""
    mean = ...
    spread = ...
    return ..., ...


check("scale", scale)

# %% 3. Cut the folds (lesson 2.00)
# Cut the rows 0 to n - 1 into k folds for cross-validation: a list of k arrays of row
# numbers. Each row stands in exactly one fold. The sizes differ by one row at most,
# also when k does not divide n: 11 rows in 3 folds are 4, 4 and 3. No shuffling here.


def folds(n, k):
    """Return a list of k arrays of row numbers."""
    return ...


check("folds", folds)

# %% 4. Which model errs less? (lesson 2.00)
# ``errors_a`` and ``errors_b`` are the absolute errors of two models on the *same*
# rows. Return how much more a errs than b, on average, and the standard error of that
# difference: the standard deviation of what you averaged, divided by the root of the
# number of rows.


def paired_difference(errors_a, errors_b):
    """Return two numbers, the mean difference (a minus b) and its standard error."""
    difference = ...
    return ..., ...


check("paired_difference", paired_difference)

# %% 5. A network with its preprocessing inside (lesson 2.03)
# ``x_train`` has the shape (rows, 6): cylinders, displacement, horsepower, weight,
# acceleration and model year, raw, from 3 cylinders to 5,140 pounds. Build a regression
# network that takes raw rows and returns one number, miles per gallon. The scaling
# belongs inside, learned from ``x_train``. Do not compile it: ``check`` trains it with
# Adam(0.03) on the mean absolute error, 25 epochs in batches of 30. It has to err by
# less than 2.4 mpg on other cars.


def build_regression(x_train):
    """Return the network, not compiled."""
    return ...


check("build_regression", build_regression)

# %% 6. Judge class by class (lesson 2.05)
# ``y`` and ``predicted`` hold the numbers of classes, 0 to ``classes`` - 1. Of the rows
# of each class, what share is recognised?


def recall_by_class(y, predicted, classes):
    """Return an array with the recall of each class."""
    shares = np.zeros(classes)
    for number in range(classes):
        shares[number] = ...
    return shares


check("recall_by_class", recall_by_class)

# %% 7. Weigh the rare ones (lesson 2.06)
# ``y`` holds the numbers of classes. Return a dict for ``class_weight=`` of ``fit``:
# weight times rows is the same for each class, and the mean weight over all rows is 1.
# Example: [0, 0, 0, 1] gives {0: 0.667, 1: 2}.


def class_weights(y):
    """Return {number of the class: weight of each of its rows}."""
    return ...


check("class_weights", class_weights)

# %% 8. Words become columns (lesson 2.07)
# ``words`` is a column of a table, a list of strings. ``vocabulary`` lists the words
# that the training rows had. Return a column for each word of the vocabulary, in its
# order: 1 where the row has that word, 0 elsewhere. A word that nobody has seen before
# gets zeros only.


def one_hot(words, vocabulary):
    """Return a table of 0 and 1, shape (rows, words of the vocabulary)."""
    return ...


check("one_hot", one_hot)

# %% How far are you?
# Tasks that are right stay right when you close Spyder.

progress(2)
