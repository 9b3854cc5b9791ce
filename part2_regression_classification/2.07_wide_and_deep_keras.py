"""
2.07 Wide and deep learning with tf.keras
=========================================

The last lesson of this part builds the model of lesson 2.04 in Keras, and owns every
piece of it. You will

* build two branches and join them, in the functional form,
* measure fairly what each branch is worth, and what its inputs are worth,
* save a model that takes rows as they stand in the table, gaps included.

:Data: Census income, 48,842 people (``course_data.load_census_income``)
:Slides: part 2, "With Keras: what a branch is fed"
:Takes: about 53 s on two CPU cores
"""

# %% Two ideas in one model
# Who earns more than 50,000 dollars a year? A *wide* model has one weight for each word
# of each column and adds them up: a linear model. It may get a weight for
# *combinations* of two words as well, and those it learns by heart. A *deep* model
# makes a short vector of each word and lets hidden layers find the combinations. *Wide
# & deep* adds the two scores (Cheng and others, 2016, for the recommendations of an app
# store).

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import tensorflow as tf
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, roc_auc_score
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder
from tqdm import tqdm

from course_data import fresh_output_dir, load_census_income

plt.style.use("petroff10")
tf.keras.utils.set_random_seed(1)

# %%
# Eight columns of words, five of numbers. A fifth of the training people is there to
# choose learning rates by: the validation people.

WORDS = [
    "workclass",
    "education",
    "marital_status",
    "occupation",
    "relationship",
    "race",
    "sex",
    "native_country",
]
NUMBERS = ["age", "education_num", "hours_per_week", "capital_gain", "capital_loss"]

official_train, test = load_census_income()
train, validation = train_test_split(official_train, test_size=0.2, random_state=1)


def answers_of(people):
    """Return 1 for everybody who earns more than 50,000 dollars, else 0."""
    return (people["income"] == ">50K").to_numpy("float32")


y_train = answers_of(train)
y_validation = answers_of(validation)
y_test = answers_of(test)
print(len(train), "to train on,", len(validation), "to watch,", len(test), "to test")
print(train[WORDS + NUMBERS].head(2).T)

# %% Raw rows in
# The model is to take people as they stand in the file. Each column is an input of its
# own; only the types are made plain, text and ``float32``. Here a gap turns into the
# text "nan", and is a word like any other. (Whoever asks the saved model from elsewhere
# must write "nan", too: an empty text is a word that it does not know.)


def as_tensors(people):
    """Return a dictionary from column name to a tensor of shape (people, 1)."""
    tensors = {}
    for name in WORDS:
        tensors[name] = tf.constant(people[[name]].to_numpy(str))
    for name in NUMBERS:
        tensors[name] = tf.constant(people[[name]].to_numpy("float32"))
    return tensors


x_train = as_tensors(train)
print("education:", x_train["education"][0].numpy(), "age:", x_train["age"][0].numpy())

inputs = {}
for name in WORDS:
    inputs[name] = tf.keras.Input(shape=(1,), name=name, dtype="string")
for name in NUMBERS:
    inputs[name] = tf.keras.Input(shape=(1,), name=name)

# %% A place for each word and each range
# ``StringLookup`` learns the words of a column, from the training people only, and
# gives each a number; a word that never occurred gets number 0. That number plus the
# length of all columns before it is the word's *place* in one long row.

parts = []
first_place = 0
for name in WORDS:
    lookup = tf.keras.layers.StringLookup()
    lookup.adapt(x_train[name])
    parts.append(lookup(inputs[name]) + first_place)
    first_place += lookup.vocabulary_size()

# %%
# ``Discretization`` cuts a number into ranges, here at the tenths of those above 0, and
# gives each range a place.

for name in NUMBERS:
    positive = train.loc[train[name] > 0, name]
    boundaries = np.unique(positive.quantile(np.arange(0, 1, 0.1))).tolist()
    ranges = tf.keras.layers.Discretization(boundaries)(inputs[name])
    parts.append(tf.keras.ops.cast(ranges, "int64") + first_place)
    first_place += len(boundaries) + 1

# %%
# ``HashedCrossing`` makes *one* word of education and occupation, and hashes it into
# 1,000 places.

