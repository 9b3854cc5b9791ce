"""What makes the answers of part 1 right: one function per task, in order.

The first line of its docstring is the task's title, "Hint:" is what a participant reads
after a second wrong try.
"""

import numpy as np
import tensorflow as tf

from course_exercises import Mistake, call, compare, items


def slope(answer):
    """The slope of any function

    Hint: a tape watches variables by itself, and nothing else. Make a tensor of x, tell
    the tape to watch it, call the function inside the with block, and ask the tape for
    the gradient after the block.
    """
    cases = [
        ("sin(x) at 0.5", tf.sin, 0.5, np.cos(0.5)),
        ("x ** 3 at 2.0", lambda x: x**3, 2.0, 12.0),
    ]
    for given, function, x, right in cases:
        try:
            got = call(answer, function, x)
        except Mistake as mistake:
            if "nothing (None)" not in str(mistake):
                raise
            raise Mistake(
                "It returns None. Is there a return? If there is, the gradient itself "
                "is None: the tape did not see where x comes from. Make a tensor of x, "
                "and call tape.watch(x) inside the with block, before the function."
            ) from None
        mistakes = {
            "This is the function's value, not its slope.": function(x),
            "The sign is wrong: a slope is not yet a step downhill.": -right,
        }
        compare(got, right, mistakes, given)


def shapes(answer):
    """Which shape has it?

    Hint: a number in the brackets takes its axis away, a slice keeps it, tf.newaxis
    adds one of length 1. In reshape, -1 is what is left: all numbers divided by 60.
    """
    pictures = tf.zeros((60, 28, 20))
    mistakes = {
        "pictures[0]": {
            (1, 28, 20): "A number takes its axis away; [:1] would keep it.",
            (60,): "[0] takes one picture, all of its rows and columns.",
        },
        "pictures[:1]": {
            (28, 20): "A slice keeps its axis, with a length of 1; [0] would drop it.",
        },
        "pictures[:, 0]": {
            (60, 28): "The 0 stands at axis 1, the rows: row 0 of every picture. The "
            "rows disappear, not the columns.",
            (60, 1, 20): "A number takes its axis away; [:, :1] would keep it.",
            (28, 20): "The 0 stands at axis 1. The colon keeps all 60 pictures.",
        },
        "pictures[:, :, :, tf.newaxis]": {
            (60, 28, 20): "tf.newaxis adds an axis of length 1 where it stands.",
            (1, 60, 28, 20): "The new axis stands where tf.newaxis stands: at the end.",
        },
        "tf.reshape(pictures, (60, -1))": {
            (60, 28): "No number may get lost: a picture has 28 · 20 of them.",
            (60, -1): "-1 is a question to TensorFlow. What does it work out?",
        },
    }
    for expression, known in mistakes.items():
        right = tuple(eval(expression, {"pictures": pictures, "tf": tf}).shape)
        got = answer.get(expression) if isinstance(answer, dict) else None
        if not isinstance(got, (tuple, list)):
            raise Mistake(
                f"{expression}: write a tuple such as (60, 28), this is {got!r}. A "
                "tuple of one number has a comma: (60,)."
            )
        got = tuple(got)
        if got in known:
            raise Mistake(f"{expression}: {known[got]}")
        if len(got) != len(right):
            raise Mistake(f"{expression}: {got} has {len(got)} axes, count again.")
        if got != right:
            raise Mistake(f"{expression}: {len(got)} axes are right, {got} is not.")


