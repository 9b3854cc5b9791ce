"""
1.01 Basics of TensorFlow
=========================

What does TensorFlow do that NumPy does not? It finds gradients, and it compiles. You
will

* make constants and variables, and move data between them and NumPy,
* let ``GradientTape`` differentiate a loss and check it against calculus,
* know when ``tf.function`` pays, and how TensorFlow 1 did the same with a session.

:Data: Auto MPG, 398 cars (``course_data.load_auto_mpg``)
:Slides: part 1, "Basics of TensorFlow"
:Takes: about 4 s on two CPU cores
"""

# %% Tensors
# A tensor is an array that TensorFlow computes with: values of one type (``dtype``),
# arranged in a ``shape``, kept on a ``device`` (processor or graphics card).
# ``tf.constant`` makes one that never changes. Write down what you expect, then run:
# which dtype does each of the four get? And NumPy multiplies ``float64`` by ``float32``
# without a word: does TensorFlow?

import timeit

import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf

from course_data import load_auto_mpg

plt.style.use("petroff10")
tf.keras.utils.set_random_seed(1)

pounds, mpg = load_auto_mpg()[["weight", "mpg"]].to_numpy().T
for value in (398, 0.45, "car", pounds):
    tensor = tf.constant(value)
    print(
        f"{type(value).__name__:8} -> dtype {tensor.dtype.name:8} shape "
        f"{tensor.shape!s:7} on {tensor.device[-5:]}"
    )
try:
    tf.constant(pounds) * tf.constant(0.45)
except tf.errors.InvalidArgumentError as error:
    print("error:", error.message)

# %%
# Python's float became ``float32``, the usual type of deep learning: half the memory of
# NumPy's ``float64`` ("double") and exact enough for training. Two tensors of different
# types are never mixed, so say the type once, when data enter. ``tf.constant`` copies
# an array in, ``.numpy()`` copies it out, and NumPy's functions accept tensors: here
# one fits a line to them.

x = tf.constant((pounds - pounds.mean()) / pounds.std(), dtype=tf.float32)
y = tf.constant(mpg, dtype=tf.float32)
best_slope, best_intercept = np.polyfit(x, y, deg=1)
print("weights of three cars, standardised, back in NumPy:", x.numpy()[:3])
print(f"least squares: mpg = {best_intercept:.2f} {best_slope:+.2f} * x")

# %% Variables and gradients
# What a model learns must change, so it lives in a ``tf.Variable``; ``assign`` changes
# its value, never its shape or dtype. The number to make small is the *loss*. Its
# *gradient* says how fast it rises as a variable grows; training steps against it. A
# ``GradientTape`` records what is computed inside its ``with`` block and works the
# chain rule backwards through it.
#
# The line starts flat, at 20 mpg for every car. By calculus, d loss / d slope is the
# mean of 2 * error * x, and d loss / d intercept that of 2 * error. Will the first be
# positive or negative?

slope, intercept = tf.Variable(0.0), tf.Variable(20.0)
with tf.GradientTape() as tape:
    loss = tf.reduce_mean((slope * x + intercept - y) ** 2)
gradients = tape.gradient(loss, [slope, intercept])

by_calculus = [np.mean(2 * (20.0 - y) * x), np.mean(2 * (20.0 - y))]
for name, gradient, expected in zip(("slope", "intercept"), gradients, by_calculus):
    print(
        f"loss {loss:.2f}, d loss / d {name:9}  tape {gradient:9.4f}   calculus "
        f"{expected:9.4f}"
    )

# %%
# Positive: the slope must go down, as heavy cars drive fewer miles. In NumPy one would
# now write ``slope = slope - 0.1 * gradient``. What will the tape find after such a
# step?

stepped = slope - 0.1 * gradients[0]
with tf.GradientTape() as tape:
    loss = tf.reduce_mean((stepped * x + intercept - y) ** 2)
lost_gradient = tape.gradient(loss, stepped)
print(
    "a variable minus a number is an",
    type(stepped).__name__,
    "and its gradient is",
    lost_gradient,
)

# %%
# ``None``: arithmetic makes a plain tensor, and a tape watches only variables. Use
# ``assign_sub``.

