"""
1.01 Basics of TensorFlow
=========================

What does TensorFlow do that NumPy does not? It finds gradients, and it compiles. You
will

* make constants and variables, and move data between them and NumPy,
* let ``GradientTape`` differentiate a loss, and know when it answers ``None``,
* fit one straight line three times: eagerly, as a compiled graph, and as TensorFlow 1
  did it, with a session.

:Data: Auto MPG, 398 cars (``course_data.load_auto_mpg``)
:Slides: part 1, "Packages, and what became of them", "TensorFlow: tensors, gradients,
  graphs, devices", "1.x built a graph first, 2.x computes at once"
:Takes: about 6 s on two CPU cores
"""

# %% Tensors
# A *tensor* is an array that TensorFlow computes with. It has a type of number, its
# ``dtype``; a ``shape``, the length of each axis; and a ``device``, the processor or
# graphics card where it is kept. ``tf.constant`` makes one.

import time

import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf

from course_data import load_auto_mpg

plt.style.use("petroff10")

# %%
# Four values become tensors. Which dtype will each get? Remember that Python's 0.45 and
# NumPy's numbers have 64 bits.

cars = load_auto_mpg()
weight = cars["weight"].to_numpy()
values = {
    "398": 398,
    "0.45": 0.45,
    "'car'": "car",
    "weight": weight,
}
for name, value in values.items():
    tensor = tf.constant(value)
    print(f"{name:7} dtype {tensor.dtype.name:8} shape {tensor.shape}")
print("device:", tensor.device)

# %%
# Python's float became ``float32``, the usual type of deep learning: it needs half the
# memory of ``float64``, and its seven digits are enough for training. A whole number of
# Python became ``int32``, a text ``string``. The NumPy array kept its 64 bits.
#
# NumPy multiplies ``float64`` by ``float32`` without a word. Does TensorFlow?

try:
    tf.constant(weight) * tf.constant(0.45)
except tf.errors.InvalidArgumentError as error:
    print("error:", error.message)

# %%
# An operator never mixes two tensors of different type. (*Double* is ``float64``,
# *float* is ``float32``.) So say the type once, where data enter. ``.numpy()`` is the
# way back, and NumPy's functions accept tensors: here ``polyfit`` fits a line to two of
# them. That line is what all models of this lesson must find.
#
# The cars' weight is *standardised*: mean 0, standard deviation 1. (Why that helps is
# shown in lesson 1.11.)

standardised = (weight - weight.mean()) / weight.std()
x = tf.constant(standardised, dtype=tf.float32)
y = tf.constant(cars["mpg"], dtype=tf.float32)
best_slope, best_intercept = np.polyfit(x, y, deg=1)
print("first three, back in NumPy:", x.numpy()[:3])
print(f"least squares: mpg = {best_intercept:.2f} {best_slope:+.2f} * x")

# %% Variables
# A tensor never changes. What a model learns must change, so it lives in a
# ``tf.Variable``. ``assign`` gives it another value, ``assign_sub`` subtracts from it;
# shape and dtype stay.

slope = tf.Variable(0.0)
intercept = tf.Variable(20.0)
print("before:", slope.numpy())
slope.assign_sub(1.5)
print("after: ", slope.numpy())
slope.assign(0.0)

# %% Gradients
# The number that training makes small is the *loss*, here the mean of the squared
# errors. Its *gradient* says how fast it rises when a variable grows.
#
# A ``GradientTape`` records what is computed inside its ``with`` block, and then works
# the chain rule backwards through the record. By calculus, the derivative for the slope
# is the mean of 2 · error · x, that for the intercept the mean of 2 · error. The line
# starts flat, at 20 mpg for every car. Will the first number be positive or negative?

with tf.GradientTape() as tape:
    error = slope * x + intercept - y
    loss = tf.reduce_mean(error**2)
slope_gradient, intercept_gradient = tape.gradient(loss, [slope, intercept])

slope_by_calculus = np.mean(2 * error * x)
intercept_by_calculus = np.mean(2 * error)
print(f"loss {loss:.2f} mpg²")
print(f"slope:     tape {slope_gradient:.4f}, calculus {slope_by_calculus:.4f}")
print(f"intercept: tape {intercept_gradient:.4f}, calculus {intercept_by_calculus:.4f}")
slope_difference = float(abs(slope_gradient - slope_by_calculus))
intercept_difference = float(abs(intercept_gradient - intercept_by_calculus))

