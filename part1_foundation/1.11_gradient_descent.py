"""
1.11 Gradient descent and backpropagation
=========================================

Every network of this course learns by the same loop: predict, measure the loss, take a
step downhill. You will

* write that loop in six plain lines, and predict the rate at which it explodes,
* see why one standardises, and what batches are good for,
* find every gradient of a small network with a pencil: backpropagation.

:Data: Auto MPG, 398 cars (``course_data.load_auto_mpg``)
:Slides: part 1, "Gradient descent: small steps down the slope", "A bowl has one
  minimum, a network's loss has many", "Standardise, and the valley becomes round",
  "Forward: numbers go through, and a loss comes out", "Backward: each box multiplies by
  its own slope"
:Takes: about 10 s on two CPU cores
"""

# %% The working steps
# All of deep learning follows seven steps:
#
# 1. prepare the data;
# 2. choose a model with parameters to learn, here a straight line;
# 3. choose a loss, here the mean squared error;
# 4. compute the gradient of the loss;
# 5. move each parameter a little against its gradient;
# 6. repeat 4 and 5 until the loss no longer falls;
# 7. judge the model on data that it has not seen.
#
# This lesson is about 4, 5 and 6. A line is a good model to learn on, because least
# squares has a formula for it: we know where the loop must arrive. The cars' weight is
# *standardised*, mean 0 and standard deviation 1; why, we shall see.

import time

import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf

from course_data import load_auto_mpg

plt.style.use("petroff10")
tf.keras.utils.set_random_seed(1)

cars = load_auto_mpg()
weight = cars["weight"].to_numpy()
x = tf.constant((weight - weight.mean()) / weight.std(), tf.float32)
y = tf.constant(cars["mpg"], tf.float32)
best_slope, best_intercept = np.polyfit(x, y, deg=1)
print(f"least squares: mpg = {best_intercept:.3f} {best_slope:+.3f} * x")

# %% The loop
# The line starts flat, at 0 mpg for every car. The *learning rate* says how large a
# step is: 0.1 times the gradient. Guess: how many steps will it take until three digits
# are right, 10, 100 or 1,000?

slope = tf.Variable(0.0)
intercept = tf.Variable(0.0)
for step in range(100):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean((slope * x + intercept - y) ** 2)
    slope_gradient, intercept_gradient = tape.gradient(loss, [slope, intercept])
    if step in (0, 1, 10, 20, 50, 99):
        line = f"mpg = {intercept.numpy():6.3f} {slope.numpy():+.3f} * x"
        print(f"after {step:2} steps: {line}   loss {loss:6.2f}")
    slope.assign_sub(0.1 * slope_gradient)
    intercept.assign_sub(0.1 * intercept_gradient)

fit_error = float(
    max(abs(slope.numpy() - best_slope), abs(intercept.numpy() - best_intercept))
)

# %%
# Fewer than 50 steps. Without the printing there are six lines from ``for`` to the
# second ``assign_sub``: they are what Keras does for you later, in ``fit``.

# %% The learning rate
# Too small a rate crawls. What does a large one do? For a line and a squared loss the
# *curvature* along a direction, the second derivative, is the same everywhere; call it
# c. One step multiplies the distance to the minimum by 1 - rate · c. Here c is 2 in
# both directions: twice the mean of x², which is 1, for the slope, and twice 1 for the
# intercept. (They do not disturb each other, for the mean of x is 0.) So:
#
# * a rate of 0.5 gives 1 - 1 = 0, and arrives in a single step,
# * above 2 / c = 1 the distance *grows* with each step.
#
# The curvatures are the eigenvalues of the matrix of second derivatives. Let us compute
# them, and try five rates.


standardised = (weight - weight.mean()) / weight.std()
mpg = cars["mpg"].to_numpy()


def curvatures_of(feature):
    """Return both curvatures of the squared loss of a line over ``feature``."""
    design = np.stack([feature, np.ones(len(feature))], axis=1)
    second_derivatives = 2 * design.T @ design / len(feature)
    return np.linalg.eigvalsh(second_derivatives)


