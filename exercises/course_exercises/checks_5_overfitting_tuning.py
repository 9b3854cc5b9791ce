"""What makes the answers of part 5 right: one function per task, in order.

The first line of its docstring is the task's title, "Hint:" is what a participant reads
after a second wrong try.
"""

import numpy as np

from course_exercises import Mistake, as_array, call, compare, items


def l2_penalty(answer):
    """The price of large weights

    Hint: square each weight of each kernel, add all squares up, multiply by the
    strength. The biases pay nothing.
    """
    layers = [
        (_numbers(1).normal(size=(4, 3)), _numbers(2).normal(size=3)),
        (_numbers(3).normal(size=(3, 2)), _numbers(4).normal(size=2)),
    ]
    kernels = [kernel for kernel, _ in layers]
    squares = sum(np.sum(kernel**2) for kernel in kernels)
    of_biases = sum(np.sum(bias**2) for _, bias in layers)
    strength = 0.03
    mistakes = {
        "The biases pay as well here. A kernel_regularizer leaves them alone.": (
            strength * (squares + of_biases)
        ),
        "Half of it: some books have lambda / 2, Keras has not.": strength
        * squares
        / 2,
        "This is a mean. Keras adds up the squares of all weights.": strength
        * sum(np.mean(kernel**2) for kernel in kernels),
        "These are absolute values, the L1 penalty. L2 squares the weights.": strength
        * sum(np.abs(kernel).sum() for kernel in kernels),
        "This is the length of each kernel, a root. The penalty has the squares.": (
            strength * sum(np.linalg.norm(kernel) for kernel in kernels)
        ),
        "The strength is missing.": squares,
        "The strength was squared with the weights: it comes after the sum.": (
            strength**2 * squares
        ),
        "This is the first layer alone.": strength * np.sum(kernels[0] ** 2),
        "This is the last layer alone.": strength * np.sum(kernels[-1] ** 2),
    }
    got = call(answer, layers, strength)
    if np.shape(got) == (2,):
        raise Mistake("Two penalties, one per layer. The loss gets their sum.")
    compare(got, strength * squares, mistakes, "two layers, strength 0.03")


def decay_step(answer):
    """A step with weight decay

    Hint: two things are subtracted: rate * gradient, and rate * decay * weights.
    """
    weights = _numbers(1).normal(size=(3, 2))
    gradient = _numbers(2).normal(size=(3, 2))
    rate, decay = 0.1, 0.02
    mistakes = {
        "In Keras the decay is multiplied by the rate: rate * decay * weights.": (
            weights - decay * weights - rate * gradient
        ),
        "This is the gradient of an L2 penalty, with its factor of 2. weight_decay "
        "takes rate * decay off, without it.": (
            weights - 2 * rate * decay * weights - rate * gradient
        ),
        "The weights grow: what decays is subtracted.": (
            weights + rate * decay * weights - rate * gradient
        ),
        "It walks uphill: subtract rate * gradient.": (
            weights - rate * decay * weights + rate * gradient
        ),
        "Nothing decays here.": weights - rate * gradient,
        "The weights decay, and the gradient is forgotten.": (
            weights - rate * decay * weights
        ),
        "A decay takes a share off every weight. This takes the same amount off "
        "each, as L1 does.": (
            weights - rate * decay * np.sign(weights) - rate * gradient
        ),
        "It is the weights that decay, not the gradient.": (
            weights - rate * (1 - decay) * gradient
        ),
    }
    right = weights - rate * decay * weights - rate * gradient
    got = call(answer, weights, gradient, rate, decay)
    compare(got, right, mistakes, "weights of shape (3, 2)")


def dropout(answer):
    """Dropout by hand

    Hint: kept = random >= rate. Multiply x by it; and so that the sum stays the same on
    average, divide what is kept by the share that is kept, 1 - rate.
    """
    x = _numbers(1).normal(size=(4, 6))
    random = _numbers(2).uniform(size=(4, 6))
    rate = 0.3
    kept = random >= rate
    right = np.where(kept, x / (1 - rate), 0)
    mistakes = {
        "The right ones are dropped, and the next layer now gets less than at "
        "prediction: divide what is kept by 1 - rate.": kept * x,
        "The share that is kept is 1 - rate. This divides by the rate.": kept
        * x
        / rate,
        "Divide by 1 - rate, do not multiply: what is left has to make up for what was "
        "dropped.": kept * x * (1 - rate),
        "This keeps what it should drop: the rate is the share that is dropped.": (
            ~kept * x / (1 - rate)
        ),
        "This keeps what it should drop, and divides by the rate.": ~kept * x / rate,
        "One mask for all rows: each row of the batch has random numbers of its own.": (
            kept[0] * x / (1 - rate)
        ),
        "Nothing is dropped in training.": x,
        "What is dropped is still there, at its old size: it should be 0.": np.where(
            kept, x / (1 - rate), x
        ),
    }
    got = call(answer, x, rate, random, True)
    compare(got, right, mistakes, "rate 0.3, training=True")
    mistakes = {
        "At prediction it still drops. training is False: return x.": right,
        "At prediction all outputs are scaled. It was made up for in training already: "
        "return x.": x * (1 - rate),
    }
    got = call(answer, x, rate, random, False)
    compare(got, x, mistakes, "training=False")


