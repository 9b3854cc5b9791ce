"""
1.02 Rank of tensors
====================

From one grey pixel to a batch of pictures: the number of axes is a tensor's rank. You
will

* tell rank, shape and size apart, and read the shape of a batch of images,
* know why ``reshape`` is not ``transpose``, and what a careless ``squeeze`` breaks,
* hold text messages of different lengths in a ragged tensor.

:Data: Fashion-MNIST, 10,000 pictures (``course_data.load_fashion_mnist``); 5,171 text
  messages (``load_sms_spam``)
:Slides: part 1, "Rank of tensors"
:Takes: about 4 s on two CPU cores
"""

# %% From a pixel to a batch
# Each row below adds one axis. The last axis of the batch is the *channel*: a grey
# picture has one, a colour picture three (red, green, blue), and image layers expect
# it. A *batch* is the handful of examples that a network handles at once. Before you
# run the cell: write down shape and size of each. The rank is the length of the shape,
# the size is its product.

import matplotlib.pyplot as plt
import tensorflow as tf

from course_data import load_fashion_mnist, load_sms_spam

plt.style.use("petroff10")

_, (x_test, y_test) = load_fashion_mnist()
pictures = tf.constant(x_test[:4])
examples = {
    "scalar: one pixel": pictures[0, 16, 14],
    "vector: a row of pixels": pictures[0, 16],
    "matrix: a picture": pictures[0],
    "cube: four pictures": pictures,
    "batch with channels": tf.expand_dims(pictures, axis=-1),
}
for name, tensor in examples.items():
    print(
        f"{name:24} rank {tf.rank(tensor)}  shape {tensor.shape!s:15}  size "
        f"{tf.size(tensor):4}"
    )
matrix_rank = tf.linalg.matrix_rank(tf.cast(pictures[0], tf.float32))
print("linear algebra's rank of the same picture:", matrix_rank.numpy())

# %%
# Two different things share a name. The tensor's rank counts axes; the matrix rank
# counts the rows that are not combinations of others. Deep learning nearly always means
# axes.

figure, axes = plt.subplots(
    1, 3, figsize=(11, 3.4), width_ratios=[1.3, 1, 1.6], layout="constrained"
)
axes[0].step(range(28), examples["vector: a row of pixels"], where="mid")
axes[0].set(
    title="rank 1: row 16 of a picture", xlabel="column", ylabel="grey level (0 to 255)"
)
axes[1].imshow(examples["matrix: a picture"], cmap="gray")
axes[1].axhline(16, linestyle=":")
axes[1].set(title="rank 2: rows and columns", xlabel="column", ylabel="row")
for number in (3, 2, 1, 0):
    extent = [12 * number, 12 * number + 28, 28 + 12 * number, 12 * number]
    card = tf.pad(pictures[number], [[1, 1], [1, 1]], constant_values=255)
    axes[2].imshow(card, cmap="gray", extent=extent, zorder=-number)
axes[2].set(
    title="rank 3: a stack of pictures",
    xlabel="column, moved 12 for each picture",
    ylabel="row, moved",
)
axes[2].set(xlim=(0, 64), ylim=(64, 0))
plt.show()

# %% Reshape is not transpose
# ``reshape`` keeps the order in which the numbers lie in memory, last axis fastest, and
# cuts the line anew. ``transpose`` moves the axes. Both turn this boot, 20 rows of 28
# pixels, into shape (28, 20). Sketch what each one shows.

boot = pictures[0, 8:]
turned = {
    "the boot": boot,
    "transpose": tf.transpose(boot),
    "reshape": tf.reshape(boot, (28, 20)),
}
figure, axes = plt.subplots(1, 3, figsize=(10, 4), layout="constrained")
for axis, (name, picture) in zip(axes, turned.items()):
    axis.imshow(picture, cmap="gray")
    axis.set(
        title=f"{name}: shape {tuple(picture.shape)}", xlabel="column", ylabel="row"
    )
plt.show()

# %%
# All that ``reshape`` checks is the size. A scrambled picture has the right shape and
# the right pixels in the wrong places, so training runs on, on noise. The same mistake
# in its usual form: four pictures, shape (4, 28, 28), are to stand side by side as one
# of shape (28, 112). Which of the two lines does it?

scrambled = tf.reshape(pictures, (28, 4 * 28))
strip = tf.reshape(tf.transpose(pictures, perm=[1, 0, 2]), (28, 4 * 28))

