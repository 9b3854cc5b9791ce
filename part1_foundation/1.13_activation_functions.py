"""
1.13 Activation functions
=========================

Between two layers stands a bend. Which one, and what does it do to learning? You will

* know eight activation functions, their curves and their slopes,
* see the gradient vanish on the way back, and the signal on the way forward,
* find out in a race what slows the sigmoid, and what cures it.

:Data: Fashion-MNIST, 10,000 of the 60,000 training pictures
  (``course_data.load_fashion_mnist``)
:Slides: part 1, "Activations: without them ten layers are one", "The slope is what
    survives", "ReLU trains six times faster", "So why now?"
:Takes: about 58 s on two CPU cores
"""

# %% Why bend at all?
# Five layers without an activation function, 64 neurons each, read 784 pixels. Can they
# do more than one layer can? The cell multiplies their five matrices and compares.

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import tensorflow as tf

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
# however deep. (Forgetting ``activation=`` is no error.)

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
rows = []
figure, axes = plt.subplots(2, 4, figsize=(12, 6), layout="constrained")
for (name, function), axis in zip(functions.items(), axes.flat):
    with tf.GradientTape() as tape:
        tape.watch(z)
        value = function(z)
    slope = tape.gradient(value, z).numpy()
    at = {}
    for place in (-5.0, 0.0, 5.0):
        at[place] = slope[np.argmin(np.abs(z.numpy() - place))]
    rows.append([name, at[-5.0], at[0.0], at[5.0], slope.max()])
    axis.plot(z, value, label="value")
    axis.plot(z, slope, "--", label="slope")
    axis.set(title=name, ylim=(-1.3, 2.3))
axes[0, 0].legend()
figure.supxlabel("input z")
figure.supylabel("value and slope")
plt.show()

# %%
# The slopes as numbers:

columns = ["function", "slope at -5", "at 0", "at 5", "largest"]
slopes = pd.DataFrame(rows, columns=columns).set_index("function")
print(slopes.map("{:.2g}".format))

# %%
# Sigmoid, tanh and softmax *saturate*: far from 0 hardly any slope is left. The sigmoid
# never passes on more than a quarter. (Leaky relu here has TensorFlow's slope of 0.2
# below 0.) Relu passes everything on above 0, and nothing below; gelu and swish are
# rounded relus.
#
# Relu's and gelu's values are often 0 or near it: a *sparse* answer. And tanh is
# *zero-centred*: its values lie on both sides of 0. Those of sigmoid and relu do not,
# and then all weights of a neuron of the next layer get gradients of one sign, for each
# picture.

# %% The gradient on its way back
# Five hidden layers of 64 neurons, and an output layer of ten with softmax. On the way
# back each layer multiplies the gradient by its weights and by its slopes
# (backpropagation, lesson 1.11). With the sigmoid, a slope is at most a quarter each
# time. How small will the gradient of the first layer be, compared with the last?
#
# Keras' default weights are those of Glorot (2010), made for tanh. He's (2015) are made
# for relu: their variance is twice as large, 2 / 64 instead of 2 / 128, to make up for
# the half that relu cuts away. And one more runs: a sigmoid whose weights are four
# times as large as Glorot's, to make up for the slope of a quarter.


def glorot_times(factor):
    """Return Glorot's initializer, its weights multiplied by a factor."""
    return tf.keras.initializers.VarianceScaling(factor**2, "fan_avg", "uniform")


networks = {
    "sigmoid": ("sigmoid", glorot_times(1)),
    "sigmoid, weights × 4": ("sigmoid", glorot_times(4)),
    "tanh": ("tanh", glorot_times(1)),
    "relu, He": ("relu", "he_normal"),
    "gelu": ("gelu", glorot_times(1)),
}


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
# The gradient of every layer's weights, before any training:


def gradient_by_layer(model):
    """Return the typical size of the gradient of each layer's weights."""
    loss_function = tf.keras.losses.SparseCategoricalCrossentropy()
    kernels = [layer.kernel for layer in model.layers]
    with tf.GradientTape() as tape:
        loss = loss_function(y_train[:1000], model(x_train[:1000]))
    sizes = []
    for gradient in tape.gradient(loss, kernels):
        sizes.append(float(tf.sqrt(tf.reduce_mean(gradient**2))))
    return sizes


gradient_sizes = pd.DataFrame(index=range(1, 7))
for name in networks:
    gradient_sizes[name] = gradient_by_layer(build_model(name, seed=1))
print("size of the gradient, layer by layer")
print(gradient_sizes.map("{:.1e}".format).to_string())
first_to_last = gradient_sizes.loc[1] / gradient_sizes.loc[6]

# %%
# With the sigmoid the first layer gets less than a thousandth of what the last one
# gets. This is the *vanishing gradient*. With tanh, relu and gelu two fifths arrive;
# larger weights alone save half a percent for the sigmoid.

# %% The signal on its way forward
# A layer can learn only what still stands in its inputs. How much do 1,000 pictures
# differ behind each layer? The *spread* is the standard deviation of a neuron's answers
# over the pictures, a mean over all neurons of the layer.


def spread_by_layer(model):
    """Return how much the answers of each hidden layer differ between pictures."""
    signal = x_train[:1000]
    spreads = []
    for layer in model.layers[:-1]:
        signal = layer(signal).numpy()
        spreads.append(float(signal.std(axis=0).mean()))
    return spreads


spreads = pd.DataFrame(index=range(1, 6))
for name in networks:
    spreads[name] = spread_by_layer(build_model(name, seed=1))
print("spread over 1,000 pictures, layer by layer")
print(spreads.map("{:.4f}".format).to_string())

figure, axes = plt.subplots(1, 2, figsize=(11, 4.5), layout="constrained")
styles = ["o-", "o:", "s--", "^-.", "v:"]
spreads.plot(style=styles, logy=True, ax=axes[0], legend=False)
axes[0].set(title="Forward", xlabel="hidden layer", xticks=spreads.index)
axes[0].set_ylabel("spread between pictures")
gradient_sizes.plot(style=styles, logy=True, ax=axes[1], legend=False)
axes[1].set(title="Backward", xlabel="layer (6 is the output)")
axes[1].set_ylabel("size of the gradient")
figure.legend(list(networks), loc="outside lower center", ncols=3)
plt.show()

# %%
# It vanishes on the way forward as well: behind five sigmoids all pictures look alike,
# to three digits. With weights four times as large seventy times as much is left; tanh
# and relu, with the weights that were made for them, keep most of it.

# %% The race with plain SGD
# Which of the two will matter? Four of the networks, three seeds each, four epochs of
# plain gradient descent with a rate of 0.1. We note the loss, and by how much the first
# layer's weights change in the first epoch, as a share of themselves. (A guess has a
# loss of 2.30.)


def pictures_in_batches(seed):
    """Return a pipeline: batches of 100, in another order in each epoch."""
    pictures = tf.data.Dataset.from_tensor_slices((x_train, y_train))
    return pictures.shuffle(10000, seed=seed).batch(100)


