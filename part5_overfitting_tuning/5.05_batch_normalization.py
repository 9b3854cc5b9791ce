"""
5.05 Batch normalization
========================

A layer that brings its inputs to mean 0 and variance 1, batch by batch. You will

* compute it by hand, in training and at prediction, equal to Keras,
* put three of the five things that are said of it to the test,
* know its two traps: averages that come late, and batches that never change.

:Data: Fashion-MNIST, 2,000 of the 60,000 training pictures
    (``course_data.load_fashion_mnist``)
:Slides: part 5, "Batch normalization standardises inside the network", "A trap: fit
  repeats its order", "Its five effects, measured"
:Takes: about 59 s on two CPU cores
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

# %% Five things that are said of it
# Most networks for pictures have this layer. Five reasons are given for it:
#
# 1. training is faster,
# 2. larger learning rates are possible,
# 3. the first weights matter less,
# 4. deep networks can be trained,
# 5. it regularises, so the network overfits less.
#
# Write down which of them you expect to hold on our 2,000 pictures.

# %% By hand, in training
# You standardise the inputs of a model. The second layer of a network has inputs too:
# the outputs of the first. They change with every step, and so do their mean and their
# spread. *Batch normalization* standardises them anew in every batch:
#
#     (x - mean of the batch) / sqrt(variance of the batch + epsilon)
#
# and then multiplies by *gamma* and adds *beta*, two numbers for each neuron that are
# learned (they start at 1 and 0).

rng = np.random.default_rng(1)
outputs = rng.normal(loc=5, scale=3, size=(100, 4)).astype("float32")

layer = tf.keras.layers.BatchNormalization()
by_keras = layer(outputs, training=True).numpy()
mean = outputs.mean(axis=0)
variance = outputs.var(axis=0)
by_hand = (outputs - mean) / np.sqrt(variance + layer.epsilon)

training_difference = float(np.abs(by_hand - by_keras).max())
print(f"largest difference: {training_difference:.1e}")
print("mean before", mean.round(2), "after", by_keras.mean(axis=0).round(2))
print("std  before", outputs.std(axis=0).round(2), end=" ")
print("after", by_keras.std(axis=0).round(2))

# %% Do the first weights matter less?
# Suppose that the weights in front had been drawn ten times as large. Then all outputs
# are ten times as large. What does the layer make of them? (A new layer, since this one
# has already seen a batch.)

ten_times = tf.keras.layers.BatchNormalization()(10 * outputs, training=True).numpy()
scale_difference = float(np.abs(ten_times - by_keras).max())
print(f"largest difference after 10 times the outputs: {scale_difference:.1e}")

# %%
# The same as before, but for the small epsilon: in training the *scale* of the weights
# in front drops out of the output. (It stays in the learning. To turn large weights
# takes a larger step than to turn small ones.) That is effect 3, and lesson 5.11 shows
# what it is worth in a network of ten layers.
#
# (Its inventors, Ioffe and Szegedy in 2015, gave another reason: a layer need no longer
# follow the changes of the layers before it, which they called *internal covariate
# shift*. You will read it everywhere. Santurkar and others, 2018, added such changes on
# purpose *behind* the normalization, and training was nearly as fast as before.)

# %% By hand, at prediction
# At prediction there may be a single picture, and no batch to take a mean of. So the
# layer keeps *moving averages* of mean and variance during training, and uses those:
#
#     moving mean = 0.99 · moving mean + 0.01 · mean of the batch
#
# Keras calls the 0.99 ``momentum``. (It has nothing to do with the momentum of an
# optimizer. PyTorch gives this name to the other number, 0.01.) The average starts at
# 0, that of the variance at 1, and both have seen one batch so far. What will the layer
# do to the same numbers at prediction?

moving_mean = 0.99 * 0 + 0.01 * mean
moving_variance = 0.99 * 1 + 0.01 * variance
by_hand = (outputs - moving_mean) / np.sqrt(moving_variance + layer.epsilon)
by_keras = layer(outputs, training=False).numpy()
prediction_difference = float(np.abs(by_hand - by_keras).max())
print(f"largest difference: {prediction_difference:.1e}")
print("mean at prediction:", by_keras.mean(axis=0).round(2))

# %%
# Nothing is standardised. The averages should be near 5 and 9, the mean and variance of
# these numbers; after one batch they have made one per cent of the way, from 0 and 1.
# We will meet this again.

# %% Does fit shuffle?
# A picture is now standardised together with the other 99 of its batch. So it matters
# which 99, and whether they are others in the next epoch. ``fit`` shuffles arrays
# before each epoch; that is its default. Is the order a new one each time? Here is a
# model whose training step records its rows and then trains as usual. Eight rows in
# batches of four, three epochs, after ``set_random_seed``.


class Recorder(tf.keras.Sequential):
    """A model that keeps in ``seen`` the rows it is given, in their order."""

    def train_step(self, data):
        """Record the rows of the batch, then make the usual step."""
        batch, _ = data
        self.seen.extend(batch.numpy().ravel().tolist())
        return super().train_step(data)


def orders_of(x, epochs, **fit_settings):
    """Train for some epochs; return the order of the eight rows in each, as text."""
    tf.keras.utils.set_random_seed(1)
    recorder = Recorder([tf.keras.Input(shape=(1,)), tf.keras.layers.Dense(1)])
    recorder.seen = []
    recorder.compile(loss="mse", run_eagerly=True)
    recorder.fit(x, epochs=epochs, verbose=0, **fit_settings)
    orders = np.array(recorder.seen).reshape(epochs, 8)
    return ["".join(map(str, order)) for order in orders]


# %%
# Once with arrays, once with a ``tf.data`` pipeline. (There ``shuffle=False`` tells
# ``fit`` that the shuffling has been done.)

numbers = np.arange(8).reshape(8, 1)
orders_by_fit = orders_of(numbers, epochs=3, y=numbers, batch_size=4)

dataset = tf.data.Dataset.from_tensor_slices((numbers, numbers))
batches = dataset.shuffle(8).batch(4)
orders_by_pipeline = orders_of(batches, epochs=3, shuffle=False)

print("fit with arrays:    ", orders_by_fit)
print("fit with a pipeline:", orders_by_pipeline)

# %%
# ``fit`` has shuffled, but in each epoch in the same way: the same batches, in the same
# order, to the end of training. It is a trap of Keras 3.15 on TensorFlow. After
# ``set_random_seed`` the order of every epoch is drawn from the same seed; without a
# seed each epoch has its own, and no run can be repeated. The pipeline of two lines has
# other batches in every epoch, and can be repeated all the same.
#
# Most lessons of this course call ``fit`` with arrays and a seed, and see one order.
# What does it cost? In lesson 5.12 it turns the noise of this layer into something to
# learn by heart. On our pictures the lowest validation loss of the last experiment
# below would be 0.49 to 0.54 instead of 0.48 to 0.50, with normalization as without
# (five seeds each). Where a batch means something, use a pipeline.

# %% The network
# The usual place is between the matrix and the activation: *just before the
# activation*. The matrix then needs no bias of its own, since beta does its work.


def build_model(place, optimizer, seed=1, momentum=0.9):
    """Return a compiled network; place of the layers: "none", "before" or "behind"."""
    tf.keras.utils.set_random_seed(seed)
    model = tf.keras.Sequential()
    model.add(tf.keras.Input(shape=(28, 28)))
    model.add(tf.keras.layers.Flatten())
    for _ in range(2):
        model.add(tf.keras.layers.Dense(256, use_bias=place != "before"))
        if place == "before":
            model.add(tf.keras.layers.BatchNormalization(momentum=momentum))
        model.add(tf.keras.layers.Activation("relu"))
        if place == "behind":
            model.add(tf.keras.layers.BatchNormalization(momentum=momentum))
    model.add(tf.keras.layers.Dense(10, activation="softmax"))
    model.compile(
        optimizer=optimizer,
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
        steps_per_execution=20,  # saves time and changes no result
    )
    return model


# %%
# And the two lines of pipeline:


def shuffled_batches(size=100):
    """Return the training pictures in batches, other ones in every epoch."""
    dataset = tf.data.Dataset.from_tensor_slices((x_train, y_train))
    return dataset.shuffle(len(x_train)).batch(size)


# %% Faster, and with larger rates?
# Plain gradient descent, ten epochs, rates from 0.03 to 10. Each rate with and without.
# A network *survives* a rate if it ends with more than half of the validation pictures
# right. At which rate will each one break?

rates = [0.03, 0.1, 0.3, 1.0, 3.0, 10.0]
rows = []
losses = {}
for rate in tqdm(rates):
    for place in ("none", "before"):
        model = build_model(place, tf.keras.optimizers.SGD(rate))
        history = model.fit(shuffled_batches(), epochs=10, shuffle=False, verbose=0)
        losses[place, rate] = history.history["loss"]
        _, accuracy = model.evaluate(
            x_validation, y_validation, batch_size=1000, verbose=0
        )
        rows.append([place, rate, history.history["loss"][-1], accuracy])

# %%
# As a table:

columns = ["normalization", "rate", "training loss", "validation accuracy"]
survival = pd.DataFrame(rows, columns=columns)
accuracy_by_rate = survival.pivot_table(
    index="rate", columns="normalization", values="validation accuracy"
)
print("validation accuracy after ten epochs")
print(accuracy_by_rate[["none", "before"]].round(3))

# %%
# The best rate of each is the one whose training loss is lowest at the end. How many
# epochs does normalization save?

best_rates = {}
for place in ("none", "before"):
    its_rows = survival[survival["normalization"] == place]
    best_rates[place] = float(its_rows.set_index("rate")["training loss"].idxmin())
print("best rates:", best_rates)

bare_losses = losses["none", best_rates["none"]]
normalized_losses = losses["before", best_rates["before"]]
goal = bare_losses[-1]
needed = int(np.argmax(np.array(normalized_losses) < goal)) + 1
print(f"training loss without: {goal:.2f} after 10 epochs")
print(f"with: below that after {needed}, {normalized_losses[-1]:.2f} after 10")

# %%
# On the right the training loss of both, each at its own best rate.

names = {"none": "without", "before": "normalized"}
figure, axes = plt.subplots(1, 2, figsize=(12, 4), layout="constrained")
for place, name in names.items():
    rate = best_rates[place]
    axes[0].plot(accuracy_by_rate[place], "o-", label=name)
    axes[1].plot(range(1, 11), losses[place, rate], "o-", label=f"{name}, rate {rate}")
axes[0].axhline(0.5, color="0.6", linestyle=":", label="survives")
axes[0].set(title="After ten epochs", xlabel="rate", ylabel="validation accuracy")
axes[0].set(xscale="log", xticks=rates, xticklabels=rates, ylim=(0, 1))
axes[0].minorticks_off()
axes[1].set(title="At the best rate", xlabel="epoch", ylabel="training loss")
axes[1].set(ylim=(0, None))
for axis in axes:
    axis.legend()
plt.show()

# %%
# How many of the six rates does each survive?

survived = (accuracy_by_rate > 0.5).sum()
print("rates survived, of 6:", survived.to_dict())

# %%
# Without normalization the network dies at a rate of 1. With it, it lives up to 3, two
# rates further than without. And in two or three epochs its training loss gets as far
# as the other's in ten. (That counts epochs. An epoch with normalization takes about
# 1.3 times as long here.)
#
# Look twice before you make a promise of it. The larger rates are survived, not better:
# both have their best rate at 0.3. (On a finer grid, three seeds: 0.2 with
# normalization, 0.2 or 0.3 without. The bare network dies between 0.5 and 0.7, the
# normalized one beyond 5.) After ten epochs both are right on the same 0.8 of the
# validation pictures.
#
# And there is a control that is missing. You standardise the inputs of a model, but
# these pictures lie from 0 to 1, and nobody has done it. Maybe the layer only makes up
# for that? The two networks once more, on pictures from which the mean picture is taken
# away. How many epochs will be saved now?

mean_picture = x_train.mean(axis=0)
centred = (x_train - mean_picture) / (x_train - mean_picture).std()
centred_losses = {}
for place in ("none", "before"):
    model = build_model(place, tf.keras.optimizers.SGD(best_rates[place]))
    batches = tf.data.Dataset.from_tensor_slices((centred, y_train))
    batches = batches.shuffle(len(x_train)).batch(100)
    history = model.fit(batches, epochs=10, shuffle=False, verbose=0)
    centred_losses[place] = history.history["loss"]

centred_goal = centred_losses["none"][-1]
below = np.array(centred_losses["before"]) < centred_goal
needed_centred = int(np.argmax(below)) + 1
print(f"centred pictures, without: {centred_goal:.2f} after 10 epochs")
print(f"with: below that after {needed_centred}")

# %%
# Most of the gain was the centring that one does anyway: it takes the bare network from
# about 0.5 to 0.1 or 0.2, and normalization now saves a few epochs of ten. (Outside
# this lesson, three seeds, rates 0.1 to 0.3: it needs 5 to 10 epochs for the other's
# ten, mostly 8 or 9.)

# %% The trap of the late averages
# The training loss above comes from batches; ``evaluate`` uses the moving averages. We
# train for five epochs of 20 batches with Adam, and ask after each for the accuracy on
# the *training* pictures, twice: as ``fit`` says it, and by ``evaluate``. Once with
# Keras' default of 0.99 for the averages, once with 0.9. In which rows will the two
# differ?

rows = []
for momentum in (0.99, 0.9):
    adam = tf.keras.optimizers.Adam(learning_rate=0.0005)
    model = build_model("before", adam, momentum=momentum)
    for epoch in range(1, 6):
        history = model.fit(shuffled_batches(), shuffle=False, verbose=0)
        said = history.history["accuracy"][0]
        _, evaluated = model.evaluate(x_train, y_train, batch_size=1000, verbose=0)
        rows.append([momentum, epoch, said, evaluated])
columns = ["momentum", "epochs", "fit says", "evaluate says"]
trap = pd.DataFrame(rows, columns=columns).set_index(["momentum", "epochs"])
print(trap.round(3))

# %%
# The column of ``fit`` is the same for both: in training the averages are not used, so
# the two networks have the same weights. After three epochs ``evaluate`` finds less
# than 0.82 with one set of averages and about 0.9 with the other. The network is fine;
# its averages are late. With 0.99 they need some hundreds of batches, and 60 are too
# few. For short trainings, or few large batches, set ``momentum=0.9``; and when a
# validation loss is bad only in the first epochs, think of this.
#
# What does it cost? An average over some ten batches jumps. The same weights with the
# exact mean and variance of all training pictures, three seeds, outside this lesson:
# after five epochs a validation loss of 0.49 to 0.50, where these averages have 0.50 to
# 0.57 and those of 0.99 have 0.95 to 0.98. At the best epochs of each the three differ
# by 0.03 at most.
#
# (When you freeze a network, as in lesson 3.10, ``layer.trainable = False`` also makes
# this layer use its averages in training.)

# %% Does it regularise?
# Now with Adam, three seeds each: without, before the activation, and behind it. After
# each epoch we ask for the validation loss. The callback ends a training when there has
# been no better epoch for ten, and gives us back the weights of the best one (lesson
# 5.06 does it by hand). Where will each curve have its lowest point, and how low?

histories = {}
rows = []
for place in tqdm(["none", "before", "behind"]):
    for seed in (1, 2, 3):
        best = tf.keras.callbacks.EarlyStopping(
            monitor="val_loss", patience=10, restore_best_weights=True
        )
        adam = tf.keras.optimizers.Adam(learning_rate=0.0005)
        model = build_model(place, adam, seed)
        history = model.fit(
            shuffled_batches(),
            epochs=40,
            validation_data=(x_validation, y_validation),
            validation_batch_size=2000,
            callbacks=[best],
            shuffle=False,
            verbose=0,
        )
        history = pd.DataFrame(history.history, index=range(1, len(history.epoch) + 1))
        histories[place, seed] = history
        test_loss, test_accuracy = model.evaluate(
            x_test, y_test, batch_size=1000, verbose=0
        )
        best_epoch = history["val_loss"].idxmin()
        best_loss = history["val_loss"].min()
        rows.append([place, seed, best_epoch, best_loss, test_loss, test_accuracy])
        if place == "before":
            normalized_model = model

# %%
# The columns speak of the best epoch, the test columns too:

columns = ["place", "seed", "best epoch", "validation loss", "test loss"]
columns = columns + ["test accuracy"]
trainings = pd.DataFrame(rows, columns=columns).set_index(["place", "seed"])
print(trainings.round(3))
means = trainings.groupby("place").mean()
print("means of three seeds")
print(means.loc[["none", "before", "behind"]].round(3))

# %%
# The curves of one seed, without and before:

figure, axes = plt.subplots(1, 2, figsize=(12, 4), layout="constrained", sharey=True)
for axis, place in zip(axes, ["none", "before"]):
    history = histories[place, 1]
    axis.plot(history["loss"], label="training")
    axis.plot(history["val_loss"], "--", label="validation")
    best_epoch = trainings.loc[(place, 1), "best epoch"]
    axis.axvline(best_epoch, color="0.6", linestyle=":", label="best epoch")
    axis.set(title=names[place], xlabel="epoch", ylabel="loss", ylim=(0, 1.2))
    axis.legend(loc="upper right")
plt.show()

# %%
# At its best epoch the normalized network has the loss of the bare one, and it is there
# in half the epochs; in the right answers the two are level within a point. Behind the
# activation it is worse, in the loss by 0.02 to 0.03 and in the right answers by a
# point. So effect 5 is not to be seen here. (With centred pictures, outside this
# lesson, the half is gone, too: six to nine epochs without, seven with, 0.48 to 0.49
# both.)
#
# If you train both for the same 40 epochs, you find validation losses of 0.65 to 0.74
# with normalization and 0.59 to 0.60 without (three seeds, not in this lesson), and may
# think that it does harm. But one of the two has been past its best epoch for much
# longer; and a part of it are averages that jump: exact ones have 0.64 to 0.70.

# %% Its noise
# Why do people expect it to regularise? In training the same picture has other
# companions in every epoch, so the network gives it other numbers each time: a noise
# like that of dropout. How large is it? We standardise the first layer's outputs for
# each of ten pictures in 200 different batches, by hand.

first_dense = normalized_model.layers[1]
hidden = first_dense(x_train.reshape(2000, 784)).numpy()


def noise_in_batches(size):
    """Return the spread of one picture's standardised numbers over 200 batches."""
    spreads = []
    for picture in range(10):
        versions = []
        for _ in range(200):
            others = hidden[rng.choice(2000, size=size - 1, replace=False)]
            batch = np.concatenate([hidden[[picture]], others])
            spread = np.sqrt(batch.var(axis=0) + layer.epsilon)
            versions.append((hidden[picture] - batch.mean(axis=0)) / spread)
        spreads.append(np.std(versions, axis=0).mean())
    return float(np.mean(spreads))