curvatures = curvatures_of(standardised)
largest_stable_rate = float(2 / curvatures.max())
print("curvatures:", curvatures.round(3))
print(f"the loop should explode above a rate of {largest_stable_rate:.3f}")

# %%
# The loop once more, as a function that notes the parameters before each step. The
# gradient of a line needs no tape: it is twice the mean of error times feature, and
# twice the mean of the error. With a ``batch_size`` the loop reads only so many cars
# per step; that comes below.


def descend(feature, rate, steps, batch_size=None):
    """Descend from slope 0 and intercept 0; return all places, one row per step."""
    parameters = np.zeros(2)
    places = []
    for _ in range(steps):
        places.append(parameters)
        rows = tf.random.shuffle(tf.range(len(feature)))[:batch_size].numpy()
        errors = parameters[0] * feature[rows] + parameters[1] - mpg[rows]
        slope_gradient = 2 * np.mean(errors * feature[rows])
        intercept_gradient = 2 * np.mean(errors)
        step = rate * np.array([slope_gradient, intercept_gradient])
        parameters = parameters - step
    return np.array(places)


best_loss = np.mean((best_slope * standardised + best_intercept - mpg) ** 2)


def above_minimum(feature, places):
    """Return how far the loss of all cars lies above the least that a line can have."""
    predictions = np.outer(places[:, 0], feature) + places[:, [1]]
    return np.mean((predictions - mpg) ** 2, axis=1) - best_loss


# %%
# Five rates, thirty steps each. A curve that ends before step 30 has come within 0.001
# of the minimum.

figure, axes = plt.subplots(1, 2, figsize=(11, 4), layout="constrained")
above_after_30 = {}
for rate in (0.01, 0.1, 0.5, 0.95, 1.05):
    places = descend(standardised, rate, steps=31)
    above = above_minimum(standardised, places)
    above_after_30[rate] = float(above[-1])
    axes[0].semilogy(np.where(above > 1e-3, above, np.nan), ".-", label=f"{rate}")
    axes[1].plot(places[:13, 1], ".-")
    print(
        f"rate {rate:4}: {abs(above[-1]):12.3f} mpg² above the minimum after 30 steps"
    )
axes[0].set(title="The loss", xlabel="step", ylim=(1e-3, 1e8))
axes[0].set_ylabel("above the minimum (mpg²)")
axes[0].legend(title="rate", loc="upper left", ncols=5)
axes[1].axhline(best_intercept, color="black", linestyle=":")
axes[1].set(title="The intercept", xlabel="step", ylabel="mpg", ylim=(-10, 57))
plt.show()

# %%
# As predicted: 0.5 arrives at once (left, its curve is the first point alone); 0.95
# jumps from side to side of the minimum, as the intercept shows, and still arrives;
# 1.05 jumps further each time and explodes.

# %% Why one standardises
# Now the same line over the weight as it stands in the table, in pounds, in thousands
# of pounds, and with one half of the standardising only. What will the curvatures be? A
# rate must stay below 2 over the *largest* of them; how fast the loop then goes in the
# other direction depends on the *smallest*.

thousands = weight / 1000
features = {
    "pounds": weight,
    "pounds, only scaled": weight / weight.std(),
    "pounds, only centred": weight - weight.mean(),
    "thousands of pounds": thousands,
    "thousands, centred": thousands - thousands.mean(),
    "standardised": standardised,
}
condition_numbers = {}
for name, feature in features.items():
    low, high = curvatures_of(feature)
    condition_numbers[name] = float(high / low)
    print(f"{name:20} curvatures {high:10.3g} and {low:.2g}, ", end="")
    print(f"largest rate {2 / high:.2g}, quotient {high / low:,.0f}")

# %%
# In pounds the rate must stay below 0.0000001, and then a step takes away less than a
# 60 millionth of the distance in the flat direction: the loop would need hundreds of
# millions of steps. The loss is the same bowl, but drawn out into a *narrow valley*:
# steep across, for a change of the slope by 1 changes each prediction by some 3,000,
# and nearly flat along, for a change of the intercept by 1 changes it by 1. The
# quotient of the two curvatures is the *condition number*. Here is the valley of the
# thousands of pounds, and the bowl of the standardised weight, with thirty steps in
# each.

