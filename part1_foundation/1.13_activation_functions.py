"""
1.13 Activation functions
=========================

Between two layers stands a bend. Which one, and what does it do to learning? You will

* know eight activation functions, their curves and their slopes,
* see the gradient vanish on the way back, and the signal on the way forward,
* find out in a race what slows the sigmoid, and what cures it.

:Data: Fashion-MNIST, 10,000 of the 60,000 training pictures
  (``course_data.load_fashion_mnist``)
:Slides: part 1, "Activations: without them ten layers are one", "The slope decides what
  an activation lets through", "Signal and slope: what survives five layers", "ReLU
  trains six times faster", "Why now? Data, hardware, software, methods"
:Takes: about 50 s on two CPU cores
"""

# %% Why bend at all?
# Five layers without an activation function, 64 neurons each, read 784 pixels. Can they
# do more than one layer can? The cell multiplies their five matrices and compares.

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import tensorflow as tf
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from course_data import load_fashion_mnist

plt.style.use("petroff10")
tf.keras.utils.set_random_seed(1)

# %%
# The pictures as rows of 784 pixels, and the five layers:

(x_train, y_train), (x_test, y_test) = load_fashion_mnist()
x_train = x_train[:10000].reshape(-1, 784).astype("float32") / 255
y_train = y_train[:10000]
x_test = x_test.reshape(-1, 784).astype("float32") / 255

output = x_test
one_matrix = tf.eye(784)
for _ in range(5):
    layer = tf.keras.layers.Dense(64)
    output = layer(output)
    one_matrix = one_matrix @ layer.kernel
collapse_error = float(tf.reduce_max(tf.abs(output - x_test @ one_matrix)))
print("the product of the five matrices:", one_matrix.shape)
print(f"largest difference to the five layers: {collapse_error:.0e}")

# %%
# They cannot: a product of matrices is a matrix. A network without bends is one layer,
# however deep. (With biases likewise: one matrix and one bias. Forgetting
# ``activation=`` is no error.)

# %% Eight functions
# ==========  ===================================================
# name        value for an input z
# ==========  ===================================================
# sigmoid     1 / (1 + exp(-z)), from 0 to 1
# tanh        2 · sigmoid(2 z) - 1, from -1 to 1
# relu        z if z > 0, else 0
# leaky relu  z if z > 0, else 0.2 · z
# elu         z if z > 0, else exp(z) - 1
# gelu        z times the share of a normal distribution below z
# swish       z · sigmoid(z), also called silu
# softmax     exp(z) of one class, divided by the sum of all
# ==========  ===================================================
#
# Training goes back through the *slopes* of these functions. What is the largest slope
# of the sigmoid? And what is left of tanh's slope at an input of 5?


def softmax_of_three(z):
    """Return the softmax of z beside two scores of 0."""
    scores = tf.stack([z, tf.zeros_like(z), tf.zeros_like(z)], axis=1)
    return tf.nn.softmax(scores)[:, 0]


functions = {
    "sigmoid": tf.nn.sigmoid,
    "tanh": tf.nn.tanh,
    "relu": tf.nn.relu,
    "leaky relu": tf.nn.leaky_relu,
    "elu": tf.nn.elu,
    "gelu": tf.nn.gelu,
    "swish": tf.nn.silu,
    "softmax": softmax_of_three,
}

# %%
# A tape gives the slope of each function at 1,201 inputs.

z = tf.linspace(-6.0, 6.0, 1201)
values = {}
slopes = {}
for name, function in functions.items():
    with tf.GradientTape() as tape:
        tape.watch(z)
        values[name] = function(z)
    slopes[name] = tape.gradient(values[name], z).numpy()

# %%
# The eight functions, each with its slope:

figure, axes = plt.subplots(2, 4, figsize=(12, 6), layout="constrained")
for name, axis in zip(functions, axes.flat):
    axis.plot(z, values[name], label="value")
    axis.plot(z, slopes[name], "--", label="slope")
    axis.set(title=name, ylim=(-1.3, 2.3))
handles, names = axes[0, 0].get_legend_handles_labels()
figure.legend(handles, names, loc="outside upper center", ncols=2, frameon=False)
figure.supxlabel("input z")
figure.supylabel("value and slope")
plt.show()

