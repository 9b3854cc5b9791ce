"""
5.07 Grid search and random search
==================================

"Random is preferred to grid", says the advice. You will

* put a Keras network into scikit-learn's searches, with the scaling inside the folds,
* compare grid and random search at the same budget, often enough to say something,
* let successive halving spend the same work better.

:Data: dry beans, 3,000 for the search, 3,000 for the verdict
  (``course_data.load_dry_bean``)
:Slides: part 5, "Grid or random?"
:Takes: about 48 s on two CPU cores
"""

# %% The problem of the next lessons
# Lessons 5.07 to 5.14 share one problem: seven kinds of beans, told apart by 16
# measures of their outline. Numbers that training does not learn but we have to choose
# are *hyper-parameters*: the learning rate, the number of neurons, the dropout rate and
# so on. Here we choose two of them: the learning rate, between 0.0001 and 1, and the
# neurons of the hidden layer, between 4 and 128.

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import tensorflow as tf
from scipy.stats import loguniform
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import (
    GridSearchCV,
    HalvingRandomSearchCV,
    ParameterSampler,
    ShuffleSplit,
    train_test_split,
)
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from tqdm import tqdm

from course_data import load_dry_bean

plt.style.use("petroff10")

# %%
# Six thousand beans are drawn, each kind in its share.

beans = load_dry_bean().drop_duplicates()
x = beans.drop(columns="Class").to_numpy("float32")
y = beans["Class"].to_numpy()
x_search, x_test, y_search, y_test = train_test_split(
    x, y, train_size=3000, test_size=3000, stratify=y, random_state=0
)
print(len(x_search), "beans for the search,", len(x_test), "for the verdict")

# %% A network for scikit-learn
# ``SKLearnClassifier`` wraps a function that builds a compiled model. It has ``fit``,
# ``predict`` and ``score`` and takes its place in a ``Pipeline``. So the scaler is
# fitted anew in each training part, and never sees the rows that score it.


def build_model(X, y, learning_rate, units):
    """Return a compiled network; X and y are given by scikit-learn."""
    tf.keras.utils.set_random_seed(1)
    model = tf.keras.Sequential(
        [
            tf.keras.Input(shape=(X.shape[1],)),
            tf.keras.layers.Dense(units, activation="relu"),
            tf.keras.layers.Dense(y.shape[1], activation="softmax"),
        ]
    )
    model.compile(
        optimizer=tf.keras.optimizers.SGD(learning_rate, momentum=0.9),
        loss="categorical_crossentropy",
        steps_per_execution=20,
    )
    return model


tf.keras.config.disable_interactive_logging()
network = tf.keras.wrappers.SKLearnClassifier(build_model)
pipeline = Pipeline([("scale", StandardScaler()), ("network", network)])
fit_settings = {"network__epochs": 5, "network__batch_size": 50, "network__verbose": 0}

# %% A grid
# Three learning rates times three sizes are nine settings. A search tries them all on
# one split: 2,000 rows to train, 1,000 to score. (More folds would be better, and cost
# more. The split is the same for all, so the comparison is fair.)
#
# In Keras' wrapper the two numbers travel together, as ``model_kwargs``.

split = ShuffleSplit(n_splits=1, test_size=1 / 3, random_state=0)


def settings_of(rates, sizes):
    """Return all pairs of these rates and sizes as a grid for the search."""
    pairs = []
    for rate in rates:
        for size in sizes:
            pairs.append({"learning_rate": float(rate), "units": int(size)})
    return pairs


# %%
# ``GridSearchCV`` takes all nine at once; called for one setting at a time, it lets us
# show a progress bar.


def try_settings(settings, title):
    """Score each setting; return a table of settings and accuracies."""
    rows = []
    for setting in tqdm(settings, desc=title):
        search = GridSearchCV(
            pipeline,
            {"network__model_kwargs": [setting]},
            cv=split,
            refit=False,
            error_score="raise",
        )
        search.fit(x_search, y_search, **fit_settings)
        rows.append({**setting, "accuracy": search.best_score_})
    return pd.DataFrame(rows)


# %%
# Which of the nine will be good?

grid = try_settings(settings_of([0.001, 0.03, 1.0], [4, 22, 128]), "grid")
heat_map = grid.pivot_table(index="learning_rate", columns="units", values="accuracy")
print(heat_map.round(3))

# %%
# The learning rate decides first; the number of neurons matters only where the rate is
# a bad one. And the nine trainings have tried only three rates.

# %% The same budget at random
# Random search draws each setting anew: nine trainings try nine learning rates. The
# rate is drawn on a logarithmic scale: as often between 0.001 and 0.01 as between 0.1
# and 1. To say more than "this time", we draw 27 settings: that is three
# random searches of nine. For the grid we shift its three rates to another place.

sampler = ParameterSampler(
    {"learning_rate": loguniform(0.0001, 1), "units": loguniform(4, 128)},
    n_iter=27,
    random_state=0,
)
drawn = []
for setting in sampler:
    drawn.append(
        {
            "learning_rate": float(setting["learning_rate"]),
            "units": int(round(setting["units"])),
        }
    )