def batch_norm(answer):
    """Batch normalization by hand

    Hint: mean and variance of each neuron are those of its column, axis=0. Divide by
    the root of variance + epsilon, then multiply by gamma, then add beta.
    """
    x = _numbers(1).normal(2, 3, (5, 5))
    gamma, beta = _numbers(2).uniform(0.5, 2, 5), _numbers(3).normal(size=5)
    epsilon = 0.1
    mean, variance = x.mean(axis=0), x.var(axis=0)
    by_row = x - x.mean(axis=1, keepdims=True)
    by_row /= np.sqrt(x.var(axis=1, keepdims=True) + epsilon)
    normal = (x - mean) / np.sqrt(variance + epsilon)
    mistakes = {
        "This normalizes each row. That is layer normalization; a batch normalization "
        "takes mean and variance of each neuron over the batch, axis=0.": (
            gamma * by_row + beta
        ),
        "This is the mean and the variance of all numbers. Each neuron has its own: "
        "axis=0.": gamma * (x - x.mean()) / np.sqrt(x.var() + epsilon) + beta,
        "epsilon is missing.": gamma * (x - mean) / np.sqrt(variance) + beta,
        "epsilon was added to the standard deviation. It belongs to the variance, "
        "under the root.": gamma * (x - mean) / (np.sqrt(variance) + epsilon) + beta,
        "This divides by the variance. Take its root.": (
            gamma * (x - mean) / (variance + epsilon) + beta
        ),
        "gamma and beta are missing.": normal,
        "beta is added last, after gamma has scaled.": gamma * (normal + beta),
        "gamma and beta have changed places: gamma scales, beta shifts.": (
            beta * normal + gamma
        ),
        "This variance divides by the rows less one. Keras divides by the rows.": (
            gamma * (x - mean) / np.sqrt(x.var(axis=0, ddof=1) + epsilon) + beta
        ),
    }
    got = call(answer, x, gamma, beta, epsilon)
    compare(got, gamma * normal + beta, mistakes, "a batch of 5, 5 neurons")


def stopping_epoch(answer):
    """When does it stop?

    Hint: keep the number of the best epoch in a variable. At each epoch: is this loss
    lower? Then it is the best one. Is the best one patience epochs ago? Then stop.
    """
    losses = [0.9, 0.6, 0.7, 0.5, 0.55, 0.54, 0.53, 0.52, 0.3, 0.4]
    cases = [(losses, 3), (losses, 1), (losses, 8), ([0.5, 0.5, 0.5, 0.4], 2)]
    for values, patience in cases:
        last, kept = _stop(values, patience)
        rises = [i for i in range(1, len(values)) if values[i] > values[i - 1]]
        at_rise = rises[patience - 1] + 1 if len(rises) >= patience else len(values)
        overall = int(np.argmin(values)) + 1
        mistakes = {
            "The epochs are counted from 0 here. The first one is 1.": (
                last - 1,
                kept - 1,
            ),
            "The first number is right. The weights that are kept are the best ones, "
            "not the last ones.": (last, last),
            "The best epoch of all lies behind the stop: training has ended before it "
            "came.": (last, overall),
            "It never stops: this is the end and the best epoch of all.": (
                len(values),
                overall,
            ),
            "One epoch too many: it stops as soon as the best is patience epochs "
            "ago.": (min(last + 1, len(values)), kept),
            "One epoch too few: the best must be patience epochs ago.": (
                last - 1,
                kept,
            ),
            "This counts the epochs since the start. The patience begins anew with "
            "every new best.": (min(patience + 1, len(values)), kept),
            "This counts how often the loss has risen since the epoch before. What "
            "counts is how long the best is ago.": (at_rise, kept),
            "The two have changed places: first the last epoch, then the one that is "
            "kept.": (kept, last),
            "An epoch as good as the best is no better one: the patience goes on.": (
                _stop(values, patience, equal=True)
            ),
        }
        got = call(answer, values, patience)
        got = items(got, 2, "Return two numbers: return last_epoch, best_epoch")
        given = f"losses {values}, patience {patience}"
        compare(got, (last, kept), mistakes, given)


