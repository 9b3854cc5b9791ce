"""
5.16 Training on several devices
================================

A search spreads easily, for its trainings know nothing of each other. Here a single
training is shared out. You will

* see why half a batch here and half a batch there give the same step,
* train one network on two devices, then in two processes that talk over a network,
* know what ``TF_CONFIG`` says, lose a process, and go on from a checkpoint.

:Data: Fashion-MNIST (``course_data.load_fashion_mnist``)
:Slides: part 5, "Beyond one machine: a search, or a training"
:Takes: about 66 s on two CPU cores
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

from course_data import DATA_DIR, fresh_output_dir, load_fashion_mnist

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
# (Two things are in that sentence: the parts are of one size, and no layer looks at the
# whole batch. ``BatchNormalization`` does: each part is normalized by itself, and with
# one such layer the gap is 0.009, at a largest number of 0.83. Keras has
# ``synchronized=True`` for it.)
#
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


# %%
# The same network on one device, then on two:

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
# The losses are the same, and nothing was won: both devices are the same two cores. Two
# graphics cards would share the work; the program would be the same. (One trap: a last
# batch with fewer rows than replicas. This network then ends in an error; ``.batch(500,
# drop_remainder=True)`` leaves such a batch out.)
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
# process of its own, a *worker*, and the gradients travel over the network. Here both
# processes run on this machine.
#
# All workers run the same program. Each has to know who takes part and which of them it
# is itself. That stands in an environment variable, ``TF_CONFIG``. An address is the
# machine and, behind the colon, a *port*; we ask the system for ports that are free.


def free_addresses(number):
    """Return that many addresses on this machine at which no program listens."""
    probes = [socket.create_server(("127.0.0.1", 0)) for _ in range(number)]
    addresses = []
    for probe in probes:
        port = probe.getsockname()[1]
        addresses.append(f"127.0.0.1:{port}")
        probe.close()
    return addresses


def tf_config_of(index, addresses):
    """Return the text of ``TF_CONFIG`` for one worker of the cluster."""
    task = {"type": "worker", "index": index}
    return json.dumps({"cluster": {"worker": addresses}, "task": task})


# What two workers get; at each start the addresses are others that are free.
addresses = free_addresses(2)
print(tf_config_of(0, addresses))
print(tf_config_of(1, addresses))

# %% The program of a worker
# It stands in a file of its own beside this lesson: it is what you would copy to every
# machine. **Open it now** and read its cells. In four places it differs from a
# training on one machine:
#
# 1. It asks ``strategy.cluster_resolver`` which worker it is.
# 2. It takes only its own share of the rows.
# 3. Each replica divides its loss by the size of the *global* batch, for the optimizer
#    adds up the gradients of all replicas.
# 4. It begins from the last *checkpoint*, if there is one, and writes one every five
#    steps.

program = DATA_DIR.parent / "part5_overfitting_tuning" / "training_worker.py"
print("the program is in", program)

# %% Start the workers
# A warning first. TensorFlow's workers listen on *all* network addresses of a machine,
# not only on the one in ``TF_CONFIG``, and they ask nobody for a password. In the next
# cells they do so for some seconds on this machine, and its firewall may ask you;
# "deny" is the right answer. Workers belong in a private network.
#
# Two short functions do by hand what a cluster's job system does for you. The first
# starts the workers, each with its ``TF_CONFIG`` and with as many *threads*, cores that
# it may use at a time, as we say. All stand in one list, so that none is left behind:
# they are ended when Python ends, before new ones start, and when you interrupt the
# function that waits for them. (Elsewhere ``end_workers()`` ends them.)

workers = []


def end_workers():
    """End every worker that still runs."""
    for worker in workers:
        worker.kill()
        worker.wait()
    workers.clear()


atexit.register(end_workers)

# %%
# One process per worker:


def start_workers(number, folder, threads=1):
    """Start that many workers; what they print goes into log files in the folder."""
    end_workers()
    folder.mkdir(exist_ok=True)
    addresses = free_addresses(number)
    for index in range(number):
        environment = os.environ.copy()
        environment["TF_CONFIG"] = tf_config_of(index, addresses)
        environment["TF_NUM_INTRAOP_THREADS"] = str(threads)
        environment["CUDA_VISIBLE_DEVICES"] = "-1"
        command = [sys.executable, str(program), str(folder)]
        with open(folder / f"{index}.log", "w") as log:
            worker = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        workers.append(worker)


# %%
# The second waits. A worker that dies would leave the others waiting for it, perhaps
# for ever. So this function ends all of them when one has failed or when time is up. An
# *exit code* tells how a process ended: 0 means success, anything else does not.


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


# %%
# What has a worker done so far? Its log has a line per step; other lines are dropped.


def read_log(folder, index=0):
    """Return a worker's steps so far as a table: the loss and seconds of each."""
    text = (folder / f"{index}.log").read_text(errors="replace")
    lines = pd.Series(text.splitlines(), dtype="str")
    pattern = r"step (?P<step>\d+) loss (?P<loss>\S+) seconds (?P<seconds>\S+)"
    table = lines.str.extract(pattern).dropna()
    return table.astype({"step": int, "loss": float, "seconds": float}).set_index(
        "step"
    )


# %% The same losses?
# First a cluster of one worker, then one of two; each worker may use one thread. The
# global batch is 2,000 pictures both times: 2,000 for the one, or 1,000 for each of
# two. How much faster will two be?


def run(number, folder, threads=1):
    """Run the program on that many workers; return the steps of worker 0."""
    try:
        start_workers(number, folder, threads)
        wait_for_workers()
    finally:  # also when you interrupt this cell
        end_workers()
    steps = read_log(folder)
    print(f"{number} worker(s): {len(steps)} steps, last loss {steps['loss'].iloc[-1]}")
    return steps


