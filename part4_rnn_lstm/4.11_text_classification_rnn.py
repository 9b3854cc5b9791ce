"""
4.11 Text classification with an RNN
====================================

A recurrent network reads a question word by word; attention marks words, and whether
the network needs them has to be tested. You will

* mask the padding, and measure what the mask is worth,
* write attention in a few lines, draw it over questions, and test what it marks,
* build hierarchical attention (HAN): words into sentences, sentences into a message.

:Data: TREC questions, SMS spam (``course_data.load_trec_questions``,
  ``load_sms_spam``)
:Slides: part 4, "Attention marks a word; take it away to test it", "Hierarchical
  attention: words, then sentences"
:Takes: about 69 s on two CPU cores
"""

# %% The questions
# The task of lesson 3.09: which kind of answer does a question ask for? Six kinds,
# 5,441 questions to learn from and 500 official test questions. There a CNN got 0.91 of
# them right, and a bag of words with a linear support vector machine 0.906.

import re

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import tensorflow as tf
from scipy.stats import binomtest
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.svm import LinearSVC
from tqdm import tqdm

from course_data import load_sms_spam, load_trec_questions

plt.style.use("petroff10")

# %%
# The kinds become numbers, the words small letters:

train, test = load_trec_questions()
classes = sorted(train["label"].unique())
class_numbers = {name: number for number, name in enumerate(classes)}
questions = train["question"].str.lower().to_numpy(str)
y_train = train["label"].map(class_numbers).to_numpy()
test_questions = test["question"].str.lower().to_numpy(str)
y_test = test["label"].map(class_numbers).to_numpy()

# %%
# Words become numbers, and every question 18 places long; zeros fill it up.

PLACES = 18
vectorize = tf.keras.layers.TextVectorization(
    standardize=None, output_sequence_length=PLACES
)
vectorize.adapt(questions)
x_train = vectorize(questions).numpy()
x_test = vectorize(test_questions).numpy()
words = vectorize.vocabulary_size()
lengths = (x_test > 0).sum(axis=1)
print(test_questions[0], x_test[0])
print(f"mean length {lengths.mean():.1f} of {PLACES}: the rest is padding")

# %% What does the padding do?
# The simplest recurrent classifier: an LSTM reads the question, and its last output is
# the question's vector. But the last thing that it reads before it answers is not the
# question, it is a row of zeros. To see what they do, we put six more behind each
# question. What will happen without a mask, and what with one?
#
# (``steps_per_execution=20`` runs 20 batches in one go, which saves time: lesson 1.14.)


def fit(model, x, y, loss, epochs):
    """Train with Adam; its rate falls along a cosine from 0.003 to 0."""
    steps = epochs * int(np.ceil(len(x) / 50))
    rate = tf.keras.optimizers.schedules.CosineDecay(0.003, steps)
    model.compile(
        optimizer=tf.keras.optimizers.Adam(rate),
        loss=loss,
        metrics=["accuracy"],
        steps_per_execution=20,
    )
    model.fit(x, y, batch_size=50, epochs=epochs, verbose=0)


def last_output_model(mask):
    """Return a model that answers from the last output of an LSTM."""
    return tf.keras.Sequential(
        [
            tf.keras.Input(shape=(None,), dtype="int32"),
            tf.keras.layers.Embedding(words, 64, mask_zero=mask),
            tf.keras.layers.SpatialDropout1D(0.2),
            tf.keras.layers.LSTM(64),
            tf.keras.layers.Dropout(0.5),
            tf.keras.layers.Dense(6, activation="softmax"),
        ]
    )


# %%
# Without and with the mask, two seeds each:

x_train_long = np.pad(x_train, ((0, 0), (0, 6)))
x_test_long = np.pad(x_test, ((0, 0), (0, 6)))
mask_rows = []
for seed in tqdm([1, 2]):
    for mask in (False, True):
        tf.keras.utils.set_random_seed(seed)
        model = last_output_model(mask)
        fit(model, x_train_long, y_train, "sparse_categorical_crossentropy", epochs=3)
        accuracy = model.evaluate(x_test_long, y_test, verbose=0)[1]
        mask_rows.append({"seed": seed, "mask": mask, "accuracy": accuracy})
