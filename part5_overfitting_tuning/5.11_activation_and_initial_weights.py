"""
5.11 Activation and initial weights
===================================

A network that starts badly may never start. You will

* follow the spread of a signal through ten layers, before any training,
* see why weights must not all start at zero, or at the same number,
* compare initial weights in ten layers and in twenty, and see what batch normalization
  changes about them.

:Data: dry beans, 3,000 to train on, 3,000 to choose by (``course_data.load_dry_bean``)
:Slides: part 5, "Initial weights matter more with depth", "Its five effects, measured"
:Takes: about 43 s on two CPU cores
"""

# %% The data
# The bean problem of lessons 5.07 to 5.14: 3,000 beans to train on and 3,000 others to
# choose by, scaled by the mean and spread of the training rows. No verdict is given
# here, so the beans that are left over stay unused.

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import tensorflow as tf
from sklearn.metrics import log_loss
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from tqdm import tqdm

from course_data import load_dry_bean

plt.style.use("petroff10")

# %%
# The split is the same in all these lessons.

beans = load_dry_bean().drop_duplicates()
x = beans.drop(columns="Class").to_numpy("float32")
classes, y = np.unique(beans["Class"], return_inverse=True)
x_train, x_rest, y_train, y_rest = train_test_split(
    x, y, train_size=3000, stratify=y, random_state=0
)
x_validation, _, y_validation, _ = train_test_split(
    x_rest, y_rest, train_size=3000, stratify=y_rest, random_state=0
)
scaler = StandardScaler().fit(x_train)
x_train = scaler.transform(x_train)
x_validation = scaler.transform(x_validation)
print(len(x_train), "to train on,", len(x_validation), "to choose by")

# %% The spread of a signal
# Each neuron adds up 64 products of an input and a weight. If the inputs have a spread
# (standard deviation) of 1 and the weights one of s, the sum has a spread of s · √64 =
# 8 s. With s = 0.05 that is 0.4. After ten layers? With s = 1/8?

for spread in (0.05, 1 / 8, 0.2):
    after = (spread * np.sqrt(64)) ** 10
    print(f"weights {spread:.3f}: after ten layers the spread is {after:.2e}")

# %%
# 0.0001, 1 or 110: with ten layers a small factor becomes a huge one. To keep the
# signal, each layer wants weights with a variance of 1 / inputs. The gradient runs the
# other way (lesson 1.13) and wants 1 / outputs. *Glorot* (2010) takes the middle: a
# spread of √(2 / (inputs + outputs)), here 1/8. *He* (2015) takes √(2 / inputs), here
# √2 times as much, because ReLU sets about half of the sums to 0. *Orthogonal* matrices
# keep the length of a vector exactly, if they have at least as many outputs as inputs.
#
# If you say nothing, Keras takes Glorot's weights, uniformly distributed, for every
# activation.

# %% A new initializer for each layer
# The weights come from an *initializer*, given by its name or as an object. One object
# for all layers saves typing. Call one twice: does it draw twice?

initializer = tf.keras.initializers.RandomNormal(stddev=0.05)
first = initializer(shape=(2, 2)).numpy()
second = initializer(shape=(2, 2)).numpy()
print("first call: ", *first.ravel().round(3))
print("second call:", *second.ravel().round(3))
drawn_twice_equal = bool(np.array_equal(first, second))

# %%
# It gives the same numbers each time: in Keras 3 an initializer carries its own seed.
# Layers of equal shape that share one object begin with one and the same matrix. So
# make a new one for each layer, or give the name, from which Keras makes a new one.


def initializer_for(name):
    """Return a new initializer; "small" is a normal distribution of spread 0.05."""
    if name == "small":
        return tf.keras.initializers.RandomNormal(stddev=0.05)
    return tf.keras.initializers.get(name)


# %%
# The network of this lesson:


