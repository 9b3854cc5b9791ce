"""
5.16 Training on several devices
================================

A search spreads easily, for its trainings know nothing of each other. Here a single
training is shared out. You will

* see why half a batch here and half a batch there give the same step,
* train one network on two devices, then in two processes that talk over a network,
* know what ``TF_CONFIG`` says, and what happens when one of the processes dies.

:Data: Fashion-MNIST (``course_data.load_fashion_mnist``)
:Slides: part 5, "Beyond one machine"
:Takes: about 42 s on two CPU cores
"""

# %% Two devices where there is one
# A *device* is what TensorFlow computes on: a graphics card, or the processor. Most of
# us have one. So the processor is split into two *logical devices*: to TensorFlow they
# are two, though both use the same cores.
#
# TensorFlow does this only before it has computed anything. If another lesson ran in
# this console, restart it first (in Spyder: Consoles, Restart kernel). A graphics card
# is hidden, so that all devices of this lesson are alike.

import atexit
import json
import os
import socket
import subprocess
import sys
import time

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import tensorflow as tf

from course_data import fresh_output_dir, load_fashion_mnist

plt.style.use("petroff10")
tf.get_logger().setLevel("WARNING")
output_dir = fresh_output_dir("5.16")

# %%
# Two logical devices out of one processor:

processor = tf.config.list_physical_devices("CPU")[0]
half = tf.config.LogicalDeviceConfiguration()
try:
    tf.config.set_visible_devices([], "GPU")
    tf.config.set_logical_device_configuration(processor, [half, half])
except RuntimeError:
    raise RuntimeError("TensorFlow is already at work: restart this console.") from None
for device in tf.config.list_logical_devices("CPU"):
    print(device.name)

# %% The data and the network
# A small convolutional network that tells apart ten kinds of clothes. The first 6,000
# pictures are enough for the first half of this lesson.

(x_all, y_all), _ = load_fashion_mnist()
x_train = x_all[:6000, :, :, np.newaxis].astype("float32") / 255
y_train = y_all[:6000].astype("int64")


def make_model():
    """A network with the same first weights each time it is made."""
    tf.keras.utils.set_random_seed(1)
    return tf.keras.Sequential(
        [
            tf.keras.Input(shape=(28, 28, 1)),
            tf.keras.layers.Conv2D(16, 3, activation="relu"),
            tf.keras.layers.MaxPooling2D(),
            tf.keras.layers.Conv2D(32, 3, activation="relu"),
            tf.keras.layers.MaxPooling2D(),
            tf.keras.layers.Flatten(),
            tf.keras.layers.Dense(10),
        ]
    )


loss_function = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)
print(f"{make_model().count_params():,} weights")

# %% Why it can work
# One step of training needs one gradient: that of the mean loss over the batch. Take a
# batch of 500 pictures, and its two halves of 250. What has the gradient of the whole
# to do with the gradients of the halves?


def gradient(model, images, labels):
    """The gradient of the mean loss, all weights in one long row."""
    with tf.GradientTape() as tape:
        loss = loss_function(labels, model(images))
    gradients = tape.gradient(loss, model.trainable_variables)
    flat = [tf.reshape(piece, [-1]) for piece in gradients]
    return tf.concat(flat, axis=0)


model = make_model()
whole = gradient(model, x_train[:500], y_train[:500])
first_half = gradient(model, x_train[:250], y_train[:250])
second_half = gradient(model, x_train[250:500], y_train[250:500])

mean_of_halves = (first_half + second_half) / 2
gradient_gap = float(tf.reduce_max(tf.abs(whole - mean_of_halves)))
print(f"largest number in the gradient:             {tf.reduce_max(tf.abs(whole)):.4f}")
print(f"whole against mean of halves, largest gap:  {gradient_gap:.1e}")

# %%
# They are the same up to rounding: a mean over 500 is the mean of two means over 250.
# That is all of *data parallel* training. Every device holds a copy of the network, a
# *replica*, and takes its part of the *global batch*. The gradients are averaged, and
# every replica takes the same step. So the replicas stay equal for ever.

# %% One device, two devices
# A *strategy* says where replicas live. ``OneDeviceStrategy`` has one, and
# ``MirroredStrategy`` one for each device of a machine. What Keras calls
# ``batch_size`` is the global batch. Otherwise the code does not change: the model is
# made and compiled inside ``strategy.scope()``.


def train(strategy):
    """Train for three epochs; return the model, the loss of each epoch and seconds."""
    with strategy.scope():
        model = make_model()
        model.compile(
            optimizer=tf.keras.optimizers.Adam(learning_rate=0.001), loss=loss_function
        )
    start = time.perf_counter()
    history = model.fit(x_train, y_train, batch_size=500, epochs=3, verbose=2)
    seconds = time.perf_counter() - start
    return model, np.array(history.history["loss"]), seconds