figure, axes = plt.subplots(1, 2, figsize=(11, 4.5), layout="constrained")
for axis, title, feature in (
    (axes[0], "weight in thousands of pounds", thousands),
    (axes[1], "weight standardised", standardised),
):
    low, high = curvatures_of(feature)
    path = descend(feature, 2 / (low + high), steps=31)
    minimum = np.polyfit(feature, mpg, deg=1)
    slopes, intercepts = np.meshgrid(
        np.linspace(-12, 14, 150), np.linspace(-6, 52, 150)
    )
    grid = np.stack([slopes.ravel(), intercepts.ravel()], axis=1)
    heights = above_minimum(feature, grid).reshape(slopes.shape)
    levels = np.logspace(0, 4, 9)
    axis.contour(slopes, intercepts, heights, levels, colors="silver")
    axis.plot(path[:, 0], path[:, 1], ".-", color="C0", label="30 steps")
    axis.plot(*minimum, "*", color="C1", markersize=15, label="minimum")
    axis.set(title=title, xlabel="slope", ylabel="intercept (mpg)")
    axis.legend(loc="upper right")
plt.show()

# %%
# Left the steps cross the valley to and fro and hardly get on along it, right one step
# is enough: both at 2 over the sum of their curvatures, in the long run the best rate.
# (For thirty steps the valley's best is 0.090 instead of 0.095. It ends at 71 mpg²
# above the minimum instead of 272, and not at 0.001 either.)
# Standardising is no ritual. For one column it makes the curvatures equal, so that one
# rate suits all directions. In pounds it is the scaling that helps most; in thousands
# of pounds centring alone nearly does it. (With several columns that are correlated a
# valley remains. Inside a network the inputs of the later layers are not yours to
# standardise: normalization layers do it there, lesson 5.05.)

# %% Mini-batches
# Each step above has read all 398 cars. *Stochastic* gradient descent, SGD, reads only
# a few, drawn at random: a *mini-batch*, or just *batch*. Its gradient is noisy, but a
# step with 32 cars costs a twelfth. So let us compare at equal cost, 3,980 cars read:
# ten steps with all, or 124 steps with 32, each at the best of thirteen rates. Once
# over the standardised weight, once over thousands of pounds. Who wins?


def end_of_descent(feature, rate, steps, batch_size):
    """Return the loss above the minimum, at the end of one descent."""
    above = above_minimum(feature, descend(feature, rate, steps, batch_size))
    return float(np.median(above[-5:]))


# %%
# The rate is chosen by one descent, and judged by another, with other batches.

rates = np.geomspace(0.003, 0.75, 13)
curves = {}
ends_of_curves = {}
for name in ("standardised", "thousands of pounds"):
    feature = features[name]
    for batch_size, steps in ((398, 11), (32, 125)):
        tried = []
        for rate in rates:
            tried.append(end_of_descent(feature, rate, steps, batch_size))
        best_rate = rates[np.nanargmin(tried)]
        places = descend(feature, best_rate, steps, batch_size)  # with other batches
        curve = above_minimum(feature, places)
        curves[name, batch_size] = curve
        end = float(np.median(curve[-5:]))
        ends_of_curves[name, batch_size] = end
        print(f"{name:19} {batch_size:3} cars per step, rate {best_rate:.3f}: ", end="")
        print(f"{end:8.3f} mpg² above the minimum")

# %%
# The four descents, each at its best rate:

figure, axes = plt.subplots(1, 2, figsize=(11, 4), sharey=True, layout="constrained")
for (name, batch_size), above in curves.items():
    axis = axes[0] if name == "standardised" else axes[1]
    read = batch_size * np.arange(len(above))
    axis.semilogy(read, np.where(above > 1e-3, above, np.nan), ".-", label=batch_size)
    axis.set(title=name, xlabel="cars read", ylim=(1e-3, 1e3))
axes[0].set_ylabel("loss above the minimum (mpg²)")
axes[1].legend(title="cars per step")
plt.show()

