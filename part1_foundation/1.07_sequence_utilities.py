"""
1.07 Sequence utilities
=======================

Sentences differ in length, a tensor is a rectangle: most sequence utilities make one
into the other. You will

* turn real text messages into a padded rectangle of numbers, with a mask, and waste
  little of it,
* count, sort, look up and bin with TensorFlow, and name a classifier's three best
  guesses,
* see where a default differs from what you, or NumPy, would take for granted.

:Data: 5,171 text messages, Auto MPG, census income, Fashion-MNIST (``course_data``)
:Slides: part 1, "Various sequence utilities"
:Takes: about 4 s on two CPU cores
"""

# %% From words to numbers: a vocabulary
# A network reads numbers, so each word gets one. ``unique_with_counts`` returns the
# different words, for each word of the text its place among them, and the counts.
# NumPy's ``unique`` sorts its result. Does TensorFlow's? And how many of the words
# occur once only? Guess a percentage.

import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf

from course_data import (
    FASHION_MNIST_CLASSES,
    load_auto_mpg,
    load_census_income,
    load_fashion_mnist,
    load_sms_spam,
)

plt.style.use("petroff10")

messages = load_sms_spam()["message"].drop_duplicates()
words = tf.strings.split(messages.to_numpy(dtype=object))  # ragged: one row a message
vocabulary, word_ids, counts = tf.unique_with_counts(words.flat_values)
print("first five of the vocabulary:", vocabulary[:5].numpy())
print(f"{len(vocabulary):,} words, {np.mean(counts == 1):.0%} of them occur once")
lengths = tf.cast(words.row_lengths(), tf.int32)
starts = tf.cumsum(lengths, exclusive=True)
print(
    "lengths", lengths[:4].numpy(), "-> the messages start at word", starts[:4].numpy()
)
unseen = tf.sets.difference([vocabulary], [words[:4136].flat_values]).values
print(
    f"{len(unseen):,} words occur only after message 4,136: a model trained on "
    "those before never met them"
)

# %%
# Order of first appearance, not sorted. ``cumsum(exclusive=True)`` leaves out the
# element itself: of lengths it makes starting points.

# %% A rectangle: padding
# Four messages, cut or filled to six words by ``pad_sequences``. Where will it fill, in
# front or behind, and which words of the long question does it throw away?

four = [message.split() for message in messages.loc[[126, 111, 386, 131]]]
figure, axes = plt.subplots(2, 1, figsize=(8, 5), layout="constrained")
for axis, options in zip(axes, [{}, {"padding": "post", "truncating": "post"}]):
    padded = tf.keras.utils.pad_sequences(
        four, maxlen=6, dtype=object, value="", **options
    )
    axis.imshow(padded != "", cmap="Blues", vmin=0, vmax=2, aspect="auto")
    for (row, column), word in np.ndenumerate(padded):
        axis.text(column, row, word, ha="center", va="center")
    axis.set(
        title=f"options: {options or 'none'}",
        xlabel="time step",
        ylabel="message",
        yticks=range(4),
    )
plt.show()

# %%
# Filled and cut in front: "What is" is lost, and with it the question. The last words
# stand next to a recurrent network's output (part 4), hence the default. To keep the
# beginning, say "post" twice.

# %% The mask
# Padding must not count. ``sequence_mask`` makes True and False from lengths. The mean
# number of letters of a word is about 4: what does the mean over the whole rectangle
# say?

letters = tf.ragged.map_flat_values(tf.strings.length, words, unit="UTF8_CHAR")
rectangle = tf.keras.utils.pad_sequences(letters.to_list(), padding="post")
mask = tf.sequence_mask(lengths)
right_mean = rectangle[mask].mean()
print(
    f"letters a word: {rectangle.mean():.2f} with padding, {right_mean:.2f} with "
    "the mask"
)
ids = tf.constant([[11, 12, 13, 0, 0], [21, 22, 0, 0, 0]])
print(
    "two messages read backwards by reverse         ",
    tf.reverse(ids, axis=[1]).numpy().tolist(),
)
print(
    "two messages read backwards by reverse_sequence",
    tf.reverse_sequence(ids, [3, 2], seq_axis=1).numpy().tolist(),
)

# %% Padding is work: sort by length
# 9 cells in 10 of that rectangle are padding, for one message of 171 words. Networks
# are fed in batches, here of 64 messages, and each batch needs only the length of its
# longest. How much padding is left, in the file's order and sorted by length?
# ``invert_permutation`` puts the answers back in the file's order.

order = tf.argsort(lengths)
in_order = tf.gather(lengths, order)
shares = [1 - float(np.mean(mask))]
for sizes in (lengths, in_order):
    batches = tf.reshape(sizes[: 80 * 64], (80, 64))
    shares.append(
        1 - float(np.sum(batches) / np.sum(64 * tf.reduce_max(batches, axis=1)))
    )
back = tf.gather(in_order, tf.math.invert_permutation(order))
print(
    f"padding: one rectangle {shares[0]:.0%}, batches {shares[1]:.0%}, "
    f"batches sorted by length {shares[2]:.1%}"
)