crossing = tf.keras.layers.HashedCrossing(num_bins=1000)
crossed = crossing((inputs["education"], inputs["occupation"]))
parts.append(tf.keras.ops.cast(crossed, "int64") + first_place)
first_place += 1000

# %% A number, or a word?
# Five ranges are made. Was that wise? Have a look at the column ``capital_gain``, which
# we have cut into tenths: the amounts that occur most, and how many of these people
# earn more than 50,000 dollars. What do you notice?

has_gain = train["capital_gain"] > 0
gains = train[has_gain].assign(earns_more=y_train[has_gain])
amounts = gains.groupby("capital_gain")["earns_more"].agg(["size", "mean"])
print(amounts.sort_values("size", ascending=False).head(8).T.round(2).to_string())
common = amounts[amounts["size"] >= 10]
pure_amounts = int(common["mean"].isin([0, 1]).sum())
print(f"{len(common)} amounts with ten people or more, {pure_amounts} of them pure")

# %%
# With 4,386 dollars five in six, with 5,013 nobody, with 5,178 everybody. (From 7,298
# on each of these 41 amounts means more than 50,000; below, four do, the others do
# not.) These are numbers by type only; each amount is a *word* that all but tells the
# answer. Why, the file does not say. So let each have a place, as a word has. How many
# places are there in all?

for name in ["capital_gain", "capital_loss"]:
    lookup = tf.keras.layers.IntegerLookup()
    lookup.adapt(train[[name]].to_numpy("int64"))
    parts.append(lookup(tf.keras.ops.cast(inputs[name], "int64")) + first_place)
    first_place += lookup.vocabulary_size()
PLACES = first_place
print("places:", PLACES, "for", len(parts), "parts of a row")

# %%
# The deep branch sees the numbers as well, *normalized*: mean 0, standard deviation 1.
# Capital gain and loss, which are 0 for most and enormous for some, as a logarithm.

normalized = []
for name in NUMBERS:
    number = inputs[name]
    known = x_train[name]
    if name.startswith("capital"):
        number = tf.keras.ops.log1p(number)
        known = tf.math.log1p(known)
    normalization = tf.keras.layers.Normalization()
    normalization.adapt(known)
    normalized.append(normalization(number))

prepared = {
    "places": tf.keras.layers.Concatenate()(parts),
    "numbers": tf.keras.layers.Concatenate()(normalized),
}
preparation = tf.keras.Model(inputs, prepared)
one_person = preparation(as_tensors(train.head(1)))
print("places of one person: ", one_person["places"][0].numpy())
print("numbers of one person:", one_person["numbers"][0].numpy().round(2))

# %%
# Preparing is the same in every training, so it is done once. (Joined to the model
# again before it is saved, it makes the file complete.)

z_train = preparation.predict(x_train, batch_size=2000, verbose=0)
z_validation = preparation.predict(as_tensors(validation), batch_size=2000, verbose=0)
z_test = preparation.predict(as_tensors(test), batch_size=2000, verbose=0)

# %% The two branches
# An ``Embedding`` holds a vector for each place, which is learned. Wide: vectors of
# length 1, one weight per place, added up. Deep: vectors of length 4, laid end to end,
# and two hidden layers. Of the 16 parts the first eight are words, the next five
# ranges; then the crossing, which belongs to the wide branch, and the two amounts.


def wide_score(places, numbers):
    """Return the score of the wide branch, shape (people, 1)."""
    weights = tf.keras.layers.Embedding(PLACES, 1, embeddings_initializer="zeros")
    return tf.keras.ops.sum(weights(places[:, :14]), axis=1)


def score_of_layers(vectors, numbers):
    """Return the score of two hidden layers over vectors and numbers."""
    flat = tf.keras.layers.Flatten()(vectors)
    hidden = tf.keras.layers.Concatenate()([flat, numbers])
    hidden = tf.keras.layers.Dense(64, activation="relu")(hidden)
    hidden = tf.keras.layers.Dense(32, activation="relu")(hidden)
    return tf.keras.layers.Dense(1)(hidden)


# %%
# What the deep branch sees, with the ranges and without; and both branches:


