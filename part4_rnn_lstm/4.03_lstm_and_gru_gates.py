"""
4.03 The gates of LSTM and GRU
==============================

A gate is a number between 0 and 1 that something is multiplied by. You will

* compute a step of an LSTM and of a GRU by hand, equal to the workbook and to Keras,
* train an LSTM of a single unit, and watch its gates while it reads a question,
* hold each gate open and see what it was good for.

:Data: the workbook ``Miscelaneous.xlsx``, tab *LSTM cell*; TREC questions
  (``course_data.load_trec_questions``)
:Slides: part 4, "LSTM", "GRU", "One unit reads a question"
:Takes: about 8 s on two CPU cores
"""

# %% A second line of memory
# A ``SimpleRNN`` makes its whole state anew at each step, and lesson 4.02 has shown how
# the past fades in that. The *LSTM* (long short-term memory, Hochreiter and Schmidhuber
# 1997) keeps a second state, the *cell state* c, that is only touched where a gate says
# so. Three gates and a candidate are computed from the input x and the last output h:
#
#     input gate   i = sigmoid(...)   how much of the candidate is written
#     forget gate  f = sigmoid(...)   how much of the old cell state is kept
#     candidate    g = tanh(...)      what could be written
#     output gate  o = sigmoid(...)   how much of the cell state is shown
#
#     new cell state  c = f × c + i × g
#     new output      h = o × tanh(c)
#
# In each bracket stands the same formula with weights of its own: x × W + h × U + b.
# Open the tab *LSTM cell* of the workbook: one unit, two inputs. We read its numbers.

import matplotlib.pyplot as plt
import numpy as np
import openpyxl
import pandas as pd
import tensorflow as tf

from course_data import COURSE_DIR, load_trec_questions

plt.style.use("petroff10")

workbook = openpyxl.load_workbook(COURSE_DIR / "Miscelaneous.xlsx", data_only=True)
sheet = workbook["LSTM cell"]


def read_cells(cells):
    """Return a range of the tab as an array."""
    values = []
    for row in sheet[cells]:
        values.append([cell.value for cell in row])
    return np.array(values, dtype="float64")


# %%
# Input, last output and last cell state, and the weights of the four brackets:

x1, x2, h_before, c_before = read_cells("B5:B8")[:, 0]
weights = read_cells("B12:E15")
table = pd.DataFrame(
    weights,
    index=["input", "forget", "candidate", "output"],
    columns=["weight 1", "weight 2", "recurrent", "bias"],
)
print("x", x1, x2, " h", h_before, " c", c_before)
print(table)

# %%
# First the four brackets. For the input gate: 0.5 × 1 - 0.3 × (-0.5) + 0.8 × 0.4 + 0.1
# = 1.07. Then the four squeezes, and the two last lines of the formula.


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


brackets = weights @ np.array([x1, x2, h_before, 1])
i = sigmoid(brackets[0])
f = sigmoid(brackets[1])
g = np.tanh(brackets[2])
o = sigmoid(brackets[3])
c = f * c_before + i * g
h = o * np.tanh(c)
print("brackets", brackets.round(4))
print(
    f"input gate {i:.4f}, forget gate {f:.4f}, candidate {g:.4f}, output gate {o:.4f}"
)
print(f"new cell state {c:.6f}, in the workbook {sheet['B17'].value:.6f}")
print(f"new output     {h:.6f}, in the workbook {sheet['B18'].value:.6f}")
workbook_difference = max(abs(c - sheet["B17"].value), abs(h - sheet["B18"].value))

# %% The same for any size
# A layer has many units. Then W, U and b hold the four parts side by side, in Keras in
# the order input, forget, candidate, output, and the step is a few lines long.


def lstm_step(x, h, c, W, U, b):
    """Return the next output and cell state, both of shape (units,)."""
    brackets = x @ W + h @ U + b
    i, f, g, o = np.split(brackets, 4)
    c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
    h = sigmoid(o) * np.tanh(c)
    return h, c


# %%
# A sequence of 20 steps with 8 numbers each, and 5 units. By hand, then by Keras.

tf.keras.utils.set_random_seed(1)
rng = np.random.default_rng(1)
sequence = rng.normal(size=(20, 8)).astype("float32")
lstm = tf.keras.layers.LSTM(5, bias_initializer="random_normal")
by_keras = lstm(sequence[np.newaxis])[0].numpy()

W, U, b = lstm.get_weights()
print("W", W.shape, " U", U.shape, " b", b.shape)
h = np.zeros(5)
c = np.zeros(5)
for x in sequence:
    h, c = lstm_step(x, h, c, W, U, b)
lstm_difference = float(np.abs(h - by_keras).max())
print("by hand ", h.round(4))
print("by Keras", by_keras.round(4))
print(f"largest difference: {lstm_difference:.1e}")

