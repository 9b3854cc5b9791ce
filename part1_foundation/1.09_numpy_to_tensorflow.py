"""
1.09 NumPy to TensorFlow
========================

Most of what you know from NumPy carries over line by line. You will

* translate the usual calls, each checked against NumPy,
* know the lines that mean something else, and those that are gone,
* choose the type in which a total is right.

:Data: iris, three flowers (``course_data.load_iris``); Fashion-MNIST, 60,000 pictures
  (``course_data.load_fashion_mnist``)
:Slides: part 1, "Five reference lessons: tools to look up"
:Takes: about 5 s on two CPU cores
"""

# %% Making
# Each pair below is the same thing, in NumPy and in TensorFlow. All values are equal.
# Are the types, too?

import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf

from course_data import load_fashion_mnist, load_iris

plt.style.use("petroff10")

equal_pairs = []


def compare(name, by_numpy, by_tensorflow):
    """Print both types, and whether shapes and values agree; note the latter."""
    by_tensorflow = by_tensorflow.numpy()
    same_shape = by_numpy.shape == by_tensorflow.shape
    equal = same_shape and np.allclose(by_numpy, by_tensorflow)
    equal_pairs.append(equal)
    types = f"{by_numpy.dtype!s:8} {by_tensorflow.dtype!s:8}"
    print(f"{name:34} {types} equal: {equal}")


# %%
# Five pairs:

compare("np.zeros, tf.zeros", np.zeros((2, 2)), tf.zeros((2, 2)))
compare("np.ones, tf.ones", np.ones((2, 2)), tf.ones((2, 2)))
compare("np.array, tf.constant", np.array([1, 2]), tf.constant([1, 2]))
compare("np.arange, tf.range", np.arange(4), tf.range(4))
compare("np.eye, tf.eye", np.eye(2), tf.eye(2))

# %%
# What you *make* in TensorFlow has 32 bits as a rule. What comes from a NumPy array
# keeps its type.

# %% Computing
# ``a`` is the array of three flowers with four measurements each, ``t`` the tensor with
# the same numbers.

a = load_iris().iloc[[0, 50, 100], :4].to_numpy()
t = tf.constant(a)

compare("a * 5 + 1", a * 5 + 1, t * 5 + 1)
compare("np.sum, tf.reduce_sum", np.sum(a, axis=1), tf.reduce_sum(t, axis=1))
compare("np.mean, tf.reduce_mean", np.mean(a, axis=0), tf.reduce_mean(t, axis=0))
compare("np.argmax, tf.argmax", np.argmax(a, axis=1), tf.argmax(t, axis=1))
compare("np.where, tf.where", np.where(a > 3, a, 0), tf.where(t > 3, t, 0))
compare("a @ a.T, t @ tf.transpose(t)", a @ a.T, t @ tf.transpose(t))
compare("np.dot, tf.tensordot", np.dot(a[0], a[1]), tf.tensordot(t[0], t[1], 1))

# %% Shapes and pieces
# Slices are the same. For a list of rows and for a condition, TensorFlow has functions.

compare("np.reshape, tf.reshape", np.reshape(a, (2, 6)), tf.reshape(t, (2, 6)))
compare("expand_dims", np.expand_dims(a, 0), tf.expand_dims(t, 0))
compare("np.concatenate, tf.concat", np.concatenate([a, a]), tf.concat([t, t], axis=0))
compare("np.stack, tf.stack", np.stack([a, a]), tf.stack([t, t]))
compare("a[:, 0], t[:, 0]", a[:, 0], t[:, 0])
compare("a[[0, 2]], tf.gather", a[[0, 2]], tf.gather(t, [0, 2]))
compare("a[a > 3], tf.boolean_mask", a[a > 3], tf.boolean_mask(t, t > 3))
compare("a.astype, tf.cast", a.astype("float32"), tf.cast(t, tf.float32))
print(sum(equal_pairs), "of 20 pairs are equal")

# %% Lines that do not carry over
# Five lines that look right to somebody who knows NumPy. Four of them fail. The fifth
# gives a result, and another one than NumPy. Which?

