"""
5.07 Grid search and random search
==================================

"Random is preferred to grid", says the advice. You will

* make a Keras network an estimator, and give it to scikit-learn's searches, with the
  scaling inside the folds,
* compare five grids with five random searches of the same budget,
* let successive halving spend epochs on the good settings only.

:Data: dry beans, 3,000 for the search, 3,000 for the verdict
  (``course_data.load_dry_bean``)
:Slides: part 5, "Which hyper-parameters belong together", "Grid or random? For two
  numbers a tie"
:Takes: about 39 s on two CPU cores
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
from matplotlib.colors import LogNorm
from scipy.stats import loguniform, randint
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.experimental import enable_halving_search_cv  # noqa: F401 (unlocks it)
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import (
    GridSearchCV,
    HalvingRandomSearchCV,
    RandomizedSearchCV,
    StratifiedShuffleSplit,
    train_test_split,
)
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

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
# Whatever has ``fit`` and ``predict`` and keeps its settings under their own names is
# an *estimator*. scikit-learn brings the rest: ``BaseEstimator`` reads and changes the
# settings, ``ClassifierMixin`` adds ``score``. What ``fit`` learns gets a name that
# ends in an underscore.


class NetworkClassifier(ClassifierMixin, BaseEstimator):
    """A network with one hidden layer, as scikit-learn wants its models."""

    def __init__(self, learning_rate=0.01, units=32, epochs=5):
        self.learning_rate = learning_rate
        self.units = units
        self.epochs = epochs

    def fit(self, X, y):
        """Train on the rows X and their labels y."""
        self.classes_, numbers = np.unique(y, return_inverse=True)
        tf.keras.utils.set_random_seed(1)
        self.model_ = tf.keras.Sequential(
            [
                tf.keras.Input(shape=(X.shape[1],)),
                tf.keras.layers.Dense(self.units, activation="relu"),
                tf.keras.layers.Dense(len(self.classes_), activation="softmax"),
            ]
        )
        self.model_.compile(
            optimizer=tf.keras.optimizers.SGD(self.learning_rate, momentum=0.9),
            loss="sparse_categorical_crossentropy",
            steps_per_execution=20,  # saves time and changes no result
        )
        self.model_.fit(X, numbers, batch_size=50, epochs=self.epochs, verbose=0)
        return self

    def predict(self, X):
        """Return the most probable label of each row."""
        probabilities = self.model_(X).numpy()
        return self.classes_[probabilities.argmax(axis=1)]


# %%
# It takes its place in a ``Pipeline``. So the scaler is fitted anew in each training
# part, and never sees the rows that score it. (Keras brings a wrapper of its own,
# ``SKLearnClassifier``; lesson 5.15 uses it. Its settings cannot be searched one by
# one.)

pipeline = Pipeline([("scale", StandardScaler()), ("network", NetworkClassifier())])

# %% A grid
# A grid of three learning rates and two sizes: six settings. How much does its result
# hang on the three rates that somebody happened to choose? We take fifteen rates, all
# on one grid; every fifth of them makes a grid of three. So one search gives us five
# grids of six.
#
# All settings are scored on one split: 2,000 rows to train, 1,000 to score. (More folds
# would be better, and cost more.) ``network__units`` means: the setting ``units`` of
# the step ``network``.

split = StratifiedShuffleSplit(n_splits=1, test_size=1 / 3, random_state=0)
rates = np.geomspace(0.0001, 1, 15).round(5)

grid_search = GridSearchCV(
    pipeline,
    {"network__learning_rate": rates, "network__units": [8, 64]},
    cv=split,
    refit=False,
    error_score="raise",
    verbose=1,
)
grid_search.fit(x_search, y_search)


def table_of(search):
    """Return the settings and the accuracies of a search, in the order tried."""
    found = pd.DataFrame(search.cv_results_)
    names = {
        "param_network__learning_rate": "learning rate",
        "param_network__units": "units",
        "mean_test_score": "accuracy",
    }
    return found[list(names)].rename(columns=names).astype(float)


grid = table_of(grid_search)
accuracies = grid.pivot_table(index="learning rate", columns="units", values="accuracy")
print(accuracies.round(3))

# %%
# The learning rate decides; the number of neurons matters little where the rate is
# good.

# %% The same budget at random
# Random search draws each setting anew: six trainings try six learning rates. The rate
# is drawn on a logarithmic scale: as often between 0.001 and 0.01 as between 0.1 and 1.
# Thirty settings are five random searches of six. Which will find more, the grids or
# the random searches?

distributions = {
    "network__learning_rate": loguniform(0.0001, 1),
    "network__units": randint(4, 129),
}
random_search = RandomizedSearchCV(
    pipeline,
    distributions,
    n_iter=30,
    cv=split,
    refit=False,
    random_state=0,
    error_score="raise",
    verbose=1,
)
random_search.fit(x_search, y_search)
drawn = table_of(random_search)

# %%
# The best of each six:

which_rate = np.repeat(np.arange(15), 2)  # two sizes for each rate, in their order
grid["search"] = which_rate % 5
drawn["search"] = np.arange(30) // 6
best = pd.DataFrame()
best["grid"] = grid.groupby("search")["accuracy"].max()
best["random"] = drawn.groupby("search")["accuracy"].max()
print("best accuracy of six settings, five searches each")
print(best.round(3))
print("means:", best.mean().round(3).to_dict())

# %%
# Each dot is a training, on the right the upper part of the left panel.

figure, axes = plt.subplots(1, 2, figsize=(12, 4.5), layout="constrained")
for axis in axes:
    for marker, (name, table) in zip("so", {"grid": grid, "random": drawn}.items()):
        dots = axis.scatter(
            table["learning rate"],
            table["accuracy"],
            c=table["units"],
            norm=LogNorm(4, 128),
            marker=marker,
            label=name,
        )
    axis.set(title="All trainings", xlabel="learning rate", ylabel="accuracy")
    axis.set(xscale="log")
handles, names = axes[0].get_legend_handles_labels()
figure.legend(handles, names, loc="outside lower center", ncols=2, frameon=False)
axes[1].set(title="The same, from 0.85", ylim=(0.85, 0.94))
colorbar = figure.colorbar(dots, ax=axes, label="neurons")
colorbar.set_ticks([4, 16, 64, 128], labels=["4", "16", "64", "128"])
plt.show()

# %%
# A tie: the means differ by less than two searches of the same kind do. There are two
# numbers to choose, one of which hardly matters at a good rate; and the top is wide,
# from a rate of 0.01 to nearly 0.3 with 64 neurons, a factor of nearly 30. Two
# neighbouring rates of a grid of three are a factor of 27 apart, so such a grid can
# hardly miss it.
#
# The advice "random rather than grid" (Bergstra and Bengio, 2012) rests on numbers of
# which few matter, without one knowing which. With five hyper-parameters a grid of
# three values each has 243 trainings and still only three learning rates. Random search
# has as many rates as trainings, and you may stop it when you like. In both the scale
# must be logarithmic, and the range must hold the good value.

# %% Spend epochs on the good ones only
# Most settings are bad, and a very bad one shows early. *Successive halving* starts
# with many settings and one epoch each, keeps the best third, gives these three epochs,
# and so on. For networks the epoch is the natural budget; *Hyperband* and *ASHA* are
# built on this idea. Here with nine settings: how many epochs will it need in all?

halving = HalvingRandomSearchCV(
    pipeline,
    distributions,
    resource="network__epochs",
    n_candidates=9,
    min_resources=1,
    max_resources=9,
    factor=3,
    cv=split,
    random_state=0,
    error_score="raise",
)
halving.fit(x_search, y_search)
rounds = pd.DataFrame(halving.cv_results_).groupby("iter")
summary = rounds.agg(
    settings=("n_resources", "size"),
    epochs=("n_resources", "first"),
    best=("mean_test_score", "max"),
)
print(summary.round(3))
halving_epochs = int((summary["settings"] * summary["epochs"]).sum())
chosen_rate = halving.best_params_["network__learning_rate"]
chosen_units = halving.best_params_["network__units"]
print(f"chosen: a rate of {chosen_rate:.4f}, {chosen_units} neurons")
print(f"{halving_epochs} epochs in all; nine trainings of nine epochs: {9 * 9}")

# %%
# Nine settings for 27 epochs of search, fewer than the 30 of a search of six with five
# epochs each, and the winner has had nine (and nine more for the refit below). But a
# *slow* setting looks bad early, too: with 32 neurons a rate of 0.01 has 0.74 to 0.77
# after one epoch, one of 0.3 has 0.86 to 0.87; after nine epochs both have 0.91 to 0.92
# (three seeds). A first round of one epoch prefers the fast setting, though after nine
# the two are level.
#
# Is the winner any good? That is for rows to say that no search has seen.

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
# Level with logistic regression, whatever its ``C`` (1 to 1000: 0.921 to 0.924). So
# much for the network; what a bad setting costs was seen all the same.
#
# At work a usual tool for such a search is *Optuna*. You write a function that draws
# its settings and returns a score; the library chooses the next ones by what it has
# seen, stops bad trainings early, and keeps all trials in a file (exercise 3).
# *KerasTuner* does the same in Keras' words.

# %% Try it yourself
# 1. ``import scipy``; draw 27 learning rates with ``scipy.stats.uniform(0.0001, 1)``.
#    How many are below 0.1? (About three: most of the budget is spent on large rates.)
# 2. Put ``StandardScaler`` outside, fitted on all 3,000 rows. What changes? (Nothing to
#    be seen: mean and spread of 16 columns over 3,000 rows leak next to nothing. With
#    thousands of columns and few rows, or with a selection of columns, it would.)
# 3. Install Optuna, and search with its first tutorial beside you: a function that
#    draws a rate (logarithmic, 0.0001 to 1) and the neurons (4 to 128), trains on 2,000
#    rows and returns the accuracy on the others; 18 trials. Does it find more? (0.91 to
#    0.92 with three seeds, as much as random. Its first ten trials *are* random; so few
#    numbers and trials give it no lead.)

results = {
    "grid_best": float(best["grid"].mean()),
    "grid_worst_of_five": float(best["grid"].min()),
    "random_best": float(best["random"].mean()),
    "random_worst_of_five": float(best["random"].min()),
    "grid_lowest": float(grid["accuracy"].min()),
    "halving_epochs": halving_epochs,
    "test_accuracy": test_accuracy,
    "linear_accuracy": linear_accuracy,
}
print(results)