mask_table = pd.DataFrame(mask_rows).pivot_table(
    index="seed", columns="mask", values="accuracy"
)
print(mask_table.round(3).to_string())

# %%
# With the mask the LSTM stops at the last word. Without it it has to keep what it knew
# over up to 20 zeros, and after three epochs it has not yet learned to. It learns it
# slowly: after five epochs we saw 0.81 to 0.84 without the mask and 0.87 to 0.88 with
# it, three seeds each. The mask is one argument, and saves the network that lesson. (Is
# it the zeros *after* the question? Put all of them in front, the option
# ``padding="pre"`` of older tutorials, and without any mask the same LSTM has 0.86 to
# 0.87 after three epochs, three seeds, outside this lesson.)

# %% Attention
# The last output has to hold the whole question. Why not look at *all* outputs, and
# take a weighted mean of them? The weights come from the outputs themselves:
#
# 1. each output h gets a score: v · tanh(h W + b), with W, b and v learned,
# 2. softmax over the words makes weights of the scores that add up to 1,
# 3. the question's vector is the weighted mean of the outputs.
#
# This is *attention*, and more exactly *attention pooling*: many vectors in, one out. A
# padded place gets a score of minus a billion, so its weight is 0.
#
# (Keras' layer ``Attention`` is another one: there each place asks a question of its
# own. That is what a transformer does, lessons 4.13 and 4.14.)


class AttentionPooling(tf.keras.layers.Layer):
    """Weighted mean over time: (batch, time, units) becomes (batch, units)."""

    def __init__(self, name=None):
        super().__init__(name=name)
        self.supports_masking = True
        self.hidden = tf.keras.layers.Dense(64, activation="tanh")
        self.score = tf.keras.layers.Dense(1, use_bias=False)

    def build(self, input_shape):
        self.hidden.build(input_shape)
        self.score.build((*input_shape[:-1], 64))

    def weights_of(self, outputs, mask=None):
        """Return the weight of each place, of shape (batch, time)."""
        scores = self.score(self.hidden(outputs))[:, :, 0]
        if mask is not None:
            scores = tf.where(mask, scores, -1e9)
        return tf.nn.softmax(scores)

    def call(self, outputs, mask=None):
        weights = self.weights_of(outputs, mask)
        return tf.reduce_sum(weights[:, :, tf.newaxis] * outputs, axis=1)

    def compute_mask(self, inputs, mask=None):
        return None


# %%
# Keras brings the mask along from the embedding, through all layers that support
# masking, and hands it to ``call``. It ends here (``compute_mask`` returns none), for
# what comes out has no places any more. ``build`` makes the weights of the two dense
# layers.
#
# Two LSTMs read, one from the front and one from the back (``Bidirectional``), so each
# output knows both neighbours of its word. How many epochs? On four folds of the
# training questions three, four and six epochs had accuracies of 0.82, 0.83 and 0.83,
# and losses of 0.55, 0.54 and 0.59. We take four.


def attention_model():
    sentence = tf.keras.Input(shape=(PLACES,), dtype="int32")
    vectors = tf.keras.layers.Embedding(words, 64, mask_zero=True)(sentence)
    vectors = tf.keras.layers.SpatialDropout1D(0.2)(vectors)
    reader = tf.keras.layers.LSTM(32, return_sequences=True)
    outputs = tf.keras.layers.Bidirectional(reader, name="outputs")(vectors)
    vector = AttentionPooling(name="attention")(outputs)
    vector = tf.keras.layers.Dropout(0.5)(vector)
    answer = tf.keras.layers.Dense(6, activation="softmax")(vector)
    return tf.keras.Model(sentence, answer)


# %%
# Three seeds:

models = []
accuracies = []
for seed in tqdm([1, 2, 3]):
    tf.keras.utils.set_random_seed(seed)
    model = attention_model()
    fit(model, x_train, y_train, "sparse_categorical_crossentropy", epochs=4)
    models.append(model)
    accuracies.append(model.evaluate(x_test, y_test, verbose=0)[1])
