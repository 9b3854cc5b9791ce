"""Project 1, two of a kind? Logistic regression on the distance of each pixel."""

import numpy as np
from sklearn.linear_model import LogisticRegression


def distances(x):
    """Return how far the two pictures are apart in each pixel."""
    pixels = x.reshape(len(x), 2, 784) / 255
    return np.abs(pixels[:, 0] - pixels[:, 1])


def fit(x, y):
    """Return a trained model."""
    return LogisticRegression(C=0.1, max_iter=200).fit(distances(x), y)


def predict(model, x):
    """Return 1 where both are of a kind, for each pair."""
    return model.predict(distances(x))