def deep_score(places, numbers):
    """Return the score of the deep branch, over words, ranges and numbers."""
    vectors = tf.keras.layers.Embedding(PLACES, 4)(places[:, :13])
    return score_of_layers(vectors, numbers)


def deep_score_without_ranges(places, numbers):
    """Return the score of a deep branch that has the numbers as numbers only."""
    vectors = tf.keras.layers.Embedding(PLACES, 4)(places[:, : len(WORDS)])
    return score_of_layers(vectors, numbers)


def both_scores(places, numbers):
    """Return the sum of the wide and the deep score."""
    return wide_score(places, numbers) + deep_score(places, numbers)


AMOUNTS = [*range(11), 14, 15, 13]  # amounts, 14 and 15, instead of ranges, 11 and 12


def deep_score_of_amounts(places, numbers):
    """Return the deep score, with each amount of capital gain and loss a word."""
    return deep_score(tf.keras.ops.take(places, AMOUNTS, axis=1), numbers)


scores = {
    "wide": wide_score,
    "deep, no ranges": deep_score_without_ranges,
    "deep": deep_score,
    "wide & deep": both_scores,
    "deep, amounts": deep_score_of_amounts,
}

# %% Each alone, then both
# Each model gets the better of two learning rates, by the loss of the validation
# people, with seed 1. Then seeds 2, 3 and 4 give the verdict on the test people. Which
# will be best, and by how much? What will the deep branch lose without the ranges, and
# what will the amounts gain?

EPOCHS = 6
BATCH_SIZE = 512
RATES = [0.01, 0.03]
STEPS = EPOCHS * int(np.ceil(len(train) / BATCH_SIZE))


# %%
# One training; the rate fades to 0 along half a cosine. (``steps_per_execution=51``
# makes 51 steps, a whole epoch, in one go. That saves time and changes no result.)


def train_model(name, rate, seed):
    """Train a model from the first weights of a seed, and return it."""
    tf.keras.utils.set_random_seed(seed)
    places = tf.keras.Input(shape=(len(parts),), dtype="int64", name="places")
    numbers = tf.keras.Input(shape=(len(NUMBERS),), name="numbers")
    probability = tf.keras.layers.Activation("sigmoid")(scores[name](places, numbers))
    model = tf.keras.Model({"places": places, "numbers": numbers}, probability)
    fading_rate = tf.keras.optimizers.schedules.CosineDecay(rate, STEPS)
    optimizer = tf.keras.optimizers.Adam(fading_rate)
    model.compile(optimizer, "binary_crossentropy", steps_per_execution=51)
    batches = tf.data.Dataset.from_tensor_slices((z_train, y_train))
    batches = batches.shuffle(len(train), seed=seed).batch(BATCH_SIZE)
    model.fit(batches, epochs=EPOCHS, shuffle=False, verbose=0)
    return model


# %%
# The loss of each person by itself; we shall need it below.


def losses_of(y, probability):
    """Return the cross-entropy of each person, in float64."""
    probability = np.clip(probability.astype("float64"), 1e-7, 1 - 1e-7)
    return -np.where(y == 1, np.log(probability), np.log(1 - probability))


# %%
# Five times two rates:

validation_losses = pd.DataFrame(index=list(scores), dtype=float)
with tqdm(total=10, unit="training") as bar:
    for name in scores:
        for rate in RATES:
            model = train_model(name, rate, seed=1)
            answers = model.predict(z_validation, batch_size=5000, verbose=0)[:, 0]
            loss = losses_of(y_validation, answers).mean()
            validation_losses.loc[name, rate] = loss
            bar.update()
best_rates = validation_losses.idxmin(axis=1)
print("loss on the validation people, by rate")
print(validation_losses.sort_index(axis=1).round(4).to_string())

# %%
# (Rates of 0.003 and 0.1 were run outside the lesson and were best for no model.) Now
# three seeds for each model, at its best rate:

SEEDS = [2, 3, 4]
probabilities = {}
with tqdm(total=15, unit="training") as bar:
    for name in scores:
        for seed in SEEDS:
            model = train_model(name, best_rates[name], seed)
            answers = model.predict(z_test, batch_size=5000, verbose=0)[:, 0]
            probabilities[name, seed] = answers
            bar.update()