# %% Bins
# ``searchsorted`` finds each value's bin among sorted edges. A person of exactly 25:
# with ``side="right"`` the bin that begins at 25, with the default the one below. Nine
# cars do more than 40 miles a gallon, one less than 10. NumPy's histogram from 10 to 40
# leaves them out. TensorFlow's?

age = tf.constant(load_census_income()[0]["age"], tf.int32)
groups = tf.searchsorted([25, 35, 45, 55, 65], age, side="right")
print("ages under 25, 25-34, ..., 65 and over:", tf.math.bincount(groups).numpy())
cars = load_auto_mpg()
histogram = tf.histogram_fixed_width(cars["mpg"], [10.0, 40.0], nbins=6).numpy()
by_numpy, _ = np.histogram(cars["mpg"], bins=6, range=(10, 40))
print(
    f"TensorFlow {histogram} sum {histogram.sum()}\nNumPy      {by_numpy} sum "
    f"{by_numpy.sum()}"
)

# %% The three best guesses
# TensorFlow puts outliers into the end bins. Next, a classifier without learning: each
# picture is given to the class whose mean picture is nearest. It is right for 2 of 3.
# How often is the truth among its best three?

(x_train, y_train), (x_test, y_test) = load_fashion_mnist()
centres = tf.stack(
    [x_train[y_train == label].mean(axis=0).ravel() for label in range(10)]
)
scores = (
    x_test.reshape(-1, 784) @ tf.transpose(centres)
    - tf.reduce_sum(centres**2, axis=1) / 2
)
best = tf.math.top_k(scores, k=3).indices.numpy()
hits = best == y_test[:, np.newaxis]
top_accuracy = np.cumsum(hits.mean(axis=0))
print("truth among the best 1, 2, 3:", top_accuracy.round(3))
figure, axes = plt.subplots(1, 4, figsize=(10, 3.4), layout="constrained")
for axis, index in zip(axes, np.flatnonzero(~hits[:, 0])):
    axis.imshow(x_test[index], cmap="gray")
    guesses = "guesses:\n" + "\n".join(
        FASHION_MNIST_CLASSES[label] for label in best[index]
    )
    axis.set(
        title=f"true: {FASHION_MNIST_CLASSES[y_test[index]]}",
        xlabel=guesses,
        xticks=[],
        yticks=[],
    )
plt.show()

# %% A surface from two lines
# ``meshgrid`` pairs every value of one range with every value of another, here slopes
# and intercepts of a line from weight to mileage; the height is that line's error.
# Training (1.11) walks down such a surface, often by shrinking steps: ``cumprod`` and
# ``repeat`` write a step size halved twice. 61 slopes, 69 intercepts: which shape?

step_sizes = tf.repeat(tf.math.cumprod([0.1, 0.5, 0.5]), 3)
print("step sizes", step_sizes.numpy())
weight = tf.constant((cars["weight"] - cars["weight"].mean()) / 1000, tf.float32)
slopes, intercepts = tf.meshgrid(
    tf.linspace(-15.0, 0.0, 61), tf.range(15.0, 32.25, 0.25)
)
residuals = (
    slopes[..., tf.newaxis] * weight
    + intercepts[..., tf.newaxis]
    - tf.constant(cars["mpg"], tf.float32)
)
error = tf.reduce_mean(residuals**2, axis=-1)
row, column = np.unravel_index(np.argmin(error), error.shape)
slope, intercept = float(slopes[row, column]), float(intercepts[row, column])
print(
    f"grid {slopes.shape}, lowest at {slope}, {intercept}; least squares:",
    np.polyfit(weight, cars.mpg, 1).round(2),
)
figure, axis = plt.subplots(figsize=(7, 4), layout="constrained")
figure.colorbar(
    axis.contourf(slopes, intercepts, error, levels=20),
    label="mean squared error (mpg²)",
)
axis.plot(slope, intercept, "w*", markersize=14)
axis.set(
    title="The error of every line; star: the lowest",
    xlabel="slope (mpg per 1,000 lb)",
    ylabel="intercept (mpg)",
)
plt.show()

# %% Try it yourself
# 1. Write down ``pad_sequences([[1, 2, 3, 4], [5]], maxlen=3)``, then run it. (Rows 2 3
#    4 and 0 0 5.)
# 2. Raise ``k`` to 5. How often is the truth among the best five? (About 0.98.)

results = {
    "vocabulary_size": len(vocabulary),
    "starts_and_order_right": np.array_equal(starts, words.row_starts())
    and np.array_equal(back, lengths),
    "masked_mean": float(right_mean),
    "padding_file_order": shares[1],
    "padding_sorted": shares[2],
    "bins_equal_numpy": np.array_equal(groups, np.digitize(age, [25, 35, 45, 55, 65])),
    "histogram_sum": int(histogram.sum()),
    "top_3": float(top_accuracy[2]),
    "last_step_size": float(step_sizes[-1]),
    "grid_slope": slope,
}
print(results)