def reliability(answer):
    """Is it as right as it is sure?

    Hint: an answer is in a part when sure is above edges[number] and at most
    edges[number + 1]. The mean of right over these answers is the share; where there
    are none, leave the NaN.
    """
    sure = np.array([0.97, 0.93, 0.9, 0.85, 0.82, 0.7, 0.65, 0.61, 0.45, 0.41, 0.3])
    right = np.array([1, 1, 1, 1, 0, 1, 0, 1, 0, 1, 0])
    part = np.minimum((sure * 5).astype(int), 4)
    shares, zeros, promised, of_all, below = np.full((5, 5), np.nan)
    for number in range(5):
        inside = part == number
        zeros[number] = right[inside].sum() / max(inside.sum(), 1)
        of_all[number] = right[inside].sum() / len(sure)
        below[number] = right[part <= number].mean() if inside.any() else np.nan
        if inside.any():
            shares[number] = right[inside].mean()
            promised[number] = sure[inside].mean()
    mistakes = {
        "A part without any answer has no share: np.nan, not 0.": zeros,
        "This is how sure the answers of each part are. How many were right?": promised,
        "These are shares of all answers. Divide by the answers of the part.": of_all,
        "The parts grow here, from 0 up to their right edge. Cut them at the left "
        "edge, too.": below,
        "These are the shares that are wrong.": 1 - shares,
        "The parts have the same number of answers. They should have the same width.": (
            [np.mean(chunk) for chunk in np.array_split(right[::-1], 5)]
        ),
    }
    got = call(answer, sure, right, 5)
    compare(got, shares, mistakes, "11 answers, 5 parts")


def verdict(answer):
    """The winner and its verdict

    Hint: choose by validation alone, np.argmax(validation). Report that setting's test
    accuracy, whatever it is.
    """
    validation = np.array([0.81, 0.86, 0.88, 0.85])
    test = np.array([0.80, 0.87, 0.84, 0.85])
    mistakes = {
        "The test rows were used to choose. Then they are validation rows, and nothing "
        "is left that could judge. Choose by validation.": (1, 0.87),
        "Well chosen. But this setting was picked *because* its validation accuracy "
        "is high: luck is in it. The test rows give the verdict.": (2, 0.88),
        "Well chosen. But this is another setting's test accuracy, the best of all; "
        "report that of your own.": (2, 0.87),
        "Both were used to choose. The test rows only judge.": (1, 0.86),
        "The lowest accuracy was chosen.": (0, 0.80),
        "The place is counted from 0.": (3, 0.84),
        "The two have changed places: first the place, then the accuracy.": (0.84, 2),
    }
    got = call(answer, validation, test)
    got = items(got, 2, "Return two numbers: return place, accuracy")
    given = f"validation {validation.tolist()}, test {test.tolist()}"
    compare(got, (2, 0.84), mistakes, given)
    got = call(answer, validation[:2], test[:2])
    compare(items(got, 2, "Return two numbers"), (1, 0.87), given="two settings")


def he_weights(answer):
    """First weights for ReLUs

    Hint: the spread should be sqrt(2 / inputs). The 2 makes up for the half that a ReLU
    cuts off.
    """
    random = _numbers().normal(size=(5, 4))
    mistakes = {
        "This keeps the size without ReLUs (LeCun). A ReLU cuts off half of the "
        "signal: 2 / inputs.": random * np.sqrt(1 / 5),
        "This is Glorot's spread, for tanh: inputs and outputs.": (
            random * np.sqrt(2 / 9)
        ),
        "It is the number of *inputs* that counts: that many terms are added up in "
        "each neuron.": random * np.sqrt(2 / 4),
        "2 / inputs is the variance. The spread is its root.": random * 2 / 5,
        "Every weight is divided by the number of inputs: too small. The sum of n "
        "random terms grows with the *root* of n.": random / 5,
        "The random numbers were divided by this spread; multiply.": (
            random / np.sqrt(2 / 5)
        ),
        "The limits of a uniform draw have a 6 in place of the 2. These numbers are "
        "normal ones.": random * np.sqrt(6 / 5),
        "Nothing was scaled: these are the numbers as they came.": random,
        "All numbers were counted. Count the inputs, random.shape[0].": (
            random * np.sqrt(2 / 20)
        ),
    }
    got = call(answer, random)
    compare(got, random * np.sqrt(2 / 5), mistakes, "5 inputs, 4 outputs")
    got = call(answer, random.T)
    compare(got, random.T * np.sqrt(2 / 4), given="4 inputs, 5 outputs")