one_device = tf.distribute.OneDeviceStrategy("CPU:0")
print("one device")
_, losses_one, seconds_one = train(one_device)

mirrored = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
print(mirrored.num_replicas_in_sync, "devices")
mirrored_model, losses_mirrored, seconds_mirrored = train(mirrored)

mirrored_gap = float(np.max(np.abs(losses_one - losses_mirrored)))
print(f"largest difference of the losses: {mirrored_gap:.1e}")
print(f"seconds: one device {seconds_one:.1f}, two devices {seconds_mirrored:.1f}")

# %%
# The losses are the same, and nothing was won: both devices are the same two cores, and
# the averaging costs something. Two graphics cards would really share the work, and
# the lines would be the same.
#
# Let us look inside. What does a replica get of a batch of 500? And is there one kernel
# of the first layer now, or are there two?

dataset = tf.data.Dataset.from_tensor_slices((x_train, y_train)).batch(500)
images, labels = next(iter(mirrored.experimental_distribute_dataset(dataset)))
for part in mirrored.experimental_local_results(images):
    print("pictures", part.shape, "on", part.device[-5:])

kernels = mirrored.experimental_local_results(mirrored_model.weights[0].value)
for kernel in kernels:
    print("kernel", kernel.shape, "on", kernel.device[-5:])
copies_equal = np.array_equal(kernels[0], kernels[1])
print("the two copies are equal after training:", copies_equal)

# %% Two processes
# Devices of one machine share its memory. Two machines share nothing, so each runs a
# process of its own, a *worker*, and the gradients travel over the network.
#
# All workers run the same program. Each has to know who takes part and which of them it
# is itself. That stands in an environment variable, ``TF_CONFIG``. These two are for
# two workers on this machine:

addresses = ["127.0.0.1:20001", "127.0.0.1:20002"]
for index in range(2):
    tf_config = {
        "cluster": {"worker": addresses},
        "task": {"type": "worker", "index": index},
    }
    print(json.dumps(tf_config))

# %% The program of a worker
# The next three cells hold the program that every worker runs, as a text. It is what
# you would copy to every machine.
#
# ``MultiWorkerMirroredStrategy`` reads ``TF_CONFIG`` and waits until all workers have
# answered. Then each worker picks its own rows: with two workers, every second one. So
# the 1,000 rows of both are together just the 2,000 rows that a single worker would
# take in that step (nothing is shuffled).

program_start = """
import json, sys, time
import tensorflow as tf
from course_data import load_fashion_mnist

GLOBAL_BATCH = 2000
strategy = tf.distribute.MultiWorkerMirroredStrategy()

(x_train, y_train), _ = load_fashion_mnist()
x_train = x_train[:, :, :, None].astype("float32") / 255


def rows_of_this_worker(context):
    rows = slice(context.input_pipeline_id, None, context.num_input_pipelines)
    pairs = tf.data.Dataset.from_tensor_slices((x_train[rows], y_train[rows]))
    return pairs.batch(context.get_per_replica_batch_size(GLOBAL_BATCH))


dataset = strategy.distribute_datasets_from_function(rows_of_this_worker)
"""

# %%
# The network is the one from above, made inside ``strategy.scope()`` as before. All
# replicas begin with the same weights: the strategy sends those of worker 0 to the
# others, whatever their seeds are. The seed is there to make the run repeatable.
#
# The loss function does not take the mean: ``reduction="none"`` keeps one loss for each
# picture. No worker sees the whole batch, so none could take the right mean.

program_network = """
with strategy.scope():
    tf.keras.utils.set_random_seed(1)
    model = tf.keras.Sequential(
        [
            tf.keras.Input(shape=(28, 28, 1)),
            tf.keras.layers.Conv2D(16, 3, activation="relu"),
            tf.keras.layers.MaxPooling2D(),
            tf.keras.layers.Conv2D(32, 3, activation="relu"),
            tf.keras.layers.MaxPooling2D(),
            tf.keras.layers.Flatten(),
            tf.keras.layers.Dense(10),
        ]
    )
    optimizer = tf.keras.optimizers.Adam(learning_rate=0.001)
    optimizer.build(model.trainable_variables)
    loss_function = tf.keras.losses.SparseCategoricalCrossentropy(
        from_logits=True, reduction="none"
    )
"""

# %%
# Keras 3 does not support this strategy (its ``fit`` ends with an error; see the end of
# the lesson), so the loop is written out.
# ``strategy.run`` calls ``replica_step`` in every replica. There, ``optimizer.apply``
# adds up the gradients of all replicas before it takes the step. A sum, not a mean: so
# each replica divides its loss by the size of the *global* batch.

