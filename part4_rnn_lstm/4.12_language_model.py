"""
4.12 A language model
=====================

A network reads plays by Shakespeare, letter by letter, and then writes one. You will

* say in bits how well a model knows a text, and compare it with counting and with xz,
* train a network that keeps its memory from one batch to the next,
* let it write, and choose with the temperature how much it dares.

:Data: Tiny Shakespeare, 1.1 million characters (``course_data.load_tiny_shakespeare``)
:Slides: part 4, "A language model predicts the next character", "Temperature sets how
  much a language model dares"
:Takes: about 83 s on two CPU cores
"""

# %% The text
# One long text: 40,000 lines from Shakespeare's plays.

import lzma
import re
from collections import Counter

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import tensorflow as tf

from course_data import load_tiny_shakespeare

plt.style.use("petroff10")
tf.keras.utils.set_random_seed(1)

# %%
# The last tenth is *held out*: no model below learns from it, and it is the only part
# on which they are compared.

text = load_tiny_shakespeare()
cut = len(text) * 9 // 10
train_text = text[:cut]
held_out = text[cut:]
print(f"{len(train_text):,} characters to learn from, {len(held_out):,} held out")
print("The held-out part begins:")
print(held_out[:150])

# %%
# A network wants numbers. Each of the 65 different characters gets one.

characters = sorted(set(text))
number_of = {character: number for number, character in enumerate(characters)}
train_ids = np.array([number_of[character] for character in train_text])
held_out_ids = np.array([number_of[character] for character in held_out])
print(repr("".join(characters)))
print(f"{held_out[3:9]} is {held_out_ids[3:9]}")

# %% What are bits per character?
# A *language model* reads a text, and before each character it gives every possible
# character a probability. Then the next character is uncovered. Did the model give it
# much? The price is
#
#     bits = -log2(probability of the character that really came)
#
# The table has the price of one character. What will it cost to know nothing at all?

for probability in (1.0, 0.5, 0.25, 0.1, 1 / 65):
    print(f"probability {probability:.3f}: {np.log2(1 / probability):.2f} bits")

# %%
# Sure and right is free, a coin flip costs one bit, and guessing blindly among 65
# characters costs 6.02. The mean price over a text is its *bits per character*. It is
# the cross-entropy that you know as a loss: Keras takes the natural logarithm, so
# divide Keras' loss by log(2) and you have bits. (Papers often give the *perplexity*, 2
# to the power of the bits: among how many equally likely characters the model has to
# choose.)
#
# The word bits is meant literally. A program that knows the probabilities can pack a
# text into that many bits. So a language model is a compressor, and a compressor is a
# language model. Let us ask a common one: xz packs the training text, then the whole
# text. The difference is what the held-out part needed.

packed_train = len(lzma.compress(train_text.encode()))
packed_all = len(lzma.compress(text.encode()))
xz_bits = 8 * (packed_all - packed_train) / len(held_out)
print(f"xz needs {xz_bits:.2f} bits per character")

# %% Counting
# The classical model counts. How often did ``e`` follow ``th`` in the training text?
# For that we count every piece of one to nine characters.

piece_counts = []
for length in range(10):
    starts = range(len(train_text) - length + 1)
    pieces = Counter(train_text[start : start + length] for start in starts)
    piece_counts.append(pieces)

print(f"th  was seen {piece_counts[2]['th']:6,} times")
print(f"the was seen {piece_counts[3]['the']:6,} times")
for length in range(1, 10):
    print(f"{len(piece_counts[length]):7,} different pieces of length {length}")

# %%
# What came before is called the *context*. A long context says more about the next
# character, but it was seen less often, perhaps never. The cure is *smoothing*: the
# estimate from the shorter context counts as much as 50 sightings of the longer one.
#
# ``lengthen_context`` does that for one length.


def lengthen_context(probabilities, length, weight_of):
    """Blend each probability with what was counted after ``length`` characters.

    ``weight_of(context)`` says as how many sightings the shorter estimate counts.
    """
    blended = probabilities.copy()
    for position in range(length, len(held_out)):
        context = held_out[position - length : position]
        weight = weight_of(context)
        if weight > 0:
            context_seen = piece_counts[length][context]
            piece_seen = piece_counts[length + 1][context + held_out[position]]
            shorter = weight * probabilities[position]
            blended[position] = (piece_seen + shorter) / (context_seen + weight)
    return blended


# %%
# From no context at all to eight characters, one step after the other:


def count_with(weight_of):
    """Return the held-out characters' probabilities, and bits for each context."""
    probabilities = np.full(len(held_out), 1 / 65)
    bits = []
    for length in range(9):
        probabilities = lengthen_context(probabilities, length, weight_of)
        bits.append(float(np.mean(-np.log2(probabilities))))
        print(f"context {length}: {bits[-1]:.3f} bits per character")
    return probabilities, bits


# %%
# We begin with 1/65 for every character and lengthen the context step by step. Context
# 0 is called a *unigram* model, context 1 a *bigram* model. Where will it stop paying?

_, counting_bits = count_with(lambda context: 50)

# %%
# Up to six characters each step pays; the seventh brings a hundredth of a bit, the
# eighth less. There are 680,000 different pieces of nine characters in a million: most
# were seen just once.
#
# Must it be 50 everywhere? After ``q`` hardly any letter but ``u`` was ever seen, after
# a blank nearly all. A context that many *different* characters have followed says
# little about the next one; so there the shorter estimate should count more: as 12
# sightings for each different follower. (The idea is Witten's and Bell's, 1991.) What
# will that bring?

followers = Counter()
for pieces in piece_counts[1:]:
    followers.update(piece[:-1] for piece in pieces)

counted, best_counting_bits = count_with(lambda context: 12 * followers[context])

# %%
# Nearly a tenth of a bit, more than the last three characters of context have brought
# before. Counting beats xz clearly, in a few seconds. This is the model to beat. (50,
# 12 and the longest context of 8 were chosen on the last ninth of the training text.)

# %% A memory that goes on
# The network reads 32 characters at a time, for training steps through thousands of
# characters would be slow and would need much memory. But a sentence does not begin
# anew every 32 characters. So 64 readers, the rows of a batch, share the text: each has
# a stretch of its own, and begins a window with the memory that it had at the end of
# the one before. Only the memory goes on. The gradient stops where the window begins,
# which is called *truncated backpropagation through time*.
#
# Keras calls this *stateful*. Row 0 of each batch of 64 must go on where row 0 of the
# last batch stopped, row 1 likewise, and so on. Look at rows 0 and 64.

READERS = 64
WINDOW = 32

number_of_windows = (len(train_ids) - 1) // (READERS * WINDOW)
used = READERS * WINDOW * number_of_windows
stretches = train_ids[:used].reshape(READERS, number_of_windows, WINDOW)
next_stretches = train_ids[1 : used + 1].reshape(READERS, number_of_windows, WINDOW)
x_train = stretches.swapaxes(0, 1).reshape(-1, WINDOW)
y_train = next_stretches.swapaxes(0, 1).reshape(-1, WINDOW)


def as_text(numbers):
    """Turn numbers back into characters."""
    return "".join(characters[number] for number in numbers)


print("x, row  0:", repr(as_text(x_train[0])))
print("x, row 64:", repr(as_text(x_train[64])))
print("y, row  0:", repr(as_text(y_train[0])))

# %%
# ``y`` is ``x``, one character later: after each character the network is asked for the
# next one. That is 32 questions per row, and nobody had to label anything.

# %% The network
# The *embedding* gives each character 64 numbers. The GRU reads them one after the
# other and keeps 224 numbers as its memory, its *state*. ``return_sequences=True``
# hands out the state after every character. The dense layer makes 65 *logits* of it: a
# softmax would turn them into probabilities.
#
# A stateful layer must know how many texts it reads at the same time. We build the
# network twice: for 64 readers that learn, and for one writer.


def build_model(readers):
    """Return the network for this many texts at the same time, and its GRU."""
    gru = tf.keras.layers.GRU(224, return_sequences=True, stateful=True)
    model = tf.keras.Sequential(
        [
            tf.keras.Input(batch_shape=(readers, None), dtype="int32"),
            tf.keras.layers.Embedding(65, 64),
            gru,
            tf.keras.layers.Dense(65),
        ]
    )
    return model, gru


model, model_gru = build_model(READERS)
writer, writer_gru = build_model(1)
model.summary()

# %% How a network writes
# To write, the network reads one character and its logits say what may come next. We
# draw one character at random, each with its probability, and let the network read that
# one. ``@tf.function`` makes the step fast (lesson 1.01).
#
# A model that reads what it has written itself is called *autoregressive*. In training
# it reads the real text instead, whatever it would have written (*teacher forcing*).
#
# Divide the logits by a *temperature* before the softmax: 1 leaves the probabilities as
# they are. We come back to it.

rng = np.random.default_rng(1)


@tf.function
def read(number):
    """Let the writer read one character; return the logits for the next one."""
    return writer(tf.reshape(number, (1, 1)))[0, 0]


