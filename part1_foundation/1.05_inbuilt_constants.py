"""
1.05 Inbuilt constants
======================

Zeros, ones, ranges, identity matrices: tensors that come ready made. And the constants
of a number format: its largest number, its infinity, its NaN. You will

* make constants, and know which dtype they get,
* know where each number format ends, and what happens there,
* find a NaN in a gradient whose loss looks fine, understand it, and cure it.

:Data: Fashion-MNIST's labels, census income (``course_data``)
:Slides: part 1, "Five reference lessons: tools to look up"
:Takes: about 5 s on two CPU cores
"""

# %% Filled tensors
# Five ways to fill a tensor. NumPy makes 64-bit numbers of the first four.

import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf

from course_data import load_census_income, load_fashion_mnist

plt.style.use("petroff10")

# %%
# Which dtype will TensorFlow choose for ``zeros``, and for ``fill`` with a 7?

filled = {
    "zeros([2, 3])": tf.zeros([2, 3]),
    "ones([3])": tf.ones([3]),
    "fill([2, 2], 7)": tf.fill([2, 2], 7),
    "eye(3)": tf.eye(3),
    "zeros_like([True, False])": tf.zeros_like([True, False]),
}
for name, tensor in filled.items():
    print(f"{name}, {tensor.dtype.name}\n{tensor.numpy()}")

# %%
# 32 bits, the types of deep learning; and ``*_like`` takes over shape and dtype. Ones
# are less idle than they look: a column of ones beside the data is what gives a linear
# model its intercept.

# %% Numbers in a row
# ``range`` goes by steps and leaves the end out; ``linspace`` takes a count and
# includes the end. How many numbers has ``range(1.0, 1.3, 0.1)``, which has to stop
# before 1.3?

print("range(2, 11, 3):      ", tf.range(2, 11, 3).numpy())
print("linspace(0, 1, 5):    ", tf.linspace(0.0, 1.0, 5).numpy())
fractions_32 = tf.range(1.0, 1.3, 0.1, dtype=tf.float32)
fractions_64 = tf.range(1.0, 1.3, 0.1, dtype=tf.float64)
print("range(1.0, 1.3, 0.1) in float32:", fractions_32.numpy())
print("range(1.0, 1.3, 0.1) in float64:", fractions_64.numpy())

# %%
# Three or four, by the dtype! 0.1 has no exact binary form. (1.3 - 1.0) / 0.1, the
# number of steps, comes out a hair above 3 in ``float64`` and a hair below in
# ``float32``, and is rounded up. So the end that should be left out is there. Use
# ``range`` for whole numbers and ``linspace`` for fractions.

# %% One-hot rows
# A class is a name, not an amount: class 6, a shirt, is not six times class 1, a
# trouser. ``one_hot`` gives each class a column of its own, with a single 1 in each
# row. ``depth`` is the number of columns.
#
# Fashion-MNIST has ten classes, 0 to 9. Now somebody counts them from 1 to 10. What
# becomes of class 10?

labels = load_fashion_mnist()[0][1][:12]
right = tf.one_hot(labels, depth=10)
shifted = tf.one_hot(labels + 1, depth=10)

figure, axes = plt.subplots(1, 2, figsize=(9, 4), layout="constrained")
axes[0].imshow(right, cmap="Blues", vmin=0, vmax=1.5)
axes[0].set(title="labels 0 to 9", xlabel="column", ylabel="label")
axes[0].set_yticks(range(12), labels)
axes[1].imshow(shifted, cmap="Blues", vmin=0, vmax=1.5)
axes[1].set(title="the same, counted from 1", xlabel="column", ylabel="label")
axes[1].set_yticks(range(12), labels + 1)
plt.show()

row_sums = tf.reduce_sum(shifted, axis=1)
zero_rows = int(tf.math.count_nonzero(row_sums == 0))
print("rows without a 1:", zero_rows)

# %%
# A row of zeros, and no error. Such a row adds 0 to a cross-entropy whatever the
# network says, so no loss gives it away; and yet it does harm: its gradient pushes all
# ten answers down. (Outside this lesson, a network like that of lesson 1.12, trained on
# 20,000 pictures, lost five to ten points of accuracy on the *other* nine classes;
# three seeds.) Look at the row sums once.

# %% Where the number formats end
# A *float* has a largest number, and a distance to the next number, which grows with
# the number. At 1 it is called ``eps``. A *whole number* type has just a first and a
# last.

for dtype in (tf.float16, tf.bfloat16, tf.float32, tf.float64):
    one = dtype.as_numpy_dtype(1)
    eps = float(np.nextafter(one, dtype.as_numpy_dtype(2)) - one)
    print(f"{dtype.name:8} largest {float(dtype.max):9.3g}   distance at 1 {eps:.2g}")
