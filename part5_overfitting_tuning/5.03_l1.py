"""
5.03 L1 regularization
======================

A penalty on the size of weights, not on their squares, sends most of them to zero. You
will

* compute the L1 penalty by hand, and see why it makes zeros where L2 does not,
* train a network of which most weights are worth nothing, and cut them off,
* compare that with cutting the same number off a network without penalty.

:Data: Fashion-MNIST, 2,000 of the 60,000 training pictures
    (``course_data.load_fashion_mnist``)
:Slides: part 5, "L1 makes networks sparse", "The cost with a penalty"
:Takes: about 34 s on two CPU cores
"""

# %% The data
# The small problem of lessons 5.01 to 5.06: 2,000 pictures to train on, 2,000 others to
# choose by, and the 10,000 test pictures for the end.

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import tensorflow as tf
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
# One weight of 1, pulled by its penalty alone, 100 steps. Where does it end with each?

weight_l1 = tf.Variable(1.0)
weight_l2 = tf.Variable(1.0)
path = []
for _ in range(100):
    path.append([float(weight_l1), float(weight_l2)])
    for weight, penalty in ((weight_l1, tf.abs), (weight_l2, tf.square)):
        with tf.GradientTape() as tape:
            loss = penalty(weight)
        weight.assign_sub(0.015 * tape.gradient(loss, weight))

figure, axis = plt.subplots(figsize=(7, 4), layout="constrained")
axis.plot(path, label=["L1", "L2"])
axis.axhline(0, color="0.7")
axis.set(title="A weight under its penalty alone", xlabel="step", ylabel="weight")
axis.legend()
plt.show()
end_l1, end_l2 = path[-1]
print(f"after 100 steps: L1 {end_l1:.4f}, L2 {end_l2:.4f}")

# %%
# L1 goes down in a straight line, reaches zero, and then jumps to and fro around it by
# one step. L2 takes a share of what is there, and never arrives.

# %% By hand
# The same network as in lesson 5.02, with ``regularizers.L1``. Its penalty by hand:


def build_model(l1, seed):
    """Build and compile a network with an L1 penalty on each layer's weights."""
    tf.keras.utils.set_random_seed(seed)
    penalty = tf.keras.regularizers.L1(l1)
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
        steps_per_execution=20,
    )
    return model


def all_weights(model):
    """Return all weights of the three layers in one row, without the biases."""
    return np.concatenate([layer.kernel.numpy().ravel() for layer in model.layers[1:]])


model = build_model(l1=0.0001, seed=1)
by_hand = 0.0001 * np.abs(all_weights(model)).sum()
by_keras = float(sum(model.losses))
print(f"penalty by hand {by_hand:.5f}, by Keras {by_keras:.5f}")

# %% Three lambdas
# Each with three seeds. *Near zero* means a weight of less than 0.005: the first
# layer's weights start anywhere between -0.076 and 0.076. How large a share will be
# near zero?


def evaluate(model, x, y):
    """Return cross-entropy without penalty, and accuracy."""
    _, cross_entropy, accuracy = model.evaluate(x, y, batch_size=1000, verbose=0)
    return cross_entropy, accuracy


# %%
# Nine trainings of 800 steps, from a pipeline as in lesson 5.02:

rows = []
models = {}
for l1 in tqdm([0, 0.0001, 0.0003]):
    for seed in (1, 2, 3):
        model = build_model(l1, seed)
        dataset = tf.data.Dataset.from_tensor_slices((x_train, y_train))
        batches = dataset.cache().shuffle(2000).repeat().batch(100)
        model.fit(batches, steps_per_epoch=800, shuffle=False, verbose=0)
        models[l1, seed] = model
        _, training = evaluate(model, x_train, y_train)
        cross_entropy, validation = evaluate(model, x_validation, y_validation)
        near_zero = np.mean(np.abs(all_weights(model)) < 0.005)
        rows.append(
            {
                "lambda": l1,
                "near zero": near_zero,
                "training accuracy": training,
                "validation accuracy": validation,
                "gap": training - validation,
                "validation cross-entropy": cross_entropy,
            }
        )