# %%
# And the loop around that step:


def write(beginning, length, temperature=1.0):
    """Go on from ``beginning``; return the text and the share of first choices."""
    writer_gru.reset_state()
    for character in beginning:
        logits = read(tf.constant(number_of[character])).numpy()
    written = ""
    first_choices = 0
    for _ in range(length):
        weights = np.exp(logits.astype("float64") / temperature)
        number = rng.choice(65, p=weights / weights.sum())
        written += characters[number]
        first_choices += int(number == logits.argmax())
        logits = read(tf.constant(number)).numpy()
    return written, first_choices / length


sample, _ = write("\n", 60)
print(repr(sample))

# %%
# That was the network before training: all 65 characters are about equally likely. It
# needs 6.02 bits per character, like blind guessing.

# %% Training, and watching it learn
# Three times through the text. After 5, 15, 50, 150 and 450 steps, and at the end of
# each time through, the writer gets a copy of the weights and writes 60 characters.
# Watch what comes first: letters, the length of words, line breaks, names, words?
#
# The learning rate rises to 0.01 during the first tenth of the steps and then falls to
# zero along a cosine. Where the gradient is long, ``global_clipnorm`` shortens it
# (lesson 4.02). ``shuffle=False`` keeps the readers in their places, and before each
# epoch all of them forget, for they start again at their beginning.

EPOCHS = 3
steps = EPOCHS * number_of_windows
shown_after = [5, 15, 50, 150, 450]
shown_after += [number_of_windows * epoch for epoch in range(1, EPOCHS + 1)]


def start_epoch(epoch, logs):
    """Let all readers forget what they have read."""
    model_gru.reset_state()


def show_progress(batch, logs):
    """Print what the network writes now."""
    step = int(model.optimizer.iterations)
    if step in shown_after:
        writer.set_weights(model.get_weights())
        sample, _ = write("\n", 60)
        print(f"after {step:4} steps: {sample!r}")


# %%
# The training itself:

watch = tf.keras.callbacks.LambdaCallback(
    on_epoch_begin=start_epoch, on_train_batch_end=show_progress
)
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
history = model.fit(
    x_train,
    y_train,
    batch_size=READERS,
    epochs=EPOCHS,
    shuffle=False,
    callbacks=[watch],
    verbose=0,
)
print("bits per character, mean over each epoch:")
print(np.round(np.array(history.history["loss"]) / np.log(2), 2))

# %%
# After 5 and 15 steps it draws single letters, more and more of them small ones. By 50
# steps there are words of the right length and lines, by 150 short real words and
# capitals where a line begins. From then on it is mostly the spelling that gets better.
# Nobody told the network that there are words.

# %% The verdict
# Now the held-out text, once. Again 64 readers share it. Which will be better, the
# network or counting? And how does the network do on as much of the text that it has
# learned from, the end of the training part?


def network_prices_of(ids):
    """Return the bits of each character after the first, read by 64 readers."""
    stretch = (len(ids) - 1) // READERS
    used = READERS * stretch
    x = ids[:used].reshape(READERS, stretch)
    y = ids[1 : used + 1].reshape(READERS, stretch)
    model_gru.reset_state()
    losses = tf.nn.sparse_softmax_cross_entropy_with_logits(y, model(x))
    return losses.numpy().reshape(-1) / np.log(2)


network_prices = network_prices_of(held_out_ids)
network_bits = float(network_prices.mean())
training_bits = float(network_prices_of(train_ids[-len(held_out_ids) :]).mean())
print(f"counting, 50 everywhere:   {counting_bits[-1]:.2f} bits per character")
print(f"counting, 12 per follower: {best_counting_bits[-1]:.2f} bits per character")
print(f"network:                   {network_bits:.2f} bits per character")
print(f"network, on training text: {training_bits:.2f} bits per character")
print(f"perplexity of the network: {2**network_bits:.1f}")

# %%
# The network beats the first counting, by 0.03 to 0.05 bits (three seeds), and loses to
# the second, by 0.03 to 0.06. The model to beat is not beaten, and it took seconds. (A
# comparison with the first alone would have told another story. And it is counting that
# was tuned here; nobody has tuned the network.) Compare what the two keep: the tables
# have 2.1 million rows, the network has 214,000 parameters.
#
# What is the memory worth that goes on? Set back before every batch, the same network
# has 2.26 to 2.27 bits, where it has 2.22 to 2.25: 0.01 to 0.05 more, with each of
# three seeds (outside this lesson). So it helps a little; most of what this network
# uses stands in the 32 characters of its window.
#
# And there is a gap: the text that it has read three times costs it 0.3 bits less. Is
# that text easier, or does the network know it? Trained on the first eight tenths only,
# the same network pays 2.17 to 2.18 bits for the ninth (three seeds), which it then has
# not read. So the text is a little easier, and about a quarter of a bit is
# *overfitting*. Part 5 is about that.
#
# For scale: a network fifty times as large, trained on a graphics card, gets to 2.12
# bits at its best on the same last tenth (A. Karpathy, nanoGPT, a loss of 1.4697). It
# is a *transformer*, as are the large language models, and lesson 4.14 builds a small
# one. Large models do this very task on far more text, and not letter by letter: they
# read *tokens*, pieces of words.

