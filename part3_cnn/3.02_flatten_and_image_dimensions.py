"""
3.02 Flattening, and the dimensions of an image
===============================================

A dense network sees a picture as one long row of numbers. You will

* name the axes of grey pictures, colour pictures and batches,
* say where each pixel stands after flattening, and find it again,
* shuffle all pixels, and see which network minds.

:Data: Fashion-MNIST, 10,000 of the 60,000 training pictures and all test pictures
  (``course_data.load_fashion_mnist``)
:Slides: part 3, "A picture is an array", "A dense network does not care where a pixel
  is"
:Takes: about 42 s on two CPU cores
"""

# %% Height, width, channels
# A grey picture is a table: height × width. A colour picture has three such tables, for
# red, green and blue: height × width × *channels*. And networks take pictures by the
# batch, so one more axis stands in front: [batch, height, width, channels].

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import tensorflow as tf
from tqdm import tqdm

from course_data import load_fashion_mnist

plt.style.use("petroff10")

# %%
# We make a small colour picture by hand, 2 pixels high and 3 wide. What is its shape,
# and what is the shape of a batch of four?

red = [255, 0, 0]
green = [0, 160, 0]
blue = [0, 0, 255]
white = [255, 255, 255]
black = [0, 0, 0]
grey = [128, 128, 128]
colour_picture = np.array([[red, green, blue], [white, black, grey]], dtype="uint8")
colour_batch = np.stack([colour_picture] * 4)
print("one colour picture:", colour_picture.shape)
print("a batch of four:   ", colour_batch.shape)
print("its red channel:\n", colour_picture[:, :, 0])

# %%
# (2, 3, 3) is two rows, three columns, three channels. A grey picture from a file is
# often (28, 28), without an axis for its one channel. Convolutions want that axis; it
# is added with ``[..., np.newaxis]``.

(pictures, labels), (x_test, y_test) = load_fashion_mnist()
print("as loaded:       ", pictures.shape)

pictures = pictures[:10000, :, :, np.newaxis].astype("float32") / 255
labels = labels[:10000]
x_test = x_test[..., np.newaxis].astype("float32") / 255
print("for a network:   ", pictures.shape)
print("the test pictures:", x_test.shape)

# %% A single array
# A dense layer multiplies a *row* of numbers by its weights. ``Flatten`` makes that
# row: it writes one line of the picture behind the other. The batch axis stays.
#
# A picture of 28 × 28 becomes 784 numbers. Where does the pixel in row 10, column 20
# stand, if rows, columns and positions are counted from 0? Work it out before you run
# the cell.

flatten = tf.keras.layers.Flatten()
flat = flatten(pictures[:1]).numpy()
print("before:", pictures[:1].shape, " after:", flat.shape)

row, column = 10, 20
position = row * 28 + column
pixel = pictures[0, row, column, 0]
same_pixel = bool(flat[0, position] == pixel)
columns_first = column * 28 + row
print(f"the pixel has a grey level of {pixel * 255:.0f}")
print(f"position {position}: {flat[0, position] * 255:.0f}")
print(f"position {columns_first}: {flat[0, columns_first] * 255:.0f}")

# %%
# Ten full lines of 28 stand before it, then twenty pixels: 300. Backwards it is a
# division with remainder: 300 is 10 times 28, and 20 are left. (570, with the columns
# first, is another pixel.) In a colour picture each pixel takes three positions, one
# for each channel:

flat_colours = flatten(colour_batch[:1]).numpy()[0]
print(flat_colours)
height, width, channels = colour_picture.shape
colour_position = (0 * width + 1) * channels + 1
print("green of the green pixel (row 0, column 1) is at", colour_position)
print("its value:", flat_colours[colour_position])

# %%
# Here is what the network gets. On the left the picture; on the right its 784 numbers
# in one row. Could you see that it is a boot?

