"""
1.08 Slicing and joining
========================

Before a network sees data, tensors are cut apart and put together. You will

* cut out pieces by slice, by a list of rows and by a condition,
* join tensors along an axis they have, or along a new one, and know which you need,
* tell which pieces are copies, and what that means for memory.

:Data: Fashion-MNIST, 16 test pictures (``course_data.load_fashion_mnist``)
:Slides: part 1, "Five reference lessons: tools to look up"
:Takes: about 5 s on two CPU cores
"""

# %% A tensor to cut
# Twenty-four numbers in four rows and six columns. Every number occurs once, so a
# piece cut out of this tensor still shows where it came from.

import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf

from course_data import load_fashion_mnist

plt.style.use("petroff10")

x = tf.reshape(tf.range(24), (4, 6))
print(x.numpy())

# %% Slices
# Slices work as in NumPy. ``start:stop:step`` picks along one axis, negative numbers
# count from the end, ``...`` stands for all axes that are not named, and
# ``tf.newaxis`` adds an axis of length 1.
#
# Before you run the cell, write down the shape of each of the six pieces.

slices = {
    "x[1]": x[1],
    "x[:, 2:4]": x[:, 2:4],
    "x[::2, ::3]": x[::2, ::3],
    "x[..., tf.newaxis]": x[..., tf.newaxis],
    "x[-1, 4:1:-1]": x[-1, 4:1:-1],
    "x[-1, 1:4:-1]": x[-1, 1:4:-1],
}
for name, piece in slices.items():
    print(f"{name:20} shape {piece.shape}")

# %%
# The next cell draws all 24 numbers and marks those that a piece holds.


def show_pieces(pieces, columns=3):
    """Draw ``x`` once for each piece, with the numbers of that piece marked."""
    rows = len(pieces) // columns
    size = (10, 2.6 * rows)
    figure, axes = plt.subplots(rows, columns, figsize=size, layout="constrained")
    for axis, (name, piece) in zip(axes.flat, pieces.items()):
        axis.imshow(np.isin(x, piece), cmap="Blues", vmin=0, vmax=2)
        for (row, column), number in np.ndenumerate(x):
            axis.text(column, row, number, ha="center", va="center")
        axis.set_title(f"{name}\nshape {piece.shape}")
        axis.set(xlabel="column", ylabel="row", yticks=range(4))
    plt.show()


show_pieces(slices)

# %%
# ``x[1]`` lost an axis, ``x[..., tf.newaxis]`` gained one. The last picture is empty:
# ``1:4:-1`` walks backwards from column 1 and never meets column 4. TensorFlow hands
# back an empty tensor of shape (0,), and no error. You meet it later: the mean of no
# numbers is NaN for floats, and 0, which is worse, for whole numbers.

# %% Rows by list, numbers by position, numbers by condition
# NumPy writes ``x[[0, 2]]`` for "rows 0 and 2". In TensorFlow that is ``tf.gather``.
# ``tf.gather_nd`` takes one number for each pair of positions, ``tf.boolean_mask``
# every number for which a condition holds.

gathered = {
    "gather(x, [0, 2])": tf.gather(x, [0, 2]),
    "gather_nd(x, [[0, 5], [3, 0]])": tf.gather_nd(x, [[0, 5], [3, 0]]),
    "boolean_mask(x, x % 5 == 0)": tf.boolean_mask(x, x % 5 == 0),
}
show_pieces(gathered)

# %% Three mistakes
# Two of the next three lines raise an error. One gives another answer than NumPy
# would, without a word. Which one?

mistakes = {
    "x[[0, 2]]": lambda: x[[0, 2]],
    "tf.gather(x, [0, 4])": lambda: tf.gather(x, [0, 4]),
    "tf.concat([x, x[:, :3]], axis=0)": lambda: tf.concat([x, x[:, :3]], axis=0),
}
errors = 0
for name, mistake in mistakes.items():
    try:
        print(f"{name:33} {mistake()}")
    except tf.errors.InvalidArgumentError as error:
        errors += 1
        print(f"{name:33} ERROR: {error.message.split('} ')[-1]}")

# %%
# ``x[[0, 2]]`` is the silent one. NumPy reads the list as "rows 0 and 2"; TensorFlow
# reads it as ``x[0, 2]``, a single number.
#
# The second line asks for row 4 of four rows. On a CPU that is an error; on a GPU,
# says TensorFlow's reference, ``gather`` fills in zeros. The third joins four rows of
# six numbers with four rows of three: every axis but the joined one must agree.

# %% Concatenate or stack?
# Two ways to join: ``concat`` makes an axis longer that is there already, ``stack``
# makes a new axis. Take two tensors of shape (2, 3). Which four shapes will you get?

a = x[:2, :3]
b = x[2:, 3:]
print(f"a\n{a.numpy()}\nb\n{b.numpy()}")
for axis in (0, 1):
    print(f"concat along axis {axis}: shape {tf.concat([a, b], axis=axis).shape}")