last_model = model  # to be saved below

# %%
# Two classical models stand beside them. A wide branch with a sigmoid *is* logistic
# regression; scikit-learn's gets the same places, as a row of zeros and ones, and the
# validation people choose its penalty.

PENALTIES = [1, 3, 10, 30, 100]  # C, the inverse of the penalty
classical = {}
for name, columns in {
    "logistic": list(range(14)),
    "logistic, amounts": AMOUNTS,
    "logistic, amounts, no crossing": AMOUNTS[:-1],
}.items():
    fits = []
    for penalty in PENALTIES:
        logistic = make_pipeline(
            OneHotEncoder(handle_unknown="ignore"),
            LogisticRegression(C=penalty, max_iter=1000),
        )
        logistic.fit(z_train["places"][:, columns], y_train)
        answers = logistic.predict_proba(z_validation["places"][:, columns])[:, 1]
        fits.append((losses_of(y_validation, answers).mean(), penalty, logistic))
    best_fit = min(fits)[-1]
    answers = best_fit.predict_proba(z_test["places"][:, columns])[:, 1]
    classical[name] = answers

# %%
# Gradient boosting needs no vectors and no crossing. It gets the numbers as numbers and
# words as categories; then the amounts as categories, too, in two more columns.


def with_amounts(people):
    """Return the people with two more columns: capital gain and loss as words."""
    gain_word = people["capital_gain"].astype(str)
    loss_word = people["capital_loss"].astype(str)
    return people.assign(gain_word=gain_word, loss_word=loss_word)


to_numbers = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=np.nan)
for name, words in {
    "boosting": WORDS,
    "boosting, amounts": [*WORDS, "gain_word", "loss_word"],
}.items():
    encode = make_column_transformer((to_numbers, words), ("passthrough", NUMBERS))
    trees = HistGradientBoostingClassifier(
        categorical_features=list(range(len(words))),
        early_stopping=False,  # it would set a tenth of the people aside
        random_state=0,
    )
    boosting = make_pipeline(encode, trees)
    boosting.fit(with_amounts(train), y_train)
    classical[name] = boosting.predict_proba(with_amounts(test))[:, 1]

# %% The verdict
# On the people of the test part: the mean of three seeds.

losses = {}
rows = []
for name in scores:
    of_seeds = [probabilities[name, seed] for seed in SEEDS]
    losses[name] = np.mean([losses_of(y_test, p) for p in of_seeds], axis=0)
    accuracy = np.mean([accuracy_score(y_test, p > 0.5) for p in of_seeds])
    area = np.mean([roc_auc_score(y_test, p) for p in of_seeds])
    rows.append([name, accuracy, area, losses[name].mean()])
for name, answers in classical.items():
    losses[name] = losses_of(y_test, answers)
    accuracy = accuracy_score(y_test, answers > 0.5)
    area = roc_auc_score(y_test, answers)
    rows.append([name, accuracy, area, losses[name].mean()])
rows.append(["majority", 1 - y_test.mean(), 0.5, np.nan])
columns = ["model", "accuracy", "AUC", "loss"]
table = pd.DataFrame(rows, columns=columns).set_index("model")
print(table.round(4).to_string())

# %%
# The differences look small. All models have answered the *same* people, so the ruler
# is the difference itself: for each person, the one loss minus the other. Its mean has
# a standard error, and a difference of two of them or more is more than the chance
# of who was asked. Each seed has a line of its own.

pairs = [
    ("deep, no ranges", "deep"),
    ("wide", "deep"),
    ("deep", "wide & deep"),
    ("wide & deep", "boosting"),
    ("deep", "deep, amounts"),
    ("logistic, amounts, no crossing", "deep, amounts"),
    ("boosting, amounts", "deep, amounts"),
]


def losses_with(name, seed):
    """Return the loss of each person; a classical model has no seed."""
    if name in classical:
        return losses[name]
    return losses_of(y_test, probabilities[name, seed])


rows = []
for first, second in pairs:
    for seed in SEEDS:
        difference = losses_with(first, seed) - losses_with(second, seed)
        error = difference.std() / np.sqrt(len(test))
        rows.append([f"{first} minus {second}", seed, difference.mean(), error])