figure, axes = plt.subplots(2, 1, figsize=(9, 5.6), layout="constrained")
for axis, name, picture in zip(
    axes,
    ("reshape alone", "transpose to (28, 4, 28), then reshape"),
    (scrambled, strip),
):
    axis.imshow(picture, cmap="gray")
    axis.set(title=name, xlabel="column", ylabel="row")
plt.show()
second_picture_whole = bool(tf.reduce_all(strip[:, 28:56] == pictures[1]))

# %%
# ``reshape`` only merges or splits neighbouring axes; ``perm=[1, 0, 2]`` makes them
# neighbours.

# %% Add an axis, drop an axis
# ``tf.image.resize`` wants channels, so ``expand_dims`` adds the axis and ``squeeze``
# drops it again: it removes axes of length 1. A test set comes in batches of 303. What
# shape will the last one have?


def halve(batch, squeeze_axis=None):
    with_channel = tf.expand_dims(batch, axis=-1)
    return tf.squeeze(tf.image.resize(with_channel, (14, 14)), axis=squeeze_axis)


batches = [x_test[start : start + 303] for start in range(0, len(x_test), 303)]
halved = [halve(batch) for batch in batches]
print(
    f"{len(batches)} batches, shapes {halved[0].shape}, ..., {halved[-2].shape}, "
    f"{halved[-1].shape}"
)
try:
    tf.concat(halved, axis=0)
except tf.errors.InvalidArgumentError as error:
    print("error:", error.message.split("} ")[-1])

# %%
# 10,000 = 33 * 303 + 1. The last batch holds one picture, and ``squeeze`` without
# ``axis`` dropped the batch axis too: the program works for weeks, until the day a
# batch of one arrives. Name the axis.

named = tf.concat([halve(batch, squeeze_axis=-1) for batch in batches], axis=0)
print("with axis=-1:", named.shape)

# %% Rows of different length
# Text messages have no common length, so no rectangle holds their words. A *ragged
# tensor* keeps one row a message; its second axis has no length (``None``). Networks
# need rectangles, and ``to_tensor`` fills up with empty words. Guess: what share of the
# rectangle is filling?

try:
    tf.constant([["ok", "lar"], ["free", "entry", "in"]])
except ValueError as error:
    print("error:", error)
messages = load_sms_spam().drop_duplicates().message
words = tf.strings.split(messages)
rectangle = words.to_tensor()
padding = 1 - tf.size(words).numpy() / tf.size(rectangle).numpy()
print(f"ragged: rank {words.shape.rank}, shape {words.shape}, {tf.size(words):,} words")
print(
    f"rectangle: shape {rectangle.shape}, {tf.size(rectangle):,} cells, "
    f"{padding:.1%} of them empty"
)

figure, axis = plt.subplots(figsize=(9, 4))
axis.barh(
    range(40), words.row_lengths()[:40], height=1, edgecolor="white", label="words"
)
axis.axvline(
    rectangle.shape[1], color="grey", linestyle=":", label="the longest message of all"
)
axis.set(
    title="Forty messages, one row each: a rectangle would be mostly empty",
    xlabel="words",
    ylabel="message",
)
axis.invert_yaxis()
axis.legend(loc="center right")
plt.show()

# %%
# One message of 171 words decides the width of all. Hence real programs cut at a chosen
# length, or pad batch by batch: lesson 1.07.

# %% Try it yourself
# 1. Predictions of shape (398, 1) minus targets of shape (398,): which shape? Try it
#    with ``tf.zeros``. (398, 398): every prediction minus every target, no error.
#    ``squeeze(axis=-1)`` first.
# 2. What is the rank of ``x_test[:1]``, and of ``x_test[0]``? (3 and 2: a slice keeps
#    its axis.)

results = {
    f"rank_{rank}": int(tf.rank(tensor))
    for rank, tensor in enumerate(examples.values())
}
results |= {
    "matrix_rank": int(matrix_rank),
    "batch_size_in_values": int(tf.size(examples["batch with channels"])),
    "reshape_equals_transpose": bool(
        tf.reduce_all(turned["reshape"] == turned["transpose"])
    ),
    "strip_holds_second_picture": second_picture_whole,
    "last_batch_rank_bare_squeeze": len(halved[-1].shape),
    "pictures_with_named_axis": named.shape[0],
    "ragged_words": int(tf.size(words)),
    "padding_share": float(padding),
}
print(results)