# %%
# In the round bowl nothing beats the exact step: with a rate near 0.5 two readings of
# the cars are enough. Batches need a small rate there, for each has a minimum of its
# own, and at a large rate they jump from one to the next. (Lowering the rate towards
# the end calms them, lesson 5.13.)
#
# In the narrow valley it is the other way round. No single rate suits both directions,
# so many steps are needed, and 124 rough ones come several times nearer to the minimum
# than ten exact ones. (124 exact ones end at 11.9, hardly nearer, and cost twelve times
# as much.) In a network the curvatures differ, too, and as a rule nobody
# knows them. Networks are trained with batches (lesson 5.09 measures how large).

# %% Convex and non-convex
# The loss of a line is a bowl: it is *convex*, and has one minimum. The loss of a
# network is not. Here are a bowl and a curve with two valleys, and six starts on each.


def bowl(w):
    return w**2


def two_valleys(w):
    return w**4 - 3 * w**2 + w


# %%
# Mark with a pencil where each start will end.

starts = np.array([-2.0, -1.0, -0.2, 0.1, 0.3, 2.0], dtype="float32")
w_grid = np.linspace(-2.1, 2.1, 200)


def draw_curves():
    """Draw both curves with their starts; return the two axes."""
    figure, axes = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
    for axis, curve in zip(axes, (bowl, two_valleys)):
        axis.plot(w_grid, curve(w_grid))
        axis.plot(starts, curve(starts), "o", label="start")
        axis.set(title=curve.__name__.replace("_", " "), xlabel="w", ylabel="loss")
    return axes


draw_curves()
plt.show()

# %%
# 300 steps of gradient descent from each:

ends = {}
for curve in (bowl, two_valleys):
    w = tf.Variable(starts)
    for _ in range(300):
        with tf.GradientTape() as tape:
            heights = curve(w)
        w.assign_sub(0.03 * tape.gradient(heights, w))
    ends[curve.__name__] = w.numpy()
    print(f"{curve.__name__:12} {starts} end at {w.numpy().round(2)}")

# %%
# The same picture with the ends:

for axis, curve in zip(draw_curves(), (bowl, two_valleys)):
    end = ends[curve.__name__]
    axis.plot(end, curve(end), "*", markersize=15, label="end")
    axis.legend()
plt.show()

# %%
# In the bowl all arrive at the same place. With two valleys it is the start that
# decides, and the rate: -0.2 and 0.1 end left, 0.3 ends right, in the worse valley, and
# with a rate of 0.1 instead of 0.03 the start at 2.0 would end left. The loss of a
# network has many valleys; the course repeats its trainings with several seeds, other
# starts, and shows how much their ends differ. (Why weights start at random at all:
# 5.11.)

# %% Backpropagation: forward
# So far the tape has found the gradients. How does it do that? Here is a network small
# enough for a pencil: two inputs, two hidden neurons with relu, one output, a squared
# loss. Go forward first, and write each number down: what is the output, and the loss?

x1, x2, target = 1.0, 2.0, 2.0
w11, w21, b1 = 2.0, -0.5, 1.0  # from both inputs to hidden neuron 1, and its bias
w12, w22, b2 = 1.0, 0.5, -1.0  # to hidden neuron 2
v1, v2, c = 1.0, -2.0, 0.5  # from both hidden neurons to the output

z1 = w11 * x1 + w21 * x2 + b1
z2 = w12 * x1 + w22 * x2 + b2
h1 = max(z1, 0.0)
h2 = max(z2, 0.0)
output = v1 * h1 + v2 * h2 + c
pencil_loss = (output - target) ** 2
print(f"z = {z1}, {z2}; h = {h1}, {h2}; output {output}; loss {pencil_loss}")

# %% Backpropagation: backward
# Now back, from the loss to every number that has made it. ``d_h1`` is short for the
# slope of the loss in h1, ∂loss/∂h1: by how much the loss changes for each unit that h1
# changes. Each line is one product of the *chain rule*: what has arrived from above,
# times the local slope. Which parameter has the largest gradient?

d_output = 2 * (output - target)