figure, axes = plt.subplots(
    1, 2, figsize=(12, 3.6), width_ratios=[1, 3], layout="constrained"
)
axes[0].imshow(pictures[0, :, :, 0], cmap="gray")
axes[0].set(title="28 × 28", xlabel="column", ylabel="row")
axes[1].plot(flat[0], linewidth=1)
axes[1].axvline(position, color="C1", linestyle="--", label="row 10, column 20")
axes[1].set(title="784 in a row", xlabel="position", ylabel="grey level")
axes[1].legend(loc="upper left")
plt.show()

# %%
# The same wave comes again every 28 positions, a little changed. Pixels that were
# neighbours in a line still are. But two pixels above each other are 28 positions apart
# now, and nothing tells the network that they belong together.

# %% Shuffle the pixels
# How much does it matter? We draw *one* random order of the 784 positions, and put the
# pixels of every picture into it, the test pictures too. Nothing is lost: all numbers
# are there, only in other positions.

rng = np.random.default_rng(0)
order = rng.permutation(784)


def shuffle_pixels(batch):
    """Put the pixels of every picture of a batch into the same random order."""
    rows = batch.reshape(-1, 784)
    return rows[:, order].reshape(-1, 28, 28, 1)


shuffled_pictures = shuffle_pixels(pictures)
shuffled_test = shuffle_pixels(x_test)

figure, axes = plt.subplots(2, 4, figsize=(10, 5.4), layout="constrained")
for column, index in enumerate([0, 1, 5, 8]):
    axes[0, column].imshow(pictures[index, :, :, 0], cmap="gray")
    axes[0, column].set(title="picture", xlabel="column", ylabel="row")
    axes[1, column].imshow(shuffled_pictures[index, :, :, 0], cmap="gray")
    axes[1, column].set(title="shuffled", xlabel="column", ylabel="row")
plt.show()

# %%
# You would not want to sort these. Two networks have to. The first is dense: flatten,
# 128 neurons, 10 classes. The second is a *convolutional neural network*, CNN: filters
# of 3 × 3 pixels, of the kind of lesson 3.01, whose numbers are learned. (The pooling
# between them halves height and width; lesson 3.05 is about it.)
#
# Each learns twice from scratch: on the pictures, and on the shuffled ones. What will
# the shuffling cost each of them?


def dense_network():
    return tf.keras.Sequential(
        [
            tf.keras.Input(shape=(28, 28, 1)),
            tf.keras.layers.Flatten(),
            tf.keras.layers.Dense(128, activation="relu"),
            tf.keras.layers.Dense(10, activation="softmax"),
        ]
    )


def convolutional_network():
    return tf.keras.Sequential(
        [
            tf.keras.Input(shape=(28, 28, 1)),
            tf.keras.layers.Conv2D(16, 3, activation="relu"),
            tf.keras.layers.MaxPooling2D(2),
            tf.keras.layers.Conv2D(32, 3, activation="relu"),
            tf.keras.layers.MaxPooling2D(2),
            tf.keras.layers.Conv2D(64, 3, activation="relu"),
            tf.keras.layers.Flatten(),
            tf.keras.layers.Dense(10, activation="softmax"),
        ]
    )


# %%
# (``steps_per_execution=20`` runs twenty batches in one go. It saves time and changes
# no result.)


def train(model, x):
    """Train a model on the pictures x and their labels; return it."""
    model.compile(
        optimizer=tf.keras.optimizers.Adam(learning_rate=0.002),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
        steps_per_execution=20,
    )
    model.fit(x, labels, batch_size=100, epochs=7, verbose=0)
    return model


def test_accuracy(model, x):
    return model.evaluate(x, y_test, batch_size=1000, verbose=0)[1]


# %%
# Twelve trainings: two networks, with the pixels in order and shuffled, three seeds.

builders = {"dense": dense_network, "CNN": convolutional_network}
rows = []
for seed in tqdm([1, 2, 3]):
    for name, build_model in builders.items():
        tf.keras.utils.set_random_seed(seed)
        model = train(build_model(), pictures)
        in_order = test_accuracy(model, x_test)
        tf.keras.utils.set_random_seed(seed)
        shuffled_model = train(build_model(), shuffled_pictures)
        shuffled = test_accuracy(shuffled_model, shuffled_test)
        rows.append([name, seed, in_order, shuffled, in_order - shuffled])

