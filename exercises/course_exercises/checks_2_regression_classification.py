"""What makes the answers of part 2 right: one function per task, in order.

The first line of its docstring is the task's title, "Hint:" is what a participant reads
after a second wrong try.
"""

import numpy as np
import tensorflow as tf

from course_data import load_auto_mpg
from course_exercises import Mistake, as_array, call, call_or_say, compare, items


def precision_and_recall(answer):
    """How good are the alarms?

    Hint: an alarm is right where both are 1: (y == 1) & (predicted == 1). Divide their
    number by the number of alarms for precision, by the number of ones for recall.
    """
    y = np.array([1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0])
    predicted = np.array([1, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0])
    precision, recall, accuracy = 2 / 3, 2 / 5, 9 / 13
    got = call(answer, y, predicted)
    got = items(got, 2, "Return two numbers: return precision, recall")
    mistakes = {
        "The two are swapped: precision asks about the alarms, recall about the "
        "ones.": (recall, precision),
        "Both are divided by all rows. The alarms' share is taken of the alarms, the "
        "ones' share of the ones.": (2 / 13, 2 / 13),
        "The first is the accuracy: it counts the quiet rows that were rightly left "
        "quiet.": (accuracy, recall),
        "The second is divided by the alarms, too: recall is a share of all ones.": (
            precision,
            precision,
        ),
        "The first is divided by the ones, too: precision is a share of the alarms.": (
            recall,
            recall,
        ),
    }
    compare(got, (precision, recall), mistakes, "3 alarms, 5 ones, 13 rows")
    second = np.array([1, 1, 0, 0]), np.array([1, 0, 1, 1])
    compare(call(answer, *second), (1 / 3, 1 / 2), {}, "3 alarms, 2 ones, 4 rows")


def scale(answer):
    """Scale without a leak

    Hint: x_train.mean(axis=0) is one number per column. Subtract it from both tables,
    and divide both by x_train.std(axis=0).
    """
    x_train = np.random.default_rng(0).normal(3, 2, (8, 3))
    x_test = np.random.default_rng(1).normal(5, 1, (5, 3))
    both = np.concatenate([x_train, x_test])
    mean, spread = x_train.mean(axis=0), x_train.std(axis=0)

    def scaled(center, width, test_center=None, test_width=None):
        test_center = center if test_center is None else test_center
        test_width = width if test_width is None else test_width
        return np.concatenate(
            [(x_train - center) / width, (x_test - test_center) / test_width]
        )

    rows = "axis=1 is a mean per row. Each column wants its own: axis=0."
    got = call_or_say({"broadcast": rows}, answer, x_train, x_test)
    if not isinstance(got, (tuple, list)) or len(got) != 2:
        raise Mistake("Return two tables: return scaled_train, scaled_test")
    shapes = [np.shape(table) for table in got]
    if shapes != [x_train.shape, x_test.shape]:
        raise Mistake(f"The shapes are {shapes}, not {[x_train.shape, x_test.shape]}.")
    mistakes = {
        "A leak: mean and spread were taken of all rows. In real life the test rows "
        "are not there yet. Take them of x_train alone.": scaled(
            both.mean(axis=0), both.std(axis=0)
        ),
        "Each table is scaled by itself, so the same car gets two different numbers. "
        "Scale the test rows by the training rows' mean and spread.": scaled(
            mean, spread, x_test.mean(axis=0), x_test.std(axis=0)
        ),
        "One mean for the whole table: each column wants its own, axis=0.": scaled(
            x_train.mean(), x_train.std()
        ),
        "The means are gone, the spread is not: divide by it.": scaled(mean, 1),
        "This divides by the variance. The standard deviation is its root.": scaled(
            mean, spread**2
        ),
    }
    right = scaled(mean, spread)
    got = np.concatenate([np.asarray(table) for table in got])
    if np.allclose(got, scaled(mean, x_train.std(axis=0, ddof=1))):
        return  # pandas' std divides by n - 1
    compare(got, right, mistakes, "8 training rows, 5 test rows")


def folds(answer):
    """Cut the folds

    Hint: np.array_split cuts an array into k parts, the first ones longer by one where
    k does not divide.
    """
    for n, k in [(12, 3), (10, 3), (11, 3)]:
        given = f"n = {n}, k = {k}"
        got = call(answer, n, k)
        if not isinstance(got, (list, tuple)) or len(got) != k:
            raise Mistake(f"{given}: a list of {k} folds is wanted, this is {got!r}.")
        rows = np.concatenate([np.ravel(fold) for fold in got])
        twice = len(rows) - len(set(rows.tolist()))
        lost = sorted(set(range(n)) - set(rows.tolist()))
        strange = sorted(set(rows.tolist()) - set(range(n)))
        sizes = [len(fold) for fold in got]
        if strange:
            raise Mistake(f"{given}: there are no rows {strange}; they count from 0.")
        if twice:
            raise Mistake(
                f"{given}: {twice} rows stand in two folds. They would be trained on "
                "and judged by in turn, and count double."
            )
        if lost:
            raise Mistake(
                f"{given}: the rows {lost} are in no fold. What becomes of the rest "
                "of the division?"
            )
        if max(sizes) - min(sizes) > 1:
            raise Mistake(f"{given}: the sizes {sizes} differ by more than one.")