def brightness(answer):
    """How bright is each picture?

    Hint: name all axes that shall disappear in one tuple, axis=(…, …). Bytes end at
    255, so cast to tf.float32 before you add anything up.
    """
    pictures = _numbers().integers(0, 256, (6, 4, 5)).astype("uint8")
    floats = pictures.astype("float32")
    mistakes = {
        "The axes are right, but a mean of bytes is a byte: what stands behind the "
        "point is cut off. Cast the pictures to tf.float32 first.": tf.reduce_mean(
            pictures, axis=(1, 2)
        ),
        "A total of bytes begins again at 256. Cast the pictures to tf.float32 before "
        "you add them up.": tf.reduce_sum(pictures, axis=(1, 2)).numpy() / 20,
        "This averages over the pictures: one number for each pixel. The axes that "
        "you name disappear; the pictures are axis 0.": floats.mean(axis=0),
        "One number for all pictures together: name the axes that shall disappear.": (
            floats.mean()
        ),
        "One number for each row of each picture: the rows must disappear, too.": (
            floats.mean(axis=2)
        ),
        "One number for each column of each picture: the columns must disappear, "
        "too.": floats.mean(axis=1),
        "This is the sum, not the mean.": floats.sum(axis=(1, 2)),
    }
    got = call(answer, pictures)
    compare(got, floats.mean(axis=(1, 2)), mistakes, "6 pictures of 4 × 5 pixels")


def center_rows(answer):
    """Subtract each row's mean

    Hint: the mean of each row is axis=1. With keepdims=True it has the shape (rows, 1)
    and stretches along the row.
    """
    square = _numbers().integers(1, 6, (4, 4)).astype("float32")
    wide = _numbers().integers(1, 6, (3, 5)).astype("float32")
    for x in (square, wide):
        rows, columns = x.shape
        mistakes = {
            "The columns have a mean of 0, not the rows: axis=0 averages over the "
            "people.": x - x.mean(axis=0),
            "This subtracts one number, the mean of the whole table.": x - x.mean(),
            "These are the means, not what is left of x without them.": (
                x.mean(axis=1, keepdims=True)
            ),
        }
        if rows == columns:
            mistakes[
                "With as many rows as columns it runs, and is wrong: the means have "
                "the shape (4,) and are laid along the columns. Keep the axis, "
                "keepdims=True."
            ] = x - x.mean(axis=1)
        right = x - x.mean(axis=1, keepdims=True)
        compare(call(answer, x), right, mistakes, f"{rows} rows, {columns} columns")


def mean_squared_error(answer):
    """A loss that cannot be fooled

    Hint: bring both to one shape before you subtract: prediction[:, 0], or
    tf.squeeze(prediction, axis=1), or y[:, np.newaxis].
    """
    y = _numbers().normal(size=7).astype("float32")
    prediction = _numbers(1).normal(size=(7, 1)).astype("float32")
    error = y - prediction[:, 0]
    table = y - prediction
    mistakes = {
        "The trap of lesson 1.04: (7,) minus (7, 1) is (7, 7), each row against each "
        "other. No error comes, and the loss means nothing. Bring both to one shape.": (
            np.mean(table**2)
        ),
        "This is the sum of the squares, not their mean.": np.sum(error**2),
        "This is the sum of (7, 7) squares: bring both to one shape, take the mean.": (
            np.sum(table**2)
        ),
        "Positive and negative errors cancel here: square them first.": np.mean(error),
        "This is the mean absolute error. Squares!": np.mean(np.abs(error)),
        "This is its root. Leave the root out.": np.sqrt(np.mean(error**2)),
    }
    got = call(answer, y, prediction)
    if np.shape(got) == (7,):
        raise Mistake("Seven squares, one per row. The loss is their mean, one number.")
    given = "y of shape (7,), prediction of shape (7, 1)"
    compare(got, np.mean(error**2), mistakes, given)


def column_means(answer):
    """Means with holes

    Hint: three steps. Which cells are measured? ~tf.math.is_nan(table). Their total:
    put 0 in the holes with tf.where. Their number: sum up the measured cells.
    """
    table = _numbers().normal(3, 1, (6, 4)).astype("float32")
    table[[0, 2, 2, 5], [1, 1, 3, 3]] = np.nan
    filled = np.nan_to_num(table)
    mistakes = {
        "A NaN makes every sum NaN. Put a 0 into the holes before you add up.": (
            table.mean(axis=0)
        ),
        "The holes count as 0: the total is right, but it is divided by all rows. "
        "Divide by the number of measured cells.": filled.mean(axis=0),
        "These are means of rows. A column's mean adds up over the rows, axis=0.": (
            np.nanmean(table, axis=1)
        ),
        "One mean for the whole table: name the axis.": np.nanmean(table),
        "This leaves out every row that has a hole, with all it knows.": (
            table[~np.isnan(table).any(axis=1)].mean(axis=0)
        ),
    }
    got = call(answer, table)
    compare(got, np.nanmean(table, axis=0), mistakes, "a table of 6 rows, 4 columns")


