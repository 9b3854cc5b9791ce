"""
5.10 Layers and neurons
=======================

Deep or wide? You will

* draw the heat map of layers and neurons,
* compare depths at the same number of parameters, which is the fair comparison,
* see what more neurons do that nobody needs.

:Data: dry beans, 3,000 to train on, 3,000 to choose by (``course_data.load_dry_bean``)
:Slides: part 5, "Layers and neurons"
:Takes: about 48 s on two CPU cores
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

# %% The heat map
# Networks of 1 to 6 hidden layers with 2 to 128 neurons each, 12 epochs with Adam. The
# parameters of a layer are (inputs + 1) × neurons, so a network of 6 × 128 has more
# than 1,000 times as many as one of 1 × 2. Where do you expect the lowest validation
# loss? And where will it be bad?


def build_model(layers, neurons, seed):
    """Return a compiled network with so many hidden layers of so many neurons."""
    tf.keras.utils.set_random_seed(seed)
    model = tf.keras.Sequential()
    model.add(tf.keras.Input(shape=(16,)))
    for _ in range(layers):
        model.add(tf.keras.layers.Dense(neurons, activation="relu"))
    model.add(tf.keras.layers.Dense(7, activation="softmax"))
    model.compile(
        optimizer=tf.keras.optimizers.Adam(learning_rate=0.003),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
        steps_per_execution=60,
    )
    return model


# %%
# Training, and all that is worth knowing about the network afterwards:


def train(layers, neurons, seed=1):
    """Train a network; return its parameters and losses."""
    model = build_model(layers, neurons, seed)
    history = model.fit(x_train, y_train, batch_size=50, epochs=12, verbose=0)
    loss, accuracy = model.evaluate(
        x_validation, y_validation, batch_size=3000, verbose=0
    )
    return {
        "layers": layers,
        "neurons": neurons,
        "parameters": model.count_params(),
        "training loss": history.history["loss"][-1],
        "validation loss": loss,
        "accuracy": accuracy,
    }


# %%
# Twenty networks.

rows = []
for layers in tqdm([1, 2, 4, 6]):
    for neurons in (2, 4, 8, 32, 128):
        rows.append(train(layers, neurons))
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
# On the left a plain: from 8 neurons on, everything is about equally good, with one
# layer or with six. On the right the training loss falls on and on with the neurons:
# what the large networks learn beyond that are the 3,000 beans themselves.
#
# The bad corner is at 2 neurons, and it gets worse with depth. Every layer has to pass
# on all that the next ones need, through two numbers; and with ReLU one of the two is
# often 0. The narrowest layer decides. A layer in the middle that is narrower than the
# classes need is called a *bottleneck*.

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
# So much for counting. The search for the width goes up until it is too wide:


def width_for(layers, parameters):
    """Return the largest number of neurons that needs at most so many parameters."""
    neurons = 1
    while count_parameters(layers, neurons + 1) <= parameters:
        neurons += 1
    return neurons


# %%
# Three seeds for each depth.

rows = []
for layers in tqdm([0, 1, 2, 4, 6]):
    for seed in (1, 2, 3):
        if layers == 0:
            rows.append(train(0, 0, seed))
        else:
            rows.append(train(layers, width_for(layers, 2000), seed))
equal = pd.DataFrame(rows)
by_depth = equal.groupby("layers")
summary = by_depth.mean().rename(columns={"validation loss": "mean loss"})
summary["spread"] = by_depth["validation loss"].std()
summary["worst seed"] = by_depth["validation loss"].max()
print(summary.round(3).to_string())

# %%
# Zero hidden layers is logistic regression, with 119 parameters (and after 12 epochs it
# has not learned all it could).

figure, axis = plt.subplots(figsize=(7, 4), layout="constrained")
axis.plot(equal["layers"], equal["validation loss"], "o", label="one seed")
axis.plot(summary["mean loss"], "-", label="mean")
axis.set(title="About 2,000 parameters each", xlabel="hidden layers")
axis.set(ylabel="validation loss", xticks=[0, 1, 2, 4, 6])
axis.legend()
plt.show()

# %%
# One layer does what can be done here, and two do it as well. With the same number of
# parameters more depth brings nothing: four and six layers are a little worse, and less
# certain.
#
# That is a finding about *beans*: 16 measures that somebody has thought out, and
# classes that lie side by side in them. Depth pays where features must be built on
# features: pixels, edges, parts (lesson 3.08). For a table like this one, begin with
# one or two layers of 32 to 64, and spend the rest of your time elsewhere.

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
axis.set(xscale="log", yscale="log")
axis.legend()
plt.show()

large = trainings[trainings["parameters"] > 10000]["validation loss"]
medium = trainings[trainings["parameters"].between(250, 10000)]["validation loss"]
print(f"up to 10,000 parameters: best {medium.min():.3f}, median {medium.median():.3f}")
print(f"above 10,000:            best {large.min():.3f}, median {large.median():.3f}")

# %%
# Far to the right of the dotted line, with thirty times as many parameters as rows, the
# validation loss is a little higher, and no more than that. After 12 epochs; with 100
# it would be another picture (lesson 5.09). Too large is curable, with the cures of
# lessons 5.02 to 5.06. Too small is not.

# %% Try it yourself
# 1. Count by hand: 16 inputs, layers of 20 and 10 neurons, 7 classes. (340 + 210 + 77 =
#    627.)
# 2. Train 6 × 2 with ``activation="tanh"``. Is the corner still as bad? (Not quite: 1.0
#    to 1.2 with three seeds. With ReLU two of the three stay at 1.83, where nothing is
#    learned.)
# 3. Try widths that become smaller, 64, 32, 16, against three times 37. Is the
#    difference larger than that between two seeds? (No. Both have 0.204 on average over
#    five seeds, and the seeds of each differ by up to 0.02.)

results = {
    "loss_1_layer_32": float(heat_map.loc[1, 32]),
    "loss_6_layers_2": float(heat_map.loc[6, 2]),
    "loss_1_layer_2": float(heat_map.loc[1, 2]),
    "width_of_six": width_for(6, 2000),
    "width_of_one": width_for(1, 2000),
    "equal_0": float(summary.loc[0, "mean loss"]),
    "equal_1": float(summary.loc[1, "mean loss"]),
    "equal_2": float(summary.loc[2, "mean loss"]),
    "equal_6": float(summary.loc[6, "mean loss"]),
    "large_median": float(large.median()),
    "medium_median": float(medium.median()),
}
print(results)
