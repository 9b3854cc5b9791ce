"""
1.03 Reduction operations
=========================

A reduction makes one number out of many: a sum, a mean, a maximum. Every loss of a
neural network ends in one. You will

* reduce a table along the axis you mean, and keep that axis where the next step needs
  it,
* meet reductions that return a wrong or unexpected number and no error,
* use ``reduce_logsumexp`` where ``exp`` leaves the range of floating-point numbers.

:Data: Auto MPG, 398 cars (``course_data.load_auto_mpg``)
:Slides: part 1, "Various reduction operations"
:Takes: about 3 s on two CPU cores
"""

# %% One missing value
# One row is one car, one column one measurement, and ``axis=0`` reduces over the rows.
# Six cars have no horsepower. What will the mean of that column be?

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import tensorflow as tf

from course_data import load_auto_mpg

plt.style.use("petroff10")

cars = load_auto_mpg()
frame = cars.drop(columns="origin")
table = tf.constant(frame.to_numpy())
print(
    pd.DataFrame(
        {"pandas": frame.mean(), "TensorFlow": tf.reduce_mean(table, axis=0)}
    ).round(1)
)

# %% Any and all
# pandas leaves missing values out; in TensorFlow one NaN makes the whole mean NaN, and
# a NaN in a loss ruins a training in the same way. ``reduce_any`` names the column to
# blame, ``reduce_all`` the cars that are complete. We go on with those.

missing = tf.math.is_nan(table)
print("columns with NaN:", list(frame.columns[tf.reduce_any(missing, axis=0).numpy()]))
table = tf.boolean_mask(table, tf.reduce_all(~missing, axis=1))
print("complete cars:   ", len(table), "of", len(frame))

# %% Which cells collapse
# The axis you name is the axis that disappears; ``keepdims=True`` keeps it, with length
# 1. Cells of one shade become one number. What shape has each of the three results?

small = table[:4, :3]
row, column = np.indices(small.shape)
figure, axes = plt.subplots(
    2, 3, figsize=(9, 7), sharex=True, sharey=True, layout="constrained"
)
for over, shade, (above, below) in zip((0, 1, None), (column, row, 0 * row), axes.T):
    result = tf.reduce_sum(small, axis=over, keepdims=True)
    height, width = result.shape
    for axis, cells, shades in (
        (above, small, shade),
        (below, result, shade[:height, :width]),
    ):
        axis.imshow(shades, cmap="Blues", vmin=-1, vmax=6)
        for (i, j), value in np.ndenumerate(cells):
            axis.text(j, i, f"{value:.0f}", ha="center", va="center")
    above.set(
        title=f"axis={over}", ylabel="axis 0 (cars)", xticks=range(3), yticks=range(4)
    )
    below.set(
        title=f"shape {tf.reduce_sum(small, axis=over).shape}\n"
        f"with keepdims ({height}, {width})"
    )
    below.set(
        xlabel="axis 1 (columns)", ylabel="axis 0", xlim=(-0.5, 2.5), ylim=(3.5, -0.5)
    )
figure.suptitle("Sums of mpg, cylinders and cubic inches")
plt.show()

# %% All of them, beside NumPy
# ``axis=1`` has added miles per gallon to cylinders: no library knows your units. Now
# every reduction over the 392 cars; mpg and weight (pounds) are shown. Which line is of
# no use?

pairs = {
    "sum": (tf.reduce_sum, np.sum),
    "mean": (tf.reduce_mean, np.mean),
    "max": (tf.reduce_max, np.max),
    "min": (tf.reduce_min, np.min),
    "prod": (tf.reduce_prod, np.prod),
    "std": (tf.math.reduce_std, np.std),
    "variance": (tf.math.reduce_variance, np.var),
    "norm": (tf.norm, np.linalg.norm),
    "logsumexp": (tf.reduce_logsumexp, np.logaddexp.reduce),
    "argmax": (tf.argmax, np.argmax),
    "argmin": (tf.argmin, np.argmin),
}
equal = {}
for name, (ours, numpys) in pairs.items():
    with np.errstate(over="ignore"):
        found, expected = ours(table, axis=0).numpy(), numpys(table.numpy(), axis=0)
    equal[name] = np.allclose(found, expected, rtol=1e-10)
    print(
        f"{name:10} mpg {found[0]:10.6g}   weight {found[4]:12.6g}   equals "
        f"NumPy: {equal[name]}"
    )
print(
    "argmax without an axis: TensorFlow",
    tf.argmax(table).numpy(),
    " NumPy",
    np.argmax(table),
)