def build_model(activation, start, seed=1, layers=10, normalize=False):
    """Return a compiled network with hidden layers of 64 neurons each."""
    tf.keras.utils.set_random_seed(seed)
    model = tf.keras.Sequential()
    model.add(tf.keras.Input(shape=(16,)))
    for _ in range(layers):
        kernel_initializer = initializer_for(start)
        model.add(tf.keras.layers.Dense(64, kernel_initializer=kernel_initializer))
        if normalize:
            model.add(tf.keras.layers.BatchNormalization(momentum=0.9))
        model.add(tf.keras.layers.Activation(activation))
    model.add(tf.keras.layers.Dense(7, activation="softmax"))
    model.compile(
        optimizer=tf.keras.optimizers.Adam(learning_rate=0.002),
        loss="sparse_categorical_crossentropy",
        steps_per_execution=60,  # saves time and changes no result
    )
    return model


# %% Which signal gets through?
# Now with activations, and with real beans going in. Ten hidden layers of 64 neurons,
# not trained. The beans go through them layer by layer. How much does each neuron's
# output differ from one bean to the next? (The mean of 3,000 numbers near 0.5 is
# rounded at 1e-5 in float32, so the spread is computed in float64.)


def spreads_by_layer(model):
    """Return how much each layer's outputs differ from bean to bean."""
    spreads = []
    output = x_train
    for layer in model.layers[:-1]:
        output = layer(output)
        if isinstance(layer, tf.keras.layers.Activation):
            from_bean_to_bean = np.std(output.numpy().astype("float64"), axis=0)
            spreads.append(float(from_bean_to_bean.mean()))
    return spreads


# %%
# Three activations, four starts:

activations = ["sigmoid", "tanh", "relu"]
starts = {
    "small": "small",
    "Glorot": "glorot_uniform",
    "He": "he_uniform",
    "orthogonal": "orthogonal",
}

signals = {}
last_spread = pd.DataFrame(index=activations, columns=list(starts), dtype=float)
for activation in activations:
    for name, start in starts.items():
        model = build_model(activation, start)
        signals[activation, name] = spreads_by_layer(model)
        last_spread.loc[activation, name] = signals[activation, name][-1]

# %%
# Which lines will stay level? A panel for each activation; a level line is a signal
# that gets through.

figure, axes = plt.subplots(1, 3, figsize=(13, 4), sharey=True, layout="constrained")
for axis, activation in zip(axes, activations):
    for name in starts:
        axis.plot(range(1, 11), signals[activation, name], "o-", label=name)
    axis.set(title=activation, xlabel="layer", xticks=[1, 4, 7, 10], yscale="log")
axes[0].set_ylabel("spread from bean to bean")
axes[2].legend(loc="center left", bbox_to_anchor=(1, 0.5))
plt.show()
print("spread after ten layers, before training")
print(last_spread.to_string(float_format="{:.0e}".format))

# %%
# This spread is what tells one bean from another. With sigmoids each layer leaves a
# third of it with He, less with the others: after ten layers all beans look the same.
# (Below 1e-8 even the outputs themselves are rounded: the bend of the lowest line.)
# From the first layer to the tenth tanh keeps four fifths of the signal with He, and
# half of it with Glorot's and orthogonal weights. ReLU keeps a quarter to two thirds
# with He, and some hundredths with Glorot's or orthogonal weights (six seeds). Small
# weights lose it with every activation.

# %% Does it learn?
# tanh and ReLU are trained for five epochs, with two seeds. (The sigmoid's turn comes
# below.) Saying how frequent the classes are, without looking, has a loss of 1.83. Will
# any network stay there? And will ReLU be better with He than with Glorot?

class_shares = np.bincount(y_train) / len(y_train)
no_idea = float(-np.mean(np.log(class_shares[y_validation])))


def validation_loss(model):
    """Train a model for five epochs; return its loss on the validation rows."""
    model.fit(x_train, y_train, batch_size=50, epochs=5, verbose=0)
    return log_loss(y_validation, model(x_validation).numpy())


# %%
# The first ``fit`` of a compiled network draws up its graph; for ten layers that takes
# longer than five epochs. So one network learns again and again, each time from the
# weights of a new one.


