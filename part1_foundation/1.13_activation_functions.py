"""
1.13 Activation functions
=========================

Without activation functions a deep network is a linear model; with the wrong one it
hardly learns. You will

* draw eight activation functions and their slopes, and see which of them saturate,
* measure what saturation does to the gradients of a deep network,
* train the same network with each of them: is ReLU really the fastest?

:Data: Fashion-MNIST, 10,000 training and 10,000 test pictures
  (``course_data.load_fashion_mnist``)
:Slides: part 1, "Activation functions"
:Takes: about 20 s on two CPU cores
"""

# %% A neuron
# A *neuron* multiplies each of its inputs by a *weight*, adds the products up and adds
# one more number, its *bias*. A *layer* is a set of neurons that see the same inputs:
# ``Dense(64)`` computes ``x @ kernel + bias``, and column j of ``kernel`` holds the
# weights of neuron j. Five layers of 64 neurons read 28 x 28 = 784 pixels. Can they do
# more than one layer can?

import time

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import tensorflow as tf

from course_data import load_fashion_mnist

plt.style.use("petroff10")
tf.keras.utils.set_random_seed(1)

(x_train, y_train), (x_test, y_test) = load_fashion_mnist()
x_train, y_train = (
    x_train[:10000].reshape(-1, 784).astype("float32") / 255,
    y_train[:10000],
)
x_test = x_test.reshape(-1, 784).astype("float32") / 255

output, matrix = x_test, tf.linalg.eye(784)
for layer in [tf.keras.layers.Dense(64) for _ in range(5)]:
    output, matrix = layer(output), matrix @ layer.kernel
    print(
        "kernel",
        tuple(layer.kernel.shape),
        "bias",
        tuple(layer.bias.shape),
        "output",
        tuple(output.shape),
    )
collapse_error = float(tf.reduce_max(tf.abs(output - x_test @ matrix)))
print(
    f"outputs up to {np.abs(output).max():.1f}; five layers and one matrix "
    f"differ by at most {collapse_error:.0e}"
)

# %%
# They cannot: a product of matrices is one matrix, and biases add up to one bias. So
# each layer bends its result by an *activation function*. Forgetting ``activation=``
# raises no error.

# %% Curves and slopes
# Training multiplies the slopes of layer after layer. Softmax is different: it turns a
# row of scores into probabilities; here one score moves and two stay at 0. What is the
# largest slope of sigmoid, and what is left of tanh's at 5?

names = ("sigmoid", "tanh", "relu", "leaky_relu", "elu", "gelu", "swish")
functions = {name: tf.keras.activations.get(name) for name in names}
functions["softmax"] = lambda z: tf.nn.softmax(tf.stack([z, 0 * z, 0 * z], axis=1))[
    :, 0
]
z, slopes = tf.linspace(-6.0, 6.0, 1201), {}
figure, axes = plt.subplots(
    2, 4, figsize=(12, 6), sharex=True, sharey=True, layout="constrained"
)
for (name, function), axis in zip(functions.items(), axes.flat):
    with tf.GradientTape() as tape:
        tape.watch(z)
        curve = function(z)
    slope = tape.gradient(curve, z).numpy()
    slopes[name] = {
        "slope at -5": slope[100],
        "at 0": slope[600],
        "at 5": slope[1100],
        "largest": slope.max(),
    }
    axis.plot(z, curve, label="value")
    axis.plot(z, slope, "--", label="slope")
    axis.set(title=name, ylim=(-1.3, 2.3))
print(pd.DataFrame(slopes).T.map("{:.2g}".format))
axes[0, 0].legend()
figure.supxlabel("input of the activation function (no unit)")
figure.supylabel("value and slope (no unit)")
plt.show()

# %%
# Sigmoid, tanh and softmax *saturate*: far from 0 their slope vanishes, and sigmoid
# never passes on more than a quarter. The others keep a slope of about 1 for large
# positive inputs. Below 0, ReLU has none (the tape takes 0 at the corner too), leaky
# ReLU 0.2, and the smooth ones fade.

# %% Gradients in a deep network
# Five *hidden* layers, then an output layer of ten neurons with softmax: a probability
# for each kind of clothing. The *loss*, cross-entropy, is the mean of -log(probability
# given to the right class); blind guessing costs log(10) = 2.30. Sigmoid's slopes
# multiply five times on the way back: how small will the first layer's gradient be,
# compared with the last one's?


def build(activation):
    """The same untrained network with another activation function in its five hidden
    layers."""
    tf.keras.utils.set_random_seed(1)
    hidden = [tf.keras.layers.Dense(64, activation=activation) for _ in range(5)]
    return tf.keras.Sequential(
        [
            tf.keras.Input(shape=(784,)),
            *hidden,
            tf.keras.layers.Dense(10, activation="softmax"),
        ]
    )