# %%
# The slopes as numbers:

rows = []
for name, slope in slopes.items():
    row = [name]
    for place in (-5.0, 0.0, 5.0):
        row.append(slope[np.argmin(np.abs(z.numpy() - place))])
    rows.append([*row, slope.max()])
columns = ["function", "slope at -5", "at 0", "at 5", "largest"]
slope_table = pd.DataFrame(rows, columns=columns).set_index("function")
print(slope_table.map("{:.2g}".format))

# %%
# Sigmoid, tanh and softmax *saturate*: far from 0, on both sides, hardly any slope is
# left (elu does so on one side). The sigmoid never passes on more than a quarter.
# (Leaky relu here has TensorFlow's slope of 0.2 below 0.) Relu passes everything on
# above 0, and nothing below; gelu and swish are rounded relus.
#
# Relu's and gelu's values are often 0 or near it: a *sparse* answer. And tanh is
# *zero-centred*: its values lie on both sides of 0. Those of sigmoid and relu do not,
# and then all weights of a neuron of the next layer get gradients of one sign, for each
# picture.

# %% Five layers, both ways
# Five hidden layers of 64 neurons, and an output layer of ten with softmax. On the way
# forward each layer bends what it gets; on the way back each multiplies the gradient by
# its slopes and weights (backpropagation, lesson 1.11). With the sigmoid, a slope is at
# most a quarter. From the fifth layer to the first are four steps back: how much of the
# gradient will be left, and how much of the signal?
#
# Keras' default weights are those of Glorot (2010), made for tanh. He's (2015) are made
# for relu: between hidden layers their variance is twice as large, 2 / 64 instead of 2
# / 128, to make up for the half that relu cuts away.
#
# Two sigmoids are operated on. ``tf.stop_gradient`` lets a value pass and no gradient.
# In one the *signal* is kept, and the slopes stay the sigmoid's: its values are four
# times as large, and lie around 0. In the other the *gradient* is kept, and the values
# stay the sigmoid's: its slopes are four times as large.


def sigmoid_signal_kept(z):
    """Return 4 · (sigmoid(z) - 1/2), with the slopes of the sigmoid itself."""
    value = tf.sigmoid(z)
    return value + tf.stop_gradient(4 * (value - 0.5) - value)


def sigmoid_gradient_kept(z):
    """Return sigmoid(z), with slopes four times as large."""
    value = tf.sigmoid(z)
    return 4 * value + tf.stop_gradient(value - 4 * value)


networks = {
    "sigmoid": ("sigmoid", "glorot_uniform"),
    "sigmoid, gradient kept": (sigmoid_gradient_kept, "glorot_uniform"),
    "sigmoid, signal kept": (sigmoid_signal_kept, "glorot_uniform"),
    "tanh": ("tanh", "glorot_uniform"),
    "relu, He": ("relu", "he_normal"),
    "gelu": ("gelu", "glorot_uniform"),
}

# %%
# Six activations, and the network around them:


def build_model(name, seed):
    """Return an untrained network with five hidden layers."""
    activation, initializer = networks[name]
    tf.keras.utils.set_random_seed(seed)
    model = tf.keras.Sequential([tf.keras.Input(shape=(784,))])
    for _ in range(5):
        layer = tf.keras.layers.Dense(
            64, activation=activation, kernel_initializer=initializer
        )
        model.add(layer)
    model.add(tf.keras.layers.Dense(10, activation="softmax"))
    return model


# %%
# Forward: by how much do 1,000 pictures differ behind each layer? The *spread* is the
# standard deviation of a neuron's answers over the pictures, a mean over all neurons.
# Backward: how large is the gradient that arrives at the layer, that of its sums z?


def both_ways(model):
    """Return the spread behind each hidden layer, and the gradient that arrives."""
    loss_function = tf.keras.losses.SparseCategoricalCrossentropy()
    signal = tf.constant(x_train[:1000])
    spreads = []
    sums = []
    with tf.GradientTape() as tape:
        for layer in model.layers[:-1]:
            sums.append(signal @ layer.kernel + layer.bias)
            signal = layer.activation(sums[-1])
            spreads.append(float(tf.reduce_mean(tf.math.reduce_std(signal, axis=0))))
        loss = loss_function(y_train[:1000], model.layers[-1](signal))
    sizes = []
    for gradient in tape.gradient(loss, sums):
        sizes.append(float(tf.sqrt(tf.reduce_mean(gradient**2))))
    return spreads, sizes