attention_accuracy = float(np.mean(accuracies))

# %%
# The bag of words, for comparison. And the ruler: on how many questions do the bag and
# the last network disagree, and who is right there?


def bag_of_words():
    """Return a pipeline: TF-IDF of words and pairs, then a linear classifier."""
    counts = TfidfVectorizer(
        ngram_range=(1, 2), token_pattern=r"\S+", sublinear_tf=True
    )
    return make_pipeline(counts, LinearSVC())


bag = bag_of_words().fit(questions, y_train)
bag_right = bag.predict(test_questions) == y_test
bag_accuracy = float(bag_right.mean())
predictions = model(x_test).numpy().argmax(axis=1)
right = predictions == y_test
only_bag = int(np.sum(bag_right & ~right))
only_attention = int(np.sum(right & ~bag_right))
chance = binomtest(only_bag, only_bag + only_attention).pvalue

print("attention, three seeds:", np.round(accuracies, 3))
print(f"mean {attention_accuracy:.3f}, bag of words {bag_accuracy:.3f}")
print(f"only the bag is right: {only_bag}, only the network: {only_attention}")
print(f"chance alone would part them like this or more with p = {chance:.2f}")

# %%
# Beside the bag of words and the CNN of lesson 3.09 (0.907 to 0.909) attention is two
# points behind or more. By themselves the 500 test questions can hardly tell that from
# chance: each accuracy has a standard error of 0.014, and p is between 0.05 and 0.14
# for the three networks. (To ask only those questions on which one of the two is right
# is called *McNemar's test*.) But there are more questions. On four folds of the
# training part the bag has 0.85 to 0.87 where attention had 0.82 to 0.83, and on the
# same folds it was ahead by 0.034 with a standard error of 0.007. So it is ahead of
# this network, of which only the epochs were chosen with care.
#
# And what do the learned weights bring? A plain mean of the same outputs, with
# ``GlobalAveragePooling1D`` in the place of attention, has 0.876 to 0.886 with three
# seeds (outside this lesson), where attention has 0.880 to 0.886: nothing that this
# test can see.

# %% Draw it
# The weights over a question of each kind. They add up to 1 in each row. Where will
# they lie?


def attention_over(model, x):
    """Return the attention weights of sentences, of shape (count, places)."""
    outputs_of = tf.keras.Model(model.input, model.get_layer("outputs").output)
    outputs = outputs_of(x)
    return model.get_layer("attention").weights_of(outputs, x > 0).numpy()


attention_weights = attention_over(model, x_test)
chosen = []
for number in range(6):
    fits = np.flatnonzero((y_test == number) & right & (lengths > 5) & (lengths < 10))
    chosen.append(fits[0])


# %%
# The darker a word, the more of the attention it has:

figure, axes = plt.subplots(6, 1, figsize=(11, 8), layout="constrained")
for axis, index in zip(axes, chosen):
    length = lengths[index]
    shown = attention_weights[index, :length]
    axis.imshow(shown[np.newaxis], cmap="Blues", vmin=0, vmax=1, aspect="auto")
    for place, word in enumerate(test_questions[index].split()[:length]):
        label = f"{word}\n{shown[place]:.2f}"
        colour = "white" if shown[place] > 0.6 else "black"
        axis.text(place, 0, label, ha="center", va="center", color=colour)
    axis.set(title=f"answer: {classes[predictions[index]]}", yticks=[], xticks=[])
figure.supxlabel("words of the question")
figure.supylabel("attention")
plt.show()

# %% Is it an explanation?
# In three rows the weight lies where a person would put it: "why", "county", "how". In
# the others "is the abbreviation" share it, or it lies on the question mark, or on
# everything but "who". Is it at least what decided?
#
# The test of lesson 3.09: take a word away, and see whether the answer turns. We do it
# with *every* word of every question, one at a time, by writing [UNK] (number 1) in its
# place. (The vocabulary has all training words, so [UNK] never occurs in training, and
# its row is random: lesson 3.09. If the word is deleted instead, 0.24 to 0.38 of the
# answers turn without the most attended one, with [UNK] 0.23 to 0.46: two networks
# agree, the third does not.)

