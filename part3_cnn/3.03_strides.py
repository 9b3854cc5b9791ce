"""
3.03 Strides
============

A stride is how far the filter moves on from one position to the next. You will

* slide a 3 × 3 filter over a 6 × 6 image with stride 1, 2 and 3,
* predict the size of every output with (W - F + 2P) / S + 1,
* see what a stride leaves out, and what it saves.

:Data: none, the 6 × 6 image of the workbook's tab *CNN*
:Slides: part 3, "Stride 2 takes every second window"
:Takes: about 4 s on two CPU cores
"""

# %% The image and the filter
# TensorFlow wants images as ``[batch, height, width, channels]`` and filters as
# ``[height, width, in_channels, out_channels]``.

import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf
from matplotlib.patches import Rectangle

plt.style.use("petroff10")

# %%
# The image is the one of the workbook. Here the batch has one image, and there is one
# channel, so both get axes of length 1.

image = tf.constant(
    [
        [18, 54, 51, 239, 244, 188],
        [55, 121, 75, 78, 95, 88],
        [35, 24, 204, 113, 109, 221],
        [3, 154, 104, 235, 25, 130],
        [15, 253, 225, 159, 78, 233],
        [68, 85, 180, 214, 245, 0],
    ],
    dtype=tf.float32,
)
kernel = tf.constant([[1, 0, 1], [0, 1, 0], [1, 0, 1]], dtype=tf.float32)

images = image[tf.newaxis, :, :, tf.newaxis]
filters = kernel[:, :, tf.newaxis, tf.newaxis]
print("images ", images.shape)
print("filters", filters.shape)

# %% One multiplication by hand
# Lay the filter on the top left corner of the image, multiply cell by cell, and add
# up. What comes out? (Five of the nine cells count: the corners and the middle.)

by_hand = tf.reduce_sum(image[:3, :3] * kernel)
print("by hand:", by_hand.numpy())

# %%
# 18 + 51 + 121 + 35 + 204 = 429. A convolution does nothing else, at every position the
# filter is laid on. The *stride* says by how many pixels it moves on.

# %% Stride 1, 2 and 3
# An image of width W, a filter of width F, P zeros on each side, stride S: the filter
# finds (W - F + 2P) / S + 1 positions, rounded down. Here W = 6, F = 3, P = 0. Write
# down the size of all three outputs before you run the cell.

outputs = {}
for stride in (1, 2, 3):
    output = tf.nn.conv2d(images, filters, strides=stride, padding="VALID")
    outputs[stride] = output[0, :, :, 0]
    predicted = (6 - 3 + 2 * 0) // stride + 1
    print(f"stride {stride}: predicted {predicted}, got {outputs[stride].shape}")
    print(outputs[stride].numpy())

# %%
# 4 × 4, 2 × 2 and 2 × 2. Stride 2 and stride 3 give the same size, but not the same
# numbers. Here are the positions of the filter on the *image*, for the first row of
# each output. The first frame is thick, and the hatched pixels are never looked at.

figure, axes = plt.subplots(1, 3, figsize=(12, 4.6), layout="constrained")
for axis, (stride, output) in zip(axes, outputs.items()):
    axis.imshow(image, cmap="Blues", vmin=0, vmax=500)
    for (row, column), number in np.ndenumerate(image):
        axis.text(column, row, f"{number:.0f}", ha="center", va="center")
    positions = output.shape[1]
    for position in range(positions):
        left = position * stride - 0.5
        top = 0.06 * position - 0.5  # a little lower each time, to be seen
        frame = Rectangle((left, top), 3, 3, fill=False, edgecolor=f"C{position + 1}")
        frame.set_linewidth(4 if position == 0 else 2)
        axis.add_patch(frame)
    unused = (positions - 1) * stride + 3 - 0.5
    axis.axvspan(unused, 5.5, fill=False, hatch="///", linewidth=0)
    axis.axhspan(unused, 5.5, fill=False, hatch="///", linewidth=0)
    axis.set(title=f"stride {stride}: {positions} × {positions} positions")
    axis.set(xlabel="column", ylabel="row", xticks=range(6), yticks=range(6))
    axis.set(xlim=(-0.7, 5.7), ylim=(5.7, -0.7))
plt.show()

# %%
# Stride 3 fits exactly; with stride 2 the last column and the last row of the image are
# never looked at: (6 - 3) / 2 + 1 is 2.5, so there are two positions. All others lie
# under the filter, with stride 3 as well; only a stride larger than the filter leaves
# gaps. (Under the filter, not always under one of its ones: with stride 2 another 12
# pixels, with stride 3 16 of them, meet its zeros only, and change nothing.)

# %% Where a stride comes from
# Look for the numbers of stride 2 in the output of stride 1. Where do they stand?

same_numbers = bool(tf.reduce_all(outputs[2] == outputs[1][::2, ::2]))
print("stride 2 is every second row and column of stride 1:", same_numbers)

# %%
# Each of its numbers comes from nine pixels, as with stride 1; there are fewer of them.
# What that saves is work: each output number costs nine multiplications, so stride 1
# costs 144 here and stride 2 costs 36. Pooling (lesson 3.05) is the other way to a
# smaller output: there the convolution computes all positions, and the pooling then
# keeps the largest number of each window.

# %% Try it yourself
# 1. With which strides from 1 to 6 does the filter pass over the whole image, with no
#    pixel left over? (1 and 3.)
# 2. With ``padding="SAME"``, what are the three sizes? (6, 3 and 2: W / S rounded up.)
# 3. ``batch = outputs[1][tf.newaxis, :, :, tf.newaxis]`` gives stride 1 its batch and
#    channel axes back. ``tf.nn.max_pool2d(batch, 2, 2, "VALID")`` has the size of
#    stride 2. Does it have the same numbers? (One of four: 792, 856, 913 and 851
#    against 429, 686, 633 and 851. Only in the last window is the number top left the
#    largest.)

results = {
    "top_left": float(by_hand),
    "top_left_by_conv2d": float(outputs[1][0, 0]),
    "size_stride_1": outputs[1].shape[0],
    "size_stride_2": outputs[2].shape[0],
    "size_stride_3": outputs[3].shape[0],
    "stride_2_leaves_out": same_numbers,
}
print(results)
