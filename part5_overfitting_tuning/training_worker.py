"""The program of a worker: one training that is shared out among several processes.

Lesson 5.16 starts it and reads what it prints. By hand, on each machine, with the
environment variable ``TF_CONFIG`` set as that lesson shows:

    python training_worker.py FOLDER

All workers run this same file. Each writes a checkpoint into FOLDER every five steps,
and all begin from the last one of worker 0 if there is one: so FOLDER lies where all
workers can read it.
"""

# %% Who am I?
# ``MultiWorkerMirroredStrategy`` reads ``TF_CONFIG`` and waits until all workers have
# answered.

import sys
import time
from pathlib import Path

import tensorflow as tf

from course_data import load_fashion_mnist

GLOBAL_BATCH = 2000
folder = Path(sys.argv[1])
strategy = tf.distribute.MultiWorkerMirroredStrategy()
worker_index = strategy.cluster_resolver.task_id

# %% The network
# It is made inside ``strategy.scope()``, and so is its optimizer. All replicas begin
# with the same weights: the strategy sends those of worker 0 to the others, whatever
# their seeds are. The seed is there to make the run repeatable.
#
# The loss function does not take the mean: ``reduction="none"`` keeps one loss for each
# picture. A worker's own mean would be too large, by the number of workers, since the
# gradients of all are added up (see the loop below).

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

# %% Where did we stop?
# A *checkpoint* holds all that the training needs to go on: the weights, and what the
# optimizer remembers, which includes the number of steps done. The strategy wants every
# worker to save; worker 0's files are the ones that count.

checkpoint = tf.train.Checkpoint(model=model, optimizer=optimizer)
manager = tf.train.CheckpointManager(
    checkpoint, folder / f"checkpoint_{worker_index}", max_to_keep=2
)
saved = tf.train.latest_checkpoint(folder / "checkpoint_0")
if saved:
    checkpoint.restore(saved).assert_consumed()
steps_done = int(optimizer.iterations.numpy())
print("begins at step", steps_done, flush=True)

# %% My rows
# Each worker picks its own: with two workers, every second one. So the 1,000 rows of
# both are together just the 2,000 rows that a single worker would take in that step
# (nothing is shuffled). What was done before the last checkpoint is skipped.

(x_train, y_train), _ = load_fashion_mnist()
x_train = x_train[:, :, :, None].astype("float32") / 255


def rows_of_this_worker(context):
    """Return the batches of one worker as a dataset; ``context`` says which it is."""
    rows = slice(context.input_pipeline_id, None, context.num_input_pipelines)
    pairs = tf.data.Dataset.from_tensor_slices((x_train[rows], y_train[rows]))
    batches = pairs.batch(context.get_per_replica_batch_size(GLOBAL_BATCH))
    return batches.skip(steps_done)


dataset = strategy.distribute_datasets_from_function(rows_of_this_worker)

# %% The loop
# Keras 3 does not support this strategy (its ``fit`` ends with an error), so the loop
# is written out. ``strategy.run`` calls ``replica_step`` in every replica. There,
# ``optimizer.apply`` adds up the gradients of all replicas before it takes the step. A
# sum, not a mean: so each replica divides its loss by the size of the *global* batch.


def replica_step(images, labels):
    """Take one step in this replica; return its share of the batch's mean loss."""
    with tf.GradientTape() as tape:
        losses = loss_function(labels, model(images, training=True))
        loss = tf.reduce_sum(losses) / GLOBAL_BATCH
    gradients = tape.gradient(loss, model.trainable_variables)
    optimizer.apply(gradients, model.trainable_variables)
    return loss


@tf.function
def train_step(images, labels):
    """Take one step in all replicas; return the mean loss over the global batch."""
    loss_of_each_replica = strategy.run(replica_step, args=(images, labels))
    return strategy.reduce("SUM", loss_of_each_replica, axis=None)


# %%
# Step by step, from where the last checkpoint ends:

start = time.perf_counter()
for step, (images, labels) in enumerate(dataset, start=steps_done):
    loss = float(train_step(images, labels))
    now = time.perf_counter()
    print(f"step {step} loss {loss:.7f} seconds {now - start:.4f}", flush=True)
    if (step + 1) % 5 == 0:
        manager.save()
    start = time.perf_counter()
