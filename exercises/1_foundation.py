"""
Exercises 1: foundation
=======================

Ten tasks, two to eight minutes each, in the order of the lessons. Fill in what is
written ``...``, run the cell, and read what ``check`` says about it. When you are
stuck, ``hint("name")`` helps and ``solution("name")`` shows an answer.

:Data: none
:Lessons: 1.01 to 1.12
:Takes: an hour
"""

# %% Start
# Run this cell first. Most tasks are functions of a few lines. ``check`` calls them
# with numbers that you do not see. Tables and pictures come as NumPy arrays; use NumPy
# or TensorFlow. A cell that runs for ever is stopped by the red square above the
# console.

import numpy as np
import tensorflow as tf

from course_exercises import check, hint, progress, solution

# %% 1. The slope of any function (lesson 1.01)
# ``function`` takes a number and returns one. Return its slope at ``x``, with a
# gradient tape. Example: the slope of x² at 3.0 is 6.


def slope(function, x):
    """Return the derivative of function at x, a tensor of one number."""
    return ...


check("slope", slope)

# %% 2. Which shape has it? (lesson 1.02)
# ``pictures`` has the shape (60, 28, 20): 60 pictures, 28 rows, 20 columns. Write the
# shapes as tuples, such as (60, 28), from your head. No program, no console!

shapes = {
    "pictures[0]": ...,
    "pictures[:1]": ...,
    "pictures[:, 0]": ...,
    "pictures[:, :, :, tf.newaxis]": ...,
    "tf.reshape(pictures, (60, -1))": ...,
}

check("shapes", shapes)

# %% 3. How bright is each picture? (lesson 1.03)
# ``pictures`` has the shape (pictures, rows, columns) and holds bytes, ``uint8``, as
# Fashion-MNIST does. Return the mean grey level of each picture: one number per
# picture.


def brightness(pictures):
    """Return the mean of each picture, shape (pictures,), as floats."""
    return ...


check("brightness", brightness)

# %% 4. Subtract each row's mean (lesson 1.03)
# Each row of ``x`` is a person, each column a question that was answered by 1 to 5.
# Some people are just kinder. Subtract from each row its own mean.


def center_rows(x):
    """Return x with a mean of 0 in every row, in the shape of x."""
    return ...


check("center_rows", center_rows)

# %% 5. A loss that cannot be fooled (lesson 1.04)
# ``y`` has the shape (n,), as a column of a table. ``prediction`` has (n, 1), as it
# comes out of a network. Return the mean squared error, one number.


def mean_squared_error(y, prediction):
    """Return the mean of the squared differences, row by row."""
    return ...


check("mean_squared_error", mean_squared_error)

# %% 6. Means with holes (lessons 1.03 and 1.04)
# Some cells of ``table`` are NaN: nobody measured them. Return the mean of each column
# over the cells that *were* measured.


def column_means(table):
    """Return the mean of each column, without its NaN."""
    measured = ...
    total = ...
    return total / ...


check("column_means", column_means)

# %% 7. Padding does not count (lesson 1.07)
# ``vectors`` has the shape (sentences, words, numbers): a vector for each word. Short
# sentences are padded; ``lengths`` says how many words are real. Return the mean vector
# of the real words of each sentence. ``tf.sequence_mask`` knows which are real; what
# stands in the padding may be anything, not only zeros.


def mean_of_words(vectors, lengths):
    """Return the mean of the real words, shape (sentences, numbers)."""
    mask = ...
    return ...


check("mean_of_words", mean_of_words)

# %% 8. The shapes of W and b (lesson 1.10)
# ``sizes`` lists the inputs and the neurons of each layer: [4, 4, 3, 1] is the network
# of the classwork. Return a list with a pair for each layer: the shape of its kernel
# and the shape of its bias, as Keras keeps them.


def layer_shapes(sizes):
    """Return [(shape of the kernel, shape of the bias), …], a pair per layer."""
    shapes = []
    for inputs, neurons in zip(sizes[:-1], sizes[1:]):
        shapes.append(...)
    return shapes


check("layer_shapes", layer_shapes)

# %% 9. One step downhill (lesson 1.11)
# A line, prediction = slope · x + intercept, and its loss, the mean squared error over
# all rows. Take one step of gradient descent. Write the two derivatives by hand; a tape
# would do as well.


def training_step(slope, intercept, x, y, learning_rate):
    """Return slope and intercept after one step."""
    error = ...
    slope_gradient = ...
    intercept_gradient = ...
    return ..., ...


check("training_step", training_step)

# %% 10. The loss of a classifier (lesson 1.12)
# ``probabilities`` has the shape (pictures, classes), ``labels`` holds the number of
# the right class of each picture. Return the mean cross-entropy over all pictures.


def cross_entropy(probabilities, labels):
    """Return the mean cross-entropy, one number."""
    return ...


check("cross_entropy", cross_entropy)

# %% How far are you?
# Tasks that are right stay right when you close Spyder.

progress(1)
