"""
1.10 Shapes of W and b at each layer
====================================

Classwork: a network takes 4 numbers, has hidden layers of 4 and 3 neurons and gives 1
number. You will

* write down the shape of W and b of each layer, as textbooks do and as Keras does,
* count the parameters and work the network out by hand, both ways, with the answer of
  Keras,
* meet the mistake that raises an error and the two that raise none.

:Data: iris, 150 flowers (``course_data.load_iris``)
:Slides: part 1, "Classwork: shape of W and b at each level"
:Takes: about 4 s on two CPU cores
"""

# %% The classwork
# The textbook's convention: a flower is a column x of shape (4, 1), and a layer works
# out ``a = activation(W x + b)``. On paper, before you run the next cell: which shapes
# must W and b have in each of the three layers, and how many parameters is that in all?

import re

import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf

from course_data import load_iris

plt.style.use("petroff10")
tf.keras.utils.set_random_seed(1)

sizes = [4, 4, 3, 1]
column_shapes = [
    ((after, before), (after, 1)) for before, after in zip(sizes, sizes[1:])
]
counts = [after * before + after for before, after in zip(sizes, sizes[1:])]
for layer, ((w_shape, b_shape), count) in enumerate(
    zip(column_shapes, counts), start=1
):
    print(f"layer {layer}: W {w_shape}, b {b_shape}, parameters {count}")
print("parameters in all:", sum(counts))

# %% The same network in Keras
# W has a row for each neuron of its layer and a column for each number that comes in.
# Keras keeps flowers as rows, (flowers, 4), as in every table that you have ever
# fitted. It works out ``a = activation(x W + b)`` and calls W the *kernel*. Which
# shapes will it print?
#
# Biases start as zeros; random ones show whether they are added in the right place. The
# network is not trained: only shapes count here.

model = tf.keras.Sequential([tf.keras.Input(shape=(4,))])
for units, activation in zip(sizes[1:], ["relu", "relu", "sigmoid"]):
    model.add(
        tf.keras.layers.Dense(
            units, activation=activation, bias_initializer="random_normal"
        )
    )
model.summary()

kernels, biases = model.get_weights()[0::2], model.get_weights()[1::2]
for layer, (kernel, bias) in enumerate(zip(kernels, biases), start=1):
    print(f"layer {layer}: kernel {kernel.shape}, bias {bias.shape}")
keras_transposed = all(
    kernel.T.shape == shapes[0] for kernel, shapes in zip(kernels, column_shapes)
)
print("every kernel has the shape of W transposed:", keras_transposed)

# %% Draw it
# A line is one number of W, a disc one neuron with its number of b. Count the lines
# that end in the top neuron of a layer: they are one row of W, and one column of the
# kernel.

figure, axis = plt.subplots(figsize=(9.5, 5))
heights = [np.arange(size) - (size - 1) / 2 for size in sizes]
for layer, (before, after) in enumerate(zip(heights, heights[1:])):
    for start in before:
        axis.plot(
            [layer, layer + 1],
            [[start] * len(after), after],
            color="lightgrey",
            zorder=1,
        )
    (w_shape, b_shape), kernel, bias = (
        column_shapes[layer],
        kernels[layer],
        biases[layer],
    )
    axis.text(layer + 0.5, 2.1, f"W {w_shape}\nb {b_shape}", ha="center")
    axis.text(
        layer + 0.5, -2.7, f"kernel {kernel.shape}\nbias {bias.shape}", ha="center"
    )
for layer, (height, name) in enumerate(
    zip(heights, ["input", "layer 1, ReLU", "layer 2, ReLU", "layer 3, sigmoid"])
):
    axis.scatter([layer] * len(height), height, s=500, zorder=2)
    axis.text(layer, -3.4, name, ha="center", weight="bold")
axis.text(-0.75, 2.1, "columns\n(textbook)", ha="center")
axis.text(-0.75, -2.7, "rows\n(Keras)", ha="center")
axis.set(
    title=f"4 → 4 → 3 → 1: {sum(counts)} parameters", xlim=(-1.1, 3.3), ylim=(-3.7, 2.9)
)
axis.axis("off")
plt.show()

