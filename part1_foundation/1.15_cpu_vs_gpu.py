"""
1.15 CPU and GPU
================

Does a network need a graphics card? You will

* measure a device in GFLOP/s without being fooled by the clock,
* see where small products spend their time,
* tell when a GPU would pay.

:Data: none, random matrices
:Slides: part 1, "A GPU pays for large products", "Why now? Data, hardware, software,
  methods"
:Takes: about 15 s on two CPU cores
"""

# %% What is there?
# A dense layer is mostly a matrix product (lesson 1.10), and so is a convolution: the
# speed of that product is much of the speed of deep learning. (Not all: activations and
# normalization have little to compute for each number that they read, and wait for the
# memory.)

import os
import subprocess
import sys
import time
import timeit

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import tensorflow as tf

plt.style.use("petroff10")

# %%
# Lessons 1.15, 4.07 and 5.16 name devices; everywhere else TensorFlow chooses. What is
# there on this machine?

gpus = tf.config.list_physical_devices("GPU")
devices = ["/CPU:0"] + [f"/GPU:{number}" for number in range(len(gpus))]
print("processor cores that the system counts:", os.cpu_count())
if gpus:
    for gpu in gpus:
        print("GPU:", tf.config.experimental.get_device_details(gpu))
else:
    print("No GPU found. All is measured on the CPU; the course needs no more.")

# %% How to measure
# Two n × n matrices: each of the n² results needs n multiplications and nearly as many
# additions. That makes 2 n³ *floating-point operations*, FLOP. A GFLOP/s is a billion
# of them per second.
#
# One trap: a GPU answers *before* it is done. ``a @ b`` only puts the work into a
# queue. The clock may stop when a number of the result has been read back, not earlier.


