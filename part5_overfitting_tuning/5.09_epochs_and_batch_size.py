"""
5.09 Epochs and batch size
==========================

Is a batch of 1,000 better than one of 10? It depends on what is held equal. You will

* compare batch sizes at the same number of epochs, and at the same number of updates,
* scale the learning rate with the batch, and see how far that carries,
* read from a curve how many epochs are enough.

:Data: dry beans, 3,000 to train on, 3,000 to choose by (``course_data.load_dry_bean``)
:Slides: part 5, "Epochs and batch size"
:Takes: about 44 s on two CPU cores
"""

# %% The data
# The bean problem of lessons 5.07 to 5.14: 3,000 beans to train on and 3,000 others to
# choose by, scaled by the mean and spread of the training rows. No verdict is given
# here, so the beans that are left over stay unused.

import time

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

# %% Three words
# A *batch* is the rows that one update is computed from. An *epoch* is one round
# through all rows. An *update* (also: step, iteration) is one change of the weights. So
# 3,000 rows in batches of 50 make 60 updates an epoch.
#
# How many updates do ten epochs make with batches of 10, 50, 250 and 1,000?

sizes = [10, 50, 250, 1000]
for size in sizes:
    print(f"batches of {size:5}: {3000 // size * 10:5} updates in ten epochs")

# %% The same number of epochs
# Ten epochs for each, at the same learning rate; three seeds. All have seen every row
# ten times. Who will have learned most?


def train(size, epochs, rate, seed):
    """Train a network; return its validation loss, accuracy and the seconds it took."""
    tf.keras.utils.set_random_seed(seed)
    model = tf.keras.Sequential(
        [
            tf.keras.Input(shape=(16,)),
            tf.keras.layers.Dense(32, activation="relu"),
            tf.keras.layers.Dense(32, activation="relu"),
            tf.keras.layers.Dense(7, activation="softmax"),
        ]
    )
    model.compile(
        optimizer=tf.keras.optimizers.SGD(rate, momentum=0.9),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
        steps_per_execution=3000 // size,
    )
    start = time.perf_counter()
    model.fit(x_train, y_train, batch_size=size, epochs=epochs, verbose=0)
    seconds = time.perf_counter() - start
    loss, accuracy = model.evaluate(
        x_validation, y_validation, batch_size=3000, verbose=0
    )
    return loss, accuracy, seconds


# %%
# The comparison is made three times in this lesson, so it is a function, too.