attempts = {
    "t.T": lambda: t.T,
    "t.mean()": lambda: t.mean(),
    "t[[0, 2]]": lambda: t[[0, 2]],
    "t[0] @ t[1]": lambda: t[0] @ t[1],
    "t + tf.zeros((3, 4))": lambda: t + tf.zeros((3, 4)),
}
failures = 0
for name, attempt in attempts.items():
    try:
        print(f"{name:21} gives {attempt()}")
    except (AttributeError, TypeError, tf.errors.InvalidArgumentError) as error:
        failures += 1
        print(f"{name:21} fails: {type(error).__name__}")

# %%
# ``t[[0, 2]]`` is read as ``t[0, 2]``: one number instead of two rows, without a word.
# The others fail, and that is the better case: no method ``T`` or ``mean``; ``@`` wants
# matrices; and ``float64`` meets ``float32``.
#
# Old code has two more that fail today: ``reduction_indices=`` and ``keep_dims=``
# are names of TensorFlow 1.

# %% An array is not a tensor
# The last line above failed: two *tensors* of different type refuse each other. Is an
# array beside a tensor refused as well? And what will half of 8 and of 4 be?

mixed = tf.zeros(3) + np.zeros(3)
halves = tf.constant([8, 4]) * np.float64(0.5)
print("float32 tensor + float64 array:", mixed.dtype.name)
print("int32 tensor [8, 4] * NumPy's 0.5:", halves.numpy())

# %%
# No: beside a tensor, the array is silently made a tensor of *its* type. 64 bits went
# in, and 32 came out. Beside whole numbers NumPy's 0.5 becomes 0, without a word, where
# Python's 0.5 is an error (lesson 1.04).

# %% Tensors do not change
# Three attempts to put a 9 into the first cell. Which of the last three lines prints a
# 9?

try:
    t[0, 0] = 9
except TypeError as error:
    print("t[0, 0] = 9:", error)

t.numpy()[0, 0] = 9
variable = tf.Variable(t)
variable[0, 0].assign(9)
updated = tf.tensor_scatter_nd_update(t, [[0, 0]], [9])
print("t after t.numpy()[0, 0] = 9:     ", t[0, 0].numpy())
print("the variable after assign:       ", variable[0, 0].numpy())
print("new tensor by tensor_scatter_...:", updated[0, 0].numpy())

# %%
# ``t.numpy()`` hands out a copy, so what is written to it is lost, and nothing tells
# you. Use a variable, or make a new tensor.

# %% Which type holds a total?
# All grey levels of 60,000 pictures, 47 million bytes, are to be added up. The total is
# about 3.4 billion. NumPy widens ``uint8`` by itself. Which of four types will be right
# in TensorFlow?

(pictures, _), _ = load_fashion_mnist()
exact = int(np.sum(pictures))
print(f"NumPy   uint8   {exact:15,}")
errors = {}
for dtype in (tf.uint8, tf.int32, tf.float32, tf.float64):
    total = int(tf.reduce_sum(tf.cast(pictures, dtype)).numpy())
    errors[dtype.name] = total - exact
    print(f"tensor  {dtype.name:8}{total:15,}   off by {errors[dtype.name]:,}")

# %%
# ``uint8`` and ``int32`` began again from below. ``float32`` is off by 71, and could
# not be closer: its numbers are 256 apart there. Over all axes, ``reduce_sum`` adds up
# parts first, so that small numbers meet small ones. (Do not count on it along a single
# axis: the same pixels as two columns, added up with ``axis=0``, end 1 % too large.)
#
# What if one does *not*? A running total of 40,000 pictures, pixel after pixel, in
# ``float32``. The two lines stand where the total passes 2³⁰ and 2³¹, and the distance
# between neighbours doubles.

pixels = pictures[:40000]
running = np.cumsum(pixels, dtype="float32")[783::784]  # after each picture
truth = np.cumsum(pixels.sum(axis=(1, 2), dtype="int64"))
percent = 100 * (running / truth - 1)

figure, axis = plt.subplots(figsize=(7, 3.6), layout="constrained")
axis.plot(range(1, 40001), percent)
for power in (30, 31):
    passed = int(np.argmax(truth >= 2**power))
    axis.axvline(passed, color="grey", linestyle=":")
    axis.text(passed, 0.6, f" total 2^{power}", ha="right", rotation=90)