# %%
# Their means and spreads:

sweep = pd.DataFrame(rows).groupby("lambda")
print("means of three seeds")
print(sweep.mean().round(3).to_string())
print("standard deviations")
print(sweep.std().round(3).to_string())

# %%
# Without a penalty one in twenty of the 268,800 weights is near zero. With a lambda of
# 0.0001 it is nearly half of them, with 0.0003 nearly three quarters, and the accuracy
# falls by one point or two. As with L2, the gap and the cross-entropy shrink and the
# accuracy does not grow.
#
# Where have the weights gone that are left? Each of the 784 pixels has 256 weights into
# the first layer. We add up their absolute values and put them where the pixel is.

figure, axes = plt.subplots(1, 3, figsize=(12, 4), layout="constrained")
for axis, l1 in zip(axes[:2], [0, 0.0001]):
    first_kernel = np.abs(models[l1, 1].layers[1].kernel.numpy())
    image = axis.imshow(first_kernel.sum(axis=1).reshape(28, 28), cmap="viridis")
    axis.set(title=f"lambda {l1}", xlabel="column", ylabel="row")
    figure.colorbar(image, ax=axis, label="sum of absolute weights", shrink=0.8)
bins = np.geomspace(1e-7, 1, 71)
for l1 in (0, 0.0001):
    sizes = np.abs(all_weights(models[l1, 1]))
    axes[2].hist(sizes, bins, histtype="step", linewidth=2, label=f"lambda {l1}")
axes[2].axvline(0.005, color="0.5", linestyle=":", label="near zero")
axes[2].set(title="All weights", xlabel="absolute weight", ylabel="how many")
axes[2].set(xscale="log")
axes[2].legend()
plt.show()

# %%
# Without penalty the edges and corners weigh most, of all places: they are black in
# nearly all pictures, so nothing ever moves their weights away from where chance has
# put them. With L1 they are dark. L1 chooses its inputs, as the lasso does.
#
# On the right all weights by size. With L1 there are two heaps: those that work, and
# those that jump to and fro around zero, a little nearer or farther. Exactly 0 is
# hardly one of them: that is for us to do.

# %% Cut them off
# *Pruning* means to set to exactly 0 whatever is near it. A matrix of zeros can be
# stored and multiplied cheaply. Does the network notice?


pruned = build_model(l1=0, seed=1)


def prune(model, smallest):
    """Give ``pruned`` the weights of a model, those below a size set to 0."""
    pruned.set_weights(model.get_weights())
    for layer in pruned.layers[1:]:
        kernel = layer.kernel.numpy()
        kernel[np.abs(kernel) < smallest] = 0
        layer.kernel.assign(kernel)


# %%
# Six networks, before and after:

rows = []
for l1 in (0.0001, 0.0003):
    for seed in (1, 2, 3):
        model = models[l1, seed]
        prune(model, smallest=0.005)
        left = np.count_nonzero(all_weights(pruned)) / len(all_weights(pruned))
        before = evaluate(model, x_validation, y_validation)[1]
        after = evaluate(pruned, x_validation, y_validation)[1]
        rows.append([l1, seed, left, before, after])
columns = ["lambda", "seed", "weights left", "before", "after"]
pruning = pd.DataFrame(rows, columns=columns).set_index(["lambda", "seed"])
print("validation accuracy before and after pruning")
print(pruning.round(4))

# %%
# It does not: the accuracy changes by a few pictures in a thousand, and more often up
# than down.

# %% Was that L1's work?
# A fair question: perhaps the network *without* penalty has as many weights too many.
# We cut the smallest weights off each, more and more of them, without training again,
# and look where each one breaks. Which will stand more?

