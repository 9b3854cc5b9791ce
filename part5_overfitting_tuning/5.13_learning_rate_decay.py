"""
5.13 Learning rate decay
========================

Begin with long steps, end with short ones. You will

* draw six schedules, and write one by hand,
* compare them at the same budget, each at its own best rate,
* see what a schedule does in the last epochs.

:Data: dry beans, 3,000 to train on, 3,000 to choose by (``course_data.load_dry_bean``)
:Slides: part 5, "Learning rate decay"
:Takes: about 46 s on two CPU cores
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

# %% Six schedules
# Lesson 5.08 ended with a wish: a rate that is large at the beginning and small at the
# end. A *schedule* gives the rate for each update. Fifteen epochs of 60 updates are
# 900.
#
# * *constant*: the same all the time,
# * *step*: a tenth after two thirds of the time,
# * *exponential*: the same share off in each update,
# * *cosine*: along half a cosine, from the full rate to 0,
# * *one cycle*: up to the full rate in the first third, then down along a cosine,
# * *on plateau*: a fifth whenever the validation loss has not fallen for two epochs.
#
# Keras has the first five as objects that the optimizer asks at every update. What is
# the cosine's rate after 450 of 900 updates?

UPDATES = 900


def make_schedule(name, rate):
    """Return the schedule of this name with this full rate."""
    schedules = tf.keras.optimizers.schedules
    if name == "step":
        return schedules.PiecewiseConstantDecay([600], [rate, rate / 10])
    if name == "exponential":
        return schedules.ExponentialDecay(rate, UPDATES, decay_rate=0.01)
    if name == "cosine":
        return schedules.CosineDecay(rate, UPDATES)
    if name == "one cycle":
        return schedules.CosineDecay(
            rate / 25, UPDATES - 300, warmup_target=rate, warmup_steps=300
        )
    return rate


# %%
# The answer by hand and by Keras:

by_hand = 0.5 * (1 + np.cos(np.pi * 450 / 900))
by_keras = float(make_schedule("cosine", 1.0)(450))
print(f"cosine after half of the time, by hand {by_hand:.4f}, by Keras {by_keras:.4f}")

# %%
# And all five over the 900 updates:

figure, axis = plt.subplots(figsize=(8, 4), layout="constrained")
updates = np.arange(UPDATES)
for name in ("constant", "step", "exponential", "cosine", "one cycle"):
    schedule = make_schedule(name, 1.0)
    if name == "constant":
        drawn = np.ones(UPDATES)
    else:
        drawn = [float(schedule(update)) for update in updates]
    axis.plot(updates, drawn, label=name)
axis.set(title="Schedules", xlabel="update", ylabel="share of the full rate")
axis.legend()
plt.show()

# %%
# "On plateau" cannot be drawn beforehand: it is a callback that looks at the validation
# loss after each epoch.

# %% The same budget, and a fair one
# Fifteen epochs for everyone. A schedule that begins high and ends low may want another
# full rate than a constant one, so each is tried at three rates, and its best is taken,
# by the validation loss. Momentum is 0.9. What do you expect: who is first, and by how
# much?


def train(name, rate, seed):
    """Train with a schedule; return the history and the final losses."""
    tf.keras.utils.set_random_seed(seed)
    model = tf.keras.Sequential(
        [
            tf.keras.Input(shape=(16,)),
            tf.keras.layers.Dense(32, activation="relu"),
            tf.keras.layers.Dense(32, activation="relu"),
            tf.keras.layers.Dense(7, activation="softmax"),
        ]
    )
    schedule = make_schedule(name, rate)
    model.compile(
        optimizer=tf.keras.optimizers.SGD(schedule, momentum=0.9),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
        steps_per_execution=60,
    )
    callbacks = []
    if name == "on plateau":
        plateau = tf.keras.callbacks.ReduceLROnPlateau(factor=0.2, patience=2)
        callbacks.append(plateau)
    history = model.fit(
        x_train,
        y_train,
        batch_size=50,
        epochs=15,
        validation_data=(x_validation, y_validation),
        validation_batch_size=3000,
        callbacks=callbacks,
        verbose=0,
    )
    return history.history


# %%
# Six schedules times three rates:

names = ["constant", "step", "exponential", "cosine", "one cycle", "on plateau"]
rates = [0.02, 0.06, 0.18]
rows = []
curves = {}
for name in tqdm(names):
    for rate in rates:
        history = train(name, rate, seed=1)
        curves[name, rate] = history["val_loss"]
        rows.append([name, rate, history["val_loss"][-1]])
tried = pd.DataFrame(rows, columns=["schedule", "full rate", "validation loss"])
table = tried.pivot_table(
    index="schedule", columns="full rate", values="validation loss"
).loc[names]
print("validation loss after 15 epochs")
print(table.round(3))

# %%
# The table says two things. At a small rate all schedules are about equal. At the large
# one the constant rate is far behind, and those that end near 0 lose little or nothing:
# a schedule forgives a rate that is too large. Now each at its best rate, with two more
# seeds.

best_rates = table.idxmin(axis=1)
rows = []
for name in tqdm(names):
    rate = best_rates[name]
    losses = [table.loc[name, rate]]
    for seed in (2, 3):
        losses.append(train(name, rate, seed)["val_loss"][-1])
    rows.append([name, rate, np.mean(losses), np.std(losses, ddof=1)])
columns = ["schedule", "full rate", "mean loss", "spread"]
summary = pd.DataFrame(rows, columns=columns).set_index("schedule")
print(summary.round(4))

# %%
# The curves of the largest rate show how it happens.

figure, axes = plt.subplots(1, 2, figsize=(12, 4.5), layout="constrained")
for name in ("constant", "step", "cosine", "on plateau"):
    axes[0].plot(range(1, 16), curves[name, 0.18], "o-", label=name)
axes[0].set(title="Full rate 0.18", xlabel="epoch", ylabel="validation loss")
axes[0].legend()
axes[1].errorbar(
    summary["mean loss"], summary.index, xerr=summary["spread"], fmt="o", capsize=4
)
axes[1].set(title="Each at its best rate", xlabel="validation loss", ylabel="schedule")
axes[1].invert_yaxis()
plt.show()

# %%
# On the left the constant rate goes up and down at a level that it cannot leave: its
# steps are longer than the way that is left. Whoever shortens them falls at once; the
# step schedule does it at epoch 11, for all to see.
#
# On the right: step, cosine, one cycle and "on plateau" are level, and the constant
# rate is behind, with a spread several times as large. That is the quiet gain: with a
# decay it matters less which epoch was the last. The exponential one is too impatient
# here; it has lost half of its rate after two epochs.
#
# Advice: the cosine, since it has nothing to tune but its length. "On plateau" when the
# length is open.

# %% Try it yourself
# 1. When does an exponential decay of 0.01 in 900 updates have half of its rate left?
#    (After 900 · ln 2 / ln 100 = 135 updates.)
# 2. Give the cosine 30 epochs, and its schedule 1,800 updates. And what if you forget
#    the schedule? (Its rate is 0 from update 900 on: nothing more is learned.)
# 3. Do the same with Adam. Does a schedule still help? (Yes. At their best rates, 0.003
#    and 0.01, the constant rate has 0.197 and the cosine 0.186, with a smaller spread.)

results = {
    "cosine_half": by_keras,
    "constant_large_rate": float(table.loc["constant", 0.18]),
    "cosine_large_rate": float(table.loc["cosine", 0.18]),
    "constant_best": float(summary.loc["constant", "mean loss"]),
    "step_best": float(summary.loc["step", "mean loss"]),
    "cosine_best": float(summary.loc["cosine", "mean loss"]),
    "one_cycle_best": float(summary.loc["one cycle", "mean loss"]),
    "plateau_best": float(summary.loc["on plateau", "mean loss"]),
}
print(results)
