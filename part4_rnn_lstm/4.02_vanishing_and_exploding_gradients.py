"""
4.02 Vanishing and exploding gradients
======================================

A recurrent network learns from a gradient that goes back through all its steps. You
will

* measure how much of that gradient is left after 50 steps, and which layers learn,
* see weights go to NaN, and recognise it early,
* try every usual cure by itself, and find out which of them cure.

:Data: sequences made here
:Slides: part 4, "Gradients that vanish and explode", "A product of fifty factors",
  "Going back, every step multiplies the gradient once more", "Real layers: a nearly
  equal factor at each step", "Layers that are made for it"
:Takes: about 90 s on two CPU cores
"""

# %% A product of fifty factors
# The smallest recurrent network has a single number as its state, and one weight w: new
# state = w × state. How much does the last state change when the first one does?

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import tensorflow as tf
from tqdm import tqdm

plt.style.use("petroff10")

# %%
# By the chain rule each step multiplies by w. What is left after 50 steps for w = 0.9,
# 1 and 1.1?

for weight in (0.5, 0.9, 1.0, 1.1):
    first_state = tf.constant(1.0)
    with tf.GradientTape() as tape:
        tape.watch(first_state)
        state = first_state
        for _ in range(50):
            state = weight * state
    gradient = float(tape.gradient(state, first_state))
    print(f"w = {weight}: gradient {gradient:9.2e}, by hand {weight**50:9.2e}")

product_by_hand = 1.1**50
product_by_tape = gradient

# %%
# 0.005 and 117, from weights that are nearly the same. With a tanh in each step there
# is one more factor, the slope of the tanh, which is at most 1. With a state of many
# numbers the weight is a matrix, and the factor is how much it stretches. Unless the
# factors cancel out, a product of many is very small or very large: the gradient
# *vanishes* or *explodes*.

# %% Backpropagation through time
# How does a recurrent network learn at all? The loop is *unrolled*: 50 steps are 50
# layers that share one matrix W. The tape goes back through all of them, and W gets the
# sum of 50 gradients, one for each step at which it was used. That is *backpropagation
# through time*. Step t's part of the sum has a product of 50 - t factors in it. What
# follows from that was seen by Hochreiter in 1991 and by Bengio and others in 1994.
#
# With w = 0.9: how much of the sum comes from the last ten steps?

steps_back = np.arange(50)
parts = 0.9**steps_back
print(f"the last ten steps: {parts[:10].sum() / parts.sum():.0%} of the sum")
print(f"the first ten:      {parts[40:].sum() / parts.sum():.1%}")

# %%
# When factors are below 1, the late steps drown the early ones: what happened long ago
# hardly moves the weights.

# %% A task with a long distance
# Is the *first* number of the sequence positive? Then come 50 steps of noise. (A second
# input is 1 at the first step and 0 afterwards, to mark it.)


