"""
3.01 Convolution by hand
========================

A convolution is multiplying and adding up, nothing else. You will

* compute one output number by hand, in the workbook and by TensorFlow,
* slide a filter over a real picture, grey and in colour,
* let training find a filter, and try the arguments of ``tf.nn.conv2d``.

:Data: the workbook ``Miscelaneous.xlsx``, tab *CNN* and the next two; Fashion-MNIST
  (``course_data.load_fashion_mnist``); a photograph that comes with scikit-learn
:Slides: part 3, "One window: nine products, one sum, one number", "The window moves on;
  the nine weights stay", "Sixteen positions: 6 × 6 has become 4 × 4", "Three channels
  in, one number out", "Nobody draws the filters: they are learned"
:Takes: about 9 s on two CPU cores
"""

# %% The image and the filter
# Open ``Miscelaneous.xlsx`` beside this lesson, tab *CNN*. It has an *image* of 6 × 6
# grey levels and a *filter* (also called *kernel*) of 3 × 3 numbers.

import matplotlib.pyplot as plt
import numpy as np
import openpyxl
import pandas as pd
import tensorflow as tf
from sklearn.datasets import load_sample_image

from course_data import COURSE_DIR, load_fashion_mnist

plt.style.use("petroff10")

# %%
# We read the very same cells.

tf.keras.utils.set_random_seed(1)

workbook = openpyxl.load_workbook(COURSE_DIR / "Miscelaneous.xlsx", data_only=True)
sheet = workbook["CNN"]


def read_cells(cells):
    """Return a range of the tab as an array."""
    values = []
    for row in sheet[cells]:
        values.append([cell.value for cell in row])
    return np.array(values, dtype="float32")


image = read_cells("B6:G11")
kernel = read_cells("K6:M8")
print("image\n", image.astype(int))
print("filter\n", kernel.astype(int))

# %% One window, by hand
# Lay the filter on the top left corner of the image. Multiply each pixel by the number
# that lies on it, and add the nine products up. Take a pencil: what comes out?

window = image[:3, :3]
products = window * kernel
by_hand = float(products.sum())
print("window\n", window.astype(int))
print("products\n", products.astype(int))
print("sum:", by_hand)

# %%
# 18 + 51 + 121 + 35 + 204 = 429. The workbook marks this window in orange and has its
# products below, in B14 to D16. Choose another row and column there, and both follow.

# %% All sixteen windows
# The filter moves one pixel to the right, and at the end of the row one pixel down. A 3
# × 3 filter finds 4 × 4 *positions* on 6 × 6 pixels. Two loops do it; the workbook has
# done it in its cells P6 to S9; and TensorFlow does it in one call. First the loops:

by_loops = np.zeros((4, 4), dtype="float32")
for row in range(4):
    for column in range(4):
        window = image[row : row + 3, column : column + 3]
        by_loops[row, column] = np.sum(window * kernel)

# %%
# TensorFlow wants *four* axes. A picture is [batch, height, width, channels], a filter
# is [height, width, channels in, channels out].

images = tf.constant(image)[tf.newaxis, :, :, tf.newaxis]
filters = tf.constant(kernel)[:, :, tf.newaxis, tf.newaxis]
output = tf.nn.conv2d(images, filters, strides=1, padding="VALID")
by_tensorflow = output[0, :, :, 0].numpy()
print("images", images.shape, "filters", filters.shape, "output", output.shape)
print(by_tensorflow.astype(int))

# %%
# Do all three agree?

by_workbook = read_cells("P6:S9")
loops_equal = int(np.sum(by_loops == by_tensorflow))
workbook_equal = int(np.sum(by_workbook == by_tensorflow))
print("equal to the loops:   ", loops_equal, "of 16")
print("equal to the workbook:", workbook_equal, "of 16")

# %%
# A number of the output is called an *activation*, and the whole output of one filter
# its *feature map*.
#
# A mathematician would say *cross-correlation*: a convolution, strictly, turns the
# filter by 180 degrees before it multiplies. Deep learning leaves that out and keeps
# the name. A filter that is learned can be learned in either direction.

# %% Does a filter find what looks like it?
# Our filter is an X. One often reads that a filter responds most strongly where the
# picture looks like it. The *correlation* of a window and the filter says how much they
# look alike: 1 for the same pattern, whatever its brightness and contrast. Is the
# window with the largest activation the one that looks most like an X?