vocabulary = np.array(vectorize.get_vocabulary())
number, place = np.nonzero(x_test)
without_word = x_test[number]
without_word[np.arange(len(number)), place] = 1


def erase_each_word(model):
    """Return a table with a row for each word: its attention, and what it decides."""
    answer = model(x_test).numpy().argmax(axis=1)[number]
    probabilities = model(without_word).numpy()
    table = pd.DataFrame({"question": number})
    table["word"] = vocabulary[x_test[number, place]]
    table["attention"] = attention_over(model, x_test)[number, place]
    table["probability"] = probabilities[np.arange(len(number)), answer]
    table["turned"] = probabilities.argmax(axis=1) != answer
    return table


tables = [erase_each_word(model) for model in models]
print(tables[-1].head(8).round(3).to_string())

# %%
# The question "how far is it from denver to aspen ?": the network looks at "how", and
# changes its mind when "far" is gone.
#
# How many answers turn without the most attended word, without a random one, and
# without the word that matters most, the one whose loss costs the answer most
# probability? How often are the first and the last the same word? All three networks:

rows = []
for table in tables:
    by_question = table.groupby("question")
    most_attended = by_question["attention"].idxmax()
    most_important = by_question["probability"].idxmin()
    random_word = by_question.sample(1, random_state=0)
    row = {
        "most attended": table.loc[most_attended, "turned"].mean(),
        "random": random_word["turned"].mean(),
        "most important": table.loc[most_important, "turned"].mean(),
        "same word": np.mean(most_attended == most_important),
    }
    rows.append(row)
erased = pd.DataFrame(rows, index=["seed 1", "seed 2", "seed 3"])
print("answers that turn without a word, and how often the two are the same")
print(erased.round(3).to_string())

# %%
# And one word in particular. All questions with "who":

who_rows = []
for table in tables:
    who = table[table["word"] == "who"]
    who_rows.append(who[["attention", "turned"]].mean())
who_table = pd.DataFrame(who_rows, index=erased.index).astype(float)
print(
    f"{len(who)} questions with who: its mean attention, answers that turn without it"
)
print(who_table.round(3).to_string())

# %%
# Attention means something: without its favourite word two to four times as many
# answers turn as without a random one (1.5 to 4 times with nine seeds, outside this
# lesson). But in about half of the questions another word matters more (44 to 71 per
# cent).
#
# And look at "who". One network gives it nearly all of its attention, the other two
# give it *nothing*, and they need it just as much: without the word a third to a half
# of the answers to these questions turn. (With six more seeds it gets 0.65 to 0.96. But
# five of the nine networks give "where" nothing, 0.01 at most, and they need it *most*:
# without it 0.70 to 0.78 of the answers turn; with those that give it 0.95 and more,
# 0.44 to 0.56.) What is weighted are the outputs of LSTMs, and those behind "who" have
# heard it, too. (Put attention straight on the embeddings, without an LSTM, and "who"
# gets 0.98 with each of three seeds.) The same data, the same accuracy, and two stories
# about how it was done. So do not read one network's attention as the reason for its
# answer (Jain and Wallace, Attention is not Explanation, 2019). Take the word away.

# %% Hierarchical attention
# A longer text has sentences, and sentences have words. The *hierarchical attention
# network*, HAN (Yang and others 2016), does the same thing twice:
#
#     words of a sentence  → RNN → attention → a vector for the sentence
#     sentences of a text  → RNN → attention → a vector for the text → answer
#
# So it can say which sentence mattered, and in it which word. We try it on text
# messages: spam or not? A message is cut at ``. ! ?`` into up to 4 sentences of up to
# 20 words. Every digit becomes a 0, so telephone numbers of one length are one word.

SENTENCES = 4
WORDS = 20
messages = load_sms_spam().drop_duplicates("message")
is_spam = (messages["label"] == "spam").to_numpy(int)


def clean(message):
    """Lower the case, make every digit a 0, keep letters and a few signs."""
    message = re.sub("[0-9]", "0", message.lower())
    return re.sub("[^a-z0£$!?'.]", " ", message)