columns = ["difference of the losses", "seed", "mean", "standard error"]
differences = pd.DataFrame(rows, columns=columns)
print(differences.round(4).to_string(index=False))

# %%
# Three seeds on each line, each with two standard errors to both sides. Right of the
# dotted line the second of the two is the better one.

figure, axis = plt.subplots(figsize=(9, 3.8), layout="constrained")
axis.errorbar(
    differences["mean"],
    differences["difference of the losses"],
    xerr=2 * differences["standard error"],
    fmt="o",
    alpha=0.6,
)
axis.axvline(0, color="black", linestyle=":")
axis.set(title="What each step gains", xlabel="loss saved, with two standard errors")
axis.set_ylabel("from the first to the second")
axis.invert_yaxis()
plt.show()

# %%
# What a branch is *fed* decides more than what it is called. Without the ranges the
# deep branch is the worst; the ranges save it 0.02. (Those of capital gain and loss do:
# with them alone it has 0.294 to 0.295, with the other three 0.315 to 0.317. And the
# logarithm did it no good: without it and without ranges it has 0.307. Three seeds
# each, outside the lesson.) With ranges it is ahead of the wide one by 0.005, four
# standard errors. The wide branch beside it adds nothing: the difference is within two
# standard errors of 0. Logistic regression is the same model as the wide branch,
# trained by other means, and ahead of it by less than 0.001.
#
# So far boosting is ahead of every network, by 0.016, as on most tables of some ten
# thousand rows (Grinsztajn and others, 2022). But it could cut the amounts where it
# liked; the networks had tenths, and a logarithm. With capital gain and loss cut into
# the same tenths boosting has 0.295 (run outside the lesson), no better than deep. And
# with each amount a word all three kinds gain: logistic regression is level with
# boosting, and deep is ahead of both by 0.004. The wide branch, with its crossing, adds
# nothing here either: 0.270 with it (three seeds), and logistic regression does better
# without. (Boosting tuned on the validation people, twelve combinations, comes within
# 0.002 to 0.003 of the network, two to three standard errors. This was run outside the
# lesson, too.)
#
# Look at a column before you compare models. And ask whether next year's rows will have
# the same amounts: for a word that was never seen nothing was learned.
#
# So why does anybody build wide & deep? In the app store of the paper there were
# millions of combinations of what people had and what they were shown, and many were
# seen often enough to be worth a weight of their own; lesson 2.04 has shown where such
# a weight helps, and that it knows nothing of combinations never seen.

# %% The same in a few lines
# In practice one does not number the places by hand: ``tf.keras.utils.FeatureSpace``
# names the columns and what is to be made of each, learns words and ranges, and makes
# the rows. It cuts numbers at their quantiles, and ``integer_categorical`` makes a word
# of each amount.

space = tf.keras.utils.FeatureSpace
features = {name: space.string_categorical() for name in WORDS}
for name in NUMBERS:
    if name.startswith("capital"):
        features[name] = space.integer_categorical()
    else:
        features[name] = space.float_discretized(num_bins=10)
crosses = [space.cross(("education", "occupation"), crossing_dim=1000)]
feature_space = space(features, crosses=crosses, output_mode="concat")
feature_space.adapt(tf.data.Dataset.from_tensor_slices(x_train).batch(5000))
wide_row = feature_space(as_tensors(train.head(1)))[0].numpy()
print("length of the row:", len(wide_row), " ones in it:", int(np.sum(wide_row == 1)))

# %%
# Eight words, three ranges, two amounts, one crossing: fourteen ones in a long row of
# zeros, what is called *one-hot*. A dense layer with one neuron over it is a wide
# branch.

# %% Save it, load it, use it
# The file gets the preparation, too: it holds words, ranges, means and weights. The
# loaded model must agree, and it must answer somebody who stands in no table, with a
# gap and with a country that never occurred.

whole = tf.keras.Model(inputs, last_model(preparation.output))
path = fresh_output_dir("2.07") / "income.keras"
whole.save(path)
loaded = tf.keras.models.load_model(path)
loaded_answers = loaded.predict(as_tensors(test), batch_size=2000, verbose=0)[:, 0]
last_answers = probabilities["deep, amounts", SEEDS[-1]]
loaded_difference = float(np.abs(loaded_answers - last_answers).max())
print(f"largest difference after loading: {loaded_difference:.1e}")