# %% Keep the axis
# The product leaves the range of float64: add logarithms instead. And ``tf.argmax``
# without an axis takes axis 0, where all the others take every axis. Next a mistake
# that no error reports. In which of the two divisions does every row of shares, one
# origin's cars by years, add up to 1?

counts = pd.crosstab(cars.origin, pd.cut(cars.model_year, [69, 73, 77, 82]))
print(counts)
counts = tf.constant(counts.to_numpy())
wrong = counts / tf.reduce_sum(counts, axis=1)
right = counts / tf.reduce_sum(counts, axis=1, keepdims=True)
print(
    "without keepdims: rows add up to "
    f"{tf.reduce_sum(wrong, axis=1).numpy().round(2)}\n{wrong.numpy().round(2)}"
)
print(
    "with keepdims: rows add up to "
    f"{tf.reduce_sum(right, axis=1).numpy().round(2)}\n{right.numpy().round(2)}"
)

# %% Whole numbers and small groups
# A shape ``(3,)`` is laid along the *last* axis: every column was divided by another
# origin's cars, and only because the table is square did it pass. Now types. A result
# has the type of its input: what is the mean of integers, and the sum of 392 weights in
# ``int16``, which ends at 32,767? And do TensorFlow and pandas agree on the standard
# deviation of the four cars with three cylinders?

mpg, weight, model_year = table[:, 0], table[:, 4], table[:, 6]
integer_mean = tf.reduce_mean(tf.cast(model_year, tf.int32))
int16_sum = tf.reduce_sum(tf.cast(weight, tf.int16))
four = cars.mpg[cars.cylinders == 3]
std_tensorflow, std_pandas = tf.math.reduce_std(four.to_numpy()), four.std()
print(
    f"mean model year  int32 {integer_mean}   float64 {tf.reduce_mean(model_year):.2f}"
)
print(f"sum, pounds      int16 {int16_sum}   float64 {tf.reduce_sum(weight):.0f}")
print(f"std of 4, mpg    TensorFlow {std_tensorflow:.2f}   pandas {std_pandas:.2f}")

# %% Sums of exponentials
# The mean was cut off, the sum wrapped around: cast to float first. Both deviations are
# right: TensorFlow, NumPy, scikit-learn's scaler and Keras' ``Normalization`` divide by
# n, pandas by n - 1. How probable is each candidate for the true mean mileage? The
# likelihood of 392 cars is a product of 392 densities, so we add logarithms: about
# -1360 at best. For probabilities, each ``exp(log_likelihood)`` is divided by their
# sum. Write down ``exp(-1360)``, then run.

spread = tf.math.reduce_std(mpg)
candidates = tf.cast(tf.linspace(20.0, 27.0, 141), tf.float64)
log_densities = -0.5 * ((mpg[:, tf.newaxis] - candidates) / spread) ** 2 - tf.math.log(
    spread * np.sqrt(2 * np.pi)
)
log_likelihood = tf.reduce_sum(log_densities, axis=0)
naive = tf.exp(log_likelihood) / tf.reduce_sum(tf.exp(log_likelihood))
probability = tf.exp(log_likelihood - tf.reduce_logsumexp(log_likelihood))
width = tf.sqrt(tf.reduce_sum(probability * (candidates - tf.reduce_mean(mpg)) ** 2))
print("naive:    ", naive[:4].numpy(), "...")
print(
    f"logsumexp: adds up to {tf.reduce_sum(probability):.6f}, a curve "
    f"{width:.3f} mpg wide"
)
print(f"textbook:  standard error of the mean {spread / np.sqrt(len(mpg)):.3f} mpg")
print(
    "logsumexp of the weights: naive "
    f"{tf.math.log(tf.reduce_sum(tf.exp(weight)))}, {tf.reduce_logsumexp(weight)}"
)

# %% Try it yourself
# ``reduce_logsumexp`` takes the largest exponent out before it calls ``exp``, so
# nothing leaves the range. What you have just computed is a *softmax*: most classifiers
# end in one.
#
# 1. Mean horsepower of all 398 cars: put 0 for NaN with ``tf.where``, sum up, divide by
#    the right count. (104.5; dividing by 398 gives 102.9.)
# 2. The geometric mean of mpg, from ``reduce_mean`` and a logarithm. (About 22.)

results = {
    "complete_cars": len(table),
    "pairs_equal_numpy": sum(equal.values()),
    "right_share_japan_early": float(right[1, 0]),
    "integer_mean_year": int(integer_mean),
    "int16_sum": int(int16_sum),
    "std_ratio": float(std_pandas / std_tensorflow),
    "probability_width": float(width),
}
print(results)
