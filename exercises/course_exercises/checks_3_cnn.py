"""What makes the answers of part 3 right: one function per task, in order.

The first line of its docstring is the task's title, "Hint:" is what a participant reads
after a second wrong try.
"""

import math

import numpy as np
import tensorflow as tf
from scipy.signal import correlate2d

from course_data import load_fashion_mnist
from course_exercises import Mistake, call, call_or_say, compare


def convolve(answer):
    """Slide a filter

    Hint: a filter of 3 finds 6 - 3 + 1 = 4 places in 6 columns. The window at (row,
    column) is image[row : row + height, column : column + width].
    """
    image = _numbers().integers(0, 10, (5, 7)).astype("float32")
    kernel = _numbers(1).integers(-3, 4, (2, 3)).astype("float32")
    right = correlate2d(image, kernel, mode="valid")
    mistakes = {
        "The filter is turned round. Mathematics does that, a CNN does not: multiply "
        "cell by cell, as they lie.": correlate2d(image, kernel[::-1, ::-1], "valid"),
        "One place is missing in each direction: a filter of 3 finds 6 - 3 + 1 places "
        "in 6 columns.": right[:-1, :-1],
        "The last rows or columns are sums of windows that stick out of the image: "
        "count the places, 6 - 3 + 1.": correlate2d(image, kernel)[1:, 2:],
        "This is the mean of the nine products. Add them up.": right / kernel.size,
    }
    given = "an image of 5 × 7, a filter of 2 × 3"
    sticks_out = (
        "At the border the window is cut off: it sticks out of the image. How many "
        "places are there? In 6 columns a filter of 3 has 4."
    )
    got = call_or_say({"broadcast": sticks_out}, answer, image, kernel)
    compare(got, right, mistakes, given)


def to_batch(answer):
    """Dress a picture for a CNN

    Hint: two axes are missing, both of length 1: the batch in front, the channels at
    the end. np.newaxis adds one where it stands.
    """
    picture = _numbers().integers(0, 256, (4, 6)).astype("float32")
    mistakes = {
        "The channels stand in front, as in PyTorch. Keras wants them at the end.": (
            picture[np.newaxis, np.newaxis]
        ),
        "The channels are there, the batch is missing: one axis more, in front.": (
            picture[:, :, np.newaxis]
        ),
        "The batch is there, the channels are missing: one axis more, at the end.": (
            picture[np.newaxis]
        ),
        "Rows and columns have changed places.": picture.T[
            np.newaxis, :, :, np.newaxis
        ],
        "The shape has rows and columns swapped, so the pixels are scrambled: use "
        "np.newaxis, not numbers.": picture.reshape(1, 6, 4, 1),
        "Both new axes stand at the end: the batch belongs in front.": (
            picture[:, :, np.newaxis, np.newaxis]
        ),
    }
    got = call(answer, picture)
    compare(got, picture[np.newaxis, :, :, np.newaxis], mistakes, "a picture of 4 × 6")
    got = call(answer, picture[:3, :5])
    right = picture[np.newaxis, :3, :5, np.newaxis]
    compare(got, right, given="a picture of 3 × 5")


def flat_place(answer):
    """Find a pixel again

    Hint: how many numbers stand before this row? row · width · channels. How many of
    this row before this column? column · channels.
    """
    height, width, channels = 4, 5, 3
    for row, column, channel in [(0, 0, 2), (0, 3, 1), (2, 0, 0), (3, 4, 2)]:
        right = (row * width + column) * channels + channel
        mistakes = {
            "Flattening goes along the rows: the column is the faster of the two. "
            "You count column by column.": (column * height + row) * channels + channel,
            "The channels are forgotten: each pixel takes as many places as it has "
            "channels.": row * width + column + channel,
            "The channels stand together at each pixel, they are not one picture after "
            "the other.": (channel * height + row) * width + column,
            "One too many: the first place is 0.": right + 1,
        }
        given = f"row {row}, column {column}, channel {channel} of (4, 5, 3)"
        got = call(answer, row, column, channel, width, channels)
        compare(got, right, mistakes, given)


def output_width(answer):
    """How wide is the output?

    Hint: (W - F + 2P) / S + 1, rounded down before the 1 is added. In Python, // is
    the division that rounds down.
    """
    cases = [(6, 3, 0, 1), (6, 3, 2, 1), (227, 11, 0, 4), (6, 3, 0, 2), (11, 2, 0, 2)]
    for W, F, P, S in cases:
        fraction = (W - F + 2 * P) / S + 1
        given = f"W = {W}, F = {F}, P = {P}, S = {S}"
        mistakes = {
            f"{given}: half a place is no place. Round down, with //.": fraction,
            f"{given}: rounded to the nearest or up. A place is there or not: round "
            "down, with //.": math.ceil(fraction),
            "The 1 is forgotten: the first place needs no step.": math.floor(fraction)
            - 1,
            "The zeros lie on both sides: 2 · P.": (W - F + P) // S + 1,
            "The stride is forgotten: only every S-th place counts.": W - F + 2 * P + 1,
            "First divide by the stride, then add 1.": (W - F + 2 * P + 1) // S,
            "The image gets wider by the zeros: plus 2P.": (W - F - 2 * P) // S + 1,
        }
        got = call(answer, W, F, P, S)
        compare(got, math.floor(fraction), mistakes, given)
    if np.asarray(got).dtype.kind not in "iu":
        raise Mistake(f"The number is right, but {got!r} is no whole number: use //.")