# %%
# In batches of 100, and of 25:

noise = noise_in_batches(100)
noise_of_25 = noise_in_batches(25)
print(f"spread of one picture: {noise:.3f} in batches of 100, {noise_of_25:.3f} of 25")

# %%
# Different pictures vary by 1 here, since that is what standardising means. In batches
# of 100 one picture varies by about a ninth of that. The noise falls with the square
# root of the batch: a quarter of the pictures, twice the noise.
#
# The five, then:
#
# 1. faster training: on raw pictures yes, two or three epochs for ten, in the training
#    loss; on centred ones less, five to ten for ten;
# 2. larger learning rates: yes, ten times as large, but none of them is better;
# 3. first weights: their scale drops out (lesson 5.11 starts ten layers from small and
#    from large ones);
# 4. deep networks: yes, lesson 5.11 has ten sigmoid layers that learn with it and
#    hardly without;
# 5. regularises: not here. On the 600 rows of lesson 5.12 its noise delays overfitting:
#    when every epoch has the same batches the loss is 0.28 instead of 0.24 after 360
#    steps. (Without any normalization it is 0.24 to 0.25 there. Stopped at its best
#    epoch each of them has 0.21 to 0.23.)
#
# Transformers take ``LayerNormalization`` instead, which standardises each row over its
# own numbers: no batch, no averages, no noise.

