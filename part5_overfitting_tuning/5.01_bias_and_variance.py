"""
5.01 Bias and variance
======================

Is a network good enough, and if not, what is wrong with it? You will

* tell from two curves whether a network underfits, overfits or is about right,
* draw a learning curve, and say from it whether more data would help,
* put a rule of thumb about the number of weights to the test.

:Data: Fashion-MNIST, 2,000 of the 60,000 training pictures
    (``course_data.load_fashion_mnist``)
:Slides: part 5, "Bias and variance", "Read it from two curves", "Would more data
    help?", "At most half as many weights as samples"
:Takes: about 41 s on two CPU cores
"""

# %% A small problem
# Nobody gives you 60,000 labelled pictures. Lessons 5.01 to 5.06 therefore share one
# small problem: the first 2,000 training pictures of Fashion-MNIST. It is small enough
# to go wrong, and to try many cures in minutes.
#
# The last 2,000 of the 60,000 are our *validation* pictures: every choice in this
# lesson is made on them. The 10,000 test pictures wait for the verdict.

import matplotlib.pyplot as plt
import pandas as pd
import tensorflow as tf
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from tqdm import tqdm

from course_data import load_fashion_mnist

plt.style.use("petroff10")

# %%
# The three parts, with grey levels from 0 to 1:

(pictures, labels), (x_test, y_test) = load_fashion_mnist()
pictures = pictures.astype("float32") / 255
x_test = x_test.astype("float32") / 255

x_train = pictures[:2000]
y_train = labels[:2000]
x_validation = pictures[-2000:]
y_validation = labels[-2000:]
print("training  ", x_train.shape)
print("validation", x_validation.shape)
print("test      ", x_test.shape)

# %% Two baselines
# You know what to do with 2,000 rows and 784 columns. How well will a linear model do,
# and how well a forest of 200 trees?

flat_train = x_train.reshape(2000, 784)
flat_validation = x_validation.reshape(2000, 784)

linear = LogisticRegression(C=0.01, max_iter=300)
linear.fit(flat_train, y_train)
linear_accuracy = linear.score(flat_validation, y_validation)

forest = RandomForestClassifier(n_estimators=200, random_state=0)
forest.fit(flat_train, y_train)
forest_accuracy = forest.score(flat_validation, y_validation)

print(f"logistic regression: {linear_accuracy:.3f} of the validation pictures right")
print(f"random forest:       {forest_accuracy:.3f}")

# %%
# Remember these two numbers. A forest is hard to beat where there is little data.

# %% Three networks
# They differ in their hidden layers: one layer of 2 neurons, one layer of 16, or two
# layers of 256. The function below builds any of them. (``steps_per_execution=20`` lets
# TensorFlow take 20 steps before Python hears of it again. The results are the same,
# and it saves a third of the time where steps are as short as here.)


def build_model(hidden_layers, activation="relu", learning_rate=0.0005):
    """Build and compile a network; ``hidden_layers`` lists the layers' neurons."""
    tf.keras.utils.set_random_seed(1)
    model = tf.keras.Sequential()
    model.add(tf.keras.Input(shape=(28, 28)))
    model.add(tf.keras.layers.Flatten())
    for neurons in hidden_layers:
        model.add(tf.keras.layers.Dense(neurons, activation=activation))
    model.add(tf.keras.layers.Dense(10, activation="softmax"))
    model.compile(
        optimizer=tf.keras.optimizers.Adam(learning_rate=learning_rate),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
        steps_per_execution=20,
    )
    return model


models = {
    "small": build_model([2], activation="tanh", learning_rate=0.005),
    "middle": build_model([16]),
    "large": build_model([256, 256]),
}
for name, model in models.items():
    print(f"{name:7} {model.count_params():8,} weights")

# %%
# The small network gets larger steps, or it would not arrive within 40 epochs. And it
# gets ``tanh``: a ``relu`` neuron that answers 0 to every picture never learns again,
# and of two neurons none can be spared.
#
# All three are trained for 40 epochs on the same 2,000 pictures. After each epoch they
# are asked about the validation pictures. Predict: which network will have the lowest
# loss on the training pictures? And which one on the validation pictures?

histories = {}
for name, model in tqdm(models.items()):
    history = model.fit(
        x_train,
        y_train,
        batch_size=100,
        epochs=40,
        validation_data=(x_validation, y_validation),
        validation_batch_size=1000,
        verbose=0,
    )
    histories[name] = pd.DataFrame(history.history)

# %%
# Two curves for each network. Say what is wrong with each before you read on.

figure, axes = plt.subplots(1, 3, figsize=(12, 4), sharey=True, layout="constrained")
titles = ["small: 2 neurons", "middle: 16", "large: 256 + 256"]
for axis, name, title in zip(axes, histories, titles):
    history = histories[name]
    axis.plot(history["loss"], label="training")
    axis.plot(history["val_loss"], "--", label="validation")
    axis.set(title=title, xlabel="epoch", ylim=(0, 2.4))
axes[0].set_ylabel("loss (cross-entropy)")
axes[0].legend()
plt.show()