def sentences_of(message):
    """Cut a cleaned message into exactly SENTENCES sentences, some of them empty."""
    parts = re.findall(r"[^.!?]+[.!?]*", message)
    parts = [part.replace(".", " ") for part in parts]
    kept = parts[: SENTENCES - 1]
    kept.append(" ".join(parts[SENTENCES - 1 :]))
    return kept + [""] * (SENTENCES - len(kept))


# %%
# Cut, split into training and test messages, and numbered:

cleaned = [clean(message) for message in messages["message"]]
texts = np.array([sentences_of(message) for message in cleaned])
train_texts, test_texts, spam_train, spam_test = train_test_split(
    texts, is_spam, test_size=0.2, random_state=0, stratify=is_spam
)
sms_vectorize = tf.keras.layers.TextVectorization(
    standardize=None, output_sequence_length=WORDS
)
sms_vectorize.adapt(train_texts.ravel())
sms_train = sms_vectorize(train_texts.ravel()).numpy().reshape(-1, SENTENCES, WORDS)
sms_test = sms_vectorize(test_texts.ravel()).numpy().reshape(-1, SENTENCES, WORDS)
print("messages, sentences, words:", sms_train.shape)
print([sentence[:40] for sentence in train_texts[1]])

# %%
# One trick makes it short: the words are read with all sentences of the batch below
# each other, (batch · 4, 20), and then each message gets its four vectors back, (batch,
# 4, 32). A sentence without words is masked for the outer attention.


def hierarchical_model(words):
    message = tf.keras.Input(shape=(SENTENCES, WORDS), dtype="int32")
    sentences = tf.keras.ops.reshape(message, (-1, WORDS))
    vectors = tf.keras.layers.Embedding(words, 32, mask_zero=True)(sentences)
    reader = tf.keras.layers.GRU(16, return_sequences=True)
    outputs = tf.keras.layers.Bidirectional(reader, name="word_outputs")(vectors)
    sentence_vectors = AttentionPooling(name="over_words")(outputs)

    sentence_vectors = tf.keras.ops.reshape(sentence_vectors, (-1, SENTENCES, 32))
    has_words = tf.keras.ops.any(message > 0, axis=2)
    reader = tf.keras.layers.GRU(16, return_sequences=True)
    sentence_reader = tf.keras.layers.Bidirectional(reader, name="sentence_outputs")
    outputs = sentence_reader(sentence_vectors, mask=has_words)
    vector = AttentionPooling(name="over_sentences")(outputs, mask=has_words)
    vector = tf.keras.layers.Dropout(0.3)(vector)
    answer = tf.keras.layers.Dense(1, activation="sigmoid")(vector)
    return tf.keras.Model(message, answer)


# %%
# Three epochs, and the bag of words on the same messages:

tf.keras.utils.set_random_seed(1)
han = hierarchical_model(sms_vectorize.vocabulary_size())
fit(han, sms_train, spam_train, "binary_crossentropy", epochs=3)
han_accuracy = han.evaluate(sms_test, spam_test, verbose=0)[1]

joined_train = [" ".join(sentences) for sentences in train_texts]
joined_test = [" ".join(sentences) for sentences in test_texts]
sms_bag = bag_of_words().fit(joined_train, spam_train)
sms_bag_accuracy = float(sms_bag.score(joined_test, spam_test))
print(f"never spam:             {1 - spam_test.mean():.3f}")
print(f"bag of words:           {sms_bag_accuracy:.3f}")
print(f"hierarchical attention: {han_accuracy:.3f}")

# %%
# Bag and HAN are level, within what 1,035 messages can tell (a standard error of
# 0.004). HAN was made for reviews of many sentences; a message has two, or what looks
# like sentences. What it adds is a picture of how it read: the first spam message of
# the test part with four sentences, and both heights of attention.

