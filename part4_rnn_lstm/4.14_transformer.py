"""
4.14 A small transformer
========================

Attention, positions, a mask and a dense network: that is a GPT. You will

* build one from Keras' layers, and see what happens when the mask is forgotten,
* race it against the GRU of lesson 4.12, and say how far back each of them uses,
* look at its heads, test them, and time a step against the length of the text.

:Data: Tiny Shakespeare (``course_data.load_tiny_shakespeare``)
:Slides: part 4, "A GPT, in one block", "The race on a laptop", "Then why did
    transformers win?"
:Takes: about 79 s on two CPU cores
"""

# %% A small GPT
# A *transformer* has no memory that is handed on. Every character looks back at all
# others before it, by attention (lesson 4.13).

import re
import time

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import tensorflow as tf

from course_data import load_tiny_shakespeare

plt.style.use("petroff10")

# %%
# The text and the measure, bits per character, are those of lesson 4.12, and the same
# last tenth is held out.

text = load_tiny_shakespeare()
cut = len(text) * 9 // 10
characters = sorted(set(text))
number_of = {character: number for number, character in enumerate(characters)}
ids = np.array([number_of[character] for character in text], dtype="int32")
train_ids = ids[:cut]
held_out_ids = ids[cut:]
held_out = text[cut:]

# %%
# A *transformer block* has two halves. In the first, each character looks at others; in
# the second, a small dense network works on each character by itself. Both halves *add*
# their result to what came in (a *residual connection*), and both normalize first.
#
# Several small attentions side by side are called *heads*: four of 16 numbers have as
# many weights as one of 64, and can look at four places at once. Two blocks make our
# GPT. (GPT-2, Radford and others 2019, has 12 to 48 of them, of width 768 to 1,600, and
# nearly this plan.)

CONTEXT = 64
WIDTH = 64
HEADS = 4


class AddPositions(tf.keras.layers.Layer):
    """Add a learned row of numbers for each place, up to ``places`` (lesson 4.13)."""

    def __init__(self, places, **settings):
        super().__init__(**settings)
        self.places = places

    def build(self, input_shape):
        shape = (self.places, input_shape[-1])
        self.table = self.add_weight(shape=shape, initializer="random_normal")

    def call(self, rows):
        return rows + self.table[: tf.shape(rows)[1]]


# %%
# The block with its two halves:


def transformer_block(rows, causal, name):
    """Return the rows after self-attention and a dense network."""
    normal = tf.keras.layers.LayerNormalization(name=f"{name}_normal")(rows)
    attention = tf.keras.layers.MultiHeadAttention(HEADS, WIDTH // HEADS, name=name)
    rows = rows + attention(normal, normal, use_causal_mask=causal)
    normal = tf.keras.layers.LayerNormalization()(rows)
    hidden = tf.keras.layers.Dense(4 * WIDTH, activation="relu")(normal)
    return rows + tf.keras.layers.Dense(WIDTH)(hidden)


# %%
# The whole: embedding, positions, blocks, and a row of logits for each character.


def build_gpt(blocks, causal=True, context=CONTEXT):
    """Return a language model: characters in, a row of 65 logits for each out."""
    inputs = tf.keras.Input(shape=(None,), dtype="int32")
    rows = tf.keras.layers.Embedding(65, WIDTH)(inputs)
    rows = AddPositions(context)(rows)
    for block in range(blocks):
        rows = transformer_block(rows, causal, name=f"attention_{block}")
    rows = tf.keras.layers.LayerNormalization()(rows)
    return tf.keras.Model(inputs, tf.keras.layers.Dense(65)(rows))


# %%
# Text to learn from, taken at random places, and what each next character costs:


def random_windows(count, seed):
    """Return windows of the training text, and each one's next characters."""
    starts = np.random.default_rng(seed).integers(0, cut - CONTEXT, size=count)
    windows = train_ids[starts[:, np.newaxis] + np.arange(CONTEXT + 1)]
    return windows[:, :-1], windows[:, 1:]


def prices(model, x, y):
    """Return what each character of y costs, in bits."""
    logits = model.predict(x, batch_size=256, verbose=0)
    losses = tf.nn.sparse_softmax_cross_entropy_with_logits(y, logits)
    return losses.numpy() / np.log(2)


# %% Without the mask
# In training, all 64 characters of a window ask for their next one at the same time. So
# each character must not see what follows: the next character *is* the answer. What
# happens when we forget the mask? One block, 400 steps:


def compile_gpt(model, steps):
    """AdamW; the learning rate rises for a tenth of the steps, then falls to 0."""
    learning_rate = tf.keras.optimizers.schedules.CosineDecay(
        initial_learning_rate=0.0005,
        warmup_target=0.01,
        warmup_steps=steps // 10,
        decay_steps=steps - steps // 10,
    )
    model.compile(
        optimizer=tf.keras.optimizers.AdamW(
            learning_rate, weight_decay=0.1, beta_2=0.99, global_clipnorm=1.0
        ),
        loss=tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    )


# %%
# Train it, and ask for character 33 twice: with the rest of the window in sight, and
# with nothing behind character 32.

starts = np.arange(0, 60_000, 100)
windows = held_out_ids[starts[:, np.newaxis] + np.arange(CONTEXT + 1)]
tf.keras.utils.set_random_seed(1)
leaky = build_gpt(blocks=1, causal=False)
compile_gpt(leaky, steps=400)
x_train, y_train = random_windows(400 * 16, seed=1)
leaky.fit(x_train, y_train, batch_size=16, verbose=0)

seen_prices = prices(leaky, windows[:, :-1], windows[:, 1:])
unseen_prices = prices(leaky, windows[:, :32], windows[:, 1:33])
leaky_bits = float(seen_prices[:, 31].mean())
honest_bits = float(unseen_prices[:, 31].mean())
print(f"character 33, with the rest of the window in sight: {leaky_bits:5.2f} bits")
print(f"character 33, when the text ends at character 32:   {honest_bits:5.2f} bits")

# %%
# A triumph that is none: where the text ends at character 32, it is worse than blind
# guessing (6.02 bits). What does it do? We put a random character in the next place.

changed = windows[:, :-1].copy()
changed[:, 32] = np.random.default_rng(1).integers(0, 65, size=len(changed))
answers = leaky.predict(changed, batch_size=256, verbose=0)[:, 31].argmax(axis=1)
leaky_copies = float(np.mean(answers == changed[:, 32]))
print(f"it answers just that character in {leaky_copies:.0%} of the windows")

# %%
# It copies what stands in the next place, and at 63 of 64 places it had no reason to
# learn anything else. A loss near zero is a leak until proved otherwise.

# %% The race
# The mask is back, and there are two blocks. Against it runs the GRU of lesson 4.12, as
# it stands there, with its memory that goes on. It goes through the text once here; in
# lesson 4.12 it did so three times. We measure *processor time*: two cores that work
# for one second are two seconds. The first part of each contains the time for building
# the graph, which is longer for the GPT; without that, both get about the same.
#
# Which will be ahead at the end? And will they reach counting, at 2.19 bits?

READERS = 64
GRU_WINDOW = 32
GRU_STEPS = (len(train_ids) - 1) // (READERS * GRU_WINDOW)
GPT_STEPS = 1200

# %%
# The GRU and its training are those of lesson 4.12:


def build_gru(readers):
    """Return lesson 4.12's network; it is stateful if the readers are counted."""
    stateful = readers is not None
    return tf.keras.Sequential(
        [
            tf.keras.Input(batch_shape=(readers, None), dtype="int32"),
            tf.keras.layers.Embedding(65, 64),
            tf.keras.layers.GRU(224, return_sequences=True, stateful=stateful),
            tf.keras.layers.Dense(65),
        ]
    )


def compile_gru(model, steps):
    """Adam and the schedule of lesson 4.12."""
    learning_rate = tf.keras.optimizers.schedules.CosineDecay(
        initial_learning_rate=0.001,
        warmup_target=0.01,
        warmup_steps=steps // 10,
        decay_steps=steps - steps // 10,
    )
    model.compile(
        optimizer=tf.keras.optimizers.Adam(learning_rate, global_clipnorm=1.0),
        loss=tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    )


# %%
# Both are trained in eight parts, to see how they get on:


def train_in_parts(model, x, y, batch_size, name):
    """Train once through x in eight parts; return seconds and bits after each."""
    rows = len(x) // batch_size // 8 * batch_size
    curve = pd.DataFrame(columns=["seconds", "bits"], dtype=float)
    start = time.process_time()
    for part in range(8):
        chosen = slice(part * rows, (part + 1) * rows)
        history = model.fit(
            x[chosen], y[chosen], batch_size=batch_size, shuffle=False, verbose=0
        )
        seconds = time.process_time() - start
        bits = history.history["loss"][0] / np.log(2)
        curve.loc[part] = [seconds, bits]
        print(f"{name} {seconds:5.1f} processor seconds  {bits:.2f} bits")
    return curve


# %%
# The bits below are those of the text that is just being read.

tf.keras.utils.set_random_seed(1)
gpt = build_gpt(blocks=2)
compile_gpt(gpt, GPT_STEPS)
x_train, y_train = random_windows(GPT_STEPS * 16, seed=1)
gpt_curve = train_in_parts(gpt, x_train, y_train, 16, "GPT")

tf.keras.utils.set_random_seed(1)
gru = build_gru(READERS)
compile_gru(gru, GRU_STEPS)
used = READERS * GRU_WINDOW * GRU_STEPS
shape = (READERS, GRU_STEPS, GRU_WINDOW)
x_train = train_ids[:used].reshape(shape).swapaxes(0, 1).reshape(-1, GRU_WINDOW)
y_train = train_ids[1 : used + 1].reshape(shape).swapaxes(0, 1).reshape(-1, GRU_WINDOW)
gru_curve = train_in_parts(gru, x_train, y_train, READERS, "GRU")

# %%
# And the held-out text, once. The GPT reads windows of 64 characters, each 32 further
# on, and only the second half of a window counts: so every character has at least 32
# before it. The GRU reads as in lesson 4.12.

starts = np.arange(0, len(held_out_ids) - CONTEXT - 1, 32)
windows = held_out_ids[starts[:, np.newaxis] + np.arange(CONTEXT + 1)]
gpt_prices = prices(gpt, windows[:, :-1], windows[:, 1:])
gpt_bits = float(gpt_prices[:, 32:].mean())

# %%
# Now the GRU:

stretch = (len(held_out_ids) - 1) // READERS
used = READERS * stretch
gru.layers[1].reset_state()
read = tf.function(gru)
logits = read(held_out_ids[:used].reshape(READERS, stretch))
following = held_out_ids[1 : used + 1].reshape(READERS, stretch)
losses = tf.nn.sparse_softmax_cross_entropy_with_logits(following, logits)
gru_bits = float(tf.reduce_mean(losses) / np.log(2))
print(f"GPT: {gpt.count_params():7,} parameters, {gpt_bits:.2f} bits per character")
print(f"GRU: {gru.count_params():7,} parameters, {gru_bits:.2f} bits per character")

# %%
# On the left the training, on the right the verdict, with what lesson 4.12 measured:

figure, axes = plt.subplots(1, 2, figsize=(12, 4), layout="constrained")
axes[0].plot(gpt_curve["seconds"], gpt_curve["bits"], "o-", label="GPT")
axes[0].plot(gru_curve["seconds"], gru_curve["bits"], "s--", label="GRU")
axes[0].set(title="While they train", xlabel="processor seconds")
axes[0].set(ylabel="bits per character", ylim=(2, 5))
axes[0].legend()
bits_by_model = {
    "bigram (4.12)": 3.59,
    "GPT": gpt_bits,
    "xz (4.12)": 2.52,
    "GRU": gru_bits,
    "GRU, three times the text (4.12)": 2.23,
    "counting (4.12)": 2.19,
}
bars = axes[1].barh(list(bits_by_model), list(bits_by_model.values()))
axes[1].bar_label(bars, fmt="%.2f", padding=3)
axes[1].invert_yaxis()
axes[1].set(title="The held-out text", xlabel="bits per character", xlim=(0, 4.2))
axes[1].set_ylabel("model")
plt.show()

# %%
# The GPT is behind all the time, and at the end by 0.18 to 0.26 bits (three seeds),
# with about the same time for training and half of the parameters. Even xz is ahead of
# it, and counting is ahead of both. For a small text and half a minute, a transformer
# is a poor choice.
#
# Is it our recipe? We tried seven more on a part of the training text, for the same
# processor time and one seed each: two other learning rates, batches of 8, windows of
# 32, one wide block, three blocks, the optimizer Muon. None was better by more than a
# hundredth of a bit, and seeds differ by nine. Exercise 2 has the one change that
# helped, exercise 3 what patience brings. What the GRU would make of that patience we
# have not measured.

# %% How far back do they use the text?
# A test: keep the last few characters of a window as they are, and put text from
# somewhere else in the place of all that stood before. What does the next character
# cost? Whoever uses what stands far back needs more kept characters until the price is
# that of the whole window. Who will that be?

ends = np.random.default_rng(1).integers(CONTEXT, len(held_out) - 1, size=1000)
windows = held_out_ids[ends[:, np.newaxis] + np.arange(-CONTEXT, 1)]
elsewhere = np.roll(windows, 1, axis=0)
window_gru = build_gru(None)
window_gru.set_weights(gru.get_weights())

last_prices = {}
for name, model in (("GPT", gpt), ("GRU", window_gru)):
    for kept in (2, 4, 8, 16, 32, 64):
        mixed = elsewhere[:, :-1].copy()
        mixed[:, -kept:] = windows[:, -kept - 1 : -1]
        last_prices[name, kept] = prices(model, mixed, windows[:, 1:])[:, -1]


# %%
# The mean price by the number of characters kept, and what eight cost instead of 64:

kept_bits = pd.DataFrame(dtype=float)
for (name, kept), price in last_prices.items():
    kept_bits.loc[kept, name] = price.mean()
kept_bits.index.name = "kept"
print(kept_bits.round(2).to_string())

cost_with_8 = {}
for name in ("GPT", "GRU"):
    difference = last_prices[name, 8] - last_prices[name, 64]
    error = difference.std() / np.sqrt(len(difference))
    cost_with_8[name] = float(difference.mean())
    print(f"{name}: 8 kept instead of 64: {difference.mean():+.2f} ± {error:.2f} bits")

# %%
# Misled by the text before, the GPT is the better one when two or four characters are
# kept. From eight on the GRU is ahead. And the true text more than eight characters
# back, instead of a false one, is worth about a tenth of a bit to both. But a false
# text also misleads. *Cut off* the older text instead, so that a window begins eight
# characters back, and the same places cost the GPT 0.03 bits more and the GRU 0.16 (one
# seed, standard errors 0.02). Two tests, two answers: whether the longer view wins this
# race for the GRU they do not settle.

# %% What do the heads look at?
# Eight heads. For each we measure on 200 windows how much of its weight lies on the
# character itself and on the one just before, and how far back it looks on average. And
# the test of lesson 4.11: take the head away. How much more does the text cost?

windows = held_out_ids[np.arange(0, 60_000, 300)[:, np.newaxis] + np.arange(65)]
x_heads = windows[:, :-1]
y_heads = windows[:, 1:]
bits_with_all = prices(gpt, x_heads, y_heads).mean()
distances = np.arange(CONTEXT)[:, np.newaxis] - np.arange(CONTEXT)
OUT = 6  # the place of the output matrix among the layer's eight weights


def bits_without(attention, head):
    """Return the bits per character when what this head has found is set to 0."""
    saved = attention.get_weights()
    without = [array.copy() for array in saved]
    without[OUT][head] = 0
    attention.set_weights(without)
    bits = prices(gpt, x_heads, y_heads).mean()
    attention.set_weights(saved)
    return bits


# %%
# One row per head:

maps = {}
columns = ["itself", "one back", "distance", "bits without"]
heads = pd.DataFrame(columns=columns, dtype=float)
for block in range(2):
    attention = gpt.get_layer(f"attention_{block}")
    normal_layer = gpt.get_layer(f"attention_{block}_normal")
    before = tf.keras.Model(gpt.input, normal_layer.output)
    normal = before(x_heads)
    _, weights = attention(
        normal, normal, use_causal_mask=True, return_attention_scores=True
    )
    for head in range(HEADS):
        head_weights = weights[:, head].numpy()
        itself = head_weights[:, distances == 0].mean()
        one_back = head_weights[:, distances == 1].mean()
        distance = (head_weights * distances).sum(axis=2).mean()
        extra = bits_without(attention, head) - bits_with_all
        name = f"block {block + 1}, head {head + 1}"
        heads.loc[name] = [itself, one_back, distance, extra]
        maps[name] = head_weights
print(heads.round(2).to_string())

# %%
# The head with the most weight on the character just before, and the one that looks
# farthest back, over the beginning of a window:

nearest = heads["one back"].idxmax()
farthest = heads["distance"].idxmax()
on_itself = heads["itself"].idxmax()
labels = [characters[number].replace("\n", "⏎") for number in x_heads[1, :32]]
figure, axes = plt.subplots(1, 2, figsize=(12, 6), layout="constrained")
for axis, name in zip(axes, (nearest, farthest)):
    axis.imshow(maps[name][1, :32, :32], cmap="Blues", vmin=0)
    axis.set_xticks(range(32), labels, family="monospace")
    axis.set_yticks(range(32), labels, family="monospace")
    axis.set(title=name, xlabel="looks at", ylabel="character that asks")
plt.show()

# %%
# Two heads do most of the work, both in the first block: one looks mostly at the
# character itself, the other at the one just before. Without either the text costs more
# than a bit more. With other seeds they have other numbers, but both were there each
# time, and nobody asked for them. They are not all: without the six others *together*
# the text costs 0.6 to 1.2 bits more (three seeds, outside this lesson), though most of
# these, one by one, seem worth little.
#
# The other picture is prettier, and that head is worth little: 0.03 bits here, 0.08 and
# 0.21 with two other seeds. A map shows where a head looks; the test shows whether it
# matters (lesson 4.11).

# %% Does it look back at words?
# Some words come twice within 64 characters, as *neighbour* does. We let the GPT and
# the GRU read a window that ends with the second one, and take the price of that word.
# Then we put another word of the same length in the place of the first. Whoever looks
# back pays more now.

words = list(re.finditer("[A-Za-z]{5,}", held_out))
different_words = sorted({word.group() for word in words})
rng = np.random.default_rng(1)


def another_word(word):
    """Return a random word of the same length; small letters or capitals as here."""
    fits = [other for other in different_words if len(other) == len(word)]
    fits = [other for other in fits if other.isupper() == word.isupper()]
    return rng.choice([other for other in fits if other != word])


# %%
# Each window twice, with the first word and with another one in its place:

last_begin = {}
with_first = []
without_first = []
lengths = []
for match in words:
    word = match.group()
    begin = match.end() - CONTEXT - 1
    if last_begin.get(word, -1) > begin >= 0:
        window = held_out[begin : match.end()]
        earlier = window[: -len(word)].replace(word, another_word(word))
        changed = earlier + word
        with_first.append([number_of[character] for character in window])
        without_first.append([number_of[character] for character in changed])
        lengths.append(len(word))
    last_begin[word] = match.start()
print(f"{len(lengths)} words that came twice; the last of them:")
print(repr(window))
print(repr(changed))

# %%
# The price of the last word of each window:


def price_of_last_word(model, windows):
    """Return the price of the word with which each window ends."""
    windows = np.array(windows)
    all_prices = prices(model, windows[:, :-1], windows[:, 1:])
    return np.array([row[-length:].sum() for row, length in zip(all_prices, lengths)])


extra = {}
for name, model in (("GPT", gpt), ("GRU", window_gru)):
    kept = price_of_last_word(model, with_first)
    replaced = price_of_last_word(model, without_first)
    difference = replaced - kept
    extra[name] = float(difference.mean() / kept.mean())
    error = difference.std() / np.sqrt(len(difference))
    print(
        f"{name}: {kept.mean():.2f} bits per word, without its first "
        f"{difference.mean():+.2f} ± {error:.2f}"
    )

# %%
# Neither does: the price moves by a hundredth or two, of some twenty bits that the word
# costs. Lesson 4.13 has shown that attention *can* look up. What a network is able to
# do, and what it has learned from one reading of a text, are two things.

# %% It writes
# It writes one character at a time and then reads its own, up to 64 back.


@tf.function(input_signature=[tf.TensorSpec((1, None), tf.int32)])
def next_logits(numbers):
    """Return the logits for what follows these characters."""
    return gpt(numbers)[0, -1]


def write(beginning, length):
    """Go on from ``beginning`` for ``length`` characters."""
    rng = np.random.default_rng(1)
    numbers = [number_of[character] for character in beginning]
    for _ in range(length):
        logits = next_logits(tf.constant([numbers[-CONTEXT:]])).numpy()
        weights = np.exp(logits.astype("float64"))
        numbers.append(int(rng.choice(65, p=weights / weights.sum())))
    return "".join(characters[number] for number in numbers)


sample = write("ROMEO:\n", 300)
print(sample)

# %%
# Speakers in capitals with a colon, lines, words of the right length, and more than
# half of which exist.

# %% Why did transformers win?
# Not for what you have seen so far. Now look at the clock. 1,024 characters, once as 64
# texts of 16 characters, and so on to a single text of 1,024. A training step of each
# network has the same number of characters to learn from. Which will mind?
#
# *Elapsed* is the time on the wall; *processor* is what the cores worked in it.


def step_times(model, length):
    """Return the shortest of five times of a training step, elapsed and processor."""
    x = train_ids[:1024].reshape(-1, length)
    y = train_ids[1:1025].reshape(-1, length)
    model.train_on_batch(x, y)
    elapsed = []
    processor = []
    for _ in range(5):
        start = time.perf_counter()
        processor_start = time.process_time()
        model.train_on_batch(x, y)
        elapsed.append(time.perf_counter() - start)
        processor.append(time.process_time() - processor_start)
    return min(elapsed), min(processor)


# %%
# Four lengths for each network:

models = {"GRU": build_gru(None), "GPT": build_gpt(blocks=2, context=1024)}
times = pd.DataFrame(dtype=float)
for name, model in models.items():
    model.compile("adam", tf.keras.losses.SparseCategoricalCrossentropy(True))
    for length in (16, 64, 256, 1024):
        elapsed, processor = step_times(model, length)
        times.loc[length, f"{name} elapsed"] = 1000 * elapsed
        times.loc[length, f"{name} processor"] = 1000 * processor
times.index.name = "length"
print("milliseconds per training step")
print(times.round().to_string())

# %%
# And as a figure:

figure, axis = plt.subplots(figsize=(7, 4), layout="constrained")
shown = times[["GPT processor", "GRU processor"]]
shown.plot(ax=axis, style=["o-", "s--"], logx=True)
axis.set(title="1,024 characters in texts of different length", xticks=times.index)
axis.set_xticklabels(times.index)
axis.minorticks_off()
axis.set(xlabel="length of a text (characters)", ylabel="milliseconds per step")
plt.show()

# %%
# With texts of 16 characters the GRU takes about one and a half times as long, for
# twice the parameters. For a single text of 1,024 characters the GRU needs ten times as
# long or more, the GPT three to four and a half. The GRU has to make 1,024 steps
# instead of 16, one after the other, and a step with one text is only four to six times
# as cheap as one with 64. (On many cores the waiting comes on top.) The GPT makes as
# many as before: two blocks. But each head has 1,024² scores now, instead of 64 · 16²,
# which is 64 times as many.
#
# Whether a GPU makes this gap wider, the cell will tell you on one. What others have
# measured there, with far more text and far larger networks: transformers overtake
# LSTMs as they grow, and go on to gain from what stands more than a hundred words or
# pieces of words back, where LSTMs do not (Kaplan and others 2020, "Scaling laws for
# neural language models").

# %% Try it yourself
# 1. Leave ``AddPositions`` out of the GPT. The mask tells order, as you saw in lesson
#    4.13. Is it enough? (No: 3.38 to 3.41 bits with three seeds, hardly better than a
#    bigram.)
# 2. Show each character the three before it from the start: after ``AddPositions``, add
#    ``tf.keras.layers.Conv1D(WIDTH, 4, padding="causal", activation="relu")(rows)`` to
#    the rows. (2.58 to 2.61 bits with six runs, instead of 2.65 to 2.74.)
# 3. Train the GPT three times as long, ``GPT_STEPS = 3600``. Does it reach the GRU?
#    (No: 2.40 bits with two seeds, after some 60 processor seconds. The GRU of lesson
#    4.12 is at 2.22 to 2.25 after about 50. With 10,800 steps and some 200 seconds the
#    GPT is at 2.26, again with two seeds, still behind counting.)

results = {
    "leaky_bits": leaky_bits,
    "honest_bits": honest_bits,
    "leaky_copies": leaky_copies,
    "gpt_bits": gpt_bits,
    "gru_bits": gru_bits,
    "gpt_cost_with_8": cost_with_8["GPT"],
    "gru_cost_with_8": cost_with_8["GRU"],
    "nearest_head_one_back": float(heads["one back"].max()),
    "without_nearest_head": float(heads.loc[nearest, "bits without"]),
    "without_head_on_itself": float(heads.loc[on_itself, "bits without"]),
    "without_farthest_head": float(heads.loc[farthest, "bits without"]),
    "word_cost_gpt": extra["GPT"],
    "word_cost_gru": extra["GRU"],
    "gru_1024_to_16": float(times["GRU processor"][1024] / times["GRU processor"][16]),
    "gpt_1024_to_16": float(times["GPT processor"][1024] / times["GPT processor"][16]),
}
print(results)