for dtype in (tf.uint8, tf.int32):
    print(f"{dtype.name:8} from {dtype.min:,} to {dtype.max:,}")

# %%
# ``bfloat16`` has the range of ``float32`` with two to three digits. Graphics cards and
# TPUs are built to compute fast with it; in *mixed precision* a network computes in it
# and keeps its weights in ``float32`` (``tf.keras.mixed_precision``).
#
# Three calculations at the border. What will each give?

uint8_sum = tf.constant(255, tf.uint8) + tf.constant(1, tf.uint8)
float16_product = tf.constant(40000, tf.float16) * 2
float32_sum = tf.constant(16_777_216, tf.float32) + 1
print("255 + 1 in uint8:          ", uint8_sum.numpy())
print("40,000 · 2 in float16:     ", float16_product.numpy())
print(f"16,777,216 + 1 in float32:  {float32_sum.numpy():,.0f}")

# %%
# Whole numbers begin again from the other end. Floats become infinite when they are too
# large. And at 16,777,216 the distance between two ``float32`` is 2, so the 1 is
# swallowed. None of it is an error.

# %% A finite loss with a NaN gradient
# Nine in ten people of the census have no capital gain, and log(0) is minus infinity.
# So somebody computes the mean logarithm of those who have a gain with ``where``: the
# logarithm where there is a gain, 0 where there is none.
#
# ``scale`` is to be learned. By calculus, the gradient of the mean at scale = 1 is the
# share of people with a gain, 0.083. The loss will be a fine number. And the gradient?

gain = tf.constant(load_census_income()[0]["capital_gain"], tf.float32)
share_with_gain = float(tf.reduce_mean(tf.cast(gain > 0, tf.float32)))
scale = tf.Variable(1.0)
with tf.GradientTape() as tape:
    logarithms = tf.math.log(scale * gain)
    loss = tf.reduce_mean(tf.where(gain > 0, logarithms, 0.0))
bad_gradient = tape.gradient(loss, scale)
print(f"loss {loss:.4f}, gradient {bad_gradient:.4f}")
print(f"share of people with a gain: {share_with_gain:.4f}")

# %%
# NaN. ``where`` *chooses* between two tensors, but both were computed, log(0) as well.
# On the way back the chain rule multiplies the unchosen slope, infinity, by 0: and
# infinity times 0 is NaN. One such number among 32,561 spoils the sum.
#
# The cure: put a harmless number *inside*, before the logarithm is taken.

with tf.GradientTape() as tape:
    harmless = tf.where(gain > 0, scale * gain, 1.0)
    logarithms = tf.math.log(harmless)
    loss = tf.reduce_mean(tf.where(gain > 0, logarithms, 0.0))
good_gradient = tape.gradient(loss, scale)
print(f"loss {loss:.4f}, gradient {good_gradient:.4f}")

# %%
# How does one find such a place in a long program? ``enable_check_numerics`` makes
# nearly every operation, on the way forward and on the way back, an error if its result
# holds NaN or infinity, and says which operation it was. It is slow: switch it on to
# search, and off again. (A function that was traced meanwhile keeps its checks.)

tf.debugging.enable_check_numerics()
try:
    with tf.GradientTape() as tape:
        logarithms = tf.math.log(scale * gain)
        loss = tf.reduce_mean(tf.where(gain > 0, logarithms, 0.0))
    tape.gradient(loss, scale)
    numerics_error = ""
except tf.errors.InvalidArgumentError as error:
    numerics_error = error.message.split("!!!")[1].strip()
tf.debugging.disable_check_numerics()
print("found:", numerics_error)

# %%
# It names the logarithm. (For a single tensor there is ``tf.debugging.check_numerics``,
# and in ``fit`` the callback ``tf.keras.callbacks.TerminateOnNaN()`` stops the training
# when the *loss* is NaN.)

# %% A NaN that hides
# Why it matters: one training step with that gradient makes ``scale`` NaN, and what is
# NaN stays NaN. From then on, does every answer say so? Here is a layer (lesson 1.04),
# and one of its two inputs is NaN. Predict its three answers, first eagerly, then as a
# graph (lesson 1.01), as ``fit`` and ``predict`` compute.

kernel = tf.ones((2, 3))
bias = tf.zeros(3)


def layer(x):
    """Return three answers for each row: product, bias and relu."""
    return tf.nn.relu(x @ kernel + bias)


spoiled = tf.constant([[np.nan, 1.0]])
eager_answers = layer(spoiled)
graph_answers = tf.function(layer)(spoiled)
print("eagerly:   ", eager_answers.numpy())
print("as a graph:", graph_answers.numpy())