# %% One flower by hand, both ways
# The textbook's W is Keras' kernel transposed, and b is the bias stood up as a column.
# All three answers must be the same number.

x_train = load_iris().drop(columns="species").to_numpy("float32")
activations = [tf.nn.relu, tf.nn.relu, tf.nn.sigmoid]


def by_rows(rows):
    for kernel, bias, activation in zip(kernels, biases, activations):
        rows = activation(rows @ kernel + bias).numpy()
    return rows


def by_columns(columns):
    for kernel, bias, activation in zip(kernels, biases, activations):
        columns = activation(kernel.T @ columns + bias[:, np.newaxis]).numpy()
        print("   after this layer:", columns.shape)
    return columns


flower = x_train[:1]
print("a row goes in:", flower.shape, "and a column:", flower.T.shape)
in_columns = by_columns(flower.T)
print(
    f"rows {by_rows(flower)[0, 0]:.6f}  columns {in_columns[0, 0]:.6f}  Keras "
    f"{model(flower)[0, 0]:.6f}"
)

row_difference = np.abs(by_rows(x_train) - model(x_train)).max()
column_difference = np.abs(by_columns(x_train.T).T - model(x_train)).max()
print(
    f"all 150 flowers at once, largest difference: rows {row_difference:.1e}, "
    f"columns {column_difference:.1e}"
)

# %% The mistake that is caught
# One flower taken out of the table has shape (4,): the axis for flowers is gone. Three
# flowers as columns have shape (4, 3). Keras refuses both. Which numbers in its
# messages name the culprit?

refused = 0
for wrong in (x_train[0], x_train[:3].T):
    try:
        model(wrong)
    except ValueError as error:
        refused += 1
        print(f"{wrong.shape}:", re.search(".*incompatible.*", str(error))[0], "\n")
print("mended with x[np.newaxis] or x[:1]:", model(x_train[0][np.newaxis]).shape)

# %% The two mistakes that are not
# Now *four* flowers as columns: a square of (4, 4). And the first W without its
# transpose: square too. What will happen?

four = x_train[[0, 50, 100, 149]]
right, silent = model(four).numpy()[:, 0], model(four.T).numpy()[:, 0]
print("four flowers as rows     ", right.round(3))
print("four flowers as columns  ", silent.round(3), "no error, and wrong")
w_times_x, kernel_times_x = kernels[0].T @ flower.T, kernels[0] @ flower.T
print("layer 1 with W           ", w_times_x[:, 0].round(3))
print("layer 1, not transposed  ", kernel_times_x[:, 0].round(3), "no error, and wrong")

# %%
# A shape check cannot see a transposed square. So try code on numbers that all differ:
# 5 rows of 4 columns, not 4 of 4. And compare one answer with a result worked out by
# hand, as above.

# %% Try it yourself
# 1. Write down the shapes and count the parameters of 784 → 300 → 100 → 50 → 10, the
#    deepest network of lesson 1.14. Put it into ``sizes`` in the first cell. (271,160,
#    of which 235,500 in layer 1.)
# 2. Why does b need the shape (4, 1), not (4,), in the column convention? Put ``bias``
#    for ``bias[:, np.newaxis]``. (A (4,) is added along rows: (4, 1) + (4,) grows to
#    (4, 4).)
# 3. How many multiplications does one flower cost? (16 + 12 + 3 = 31, one for each
#    number in W.)

results = {
    "parameters": model.count_params(),
    "parameters_by_hand": sum(counts),
    "keras_is_transposed": keras_transposed,
    **{
        f"w{layer}_rows": w_shape[0]
        for layer, (w_shape, _) in enumerate(column_shapes, start=1)
    },
    **{
        f"w{layer}_columns": w_shape[1]
        for layer, (w_shape, _) in enumerate(column_shapes, start=1)
    },
    "row_difference": float(row_difference),
    "column_difference": float(column_difference),
    "refused": refused,
    "silent_difference": float(np.abs(right - silent).max()),
    "untransposed_difference": float(np.abs(w_times_x - kernel_times_x).max()),
}
print(results)