def start_again(model, new_model):
    """Give a model the weights of a new one, and its optimizer no memory."""
    model.set_weights(new_model.get_weights())
    for variable in model.optimizer.variables:
        if "learning_rate" not in variable.path:
            variable.assign(tf.zeros_like(variable))


# %%
# Twelve trainings:

rows = []
for activation in ("tanh", "relu"):
    model = build_model(activation, "zeros")
    for name in tqdm(["small", "Glorot", "He"]):
        for seed in (1, 2):
            start_again(model, build_model(activation, starts[name], seed))
            rows.append([activation, name, seed, validation_loss(model)])
columns = ["activation", "start", "seed", "loss"]
adam_losses = pd.DataFrame(rows, columns=columns)
loss_table = adam_losses.pivot_table(
    index=["activation", "start"], columns="seed", values="loss", sort=False
)
print(f"validation loss of two seeds; without looking {no_idea:.2f}")
print(loss_table.round(3))

# %%
# After five epochs small weights are far behind. (After twenty, at other rates, they
# have 0.27 to 0.30 with ReLU: one seed, outside this lesson.) But ReLU is *not* better
# with He than with Glorot, though so much less of the signal gets through (nor is it at
# rates of 0.0005, 0.004 and 0.008: three seeds, outside this lesson). It is ahead at
# the beginning only: after one epoch 0.35 against 0.43, lower with each of six seeds,
# after two 0.27 against 0.30. Ten layers have not lost enough. Twenty?

rows = []
model = build_model("relu", "zeros", layers=20)
for name in ("Glorot", "He"):
    for seed in (1, 2):
        start_again(model, build_model("relu", starts[name], seed, layers=20))
        rows.append([name, seed, validation_loss(model)])
deep_losses = pd.DataFrame(rows, columns=["start", "seed", "loss"])
deep_table = deep_losses.pivot_table(index="start", columns="seed", values="loss")
print("ReLU, twenty layers, validation loss of two seeds")
print(deep_table.round(3))

# %%
# Now He is far ahead, at this rate. With a quarter of it, 0.0005, Glorot comes to 0.22
# to 0.44 and He to 0.25 to 0.30, and after twenty epochs the two are level; with four
# times as much both are worse, Glorot more (three seeds, outside this lesson). So the
# rule is right, and what it buys is a larger rate that works, and an earlier start; but
# in ten layers, more than most networks of this course have, the lead lasts for an
# epoch or two.

# %% Why not zeros?
# It seems a modest choice. Look at the weights of the second layer after 300 updates:

zero_model = build_model("relu", "zeros")
zero_loss = validation_loss(zero_model)
second_layer = zero_model.layers[2].kernel.numpy()
zero_moved = float(np.abs(second_layer).max())
print(f"loss {zero_loss:.2f}, largest weight of the second layer: {zero_moved}")

# %%
# Not one has moved: if all outputs are 0, so are all products in the gradient. Only the
# bias of the last layer has learned, how frequent the classes are: 1.83 and a little
# more. And equal weights that are not zero?

constant_model = build_model("tanh", tf.keras.initializers.Constant(0.05))
constant_model.fit(x_train, y_train, batch_size=50, epochs=3, verbose=0)
kernel = constant_model.layers[0].kernel.numpy()
differing = float(np.ptp(kernel, axis=1).max())
print("first layer, all started at 0.05:", kernel[0, :4].round(4))
print(f"largest difference between two neurons: {differing:.1e}")

# %%
# They move, but all neurons of a layer get the same gradient and stay twins: 64 neurons
# do the work of one. Weights start at random to be *different*; how large is the second
# question. (All hidden layers have started so here. The output layer has not, so the
# neurons of the tenth do part, and those of the nine before it stay twins. One such
# layer among random ones does little harm, 0.21 to 0.27 in six runs outside this
# lesson: the random weights behind it give each neuron a gradient of its own. But one
# layer of zeros among ReLUs stops everything.) It is enough that the *matrices* are
# random. The biases of all these networks start at 0.