sizes = {}
for name in ("sigmoid", "tanh", "relu"):
    model = build(name)
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(
            tf.keras.losses.sparse_categorical_crossentropy(
                y_train[:1000], model(x_train[:1000])
            )
        )
    gradients = tape.gradient(loss, [layer.kernel for layer in model.layers])
    sizes[name] = [
        float(tf.sqrt(tf.reduce_mean(gradient**2))) for gradient in gradients
    ]
    print(
        f"{name:8} loss {loss:.2f}, first layer's gradient "
        f"{sizes[name][0] / sizes[name][-1]:.1e} times the last's"
    )
axis = pd.DataFrame(sizes, index=range(1, 7)).plot(
    style=["o-", "s--", "^-."], logy=True, figsize=(7, 4)
)
axis.set(
    title="Gradients before training",
    xlabel="layer (6 is the output)",
    ylabel="gradient (root mean square)",
)
plt.show()

# %% The race
# Training takes a *batch* of 100 pictures, computes the gradient of their loss, moves
# all weights a little downhill (by the optimizer Adam, lesson 1.11) and takes the next.
# Once through all pictures is an *epoch*. Each network runs until an epoch's mean loss
# is at most 0.35, for 25 epochs at most; "linear", no activation, is the baseline. The
# learning rate is sigmoid's best of 0.0003, 0.001, 0.003 and 0.01. Write down the order
# you expect. The last columns: the share of hidden outputs that are 0 (*sparsity*) and
# their mean (near 0, *zero-centred*, eases learning).

losses, table = {}, {}
for name in ("linear", *names):
    model, losses[name], clock, output = build(name), [np.inf], [], x_test
    optimizer = tf.keras.optimizers.Adam(learning_rate=0.003)
    model.compile(
        optimizer=optimizer,
        loss="sparse_categorical_crossentropy",
        steps_per_execution=20,
    )
    print(f"\n{name:10} loss", end="")
    while losses[name][-1] > 0.35 and len(clock) < 25:
        start = time.perf_counter()
        losses[name] += model.fit(x_train, y_train, batch_size=100, verbose=0).history[
            "loss"
        ]
        clock.append(time.perf_counter() - start)
        print(f" {losses[name][-1]:.2f}", end="", flush=True)
    *hidden, probabilities = [output := layer(output).numpy() for layer in model.layers]
    table[name] = {
        "epochs": len(clock),
        "seconds": round(
            len(clock) * np.median(clock), 1
        ),  # the median leaves out the compiling in epoch 1
        "test accuracy": round(np.mean(probabilities.argmax(axis=1) == y_test), 3),
        "zeros": round(np.mean(np.equal(hidden, 0)), 2),
        "mean": round(np.mean(hidden, dtype=float), 2),
    }
print("\n\n" + pd.DataFrame.from_dict(table, orient="index").to_string())

curves = pd.DataFrame(
    {
        name: pd.Series(losses[name][1:])
        for name in ("linear", "sigmoid", "tanh", "relu")
    }
)
axis = curves.set_index(curves.index + 1).plot(
    style=[":", "-", "--", "-."], figsize=(7, 4), ylim=(0.3, 1.2)
)
axis.set(
    title="The race to a loss of 0.35",
    xlabel="epoch",
    ylabel="training loss (cross-entropy)",
)
plt.show()

# %%
# Over four seeds ReLU needed 8 epochs and sigmoid 16 to 22, at much the same cost per
# epoch: ReLU was 1.8 to 2.5 times as fast. It was not *the* fastest: tanh took 7 to 9,
# the others 6 to 8, and their accuracies differ no more than from seed to seed. "Six
# times faster than tanh" (Krizhevsky 2012) was one convolutional network. ReLU is the
# usual first choice: simple, sparse, at ease with large rates (exercise 1). But a
# neuron that is 0 for every picture is *dead*: it gets no gradient.

# %% Try it yourself
# 1. Race with a learning rate of 0.01. (ReLU arrives in 13 to 16 epochs; tanh
#    saturates, above 0.5.)
# 2. ``range(1)`` in ``build``. Does sigmoid still lose? (No: 8 or 9 epochs, ReLU 7 to
#    9. With ``range(10)`` ReLU takes 13 or 14, sigmoid stays above 1.7. It is depth
#    that hurts it.)

results = {
    "collapse_error": collapse_error,
    "tanh_slope_at_5": float(slopes["tanh"]["at 5"]),
    "sigmoid_largest_slope": float(slopes["sigmoid"]["largest"]),
    "gradient_ratio_sigmoid": sizes["sigmoid"][0] / sizes["sigmoid"][-1],
    "gradient_ratio_relu": sizes["relu"][0] / sizes["relu"][-1],
    "linear_reached": bool(losses["linear"][-1] <= 0.35),
    "epochs_relu": table["relu"]["epochs"],
    "epochs_sigmoid_minus_relu": table["sigmoid"]["epochs"] - table["relu"]["epochs"],
    "accuracy_relu": float(table["relu"]["test accuracy"]),
    "zeros_relu": float(table["relu"]["zeros"]),
}
print(results)
