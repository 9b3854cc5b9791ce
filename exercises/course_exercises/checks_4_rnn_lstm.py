"""What makes the answers of part 4 right: one function per task, in order.

The first line of its docstring is the task's title, "Hint:" is what a participant reads
after a second wrong try.
"""

import numpy as np
from scipy.special import expit, softmax

from course_exercises import Mistake, as_array, call, call_or_say, compare, items


def rnn_step(answer):
    """A step of a recurrent network

    Hint: two matrix products and a bias are added up, and tanh comes last. A row of
    data stands on the left: x @ W has the shape (batch, units), and so has state @ U.
    """
    for features in (3, 2):
        x = _numbers(1).normal(size=(4, features))
        state = np.tanh(_numbers(2).normal(size=(4, 3)))
        W = _numbers(3).normal(size=(features, 3))
        U = _numbers(4).normal(size=(3, 3))
        b = _numbers(5).normal(size=3)
        total = x @ W + state @ U + b
        mistakes = {
            "The bias is missing.": np.tanh(total - b),
            "The sum is right; tanh is missing.": total,
            "This is a sigmoid. A SimpleRNN has a tanh.": expit(total),
            "The old state has no say: state @ U is missing.": np.tanh(x @ W + b),
            "The input has no say: x @ W is missing.": np.tanh(state @ U + b),
            "U is transposed: a state of (batch, units) times U, as it is.": np.tanh(
                x @ W + state @ U.T + b
            ),
            "tanh comes once, over the whole sum.": np.tanh(x @ W)
            + np.tanh(state @ U)
            + b,
        }
        if features == 3:
            mistakes[
                "W and U have changed places: W belongs to the input, U to the state. "
                "With as many features as units no error tells you."
            ] = np.tanh(x @ U + state @ W + b)
        given = f"a batch of 4, {features} features, 3 units"
        compare(call(answer, x, state, W, U, b), np.tanh(total), mistakes, given)


def gru_state(answer):
    """What a GRU keeps

    Hint: the gate is tf.sigmoid(z), between 0 and 1. It is the share of the old state
    that is kept; the rest, 1 minus the gate, comes from the candidate.
    """
    state, candidate, z = _numbers().normal(size=(3, 4, 2))
    gate = expit(z)
    mistakes = {
        "Old and new have changed places. In Keras the update gate says how much of "
        "the *old* state is kept; half of the books have it the other way round.": (
            gate * candidate + (1 - gate) * state
        ),
        "z is not yet a gate: sigmoid brings it between 0 and 1.": (
            z * state + (1 - z) * candidate
        ),
        "A tanh goes from -1 to 1. A gate wants a sigmoid.": (
            np.tanh(z) * state + (1 - np.tanh(z)) * candidate
        ),
        "The candidate is added in full. A GRU has one gate for both: what it does not "
        "keep, 1 - gate, it takes from the candidate.": gate * state + candidate,
        "The candidate has no say.": gate * state,
        "The old state has no say.": (1 - gate) * candidate,
    }
    right = gate * state + (1 - gate) * candidate
    compare(call(answer, state, candidate, z), right, mistakes, "a batch of 4, 2 units")


def forget_bias(answer):
    """A gate that remembers

    Hint: the gate to the power of steps is the share, so the gate is share ** (1 /
    steps). A sigmoid is turned back by the log-odds, log(gate / (1 - gate)).
    """
    for share, steps in [(0.5, 1), (0.5, 40), (0.9, 10)]:
        gate = share ** (1 / steps)
        right = np.log(gate / (1 - gate))
        mistakes = {
            "The sign is wrong: this gate forgets what it should keep.": -right,
            "This is the gate. The bias is what stands inside of the sigmoid.": gate,
            "This takes the sigmoid once more. You want to get out of it: the log-odds "
            "of the gate.": expit(gate),
            "This leaves the share after one step. After more steps the gate has been "
            "multiplied with itself.": np.log(share / (1 - share)),
            "log(steps) is the usual rule, and leaves 0.37 or so. The share was to be "
            "another one.": np.log(steps),
            "A gate loses the same *share* at every step, not the same amount: a "
            "power, not a division.": np.log(
                (1 - (1 - share) / steps) / ((1 - share) / steps)
            ),
            "The number of steps is not in the exponent: share ** (1 / steps).": (
                np.log(share**steps / (1 - share**steps))
            ),
            "log(gate) turns an exp back, not a sigmoid.": np.log(gate),
        }
        got = call(answer, share, steps)
        given = f"a share of {share} after {steps} steps"
        compare(got, right, mistakes, given)