program_loop = """
def replica_step(images, labels):
    with tf.GradientTape() as tape:
        losses = loss_function(labels, model(images, training=True))
        loss = tf.reduce_sum(losses) / GLOBAL_BATCH
    gradients = tape.gradient(loss, model.trainable_variables)
    optimizer.apply(gradients, model.trainable_variables)
    return loss


@tf.function
def train_step(images, labels):
    loss_of_each_replica = strategy.run(replica_step, args=(images, labels))
    return strategy.reduce("SUM", loss_of_each_replica, axis=None)


losses = []
for step, (images, labels) in enumerate(dataset):
    if step == 2:
        start = time.perf_counter()  # the first steps build the graph
    losses.append(float(train_step(images, labels)))
    print(f"step {step} loss {losses[-1]:.4f}", flush=True)
seconds = time.perf_counter() - start

with open(sys.argv[1], "w") as file:
    json.dump({"losses": losses, "seconds": seconds}, file)
"""
program = output_dir / "worker.py"
program.write_text(program_start + program_network + program_loop)
print("the program is in", program)

# %% Start the workers
# A warning first. TensorFlow's workers listen on *all* network addresses of a machine,
# not only on the one in ``TF_CONFIG``, and they ask nobody for a password. In the next
# cells they do so for some seconds on this machine, and its firewall may ask you;
# "deny" is the right answer. Workers belong in a private network.
#
# Three short functions do by hand what a cluster's job system does for you. The first
# asks the system for a *port* that is free, the number behind the colon of an address.
# The second starts one worker, with its ``TF_CONFIG`` and with as many *threads*, cores
# that it may use at a time, as we say.
#
# The third waits. A worker that dies would leave the others waiting for it, perhaps for
# ever. So this function ends all of them when one has failed or when time is up. An
# *exit code* tells how a process ended: 0 means success, anything else does not. All
# workers stand in one list, so that none is left behind: they are ended when Python
# ends, when you interrupt the cell, and before new ones start.


def free_addresses(number):
    """Addresses on this machine that no program listens at."""
    probes = [socket.create_server(("127.0.0.1", 0)) for _ in range(number)]
    addresses = []
    for probe in probes:
        port = probe.getsockname()[1]
        addresses.append(f"127.0.0.1:{port}")
        probe.close()
    return addresses


# %%
# One process a worker. What it prints goes into a file of its own.


workers = []


def end_workers():
    """End every worker that still runs."""
    for worker in workers:
        worker.kill()
        worker.wait()
    workers.clear()


atexit.register(end_workers)


def start_workers(number, threads):
    """Start that many workers; their processes stand in the list ``workers``."""
    end_workers()
    addresses = free_addresses(number)
    for index in range(number):
        tf_config = {
            "cluster": {"worker": addresses},
            "task": {"type": "worker", "index": index},
        }
        environment = os.environ.copy()
        environment["TF_CONFIG"] = json.dumps(tf_config)
        environment["TF_NUM_INTRAOP_THREADS"] = str(threads)
        environment["CUDA_VISIBLE_DEVICES"] = "-1"
        command = [sys.executable, str(program), str(output_dir / f"{index}.json")]
        with open(output_dir / f"{index}.log", "w") as log:
            worker = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        workers.append(worker)


# %%
# Wait for all, or end all:


def wait_for_workers(limit=120):
    """Wait until all workers are done; if one fails or time is up, end them all."""
    deadline = time.monotonic() + limit
    running = True
    problem = None
    try:
        while running and problem is None:
            time.sleep(0.1)
            codes = [worker.poll() for worker in workers]
            running = None in codes
            for index, code in enumerate(codes):
                if code is not None and code != 0:
                    problem = f"worker {index} ended with code {code}"
            if running and time.monotonic() > deadline:
                problem = f"the workers were not done after {limit} s"
    finally:
        end_workers()
    if problem is not None:
        raise RuntimeError(f"{problem}; what the workers wrote is in {output_dir}")


# %% The same losses?
# First a cluster of one worker, then one of two; each worker may use one thread. The
# global batch is 2,000 pictures both times: 2,000 for the one, or 1,000 for each of
# two. How much faster will two be?


def run(number, threads):
    """Run the program on that many workers; return its losses and seconds."""
    try:
        start_workers(number, threads)
        wait_for_workers()
    finally:  # also when you interrupt this cell
        end_workers()
    found = json.loads((output_dir / "0.json").read_text())
    print(f"{number} worker(s), {threads} thread(s) each: {found['seconds']:.2f} s")
    return np.array(found["losses"]), found["seconds"]


losses_alone, seconds_alone = run(number=1, threads=1)
losses_pair, seconds_pair = run(number=2, threads=1)
losses_threads, seconds_threads = run(number=1, threads=2)

# %%
# The last line is the honest comparison: one worker that may use both cores.

