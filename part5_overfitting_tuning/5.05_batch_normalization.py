"""
5.05 Batch normalization
========================

A layer that brings its inputs to mean 0 and variance 1, batch by batch. You will

* compute it by hand, in training and at prediction, equal to Keras,
* measure which learning rates a network survives, with it and without,
* know the trap of its moving averages, and what it does against overfitting.

:Data: Fashion-MNIST, 2,000 of the 60,000 training pictures
    (``course_data.load_fashion_mnist``)
:Slides: part 5, "Batch normalization", "Its five effects, measured"
:Takes: about 40 s on two CPU cores
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

# %% By hand, in training
# You standardise the inputs of a model. The second layer of a network has inputs too:
# the outputs of the first. They change with every step, and so do their mean and their
# spread. *Batch normalization* standardises them anew in every batch:
#
#     (x - mean of the batch) / sqrt(variance of the batch + epsilon)
#
# and then multiplies by *gamma* and adds *beta*, two numbers for each neuron that are
# learned (they start at 1 and 0). So the network may choose any mean and spread it
# likes, but by two numbers, not by all its weights at once.

rng = np.random.default_rng(1)
outputs = rng.normal(loc=5, scale=3, size=(100, 4)).astype("float32")

layer = tf.keras.layers.BatchNormalization()
by_keras = layer(outputs, training=True).numpy()
mean = outputs.mean(axis=0)
variance = outputs.var(axis=0)
by_hand = (outputs - mean) / np.sqrt(variance + layer.epsilon)

training_difference = float(np.abs(by_hand - by_keras).max())
print(f"largest difference: {training_difference:.1e}")
print(
    "mean before",
    outputs.mean(axis=0).round(2),
    "after",
    by_keras.mean(axis=0).round(2),
)
print(
    "std  before", outputs.std(axis=0).round(2), "after", by_keras.std(axis=0).round(2)
)

# %% By hand, at prediction
# At prediction there may be a single picture, and no batch to take a mean of. So the
# layer keeps *moving averages* of mean and variance during training, and uses those:
#
#     moving mean = 0.99 · moving mean + 0.01 · mean of the batch
#
# It starts at 0 (the variance at 1), and has seen one batch so far. What will it do to
# the same numbers at prediction?

moving_mean = 0.01 * mean
moving_variance = 0.99 * 1 + 0.01 * variance
by_hand = (outputs - moving_mean) / np.sqrt(moving_variance + layer.epsilon)
by_keras = layer(outputs, training=False).numpy()
prediction_difference = float(np.abs(by_hand - by_keras).max())
print(f"largest difference: {prediction_difference:.1e}")
print("mean at prediction:", by_keras.mean(axis=0).round(2))

# %%
# Nothing is standardised: after one batch the averages have moved by one per cent of
# the way. We will meet this again.

# %% The network
# The usual place is between the matrix and the activation: *just before the
# activation*. The matrix then needs no bias of its own, since beta does its work.


def build_model(normalize, optimizer, seed=1, momentum=0.99):
    """Return a compiled network; normalize: "no", "before" or "after" activation."""
    tf.keras.utils.set_random_seed(seed)
    model = tf.keras.Sequential()
    model.add(tf.keras.Input(shape=(28, 28)))
    model.add(tf.keras.layers.Flatten())
    for _ in range(2):
        model.add(tf.keras.layers.Dense(256, use_bias=normalize != "before"))
        if normalize == "before":
            model.add(tf.keras.layers.BatchNormalization(momentum=momentum))
        model.add(tf.keras.layers.Activation("relu"))
        if normalize == "after":
            model.add(tf.keras.layers.BatchNormalization(momentum=momentum))
    model.add(tf.keras.layers.Dense(10, activation="softmax"))
    model.compile(
        optimizer=optimizer,
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
        steps_per_execution=20,
    )
    return model


# %% Which learning rates does it survive?
# Plain gradient descent, ten epochs, rates from 0.01 to 10. Each rate with and without.
# A network *survives* a rate if it ends with more than half of the validation pictures
# right. At which rate will each one break?

rates = [0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0]
rows = []
losses = {}
for rate in tqdm(rates):
    for normalize in ("no", "before"):
        model = build_model(normalize, tf.keras.optimizers.SGD(rate))
        history = model.fit(x_train, y_train, batch_size=100, epochs=10, verbose=0)
        accuracy = model.evaluate(
            x_validation, y_validation, batch_size=1000, verbose=0
        )[1]
        losses[normalize, rate] = history.history["loss"]
        rows.append([normalize, rate, history.history["loss"][-1], accuracy])
columns = ["batch normalization", "rate", "training loss", "validation accuracy"]
survival = pd.DataFrame(rows, columns=columns)
accuracy_by_rate = survival.pivot_table(
    index="rate", columns="batch normalization", values="validation accuracy"
)
print("validation accuracy after ten epochs")
print(accuracy_by_rate.round(3))

# %%
# The best rate of each is the one whose training loss is lowest at the end.

best_rates = {}
for normalize in ("no", "before"):
    its_rows = survival[survival["batch normalization"] == normalize]
    best_rates[normalize] = its_rows.set_index("rate")["training loss"].idxmin()
names = {"no": "without", "before": "normalized"}
print("best rates:", best_rates)

# %%
# On the right the training loss of both, each at its own best rate.

figure, axes = plt.subplots(1, 2, figsize=(12, 4), layout="constrained")
for normalize, name in names.items():
    axes[0].plot(accuracy_by_rate[normalize], "o-", label=name)
    rate = best_rates[normalize]
    epochs = range(1, 11)
    axes[1].plot(epochs, losses[normalize, rate], "o-", label=f"{name}, rate {rate}")
axes[0].axhline(0.5, color="0.6", linestyle=":", label="survives")
axes[0].set(title="After ten epochs", xlabel="rate", ylabel="validation accuracy")
axes[0].set(xscale="log")
axes[1].set(title="At the best rate", xlabel="epoch", ylabel="training loss")
for axis in axes:
    axis.legend()
plt.show()

# %%
# How many rates does each survive, and how many epochs does normalization save?

survived = (accuracy_by_rate > 0.5).sum()
print("rates survived, of 7:", survived.to_dict())


def epochs_needed(history, goal):
    """Return the first epoch with a loss below the goal, or more than there were."""
    for epoch, loss in enumerate(history, start=1):
        if loss < goal:
            return epoch
    return len(history) + 1


goal = losses["no", best_rates["no"]][-1]
needed = epochs_needed(losses["before", best_rates["before"]], goal)
print(f"without: training loss {goal:.3f} after 10 epochs; with: after {needed}")

# %%
# Without it the network dies at a rate of 1. With it, it lives up to 3, ten times as
# far. If a step is too long, the outputs of the layer become large, and the next batch
# is standardised again: the harm does not build up. And in three epochs it gets as far
# as the other does in ten.
#
# This is what batch normalization is for. It makes training fast, and forgiving.

# %% The trap of the moving averages
# The training loss above comes from batches; ``evaluate`` uses the moving averages. We
# train for five epochs of 20 batches, and ask after each for the accuracy on the
# *training* pictures, twice: as ``fit`` says it, and by ``evaluate``.

rows = []
for momentum in (0.99, 0.9):
    adam = tf.keras.optimizers.Adam(learning_rate=0.0005)
    model = build_model("before", adam, momentum=momentum)
    for epoch in range(1, 6):
        history = model.fit(x_train, y_train, batch_size=100, verbose=0)
        said = history.history["accuracy"][0]
        evaluated = model.evaluate(x_train, y_train, batch_size=1000, verbose=0)[1]
        rows.append([momentum, epoch, said, evaluated])
columns = ["momentum", "epochs", "fit says", "evaluate says"]
trap = pd.DataFrame(rows, columns=columns).set_index(["momentum", "epochs"])
print(trap.round(3))

# %%
# After three epochs ``fit`` says 0.9 and ``evaluate`` says less than 0.8, on the same
# pictures. The network is fine; the averages are late. With a *momentum* of 0.99 they
# need some hundreds of batches, and 60 is too few. With ``momentum=0.9`` they are there
# after one or two epochs. Whoever trains for a short time, or with few large batches,
# should set it, and whoever sees a validation loss that is bad only in the first epochs
# knows why.

# %% Against overfitting?
# Now 800 steps with Adam from a pipeline, as in the other lessons of this series, three
# seeds each: without, before the activation, and after it.

rows = []
for normalize in tqdm(["no", "before", "after"]):
    for seed in (1, 2, 3):
        adam = tf.keras.optimizers.Adam(learning_rate=0.0005)
        model = build_model(normalize, adam, seed)
        dataset = tf.data.Dataset.from_tensor_slices((x_train, y_train))
        batches = dataset.cache().shuffle(2000).repeat().batch(100)
        model.fit(batches, steps_per_epoch=800, shuffle=False, verbose=0)
        row = {"normalize": normalize}
        for part, x, y in (
            ("training", x_train, y_train),
            ("validation", x_validation, y_validation),
            ("test", x_test, y_test),
        ):
            loss, accuracy = model.evaluate(x, y, batch_size=1000, verbose=0)
            row[f"{part} loss"] = loss
            row[f"{part} accuracy"] = accuracy
        rows.append(row)
        if normalize == "before":
            normalized_model = model


# %%
# Means and standard deviations:

trainings = pd.DataFrame(rows).groupby("normalize")
means = trainings.mean().loc[["no", "before", "after"]]
means["gap"] = means["training accuracy"] - means["test accuracy"]
print("means of three seeds")
print(means.T.round(3))
print("standard deviations")
print(trainings.std().loc[["no", "before", "after"]].T.round(3))

# %%
# All training pictures are right, with a loss of nearly 0: as a memory for what it was
# shown the network has become better still. On other pictures it has not. The
# accuracies differ by no more than chance, the gap is no smaller, and the loss is
# higher than without, most of all with normalization after the activation. Batch
# normalization is no cure for overfitting. It is a cure for slow training.

# %% Its noise
# Why do people expect such a cure? In training each picture is standardised with the
# other 99 of its batch, and these are others each time. So the network gives the same
# picture another answer in every batch. It is a noise like that of dropout. How large
# is it?

first_picture = x_train[:1]
answers = []
for _ in range(200):
    others = x_train[rng.choice(2000, size=99, replace=False)]
    batch = np.concatenate([first_picture, others])
    hidden = normalized_model.layers[1](batch.reshape(100, 784))
    normalized = normalized_model.layers[2](hidden, training=True)
    answers.append(normalized[0].numpy())
noise = float(np.std(answers, axis=0).mean())
size = float(np.std(normalized.numpy(), axis=0).mean())
print(f"the same picture in 200 batches: its 256 numbers vary by {noise:.3f}")
print(f"different pictures vary by {size:.3f}")

# %%
# About an eighth of what one picture differs from another: too little to help here. In
# small batches it is more: the noise falls with the square root of the batch.
#
# Of the five effects that are claimed, two are seen here: faster training, and larger
# learning rates. That it makes the first weights less important, and deep networks
# possible, is for lesson 5.11; and lesson 5.12 has a problem, 600 rows in batches of
# 50, on which its noise does regularise.

# %% Try it yourself
# 1. Ask ``model.count_params()`` with and without. How many more does the normalization
#    before the activation cost? (1,536: four numbers for each of 512 neurons, less the
#    512 biases. Half of the 2,048 are the averages, which no gradient moves.)
# 2. Train with ``batch_size=4``. What becomes of the noise, and of the accuracy? (The
#    noise is 0.5 instead of 0.13. The training accuracy is 0.95 to 0.96 instead of 1,
#    the validation accuracy 0.80 instead of 0.83: too much noise, for too long.)
# 3. Replace it by ``tf.keras.layers.LayerNormalization()``, which standardises each
#    picture over its own 256 numbers. Which trap is gone? (There are no moving
#    averages.)

results = {
    "training_difference": training_difference,
    "prediction_difference": prediction_difference,
    "rates_survived": int(survived["no"]),
    "rates_survived_normalized": int(survived["before"]),
    "epochs_needed": needed,
    "fit_says_after_3": float(trap.loc[(0.99, 3), "fit says"]),
    "evaluate_says_after_3": float(trap.loc[(0.99, 3), "evaluate says"]),
    "evaluate_says_momentum_09": float(trap.loc[(0.9, 3), "evaluate says"]),
    "bare_test_accuracy": float(means.loc["no", "test accuracy"]),
    "before_test_accuracy": float(means.loc["before", "test accuracy"]),
    "after_test_accuracy": float(means.loc["after", "test accuracy"]),
    "bare_test_loss": float(means.loc["no", "test loss"]),
    "before_test_loss": float(means.loc["before", "test loss"]),
    "after_test_loss": float(means.loc["after", "test loss"]),
    "before_gap": float(means.loc["before", "gap"]),
    "noise": noise / size,
}
print(results)