# %% Try it yourself
# 1. Ask ``model.count_params()`` for the place "none" and for "before". How many more
#    does the normalization cost? (1,536: four numbers for each of 512 neurons, less the
#    512 biases. Half of the 2,048 are the averages, which no gradient moves.)
# 2. Print ``noise_in_batches(4)``. Then train the network "before" for 10 epochs with
#    ``shuffled_batches(4)``. What do you lose? (The noise is above 0.5. In the tenth
#    epoch ``fit`` says 0.78 to 0.79 instead of 0.98, but it asks in that noise:
#    ``evaluate`` finds 0.88 to 0.90 on the same pictures. The best validation loss is
#    0.54 to 0.56 instead of 0.49 to 0.50, with a fifth of the rate 0.53 to 0.57.)
# 3. Put ``tf.keras.layers.LayerNormalization()`` in the place of the two layers before
#    the activation, in the cell with the late averages. Which trap is gone? (There are
#    no moving averages: ``fit`` says 0.83 after three epochs, ``evaluate`` 0.85 to
#    0.87: it is asked after the last step of the epoch.)

results = {
    "training_difference": training_difference,
    "prediction_difference": prediction_difference,
    "scale_difference": scale_difference,
    "orders_by_fit": len(set(orders_by_fit)),
    "orders_by_pipeline": len(set(orders_by_pipeline)),
    "rates_survived": int(survived["none"]),
    "rates_survived_normalized": int(survived["before"]),
    "epochs_needed": needed,
    "epochs_needed_centred": needed_centred,
    "bare_loss": float(goal),
    "bare_loss_centred": float(centred_goal),
    "fit_says_after_3": float(trap.loc[(0.99, 3), "fit says"]),
    "evaluate_says_after_3": float(trap.loc[(0.99, 3), "evaluate says"]),
    "evaluate_says_momentum_09": float(trap.loc[(0.9, 3), "evaluate says"]),
    "bare_best_epoch": float(means.loc["none", "best epoch"]),
    "before_best_epoch": float(means.loc["before", "best epoch"]),
    "bare_test_accuracy": float(means.loc["none", "test accuracy"]),
    "before_test_accuracy": float(means.loc["before", "test accuracy"]),
    "behind_test_accuracy": float(means.loc["behind", "test accuracy"]),
    "bare_test_loss": float(means.loc["none", "test loss"]),
    "before_test_loss": float(means.loc["before", "test loss"]),
    "behind_test_loss": float(means.loc["behind", "test loss"]),
    "noise": noise,
}
print(results)