def make_signs(count, seed):
    """Return sequences (count, 51, 2) and whether the first number is positive."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(count, 51, 2)).astype("float32")
    x[:, :, 1] = 0
    x[:, 0, 1] = 1
    y = (x[:, 0, 0] > 0).astype(int)
    return x, y


x_train, y_train = make_signs(2000, seed=1)
x_test, y_test = make_signs(2000, seed=2)
print("inputs", x_train.shape, "- sequences, steps, numbers per step")
print(x_train[0, :3], "answer:", y_train[0])

# %% Gradient against distance
# We take layers of 32 units, not trained yet. The last state has 32 numbers, so we mix
# them at random into one, and ask for its gradient with respect to the input of each
# step. Its length says how strongly that input acts on the end. The sequences are those
# of the task: other inputs would give other slopes, and other lengths.


def gradient_by_distance(layer):
    """Return the mean length of the gradient for distances 0 to 50 in time."""
    tf.keras.utils.set_random_seed(1)
    x = tf.constant(x_train[:200])
    with tf.GradientTape() as tape:
        tape.watch(x)
        last_state = layer(x)
        mixing = tf.random.normal([last_state.shape[1]])
        total = tf.reduce_sum(last_state * mixing)
    gradient = tf.cast(tape.gradient(total, x), tf.float64)
    lengths = tf.norm(gradient, axis=2)
    return tf.reduce_mean(lengths, axis=0).numpy()[::-1]


# %%
# First the activation and the first weights of ``SimpleRNN``. *Small* weights shrink
# what they multiply, to about half. *Orthogonal* weights, Keras' default, turn it and
# leave its length as it is. *Large* ones are orthogonal weights times 1.7.

initializers = tf.keras.initializers
UNITS = 32


def simple_layer(activation, weights):
    """Return a SimpleRNN with these first recurrent weights."""
    if weights == "small":
        start = initializers.RandomNormal(stddev=0.5 / np.sqrt(UNITS))
    elif weights == "large":
        start = initializers.Orthogonal(gain=1.7)
    else:
        start = weights
    return tf.keras.layers.SimpleRNN(
        UNITS, activation=activation, recurrent_initializer=start
    )


# %%
# Which curve will fall, which will rise?

simple = [
    ("sigmoid", "orthogonal"),
    ("tanh", "small"),
    ("tanh", "orthogonal"),
    ("relu", "small"),
    ("relu", "large"),
]
distances = [0, 5, 10, 25, 50]
curves = {}
for activation, weights in simple:
    tf.keras.utils.set_random_seed(1)
    layer = simple_layer(activation, weights)
    curves[f"{activation}, {weights}"] = gradient_by_distance(layer)
lengths = pd.DataFrame(curves)
lengths.index.name = "distance"
with pd.option_context("display.float_format", "{:.0e}".format):
    print(lengths.loc[distances].T.to_string())

# %%
# On a logarithmic axis a product of equal factors is a straight line.


def draw_curves(lengths, title):
    """Draw the gradient against the distance, on a logarithmic axis."""
    figure, axis = plt.subplots(figsize=(10, 4.5), layout="constrained")
    lengths.clip(lower=1e-30).plot(ax=axis, logy=True, legend=False)
    axis.set(title=title, xlabel="distance in steps", ylabel="length of gradient")
    axis.set(ylim=(1e-12, 1e12))
    figure.legend(loc="outside right center")
    plt.show()


draw_curves(lengths, "SimpleRNN: what is left of the gradient")

# %%
# All are nearly straight lines. The sigmoid is worst: its slope is at most 1/4, so ten
# steps take six digits away. tanh with small weights is gone after 25 steps. With
# orthogonal weights it loses two or three digits in 50 steps, to its slope. ReLU by
# itself does not help: a part of its slopes is 0, so it loses more than tanh with the
# same weights (with orthogonal ones 7e-9 to 3e-7 is left, three seeds, outside this
# lesson). And with large weights it explodes.

# %% Layers that are made for it
# The other cures change what a step does. Each keeps a straight way for the state:
#
# * *ReLU and identity*: the recurrent weights start as the identity matrix, so the
#   state is handed on as it is (Le and others 2015),
# * a *shortcut* (residual): new state = state + a little,
# * *LSTM* and *GRU*: a gate says how much is kept (lesson 4.03). Open a forget gate
#   wide with its bias, and nearly all is kept.
#
# The shortcut is a *cell* of our own, the part of a layer that does one step. (Lesson
# 4.05 makes more of them.)


class ShortcutCell(tf.keras.layers.Layer):
    """One step of: new state = state + 0.1 · tanh(x W + state U + b)."""

    def __init__(self, units):
        super().__init__()
        self.state_size = units
        self.change = tf.keras.layers.Dense(units, activation="tanh")

    def build(self, input_shape):
        self.change.build((None, input_shape[-1] + self.state_size))

    def call(self, x, states):
        state = states[0]
        both = tf.concat([x, state], axis=1)
        state = state + 0.1 * self.change(both)
        return state, [state]


# %%
# The biases of an LSTM stand in one row: input gate, forget gate, candidate, output
# gate.


def open_forget_gate(shape, dtype=None):
    """Return LSTM biases: 4 for the forget gates, 0 for the rest."""
    quarter = shape[0] // 4
    rest = tf.zeros(2 * quarter)
    return tf.concat([tf.zeros(quarter), 4 * tf.ones(quarter), rest], axis=0)


def special_layer(name):
    """Return a layer that is made for long distances."""
    if name == "identity":
        layer = tf.keras.layers.SimpleRNN(
            UNITS,
            activation="relu",
            recurrent_initializer="identity",
            kernel_initializer=initializers.RandomNormal(stddev=0.1),
        )
    elif name == "shortcut":
        layer = tf.keras.layers.RNN(ShortcutCell(UNITS))
    elif name == "LSTM":
        layer = tf.keras.layers.LSTM(UNITS)
    elif name == "open LSTM":
        layer = tf.keras.layers.LSTM(
            UNITS, unit_forget_bias=False, bias_initializer=open_forget_gate
        )
    else:
        layer = tf.keras.layers.GRU(UNITS)
    return layer


# %%
# Keras starts the forget gate with a bias of 1, so it is open to sigmoid(1) = 0.73; the
# gate of a GRU starts at 0.5. What does that mean for 50 steps?

special = ["identity", "shortcut", "LSTM", "open LSTM", "GRU"]
curves = {}
for name in special:
    tf.keras.utils.set_random_seed(1)
    curves[name] = gradient_by_distance(special_layer(name))
special_lengths = pd.DataFrame(curves)
special_lengths.index.name = "distance"
with pd.option_context("display.float_format", "{:.0e}".format):
    print(special_lengths.loc[distances].T.to_string())
draw_curves(special_lengths, "Layers that are made for long distances")

# %%
# The identity keeps a good part of the gradient; the shortcut and the LSTM with an open
# gate even let it grow. The LSTM as Keras makes it does *not* hold it, and the GRU,
# whose gate starts half shut, still less. A gate *can* keep the gradient; it has to be
# open, and at the start it is not. (0.73 to the power of 50 would be 1e-7, 0.5 to the
# power of 50 even 1e-15: more is left than that, since the *candidate* reads the old
# state as well. With its recurrent weights at 0 the LSTM keeps 1e-7 to 2e-7 and the GRU
# 1e-15; with those of the gates at 0 as much as before: three seeds, outside this
# lesson.)

# %% Does it learn?
# A gradient is a means. The end is the answer. Five of the layers get the same 2,000
# sequences, six times, with Adam. Predict from the curves which will do better than
# guessing. (``steps_per_execution=20`` runs twenty batches in one go, for speed.)


def sign_model(name):
    """Return a network with the layer of this name that answers yes or no."""
    if name.startswith("tanh"):
        layer = simple_layer("tanh", name.removeprefix("tanh, "))
    else:
        layer = special_layer(name)
    return tf.keras.Sequential(
        [
            tf.keras.Input(shape=(51, 2)),
            layer,
            tf.keras.layers.Dense(1, activation="sigmoid"),
        ]
    )


# %%
# The first ``fit`` of a compiled network draws up its graph, which takes a while. So
# each kind is compiled once, and starts again for each seed, with the weights of a new
# network.


def start_again(model, new, optimizer):
    """Give a network the weights of a new one, and its optimizer no memory."""
    model.set_weights(new.get_weights())
    for variable in optimizer.variables:
        if "learning_rate" not in variable.path:
            variable.assign(tf.zeros_like(variable))


# %%
# Five kinds, two seeds each:

rows = []
for name in tqdm(["tanh, small", "tanh, orthogonal", "shortcut", "LSTM", "open LSTM"]):
    model = sign_model(name)
    model.compile(
        optimizer=tf.keras.optimizers.Adam(learning_rate=0.003),
        loss="binary_crossentropy",
        metrics=["accuracy"],
        steps_per_execution=20,
    )
    for seed in (1, 2):
        tf.keras.utils.set_random_seed(seed)
        start_again(model, sign_model(name), model.optimizer)
        model.fit(x_train, y_train, batch_size=50, epochs=6, verbose=0)
        _, accuracy = model.evaluate(x_test, y_test, batch_size=500, verbose=0)
        rows.append([name, f"seed {seed}", accuracy])

# %%
# Beside the accuracy, what was left of the gradient over 50 steps before training.

all_lengths = pd.concat([lengths, special_lengths], axis=1)
ratio = all_lengths.loc[50] / all_lengths.loc[0]
learned = pd.DataFrame(rows, columns=["layer", "seed", "accuracy"])
cures = learned.pivot_table(index="layer", columns="seed", values="accuracy")
mean_accuracy = cures.mean(axis=1)
cures["left over 50 steps"] = ratio
cures = cures.sort_values("left over 50 steps", ascending=False)
formats = {"left over 50 steps": "{:.0e}".format}
print(cures.to_string(float_format="{:.3f}".format, formatters=formats))

# %%
# With 1e-10 or less, nothing was learned in six epochs (small weights here; the GRU as
# Keras makes it, too). Where more is left, chance has its say. In twelve trainings from
# other weights the open LSTM learned in eleven, the shortcut in all; tanh with
# orthogonal weights had 0.48 to 0.95, the LSTM as Keras makes it 0.49 to 0.77: late,
# not unable (exercise 2; lesson 4.04 opens the gates). And a gradient that arrives is
# not all that is needed, the rate must fit as well: the identity, whose gradient holds,
# learned in three trainings of six here, and in six of six at a third of the rate (0.92
# to 0.97), where the GRU still guesses.

# %% Deep is like long
# A deep network is the same product, over layers instead of steps. Thirty layers of 64
# neurons: how long is the gradient of the first layer's weights, compared with the
# last one's? Lesson 1.13 has drawn it for five layers.


def first_to_last(activation, initializer, shortcut=False):
    """Return the gradient's length in the first of 30 layers over that in the last."""
    tf.keras.utils.set_random_seed(1)
    layers = []
    for _ in range(30):
        layers.append(
            tf.keras.layers.Dense(
                64, activation=activation, kernel_initializer=initializer
            )
        )
    x = tf.random.normal((100, 64))
    with tf.GradientTape() as tape:
        output = x
        for layer in layers:
            change = layer(output)
            output = output + 0.1 * change if shortcut else change
        loss = tf.reduce_mean(output**2)
    first, last = tape.gradient(loss, [layers[0].kernel, layers[-1].kernel])
    first = tf.norm(tf.cast(first, tf.float64))
    last = tf.norm(tf.cast(last, tf.float64))
    return float(first / last)


