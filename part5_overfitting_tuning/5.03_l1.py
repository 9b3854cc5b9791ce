"""
5.03 L1 regularization
======================

A penalty on the size of weights, not on their squares, sends many of them close to
zero. You will

* compute the L1 penalty by hand, and see why its pull does not let go,
* see which inputs a network keeps under L1, under L2 and without a penalty,
* cut off the weights that are worth nothing, with and without L1 and L2.

:Data: Fashion-MNIST, 2,000 of the 60,000 training pictures
    (``course_data.load_fashion_mnist``)
:Slides: part 5, "L1 makes networks sparse", "The cost with a penalty: L2 and L1"
:Takes: about 46 s on two CPU cores
"""

# %% The data
# The small problem of lessons 5.01 to 5.06: 2,000 pictures to train on, 2,000 others to
# choose by, and the 10,000 test pictures for the end.

import gzip

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import tensorflow as tf
from sklearn.metrics import log_loss
from tqdm import tqdm

from course_data import load_fashion_mnist

plt.style.use("petroff10")

# %%
# The three parts, with grey levels from 0 to 1:

(pictures, labels), (x_test, y_test) = load_fashion_mnist()
pictures = pictures.astype("float32") / 255
x_test = x_test.astype("float32") / 255

x_train = pictures[:2000]
y_train = labels[:2000]
x_validation = pictures[-2000:]
y_validation = labels[-2000:]
print(len(x_train), "to train on,", len(x_validation), "to choose by")

# %% A pull that does not let go
# You know L1 from the lasso. The penalty is lambda times the sum of the *absolute*
# weights. Its slope decides: with L2 the slope is 2 · lambda · weight, so the pull
# becomes weaker as the weight becomes smaller. With L1 it is lambda, however small the
# weight is.
#
# One weight of 1, pulled by its penalty alone, 100 steps of gradient descent. Where
# does it end with each?

weight_l1 = tf.Variable(1.0)
weight_l2 = tf.Variable(1.0)
path = [[1.0, 1.0]]
for _ in range(100):
    for weight, penalty in ((weight_l1, tf.abs), (weight_l2, tf.square)):
        with tf.GradientTape() as tape:
            loss = penalty(weight)
        weight.assign_sub(0.015 * tape.gradient(loss, weight))
    path.append([float(weight_l1), float(weight_l2)])

# %%
# Both on their way:

figure, axis = plt.subplots(figsize=(7, 4), layout="constrained")
axis.plot(path, label=["L1", "L2"])
axis.axhline(0, color="0.7")
axis.set(title="A weight under its penalty alone", xlabel="steps", ylabel="weight")
axis.legend()
plt.show()
end_l1, end_l2 = path[-1]
print(f"after 100 steps: L1 {end_l1:.4f}, L2 {end_l2:.4f}")

# %%
# L1 goes down in a straight line, comes to zero, and then jumps to and fro around it by
# one step. L2 takes a share of what is there, and never arrives.
#
# And the lasso of scikit-learn, whose zeros are exact? It does not use the gradient at
# zero. It sets to 0 what the pull would carry across. That is the *soft threshold*:

weight = 1.0
for _ in range(100):
    weight = np.sign(weight) * max(abs(weight) - 0.015, 0)
end_soft_threshold = float(weight)
print("with a soft threshold:", end_soft_threshold)

# %%
# Keras has it in one optimizer, ``Ftrl(l1_regularization_strength=...)``. With the
# others, Adam too, weights under L1 end *near* zero.

# %% By hand
# The same network as in lesson 5.02, with ``regularizers.L1`` or ``L2``. The penalty of
# L1 by hand:


def build_model(l1=0.0, l2=0.0, seed=1):
    """Build and compile a network with a penalty on each layer's weights."""
    tf.keras.utils.set_random_seed(seed)
    penalty = tf.keras.regularizers.L1L2(l1=l1, l2=l2)
    model = tf.keras.Sequential(
        [
            tf.keras.Input(shape=(28, 28)),
            tf.keras.layers.Flatten(),
            tf.keras.layers.Dense(256, activation="relu", kernel_regularizer=penalty),
            tf.keras.layers.Dense(256, activation="relu", kernel_regularizer=penalty),
            tf.keras.layers.Dense(10, activation="softmax", kernel_regularizer=penalty),
        ]
    )
    model.compile(
        optimizer=tf.keras.optimizers.Adam(learning_rate=0.0005),
        loss="sparse_categorical_crossentropy",
        metrics=["sparse_categorical_crossentropy", "accuracy"],
        steps_per_execution=40,  # saves time and changes no result
    )
    return model


def all_weights(model):
    """Return all weights of the three layers in one row, without the biases."""
    return np.concatenate([layer.kernel.numpy().ravel() for layer in model.layers[1:]])


model = build_model(l1=0.0001)
by_hand = 0.0001 * np.abs(all_weights(model)).sum()
by_keras = float(sum(model.losses))
print(f"penalty by hand {by_hand:.5f}, by Keras {by_keras:.5f}")

# %% How many weights end near zero?
# *Near zero* shall mean a weight of less than 0.005. An untrained network already has
# some: those of its first layer start between -0.076 and 0.076. How large will the
# share be without a penalty, with L1 at 0.0001 and 0.0003, and with L2 at 0.003, the
# best lambda of lesson 5.02?


def near_zero(model):
    """Return the share of weights that are smaller than 0.005."""
    return float(np.mean(np.abs(all_weights(model)) < 0.005))


def scores(model, x, y):
    """Return the cross-entropy without penalty, and the accuracy."""
    probabilities = model(x).numpy()
    accuracy = np.mean(probabilities.argmax(axis=1) == y)
    return log_loss(y, probabilities), float(accuracy)


untrained = build_model()
near_zero_untrained = near_zero(untrained)
print(f"untrained: {near_zero_untrained:.3f} near zero")

# %%
# The first ``fit`` of a compiled network draws up its graph, which takes a while. So
# each penalty is compiled once, and starts again for each seed.


def start_again(model, seed):
    """Give a network the first weights of a seed, and its optimizer no memory."""
    tf.keras.utils.set_random_seed(seed)
    model.set_weights(tf.keras.models.clone_model(model).get_weights())
    for variable in model.optimizer.variables:
        if "learning_rate" not in variable.path:
            variable.assign(tf.zeros_like(variable))


# %%
# Twelve trainings of 800 steps, from a pipeline (lesson 5.05), asked for the validation
# cross-entropy every 40 steps:

penalties = {
    "none": {},
    "L1 0.0001": {"l1": 0.0001},
    "L1 0.0003": {"l1": 0.0003},
    "L2 0.003": {"l2": 0.003},
}
options = tf.data.Options()
options.autotune.enabled = False  # lesson 5.01
models = {}
histories = {}
for name, penalty in tqdm(penalties.items()):
    compiled = build_model(**penalty)
    for seed in (1, 2, 3):
        start_again(compiled, seed)
        dataset = tf.data.Dataset.from_tensor_slices((x_train, y_train))
        history = compiled.fit(
            dataset.shuffle(2000).repeat().batch(100).with_options(options),
            steps_per_epoch=40,
            epochs=20,
            validation_data=(x_validation, y_validation),
            validation_batch_size=2000,
            shuffle=False,
            verbose=0,
        )
        histories[name, seed] = history.history
        model = tf.keras.models.clone_model(compiled)
        model.set_weights(compiled.get_weights())
        models[name, seed] = model

# %%
# Their scores, means and spreads:

rows = []
for (name, _), model in models.items():
    _, training = scores(model, x_train, y_train)
    cross_entropy, validation = scores(model, x_validation, y_validation)
    rows.append([name, near_zero(model), training, validation, cross_entropy])
columns = ["penalty", "near zero", "training accuracy", "validation accuracy"]
columns = columns + ["cross-entropy"]
trainings = pd.DataFrame(rows, columns=columns)
trainings["gap"] = trainings["training accuracy"] - trainings["validation accuracy"]
sweep = trainings.groupby("penalty", sort=False).mean()
print("means of three seeds")
print(sweep.round(3).to_string())
print("standard deviations")
print(trainings.groupby("penalty", sort=False).std().round(3).to_string())