# %% Batch normalization
# The hardest case is the sigmoid, which loses the signal with each of these starts.
# (Weights of spread 1 would keep it: exercise 4.) Batch normalization sets the spread
# in front of each activation to 1 (lesson 5.05). Does that make the first weights
# unimportant? Without it and with it:

rows = []
for normalize in tqdm([False, True]):
    model = build_model("sigmoid", "zeros", normalize=normalize)
    for name in ("small", "Glorot"):
        start_again(model, build_model("sigmoid", starts[name], normalize=normalize))
        rows.append([name, normalize, validation_loss(model)])
sigmoid_losses = pd.DataFrame(rows, columns=["start", "normalized", "loss"])
sigmoid_table = sigmoid_losses.pivot_table(
    index="start", columns="normalized", values="loss", sort=False
)
print("sigmoid, validation loss")
print(sigmoid_table.round(3))

# %%
# Less important, yes: what has hardly begun without it now learns, from both starts. At
# this rate it stays 0.01 to 0.12 behind ReLU, and the small weights a little behind
# Glorot's (three seeds); at 0.01 both starts have 0.24 (one seed, outside this lesson).
#
# What to remember:
#
# - never start all matrices of a network with equal numbers;
# - up to ten layers Keras' default, Glorot, is good enough for tanh and ReLU;
# - with ReLU in more layers He tolerates a larger rate, and learns sooner with it;
# - very deep networks are built so that the question hardly comes up: normalization in
#   each block, and a path around it (*skip connection*).

# %% Try it yourself
# 1. What spread do He's weights have in a layer with 256 inputs? (√(2 / 256) = 0.088.)
# 2. Train the ten layers of sigmoids with Glorot for 50 epochs. Do they wake up?
#    (Late: the loss leaves 1.8 within ten epochs, stands near 1.3 for 5 to 25 more, and
#    ends at 0.4 to 0.6. ReLU with He has 0.26 after five epochs.)
# 3. Train ``build_model("selu", "lecun_normal")``; the two are made for each other.
#    What is the signal's spread after ten layers? (0.86 to 0.95, as much as after the
#    first. The loss after five epochs is 0.20 to 0.26 with three seeds; tanh with
#    Glorot has 0.21 to 0.24, ReLU with He 0.22 to 0.26.)
# 4. Let "small" have a spread of 1 instead of 0.05 in ``initializer_for``, and train
#    ten sigmoids with it. (The spread from bean to bean after ten layers is 0.03 to
#    0.04, and the loss 0.27 to 0.32 with three seeds: as good as with batch
#    normalization.)

results = {
    "no_idea": no_idea,
    "drawn_twice_equal": drawn_twice_equal,
    "spread_relu_he": float(last_spread.loc["relu", "He"]),
    "spread_relu_glorot": float(last_spread.loc["relu", "Glorot"]),
    "spread_relu_small": float(last_spread.loc["relu", "small"]),
    "spread_tanh_glorot": float(last_spread.loc["tanh", "Glorot"]),
    "spread_sigmoid_glorot": float(last_spread.loc["sigmoid", "Glorot"]),
    "loss_relu_zeros": zero_loss,
    "loss_relu_small": float(loss_table.loc[("relu", "small")].mean()),
    "loss_relu_glorot": float(loss_table.loc[("relu", "Glorot")].mean()),
    "loss_relu_he": float(loss_table.loc[("relu", "He")].mean()),
    "loss_tanh_glorot": float(loss_table.loc[("tanh", "Glorot")].mean()),
    "deep_loss_glorot": float(deep_table.loc["Glorot"].mean()),
    "deep_loss_he": float(deep_table.loc["He"].mean()),
    "loss_sigmoid_glorot": float(sigmoid_table.loc["Glorot", False]),
    "zeros_moved": zero_moved,
    "constant_neurons_differ": differing,
    "normalized_small": float(sigmoid_table.loc["small", True]),
    "normalized_glorot": float(sigmoid_table.loc["Glorot", True]),
}
print(results)
