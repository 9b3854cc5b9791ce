"""
1.04 A few important operations
===============================

A layer of a network is three operations. You will

* build ``relu(x @ W + b)`` from its parts, and look at each part,
* read broadcasting from two shapes, and mix types without an error,
* catch the loss that prefers a useless model.

:Data: Auto MPG, 392 cars (``course_data.load_auto_mpg``)
:Slides: part 1, "Three operations make a layer"
:Takes: about 5 s on two CPU cores
"""

# %% Number by number
# Most operations work on each number by itself. Write down the four results before you
# run the cell. What is 0.5 rounded, and 1.5, and 2.5? What does ``cast`` to a whole
# number make of -1.7?

import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf

from course_data import load_auto_mpg

plt.style.use("petroff10")

numbers = tf.constant([0.5, 1.5, 2.5, -1.7])
rounded = tf.round(numbers)
as_integers = tf.cast(numbers, tf.int32)
print("numbers * 2:", (numbers * 2).numpy())
print("square:     ", tf.square(numbers).numpy())
print("round:      ", rounded.numpy())
print("cast:       ", as_integers.numpy())

# %%
# Exactly in the middle, ``round`` goes to the even neighbour: 0.5 to 0, and 2.5 to 2.
# ``cast`` does not round at all, it cuts off.

# %% Compare, and choose
# A comparison gives a tensor of booleans, and ``tf.where`` chooses by it. Six cars have
# no horsepower; their value is NaN. How many of them will ``== nan`` find?

cars = load_auto_mpg()
horsepower = tf.constant(cars["horsepower"])
equal_to_nan = horsepower == np.nan
is_nan = tf.math.is_nan(horsepower)
found_by_equal = int(tf.math.count_nonzero(equal_to_nan))
found_by_is_nan = int(tf.math.count_nonzero(is_nan))
print("== nan finds", found_by_equal, "cars, is_nan finds", found_by_is_nan)

filled = tf.where(is_nan, 93.5, horsepower)
clipped = tf.clip_by_value(filled, 60, 200)
print("missing after where:", int(tf.math.count_nonzero(tf.math.is_nan(filled))))
print(f"clipped: {tf.reduce_min(clipped):.0f} to {tf.reduce_max(clipped):.0f} hp")

# %%
# Nothing equals NaN, not even NaN. ``where`` has put the median, 93.5, in its place,
# and ``clip_by_value`` has moved what lay outside of 60 to 200 to the border.

# %% Types are not mixed
# Two of these three lines fail. Which one works?

mpg = tf.constant(cars["mpg"])
attempts = {
    "235.2 / float64 tensor": lambda: 235.2 / mpg[:2],
    "float32 tensor / float64 tensor": lambda: tf.constant(235.2) / mpg[:2],
    "int32 tensor * 0.5": lambda: tf.constant([8, 4]) * 0.5,
}
type_errors = 0
for name, attempt in attempts.items():
    try:
        print(f"{name:32} gives {attempt().numpy()}")
    except (TypeError, tf.errors.InvalidArgumentError) as error:
        type_errors += 1
        print(f"{name:32} fails: {type(error).__name__}")

# %%
# A Python number takes on the type of the tensor beside it. Only a Python *float* never
# enters whole numbers, not even 2.0; a Python whole number enters any type, whether it
# fits or not (exercise 4). (235.2 divided by miles per gallon is litres per 100 km.)
# Two *tensors* of different type refuse each other, so ``tf.cast`` one of them. (The
# functions of ``tf.keras.ops`` cast for you.)

# %% Matrix product
# ``@`` is the matrix product: each row of the left with each column of the right. Two
# cars with three properties, and three weights for each of two neurons. What shape will
# the product have?

x = tf.constant([[1.0, 2.0, 3.0], [0.0, -1.0, 1.0]])
W = tf.constant([[1.0, 0.0], [0.0, 1.0], [-1.0, 2.0]])
product = x @ W
print("x", x.shape, "@ W", W.shape, "gives", product.shape)
print(product.numpy())
first_by_hand = 1.0 * 1.0 + 2.0 * 0.0 + 3.0 * -1.0
print("first number, by hand:", first_by_hand)

# %%
# (2, 3) @ (3, 2): the inner lengths must agree and disappear. When they do not, ask
# first whether examples are rows or columns: to transpose until it fits is how silent
# errors begin (lesson 1.10). ``*``, by contrast, multiplies number by number.