# %%
# Six networks before any training, the mean of three seeds:

SEEDS = (1, 2, 3)
spreads = pd.DataFrame(index=range(1, 6))
gradients = pd.DataFrame(index=range(1, 6))
for name in networks:
    of_seeds = np.array([both_ways(build_model(name, seed)) for seed in SEEDS])
    spreads[name], gradients[name] = of_seeds.mean(axis=0)
print("forward: spread between the pictures, layer by layer")
print(spreads.T.round(4).to_string())
print("backward: gradient that arrives, as a share of the fifth layer's")
print((gradients / gradients.loc[5]).T.map("{:.4f}".format).to_string())

# %%
# The same, drawn. Which lines fall, and on which side?

figure, axes = plt.subplots(1, 2, figsize=(11, 5), layout="constrained")
styles = ["o-", "o:", "o--", "s--", "^-.", "v:"]
spreads.plot(style=styles, logy=True, ax=axes[0], legend=False)
axes[0].set(title="Forward", xlabel="hidden layer", xticks=spreads.index)
axes[0].set_ylabel("spread between pictures")
gradients.plot(style=styles, logy=True, ax=axes[1], legend=False)
axes[1].set(title="Backward", xlabel="hidden layer", xticks=gradients.index)
axes[1].set_ylabel("gradient that arrives")
figure.legend(list(networks), loc="outside lower center", ncols=3, frameon=False)
plt.show()

# %%
# With the sigmoid both shrink. Behind five layers all pictures look alike, to three
# digits, and the first layer gets a three-hundredth of the gradient that the fifth gets
# (four quarters, multiplied): the *vanishing gradient*. The two operations do what they
# should, so the sigmoid's own line is hidden below one of theirs in each picture. Tanh
# and relu, with the weights that were made for them, keep more than half of both. Gelu
# keeps a tenth; the races will tell whether that is enough.

# %% Is the signal gone?
# A logistic regression gets the answers of the fifth layer, of the networks that nobody
# has trained: once as they are, once standardised (lesson 1.11). What share of 2,000
# test pictures will it name, where they look alike to three digits?

reading = pd.DataFrame(columns=["as they are", "standardised"], dtype=float)
for name in ["sigmoid", "tanh"]:
    hidden_layers = tf.keras.Sequential(build_model(name, seed=1).layers[:-1])
    known = hidden_layers(x_train[:2000]).numpy()
    new = hidden_layers(x_test[:2000]).numpy()
    scaler = StandardScaler().fit(known)
    for column, a, b in [
        ("as they are", known, new),
        ("standardised", scaler.transform(known), scaler.transform(new)),
    ]:
        logistic = LogisticRegression(solver="newton-cholesky").fit(a, y_train[:2000])
        reading.loc[name, column] = logistic.score(b, y_test[:2000])
print(reading.round(2).to_string())

# %%
# As many as behind tanh: what a linear model reads there is still there, only *small*.
# Each neuron answers about one half, and from picture to picture only the fourth digit
# changes. A layer that reads this needs weights hundreds or thousands of times as large
# as those it begins with, and scikit-learn's default, C = 1, is a penalty on large
# weights. With three seeds, outside this lesson, the answers as they are give 0.63 to
# 0.66 with ``C=1e4``, and 0.76 to 0.77 with ``C=1e8``. A typical weight is then 130, or
# 4,000. A fresh layer of this size begins with 0.16.

# %% The race with plain SGD
# Which of the two matters? Four of the networks, three seeds each, four epochs of plain
# gradient descent with a rate of 0.1. We note the loss, and by how much the first
# layer's weights change in the first epoch, as a share of themselves. (A guess has a
# loss of 2.30.) The pictures come from a *pipeline* of ``tf.data``, which hands them
# out in batches; ``steps_per_execution=100`` makes 100 steps in one go, which saves
# time and changes nothing else.


