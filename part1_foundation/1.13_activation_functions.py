"""
1.13 Activation functions
=========================

Between two layers stands a bend. Which one, and what does it do to learning? You will

* know eight activation functions, their curves and their slopes,
* see the gradient vanish layer by layer, and what makes it survive,
* put "ReLU trains six times faster" to the test.

:Data: Fashion-MNIST, 10,000 of the 60,000 training pictures
  (``course_data.load_fashion_mnist``)
:Slides: part 1, "Activations: without them ten layers are one", "The slope is what
    survives", "ReLU trains six times faster", "So why now?"
:Takes: about 25 s on two CPU cores
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
    rows.append([name, slope[100], slope[600], slope[1100], slope.max()])
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
# One difference more: tanh is *zero-centred*, its values lie on both sides of 0. Those
# of sigmoid and relu do not.

# %% The gradient on its way back
# Five hidden layers of 64 neurons, and an output layer of ten with softmax. On the way
# back each layer multiplies the gradient by its weights and by its slopes. With the
# sigmoid, that is at most a quarter each time. How small will the gradient of the first
# layer be, compared with the last?
#
# For relu, two initializers run: Keras' default (Glorot's), and He's, which is made for
# relu: it is larger by the half that relu cuts away.


def build_model(activation, initializer="glorot_uniform"):
    """Return an untrained network with five hidden layers."""
    tf.keras.utils.set_random_seed(1)
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


# %%
# Four networks, layer by layer:

gradient_sizes = pd.DataFrame(
    {
        "sigmoid": gradient_by_layer(build_model("sigmoid")),
        "tanh": gradient_by_layer(build_model("tanh")),
        "relu": gradient_by_layer(build_model("relu")),
        "relu, He": gradient_by_layer(build_model("relu", "he_normal")),
    },
    index=range(1, 7),
)
axis = gradient_sizes.plot(style=["o-", "s--", "^-.", "v:"], logy=True, figsize=(7, 4))
axis.set(title="Before training", xlabel="layer (6 is the output)")
axis.set_ylabel("size of the gradient")
plt.show()
first_to_last = gradient_sizes.loc[1] / gradient_sizes.loc[6]
print("gradient of the first layer, divided by that of the last")
print(first_to_last.map("{:.1e}".format).to_string())

# %%
# With the sigmoid the first layer gets less than a thousandth of what the last one
# gets: it hardly learns. This is the *vanishing gradient*, and it kept deep networks
# from working for twenty years. With tanh and relu, and the spread of the initial
# weights that fits, the gradient arrives.

# %% The race
# How much does it matter? Three networks, 25 epochs, two learning rates. We count the
# epochs until the loss is at 0.35. "Several times faster with relu", say the slides (a
# famous paper of 2012 says six times). Write down your order, for each rate.


def train(activation, learning_rate):
    """Train for 25 epochs; return the model and its losses."""
    model = build_model(activation)
    model.compile(
        optimizer=tf.keras.optimizers.Adam(learning_rate),
        loss="sparse_categorical_crossentropy",
        steps_per_execution=20,
    )
    history = model.fit(x_train, y_train, batch_size=100, epochs=25, verbose=0)
    return model, np.array(history.history["loss"])


def epochs_until(losses, goal=0.35):
    """Return the first epoch whose loss is at the goal; 26 if there is none."""
    reached = np.flatnonzero(losses <= goal)
    if len(reached) == 0:
        return 26
    return int(reached[0]) + 1


# %%
# Six trainings, of some four seconds each.

models = {}
all_losses = {}
race = pd.DataFrame(index=["sigmoid", "tanh", "relu"])
for learning_rate in (0.001, 0.003):
    for activation in race.index:
        model, losses = train(activation, learning_rate)
        epochs = epochs_until(losses)
        race.loc[activation, f"rate {learning_rate}"] = epochs
        all_losses[activation, learning_rate] = losses
        models[activation, learning_rate] = model
        print(f"rate {learning_rate}, {activation:8} {epochs:2} epochs")

# %%
# The curves; the dotted line is the goal.

figure, axes = plt.subplots(1, 2, figsize=(10, 4), sharey=True, layout="constrained")
for axis, learning_rate in zip(axes, (0.001, 0.003)):
    for activation, style in zip(race.index, ("-", "--", "-.")):
        losses = all_losses[activation, learning_rate]
        axis.plot(range(1, 26), losses, style, label=activation)
    axis.axhline(0.35, color="grey", linestyle=":")
    axis.set(title=f"learning rate {learning_rate}", xlabel="epoch", ylim=(0.1, 1.6))
axes[0].set_ylabel("training loss")
axes[0].legend()
plt.show()
print(race.astype(int))

# %%
# The sigmoid is last at both rates, by far: at the smaller one it is not there after 25
# epochs. Between tanh and relu the order depends on the rate. At 0.001 tanh is ahead,
# at 0.003 they are about level; other random weights move each number by an epoch or
# two, the sigmoid's by more. So relu is two to three times as fast as the *sigmoid*
# here, and no faster than tanh. The "six times" of 2012 was relu against tanh, in one
# large convolutional network. A factor without its network and its rate says little.

# %% Zeros, and dead neurons
# Relu answers exactly 0 to all negative inputs, here to two thirds of all. Such
# *sparsity* is cheap to compute with. But a neuron that answers 0 to *every* picture
# gets no gradient any more, for the slope there is 0: it is *dead*. How many are there
# after the training?

relu_model = models["relu", 0.003]
hidden = x_test
zero_shares = []
dead_neurons = 0
for layer in relu_model.layers[:-1]:
    hidden = layer(hidden).numpy()
    zero_shares.append(np.mean(hidden == 0))
    dead_neurons += int(np.sum(np.all(hidden == 0, axis=0)))
zeros_relu = float(np.mean(zero_shares))
print("share of zeros, layer by layer:", np.round(zero_shares, 2))
print("dead neurons:", dead_neurons, "of", 5 * 64)

accuracies = {}
for activation in race.index:
    probabilities = models[activation, 0.003].predict(x_test, verbose=0)
    accuracies[activation] = float(np.mean(probabilities.argmax(axis=1) == y_test))
    print(f"{activation:8} right on {accuracies[activation]:.3f} of the test pictures")

# %%
# What to take? Relu with He's initializer for most hidden layers: simple, fast and hard
# to break. Tanh inside recurrent cells (part 4). Sigmoid for one yes-or-no answer and
# softmax for one of several classes, at the output, where they belong.

# %% Try it yourself
# 1. Train relu and sigmoid with a rate of 0.03. Who minds? (Both: after 25 epochs their
#    losses are still between 0.6 and 1.)
# 2. Give sigmoid and relu a single hidden layer. Is the sigmoid still slow? (Less so:
#    16 epochs against 11 at 0.001, and at 0.003 both need 8. Over one layer nothing can
#    vanish.)
# 3. Which activation has the output layer of lesson 2.03? Why? (None: miles per gallon
#    are neither a probability nor above 0 by force.)

results = {
    "collapse_error": collapse_error,
    "sigmoid_largest_slope": float(slopes.loc["sigmoid", "largest"]),
    "tanh_slope_at_5": float(slopes.loc["tanh", "at 5"]),
    "first_to_last_sigmoid": float(first_to_last["sigmoid"]),
    "first_to_last_tanh": float(first_to_last["tanh"]),
    "first_to_last_relu": float(first_to_last["relu"]),
    "first_to_last_relu_he": float(first_to_last["relu, He"]),
    "epochs_sigmoid_0_001": int(race.loc["sigmoid", "rate 0.001"]),
    "epochs_tanh_0_001": int(race.loc["tanh", "rate 0.001"]),
    "epochs_relu_0_001": int(race.loc["relu", "rate 0.001"]),
    "epochs_sigmoid_0_003": int(race.loc["sigmoid", "rate 0.003"]),
    "epochs_tanh_0_003": int(race.loc["tanh", "rate 0.003"]),
    "epochs_relu_0_003": int(race.loc["relu", "rate 0.003"]),
    "zeros_relu": zeros_relu,
    "accuracy_relu": accuracies["relu"],
}
print(results)
