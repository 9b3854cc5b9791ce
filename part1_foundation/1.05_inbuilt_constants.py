"""
1.05 TensorFlow's inbuilt constants
===================================

Zeros, ones, ranges, one-hot rows, the limits of a dtype and the numbers that a network
starts from. You will

* make the usual constants, and know where dtype and length differ from what you expect,
* recognise overflow, infinity and NaN, and find the line that a NaN comes from,
* choose an initializer by the spread it gives, and check that spread.

:Data: Auto MPG, 398 cars; Fashion-MNIST's labels; census income, 32,561 persons
  (``course_data``)
:Slides: part 1, "TensorFlow inbuilt constants"
:Takes: about 4 s on two CPU cores
"""

# %% Constants beside NumPy
# Each line makes the same constant in both libraries. The values are equal. Write down
# the dtype that TensorFlow gives to ``zeros``, to ``fill`` with a 7 and to ``range``;
# NumPy's are float64 and int64.

import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf

from course_data import load_auto_mpg, load_census_income, load_fashion_mnist

plt.style.use("petroff10")
tf.keras.utils.set_random_seed(1)

pairs = {
    "zeros([2, 3])": (tf.zeros([2, 3]), np.zeros([2, 3])),
    "ones([2, 3])": (tf.ones([2, 3]), np.ones([2, 3])),
    "fill([2, 3], 7)": (tf.fill([2, 3], 7), np.full([2, 3], 7)),
    "eye(3)": (tf.eye(3), np.eye(3)),
    "constant([1, 2])": (tf.constant([1, 2]), np.array([1, 2])),
    "zeros_like of booleans": (
        tf.zeros_like([True, False]),
        np.zeros_like([True, False]),
    ),
    "linspace(0, 1, 5)": (tf.linspace(0.0, 1.0, 5), np.linspace(0.0, 1.0, 5)),
    "range(2, 11, 3)": (tf.range(2, 11, 3), np.arange(2, 11, 3)),
    "one_hot([0, 2], 3)": (tf.one_hot([0, 2], 3), np.eye(3)[[0, 2]]),
}
equal = {name: np.array_equal(ours, numpys) for name, (ours, numpys) in pairs.items()}
for name, (ours, numpys) in pairs.items():
    print(
        f"{name:28} TensorFlow {ours.dtype.name:8} NumPy {numpys.dtype.name:8} "
        f"equal values: {equal[name]}"
    )

# %% A column of ones
# TensorFlow's defaults are the 32-bit types of deep learning, and ``*_like`` copies
# shape and dtype of what it is given. A line needs an intercept: put a column of ones
# beside the weights, and least squares finds it. A network does the same, and calls
# that number the bias. Then a trap: how many numbers has ``range(1.0, 1.3, 0.1)``,
# which must stop before 1.3?

cars = load_auto_mpg()
weight, mpg = tf.constant(cars.weight), tf.constant(cars.mpg)
design = tf.stack([tf.ones_like(weight), weight], axis=1)
intercept, slope = tf.linalg.lstsq(design, mpg[:, tf.newaxis])[:, 0].numpy()
print(
    f"mpg = {intercept:.2f} {slope:+.5f} * weight; NumPy's polyfit "
    f"{np.polyfit(weight, mpg, 1)[::-1].round(5)}"
)
for dtype in (tf.float32, tf.float64):
    print(
        f"range(1.0, 1.3, 0.1) in {dtype.name}: "
        f"{tf.range(1.0, 1.3, 0.1, dtype=dtype).numpy()}"
    )

# %% One-hot rows
# 0.1 has no exact binary form, so a range of fractions may contain its end: use
# ``linspace``. Next, labels, a column for each class. Someone counts ten classes from 1
# to 10 and says ``depth=10``. What becomes of class 10?

labels = load_fashion_mnist()[0][1][:12]
right, shifted = tf.one_hot(labels, depth=10), tf.one_hot(labels + 1, depth=10)

figure, axes = plt.subplots(1, 2, figsize=(9, 4), layout="constrained")
for axis, title, rows in zip(
    axes, ("labels 0 to 9", "the same labels, counted from 1"), (right, shifted)
):
    axis.imshow(rows, cmap="Blues", vmin=0, vmax=1.5)
    axis.set(
        title=title,
        xlabel="column of one_hot(…, depth=10)",
        ylabel="label",
        xticks=range(10),
    )
    axis.set_yticks(range(12), labels)
plt.show()
losses = tf.keras.losses.categorical_crossentropy(
    shifted, tf.fill([12, 10], 0.1)
).numpy()
print("cross-entropy of blind guesses, picture by picture:", np.abs(losses).round(2))

# %% The limits of a dtype
# Class 10 became a row of zeros, without an error, and its loss is 0: the network would
# never learn those pictures. The step below is the smallest number that changes 1 when
# added. Before you run the cell: what is 255 + 1 in ``uint8``, 2 * 40,000 in
# ``float16``, and 16,777,216 + 1 in ``float32``?

for dtype in (tf.float16, tf.float32, tf.float64):
    print(
        f"{dtype.name} largest {dtype.max:.3g}, step at 1 "
        f"{np.finfo(dtype.as_numpy_dtype).eps:.2g}"
    )