def windows(answer):
    """Cut windows

    Hint: a window that begins at start ends before start + width, and its target is
    series[start + width]. The last start is the one whose target is the last number.
    """
    series = _numbers().normal(size=9).round(2)
    width = 3
    cut = np.lib.stride_tricks.sliding_window_view(series, width)
    x, y = cut[:-1], series[width:]
    too_many = (
        "The last window has no number after it: of n numbers, n - width are "
        "beginnings."
    )
    got = call_or_say({"out of bounds": too_many}, answer, series, width)
    got = items(got, 2, "Return two arrays: return x, y")
    got_x, got_y = as_array(got[0]), as_array(got[1])
    if got_x.ndim == 2 and len(got_x) != len(got_y):
        raise Mistake(
            f"There are {len(got_x)} windows and {len(got_y)} targets: each window "
            "needs a number that comes after it."
        )
    mistakes = {
        "The last window is missing: 9 numbers and a width of 3 give 6 windows, and "
        "the target of the last one is the last number.": (x[:-1], y[:-1]),
        "The answer stands in the question: the target is the window's own last "
        "number.": (cut, cut[:, -1]),
        "The answer stands in the question: the target is the window's own last "
        "number, and there is one more to come.": (x, x[:, -1]),
        "A number is left out between window and target.": (cut[:-2], series[4:]),
        "The target is the window's first number.": (x, x[:, 0]),
        "The windows do not overlap. Every place is a beginning.": (x[::3], y[::3]),
        "The windows run backwards in time.": (x[:, ::-1], y),
    }
    for sentence, wrong in mistakes.items():
        if all(map(np.array_equal, (got_x, got_y), wrong)):
            raise Mistake(sentence)
    compare(got_x, x, given="x, 9 numbers, width 3")
    compare(got_y, y, given="y, 9 numbers, width 3")
    got = items(call(answer, series, 2), 2, "Return two arrays: return x, y")
    compare(
        got[0],
        np.lib.stride_tricks.sliding_window_view(series, 2)[:-1],
        given="x, width 2",
    )
    compare(got[1], series[2:], given="y, width 2")


def scale_series(answer):
    """Scale without the future

    Hint: past = series[:known]. Its mean is subtracted from all of the series, and all
    of it is divided by the past's standard deviation.
    """
    series = np.cumsum(_numbers().normal(0.4, 1, 12)) + 5
    known = 8
    past, future = series[:known], series[known:]
    right = (series - past.mean()) / past.std()
    mistakes = {
        "A leak: the mean and the spread of the future are not known yet. Take them of "
        "series[:known].": (series - series.mean()) / series.std(),
        "Past and future are scaled each by itself: the same number of passengers "
        "gets two values.": np.concatenate(
            [
                (past - past.mean()) / past.std(),
                (future - future.mean()) / future.std(),
            ]
        ),
        "Mean and spread were taken of the future.": (
            (series - future.mean()) / future.std()
        ),
        "The mean is gone, the spread is not: divide by it.": series - past.mean(),
        "This divides by the variance. The standard deviation is its root.": (
            (series - past.mean()) / past.var()
        ),
        "Only the past comes back. The future is scaled, too, by the past's numbers.": (
            right[:known]
        ),
        "The mean is of all, and so a leak; the spread is of the past.": (
            (series - series.mean()) / past.std()
        ),
    }
    got = call(answer, series, known)
    if np.shape(got) == (12,) and np.allclose(
        got, (series - past.mean()) / past.std(ddof=1)
    ):
        return  # pandas' std divides by n - 1
    compare(got, right, mistakes, "12 numbers, 8 of them known")