def pictures_in_batches(seed):
    """Return a pipeline: batches of 100, in another order in each epoch."""
    pictures = tf.data.Dataset.from_tensor_slices((x_train, y_train))
    return pictures.shuffle(10000, seed=seed).batch(100)


def start_again(model, name, seed):
    """Put a model back to the weights of a seed, and its optimizer to an empty memory.

    Compiling a network anew for each seed would cost more than its training.
    """
    model.set_weights(build_model(name, seed).get_weights())
    for variable in model.optimizer.variables:
        if "learning_rate" not in variable.path:
            variable.assign(tf.zeros_like(variable))


def change_of_first_layer(model, before):
    """Return by how much the first kernel has changed, as a share of ``before``."""
    change = model.layers[0].kernel.numpy() - before
    return float(np.linalg.norm(change) / np.linalg.norm(before))


# %%
# Twelve trainings (the pipeline has shuffled already, so ``fit`` need not):

loss = "sparse_categorical_crossentropy"
rows = []
for name in list(networks)[:4]:
    model = build_model(name, seed=1)
    model.compile(tf.keras.optimizers.SGD(0.1), loss, steps_per_execution=100)
    for seed in SEEDS:
        start_again(model, name, seed)
        batches = pictures_in_batches(seed)
        before = model.layers[0].kernel.numpy()
        model.fit(batches, shuffle=False, verbose=0)
        moved = change_of_first_layer(model, before)
        history = model.fit(batches, epochs=3, shuffle=False, verbose=0)
        rows.append([name, moved, history.history["loss"][-1]])
sgd_race = pd.DataFrame(rows, columns=["network", "first layer moves", "loss"])
sgd_ranges = sgd_race.groupby("network", sort=False).agg(["min", "max"])
print(sgd_ranges.round(3).to_string())

# %%
# In four epochs the sigmoid has learned nothing: its loss is that of a guess. *Either*
# operation starts the learning. Of the three sigmoids the one with the signal kept,
# enlarged and centred, learns most, though its first layer hardly moves. (Enlarged
# alone it learns about as much as with the gradient kept: exercise 4.) Tanh, which
# loses neither, is ahead of all three.
#
# That is so at this rate. At five rates from 0.03 to 3, run outside the lesson with
# three seeds, the signal kept learns with all but the largest (at 1 best of all, 0.63),
# the gradient kept with 0.03 and 0.1 only; and centring alone, sigmoid(z) - 1/2, starts
# the learning at 1 and 3 (1.2), where the gradient kept does nothing.

# %% The race with Adam
# Adam divides the size of the gradient away (lesson 1.14). So is the sigmoid cured? The
# six networks at a rate of 0.003; we count the epochs until the loss is at 0.4, twenty
# at most. (Of five rates from 0.001 to 0.01 it is, with 0.005, the sigmoid's best, and
# within an epoch of the best of the others.) "ReLU trains six times faster" is a
# slide's title. Write down your order, and which operation will help.

LIMIT = 20


def epochs_to_goal(model, batches, goal=0.4):
    """Train until the loss is at the goal; return losses and the first layer's move."""
    before = model.layers[0].kernel.numpy()
    losses = []
    for _ in range(LIMIT):
        losses += model.fit(batches, shuffle=False, verbose=0).history["loss"]
        if len(losses) == 1:
            moved = change_of_first_layer(model, before)
        if losses[-1] <= goal:
            break
    else:
        print(f"not at {goal} after {LIMIT} epochs")
    return losses, moved


# %%
# Eighteen trainings:

models = {}
all_losses = {}
trained = {}
race = pd.DataFrame(index=list(networks), columns=["fewest", "most", "layer 1 moves"])
for name in networks:
    models[name] = build_model(name, seed=1)
    models[name].compile(tf.keras.optimizers.Adam(0.003), loss, steps_per_execution=100)
    moves = []
    for seed in SEEDS:
        start_again(models[name], name, seed)
        batches = pictures_in_batches(seed)
        all_losses[name, seed], moved = epochs_to_goal(models[name], batches)
        moves.append(moved)
        trained[name, seed] = models[name].get_weights()
    lengths = [len(all_losses[name, seed]) for seed in SEEDS]
    race.loc[name] = [min(lengths), max(lengths), np.mean(moves)]
    print(f"{name:23} {min(lengths)} to {max(lengths)} epochs")