def mean_of_words(answer):
    """Padding does not count

    Hint: the mask has the shape (sentences, words). With mask[:, :, tf.newaxis] it
    stretches over the numbers of each vector. Multiply, add up over the words (axis 1),
    and divide by the lengths, in the shape (sentences, 1).
    """
    vectors = _numbers().normal(size=(3, 5, 2)).astype("float32")
    lengths = np.array([5, 2, 3])
    mask = np.arange(5) < lengths[:, np.newaxis]
    real = np.where(mask[:, :, np.newaxis], vectors, 0)
    mistakes = {
        "The padding counts: this is the mean over all five places.": (
            vectors.mean(axis=1)
        ),
        "The padding is left out of the total, but not of the number: this divides by "
        "all five places instead of the length.": real.mean(axis=1),
        "This is the total of the real words. Divide it by their number.": (
            real.sum(axis=1)
        ),
        "The total has the padding in it: multiply by the mask before you add up.": (
            vectors.sum(axis=1) / lengths[:, np.newaxis]
        ),
    }
    right = real.sum(axis=1) / lengths[:, np.newaxis]
    got = call(answer, vectors, lengths)
    compare(got, right, mistakes, "3 sentences of up to 5 words, vectors of 2 numbers")


def layer_shapes(answer):
    """The shapes of W and b

    Hint: a row of data times the kernel gives a row of neurons: (1, inputs) @ (inputs,
    neurons). A neuron has one bias. A tuple of one number has a comma: (3,).
    """
    sizes = [5, 4, 3, 1]
    pairs = list(zip(sizes[:-1], sizes[1:]))
    mistakes = {
        "These are the shapes of the textbook, (neurons, inputs). Keras keeps the "
        "kernel the other way round.": [((n, i), (n,)) for i, n in pairs],
        "This is the textbook's kernel and its upright bias. Keras has rows: (inputs, "
        "neurons), and a bias of shape (neurons,).": [
            ((n, i), (n, 1)) for i, n in pairs
        ],
        "The kernels are right. A bias in Keras has one axis: (neurons,).": [
            ((i, n), (n, 1)) for i, n in pairs
        ],
        "The kernels are right. A bias is a tuple as well, with a comma: (neurons,).": [
            ((i, n), n) for i, n in pairs
        ],
        "The kernels are right. There is a bias for each neuron, not for each input.": [
            ((i, n), (i,)) for i, n in pairs
        ],
    }
    right = [((i, n), (n,)) for i, n in pairs]
    got = call(answer, sizes)
    if isinstance(got, (list, tuple)):
        got = [_as_tuples(pair) for pair in got]
    if got == right:
        return
    for sentence, wrong in mistakes.items():
        if got == wrong:
            raise Mistake(sentence)
    if not isinstance(got, list) or len(got) != 3:
        raise Mistake(f"For {sizes}, three layers, there should be three pairs: {got}")
    place = next(place for place in range(3) if got[place] != right[place])
    raise Mistake(
        f"For {sizes} the pair of layer {place + 1} is {got[place]}. Draw it."
    )


