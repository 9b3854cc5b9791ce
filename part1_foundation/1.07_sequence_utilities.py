"""
1.07 Sequence utilities
=======================

Texts, melodies and measurements come as rows of different length. A network wants
rectangles. You will

* turn words into numbers, and rows of different length into a rectangle,
* keep the padding out of a mean, and most of it out of the rectangle,
* sort, look up and pick the best few.

:Data: 5,171 text messages (``course_data.load_sms_spam``); census income
  (``course_data.load_census_income``)
:Slides: part 1, "Five reference lessons: tools to look up"
:Takes: about 5 s on two CPU cores
"""

# %% A vocabulary
# A network reads numbers, so each word gets one. ``tf.strings.split`` makes a ragged
# tensor of the messages (lesson 1.02), and its ``flat_values`` are the words of all of
# them in one row. ``unique_with_counts`` returns three things: the different words, for
# each word of the text its place among them, and how often each occurs.

import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf

from course_data import load_census_income, load_sms_spam

plt.style.use("petroff10")

# %%
# NumPy's ``unique`` sorts. Does TensorFlow's? And what share of the words occurs a
# single time? Guess.

messages = load_sms_spam()["message"].drop_duplicates()
words = tf.strings.split(messages.to_numpy(dtype=object))
vocabulary, word_ids, counts = tf.unique_with_counts(words.flat_values)
once_share = float(np.mean(counts == 1))
print("first message:  ", words[0].numpy()[:5])
print("vocabulary:     ", vocabulary[:5].numpy())
print("numbers of words:", word_ids[:5].numpy())
print(f"{len(vocabulary):,} different words, {once_share:.0%} of them occur once")

# %%
# Not sorted: the order is that of first appearance. And two words in three occur once.
# Little can be learned from a single use, so vocabularies are cut to the frequent ones.
#
# How many words does each message have? ``cumsum`` adds up as it goes; with
# ``exclusive=True`` it leaves the number itself out. Of lengths it makes the place
# where each message begins among all words, which a ragged tensor calls ``row_starts``.

lengths = tf.cast(words.row_lengths(), tf.int32)
starts = tf.cumsum(lengths, exclusive=True)
starts_are_right = bool(tf.reduce_all(tf.cast(starts, tf.int64) == words.row_starts()))
print("lengths:", lengths[:4].numpy())
print("starts: ", starts[:4].numpy())

# %% A rectangle
# ``pad_sequences`` cuts long rows and fills short ones until all have the same length.
# Four messages, six words each. On which side will it fill? And which words of the
# longest message does it throw away?

four = [message.split() for message in messages.loc[[126, 111, 386, 131]]]
by_default = tf.keras.utils.pad_sequences(four, maxlen=6, dtype=object, value="")
both_post = tf.keras.utils.pad_sequences(
    four, maxlen=6, dtype=object, value="", padding="post", truncating="post"
)

figure, axes = plt.subplots(2, 1, figsize=(8, 5), layout="constrained")
panels = {"by default": by_default, "padding and truncating 'post'": both_post}
for axis, (name, rectangle) in zip(axes, panels.items()):
    axis.imshow(rectangle != "", cmap="Blues", vmin=0, vmax=2, aspect="auto")
    for (row, column), word in np.ndenumerate(rectangle):
        axis.text(column, row, word, ha="center", va="center")
    axis.set(title=name, xlabel="place", ylabel="message", yticks=range(4))
plt.show()

# %%
# In front, both times. The long message has lost its beginning, and with it the
# question. With a mask, which comes next, say "post" for the padding, as Keras' guides
# do; and think about which end of a long message may be cut. (In part 4 the layer
# ``TextVectorization`` does all of this: vocabulary, numbers, padding at the end.)

# %% Keep the padding out
# The mean length of a word is about four characters. We make a rectangle of word
# lengths, filled up with zeros. What will the mean of the whole rectangle be?
#
# ``map_flat_values`` applies a function to every word and leaves the rows as they are.
# ``sequence_mask`` makes a table of True and False from the lengths: which cells are
# real.

word_lengths = tf.ragged.map_flat_values(tf.strings.length, words, unit="UTF8_CHAR")
rectangle = word_lengths.to_tensor()
mask = tf.sequence_mask(lengths)
naive_mean = float(tf.reduce_mean(tf.cast(rectangle, tf.float32)))
real_cells = tf.boolean_mask(rectangle, mask)
masked_mean = float(tf.reduce_mean(tf.cast(real_cells, tf.float32)))
padding_share = 1 - float(np.mean(mask))
print(f"mean of the rectangle: {naive_mean:.2f} characters")
print(f"mean under the mask:   {masked_mean:.2f} characters")
print(f"{padding_share:.0%} of the rectangle is padding")

# %%
# Wrong by a factor of eleven. A mean over padding is a mean of zeros, and a loss over
# padding is no loss. (The ragged tensor itself needs no mask:
# ``tf.reduce_mean(word_lengths)`` is 4.20 as well.) Many layers of Keras carry such a
# mask along by themselves, when they are told (``mask_zero=True``, part 4): dense,
# recurrent and dropout layers do, convolution, pooling to the largest and ``Flatten``
# do not.

# %% Less padding
# Padding is not only a danger, it is work: the network computes every cell. But a
# rectangle needs to be only as wide as the longest row in its *batch*. Batches of 64:
# how much padding is left? And how much when the messages are sorted by length before?


