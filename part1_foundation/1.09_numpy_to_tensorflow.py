"""
1.09 NumPy to TensorFlow
========================

Almost everything you know from NumPy has a name in TensorFlow. You will

* translate the common NumPy calls, each pair computed and compared,
* recognise the places where the same-looking line fails or means something else,
* choose between float32 and float64, and keep NumPy out of ``tf.function``.

:Data: three irises, 60,000 pictures of Fashion-MNIST (``load_iris``,
  ``load_fashion_mnist``)
:Slides: part 1, "NumPy to TensorFlow"
:Takes: about 4 s on two CPU cores
"""

# %% The dictionary
# ``a`` is three irises by four measurements in centimetres: an array on the left, a
# tensor on the right. Each line is evaluated just as it is printed. In which lines will
# the types differ?

import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf

from course_data import load_fashion_mnist, load_iris

plt.style.use("petroff10")
tf.keras.utils.set_random_seed(1)

array = load_iris().iloc[[0, 50, 100], :4].to_numpy()
tensor = tf.constant(array)
pairs = [
    ("np.zeros((2, 2))", "tf.zeros((2, 2))"),
    ("np.ones((2, 2))", "tf.ones((2, 2))"),
    ("np.array([1, 2])", "tf.constant([1, 2])"),
    ("np.sum(a, axis=1)", "tf.reduce_sum(a, axis=1)"),
    ("a.shape", "a.shape"),
    ("np.reshape(a, (1, 12))", "tf.reshape(a, (1, 12))"),
    ("a * 5 + 1", "a * 5 + 1"),
    ("np.dot(a, a.T)", "tf.matmul(a, tf.transpose(a))"),
    ("np.dot(a[0], a[1])", "tf.tensordot(a[0], a[1], 1)"),
    ("a[0, 0]", "a[0, 0]"),
    ("a[:, 0]", "a[:, 0]"),
    ("a[0, :]", "a[0, :]"),
    ("a[[0, 2]]", "tf.gather(a, [0, 2])"),
    ("a[a > 3]", "tf.boolean_mask(a, a > 3)"),
    ("a.astype('float32')", "tf.cast(a, tf.float32)"),
]
equal = 0
for left, right in pairs:
    one = np.asarray(eval(left, {"np": np, "a": array}))
    two = np.asarray(eval(right, {"tf": tf, "a": tensor}))
    same = one.shape == two.shape and np.allclose(one, two)
    equal += same
    print(
        f"{left:22}  {right:29}  {one.dtype!s:8} {two.dtype!s:8} "
        f"{'equal' if same else 'DIFFERENT'}"
    )

# %% Lines that do not carry over
# What you create in TensorFlow is float32 or int32, what comes from NumPy keeps its
# type: the two do not mix. ``reduction_indices`` and ``keep_dims`` are names of
# TensorFlow 1, still on many slides. One of these lines does not fail at all. Which,
# and what does it give?

failures = 0
lines = [
    "a + tf.zeros((3, 4))",
    "tf.reduce_sum(a, reduction_indices=[1])",
    "tf.matmul(a[0], a[1])",
    "a.T",
    "a[[0, 2]]",
]
for line in lines:
    try:
        print(f"{line}\n    gives {eval(line, {'tf': tf, 'a': tensor})}")
    except (TypeError, AttributeError, tf.errors.InvalidArgumentError) as error:
        failures += 1
        message = str(error).splitlines()[0].split("}} ")[-1].split(" [Op")[0]
        print(f"{line}\n    {type(error).__name__}: {message}")

# %% Tensors do not change
# ``a[[0, 2]]`` is two rows in NumPy and the single cell ``a[0, 2]`` here: no error,
# another meaning. Next, put 9 into the first cell. Which of the last three lines prints
# 9.0?

try:
    tensor[0, 0] = 9
except TypeError as error:
    print("tensor[0, 0] = 9: ", error)
