"""
2.00 Measuring models
=====================

Before networks come in: what regression and classification are, and how to know what
a model is worth. You will

* compute every usual measure of error once by hand, and then by scikit-learn,
* compare five proven techniques by folds; they are the baselines of this part,
* plant a leak, admire the result, and catch it in three ways.

:Data: Auto MPG, 392 cars (``course_data.load_auto_mpg``); Census income, 6,000 of
    32,561 persons (``course_data.load_census_income``)
:Slides: part 2, "Must be known before proceeding", "What is asked for", "Proven
    techniques", "Error of a regression"
:Takes: about 15 s on two CPU cores
"""

# %% Two kinds of questions
# *Regression* asks "how much?": miles on a gallon, the price of a house, tomorrow's
# demand. The answer is a number, and an answer can be nearly right.
#
# *Classification* asks "which one?": does this person earn more than 50,000 dollars, is
# this message spam? The answer is one of a few classes, best given with a probability.
#
# Both are learned from examples, and both are worth something only on cases that were
# not among the examples. This lesson is about how to measure that.

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn import metrics
from sklearn.calibration import calibration_curve
from sklearn.compose import make_column_transformer
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.ensemble import (
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.inspection import permutation_importance
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import (
    KFold,
    StratifiedKFold,
    cross_validate,
    train_test_split,
)
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler, TargetEncoder
from sklearn.svm import SVC, SVR
from tqdm import tqdm

from course_data import load_auto_mpg, load_census_income

plt.style.use("petroff10")

# %% Regression: the cars
# One row is one car. A fifth of the cars is put aside, the *hold-out*: nobody trains on
# it. It is the split of lessons 2.01 and 2.03.

cars = load_auto_mpg().dropna()
car_columns = pd.get_dummies(cars.drop(columns="mpg"), columns=["origin"], dtype=float)
x_train = car_columns.sample(frac=0.8, random_state=0)
x_test = car_columns.drop(x_train.index)
y_train = cars["mpg"][x_train.index]
y_test = cars["mpg"][x_test.index]

line = LinearRegression().fit(x_train, y_train)
predicted = line.predict(x_test)
error = predicted - y_test

table = pd.DataFrame({"true mpg": y_test, "predicted": predicted, "error": error})
print(table.head(6).round(1).to_string(index=False))

# %% Three measures of error
# 78 errors are to become one number. Three ways are usual.
#
# * *MAE*, the mean absolute error: the typical miss, in miles per gallon.
# * *RMSE*, the root of the mean squared error: in miles per gallon, too, but a miss of
#   10 weighs as much as a hundred misses of 1.
# * *R²*: the share of the spread that the model explains. 1 is perfect; 0 is no better
#   than always saying the mean; it can be negative.
#
# Which is the larger one, MAE or RMSE, and can it be the other way round?

mae = np.mean(np.abs(error))
rmse = np.sqrt(np.mean(error**2))
squares_of_model = np.sum(error**2)
squares_of_mean = np.sum((y_test - y_test.mean()) ** 2)
r2 = 1 - squares_of_model / squares_of_mean

sklearn_mae = metrics.mean_absolute_error(y_test, predicted)
sklearn_rmse = metrics.root_mean_squared_error(y_test, predicted)
sklearn_r2 = metrics.r2_score(y_test, predicted)
print(f"MAE   by hand {mae:.4f}   scikit-learn {sklearn_mae:.4f} mpg")
print(f"RMSE  by hand {rmse:.4f}   scikit-learn {sklearn_rmse:.4f} mpg")
print(f"R²    by hand {r2:.4f}   scikit-learn {sklearn_r2:.4f}")

# %%
# RMSE is never smaller than MAE; the two are equal only when all misses are equal.
# The further apart, the more a few bad misses weigh.
#
# Now one wrong entry: somebody types 180 instead of 18.0 as the true value of one car.

with_typo = y_test.copy()
with_typo.iloc[0] = 180
typo_mae = metrics.mean_absolute_error(with_typo, predicted)
typo_rmse = metrics.root_mean_squared_error(with_typo, predicted)
print(f"MAE  {mae:.1f} becomes {typo_mae:.1f} mpg")
print(f"RMSE {rmse:.1f} becomes {typo_rmse:.1f} mpg")

# %%
# One value of 78 nearly doubles the MAE, and makes the RMSE six times as large. Choose
# RMSE when one big miss is really worse than many small ones, and MAE when the data may
# have typos.

# %% Training error, hold-out error, folds
# A model that has learned its examples by heart makes no error on them. The *nearest
# neighbour* does just that: it looks for the most similar car among the examples.

memory = make_pipeline(StandardScaler(), KNeighborsRegressor(n_neighbors=1))
memory.fit(x_train, y_train)
memory_train_mae = metrics.mean_absolute_error(y_train, memory.predict(x_train))
memory_test_mae = metrics.mean_absolute_error(y_test, memory.predict(x_test))
print(f"error on the training cars {memory_train_mae:.2f} mpg")
print(f"error on the hold-out      {memory_test_mae:.2f} mpg")

# %%
# So the training error says nothing. But 78 cars in the hold-out are few: how much does
# the number depend on which 78 it were? Twenty other splits tell.

split_maes = []
for seed in range(20):
    train_cars = car_columns.sample(frac=0.8, random_state=seed)
    test_cars = car_columns.drop(train_cars.index)
    line.fit(train_cars, cars["mpg"][train_cars.index])
    answer = line.predict(test_cars)
    truth = cars["mpg"][test_cars.index]
    split_maes.append(metrics.mean_absolute_error(truth, answer))
print(f"20 hold-outs: from {min(split_maes):.2f} to {max(split_maes):.2f} mpg")

# %%
# That range is the luck of one split, and the split we began with was one of the
# luckiest. *k folds* use every car once: the cars are dealt into, say, five parts; each
# part is held out once while the other four are trained on. Five numbers come out;
# their mean is steadier than one hold-out, and their spread says how steady.

# %% Five proven techniques, on the cars
# These five are what a network has to beat. You know them all: a *linear model*,
# *nearest neighbours*, a *support vector machine*, a *random forest* (many trees,
# voting) and *boosting* (many small trees, each mending what the earlier ones left).
#
# Which is best on 392 cars? And by how much does it beat the linear model?

car_models = {
    "always the mean": DummyRegressor(),
    "linear regression": LinearRegression(),
    "5 nearest neighbours": make_pipeline(StandardScaler(), KNeighborsRegressor(5)),
    "SVM": make_pipeline(StandardScaler(), SVR(C=30)),
    "random forest": RandomForestRegressor(random_state=0),
    "boosting": GradientBoostingRegressor(random_state=0),
}
car_folds = KFold(n_splits=5, shuffle=True, random_state=0)
scoring = ["neg_mean_absolute_error", "neg_root_mean_squared_error", "r2"]
rows = []
for name, model in car_models.items():
    scores = cross_validate(
        model, car_columns, cars["mpg"], cv=car_folds, scoring=scoring
    )
    fold_mae = -scores["test_neg_mean_absolute_error"]
    fold_rmse = -scores["test_neg_root_mean_squared_error"]
    rows.append([name, fold_mae.mean(), fold_mae.std(), fold_rmse.mean()])
    rows[-1].append(scores["test_r2"].mean())
car_table = pd.DataFrame(rows, columns=["model", "MAE", "±", "RMSE", "R²"])
print(car_table.round(3).to_string(index=False))

# %%
# The linear model explains four fifths of the spread. SVM, forest and boosting can
# bend, and miss by some 0.7 miles less. Which of these three is first, the folds'
# spread does not let us say. Keep the table: networks come in lesson 2.01.

# %% Classification: the census
# One row is one person in the United States of 1994. The question: more than 50,000
# dollars a year? 6,000 persons are enough for this lesson, and 1,500 of them are held
# out.
#
# Two columns stay out: ``education``, for ``education_num`` says the same in numbers,
# and ``fnlwgt``, a weight that the Census Bureau uses for its sums. It says nothing
# about the person. Words become columns of zeros and ones, numbers are scaled.

census, census_test = load_census_income()
people = census.sample(6000, random_state=0).reset_index(drop=True)
rich = people["income"] == ">50K"
person_columns = people.drop(columns=["income", "education", "fnlwgt"])

words = list(person_columns.select_dtypes("str").columns)
numbers = list(person_columns.select_dtypes("number").columns)
person_columns[words] = person_columns[words].fillna("unknown")


def with_preparation(model):
    """Put the preparation of the columns in front of a model."""
    preparation = make_column_transformer(
        (OneHotEncoder(handle_unknown="ignore", sparse_output=False), words),
        (StandardScaler(), numbers),
    )
    return make_pipeline(preparation, model)


x_train, x_test, y_train, y_test = train_test_split(
    person_columns, rich, test_size=1500, stratify=rich, random_state=0
)
logistic = with_preparation(LogisticRegression(max_iter=1000))
logistic.fit(x_train, y_train)
probability = logistic.predict_proba(x_test)[:, 1]
answer = probability > 0.5
truth = y_test.to_numpy()
print(f"{truth.mean():.1%} of the held-out people earn more than 50,000 dollars")

# %% Right and wrong, two kinds of each
# A yes can be right or wrong, and so can a no. Four counts say it all.

true_yes = np.sum(answer & truth)
false_yes = np.sum(answer & ~truth)
false_no = np.sum(~answer & truth)
true_no = np.sum(~answer & ~truth)
counts = pd.DataFrame(
    [[true_no, false_yes], [false_no, true_yes]],
    index=["earns less", "earns more"],
    columns=["said less", "said more"],
)
print(counts)
same_counts = np.array_equal(counts, metrics.confusion_matrix(truth, answer))
print("scikit-learn's confusion matrix is the same:", same_counts)

# %%
# * *Accuracy*: what share of all answers is right?
# * *Precision*: of the people it calls "more", what share earns more?
# * *Recall*: of those who earn more, what share did it find?
# * *F1*: the harmonic mean of precision and recall. It is low when one of them is.

accuracy = (true_yes + true_no) / len(truth)
precision = true_yes / (true_yes + false_yes)
recall = true_yes / (true_yes + false_no)
f1 = 2 * precision * recall / (precision + recall)

by_hand = [accuracy, precision, recall, f1]
by_sklearn = [
    metrics.accuracy_score(truth, answer),
    metrics.precision_score(truth, answer),
    metrics.recall_score(truth, answer),
    metrics.f1_score(truth, answer),
]
always_less = np.zeros(len(truth), dtype=bool)
by_majority = [
    metrics.accuracy_score(truth, always_less),
    metrics.precision_score(truth, always_less, zero_division=0),
    metrics.recall_score(truth, always_less),
    metrics.f1_score(truth, always_less),
]
table = pd.DataFrame(
    {
        "by hand": by_hand,
        "scikit-learn": by_sklearn,
        "always 'less'": by_majority,
    },
    index=["accuracy", "precision", "recall", "F1"],
)
print(table.round(4))

# %%
# The last column is the baseline. Who says "less" to everybody is right three times in
# four, and has found nobody. So an accuracy means nothing until the *majority* stands
# beside it.

# %% One curve for every threshold
# One half is not the only *threshold*. A lower one says "more" to more people: it finds
# more of them, and is wrong more often. The loop tries every threshold that makes a
# difference and notes three rates.
#
# The *false alarm rate* is the share of those who earn less and are said to earn more.

recalls = [0.0]
false_alarm_rates = [0.0]
precisions = [1.0]
for threshold in np.unique(probability)[::-1]:
    answer = probability >= threshold
    recalls.append(np.mean(answer[truth]))
    false_alarm_rates.append(np.mean(answer[~truth]))
    precisions.append(np.mean(truth[answer]))

area = np.trapezoid(recalls, false_alarm_rates)
average_precision = np.sum(np.diff(recalls) * precisions[1:])
sklearn_area = metrics.roc_auc_score(truth, probability)
sklearn_average = metrics.average_precision_score(truth, probability)
print(f"area under the ROC curve {area:.4f}   scikit-learn {sklearn_area:.4f}")
print(
    f"average precision  {average_precision:.4f}   scikit-learn {sklearn_average:.4f}"
)

# %%
# Recall against false alarms is the *ROC curve*; the area under it, AUC, is 1 for a
# perfect order and 0.5 for guessing. It has a plain meaning: take one who earns more
# and one who earns less; how often does the first get the higher probability?

of_rich = probability[truth]
of_others = probability[~truth]
higher = of_rich[:, np.newaxis] > of_others
equal = of_rich[:, np.newaxis] == of_others
share_of_pairs = np.mean(higher) + np.mean(equal) / 2
print(f"in {share_of_pairs:.4f} of {higher.size:,} pairs")

# %%
# The same number. Precision against recall is the *precision-recall curve*, and
# *average precision* is the area under it. A guess does not get 0.5 there, but the
# share of the class: look at that curve when the class is rare.

# %% Can the probabilities be believed?
# Of those who get a probability near 0.8, eight in ten should earn more. Then a model
# is *calibrated*. Ten bins from 0 to 1; in each, the mean of what was promised and the
# share of what came true.

tenth = np.minimum((probability * 10).astype(int), 9)
table = pd.DataFrame({"tenth": tenth, "promised": probability, "came true": truth})
bins = table.groupby("tenth").mean()
bins["people"] = table.groupby("tenth").size()
print(bins.round(3))

sklearn_true, sklearn_promised = calibration_curve(truth, probability, n_bins=10)
same_calibration = np.allclose(bins["came true"], sklearn_true)
print("scikit-learn's calibration curve is the same:", same_calibration)

# %%
# All three curves, side by side. The dotted lines are guessing, and perfection.

figure, axes = plt.subplots(1, 3, figsize=(12, 4), layout="constrained")
axes[0].plot(false_alarm_rates, recalls)
axes[0].plot([0, 1], [0, 1], ":", color="grey", label="guessing")
axes[0].set(title=f"ROC, area {area:.3f}", xlabel="false alarm rate", ylabel="recall")
axes[1].plot(recalls[1:], precisions[1:])
axes[1].axhline(truth.mean(), linestyle=":", color="grey", label="guessing")
axes[1].set(title=f"Precision-recall, average {average_precision:.3f}")
axes[1].set(xlabel="recall", ylabel="precision", ylim=(0, 1.05))
axes[2].plot(bins["promised"], bins["came true"], "o-")
axes[2].plot([0, 1], [0, 1], ":", color="grey", label="perfect")
axes[2].set(title="Calibration", xlabel="promised", ylabel="came true")
for axis in axes:
    axis.legend()
plt.show()

# %%
# Logistic regression lies near the diagonal: its probabilities can be believed. In the
# middle it promises somewhat too much; but a bin there holds some 70 people, and a
# tenth more or less may be chance. Not every model is so honest. Look at this curve
# before you believe one that is "99 % sure".

# %% The five techniques, on the census
# Five folds again, *stratified* this time: the share of high earners is the same in
# each.

census_models = {
    "always 'less'": DummyClassifier(),
    "logistic regression": LogisticRegression(max_iter=1000),
    "25 nearest neighbours": KNeighborsClassifier(25),
    "SVM": SVC(),
    "random forest": RandomForestClassifier(random_state=0),
    "boosting": GradientBoostingClassifier(random_state=0),
}
census_folds = StratifiedKFold(n_splits=5, shuffle=True, random_state=0)
rows = []
for name, model in tqdm(census_models.items(), desc="five folds each"):
    scores = cross_validate(
        with_preparation(model),
        person_columns,
        rich,
        cv=census_folds,
        scoring=["accuracy", "f1", "roc_auc"],
    )
    fold_accuracy = scores["test_accuracy"]
    rows.append([name, fold_accuracy.mean(), fold_accuracy.std()])
    rows[-1] += [scores["test_f1"].mean(), scores["test_roc_auc"].mean()]
census_table = pd.DataFrame(rows, columns=["model", "accuracy", "±", "F1", "AUC"])
print(census_table.round(3).to_string(index=False))

# %%
# Boosting leads, in accuracy and in AUC; the others lie little more than a point apart.
# Numbers of this kind are what the networks of lessons 2.04 and 2.07 have to beat,
# there with all 32,561 people to learn from.

# %% A triumph
# A colleague has an idea. Words are clumsy; why not replace each value by a number that
# means something: the share of high earners among the people with that value? Husbands
# get 0.45, never-married people 0.05. It is one line of pandas, and works for every
# column, so ``fnlwgt`` and ``education`` come along.
#
# Then all is done by the book: 1,500 people held out, boosting trained on the others.
# Can the idea beat the table above?


def share_of_rich(columns, rich):
    """Replace each value by the share of high earners that have it."""
    shares = pd.DataFrame(index=columns.index)
    for name in columns.columns:
        shares[name] = rich.groupby(columns[name], dropna=False).transform("mean")
    return shares


raw_columns = people.drop(columns="income")


def measure_idea(rich):
    """Hold-out AUC of boosting on shares, with the trained model and its data."""
    shares = share_of_rich(raw_columns, rich)
    x_train, x_test, y_train, y_test = train_test_split(
        shares, rich, test_size=1500, stratify=rich, random_state=0
    )
    model = GradientBoostingClassifier(random_state=0).fit(x_train, y_train)
    area = metrics.roc_auc_score(y_test, model.predict_proba(x_test)[:, 1])
    return area, model, x_test, y_test


triumph_area, model, x_test, y_test = measure_idea(rich)
triumph_accuracy = model.score(x_test, y_test)
print(f"hold-out: AUC {triumph_area:.3f}, accuracy {triumph_accuracy:.3f}")

# %%
# No network of this course comes near that. Champagne? Or a question: on which of two
# numbers would you bet your money, this one or the table's?
#
# A result that is much better than everybody else's is first of all a suspect. Three
# interrogations follow.

# %% First: which column does it live on?
# *Permutation importance* shuffles one column of the hold-out, and measures how much
# worse the model gets. What it lives on, it misses most.

importance = permutation_importance(
    model, x_test, y_test, scoring="roc_auc", n_repeats=3, random_state=0
)
importance = pd.Series(importance.importances_mean, index=x_test.columns)
largest = importance.sort_values().tail(8)

figure, axis = plt.subplots(figsize=(8, 4.5), layout="constrained")
largest.plot.barh(ax=axis)
axis.set(title="What the champion lives on", ylabel="column")
axis.set(xlabel="AUC lost when shuffled")
plt.show()

values = raw_columns["fnlwgt"].nunique()
print(f"fnlwgt: {values:,} different values for {len(people):,} people")

# %%
# ``fnlwgt``, the weight that says nothing about a person. Nearly everybody has a value
# of their own; and "the share of high earners among the people with that value" is then
# the person's own answer. We wrote the answer into the table, in the rows of the
# hold-out too, *before* they were held out. That is a *leak*.

# %% Second: shuffle the answers
# A test that needs no suspicion about a column. Shuffle the answers: now nothing in the
# table has to do with them, and an honest procedure must end at an AUC of 0.5.

shuffled = rich.sample(frac=1, random_state=0).reset_index(drop=True)
shuffled_area, _, _, _ = measure_idea(shuffled)
print(f"hold-out AUC with shuffled answers: {shuffled_area:.3f}")

# %%
# It finds what is not there. Whatever this procedure says about the real answers is
# worth nothing.

# %% Third: people who were really not there
# The census has a second file, 16,281 people. Their answers were in no table when the
# shares were computed; they get the shares of the 6,000. A value that is new gets the
# share of all.

new_shares = pd.DataFrame(index=census_test.index)
for name in raw_columns.columns:
    share_of_value = rich.groupby(raw_columns[name], dropna=False).mean()
    new_shares[name] = census_test[name].map(share_of_value).fillna(rich.mean())
new_rich = census_test["income"] == ">50K"
new_area = metrics.roc_auc_score(new_rich, model.predict_proba(new_shares)[:, 1])
new_accuracy = model.score(new_shares, new_rich)
print(f"new people: AUC {new_area:.3f}, accuracy {new_accuracy:.3f}")
print(f"always 'less': accuracy {1 - new_rich.mean():.3f}")

# %%
# That is what the champion is worth when it goes to work.

# %% The idea, done honestly
# The idea itself was not bad. scikit-learn's ``TargetEncoder`` does it with care: it
# learns the shares in ``fit``, from training rows alone, and the share that it gives to
# a training row is taken from *other* training rows. In a pipeline, it is fitted inside
# each fold.

encode = make_column_transformer(
    (TargetEncoder(cv=census_folds), words), remainder="passthrough"
)
honest = make_pipeline(encode, GradientBoostingClassifier(random_state=0))
scores = cross_validate(
    honest, person_columns, rich, cv=census_folds, scoring="roc_auc"
)
honest_area = scores["test_score"].mean()

honest.fit(person_columns, rich)
new_columns = census_test[person_columns.columns].copy()
new_columns[words] = new_columns[words].fillna("unknown")
new_probability = honest.predict_proba(new_columns)[:, 1]
honest_new_area = metrics.roc_auc_score(new_rich, new_probability)
print(f"five folds: AUC {honest_area:.3f}")
print(f"new people: AUC {honest_new_area:.3f}")

# %%
# The folds promised what the new people gave. That is all one can ask of a measurement.
#
# Three rules, for the rest of the course:
#
# 1. Whatever learns from data, be it a mean, a scale, a vocabulary or a network, learns
#    inside the fold, from training rows only.
# 2. A baseline stands beside every result, and a triumph is a suspect.
# 3. The test rows are looked at once.

# %% Try it yourself
# 1. Take ``fnlwgt`` out of ``raw_columns`` and run ``measure_idea`` again, with the
#    real answers and with shuffled ones. Is the leak gone? (No. 0.93 still beats every
#    honest model, and shuffled answers get about 0.6: rare values betray their owners.
#    This is the dangerous kind of leak, for 0.93 does not look like a triumph.)
# 2. Lower the threshold of logistic regression to 0.3. What happens to the four
#    measures? (Recall rises from 0.62 to 0.80, precision falls from 0.72 to 0.58,
#    accuracy from 0.85 to 0.81; F1 hardly moves.)
# 3. Take ``StandardScaler`` away from nearest neighbours and from the SVM of the cars,
#    and put one in front of the forest. Who minds? (The first two fall to 3 mpg, behind
#    the linear model: for them a pound counts as much as a cylinder. A tree asks about
#    one column at a time, so a forest does not mind.)

results = {
    "mae": float(mae),
    "mae_difference": float(abs(mae - sklearn_mae)),
    "rmse_difference": float(abs(rmse - sklearn_rmse)),
    "r2_difference": float(abs(r2 - sklearn_r2)),
    "four_measures_difference": float(np.max(np.abs(np.subtract(by_hand, by_sklearn)))),
    "area_difference": float(abs(area - sklearn_area)),
    "pairs_difference": float(abs(share_of_pairs - sklearn_area)),
    "average_precision_difference": float(abs(average_precision - sklearn_average)),
    "same_counts": bool(same_counts),
    "same_calibration": bool(same_calibration),
    "best_car_mae": float(car_table["MAE"].min()),
    "best_census_area": float(census_table["AUC"].max()),
    "triumph_area": float(triumph_area),
    "shuffled_area": float(shuffled_area),
    "new_area": float(new_area),
    "honest_area": float(honest_area),
    "honest_new_area": float(honest_new_area),
}
print(results)
