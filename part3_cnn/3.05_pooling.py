"""
3.05 Pooling
============

A network need not know to the pixel where something is. You will

* compute max and average pooling by hand, and by TensorFlow,
* shift a picture by one pixel and measure how much the features change, with pooling
  and without,
* know what global pooling is for.

:Data: the 6 × 6 image of the workbook's tab *CNN*; Fashion-MNIST, 500 test pictures
  (``course_data.load_fashion_mnist``)
:Slides: part 3, "Pooling keeps the largest of each window", "Does pooling make it
  stable?"
:Takes: about 4 s on two CPU cores
"""

# %% Windows of 2 × 2
# *Pooling* lays a window on the image, usually of 2 × 2 pixels, and keeps one number of
# it: the largest (*max pooling*) or the mean (*average pooling*). The window moves by
# its own width, so the windows do not overlap, and height and width are halved. There
# is nothing to learn in it.

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import tensorflow as tf

from course_data import load_fashion_mnist

plt.style.use("petroff10")

# %%
# Take the image of the workbook. Write down the three numbers of the first row of the
# max pooling before you run the cell.

image = np.array(
    [
        [18, 54, 51, 239, 244, 188],
        [55, 121, 75, 78, 95, 88],
        [35, 24, 204, 113, 109, 221],
        [3, 154, 104, 235, 25, 130],
        [15, 253, 225, 159, 78, 233],
        [68, 85, 180, 214, 245, 0],
    ],
    dtype="float32",
)
images = tf.constant(image)[tf.newaxis, :, :, tf.newaxis]
maximum = tf.nn.max_pool2d(images, ksize=2, strides=2, padding="VALID")[0, :, :, 0]
average = tf.nn.avg_pool2d(images, ksize=2, strides=2, padding="VALID")[0, :, :, 0]
print("max pooling\n", maximum.numpy())
print("average pooling\n", average.numpy())

# %%
# By hand, with the reshape of lesson 1.02: three by three windows of two by two pixels.

windows = image.reshape(3, 2, 3, 2)
max_by_hand = windows.max(axis=(1, 3))
average_by_hand = windows.mean(axis=(1, 3))
max_equals = bool(np.array_equal(max_by_hand, maximum))
average_equals = bool(np.allclose(average_by_hand, average))
print("max pooling equals NumPy:    ", max_equals)
print("average pooling equals NumPy:", average_equals)

# %%
# In the figure each frame is a window, and the largest number of each is marked.

figure, axes = plt.subplots(1, 3, figsize=(12, 4.2), layout="constrained")
panels = {"image": image, "max pooling": maximum, "average pooling": average}
for axis, (name, numbers) in zip(axes, panels.items()):
    axis.imshow(numbers, cmap="Blues", vmin=0, vmax=400)
    for (row, column), number in np.ndenumerate(numbers):
        axis.text(column, row, f"{number:g}", ha="center", va="center")
    axis.set(title=name, xlabel="column", ylabel="row")
    axis.set(xticks=range(len(numbers)), yticks=range(len(numbers)))
for edge in (1.5, 3.5):
    axes[0].axhline(edge, color="black")
    axes[0].axvline(edge, color="black")
for row, column in np.ndindex(3, 3):
    top, left = np.unravel_index(windows[row, :, column].argmax(), (2, 2))
    position = (2 * column + left, 2 * row + top)
    axes[0].scatter(*position, s=500, facecolors="none", edgecolors="C2", linewidths=2)
plt.show()

# %% Shift it by one pixel
# What is it good for? A shoe stays a shoe when it moves by a pixel. But nearly every
# number of the shoe changes. We look for edges with a filter, as the first layer of a
# network does, and compare the features of 500 pictures with those of the same
# pictures, moved one pixel to the right.
#
# We measure the sum of all changes, divided by the sum of all features. That is 0 where
# nothing has changed, and 2 where not one feature is where it was: all that there were
# are gone, and as many have come. Guess for three cases: without pooling; with a stride
# of 2, which only leaves positions out (lesson 3.03); and with max pooling.

pictures = load_fashion_mnist()[1][0][:500].astype("float32")[..., np.newaxis] / 255
shifted = np.pad(pictures, ((0, 0), (0, 0), (1, 0), (0, 0)))[:, :, :-1]
edge_filter = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]], dtype="float32")
edge_filter = edge_filter[:, :, np.newaxis, np.newaxis]


