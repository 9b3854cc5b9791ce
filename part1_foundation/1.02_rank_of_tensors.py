"""
1.02 Rank of tensors
====================

How many axes has your data, and in which order? You will

* tell rank, shape and size of a tensor apart, from one pixel to a batch of pictures,
* reshape without scrambling, and know when only a transpose will do,
* add and drop axes, and hold rows of different length.

:Data: Fashion-MNIST, test pictures (``course_data.load_fashion_mnist``); 5,171 text
  messages (``course_data.load_sms_spam``)
:Slides: part 1, "The rank counts the axes of a tensor", "Reshape does not turn a
  picture"
:Takes: about 5 s on two CPU cores
"""

# %% From a pixel to a batch
# The *rank* of a tensor is the number of its axes. Its *shape* is the list of their
# lengths, and its *size* is how many numbers it holds: the product of the shape.

import matplotlib.pyplot as plt
import tensorflow as tf

from course_data import load_fashion_mnist, load_sms_spam

plt.style.use("petroff10")

# %%
# Each of these tensors has one axis more than the one before it. The last axis of the
# last one is the *channel*: a grey picture has one channel, a colour picture three. A
# *batch* is the handful of examples that a network takes at once. Write down shape and
# size of all five.

_, (x_test, y_test) = load_fashion_mnist()
pictures = tf.constant(x_test[:4])
examples = {
    "one pixel": pictures[0, 16, 14],
    "a row of pixels": pictures[0, 16],
    "a picture": pictures[0],
    "four pictures": pictures,
    "a batch with channels": tf.expand_dims(pictures, axis=-1),
}
ranks = []
for name, tensor in examples.items():
    rank = int(tf.rank(tensor))
    ranks.append(rank)
    print(f"{name:22} rank {rank}  size {tf.size(tensor):4}  shape {tensor.shape}")

# %%
# Rank 0 is called a *scalar*, rank 1 a *vector*, rank 2 a *matrix*. The picture below
# shows ranks 1, 2 and 3 of the same boot.

figure, axes = plt.subplots(1, 3, figsize=(11, 3.6), layout="constrained")
axes[0].step(range(28), pictures[0, 16], where="mid")
axes[0].set(title="rank 1: row 16 of the boot", xlabel="column", ylabel="grey level")
axes[1].imshow(pictures[0], cmap="gray")
axes[1].axhline(16, linestyle=":")
axes[1].set(title="rank 2: the boot", xlabel="column", ylabel="row")
for number in (3, 2, 1, 0):
    left, top = 9 * number, -9 * number
    sheet = (left, left + 28, top + 28, top)
    axes[2].imshow(pictures[number], cmap="gray", extent=sheet, zorder=-number)
axes[2].set(title="rank 3: four pictures", xlabel="column", ylabel="row")
axes[2].set(xlim=(-1, 57), ylim=(29, -29), xticks=[0, 28], yticks=[0, 28])
plt.show()

# %%
# Linear algebra has a rank, too: the largest number of rows of which none is a
# combination of the others. Two different things share a name.

boot_as_floats = tf.cast(pictures[0], tf.float32)
matrix_rank = int(tf.linalg.matrix_rank(boot_as_floats))
print("axes of the boot:", int(tf.rank(pictures[0])))
print("rank of the boot in linear algebra:", matrix_rank)

# %%
# In TensorFlow "rank" means axes; NumPy calls their number ``ndim``, and so does a
# tensor: ``pictures.ndim``. ("Low rank" in the papers, as in LoRA, is linear
# algebra's.)

# %% The commonest reshape of all
# ``reshape`` gives the same numbers another shape. A dense layer wants one row of
# numbers for each picture, so the 28 × 28 pixels are laid end to end. ``-1`` stands for
# "whatever is left". What shape comes out?

flat = tf.reshape(pictures, (len(pictures), -1))
print("flat:", flat.shape)
back = tf.reshape(flat, (-1, 28, 28))
print("and back:", back.shape)
back_is_equal = bool(tf.reduce_all(back == pictures))
print("nothing was lost:", back_is_equal)

# %% Reshape is not transpose
# ``reshape`` never changes the order in which the numbers lie in memory: row after row.
# It only puts the line breaks elsewhere. ``transpose`` exchanges the axes.
#
# Both turn the lower part of the boot, 20 rows of 28 pixels, into shape (28, 20).
# Sketch what each of them will show.

boot = pictures[0, 8:]
transposed = tf.transpose(boot)
reshaped = tf.reshape(boot, (28, 20))

figure, axes = plt.subplots(1, 3, figsize=(10, 4), layout="constrained")
axes[0].imshow(boot, cmap="gray")
axes[0].set(title="boot (20, 28)", xlabel="column", ylabel="row")
axes[1].imshow(transposed, cmap="gray")
axes[1].set(title="transpose (28, 20)", xlabel="column", ylabel="row")
axes[2].imshow(reshaped, cmap="gray")
axes[2].set(title="reshape (28, 20)", xlabel="column", ylabel="row")
plt.show()

# %%
# All that ``reshape`` checks is the size. The scrambled boot has the right shape and
# the right pixels in the wrong places, and nobody is told. A network that looks at
# neighbours (part 3) sees shreds. A dense network would not mind, for laid end to end
# both are the same row of numbers. Worse is the next case: it mixes pictures.

# %% The same mistake, as it happens
# Four pictures, shape (4, 28, 28), are to stand side by side in one strip of shape
# (28, 112). Which of the two lines does it?