# %% The GRU
# The *GRU* (gated recurrent unit, Cho and others 2014) has one state and two gates:
#
#     update gate  z = sigmoid(...)             how much of the old state is kept
#     reset gate   r = sigmoid(...)             how much of it the candidate may see
#     candidate    g = tanh(x × W + r × (h × U + recurrent bias) + bias)
#     new output   h = z × h + (1 - z) × g
#
# One gate decides both how much is kept and how much is written: what is not kept is
# overwritten. Here is one step with the workbook's numbers.

gru_weights = read_cells("B22:F24")
input_parts = gru_weights[:, [0, 1, 3]] @ np.array([x1, x2, 1])
recurrent_parts = gru_weights[:, [2, 4]] @ np.array([h_before, 1])
z = sigmoid(input_parts[0] + recurrent_parts[0])
r = sigmoid(input_parts[1] + recurrent_parts[1])
g = np.tanh(input_parts[2] + r * recurrent_parts[2])
h = z * h_before + (1 - z) * g
print(f"update gate {z:.4f}, reset gate {r:.4f}, candidate {g:.4f}")
print(f"new output {h:.6f}, in the workbook {sheet['B26'].value:.6f}")
gru_workbook_difference = abs(h - sheet["B26"].value)

# %%
# The recurrent bias is Keras' own: with ``reset_after=True``, its default, the reset
# gate is applied *after* the multiplication with U, and that part has a bias of its
# own. The fast code of GPUs works in this order. The paper multiplies by r first:
# ``reset_after=False``. We compute both.


def gru_step(x, h, W, U, b, reset_after):
    """Return the next output of a GRU, of shape (units,)."""
    if reset_after:
        input_bias, recurrent_bias = b
    else:
        input_bias, recurrent_bias = b, np.zeros_like(b)
    input_z, input_r, input_g = np.split(x @ W + input_bias, 3)
    recurrent_z, recurrent_r, recurrent_g = np.split(h @ U + recurrent_bias, 3)
    z = sigmoid(input_z + recurrent_z)
    r = sigmoid(input_r + recurrent_r)
    if reset_after:
        g = np.tanh(input_g + r * recurrent_g)
    else:
        U_z, U_r, U_g = np.split(U, 3, axis=1)
        g = np.tanh(input_g + (r * h) @ U_g)
    return z * h + (1 - z) * g


# %%
# Both orders beside Keras:

gru_differences = {}
for reset_after in (True, False):
    gru = tf.keras.layers.GRU(
        5, reset_after=reset_after, bias_initializer="random_normal"
    )
    by_keras = gru(sequence[np.newaxis])[0].numpy()
    W, U, b = gru.get_weights()
    h = np.zeros(5)
    for x in sequence:
        h = gru_step(x, h, W, U, b, reset_after)
    gru_differences[reset_after] = float(np.abs(h - by_keras).max())
    print(f"reset_after={reset_after}: b {b.shape}, difference to Keras", end=" ")
    print(f"{gru_differences[reset_after]:.1e}")

# %% One unit reads a question
# What do gates do, once they are trained? We take the smallest network there is: an
# LSTM with a *single* unit. It reads a question, and says whether it asks for a number
# ("how many", "what year", "how far"). 16 in 100 training questions do.
#
# Its memory is one number. How well can that work? (Saying "no" always is right for 77
# in 100 test questions.)

train, test = load_trec_questions()

# %%
# Each word becomes a number, as in lesson 3.09.

vectorize = tf.keras.layers.TextVectorization(
    standardize="lower", output_sequence_length=24
)
vectorize.adapt(train["question"].to_numpy(str))
x_train = vectorize(train["question"].to_numpy(str)).numpy()
x_test = vectorize(test["question"].to_numpy(str)).numpy()
y_train = (train["label"] == "NUM").to_numpy(int)
y_test = (test["label"] == "NUM").to_numpy(int)

tf.keras.utils.set_random_seed(1)
model = tf.keras.Sequential(
    [
        tf.keras.Input(shape=(24,), dtype="int32"),
        tf.keras.layers.Embedding(vectorize.vocabulary_size(), 16, mask_zero=True),
        tf.keras.layers.LSTM(1),
        tf.keras.layers.Dense(1, activation="sigmoid"),
    ]
)
model.compile(
    optimizer=tf.keras.optimizers.Adam(learning_rate=0.005),
    loss="binary_crossentropy",
    metrics=["accuracy"],
)
model.fit(x_train, y_train, batch_size=50, epochs=5, verbose=2)
accuracy = model.evaluate(x_test, y_test, verbose=0)[1]
never = float(1 - y_test.mean())
print(f"test accuracy {accuracy:.3f}, always no {never:.3f}")

# %%
# One number is enough for 96 of 100. Keras does not show its gates, but we have the
# formula: we read a question with the trained weights, and write every gate down.

embedding, lstm, answer = model.layers
W, U, b = lstm.get_weights()


def read_question(text):
    """Return the words of a question, and the gates and states after each word."""
    words = text.split()
    numbers = vectorize(np.array([text])).numpy()[0, : len(words)]
    h = np.zeros(1)
    c = np.zeros(1)
    rows = []
    for x in embedding(numbers).numpy():
        i, f, _, o = sigmoid(x @ W + h @ U + b)
        h, c = lstm_step(x, h, c, W, U, b)
        says = float(answer(h[np.newaxis])[0, 0])
        rows.append([i, f, o, c[0], says])
    columns = ["input gate", "forget gate", "output gate", "cell state", "says number"]
    return words, pd.DataFrame(rows, columns=columns)