# %%
# The left figure shows the validation cross-entropy during training, the right one all
# weights by their size.

figure, axes = plt.subplots(1, 2, figsize=(12, 4), layout="constrained")
steps = range(40, 801, 40)
bins = np.geomspace(1e-7, 1, 71)
for name in ("none", "L1 0.0003", "L2 0.003"):
    history = histories[name, 1]
    axes[0].plot(steps, history["val_sparse_categorical_crossentropy"], label=name)
    sizes = np.abs(all_weights(models[name, 1]))
    axes[1].hist(sizes, bins, histtype="step", linewidth=2, label=name)
axes[0].set(title="One seed", xlabel="steps", ylabel="validation cross-entropy")
axes[1].axvline(0.005, color="0.5", linestyle=":", label="near zero")
axes[1].set(title="All weights", xlabel="absolute weight", ylabel="how many")
axes[1].set(xscale="log")
for axis in axes:
    axis.legend()
plt.show()

# %%
# Training alone leaves the share as it was, 0.060. After these 800 steps L1 has nearly
# half of the 268,800 weights near zero, the stronger L1 nearly three quarters, in a
# heap of their own: they jump to and fro around zero, a little nearer or farther. (They
# are on their way there: at four times the learning rate it is 0.92, with five seeds,
# outside this lesson.) L2 has a third of them near zero, but no second heap.
#
# On the left the bare network's loss rises again after some 400 steps; with a penalty
# it hardly does. The accuracy does not grow: at this rate L1 costs one point or two of
# it, as L2 does. At the end L1 0.0003 and L2 0.003 have the same cross-entropy, so
# these two are a fair pair, which we compare from here on.

# %% Which inputs does it keep?
# Each of the 784 pixels has 256 weights into the first layer. We add up their absolute
# values and put them where the pixel is: before training, and after it with each
# penalty. All four pictures have the same colour scale. Which will be darkest at the
# edges, where the pictures are nearly always black?


def pixel_weights(model):
    """Return the sum of absolute weights from each pixel into the first layer."""
    return np.abs(model.layers[1].kernel.numpy()).sum(axis=1)


maps = {"untrained": pixel_weights(untrained)}
for name in ("none", "L1 0.0003", "L2 0.003"):
    maps[name] = pixel_weights(models[name, 1])

figure, axes = plt.subplots(1, 4, figsize=(13, 3.6), layout="constrained")
for axis, (name, weights) in zip(axes, maps.items()):
    image = axis.imshow(weights.reshape(28, 28), vmin=0, vmax=15)
    axis.set(title=name, xlabel="column", ylabel="row")
figure.colorbar(image, ax=axes, label="sum of absolute weights", shrink=0.8)
plt.show()

# %%
# The same as a table, by how often a pixel is lit in the 2,000 training pictures:

lit = (x_train > 0).mean(axis=0).ravel()
groups = pd.cut(lit, [-1, 0, 0.01, 0.1, 0.5, 1])
groups = groups.rename_categories(["never", "to 1 %", "to 10 %", "to 50 %", "more"])
by_pixel = pd.DataFrame(maps).groupby(groups, observed=True)
kept = by_pixel.mean()
kept.insert(0, "pixels", by_pixel.size())
kept.index.name = "lit"
print(kept.round(1))

# %%
# Without penalty the edges and corners weigh *most*. The one pixel that is never lit
# has kept its weights; those that are lit now and then have gained most. Adam divides
# each step by the usual size of the gradient, so a pixel's weights move no less when it
# is lit in one picture of a hundred, rather twice as far: by 6.0 in sum, those of the
# often lit ones by 3.1. With plain SGD at 0.1, which does not divide, it is 0.05 and
# 2.1, and the rarely lit pixels keep their weights. (Three seeds each, not in this
# lesson.)
#
# L1 takes nearly all weight from the rarely lit pixels, as the lasso chooses its
# inputs. Under Adam L2 does so too, with less contrast: its often lit pixels weigh some
# four times as much as those that are lit in 1 to 10 %; with L1 it is more than twenty
# times.

