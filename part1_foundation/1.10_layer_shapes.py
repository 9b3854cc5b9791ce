"""
1.10 Shapes of W and b
======================

Classwork with paper and pencil: what shape is each weight matrix of a network? You will

* write down the shape of every W and b, as textbooks do and as Keras does,
* count parameters without a computer,
* pass a flower through the network by hand, and know which mistakes nobody catches.

:Data: iris, 150 flowers (``course_data.load_iris``)
:Slides: part 1, "A network: neurons in layers, weights between them", "A neuron: a
  weighted sum, then an activation"
:Takes: about 5 s on two CPU cores
"""

# %% The classwork
# A network has four inputs, a layer of four neurons, a layer of three, and one output
# neuron: 4 → 4 → 3 → 1. In textbooks an example is a *column* x of shape (4, 1), and a
# layer computes
#
# * z = W x + b, and then a = activation(z).

import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf

from course_data import load_iris

plt.style.use("petroff10")

# %%
# Take paper. What shapes must W and b have in each of the three layers? How many
# numbers is that in all? Then run the cell.

sizes = [4, 4, 3, 1]
parameters_by_hand = 0
for layer in (1, 2, 3):
    inputs = sizes[layer - 1]
    neurons = sizes[layer]
    count = neurons * inputs + neurons
    parameters_by_hand += count
    print(f"layer {layer}: W ({neurons}, {inputs})  b ({neurons}, 1)  {count} numbers")
print("parameters in all:", parameters_by_hand)

# %%
# W has a *row* for each neuron of its layer and a *column* for each number that comes
# in. b has one number for each neuron.

# %% The same network in Keras
# In a table an example is a *row*, and Keras keeps it so: x has shape (1, 4), and a
# layer computes a = activation(x W + b). Keras calls W the *kernel*. What shapes will
# it print?
#
# Biases usually start as zeros. Random ones will show later whether we add them at the
# right place. The network is not trained; only shapes count today.

tf.keras.utils.set_random_seed(1)
model = tf.keras.Sequential(
    [
        tf.keras.Input(shape=(4,)),
        tf.keras.layers.Dense(4, activation="relu", bias_initializer="random_normal"),
        tf.keras.layers.Dense(3, activation="relu", bias_initializer="random_normal"),
        tf.keras.layers.Dense(1, activation="sigmoid"),
    ]
)
shapes = []
for number, layer in enumerate(model.layers, start=1):
    kernel_shape = tuple(layer.kernel.shape)
    shapes.append(kernel_shape)
    print(f"layer {number}: kernel {kernel_shape}, bias {tuple(layer.bias.shape)}")
print("parameters by Keras:", model.count_params())

# %%
# The kernel is the textbook's W, *transposed*: (inputs, neurons). Both count 39
# parameters. When you read a formula in a book and the shapes do not fit, look first
# whether its examples are columns or rows.

# %% Draw it
# A line is one number of W, a disc is a neuron with its number of b; the grey squares
# are inputs, and have none. 31 lines and 8 discs: 39 parameters. The lines that end in
# one neuron are one row of the textbook's W, and one column of Keras' kernel.

figure, axis = plt.subplots(figsize=(8, 4.2), layout="constrained")
heights = []
for size in sizes:
    heights.append(np.arange(size) - (size - 1) / 2)
for place in range(3):
    for start in heights[place]:
        for end in heights[place + 1]:
            axis.plot([place, place + 1], [start, end], color="lightgrey", zorder=1)
    text = f"W ({sizes[place + 1]}, {sizes[place]})\nkernel {shapes[place]}"
    axis.text(place + 0.5, 2, text, ha="center")
for place, name in enumerate(["input", "layer 1", "layer 2", "layer 3"]):
    colour, marker = ("C0", "o") if place > 0 else ("grey", "s")
    x_places = [place] * sizes[place]
    axis.scatter(x_places, heights[place], 400, color=colour, marker=marker, zorder=2)
    axis.text(place, -2.3, name, ha="center")
axis.set(title="4 → 4 → 3 → 1: 39 parameters", ylim=(-2.6, 2.9))
axis.axis("off")
plt.show()

