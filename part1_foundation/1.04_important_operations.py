"""
1.04 Few important operations
=============================

A layer of a network is a matrix product, an addition that broadcasts and an elementwise
function. You will

* apply the everyday operations to a real table and read the errors of mixed types,
* solve least squares two ways and see which one survives a redundant column,
* find the shape mistake that makes a loss prefer the useless model, and repeat random
  numbers at will.

:Data: Auto MPG, 398 cars (``course_data.load_auto_mpg``)
:Slides: part 1, "Few important operations"
:Takes: about 3 s on two CPU cores
"""

# %% Compare, where, clip, round
# Six horsepowers are missing (NaN). How many of them do ``== NaN`` and ``is_nan`` find?
# What do ``round`` and ``cast`` to integer make of 0.5, 1.5, 2.5 and -1.7?

import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf

from course_data import load_auto_mpg

plt.style.use("petroff10")

cars = load_auto_mpg()
horsepower = tf.constant(cars.horsepower.to_numpy())
missing = tf.math.is_nan(horsepower)
print(
    "== NaN:",
    np.count_nonzero(horsepower == np.nan),
    "  is_nan:",
    np.count_nonzero(missing),
)
clipped = tf.clip_by_value(
    tf.where(missing, cars.horsepower.median(), horsepower), 60, 200
)
print(
    f"filled and clipped: {tf.reduce_min(clipped):.0f} to "
    f"{tf.reduce_max(clipped):.0f} horsepower"
)
print(
    "round:",
    tf.round([0.5, 1.5, 2.5, -1.7]).numpy(),
    "  cast:",
    tf.cast([0.5, 1.5, 2.5, -1.7], tf.int32).numpy(),
)

# %% Mixed types
# Nothing equals NaN, not even NaN; ``round`` goes to the even neighbour; ``cast`` cuts
# off. Now litres on 100 km, which are 235.215 divided by mpg, and halved cylinders.
# Which lines fail?

mpg = tf.constant(cars.mpg.to_numpy())
attempts = {
    "float64 tensor, Python number ": lambda: 235.215 / mpg[:2],
    "float64 tensor, float32 tensor": lambda: tf.constant(235.215) / mpg[:2],
    "int32 tensor, Python float    ": lambda: tf.constant([8, 4]) * 0.5,
    "after tf.cast to one type     ": lambda: (
        tf.cast(tf.constant([8, 4]), tf.float32) * 0.5
    ),
}
failures = 0
for name, attempt in attempts.items():
    try:
        print(name, "works:", attempt().numpy())
    except (TypeError, tf.errors.InvalidArgumentError) as error:
        failures += 1
        print(name, "fails:", str(error).split(" [Op")[0])

# %% Broadcasting, drawn
# Shapes are compared from the last axis forwards; an axis that is missing or of length
# 1 is stretched (pale). Above: a table minus the means of its columns. Below: four
# *perfect* predictions of shape ``(4, 1)`` minus targets of shape ``(4,)``. How many
# zeros will you see?

complete = cars.dropna()
table, target = (
    tf.constant(complete.iloc[:, 1:7].to_numpy()),
    tf.constant(complete.mpg.to_numpy()),
)
small, few = table[::100, 1:4], target[::100]
figure, axes = plt.subplots(2, 3, figsize=(10, 7), layout="constrained")
for row, left, right in zip(
    axes, (small, few[:, tf.newaxis]), (tf.reduce_mean(small, axis=0), few)
):
    for axis, name, cells in zip(
        row, ("", "minus ", "gives "), (left, right, left - right)
    ):
        is_real = np.zeros((left - right).shape)
        is_real[tuple(slice(length) for length in (1, *cells.shape)[-2:])] = 1
        axis.imshow(is_real, cmap="Blues", vmin=0, vmax=3)
        for (i, j), value in np.ndenumerate(np.broadcast_to(cells, is_real.shape)):
            axis.text(j, i, f"{value:.1f}", ha="center", va="center")
        axis.set(
            title=f"{name}{cells.shape}",
            xlabel="axis 1",
            ylabel="axis 0",
            xticks=[],
            yticks=[],
        )
figure.suptitle("Above: columns minus their means. Below: mpg predicted minus mpg true")
plt.show()

# %% Matrix product, solve, determinant, SVD
# Only the diagonal below is made of errors; remember it for the last experiment.
# Broadcasting now standardises the whole table, and ``@`` is the matrix product. Least
# squares for mpg: with six columns, then with the weight twice, in pounds and in
# kilograms. Will the two ways still agree?