shares = [0, 0.5, 0.7, 0.8, 0.9, 0.95]
rows = []
for share in tqdm(shares):
    row = {"share cut off": share}
    for l1, name in ((0, "no penalty"), (0.0001, "L1 0.0001"), (0.0003, "L1 0.0003")):
        accuracies = []
        for seed in (1, 2, 3):
            model = models[l1, seed]
            smallest = np.quantile(np.abs(all_weights(model)), share)
            prune(model, smallest)
            accuracies.append(evaluate(pruned, x_validation, y_validation)[1])
        row[name] = np.mean(accuracies)
    rows.append(row)
breaking = pd.DataFrame(rows).set_index("share cut off")
print(breaking.round(3))

# %%
# The same as curves; the spot where a curve bends is where the network breaks.

figure, axis = plt.subplots(figsize=(7, 4), layout="constrained")
breaking.plot(ax=axis, style=["o-", "s--", "^-"])
axis.set(title="The smallest weights are cut off", ylabel="validation accuracy")
plt.show()

# %%
# Even the network without penalty can do without half of its weights, nearly: it is far
# too large for the problem. But at 80 in 100 it breaks, and the networks with L1 go on;
# with a lambda of 0.0003 nothing has happened yet. Training under L1 has gathered the
# work in a few weights.

# %% The verdict
# On the test pictures: the network without penalty, and the two with L1, pruned.

rows = []
for seed in (1, 2, 3):
    rows.append(["no penalty", *evaluate(models[0, seed], x_test, y_test)])
    prune(models[0.0001, seed], smallest=0.005)
    rows.append(["L1 0.0001, pruned", *evaluate(pruned, x_test, y_test)])
    prune(models[0.0003, seed], smallest=0.005)
    rows.append(["L1 0.0003, pruned", *evaluate(pruned, x_test, y_test)])
tests = pd.DataFrame(rows, columns=["network", "test loss", "test accuracy"])
test_means = tests.groupby("network").mean()
print(test_means.round(3))

# %%
# With half of the weights the accuracy is the same, and the loss a seventh lower. With
# a quarter of the weights the loss is lower still, and the accuracy has lost half a
# point.
#
# L1 is the cure of choice when a network has to be *small*, or when you want to see
# which inputs it uses. As a cure against overfitting alone it is no better than L2.

# %% Try it yourself
# 1. Use ``regularizers.L1L2(l1=0.0001, l2=0.001)``, the elastic net. What does L2 do to
#    the weights that L1 leaves? (It shrinks them: those not near zero are 0.033 large
#    on average instead of 0.041. A few more are near zero, 0.52 instead of 0.47.)
# 2. Put the penalty on the first layer alone. Are the corners still dark? (Yes: it is
#    that layer's own affair.)
# 3. After pruning, train for five more epochs with the zeros held at zero (multiply
#    the kernels by a mask after each epoch). How much can you cut off then? (Without
#    penalty 80 in 100: the accuracy comes back from about 0.6 to 0.82. With a lambda of
#    0.0003 it is 90 in 100, from 0.77 to 0.82. With 95 in 100 neither comes back.)

results = {
    "by_hand_minus_keras": float(abs(by_hand - by_keras)),
    "end_l1": end_l1,
    "end_l2": end_l2,
    "near_zero_bare": float(sweep["near zero"].mean()[0]),
    "near_zero_l1": float(sweep["near zero"].mean()[0.0001]),
    "near_zero_strong_l1": float(sweep["near zero"].mean()[0.0003]),
    "pruning_changes": float((pruning["after"] - pruning["before"]).abs().max()),
    "bare_80_cut_off": float(breaking.loc[0.8, "no penalty"]),
    "l1_80_cut_off": float(breaking.loc[0.8, "L1 0.0003"]),
    "bare_test_accuracy": float(test_means.loc["no penalty", "test accuracy"]),
    "l1_test_accuracy": float(test_means.loc["L1 0.0001, pruned", "test accuracy"]),
    "strong_l1_test_accuracy": float(
        test_means.loc["L1 0.0003, pruned", "test accuracy"]
    ),
    "bare_test_loss": float(test_means.loc["no penalty", "test loss"]),
    "l1_test_loss": float(test_means.loc["L1 0.0001, pruned", "test loss"]),
}
print(results)