# %%
# Eagerly NaN. In the graph, on a PC's processor, 0: there TensorFlow joins product,
# bias and relu to *one* operation of a fast library (oneDNN), and that one makes a 0 of
# a NaN. So a network can be spoiled while its loss is finite.
#
# Outside this lesson, two such layers learned from the cars of lesson 1.03, six of
# which have a NaN for their horsepower. With relu and three seeds ``TerminateOnNaN``
# never stopped the training: the loss ended at 61, which is the variance, for all cars
# got the same answer. With tanh the loss was NaN within the first epoch. So do not wait
# for a NaN in the loss: ask the inputs, before you train.

print("is there a NaN?", tf.reduce_any(tf.math.is_nan(spoiled)).numpy())

# %% Numbers to start from
# The weights of a network start as random numbers: *initializers* draw them. The spread
# decides whether a deep network learns (lesson 1.13), so it is computed from the number
# of inputs and outputs of the layer: for Glorot's it is the root of 2 / (inputs +
# outputs), for He's the root of 2 / inputs. Which of the four will not look like a
# bell?

initializers = {
    "RandomNormal": tf.keras.initializers.RandomNormal(seed=1),
    "GlorotUniform": tf.keras.initializers.GlorotUniform(seed=1),
    "HeNormal": tf.keras.initializers.HeNormal(seed=1),
    "Orthogonal": tf.keras.initializers.Orthogonal(seed=1),
}
spreads = {}
figure, axes = plt.subplots(1, 4, figsize=(12, 3), layout="constrained", sharey=True)
for axis, (name, initializer) in zip(axes, initializers.items()):
    weights = initializer((300, 100)).numpy()
    spreads[name] = float(weights.std())
    axis.hist(weights.ravel(), bins=60, range=(-0.3, 0.3))
    axis.set(title=f"{name}\nspread {spreads[name]:.3f}", xlabel="weight")
axes[0].set_ylabel("how many")
plt.show()
print(f"Glorot by the formula: {np.sqrt(2 / (300 + 100)):.3f}")
print(f"He by the formula:     {np.sqrt(2 / 300):.3f}")

# %%
# ``GlorotUniform`` is flat, and it is the default of ``Dense``.
#
# One trap is left. An initializer is an object with a seed of its own. What if two
# layers of the same shape share *one*?

shared = tf.keras.initializers.GlorotUniform()
first_layer = tf.keras.layers.Dense(4, kernel_initializer=shared)
second_layer = tf.keras.layers.Dense(4, kernel_initializer=shared)
first_layer.build((None, 4))
second_layer.build((None, 4))
twins = bool(tf.reduce_all(first_layer.kernel == second_layer.kernel))
print("two layers, one initializer, same weights:", twins)

first_layer = tf.keras.layers.Dense(4, kernel_initializer="glorot_uniform")
second_layer = tf.keras.layers.Dense(4, kernel_initializer="glorot_uniform")
first_layer.build((None, 4))
second_layer.build((None, 4))
twins_by_name = bool(tf.reduce_all(first_layer.kernel == second_layer.kernel))
print("two layers, two initializers, same weights:", twins_by_name)

# %%
# They start as twins: a ``GlorotUniform()`` picks its seed once, when it is made. Give
# each layer an initializer of its own, with another seed or with none, or write its
# name as a string.

# %% Try it yourself
# 1. What is ``tf.constant(300, tf.uint8)``? And ``np.uint8(300)``? (44, it wraps around
#    without a word. NumPy raises an error.)
# 2. What do ``tf.sqrt(-1.0)``, ``1.0 / tf.constant(0.0)`` and ``np.inf - np.inf`` give?
#    (NaN, infinity, NaN.)
# 3. ``x = tf.Variable([0.0, 4.0])``: the gradient of ``tf.where(x > 0, x**0.5, 0.0)``
#    has the same trap. See it, then cure it. (NaN and 0.25. With
#    ``tf.where(x > 0, x, 1.0) ** 0.5`` inside it is 0 and 0.25.)

results = {
    "zeros_are_float32": filled["zeros([2, 3])"].dtype == tf.float32,
    "fill_7_is_int32": filled["fill([2, 2], 7)"].dtype == tf.int32,
    "fractions_float32": len(fractions_32),
    "fractions_float64": len(fractions_64),
    "zero_rows": zero_rows,
    "uint8_wraps_to": int(uint8_sum),
    "float16_is_infinite": bool(tf.math.is_inf(float16_product)),
    "float32_swallows_one": float(float32_sum) == 16_777_216,
    "bad_gradient_is_nan": bool(tf.math.is_nan(bad_gradient)),
    "good_gradient_error": abs(float(good_gradient) - share_with_gain),
    "check_numerics_names_it": '"Log"' in numerics_error,
    "eager_answers_nan": int(tf.math.count_nonzero(tf.math.is_nan(eager_answers))),
    "glorot_spread": spreads["GlorotUniform"],
    "he_spread": spreads["HeNormal"],
    "twins": twins,
    "twins_by_name": twins_by_name,
}
print(results)
