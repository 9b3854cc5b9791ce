"""Project 2, whom to call? Gradient boosting with its threshold at the cost."""

import pandas as pd
from sklearn.ensemble import HistGradientBoostingClassifier

THRESHOLD = 4 / 20  # a call pays when 20 · probability is more than 4


def fit(x, y):
    """Return a trained model, and the words of each column of words."""
    categories = {}
    for name in x.select_dtypes(exclude="number"):
        categories[name] = sorted(x[name].dropna().unique())
    model = HistGradientBoostingClassifier(
        categorical_features="from_dtype", random_state=1
    )
    model.fit(as_categories(x, categories), y == ">50K")
    return model, categories


def as_categories(x, categories):
    """Return the table with its words as categories, the same in every table."""
    x = x.copy()
    for name, words in categories.items():
        x[name] = pd.Categorical(x[name], categories=words)
    return x


def predict(model, x):
    """Return 1 for a call, 0 for none, for each row."""
    model, categories = model
    probability = model.predict_proba(as_categories(x, categories))[:, 1]
    return (probability > THRESHOLD).astype(int)
