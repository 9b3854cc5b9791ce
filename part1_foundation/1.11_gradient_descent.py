"""
1.11 Gradient descent
=====================

Every network of this course learns by the same loop: predict, measure the loss, take a
step downhill. You will

* write that loop in six plain lines,
* predict the learning rate at which it explodes,
* read the update rules of six optimizers, and watch them walk through one valley.

:Data: Auto MPG, 398 cars (``course_data.load_auto_mpg``)
:Slides: part 1, "Gradient descent", "Convex or not", "The working steps"
:Takes: about 5 s on two CPU cores
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
# squares has a formula for it: we know where the loop must arrive. Weight is
# standardised, mean 0 and standard deviation 1.

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
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
    slope.assign_sub(0.1 * slope_gradient)
    intercept.assign_sub(0.1 * intercept_gradient)
    if step in (0, 9, 19, 49, 99):
        line = f"{intercept.numpy():.3f} {slope.numpy():+.3f} * x"
        print(f"{step + 1:3} steps: mpg = {line}   loss {loss:.2f}")

fit_error = float(
    max(abs(slope.numpy() - best_slope), abs(intercept.numpy() - best_intercept))
)

# %%
# Fewer than 50 steps. The six lines from ``for`` to the second ``assign_sub`` are what
# Keras does for you later, in ``fit``. There is no more to it.

# %% The learning rate
# Too small a rate crawls. What does a large one do? For a squared loss the curvature
# along a direction is the same everywhere; call it c. One step multiplies the distance
# to the minimum by 1 - rate · c. Here c is 2 in both directions. So:
#
# * a rate of 0.5 gives 1 - 1 = 0, and arrives in a single step,
# * above 2 / c = 1 the distance *grows* with each step.
#
# The curvatures are the eigenvalues of the matrix of second derivatives. Let us compute
# them, and try five rates.

design = np.stack([x, np.ones(len(x))], axis=1)
second_derivatives = 2 * design.T @ design / len(x)
curvatures = np.linalg.eigvalsh(second_derivatives)
largest_stable_rate = float(2 / curvatures.max())
print("curvatures:", curvatures.round(3))
print(f"the loop should explode above a rate of {largest_stable_rate:.3f}")

# %%
# The loop once more, as a function: it notes the loss above the minimum before each
# step. With a ``batch_size`` it reads only so many cars a step; that comes below.

best_loss = float(np.mean((best_slope * x + best_intercept - y) ** 2))


def losses_above_minimum(rate, steps, batch_size=None):
    """Descend from 0; return how far the loss of all cars is above the minimum."""
    parameters = tf.Variable([0.0, 0.0])
    above = []
    for _ in range(steps):
        loss = tf.reduce_mean((parameters[0] * x + parameters[1] - y) ** 2)
        above.append(float(loss) - best_loss)
        rows = tf.random.shuffle(tf.range(len(x)))[:batch_size]
        x_batch = tf.gather(x, rows)
        y_batch = tf.gather(y, rows)
        with tf.GradientTape() as tape:
            errors = parameters[0] * x_batch + parameters[1] - y_batch
            batch_loss = tf.reduce_mean(errors**2)
        parameters.assign_sub(rate * tape.gradient(batch_loss, parameters))
    return np.array(above)


# %%
# Five rates, thirty steps each:

figure, axis = plt.subplots(figsize=(8, 4), layout="constrained")
last_above = {}
for rate in (0.01, 0.1, 0.5, 0.95, 1.05):
    above = losses_above_minimum(rate, steps=31)
    last_above[rate] = float(above[-1])
    axis.semilogy(np.maximum(above, 1e-3), label=f"{rate}")
    print(f"rate {rate:4}: {above[-1]:12.3f} mpg² above the minimum after 30 steps")
axis.set(title="Five learning rates", xlabel="step", ylim=(5e-4, 1e6))
axis.set_ylabel("loss above the minimum (mpg²)")
axis.legend(title="rate", loc="upper left", ncols=5)
plt.show()

# %%
# As predicted: 0.5 arrives at once, 0.95 jumps from side to side and still arrives,
# 1.05 explodes. In a network nobody knows the curvature, and it changes on the way. So
# one tries rates, in steps of a factor of 3 or 10.

# %% Mini-batches
# Each step above has read all 398 cars. *Stochastic* gradient descent, SGD, reads only
# a few, drawn at random: a *mini-batch*, or just *batch*. Its gradient is noisy, but it
# costs a twelfth. Both curves below have read 3,980 cars: ten steps of all, or 124
# steps of 32. Which will be lower at the end?

with_all = losses_above_minimum(0.1, steps=11)
with_batches = losses_above_minimum(0.1, steps=125, batch_size=32)

figure, axis = plt.subplots(figsize=(7, 3.6), layout="constrained")
axis.semilogy(398 * np.arange(11), with_all, "o-", label="all cars a step")
axis.semilogy(32 * np.arange(125), with_batches, label="batches of 32")
axis.set(title="The same work, in other portions", xlabel="cars read")
axis.set_ylabel("loss above the minimum (mpg²)")
axis.legend()
plt.show()
hovering = float(np.median(with_batches[-60:]))
print(f"all cars: {with_all[-1]:.2f}, batches hover at {hovering:.2f} mpg²")

# %%
# The batches are down after a reading or two of the data. Then they do not come to
# rest: each batch has a minimum of its own. Lowering the rate towards the end calms
# them (lesson 5.13). All networks are trained with batches.

# %% Convex and non-convex
# The loss of a line is a bowl: it is *convex*, and has one minimum. The loss of a
# network is not. Here are a bowl and a curve with two valleys, and six starts on each.
# Mark with a pencil where each start will end.


def bowl(w):
    return w**2


def two_valleys(w):
    return w**4 - 3 * w**2 + w


# %%
# Six starts on each curve, 300 steps of gradient descent:

starts = np.array([-2.0, -1.0, -0.2, 0.1, 0.3, 2.0], dtype="float32")
w_grid = np.linspace(-2.1, 2.1, 200)
figure, axes = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
ends = {}
for axis, curve in zip(axes, (bowl, two_valleys)):
    w = tf.Variable(starts)
    for _ in range(300):
        with tf.GradientTape() as tape:
            heights = curve(w)
        w.assign_sub(0.03 * tape.gradient(heights, w))
    ends[curve.__name__] = w.numpy()
    axis.plot(w_grid, curve(w_grid))
    axis.plot(starts, curve(starts), "o", label="start")
    axis.plot(w.numpy(), curve(w.numpy()), "*", markersize=15, label="end")
    axis.set(title=curve.__name__.replace("_", " "), xlabel="w", ylabel="loss")
    axis.legend()
    print(f"{curve.__name__:12} {starts} end at {w.numpy().round(2)}")
plt.show()

# %%
# In the bowl all arrive at the same place. With two valleys it is the start that
# decides: -0.2 and 0.1 end left, 0.3 ends right, in the worse valley. That is why
# networks start from random weights, and why two trainings differ. (In a network of
# many dimensions most minima are about equally good, which is fortunate.)

# %% Six rules for a step
# So far a step was -rate · g, with g the gradient. All the famous *optimizers* change
# only this rule. Written for each parameter:
#
# * **SGD**: step = -rate · g
# * **momentum**: v = 0.9 · v - rate · g, step = v. A ball that keeps rolling.
# * **AdaGrad**: s = s + g², step = -rate · g / √s. Who has had large gradients gets
#   small steps, for ever.
# * **RMSprop**: s = 0.9 · s + 0.1 · g², step = -rate · g / √s. The same, but it
#   forgets.
# * **AdaDelta**: like RMSprop with 0.95, times the usual size of its own last steps.
# * **Adam**: momentum above RMSprop, each divided by what is missing of it at the
#   start. The name means *adaptive moment estimation*.
#
# As code, each rule gets the gradient and a memory, and returns the step.

EPSILON = 1e-7


def sgd(g, memory, rate):
    return -rate * g


def momentum(g, memory, rate):
    memory["v"] = 0.9 * memory["v"] - rate * g
    return memory["v"]


# %%
# The next three divide by the usual size of the gradient; Adam does both.


def adagrad(g, memory, rate):
    memory["s"] = memory["s"] + g**2
    return -rate * g / np.sqrt(memory["s"] + EPSILON)


def rmsprop(g, memory, rate):
    memory["s"] = 0.9 * memory["s"] + 0.1 * g**2
    return -rate * g / np.sqrt(memory["s"] + EPSILON)


def adadelta(g, memory, rate):
    memory["s"] = 0.95 * memory["s"] + 0.05 * g**2
    size = np.sqrt(memory["v"] + EPSILON)
    step = -size * g / np.sqrt(memory["s"] + EPSILON)
    memory["v"] = 0.95 * memory["v"] + 0.05 * step**2
    return rate * step


# %%
# Adam keeps both averages, and corrects them for their start at 0:


def adam(g, memory, rate):
    memory["steps"] += 1
    memory["v"] = 0.9 * memory["v"] + 0.1 * g
    memory["s"] = 0.999 * memory["s"] + 0.001 * g**2
    v = memory["v"] / (1 - 0.9 ** memory["steps"])
    s = memory["s"] / (1 - 0.999 ** memory["steps"])
    return -rate * v / (np.sqrt(s) + EPSILON)


# %% The valley
# A valley that lies across: steep in one direction, nearly flat in the other. All six
# start at the same place, on the slope. Are our rules those of Keras? Each walks 20
# steps, by hand and by Keras' optimizer.


def height(a, b):
    """A valley: curvature 20 across, 1 along, turned by 45 degrees."""
    along = (a + b) / np.sqrt(2)
    across = (a - b) / np.sqrt(2)
    return 0.5 * along**2 + 10 * across**2


def slope_at(position):
    """Return the gradient of the valley."""
    a, b = position
    along = (a + b) / np.sqrt(2)
    across = (a - b) / np.sqrt(2)
    return np.array([along + 20 * across, along - 20 * across]) / np.sqrt(2)


# %%
# ``walk`` lets a rule take its steps and notes every place.

START = np.array([-3.5, -1.5])


def walk(rule, rate, steps=300):
    """Return all places of a walk through the valley, one row a step."""
    position = START.copy()
    memory = {"v": np.zeros(2), "s": np.zeros(2), "steps": 0}
    path = [position]
    for _ in range(steps):
        position = position + rule(slope_at(position), memory, rate)
        path.append(position)
    return np.array(path)


# %%
# The comparison with Keras:

optimizers = tf.keras.optimizers
keras_rules = {
    sgd: optimizers.SGD(0.05),
    momentum: optimizers.SGD(0.05, momentum=0.9),
    adagrad: optimizers.Adagrad(0.05, initial_accumulator_value=0.0),
    rmsprop: optimizers.RMSprop(0.05),
    adadelta: optimizers.Adadelta(0.05),
    adam: optimizers.Adam(0.05),
}
largest_rule_difference = 0.0
for rule, optimizer in keras_rules.items():
    variable = tf.Variable(START, dtype=tf.float32)
    for _ in range(20):
        gradient = tf.constant(slope_at(variable.numpy()), tf.float32)
        optimizer.apply_gradients([(gradient, variable)])
    difference = np.abs(variable.numpy() - walk(rule, 0.05, steps=20)[-1]).max()
    largest_rule_difference = max(largest_rule_difference, float(difference))
    print(f"{rule.__name__:9} by hand and by Keras differ by {difference:.0e}")

# %% All tuned alike
# Which rule is the fastest? That question is not fair before each has got its best
# rate: what is large for one is small for another. So each tries the same 25 rates from
# 0.001 to 1,000. We count the steps until it is below a height of 0.01 *and stays
# there*.


def steps_needed(path):
    """Return the number of steps after which the path stays below 0.01."""
    heights = height(path[:, 0], path[:, 1])
    too_high = np.flatnonzero(~(heights < 0.01))
    return too_high[-1] + 1


rates = np.logspace(-3, 3, 25)
rows = []
with np.errstate(over="ignore", invalid="ignore"):
    for rule in keras_rules:
        needed = []
        for rate in rates:
            needed.append(steps_needed(walk(rule, rate)))
        best = int(np.argmin(needed))
        rows.append([rule.__name__, rates[best], needed[best]])
race = pd.DataFrame(rows, columns=["rule", "best rate", "steps"]).set_index("rule")
print(race.round(3))

# %%
# The best rates lie far apart: that is why a ranking at equal rates ranks nothing but
# the rate. Here are the six paths, each at its best. What does each do at the steep
# wall, and what in the flat?

a_grid, b_grid = np.meshgrid(np.linspace(-4.5, 3, 120), np.linspace(-4.5, 3, 120))
figure, axes = plt.subplots(2, 3, figsize=(11, 7), layout="constrained")
for axis, rule in zip(axes.flat, keras_rules):
    path = walk(rule, race.loc[rule.__name__, "best rate"])
    axis.contour(a_grid, b_grid, height(a_grid, b_grid), levels=15, cmap="Greys_r")
    axis.plot(path[:, 0], path[:, 1], ".-", color="C0")
    axis.plot(0, 0, "*", color="C2", markersize=14)
    steps = race.loc[rule.__name__, "steps"]
    axis.set(title=f"{rule.__name__}, {steps} steps", xlabel="a", ylabel="b")
    axis.set(xlim=(-4.5, 3), ylim=(-4.5, 3))
plt.show()

# %%
# SGD is down the wall in one step, then walks along the floor, slower and slower, since
# the slope gets smaller. AdaGrad does the same in somewhat larger steps, and is first
# here. Momentum and Adam run past the minimum, swing, and come back. RMSprop and
# AdaDelta divide the slope away: their steps stay about as long as the rate, even at
# the minimum, so they come to rest only with a rate so small that they creep.
#
# One valley is no ranking: in lesson 1.14 the six have networks to train, and another
# one is first.

# %% Try it yourself
# 1. Give the loop of the line a rate of 1.0 exactly. What does the loss do? (It stays
#    where it is: each step jumps to the other side, equally far.)
# 2. Raise the curvature across the valley from 20 to 200, and let each rule walk 1,000
#    steps. Which rules mind? (SGD and AdaGrad most: they need some 570 and 480 steps,
#    ten times as many. Momentum and Adam need 94 and 95 instead of some 70.)
# 3. Turn the valley back: ``along = a``, ``across = b`` (the gradient is then
#    ``[along, 20 * across]``). Who gains? (AdaGrad: 3 steps instead of 49. It treats
#    each parameter by itself, and now a parameter *is* a direction of the valley. The
#    others stay about where they were.)

results = {
    "fit_error": fit_error,
    "largest_stable_rate": largest_stable_rate,
    "above_at_0_5": last_above[0.5],
    "above_at_1_05": last_above[1.05],
    "above_all_cars": float(with_all[-1]),
    "above_batches": hovering,
    "bowl_ends": float(np.abs(ends["bowl"]).max()),
    "left_end": float(ends["two_valleys"][0]),
    "right_end": float(ends["two_valleys"][-1]),
    "rule_difference": largest_rule_difference,
    "steps_sgd": int(race.loc["sgd", "steps"]),
    "steps_momentum": int(race.loc["momentum", "steps"]),
    "steps_adagrad": int(race.loc["adagrad", "steps"]),
    "steps_rmsprop": int(race.loc["rmsprop", "steps"]),
    "steps_adadelta": int(race.loc["adadelta", "steps"]),
    "steps_adam": int(race.loc["adam", "steps"]),
}
print(results)
