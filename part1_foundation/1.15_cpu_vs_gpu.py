"""
1.15 CPU and GPU
================

How fast does this computer multiply, and when would a GPU pay? You will

* measure matrix products of growing size on every device found, in GFLOP/s,
* see what several threads bring, and why small products are slow on any device,
* time a device that works asynchronously without being fooled.

:Data: none, random matrices
:Slides: part 1, "GPU vs CPU"
:Takes: about 15 s on two CPU cores
"""

# %% What is there?
# A layer is mostly a matrix product (lesson 1.10), so its speed is nearly the speed of
# deep learning. This is the one lesson that names devices; everywhere else TensorFlow
# chooses.

import json
import os
import subprocess
import sys

import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf

plt.style.use("petroff10")

gpus = tf.config.list_physical_devices("GPU")
print("processors that the system counts:", os.cpu_count())
for gpu in gpus:
    print(
        "GPU:",
        tf.config.experimental.get_device_details(gpu).get("device_name", gpu.name),
    )
if not gpus:
    print(
        "No GPU found. Everything below is measured on the CPU; the course needs "
        "no more."
    )

# %% How to measure
# Two n × n matrices take n³ multiplications and nearly as many additions: 2 n³
# floating-point operations, FLOP. A GFLOP/s is a thousand million of them a second. Two
# traps:
#
# * *Asynchronous.* A GPU's ``a @ b`` returns when the work is queued, not when it is
#   done. The clock may stop only after a number of the last result has been read back.
# * *Threads.* Their number can be set only before TensorFlow has worked for the first
#   time. So each measurement is a small program in a process of its own. Each takes
#   some 5 s to import TensorFlow.

PROGRAM = """
import json, sys, time
import tensorflow as tf

threads, device = int(sys.argv[1]), sys.argv[2]
tf.config.threading.set_intra_op_parallelism_threads(threads)  # 0: all processors
def seconds(a, b, repeats, read_back=True):
    start = time.perf_counter()
    for _ in range(repeats):
        product = a @ b
    if read_back:
        product[0, 0].numpy()
    return (time.perf_counter() - start) / repeats

with tf.device(device):
    for n in 2 ** tf.range(4, 12).numpy():
        a, b = tf.random.normal((n, n)), tf.random.normal((n, n))
        seconds(a, b, 3)  # warm up: the first call is slower
        repeats = max(3, min(500, int(0.05 / seconds(a, b, 3))))
        best = min(seconds(a, b, repeats) for _ in range(5))
        unread = seconds(a, b, 3, read_back=False)
        print(json.dumps({"n": int(n), "seconds": best, "unread": unread}), flush=True)
"""


def measure(threads, device):
    command = [sys.executable, "-c", PROGRAM, str(threads), device]
    rows, log = [], []
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        for line in process.stdout:
            if not line.startswith("{"):
                log.append(line)
                continue
            rows.append(json.loads(line))
            n, seconds = rows[-1]["n"], rows[-1]["seconds"]
            print(
                f"{n:>6} × {n:<6}{seconds * 1e6:>12.1f} µs "
                f"{2 * n**3 / seconds / 1e9:>9.1f} GFLOP/s"
            )
    if process.returncode:
        raise RuntimeError("the measurement failed:\n" + "".join(log[-20:]))
    return rows


# %% Measure
# Before you run this: from one row to the next n doubles, so the work grows eightfold.
# Will the time grow eightfold too, from the first row on? And what will all processors
# together bring?

configurations = {"CPU, one thread": (1, "/CPU:0"), "CPU, all threads": (0, "/CPU:0")}
configurations.update(
    {f"GPU {number}": (0, f"/GPU:{number}") for number in range(len(gpus))}
)
measured = {}
for name, (threads, device) in configurations.items():
    print(f"{name} (importing TensorFlow first)", flush=True)
    measured[name] = measure(threads, device)

# %% Speed against size
# The dotted lines are layers of this course, put where a square product of the same
# work stands: the first layer of lesson 1.10 for one flower, and of the deepest network
# of lesson 1.14 for a batch of 128 pictures and for a single one.