# %%
# Three networks of thirty layers:

depth = {
    "sigmoid, Glorot": first_to_last("sigmoid", "glorot_uniform"),
    "ReLU, He": first_to_last("relu", "he_normal"),
    "sigmoid, Glorot, shortcuts": first_to_last("sigmoid", "glorot_uniform", True),
}
for name, value in depth.items():
    print(f"{name:27} first / last: {value:.0e}")

# %%
# The sigmoid loses nearly 19 digits on the way, ReLU with He hardly any, and a shortcut
# saves even the sigmoid. (The *residual* networks of He and others, 2016, have
# shortcuts for another reason: their plain networks of ReLUs had healthy gradients, and
# were harder to train nevertheless.) Does it make time harder than depth that the
# *same* matrix is used at every step? On average it does not, but the starts differ
# more: over ten of them, with ReLU, the logarithm (base 10) of first over last is -0.3
# with a spread of 0.14, and with one matrix for all thirty layers 0.1 with 0.42.

# %% Weights go to NaN
# Now the other side. The task is harmless: forty numbers between 0 and 1, and the
# network says their sum, scaled to a variance of 1. (So a network that always says the
# mean has an error of 1.) The layer is ReLU with large weights, trained by plain
# gradient descent. We write the loop ourselves, to see the length of each gradient.


