"""
3.08 What a CNN sees
====================

A network gives an answer and no reason. This lesson asks for the reason. You will

* cover a part of a picture and watch the answer change,
* write Grad-CAM, which marks positions by one gradient, and put its marks to the test,
* look into the layers, from local to abstract.

:Data: Fashion-MNIST (``course_data.load_fashion_mnist``)
:Slides: part 3, "Cover a part, or ask the gradient", "How to teach a machine to see?"
:Takes: about 52 s on two CPU cores
"""

# %% A network to ask
# The network of lesson 3.07, with two changes. Each layer that learns has a name, so
# that we can ask for it. And the softmax is a layer of its own: what comes before it
# are the *logits*, one number for each class. The highest one wins.

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import tensorflow as tf

from course_data import FASHION_MNIST_CLASSES, load_fashion_mnist

plt.style.use("petroff10")
tf.keras.utils.set_random_seed(1)

# %%
# The pictures, and the network:

(x_train, y_train), (x_test, y_test) = load_fashion_mnist()
x_train = x_train[..., np.newaxis]
x_test = x_test[..., np.newaxis].astype("float32")

layers = tf.keras.layers
cnn = tf.keras.Sequential(
    [
        tf.keras.Input(shape=(28, 28, 1)),
        layers.Rescaling(1 / 255),
        layers.Conv2D(
            16, 3, strides=2, padding="same", activation="relu", name="conv1"
        ),
        layers.Conv2D(32, 3, padding="same", activation="relu", name="conv2"),
        layers.MaxPooling2D(2),
        layers.Conv2D(64, 3, padding="same", activation="relu", name="conv3"),
        layers.Flatten(),
        layers.Dense(128, activation="relu", name="dense"),
        layers.Dropout(0.25),
        layers.Dense(10, name="logits"),
        layers.Softmax(),
    ]
)

# %%
# Two epochs are enough for a network that is worth asking. We keep the filters of the
# first layer as they were before the training; they are needed further down.

filters_before = cnn.get_layer("conv1").kernel.numpy()
cnn.compile(
    optimizer=tf.keras.optimizers.Adam(learning_rate=0.002),
    loss="sparse_categorical_crossentropy",
    metrics=["accuracy"],
)
cnn.fit(x_train, y_train, batch_size=128, epochs=2, verbose=2)
_, cnn_accuracy = cnn.evaluate(x_test, y_test, batch_size=1000, verbose=0)
print(f"right on {cnn_accuracy:.1%} of the test pictures")

# %% Cover a part
# The simplest question that one can ask: *what if this part were not there?* We put a
# black patch of 7 × 7 pixels on the picture and ask for the answer. Then the patch
# moves on, until it has been everywhere: 22 × 22 positions, 484 covered pictures.
#
# Which part of an ankle boot do you think the network looks at?

PATCH = 7
POSITIONS = 28 - PATCH + 1
edge = PATCH // 2
EXTENT = (edge, 28 - edge, 28 - edge, edge)  # where the patch's centre can be


def cover_everywhere(picture):
    """Return the picture 484 times, with the black patch at each position once."""
    covered = np.repeat(picture[np.newaxis], POSITIONS * POSITIONS, axis=0)
    number = 0
    for row in range(POSITIONS):
        for column in range(POSITIONS):
            covered[number, row : row + PATCH, column : column + PATCH] = 0
            number += 1
    return covered


# %%
# The first test picture is an ankle boot:

first_boot = x_test[0]
covered_boots = cover_everywhere(first_boot)
boot = FASHION_MNIST_CLASSES.index("Ankle boot")
boot_probabilities = cnn.predict(covered_boots, verbose=0)[:, boot]
before = cnn.predict(first_boot[np.newaxis], verbose=0)[0, boot]
print(f"nothing covered: ankle boot with probability {before:.3f}")
print(f"lowest of all:   ankle boot with probability {boot_probabilities.min():.3f}")

# %%
# Now the same for five pictures, one of each of five classes: the first that the
# network gets right. What is lost of the right class's probability, with the patch
# *centred* at each position? And what does the network say at the worst position?

test_answers = cnn.predict(x_test, batch_size=1000, verbose=0).argmax(axis=1)
right = test_answers == y_test

shown_classes = ["Ankle boot", "Sneaker", "Dress", "Pullover", "Bag"]
shown = []
for name in shown_classes:
    of_class = y_test == FASHION_MNIST_CLASSES.index(name)
    shown.append(np.flatnonzero(right & of_class)[0])