# %%
# Positive: to make the loss smaller the slope must go down, for heavy cars drive fewer
# miles on a gallon. For the tape nobody had to write a derivative. That is why networks
# of millions of numbers can be trained; lesson 1.11 does by hand what the tape does.

# %% When the gradient is None
# Three tapes, one question: how does ``step ** 2`` change with ``step``? At 3 it should
# be 6. In the first, ``step`` is a tensor; in the second it is the same tensor, but the
# tape is told to watch it; in the third it is a variable. Which of the three will know?

step = tf.constant(3.0)
with tf.GradientTape() as tape:
    square = step**2
of_tensor = tape.gradient(square, step)

with tf.GradientTape() as tape:
    tape.watch(step)
    square = step**2
of_watched_tensor = tape.gradient(square, step)

step = tf.Variable(3.0)
with tf.GradientTape() as tape:
    square = step**2
of_variable = tape.gradient(square, step)
print("tensor:        ", of_tensor)
print("watched tensor:", of_watched_tensor.numpy())
print("variable:      ", of_variable.numpy())

# %%
# ``None`` is not 0. It means "no way leads from here to there on the tape". A tape
# watches variables by itself, and tensors when it is told to. (Both only if they hold
# floats: ``tf.Variable(3)`` gives ``None``, too.)
#
# The usual way into this trap: ``slope = slope - 0.1 * slope_gradient``. A variable
# minus a number is a plain tensor, and in the next step its gradient is ``None``. So
# use ``assign_sub``.

# %% The first fit: eagerly
# One *step* of training moves each variable a little against its gradient: by 0.2 times
# it, here. A hundred steps make a fit. Each line of Python is computed the moment it is
# reached; this is called *eager execution*.


def training_step(x_batch, y_batch):
    """Move slope and intercept one step downhill."""
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean((slope * x_batch + intercept - y_batch) ** 2)
    slope_gradient, intercept_gradient = tape.gradient(loss, [slope, intercept])
    slope.assign_sub(0.2 * slope_gradient)
    intercept.assign_sub(0.2 * intercept_gradient)


def fit(step_function):
    """Fit from the same start; return milliseconds for each of 100 steps."""
    slope.assign(0.0)
    intercept.assign(20.0)
    milliseconds = []
    for _ in range(100):
        start = time.perf_counter()
        step_function(x, y)
        milliseconds.append(1000 * (time.perf_counter() - start))
    return milliseconds


# %%
# A hundred steps, each timed:

eager_times = fit(training_step)
eager_line = [slope.numpy(), intercept.numpy()]
print(f"eager: mpg = {eager_line[1]:.2f} {eager_line[0]:+.2f} * x")

# %%
# The line of least squares.

# %% The second fit: a graph
# ``tf.function`` lets Python run a function once, only to see which operations it asks
# for. It keeps them as a *graph*; that is called *tracing*. From the second call on,
# the graph runs and Python is out of it. What will the times of the 100 steps look
# like?

compiled_step = tf.function(training_step)
graph_times = fit(compiled_step)
graph_line = [slope.numpy(), intercept.numpy()]
print(f"graph: mpg = {graph_line[1]:.2f} {graph_line[0]:+.2f} * x")

figure, axis = plt.subplots(figsize=(8, 4), layout="constrained")
axis.semilogy(range(1, 101), eager_times, ".", color="C0", label="eager")
axis.semilogy(range(1, 101), graph_times, ".", color="C1", label="tf.function")
axis.axhline(np.median(eager_times), color="C0", label="median")
axis.axhline(np.median(graph_times), color="C1", label="median")
axis.set(title="A hundred steps", xlabel="step", ylabel="milliseconds per step")
axis.legend(ncols=2)
plt.show()

step_speedup = np.median(eager_times) / np.median(graph_times)
print(f"a step in the graph is {step_speedup:.1f} times as fast")

# %%
# The first call is expensive because it traces; the others are several times cheaper
# than eager steps. What the graph saves is Python's time between many small operations.
#
# How much of that is there in *one large* operation, the product of two matrices?

