"""
5.10 Layers and neurons
=======================

Deep or wide? You will

* draw the heat map of layers and neurons,
* compare depths at the same number of parameters, which is the fair comparison,
* see what happens when a network is larger than needed, and when it is too narrow.

:Data: dry beans, 3,000 to train on, 3,000 to choose by (``course_data.load_dry_bean``)
:Slides: part 5, "Layers and neurons: flat from 32 neurons on"
:Takes: about 57 s on two CPU cores
"""

# %% The data
# The bean problem of lessons 5.07 to 5.14: 3,000 beans to train on and 3,000 others to
# choose by, scaled by the mean and spread of the training rows. No verdict is given
# here, so the beans that are left over stay unused. (3,000 rows have a limit, too: an
# accuracy of 0.93 on them has a standard error of 0.005.)

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import tensorflow as tf
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
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

# %% Two baselines
# No hidden layer at all is a linear model, and scikit-learn trains it to its end.
# Beside it gradient boosting, the usual first choice for a table. (``C`` of 1 and 100
# gave the linear model 0.206 and 0.200. Boosting needs tuning here: with its defaults
# its best was 0.22, with these settings and 31 leaves 0.206.)

linear = LogisticRegression(C=10, max_iter=5000).fit(x_train, y_train)
linear_loss = log_loss(y_validation, linear.predict_proba(x_validation))

boosting = HistGradientBoostingClassifier(
    learning_rate=0.05,
    max_iter=200,
    max_leaf_nodes=4,
    min_samples_leaf=50,
    l2_regularization=5,
    random_state=0,
)
boosting.fit(x_train, y_train)
boosting_loss = log_loss(y_validation, boosting.predict_proba(x_validation))

for name, model, loss in [
    ("linear", linear, linear_loss),
    ("boosting", boosting, boosting_loss),
]:
    accuracy = model.score(x_validation, y_validation)
    print(f"{name:8} validation loss {loss:.3f}, accuracy {accuracy:.3f}")

# %% The heat map
# Networks of 1 to 6 hidden layers with 2 to 128 neurons each. Adam's rate begins at
# 0.01 and falls to 0 along half a cosine (lesson 5.13) in the 12 epochs. The parameters
# of a layer are (inputs + 1) × neurons, so a network of 6 × 128 has more than 1,000
# times as many as one of 1 × 2. Where do you expect the lowest validation loss? And
# where will it be bad?
#
# (``steps_per_execution=60``: a whole epoch without returning to Python in between.)


def build_model(layers, neurons, rate=0.01, activation="relu"):
    """Return a compiled network: ``layers`` hidden layers of ``neurons`` neurons."""
    model = tf.keras.Sequential()
    model.add(tf.keras.Input(shape=(16,)))
    for _ in range(layers):
        model.add(tf.keras.layers.Dense(neurons, activation=activation))
    model.add(tf.keras.layers.Dense(7, activation="softmax"))
    schedule = tf.keras.optimizers.schedules.CosineDecay(rate, decay_steps=12 * 60)
    model.compile(
        optimizer=tf.keras.optimizers.Adam(learning_rate=schedule),
        loss="sparse_categorical_crossentropy",
        steps_per_execution=60,
    )
    return model


# %%
# The first ``fit`` of a compiled network draws up its graph, and here that takes longer
# than the training. So each size is compiled once, and starts again with every seed.


def start_again(model, seed):
    """Give a network the first weights of a seed, and its optimizer no memory."""
    tf.keras.utils.set_random_seed(seed)
    model.set_weights(tf.keras.models.clone_model(model).get_weights())
    for variable in model.optimizer.variables:
        variable.assign(tf.zeros_like(variable))


def train(layers, neurons, seeds, rate=0.01):
    """Train a network with each seed; return its parameters and losses, row by row."""
    model = build_model(layers, neurons, rate)
    rows = []
    for seed in seeds:
        start_again(model, seed)
        history = model.fit(x_train, y_train, batch_size=50, epochs=12, verbose=0)
        loss = log_loss(y_validation, model(x_validation).numpy())
        rows.append(
            {
                "layers": layers,
                "neurons": neurons,
                "rate": rate,
                "parameters": model.count_params(),
                "training loss": history.history["loss"][-1],
                "validation loss": loss,
            }
        )
    return rows


# %%
# Twelve networks, two seeds for each; the map shows the means.

rows = []
for layers in tqdm([1, 2, 6]):
    for neurons in (2, 8, 32, 128):
        rows += train(layers, neurons, seeds=(1, 2))
trainings = pd.DataFrame(rows)
heat_map = trainings.pivot_table(
    index="layers", columns="neurons", values="validation loss"
)
print("validation loss")
print(heat_map.round(3))

# %%
# Beside it the training loss of the same networks.

figure, axes = plt.subplots(1, 2, figsize=(12, 4), layout="constrained")
for axis, score in zip(axes, ["validation loss", "training loss"]):
    table = trainings.pivot_table(index="layers", columns="neurons", values=score)
    axis.imshow(np.log(table), cmap="viridis_r", aspect="auto")
    for (row, column), loss in np.ndenumerate(table.to_numpy()):
        colour = "white" if loss > 0.5 else "black"
        axis.text(column, row, f"{loss:.2f}", ha="center", va="center", color=colour)
    axis.set_xticks(range(table.shape[1]), table.columns)
    axis.set_yticks(range(table.shape[0]), table.index)
    axis.set(title=score, xlabel="neurons in each layer", ylabel="hidden layers")