print(
    f"int32 from {tf.int32.min:,} to {tf.int32.max:,}, uint8 from {tf.uint8.min} "
    f"to {tf.uint8.max}"
)
wrapped, overflown = tf.constant(255, tf.uint8) + 1, tf.constant(40000, tf.float16) * 2
lost = tf.constant(16_777_216, tf.float32) + 1
print(
    f"255 + 1 is {wrapped.numpy()}, 2 * 40,000 is {overflown.numpy()}, "
    f"16,777,216 + 1 is {lost.numpy():,.0f}"
)

# %% Infinity and NaN
# Whole numbers wrap around, floats become infinite or swallow the 1. Most persons of
# the census have no capital gain, and log(0) is minus infinity; so one takes it only
# ``where`` there is a gain. ``scale`` is to be learnt; by calculus its gradient at 1 is
# the share of persons with a gain. The loss is finite. Is its gradient?

gain = tf.constant(load_census_income()[0].capital_gain, tf.float32)
print(
    f"mean of the logarithm: {tf.reduce_mean(tf.math.log(gain))}; persons with a "
    f"gain: {np.mean(gain > 0):.4f}"
)


def mean_logarithm(safe):
    scale = tf.Variable(1.0)
    with tf.GradientTape() as tape:
        inside = tf.where(gain > 0, scale * gain, 1.0) if safe else scale * gain
        loss = tf.reduce_mean(tf.where(gain > 0, tf.math.log(inside), 0.0))
    return loss.numpy(), tape.gradient(loss, scale).numpy()


print(
    "where around the logarithm:     loss {:.4f}, gradient {:.4f}".format(
        *mean_logarithm(safe=False)
    )
)
print(
    "where inside the logarithm too: loss {:.4f}, gradient {:.4f}".format(
        *mean_logarithm(safe=True)
    )
)
try:
    tf.debugging.check_numerics(tf.math.log(gain), message="log(gain)")
except tf.errors.InvalidArgumentError as error:
    print("check_numerics:", error.message.split("} ")[-1].split(" [Op")[0])

# %% Initializers
# ``where`` computes both branches, and the chain rule multiplies the unused one's 0 by
# infinity: NaN. The cure is a harmless number *inside*. One NaN gradient makes every
# weight NaN; ``check_numerics`` names the line.
#
# Weights start as random numbers, and their spread decides whether a deep network
# learns. Glorot's standard deviation is sqrt(2 / (inputs + outputs)), He's sqrt(2 /
# inputs), here 0.071 and 0.082. Which histogram will not be a bell?

shape, initializers = (300, 100), tf.keras.initializers
chosen = {
    "RandomNormal": (initializers.RandomNormal(seed=1), 0.05),
    "GlorotUniform": (initializers.GlorotUniform(seed=1), np.sqrt(2 / 400)),
    "HeNormal": (initializers.HeNormal(seed=1), np.sqrt(2 / 300)),
    "Orthogonal": (initializers.Orthogonal(seed=1), np.sqrt(1 / 300)),
}
spread_error = 0.0
figure, axes = plt.subplots(
    1, 4, figsize=(11, 3), sharex=True, sharey=True, layout="constrained"
)
for axis, (name, (initializer, expected)) in zip(axes, chosen.items()):
    values = initializer(shape).numpy()
    spread_error = max(spread_error, abs(values.std() / expected - 1))
    axis.hist(values.ravel(), bins=60, range=(-0.3, 0.3))
    axis.set(
        title=f"{name}\nmean {values.mean():.3f}, spread {values.std():.3f}",
        xlabel="weight (no unit)",
    )
    print(
        f"{name:14} mean {values.mean():+.4f}  standard deviation "
        f"{values.std():.4f}  by the formula {expected:.4f}"
    )
axes[0].set_ylabel("weights in a bin")
plt.show()
same_start = np.array_equal(initializer(shape), initializer(shape))
print("a seeded initializer called twice gives the same numbers:", same_start)

# %%
# ``GlorotUniform``, the default of ``Dense``, is flat; ``HeNormal`` is a bell with its
# ends cut. A seeded initializer is a constant too: share it between two layers of one
# shape and they start as twins. Seed the program instead.

# %% Try it yourself
# 1. One-hot the species of ``load_iris()``: ``pd.factorize``, then ``one_hot``. Column
#    sums? (50, 50, 50.)
# 2. ``tf.constant(300, tf.uint8)``: does it wrap around too? (Yes, to 44. NumPy's
#    ``np.uint8(300)`` is an error.)

results = {
    "pairs_equal": sum(equal.values()),
    "intercept": float(intercept),
    "zero_rows": int(
        tf.reduce_sum(tf.cast(tf.reduce_sum(shifted, axis=1) == 0, tf.int32))
    ),
    "loss_of_zero_row": float(losses.min()),
    "uint8_wraps_to": int(wrapped),
    "float32_swallows_one": float(lost) == 16_777_216,
    "unsafe_gradient_is_nan": bool(np.isnan(mean_logarithm(False)[1])),
    "safe_gradient": float(mean_logarithm(True)[1]),
    "spread_error": float(spread_error),
    "seeded_initializer_repeats": same_start,
}
print(results)
