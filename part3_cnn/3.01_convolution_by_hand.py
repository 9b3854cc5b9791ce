"""
3.01 Convolution by hand
========================

A convolution is multiplying and adding up, nothing else. You will

* compute one output number by hand, in the workbook and by TensorFlow,
* slide a filter over a real picture: edges, blur, sharpen,
* try every argument of ``tf.nn.conv2d``, each in a small run.

:Data: the workbook ``Miscelaneous.xlsx``, tab *CNN*; Fashion-MNIST, one test picture
  (``course_data.load_fashion_mnist``)
:Slides: part 3, "Convolution, step by step", "tf.nn.conv2d", "How to teach a machine to
    see?"
:Takes: about 4 s on two CPU cores
"""

# %% The image and the filter
# Open ``Miscelaneous.xlsx`` beside this lesson, tab *CNN*. It has an *image* of 6 × 6
# grey levels and a *filter* (also called *kernel*) of 3 × 3 numbers. We read the very
# same cells.

import matplotlib.pyplot as plt
import numpy as np
import openpyxl
import tensorflow as tf

from course_data import COURSE_DIR, load_fashion_mnist

plt.style.use("petroff10")

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
# 18 + 51 + 121 + 35 + 204 = 429. The workbook shows the same products in orange when
# you choose row 1 and column 1.

# %% All sixteen windows
# The filter moves one pixel to the right, and at the end of the row one pixel down. A 3
# × 3 filter finds 4 × 4 places on 6 × 6 pixels. Two loops do it; the workbook has done
# it in its cells P6 to S9; and TensorFlow does it in one call.
#
# TensorFlow wants *four* axes. A picture is [batch, height, width, channels], a filter
# is [height, width, channels in, channels out].

by_loops = np.zeros((4, 4), dtype="float32")
for row in range(4):
    for column in range(4):
        window = image[row : row + 3, column : column + 3]
        by_loops[row, column] = np.sum(window * kernel)

by_workbook = read_cells("P6:S9")

images = tf.constant(image)[tf.newaxis, :, :, tf.newaxis]
filters = tf.constant(kernel)[:, :, tf.newaxis, tf.newaxis]
output = tf.nn.conv2d(images, filters, strides=1, padding="VALID")
by_tensorflow = output[0, :, :, 0].numpy()
print("images", images.shape, "filters", filters.shape, "output", output.shape)
print(by_tensorflow.astype(int))

loops_equal = int(np.sum(by_loops == by_tensorflow))
workbook_equal = int(np.sum(by_workbook == by_tensorflow))
print("equal to the loops:   ", loops_equal, "of 16")
print("equal to the workbook:", workbook_equal, "of 16")

# %%
# (Mathematicians turn the filter by 180 degrees before they call it a convolution. Deep
# learning does not: a filter that is learned can be learned in either direction.)

# %% What a filter can see
# A filter answers strongly where the picture looks like the filter. Four filters that
# people have drawn by hand, long before networks. Which of them will show the sole of
# the boot, which its heel?

boot = load_fashion_mnist()[1][0][0].astype("float32")
hand_made = {
    "dark above, bright below": [[-1, -2, -1], [0, 0, 0], [1, 2, 1]],
    "dark left, bright right": [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]],
    "blur": [[1 / 9, 1 / 9, 1 / 9]] * 3,
    "sharpen": [[0, -1, 0], [-1, 5, -1], [0, -1, 0]],
}
boots = tf.constant(boot)[tf.newaxis, :, :, tf.newaxis]
figure, axes = plt.subplots(1, 5, figsize=(14, 3.4), layout="constrained")
axes[0].imshow(boot, cmap="gray")
axes[0].set(title="the boot", xlabel="column", ylabel="row")
for axis, (name, numbers) in zip(axes[1:], hand_made.items()):
    one_filter = tf.constant(numbers, tf.float32)[:, :, tf.newaxis, tf.newaxis]
    result = tf.nn.conv2d(boots, one_filter, strides=1, padding="SAME")
    axis.imshow(tf.nn.relu(result)[0, :, :, 0], cmap="gray")
    axis.set(title=name, xlabel="column", ylabel="row")
plt.show()

# %%
# The first shows upper edges: the instep, the opening of the shaft, the top of the
# sole. The second shows edges on the left: the tip, the front of the shaft, the front
# of the heel. The blur mixes neighbours, and sharpening does the opposite. In a CNN
# nobody draws filters: training finds them (lesson 3.08 looks at some).

# %% Several filters at once
# A layer has many filters. They stand side by side along the *last* axis, and each
# makes one channel of the output. What shape will two of them give?

edge_filters = np.stack(
    [hand_made["dark above, bright below"], hand_made["dark left, bright right"]],
    axis=-1,
)
edge_filters = tf.constant(edge_filters[:, :, np.newaxis, :], tf.float32)
two_channels = tf.nn.conv2d(boots, edge_filters, strides=1, padding="SAME")
print("filters", edge_filters.shape, "output", two_channels.shape)

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
# channels], the default; ``"NCHW"`` has the channels in front, as some GPUs like it.
# (The programme's slide writes "NCWH". There is no such order.) What does this
# processor say to it?

channels_first = tf.transpose(images, [0, 3, 1, 2])
try:
    result = tf.nn.conv2d(
        channels_first, filters, strides=1, padding="VALID", data_format="NCHW"
    )
    print("NCHW works here, output", result.shape)
    nchw_works = True
except tf.errors.OpError as error:
    print("NCHW is refused:", type(error).__name__)
    nchw_works = False

# %%
# Whether a CPU takes it depends on the processor and on how TensorFlow was built. Stay
# with the default, and a lesson runs everywhere.
#
# Keras wraps all that in ``Conv2D``: the number of filters, their size, and the rest
# under the same names. Given our filter, it says the same.

layer = tf.keras.layers.Conv2D(1, 3, strides=1, padding="valid", use_bias=False)
layer.build((None, 6, 6, 1))
layer.set_weights([filters])
layer_difference = float(tf.reduce_max(tf.abs(layer(images) - output)))
print("largest difference to Conv2D:", layer_difference)

# %% Try it yourself
# 1. Change a yellow cell of the workbook, save it, and run this lesson again. (The
#    three still agree, if your program works the formulas out before it saves.)
# 2. Which filter leaves the picture as it is? And which moves it by one pixel to the
#    left? (A 1 in the middle and zeros around; a 1 in the middle of the right column.)
# 3. How many multiplications do 16 filters of 3 × 3 need on 28 × 28 pixels, with
#    ``SAME``? (28 · 28 · 9 · 16 = 112,896.)

results = {
    "by_hand": by_hand,
    "loops_equal": loops_equal,
    "workbook_equal": workbook_equal,
    "channels": two_channels.shape[3],
    "dilated_size": dilated.shape[1],
    "dilated_minus_by_hand": abs(dilated_first - dilated_by_hand),
    "layer_difference": layer_difference,
}
print(results)