plt.show()

# %%
# On the left the map is flat from 32 neurons on: one layer or two are ahead of the
# linear model, and which of the four it is matters little. (Not far ahead of all that
# is classical: a support-vector machine, ``SVC(C=3)`` with probabilities, has 0.191.)
# One layer of 8 neurons is behind the linear model at this rate; at 0.03 it is level,
# 0.19 to 0.20 after the same 12 epochs (three seeds). On the right the loss goes on
# falling to 128 neurons. Two layers pay nothing for it; six layers of 128 are behind
# six layers of 32.
#
# The bad corner is at 2 neurons, and it gets worse with depth.

# %% Too large, or too fast?
# Are six layers of 128 too large, 28 times as many parameters as rows? Have they
# learned the beans by heart? Two layers of 128 have learned them as well as they have,
# by the map on the right. But all of these networks had the same rate. Six layers of
# 128 once more, with smaller rates; what will become of the two losses?

rows = []
for rate in tqdm([0.01, 0.003, 0.001]):
    rows += train(6, 128, seeds=(1, 2, 3), rate=rate)
six_of_128 = pd.DataFrame(rows)
by_rate = six_of_128.groupby("rate")[["training loss", "validation loss"]]
print("six layers of 128")
print(by_rate.agg(["min", "max"]).round(3).to_string())

# %%
# At 0.003 it has learned the training rows as well as at 0.01, and errs less on the
# others; at 0.001 it is level with six layers of 32. So it was neither the size nor the
# learning by heart: this network wants smaller steps. A map that is drawn at one rate
# is a map of that rate, too. (The others, three seeds each, outside this lesson: two
# layers of 128 have 0.185 to 0.188 at 0.01 and at 0.003, six of 32 have 0.19 to 0.20 at
# both, and both are worse at 0.001.)

# %% Narrow, or dead?
# A layer that is narrower than its neighbours is a *bottleneck*. People build them on
# purpose, and seven kinds could well lie apart in a plane. So what goes wrong at 6 × 2?
# Count in each hidden layer the neurons that answer to any of the 3,000 beans, before
# the training and after it. Four seeds; when do they die?


def living_neurons(network):
    """Return how many neurons of each hidden layer are above 0 for some bean."""
    activations = x_train
    counts = []
    for layer in network.layers[:-1]:
        activations = layer(activations).numpy()
        counts.append(int((activations > 0).any(axis=0).sum()))
    return counts


narrow = build_model(6, 2)
for seed in (1, 2, 3, 4):
    start_again(narrow, seed)
    print(f"seed {seed}: alive before {living_neurons(narrow)}", end="")
    narrow.fit(x_train, y_train, batch_size=50, epochs=12, verbose=0)
    loss = log_loss(y_validation, narrow(x_validation).numpy())
    print(f", after {living_neurons(narrow)}, loss {loss:.2f}")

# %%
# Where no neuron of a layer answers to any bean, the network says the same to all of
# them, the shares of the seven kinds, and that is a loss of 1.83. No gradient passes
# through such a layer: it is dead for good. And most of these networks are *born* so:
# two neurons of random weights easily answer 0 to all that the two before them say.
# Seeds 1 and 3 are dead before the first step, and 12 of the first 20 seeds; seed 4
# dies in training. (With ``tanh`` nothing dies; it has about 1.0 after these 12 epochs
# and 0.64 to 0.71 after 60: dead neurons are one cause, too little time is the other.)

# %% Deep or wide, at equal parameters
# Six layers of 32 have eight times the parameters of one. To compare depths fairly we
# choose the widths so that each network has about 2,000 parameters. One layer then has
# 83 neurons; how many will each of six layers have?


def count_parameters(layers, neurons):
    """Return the parameters of a network, by hand."""
    first = (16 + 1) * neurons
    middle = (layers - 1) * (neurons + 1) * neurons
    last = (neurons + 1) * 7
    return first + middle + last


# %%
# The width is found by trying: one neuron more until the limit is passed.


def width_for(layers, parameters):
    """Return the largest number of neurons within a number of ``parameters``."""
    neurons = 1
    while count_parameters(layers, neurons + 1) <= parameters:
        neurons += 1
    return neurons


# %%
# Three seeds for each depth.

rows = []
for layers in tqdm([1, 2, 4, 6]):
    rows += train(layers, width_for(layers, 2000), seeds=(1, 2, 3))
equal = pd.DataFrame(rows)
by_depth = equal.groupby("layers")
summary = by_depth.mean().drop(columns="rate")
summary = summary.rename(columns={"validation loss": "mean loss"})
summary["spread"] = by_depth["validation loss"].std()
summary["worst seed"] = by_depth["validation loss"].max()
print(summary.round(3).to_string())

# %%
# The dashed line is the linear model, trained to its end:

figure, axis = plt.subplots(figsize=(7, 4), layout="constrained")
axis.axhline(linear_loss, color="0.5", linestyle="--", label="linear model")
axis.plot(equal["layers"], equal["validation loss"], "o", label="one seed")
axis.plot(summary["mean loss"], "-", label="mean")
axis.set(title="About 2,000 parameters each", xlabel="hidden layers")
axis.set(ylabel="validation loss", xticks=[1, 2, 4, 6])
axis.legend(loc="upper left")
plt.show()

# %%
# One layer or two: level, 0.014 of loss ahead of the linear model. With the same number
# of parameters more depth brings nothing: six layers fall back to the linear model, and
# their seeds lie farther apart. (The rate was chosen among 0.003, 0.01 and 0.03: 0.01
# is best or level for every depth. A constant rate of 0.003 made the deep ones look
# worse, 0.222 with six layers: they profit most from a rate that falls.)
#
# That is a finding about *beans*: 16 measures that somebody has thought out, and
# classes that lie side by side in them. Depth pays where features must be built on
# features: pixels, edges, parts (lesson 3.08). For a table like this one, begin with
# the classical models, all of them, then one or two layers of 32 to 64 neurons; width
# before depth.

# %% Does a network that is too large do harm?
# The rule says: as small as possible. Lesson 5.01 has put one form of it to the test,
# "weights at most half the number of samples". Here is the whole range again, all
# networks of this lesson over their parameters.

everything = pd.concat([trainings, equal])
figure, axis = plt.subplots(figsize=(8, 4.5), layout="constrained")
for score, marker in (("training loss", "s"), ("validation loss", "o")):
    axis.plot(everything["parameters"], everything[score], marker, label=score)
axis.axvline(1500, color="0.6", linestyle=":", label="half the number of rows")
axis.set(title="All networks", xlabel="parameters", ylabel="loss")
axis.set(xscale="log", yscale="log", yticks=[0.2, 0.5, 1, 2])
axis.set_yticklabels(["0.2", "0.5", "1", "2"])
axis.minorticks_off()
axis.legend()
plt.show()

large = trainings[trainings["parameters"] > 10000]["validation loss"]
medium = trainings[trainings["parameters"].between(250, 10000)]["validation loss"]
print(
    f"250 to 10,000 parameters: best {medium.min():.3f}, median {medium.median():.3f}"
)
print(f"above 10,000:             best {large.min():.3f}, median {large.median():.3f}")

# %%
# Seven times as many parameters as rows, two layers of 128, lose nothing; 28 times as
# many, six layers of 128, nothing either at a rate that fits. That is after 12 epochs
# with a falling rate. With 60 epochs from 0.01 (three seeds each, outside this lesson)
# six layers of 128 end at 0.42 to 0.73, two of 128 at 0.29 to 0.32, one of 32 at 0.19.
# From 0.001 two of 128 have 0.19 after 60 epochs, too; six have 0.27 to 0.28, and 0.20
# from 0.0003. So how soon a network must be stopped is a matter of its size *and* its
# rate. The smaller it is, the more it matters not to stop too soon, or to take larger
# steps (exercise 2). Too large is curable, by a smaller rate and with the cures of
# lessons 5.02 to 5.06; too small only in part, by patience and a larger rate. Hence the
# usual way: take a network that is larger than needed, and hold it back.

# %% Try it yourself
# 1. Count by hand: 16 inputs, layers of 20 and 10 neurons, 7 classes. (340 + 210 + 77 =
#    627.)
# 2. Give one layer of 2 and one of 8 neurons 60 epochs instead of 12: ``epochs`` in
#    ``train``, and ``decay_steps`` in ``build_model``, or the rate is 0 after 12. Is a
#    small network too small, or was it stopped too soon? (Both: 0.27 to 0.33 instead of
#    0.64 to 0.75 with 2 neurons, and with 8 neurons 0.19 to 0.20, the linear model's.
#    Three seeds. Or its steps were too small: from a rate of 0.1 two neurons have 0.25
#    to 0.29 after 12 epochs.)
# 3. Try widths that become smaller, 64, 32, 16, against three times 37. Is the
#    difference larger than that between two seeds? (No. Both have 0.189 on average over
#    five seeds, and the seeds of each differ by up to 0.007.)

results = {
    "loss_1_layer_32": float(heat_map.loc[1, 32]),
    "loss_6_layers_2": float(heat_map.loc[6, 2]),
    "loss_1_layer_2": float(heat_map.loc[1, 2]),
    "six_of_128": float(by_rate.mean().loc[0.01, "validation loss"]),
    "six_of_128_slower": float(by_rate.mean().loc[0.001, "validation loss"]),
    "width_of_six": width_for(6, 2000),
    "width_of_one": width_for(1, 2000),
    "linear_loss": float(linear_loss),
    "boosting_loss": float(boosting_loss),
    "equal_1": float(summary.loc[1, "mean loss"]),
    "equal_2": float(summary.loc[2, "mean loss"]),
    "equal_6": float(summary.loc[6, "mean loss"]),
    "large_median": float(large.median()),
    "medium_median": float(medium.median()),
}
print(results)