# %%
# Each of the five is covered at every position:

lost_maps = []
worst_pictures = []
worst_answers = []
for number in shown:
    picture = x_test[number]
    covered = cover_everywhere(picture)
    nothing_covered = cnn.predict(picture[np.newaxis], verbose=0)[0, y_test[number]]
    probabilities = cnn.predict(covered, batch_size=500, verbose=0)
    lost = nothing_covered - probabilities[:, y_test[number]]
    lost_maps.append(lost.reshape(POSITIONS, POSITIONS))
    worst_pictures.append(covered[lost.argmax()])
    worst_answers.append(FASHION_MNIST_CLASSES[probabilities[lost.argmax()].argmax()])

# %%
# Each map is laid over its picture. All have the same colours: dark is nothing lost,
# bright yellow everything.

figure, axes = plt.subplots(2, 5, figsize=(12, 5.2), layout="constrained")
for column, number in enumerate(shown):
    axes[0, column].imshow(x_test[number], cmap="gray", extent=(0, 28, 28, 0))
    colours = axes[0, column].imshow(
        lost_maps[column],
        cmap="inferno",
        alpha=0.6,
        vmin=0,
        vmax=1,
        extent=EXTENT,
    )
    axes[0, column].set(title=shown_classes[column], xlim=(0, 28), ylim=(28, 0))
    axes[1, column].imshow(worst_pictures[column], cmap="gray")
    axes[1, column].set_xlabel(f"now: {worst_answers[column]}")
for axis in axes.flat:
    axis.set(xticks=[], yticks=[])
figure.colorbar(colours, ax=axes[0], label="lost probability")
axes[0, 0].set_ylabel("what covering costs")
axes[1, 0].set_ylabel("covered at the\nworst position")
plt.show()

# %%
# Two of the five answers change. Cover the middle of its upper, and the boot becomes a
# sandal; the bag becomes an ankle boot when it loses one corner of its top. Sneaker,
# dress and pullover lose much less, wherever the patch is. (Such a map speaks of one
# network, not of clothes: with seed 2 the boot becomes a sandal as well, but so does
# the sneaker, and the bag stays.)

# %% Grad-CAM: the same question by one gradient
# 484 pictures to explain one: that is slow for large pictures. *Grad-CAM* asks the
# network itself, once. Its steps:
#
# 1. Take the output of the last convolution: 64 feature maps of 7 × 7 positions.
# 2. Take the gradient of the right class's logit with respect to these maps: if this
#    number were a little larger, how much would the logit rise?
# 3. Average the gradient over the positions: one weight for each of the 64 maps.
# 4. Add up the maps, each times its weight, and keep what is positive.
#
# (A ``GradientTape`` records by itself whatever depends on the weights of a model, the
# maps among them. Only a constant, such as a picture, has to be watched by
# ``tape.watch``; that comes further down.)

maps_and_logits = tf.keras.Model(
    cnn.inputs[0],
    [cnn.get_layer("conv3").output, cnn.get_layer("logits").output],
)


def maps_and_gradients(pictures, class_numbers):
    """Return the maps of conv3, and the gradient of the classes' logits for them."""
    with tf.GradientTape() as tape:
        maps, logits = maps_and_logits(pictures)
        chosen_logits = tf.gather(logits, class_numbers, batch_dims=1)
    gradients = tape.gradient(chosen_logits, maps)
    return maps, gradients


def grad_cam(pictures, class_numbers):
    """Return a map of 7 × 7 positions per picture: what speaks for the class?"""
    maps, gradients = maps_and_gradients(pictures, class_numbers)
    weights = tf.reduce_mean(gradients, axis=(1, 2), keepdims=True)
    weighted_sum = tf.reduce_sum(weights * maps, axis=3)
    return tf.nn.relu(weighted_sum).numpy()


shown_labels = y_test[shown].astype("int32")
cam_maps = grad_cam(x_test[shown], shown_labels)
print("one map for each picture:", cam_maps.shape)

# %%
# What covering costs, and below it Grad-CAM. Grad-CAM's numbers have no fixed unit, so
# each of its maps has a scale of its own, up to its largest number. Do the two mark the
# same positions?