d_v1 = d_output * h1  # output = v1 * h1 + ..., its slope in v1 is h1
d_v2 = d_output * h2
d_c = d_output * 1
d_h1 = d_output * v1
d_h2 = d_output * v2

d_z1 = d_h1 * (z1 > 0)  # the slope of relu is 1 above 0, and 0 below
d_z2 = d_h2 * (z2 > 0)

d_w11 = d_z1 * x1
d_w21 = d_z1 * x2
d_b1 = d_z1 * 1
d_w12 = d_z2 * x1
d_w22 = d_z2 * x2
d_b2 = d_z2 * 1
print("output layer:", d_v1, d_v2, d_c)
print("hidden layer:", d_w11, d_w21, d_b1, "and", d_w12, d_w22, d_b2)

# %%
# w22 has it, 12: its input is 2, and what arrives is -3 from the loss times -2 on the
# way through v2. Here is the network with all its numbers, forward in blue, backward
# in orange.

nodes = {
    "x1": (0, 1, x1, ""),
    "x2": (0, 0, x2, ""),
    "h1": (1.5, 1, h1, d_h1),
    "h2": (1.5, 0, h2, d_h2),
    "output": (3, 0.5, output, d_output),
    "loss": (4, 0.5, pencil_loss, 1.0),
}
edges = [
    ("x1", "h1", "w11", w11, d_w11, 0.5),
    ("x1", "h2", "w12", w12, d_w12, 0.25),
    ("x2", "h1", "w21", w21, d_w21, 0.25),
    ("x2", "h2", "w22", w22, d_w22, 0.5),
    ("h1", "output", "v1", v1, d_v1, 0.5),
    ("h2", "output", "v2", v2, d_v2, 0.5),
    ("output", "loss", "", "", "", 0.5),
]

# %%
# Each value stands above its line or in its disc, each gradient below.

figure, axis = plt.subplots(figsize=(10, 5), layout="constrained")
style = {"ha": "center", "size": "large"}
for start, end, name, value, gradient, share in edges:
    (x_start, y_start, *_), (x_end, y_end, *_) = nodes[start], nodes[end]
    axis.plot([x_start, x_end], [y_start, y_end], color="silver", zorder=1)
    x_text = x_start + share * (x_end - x_start)
    y_text = y_start + share * (y_end - y_start)
    axis.text(x_text, y_text + 0.05, f"{name} {value}", color="C0", **style)
    axis.text(x_text, y_text - 0.12, gradient, color="C1", **style)
for name, (x_node, y_node, value, gradient) in nodes.items():
    axis.plot(x_node, y_node, "o", color="white", mec="black", markersize=44)
    axis.text(x_node, y_node - 0.02, value, color="C0", **style)
    axis.text(x_node, y_node + 0.17, name, **style)
    axis.text(x_node, y_node - 0.26, gradient, color="C1", **style)
axis.set(title="Forward (blue) and backward (orange)", ylim=(-0.3, 1.3))
axis.axis("off")
plt.show()

# %%
# That is all of *backpropagation*: **the gradient of a number is what arrives from
# above, times the local slope; where several paths meet, they are added up.** With
# layers of many neurons the products become matrix products. The tape does just this:
# it notes every operation on the way forward, and then goes through its notes
# backwards. Does it find the same nine numbers?

x_row = tf.constant([[x1, x2]])
W = tf.Variable([[w11, w12], [w21, w22]])
b = tf.Variable([b1, b2])
V = tf.Variable([[v1], [v2]])
output_bias = tf.Variable([c])
with tf.GradientTape() as tape:
    hidden = tf.nn.relu(x_row @ W + b)
    tape_loss = tf.reduce_sum((hidden @ V + output_bias - target) ** 2)
by_tape = tape.gradient(tape_loss, [W, b, V, output_bias])
by_pencil = [[[d_w11, d_w12], [d_w21, d_w22]], [d_b1, d_b2], [[d_v1], [d_v2]], [d_c]]
largest_difference = 0.0
for tape_gradient, pencil_gradient in zip(by_tape, by_pencil):
    difference = np.abs(tape_gradient.numpy() - np.array(pencil_gradient)).max()
    largest_difference = max(largest_difference, float(difference))
