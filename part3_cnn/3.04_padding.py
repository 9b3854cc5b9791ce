"""
3.04 Padding
============

What becomes of the border of an image? You will

* write the zeros around an image yourself, and get what ``SAME`` gives,
* predict when ``SAME`` keeps the size, and when it does not,
* see what the zeros do to the numbers along the border.

:Data: the 6 × 6 image of the workbook's tab *CNN*; Fashion-MNIST, one test picture
  (``course_data.load_fashion_mnist``); a photograph that scikit-learn ships
:Slides: part 3, "A frame of zeros keeps the size, and falsifies the border", "What the
  zeros do in ten layers"
:Takes: about 6 s on two CPU cores
"""

# %% Every filter eats the border
# A 3 × 3 filter finds four positions in six columns, so the output is smaller than the
# image. After three such layers nothing is left of six columns. And a corner pixel lies
# under the filter once, a pixel in the middle nine times.

import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf
from sklearn.datasets import load_sample_image

from course_data import load_fashion_mnist

plt.style.use("petroff10")

# %%
# Image and filter of lesson 3.03:

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

# %%
# What shape has the output, and how often is each pixel used? Draw the six times six
# numbers before you run the cell.

valid = tf.nn.conv2d(images, filters, strides=1, padding="VALID")
print("image", images.shape, "output", valid.shape)

used = np.zeros((6, 6), dtype=int)
for row in range(4):
    for column in range(4):
        used[row : row + 3, column : column + 3] += 1
print("how often each pixel is used:")
print(used)

# %%
# ``VALID`` means: only positions where the filter lies on the image with all its cells.
# The output *shrinks*, by F - 1.

# %% Zeros around the image
# The cure is a frame of zeros, the *padding*. With one zero on each side the image is
# 8 × 8, and (8 - 3) / 1 + 1 = 6: the size stays. We lay the frame by hand and compare
# with ``padding="SAME"``. Will all 36 numbers agree?

padded = tf.pad(image, [[1, 1], [1, 1]])
print("padded:", padded.shape)
print(padded.numpy().astype(int))

padded_images = padded[tf.newaxis, :, :, tf.newaxis]
by_hand = tf.nn.conv2d(padded_images, filters, strides=1, padding="VALID")
same = tf.nn.conv2d(images, filters, strides=1, padding="SAME")
same_equals_by_hand = bool(tf.reduce_all(by_hand == same))
print("by hand", by_hand.shape, "SAME", same.shape, "equal:", same_equals_by_hand)

# %%
# The figure shows both outputs. Look at the border of the right one.

figure, axes = plt.subplots(1, 2, figsize=(10, 4.6), layout="constrained")
outputs = {"VALID, 4 × 4": valid[0, :, :, 0], "SAME, 6 × 6": same[0, :, :, 0]}
for axis, (name, output) in zip(axes, outputs.items()):
    axis.imshow(output, cmap="Blues", vmin=0, vmax=1600)
    for (row, column), number in np.ndenumerate(output):
        axis.text(column, row, int(number), ha="center", va="center")
    axis.set(title=name, xlabel="output column", ylabel="output row")
    axis.set(xticks=range(output.shape[1]), yticks=range(output.shape[0]))
plt.show()

inner = same[0, 1:-1, 1:-1, 0]
inner_equals_valid = bool(tf.reduce_all(inner == valid[0, :, :, 0]))
print("the inner 4 × 4 of SAME are VALID:", inner_equals_valid)

# %%
# The inner numbers are those of ``VALID``. Those along the border are smaller on
# average, for a part of the filter lay on zeros:

on_border = np.ones((6, 6), dtype=bool)
on_border[1:-1, 1:-1] = False
border_mean = float(same[0, :, :, 0].numpy()[on_border].mean())
inner_mean = float(same[0, :, :, 0].numpy()[~on_border].mean())
print(f"mean along the border {border_mean:.0f}, inside {inner_mean:.0f}")

# %%
# That is so with a filter of positive numbers. With any filter, the zeros are a dark
# frame that is not in the picture, unless its background is 0 itself; an edge filter
# would see an edge there.

# %% SAME is not always the same
# ``SAME`` promises an output of W / S, rounded up, for a stride of S. So what is the
# size with stride 2, and with stride 4? And how many zeros does it need for that? The
# last position of the filter begins at (size - 1) · S and is F wide. What it needs
# beyond the W pixels of the image must be zeros.

width, filter_width = 6, 3
sizes = {}
for stride in (1, 2, 3, 4):
    output = tf.nn.conv2d(images, filters, strides=stride, padding="SAME")
    sizes[stride] = output.shape[1]
    needed = (sizes[stride] - 1) * stride + filter_width - width
    zeros = max(needed, 0)
    before = zeros // 2
    print(f"stride {stride}: size {sizes[stride]}, zeros {before} + {zeros - before}")

# %%
# The size stays with stride 1 only. And with stride 2 the zeros are *not symmetric*:
# none in front, one behind. (So it is at every even width. At an odd one a 3 × 3
# filter gets one on each side.) PyTorch's ``padding=1`` puts one on each side, and gets
# other numbers from the same weights: mind that when you carry a model over.
#
# TensorFlow, too, takes the zeros written out, a pair for each axis.

symmetric = tf.nn.conv2d(
    images, filters, strides=2, padding=[[0, 0], [1, 1], [1, 1], [0, 0]]
)
automatic = tf.nn.conv2d(images, filters, strides=2, padding="SAME")
print("one zero on each side:\n", symmetric[0, :, :, 0].numpy().astype(int))
print("SAME:\n", automatic[0, :, :, 0].numpy().astype(int))
asymmetric_differs = not bool(tf.reduce_all(symmetric == automatic))

