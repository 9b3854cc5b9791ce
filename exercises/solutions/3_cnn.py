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
    # gap: rows = ...
    # gap: columns = ...
    rows = image.shape[0] - height + 1
    columns = image.shape[1] - width + 1
    # end gap
    output = np.zeros((rows, columns))
    for row in range(rows):
        for column in range(columns):
            # gap: output[row, column] = ...
            window = image[row : row + height, column : column + width]
            output[row, column] = np.sum(window * kernel)
            # end gap
    return output


check("convolve", convolve)

# %% 2. Dress a picture for a CNN (lesson 3.02)
# ``picture`` has the shape (rows, columns), and is grey. Keras' convolutions want
# (batch, rows, columns, channels). Return a batch of this one picture.


def to_batch(picture):
    """Return the picture in the shape that Conv2D takes."""
    # gap: return ...
    return picture[np.newaxis, :, :, np.newaxis]
    # end gap


check("to_batch", to_batch)

# %% 3. Find a pixel again (lesson 3.02)
# A picture of the shape (height, width, channels) was flattened. At which place of the
# long vector stands the number of this row, column and channel? All count from 0.
# Example: row 1, column 0, channel 2 of a picture 5 wide with 3 channels is at 17.


def flat_place(row, column, channel, width, channels):
    """Return the place in the flattened picture, a whole number."""
    # gap: return ...
    return (row * width + column) * channels + channel
    # end gap


check("flat_place", flat_place)

# %% 4. How wide is the output? (lessons 3.03 and 3.06)
# An image of width W, a filter of width F, P zeros on each side, stride S. A filter
# that no longer fits is left out: W = 6, F = 3, P = 0, S = 2 gives 2.


def output_width(W, F, P, S):
    """Return the width of the convolution's output, a whole number."""
    # gap: return ...
    return (W - F + 2 * P) // S + 1
    # end gap


check("output_width", output_width)

# %% 5. A frame of zeros (lesson 3.04)
# ``images`` has the shape (batch, rows, columns, channels), ``F`` is the width of a
# filter, an odd number. Lay zeros around each image, so that a filter of F × F with
# stride 1 and ``padding="valid"`` gives back as many rows and columns as there were.


def add_frame(images, F):
    """Return the images with a frame of zeros."""
    # gap: return ...
    zeros = (F - 1) // 2
    return np.pad(images, [(0, 0), (zeros, zeros), (zeros, zeros), (0, 0)])
    # end gap


check("add_frame", add_frame)

# %% 6. Max pooling by hand (lesson 3.05)
# ``image`` has two axes, both of even length. Return the largest number of each window
# of 2 × 2. Without ``tf.nn.max_pool2d``: a reshape and a maximum are enough.


def max_pool(image):
    """Return the max pooling of an image, windows of 2 × 2, stride 2."""
    # gap: return ...
    rows, columns = image.shape
    windows = image.reshape(rows // 2, 2, columns // 2, 2)
    return windows.max(axis=(1, 3))
    # end gap


check("max_pool", max_pool)

# %% 7. Count the weights (lesson 3.06)
# A convolution with ``filters`` filters of F × F, over an input with ``channels``
# channels. How many parameters has it, biases included?


def parameters(F, channels, filters):
    """Return the number of parameters of a Conv2D layer."""
    # gap: return ...
    return (F * F * channels + 1) * filters
    # end gap


check("parameters", parameters)

# %% 8. A small CNN (lesson 3.07)
# Build a network for Fashion-MNIST. It takes raw pictures, (28, 28, 1), bytes from 0 to
# 255, and returns ten probabilities. At most 30,000 parameters, at least two
# convolutions, and some pooling or stride. Do not compile it. ``check`` trains it with
# Adam for 3 epochs on 4,000 pictures; it has to be right on 0.78 of 2,000 others.


def build_cnn():
    """Return the network, not compiled."""
    # gap: return ...
    return tf.keras.Sequential(
        [
            tf.keras.Input(shape=(28, 28, 1)),
            tf.keras.layers.Rescaling(1 / 255),
            tf.keras.layers.Conv2D(16, 5, strides=2, activation="relu"),
            tf.keras.layers.Conv2D(32, 3, activation="relu"),
            tf.keras.layers.MaxPooling2D(2),
            tf.keras.layers.Flatten(),
            tf.keras.layers.Dense(10, activation="softmax"),
        ]
    )
    # end gap


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
    # gap: before = ...
    before = predict(picture[np.newaxis])[0, label]
    # end gap
    for row in range(places):
        for column in range(places):
            # gap: covered = ...
            # gap: falls[row, column] = ...
            covered = picture.copy()
            top, left = row * size, column * size
            covered[top : top + size, left : left + size] = 0
            after = predict(covered[np.newaxis])[0, label]
            falls[row, column] = before - after
            # end gap
    return falls


check("occlusion_map", occlusion_map)

# %% How far are you?
# Tasks that are right stay right when you close Spyder.

progress(3)