# %% Cut them off
# *Pruning* means to set to exactly 0 whatever is near it. Does the network notice?


def prune(model, smallest):
    """Return a copy of a model, in which weights below a size are 0."""
    pruned = tf.keras.models.clone_model(model)
    pruned.set_weights(model.get_weights())
    for layer in pruned.layers[1:]:
        kernel = layer.kernel.numpy()
        kernel[np.abs(kernel) < smallest] = 0
        layer.kernel.assign(kernel)
    return pruned


def zipped_size(model):
    """Return the size of all weights in kilobytes, compressed with gzip."""
    return len(gzip.compress(all_weights(model).tobytes())) / 1000


# %%
# Six networks, before and after:

rows = []
for name in ("L1 0.0001", "L1 0.0003"):
    for seed in (1, 2, 3):
        model = models[name, seed]
        pruned = prune(model, smallest=0.005)
        left = np.mean(all_weights(pruned) != 0)
        _, before = scores(model, x_validation, y_validation)
        _, after = scores(pruned, x_validation, y_validation)
        rows.append([name, seed, left, zipped_size(pruned), before, after])
columns = ["penalty", "seed", "weights left", "kB zipped", "before", "after"]
pruning = pd.DataFrame(rows, columns=columns).set_index(["penalty", "seed"])
whole_size = zipped_size(models["none", 1])
print(f"the network without penalty: {whole_size:,.0f} kB zipped")
print("validation accuracy before and after pruning")
print(pruning.round(4))

# %%
# It takes no harm: all six networks are right on a few pictures in a thousand *more*.
# And a third of the file is left with the stronger L1, three fifths with the weaker.
# That is what the zeros are worth to you: a file, or a format that stores only the
# rest. ``Dense`` itself multiplies its zeros like any other number, and is no faster.

# %% Was that L1's work?
# Perhaps the network *without* penalty has as many weights too many; perhaps L2 does as
# well. We cut the smallest weights off each, more and more of them, without training
# again, and look where each one breaks. Which will stand most?

shares = [0, 0.5, 0.7, 0.8, 0.9, 0.95]
rows = []
for share in shares:
    for (name, _), model in models.items():
        smallest = np.quantile(np.abs(all_weights(model)), share)
        pruned = prune(model, smallest)
        _, accuracy = scores(pruned, x_validation, y_validation)
        rows.append([share, name, accuracy])
columns = ["share cut off", "penalty", "validation accuracy"]
breaking = pd.DataFrame(rows, columns=columns).pivot_table(
    index="share cut off", columns="penalty", values="validation accuracy", sort=False
)
print("means of three seeds")
print(breaking.round(3))

# %%
# The same as curves; the spot where a curve bends is where the network breaks.

figure, axis = plt.subplots(figsize=(7, 4), layout="constrained")
breaking.plot(ax=axis, style=["o-", "s--", "^-", "d:"])
axis.set(title="The smallest weights are cut off", ylabel="validation accuracy")
axis.set(ylim=(0, 1))
plt.show()

# %%
# Even the network without a penalty can nearly do without half of its weights. It loses
# 6 to 14 points, by its seed, when 70 % are cut off, and 11 to 27 with 80 %. L2 stands
# that much better, about as well as the weaker L1. With L1 0.0003, its equal in the
# loss, nothing has happened at 80 %, and at 90 % it is at 0.75 to 0.81 where L2 has
# 0.56 to 0.70. (The ranges are those of five seeds.) So a good part of the gain comes
# with either penalty; the last part is L1's own.
#
# And these 800 steps stop it early. At four times the rate (five seeds, outside this
# lesson) 95 % can be cut off with L1 0.0003, and nobody notices: 0.81 to 0.83 before
# and after, where L2 falls to 0.42 to 0.57.
#
# That holds for this way of cutting: one limit for all layers, called *global* pruning.
# L1 empties the layers unequally. Cut 80 % of *each* layer, and it loses 1 to 7 points,
# L2 4 to 15; at four times the rate 0 to 4, L2 3 to 7 (five seeds, outside this
# lesson).