# %% Ask both
# Are the two wrong in the same places? If not, they should be better together. We take
# the mean of both probabilities for each character; there is nothing to tune in that.

network_probabilities = 2.0**-network_prices
used = len(network_prices)
mixed = (network_probabilities + counted[1 : used + 1]) / 2
mixed_bits = float(np.mean(-np.log2(mixed)))
print(f"both: {mixed_bits:.2f} bits per character")

bits_by_model = {
    "guessing blindly": np.log2(65),
    "unigram": counting_bits[0],
    "bigram": counting_bits[1],
    "xz": xz_bits,
    "counting, 50 everywhere": counting_bits[8],
    "network": network_bits,
    "counting, 12 per follower": best_counting_bits[8],
    "network and counting": mixed_bits,
}
figure, axis = plt.subplots(figsize=(8, 4), layout="constrained")
bars = axis.barh(list(bits_by_model), list(bits_by_model.values()))
axis.bar_label(bars, fmt="%.2f", padding=3)
axis.invert_yaxis()
axis.set(title="The held-out text", ylabel="model")
axis.set_xlabel("bits per character (less is better)")
axis.set_xlim(0, 7.5)
plt.show()

# %%
# They are not wrong in the same places: the mean is better than the better of the two.
# You know this from random forests and from stacking. (What a second network, of
# another seed, would bring in place of counting was not tried.)

# %% Where do the bits go?
# A mean hides a lot. Here is the price of every character of the first two speeches of
# the held-out text. Where will it be high?

begin = 3
end = 111
prices = network_prices[begin - 1 : end - 1]
labels = held_out[begin:end].replace("\n", "⏎").replace(" ", "␣")

figure, axes = plt.subplots(2, 1, figsize=(12, 5), sharey=True, layout="constrained")
half = len(prices) // 2
for axis, first in zip(axes, (0, half)):
    axis.bar(range(half), prices[first : first + half])
    axis.set_xticks(range(half), list(labels[first : first + half]), family="monospace")
    axis.set_ylabel("bits")
axes[0].set_title("The held-out text: what each character costs (⏎ is a line break)")
axes[1].set_xlabel("character")
plt.show()

# %%
# The first letter of a name or a word is expensive, its end is nearly free: after
# ``GREM`` there are few ways to go on.
#
# And look at the second *Good morrow, neighbour*. We know at once what comes, for we
# have just read it. What does the network pay for *neighbour* the second time?

first = held_out.index("neighbour")
second = held_out.index("neighbour", first + 1)
first_price = float(network_prices[first - 1 : first + 8].sum())
second_price = float(network_prices[second - 1 : second + 8].sum())
print(f"the first neighbour costs {first_price:.1f} bits")
print(f"the second one costs      {second_price:.1f} bits")

# %%
# The same price again. But that is one word. Let us take all words of six letters or
# more that come again within 400 characters, in the stretch of the same reader.

words = list(re.finditer("[A-Za-z]{6,}", held_out[:used]))
stretch = used // READERS
last_place = {}
pair_rows = []
for word in words:
    start = word.start()
    before = last_place.get(word.group())
    if before is not None and start - before < 400:
        if start // stretch == before // stretch:
            length = len(word.group())
            pair_rows.append(
                {
                    "apart": start - before,
                    "first": network_prices[before - 1 : before - 1 + length].sum(),
                    "second": network_prices[start - 1 : start - 1 + length].sum(),
                }
            )
    last_place[word.group()] = start


# %%
# The price of the first and of the second, by how far apart they are:

pairs = pd.DataFrame(pair_rows)
pairs["discount"] = pairs["first"] - pairs["second"]
apart = pd.cut(pairs["apart"], [0, 32, 128, 400])
by_distance = pairs.groupby(apart, observed=True)
columns = ["first", "second", "discount"]
pair_table = by_distance[columns].mean()
pair_table["standard error"] = by_distance["discount"].sem()
pair_table["pairs"] = by_distance.size()
print(pair_table.round(2).to_string())
mean_discount = float(pairs["discount"].mean())