def make_sums(count, seed):
    """Return sequences (count, 40, 1) and their scaled sums (count, 1)."""
    rng = np.random.default_rng(seed)
    x = rng.uniform(0, 1, size=(count, 40, 1)).astype("float32")
    y = (x.sum(axis=1) - 20) / np.sqrt(40 / 12)
    return x, y.astype("float32")


# %%
# 3,000 sequences to learn from, in batches of 50:

x_sums, y_sums = make_sums(3000, seed=1)
x_sums_test, y_sums_test = make_sums(1000, seed=2)
batches = tf.data.Dataset.from_tensor_slices((x_sums, y_sums)).batch(50).repeat()


# %%
# One step of training, and a loop that stops when the loss is no longer a number:


def make_step(model, optimizer):
    """Return a function that makes one step on a batch (x, y).

    It returns the loss and the length of the gradient, both before the step.
    """

    @tf.function
    def step(x, y):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean((model(x) - y) ** 2)
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables))
        return loss, tf.linalg.global_norm(gradients)

    return step


def train(step):
    """Train 360 steps or until NaN; return losses and gradient lengths."""
    losses = []
    gradient_lengths = []
    for x, y in batches.take(360):
        loss, length = step(x, y)
        losses.append(float(loss))
        gradient_lengths.append(float(length))
        if np.isnan(losses[-1]):
            break
    return losses, gradient_lengths


