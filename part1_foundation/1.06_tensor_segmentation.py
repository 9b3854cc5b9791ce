"""
1.06 Tensor segmentation
========================

A segment is a group of rows; a whole number beside each row, its id, names the group.
You will

* reduce each group of a table to its sum, mean, maximum, minimum or product, as pandas'
  ``groupby`` does,
* know what comes of an empty group, a missing key and ids that are not sorted,
* turn words into one score a message with sparse segments: a spam filter without a
  network.

:Data: Auto MPG, 398 cars; census income, 32,561 persons; 5,171 text messages
  (``course_data``)
:Slides: part 1, "Tensor segmentation"
:Takes: about 4 s on two CPU cores
"""

# %% Rows and their ids
# Six rows, three groups. ``segment_sum`` adds up the rows that carry the same id,
# column by column. ``segment_*`` wants the ids sorted, so that each group is one block;
# ``unsorted_segment_*`` takes any order, and has to be told the number of groups. The
# last picture asks for four, and nobody is in the fourth. Before you run the cell: the
# shape of ``sums``, its first row, and the maximum of nobody?

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import tensorflow as tf
from sklearn.metrics import roc_auc_score

from course_data import load_auto_mpg, load_census_income, load_sms_spam

plt.style.use("petroff10")

rows = tf.constant([[1, 2, 3], [4, 5, 6], [1, 0, 1], [7, 7, 7], [2, 9, 4], [5, 5, 0]])
ids = tf.constant([0, 0, 1, 2, 2, 2])
sums = tf.math.segment_sum(rows, ids)
mixed, mixed_ids = (
    tf.gather(rows, [4, 0, 3, 1, 5, 2]),
    tf.gather(ids, [4, 0, 3, 1, 5, 2]),
)
maxima = tf.math.unsorted_segment_max(mixed, mixed_ids, num_segments=4)
print(f"sums, shape {sums.shape}:\n{sums.numpy()}")

pictures = [("rows, sorted ids", rows, ids), ("segment_sum", sums, [0, 1, 2])]
pictures += [
    ("rows, mixed ids", mixed, mixed_ids),
    ("unsorted_segment_max", maxima, [0, 1, 2, 3]),
]
figure, axes = plt.subplots(
    1, 4, figsize=(12, 4), width_ratios=[1, 1, 1, 1.6], layout="constrained"
)
for axis, (title, numbers, groups) in zip(axes, pictures):
    axis.imshow(
        np.repeat(np.array(groups)[:, np.newaxis], 3, axis=1),
        "viridis",
        vmin=0,
        vmax=3,
        aspect="auto",
    )
    for (row, column), number in np.ndenumerate(numbers):
        axis.text(
            column,
            row,
            number,
            ha="center",
            va="center",
            color="white" if groups[row] < 2 else "black",
        )
    axis.set(title=title, xlabel="column", ylabel="segment id", xticks=range(3))
    axis.set_yticks(range(len(groups)), np.array(groups))
figure.suptitle("A colour is a segment: six rows become three, or four")
plt.show()

# %% Group-by: miles per gallon by origin
# ``pd.factorize`` turns a text column into ids. Guess first: whose cars went furthest
# on a gallon, and does TensorFlow give exactly what ``groupby`` gives?

cars = load_auto_mpg()
mpg = tf.constant(cars["mpg"])
origin_ids, origins = pd.factorize(cars["origin"], sort=True)

names = ["sum", "mean", "min", "max", "prod"]
columns = [
    getattr(tf.math, f"unsorted_segment_{name}")(mpg, origin_ids, num_segments=3)
    for name in names
]
by_origin = pd.DataFrame(np.transpose(columns), index=origins, columns=names)
print("miles per gallon by origin (the product of 249 cars overflows float64)")
print(by_origin.map("{:.4g}".format))
equals_pandas = np.allclose(
    by_origin, cars.groupby("origin")["mpg"].agg(names), rtol=1e-9
)

order = np.argsort(origin_ids, kind="stable")
sorted_means = tf.math.segment_mean(tf.gather(mpg, order), origin_ids[order])
print(
    "equal to pandas:",
    equals_pandas,
    "| rows sorted first, then segment_mean:",
    sorted_means.numpy().round(2),
)

# %% Two mistakes that are caught, on a CPU
# The cars are not sorted by origin, and there are three origins, not two. Here both are
# errors. On a GPU, says TensorFlow's reference, ids are not checked, and the result may
# be wrong without a word.

errors = []
for operation, group_count in (
    (tf.math.segment_mean, []),
    (tf.math.unsorted_segment_mean, [2]),
):
    try:
        operation(mpg, origin_ids, *group_count)
    except tf.errors.InvalidArgumentError as error:
        errors.append(error)
        print("InvalidArgumentError:", error.message.split("}} ")[-1].split(" [Op")[0])

# %% A mistake that is not caught: the empty group
# Two keys become one id, ``5 * origin + cylinders``, and the answer is reshaped to 3 ×
# 5. No European car here has 8 cylinders. Which mean will be reported for them: an
# error, NaN, 0?

