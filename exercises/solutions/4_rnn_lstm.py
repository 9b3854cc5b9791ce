"""
Exercises 4: RNN and LSTM
=========================

Ten tasks, two to eight minutes each, in the order of the lessons. Fill in what is
written ``...``, run the cell, and read what ``check`` says about it. When you are
stuck, ``hint("name")`` helps and ``solution("name")`` shows an answer.

:Data: none
:Lessons: 4.01 to 4.13
:Takes: an hour
"""

# %% Start
# Run this cell first. Most tasks are functions of a few lines. ``check`` calls them
# with numbers that you do not see. Tables and pictures come as NumPy arrays; use NumPy
# or TensorFlow. A cell that runs for ever is stopped by the red square above the
# console.

import numpy as np
import tensorflow as tf

from course_exercises import check, hint, progress, solution

# %% 1. A step of a recurrent network (lesson 4.01)
# ``x`` has the shape (batch, features), the ``state`` (batch, units). The matrix ``W``
# belongs to the input, ``U`` to the state, ``b`` is the bias. Return the next state of
# a SimpleRNN.


def rnn_step(x, state, W, U, b):
    """Return the next state, shape (batch, units)."""
    # gap: return ...
    return np.tanh(x @ W + state @ U + b)
    # end gap


check("rnn_step", rnn_step)

# %% 2. What a GRU keeps (lesson 4.03)
# All three have the shape (batch, units): the old ``state``, the ``candidate``, and
# ``before_sigmoid``, what the update gate has computed so far, x W + state U + b, not
# yet between 0 and 1. Return the GRU's next state, as Keras mixes it.


def gru_state(state, candidate, before_sigmoid):
    """Return the next state, shape (batch, units)."""
    # gap: gate = ...
    # gap: return ...
    gate = tf.sigmoid(before_sigmoid)
    return gate * state + (1 - gate) * candidate
    # end gap


check("gru_state", gru_state)

# %% 3. A gate that remembers (lesson 4.04)
# A forget gate multiplies the memory at every step. Let it be sigmoid(bias), whatever
# the input says. Which bias leaves a ``share`` of the memory after ``steps`` steps?
# Example: a share of 0.5 after 1 step is a gate of 0.5, so a bias of 0.


def forget_bias(share, steps):
    """Return the bias, one number."""
    # gap: gate = ...
    # gap: return ...
    gate = share ** (1 / steps)
    return np.log(gate / (1 - gate))
    # end gap


check("forget_bias", forget_bias)

# %% 4. Cut windows (lesson 4.08)
# ``series`` is a row of n numbers in the order of time. Return two arrays: ``x`` with
# all windows of ``width`` neighbouring numbers, and ``y`` with the number that comes
# right after each window. A window without a number after it is of no use. Example:
# [1, 2, 3, 4] with a width of 2 gives x = [[1, 2], [2, 3]] and y = [3, 4].


def windows(series, width):
    """Return x, shape (windows, width), and y, shape (windows,)."""
    x = []
    y = []
    # gap: for start in range(...):
    # gap:     x.append(...)
    # gap:     y.append(...)
    for start in range(len(series) - width):
        x.append(series[start : start + width])
        y.append(series[start + width])
    # end gap
    return np.array(x), np.array(y)


check("windows", windows)

# %% 5. Scale without the future (lesson 4.08)
# The first ``known`` numbers of ``series`` are the past, the rest is the future that
# you will be judged on. Standardise *all* of them, without learning from the future.


def scale_series(series, known):
    """Return the scaled series, in the shape of series."""
    # gap: return ...
    past = series[:known]
    return (series - past.mean()) / past.std()
    # end gap


check("scale_series", scale_series)

# %% 6. Back from growth to passengers (lesson 4.08)
# A network was trained on differences of logarithms: growth[0] = log(next) - log(last).
# It forecasts the ``growth`` of several months in a row; ``last`` is the last number of
# passengers that is known. How many passengers are that, in each of the months?
# Example: 100 passengers and a growth of 0.1 and 0.1 are 110.5 and 122.1.


def from_growth(last, growth):
    """Return the passengers of each month, in the shape of growth."""
    # gap: return ...
    return last * np.exp(np.cumsum(growth))
    # end gap


check("from_growth", from_growth)

# %% 7. The error of "as it is now" (lesson 4.10)
# Forecast each number of ``series`` by the one that stood ``ahead`` places earlier, and
# return the mean absolute error of that. Numbers that have no such predecessor do not
# count. Example: [1, 4, 2], one place ahead, is (3 + 2) / 2 = 2.5.


def persistence_error(series, ahead):
    """Return the mean absolute error, one number."""
    # gap: return ...
    return np.mean(np.abs(series[ahead:] - series[:-ahead]))
    # end gap


check("persistence_error", persistence_error)

# %% 8. The last real word (lesson 4.11)
# ``outputs`` has the shape (sentences, words, units): what a recurrent layer returns at
# each word, with ``return_sequences=True``. Short sentences are padded at the end;
# ``lengths`` says how many words are real. Return the output at the last real word of
# each sentence.


def last_real_output(outputs, lengths):
    """Return the output at the last real word, shape (sentences, units)."""
    # gap: return ...
    return outputs[np.arange(len(lengths)), lengths - 1]
    # end gap


check("last_real_output", last_real_output)

# %% 9. Bits per character (lesson 4.12)
# ``probabilities`` has the shape (places, characters): what a language model says at
# each place of a text. ``text`` holds the number of the character that really came. How
# many bits does a character cost, on average? Example: probabilities of 0.5 and 0.25
# for what came cost 1 bit and 2 bits, 1.5 on average.


def bits_per_character(probabilities, text):
    """Return the mean number of bits, one number."""
    # gap: return ...
    came = probabilities[np.arange(len(text)), text]
    return np.mean(-np.log2(came))
    # end gap


check("bits_per_character", bits_per_character)

# %% 10. Attention weights (lesson 4.13)
# ``queries`` has the shape (queries, d), ``keys`` (words, d); ``may_look`` has the
# shape (queries, words) and is True where a query may look. Return how much each query
# looks at each word: softmax of the scaled products, and 0 where it may not look.


def attention_weights(queries, keys, may_look):
    """Return the weights, shape (queries, words); each row adds up to 1."""
    # gap: scores = ...
    # gap: return ...
    scores = queries @ keys.T / np.sqrt(queries.shape[1])
    return tf.nn.softmax(np.where(may_look, scores, -1e9), axis=1)
    # end gap


check("attention_weights", attention_weights)

# %% How far are you?
# Tasks that are right stay right when you close Spyder.

progress(4)