print("largest difference between pencil and tape:", largest_difference)

# %%
# (``Miscelaneous.xlsx``, tab *Backpropagation*, has this network in cells: change a
# yellow number, and watch what arrives where.)

# %% What does it cost?
# Without backpropagation one could change each parameter a little, and see what the
# loss does: one forward pass per parameter. What does the way back cost instead? Count
# the multiplications of a network of four layers, 128 rows at a time. Forward, each
# weight meets each row once. Backward it meets it twice: for its own gradient, and to
# hand the gradient down; only the first layer has nobody to hand it to.

sizes = [784, 500, 500, 500, 10]
weights_of_layers = [size * after for size, after in zip(sizes, sizes[1:])]
forward_products = 128 * sum(weights_of_layers)
backward_products = 2 * forward_products - 128 * weights_of_layers[0]
step_to_forward = (forward_products + backward_products) / forward_products
print(f"forward {forward_products:,}, backward {backward_products:,} multiplications")
print(f"a step, forward and backward, costs {step_to_forward:.2f} forward passes")

# %%
# And on the clock? Both as compiled graphs, the median of fifty.

model = tf.keras.Sequential([tf.keras.Input(shape=(784,))])
for size in sizes[1:]:
    model.add(tf.keras.layers.Dense(size, activation="relu"))
rows = tf.random.normal((128, 784))


@tf.function
def forward():
    return tf.reduce_sum(model(rows) ** 2)


@tf.function
def forward_and_backward():
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(model(rows) ** 2)
    return tape.gradient(loss, model.trainable_variables)


# %%
# The first call builds the graph, so it is not timed.

medians = {}
for function in (forward, forward_and_backward):
    function()  # builds the graph
    seconds = []
    for _ in range(50):
        start = time.perf_counter()
        function()
        seconds.append(time.perf_counter() - start)
    medians[function.__name__] = np.median(seconds)
    print(f"{function.__name__:20} {1000 * medians[function.__name__]:5.2f} ms")
measured_ratio = float(medians["forward_and_backward"] / medians["forward"])
print(f"a step costs {measured_ratio:.1f} forward passes on this machine")

# %%
# A few forward passes, whatever the number of parameters. The other way would take one
# for each, almost 900,000 for a single step.

# %% Try it yourself
# 1. Give the loop of the line a rate of 1.0 exactly. What does the loss do? (It stays
#    where it is: each step jumps to the other side, equally far.)
# 2. Set ``b1 = -2.0`` and go through the small network again, first by pencil. Which
#    gradients are 0? (z1 is -1, so h1 is 0: those of w11, w21, b1 and of v1.)
# 3. Check one gradient without calculus: make w22 larger by 0.001. By how much does the
#    loss change? (By 0.012: its gradient is 12.)
# 4. The slides have a network of two weights, w2 · tanh(w1 · x), with x = 2, w1 = 0.5,
#    w2 = 2 and a target of 1. Find both gradients of the squared error by pencil (the
#    slope of tanh is 1 - tanh²), and then with the tape. (1.758 for w1, 0.797 for w2.)

results = {
    "fit_error": fit_error,
    "largest_stable_rate": largest_stable_rate,
    "above_at_0_5": above_after_30[0.5],
    "above_at_1_05": above_after_30[1.05],
    "condition_pounds": condition_numbers["pounds"],
    "condition_thousands": condition_numbers["thousands of pounds"],
    "condition_standardised": condition_numbers["standardised"],
    "bowl_all_cars": ends_of_curves["standardised", 398],
    "bowl_batches": ends_of_curves["standardised", 32],
    "valley_all_cars": ends_of_curves["thousands of pounds", 398],
    "valley_batches": ends_of_curves["thousands of pounds", 32],
    "bowl_ends": float(np.abs(ends["bowl"]).max()),
    "left_end": float(ends["two_valleys"][0]),
    "right_end": float(ends["two_valleys"][-1]),
    "pencil_loss": pencil_loss,
    "pencil_minus_tape": largest_difference,
    "step_to_forward": step_to_forward,
    "step_to_forward_measured": measured_ratio,
}
print(results)