# %% Broadcasting
# Now each neuron gets its bias: shape (2, 2) plus shape (2,). TensorFlow compares
# shapes from the *last* axis on. Where one has length 1, or no axis at all, it is
# stretched.
#
# The figure shows three sums; the pale cells are stretched. Cover the right-hand column
# and predict the shapes.

table = np.array([[0, 10], [20, 30], [40, 50]])
one_row = np.array([1, 2])
one_column = np.array([[1], [2], [3]])
sums = [
    (table, one_row),
    (table, one_column),
    (one_column, one_row),
]


def draw(axis, cells, shape, title):
    """Draw cells stretched to a shape; what is stretched is pale."""
    shades = np.zeros(shape)
    rows = cells.shape[0] if cells.ndim == 2 else 1
    columns = cells.shape[-1]
    shades[:rows, :columns] = 1
    axis.imshow(shades, cmap="Blues", vmin=-0.3, vmax=2.5)
    for (i, j), number in np.ndenumerate(np.broadcast_to(cells, shape)):
        axis.text(j, i, number, ha="center", va="center")
    axis.set(title=title, xticks=[], yticks=[])


# %%
# Left plus middle gives right; axis 0 runs down, axis 1 to the right.

figure, axes = plt.subplots(3, 3, figsize=(8, 8), layout="constrained")
for row, (left, right) in zip(axes, sums):
    total = tf.constant(left) + tf.constant(right)
    draw(row[0], left, total.shape, f"{left.shape}")
    draw(row[1], right, total.shape, f"{right.shape}")
    draw(row[2], total.numpy(), total.shape, f"{total.shape}")
    for axis, sign in ((row[1], "+"), (row[2], "=")):
        axis.text(-0.2, 0.5, sign, transform=axis.transAxes, size=20, va="center")
figure.supxlabel("axis 1")
figure.supylabel("axis 0")
plt.show()

# %%
# First row: the bias, added to every car. Second row: one number for each car. Third
# row: neither side has the shape of the result. A column and a row make a table of *all
# pairs*. Remember it; it comes back at the end.

# %% A layer is three operations
# Product, bias, and ``relu``, which turns negative numbers into 0. That is all a dense
# layer of Keras does. We give Keras our numbers and compare.

b = tf.constant([0.5, -1.0])
with_bias = product + b
output = tf.nn.relu(with_bias)
print("x @ W\n", product.numpy())
print("x @ W + b\n", with_bias.numpy())
print("relu(x @ W + b)\n", output.numpy())

layer = tf.keras.layers.Dense(2, activation="relu")
layer.build((None, 3))
layer.set_weights([W, b])
layer_difference = float(tf.reduce_max(tf.abs(layer(x) - output)))
print("largest difference to Keras' Dense layer:", layer_difference)

# %%
# A dense network is nothing but such layers, one after the other. The only open
# question is where W and b come from. For a single layer without ``relu`` mathematics
# knows the answer.

# %% Least squares
# Which weights predict miles per gallon best from weight and model year?
# ``tf.linalg.lstsq`` solves it at once; the column of ones carries the bias. The answer
# must be NumPy's.

complete = cars.dropna()
columns = complete[["weight", "model_year"]].to_numpy()
columns = (columns - columns.mean(axis=0)) / columns.std(axis=0)
ones = np.ones((len(columns), 1))
inputs = tf.constant(np.hstack([columns, ones]))
target = tf.constant(complete["mpg"].to_numpy())

solution = tf.linalg.lstsq(inputs, target[:, tf.newaxis])
numpy_solution, _, _, _ = np.linalg.lstsq(inputs, target)
lstsq_difference = float(np.max(np.abs(solution[:, 0] - numpy_solution)))
print("weight, year, bias:", solution[:, 0].numpy().round(2))
print(f"largest difference to NumPy: {lstsq_difference:.0e}")

# %%
# ``tf.linalg`` has the rest of linear algebra as well. Two traps: where one column is a
# multiple of another one, ``lstsq`` may answer NaN without a word (with ``fast=False``
# it answers as NumPy does); and ``tf.linalg.svd`` returns s, u, v, NumPy u, s, and v
# transposed.

# %% Random numbers and seeds
# Where there is no formula, weights start at random. A *seed* makes random numbers
# repeat. ``set_random_seed`` sets the one of Python, NumPy and TensorFlow. We draw two
# numbers, set the seed again, and draw two more. Then we set it once more, but somebody
# has put one more draw before ours.