def training_step(answer):
    """One step downhill

    Hint: the loss is mean((slope · x + intercept - y)²). Its derivative by the slope is
    mean(2 · error · x), by the intercept mean(2 · error). Subtract the learning rate
    times the derivative.
    """
    x = _numbers().normal(1, 1, 8).astype("float32")
    y = _numbers(1).normal(0, 1, 8).astype("float32")
    slope, intercept, rate = 0.7, -0.4, 0.05
    error = slope * x + intercept - y
    by_slope, by_intercept = np.mean(2 * error * x), np.mean(2 * error)

    def moved(a, b):
        return np.array([slope - rate * a, intercept - rate * b])

    after = moved(by_slope, 0)[0]
    mistakes = {
        "It walks uphill: subtract the learning rate times the gradient (or write "
        "the error as prediction minus y).": moved(-by_slope, -by_intercept),
        "Half a step: the derivative of a square has a factor of 2.": (
            moved(by_slope / 2, by_intercept / 2)
        ),
        "These gradients are sums over the rows; the loss is a mean.": (
            moved(by_slope * 8, by_intercept * 8)
        ),
        "The intercept did not move: it has a gradient, too.": moved(by_slope, 0),
        "The slope did not move: it has a gradient, too.": moved(0, by_intercept),
        "The gradient of the slope lacks its x: mean(2 · error · x).": (
            moved(by_intercept, by_intercept)
        ),
        "The intercept's gradient has an x too many: the intercept stands alone.": (
            moved(by_slope, by_slope)
        ),
        "The learning rate is missing.": moved(by_slope / rate, by_intercept / rate),
        "These are the gradients. Take the step: old minus rate · gradient.": (
            np.array([by_slope, by_intercept])
        ),
        "Both must move at once: the intercept's gradient was taken after the slope "
        "had moved.": moved(by_slope, np.mean(2 * (after * x + intercept - y))),
    }
    got = call(answer, slope, intercept, x, y, rate)
    got = items(got, 2, "Return two numbers: return new_slope, new_intercept")
    if any(np.size(item) != 1 for item in got):
        raise Mistake(
            "Slope and intercept are one number each. Yours has one for each row: take "
            "the mean over the rows."
        )
    compare(got, moved(by_slope, by_intercept), mistakes, "8 rows")


def cross_entropy(answer):
    """The loss of a classifier

    Hint: pick from each row the probability of its right class, with
    probabilities[np.arange(len(labels)), labels]. Minus its logarithm, then the mean.
    """
    probabilities = _numbers().dirichlet(np.ones(4), 6).astype("float32")
    labels = np.array([0, 3, 2, 2, 1, 0])
    picked = probabilities[np.arange(6), labels]
    one_hot = np.eye(4)[labels]
    mistakes = {
        "The sign is wrong: logarithms of probabilities are negative, the loss is "
        "not.": np.mean(np.log(picked)),
        "This is the sum over the pictures. Take the mean.": -np.sum(np.log(picked)),
        "This is the logarithm of the mean. First the logarithm, then the mean.": (
            -np.log(np.mean(picked))
        ),
        "This is a logarithm to base 2. The field takes the natural one.": (
            -np.mean(np.log2(picked))
        ),
        "This is a logarithm to base 10. The field takes the natural one.": (
            -np.mean(np.log10(picked))
        ),
        "This takes all classes. Only the probability of the right class counts.": (
            -np.mean(np.log(probabilities))
        ),
        "This takes the largest probability of each row. It is the right class that "
        "counts, also when the network prefers another.": (
            -np.mean(np.log(probabilities.max(axis=1)))
        ),
        "This is the mean probability of the right class; the logarithm is missing.": (
            np.mean(picked)
        ),
        "This is a mean over all 24 cells. Add up over the classes first, then take "
        "the mean over the pictures.": -np.mean(one_hot * np.log(probabilities)),
        "This pairs every picture with every label: two lists in the brackets, "
        "np.arange(len(labels)) and labels.": -np.mean(
            np.log(probabilities[:, labels])
        ),
    }
    got = call(answer, probabilities, labels)
    if np.shape(got) == (6,):
        raise Mistake("Six losses, one per picture. Return their mean.")
    compare(got, -np.mean(np.log(picked)), mistakes, "6 pictures, 4 classes")


def _as_tuples(value):
    """Return nested lists as nested tuples."""
    if isinstance(value, (list, tuple)):
        return tuple(_as_tuples(item) for item in value)
    return value


def _numbers(seed=0):
    return np.random.default_rng(seed)