tensor.numpy()[0, 0] = 9
variable = tf.Variable(tensor)
variable[0, 0].assign(9)
updated = tf.tensor_scatter_nd_update(tensor, [[0, 0]], [9])
print("after tensor.numpy()[0, 0] = 9, the tensor:  ", tensor[0, 0].numpy())
print("tf.Variable after variable[0, 0].assign(9):  ", variable[0, 0].numpy())
print("new tensor of tensor_scatter_nd_update:      ", updated[0, 0].numpy())

# %% One sum, five types
# ``.numpy()`` hands out a copy, so writing to it is lost silently. Now add up all grey
# levels of 60,000 pictures, stored as ``uint8``. The total is about 3.4 billion. Which
# types will be right?

(pictures, _), _ = load_fashion_mnist()
exact = int(np.sum(pictures))
print(f"NumPy, uint8        {exact:14,d}   exact: NumPy sums uint8 in uint64")
errors = {}
for name in ("uint8", "int32", "float32", "float64"):
    total = int(tf.reduce_sum(tf.cast(pictures, name)).numpy())
    errors[name] = total - exact
    print(f"TensorFlow, {name:7} {total:14,d}   off by {errors[name]:,d}")
running = np.cumsum(pictures, dtype="float32")[783::784].astype("float64")
truth = np.cumsum(np.sum(pictures, axis=(1, 2), dtype="float64"))
percent = 100 * (running - truth) / truth
print(f"float32, one pixel after the other: off by {percent[-1]:.1f} %")
print("float32, 16,777,216 + 1 =", f"{int(tf.constant(16_777_216.0) + 1):,d}")
figure, axis = plt.subplots(figsize=(7, 4))
axis.plot(np.arange(1, 60_001), percent)
axis.set(
    title="A running total of grey levels in float32",
    xlabel="pictures added up",
    ylabel="error of the total (%)",
)
plt.show()

# %% NumPy inside tf.function
# A float32 has 24 binary digits: above 16.8 million it skips whole numbers, and at each
# kink of the curve the step doubles, to 128, then 256 grey levels. ``reduce_sum`` adds
# partial sums and loses little. Networks bear float32; running totals and times in
# seconds want float64. Last, two functions that shift a picture by a random number of
# pixels. What will five calls of each give?

generator = np.random.default_rng(1)


@tf.function
def shift_by_numpy(picture):
    return tf.roll(picture, generator.integers(-10, 11), axis=1)


@tf.function
def shift_by_tensorflow(picture):
    return tf.roll(picture, tf.random.uniform([], -10, 11, tf.int32), axis=1)


figure, axes = plt.subplots(2, 5, figsize=(10, 4.5), layout="constrained")
distinct = {}
for row, (name, shift) in zip(
    axes, {"np.random": shift_by_numpy, "tf.random": shift_by_tensorflow}.items()
):
    shifted = [shift(tf.constant(pictures[0])).numpy() for _ in range(5)]
    distinct[name] = len(np.unique(shifted, axis=0))
    print(f"{name}: different pictures in 5 calls: {distinct[name]}")
    for axis, picture in zip(row, shifted):
        axis.imshow(picture, cmap="gray")
        axis.set(title=name, xticks=[], yticks=[])
figure.suptitle("Five random shifts inside tf.function")
plt.show()

# %% Try it yourself
# ``tf.function`` runs the Python code once, to record the operations. NumPy's random
# number is a constant in that record: every epoch would train on the same "random"
# shift.
#
# 1. Put ``np.sum(picture)`` into a ``tf.function``. (NotImplementedError: no value,
#    only a symbol.)
# 2. ``np.sum(tensor)`` outside works. What type comes back? (A NumPy float64, not a
#    tensor.)

results = {
    "pairs_equal": equal,
    "lines_that_fail": failures,
    "int32_error": errors["int32"],
    "float32_relative_error": abs(errors["float32"]) / exact,
    "float64_error": errors["float64"],
    "running_total_error_percent": float(percent[-1]),
    "different_by_numpy": distinct["np.random"],
    "different_by_tensorflow": distinct["tf.random"],
}
print(results)