# %%
# Every training, and the means of three seeds:

table = pd.DataFrame(rows, columns=["network", "seed", "in order", "shuffled", "gap"])
table = table.set_index(["network", "seed"])
means = table.groupby("network").mean()
print(table.round(3))
print("means of three seeds")
print(means.round(3))

# %%
# The dense network does not mind: its two columns lie hardly farther apart than two
# seeds do. The CNN loses three to four points, with every seed: it was ahead of the
# dense network, and falls behind it. What made it better was precisely the order of the
# pixels. (And with fewer numbers to learn: 29,066 against 101,770. An SVM, to which the
# order is just as indifferent, has 0.867 on these 10,000 pictures, more than this small
# CNN after its few epochs. With 55,000 pictures, lesson 3.07, a CNN is ahead.)
#
# It still gets above 0.8. The order is the same in every picture, so each position
# still means one pixel, and the last, dense layer can use that. Only the neighbourhoods
# are gone. Take that away as well, by an order of its own for every picture, and a
# third is right (exercise 4).

# %% Why the dense network cannot mind
# Each pixel of the row has its own weights in the first layer: row 300 of the weight
# matrix belongs to position 300. Put the pixels into another order, and put the rows of
# the matrix into the same order: the same products are added up.
#
# So we take a network trained on the *pictures*, shuffle the rows of its matrix, and
# show it the *shuffled* test pictures. It is not trained again. What will it say?

tf.keras.utils.set_random_seed(1)
model = train(dense_network(), pictures)
weights, bias = model.layers[1].get_weights()
print("weight matrix:", weights.shape)

shuffled_model = dense_network()
shuffled_model.set_weights(model.get_weights())
shuffled_model.layers[1].set_weights([weights[order], bias])

answers = model.predict(x_test, batch_size=1000, verbose=0)
shuffled_answers = shuffled_model.predict(shuffled_test, batch_size=1000, verbose=0)
largest_difference = float(np.abs(answers - shuffled_answers).max())
print(f"largest difference of any probability: {largest_difference:.1e}")

# %%
# The same probabilities, up to rounding. To a dense network every order of the pixels
# is as good as any other, so it starts without any idea of a neighbourhood.
#
# A CNN starts with that idea. Its filter looks at 3 × 3 neighbours, and with the same
# nine weights everywhere (*weight sharing*); when the picture moves, the answers move
# with it (*translation equivariance*). That is knowledge about pictures that it need
# not learn from data, an *inductive bias*. In shuffled pictures the knowledge is wrong.

# %% Try it yourself
# 1. Where does the pixel in row 27, column 27 stand after flattening? And which pixel
#    is at position 100? (At 783, the last one; row 3, column 16.)
# 2. A batch of 32 colour pictures, 64 pixels high and 48 wide: what is its shape, and
#    what is it after ``Flatten``? ((32, 64, 48, 3); (32, 9216).)
# 3. Shuffle only the *rows* of each picture: ``row_order = rng.permutation(28)``, then
#    ``pictures[:, row_order]`` and ``x_test[:, row_order]``. What do you expect of the
#    CNN? Train it. (Neighbours within a row stay neighbours: it loses half a point to
#    two points, by seed and order, instead of three to four.)
# 4. Shuffle each picture in an order of its own:
#    ``rng.permuted(pictures.reshape(-1, 784), axis=1).reshape(-1, 28, 28, 1)``, the
#    test pictures likewise. What is left for the CNN? (How many pixels there are of
#    each grey: 0.32 to 0.34 with three seeds. A random forest on the sorted grey levels
#    has 0.49.)

results = {
    "position": position,
    "same_pixel": same_pixel,
    "flat_size": flat.shape[1],
    "colour_position": colour_position,
    "dense_accuracy": float(means.loc["dense", "in order"]),
    "dense_gap": float(means.loc["dense", "gap"]),
    "cnn_accuracy": float(means.loc["CNN", "in order"]),
    "cnn_gap": float(means.loc["CNN", "gap"]),
    "permuted_weights_difference": largest_difference,
}
print(results)