# %% The verdict
# On the test pictures: the network without penalty, and the two with L1, pruned.

rows = []
for seed in (1, 2, 3):
    rows.append(["none", *scores(models["none", seed], x_test, y_test)])
    for name in ("L1 0.0001", "L1 0.0003"):
        pruned = prune(models[name, seed], smallest=0.005)
        rows.append([f"{name}, pruned", *scores(pruned, x_test, y_test)])
tests = pd.DataFrame(rows, columns=["penalty", "test loss", "test accuracy"])
test_means = tests.groupby("penalty", sort=False).mean()
print(test_means.round(3))

# %%
# With half of the weights the accuracy is the same within half a point, and the loss a
# seventh lower. With a quarter of them the loss is lower still.
#
# L1 is one way to a small network, and a way to see which inputs it uses. In practice
# one cuts the smallest weights of any network and trains on (exercise 3), stores
# numbers with fewer digits (*quantization*), or trains a smaller network on the answers
# of the large one (*distillation*). As a cure against overfitting alone L1 is no better
# than L2.

# %% Try it yourself
# 1. Train ``build_model(l1=0.0001, l2=0.001)``, the elastic net. What does L2 do to the
#    weights that L1 leaves? (It shrinks them: those not near zero are 0.033 large
#    on average instead of 0.041. A few more are near zero, 0.52 instead of 0.47.)
# 2. Put the penalty on the first layer alone. Are the corners still dark? (Yes: it is
#    that layer's own affair.)
# 3. (Takes longer.) After pruning, train for 200 more steps with the zeros held at
#    zero: give each ``layer.kernel.constraint`` a function that multiplies by the mask
#    of that layer, and compile again. How much can you cut off then? (Without penalty
#    90 in 100: the accuracy comes back from 0.3 to 0.5 to 0.83, as good as uncut; of 95
#    it comes back to 0.80. With L1 0.0003 even 95 can go: 0.81 to 0.82. So this network
#    is far too large for the problem.)

results = {
    "by_hand_minus_keras": float(abs(by_hand - by_keras)),
    "end_l1": end_l1,
    "end_l2": end_l2,
    "end_soft_threshold": end_soft_threshold,
    "near_zero_untrained": near_zero_untrained,
    "near_zero_bare": float(sweep.loc["none", "near zero"]),
    "near_zero_l1": float(sweep.loc["L1 0.0001", "near zero"]),
    "near_zero_strong_l1": float(sweep.loc["L1 0.0003", "near zero"]),
    "near_zero_l2": float(sweep.loc["L2 0.003", "near zero"]),
    "rarely_lit_bare": float(kept.loc["to 1 %", "none"]),
    "often_lit_bare": float(kept.loc["more", "none"]),
    "rarely_lit_l1": float(kept.loc["to 1 %", "L1 0.0003"]),
    "pruning_changes": float((pruning["after"] - pruning["before"]).abs().max()),
    "whole_size": whole_size,
    "pruned_size": float(pruning.loc["L1 0.0003", "kB zipped"].mean()),
    "bare_80_cut_off": float(breaking.loc[0.8, "none"]),
    "l1_80_cut_off": float(breaking.loc[0.8, "L1 0.0003"]),
    "l2_80_cut_off": float(breaking.loc[0.8, "L2 0.003"]),
    "l1_90_cut_off": float(breaking.loc[0.9, "L1 0.0003"]),
    "l2_90_cut_off": float(breaking.loc[0.9, "L2 0.003"]),
    "bare_test_accuracy": float(test_means.loc["none", "test accuracy"]),
    "l1_test_accuracy": float(test_means.loc["L1 0.0001, pruned", "test accuracy"]),
    "strong_l1_test_accuracy": float(
        test_means.loc["L1 0.0003, pruned", "test accuracy"]
    ),
    "bare_test_loss": float(test_means.loc["none", "test loss"]),
    "l1_test_loss": float(test_means.loc["L1 0.0001, pruned", "test loss"]),
}
print(results)