# %%
# The layers to compare. The *limit on weights* (``MaxNorm``) shortens each column of
# the recurrent matrix to 1 after every step.


def sum_model(name):
    """Return a network with the recurrent layer of this name, and one answer."""
    if name == "large":
        layer = simple_layer("relu", "large")
    elif name == "large, limited":
        layer = simple_layer("relu", "large")
        layer.cell.recurrent_constraint = tf.keras.constraints.MaxNorm(1.0, axis=0)
    elif name == "orthogonal":
        layer = simple_layer("relu", "orthogonal")
    else:
        layer = tf.keras.layers.LSTM(UNITS)
    return tf.keras.Sequential(
        [tf.keras.Input(shape=(40, 1)), layer, tf.keras.layers.Dense(1)]
    )


# %%
# Three seeds, one run that starts with orthogonal weights, and an LSTM. The first
# gradients of each, and where it ends:

histories = {}
for name, seeds in {"large": (1, 2, 3), "orthogonal": (1,), "LSTM": (1,)}.items():
    model = sum_model(name)
    optimizer = tf.keras.optimizers.SGD(0.02)
    step = make_step(model, optimizer)
    for seed in seeds:
        tf.keras.utils.set_random_seed(seed)
        start_again(model, sum_model(name), optimizer)
        losses, gradient_lengths = train(step)
        histories[f"{name}, seed {seed}"] = (losses, gradient_lengths)
        print(f"{name:10} {seed} step {len(losses):3}: loss {losses[-1]:.2g}, ", end="")
        print("first gradients", [f"{value:.0e}" for value in gradient_lengths[:3]])

# %%
# Draw the lengths. A cross marks the step at which the loss is NaN.

figure, axis = plt.subplots(figsize=(8, 4.5), layout="constrained")
for name, (losses, gradient_lengths) in histories.items():
    steps = np.arange(1, len(losses) + 1)
    shown = np.nan_to_num(gradient_lengths, nan=1e16, posinf=1e16)
    axis.plot(steps, shown.clip(max=1e16), ".-", label=name)
    if np.isnan(losses[-1]):
        axis.plot(steps[-1], 1e16, "x", color="black", markersize=10)
axis.set(title="Length of the gradient", xlabel="step", ylabel="length")
axis.set(xscale="log", yscale="log")
axis.legend()
plt.show()

