"""Project 5, one label in five is wrong. A random forest."""

from sklearn.ensemble import RandomForestClassifier


def fit(x, y):
    """Return a trained model."""
    return RandomForestClassifier(300, random_state=1).fit(x.reshape(len(x), -1), y)


def predict(model, x):
    """Return the number of the class of each picture."""
    return model.predict(x.reshape(len(x), -1))
