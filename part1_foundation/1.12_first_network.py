"""
1.12 The first network
======================

One network from the first line to the verdict, and every word that you need to talk
about it. You will

* build, train and judge a network with five calls of Keras,
* say what neuron, layer, loss, batch, epoch, validation and optimizer mean,
* check that ``fit`` does nothing but the loop of lesson 1.11.

:Data: Fashion-MNIST, all 70,000 pictures (``course_data.load_fashion_mnist``)
:Slides: part 1, "The loss says how wrong the answers are", "A deep network learns its
  features; nobody writes them", "A neuron: a weighted sum, then an activation",
  "Training goes in a circle of four steps", "What a batch, an iteration and an epoch
  are"
:Takes: about 13 s on two CPU cores
"""

# %% The data
# Each picture shows one piece of clothing, 28 × 28 pixels. A pixel is a grey level from
# 0 (black) to 255 (white); we divide by 255, so that the network works with numbers
# from 0 to 1. The *label* says which of ten kinds of clothing it is.

import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf

from course_data import FASHION_MNIST_CLASSES, load_fashion_mnist

plt.style.use("petroff10")
tf.keras.utils.set_random_seed(1)

(x_train, y_train), (x_test, y_test) = load_fashion_mnist()
x_train = x_train.astype("float32") / 255
x_test = x_test.astype("float32") / 255
print("training pictures", x_train.shape, "and labels", y_train.shape)
print("test pictures    ", x_test.shape, "and labels", y_test.shape)
print("first picture shows:", FASHION_MNIST_CLASSES[y_train[0]])

# %%
# The *test* rows are put away now. They are looked at once, at the end, and they answer
# one question: how good is the network on pictures that nobody has used for anything?

# %% Build: the model
# A *neuron* multiplies each of its inputs by a *weight*, adds everything up, and adds
# one more number, its *bias*. An *activation function* bends the result; ``relu`` turns
# negative numbers into 0.
#
# A *layer* is a set of neurons that see the same inputs. ``Dense(100)`` has 100 of
# them. ``Flatten`` has no neurons: it lays the 28 rows of a picture end to end, 784
# numbers. The last layer has ten neurons, one for each kind of clothing, and
# ``softmax`` turns their ten results into probabilities that add up to 1.
#
# A layer between the inputs and the answer is called *hidden*. Here is one; a network
# with several of them is *deep*.

model = tf.keras.Sequential(
    [
        tf.keras.Input(shape=(28, 28)),
        tf.keras.layers.Flatten(),
        tf.keras.layers.Dense(100, activation="relu"),
        tf.keras.layers.Dense(10, activation="softmax"),
    ]
)
model.summary()

# %%
# The weights and biases are what the network learns: its *parameters*. The hidden layer
# has 784 × 100 weights and 100 biases; count the output layer's yourself (1,010).

# %% A guess and its loss
# The weights start as random numbers, the biases at 0. What does such a network say?

probabilities = model(x_train[:1]).numpy()[0]
for name, probability in zip(FASHION_MNIST_CLASSES, probabilities):
    print(f"{name:12} {probability:.3f}")

# %%
# Going through the layers from the picture to the probabilities is the *forward pass*.
#
# The *loss* says how wrong an answer is. For classes it is the *cross-entropy*: minus
# the logarithm of the probability that the right class got. Sure and right costs 0.
# Blind guessing, a tenth for each class, costs log(10) = 2.30. Sure and wrong costs
# more than any limit.

right_class = y_train[0]
loss_by_hand = -np.log(probabilities[right_class])
loss_function = tf.keras.losses.SparseCategoricalCrossentropy()
loss_by_keras = float(loss_function(y_train[:1], model(x_train[:1])))
print(f"probability of the right class: {probabilities[right_class]:.3f}")
print(f"loss by hand {loss_by_hand:.4f}, by Keras {loss_by_keras:.4f}")

# %% Compile: what to minimise, and how
# *Training* changes the parameters so that the loss gets smaller. Lesson 1.11 did it by
# hand: take the gradient of the loss, and step against it. Finding that gradient, from
# the loss back through the layers, is the *backward pass*; lesson 1.11 did that by hand
# as well, and its name is *backpropagation*. The rule for the step is the
# *optimizer*; here plain stochastic gradient descent with a *learning rate* of 0.1.
#
# A *metric* is a number for people. Accuracy, the share of right answers, is what we
# care about; but it moves in jumps and has no useful gradient, so training minimises
# the loss instead.

model.compile(
    optimizer=tf.keras.optimizers.SGD(learning_rate=0.1),
    loss="sparse_categorical_crossentropy",
    metrics=["accuracy"],
)
start_weights = model.get_weights()

# %% Fit: the training
# ``fit`` takes the pictures in *batches*, here of 100. One batch, one step: that is an
# *iteration*. Once through all pictures is an *epoch*.
#
# ``validation_split=0.1`` puts the last tenth of the training rows aside. The network
# is never trained on these *validation* rows; after each epoch it is asked about them.
# (It takes the last rows as they stand, before it shuffles the others: rows that are
# sorted by class must be shuffled before, or the last class is never trained.)
#
# Before you run the cell: how many iterations has an epoch? And how high will the
# accuracy be after five epochs, if guessing is right once in ten times?

history = model.fit(
    x_train,
    y_train,
    batch_size=100,
    epochs=5,
    validation_split=0.1,
    verbose=2,
)

# %%
# 540 iterations: 54,000 pictures in batches of 100. Most of the learning happens in the
# first epoch. ``history`` remembers the numbers of every epoch; draw them.

