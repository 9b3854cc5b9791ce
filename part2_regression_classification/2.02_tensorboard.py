"""
2.02 TensorBoard
================

Two networks differ in one word, and one of them has learned nothing after six epochs.
You will

* log scalars, histograms, pictures, a text and a graph while networks train,
* start TensorBoard, seen by your own machine only, and find out which run is sick and
  why,
* read the same files from Python.

:Data: Fashion-MNIST, 24,000 of the training pictures
  (``course_data.load_fashion_mnist``)
:Slides: part 2, "TensorBoard: which run is sick?"
:Takes: about 17 s on two CPU cores
"""

# %% Two runs
# Both networks have five hidden layers of 64 neurons, the same seed, the same pictures
# and the same optimizer. Only one word in them differs. Guessing is right one time in
# ten.

import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from course_data import fresh_output_dir, load_fashion_mnist

plt.style.use("petroff10")

# %%
# 20,000 pictures to train on, 4,000 to validate. Layers and models get names:
# TensorBoard shows what it draws under these names.

(pictures, labels), _ = load_fashion_mnist()
pictures = pictures.astype("float32") / 255
x_train = pictures[:20000]
y_train = labels[:20000]
x_validation = pictures[20000:24000]
y_validation = labels[20000:24000]

activations = {"run_a": "sigmoid", "run_b": "relu"}
layer_names = ["hidden_1", "hidden_2", "hidden_3", "hidden_4", "hidden_5", "output"]

# %%
# The network, with the activation left open:


def build_model(activation):
    """Return a compiled network with five hidden layers."""
    tf.keras.utils.set_random_seed(1)
    model = tf.keras.Sequential(name="classifier")
    model.add(tf.keras.Input(shape=(28, 28)))
    model.add(tf.keras.layers.Flatten())
    for name in layer_names[:-1]:
        model.add(tf.keras.layers.Dense(64, activation=activation, name=name))
    model.add(tf.keras.layers.Dense(10, activation="softmax", name="output"))
    model.compile(
        optimizer=tf.keras.optimizers.SGD(learning_rate=0.1),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    return model


# %% What Keras logs, and what it does not
# A *callback* is an object whose methods ``fit`` calls as it goes. Keras has one that
# writes loss, accuracy and learning rate after every epoch, and with
# ``histogram_freq=1`` all weights as well. What it does not write are the gradients. So
# we write a callback of our own: before each epoch it computes the gradient of every
# layer for some pictures, and hands it to a *writer*.
#
# * ``tf.summary.scalar`` logs one number,
# * ``tf.summary.histogram`` logs how a set of numbers is distributed.


class GradientLog(tf.keras.callbacks.Callback):
    """Log the gradient of each layer before each epoch."""

    def __init__(self, writer, x, y):
        super().__init__()
        self.writer = writer
        self.x = x
        self.y = y

    def on_epoch_begin(self, epoch, logs=None):
        layers = [layer for layer in self.model.layers if layer.trainable_weights]
        kernels = [layer.kernel for layer in layers]
        with tf.GradientTape() as tape:
            probabilities = self.model(self.x)
            loss = self.model.compute_loss(y=self.y, y_pred=probabilities)
        gradients = tape.gradient(loss, kernels)
        with self.writer.as_default(step=epoch):
            for layer, gradient in zip(layers, gradients):
                size = tf.reduce_mean(tf.abs(gradient))
                tf.summary.scalar(f"gradient_size/{layer.name}", size)
                tf.summary.histogram(f"gradient/{layer.name}", gradient)


# %% Train both
# Each run gets a folder of its own below the log folder. TensorBoard shows *every*
# folder that holds a log as a run, so it will list six: ``run_a`` with the gradients,
# ``run_a/train`` and ``run_a/validation`` with what Keras writes, and the same of
# ``run_b``. After the training, three kinds more are written: pictures (here six that
# the network got wrong), a text, and the graph of its operations.

log_folder = fresh_output_dir("2.02") / "logs"
for run, activation in activations.items():
    print(run)
    model = build_model(activation)
    writer = tf.summary.create_file_writer(str(log_folder / run))
    callbacks = [
        tf.keras.callbacks.TensorBoard(log_folder / run, histogram_freq=1),
        GradientLog(writer, x_train[:500], y_train[:500]),
    ]
    model.fit(
        x_train,
        y_train,
        batch_size=128,
        epochs=6,
        validation_data=(x_validation, y_validation),
        callbacks=callbacks,
        verbose=2,
    )
    answers = model.predict(x_validation, verbose=0).argmax(axis=1)
    mistakes = x_validation[answers != y_validation][:6]
    forward_pass = tf.function(model).get_concrete_function(tf.zeros((1, 28, 28)))
    with writer.as_default(step=6):
        tf.summary.image("mistakes", mistakes[..., np.newaxis], max_outputs=6)
        tf.summary.text("note", "Five hidden layers of 64, **SGD**")
        tf.summary.graph(forward_pass.graph)
    writer.close()

# %% Start TensorBoard
# The cell prints a command. Type it into a terminal (Anaconda Prompt) that has the
# environment activated. Open the address that it answers with in a browser; Ctrl+C in
# the terminal ends it. ``--host localhost`` means that nobody but you sees it. It works
# without an internet connection.
#
# At work you start it *before* the training, and switch *Reload data* on in its
# settings (it is off at first): every thirty seconds the page asks again, and the
# curves grow while you watch. Set *Smoothing* to 0, too. By default it draws a moving
# average over the curve, which is for thousands of noisy steps; of six epochs it hides
# more than it shows. (README has a picture of the screen.)

command = f'python -m tensorboard.main --logdir "{log_folder}" --host localhost'
print(command)

# %%
# Now be a doctor. Which run is sick, and where does it hurt? Do not look back at the
# code.
#
# 1. *Scalars*, ``epoch_accuracy``: which of the two does not learn?
# 2. *Scalars*, ``gradient_size``: which layers of the sick one get no gradient?
# 3. *Histograms*, ``classifier/hidden_1/kernel``: do its weights move at all?
# 4. *Images*: what do the mistakes look like? *Graphs*: do the two differ anywhere?
#
# (Of 3: in ``run_a`` one histogram is like the other, for a weight moves by 1 % of its
# size; in ``run_b`` by 30 or 40 %. Of 4: ``run_a`` has one or two answers for all
# pictures, so its mistakes are the first pictures of other classes; and in the graphs
# one reads Sigmoid where the other reads Relu.)

# %% The same, read by Python
# TensorBoard only draws what lies in the files, and Python can read them as well. A
# file is a list of records: a tag, a step, a value, and the kind, which TensorBoard
# calls a *plugin*. What is in the folder? (``graph_keras_model`` is the network as
# Keras sees it, layer by layer; ``graphs`` is TensorFlow's, operation by operation.)


def read_log(folder):
    """Return the reader of a folder's event files, with all of their values."""
    return EventAccumulator(str(folder), size_guidance={"tensors": 0}).Reload()


kinds = {}
for folder in ("run_b", "run_b/train", "run_b/validation"):
    log = read_log(log_folder / folder)
    for tag in log.Tags()["tensors"]:
        kind = log.SummaryMetadata(tag).plugin_data.plugin_name
        kinds.setdefault(kind, []).append(tag)
    if log.Tags()["graph"]:
        kinds.setdefault("graphs", []).append(folder)
for kind, tags in kinds.items():
    print(f"{kind:12} {len(tags):2} tags, such as {tags[0]}")

# %%
# And the diagnosis: accuracy by epoch, and the gradient of each layer before the first.


def values_of(folder, tag):
    """Return the values of a tag, one for each step."""
    events = read_log(log_folder / folder).Tensors(tag)
    return [float(tf.make_ndarray(event.tensor_proto)) for event in events]


# %%
# Both runs side by side:

figure, axes = plt.subplots(1, 2, figsize=(11, 4), layout="constrained")
accuracies = {}
gradient_ratios = {}
for run in activations:
    accuracy = values_of(f"{run}/validation", "epoch_accuracy")
    sizes = [values_of(run, f"gradient_size/{name}")[0] for name in layer_names]
    accuracies[run] = accuracy[-1]
    gradient_ratios[run] = sizes[0] / sizes[-1]
    axes[0].plot(range(1, 7), accuracy, "o-", label=run)
    axes[1].semilogy(layer_names, sizes, "o-", label=run)
axes[0].set(title="What hurts", xlabel="epoch", ylabel="validation accuracy")
axes[0].set_ylim(0, 1)
axes[0].legend()
axes[1].set(title="Why", xlabel="layer", ylabel="mean size of the gradient")
plt.show()

# %%
# The last accuracy, and the first layer's gradient beside the last layer's:

for run in activations:
    print(f"{run}: right on {accuracies[run]:.2f} of the validation pictures")
    print(f"       first gradient / last gradient: {gradient_ratios[run]:.5f}")

# %%
# ``run_a`` is the sick one. Its first layer gets a gradient that is thousands of times
# smaller than its last layer's, and a hundred times smaller than the first layer's of
# the healthy run: it all but stands still. The word was ``sigmoid`` (lesson 1.13). A
# score says that something is wrong; the gradients say where.
#
# Is a first layer that stands still all? Then the later layers could still learn: the
# healthy run with its first layer held fixed gets 0.72 to 0.75 in three seeds. So look
# the other way, too: how much of the picture reaches the output layer? We send 500
# pictures through new networks and print for each layer the spread of a neuron's
# answers over the pictures, divided by their mean.

spreads = {}
for run, activation in activations.items():
    spreads[run] = []
    answers = x_train[:500].reshape(500, 784)
    for layer in build_model(activation).layers[1:-1]:
        answers = layer(answers).numpy()
        spreads[run].append(float(answers.std(axis=0).mean() / answers.mean()))
    print(run, " ".join(f"{spread:.4f}" for spread in spreads[run]))

# %%
# Each further layer of sigmoids leaves about a quarter of the spread, much as the
# gradient shrinks on its way back. After five, a neuron's answers to all pictures are
# the same to three digits. With the five held fixed, and Adam for the output layer, the
# network goes on guessing for six epochs; the healthy one, all five held fixed, gets
# 0.46 to 0.50 from its output layer alone. Nothing is *lost* on the way, it is only
# small: standardise what arrives, and the same output layer is right on 0.76 to 0.77 of
# the pictures (behind relu on 0.66 to 0.71). In six epochs the signal is too small to
# be read, and the gradient too small to mend that. Lesson 1.13 takes the two apart.
#
# It is slow, not dead: after 60 epochs ``run_a`` has 0.64 to 0.69. (These trainings
# were run outside the lesson, three seeds each.)

# %% Two runs in one folder
# The most common mistake: the next training writes into the same folder. Here a network
# with relu, then one with sigmoid, two epochs each. What will stand in the log?

piled = log_folder.parent / "piled"
for activation in ["relu", "sigmoid"]:
    model = build_model(activation)
    callback = tf.keras.callbacks.TensorBoard(piled)
    model.fit(x_train[:2000], y_train[:2000], epochs=2, callbacks=[callback], verbose=0)
steps = [event.step for event in read_log(piled / "train").Tensors("epoch_loss")]
losses = values_of("../piled/train", "epoch_loss")
for step, loss in zip(steps, losses):
    print(f"step {step}: loss {loss:.2f}")

# %%
# All four, with the same steps twice. What does TensorBoard draw? Its screen shows two
# points, the *last* two. A step that is smaller than the one before it means to
# TensorBoard 2.21 that a training was begun anew, and what came before is dropped. No
# line jumps back, nothing warns you: the better of the two networks is not on the
# screen. (With ``--load_fast=false`` all four are drawn, and the line jumps.) So give
# each run a folder, or empty the old one first, as ``fresh_output_dir`` does for this
# lesson.

# %% Try it yourself
# 1. Add ``"run_c": "tanh"`` to ``activations``. Is it sick? (No: its slope at 0 is 1.)
# 2. Train ``run_a`` with ``tf.keras.optimizers.Adam(0.001)``. Does it learn now? (Yes,
#    though late. Adam divides each step by the usual size of the gradient, so small
#    ones count, too.)
# 3. Log the size of each layer's weights in ``on_epoch_begin`` as well, as
#    ``tf.reduce_mean(tf.abs(layer.kernel))``. In which run does it change? (In
#    ``run_b``, by some five per cent in each hidden layer, by a fifth to a quarter in
#    the output layer. In ``run_a`` by one per cent in the output layer and by less than
#    a tenth of one in the others.)

results = {
    "accuracy_run_a": accuracies["run_a"],
    "accuracy_run_b": accuracies["run_b"],
    "gradient_ratio_run_a": gradient_ratios["run_a"],
    "gradient_ratio_run_b": gradient_ratios["run_b"],
    "spread_run_a": spreads["run_a"][-1],
    "spread_run_b": spreads["run_b"][-1],
    "found_scalars": len(kinds["scalars"]),
    "found_histograms": len(kinds["histograms"]),
    "found_images": len(kinds["images"]),
    "found_texts": len(kinds["text"]),
    "found_graphs": len(kinds["graphs"]),
    "points_piled_up": len(steps),
    "steps_piled_up": len(set(steps)),
}
print(results)
