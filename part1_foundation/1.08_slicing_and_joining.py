"""
1.08 Slicing and joining
========================

Cutting pieces out of a tensor and putting pieces together, first on numbered cells,
then on pictures. You will

* slice, gather, mask, concatenate, stack, split, tile and pad, and predict every shape,
* recognise four mistakes: one wrong axis, one index outside, one assignment, one list
  of indices,
* know which pieces TensorFlow copies, and why you never notice.

:Data: Fashion-MNIST, 10,000 test pictures (``course_data.load_fashion_mnist``)
:Slides: part 1, "Tensor slicing and joining"
:Takes: about 4 s on two CPU cores
"""

# %% Slices
# ``start:stop:step`` for each axis, as in NumPy; a negative step walks backwards. Write
# down the shape of each slice before you run the cell.

import operator

import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf

from course_data import load_fashion_mnist

plt.style.use("petroff10")

x = tf.reshape(tf.range(24), (4, 6))
slices = {
    "x[1]": x[1],
    "x[:, 2:4]": x[:, 2:4],
    "x[::2, ::3]": x[::2, ::3],
    "x[..., tf.newaxis]": x[..., tf.newaxis],
}
slices |= {
    "x[-1, 4:1:-1]": x[-1, 4:1:-1],
    "x[-1, 1:4:-1]": x[-1, 1:4:-1],
    "tf.gather(x, [0, 2])": tf.gather(x, [0, 2]),
}
slices["tf.gather_nd(x, [[0, 5], [3, 0]])"] = tf.gather_nd(x, [[0, 5], [3, 0]])
slices["tf.boolean_mask(x, x % 5 == 0)"] = tf.boolean_mask(x, x % 5 == 0)
figure, axes = plt.subplots(3, 3, figsize=(10, 7), layout="constrained")
for axis, (name, piece) in zip(axes.flat, slices.items()):
    axis.imshow(np.isin(x, piece), cmap="Blues", vmin=0, vmax=2)
    for (row, column), number in np.ndenumerate(x):
        axis.text(column, row, number, ha="center", va="center")
    axis.set(
        title=f"{name}\nshape {piece.shape}",
        xlabel="column",
        ylabel="row",
        yticks=range(4),
    )
    print(f"{name:34} {piece.shape!s:10} {tf.reshape(piece, [-1])[:6].numpy()}")
plt.show()

# %%
# Walking backwards from 1 to 4 gives an empty tensor, and no error: later a mean of it
# is NaN.

# %% Four mistakes
# Three of these lines raise an error. One answers something else than NumPy does,
# without a word: which?

mistakes = {
    "x[[0, 2]]": lambda: x[[0, 2]],
    "x[0, 0] = 99": lambda: operator.setitem(x, (0, 0), 99),
}
mistakes["tf.gather(x, [0, 4])"] = lambda: tf.gather(x, [0, 4])
mistakes["tf.concat([x, x[:, :3]], axis=0)"] = lambda: tf.concat([x, x[:, :3]], axis=0)
errors = 0
for name, mistake in mistakes.items():
    try:
        print(f"{name:33} {mistake()}")
    except (tf.errors.InvalidArgumentError, TypeError) as error:
        errors += 1
        print(
            f"{name:33} {type(error).__name__}: "
            f"{str(error).split('}} ')[-1].split(' [Op')[0]}"
        )

# %%
# NumPy's ``x[[0, 2]]`` is rows 0 and 2; a tensor takes the list for ``x[0, 2]``, one
# number. Say ``tf.gather``.
#
# An index outside is an error only on a CPU: on a GPU, says the reference, ``gather``
# gives 0 there. And a tensor is never changed: ``tensor_scatter_nd_update`` makes a new
# one (below), a ``Variable`` has ``assign``.

# %% Concatenate or stack?
# ``concat`` makes an axis longer, ``stack`` makes a new one. Two tensors of shape (2,
# 3): predict four shapes.

a, b = x[:2, :3], x[2:, 3:]
joins = {f"concat, axis={axis}": tf.concat([a, b], axis=axis) for axis in (0, 1)}
joins |= {f"stack, axis={axis}": tf.stack([a, b], axis=axis) for axis in (0, 2)}
joins["tile, [1, 2]"] = tf.tile(a, [1, 2])
joins["pad, [[1, 0], [0, 2]], -1"] = tf.pad(a, [[1, 0], [0, 2]], constant_values=-1)
figure, axes = plt.subplots(2, 3, figsize=(10, 5.6), layout="constrained")
for axis, (name, joined) in zip(axes.flat, joins.items()):
    grid = np.concatenate(joined, axis=0) if joined.ndim == 3 else joined.numpy()
    axis.imshow(
        np.select([np.isin(grid, a), np.isin(grid, b)], [1, 2]),
        cmap="viridis",
        vmin=-0.6,
        vmax=2,
    )
    for (row, column), number in np.ndenumerate(grid):
        axis.text(
            column,
            row,
            number,
            ha="center",
            va="center",
            color="black" if number > 11 else "white",
        )
    if joined.ndim == 3:
        rows = np.arange(1, joined.shape[0]) * joined.shape[1] - 0.5
        axis.hlines(rows, -0.5, joined.shape[2] - 0.5, "white", linewidth=6)
    axis.set(
        title=f"{name}\nshape {joined.shape}",
        xlabel="last axis",
        ylabel="axes before it",
        xticks=[],
        yticks=[],
    )