z = (table - tf.reduce_mean(table, axis=0)) / tf.math.reduce_std(table, axis=0)
y = (target - tf.reduce_mean(target))[:, tf.newaxis]
by_svd, by_solve = {}, {}
for name, x in {
    "six columns": z,
    "weight twice": tf.concat([z, z[:, 3:4]], axis=1),
}.items():
    s, u, v = tf.linalg.svd(x)
    inverse_s = tf.where(s > 1e-10 * s[0], 1 / s, 0)
    by_svd[name] = v @ (inverse_s[:, tf.newaxis] * (tf.transpose(u) @ y))
    gram = tf.transpose(x) @ x
    print(
        f"{name}: singular values {s[0]:.1f} to {s[-1]:.0e}, determinant "
        f"{tf.linalg.det(gram):.0e}"
    )
    print("   SVD:   weight", by_svd[name].numpy()[3::3, 0], "mpg")
    try:
        by_solve[name] = tf.linalg.solve(gram, tf.transpose(x) @ y)
        print("   solve: weight", by_solve[name].numpy()[3::3, 0], "mpg")
    except tf.errors.InvalidArgumentError as error:
        print("   solve:", error.message.split("}} ")[-1])

# %% Inverse and einsum
# Equal columns leave no unique answer: solving gives rounding noise or an error, by
# chance. The SVD, without the singular values near 0, shares the coefficient out.
# ``einsum`` sums over the letters missing on the right: how far is each car from the
# average, correlations allowed for? The oddest:

precision = tf.linalg.inv(tf.transpose(z) @ z / len(z))
distance = tf.einsum("ni,ij,nj->n", z, precision, z)
print(complete.iloc[int(tf.argmax(distance))].to_dict())

# %% Random numbers
# The largest engine of all in a car of average weight: together they are odd. Now two
# draws each with three kinds of seed, and all of it again with one draw more before.
# Which kinds change?

kinds = {
    "global seed": lambda: tf.random.uniform([]).numpy(),
    "op seed    ": lambda: tf.random.uniform([], seed=5).numpy(),
    "stateless  ": lambda: tf.random.stateless_uniform([], seed=[1, 5]).numpy(),
}
unchanged = 0
for kind, draw in kinds.items():
    tf.random.set_seed(1)
    first = [draw(), draw()]
    tf.random.set_seed(1)
    second = [tf.random.uniform([]), draw(), draw()][1:]
    unchanged += first == second
    print(
        kind, np.round(first, 3), "   with one draw more before:", np.round(second, 3)
    )

# %% The loss that prefers the useless model
# A stateless draw repeats itself: give it a new seed each time.
# ``tf.keras.utils.set_random_seed`` sets the global seeds of Python, NumPy and
# TensorFlow. Back to the 16 differences: predictions come as ``(n, 1)``, targets as
# ``(n,)``. Which model will the wrong loss prefer?

mean = tf.reduce_mean(target)
losses = []
for name, predictions in {
    "least squares  ": z @ by_svd["six columns"] + mean,
    "always the mean": 0 * y + mean,
}.items():
    right = tf.reduce_mean((predictions[:, 0] - target) ** 2)
    wrong = tf.reduce_mean((predictions - target) ** 2)
    keras = tf.keras.losses.MeanSquaredError()(target, predictions)
    losses += [float(right), float(wrong), float(keras)]
    print(
        f"{name}  right {right:5.1f}   wrong {wrong:5.1f}   Keras {keras:5.1f}  "
        "(mpg squared)"
    )

# %% Try it yourself
# Minimising the wrong loss ends at "always the mean". Keras' losses straighten the
# shapes; one that you write for a training loop of your own does not: assert there that
# the shapes are equal.
#
# 1. Standardise with ``keepdims=True``. What changes? (Nothing: ``(1, 6)`` and ``(6,)``
#    stretch alike.)
# 2. ``z[0] @ z[1]`` fails. Use ``tf.tensordot(..., 1)`` and ``einsum("i,i->", ...)``.
#    (Same as ``np.dot``.)

results = {
    "mixed_type_failures": failures,
    "solve_minus_numpy": float(
        np.abs(by_solve["six columns"] - np.linalg.lstsq(z, y)[0]).max()
    ),
    "svd_shares_weight": float(
        by_svd["weight twice"][3, 0] / by_svd["six columns"][3, 0]
    ),
    "einsum_minus_numpy": float(
        np.abs(distance - np.einsum("ni,ij,nj->n", z, precision, z)).max()
    ),
    "draws_unchanged": unchanged,
    "right_loss": losses[0],
    "wrong_loss": losses[1],
    "wrong_loss_of_mean": losses[4],
}
print(results)