# %%
# One question, word by word:

questions = [
    "how many people live in chile ?",
    "in what year did the titanic sink ?",
    "what is the name of the chocolate company in san francisco ?",
]
words, gates = read_question(questions[1])
gates.insert(0, "word", words)
print(gates.round(2).to_string(index=False))

# %%
# Three questions. Above the three gates, below the cell state and what the network
# would say after each word. At which words do the gates move?

figure, axes = plt.subplots(2, 3, figsize=(14, 7), layout="constrained")
for column, question in enumerate(questions):
    words, gates = read_question(question)
    upper, lower = axes[:, column]
    gates[["input gate", "forget gate", "output gate"]].plot(ax=upper, marker="o")
    upper.set(ylim=(0, 1.03), xlabel="word", ylabel="gate")
    upper.set_title(question, fontsize="medium")
    lower.plot(gates["cell state"], "s-", color="C3", label="cell state")
    lower.plot(gates["says number"], "o--", color="C4", label="says: a number")
    lower.axhline(0, color="0.7")
    lower.set(title="memory and answer", xlabel="word", ylabel="value", ylim=(-4, 4))
    for axis in (upper, lower):
        axis.set_xticks(range(len(words)), words, rotation=60)
        axis.legend(fontsize="small")
plt.show()

# %%
# Look at "year". "In what" had spoken for a thing, not for a number; at "year" the
# *forget gate* goes down by a quarter and takes a part of that away. At "many" and
# "year" the *input gate* goes up: here something is written. At the question mark the
# forget gate is open, so that nothing is lost, and the *output gate* opens: now the
# answer is asked for. Nobody told the network that a question ends there.
#
# No gate ever closes altogether. They are not switches but taps, and training turns
# them no farther than it pays.
#
# (Whether the cell state stands for "number" by a positive or a negative value is
# chance; the last layer puts it right.)

# %% Hold a gate open
# How much does each gate do? We hold one gate at 1 for all words and all test
# questions, and leave the rest of the trained network as it is. Which one would you
# miss most?


def answer_all(held_open):
    """Return the answers to all test questions with one gate held at 1."""
    vectors = embedding(x_test).numpy()
    h = np.zeros((len(x_test), 1))
    c = np.zeros((len(x_test), 1))
    for place in range(24):
        brackets = vectors[:, place] @ W + h @ U + b
        i, f, g, o = np.split(brackets, 4, axis=1)
        gates = {"input": sigmoid(i), "forget": sigmoid(f), "output": sigmoid(o)}
        if held_open != "none":
            gates[held_open] = np.ones_like(i)
        new_c = gates["forget"] * c + gates["input"] * np.tanh(g)
        new_h = gates["output"] * np.tanh(new_c)
        is_word = x_test[:, place : place + 1] > 0
        c = np.where(is_word, new_c, c)
        h = np.where(is_word, new_h, h)
    return answer(h).numpy()[:, 0] > 0.5


# %%
# One gate after the other:

held_scores = {}
for held_open in ("none", "input", "forget", "output"):
    right = answer_all(held_open) == y_test
    held_scores[held_open] = float(right.mean())
    print(f"held open: {held_open:7} accuracy {held_scores[held_open]:.3f}")
print(f"by Keras:          accuracy {accuracy:.3f}")

# %%
# "None" equals Keras: the mask is in our loop as well. The *input gate* is missed most.
# With it held open, every word is written down, and the answer suffers by 2 to 15 in a
# hundred (three seeds). The forget gate costs 1 to 3, the output gate next to nothing:
# with a single unit there is not much to hide.

# %% Try it yourself
# 1. Set the bias of the forget gate in the workbook to -5. What becomes of the cell
#    state? (The gate goes to 0.01: only what is written now is left.)
# 2. How many parameters does an LSTM with 5 units and 8 inputs have? And a GRU?
#    (4 · 5 · (8 + 5 + 1) = 280; 3 · 5 · (8 + 5 + 2) = 225, with two biases.)
# 3. Train a ``tf.keras.layers.SimpleRNN(1)`` in the place of the LSTM, with three
#    seeds. How much worse is it? (0.95 and 0.96 with two of them, and 0.63 with the
#    third: it can do the work, but it does not always find the way.)

results = {
    "workbook_difference": float(workbook_difference),
    "lstm_difference": lstm_difference,
    "gru_workbook_difference": float(gru_workbook_difference),
    "gru_difference": gru_differences[True],
    "gru_paper_difference": gru_differences[False],
    "one_unit_accuracy": accuracy,
    "always_no": never,
    "by_hand_minus_keras_accuracy": abs(held_scores["none"] - accuracy),
    "held_forget": held_scores["forget"],
    "held_input": held_scores["input"],
    "held_output": held_scores["output"],
}
print(results)