def show_maps(maps, name):
    """Draw what covering costs, and maps of 7 × 7 positions, over the pictures."""
    figure, axes = plt.subplots(2, 5, figsize=(12, 5.2), layout="constrained")
    for column, number in enumerate(shown):
        for axis in axes[:, column]:
            axis.imshow(x_test[number], cmap="gray", extent=(0, 28, 28, 0))
            axis.set(xticks=[], yticks=[])
        axes[0, column].imshow(
            lost_maps[column],
            cmap="inferno",
            alpha=0.6,
            vmin=0,
            vmax=1,
            extent=EXTENT,
        )
        axes[1, column].imshow(
            maps[column], cmap="inferno", alpha=0.6, extent=(0, 28, 28, 0)
        )
        axes[0, column].set(title=shown_classes[column], xlim=(0, 28), ylim=(28, 0))
    axes[0, 0].set_ylabel("what covering costs")
    axes[1, 0].set_ylabel(name)
    plt.show()


show_maps(cam_maps, "Grad-CAM")

# %%
# They do not. Grad-CAM marks the empty space around the sneaker, the dress and the bag,
# and of the boot next to nothing.
#
# Look at step 3. The average treats a map as if it meant the same at each position. In
# networks that average each map before the last layer (ResNet, Xception) this loses
# nothing. Ours flattens, as VGG does: the dense layer has a weight of its own for each
# position of each map. A map can speak for a sneaker at the bottom and against it at
# the top, and the average mixes the two.
#
# So leave the average out: multiply each number by its own gradient, and add up. This
# variant is known as HiResCAM. (Before the ReLU the numbers of a map add up to the
# logit, but for the biases: in 300 pictures the correlation of the two is 0.9996. With
# Grad-CAM's average it is -0.01.)


def hires_cam(pictures, class_numbers):
    """Return a map like Grad-CAM's, without the average over the positions."""
    maps, gradients = maps_and_gradients(pictures, class_numbers)
    products = tf.reduce_sum(gradients * maps, axis=3)
    return tf.nn.relu(products).numpy()


show_maps(hires_cam(x_test[shown], shown_labels), "HiResCAM")

# %%
# More of it lies on the clothes now: on the heel of the sneaker, on the top of the
# dress. But it does not agree with covering either: the pullover's brightest position
# is beside its hem, and the boot's the tip of its toe, not the middle of the upper.
# Which of them is right? A look does not tell.

# %% Can the marks be trusted?
# A bright map convinces everybody, also when it is wrong. So test it. If a map marks
# what matters, then a patch on its brightest position must change more answers than a
# patch elsewhere. Two rivals know nothing about the network: a random position, and the
# position where the picture is brightest. And there is a ceiling: the position that
# covering itself finds worst.
#
# We take 1,000 test pictures that the network gets right, and two patches: black as
# before, and grey. A black patch changes nothing on the black background, a grey one
# does. What share of the answers will change?

asked = np.flatnonzero(right)[:1000]
x_asked = x_test[asked]
y_asked = y_test[asked].astype("int32")


def brightest_positions(maps, pixels):
    """Return row and column, in pixels, of each map's highest value."""
    best = maps.reshape(len(maps), -1).argmax(axis=1)
    rows, columns = np.unravel_index(best, maps.shape[1:])
    return rows * pixels + pixels // 2, columns * pixels + pixels // 2