def compare(epochs_of, rate_of):
    """Train each batch size with three seeds; return the means as a table."""
    rows = []
    for size in tqdm(sizes):
        for seed in (1, 2, 3):
            loss, accuracy, seconds = train(size, epochs_of(size), rate_of(size), seed)
            rows.append([size, loss, accuracy, seconds])
    columns = ["batch", "validation loss", "accuracy", "seconds"]
    table = pd.DataFrame(rows, columns=columns).groupby("batch").mean()
    table.insert(0, "updates", [epochs_of(size) * 3000 // size for size in sizes])
    return table


# %%
# Ten epochs each, at a rate of 0.01.

same_epochs = compare(lambda size: 10, lambda size: 0.01)
print("ten epochs each")
print(same_epochs.round(3))

# %%
# The small batches win: 10 and 50 are level, 250 is behind, and 1,000 has hardly begun.
# But the small ones have made a hundred times as many updates as the large ones. So is
# this about the batch, or about the updates?

# %% The same number of updates
# 300 updates for each: 1 epoch in batches of 10, 100 epochs in batches of 1,000. What
# will the table say now?

same_updates = compare(lambda size: 300 * size // 3000, lambda size: 0.01)
print("300 updates each")
print(same_updates.round(3))

# %%
# The order is turned round. With the same number of updates the large batches win:
# each of their updates follows a better gradient, the mean over more rows. But now
# they have seen every row a hundred times as often.
#
# Neither comparison is the fair one. What you pay for is time, and that lies between
# the two.

# %% Scale the rate with the batch
# A batch of 1,000 makes a twentieth of the updates of a batch of 50. Could each of its
# updates be twenty times as long? That is the *linear scaling rule*: rate times batch
# size. Ten epochs again, with a rate of 0.01 for batches of 50. For which sizes will it
# hold?

scaled = compare(lambda size: 10, lambda size: 0.01 * size / 50)
scaled.insert(0, "rate", [0.01 * size / 50 for size in sizes])
print("ten epochs each, rate scaled")
print(scaled.round(3))

# %%
# All three comparisons in one figure.

figure, axes = plt.subplots(1, 2, figsize=(12, 4.5), layout="constrained")
tables = {
    "ten epochs": same_epochs,
    "300 updates": same_updates,
    "ten epochs, rate scaled": scaled,
}
for marker, (name, table) in zip(["o", "s", "^"], tables.items()):
    axes[0].plot(table["validation loss"], marker=marker, label=name)
axes[0].set(title="What is held equal?", xlabel="batch size", ylabel="validation loss")
axes[0].set(xscale="log")
axes[0].legend()
axes[1].plot(same_epochs["seconds"] / 10, "o-")
axes[1].set(title="Seconds an epoch", xlabel="batch size", ylabel="seconds")
axes[1].set(xscale="log", ylim=(0, None))
plt.show()

# %%
# The triangles lie nearly level from 10 to 250: there the rule holds, and the larger
# batch gets the same for less time. At 1,000 it begins to fail: 30 updates are few, and
# a rate of 0.2 is near what the network survives (lesson 5.08). On a GPU, where a batch
# of 1,000 costs hardly more than one of 50, that point decides how large a batch is
# worth while. (The speed of an epoch hardly grows beyond 50 here: on a CPU a batch of
# 1,000 is work.)

# %% How many epochs?
# One training of 60 epochs in batches of 50, with the loss on both parts after each.
# Where would you stop?

tf.keras.utils.set_random_seed(1)
model = tf.keras.Sequential(
    [
        tf.keras.Input(shape=(16,)),
        tf.keras.layers.Dense(32, activation="relu"),
        tf.keras.layers.Dense(32, activation="relu"),
        tf.keras.layers.Dense(7, activation="softmax"),
    ]
)
model.compile(
    optimizer=tf.keras.optimizers.SGD(0.03, momentum=0.9),
    loss="sparse_categorical_crossentropy",
    steps_per_execution=60,
)
history = model.fit(
    x_train,
    y_train,
    batch_size=50,
    epochs=60,
    validation_data=(x_validation, y_validation),
    validation_batch_size=3000,
    verbose=0,
)

# %%
# A table of some epochs, and the curves.

losses = pd.DataFrame(history.history, index=range(1, 61))
losses = losses.rename(columns={"loss": "training", "val_loss": "validation"})
best_epoch = int(losses["validation"].idxmin())
print(losses.loc[[1, 2, 5, 10, 20, 40, 60]].round(3))
print("lowest validation loss in epoch", best_epoch)

figure, axis = plt.subplots(figsize=(8, 4.5), layout="constrained")
losses.plot(ax=axis, logx=True, logy=True)
axis.plot(best_epoch, losses.loc[best_epoch, "validation"], "o", label="lowest")
axis.set(title="60 epochs in batches of 50", xlabel="epoch", ylabel="loss")
axis.legend()
plt.show()

# %%
# The first two epochs do most of the work, and after some twenty nothing is gained.
# From there the training loss goes on falling and the validation loss creeps up: the
# network begins to learn the 3,000 beans by heart.
#
# The number of epochs is the one hyper-parameter that needs no search: set it too high,
# and let early stopping (lesson 5.06) find it. For the batch size: begin with 32 to
# 128, and take larger ones, with a larger rate, if they save time.

# %% Try it yourself
# 1. 60,000 pictures, batches of 128, 6 epochs: how many updates? (2,814.)
# 2. Give the batch of 1,000 a rate of 0.05 and 40 epochs. Does it catch up? (Yes: 0.20
#    to 0.21, as the batch of 50 after ten epochs, for about twice the time.)
# 3. Train in batches of 10 with a rate of 0.1. What happens, and which rule says so?
#    (The loss goes up and down and stays high. Scaled down from 0.01 for 50, the rate
#    should be 0.002.)

results = {
    "small_batch_same_epochs": float(same_epochs.loc[10, "validation loss"]),
    "large_batch_same_epochs": float(same_epochs.loc[1000, "validation loss"]),
    "small_batch_same_updates": float(same_updates.loc[10, "validation loss"]),
    "large_batch_same_updates": float(same_updates.loc[1000, "validation loss"]),
    "scaled_10": float(scaled.loc[10, "validation loss"]),
    "scaled_250": float(scaled.loc[250, "validation loss"]),
    "scaled_1000": float(scaled.loc[1000, "validation loss"]),
    "best_epoch": best_epoch,
    "best_epoch_loss": float(losses["validation"].min()),
    "last_epoch_loss": float(losses["validation"].iloc[-1]),
    "seconds_10": float(same_epochs.loc[10, "seconds"]),
}
print(results)
