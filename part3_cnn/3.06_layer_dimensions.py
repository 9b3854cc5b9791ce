"""
3.06 Dimensions of the layers
=============================

Errors of shape are common in a first CNN. You will

* check the formula ([W - F + 2P] / S) + 1 against TensorFlow, where it rounds as well,
* predict every shape and every parameter count of a network before ``summary()``,
* know where a network keeps its weights, and how a few of them do the work of many.

:Data: none; the workbook ``Miscelaneous.xlsx``, tab *Dimensions*
:Slides: part 3, "One formula for every window", "Where are the weights, where is the
  work?"
:Takes: about 5 s on two CPU cores
"""

# %% One formula
# You have met its parts in lessons 3.03 and 3.04. An image of width W, a filter of
# width F, P zeros on each side, stride S: the output is
#
#     ([W - F + 2P] / S) + 1
#
# wide, rounded down. The number of filters does not enter: it is the number of
# channels of the output.
#
# The example of the slides: W = 32, F = 5, P = 0, S = 1 and 10 filters. Write down the
# shape of the output.

import matplotlib.pyplot as plt
import numpy as np
import openpyxl
import pandas as pd
import tensorflow as tf

from course_data import COURSE_DIR

plt.style.use("petroff10")


def output_width(width, filter_width, padding, stride):
    """Return the width of a convolution's output by the formula."""
    return (width - filter_width + 2 * padding) // stride + 1


layer = tf.keras.layers.Conv2D(10, 5, strides=1, padding="valid")
output = layer(tf.zeros((1, 32, 32, 1)))
print("by the formula:", output_width(32, 5, 0, 1))
print("by Keras:      ", output.shape)

# %%
# 28 × 28 × 10: (32 - 5 + 0) / 1 + 1 = 28, and ten filters make ten channels.

# %% Where it rounds
# Ten layers as they occur in networks. Some of them divide without a remainder, some do
# not. ``"same"`` has a rule of its own: TensorFlow chooses the zeros itself, and the
# width is W / S, rounded *up*; the filter does not matter. Work out a line or two, then
# compare with the sizes that TensorFlow really makes.

layers_to_check = [  # width, filter, padding, stride
    (28, 3, 0, 1),
    (28, 3, 1, 1),
    (28, 2, 0, 2),  # a pooling
    (28, 5, 0, 2),
    (11, 2, 0, 2),
    (7, 3, 0, 2),
    (6, 3, 0, 2),  # the workbook's image
    (5, 5, 0, 1),
    (227, 11, 0, 4),  # AlexNet, 2012
    (224, 7, 3, 2),  # ResNet, 2015
]
rows = []
for width, filter_width, padding, stride in layers_to_check:
    image = tf.zeros((1, width, width, 1))
    kernel = tf.zeros((filter_width, filter_width, 1, 1))
    zeros = [[0, 0], [padding, padding], [padding, padding], [0, 0]]
    rows.append(
        {
            "W": width,
            "F": filter_width,
            "P": padding,
            "S": stride,
            "before rounding": (width - filter_width + 2 * padding) / stride + 1,
            "formula": output_width(width, filter_width, padding, stride),
            "TensorFlow": tf.nn.conv2d(image, kernel, stride, zeros).shape[1],
            "W / S up": int(np.ceil(width / stride)),
            "TensorFlow SAME": tf.nn.conv2d(image, kernel, stride, "SAME").shape[1],
        }
    )
sizes = pd.DataFrame(rows)
print(sizes.to_string(index=False))

formula_right = int((sizes["formula"] == sizes["TensorFlow"]).sum())
same_right = int((sizes["W / S up"] == sizes["TensorFlow SAME"]).sum())
print(f"formula right in {formula_right} of {len(sizes)}, SAME in {same_right}")

# %%
# The size is always rounded down when the zeros are given: what is left over on the
# right and below is not seen. (The formula is for one direction. For pictures that are
# not square use it for height and width; a filter with ``dilation_rate`` D counts as
# one of width D · (F - 1) + 1.)

# %% How many weights?
# A filter has F × F numbers for *each* channel of its input, and one bias. So a layer
# has
#
#     (F × F × channels in + 1) × filters
#
# parameters. The size of the picture does not enter. Pooling and flattening have none.
# A dense layer has (inputs + 1) × neurons.
#
# Here is a whole network. Take a sheet of paper: shape and parameters, line by line,
# before you scroll on.
#
# ==========================  ============  ===========
# layer                       output shape  parameters
# ==========================  ============  ===========
# input, 28 × 28 grey         28 × 28 × 1   0
# 32 filters 3 × 3, valid     ?             ?
# max pooling 2 × 2           ?             ?
# 64 filters 3 × 3, valid     ?             ?
# max pooling 2 × 2           ?             ?
# flatten                     ?             ?
# dense, 10 classes           ?             ?
# ==========================  ============  ===========