pair_gap = np.abs(losses_alone - losses_pair)
table = pd.DataFrame(
    {
        "workers": [1, 2, 1],
        "threads each": [1, 1, 2],
        "seconds": [seconds_alone, seconds_pair, seconds_threads],
        "last loss": [losses_alone[-1], losses_pair[-1], losses_threads[-1]],
    }
)
table["times as fast"] = seconds_alone / table["seconds"]
print(table.round(5).to_string(index=False))
print(f"largest difference of the losses, one and two workers: {pair_gap.max():.1e}")

figure, axes = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
axes[0].plot(losses_alone, linewidth=5, alpha=0.4, label="one worker")
axes[0].plot(losses_pair, label="two workers")
axes[0].set(title="The same training", xlabel="step", ylabel="loss")
axes[0].legend()
axes[1].plot(pair_gap * 1e6, "o")
axes[1].set(title="Difference", xlabel="step", ylabel="difference (millionths)")
plt.show()

# %%
# Two processes that know each other only by two addresses have trained one network.
# Their losses agree to about five digits. The rest is rounding: sums of the same
# numbers in another order.
#
# Two workers with a thread each beat one worker with one thread. But one worker with
# two threads is about as fast, without any network: TensorFlow by itself uses all cores
# of a machine. Several workers are for several machines, or several graphics cards.
#
# Do not trust these seconds too far. The training is short, and on a machine that is
# shared with others they vary by a factor of two and more from run to run; run the cell
# again and see. A long training cannot gain more than a factor of 2, and gains less,
# for after each step all wait until the gradients have travelled.

# %% One of them dies
# A search lost one fit when a worker died. What will this training lose? Worker 1 is
# killed after its first steps. We then watch how many steps worker 0 has done.


def steps_done(index):
    """How many steps the worker has written into its log."""
    return (output_dir / f"{index}.log").read_text().count("step ")


start_workers(number=2, threads=1)
started = time.monotonic()
while steps_done(0) < 3 and time.monotonic() < started + 60:
    time.sleep(0.05)
workers[1].kill()
time.sleep(1)

steps_at_death = steps_done(0)
time.sleep(3)
steps_later = steps_done(0)
print(f"worker 0 after the death: {steps_at_death} steps, 3 s later: {steps_later}")

message = "nothing went wrong"
try:
    wait_for_workers()
except RuntimeError as error:
    message = str(error)
print(message)

# %%
# Worker 0 stands still: it cannot take a step without the other's gradients. Left
# alone, it gives up after some five to ten seconds with an ``UnavailableError``. Had
# the other died before the two had met, it would still wait after a quarter of an hour.
# All steps since the last saved model are lost. Anyone who trains on many machines for
# days should save every few minutes, and let the job system start all workers again.

# %% On real machines
# The program stays as it is. Copy it and the data to every machine, with the same
# versions of all packages, and start it everywhere with its own ``TF_CONFIG``. The
# addresses are then those of the machines, ``["10.0.0.5:20001", "10.0.0.6:20001"]``,
# and the ports must be open between them, in a private network. Slurm, Kubernetes
# (Kubeflow) and the clouds have ways to set ``TF_CONFIG`` for you.
#
# With more workers one makes the global batch larger, or each gets too little to do. A
# larger batch wants another learning rate: that was lesson 5.09.
#
# Would you do it this way today? Several graphics cards in one machine: yes,
# ``MirroredStrategy`` and ``fit``, as in the first half of this lesson. Several
# machines, if TensorFlow is given: with a loop like the one above, which is tested here
# but outside of what Keras 3 supports (its issue 20585). If you start anew: Keras 3 on
# JAX with ``keras.distribution``, or PyTorch's ``DistributedDataParallel``, started by
# ``torchrun``. The idea is the same in all of them: equal copies, a share of the batch
# each, gradients added up.

# %% Try it yourself
# 1. A famous mistake: write ``loss = tf.reduce_mean(losses)`` into the program. Which
#    of the three runs changes, and how? (That with two workers: its loss doubles.)
# 2. Set ``GLOBAL_BATCH = 200``. How fast are two workers now? (The gradients travel
#    ten times as often.)
# 3. Start two workers, end the second one at once with ``workers.pop().kill()``, and
#    call ``wait_for_workers(limit=20)``. What does worker 0 wait for? (The end of
#    ``outputs/5.16/0.log`` says: "Waiting for 1/2 tasks to connect".)

results = {
    "gradient_gap": gradient_gap,
    "mirrored_gap": mirrored_gap,
    "copies_equal": bool(copies_equal),
    "two_process_gap": float(pair_gap.max()),
    "last_loss": float(losses_alone[-1]),
    "steps_after_death": steps_later - steps_at_death,
    "seconds_one_device": float(seconds_one),
    "seconds_two_devices": float(seconds_mirrored),
    "seconds_one_worker": float(seconds_alone),
    "seconds_two_workers": float(seconds_pair),
    "seconds_two_threads": float(seconds_threads),
}
print(results)