# %%
# With large weights the *first* gradient often gives it away: in two of three seeds its
# length is in the millions or more, where a healthy one is about 1. One step along it
# throws the weights far away, the numbers overflow on the way, and the loss is NaN
# (*not a number*), for good. Seed 3 looks better and lasts a few steps longer. With
# orthogonal weights and with the LSTM nothing explodes: their gradients grow several
# times as long while they learn, and they learn on.
#
# How to recognise it early: look at the length of the first gradient, and look for a
# loss that jumps. With ``fit``, the callback ``tf.keras.callbacks.TerminateOnNaN()``
# stops at the first NaN, and ``tf.debugging.enable_check_numerics()`` names the
# operation that made it.

# %% Every cure by itself
# *Clipping* shortens a gradient that is longer than some length, and leaves its
# direction: ``global_clipnorm`` (Pascanu and others, 2013). Then the limit on weights,
# a tenth of the learning rate, and Adam; and at last several together, on orthogonal
# weights and on an LSTM as well. Which would you try first?

columns = ["layer", "optimizer", "rate", "clip"]
attempts = pd.DataFrame(
    {
        "clipping": ["large", "SGD", 0.02, 0.5],
        "limit on weights": ["large, limited", "SGD", 0.02, None],
        "a tenth of the rate": ["large", "SGD", 0.002, None],
        "Adam": ["large", "Adam", 0.003, None],
        "Adam and clipping": ["large", "Adam", 0.003, 1.0],
        "orthogonal, Adam, clipping": ["orthogonal", "Adam", 0.003, 1.0],
        "orthogonal, Adam": ["orthogonal", "Adam", 0.003, None],
        "LSTM, Adam, clipping": ["LSTM", "Adam", 0.003, 1.0],
        "LSTM, Adam": ["LSTM", "Adam", 0.003, None],
    },
    index=columns,
).T

# %%
# Three seeds for each. Beside the error: in what share of the steps was the gradient
# longer than the limit, and so clipped?

optimizers = {"SGD": tf.keras.optimizers.SGD, "Adam": tf.keras.optimizers.Adam}
rows = []
for attempt in tqdm(list(attempts.itertuples())):
    model = sum_model(attempt.layer)
    optimizer = optimizers[attempt.optimizer](
        attempt.rate, global_clipnorm=attempt.clip
    )
    step = make_step(model, optimizer)
    for seed in (1, 2, 3):
        tf.keras.utils.set_random_seed(seed)
        start_again(model, sum_model(attempt.layer), optimizer)
        _, gradient_lengths = train(step)
        clipped = np.nan
        if attempt.clip:
            clipped = np.mean(np.array(gradient_lengths) > attempt.clip)
        error = float(np.mean((model(x_sums_test) - y_sums_test) ** 2))
        rows.append([attempt.Index, f"seed {seed}", error, clipped])

# %%
# The table; a training that ended in NaN has no error.

errors = pd.DataFrame(rows, columns=["cure", "seed", "error", "clipped"])
table = errors.pivot_table(index="cure", columns="seed", values="error", dropna=False)
table = table.loc[attempts.index]
table["ended in NaN"] = table.isna().sum(axis=1)
table["clipped"] = errors.groupby("cure")["clipped"].mean()
print("squared error on new sums; saying the mean always: 1")
print(table.to_string(float_format="{:.2f}".format))
mean_error = errors.groupby("cure")["error"].mean()
nan_without_cure = sum(
    bool(np.isnan(histories[f"large, seed {seed}"][0][-1])) for seed in (1, 2, 3)
)
print("without any cure ended in NaN:", nan_without_cure, "of 3")

