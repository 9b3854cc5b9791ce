"""
5.11 Activation and initial weights
===================================

A network that starts badly may never start. You will

* follow the spread of a signal through ten layers, before any training,
* see why weights must not start at zero,
* find out which initial weights belong to which activation, and what batch
  normalization changes about that.

:Data: dry beans, 3,000 to train on, 3,000 to choose by (``course_data.load_dry_bean``)
:Slides: part 5, "Activation and first weights", "Its five effects, measured"
:Takes: about 55 s on two CPU cores
"""

# %% The data
# The bean problem of lessons 5.07 to 5.14: 3,000 beans to train on and 3,000 others to
# choose by, scaled by the mean and spread of the training rows. No verdict is given
# here, so the beans that are left over stay unused.

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import tensorflow as tf
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
# 0.0001, 1 or 110. That is all there is to the famous initial weights. *Glorot* (2010)
# chooses the spread so that signal and gradient keep theirs: √(2 / (inputs + outputs)),
# here 1/8. *He* (2015) takes √2 times as much, because ReLU sets half of the signal to
# 0. *Orthogonal* weights keep lengths exactly.
#
# Now with activations, and with real beans going in. Ten hidden layers of 64 neurons,
# not trained. *Small* is a spread of 0.05. Which lines will stay level?

initializers = {
    "zeros": "zeros",
    "small": tf.keras.initializers.RandomNormal(stddev=0.05),
    "Glorot": "glorot_uniform",
    "He": "he_uniform",
    "orthogonal": "orthogonal",
}
activations = ["sigmoid", "tanh", "relu"]

# %%
# The network:


def build_model(activation, initializer, normalize=False):
    """Return a compiled network with ten hidden layers of 64 neurons."""
    tf.keras.utils.set_random_seed(1)
    model = tf.keras.Sequential()
    model.add(tf.keras.Input(shape=(16,)))
    for _ in range(10):
        model.add(tf.keras.layers.Dense(64, kernel_initializer=initializer))
        if normalize:
            model.add(tf.keras.layers.BatchNormalization(momentum=0.9))
        model.add(tf.keras.layers.Activation(activation))
    model.add(tf.keras.layers.Dense(7, activation="softmax"))
    model.compile(
        optimizer=tf.keras.optimizers.Adam(learning_rate=0.002),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
        steps_per_execution=60,
    )
    return model


# %%
# The beans go through it layer by layer. How much does each neuron's output differ from
# one bean to the next?


def spreads_by_layer(model):
    """Return how much each layer's outputs differ from bean to bean."""
    spreads = []
    output = x_train
    for layer in model.layers[:-1]:
        output = layer(output)
        if isinstance(layer, tf.keras.layers.Activation):
            from_bean_to_bean = np.std(output, axis=0)
            spreads.append(float(from_bean_to_bean.mean()))
    return spreads


# %%
# Three activations times five starts:

signals = {}
last_spread = pd.DataFrame(index=activations, columns=list(initializers), dtype=float)
for activation in activations:
    for name, initializer in initializers.items():
        model = build_model(activation, initializer)
        signals[activation, name] = spreads_by_layer(model)
        last_spread.loc[activation, name] = signals[activation, name][-1]


# %%
# A panel for each activation; a level line is a signal that gets through.

figure, axes = plt.subplots(1, 3, figsize=(13, 4), sharey=True, layout="constrained")
for axis, activation in zip(axes, activations):
    for name in initializers:
        drawn = np.maximum(signals[activation, name], 1e-12)
        axis.plot(range(1, 11), drawn, "o-", label=name)
    axis.set(title=activation, xlabel="layer", xticks=[1, 4, 7, 10], yscale="log")
axes[0].set_ylabel("spread from bean to bean")
axes[2].legend(loc="center left", bbox_to_anchor=(1, 0.5))
plt.show()
print("spread after ten layers, before training")
print(last_spread.to_string(float_format="{:.0e}".format))

# %%
# This spread is what tells one bean from another. With the sigmoid it is gone after ten
# layers whatever the weights are: all beans look the same to the last layer. tanh keeps
# it with Glorot and with orthogonal weights, ReLU with He. Small weights lose it with
# every activation, and zeros at once.

# %% Does it learn?
# Each network is trained for five epochs. Saying how frequent the classes are, without
# looking, has a loss of 1.83. Which of the 15 will stay there?

class_shares = np.bincount(y_train) / len(y_train)
no_idea = float(-np.mean(np.log(class_shares[y_validation])))


def validation_loss(model):
    """Train a model for five epochs; return its loss on the validation rows."""
    model.fit(x_train, y_train, batch_size=50, epochs=5, verbose=0)
    return model.evaluate(x_validation, y_validation, batch_size=3000, verbose=0)[0]