scrambled = tf.reshape(pictures, (28, 4 * 28))
rows_first = tf.transpose(pictures, perm=[1, 0, 2])
strip = tf.reshape(rows_first, (28, 4 * 28))

figure, axes = plt.subplots(2, 1, figsize=(8, 5), sharex=True, layout="constrained")
axes[0].imshow(scrambled, cmap="gray")
axes[0].set(title="reshape alone", ylabel="row")
axes[1].imshow(strip, cmap="gray")
axes[1].set(title="transpose, then reshape", xlabel="column", ylabel="row")
plt.show()

# %%
# ``reshape`` can only merge axes that are *neighbours*, or split one. A row of the
# strip runs through picture and column; but in (picture, row, column) these two are no
# neighbours. ``perm=[1, 0, 2]`` brings the axes into the order (row, picture, column),
# and then they are.
#
# The rule: before you merge two axes, make them neighbours, with the one that changes
# more slowly in front (here the picture, then the column). And look at a result once.

second_picture = strip[:, 28:56]
strip_is_right = bool(tf.reduce_all(second_picture == pictures[1]))
scrambled_is_right = bool(tf.reduce_all(scrambled[:, 28:56] == pictures[1]))
print("columns 28 to 55 are the second picture:", strip_is_right)
print("and with reshape alone:                 ", scrambled_is_right)

# %% Add an axis, drop an axis
# ``expand_dims`` adds an axis of length 1, ``squeeze`` drops axes of length 1.
# Functions for pictures want a channel, so we add one, halve the pictures, and drop it
# again.
#
# 10,000 test pictures come in batches of 303, chosen so that one picture is left over.
# What shape will the *last* batch have?


def halve(batch):
    """Return the pictures with half the pixels in each direction."""
    with_channel = tf.expand_dims(batch, axis=-1)
    halved = tf.image.resize(with_channel, (14, 14))
    return tf.squeeze(halved)


first = halve(x_test[:303])
last = halve(x_test[33 * 303 :])
print("first batch:", first.shape)
print("last batch: ", last.shape)

# %%
# 10,000 = 33 · 303 + 1, so the last batch holds one picture. ``squeeze`` dropped
# *every* axis of length 1, the batch too. Such a program works for weeks, until a batch
# of one arrives. Name the axis: ``tf.squeeze(halved, axis=-1)``.

with_channel = tf.expand_dims(x_test[33 * 303 :], axis=-1)
last_with_axis = tf.squeeze(tf.image.resize(with_channel, (14, 14)), axis=-1)
print("last batch, axis named:", last_with_axis.shape)

# %% A shape with a None in it
# When a network is built, nobody knows yet how many pictures it will get at once. The
# shape then has ``None`` for the batch. (In the shape of a *ragged* tensor, below,
# ``None`` means that the length differs from row to row.)

input_layer = tf.keras.Input(shape=(28, 28, 1))
print("what the network expects:", input_layer.shape)

# %% Rows of different length
# Some data have no rectangular shape at all. Text messages do not have the same number
# of words, and ``tf.constant`` refuses them. A *ragged tensor* keeps one row for each.

try:
    tf.constant([["ok", "lar"], ["free", "entry", "in"]])
except ValueError as error:
    print("error:", error)

messages = load_sms_spam().drop_duplicates()["message"]
words = tf.strings.split(messages)
print("ragged: rank", words.shape.rank, "and shape", words.shape)
print("first message:", words[0].numpy()[:5])

# %%
# Networks want rectangles. ``to_tensor`` makes one and fills up the short rows with
# empty words, the *padding*. What share of the rectangle is padding, do you think? The
# longest message has 171 words.

rectangle = words.to_tensor()
word_count = int(tf.size(words))
cell_count = int(tf.size(rectangle))
padding_share = 1 - word_count / cell_count
print(f"{word_count:,} words in {cell_count:,} cells: {padding_share:.1%} is padding")

figure, axis = plt.subplots(figsize=(8, 4), layout="constrained")
axis.hist(words.row_lengths(), bins=range(0, 180, 5))
axis.axvline(171, color="grey", linestyle=":", label="width of the rectangle")
axis.set(title="Most messages are short", xlabel="words", ylabel="messages")
axis.legend()
plt.show()

# %%
# One message decides the width for all. Programs therefore cut at a chosen length, or
# fill up batch by batch: lesson 1.07.

# %% Try it yourself
# 1. What is the rank of ``x_test[:1]``, and of ``x_test[0]``? (3 and 2: a slice keeps
#    its axis, a number drops it.)
# 2. Subtract ``tf.zeros(398)`` from ``tf.zeros((398, 1))``. What shape comes out?
#    ((398, 398), without an error. Lesson 1.04 shows what that does to a loss.)
# 3. Make a picture of 2 × 2 tiles, shape (56, 56), from the four pictures. (``reshape``
#    to (2, 2, 28, 28), ``perm=[0, 2, 1, 3]``, ``reshape``.)

results = {
    "rank_scalar": ranks[0],
    "rank_vector": ranks[1],
    "rank_matrix": ranks[2],
    "rank_pictures": ranks[3],
    "rank_batch": ranks[4],
    "matrix_rank": matrix_rank,
    "flat_columns": flat.shape[1],
    "reshape_back_is_equal": back_is_equal,
    "strip_is_right": strip_is_right,
    "scrambled_is_right": scrambled_is_right,
    "last_batch_rank_bare_squeeze": len(last.shape),
    "last_batch_rank_axis_named": len(last_with_axis.shape),
    "ragged_words": word_count,
    "padding_share": padding_share,
}
print(results)