# %%
# Large weights first. No run that clips ends in NaN, and most of them learn something.
# Adam alone makes no NaN either, since it divides every gradient by its size, but one
# bad gradient can spoil it for long: look at its worst seed. A smaller rate is no match
# for a gradient of a million, and the limit on weights can come too late: it acts
# *after* the step, and the first step may have thrown everything away.
#
# Orthogonal weights and the LSTM do not explode here: there is no stretch in the first
# place. Look at the last four rows: the LSTM ends better *without* clipping, here and
# in five more runs (0.009 against 0.02 to 0.05). With orthogonal weights that is no
# rule: of six runs on two processors, means of three seeds each, four were better
# without the limit, one level and one worse (0.03 to 0.10 against 0.08 to 0.16). The
# column ``clipped`` shows that nearly every gradient of this task is longer than 1.
#
# Is such a limit a brake, then? A limit of 1 is, for the LSTM at a constant rate: it
# shortens nearly every gradient. A limit of 10, above most of them, costs it nothing
# (six seeds at a rate of 0.01, outside this lesson: 0.001 to 0.008, and 0.001 to 0.013
# without a limit). It also keeps orthogonal weights at 0.01 to 0.2 there, where two of
# six trainings without a limit end at 0.9. So look at the usual length first, and set
# the limit above it.
#
# Let Adam's rate begin at 0.01 and fall to 0 along a cosine (lesson 5.13) in the same
# 360 steps, and even the limit of 1 is no brake (six seeds, outside this lesson): with
# it orthogonal weights end at 0.005 to 0.02, without it three or four of the six at 0.8
# to 0.9 and the others at 0.01 to 0.07. The LSTM has 0.001 to 0.002 with it, 0.003 to
# 0.01 without.
#
# What to take home: for long sequences orthogonal recurrent weights (Keras has them by
# default), or an LSTM or GRU whose gates are open at the start (lesson 4.04), and Adam.
# Clip by ``global_clipnorm`` where gradients explode, and where the rate begins large
# and falls, as in lessons 4.12 and 4.14; elsewhere a limit below the usual length is a
# brake. (``clipnorm=1`` is another thing: it clips the gradient of each weight matrix
# by itself.)

# %% Try it yourself
# 1. How large may w be at most, so that 100 steps do not make a gradient of more than
#    1,000? (1000 to the power of 1/100: 1.07.)
# 2. Give the default LSTM in "Does it learn?" 20 epochs. (Three seeds, on two
#    processors, had 0.48 to 0.83: some learn by then, some still guess. Lesson 4.04
#    says what they need.)
# 3. Clip by value (``clipvalue=0.5``) instead of by length, with large weights and SGD.
#    What is different? (Each number is cut by itself, so the direction changes. No NaN
#    in three seeds; errors 0.81 to 0.92, against 0.49 to 0.95.)

results = {
    "product_by_hand": product_by_hand,
    "product_by_tape": product_by_tape,
    "left_sigmoid": float(ratio["sigmoid, orthogonal"]),
    "left_tanh_small": float(ratio["tanh, small"]),
    "left_tanh_orthogonal": float(ratio["tanh, orthogonal"]),
    "left_relu_small": float(ratio["relu, small"]),
    "left_relu_large": float(ratio["relu, large"]),
    "left_identity": float(ratio["identity"]),
    "left_shortcut": float(ratio["shortcut"]),
    "left_lstm": float(ratio["LSTM"]),
    "left_lstm_open": float(ratio["open LSTM"]),
    "left_gru": float(ratio["GRU"]),
    "accuracy_tanh_small": float(mean_accuracy["tanh, small"]),
    "accuracy_tanh_orthogonal": float(mean_accuracy["tanh, orthogonal"]),
    "accuracy_shortcut": float(mean_accuracy["shortcut"]),
    "accuracy_lstm": float(mean_accuracy["LSTM"]),
    "accuracy_lstm_open": float(mean_accuracy["open LSTM"]),
    "depth_sigmoid": depth["sigmoid, Glorot"],
    "depth_relu_he": depth["ReLU, He"],
    "nan_without_cure": nan_without_cure,
    "nan_with_clipping": int(table.loc["clipping", "ended in NaN"]),
    "error_clipping": float(mean_error["clipping"]),
    "error_adam_clipping": float(mean_error["Adam and clipping"]),
    "error_orthogonal_adam_clipping": float(mean_error["orthogonal, Adam, clipping"]),
    "error_orthogonal_adam": float(mean_error["orthogonal, Adam"]),
    "error_lstm_adam_clipping": float(mean_error["LSTM, Adam, clipping"]),
    "error_lstm_adam": float(mean_error["LSTM, Adam"]),
}
print(results)