def edges(batch):
    """Return how strongly each position shows an edge from dark to bright."""
    return tf.nn.relu(tf.nn.conv2d(batch, edge_filter, strides=1, padding="SAME"))


# %%
# Six ways to make less of them:


def every_second(batch):
    return batch[:, ::2, ::2]


def max_pooling(batch):
    return tf.nn.max_pool2d(batch, ksize=2, strides=2, padding="VALID")


def average_pooling(batch):
    return tf.nn.avg_pool2d(batch, ksize=2, strides=2, padding="VALID")


def max_pool_twice(batch):
    return max_pooling(max_pooling(batch))


def average_twice(batch):
    return average_pooling(average_pooling(batch))


def largest_of_all(batch):
    return tf.reduce_max(batch, axis=(1, 2), keepdims=True)


# %%
# The features before and after, for each way. A second ruler stands beside the first:
# the changes divided by the difference between a picture's features and those of
# *another* picture. (1 would mean: moved by a pixel it looks as strange as another
# picture.)


def changes_of(pool):
    """Return the change of one number, and the changes by either ruler."""
    before = pool(edges(pictures))
    change = tf.reduce_mean(tf.abs(pool(edges(shifted)) - before))
    other = tf.reduce_mean(tf.abs(tf.roll(before, 1, axis=0) - before))
    return [
        float(change),
        float(change / tf.reduce_mean(before)),
        float(change / other),
    ]


ways = {
    "no pooling": tf.identity,
    "every second position": every_second,
    "average pooling": average_pooling,
    "max pooling": max_pooling,
    "average pooling, twice": average_twice,
    "max pooling, twice": max_pool_twice,
    "largest of all": largest_of_all,
}
columns = ["of one number", "by the features", "by another picture"]
changes = pd.DataFrame(
    [changes_of(pool) for pool in ways.values()], index=list(ways), columns=columns
)
print(changes.round(3).to_string())

# %%
# Without pooling the features change by more than their own size: an edge that has
# moved by a pixel is a loss here and a gain there. Leaving positions out, as a stride
# does, does not help. By either ruler the average helps, max pooling helps more, twice
# is better than once, and the largest of *all* positions does not mind at all.
#
# But read the first column: behind max pooling a *single number* changes as much as
# without it. What has grown is what it is compared with: the numbers that remain are
# nearly twice as large. (Max is ahead of the average with each of 80 random filters, by
# 5 to 23 % of the second column. Measured with squares instead of amounts the average
# is level with it, or ahead, unless the filter's weights add up to 0: outside this
# lesson.)
#
# Is that because the largest number of a window stays where it was? Guess: of the
# numbers that come out of max pooling, how many are the same after the shift? And after
# pooling twice, which makes windows of 4 × 4?


def share_unchanged(pool):
    """Return the share of the positive pooled numbers that the shift leaves alone."""
    before = pool(edges(pictures)).numpy()
    after = pool(edges(shifted)).numpy()
    return float(np.mean(np.isclose(before, after)[before > 0]))


unchanged_once = share_unchanged(max_pooling)
unchanged_twice = share_unchanged(max_pool_twice)
print(
    f"unchanged after max pooling: {unchanged_once:.2f}, twice: {unchanged_twice:.2f}"
)

# %%
# Not even a third, and half. In a window of two columns a largest number in the left
# one stays inside, and one in the right one leaves: half of them at best, before
# anything comes in from the left. In a window of four columns three of four stay. So
# pooling once softens the change, measured against what is there; it does not remove
# it.
#
# The picture shows where it is left. Below are the changes, all in the same greys.

before_and_after = {
    "picture": (pictures[0, :, :, 0], shifted[0, :, :, 0]),
    "edges": (edges(pictures[:1])[0, :, :, 0], edges(shifted[:1])[0, :, :, 0]),
    "max pooling": (
        max_pooling(edges(pictures[:1]))[0, :, :, 0],
        max_pooling(edges(shifted[:1]))[0, :, :, 0],
    ),
}
figure, axes = plt.subplots(3, 3, figsize=(9, 9), layout="constrained")
for column, (name, (before, after)) in enumerate(before_and_after.items()):
    difference = np.abs(after - before)
    change = np.sum(difference) / np.sum(before)
    largest = np.max(before)
    axes[0, column].imshow(before, cmap="gray", vmin=0, vmax=largest)
    axes[1, column].imshow(after, cmap="gray", vmin=0, vmax=largest)
    axes[2, column].imshow(difference, cmap="gray", vmin=0, vmax=largest)
    axes[0, column].set(title=name, xticks=[])
    axes[1, column].set(title="one pixel to the right", xticks=[])
    axes[2, column].set(title=f"change, {change:.2f} in all")