somebody = test.head(1).copy()
somebody["native_country"] = "Atlantis"
somebody["occupation"] = np.nan
raw_answer = float(loaded.predict(as_tensors(somebody), verbose=0)[0, 0])
print(f"somebody from Atlantis, occupation unknown: {raw_answer:.3f}")

# %% Try it yourself
# 1. Cut the numbers at hundredths instead of tenths, ``np.arange(0, 1, 0.01)``. How
#    close do the first models come to the one with the amounts? (Wide has 0.287, deep
#    and wide & deep 0.277, level with boosting on the amounts as numbers. "deep,
#    amounts" has 0.271 then, still 0.006 ahead.)
# 2. Set ``EPOCHS = 20``. Who gains, and who overfits? (Nobody gains much. Wide stays at
#    0.298, deep without ranges at 0.315. The others overfit: deep has 0.303, wide &
#    deep 0.31, with the amounts 0.281.)
# 3. Is the model fair? Compare the mean of ``loaded_answers`` for women and for men
#    among those test people who *do* earn more than 50,000 dollars. Then ask for the
#    other mistake: of those who do *not*, to whom does it promise more than one half?
#    (The means are 0.62 for the 590 women, 0.66 for the 3,256 men; at one half it finds
#    0.64 and 0.68 of them. The other mistake meets 2 % of the women and 8 to 9 % of the
#    men. So what is fair depends on the question. The model has learned what 1994 was
#    like, not what is right. Think before you use such a model on people.)


def mean_difference(first, second):
    """Return the mean of a difference over the seeds."""
    name = f"{first} minus {second}"
    chosen = differences["difference of the losses"] == name
    return float(differences.loc[chosen, "mean"].mean())


results = {
    "places": PLACES,
    "wide_row_ones": int(np.sum(wide_row == 1)),
    "majority_accuracy": float(table.loc["majority", "accuracy"]),
    "wide_accuracy": float(table.loc["wide", "accuracy"]),
    "wide_auc": float(table.loc["wide", "AUC"]),
    "deep_accuracy": float(table.loc["deep", "accuracy"]),
    "deep_auc": float(table.loc["deep", "AUC"]),
    "deep_without_ranges_auc": float(table.loc["deep, no ranges", "AUC"]),
    "wide_and_deep_accuracy": float(table.loc["wide & deep", "accuracy"]),
    "wide_and_deep_auc": float(table.loc["wide & deep", "AUC"]),
    "boosting_auc": float(table.loc["boosting", "AUC"]),
    "ranges_gain": mean_difference("deep, no ranges", "deep"),
    "deep_gains_on_wide": mean_difference("wide", "deep"),
    "wide_adds_to_deep": mean_difference("deep", "wide & deep"),
    "boosting_gains": mean_difference("wide & deep", "boosting"),
    "amounts_gain": mean_difference("deep", "deep, amounts"),
    "ahead_of_boosting_with_amounts": mean_difference(
        "boosting, amounts", "deep, amounts"
    ),
    "amounts_auc": float(table.loc["deep, amounts", "AUC"]),
    "amounts_loss": float(table.loc["deep, amounts", "loss"]),
    "logistic_auc": float(table.loc["logistic", "AUC"]),
    "logistic_loss": float(table.loc["logistic", "loss"]),
    "logistic_amounts_auc": float(table.loc["logistic, amounts", "AUC"]),
    "logistic_amounts_loss": float(table.loc["logistic, amounts", "loss"]),
    "logistic_no_crossing_loss": float(
        table.loc["logistic, amounts, no crossing", "loss"]
    ),
    "boosting_loss": float(table.loc["boosting", "loss"]),
    "boosting_amounts_auc": float(table.loc["boosting, amounts", "AUC"]),
    "boosting_amounts_loss": float(table.loc["boosting, amounts", "loss"]),
    "pure_amounts": pure_amounts,
    "loaded_difference": loaded_difference,
    "raw_answer": raw_answer,
}
print(results)