def cosine_rate(answer):
    """Down along a cosine

    Hint: cos goes from 1 to -1 while its angle goes from 0 to pi, in radians. One plus
    that, halved, goes from 1 to 0.
    """
    updates, rate = 900, 0.2
    for update in (0, 300, 450, 900):
        share = update / updates
        right = rate * (1 + np.cos(np.pi * share)) / 2
        mistakes = {
            "NumPy's angles are radians: half a turn is np.pi, not 180.": (
                rate * (1 + np.cos(180 * share)) / 2
            ),
            "A whole cosine comes up again. Half of it, up to np.pi, ends at 0.": (
                rate * (1 + np.cos(2 * np.pi * share)) / 2
            ),
            "The cosine goes down to -1: add 1 to it, and halve.": (
                rate * np.cos(np.pi * share)
            ),
            "A quarter of a cosine ends at 0 as well, at full speed. Half of one "
            "levels off at the end.": rate * np.cos(np.pi * share / 2),
            "It begins at twice the rate: halve 1 + cos.": (
                rate * (1 + np.cos(np.pi * share))
            ),
            "This is a straight line.": rate * (1 - share),
            "It goes up: 1 plus the cosine, not minus.": (
                rate * (1 - np.cos(np.pi * share)) / 2
            ),
            "This is the factor. Multiply it by the rate.": right / rate,
        }
        got = call(answer, update, updates, rate)
        compare(got, right, mistakes, f"update {update} of 900, rate 0.2")


def compare_on_seeds(answer):
    """A fair comparison

    Hint: one difference per seed: accuracy(a, seed) - accuracy(b, seed). Then min,
    np.mean and max of these differences.
    """
    seeds = [3, 1, 7, 4]
    luck = dict(zip(seeds, [0.05, -0.02, 0.03, -0.04]))
    own = {"a": [0.010, 0.004, -0.002, 0.008], "b": [0.0, 0.001, 0.002, -0.001]}
    asked = []

    def accuracy(setting, seed):
        if setting not in own or seed not in luck:
            raise ValueError(f"accuracy wants a setting and a seed: {setting}, {seed}")
        asked.append((setting, seed))
        return 0.8 + luck[seed] + own[setting][seeds.index(seed)]

    table = np.array([[accuracy(setting, seed) for seed in seeds] for setting in "ab"])
    asked.clear()
    difference = table[0] - table[1]
    right = (difference.min(), difference.mean(), difference.max())
    mistakes = {
        "Smallest and largest come from two different seeds: the best of a beside the "
        "worst of b. Subtract seed by seed first.": (
            table[0].min() - table[1].max(),
            difference.mean(),
            table[0].max() - table[1].min(),
        ),
        "The extremes of each setting were compared. They have different seeds; "
        "subtract seed by seed first.": (
            table[0].min() - table[1].min(),
            difference.mean(),
            table[0].max() - table[1].max(),
        ),
        "Only one seed was used: one seed is an anecdote.": (difference[0],) * 3,
        "The sign is wrong: a minus b.": (
            (-difference).min(),
            -difference.mean(),
            (-difference).max(),
        ),
        "Absolute values hide which one is better.": (
            np.abs(difference).min(),
            np.abs(difference).mean(),
            np.abs(difference).max(),
        ),
        "The three are in another order: smallest, mean, largest.": right[::-1],
    }
    got = call(answer, accuracy, "a", "b", seeds)
    got = items(got, 3, "Return three numbers: return smallest, mean, largest")
    got = [as_array(number) for number in got]
    compare(got, right, mistakes, "four seeds")
    if len(asked) > 2 * len(seeds):
        raise Mistake(
            f"The numbers are right. But {len(asked)} networks were trained for "
            f"{2 * len(seeds)} accuracies: keep each difference in a list."
        )


def _stop(losses, patience, equal=False):
    """Return the last epoch and the best one; ``equal``: as good counts as better."""
    best = 1
    for epoch, loss in enumerate(losses, start=1):
        if loss < losses[best - 1] or (equal and loss == losses[best - 1]):
            best = epoch
        if epoch - best == patience:
            return epoch, best
    return len(losses), best


def _numbers(seed=0):
    return np.random.default_rng(seed)
