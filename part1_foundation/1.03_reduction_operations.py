"""
1.03 Reduction operations
=========================

A reduction makes one number out of many: a sum, a mean, a maximum. You will

* predict which axis disappears, and keep it where the next step needs it,
* meet reductions that return a wrong number and no error,
* see that every loss is a reduction, and that ``softmax`` needs two.

:Data: Auto MPG, 398 cars (``course_data.load_auto_mpg``)
:Slides: part 1, "Reductions: which axis disappears?"
:Takes: about 5 s on two CPU cores
"""

# %% Which axis disappears?
# ``axis=0`` says "over the rows", ``axis=1`` "over the columns"; without an axis
# everything becomes one number.

import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf

from course_data import load_auto_mpg

plt.style.use("petroff10")

# %%
# A small table: four rows, three columns. Before you run the cell, write down the shape
# of the three results.

x = tf.constant(
    [
        [1, 2, 3],
        [4, 5, 6],
        [7, 8, 9],
        [10, 11, 12],
    ],
    dtype=tf.float32,
)
over_rows = tf.reduce_sum(x, axis=0)
over_columns = tf.reduce_sum(x, axis=1)
over_all = tf.reduce_sum(x)
print("axis=0: ", over_rows.numpy())
print("axis=1: ", over_columns.numpy())
print("no axis:", over_all.numpy())

# %%
# The axis that you name is the axis that disappears: (4, 3) became (3,), (4,) and ().
# In the picture, cells of one shade become one number.

row, column = np.indices((4, 3))
panels = {
    "axis=0: one for each column": column,
    "axis=1: one for each row": row,
    "no axis: one in all": np.zeros((4, 3)),
}
figure, axes = plt.subplots(1, 3, figsize=(9, 3.8), layout="constrained")
for axis, (name, shade) in zip(axes, panels.items()):
    axis.imshow(shade, cmap="Blues", vmin=-1, vmax=6)
    for (i, j), number in np.ndenumerate(x):
        axis.text(j, i, int(number), ha="center", va="center")
    axis.set(title=name, xlabel="column", ylabel="row")
    axis.set(xticks=range(3), yticks=range(4))
plt.show()

# %% The family
# All of them take ``axis`` and ``keepdims``. Each is called once here, over the rows,
# and compared with NumPy.

array = x.numpy()
pairs = {
    "sum": (tf.reduce_sum(x, axis=0), array.sum(axis=0)),
    "mean": (tf.reduce_mean(x, axis=0), array.mean(axis=0)),
    "max": (tf.reduce_max(x, axis=0), array.max(axis=0)),
    "min": (tf.reduce_min(x, axis=0), array.min(axis=0)),
    "prod": (tf.reduce_prod(x, axis=0), array.prod(axis=0)),
    "variance": (tf.math.reduce_variance(x, axis=0), array.var(axis=0)),
    "std": (tf.math.reduce_std(x, axis=0), array.std(axis=0)),
    "any": (tf.reduce_any(x > 11, axis=0), (array > 11).any(axis=0)),
    "all": (tf.reduce_all(x > 1, axis=0), (array > 1).all(axis=0)),
}
equal_pairs = 0
for name, (by_tensorflow, by_numpy) in pairs.items():
    equal = np.allclose(by_tensorflow, by_numpy)
    equal_pairs += equal
    print(f"{name:9} {by_tensorflow.numpy()!s:28} equals NumPy: {equal}")

# %%
# ``variance`` and ``std`` divide by n, as NumPy does; pandas divides by n - 1. There
# are more: ``tf.math.reduce_euclidean_norm``, ``tf.math.count_nonzero``, and
# ``tf.reduce_logsumexp``, which we need below.
#
# ``tf.argmax`` does not say how large the largest number is, but *where*. That is how a
# class is read off ten probabilities. And a trap: without an axis, NumPy searches the
# whole array, while TensorFlow searches axis 0.

print("tf.argmax(x, axis=1):", tf.argmax(x, axis=1).numpy())
print("tf.argmax(x):        ", tf.argmax(x).numpy())
print("np.argmax(array):    ", np.argmax(array))
argmax_is_axis_0 = bool(np.array_equal(tf.argmax(x), array.argmax(axis=0)))

# %% Wrong number one: NaN
# Now real data. Six of 398 cars have no horsepower; their value is NaN, "not a number".
# What will the mean of that column be, in pandas and in TensorFlow?

cars = load_auto_mpg()
horsepower = tf.constant(cars["horsepower"])
print("pandas:    ", round(cars["horsepower"].mean(), 2))
print("TensorFlow:", tf.reduce_mean(horsepower).numpy())

# %%
# pandas leaves NaN out; TensorFlow, like NumPy, does not. In training, one NaN among
# the inputs can make the loss and all weights NaN, or, worse, spoil them and not show
# (lesson 1.05). ``reduce_any`` finds out whether there is one, ``boolean_mask`` keeps
# the good ones.

missing = tf.math.is_nan(horsepower)
any_missing = tf.reduce_any(missing)
known = tf.boolean_mask(horsepower, ~missing)
known_mean = float(tf.reduce_mean(known))
print("is there a NaN?", any_missing.numpy())
print(f"mean of the {len(known)} known: {known_mean:.2f} hp")

# %% Wrong number two: whole numbers
# 79 of the 398 cars were made in Japan, a share of 0.198. What does TensorFlow say,
# when ones and zeros are ``int32``? And what is the sum of all weights, in pounds, when
# somebody saved memory with ``int16``?

