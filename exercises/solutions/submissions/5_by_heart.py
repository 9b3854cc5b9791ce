"""Project 5, one label in five is wrong. A mistake: a network that learns by heart."""

import tensorflow as tf


def fit(x, y):
    """Return a trained model."""
    tf.keras.utils.set_random_seed(1)
    model = tf.keras.Sequential(
        [
            tf.keras.Input(shape=(28, 28)),
            tf.keras.layers.Rescaling(1 / 255),
            tf.keras.layers.Flatten(),
            tf.keras.layers.Dense(256, activation="relu"),
            tf.keras.layers.Dense(256, activation="relu"),
            tf.keras.layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile("adam", "sparse_categorical_crossentropy", steps_per_execution=20)
    model.fit(x, y, batch_size=32, epochs=30, verbose=0)
    return model


def predict(model, x):
    """Return the number of the class of each picture."""
    return model.predict(x, batch_size=500, verbose=0).argmax(axis=1)