# %% tf.function
# So far every line ran at once: *eager execution*. ``tf.function`` lets Python run a
# function once and records its operations as a *graph*; this is *tracing*. Later calls
# run the graph, without Python. Each run makes 100 steps with four learning rates.
# ``python_saw.append`` is a side effect, as a ``print`` would be: how many entries does
# it leave in each run? Sketch the time of each step.


def step(learning_rate):
    """One step downhill: the gradient times the learning rate."""
    python_saw.append(learning_rate)
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean((slope * x + intercept - y) ** 2)
    for variable, gradient in zip(
        (slope, intercept), tape.gradient(loss, [slope, intercept])
    ):
        variable.assign_sub(learning_rate * gradient)


rates, runs = [rate for rate in (0.25, 0.2, 0.15, 0.1) for _ in range(25)], []
figure, axis = plt.subplots(figsize=(8, 4))
for name, function, arguments, line in (
    ("eager", step, rates, ":"),
    ("tf.function, Python numbers", tf.function(step), rates, "-"),
    ("tf.function, tensors", tf.function(step), tf.constant(rates), "--"),
):
    python_saw = []
    slope.assign(0.0)
    times = [
        timeit.timeit(lambda f=function, r=rate: f(r), number=1) * 1000
        for rate in arguments
    ]
    entries, typical = len(python_saw), np.median(times)
    runs.append((entries, typical))
    print(
        f"{name:27} slope {slope.numpy():.2f}, entries {entries:3}, step "
        f"{typical:.2f} ms, all {sum(times):.0f} ms"
    )
    axis.semilogy(range(1, 101), times, line, label=name)
axis.set(
    title="Each new Python number costs a trace",
    xlabel="step",
    ylabel="time of the step (ms)",
    ylim=(0.05, 5000),
)
axis.legend(loc="upper right")
plt.show()

# %%
# All find NumPy's line. But a graph holds TensorFlow's operations only: Python's ran
# just while tracing (``tf.print`` runs in a graph too). A new Python number becomes
# part of the graph, so it costs a new trace, a peak; a tensor is an input. What the
# graph saves is Python's time. How much of that is there in one large product of
# matrices?

large, seconds = tf.random.normal((1024, 1024)), []
for function in (tf.matmul, tf.function(tf.matmul)):
    seconds.append(
        min(
            timeit.repeat(
                lambda f=function: f(large, large).numpy(), number=1, repeat=9
            )
        )
    )
print(
    f"one product of 1024 x 1024: eager {seconds[0] * 1000:.0f} ms, tf.function "
    f"{seconds[1] * 1000:.0f} ms"
)

# %%
# Next to none. Compile what makes many small operations, such as a training step.

# %% TensorFlow 1: a graph and a session
# Before 2019 one described a graph and a session ran it with data. What will
# ``print(total)`` show?

with tf.Graph().as_default():
    weights = tf.compat.v1.placeholder(tf.float32, shape=[None])
    total = tf.reduce_sum(weights)
    print("in TensorFlow 1:", total)
    with tf.compat.v1.Session() as session:
        session_sum = session.run(total, feed_dict={weights: pounds})
print(f"session {session_sum:,.0f} pounds, eagerly {tf.reduce_sum(pounds):,.0f} pounds")

# %%
# No number: ``total`` is a place in a graph. ``tf.function`` now builds such graphs for
# you, and what old tutorials call ``tf.Session`` or ``tf.placeholder`` exists only in
# ``tf.compat.v1``.

# %% Try it yourself
# 1. Add ``tf.print(learning_rate)`` to ``step``. How often does it print in a run? (100
#    times.)
# 2. Let the tape differentiate ``slope ** 3`` at slope 2. (12: calculus says 3 * slope
#    ** 2.)
# 3. Make ``rates`` 100 different numbers. Does ``tf.function`` still pay? (Only with
#    tensors.)

results = {
    "gradient_error": float(np.max(np.abs(np.subtract(gradients, by_calculus)))),
    "lost_gradient_is_none": lost_gradient is None,
    "entries_numbers": runs[1][0],
    "entries_tensors": runs[2][0],
    "slope_error": float(abs(slope - best_slope)),
    "speedup_step": float(runs[0][1] / runs[2][1]),
    "speedup_large_product": seconds[0] / seconds[1],
    "session_minus_eager_pounds": float(session_sum - tf.reduce_sum(pounds)),
}
print(results)