def seconds_per_product(n, device, read_back=True):
    """Return the shortest time of a product of two n × n matrices."""
    with tf.device(device):
        a = tf.random.normal((n, n))
        b = tf.random.normal((n, n))
        best = np.inf
        for _ in range(6):
            repeats = max(2, 1_000_000 // n**2)  # small products more often
            start = time.perf_counter()
            for _ in range(repeats):
                product = a @ b
            if read_back:
                product[0, 0].numpy()
            best = min(best, (time.perf_counter() - start) / repeats)
    return best


# %%
# A small product, and a large one:

print(f"n = 64:   {1e6 * seconds_per_product(64, '/CPU:0'):8.1f} microseconds")
print(f"n = 1024: {1e6 * seconds_per_product(1024, '/CPU:0'):8.1f} microseconds")

# %% Speed against size
# From one row to the next n doubles, so the work grows eightfold. Will the time grow
# eightfold, too, from the first row on?

sizes = [16, 32, 64, 128, 256, 512, 1024, 2048]
times = pd.DataFrame(index=pd.Index(sizes, name="n"))
for device in devices:
    for n in sizes:
        times.loc[n, device] = seconds_per_product(n, device)
gflop = 2 * times.index.to_numpy() ** 3 / 1e9
speeds = pd.DataFrame(index=times.index)
for device in devices:
    speeds[device] = gflop / times[device]
print("microseconds per product")
print((1e6 * times).round(1).to_string())
print("GFLOP/s")
print(speeds.round(1).to_string())

# %%
# Not at all: among the small ones the time hardly grows. Is that the price of a *call*,
# whatever is in it? Three controls: the sum of two single numbers; 16 × 16 by NumPy,
# whose calls are cheap; and a graph (lesson 1.01), which is called once for a hundred
# products. Predict all three.

# %%
# The matrix is an identity, so that a hundred products in a row stay finite.

small = tf.eye(16)
small_array = small.numpy()
number = tf.constant(1.0)


@tf.function
def hundred_products(a):
    """Return a, multiplied by the small matrix a hundred times."""
    for _ in range(100):
        a = a @ small
    return a


calls = {
    "TensorFlow, 16 x 16": (lambda: small @ small, 1),
    "TensorFlow, 1 + 1": (lambda: number + number, 1),
    "NumPy, 16 x 16": (lambda: small_array @ small_array, 1),
    "a graph, 16 x 16": (lambda: hundred_products(small), 100),
}
for name, (call, products) in calls.items():
    call()  # the graph is drawn up before the clock runs
    seconds = min(timeit.repeat(call, number=200, repeat=10)) / 200 / products
    print(f"{name:20} {1e6 * seconds:6.1f} microseconds")

# %%
# It is the call. Here NumPy multiplies 16 × 16 in a microsecond, its own call included,
# where TensorFlow takes 35 and needs half of that to add two numbers. Inside a graph a
# step costs it a few microseconds.
#
# Where do the layers of this course stand? Three of them, each timed as it is: one
# flower through a layer with 4 inputs and 4 neurons, one picture through a layer with
# 784 inputs and 300 neurons, and 128 pictures through the same layer. Guess: how much
# longer does the batch take than the one picture?


def seconds_per_layer(rows, inputs, neurons, device):
    """Return the shortest time of a product of rows × inputs and inputs × neurons."""
    with tf.device(device):
        x = tf.random.normal((rows, inputs))
        W = tf.random.normal((inputs, neurons))
        best = np.inf
        for _ in range(20):
            start = time.perf_counter()
            for _ in range(30):
                product = x @ W
            product[0, 0].numpy()
            best = min(best, (time.perf_counter() - start) / 30)
    return best


# %%
# Three layers on the processor:

layers = {
    "1 flower, 4 to 4": (1, 4, 4),
    "1 picture, 784 to 300": (1, 784, 300),
    "128 pictures, 784 to 300": (128, 784, 300),
}
layer_seconds = {}
points = {}
for name, (rows, inputs, neurons) in layers.items():
    seconds = seconds_per_layer(rows, inputs, neurons, "/CPU:0")
    layer_seconds[name] = seconds
    products = rows * inputs * neurons
    gflops = 2 * products / seconds / 1e9
    points[name] = (np.cbrt(products), gflops)
    print(f"{name:24}: {1e6 * seconds:7.1f} microseconds, {gflops:.2f} GFLOP/s")

# %%
# The curve of the squares, and the three layers as points:

figure, axis = plt.subplots(figsize=(8, 5.5), layout="constrained")
for device in devices:
    axis.loglog(times.index, speeds[device], "o-", label=device)
for (name, point), marker in zip(points.items(), "sD^"):
    axis.loglog(*point, marker, markersize=10, label=name)
axis.set(title="Squares, and three layers")
axis.set(xlabel="n (layer: cube root of its products)", ylabel="GFLOP/s")
figure.legend(loc="outside lower center", ncols=2, frameon=False)
plt.show()

# %%
# 128 pictures one by one, or as one batch?

seconds_one = layer_seconds["1 picture, 784 to 300"]
seconds_batch = layer_seconds["128 pictures, 784 to 300"]
batch_gain = float(128 * seconds_one / seconds_batch)
print(f"128 single pictures cost {batch_gain:.0f} times what the batch costs")

# %%
# One picture takes about one and a half times as long as one flower here, though it has
# 15,000 times the work. The batch does 128 times the work of the picture in the time of
# a few pictures, some seven or eight where the course was measured. That is one reason
# why networks are fed *batches*.

# %% One thread, all threads
# TensorFlow uses all cores of a processor. How much do they bring? The number of
# threads can only be set before TensorFlow has computed anything, so a fresh Python
# measures with one thread: the same product of 2048 × 2048, in a program of ten lines.

PROGRAM = """
import time
import tensorflow as tf
tf.config.threading.set_intra_op_parallelism_threads(1)
with tf.device("/CPU:0"):
    a = tf.random.normal((2048, 2048))
    best = 1000.0
    for _ in range(6):
        start = time.perf_counter()
        (a @ a)[0, 0].numpy()
        best = min(best, time.perf_counter() - start)
print(best)
"""
process = subprocess.run(
    [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True
)
one_thread_seconds = float(process.stdout)
all_threads_seconds = times.loc[2048, "/CPU:0"]
one_thread_gflops = 2 * 2048**3 / one_thread_seconds / 1e9
gain = one_thread_seconds / all_threads_seconds
print(f"one thread: {one_thread_gflops:.0f} GFLOP/s")
print(f"all threads are {gain:.1f} times as fast, on {os.cpu_count()} cores")

# %%
# At best as many times as there are cores; less when the machine has other work, or
# when two "cores" are halves of one.

# %% Do not be fooled
# What does the clock say when nothing is read back?

unread = {}
for device in devices:
    unread[device] = seconds_per_product(2048, device, read_back=False)
    read = times.loc[2048, device]
    print(f"{device}: {1000 * read:.1f} ms read back, {1000 * unread[device]:.1f} not")

# %%
# On a CPU about the same: it works while you wait. On a GPU the second number is far
# too small, and many a boast about a GPU was measured like this.
#
# **When does a GPU pay?** When products are large and many, and the data stay on it:
# wide layers, large batches, convolutions. The data sheets of data-centre GPUs promise
# from some twenty thousand GFLOP/s in plain ``float32`` (NVIDIA A100) to many times
# that in shorter formats. But each call has its overhead there, too, and the numbers
# have to travel first. For tables with a few columns, such as iris or Auto MPG, a CPU
# will do.
#
# Newer GPUs cheat a little: with *TF32*, which TensorFlow switches on, they read
# ``float32`` with fewer digits in matrix products. Where you mind, switch it off:
# ``tf.config.experimental.enable_tensor_float_32_execution(False)``. *Mixed precision*
# goes further and computes in ``float16`` or ``bfloat16`` (lesson 1.05).
#
# No GPU was at hand where the course's figures were measured. On a machine that has
# one, ``python tools/measure_lessons.py 1.15`` records it in ``tests/measurements.csv``
# and ``tests/measured_results.csv``, and the figure above shows its curve.

# %% Try it yourself
# 1. From which batch size on does a picture no longer get cheaper? Time
#    ``seconds_per_layer(rows, 784, 300, "/CPU:0") / rows`` for 1, 8, 64, 512 and 4096
#    ``rows``. (It differs from machine to machine. Here 55, 10, 4, 2.7 and 2.4
#    microseconds: above 512 little is gained.)
# 2. Give the matrices ``dtype=tf.float64``. (About half the speed on a CPU; on most
#    GPUs far less than half.)
# 3. Run this file on a machine with a GPU. From which n on is it ahead? (Where its line
#    crosses the CPU's in the figure. Expect that for small n the way there costs more
#    than the product.)

results = {
    "devices": len(devices),
    "cpu_gflops": float(speeds["/CPU:0"].max()),
    "one_thread_gflops": float(one_thread_gflops),
    "threads_gain": float(gain),
    "large_against_small": float(speeds["/CPU:0"].max() / speeds["/CPU:0"].iloc[0]),
    "batch_gain": batch_gain,
    "read_back_ratio_cpu": float(all_threads_seconds / unread["/CPU:0"]),
}
print(results)