def paired_difference(answer):
    """Which model errs less?

    Hint: subtract first, errors_a - errors_b, one difference per row. Then its mean,
    and its standard deviation divided by np.sqrt(number of rows).
    """
    hard = np.random.default_rng(0).gamma(2, 2, 30)
    errors_a = hard + np.random.default_rng(1).normal(0.5, 0.3, 30)
    errors_b = hard + np.random.default_rng(2).normal(0.0, 0.3, 30)
    mean = np.mean(errors_a - errors_b)
    got = call(answer, errors_a, errors_b)
    got = items(got, 2, "Return two numbers: return mean, standard_error")
    got = [as_array(number) for number in got]
    if [number.shape for number in got] != [(), ()]:
        raise Mistake("One mean and one standard error, for all rows together.")
    # NumPy divides by n, pandas by n - 1, and both are right.
    if np.allclose(got, (mean, np.std(errors_a - errors_b) / np.sqrt(30))):
        return
    for sentence, wrong in _wrong_rulers(errors_a, errors_b, ddof=0).items():
        if np.allclose(got, wrong):
            raise Mistake(sentence)
    right = (mean, np.std(errors_a - errors_b, ddof=1) / np.sqrt(30))
    compare(got, right, _wrong_rulers(errors_a, errors_b, ddof=1), "30 rows")


def _wrong_rulers(errors_a, errors_b, ddof):
    """Return {sentence: (mean, wrong error)} of the known mistakes."""
    difference = errors_a - errors_b
    mean, spread = np.mean(difference), np.std(difference, ddof=ddof)
    apart = np.sqrt(np.var(errors_a, ddof=ddof) + np.var(errors_b, ddof=ddof))
    return {
        "The ruler is too long: it was made of the spread of each model. Both err on "
        "the same hard rows; subtract row by row first, then that cancels.": (
            mean,
            apart / np.sqrt(30),
        ),
        "The second number is the spread of the differences. The error of their *mean* "
        "is smaller: divide by the root of the number of rows.": (mean, spread),
        "Divide by the *root* of the number of rows.": (mean, spread / 30),
        "The sign is wrong: a minus b.": (-mean, spread / np.sqrt(30)),
        "A better row and a worse row must cancel: no absolute value.": (
            np.mean(np.abs(difference)),
            np.std(np.abs(difference), ddof=ddof) / np.sqrt(30),
        ),
        "The second number is a variance: take the root of it.": (
            mean,
            spread**2 / 30,
        ),
    }


def build_regression(answer):
    """A network with its preprocessing inside

    Hint: normalization = tf.keras.layers.Normalization(), then
    normalization.adapt(x_train), and put it behind tf.keras.Input(shape=(6,)). The last
    layer is Dense(1), without an activation.
    """
    cars = (
        load_auto_mpg().drop(columns="origin").dropna().sample(frac=1, random_state=1)
    )
    x = cars.drop(columns="mpg").to_numpy("float32")
    y = cars["mpg"].to_numpy("float32")
    tf.keras.utils.set_random_seed(1)
    model = call(answer, x[:300])
    if not isinstance(model, tf.keras.Model):
        raise Mistake(f"Return a Keras model. This is a {type(model).__name__}.")
    if not model.built or model.input_shape != (None, 6):
        raise Mistake("Begin with tf.keras.Input(shape=(6,)): six columns, raw.")
    if model.output_shape != (None, 1):
        raise Mistake(f"The output is {model.output_shape}, one number is (None, 1).")
    scalings = [
        layer
        for layer in model.layers
        if isinstance(layer, tf.keras.layers.Normalization)
    ]
    for layer in scalings:
        if np.allclose(layer.mean, 0) and np.allclose(layer.variance, 1):
            raise Mistake("Normalization has learned nothing yet: adapt it to x_train.")
    last = model.layers[-1]
    if getattr(last, "activation", None) is tf.keras.activations.sigmoid:
        raise Mistake("A sigmoid ends at 1; cars drive 9 to 46 miles on a gallon.")
    model.compile(tf.keras.optimizers.Adam(0.03), "mean_absolute_error")
    model.fit(x[:300], y[:300], batch_size=30, epochs=25, verbose=0)
    error = float(np.mean(np.abs(model.predict(x[300:], verbose=0)[:, 0] - y[300:])))
    if error >= 2.4 and not scalings:
        raise Mistake(
            f"It errs by {error:.2f} mpg on other cars. The columns come raw, with "
            "weights of thousands of pounds: a Normalization, adapted to x_train, "
            "belongs inside."
        )
    if not error < 2.4:
        raise Mistake(
            f"It errs by {error:.2f} mpg on other cars, less than 2.4 is wanted. Is "
            "there a hidden layer with relu, and none on the last one?"
        )