rows = []
for row in range(4):
    for column in range(4):
        window = image[row : row + 3, column : column + 3]
        rows.append(
            {
                "row": row + 1,
                "column": column + 1,
                "activation": by_loops[row, column],
                "brightness": float(window.mean()),
                "likeness": np.corrcoef(window.ravel(), kernel.ravel())[0, 1],
                "activation, zero sum": np.sum(window * (kernel - kernel.mean())),
            }
        )
windows = pd.DataFrame(rows).sort_values("activation", ascending=False)
print(windows.head(4).round(2).to_string(index=False))

# %%
# And over all sixteen windows?

correlations = windows.corr()
brightness_decides = float(correlations.loc["activation", "brightness"])
likeness_decides = float(correlations.loc["activation", "likeness"])
zero_sum_likeness = float(correlations.loc["activation, zero sum", "likeness"])
zero_sum_brightness = float(correlations.loc["activation, zero sum", "brightness"])
print("correlation over the 16 windows")
print(f"activation and brightness: {brightness_decides:.2f}")
print(f"activation and likeness:   {likeness_decides:.2f}")
print(f"zero sum and brightness:   {zero_sum_brightness:.2f}")
print(f"zero sum and likeness:     {zero_sum_likeness:.3f}")

# %%
# No. The largest activation, 913, comes from a bright window that hardly looks like an
# X; the window that does is fourth. All numbers of our filter are positive or 0, and
# such a filter responds to brightness first.
#
# Take their mean away from the nine numbers, so that they add up to 0: the last column.
# Now brightness has nothing to say, and here the filter does find its likeness. (The
# contrast of a window still counts: over the windows of scikit-learn's two photographs
# activation and likeness have a correlation of 0.67 and 0.45 only.) The edge filters
# that follow add up to 0.

# %% What a filter can see
# Four filters that people have drawn by hand, long before networks. The first two are
# named after Sobel. Which of them will show the sole of the boot, which its heel? (The
# workbook's tab *CNN picture* has them in cells: choose one, and draw.)

boot = load_fashion_mnist()[1][0][0].astype("float32")
hand_made = {
    "dark above,\nbright below": [[-1, -2, -1], [0, 0, 0], [1, 2, 1]],
    "dark left,\nbright right": [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]],
    "blur": [[1 / 9, 1 / 9, 1 / 9]] * 3,
    "sharpen": [[0, -1, 0], [-1, 5, -1], [0, -1, 0]],
}
boots = tf.constant(boot)[tf.newaxis, :, :, tf.newaxis]
feature_maps = {}
for name, numbers in hand_made.items():
    one_filter = tf.constant(numbers, tf.float32)[:, :, tf.newaxis, tf.newaxis]
    result = tf.nn.conv2d(boots, one_filter, strides=1, padding="SAME")
    feature_maps[name] = result[0, :, :, 0].numpy()

# %%
# Each filter above what it makes of the boot. Edges are drawn in two colours: red is
# positive, blue is negative. Blur and sharpen give pictures again, drawn in the boot's
# grey scale, 0 to 255; sharpening leaves that range, and what is above is white.

edge_scale = {"cmap": "RdBu_r", "vmin": -800, "vmax": 800}
grey_scale = {"cmap": "gray", "vmin": 0, "vmax": 255}
scales = [edge_scale, edge_scale, grey_scale, grey_scale]

figure, axes = plt.subplots(2, 5, figsize=(13, 5.4), layout="constrained")
axes[0, 0].axis("off")
axes[1, 0].imshow(boot, **grey_scale)
axes[1, 0].set(title="the boot")
for column, name in enumerate(hand_made, start=1):
    numbers = np.array(hand_made[name])
    axes[0, column].imshow(numbers, cmap="RdBu_r", vmin=-8, vmax=8)
    axes[0, column].set(title=name)
    for (row, position), number in np.ndenumerate(numbers):
        axes[0, column].text(position, row, f"{number:.2g}", ha="center", va="center")
    axes[1, column].imshow(feature_maps[name], **scales[column - 1])
for axis in axes.flat:
    axis.set(xticks=[], yticks=[])
figure.suptitle("Four filters, and what they make of a boot")
plt.show()

