"""Project 4, three hours ahead. Gradient boosting on the absolute error."""

from sklearn.ensemble import HistGradientBoostingRegressor


def fit(x, y):
    """Return a trained model of the change."""
    model = HistGradientBoostingRegressor(loss="absolute_error", random_state=1)
    return model.fit(x.reshape(len(x), -1), y - x[:, -1, 0])


def predict(model, x):
    """Return the dust three hours later."""
    return x[:, -1, 0] + model.predict(x.reshape(len(x), -1))