spam_numbers = np.flatnonzero((spam_test == 1) & (sms_test[:, 3, 2] > 0))
one_message = sms_test[spam_numbers[:1]]
inner_names = ("word_outputs", "sentence_outputs")
inner_outputs = [han.get_layer(name).output for name in inner_names]
word_outputs, sentence_outputs = tf.keras.Model(han.input, inner_outputs)(one_message)
word_weights = han.get_layer("over_words").weights_of(word_outputs, one_message[0] > 0)
has_words = np.any(one_message > 0, axis=2)
sentence_layer = han.get_layer("over_sentences")
sentence_weights = sentence_layer.weights_of(sentence_outputs, has_words)[0].numpy()

# %%
# A column for the sentences, twelve for their first words:

sms_vocabulary = np.array(sms_vectorize.get_vocabulary())
shown = 12
sentence_cells = np.full((SENTENCES, shown + 1), np.nan)
sentence_cells[:, 0] = sentence_weights
word_cells = np.full((SENTENCES, shown + 1), np.nan)
word_cells[:, 1:] = word_weights[:, :shown]

# %%
# Red is the attention on a sentence, blue that on its words.

figure, axis = plt.subplots(figsize=(12, 3), layout="constrained")
axis.imshow(word_cells, cmap="Blues", vmin=0, vmax=1, aspect="auto")
axis.imshow(sentence_cells, cmap="Reds", vmin=0, vmax=1, aspect="auto")
for row in range(SENTENCES):
    axis.text(0, row, f"{sentence_weights[row]:.2f}", ha="center", va="center")
    for column in range(shown):
        word = sms_vocabulary[one_message[0, row, column]]
        colour = "white" if word_weights[row, column] > 0.6 else "black"
        axis.text(column + 1, row, word, ha="center", va="center", color=colour)
axis.set(title="A spam message, read at two heights", yticks=range(SENTENCES))
axis.set(xlabel="attention on the sentence, then its words", ylabel="sentence")
axis.set_xticks([])
plt.show()

# %%
# What was cut here are not all sentences: rows 1 to 3 are one web address, cut at its
# dots. Nearly all of the attention on rows goes to its first part, where it lies on
# "www", and to its last with the rest of the message, and hardly any to its middle, a
# single unknown word. Two other seeds draw much the same picture here; but after "who"
# we would ask each of them.

# %% Try it yourself
# 1. Look at the attention over a question that the network gets wrong. Does it look at
#    the wrong word, or at the right one and draw the wrong conclusion? (The last
#    network looks at "is" or at the question mark in half of them; the two others
#    prefer the question mark, and "what". In about one of six it looks at the right
#    word and is wrong all the same: at "hemisphere" in "what hemisphere is the
#    philippines in ?", at "metal" in "what metal has the highest melting point ?")
# 2. Which words turn most answers, and do they get the attention? Group one of the
#    ``tables`` by word, among words that occur ten times or more. (With all three
#    networks "year" is first, with 94 to 100 per cent of its answers and a mean
#    attention of 0.7 to 0.9; "where" has 0.95 to 1 and turns 56 per cent. Three of six
#    other seeds have an attention of 0.01 to 0.21 for "year", and 88 to 94 per cent
#    turn all the same.)
# 3. Cut the messages into eight sentences of ten words: ``SENTENCES`` and ``WORDS``.
#    What changes? (Nothing to speak of: 0.984 to 0.985 with three seeds. More sentences
#    are kept, and long ones lose their end.)

results = {
    "last_output_not_masked": float(mask_table[False].mean()),
    "last_output_masked": float(mask_table[True].mean()),
    "attention_accuracy": attention_accuracy,
    "bag_accuracy": bag_accuracy,
    "weights_add_up_to": float(attention_weights.sum(axis=1).mean()),
    "weight_on_padding": float(attention_weights[x_test == 0].max()),
    "changed_best": float(erased["most attended"].mean()),
    "changed_random": float(erased["random"].mean()),
    "changed_important": float(erased["most important"].mean()),
    "who_attention_least": float(who_table["attention"].min()),
    "who_attention_most": float(who_table["attention"].max()),
    "who_turned": float(who_table["turned"].mean()),
    "han_accuracy": han_accuracy,
    "sms_bag_accuracy": sms_bag_accuracy,
}
print(results)
