"""Project 1, two of a kind? A mistake: a linear model that sees both side by side."""

from sklearn.linear_model import LogisticRegression


def fit(x, y):
    """Return a trained model."""
    return LogisticRegression(max_iter=50).fit(x.reshape(len(x), -1) / 255, y)


def predict(model, x):
    """Return 1 where both are of a kind, for each pair."""
    return model.predict(x.reshape(len(x), -1) / 255)