# %% Three diagnoses
# **Small: underfitting.** Both curves stay high. The network is bad even at the
# pictures it trains on; with two neurons it cannot tell ten classes apart. Statistics
# calls this *bias*: an error that is built into the model. (It has nothing to do with a
# neuron's bias.) The cure is a larger network, or longer training.
#
# **Large: overfitting.** The training loss goes on towards 0. The validation loss stops
# falling after some five epochs, wobbles, and ends higher than it once was. What the
# network still learns is true of these 2,000 pictures and of no others. Statistics
# calls this *variance*: with 2,000 other pictures the network would have become a
# different one. The cures are the subject of the next five lessons.
#
# **Middle: about right.** Both curves are low, both still fall, and they part slowly.
#
# So you need two numbers. The training score tells the bias, the *gap* between
# training and validation score tells the variance.

rows = []
for name in histories:
    last_epoch = histories[name].iloc[-1]
    rows.append(
        {
            "network": name,
            "training accuracy": last_epoch["accuracy"],
            "validation accuracy": last_epoch["val_accuracy"],
            "gap": last_epoch["accuracy"] - last_epoch["val_accuracy"],
            "validation loss": last_epoch["val_loss"],
            "its lowest value": histories[name]["val_loss"].min(),
        }
    )
diagnoses = pd.DataFrame(rows).set_index("network")
print(diagnoses.round(3).T)

# %%
# Small and middle have the same gap, about 0.07, and yet one is useless and the other
# is fine: a gap alone says nothing. Look at the training score first.
#
# And did you see the last column? The large network has twice the gap, and still it is
# right on more validation pictures than the middle one. Overfitting shows in its
# *loss*: when it is wrong, it is sure of itself. Accuracy counts how many answers are
# wrong; the loss also counts how sure they were.
#
# An overfitted network is not a useless one. It is one that could do better.

# %% Would more data help?
# More pictures cost money. A *learning curve* tells beforehand whether they are worth
# it: train on 500, 1,000, 2,000, … pictures and look where the two scores are going.
#
# Each training below makes 800 steps, however many pictures there are. So the pictures
# come from a ``tf.data`` pipeline (lesson 2.01): shuffled, round after round, in
# batches of 100. (``shuffle=False`` tells ``fit`` that this has been done; lesson 5.12
# compares the two ways of shuffling.) Which of the two networks will profit from more
# pictures, the small or the large one?


def train(model, size):
    """Train on the first ``size`` pictures for 800 steps of 100."""
    dataset = tf.data.Dataset.from_tensor_slices((pictures[:size], labels[:size]))
    batches = dataset.cache().shuffle(size).repeat().batch(100)
    model.fit(batches, steps_per_epoch=800, shuffle=False, verbose=0)


def score_with(size, model):
    """Train on the first ``size`` pictures; return both accuracies."""
    train(model, size)
    x_part = pictures[:size]
    y_part = labels[:size]
    _, training = model.evaluate(x_part, y_part, batch_size=1000, verbose=0)
    _, validation = model.evaluate(
        x_validation, y_validation, batch_size=1000, verbose=0
    )
    return {"pictures": size, "training": training, "validation": validation}


# %%
# Three sizes for the small network, five for the large one:

small_rows = []
for size in tqdm([500, 2000, 8000], desc="small"):
    model = build_model([2], activation="tanh", learning_rate=0.005)
    small_rows.append(score_with(size, model))

large_rows = []
for size in tqdm([500, 1000, 2000, 4000, 8000], desc="large"):
    model = build_model([256, 256])
    large_rows.append(score_with(size, model))

learning_curves = {
    "small": pd.DataFrame(small_rows).set_index("pictures"),
    "large": pd.DataFrame(large_rows).set_index("pictures"),
}

# %%
# Which of the two gains from more pictures? And does the gap close?

figure, axes = plt.subplots(1, 2, figsize=(10, 4), sharey=True, layout="constrained")
for axis, name in zip(axes, learning_curves):
    learning_curves[name].plot(ax=axis, style=["o-", "s--"], logx=True)
    axis.set(title=f"{name} network", xlabel="training pictures", ylim=(0, 1.02))
    axis.set_xticks([500, 1000, 2000, 4000, 8000], [500, 1000, 2000, 4000, 8000])
    axis.minorticks_off()
axes[0].set_ylabel("accuracy")
axes[1].legend(loc="lower right")
plt.show()
print(learning_curves["large"].round(3).T)

# %%
# With 500 pictures even two neurons overfit. With 8,000 the small network's curves have
# nearly met, at 0.5: from here on more pictures cannot lift it. The large network's
# curves come towards each other and have not met: each doubling lifts the validation
# score by about a point, and there is more to come.
#
# That is the practical use of the two words. With high bias, change the model. With
# high variance, get data, or hold the model back.

