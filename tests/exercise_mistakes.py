"""Answers that participants get wrong, and a few words of what they must be told.

Each row is a task, code that defines the answer, and words that its hint must hold. The
code is a participant's, written without a look at the checks.
"""

MISTAKES = [
    # Part 1
    (
        "slope",
        """
def slope(function, x):
    with tf.GradientTape() as tape:
        y = function(x)
    return tape.gradient(y, tf.constant(x))
""",
        "did not see",
    ),
    ("slope", "slope = lambda function, x: function(x)", "not its slope"),
    (
        "slope",
        "slope = lambda f, x: (f(x - 1e-3) - f(x + 1e-3)) / 2e-3",
        "sign is wrong",
    ),
    (
        "shapes",
        "shapes = {**shapes, 'pictures[:1]': (28, 20)}",
        "A slice keeps its axis",
    ),
    (
        "shapes",
        "shapes = {**shapes, 'pictures[:, 0]': (60, 28)}",
        "The rows disappear",
    ),
    ("shapes", "shapes = {**shapes, 'pictures[0]': 28}", "write a tuple"),
    (
        "brightness",
        "brightness = lambda x: tf.reduce_mean(tf.cast(x, tf.float32), axis=0)",
        "averages over the pictures",
    ),
    (
        "brightness",
        "brightness = lambda x: tf.reduce_mean(x, axis=(1, 2))",
        "cut off",
    ),
    (
        "brightness",
        "brightness = lambda x: tf.reduce_sum(x, axis=(1, 2)) / 20",
        "begins again at 256",
    ),
    ("brightness", "brightness = lambda x: np.mean(x)", "all pictures together"),
    ("brightness", "brightness = lambda x: np.mean(x, axis=-1)", "each row of each"),
    (
        "center_rows",
        "center_rows = lambda x: x - tf.reduce_mean(x, axis=1)",
        "laid along the columns",
    ),
    ("center_rows", "center_rows = lambda x: x - x.mean(axis=0)", "over the people"),
    ("center_rows", "center_rows = lambda x: x - x.mean()", "one number"),
    (
        "mean_squared_error",
        "mean_squared_error = lambda y, p: tf.reduce_mean((y - p) ** 2)",
        "each row against each other",
    ),
    (
        "mean_squared_error",
        "mean_squared_error = lambda y, p: tf.reduce_sum((y - p[:, 0]) ** 2)",
        "sum of the squares",
    ),
    (
        "mean_squared_error",
        "mean_squared_error = lambda y, p: (y - p[:, 0]) ** 2",
        "one number",
    ),
    ("column_means", "column_means = lambda t: tf.reduce_mean(t, axis=0)", "every sum"),
    (
        "column_means",
        "column_means = lambda t: np.mean(np.where(np.isnan(t), 0, t), axis=0)",
        "divided by all rows",
    ),
    ("column_means", "column_means = lambda t: np.nanmean(t, axis=1)", "means of rows"),
    (
        "mean_of_words",
        "mean_of_words = lambda v, n: tf.reduce_mean(v, axis=1)",
        "padding counts",
    ),
    (
        "mean_of_words",
        """
def mean_of_words(vectors, lengths):
    mask = tf.sequence_mask(lengths, dtype=tf.float32)
    return tf.reduce_mean(vectors * mask[..., tf.newaxis], axis=1)
""",
        "divides by all five places",
    ),
    (
        "mean_of_words",
        """
def mean_of_words(vectors, lengths):
    mask = tf.sequence_mask(lengths, dtype=tf.float32)
    return tf.reduce_sum(vectors * mask, axis=1)
""",
        "Two shapes do not fit",
    ),
    (
        "layer_shapes",
        "layer_shapes = lambda s: [((b, a), (b,)) for a, b in zip(s, s[1:])]",
        "textbook",
    ),
    (
        "layer_shapes",
        "layer_shapes = lambda s: [((a, b), b) for a, b in zip(s, s[1:])]",
        "with a comma",
    ),
    (
        "layer_shapes",
        "layer_shapes = lambda s: [((a, b), (a,)) for a, b in zip(s, s[1:])]",
        "not for each input",
    ),
    (
        "training_step",
        """
def training_step(slope, intercept, x, y, learning_rate):
    error = y - (slope * x + intercept)
    slope -= learning_rate * np.mean(2 * error * x)
    intercept -= learning_rate * np.mean(2 * error)
    return slope, intercept
""",
        "uphill",
    ),
    (
        "training_step",
        """
def training_step(slope, intercept, x, y, learning_rate):
    slope -= learning_rate * np.mean(2 * (slope * x + intercept - y) * x)
    intercept -= learning_rate * np.mean(2 * (slope * x + intercept - y))
    return slope, intercept
""",
        "move at once",
    ),
    (
        "training_step",
        """
def training_step(slope, intercept, x, y, learning_rate):
    error = slope * x + intercept - y
    return slope - learning_rate * 2 * error * x, intercept - learning_rate * 2 * error
""",
        "mean over the rows",
    ),
    (
        "cross_entropy",
        "cross_entropy = lambda p, y: np.log(p[np.arange(len(y)), y]).mean()",
        "sign is wrong",
    ),
    (
        "cross_entropy",
        "cross_entropy = lambda p, y: -np.log(p).mean()",
        "right class counts",
    ),
    (
        "cross_entropy",
        "cross_entropy = lambda p, y: -np.log(p.max(axis=1)).mean()",
        "largest probability",
    ),
    (
        "layer_shapes",
        "layer_shapes = lambda s: [((5, 4), (4,)), ((4, 3), (3,)), ((1, 3), (1,))]",
        "pair of layer 3",
    ),
    # Part 2
    (
        "precision_and_recall",
        """
def precision_and_recall(y, predicted):
    found = np.sum(y * predicted)
    return found / np.sum(y), found / np.sum(predicted)
""",
        "swapped",
    ),
    (
        "precision_and_recall",
        """
def precision_and_recall(y, predicted):
    found = np.mean(y * predicted)
    return found, found
""",
        "divided by all rows",
    ),
    (
        "precision_and_recall",
        """
def precision_and_recall(y, predicted):
    return np.mean(y == predicted), np.sum(y * predicted) / np.sum(y)
""",
        "accuracy",
    ),
    (
        "scale",
        """
def scale(x_train, x_test):
    mean, spread = x_train.mean(axis=1), x_train.std(axis=1)
    return (x_train - mean) / spread, (x_test - mean) / spread
""",
        "mean per row",
    ),
    (
        "scale",
        """
def scale(x_train, x_test):
    both = np.concatenate([x_train, x_test])
    mean, spread = both.mean(axis=0), both.std(axis=0)
    return (x_train - mean) / spread, (x_test - mean) / spread
""",
        "A leak",
    ),
    (
        "scale",
        """
def scale(x_train, x_test):
    return [(x - x.mean(axis=0)) / x.std(axis=0) for x in (x_train, x_test)]
""",
        "two different numbers",
    ),
    (
        "scale",
        """
def scale(x_train, x_test):
    mean, spread = x_train.mean(), x_train.std()
    return (x_train - mean) / spread, (x_test - mean) / spread
""",
        "each column wants its own",
    ),
    (
        "folds",
        """
def folds(n, k):
    size = n // k
    parts = [np.arange(i * size, (i + 1) * size) for i in range(k - 1)]
    return parts + [np.arange((k - 1) * size, n)]
""",
        "differ by more than one",
    ),
    (
        "paired_difference",
        "paired_difference = lambda a, b: (np.mean(a - b), np.std(a - b))",
        "divide by the root",
    ),
    (
        "folds",
        "folds = lambda n, k: np.arange(n // k * k).reshape(k, -1).tolist()",
        "in no fold",
    ),
    (
        "folds",
        "folds = lambda n, k: [np.arange(n)[i : i + n // k + 1] for i in range(k)]",
        "two folds",
    ),
    (
        "folds",
        "folds = lambda n, k: [np.arange(1, n + 1)[i::k] for i in range(k)]",
        "count from 0",
    ),
    (
        "paired_difference",
        """
def paired_difference(a, b):
    spread = np.sqrt(np.var(a, ddof=1) + np.var(b, ddof=1))
    return np.mean(a) - np.mean(b), spread / np.sqrt(len(a))
""",
        "ruler is too long",
    ),
    (
        "paired_difference",
        "paired_difference = lambda a, b: (np.mean(a - b), np.std(a - b, ddof=1))",
        "spread of the differences",
    ),
    (
        "paired_difference",
        "paired_difference = lambda a, b: a - b",
        "Return two numbers",
    ),
    (
        "build_regression",
        """
def build_regression(x_train):
    return tf.keras.Sequential([
        tf.keras.Input(shape=(6,)),
        tf.keras.layers.Dense(32, activation="relu"),
        tf.keras.layers.Dense(1),
    ])
""",
        "adapted to x_train, belongs inside",
    ),
    (
        "build_regression",
        """
def build_regression(x_train):
    return tf.keras.Sequential([
        tf.keras.Input(shape=(6,)),
        tf.keras.layers.Normalization(),
        tf.keras.layers.Dense(32, activation="relu"),
        tf.keras.layers.Dense(1),
    ])
""",
        "learned nothing yet",
    ),
    (
        "build_regression",
        """
def build_regression(x_train):
    normalization = tf.keras.layers.Normalization()
    normalization.adapt(x_train)
    return tf.keras.Sequential([
        tf.keras.Input(shape=(6,)),
        normalization,
        tf.keras.layers.Dense(32, activation="relu"),
        tf.keras.layers.Dense(1, activation="sigmoid"),
    ])
""",
        "A sigmoid ends at 1",
    ),
    (
        "recall_by_class",
        """
def recall_by_class(y, predicted, classes):
    return [np.mean(y[predicted == c] == c) for c in range(classes)]
""",
        "precision of each class",
    ),
    (
        "recall_by_class",
        """
def recall_by_class(y, predicted, classes):
    return [np.mean((y == c) & (predicted == c)) for c in range(classes)]
""",
        "shares of all rows",
    ),
    (
        "recall_by_class",
        """
def recall_by_class(y, predicted, classes):
    return [np.mean((y == c) == (predicted == c)) for c in range(classes)]
""",
        "easy rows",
    ),
    (
        "class_weights",
        "class_weights = lambda y: {c: np.mean(y == c) for c in range(3)}",
        "turn it around",
    ),
    (
        "class_weights",
        "class_weights = lambda y: {c: 1 / np.mean(y == c) for c in range(3)}",
        "Divide by the number of classes",
    ),
    (
        "class_weights",
        "class_weights = lambda y: {c: 1 / np.sum(y == c) for c in range(3)}",
        "too small",
    ),
    (
        "one_hot",
        """
def one_hot(words, vocabulary):
    table = np.zeros((len(words), len(vocabulary)))
    for row, word in enumerate(words):
        table[row, vocabulary.index(word)] = 1
    return table
""",
        "not in the vocabulary",
    ),
    (
        "one_hot",
        """
def one_hot(words, vocabulary):
    import pandas as pd
    return pd.get_dummies(pd.Series(words))
""",
        "words of *these* rows",
    ),
    (
        "one_hot",
        """
def one_hot(words, vocabulary):
    vocabulary = sorted(vocabulary)
    return np.array([[word == known for known in vocabulary] for word in words])
""",
        "order of the alphabet",
    ),
    (
        "one_hot",
        """
def one_hot(words, vocabulary):
    lookup = tf.keras.layers.StringLookup(vocabulary=vocabulary, output_mode="one_hot")
    return lookup(tf.constant(words))
""",
        "column of its own",
    ),
    # Part 3
    (
        "convolve",
        """
def convolve(image, kernel):
    out = np.zeros(image.shape)
    for row in range(image.shape[0]):
        for column in range(image.shape[1]):
            window = image[row : row + 2, column : column + 3]
            out[row, column] = np.sum(window * kernel)
    return out
""",
        "sticks out of the image",
    ),
    (
        "convolve",
        """
def convolve(image, kernel):
    from scipy.signal import convolve2d
    return convolve2d(image, kernel, mode="valid")
""",
        "turned round",
    ),
    (
        "convolve",
        """
def convolve(image, kernel):
    h, w = kernel.shape
    output = np.zeros((image.shape[0] - h, image.shape[1] - w))
    for i in range(output.shape[0]):
        for j in range(output.shape[1]):
            output[i, j] = np.sum(image[i : i + h, j : j + w] * kernel)
    return output
""",
        "place is missing",
    ),
    (
        "convolve",
        """
def convolve(image, kernel):
    h, w = kernel.shape
    output = tf.zeros((image.shape[0] - h + 1, image.shape[1] - w + 1))
    for i in range(output.shape[0]):
        for j in range(output.shape[1]):
            output[i, j] = np.sum(image[i : i + h, j : j + w] * kernel)
    return output
""",
        "A tensor cannot be changed",
    ),
    (
        "to_batch",
        "to_batch = lambda p: np.reshape(p[:4, :6], (1, 4, 6, 1))",
        "cannot reshape",
    ),
    ("to_batch", "to_batch = lambda p: p[np.newaxis]", "channels are missing"),
    ("to_batch", "to_batch = lambda p: p[np.newaxis, np.newaxis]", "as in PyTorch"),
    ("to_batch", "to_batch = lambda p: p.reshape(1, 6, 4, 1)", "scrambled"),
    (
        "flat_place",
        "flat_place = lambda row, column, channel, width, channels: row * width + "
        "column + channel",
        "channels are forgotten",
    ),
    (
        "flat_place",
        "flat_place = lambda row, column, channel, width, channels: (column * 4 + row)"
        " * channels + channel",
        "column by column",
    ),
    (
        "output_width",
        "output_width = lambda W, F, P, S: (W - F + 2 * P) / S + 1",
        "half a place",
    ),
    (
        "output_width",
        "output_width = lambda W, F, P, S: (W - F + 2 * P) // S",
        "1 is forgotten",
    ),
    (
        "output_width",
        "output_width = lambda W, F, P, S: (W - F + P) // S + 1",
        "both sides",
    ),
    (
        "output_width",
        "output_width = lambda W, F, P, S: float((W - F + 2 * P) // S + 1)",
        "no whole number",
    ),
    ("add_frame", "add_frame = lambda x, F: np.pad(x, (F - 1) // 2)", "new channels"),
    (
        "add_frame",
        "add_frame = lambda x, F: np.pad(x, [(0, 0), (1, 1), (1, 1), (0, 0)])",
        "not for one of 5",
    ),
    (
        "add_frame",
        "add_frame = lambda x, F: np.pad(x, [(0, 0), (F - 1, 0), (F - 1, 0), (0, 0)])",
        "one side",
    ),
    ("max_pool", "max_pool = lambda x: x[::2, ::2]", "leaves places out"),
    (
        "max_pool",
        "max_pool = lambda x: x.reshape(2, 2, 3, 2).mean(axis=(1, 3))",
        "average pooling",
    ),
    (
        "max_pool",
        "max_pool = lambda x: x.reshape(x.shape[0] // 2, x.shape[1] // 2, 4).max(-1)",
        "piece of one row",
    ),
    (
        "parameters",
        "parameters = lambda F, channels, filters: F * F * channels * filters",
        "biases are forgotten",
    ),
    (
        "parameters",
        "parameters = lambda F, channels, filters: (F * F + 1) * filters",
        "channels of the input",
    ),
    (
        "build_cnn",
        """
def build_cnn():
    return tf.keras.Sequential([
        tf.keras.Input(shape=(28, 28)),
        tf.keras.layers.Conv2D(8, 3, activation="relu"),
    ])
""",
        "is the axis of the channels there",
    ),
    (
        "build_cnn",
        """
def build_cnn():
    return tf.keras.Sequential([
        tf.keras.Input(shape=(28, 28, 1)),
        tf.keras.layers.Rescaling(1 / 255),
        tf.keras.layers.Conv2D(16, 3, activation="relu"),
        tf.keras.layers.Conv2D(32, 3, activation="relu"),
        tf.keras.layers.Flatten(),
        tf.keras.layers.Dense(10, activation="softmax"),
    ])
""",
        "Most stand in dense",
    ),
    (
        "build_cnn",
        """
def build_cnn():
    return tf.keras.Sequential([
        tf.keras.Input(shape=(28, 28, 1)),
        tf.keras.layers.Rescaling(1 / 255),
        tf.keras.layers.Conv2D(16, 5, strides=2, activation="relu"),
        tf.keras.layers.Conv2D(32, 3, strides=2, activation="relu"),
        tf.keras.layers.Flatten(),
        tf.keras.layers.Dense(10, activation="sigmoid"),
    ])
""",
        "wants softmax",
    ),
    (
        "build_cnn",
        """
def build_cnn():
    return tf.keras.Sequential([
        tf.keras.Input(shape=(28, 28, 1)),
        tf.keras.layers.Rescaling(1 / 255),
        tf.keras.layers.Conv2D(16, 5, strides=2),
        tf.keras.layers.Conv2D(32, 3, strides=2),
        tf.keras.layers.Flatten(),
        tf.keras.layers.Dense(10, activation="softmax"),
    ])
""",
        "two linear steps",
    ),
    (
        "build_cnn",
        """
def build_cnn():
    return tf.keras.Sequential([
        tf.keras.Input(shape=(28, 28, 1)),
        tf.keras.layers.Conv2D(16, 5, strides=2, activation="relu"),
        tf.keras.layers.Conv2D(32, 3, activation="relu"),
        tf.keras.layers.MaxPooling2D(2),
        tf.keras.layers.Flatten(),
        tf.keras.layers.Dense(10, activation="softmax"),
    ])
""",
        "Rescaling(1 / 255)",
    ),
    (
        "occlusion_map",
        """
def occlusion_map(predict, picture, label, size):
    falls = np.zeros((28 // size, 28 // size))
    before = predict(picture[np.newaxis])[0, label]
    for row in range(28 // size):
        for column in range(28 // size):
            covered = picture
            r, c = row * size, column * size
            covered[r : r + size, c : c + size] = 0
            falls[row, column] = before - predict(covered[np.newaxis])[0, label]
    return falls
""",
        "stay covered",
    ),
    (
        "occlusion_map",
        """
def occlusion_map(predict, picture, label, size):
    falls = np.zeros((28 // size, 28 // size))
    before = predict(picture[np.newaxis])[0, label]
    for row in range(28 // size):
        for column in range(28 // size):
            covered = picture.copy()
            r, c = row * size, column * size
            covered[r : r + size, c : c + size] = 0
            falls[row, column] = predict(covered[np.newaxis])[0, label] - before
    return falls
""",
        "before minus after",
    ),
    (
        "occlusion_map",
        """
def occlusion_map(predict, picture, label, size):
    return predict(picture)[0, label]
""",
        "predict wants (batch, 28, 28, 1)",
    ),
    # Part 4
    ("rnn_step", "rnn_step = lambda x, s, W, U, b: np.tanh(x @ W + s @ U)", "bias is"),
    (
        "rnn_step",
        "rnn_step = lambda x, s, W, U, b: x @ W + s @ U + b",
        "tanh is missing",
    ),
    (
        "rnn_step",
        "rnn_step = lambda x, s, W, U, b: np.tanh(x @ U + s @ W + b)",
        "changed places",
    ),
    (
        "gru_state",
        """
def gru_state(state, candidate, before_sigmoid):
    gate = tf.sigmoid(before_sigmoid)
    return (1 - gate) * state + gate * candidate
""",
        "Old and new have changed places",
    ),
    (
        "gru_state",
        "gru_state = lambda state, new, z: z * state + (1 - z) * new",
        "not yet a gate",
    ),
    (
        "gru_state",
        "gru_state = lambda s, c, z: tf.sigmoid(z) * s + c",
        "one gate for both",
    ),
    ("forget_bias", "forget_bias = lambda share, T: np.log(T)", "the usual rule"),
    ("forget_bias", "forget_bias = lambda share, T: share ** (1 / T)", "is the gate"),
    (
        "forget_bias",
        "forget_bias = lambda share, T: np.log(share / (1 - share))",
        "after one step",
    ),
    (
        "windows",
        """
def windows(series, width):
    starts = range(len(series) - width + 1)
    x = np.array([series[s : s + width] for s in starts])
    return x, np.array([series[s + width] for s in starts])
""",
        "n - width are beginnings",
    ),
    (
        "windows",
        """
def windows(series, width):
    x, y = [], []
    for i in range(len(series) - width - 1):
        x.append(series[i : i + width])
        y.append(series[i + width])
    return np.array(x), np.array(y)
""",
        "last window is missing",
    ),
    (
        "windows",
        """
def windows(series, width):
    x = [series[i : i + width] for i in range(len(series) - width + 1)]
    y = [window[-1] for window in x]
    return np.array(x), np.array(y)
""",
        "answer stands in the question",
    ),
    (
        "windows",
        """
def windows(series, width):
    x = [series[i : i + width] for i in range(len(series) - width + 1)]
    return np.array(x), series[width:]
""",
        "7 windows and 6 targets",
    ),
    (
        "scale_series",
        "scale_series = lambda s, known: (s - s.mean()) / s.std()",
        "A leak",
    ),
    (
        "scale_series",
        "scale_series = lambda s, n: (s[:n] - s[:n].mean()) / s[:n].std()",
        "Only the past comes back",
    ),
    (
        "persistence_error",
        "persistence_error = lambda s, n: np.mean(np.abs(s - np.roll(s, n)))",
        "np.roll goes round",
    ),
    (
        "persistence_error",
        "persistence_error = lambda s, n: np.mean(np.abs(s[1:] - s[:-1]))",
        "one step ahead",
    ),
    (
        "persistence_error",
        "persistence_error = lambda s, n: np.mean(s[n:] - s[:-n])",
        "cancel",
    ),
    ("from_growth", "from_growth = lambda last, g: last * np.exp(g)", "add the growth"),
    (
        "from_growth",
        "from_growth = lambda last, g: last + np.cumsum(g)",
        "difference of",
    ),
    (
        "from_growth",
        "from_growth = lambda last, g: last * np.cumprod(1 + g)",
        "per cent",
    ),
    ("last_real_output", "last_real_output = lambda o, n: o[:, -1]", "padding"),
    (
        "last_real_output",
        """
def last_real_output(outputs, lengths):
    return outputs[lengths - 1]
""",
        "at another axis",
    ),
    (
        "last_real_output",
        "last_real_output = lambda o, n: o[np.arange(3), n]",
        "counted from 0",
    ),
    (
        "last_real_output",
        "last_real_output = lambda o, n: o[:, n - 1]",
        "at its own place",
    ),
    (
        "bits_per_character",
        """
def bits_per_character(probabilities, text):
    return -np.log(probabilities[np.arange(len(text)), text]).mean()
""",
        "Keras' loss",
    ),
    (
        "bits_per_character",
        """
def bits_per_character(probabilities, text):
    return 2 ** -np.log2(probabilities[np.arange(len(text)), text]).mean()
""",
        "perplexity",
    ),
    (
        "attention_weights",
        """
def attention_weights(queries, keys, may_look):
    scores = np.where(may_look, queries @ keys.T, -np.inf)
    return tf.nn.softmax(scores, axis=-1)
""",
        "not scaled",
    ),
    (
        "attention_weights",
        """
def attention_weights(queries, keys, may_look):
    return tf.nn.softmax(queries @ keys.T / queries.shape[1] ** 0.5) * may_look
""",
        "do not add up to 1",
    ),
    (
        "attention_weights",
        """
def attention_weights(queries, keys, may_look):
    return tf.nn.softmax(queries @ keys.T / queries.shape[1] ** 0.5)
""",
        "mask is missing",
    ),
    # Part 5
    (
        "l2_penalty",
        "l2_penalty = lambda p, c: c * sum((k**2).sum() + (b**2).sum() for k, b in p)",
        "biases pay",
    ),
    (
        "l2_penalty",
        "l2_penalty = lambda p, c: c / 2 * sum((k**2).sum() for k, b in p)",
        "Half of it",
    ),
    (
        "l2_penalty",
        "l2_penalty = lambda p, c: [c * (k**2).sum() for k, b in p]",
        "one per layer",
    ),
    (
        "decay_step",
        "decay_step = lambda w, g, rate, decay: w - rate * g - decay * w",
        "multiplied by the rate",
    ),
    (
        "decay_step",
        "decay_step = lambda w, g, rate, decay: w - rate * (g + 2 * decay * w)",
        "factor of 2",
    ),
    (
        "dropout",
        "dropout = lambda x, rate, r, training: np.where(r >= rate, x, 0)",
        "divide what is kept",
    ),
    (
        "dropout",
        "dropout = lambda x, rate, r, training: np.where(r >= rate, x / (1 - rate), 0)",
        "still drops",
    ),
    (
        "dropout",
        "dropout = lambda x, rate, r, training: (r < rate) * x / (1 - rate)",
        "keeps what it should drop",
    ),
    (
        "batch_norm",
        """
def batch_norm(x, gamma, beta, epsilon):
    mean = x.mean(axis=1, keepdims=True)
    variance = x.var(axis=1, keepdims=True)
    return gamma * (x - mean) / np.sqrt(variance + epsilon) + beta
""",
        "layer normalization",
    ),
    (
        "batch_norm",
        "batch_norm = lambda x, g, b, e: g * (x - x.mean(0)) / (x.std(0) + e) + b",
        "under the root",
    ),
    (
        "stopping_epoch",
        """
def stopping_epoch(losses, patience):
    best = int(np.argmin(losses)) + 1
    return min(best + patience, len(losses)), best
""",
        "never stops",
    ),
    (
        "stopping_epoch",
        """
def stopping_epoch(losses, patience):
    best, kept, waited = np.inf, 0, 0
    for epoch, loss in enumerate(losses):
        waited += 1
        if loss < best:
            best, kept, waited = loss, epoch, 0
        if waited == patience:
            break
    return epoch, kept
""",
        "counted from 0",
    ),
    (
        "stopping_epoch",
        """
def stopping_epoch(losses, patience):
    best = waited = 0
    for epoch, loss in enumerate(losses, start=1):
        waited = 0 if loss <= min(losses[:epoch]) else waited + 1
        if waited == patience:
            return epoch, epoch
    return epoch, epoch
""",
        "not the last ones",
    ),
    (
        "reliability",
        """
def reliability(sure, right, bins):
    part = np.minimum((sure * bins).astype(int), bins - 1)
    count = np.bincount(part, minlength=bins)
    return np.bincount(part, right, bins) / np.maximum(count, 1)
""",
        "np.nan, not 0",
    ),
    (
        "reliability",
        """
def reliability(sure, right, bins):
    edges = np.linspace(0, 1, bins + 1)
    pairs = zip(edges, edges[1:])
    return [sure[(a < sure) & (sure <= b)].mean() for a, b in pairs]
""",
        "How many were right",
    ),
    (
        "verdict",
        "verdict = lambda v, t: (2, 0.84)",
        "two settings",
    ),
    ("verdict", "verdict = lambda v, t: (np.argmax(t), t.max())", "used to choose"),
    ("verdict", "verdict = lambda v, t: (np.argmax(v), v.max())", "luck is in it"),
    ("verdict", "verdict = lambda v, t: np.argmax(v)", "Return two numbers"),
    (
        "he_weights",
        "he_weights = lambda r: r * np.sqrt(2 / 5)",
        "4 inputs",
    ),
    (
        "he_weights",
        "he_weights = lambda r: r * np.sqrt(2 / sum(r.shape))",
        "Glorot",
    ),
    ("he_weights", "he_weights = lambda r: r * 2 / r.shape[0]", "is the variance"),
    ("he_weights", "he_weights = lambda r: r / np.sqrt(r.shape[0])", "LeCun"),
    (
        "cosine_rate",
        "cosine_rate = lambda t, T, rate: rate * np.cos(np.pi * t / T)",
        "add 1 to it",
    ),
    (
        "cosine_rate",
        "cosine_rate = lambda t, T, rate: rate * (1 + np.cos(180 * t / T)) / 2",
        "radians",
    ),
    ("cosine_rate", "cosine_rate = lambda t, T, rate: rate * (1 - t / T)", "straight"),
    (
        "compare_on_seeds",
        """
def compare_on_seeds(accuracy, a, b, seeds):
    of_a = np.array([accuracy(a, seed) for seed in seeds])
    of_b = np.array([accuracy(b, seed) for seed in seeds])
    return of_a.min() - of_b.max(), (of_a - of_b).mean(), of_a.max() - of_b.min()
""",
        "two different seeds",
    ),
    (
        "compare_on_seeds",
        """
def compare_on_seeds(accuracy, a, b, seeds):
    difference = accuracy(a, seeds[0]) - accuracy(b, seeds[0])
    return difference, difference, difference
""",
        "one seed is an anecdote",
    ),
    (
        "compare_on_seeds",
        """
def compare_on_seeds(accuracy, a, b, seeds):
    return (
        min(accuracy(a, seed) - accuracy(b, seed) for seed in seeds),
        sum(accuracy(a, seed) - accuracy(b, seed) for seed in seeds) / len(seeds),
        max(accuracy(a, seed) - accuracy(b, seed) for seed in seeds),
    )
""",
        "keep each difference",
    ),
]