# %%
# The first has upper edges in red, where it gets brighter going down: the instep and
# the opening of the shaft. The sole's lower edge is blue. The second has left edges in
# red, the tip, the instep and the front of the heel, and the back of the boot in blue.
# So the sole is the first filter's, the heel the second's. The blur mixes neighbours,
# and sharpening does the opposite.
#
# In a CNN a *ReLU* follows each convolution: it sets all that is negative to 0. The
# blue is gone then. A network that needs the lower edges as well learns a second
# filter.

# %% Several filters at once
# A layer has many filters. They stand side by side along the *last* axis, and each
# makes one channel of the output. What shape will two of them give?

edge_filters = np.stack(
    [hand_made["dark above,\nbright below"], hand_made["dark left,\nbright right"]],
    axis=-1,
)
edge_filters = tf.constant(edge_filters[:, :, np.newaxis, :], tf.float32)
two_channels = tf.nn.conv2d(boots, edge_filters, strides=1, padding="SAME")
print("filters", edge_filters.shape, "output", two_channels.shape)

# %% Three channels in
# A colour photograph has three channels: red, green and blue. Take a filter of 3 × 3
# over it. How many products does one position need? And how many numbers come out: one
# for each colour?

photograph = load_sample_image("china.jpg").astype("float32")
print("photograph", photograph.shape)

red_not_green = np.zeros((3, 3, 3), "float32")
red_not_green[:, :, 0] = 1
red_not_green[:, :, 1] = -1

window = photograph[332:335, 218:221]  # on a red beam
products = window * red_not_green
for channel, colour in enumerate(["red", "green", "blue"]):
    print(f"{colour:5}  pixels {window[:, :, channel].astype(int).tolist()}")
    print(f"       sum of nine products {products[:, :, channel].sum():.0f}")
print("numbers in the window:", window.size, "  activation:", products.sum())

# %%
# The filter has a layer of its own for each channel: 3 × 3 × 3 = 27 weights, 27
# products, and **one** number: the workbook has them in its tab *CNN channels*. All 27
# are added up: over height, over width *and over the channels*. It is the number of
# filters, and nothing else, that says how many channels come out.
#
# In TensorFlow's order, [height, width, channels in, channels out], it is a filter of
# [3, 3, 3, 1]. We slide it over the photograph. Where will it be positive?

one_filter = tf.constant(red_not_green)[:, :, :, tf.newaxis]
red_map = tf.nn.conv2d(photograph[np.newaxis], one_filter, strides=1, padding="VALID")
print("filter", one_filter.shape, "output", red_map.shape)
colour_difference = float(abs(red_map[0, 332, 218, 0] - products.sum()))
print("difference to the sum by hand:", colour_difference)

figure, axes = plt.subplots(1, 2, figsize=(12, 4.2), layout="constrained")
axes[0].imshow(photograph.astype("uint8"))
axes[0].set(title="three channels in", xlabel="column", ylabel="row")
axes[1].imshow(red_map[0, :, :, 0], cmap="RdBu_r", vmin=-1200, vmax=1200)
axes[1].set(title="one channel out: red minus green", xlabel="column", ylabel="row")
plt.show()

# %%
# The red beams and the orange tiles stand out. The sky, the brightest part of all, is
# only a pale blue: it has a little more green than red, and the weights add up to 0. A
# grey picture could not tell a red from a green of the same brightness.

# %% Nobody draws them
# In a CNN nobody draws filters: training finds them. Can it? We take 200 pieces of
# clothing and the feature maps that Sobel's second filter makes of them. A ``Conv2D``
# starts with nine random numbers and sees only pictures and maps, as any regression
# sees inputs and targets. Will it find *these* nine numbers, or others that do as well?

clothes = load_fashion_mnist()[0][0][:200, :, :, np.newaxis] / 255
clothes = clothes.astype("float32")
sobel = edge_filters[:, :, :, 1:]
targets = tf.nn.conv2d(clothes, sobel, strides=1, padding="VALID")

learner = tf.keras.layers.Conv2D(1, 3, use_bias=False)
model = tf.keras.Sequential([tf.keras.Input((28, 28, 1)), learner])
print("before\n", learner.kernel.numpy()[:, :, 0, 0].round(2))
model.compile(optimizer=tf.keras.optimizers.Adam(0.05), loss="mse")
history = model.fit(clothes, targets, batch_size=20, epochs=60, verbose=0)
print("after 600 steps\n", learner.kernel.numpy()[:, :, 0, 0].round(2))