def answers_when_covered(rows, columns, grey_level):
    """Put a patch around each picture's position; return the probabilities."""
    covered = x_asked.copy()
    for number in range(len(covered)):
        top = np.clip(rows[number] - PATCH // 2, 0, POSITIONS - 1)
        left = np.clip(columns[number] - PATCH // 2, 0, POSITIONS - 1)
        covered[number, top : top + PATCH, left : left + PATCH] = grey_level
    return cnn.predict(covered, batch_size=1000, verbose=0)


# %%
# The ceiling: all 1,000 pictures are covered at 11 × 11 positions, and of each picture
# the one is kept at which the right class has the lowest probability.


def worst_positions(grey_level):
    """Return row and column at which covering costs each picture most."""
    lowest = np.full(1000, np.inf)
    rows, columns = np.zeros(1000, int), np.zeros(1000, int)
    for row in range(3, 25, 2):
        for column in range(3, 25, 2):
            probabilities = answers_when_covered(
                np.full(1000, row), np.full(1000, column), grey_level
            )
            of_right_class = probabilities[np.arange(1000), y_asked]
            lower = of_right_class < lowest
            lowest[lower] = of_right_class[lower]
            rows[lower], columns[lower] = row, column
    return rows, columns


# %%
# Five rules that choose a position, two patches:

rng = np.random.default_rng(1)
mean_brightness = tf.nn.avg_pool2d(x_asked, PATCH, strides=1, padding="SAME")
mean_brightness = mean_brightness.numpy()[..., 0]
grad_cam_maps = grad_cam(x_asked, y_asked)
hires_cam_maps = hires_cam(x_asked, y_asked)
rules = {
    "a random position": rng.integers(3, 25, size=(2, 1000)),
    "where the picture is bright": brightest_positions(mean_brightness, 1),
    "where Grad-CAM is bright": brightest_positions(grad_cam_maps, 4),
    "where HiResCAM is bright": brightest_positions(hires_cam_maps, 4),
}
for name, maps in {"Grad-CAM": grad_cam_maps, "HiResCAM": hires_cam_maps}.items():
    empty = np.mean(maps.max(axis=(1, 2)) == 0)
    print(f"{name}: {empty:.1%} of the maps are 0 everywhere")
changed = pd.DataFrame(columns=["black patch", "grey patch"], dtype=float)
for patch, grey_level in {"black patch": 0, "grey patch": 128}.items():
    rules["where covering costs most"] = worst_positions(grey_level)
    for rule, (rows, columns) in rules.items():
        probabilities = answers_when_covered(rows, columns, grey_level)
        changed.loc[rule, patch] = np.mean(probabilities.argmax(axis=1) != y_asked)
print("share of answers that change when a patch covers")
print(changed.round(3))

# %%
# Begin with the ceiling: one patch at the right position changes the answer in 37 to 60
# per cent of the pictures. All other rules stay far below it. (Three seeds on two
# processors, in per cent, black and grey patch: ceiling 54 to 60 and 37 to 46, HiResCAM
# 9 to 17 and 9 to 13, Grad-CAM 4 to 6 and 6 to 11, a random position 6 to 11 and 4 to
# 6.)
#
# The two patches disagree about Grad-CAM: with the grey one it is a little better than
# a random position, with the black one worse. In many pictures its brightest cell lies
# beside the clothes; and where its map is 0 everywhere, "the brightest" is the top left
# corner. HiResCAM beats the random position clearly with the grey patch, by 5 to 10
# points. With the black one it is ahead by 1 to 9 points, in one seed no more than
# noise (1.2 with a standard error of 0.8), and the brightest position of the picture,
# which knows nothing about the network, is level or better: 14 to 21. (With the grey
# patch that rule is no better than chance.) So the map is better than chance, and far
# from good.
#
# An explanation is a claim about the network, and a claim can be measured. One caveat:
# the judge is a patch, and the network has never seen patches in training. An answer
# may change for what the patch hides or for the strange picture that it makes. Two
# patches that agree are a first guard.

# %% Inside: the filters
# Now open the network, from the front. A filter of the first layer is a small picture:
# 3 × 3 weights, red where positive, blue where negative. Above each filter as it is
# now stands the same filter as it was before the training, random numbers. Which of
# them has the training made?

filters_after = cnn.get_layer("conv1").kernel.numpy()
limit = np.abs(filters_after).max()
colours = {"cmap": "RdBu_r", "vmin": -limit, "vmax": limit}
figure, axes = plt.subplots(2, 16, figsize=(14, 2.6), layout="constrained")
for number in range(16):
    axes[0, number].imshow(filters_before[:, :, 0, number], **colours)
    axes[1, number].imshow(filters_after[:, :, 0, number], **colours)
for axis in axes.flat:
    axis.set(xticks=[], yticks=[])
axes[0, 0].set_ylabel("before")
axes[1, 0].set_ylabel("after")
figure.suptitle("The first layer's filters, before the training and after it")
plt.show()

# %%
# How alike are the two of a column? The correlation of their nine weights:

similar = []
for number in range(16):
    first = filters_before[:, :, 0, number].ravel()
    last = filters_after[:, :, 0, number].ravel()
    similar.append(np.corrcoef(first, last)[0, 1])
print("correlation with the start:", np.sort(similar).round(2))
median_similarity = float(np.median(similar))
print(f"median: {median_similarity:.2f}")

# %%
# Look at the row below alone, and you find an edge here and a bar there. Look at both
# rows: nearly all of these patterns were there before the training. After two epochs
# more than half of the filters correlate above 0.9 with their random start; only one or
# two look new. So put the start beside the filters before you read them.

# %% Inside: the feature maps
# Here are the feature maps of three layers for the same ankle boot, of each layer the
# six with the largest sum. In which of them can you still recognise the boot?

convolutions = ["conv1", "conv2", "conv3"]
outputs = [cnn.get_layer(name).output for name in convolutions]
look_inside = tf.keras.Model(cnn.inputs[0], outputs)
feature_maps = look_inside(first_boot[np.newaxis])

figure, axes = plt.subplots(3, 6, figsize=(10, 5.6), layout="constrained")
for row, maps in enumerate(feature_maps):
    maps = maps.numpy()[0]
    total = maps.sum(axis=(0, 1))
    strongest = np.argsort(-total)[:6]
    for column, channel in enumerate(strongest):
        axes[row, column].imshow(maps[:, :, channel], cmap="magma")
        axes[row, column].set(title=f"map {channel}", xticks=[], yticks=[])
    size = maps.shape[0]
    axes[row, 0].set_ylabel(f"{convolutions[row]}\n{size} × {size}")
figure.suptitle("From local to abstract")
plt.show()

# %%
# The first layer's maps still show the boot: its surface, its outline, its sole. In the
# second layer some show its upper edge, others its sole. In the third nobody would
# guess a boot; a bright spot says that something is there, at this position, and only
# the layers behind know what it is good for.
#
# How much of the picture does one such number see? Take the number in the middle of a
# map. A pixel that can change it has a gradient that is not 0. Ask for this gradient on
# 500 pictures, and count the rows of pixels.

pictures = tf.constant(x_test[:500])
pixels_seen = []
for name in convolutions:
    until_here = tf.keras.Model(cnn.inputs[0], cnn.get_layer(name).output)
    with tf.GradientTape() as tape:
        tape.watch(pictures)  # a constant: it has no gradient unless it is watched
        maps = until_here(pictures)
        middle = maps.shape[1] // 2
        numbers_in_the_middle = maps[:, middle, middle]
    gradients = tape.gradient(numbers_in_the_middle, pictures).numpy()
    pixel_matters = np.any(gradients != 0, axis=(0, 3))
    rows_seen = int(pixel_matters.any(axis=1).sum())
    pixels_seen.append(rows_seen)
    print(f"{name}: an activation sees {rows_seen} × {rows_seen} pixels")

# %%
# An activation of the first layer sees as far as its filter, 3 pixels. The second layer
# sees 3 × 3 activations of the first, which lie two pixels apart: 7. Pooling and the
# third layer make it 17, six tenths of the picture's width. This window is called
# *receptive field*.

# %% Try it yourself
# 1. Set ``PATCH = 5`` and run the lesson again from there. How much lower is the
#    ceiling? (38 to 49 instead of 54 to 60 per cent with the black patch, about a
#    quarter instead of 37 to 46 with the grey one: even 25 pixels of 784 are enough
#    for many pictures.)
# 2. A third map: take the gradient of the logit with respect to the picture, multiply
#    it by the picture, average it with ``avg_pool2d`` as the brightness above, and test
#    its brightest position. (24 to 27 per cent of the answers change with the black
#    patch, more than with any other map, and 10 to 12 with the grey one, level with
#    HiResCAM.)

results = {
    "cnn_accuracy": float(cnn_accuracy),
    "boot_before": float(before),
    "boot_lowest": float(boot_probabilities.min()),
    "grey_random": changed.loc["a random position", "grey patch"],
    "grey_bright": changed.loc["where the picture is bright", "grey patch"],
    "grey_grad_cam": changed.loc["where Grad-CAM is bright", "grey patch"],
    "grey_hires_cam": changed.loc["where HiResCAM is bright", "grey patch"],
    "grey_ceiling": changed.loc["where covering costs most", "grey patch"],
    "black_random": changed.loc["a random position", "black patch"],
    "black_bright": changed.loc["where the picture is bright", "black patch"],
    "black_grad_cam": changed.loc["where Grad-CAM is bright", "black patch"],
    "black_hires_cam": changed.loc["where HiResCAM is bright", "black patch"],
    "black_ceiling": changed.loc["where covering costs most", "black patch"],
    "filters_like_their_start": median_similarity,
    "pixels_seen_conv1": pixels_seen[0],
    "pixels_seen_conv2": pixels_seen[1],
    "pixels_seen_conv3": pixels_seen[2],
}
print(results)