# %%
# The same in Python. A pooling is a window as well: F = 2, S = 2.

width_1 = output_width(28, filter_width=3, padding=0, stride=1)
width_2 = output_width(width_1, filter_width=2, padding=0, stride=2)
width_3 = output_width(width_2, filter_width=3, padding=0, stride=1)
width_4 = output_width(width_3, filter_width=2, padding=0, stride=2)
flat_size = width_4 * width_4 * 64

predicted_shapes = [
    (width_1, width_1, 32),
    (width_2, width_2, 32),
    (width_3, width_3, 64),
    (width_4, width_4, 64),
    (flat_size,),
    (10,),
]
predicted_parameters = [
    (3 * 3 * 1 + 1) * 32,
    0,
    (3 * 3 * 32 + 1) * 64,
    0,
    0,
    (flat_size + 1) * 10,
]
print("shapes:    ", predicted_shapes)
print("parameters:", predicted_parameters)

# %%
# 11 / 2 is 5.5: the second pooling drops the last row and column of 11 × 11, and leaves
# 5 × 5. Now Keras. In ``summary()`` each shape begins with None: that is the batch,
# whose size is open.

model = tf.keras.Sequential(
    [
        tf.keras.Input(shape=(28, 28, 1)),
        tf.keras.layers.Conv2D(32, 3, activation="relu"),
        tf.keras.layers.MaxPooling2D(2),
        tf.keras.layers.Conv2D(64, 3, activation="relu"),
        tf.keras.layers.MaxPooling2D(2),
        tf.keras.layers.Flatten(),
        tf.keras.layers.Dense(10, activation="softmax"),
    ]
)
model.summary()

# %%
# Every line beside its prediction, and beside the tab *Dimensions* of the workbook,
# which computes the same network in cells (H20 to H25).

workbook = openpyxl.load_workbook(COURSE_DIR / "Miscelaneous.xlsx", data_only=True)
sheet = workbook["Dimensions"]
rows = []
for index, layer in enumerate(model.layers):
    rows.append(
        {
            "layer": layer.name,
            "shape": layer.output.shape[1:],
            "predicted shape": predicted_shapes[index],
            "parameters": layer.count_params(),
            "predicted": predicted_parameters[index],
            "workbook": sheet.cell(20 + index, 8).value,
        }
    )
table = pd.DataFrame(rows)
print(table.to_string(index=False))

shapes_right = int((table["shape"] == table["predicted shape"]).sum())
parameters_right = int((table["parameters"] == table["predicted"]).sum())
workbook_right = int((table["parameters"] == table["workbook"]).sum())
print("shapes right:    ", shapes_right, "of", len(table))
print("parameters right:", parameters_right, "of", len(table))

# %% The flow
# Height and width shrink, channels grow: from a few numbers at many positions to many
# numbers at few. Where are the weights, where are the numbers, and where is the work? A
# convolution uses its weights again at every position, so it multiplies positions ×
# weights. Guess which layer is highest in each panel.

numbers_out = []
multiplications = []
for layer in model.layers:
    numbers = int(np.prod(layer.output.shape[1:]))
    numbers_out.append(numbers)
    if layer.weights:
        kernel_size = int(np.prod(layer.kernel.shape))
        positions = numbers // layer.kernel.shape[-1]
        multiplications.append(kernel_size * positions)
    else:
        multiplications.append(0)


# %%
# The three counts side by side:

names = ["conv 32", "pool", "conv 64", "pool", "flatten", "dense"]
panels = {
    "numbers that come out": numbers_out,
    "parameters": predicted_parameters,
    "multiplications per picture": multiplications,
}
figure, axes = plt.subplots(1, 3, figsize=(13, 4), layout="constrained")
for axis, (name, heights) in zip(axes, panels.items()):
    bars = axis.bar(range(6), heights)
    axis.bar_label(bars, fmt="{:,.0f}")
    axis.set_xticks(range(6), names, rotation=30)
    axis.set(title=name, xlabel="layer", ylabel="number")
    axis.margins(y=0.12)
plt.show()

# %%
# The first convolution makes the most numbers. The dense layer has nearly as many
# parameters as the second convolution, 16,010 and 18,496, and does next to no work: it
# uses each weight once, the convolution at 121 positions. The second convolution does
# nine tenths of all multiplications. (The first one has more positions, 676, but a
# 64th of its weights.)
#
# Training keeps these numbers, the *activations*, until the gradient has come back,
# and for each picture of the batch. What takes more memory: the weights, or these?

kept_numbers = sum(numbers_out) - numbers_out[4]  # flatten only reshapes
batch_megabytes = 128 * kept_numbers * 4 / 1e6
weight_megabytes = model.count_params() * 4 / 1e6
print(f"activations of 128 pictures: {batch_megabytes:.1f} MB, 4 bytes each")
print(f"weights:                     {weight_megabytes:.2f} MB")