print(race.astype({"layer 1 moves": float}).round(2).to_string())

# %%
# All eighteen curves, three of each colour:

figure, axis = plt.subplots(figsize=(9, 5), layout="constrained")
for name, style in zip(networks, styles):
    for seed in SEEDS:
        losses = all_losses[name, seed]
        colour = f"C{list(networks).index(name)}"
        label = name if seed == 1 else None
        axis.plot(range(1, len(losses) + 1), losses, style, color=colour, label=label)
axis.axhline(0.4, color="grey", linestyle=":")
axis.set(title="Adam: each curve ends at the goal", xlabel="epoch", ylim=(0.3, 1.6))
axis.set_ylabel("training loss")
axis.legend()
plt.show()

# %%
# With Adam the sigmoid's first layer moves by more than its own size, two to three
# times as far as those of tanh, relu and gelu. Still the two slowest, by far and with
# every seed, are the sigmoid and the one with the gradient kept, which is no cure. The
# signal kept is one: with gradients as vanished as the sigmoid's, it is as fast as
# relu. So in these four epochs of SGD the sigmoid suffers from both losses, with Adam
# from one: what it gets to read is small.
#
# And "six times faster with relu"? That was A. Krizhevsky and others, 2012: relu
# against tanh, one network of four convolutional layers on small colour pictures, each
# with a rate chosen for it; and they say that the size of the effect varies with the
# network. In this one relu is no faster than tanh. (It does bear larger rates, and so
# does gelu: at 0.01 tanh does not reach the goal at all, relu in eight or nine epochs,
# gelu in seven or eight. At 0.02 neither is safe.)

# %% Does zero-centring matter?
# Tanh + 1 has the slopes of tanh, and its values lie from 0 to 2. Will it be slower?
#
# The 1 does a second thing: it adds the sum of its weights to each neuron of the next
# layer, and far from 0 tanh is flat. So there is a third network. It has values from 0
# to 2 as well, and biases that take this shift away at the start.


def tanh_plus_1(z):
    return tf.tanh(z) + 1


def take_shift_away(model):
    """Give each layer the biases that cancel a 1 in all of its inputs."""
    for layer in model.layers[1:]:
        layer.bias.assign(-tf.reduce_sum(layer.kernel, axis=0))


# %%
# Both against tanh, from the same first weights:

networks["tanh + 1"] = (tanh_plus_1, "glorot_uniform")
model = build_model("tanh + 1", seed=1)
model.compile(tf.keras.optimizers.Adam(0.003), loss, steps_per_execution=100)
off_centre = []
no_shift = []
for seed in SEEDS:
    start_again(model, "tanh + 1", seed)
    losses, _ = epochs_to_goal(model, pictures_in_batches(seed))
    off_centre.append(len(losses))
    start_again(model, "tanh + 1", seed)
    take_shift_away(model)
    losses, _ = epochs_to_goal(model, pictures_in_batches(seed))
    no_shift.append(len(losses))
print("epochs of tanh:                   ", [len(all_losses["tanh", s]) for s in SEEDS])
print("epochs of tanh + 1:               ", off_centre)
print("epochs of tanh + 1, without shift:", no_shift)

# %%
# Slower, by up to three epochs. With ten seeds, outside this lesson, the means are 4.6,
# 6.2 and 5.2 epochs: more than half of it is the shift, which pushes the sums to where
# tanh is flat. At a rate of 0.001 the shift does no harm, 4.3, 5.4 and 5.4. What is
# left for the centring itself is about an epoch, or less.

# %% Zeros, and dead neurons
# Relu answers exactly 0 to all negative inputs. Such *sparsity* could save work, on
# hardware that skips zeros; TensorFlow multiplies them like any other number. But a
# neuron that answers 0 to *every* training picture gets no gradient of its own, for the
# slope there is 0: it is *dead*. How many of 320 are there, before the training and
# after it?


def zeros_of(model):
    """Return the share of zeros, and the number of neurons that are always 0."""
    signal = x_train
    shares = []
    dead = 0
    for layer in model.layers[:-1]:
        signal = layer(signal).numpy()
        shares.append(np.mean(signal == 0))
        dead += int(np.sum(np.all(signal == 0, axis=0)))
    return float(np.mean(shares)), dead