from_japan = tf.constant((cars["origin"] == "Japan").astype("int32"))
integer_mean = int(tf.reduce_mean(from_japan))
float_mean = float(tf.reduce_mean(tf.cast(from_japan, tf.float32)))
print("mean of int32: ", integer_mean)
print(f"mean of floats: {float_mean:.3f}")

weights = tf.constant(cars["weight"].astype("int16"))
int16_sum = int(tf.reduce_sum(weights))
true_sum = int(cars["weight"].sum())
print(f"sum of int16: {int16_sum:,} pounds")
print(f"true sum:     {true_sum:,} pounds")

# %%
# A mean of whole numbers is cut off to a whole number; an accuracy computed like this
# is 0 until it is 1. And a sum that does not fit into its type begins again from below:
# 16 bits end at 32,767. Neither is an error. Cast to ``float32`` before you reduce.

# %% Keep the axis
# We want to divide each row by its own sum, so that it adds up to 1. ``reduce_sum``
# over the columns leaves shape (4,), and the table has shape (4, 3): that does not fit.
# But for a *square* table it does. Which of the two results is right?

square = x[:3]
row_sums = tf.reduce_sum(square, axis=1)
row_sums_kept = tf.reduce_sum(square, axis=1, keepdims=True)
wrong = square / row_sums
right = square / row_sums_kept
wrong_totals = tf.reduce_sum(wrong, axis=1)
right_totals = tf.reduce_sum(right, axis=1)
print("shape of the sums:", row_sums.shape, "rows add up to", wrong_totals.numpy())
print("with keepdims:", row_sums_kept.shape, "rows add up to", right_totals.numpy())

# %%
# A shape of (3,) is read as one *row*: column 0 was divided by the sum of row 0, column
# 1 by that of row 1. Only the diagonal is right. With ``keepdims=True`` the axis stays,
# with length 1, and the shape (3, 1) is a *column*. That is what you want whenever the
# result goes back into the table.

# %% A loss is a reduction
# Three predictions, three truths. The squared errors are three numbers, the loss is
# their mean. Training needs *one* number to make small; that is why every loss ends in
# a reduction.

predicted = tf.constant([22.0, 31.0, 15.0])
truth = tf.constant([20.0, 30.0, 19.0])
squared_errors = (predicted - truth) ** 2
loss = tf.reduce_mean(squared_errors)
keras_loss = tf.keras.losses.MeanSquaredError()(truth, predicted)
print("squared errors:", squared_errors.numpy())
print("their mean:", loss.numpy(), " Keras says", keras_loss.numpy())

# %% Softmax by hand
# A network that chooses among three classes ends in three numbers, the *logits*.
# ``softmax`` makes probabilities of them: the exponential of each, divided by the sum
# of all three. Here is a batch of two rows, so the sum runs over the last axis and
# keeps it. What does it make of 2, 1 and 0? And of 1002, 1001 and 1000?


def softmax_by_hand(logits):
    """Return exp(logits) divided by their sum over the last axis."""
    exponentials = tf.exp(logits)
    return exponentials / tf.reduce_sum(exponentials, axis=-1, keepdims=True)


logits = tf.constant([[2.0, 1.0, 0.0], [1002.0, 1001.0, 1000.0]])
print("by hand\n", softmax_by_hand(logits).numpy().round(4))
print("tf.nn.softmax\n", tf.nn.softmax(logits).numpy().round(4))

# %%
# The differences are the same, so the probabilities should be. But exp(1000) is larger
# than any float: infinity divided by infinity is NaN. The remedy is a second reduction.
# Subtract the largest logit first; that changes nothing in the quotient, and no
# exponential is larger than 1.
#
# The logarithm of such a sum of exponentials is so common that it has a name,
# ``reduce_logsumexp``. It does that subtraction inside.

largest = tf.reduce_max(logits, axis=-1, keepdims=True)
shifted = softmax_by_hand(logits - largest)
naive = tf.math.log(tf.reduce_sum(tf.exp(logits), axis=-1))
stable = tf.reduce_logsumexp(logits, axis=-1)
print("largest subtracted first\n", shifted.numpy().round(4))
print("log of the sum, naive:", naive.numpy(), " logsumexp:", stable.numpy())

# %%
# This is why Keras' losses have ``from_logits=True``: they take the logits, and go the
# safe way. (Most lessons end in a softmax layer all the same. Keras remembers the
# logits in front of such a layer, and its loss uses them.)

# %% Try it yourself
# 1. What is the shape of ``tf.reduce_mean`` of a batch of pictures (64, 28, 28, 3) with
#    ``axis=(1, 2)``? ((64, 3): the mean colour of each picture.)
# 2. Find the car with the largest weight: ``tf.argmax`` and ``cars.iloc``. (5,140
#    pounds, built in 1971; it drives 13 miles on a gallon.)
# 3. What is ``tf.reduce_sum`` of an empty tensor, ``tf.zeros((0, 3))``? And its mean?
#    And its maximum? (0, NaN and minus infinity.)

results = {
    "pairs_equal_numpy": int(equal_pairs),
    "argmax_is_axis_0": argmax_is_axis_0,
    "known_mean_horsepower": known_mean,
    "integer_mean": integer_mean,
    "float_mean": float_mean,
    "int16_sum": int16_sum,
    "true_sum": true_sum,
    "wrong_first_total": float(wrong_totals[0]),
    "right_first_total": float(right_totals[0]),
    "loss_minus_keras": float(abs(loss - keras_loss)),
    "softmax_difference": float(np.max(np.abs(shifted - tf.nn.softmax(logits)))),
    "logsumexp": float(stable[1]),
}
print(results)