for axis in (0, 2):
    print(f"stack along axis {axis}:  shape {tf.stack([a, b], axis=axis).shape}")

# %%
# ``concat`` keeps two axes and adds lengths up: (4, 3) or (2, 6). ``stack`` ends with
# three axes, and the new one has length 2, for two tensors went in.
#
# The rule to remember: *stack* single examples into a batch; *concatenate* batches
# into a longer batch, or columns into a wider table.

# %% A mosaic of pictures
# Sixteen pictures of 28 × 28 pixels are to become one picture of 4 × 4 tiles. Both
# results below have shape (112, 112). Will both be mosaics?

_, (x_test, _) = load_fashion_mnist()
pictures = tf.constant(x_test[:16])

reshaped = tf.reshape(pictures, (112, 112))

tiles = tf.reshape(pictures, (4, 4, 28, 28))
mosaic = tf.reshape(tf.transpose(tiles, [0, 2, 1, 3]), (112, 112))

figure, (left, right) = plt.subplots(1, 2, figsize=(9, 4.6), layout="constrained")
left.imshow(reshaped, cmap="gray")
left.set(title="reshape alone", xlabel="pixel column", ylabel="pixel row")
right.imshow(mosaic, cmap="gray")
right.set(title="transpose first", xlabel="pixel column", ylabel="pixel row")
plt.show()

# %%
# ``reshape`` never moves a number in memory. It reads on through the first picture,
# row by row, and lays four of its rows side by side. The mosaic needs another reading
# order: tile row, pixel row, tile column, pixel column. ``transpose`` brings the axes
# into that order; after it, ``reshape`` is right.
#
# The same mosaic by joins alone: put four pictures side by side, four times, and then
# the four strips below each other.

strips = [tf.concat(tf.unstack(row), axis=1) for row in tiles]
joined = tf.concat(strips, axis=0)
same_mosaic = np.array_equal(mosaic, joined)
print("transpose and concat give the same mosaic:", same_mosaic)

# %% Change a tensor
# ``pictures[0][0] = 255`` is an error: a tensor never changes. What you can have is a
# new tensor in which some numbers are replaced.

diagonal = [[position, position] for position in range(28)]
marked = tf.tensor_scatter_nd_update(pictures[0], diagonal, np.full(28, 255, "uint8"))
print("white pixels before:", np.sum(pictures[0] == 255))
print("white pixels after: ", np.sum(marked == 255))

# %% What copies?
# In NumPy, each of the five pieces below is a *view*: it shares the memory of the big
# array, whatever its size. Which of the tensor's pieces share memory, do you think?

array = load_fashion_mnist()[0][0][:20000].astype("float32")
tensor = tf.constant(array)
indices = {
    "[5000:15000]": np.s_[5000:15000],
    "[7]": np.s_[7],
    "[::2]": np.s_[::2],
    "[:, :14]": np.s_[:, :14],
    "[:, :, ::-1]": np.s_[:, :, ::-1],
}
numpy_views = 0
tensor_copies = 0
for name, index in indices.items():
    numpy_shares = np.shares_memory(array, array[index])
    tensor_shares = np.shares_memory(memoryview(tensor), memoryview(tensor[index]))
    print(f"{name:14} shares memory: NumPy {numpy_shares}, tensor {tensor_shares}")
    if numpy_shares:
        numpy_views += 1
    if not tensor_shares:
        tensor_copies += 1

# %%
# A NumPy array has *strides*, so any regular pattern can be a view. A tensor has none:
# a piece that is not one block of memory is copied. A block *can* be shared, and in
# this version of TensorFlow it is if it is cut along axis 0 and each row fills a
# multiple of 64 bytes. These pictures do: 28 · 28 · 4 bytes are 49 times 64. The same
# pictures in ``uint8`` do not, and every piece of them is copied.
#
# Nobody can write into a tensor, so you notice only time and memory. With NumPy you
# notice more: writing into a view changes the array it was cut from.

crop = array[0, :4, :4]
crop[:] = 255
print("writing into the crop changed the big array:", array[0, 0, 0] == 255)

# %% Try it yourself
# 1. What is the shape of ``tf.stack([a, b], axis=1)``, and what with ``axis=-1``?
#    ((2, 2, 3) and (2, 3, 2): the new axis stands where you say.)
# 2. Make the mosaic of the first 25 pictures. (5 × 5 tiles, 140 × 140 pixels.)
# 3. Cut the mosaic back into 16 pictures with ``tf.split`` and ``tf.stack``, and
#    compare them with ``pictures``. (Split axis 0 into 4 strips, then each strip's
#    axis 1.)

results = {
    "empty_slice_size": int(tf.size(slices["x[-1, 1:4:-1]"])),
    "errors_caught": errors,
    "list_index_is_one_number": int(x[[0, 2]]),
    "same_mosaic": same_mosaic,
    "reshape_is_no_mosaic": not np.array_equal(reshaped, mosaic),
    "numpy_views": int(numpy_views),
    "tensor_copies": int(tensor_copies),
}
print(results)