# %%
# The activations, and the larger the batch the more. When a GPU reports that its memory
# is full, a smaller batch is the first thing to try.

# %% Filters of one pixel
# A filter of 1 × 1 sees no neighbour. What is it good for? Predict shape and parameters
# of 16 such filters on the last feature maps, 5 × 5 × 64.

narrow = tf.keras.layers.Conv2D(16, 1)
last_maps = tf.random.normal((1, 5, 5, 64), seed=1)
narrow_output = narrow(last_maps)
print("output", narrow_output.shape, " parameters", narrow.count_params())

by_matrix = last_maps[0].numpy() @ narrow.kernel.numpy()[0, 0]
one_by_one_difference = float(np.abs(narrow_output[0].numpy() - by_matrix).max())
print(f"largest difference to a matrix product: {one_by_one_difference:.1e}")

# %%
# 5 × 5 × 16, and (1 · 1 · 64 + 1) · 16 = 1,040 parameters. It mixes the *channels*: at
# each position the same dense layer, from 64 numbers to 16. Modern networks use it to
# make a stack of feature maps thinner before an expensive convolution.

# %% Ask the dense network for the same
# The first convolution takes 784 numbers and gives 26 × 26 × 32 = 21,632. What would a
# *dense* layer between as many numbers cost?

convolution_parameters = predicted_parameters[0]
dense_parameters = (784 + 1) * numbers_out[0]
print(f"convolution: {convolution_parameters:>12,} parameters")
print(f"dense:       {dense_parameters:>12,} parameters")
print(f"ratio:       {dense_parameters / convolution_parameters:>12,.0f}")

# %%
# 320 against 17 million. Two ideas save them: a filter looks at its neighbourhood only,
# not at all pixels, and it is the same everywhere. Lesson 3.02 has shown what these
# ideas bet on: that neighbours belong together.
#
# Larger pictures make the difference larger still. We double the width, and again:

rows = []
for width in (28, 56, 112, 224):
    smaller = output_width(width, 3, 0, 1)
    rows.append(
        {
            "width": width,
            "convolution": (3 * 3 * 1 + 1) * 32,
            "dense": (width * width + 1) * smaller * smaller * 32,
        }
    )
growth = pd.DataFrame(rows).set_index("width")
print(growth.to_string(formatters={"dense": "{:,}".format}))

# %%
# The convolution stays at 320. The dense layer grows with the fourth power of the
# width: at 224, the usual input width of networks for photographs, it would need some
# 80 billion weights, 320 GB.

# %% When shapes do not fit
# What happens when a picture has become smaller than the filter? You will meet this
# message; here it is on purpose.

too_deep = [tf.keras.Input(shape=(28, 28, 1))]
for _ in range(4):
    too_deep.append(tf.keras.layers.Conv2D(8, 3, activation="relu"))
    too_deep.append(tf.keras.layers.MaxPooling2D(2))
try:
    tf.keras.Sequential(too_deep)
    refused = False
except ValueError as error:
    print("refused:", str(error).splitlines()[0])
    refused = True

# %%
# The widths were 28, 26, 13, 11, 5, 3, 1: for the 3 × 3 filter of the fourth
# convolution there is a single pixel left. Leave out the first or the second pooling
# (without the third, the fourth convolution still finds two pixels), or use
# ``padding="same"``, which keeps the width at each convolution. Print
# ``model.summary()`` as soon as a network has more than three layers.

# %% Try it yourself
# 1. AlexNet's first layer: W = 227, F = 11, P = 0, S = 4, 96 filters, 3 channels. Shape
#    and parameters? (55 × 55 × 96; (11 × 11 × 3 + 1) × 96 = 34,944. The workbook has
#    it in row 13.)
# 2. Give both convolutions ``padding="same"``. Predict the flat size. (7 × 7 × 64 =
#    3,136.)
# 3. Put ``tf.keras.layers.GlobalAveragePooling2D()`` (lesson 3.05) in the place of
#    ``Flatten()``. How many parameters are left in the dense layer? ((64 + 1) × 10 =
#    650.)

results = {
    "formula_right": formula_right,
    "same_right": same_right,
    "slide_width": output_width(32, 5, 0, 1),
    "shapes_right": shapes_right,
    "parameters_right": parameters_right,
    "workbook_right": workbook_right,
    "parameters": model.count_params(),
    "batch_megabytes": batch_megabytes,
    "one_by_one_parameters": narrow.count_params(),
    "one_by_one_difference": one_by_one_difference,
    "dense_parameters": dense_parameters,
    "convolution_parameters": convolution_parameters,
    "too_small_is_refused": refused,
}
print(results)