sizes = np.array([row["n"] for row in measured["CPU, one thread"]])
speeds = {
    name: 2 * sizes**3 / np.array([row["seconds"] for row in rows]) / 1e9
    for name, rows in measured.items()
}
layers = {
    "1 flower, 4 → 4": (1, 4, 4),
    "1 picture, 784 → 300": (1, 784, 300),
    "128 pictures": (128, 784, 300),
}

figure, axis = plt.subplots(figsize=(8, 5))
for (name, speed), marker in zip(speeds.items(), "os^Dv<>"):
    axis.loglog(sizes, speed, marker=marker, label=name)
for name, shape in layers.items():
    n = np.cbrt(np.prod(shape))
    print(
        f"{name:<22}{2 * np.prod(shape):>12,} FLOP, the work of a square product "
        f"with n = {n:.0f}"
    )
    axis.axvline(n, color="grey", linestyle=":")
    axis.text(
        n,
        0.02,
        name,
        rotation=90,
        ha="right",
        va="bottom",
        transform=axis.get_xaxis_transform(),
    )
axis.set(
    title="Matrix products: speed against size",
    xlabel="n, rows and columns",
    ylabel="speed (GFLOP/s)",
)
axis.set_xticks(2 ** np.arange(1, 12), 2 ** np.arange(1, 12))
axis.minorticks_off()
axis.legend(loc="upper left")
plt.show()

# %% Overhead, threads and the clock
# Python and TensorFlow spend some microseconds on each call before anything is
# multiplied. A small product is nothing but that overhead, on any device, and more
# threads cannot help. This is why networks are fed batches: 128 pictures at once cost
# far less than 128 times one picture.

one, every = measured["CPU, one thread"], measured["CPU, all threads"]
share = 2 * sizes[0] ** 3 / (speeds["CPU, one thread"].max() * 1e9) / one[0]["seconds"]
gain = [before["seconds"] / after["seconds"] for before, after in zip(one, every)]
print(
    f"n = 16: {one[0]['seconds'] * 1e6:.0f} µs, of which multiplying at full "
    f"speed would take {share:.1%}"
)
print(
    f"all threads against one: {gain[0]:.1f} times as fast at n = 16, "
    f"{gain[-1]:.1f} times at n = {sizes[-1]}"
)
for name, rows in measured.items():
    print(
        f"{name}: {rows[-1]['seconds'] * 1e3:.1f} ms, not read back "
        f"{rows[-1]['unread'] * 1e3:.1f} ms"
    )

# %%
# On a CPU the last two times are about equal: it works while you wait. On a GPU the
# second is far too short, and many a boast of a GPU's speed was measured so.
#
# **When does a GPU pay?** When products are large and many, and the data stay on it:
# wide layers, large batches, convolutions. Data-centre GPUs reach some 10,000 GFLOP/s
# and more in float32, but each call has its overhead there too, and the numbers must
# first travel to it. For tables of a few columns, such as iris or Auto MPG, the CPU is
# as fast or faster.

# %% Try it yourself
# 1. How long would 128 single pictures take through 784 → 300, one call each, if a call
#    costs what n = 64 costs? Compare with one call at n = 256 or 512. (The batch is
#    several times cheaper.)
# 2. Put ``tf.float64`` into both calls of ``tf.random.normal``: ``tf.random.normal((n,
#    n), dtype=tf.float64)``. (About half the speed on a CPU; on most GPUs far less than
#    half.)
# 3. No GPU here? Run this file on a machine with one, or on a free cloud notebook. From
#    which n on does its curve lie above the CPU's?

results = {
    "devices_measured": len(measured) - 1,
    "gflops_one_thread": float(speeds["CPU, one thread"].max()),
    "gflops_all_threads": float(speeds["CPU, all threads"].max()),
    "large_against_small": float(
        speeds["CPU, one thread"].max() / speeds["CPU, one thread"][0]
    ),
    "read_back_ratio_cpu": every[-1]["seconds"] / every[-1]["unread"],
}
print(results)