# %% The border, seen
# A filter of nine ninths is a blur: each pixel becomes the mean of its neighbourhood.
# We blur a picture ten times. It is the negative of the boot, for the background of
# Fashion-MNIST *is* 0, and on the boot itself zeros would not be seen. What will they
# do here?

picture = 255 - load_fashion_mnist()[1][0][0].astype("float32")
blur = tf.fill((3, 3, 1, 1), 1 / 9)


def blur_ten_times(grey, pad):
    """Blur a grey picture ten times; ``pad`` lays a frame of one pixel around it."""
    result = tf.constant(grey)[tf.newaxis, :, :, tf.newaxis]
    for _ in range(10):
        result = tf.nn.conv2d(pad(result), blur, strides=1, padding="VALID")
    return result[0, :, :, 0].numpy()


def no_frame(batch):
    return batch


def zero_frame(batch):
    return tf.pad(batch, [[0, 0], [1, 1], [1, 1], [0, 0]])


def mirror_frame(batch):
    return tf.pad(batch, [[0, 0], [1, 1], [1, 1], [0, 0]], mode="REFLECT")


# %%
# Ten blurs with three kinds of frame:

blurred = {
    "the picture": picture,
    "VALID": blur_ten_times(picture, no_frame),
    "zeros": blur_ten_times(picture, zero_frame),
    "mirrored": blur_ten_times(picture, mirror_frame),
}
figure, axes = plt.subplots(1, 4, figsize=(12, 3.4), layout="constrained")
for axis, (name, result) in zip(axes, blurred.items()):
    lost = (28 - len(result)) / 2  # rows and columns, on each side
    extent = (lost - 0.5, 27.5 - lost, 27.5 - lost, lost - 0.5)
    axis.imshow(result, cmap="gray", vmin=0, vmax=255, extent=extent)
    axis.set(xlim=(-0.5, 27.5), ylim=(27.5, -0.5))
    size = f"{result.shape[0]} × {result.shape[1]}"
    axis.set(title=f"{name}, {size}", xlabel="column", ylabel="row")
plt.show()
corner_zeros = float(blurred["zeros"][0, 0])
corner_mirrored = float(blurred["mirrored"][0, 0])
print(f"corner, zeros:    grey level {corner_zeros:.0f}")
print(f"corner, mirrored: grey level {corner_mirrored:.0f}")

# %%
# ``VALID`` has lost twenty rows and columns. The zeros have crept inwards as a dark
# frame. After the mirrored frame none is seen. But is its border *right*?
#
# To know that, one must know what lies outside. So we cut 28 × 28 pixels out of a
# photograph. The same blur of a larger cut, 48 × 48 and without a frame, leaves just
# these 28 × 28 pixels, each with its true neighbours. How many of the 255 grey levels
# will zeros and mirror miss at the border, on the average of 100 cuts?

photograph = load_sample_image("china.jpg").mean(axis=2).astype("float32")
generator = np.random.default_rng(1)
errors = {"zeros": [], "mirrored": []}
for _ in range(100):
    top = generator.integers(0, photograph.shape[0] - 48)
    left = generator.integers(0, photograph.shape[1] - 48)
    cut = photograph[top : top + 48, left : left + 48]
    truth = blur_ten_times(cut, no_frame)
    for name, frame in {"zeros": zero_frame, "mirrored": mirror_frame}.items():
        error = np.abs(blur_ten_times(cut[10:-10, 10:-10], frame) - truth)
        error[1:-1, 1:-1] = np.nan  # the border only
        errors[name].append(np.nanmean(error))
border_errors = {name: float(np.mean(values)) for name, values in errors.items()}
for name, values in errors.items():
    print(f"{name:8}: {np.mean(values):5.1f} on average, worst cut {max(values):5.1f}")

# %%
# The mirror is a guess as well, and a far better one: what lies just outside mostly
# looks like what lies just inside. It costs a call of ``tf.pad``.
#
# ``padding="same"`` with its zeros is the usual choice all the same: the size stays, so
# layers can be stacked without counting, and it is one word.

# %% Try it yourself
# 1. How many zeros on each side keep the size for a 5 × 5 filter with stride 1? And for
#    7 × 7? (2 and 3: (F - 1) / 2. For an even F it cannot be symmetric.)
# 2. A network of five 3 × 3 layers without padding gets 28 × 28 pixels. What is left?
#    (18 × 18: each layer takes two.)
# 3. Which numbers of ``same`` change when you pad with ones instead of zeros
#    (``tf.pad(..., constant_values=1)``)? (The 20 along the border.)

results = {
    "valid_size": valid.shape[1],
    "same_size": same.shape[1],
    "same_equals_by_hand": same_equals_by_hand,
    "inner_equals_valid": inner_equals_valid,
    "corner_used": int(used[0, 0]),
    "middle_used": int(used[2, 2]),
    "size_stride_2": sizes[2],
    "size_stride_4": sizes[4],
    "asymmetric_differs": asymmetric_differs,
    "border_mean": border_mean,
    "inner_mean": inner_mean,
    "corner_zeros": corner_zeros,
    "corner_mirrored": corner_mirrored,
    "border_error_zeros": border_errors["zeros"],
    "border_error_mirrored": border_errors["mirrored"],
}
print(results)