def add_frame(answer):
    """A frame of zeros

    Hint: a filter of 3 loses one row at each edge, one of 5 loses two: (F - 1) / 2.
    np.pad takes a pair for each of the four axes; batch and channels get (0, 0).
    """
    for F in (3, 5):
        images = _numbers().integers(1, 9, (2, 4, 6, 3)).astype("float32")
        half = (F - 1) // 2

        def padded(before, after, images=images):
            sides = (before, after)
            return np.pad(images, [(0, 0), sides, sides, (0, 0)])

        every = [(half, half)] * 4
        mistakes = {
            "All zeros lie on one side: half of them belong before, half behind.": (
                padded(F - 1, 0)
            ),
            "All zeros lie on one side: half belong before, half behind.": (
                padded(0, F - 1)
            ),
            "Twice too many: F - 1 zeros in all, so half on each side.": (
                padded(F - 1, F - 1)
            ),
            "One zero on each side is right for a filter of 3, not for one of 5.": (
                padded(1, 1)
            ),
            f"F zeros on each side are too many: the filter of {F} loses {F - 1} "
            "rows in all.": padded(F, F),
            "Batch and channels got zeros, too: a new picture and new channels. They "
            "want (0, 0).": np.pad(images, every),
            "Only the rows got zeros, the columns need them as well.": (
                np.pad(images, [(0, 0), (half, half), (0, 0), (0, 0)])
            ),
            "The frame is of the right width, but it repeats the border. It should be "
            "zeros.": np.pad(images, [(0, 0), *every[:2], (0, 0)], mode="edge"),
        }
        got = call(answer, images, F)
        compare(got, padded(half, half), mistakes, f"images (2, 4, 6, 3), F = {F}")


def max_pool(answer):
    """Max pooling by hand

    Hint: reshape (rows, columns) to (rows / 2, 2, columns / 2, 2). The window of a
    place lies along the axes 1 and 3.
    """
    image = _numbers().integers(-50, 50, (4, 6)).astype("float32")
    image[:2, :2] -= 100
    windows = image.reshape(2, 2, 3, 2)
    mistakes = {
        "This is average pooling: the mean of each window.": windows.mean(axis=(1, 3)),
        "This leaves places out, as a stride does: the top left number of each window, "
        "not the largest.": image[::2, ::2],
        "The windows are cut wrongly: the shape fits, but each window is a piece of "
        "one row. Reshape to (rows / 2, 2, columns / 2, 2).": (
            image.reshape(2, 3, 4).max(axis=2)
        ),
        "The wrong axes: 1 and 3 run inside a window.": windows.max(axis=(0, 2)),
        "Negative numbers become 0: is there a relu, or a start at 0?": np.maximum(
            windows.max(axis=(1, 3)), 0
        ),
        "The window moves by one pixel. It should move by its own width.": np.max(
            [image[:-1, :-1], image[1:, :-1], image[:-1, 1:], image[1:, 1:]], axis=0
        ),
    }
    right = windows.max(axis=(1, 3))
    compare(call(answer, image), right, mistakes, "an image of 4 × 6")
    other = _numbers(1).normal(size=(6, 2)).astype("float32")
    right = other.reshape(3, 2, 1, 2).max(axis=(1, 3))
    compare(call(answer, other), right, given="an image of 6 × 2")


def parameters(answer):
    """Count the weights

    Hint: a filter has F · F numbers for each channel of its input, and one bias. There
    are as many filters as the output has channels.
    """
    for F, channels, filters in [(5, 3, 10), (3, 1, 32), (3, 32, 64)]:
        weights = F * F * channels * filters
        mistakes = {
            "The biases are forgotten: one for each filter.": weights,
            "One bias in all is too few: each filter has its own.": weights + 1,
            "Too many biases: a filter has one, not one for each channel.": (
                (F * F + 1) * channels * filters
            ),
            "The channels of the input are forgotten: a filter is F × F × channels.": (
                (F * F + 1) * filters
            ),
            "A bias belongs to a filter, not to a channel of the input.": (
                weights + channels
            ),
            "F × F: the filter has rows and columns.": (F * channels + 1) * filters,
        }
        given = f"{filters} filters of {F} × {F} over {channels} channels"
        got = call(answer, F, channels, filters)
        compare(got, weights + filters, mistakes, given)