def padding_in_batches(lengths, batch_size=64):
    """Return the share of padding when each batch is as wide as its longest row."""
    cells = 0
    for start in range(0, len(lengths), batch_size):
        batch = lengths[start : start + batch_size]
        cells += len(batch) * int(tf.reduce_max(batch))
    return 1 - int(tf.reduce_sum(lengths)) / cells


# %%
# In the order of the file, then sorted by length:

order = tf.argsort(lengths)
sorted_lengths = tf.gather(lengths, order)
padding_by_file = padding_in_batches(lengths)
padding_sorted = padding_in_batches(sorted_lengths)

shares = {
    "one rectangle": padding_share,
    "batches of 64": padding_by_file,
    "sorted, then batches": padding_sorted,
}
figure, axis = plt.subplots(figsize=(7, 2.8), layout="constrained")
bars = axis.barh(list(shares), list(shares.values()))
axis.bar_label(bars, fmt="{:.1%}", padding=3)
axis.set(title="What is padding", xlabel="share of all cells", ylabel="arrangement")
axis.set_xlim(0, 1.1)
axis.invert_yaxis()
plt.show()

# %%
# Nine cells in ten become one in thirteen. The network does the same work in a fraction
# of the time. (In training one shuffles among messages of *similar* length, so that not
# every epoch has the same batches. In ``tf.data`` the two are ``padded_batch`` and
# ``bucket_by_sequence_length``.)
#
# ``argsort`` gives the order, not the values. ``invert_permutation`` gives the way
# back: the answers for the sorted messages, in the order of the file.

back = tf.gather(sorted_lengths, tf.math.invert_permutation(order))
back_is_equal = bool(tf.reduce_all(back == lengths))
print("back in the order of the file:", back_is_equal)

# %% Backwards
# A network that reads from both ends needs each row reversed. Two rows, of length 3 and
# 2, filled up with 0. What is wrong with the first result?

padded = tf.constant([[11, 12, 13, 0, 0], [21, 22, 0, 0, 0]])
reversed_all = tf.reverse(padded, axis=[1])
reversed_rows = tf.reverse_sequence(padded, seq_lengths=[3, 2], seq_axis=1)
print("reverse:\n", reversed_all.numpy())
print("reverse_sequence:\n", reversed_rows.numpy())

# %%
# ``reverse`` puts the padding first, and the rows no longer begin at the same place.
# ``reverse_sequence`` knows the lengths and leaves the padding alone.

# %% The best few
# ``top_k`` returns the largest values of each row and their places. Five words that
# occur most often:

top_counts, top_places = tf.math.top_k(counts, k=5)
for count, place in zip(top_counts.numpy(), top_places.numpy()):
    print(f"{vocabulary[place].numpy().decode():5} {count:5,} times")

# %% Look up the bin
# ``searchsorted`` finds the place of a value among sorted edges. Ages in six groups:
# under 25, 25 to 34, and so on. In which group will someone of *exactly* 25 be?

edges = [25, 35, 45, 55, 65]
ages = tf.constant(load_census_income()[0]["age"], tf.int32)
group_right = tf.searchsorted(edges, ages, side="right")
group_left = tf.searchsorted(edges, ages, side="left")
group_sizes = tf.math.bincount(group_right, minlength=6)
print("exactly 25, side='right':", int(tf.searchsorted(edges, [25], side="right")[0]))
print("exactly 25, side='left': ", int(tf.searchsorted(edges, [25], side="left")[0]))
print("people in each group:", group_sizes.numpy())
bins_equal_numpy = bool(np.array_equal(group_right, np.digitize(ages, edges)))
on_an_edge = int(tf.math.count_nonzero(group_right != group_left))
print(f"{on_an_edge:,} people stand exactly on an edge")

# %%
# With ``side="right"`` in group 1, which begins at 25; with the default, "left", in
# group 0. It decides for nine in a hundred people here, so say it. (As a layer of a
# network: ``tf.keras.layers.Discretization``.)

# %% Try it yourself
# 1. Write down ``tf.keras.utils.pad_sequences([[1, 2, 3, 4], [5]], maxlen=3)``, then
#    run it. ([[2, 3, 4], [0, 0, 5]].)
# 2. Try batches of 8 and of 512, in the order of the file and sorted. Who wastes least?
#    (Batches of 8: 53 %, and 0.6 % when sorted. Batches of 512: 84 % and 20 %.)
# 3. What share of the text would a vocabulary of the 2,000 most frequent words cover?
#    (``tf.sort(counts, direction="DESCENDING")[:2000]``, added up and divided by the
#    sum of all: three quarters.)

results = {
    "vocabulary_size": len(vocabulary),
    "once_share": once_share,
    "starts_are_right": starts_are_right,
    "naive_mean": naive_mean,
    "masked_mean": masked_mean,
    "padding_share": padding_share,
    "padding_by_file": padding_by_file,
    "padding_sorted": padding_sorted,
    "back_is_equal": back_is_equal,
    "reversed_first": int(reversed_rows[0, 0]),
    "most_frequent": int(top_counts[0]),
    "bins_equal_numpy": bins_equal_numpy,
    "on_an_edge": on_an_edge,
}
print(results)