plt.show()

# %%
# The shift went *across* the edges that this filter finds, the hard direction. Down by
# one pixel (exercise 4) the features change less, with and without pooling.

# %% What it costs, and what it saves
# The position *within* a window is lost. That is the price, a loss where the question
# is "where exactly?". Where it is "what is it?", pooling helps with pictures that have
# moved: small networks with max or average pooling, trained on 4,000 pictures, had 0.62
# to 0.71 of test pictures right that were moved by two pixels, those without 0.55 to
# 0.57; on the pictures as they are they were level (three seeds, outside this lesson).
# And a quarter of the numbers means a quarter of the work in every convolution behind
# it. Many networks of today do without: they take a stride instead (lesson 3.07), and
# pool at the end only.
#
# *Global* pooling goes to the end of that road: one number for each channel, whatever
# the size of the picture. What does that save in a last layer with ten classes?

flatten_end = tf.keras.Sequential(
    [
        tf.keras.Input((7, 7, 64)),
        tf.keras.layers.Flatten(),
        tf.keras.layers.Dense(10),
    ]
)
global_end = tf.keras.Sequential(
    [
        tf.keras.Input((None, None, 64)),
        tf.keras.layers.GlobalAveragePooling2D(),
        tf.keras.layers.Dense(10),
    ]
)
flat_weights = flatten_end.count_params()
global_weights = global_end.count_params()
print(f"7 × 7 × 64, flattened: {flat_weights:,} weights and biases")
print(f"global pooling:        {global_weights:,}")

# %%
# And the second one takes feature maps of every size, for no weight depends on it:

for size in [(7, 7), (10, 15)]:
    answer = global_end(tf.zeros((1, *size, 64)))
    print("maps of", size, "give", answer.shape)

# %% Try it yourself
# 1. Pool the 6 × 6 image with windows of 3 × 3. Which size comes out, and which
#    numbers? (2 × 2; the largest of nine each: 204, 244, 253 and 245.)
# 2. Let the windows overlap: ``ksize=3, strides=2``. Which size? (2 × 2 with VALID, 3 ×
#    3 with SAME.)
# 3. Shift the pictures by two pixels. Which way of pooling does not mind at all? (Max
#    pooling with windows of 2 moves by exactly one position; the change is large again.
#    Only the largest of all stays.)
# 4. Shift them down instead:
#    ``np.pad(pictures, ((0, 0), (1, 0), (0, 0), (0, 0)))[:, :-1]``. Which changes
#    become smaller? (All but the last: 0.36 without pooling, 0.24 with max pooling,
#    0.13 twice. The filter looks for vertical edges, and those go on below.)

results = {
    "max_first": float(maximum[0, 0]),
    "average_first": float(average[0, 0]),
    "max_equals": max_equals,
    "average_equals": average_equals,
    "change_none": float(changes.loc["no pooling", "by the features"]),
    "change_every_second": float(
        changes.loc["every second position", "by the features"]
    ),
    "change_average": float(changes.loc["average pooling", "by the features"]),
    "change_max": float(changes.loc["max pooling", "by the features"]),
    "change_twice": float(changes.loc["max pooling, twice", "by the features"]),
    "max_number_change": float(
        changes.loc["max pooling", "of one number"]
        / changes.loc["no pooling", "of one number"]
    ),
    "max_beside_another": float(changes.loc["max pooling", "by another picture"]),
    "average_beside_another": float(
        changes.loc["average pooling", "by another picture"]
    ),
    "unchanged_once": unchanged_once,
    "unchanged_twice": unchanged_twice,
    "change_all": float(changes.loc["largest of all", "by the features"]),
    "flat_weights": flat_weights,
    "global_weights": global_weights,
}
print(results)