def recall_by_class(answer):
    """Judge class by class

    Hint: y == number picks the rows of a class. Among these, the mean of predicted ==
    number is the share that is recognised.
    """
    y = np.array([0, 0, 0, 0, 1, 1, 2, 2, 2, 2])
    predicted = np.array([0, 0, 0, 1, 1, 0, 2, 1, 1, 2])
    right = np.array([3 / 4, 1 / 2, 2 / 4])
    mistakes = {
        "This is the precision of each class: of the rows that were *called* so, the "
        "share that is right. Divide by the rows that *are* so.": [3 / 4, 1 / 4, 1.0],
        "These are shares of all rows. Divide by the rows of the class.": [
            0.3,
            0.1,
            0.2,
        ],
        "This is the share of rows on which class and prediction agree that it is the "
        "class or is not. The easy rows of the others hide the misses.": [
            0.8,
            0.6,
            0.8,
        ],
        "This is how often each class was predicted, right or wrong.": [0.4, 0.4, 0.2],
    }
    got = call(answer, y, predicted, 3)
    compare(got, right, mistakes, "4, 2 and 4 rows of three classes")


def class_weights(answer):
    """Weigh the rare ones

    Hint: a class with a tenth of the rows needs ten times the weight: rows / (classes ·
    rows of the class).
    """
    y = np.array([0] * 6 + [1] * 3 + [2] * 1)
    counts = np.array([6, 3, 1])
    got = call(answer, y)
    if not isinstance(got, dict) or sorted(got) != [0, 1, 2]:
        raise Mistake(f"A dict {{class: weight}} is wanted, with 0, 1, 2: {got!r}")
    got = [got[number] for number in range(3)]
    mistakes = {
        "The frequent classes get the large weights: turn it around.": counts / 10,
        "The classes count the same, but the weights are too large: their mean over "
        "the rows should be 1. Divide by the number of classes.": 10 / counts,
        "The classes count the same, but the weights are too small, and so is every "
        "step: their mean over the rows should be 1.": 1 / counts,
        "The largest class has the weight 1, the mean over the rows is more. It "
        "should be 1.": 6 / counts,
        "All weights are 1: that is no weighting.": [1, 1, 1],
    }
    compare(got, 10 / (3 * counts), mistakes, "6, 3 and 1 rows of three classes")
    got = call(answer, np.array([0, 0, 0, 1]))
    got = [got[number] for number in sorted(got)]
    compare(got, [2 / 3, 2], given="3 and 1 rows of two classes")


def one_hot(answer):
    """Words become columns

    Hint: compare a column with a row: np.array(words)[:, np.newaxis] ==
    np.array(vocabulary) has the shape (rows, words).
    """
    vocabulary = ["USA", "Japan", "Europe"]
    words = ["Japan", "USA", "Italy", "Japan"]
    right = np.array([[0, 1, 0], [1, 0, 0], [0, 0, 0], [0, 1, 0]])
    try:
        got = call(answer, words, vocabulary)
    except Mistake as mistake:
        if "Italy" not in str(mistake):
            raise
        raise Mistake(
            "It stops at a word that is not in the vocabulary, here Italy. Such a row "
            "gets zeros."
        ) from None
    mistakes = {
        "The columns are in the order of the alphabet. Keep the vocabulary's order, or "
        "the trained weights meet the wrong words.": right[:, [2, 1, 0]],
        "The unknown word was taken for the first of the vocabulary.": (
            right + [[0, 0, 0], [0, 0, 0], [1, 0, 0], [0, 0, 0]]
        ),
        "The unknown word was taken for the last of the vocabulary: did a -1 count "
        "from the end?": right + [[0, 0, 0], [0, 0, 0], [0, 0, 1], [0, 0, 0]],
        "Rows and columns are swapped: a row for each row of the table.": right.T,
        "This makes a column of its own for unknown words. Here they get zeros.": (
            np.column_stack([[0, 0, 1, 0], right])
        ),
        "The columns are the words of *these* rows. A batch of other rows would get "
        "other columns: use the vocabulary.": (
            np.array([[0, 1, 0], [0, 0, 1], [1, 0, 0], [0, 1, 0]])
        ),
    }
    compare(got, right, mistakes, "a vocabulary of 3 words, 4 rows, one unknown")