figure.suptitle(
    "Two tensors of shape (2, 3), joined; a white line parts the layers of three axes"
)
plt.show()

# %% Pictures
# A crop, a mirror image and a smaller picture are slices. A mosaic of 4 × 4 pictures is
# a join; is it also ``reshape`` from (16, 28, 28) to (112, 112)? ``dynamic_partition``
# sends each picture to one of several heaps, here bright and dark ones; the dark are
# inverted, and ``dynamic_stitch`` puts all back in order.

(x_train, _), (x_test, _) = load_fashion_mnist()
pictures = tf.constant(x_test[:16])
grid = tf.reshape(pictures, (4, 4, 28, 28))
mosaic = tf.reshape(tf.transpose(grid, [0, 2, 1, 3]), (112, 112))
joined = tf.concat([tf.concat(tf.unstack(row), axis=1) for row in grid], axis=0)
apart = tf.stack(
    [tile for row in tf.split(mosaic, 4, axis=0) for tile in tf.split(row, 4, axis=1)]
)

dark = tf.cast(
    tf.reduce_mean(tf.cast(pictures, tf.float32), axis=[1, 2]) < 60, tf.int32
)
bright_heap, dark_heap = tf.dynamic_partition(pictures, dark, num_partitions=2)
places = tf.dynamic_partition(tf.range(16), dark, num_partitions=2)
stitched = tf.dynamic_stitch(places, [bright_heap, 255 - dark_heap])
stitched_right = np.array_equal(
    stitched, tf.where(dark[:, tf.newaxis, tf.newaxis] == 1, 255 - pictures, pictures)
)
print("transpose, or concat twice, the same mosaic:", np.array_equal(mosaic, joined))
print(
    "split and stack give the 16 back:",
    np.array_equal(apart, pictures),
    "| stitched in order:",
    stitched_right,
)

boot = pictures[0]
panels = {
    "one picture": boot,
    "crop [8:, 14:]": boot[8:, 14:],
    "mirror [:, ::-1]": boot[:, ::-1],
}
panels |= {
    "[::2, ::2]": boot[::2, ::2],
    "reshape alone": tf.reshape(pictures, (112, 112)),
    "transposed": mosaic,
}
stitched_grid = tf.reshape(stitched, grid.shape)
panels["dark ones inverted"] = tf.concat(
    [tf.concat(tf.unstack(row), axis=1) for row in stitched_grid], axis=0
)
diagonal = tf.repeat(tf.range(28)[:, tf.newaxis], 2, axis=1)
panels["tensor_scatter_nd_update"] = tf.tensor_scatter_nd_update(
    boot, diagonal, np.full(28, 255, "uint8")
)
figure, axes = plt.subplots(2, 4, figsize=(11, 6), layout="constrained")
for axis, (title, picture) in zip(axes.flat, panels.items()):
    axis.imshow(picture, cmap="gray")
    axis.set_title(f"{title}\n{picture.shape}")
    axis.axis("off")
plt.show()

# %%
# ``reshape`` keeps the order in memory: it lays the rows of one picture side by side.
# First bring the axes into the order in which a mosaic is read: mosaic row, pixel row,
# mosaic column, pixel column.

# %% What copies?
# In NumPy, each of these five pieces is a view: it shares the memory of the 63 MB
# array. Which of the tensor's?

array = x_train[:20000].astype("float32")
pieces = {"[5000:15000]": np.s_[5000:15000], "[7]": np.s_[7], "[::2]": np.s_[::2]}
pieces |= {"[:, :14]": np.s_[:, :14], "[:, :, ::-1]": np.s_[:, :, ::-1]}
shared = []
for library, data in (("NumPy", array), ("TensorFlow", tf.constant(array))):
    for name, piece in pieces.items():
        shared.append(np.shares_memory(memoryview(data), memoryview(data[piece])))
        print(f"{library:10} {name:12} {'shared' if shared[-1] else 'COPY'}")
crop = array[0, :4, :4]
crop[:] = 255
print("NumPy: writing into a crop changed the picture:", array[0, 0, 0] == 255)

# %%
# A tensor has no strides. A piece that lies in one block of memory can be shared (where
# each row begins at a multiple of 64 bytes or so, as here); any other is copied. As
# nobody can write into a tensor, only time and memory tell you. NumPy's views are free,
# and dangerous.

# %% Try it yourself
# 1. ``tf.stack([a, b], axis=1)``: which shape? And ``axis=-1``? ((2, 2, 3) and (2, 3,
#    2).)
# 2. Build the mosaic of the first 25 pictures. (5 × 5: 140 pixels high.)

y = x.numpy()
expected = [
    y[1],
    y[:, 2:4],
    y[::2, ::3],
    y[..., np.newaxis],
    y[-1, 4:1:-1],
    y[-1, 1:4:-1],
    y[[0, 2]],
]
expected += [y[[0, 3], [5, 0]], y[y % 5 == 0]]
results = {
    "slices_equal_numpy": all(
        np.array_equal(piece, e) for piece, e in zip(slices.values(), expected)
    ),
    "stack_equals_numpy": np.array_equal(
        joins["stack, axis=2"], np.stack([a, b], axis=2)
    ),
    "errors_caught": errors,
    "mosaic_right": np.array_equal(mosaic, joined) and np.array_equal(apart, pictures),
    "stitched_right": stitched_right,
    "numpy_views": sum(shared[:5]),
    "tensor_copies": 5 - sum(shared[5:]),
}
print(results)
