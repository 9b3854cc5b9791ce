"""
Exercises 5: overfitting and tuning
===================================

Ten tasks, two to eight minutes each, in the order of the lessons. Fill in what is
written ``...``, run the cell, and read what ``check`` says about it. When you are
stuck, ``hint("name")`` helps and ``solution("name")`` shows an answer.

:Data: none
:Lessons: 5.02 to 5.13
:Takes: an hour
"""

# %% Start
# Run this cell first. Most tasks are functions of a few lines. ``check`` calls them
# with numbers that you do not see. Tables and pictures come as NumPy arrays; use NumPy
# or TensorFlow. A cell that runs for ever is stopped by the red square above the
# console.

import numpy as np

from course_exercises import check, hint, progress, solution

# %% 1. The price of large weights (lesson 5.02)
# ``layers`` is a list with a pair for each layer: its kernel, a matrix, and its bias, a
# vector. Return the L2 penalty that Keras' ``kernel_regularizer`` adds to the loss when
# every layer has ``tf.keras.regularizers.L2(strength)``.


def l2_penalty(layers, strength):
    """Return the penalty of all layers together, one number."""
    # gap: return ...
    return sum(strength * np.sum(kernel**2) for kernel, bias in layers)
    # end gap


check("l2_penalty", l2_penalty)

# %% 2. A step with weight decay (lesson 5.02)
# ``gradient`` is that of the loss, without any penalty. Take one step of plain gradient
# descent, and let the weights decay as Keras' ``SGD(rate, weight_decay=decay)`` does.


def decay_step(weights, gradient, rate, decay):
    """Return the weights after one step, in the shape of weights."""
    # gap: return ...
    return weights - rate * decay * weights - rate * gradient
    # end gap


check("decay_step", decay_step)

# %% 3. Dropout by hand (lesson 5.04)
# ``x`` has the shape (batch, neurons), and so has ``random``, numbers between 0 and 1
# that were drawn anew. Drop the neurons whose random number is below ``rate``, in
# training, and do to the others what Keras' ``Dropout(rate)`` does. At prediction, when
# ``training`` is False, nothing is dropped.


def dropout(x, rate, random, training):
    """Return the outputs of the layer, in the shape of x."""
    # gap: return ...
    if not training:
        return x
    kept = random >= rate
    return np.where(kept, x / (1 - rate), 0)
    # end gap


check("dropout", dropout)

# %% 4. Batch normalization by hand (lesson 5.05)
# ``x`` has the shape (batch, neurons). Return what the layer returns in *training*:
# each neuron with mean 0 and spread 1 in this batch, then scaled by ``gamma`` and
# shifted by ``beta``, both of the shape (neurons,). The small number ``epsilon`` is
# added to the variance.


def batch_norm(x, gamma, beta, epsilon):
    """Return the outputs of the layer, in the shape of x."""
    # gap: mean = ...
    # gap: variance = ...
    # gap: return ...
    mean = x.mean(axis=0)
    variance = x.var(axis=0)
    return gamma * (x - mean) / np.sqrt(variance + epsilon) + beta
    # end gap


check("batch_norm", batch_norm)

# %% 5. When does it stop? (lesson 5.06)
# ``losses`` are the validation losses of the epochs 1, 2, 3, … Stop as soon as the loss
# has not been lower than its best for ``patience`` epochs; without such a moment, at
# the end. Return two numbers: the last epoch that is trained, and the epoch whose
# weights are kept, the best one until then. Example: [0.9, 0.5, 0.6, 0.7] and a
# patience of 2 give (4, 2).


def stopping_epoch(losses, patience):
    """Return the epoch after which it stops, and the one that is kept, from 1 on."""
    # gap: return ..., ...
    best = 1
    for epoch, loss in enumerate(losses, start=1):
        if loss < losses[best - 1]:
            best = epoch
        if epoch - best == patience:
            return epoch, best
    return len(losses), best
    # end gap


check("stopping_epoch", stopping_epoch)

# %% 6. Is it as right as it is sure? (lesson 5.06)
# ``sure`` holds the largest probability of each answer, ``right`` is 1 where the answer
# was right and 0 elsewhere. Cut the line from 0 to 1 into ``bins`` parts of the same
# *width* (in the lesson they had the same number of answers). What share of the answers
# in each part was right? A part without any answer
# gets np.nan. (Neither 0 nor a border between two parts occurs in ``sure``.)


def reliability(sure, right, bins):
    """Return the share that is right in each part, shape (bins,)."""
    edges = np.linspace(0, 1, bins + 1)
    shares = np.full(bins, np.nan)
    for number in range(bins):
        # gap: inside = ...
        # gap: if ...:
        # gap:     shares[number] = ...
        inside = (sure > edges[number]) & (sure <= edges[number + 1])
        if inside.any():
            shares[number] = right[inside].mean()
        # end gap
    return shares


check("reliability", reliability)

# %% 7. The winner and its verdict (lesson 5.07)
# A search has tried several settings. ``validation`` and ``test`` hold the accuracy of
# each on the validation and on the test rows. Return two numbers: the place of the
# setting that you choose, from 0, and the accuracy that you report for it.


def verdict(validation, test):
    """Return the place of the chosen setting, and the accuracy to report."""
    # gap: return ..., ...
    chosen = np.argmax(validation)
    return chosen, test[chosen]
    # end gap


check("verdict", verdict)

# %% 8. First weights for ReLUs (lesson 5.11)
# ``random`` has the shape (inputs, outputs), numbers with mean 0 and spread 1. Scale
# them so that a signal keeps its size through a layer of ReLUs, as He does.


def he_weights(random):
    """Return the first weights, in the shape of random."""
    # gap: return ...
    inputs = random.shape[0]
    return random * np.sqrt(2 / inputs)
    # end gap


check("he_weights", he_weights)

# %% 9. Down along a cosine (lesson 5.13)
# The learning rate starts at ``rate`` with update 0, and ends at 0 with update
# ``updates``, along half a cosine. Example: update 450 of 900 with a rate of 0.2 gives
# 0.1.


def cosine_rate(update, updates, rate):
    """Return the learning rate at this update, one number."""
    # gap: return ...
    return rate * 0.5 * (1 + np.cos(np.pi * update / updates))
    # end gap


check("cosine_rate", cosine_rate)

# %% 10. A fair comparison (lesson 5.13)
# ``accuracy(setting, seed)`` trains a network and returns its validation accuracy;
# ``seeds`` is a list. How much better is setting ``a`` than setting ``b``, with the
# same seed? Return the smallest difference, the mean and the largest.


def compare_on_seeds(accuracy, a, b, seeds):
    """Return three numbers: smallest, mean and largest difference, a minus b."""
    # gap: differences = ...
    # gap: return ..., ..., ...
    differences = [accuracy(a, seed) - accuracy(b, seed) for seed in seeds]
    return min(differences), np.mean(differences), max(differences)
    # end gap


check("compare_on_seeds", compare_on_seeds)

# %% How far are you?
# Tasks that are right stay right when you close Spyder.

progress(5)