loss_table = pd.DataFrame(index=activations, columns=list(initializers), dtype=float)
for activation in tqdm(activations):
    for name, initializer in initializers.items():
        model = build_model(activation, initializer)
        loss_table.loc[activation, name] = validation_loss(model)
        if (activation, name) == ("relu", "zeros"):
            zero_model = model
print(f"validation loss; without looking {no_idea:.2f}")
print(loss_table.round(3))

# %%
# Zeros have learned nothing at all. The sigmoids are still close to 1.83; some
# have just begun to move. Small weights are far behind with tanh and with ReLU. But
# Glorot, He and orthogonal weights end close together, though ReLU's spread with Glorot
# was fifty times smaller than with He: a hundredth is enough for Adam to find its way,
# a millionth is not, and ten layers are not a hundred.

# %% Why not zeros?
# It seems a modest choice. Look at the weights of the second layer after 300 updates:

second_layer = zero_model.layers[2].kernel.numpy()
zero_moved = float(np.abs(second_layer).max())
print("largest weight of the second layer:", zero_moved)

tf.keras.utils.set_random_seed(1)
constant_model = build_model("tanh", tf.keras.initializers.Constant(0.05))
constant_model.fit(x_train, y_train, batch_size=50, epochs=3, verbose=0)
kernel = constant_model.layers[0].kernel.numpy()
differing = float(np.ptp(kernel, axis=1).max())
print("first layer, all started at 0.05:", kernel[0, :4].round(4))
print(f"largest difference between two neurons: {differing:.1e}")

# %%
# Not one has moved: if all outputs are 0, so are all products in the gradient. (Only
# the bias of the last layer learns: the 1.83.) And any other *equal* start fails in
# another way: the weights move, but all neurons of a layer get the same gradient and
# stay twins for ever. 64 neurons then do the work of one. Weights start at random to be
# *different*; how large is the second question.

# %% Batch normalization
# It sets the spread to 1 in each layer, whatever the weights. Lesson 5.05 left open
# whether it makes the first weights unimportant. The hardest case, the sigmoid, with
# it:

normalized = {}
for name in tqdm(["zeros", "small", "Glorot", "He"]):
    model = build_model("sigmoid", initializers[name], normalize=True)
    normalized[name] = validation_loss(model)
normalized = pd.Series(normalized)
print("sigmoid, validation loss with batch normalization")
print(normalized.round(3).to_string())

# %%
# It does, nearly: with it the sigmoid learns from small weights, Glorot's and He's,
# from small ones a little more slowly. Zeros stay zeros; nothing can be normalized
# there.
#
# What to remember: ReLU with He, tanh with Glorot (Keras' default for every
# activation), and nothing by zeros. In two layers it hardly matters; the deeper, the
# more.

# %% Try it yourself
# 1. What spread do He's weights have in a layer with 256 inputs? (√(2 / 256) = 0.088.)
# 2. Train the ten layers of sigmoids with Glorot for 50 epochs. Do they wake up?
#    (Late: the loss leaves 1.8 within ten epochs, stands near 1.3 for 5 to 25 more, and
#    ends at 0.4 to 0.6. ReLU with He has 0.26 after five epochs.)
# 3. Use ``activation="selu"`` with ``"lecun_normal"``, made for each other.
#    What is the signal's spread after ten layers? (0.9, as much as after the first.
#    The loss after five epochs is 0.20; tanh with Glorot has 0.21, ReLU with He 0.26.)

results = {
    "no_idea": no_idea,
    "spread_relu_he": float(last_spread.loc["relu", "He"]),
    "spread_relu_small": float(last_spread.loc["relu", "small"]),
    "spread_tanh_glorot": float(last_spread.loc["tanh", "Glorot"]),
    "spread_sigmoid_glorot": float(last_spread.loc["sigmoid", "Glorot"]),
    "loss_relu_zeros": float(loss_table.loc["relu", "zeros"]),
    "loss_relu_small": float(loss_table.loc["relu", "small"]),
    "loss_relu_he": float(loss_table.loc["relu", "He"]),
    "loss_tanh_glorot": float(loss_table.loc["tanh", "Glorot"]),
    "loss_sigmoid_glorot": float(loss_table.loc["sigmoid", "Glorot"]),
    "zeros_moved": zero_moved,
    "constant_neurons_differ": differing,
    "normalized_small": float(normalized["small"]),
    "normalized_glorot": float(normalized["Glorot"]),
    "normalized_zeros": float(normalized["zeros"]),
}
print(results)