# %% A rule of thumb on trial
# An old rule says: *a network should have at most half as many weights as there are
# training samples*. For us that is 1,000 weights. The smallest hidden layer, a single
# neuron, already takes 784 of them.
#
# The next cell trains one hidden layer of 1, 2, 4, … 512 neurons; the narrowest ones
# again with large steps and ``tanh``. By the rule, where should the validation score be
# best, and where should it break down?

widths = [1, 2, 4, 8, 16, 64, 512]
rows = []
for width in tqdm(widths):
    if width <= 4:
        model = build_model([width], activation="tanh", learning_rate=0.005)
    else:
        model = build_model([width])
    train(model, 2000)
    training_loss, training = model.evaluate(
        x_train, y_train, batch_size=1000, verbose=0
    )
    validation_loss, validation = model.evaluate(
        x_validation, y_validation, batch_size=1000, verbose=0
    )
    rows.append(
        {
            "neurons": width,
            "weights a picture": model.count_params() / 2000,
            "training accuracy": training,
            "validation accuracy": validation,
            "training loss": training_loss,
            "validation loss": validation_loss,
        }
    )
width_curve = pd.DataFrame(rows).set_index("weights a picture")
print(width_curve.round(3).to_string())

# %%
# Scores against some property of the model are a *validation curve*. The grey line is
# the rule: to its left a network obeys it.

figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
accuracies = width_curve[["training accuracy", "validation accuracy"]]
accuracies.plot(ax=left, style=["o-", "s--"], logx=True)
left.set(title="Accuracy", ylabel="share right")
left.legend(["training", "validation"], loc="lower right")
losses = width_curve[["training loss", "validation loss"]]
losses.plot(ax=right, style=["o-", "s--"], logx=True)
right.set(title="Loss", ylabel="cross-entropy")
right.legend(["training", "validation"])
for axis in (left, right):
    axis.axvline(0.5, color="grey", linestyle=":")
plt.show()

# %%
# The only network that obeys the rule is the worst: right on two pictures in ten.
# (Other rates, ``relu`` and other seeds brought one neuron to 0.30 and two to 0.59 at
# best.) The best networks have 25 and 200 weights for every picture. Nothing breaks
# down at the right end: the training score climbs, the gap grows with it, and the
# validation score does not fall. Three seeds agree on that.
#
# Look at the network of 4 neurons, too. It has less than two weights a picture, took
# larger steps, and has a gap nearly as large as that of the network with 200. The
# number of weights alone does not decide whether a network overfits.
#
# The rule comes from linear models, which are always fitted to the very end. A network
# starts with small weights, moves a little with each step, and is stopped some time.
# How far it may go matters more than in how many directions it could. Large networks,
# held back, are what everybody uses; the next lessons show how to hold them back.

# %% The verdict
# Now the test pictures, once, for the large network and for the two baselines.

large = models["large"]
_, training_accuracy = large.evaluate(x_train, y_train, batch_size=1000, verbose=0)
test_loss, test_accuracy = large.evaluate(x_test, y_test, batch_size=1000, verbose=0)

flat_test = x_test.reshape(10000, 784)
linear_test_accuracy = linear.score(flat_test, y_test)
forest_test_accuracy = forest.score(flat_test, y_test)

print(f"large network:       {test_accuracy:.3f}, loss {test_loss:.3f}")
print(f"its gap:             {training_accuracy - test_accuracy:.3f}")
print(f"logistic regression: {linear_test_accuracy:.3f}")
print(f"random forest:       {forest_test_accuracy:.3f}")

# %%
# The large network is no better than the forest, and its gap is about 0.17. With other
# seeds it is right on 0.81 to 0.82 of the test pictures. This is the *bare* network
# that lessons 5.02 to 5.06 try to improve.

# %% Try it yourself
# 1. Train the middle network for 200 epochs. Which diagnosis does it get now?
#    (Overfitting: training accuracy about 0.98, a gap of about 0.16, and the validation
#    loss turns round after some 80 epochs. Time does what size does.)
# 2. Train the large network for 5 epochs only. How large is the gap, and what does it
#    cost? (About 0.05 instead of 0.15. The validation accuracy falls to about 0.81, but
#    the validation loss is lower than after 40 epochs. Lesson 5.06 makes a method of
#    that.)
# 3. Train a second large network on ``pictures[2000:4000]``. On how many validation
#    pictures do the two disagree? (On about 16 %, though both are right on about 0.82
#    of all. That is variance, seen directly.)

results = {
    "small_training_accuracy": float(diagnoses.loc["small", "training accuracy"]),
    "large_gap": float(diagnoses.loc["large", "gap"]),
    "one_neuron_accuracy": float(width_curve["validation accuracy"].iloc[0]),
    "widest_accuracy": float(width_curve["validation accuracy"].iloc[-1]),
    "accuracy_500_pictures": float(learning_curves["large"].loc[500, "validation"]),
    "accuracy_8000_pictures": float(learning_curves["large"].loc[8000, "validation"]),
    "test_accuracy": test_accuracy,
    "test_gap": training_accuracy - test_accuracy,
    "linear_test_accuracy": float(linear_test_accuracy),
    "forest_test_accuracy": float(forest_test_accuracy),
}
print(results)