def from_growth(answer):
    """Back from growth to passengers

    Hint: logarithms add up: log of the second month = log(last) + growth[0] +
    growth[1]. np.cumsum has all these sums, np.exp brings them back.
    """
    last, growth = 432.0, np.array([0.10, -0.05, 0.12, 0.03])
    level = np.exp(np.cumsum(growth))
    mistakes = {
        "Each month begins at the last known number here. It begins where the month "
        "before has ended: add the growth up.": last * np.exp(growth),
        "This adds growth to passengers. It is a difference of *logarithms*: come back "
        "by exp.": last + np.cumsum(growth),
        "These are still logarithms.": np.log(last) + np.cumsum(growth),
        "The last known number is missing: this is the factor since then.": level,
        "Growth was taken for per cent: 1 + growth is close, and errs more with every "
        "month. exp is exact.": last * np.cumprod(1 + growth),
        "The last known month is in it: return the months that were forecast.": (
            last * np.concatenate([[1], level])
        ),
        "The last month is lost: the first forecast is growth[0] after the last known "
        "number.": last * np.concatenate([[1], level[:-1]]),
    }
    got = call(answer, last, growth)
    compare(got, last * level, mistakes, "432 passengers, growth of four months")


def persistence_error(answer):
    """The error of "as it is now"

    Hint: the numbers that are forecast are series[ahead:], their forecasts
    series[:-ahead]. Both have n - ahead numbers.
    """
    series = np.cumsum(_numbers().normal(0.3, 2, 10))
    for ahead in (1, 3):
        change = series[ahead:] - series[:-ahead]
        around = series - np.roll(series, ahead)
        further = series[ahead + 1 :] - series[: -ahead - 1]
        mistakes = {
            "Positive and negative errors cancel here: absolute values first.": (
                np.mean(change)
            ),
            "This is the mean squared error.": np.mean(change**2),
            "This is the root of the mean squared error.": np.sqrt(np.mean(change**2)),
            "This is the sum of the errors.": np.sum(np.abs(change)),
            "np.roll goes round: the first numbers are forecast by the last ones, "
            "which nobody knows yet. Leave them out.": np.mean(np.abs(around)),
            "One step too far: the forecast is ahead places earlier.": (
                np.mean(np.abs(further))
            ),
            "The numbers without a predecessor count as 0 here, and dilute the mean: "
            "divide by n - ahead.": np.sum(np.abs(change)) / 10,
        }
        if ahead > 1:
            mistakes[
                "This is the error one step ahead. The forecast was made ahead steps "
                "before, when the numbers in between were not known."
            ] = np.mean(np.abs(np.diff(series)))
        got = call(answer, series, ahead)
        compare(got, np.mean(np.abs(change)), mistakes, f"10 numbers, {ahead} ahead")


def last_real_output(answer):
    """The last real word

    Hint: a sentence of 3 words has its last one at place 2. Pick one place per
    sentence: outputs[np.arange(sentences), places].
    """
    outputs = _numbers().normal(size=(3, 5, 2))
    lengths = np.array([5, 2, 3])
    rows = np.arange(3)
    real = np.arange(5) < lengths[:, np.newaxis]
    summed = np.where(real[:, :, np.newaxis], outputs, 0).sum(axis=1)
    mistakes = {
        "These are the outputs at the last place: for short sentences that is padding, "
        "and the network has read zeros since the last word.": outputs[:, -1],
        "One place too early: a sentence of 5 words has its last one at place 4. You "
        "have taken the one before.": outputs[rows, lengths - 2],
        "These are the first words.": outputs[:, 0],
        "This is the mean of the real words. Only the last one is wanted.": (
            summed / lengths[:, np.newaxis]
        ),
        "All sentences were cut at the length of the first.": (
            outputs[:, lengths[0] - 1 : lengths[0]]
        ),
        "Each sentence is needed at its own place, not all sentences at all places: "
        "two lists of the same length in the brackets.": outputs[:, lengths - 1],
    }
    errors = {
        "index 5 is out of bounds for axis 1": "There is no place 5 in a sentence of 5 "
        "words: places are counted from 0, so the last one is lengths - 1.",
        "out of bounds": "The places stand at another axis: axis 0 are the sentences, "
        "axis 1 the words. Two lists in the brackets, outputs[sentences, places].",
    }
    got = call_or_say(errors, answer, outputs, lengths)
    right = outputs[rows, lengths - 1]
    compare(got, right, mistakes, "3 sentences of up to 5 words, 2 units")
    got = call(answer, outputs[:2, :4], np.array([3, 4]))
    right = outputs[[0, 1], [2, 3]]
    compare(got, right, given="2 sentences of up to 4 words, 2 units")