axis.set(title="A running total in float32", xlabel="pictures added up")
axis.set_ylabel("error (%)")
plt.show()
running_error = float(percent[-1])
print(f"error at the end: {running_error:.1f} %")

# %%
# Above 2³⁰, a billion, the neighbours of a ``float32`` are 128 away. A grey level of
# 100 is then rounded *up* to 128, one of 60 *down* to 0. Above 2³¹ they are 256 away:
# 200 becomes 256, and 100 becomes 0. Which of the two wins depends on the pictures.
# Rounded like this, the pixels of these are 3 % too large on the first stretch and 10 %
# on the second; and by so much does the total grow too fast there.
#
# Networks bear ``float32`` well. A running total or a time in seconds wants
# ``float64``, a count of examples a whole number.

# %% NumPy inside tf.function
# A picture is to be shifted by a random number of pixels each time. One function asks
# NumPy for the number, the other TensorFlow. Five calls of each: how many different
# pictures will come out?

generator = np.random.default_rng(1)
tf.keras.utils.set_random_seed(1)


@tf.function
def shift_by_numpy(picture):
    """Shift by a random number of NumPy."""
    return tf.roll(picture, generator.integers(-10, 11), axis=1)


@tf.function
def shift_by_tensorflow(picture):
    """Shift by a random number of TensorFlow."""
    return tf.roll(picture, tf.random.uniform([], -10, 11, tf.int32), axis=1)


# %%
# Five calls of each, on the same boot:

boot = tf.constant(pictures[0])
by_numpy = [shift_by_numpy(boot).numpy() for _ in range(5)]
by_tensorflow = [shift_by_tensorflow(boot).numpy() for _ in range(5)]
numpy_pictures = len(np.unique(by_numpy, axis=0))
tensorflow_pictures = len(np.unique(by_tensorflow, axis=0))
print("different pictures with NumPy's number:     ", numpy_pictures)
print("different pictures with TensorFlow's number:", tensorflow_pictures)

figure, axes = plt.subplots(2, 5, figsize=(9, 4), layout="constrained")
for row, name, shifted in ((0, "NumPy", by_numpy), (1, "tf.random", by_tensorflow)):
    for call in range(5):
        axes[row, call].imshow(shifted[call], cmap="gray")
        axes[row, call].set(title=f"{name}, call {call + 1}", xticks=[], yticks=[])
figure.supxlabel("column")
figure.supylabel("row")
plt.show()

# %%
# ``tf.function`` runs Python once for each shape and type, to record the operations
# (lesson 1.01). NumPy's number became a constant in that record: the network would see
# the same "random" shift in every epoch. Inside ``tf.function`` everything that is to
# happen each time must be an operation of TensorFlow.

# %% Try it yourself
# 1. What does ``np.sum(t)`` return, a tensor or a NumPy number? And inside a
#    ``tf.function``? (A NumPy number. Inside, an error: there is no value yet.)
# 2. Translate ``a[:, ::-1]`` and ``a.flatten()``. (The first is the same for a tensor;
#    ``tf.reshape(t, -1)``.)
# 3. ``tnp = tf.experimental.numpy`` has NumPy's names. Try ``tnp.mean(t, axis=0)``.
#    Which type comes back? (A tensor.)

results = {
    "equal_pairs": int(np.sum(equal_pairs)),
    "failures": failures,
    "list_index_is_one_cell": bool(t[[0, 2]] == a[0, 2]),
    "mixed_is_float32": mixed.dtype == tf.float32,
    "half_of_8": int(halves[0]),
    "tensor_unchanged": bool(t[0, 0] == a[0, 0]),
    "variable_changed": float(variable[0, 0]),
    "uint8_right": errors["uint8"] == 0,
    "int32_right": errors["int32"] == 0,
    "float64_right": errors["float64"] == 0,
    "running_error_percent": running_error,
    "numpy_pictures": numpy_pictures,
    "tensorflow_pictures": tensorflow_pictures,
}
print(results)