def start_again(model, name, seed):
    """Put a model back to the weights of a seed, and its optimizer to an empty memory.

    Building a network anew for each seed would cost more than its training.
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
# Twelve trainings:

SEEDS = (1, 2, 3)
loss = "sparse_categorical_crossentropy"
rows = []
for name in ("sigmoid", "sigmoid, weights × 4", "tanh", "relu, He"):
    model = build_model(name, seed=1)
    model.compile(tf.keras.optimizers.SGD(0.1), loss, steps_per_execution=100)
    for seed in SEEDS:
        start_again(model, name, seed)
        batches = pictures_in_batches(seed)
        before = model.layers[0].kernel.numpy()
        model.fit(batches, shuffle=False, verbose=0)  # they are shuffled already
        moved = change_of_first_layer(model, before)
        history = model.fit(batches, epochs=3, shuffle=False, verbose=0)
        rows.append([name, moved, history.history["loss"][-1]])
sgd_race = pd.DataFrame(rows, columns=["network", "first layer moves", "loss"])
sgd_ranges = sgd_race.groupby("network", sort=False).agg(["min", "max"])
print(sgd_ranges.round(3).to_string())

# %%
# The sigmoid has learned nothing: its loss is that of a guess, and its first layer has
# hardly moved. Here the vanished gradient is plain to see; it kept deep networks from
# working for many years. With weights four times as large the sigmoid begins to learn,
# though its gradients are still the smallest of all.

# %% The race with Adam
# Adam divides the size of the gradient away (lesson 1.14). So is the sigmoid cured? The
# same networks with two rates; we count the epochs until the loss is at 0.4, fifteen at
# most. "Several times faster with relu", say the slides. Write down your order, and
# whether the sigmoid's first layer will move.

LIMIT = 15


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
    return losses, moved


def as_text(losses_of_seeds, goal=0.4):
    """Return fewest and most epochs of some trainings, "4 to 5", or "> 15"."""
    lengths = [len(losses) for losses in losses_of_seeds]
    if max(losses[-1] for losses in losses_of_seeds) > goal:
        return f"{min(lengths)} to > {LIMIT}"
    return f"{min(lengths)} to {max(lengths)}"


# %%
# Thirty trainings:

models = {}
all_losses = {}
all_moves = {}
race = pd.DataFrame(index=list(networks))
for name in networks:
    models[name] = build_model(name, seed=1)
    models[name].compile(tf.keras.optimizers.Adam(), loss, steps_per_execution=100)
    for rate in (0.001, 0.003):
        for seed in SEEDS:
            start_again(models[name], name, seed)
            models[name].optimizer.learning_rate = rate
            batches = pictures_in_batches(seed)
            losses, moved = epochs_to_goal(models[name], batches)
            all_losses[name, rate, seed] = losses
            all_moves[name, rate, seed] = moved
        of_seeds = [all_losses[name, rate, seed] for seed in SEEDS]
        moves = [all_moves[name, rate, seed] for seed in SEEDS]
        race.loc[name, f"epochs, {rate}"] = as_text(of_seeds)
        race.loc[name, f"first layer moves, {rate}"] = f"{np.mean(moves):.2f}"
        print(f"{name:20} rate {rate}: {as_text(of_seeds)} epochs")
print(race.to_string())

# %%
# The curves of the first seed; each ends at the goal.

figure, axes = plt.subplots(1, 2, figsize=(11, 4.5), sharey=True, layout="constrained")
for axis, rate in zip(axes, (0.001, 0.003)):
    for name, style in zip(networks, styles):
        losses = all_losses[name, rate, 1]
        axis.plot(range(1, len(losses) + 1), losses, style, label=name)
    axis.axhline(0.4, color="grey", linestyle=":")
    axis.set(title=f"Adam, rate {rate}", xlabel="epoch", ylim=(0.3, 1.6))
axes[0].set_ylabel("training loss")
figure.legend(*axes[0].get_legend_handles_labels(), loc="outside upper center", ncols=5)
plt.show()

# %%
# With Adam the sigmoid's first layer moves most of all, and still the sigmoid is last,
# by far, at both rates and with every seed. So it is not the size of the gradient that
# holds it up here. Give it weights four times as large, so that the pictures still
# differ behind five layers, and the same sigmoid is half as slow at the smaller rate,
# and as fast as relu at the larger: what it lacked was the signal.
#
# And "six times faster with relu"? That was A. Krizhevsky and others, 2012: relu
# against tanh, one network of four convolutional layers on small colour pictures, each
# with a rate chosen for it; and they say that the size of the effect varies with the
# network. In this one relu needs an epoch more than tanh, not less.

# %% Does zero-centring matter?
# Take it away and nothing else: tanh + 1 has the slopes of tanh, and its values lie
# from 0 to 2. Will it be slower?


def tanh_plus_1(z):
    return tf.tanh(z) + 1


networks["tanh + 1"] = (tanh_plus_1, glorot_times(1))
model = build_model("tanh + 1", seed=1)
model.compile(tf.keras.optimizers.Adam(0.003), loss, steps_per_execution=100)
off_centre = []
for seed in SEEDS:
    start_again(model, "tanh + 1", seed)
    losses, _ = epochs_to_goal(model, pictures_in_batches(seed))
    off_centre.append(losses)
print("tanh at a rate of 0.003: ", race.loc["tanh", "epochs, 0.003"], "epochs")
print("tanh + 1 at the same rate:", as_text(off_centre), "epochs")

# %%
# It is slower, with every seed. The mean that each layer hands on pushes the next one
# out of the middle of its tanh: before training the mean slope of the later layers is
# 0.56 instead of 0.87 and more.

# %% Zeros, and dead neurons
# Relu answers exactly 0 to all negative inputs. Such *sparsity* could save work, on
# hardware that skips zeros; TensorFlow multiplies them like any other number. But a
# neuron that answers 0 to *every* training picture gets no gradient any more, for the
# slope there is 0: it is *dead*. How many of 320 are there after the training?


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


zeros_before, dead_before = zeros_of(build_model("relu, He", seed=3))
zeros_relu, dead_neurons = zeros_of(models["relu, He"])
print(
    f"before: {zeros_before:.2f} of the answers are 0, {dead_before} neurons are dead"
)
print(f"after:  {zeros_relu:.2f} of the answers are 0, {dead_neurons} neurons are dead")

# %%
# One in nine, up from two, after five or six epochs. This network has reached its goal
# with those that are left. (Leaky relu, elu, gelu and swish keep some slope below 0.)
#
# What to take? Relu with He's weights is a good first choice for hidden layers: as fast
# as any here, and cheap. Gelu and swish, the rounded relus, are what transformers and
# many newer convolutional networks use (lesson 4.14). Tanh stands inside recurrent
# cells (part 4). Sigmoid for one yes-or-no answer and softmax for one of several
# classes, at the output, where they belong.

# %% Try it yourself
# 1. Put ``"relu": ("relu", glorot_times(1))`` into ``networks``. What do He's weights
#    gain over Glorot's? (One epoch at 0.001,
#    5 to 6 instead of 6 to 7, and nothing at 0.003.)
# 2. Give the sigmoid ``glorot_times(8)``. Still better? (No: 9 to 10 epochs at 0.001,
#    and 6 at 0.003.)
# 3. Which activation has the output layer of lesson 2.03? Why? (None: miles per gallon
#    are neither a probability nor necessarily positive.)

results = {
    "collapse_error": collapse_error,
    "sigmoid_largest_slope": float(slopes.loc["sigmoid", "largest"]),
    "tanh_slope_at_5": float(slopes.loc["tanh", "at 5"]),
    "zeros_relu": zeros_relu,
    "dead_neurons": dead_neurons,
}
lengths = [len(losses) for losses in off_centre]
results["epochs_tanh_plus_1_0_003"] = float(np.mean(lengths))
short_names = ("sigmoid", "sigmoid_4", "tanh", "relu_he", "gelu")
for short, name in zip(short_names, networks):
    results[f"first_to_last_{short}"] = float(first_to_last[name])
    results[f"last_spread_{short}"] = float(spreads.loc[5, name])
    for rate in (0.001, 0.003):
        lengths = [len(all_losses[name, rate, seed]) for seed in SEEDS]
        at_rate = str(rate).replace(".", "_")
        results[f"epochs_{short}_{at_rate}"] = float(np.mean(lengths))
for short, name in zip(short_names[:4], networks):
    results[f"sgd_loss_{short}"] = float(sgd_ranges.loc[name, ("loss", "max")])
    results[f"sgd_moves_{short}"] = float(
        sgd_ranges.loc[name, ("first layer moves", "max")]
    )
adam_moves = [all_moves["sigmoid", 0.001, seed] for seed in SEEDS]
results["adam_moves_sigmoid"] = float(np.mean(adam_moves))
print(results)