random = try_settings(drawn, "random")

grid_low = try_settings(settings_of([0.0003, 0.007, 0.15], [4, 22, 128]), "low grid")

# %%
# Each dot is a training. The curve of the learning rate shows through the number of
# neurons. Where would you put the three columns of a grid?

figure, axes = plt.subplots(1, 2, figsize=(12, 4.5), sharey=True, layout="constrained")
for axis, (name, table) in zip(axes, {"grid": grid, "random": random}.items()):
    dots = axis.scatter(
        table["learning_rate"],
        table["accuracy"],
        c=np.log2(table["units"]),
        cmap="viridis",
        vmin=2,
        vmax=7,
    )
    axis.set(title=name, xlabel="learning rate", ylabel="accuracy", xscale="log")
    axis.set(xlim=(0.00007, 1.5))
figure.colorbar(dots, ax=axes, label="neurons, as a power of two")
plt.show()

# %% Is random better?
# From the 27 we take nine at random, a thousand times, and note the best accuracy of
# each nine. That is what a random search of this budget finds: its median, and its bad
# luck (one time in ten it finds less).

rng = np.random.default_rng(0)
best_of_nine = []
for _ in range(1000):
    nine = rng.choice(27, size=9, replace=False)
    best_of_nine.append(random["accuracy"].iloc[nine].max())
random_median = float(np.median(best_of_nine))
random_unlucky = float(np.quantile(best_of_nine, 0.1))

grid_bests = []
for table in (grid, grid_low):
    grid_bests.append(float(table["accuracy"].max()))
standard_error = np.sqrt(0.92 * 0.08 / 1000)
print("best of nine, two grids:", np.round(grid_bests, 3))
print(f"best of nine, random: median {random_median:.3f}, unlucky {random_unlucky:.3f}")
print(f"standard error of one accuracy: {standard_error:.3f}")

# %%
# Random and grid find the same, as far as 1,000 rows can tell. With two numbers to
# choose, one of which hardly matters, a grid of three by three has one good column, and
# random search has two or three good dots; either is enough.
#
# The advice is about more numbers. With five hyper-parameters a grid of three values
# each has 243 trainings and still only three learning rates. Random search has as many
# rates as trainings, and you may stop it when you like. What matters most is something
# else: the scale must be logarithmic, and the range must hold the good value.

# %% A better way: successive halving
# Most settings are bad, and a bad one shows early. *Successive halving* starts with
# many settings on few rows, keeps the best third, gives them three times the rows, and
# so on. scikit-learn has it; here with 18 settings.

halving = HalvingRandomSearchCV(
    pipeline,
    {"network__model_kwargs": drawn[:18]},
    n_candidates=18,
    factor=3,
    min_resources=333,
    cv=split,
    random_state=0,
    error_score="raise",
)
halving.fit(x_search, y_search, **fit_settings)
rounds = pd.DataFrame(halving.cv_results_).groupby("iter")
summary = rounds.agg(
    settings=("n_resources", "size"),
    rows=("n_resources", "first"),
    best=("mean_test_score", "max"),
)
summary["rows trained"] = summary["settings"] * summary["rows"] * 2 / 3
print(summary.round(3))
print("chosen:", halving.best_params_["network__model_kwargs"])
halving_rows = float(summary["rows trained"].sum())
print(f"rows trained: {halving_rows:,.0f}; nine full trainings: {9 * 2000:,}")

# %%
# Twice as many settings for about two thirds of the work. (The scores of the first
# rounds come from few rows; only the last round can be compared with those above.)

# %% The verdict
# The winner of halving has been trained on all 3,000 rows (that is what ``refit``, on
# by default, does). On the 3,000 beans that no search has seen:

test_accuracy = float(halving.score(x_test, y_test))
linear = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
linear.fit(x_search, y_search)
linear_accuracy = float(linear.score(x_test, y_test))
print(f"network found by halving: {test_accuracy:.3f}")
print(f"logistic regression:      {linear_accuracy:.3f}")

# %%
# Level with logistic regression: the beans are easy. They make a good practice ground
# for that very reason: what a bad setting costs is seen at once. (Optuna and KerasTuner
# are libraries made for such searches; the first is worth a look when a single training
# takes hours.)

# %% Try it yourself
# 1. ``import scipy``; draw the learning rate with ``scipy.stats.uniform(0.0001, 1)``.
#    How many of 27 rates are below 0.1? (About three: most of the budget is spent on
#    large rates.)
# 2. Put ``StandardScaler`` outside, fitted on all 3,000 rows. What changes? (Nothing to
#    be seen here: mean and spread of 16 columns leak little. With a feature selection
#    outside it would be a disaster.)

results = {
    "grid_best": grid_bests[0],
    "worst_grid_best": min(grid_bests),
    "random_median": random_median,
    "random_unlucky": random_unlucky,
    "grid_lowest": float(grid["accuracy"].min()),
    "halving_rows": halving_rows,
    "test_accuracy": test_accuracy,
    "linear_accuracy": linear_accuracy,
}
print(results)