alone = run(number=1, folder=output_dir / "alone")
pair = run(number=2, folder=output_dir / "pair")

# %%
# The first steps build the graph, so time is compared on the others.

pair_gap = (alone["loss"] - pair["loss"]).abs()
seconds_alone = alone.loc[2:, "seconds"].median()
seconds_pair = pair.loc[2:, "seconds"].median()
print(f"largest difference of the losses: {pair_gap.max():.1e}")
print(f"seconds per step: one {seconds_alone:.3f}, two {seconds_pair:.3f}")

figure, axes = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
axes[0].plot(alone["loss"], linewidth=5, alpha=0.4, label="one worker")
axes[0].plot(pair["loss"], label="two workers")
axes[0].set(title="The same training", xlabel="step", ylabel="loss")
axes[0].legend()
axes[1].plot(pair_gap * 1e6, "o")
axes[1].set(title="Difference", xlabel="step", ylabel="difference (millionths)")
plt.show()

# %%
# Two processes that know each other only by two addresses have trained one network.
# Their losses agree to about six digits. The rest is rounding: sums of the same
# numbers in another order; it grows, since each step begins with weights that already
# differ.
#
# On an idle machine two workers with a thread each are somewhat faster than one with
# one thread. But is that fair? One worker that may use both cores is as fast, without
# any network (exercise 2): TensorFlow by itself uses all cores of a machine. Several
# workers are for several machines, or several graphics cards. Two of them cannot gain
# more than a factor of 2, and gain less, for after each step all wait until the
# gradients have travelled.

# %% One of them dies
# A search lost one fit when a worker died. What will this training lose? Worker 1 is
# killed after step 12. We then watch how many steps worker 0 has done.

killed_dir = output_dir / "killed"
start_workers(2, killed_dir)
deadline = time.monotonic() + 60
while len(read_log(killed_dir)) <= 12 and time.monotonic() < deadline:
    time.sleep(0.05)
workers[1].kill()
time.sleep(0.5)

before_death = read_log(killed_dir)
time.sleep(2)
steps_after_death = len(read_log(killed_dir)) - len(before_death)
print(
    f"worker 0 has done {len(before_death)} steps; 2 s later, {steps_after_death} more"
)
print("worker 0", "waits" if workers[0].poll() is None else "has given up")

# %%
# And what says the function that waits?

message = "nothing went wrong"
try:
    wait_for_workers()
except RuntimeError as error:
    message = str(error)
print(message)

# %%
# Worker 0 does no further step: it cannot take one without the other's gradients. Left
# alone, it gives up with an ``UnavailableError``, here after one to some ten seconds.
# Had the other died before the two had met, it would still wait after a quarter of an
# hour.

# %% And on it goes
# Nothing of the training is left in any memory. But its folder has checkpoints. The
# same program is started again, in the same folder. Where will it begin, and how will
# its losses differ from those of the undisturbed run?

resumed = run(number=2, folder=killed_dir)
resumed_at = int(resumed.index[0])
resumed_gap = (pair["loss"] - resumed["loss"]).abs().max()
print("begins at step", resumed_at)
print(f"largest difference from the run that nothing disturbed: {resumed_gap:.1e}")

figure, axis = plt.subplots(figsize=(8, 4), layout="constrained")
axis.plot(pair["loss"], color="0.8", linewidth=8, label="undisturbed")
axis.plot(before_death["loss"], "o-", label="until worker 1 was killed")
axis.plot(resumed["loss"], "s-", label="started again")
axis.set(title="A training that was killed", xlabel="step", ylabel="loss")
axis.legend()
plt.show()

# %%
# The steps since the last checkpoint are done once more; nothing else is lost, and the
# losses are those of the undisturbed run. That takes three things: the weights, what
# the optimizer remembers, and the place in the data. Real trainings save every few
# minutes rather than every five steps, and the job system does what we did: it ends all
# workers and starts them again.

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
# each, gradients added up, a checkpoint now and then.

# %% Try it yourself
# 1. A famous mistake: write ``loss = tf.reduce_mean(losses)`` into
#    ``training_worker.py``. Which of the two first runs changes, and how? (That with
#    two workers: the loss that it writes doubles. The training hardly changes, since
#    Adam divides the size of a gradient away; with SGD it would be twice the rate.)
# 2. ``run(1, output_dir / "threads", threads=2)``: how many seconds per step? (As many
#    as two workers, or fewer: three times 0.09 to 0.10, against 0.09 to 0.10.)
# 3. Set ``GLOBAL_BATCH = 200`` in that file. How fast are two workers now? (Slower than
#    one, 0.022 s per step against 0.015: a step has little to compute, and the
#    gradients are as large as before.)
# 4. Kill the training once more, and go on with ``run(1, killed_dir)``. Do the losses
#    change? (No, up to rounding. A checkpoint may be read by fewer or more workers.)
# 5. Start two workers, end the second one at once with ``workers.pop().kill()``, and
#    call ``wait_for_workers(limit=20)``. What does worker 0 wait for? (The end of its
#    log says: "Waiting for 1/2 tasks to connect".)

results = {
    "gradient_gap": gradient_gap,
    "mirrored_gap": mirrored_gap,
    "copies_equal": bool(copies_equal),
    "two_process_gap": float(pair_gap.max()),
    "last_loss": float(alone["loss"].iloc[-1]),
    "steps_after_death": steps_after_death,
    "resumed_at": resumed_at,
    "resumed_gap": float(resumed_gap),
    "seconds_one_device": float(seconds_one),
    "seconds_two_devices": float(seconds_mirrored),
    "seconds_one_worker": float(seconds_alone),
    "seconds_two_workers": float(seconds_pair),
}
print(results)