# %%
# Three seeds, with the weights of before and after the race:

rows = []
for seed in SEEDS:
    model = build_model("relu, He", seed)
    before = zeros_of(model)
    model.set_weights(trained["relu, He", seed])
    rows.append([*before, *zeros_of(model)])
columns = ["zeros before", "dead before", "zeros after", "dead after"]
relu_zeros = pd.DataFrame(rows, columns=columns, index=SEEDS).rename_axis("seed")
print(relu_zeros.round(2).to_string())

# %%
# Half of the answers are zeros before, 60 in a hundred after; and one neuron in ten is
# dead. They die in the first epoch at this rate: after it 33, 40 and 41 are dead (run
# outside this lesson), and no more later. (A few come back, when the layers before them
# change.) The networks have reached their goal with those that are left. Leaky relu,
# elu, gelu and swish keep some slope below 0.
#
# What to take? Relu with He's weights is a good first choice for hidden layers: here no
# faster than tanh, but it bears larger rates. Gelu and swish, the rounded relus, are
# what transformers and many newer convolutional networks use. Tanh stands inside
# recurrent cells (part 4). Sigmoid for one yes-or-no answer and softmax for one of
# several classes, at the output, where they belong.

# %% Try it yourself
# 1. Put ``"relu": ("relu", "glorot_uniform")`` in the place of gelu into ``networks``.
#    What do He's weights gain over Glorot's at this rate? (No epoch here: 5 to 6 as
#    well. But the tables show that less of both is left after five layers.)
# 2. Multiply the sigmoid's weights instead of operating on it: after
#    ``model.add(layer)`` write ``if name == "sigmoid":`` and, below it,
#    ``layer.kernel.assign(4 * layer.kernel)``. Run as far as the second race. (5
#    epochs, as fast as relu: from the first layer to the fifth an eighth of the signal
#    is left, instead of a three-hundredth, and a sixth of the gradient arrives.)
# 3. Which activation has the output layer of lesson 2.03? Why? (None: miles per gallon
#    are neither a probability nor necessarily positive.)
# 4. ``sigmoid_signal_kept`` enlarges *and* centres. Let it enlarge alone: write
#    ``4 * value - value`` for ``4 * (value - 0.5) - value``. (SGD: 1.6 to 2.0, about as
#    much as with the gradient kept. Adam: 6 to 8 epochs. So with Adam most of the cure
#    is the size.)

results = {
    "collapse_error": collapse_error,
    "sigmoid_largest_slope": float(slope_table.loc["sigmoid", "largest"]),
    "tanh_slope_at_5": float(slope_table.loc["tanh", "at 5"]),
    "zeros_relu": float(relu_zeros["zeros after"].mean()),
    "dead_neurons": float(relu_zeros["dead after"].mean()),
    "epochs_tanh_plus_1": float(np.mean(off_centre)),
    "epochs_without_shift": float(np.mean(no_shift)),
    "reads_sigmoid_as_it_is": float(reading.loc["sigmoid", "as they are"]),
    "reads_sigmoid_standardised": float(reading.loc["sigmoid", "standardised"]),
    "reads_tanh_standardised": float(reading.loc["tanh", "standardised"]),
    "adam_moves_sigmoid": float(race.loc["sigmoid", "layer 1 moves"]),
}
short_names = ["sigmoid", "gradient_kept", "signal_kept", "tanh", "relu_he", "gelu"]
for short, name in zip(short_names, race.index):
    results[f"first_to_last_{short}"] = float(
        gradients.loc[1, name] / gradients.loc[5, name]
    )
    results[f"last_spread_{short}"] = float(spreads.loc[5, name])
    lengths = [len(all_losses[name, seed]) for seed in SEEDS]
    results[f"epochs_{short}"] = float(np.mean(lengths))
for short, name in zip(short_names, sgd_ranges.index):
    results[f"sgd_loss_{short}"] = float(sgd_ranges.loc[name, ("loss", "max")])
    results[f"sgd_moves_{short}"] = float(
        sgd_ranges.loc[name, ("first layer moves", "max")]
    )
print(results)