large = tf.random.normal((1024, 1024))


def product():
    """Multiply and wait for the result."""
    return tf.matmul(large, large)


def best_time(function):
    """Return the shortest of nine times, in milliseconds."""
    times = []
    for _ in range(9):
        start = time.perf_counter()
        function().numpy()
        times.append(1000 * (time.perf_counter() - start))
    return min(times)


compiled_product = tf.function(product)
eager_product = best_time(product)
graph_product = best_time(compiled_product)
product_speedup = eager_product / graph_product
print(f"product: eager {eager_product:.0f} ms, in a graph {graph_product:.0f} ms")

# %%
# Next to none. So compile what makes many small operations, such as a training step.
# Keras does it for you in ``fit``.

# %% What Python sees
# One rule goes with it. Mostly you will see ``@tf.function`` written above a function,
# which is the same. This one prints. Four calls: two with Python numbers, two with
# tensors. How often will "tracing" appear?

tracings = []


@tf.function
def double(number):
    """Double a number, and note when Python comes by."""
    tracings.append(number)
    print("    tracing for", number)
    return 2 * number


for number in (1, 2, tf.constant(1), tf.constant(2)):
    print("call with", number)
    double(number)

# %%
# Three times. Python comes by only while tracing. A new Python number is part of the
# graph, so each needs a graph of its own; tensors of one shape and dtype share one. So
# hand numbers that change to a ``tf.function`` as tensors. (``tf.print`` prints at
# every call: it is an operation of the graph.)

# %% The third fit: TensorFlow 1
# Before 2019 everything was a graph, and you built it by hand. A *placeholder* is an
# input without a value. A *session* runs the graph with data. You meet it in old code,
# so read it once. What will the first ``print`` show?

with tf.Graph().as_default():
    x_input = tf.compat.v1.placeholder(tf.float32, shape=[None])
    y_input = tf.compat.v1.placeholder(tf.float32, shape=[None])
    old_slope = tf.compat.v1.get_variable("slope", initializer=0.0)
    old_intercept = tf.compat.v1.get_variable("intercept", initializer=20.0)
    old_loss = tf.reduce_mean((old_slope * x_input + old_intercept - y_input) ** 2)
    optimizer = tf.compat.v1.train.GradientDescentOptimizer(learning_rate=0.2)
    old_step = optimizer.minimize(old_loss)
    print("the loss:", old_loss)

    with tf.compat.v1.Session() as session:
        session.run(tf.compat.v1.global_variables_initializer())
        for _ in range(100):
            session.run(old_step, feed_dict={x_input: x.numpy(), y_input: y.numpy()})
        session_line = session.run([old_slope, old_intercept])
print(f"session: mpg = {session_line[1]:.2f} {session_line[0]:+.2f} * x")

# %%
# No number: ``old_loss`` is a place in a graph, and only ``session.run`` computes. The
# line is the same for the third time. TensorFlow 2 kept the graph and dropped the
# ceremony: ``tf.function`` builds it from plain Python. What old tutorials call
# ``tf.Session`` or ``tf.placeholder`` is left in ``tf.compat.v1`` only.

# %% Try it yourself
# 1. Let a tape differentiate ``slope ** 3`` at slope 2. (12: calculus says 3 · slope².)
# 2. Put ``tf.print(slope)`` into ``training_step`` and fit with a new
#    ``tf.function(training_step)``. How often does it print? And ``print``? (100 times,
#    and once.)
# 3. Set the step to 1.1 times the gradient instead of 0.2. What becomes of the line?
#    (It is thrown farther with every step. Lesson 1.11 says from where on.)

results = {
    "slope_gradient_error": slope_difference,
    "intercept_gradient_error": intercept_difference,
    "tensor_has_no_gradient": of_tensor is None,
    "watched_gradient": float(of_watched_tensor),
    "tracings": len(tracings),
    "eager_slope_error": float(abs(eager_line[0] - best_slope)),
    "graph_slope_error": float(abs(graph_line[0] - best_slope)),
    "session_slope_error": float(abs(session_line[0] - best_slope)),
    "step_speedup": float(step_speedup),
    "product_speedup": float(product_speedup),
}
print(results)