# %%
# No discount that these pairs could show: the differences are within two of their
# standard errors, and small beside 20 bits. (Of the nearest there are 41 only; a
# discount of a bit would not be seen there.) That *neighbour* has just been said brings
# this network nothing. Would a network that can look back at it do better? Lesson 4.14
# asks.
#
# Does the rule of the expensive first letter hold for the whole text? Take all letters,
# and ask whether another letter stands before.

previous = np.array(list(held_out[:used]))
current = np.array(list(held_out[1 : used + 1]))
starts_word = np.char.isalpha(current) & ~np.char.isalpha(previous)
inside_word = np.char.isalpha(current) & np.char.isalpha(previous)
first_letter_bits = float(network_prices[starts_word].mean())
later_letter_bits = float(network_prices[inside_word].mean())
print(f"first letter of a word: {first_letter_bits:.2f} bits")
print(f"its other letters:      {later_letter_bits:.2f} bits")

# %%
# The first letter of a word costs twice as much as the others in the mean, and the
# price goes on falling for some: the second and the third cost a little more than 2
# bits, those from the fourth on 1.6 to 1.8.

# %% Temperature
# Now let it write more than a line. Dividing the logits by 0.3 makes large differences
# larger, so the network takes its first choice more often. Dividing by 1.6 makes them
# smaller, so that it dares more. 1.0 is what it has learned.
#
# Two numbers for the result: how often did it take its first choice, and how many of
# the words that it wrote stand somewhere in the training text? Which of the three will
# come closest to Shakespeare himself?

writer.set_weights(model.get_weights())


def words_of(text):
    """Return the words of a text, without punctuation."""
    return re.findall("[A-Za-z']+", text)


known_words = set(words_of(train_text))


def share_of_known_words(sample):
    """Say what share of the words stands somewhere in the training text."""
    words = words_of(sample)[1:-1]
    known = [word for word in words if word in known_words]
    return len(known) / len(words)


# %%
# Three temperatures:

temperature_rows = {}
for temperature in (0.3, 1.0, 1.6):
    sample, first_choices = write("ROMEO:\n", 600, temperature)
    print(f"\n---- temperature {temperature}: ROMEO:\n{sample[:400]}")
    temperature_rows[temperature] = {
        "first choice": first_choices,
        "known words": share_of_known_words(sample),
    }

temperatures = pd.DataFrame.from_dict(temperature_rows, orient="index")
print(temperatures.round(2).to_string())
print(f"known words of the held-out text: {share_of_known_words(held_out):.0%}")

# %%
# Cold, it takes its first choice in four of five cases; nearly every word is known, and
# the text says little and repeats itself. Hot, it does so in little more than a third,
# and half of its words are its own (one sample of some 100 words, a standard error of
# 0.05). At 1.0 it uses fewer known words than Shakespeare in the held-out text.
# Language models that you can talk to have the same knob, under the same name, and
# often one more that cuts off the least probable choices (*top-k*, *nucleus sampling*).

# %% Try it yourself
# 1. Which temperature gives the same share of known words as the held-out text? (About
#    0.8, with 0.93 to 0.94; at 1.0 it is some 0.85.)
# 2. Does the network copy? Look for the longest piece of a sample of 600 characters
#    that stands somewhere in ``train_text``. (At 1.0 some 20 characters, at 0.3 some 20
#    to 30. Most of that is the name of a speaker with its line breaks.)
# 3. Let the shorter estimate count as 30 sightings everywhere, instead of 50. Does the
#    longest context still pay? (No: its best is 2.286 bits at a context of 7, and 8 is
#    worse.)

results = {
    "xz_bits": xz_bits,
    "unigram_bits": counting_bits[0],
    "bigram_bits": counting_bits[1],
    "counting_bits": counting_bits[8],
    "best_counting_bits": best_counting_bits[8],
    "network_bits": network_bits,
    "training_bits": training_bits,
    "mixed_bits": mixed_bits,
    "mean_discount": mean_discount,
    "second_neighbour_to_first": second_price / first_price,
    "first_letter_bits": first_letter_bits,
    "later_letter_bits": later_letter_bits,
    "known_words_cold": float(temperatures.loc[0.3, "known words"]),
    "known_words_hot": float(temperatures.loc[1.6, "known words"]),
    "first_choice_cold": float(temperatures.loc[0.3, "first choice"]),
    "first_choice_hot": float(temperatures.loc[1.6, "first choice"]),
}
print(results)