# %% One flower by hand
# Now a flower goes through, once as a row and once as a column. First the row, layer by
# layer. Write down the shape after each layer before you look.

flowers = load_iris().drop(columns="species").to_numpy("float32")
activations = [tf.nn.relu, tf.nn.relu, tf.nn.sigmoid]

row = flowers[:1]
print("in:           ", row.shape)
for layer, activation in zip(model.layers, activations):
    row = activation(row @ layer.kernel + layer.bias)
    print("after a layer:", tuple(row.shape))
by_rows = float(row[0, 0])

# %%
# And as a column: W is the kernel transposed, b stands upright, shape (neurons, 1).

column = flowers[:1].T
print("in:           ", column.shape)
for layer, activation in zip(model.layers, activations):
    W = tf.transpose(layer.kernel)
    b = layer.bias[:, tf.newaxis]
    column = activation(W @ column + b)
    print("after a layer:", tuple(column.shape))
by_columns = float(column[0, 0])

by_keras = float(model(flowers[:1])[0, 0])
print(f"rows {by_rows:.6f}, columns {by_columns:.6f}, Keras {by_keras:.6f}")

# %%
# Three times the same number. And nothing in the loop said "one flower": with all 150,
# the same lines pass (150, 4) through at once. That is what a batch is.

# %% The mistake that is caught
# Two inputs of the wrong shape: a flower taken out of the table, shape (4,); and three
# flowers as columns, (4, 3).

refused = 0
for wrong in (flowers[0], flowers[:3].T):
    try:
        model(wrong)
    except ValueError:
        refused += 1
        print("shape", wrong.shape, "is refused")
mended = model(flowers[0][np.newaxis])
print("mended with flowers[0][np.newaxis]:", tuple(mended.shape))

# %% The mistake that is not
# Now *four* flowers as columns. And W without its transpose in layer 1. Will Keras
# notice?

four = flowers[[0, 50, 100, 149]]
right = model(four).numpy()[:, 0]
silent = model(four.T).numpy()[:, 0]
print("four flowers as rows:   ", right.round(3))
print("four flowers as columns:", silent.round(3))

kernel = model.layers[0].kernel
right_layer = tf.transpose(kernel) @ flowers[:1].T
wrong_layer = kernel @ flowers[:1].T
print("layer 1 with W:         ", right_layer[:, 0].numpy().round(3))
print("layer 1, not transposed:", wrong_layer[:, 0].numpy().round(3))
silent_difference = float(np.max(np.abs(right - silent)))
layer_difference = float(tf.reduce_max(tf.abs(right_layer - wrong_layer)))

# %%
# No error, and every number wrong. A square fits in both directions, so a shape check
# sees nothing. Therefore try code on numbers that are all different: 5 rows of 4
# columns, not 4 of 4. And compare one answer with a result worked out by hand.

# %% Try it yourself
# 1. Write down the shapes of 784 → 300 → 100 → 50 → 10 and count the parameters.
#    (271,160, of which 235,500 stand in layer 1.)
# 2. Write ``b = layer.bias`` in the loop over columns. Where does it stop, and why not
#    in layer 1? (In layer 1 (4, 1) + (4,) grows to (4, 4) without an error. In layer 2
#    the shapes are (3, 4) and (3,), and those do not fit.)
# 3. How many multiplications does one flower cost? (16 + 12 + 3 = 31: one for each
#    number in the three W.)

results = {
    "parameters": model.count_params(),
    "parameters_by_hand": parameters_by_hand,
    "w1_rows": shapes[0][1],
    "w1_columns": shapes[0][0],
    "w2_rows": shapes[1][1],
    "w2_columns": shapes[1][0],
    "w3_rows": shapes[2][1],
    "w3_columns": shapes[2][0],
    "rows_minus_keras": abs(by_rows - by_keras),
    "columns_minus_keras": abs(by_columns - by_keras),
    "refused": refused,
    "silent_difference": silent_difference,
    "layer_difference": layer_difference,
}
print(results)