def bits_per_character(answer):
    """Bits per character

    Hint: pick the probability of the character that came, at each place. Minus its
    logarithm to base 2, np.log2, is the price in bits; then the mean.
    """
    probabilities = _numbers().dirichlet(np.ones(5), 7)
    text = np.array([0, 4, 2, 2, 1, 3, 0])
    came = probabilities[np.arange(7), text]
    bits = np.mean(-np.log2(came))
    entropy = -np.sum(probabilities * np.log2(probabilities), axis=1)
    mistakes = {
        "This is Keras' loss, a natural logarithm. Bits have the base 2: divide by "
        "log(2), or take np.log2.": np.mean(-np.log(came)),
        "The sign is wrong: logarithms of probabilities are negative, bits are not.": (
            -bits
        ),
        "This is the price of the whole text. Take the mean.": np.sum(-np.log2(came)),
        "This is the perplexity, 2 to the power of the bits.": 2**bits,
        "First the logarithm, then the mean: every character is paid for by itself.": (
            -np.log2(np.mean(came))
        ),
        "This is how unsure the model is, the mean entropy. It is paid for what "
        "really came.": np.mean(entropy),
        "This takes the most likely character. It is the one that came that counts.": (
            np.mean(-np.log2(probabilities.max(axis=1)))
        ),
    }
    got = call(answer, probabilities, text)
    if np.shape(got) == (7,):
        raise Mistake("Seven prices, one per character. Return their mean.")
    compare(got, bits, mistakes, "7 places, 5 characters")


def attention_weights(answer):
    """Attention weights

    Hint: scores = queries @ keys.T / np.sqrt(d). Where a query may not look, put a huge
    negative number with np.where *before* the softmax, and take the softmax along the
    words, axis 1.
    """
    queries = _numbers(1).normal(size=(4, 6)).astype("float32")
    keys = _numbers(2).normal(size=(4, 6)).astype("float32")
    may_look = np.tril(np.ones((4, 4), dtype=bool))
    may_look[3, 0] = False
    scores = queries @ keys.T

    def weights(scores, axis=1):
        return softmax(np.where(may_look, scores, -1e9), axis=axis)

    cut = np.where(may_look, softmax(scores / np.sqrt(6), axis=1), 0)
    mistakes = {
        "The products are not scaled: divide by the root of d, how many numbers a key "
        "has.": weights(scores),
        "Divide by the *root* of d.": weights(scores / 6),
        "The mask is missing: some queries look where they may not.": (
            softmax(scores / np.sqrt(6), axis=1)
        ),
        "The softmax runs over the queries. Each query shares its looks out among the "
        "words: axis 1.": weights(scores / np.sqrt(6), axis=0),
        "The mask came after the softmax: the rows do not add up to 1 any more. Put a "
        "huge negative number into the scores, before it.": cut,
        "The mask was multiplied into the scores. A score of 0 is not forbidden, "
        "softmax makes exp(0) = 1 of it: take a huge negative number.": (
            softmax(may_look * scores / np.sqrt(6), axis=1)
        ),
        "Queries and keys have changed places: rows belong to queries.": (
            weights(scores.T / np.sqrt(6))
        ),
        "The mask is turned around: True is where a query *may* look.": softmax(
            np.where(may_look, -1e9, scores / np.sqrt(6)), axis=1
        ),
        "These are the scores. The softmax is missing.": scores / np.sqrt(6),
    }
    got = call(answer, queries, keys, may_look)
    right = weights(scores / np.sqrt(6))
    compare(got, right, mistakes, "4 queries, 4 words, d = 6")


def _numbers(seed=0):
    return np.random.default_rng(seed)