def build_cnn(answer):
    """A small CNN

    Hint: Input((28, 28, 1)), Rescaling(1 / 255), Conv2D with relu, Conv2D with relu,
    MaxPooling2D, Flatten, Dense(10, activation="softmax"). Most parameters stand in the
    layer behind Flatten: make the picture smaller before.
    """
    tf.keras.utils.set_random_seed(1)
    model = call(answer)
    if not isinstance(model, tf.keras.Model):
        raise Mistake(f"Return a Keras model. This is a {type(model).__name__}.")
    if not model.built:
        raise Mistake(
            "The network does not know its input: begin with "
            "tf.keras.Input(shape=(28, 28, 1))."
        )
    if model.input_shape != (None, 28, 28, 1):
        raise Mistake(
            f"The input is {model.input_shape}. It should be (None, 28, 28, 1): rows, "
            "columns and one channel; None is the batch."
        )
    if model.output_shape != (None, 10):
        raise Mistake(
            f"The output is {model.output_shape}. It should be (None, 10): is there a "
            "Flatten, and a Dense(10) at the end?"
        )
    all_layers = list(model._flatten_layers(include_self=False))
    layers = [
        layer for layer in all_layers if isinstance(layer, tf.keras.layers.Conv2D)
    ]
    if len(layers) < 2:
        raise Mistake(f"At least two Conv2D, there is {len(layers) or 'none'}.")
    if model.count_params() > 30_000:
        largest = max(model.layers, key=lambda layer: layer.count_params())
        raise Mistake(
            f"{model.count_params():,} parameters are more than 30,000. Most stand in "
            f"{largest.name}: {largest.count_params():,}. Pool or stride before it, or "
            "take fewer filters."
        )
    (pictures, labels), _ = load_fashion_mnist()
    pictures = pictures[:6000, :, :, np.newaxis]
    before = model.predict(pictures[:200], verbose=0)
    if (before < 0).any() or not np.allclose(before.sum(axis=1), 1, atol=1e-3):
        raise Mistake(
            "The ten outputs of a picture do not add up to 1: they are no "
            "probabilities. The last layer wants softmax."
        )
    own_layer = tuple(
        getattr(tf.keras.layers, name)
        for name in ("Activation", "ReLU", "LeakyReLU", "PReLU", "ELU")
    )
    bent = [layer.activation is not tf.keras.activations.linear for layer in layers]
    if not any(bent) and not any(isinstance(layer, own_layer) for layer in all_layers):
        raise Mistake(
            "No convolution has an activation: two linear steps in a row are one. Add "
            'activation="relu".'
        )
    tf.keras.utils.set_random_seed(1)
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(pictures[:4000], labels[:4000], batch_size=32, epochs=3, verbose=0)
    right = model.evaluate(pictures[4000:], labels[4000:6000], verbose=0)[1]
    if right >= 0.78:
        return
    largest = np.abs(_first_conv_input(model, pictures[:200])).max()
    if largest > 20:
        raise Mistake(
            f"After three epochs it is right on {right:.3f} only. The first "
            f"convolution gets numbers up to {largest:.0f}: divide by 255 inside the "
            "network, Rescaling(1 / 255)."
        )
    raise Mistake(
        f"After three epochs it is right on {right:.3f} of the pictures, 0.780 are "
        "wanted. More filters, or a stride instead of a second pooling?"
    )


def occlusion_map(answer):
    """What does it look at?

    Hint: copy the picture in each round, covered = picture.copy(), and set the square
    covered[row * size : (row + 1) * size, …] to 0. The fall is before minus after. For
    the batch, covered[np.newaxis].
    """
    picture = _numbers().uniform(0.5, 1, (28, 28, 1)).astype("float32")
    weights = _numbers(1).normal(size=(28 * 28, 10)) / 20
    size, label = 7, 3

    def predict(pictures):
        pictures = np.asarray(pictures)
        if pictures.shape[1:] != (28, 28, 1):
            raise ValueError(f"predict wants (batch, 28, 28, 1), got {pictures.shape}")
        scores = pictures.reshape(len(pictures), -1) @ weights
        return np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)

    def covered_one_by_one(keep):
        covered, outputs = picture.copy(), np.zeros((4, 4, 10))
        for row, column in np.ndindex(4, 4):
            if not keep:
                covered = picture.copy()
            square = np.s_[row * size :, column * size :]
            covered[square][:size, :size] = 0
            outputs[row, column] = predict(covered[np.newaxis])[0]
        return outputs

    before = predict(picture[np.newaxis])[0]
    after = covered_one_by_one(keep=False)
    right = before[label] - after[:, :, label]
    mistakes = {
        "The squares stay covered: from round to round more of the picture is gone. "
        "Cover a copy, picture.copy().": (
            before[label] - covered_one_by_one(keep=True)[:, :, label]
        ),
        "The sign is wrong: a fall is before minus after.": -right,
        "This is the probability that is left, not by how much it fell.": (
            after[:, :, label]
        ),
        "Rows and columns have changed places.": right.T,
        "Nothing was covered: all falls are 0.": np.zeros((4, 4)),
        "This watches the largest probability, not that of label.": (
            before.max() - after.max(axis=2)
        ),
    }
    got = call(answer, predict, picture, label, size)
    compare(got, right, mistakes, "squares of 7 × 7")


def _numbers(seed=0):
    return np.random.default_rng(seed)


def _first_conv_input(model, pictures):
    """Return what the first convolution of a model gets."""
    for layer in model.layers:
        if isinstance(layer, tf.keras.layers.Conv2D):
            return tf.keras.Model(model.inputs[0], layer.input)(pictures).numpy()
    return pictures
