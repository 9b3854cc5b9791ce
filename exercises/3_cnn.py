"""
Exercises 3: CNN
================

Nine tasks, two to eight minutes each, in the order of the lessons. Fill in what is
written ``...``, run the cell, and read what ``check`` says about it. When you are
stuck, ``hint("name")`` helps and ``solution("name")`` shows an answer.

:Data: Fashion-MNIST (``course_data.load_fashion_mnist``)
:Lessons: 3.01 to 3.08
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

# %% 1. Slide a filter (lesson 3.01)
# ``image`` has two axes, rows and columns, and so has ``kernel``. Lay the kernel on
# every place where it fits with all its cells, multiply cell by cell, and add up. Two
# loops, no ``tf.nn.conv2d``.


def convolve(image, kernel):
    """Return the output of the filter, stride 1, no padding."""
    height, width = kernel.shape
    rows = ...
    columns = ...
    output = np.zeros((rows, columns))
    for row in range(rows):
        for column in range(columns):
            output[row, column] = ...
    return output


check("convolve", convolve)

# %% 2. Dress a picture for a CNN (lesson 3.02)
# ``picture`` has the shape (rows, columns), and is grey. Keras' convolutions want
# (batch, rows, columns, channels). Return a batch of this one picture.


def to_batch(picture):
    """Return the picture in the shape that Conv2D takes."""
    return ...


check("to_batch", to_batch)

# %% 3. Find a pixel again (lesson 3.02)
# A picture of the shape (height, width, channels) was flattened. At which place of the
# long vector stands the number of this row, column and channel? All count from 0.
# Example: row 1, column 0, channel 2 of a picture 5 wide with 3 channels is at 17.


def flat_place(row, column, channel, width, channels):
    """Return the place in the flattened picture, a whole number."""
    return ...


check("flat_place", flat_place)

# %% 4. How wide is the output? (lessons 3.03 and 3.06)
# An image of width W, a filter of width F, P zeros on each side, stride S. A filter
# that no longer fits is left out: W = 6, F = 3, P = 0, S = 2 gives 2.


def output_width(W, F, P, S):
    """Return the width of the convolution's output, a whole number."""
    return ...


check("output_width", output_width)

# %% 5. A frame of zeros (lesson 3.04)
# ``images`` has the shape (batch, rows, columns, channels), ``F`` is the width of a
# filter, an odd number. Lay zeros around each image, so that a filter of F × F with
# stride 1 and ``padding="valid"`` gives back as many rows and columns as there were.


def add_frame(images, F):
    """Return the images with a frame of zeros."""
    return ...


check("add_frame", add_frame)

# %% 6. Max pooling by hand (lesson 3.05)
# ``image`` has two axes, both of even length. Return the largest number of each window
# of 2 × 2. Without ``tf.nn.max_pool2d``: a reshape and a maximum are enough.


def max_pool(image):
    """Return the max pooling of an image, windows of 2 × 2, stride 2."""
    return ...


check("max_pool", max_pool)

# %% 7. Count the weights (lesson 3.06)
# A convolution with ``filters`` filters of F × F, over an input with ``channels``
# channels. How many parameters has it, biases included?


def parameters(F, channels, filters):
    """Return the number of parameters of a Conv2D layer."""
    return ...


check("parameters", parameters)

# %% 8. A small CNN (lesson 3.07)
# Build a network for Fashion-MNIST. It takes raw pictures, (28, 28, 1), bytes from 0 to
# 255, and returns ten probabilities. At most 30,000 parameters, at least two
# convolutions, and some pooling or stride. Do not compile it. ``check`` trains it with
# Adam for 3 epochs on 4,000 pictures; it has to be right on 0.78 of 2,000 others.


def build_cnn():
    """Return the network, not compiled."""
    return ...


check("build_cnn", build_cnn)

# %% 9. What does it look at? (lesson 3.08)
# ``predict`` takes a batch of pictures, (batch, 28, 28, 1), and returns probabilities,
# (batch, 10). Cover one square of ``size`` × ``size`` pixels after the other with
# zeros, and write down by how much the probability of ``label`` falls. A square that
# matters gets a large number.


def occlusion_map(predict, picture, label, size):
    """Return the falls, shape (28 // size, 28 // size); picture is (28, 28, 1)."""
    places = 28 // size
    falls = np.zeros((places, places))
    before = ...
    for row in range(places):
        for column in range(places):
            covered = ...
            falls[row, column] = ...
    return falls


check("occlusion_map", occlusion_map)

# %% How far are you?
# Tasks that are right stay right when you close Spyder.

progress(3)