epochs = range(1, 6)
figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
left.plot(epochs, history.history["loss"], "o-", label="training")
left.plot(epochs, history.history["val_loss"], "s--", label="validation")
left.set(title="Loss", xlabel="epoch", ylabel="cross-entropy", xticks=epochs)
left.legend()
right.plot(epochs, history.history["accuracy"], "o-", label="training")
right.plot(epochs, history.history["val_accuracy"], "s--", label="validation")
right.set(title="Accuracy", xlabel="epoch", ylabel="share right", xticks=epochs)
right.legend()
plt.show()

# %%
# The validation rows tell whether the network learns something about clothes, or only
# these 54,000 pictures by heart. As long as both losses fall, it learns, even if the
# one of the validation rows falls more slowly. When that one rises again while the
# other falls on, it is *overfitting*, and part 5 of this course begins.
#
# Why does it do *better* on validation rows in the first epoch? The training number is
# a mean over the whole epoch, its clumsy beginning included; the validation number is
# taken at the end.

# %% Evaluate: the verdict
# Now the test rows, once.

test_loss, test_accuracy = model.evaluate(x_test, y_test, batch_size=1000, verbose=0)
print(f"right on {test_accuracy:.1%} of 10,000 pictures never used before")

# %%
# Is that good? A guess is right on 10 %. But an SVM and gradient boosting come to 90 %
# on these pictures (lesson 3.07): for the moment the network is behind what you know.
# The network of lesson 3.07 is ahead.

# %% Predict: use it
# ``predict`` hands back ten probabilities for each picture. Where does the network
# hesitate, and would you have known better?

probabilities = model.predict(x_test[:5], verbose=0)
figure, axes = plt.subplots(2, 5, figsize=(12, 5.5), sharey="row", layout="constrained")
for column in range(5):
    axes[0, column].imshow(x_test[column], cmap="gray")
    axes[0, column].set_title(FASHION_MNIST_CLASSES[y_test[column]])
    axes[0, column].axis("off")
    axes[1, column].barh(FASHION_MNIST_CLASSES, probabilities[column])
    axes[1, column].set(xlabel="probability", xlim=(0, 1))
axes[1, 0].set_ylabel("class")
figure.suptitle("Five test pictures, their labels, and what the network says")
plt.show()

# %%
# The two likeliest classes of each:

for picture in range(5):
    first, second = np.argsort(probabilities[picture])[::-1][:2]
    print(f"{FASHION_MNIST_CLASSES[y_test[picture]]:10}", end=" ")
    print(
        f"{FASHION_MNIST_CLASSES[first]} {probabilities[picture, first]:.2f}", end=", "
    )
    print(f"{FASHION_MNIST_CLASSES[second]} {probabilities[picture, second]:.2f}")

# %%
# It hesitates at the shirt, which might be a T-shirt, and at the boot, which it might
# take for a sneaker (with some seeds hardly at all): mistakes that people make, too.
# Trousers it knows for sure.

# %% Is ``fit`` magic?
# It is not. Here is one epoch by hand, with the loop of lesson 1.11: forward pass,
# loss, backward pass, step. Both networks start from the same weights and see the same
# batches in the same order (``shuffle=False``). How far apart will their losses be?

model.set_weights(start_weights)
by_fit = model.fit(x_train, y_train, batch_size=100, shuffle=False, verbose=0)

model.set_weights(start_weights)
batch_losses = []

# %%
# ``training=True`` tells layers that behave differently in training, such as dropout
# (lesson 5.04). The step is written out; for any optimizer of Keras it would be
# ``optimizer.apply(gradients, model.trainable_variables)``.


@tf.function
def training_step(x_batch, y_batch):
    """One iteration; returns the loss before the step."""
    with tf.GradientTape() as tape:
        loss = loss_function(y_batch, model(x_batch, training=True))
    gradients = tape.gradient(loss, model.trainable_variables)
    for variable, gradient in zip(model.trainable_variables, gradients):
        variable.assign_sub(0.1 * gradient)
    return loss


# %%
# 600 batches, one after the other:

for start in range(0, 60000, 100):
    x_batch = tf.constant(x_train[start : start + 100])
    y_batch = tf.constant(y_train[start : start + 100])
    batch_losses.append(float(training_step(x_batch, y_batch)))

loss_by_fit = by_fit.history["loss"][0]
loss_by_loop = float(np.mean(batch_losses))
print(f"mean loss of the epoch: fit {loss_by_fit:.5f}, by hand {loss_by_loop:.5f}")

# %%
# The same number. ``fit`` adds batches, progress lines, validation and callbacks around
# that loop; it is what you use from now on. When you want something that it does not
# do, you know what is inside.

# %% Try it yourself
# 1. Take the hidden layer out. How much accuracy on the validation rows does it cost?
#    (Some two points: what is left is multinomial logistic regression.)
# 2. Set the learning rate to ``10.0``. What does the loss do? (It explodes in the first
#    epoch, then stays near 2.3, and the accuracy is 0.1: the hidden neurons are driven
#    so far below 0 that ``relu`` passes nothing on, and nothing can bring them back.)
# 3. Do not divide the pictures by 255. Why does the same learning rate fail now? (The
#    inputs are 255 times as large, and the gradients of both W some 500 to 700 times.
#    It ends as in exercise 2. The loss of the guess is in the hundreds already, and
#    infinite by hand: the logarithm of a probability that float32 has rounded to 0.)

results = {
    "loss_by_hand_minus_keras": abs(float(loss_by_hand) - loss_by_keras),
    "first_epoch_accuracy": history.history["accuracy"][0],
    "test_accuracy": test_accuracy,
    "fit_minus_loop": abs(loss_by_fit - loss_by_loop),
}
print(results)