learned_error = float(np.abs(learner.kernel.numpy() - sobel.numpy()).max())
first_loss, last_loss = history.history["loss"][0], history.history["loss"][-1]
print(f"loss in the first epoch {first_loss:.2f}, in the last {last_loss:.1e}")
print(f"farthest from Sobel's number: {learned_error:.4f}")

# %%
# These very nine numbers. The layer is a linear regression with nine coefficients and
# 200 × 26 × 26 rows that share them; nine different pixels of clothing are not so alike
# that other coefficients would do. In a deep network nobody gives the feature maps;
# only the answer at the end is known, and the gradient comes back through all layers.
# Lesson 3.08 looks at the filters that come out.

# %% The arguments, one by one
# ``strides``: how far the filter moves. Lesson 3.03 is about it.

for stride in (1, 2, 3):
    result = tf.nn.conv2d(images, filters, strides=stride, padding="VALID")
    print(f"strides={stride}: output {result.shape[1]} × {result.shape[2]}")

# %%
# ``padding``: ``"VALID"`` uses whole windows only, ``"SAME"`` puts zeros around the
# image, and a list says how many zeros each axis gets, before and behind. Lesson 3.04
# is about it.

frame_of_two = [[0, 0], [2, 2], [2, 2], [0, 0]]
for padding in ("VALID", "SAME", frame_of_two):
    result = tf.nn.conv2d(images, filters, strides=1, padding=padding)
    print(f"padding={padding}: output {result.shape[1]} × {result.shape[2]}")

# %%
# ``dilations``: pulls the filter apart, with gaps between its cells. With 2 a 3 × 3
# filter covers 5 × 5 pixels and still has nine numbers. It sees farther for the same
# price.

dilated = tf.nn.conv2d(images, filters, strides=1, padding="VALID", dilations=2)
print("dilations=2: output", dilated.shape[1], "×", dilated.shape[2])
dilated_by_hand = float(np.sum(image[:5:2, :5:2] * kernel))
dilated_first = float(dilated[0, 0, 0, 0])
print("first number:", dilated_first, " by hand:", dilated_by_hand)

# %%
# ``data_format``: the order of the axes. ``"NHWC"`` is [batch, height, width,
# channels], the default. ``"NCHW"`` has the channels in front, which some GPUs prefer;
# older versions of TensorFlow refuse it on a CPU. Stay with the default, and a lesson
# runs everywhere.
#
# Keras wraps all that in ``Conv2D``: the number of filters, their size, and the rest
# under the same names. Given our filter, it says the same.

layer = tf.keras.layers.Conv2D(1, 3, strides=1, padding="valid", use_bias=False)
layer.build((None, 6, 6, 1))
layer.set_weights([filters])
layer_difference = float(tf.reduce_max(tf.abs(layer(images) - output)))
print("largest difference to Conv2D:", layer_difference)

# %% Try it yourself
# 1. Save a copy of the workbook, change a yellow number of the image in the copy, save
#    it, and read the copy in this lesson. Do the three still agree? (They do, if your
#    program works the formulas out before it saves. Change the copy only: the tests
#    read the workbook itself.)
# 2. Which filter leaves the picture as it is? And which moves it by one pixel to the
#    left? (A 1 in the middle and zeros around; a 1 in the middle of the right column.)
# 3. How many multiplications do 16 filters of 3 × 3 need on 28 × 28 pixels, with
#    ``SAME``? And on a colour picture of that size? (28 · 28 · 9 · 16 = 112,896; three
#    times as many.)
# 4. Train the learner on pictures of a single grey level, ``np.full((200, 28, 28, 1),
#    0.5, "float32")``, with the feature maps that Sobel makes of *them*. Does it find
#    Sobel? (The loss goes to 0, and the nine numbers are others. They only have to add
#    up to 0: in these pictures nothing else can be learned. What data do not show, no
#    training finds.)

results = {
    "by_hand": by_hand,
    "loops_equal": loops_equal,
    "workbook_equal": workbook_equal,
    "channels": two_channels.shape[3],
    "brightness_decides": brightness_decides,
    "zero_sum_likeness": zero_sum_likeness,
    "colour_difference": colour_difference,
    "learned_error": learned_error,
    "dilated_size": dilated.shape[1],
    "dilated_minus_by_hand": abs(dilated_first - dilated_by_hand),
    "layer_difference": layer_difference,
}
print(results)