tf.keras.utils.set_random_seed(1)
first_draw = tf.random.uniform([2])
tf.keras.utils.set_random_seed(1)
second_draw = tf.random.uniform([2])
tf.keras.utils.set_random_seed(1)
one_more = tf.random.uniform([2])
third_draw = tf.random.uniform([2])
stateless = tf.random.stateless_uniform([2], seed=[1, 5])
print("seed 1:            ", first_draw.numpy().round(3))
print("seed 1 again:      ", second_draw.numpy().round(3))
print("after another draw:", third_draw.numpy().round(3))
print("stateless:         ", stateless.numpy().round(3))
seed_repeats = bool(tf.reduce_all(first_draw == second_draw))
order_matters = not bool(tf.reduce_all(first_draw == third_draw))

# %%
# A seed repeats the whole *sequence*. A new draw in the middle moves everything after
# it in that sequence. (Python, NumPy and TensorFlow have one each. The layers of Keras
# draw their first weights by Python's: a draw of ``tf.random`` before them does not
# move them, a draw of ``random`` does.) ``stateless_uniform`` depends on nothing but
# its own seed.

# %% The loss that prefers the useless model
# Two models. One is least squares; the other says the mean of all cars, every time.
# Predictions come out of a network with shape (392, 1), and targets usually have shape
# (392,). The loss is the mean of the squared differences. Look at the shapes: what will
# be subtracted from what?

predictions = inputs @ solution
mean_predictions = tf.fill(predictions.shape, tf.reduce_mean(target))

right_loss = tf.reduce_mean((predictions[:, 0] - target) ** 2)
right_loss_of_mean = tf.reduce_mean((mean_predictions[:, 0] - target) ** 2)
wrong_loss = tf.reduce_mean((predictions - target) ** 2)
wrong_loss_of_mean = tf.reduce_mean((mean_predictions - target) ** 2)

print("predictions", predictions.shape, "minus target", target.shape, "gives", end=" ")
print((predictions - target).shape)
print(f"least squares:   right loss {right_loss:6.2f}, wrong loss {wrong_loss:6.2f}")
print(f"always the mean: right loss {right_loss_of_mean:6.2f}, ", end="")
print(f"wrong loss {wrong_loss_of_mean:6.2f}")

# %%
# A column minus a row: all pairs, every prediction minus every car's truth. No error,
# no warning, and a loss that is *smaller for the model that knows nothing*. Whoever
# trains with it, in a loop of their own, gets a network that always says the mean, and
# wonders why. (Three seeds, outside this lesson.)
#
# Keras' loss classes put the shapes straight, and ``compile`` (lesson 1.12) does it for
# a *function* that it gets as the loss. Your own loop does not, nor does a metric that
# you write yourself, nor your own subclass of ``Loss``: given this formula,
# ``evaluate`` reports 11.66 for the function as a loss, and 109.87 for the very same
# function as a metric. So check: ``tf.debugging.assert_shapes``, or a plain ``assert
# a.shape == b.shape``.

keras_loss = tf.keras.losses.MeanSquaredError()(target, predictions)
print(f"Keras' loss: {keras_loss:.2f}")

# %% Try it yourself
# 1. Which shapes can be added to (3, 4): (4,), (3,), (3, 1), (1, 4), ()? (All but
#    (3,).)
# 2. ``x[0] @ x[1]`` fails, since ``@`` wants matrices. Get the number with
#    ``tf.tensordot(x[0], x[1], 1)`` and with ``tf.reduce_sum(x[0] * x[1])``. (1.)
# 3. Write the layer as ``tf.nn.relu(tf.einsum("ni,ij->nj", x, W) + b)``. Which letter
#    is summed? (``i``, the one that is missing on the right.)
# 4. What is ``tf.constant(1, tf.uint8) + 300``, and ``tf.constant([8, 4]) * 2.0``? (45,
#    for 301 begins again at 256; and a ``TypeError``.)

results = {
    "rounded_half": float(rounded[0]),
    "cast_minus_1_7": int(as_integers[3]),
    "found_by_equal": found_by_equal,
    "found_by_is_nan": found_by_is_nan,
    "type_errors": type_errors,
    "first_product": float(product[0, 0]),
    "layer_difference": layer_difference,
    "lstsq_difference": lstsq_difference,
    "seed_repeats": seed_repeats,
    "order_matters": order_matters,
    "right_loss": float(right_loss),
    "right_loss_of_mean": float(right_loss_of_mean),
    "wrong_loss": float(wrong_loss),
    "wrong_loss_of_mean": float(wrong_loss_of_mean),
    "keras_minus_right": abs(float(keras_loss) - float(right_loss)),
}
print(results)