cylinder_ids, cylinders = pd.factorize(cars["cylinders"].astype(int), sort=True)
both_ids = tf.constant(5 * origin_ids + cylinder_ids, tf.int32)
means = tf.reshape(tf.math.unsorted_segment_mean(mpg, both_ids, 15), (3, 5))
counts = tf.reshape(tf.math.bincount(both_ids, minlength=15), (3, 5))
sums_by_count = tf.reshape(
    tf.math.bincount(both_ids, weights=mpg, minlength=15), (3, 5)
)
print(f"unsorted_segment_mean (mpg):\n{means.numpy().round(1)}")

# %%
# 0 miles per gallon: a wrong number that looks like one. Each operation hands back the
# value it starts from: 0 for a sum, 1 for a product, the lowest number of its dtype for
# a maximum, as in the first figure. (The sorted ``segment_max`` gives 0 instead.) So
# count as well. ``tf.math.bincount`` counts ids, and with ``weights`` adds them up: sum
# by count is 0 / 0 for an empty group, NaN, which nobody takes for a mean.

figure, axis = plt.subplots(figsize=(7, 3.6), layout="constrained")
image = axis.imshow(
    sums_by_count / tf.cast(counts, tf.float64), "Blues", vmin=10, vmax=36
)
for (row, column), count in np.ndenumerate(counts):
    label = f"{means[row, column]:.1f}\n{count} cars" if count else "none"
    axis.text(
        column,
        row,
        label,
        ha="center",
        va="center",
        color="white" if means[row, column] > 26 else "black",
    )
axis.set(title="An empty group has no mean", xlabel="cylinders", ylabel="origin")
axis.set(xticks=range(5), xticklabels=cylinders, yticks=range(3), yticklabels=origins)
figure.colorbar(image, label="mean miles per gallon")
plt.show()

# %% Missing keys
# 1,836 persons of the census have no ``workclass``; ``pd.factorize`` gives them the id
# -1. An ``unsorted_segment_*`` leaves negative ids out, as ``groupby`` leaves out NaN;
# ``bincount`` raises an error.

census, _ = load_census_income()
work_ids, work = pd.factorize(census["workclass"], sort=True)
hours = tf.math.unsorted_segment_mean(
    tf.constant(census["hours_per_week"], tf.float64), work_ids, len(work)
)
census_equals = np.allclose(hours, census.groupby("workclass")["hours_per_week"].mean())
print(
    "hours a week:",
    dict(zip(work, hours.numpy().round(1).tolist())),
    "| equal to pandas:",
    census_equals,
)

# %% Sparse segments: from words to messages
# Each word gets one number: the share of its uses, in the training messages, that were
# spam. A message is scored by the mean of its words' numbers.
# ``tf.sparse.segment_mean(table, indices, ids)`` looks rows up in a table and averages
# them by id at once. Networks that read text often begin with this very step; their
# table, called an embedding, has many columns and is learned. Guess the area under the
# ROC curve.

messages = load_sms_spam().drop_duplicates().sample(frac=1, random_state=0)
is_spam = tf.constant(messages["label"] == "spam", tf.float32)
text = tf.strings.lower(messages["message"].to_numpy(dtype=object))
words = tf.strings.split(tf.strings.regex_replace(text, "[^a-z0-9£$!?']+", " "))
vocabulary, word_ids = tf.unique(words.flat_values)
message_ids = tf.cast(words.value_rowids(), tf.int32)

n_train = 4136
train_ids = tf.where(
    message_ids < n_train, word_ids, -1
)  # -1: words of test messages are left out
table = tf.math.unsorted_segment_mean(
    tf.gather(is_spam, message_ids), train_ids, len(vocabulary)
)[:, tf.newaxis]
scores = tf.sparse.segment_mean(
    table, word_ids, message_ids, num_segments=len(messages)
)[:, 0]
auc = roc_auc_score(is_spam[n_train:], scores[n_train:])
length_auc = roc_auc_score(is_spam[n_train:], words.row_lengths()[n_train:])
print(
    f"area under the ROC curve, {len(messages) - n_train} test messages: "
    f"{auc:.3f}; by length alone {length_auc:.3f}"
)

# %% Try it yourself
# 1. Subtract its origin's mean from each car: ``mpg - tf.gather(sorted_means,
#    origin_ids)``. Which mean has each group then? (0, up to rounding; pandas calls
#    this ``transform``.)
# 2. A word that only test messages use counts as 0 here. Why? (No training message: an
#    empty group.)
# 3. Differentiate ``segment_max(x, [0, 0, 1])`` at ``x = [1., 5., 2.]`` with a
#    ``GradientTape``. (0, 1, 1: only a group's winner counts. pandas has no gradient; a
#    network needs it.)

results = {
    "equals_pandas": equals_pandas
    and census_equals
    and np.allclose(sorted_means, by_origin["mean"]),
    "errors_caught": len(errors),
    "mean_mpg_japan": float(sorted_means[1]),
    "empty_groups": int(tf.math.count_nonzero(counts == 0)),
    "empty_mean": float(means[0, 4]),
    "empty_max_is_lowest": bool(maxima[3, 0] == tf.int32.min),
    "spam_auc": float(auc),
}
print(results)
