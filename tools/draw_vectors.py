"""Draw figures in the slides' own size and colours, as SVG, into ``slides/figures``.

    python tools/draw_vectors.py              all of them, some ten seconds
    python tools/draw_vectors.py padding      only those that begin like this

Numbers are the course's own: from the workbook's picture and filter, from
``tests/measured_results.csv``, or recorded from a lesson (``record_lessons.py``).
"""

import argparse
import json
import sys

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.patches import Rectangle

from figure_style import (
    CONTEXT,
    GRADIENT,
    HIDDEN,
    INK,
    INPUT,
    OUTPUT,
    PAPER,
    SLIDES_DIR,
    arrow,
    box,
    drawing,
    frame,
    grid,
    node,
    plots,
    save,
    tint,
    use_style,
)
from make_workbook import FILTER, IMAGE

RECORDED_DIR = SLIDES_DIR / "recorded"


def recorded(number):
    """Return what was recorded of a lesson.

    Raises
    ------
    FileNotFoundError
        Nothing was.
    """
    file = RECORDED_DIR / f"{number}.json"
    if not file.exists():
        raise FileNotFoundError(
            f"{file.name} is missing: python tools/record_lessons.py {number}"
        )
    return json.loads(file.read_text(encoding="utf-8"))


def picture(figure, pixels, x, y, size, edge=None):
    """Show a grey picture; x and y are its lower left corner, in slide pixels."""
    width, height = figure.get_size_inches() * 72
    axis = figure.add_axes([x / width, y / height, size / width, size / height])
    axis.imshow(pixels, cmap="gray", vmin=0, vmax=1, interpolation="nearest")
    axis.set(xticks=[], yticks=[])
    for spine in axis.spines.values():
        spine.set(visible=edge is not None, color=edge or INK, linewidth=5)


# What deep learning is


def deep_learning():
    """Features made by hand, beside features that the layers learn."""
    figure, axis = drawing(1168, 282)
    boot = np.array(recorded("5.14")["pictures"][0])
    top, low = 228, 110
    for y in (top, low):
        picture(figure, boot, 214, y - 48, 96)
        arrow(axis, (322, y), (366, y))
    axis.text(0, top, "classical\nmachine learning", va="center", size=22)
    axis.text(0, low, "deep learning", va="center", size=22, weight="semibold")

    box(axis, 502, top, 264, 76, "features made\nby people", CONTEXT)
    arrow(axis, (634, top), (740, top))
    box(axis, 856, top, 224, 76, "a model learns", HIDDEN)
    arrow(axis, (968, top), (1034, top))
    for number, name in enumerate(["of pixels", "of layer 1", "of layer 2"]):
        x = 444 + 206 * number
        box(axis, x, low, 148, 76, f"features\n{name}", HIDDEN)
        arrow(axis, (x + 74, low), (x + 132 if number < 2 else 1034, low))
    for y in (top, low):
        axis.text(1044, y, "ankle\nboot", va="center", color=OUTPUT, weight="semibold")
    axis.plot([370, 370, 930, 930], [62, 48, 48, 62], color=HIDDEN, linewidth=2.5)
    text = "all three learned together, from labelled examples"
    axis.text(650, 16, text, ha="center", color=HIDDEN)
    save(figure, "deep_learning")


# Backpropagation on a network of two weights

X, Y = 2.0, 1.0
W1, W2 = 0.5, 2.0
RATE = 0.1


def forward(w1, w2):
    """Return z, h, the prediction and the loss of the tiny network."""
    z = w1 * X
    h = np.tanh(z)
    prediction = w2 * h
    return z, h, prediction, (prediction - Y) ** 2


def backward(w1, w2):
    """Return the gradients of the loss, from the loss back to the weights."""
    _, h, prediction, _ = forward(w1, w2)
    by_prediction = 2 * (prediction - Y)
    by_h = by_prediction * w2
    by_z = by_h * (1 - h**2)
    return {
        "prediction": by_prediction,
        "w2": by_prediction * h,
        "h": by_h,
        "z": by_z,
        "w1": by_z * X,
    }


def draw_tiny_network(with_gradients):
    """Draw the network with its numbers; return figure and axis."""
    z, h, prediction, loss = forward(W1, W2)
    height = 410 if with_gradients else 300
    figure, axis = drawing(1168, height)
    y = height - 174
    boxes = {
        300: (r"$z = w_1\,x$", HIDDEN),
        540: (r"$h = \tanh(z)$", HIDDEN),
        780: (r"$\hat{y} = w_2\,h$", OUTPUT),
        1030: (r"$L = (\hat{y} - y)^2$", INK),
    }
    node(axis, 60, y, "$x$", INPUT, 34, 28, 0.15)
    for x, (text, colour) in boxes.items():
        box(axis, x, y, 190 if x < 1000 else 210, 78, text, colour, size=26)
    lines = [
        (94, 205, f"{X:g}", INPUT),
        (395, 445, f"{z:.3f}", HIDDEN),
        (635, 685, f"{h:.3f}", HIDDEN),
        (875, 925, f"{prediction:.3f}", OUTPUT),
    ]
    for start, end, value, colour in lines:
        arrow(axis, (start, y + 14), (end, y + 14), colour=colour, width=3)
        axis.text((start + end) / 2, y + 50, value, ha="center", color=colour, size=24)
    weights = [
        (300, r"$w_1$", W1, HIDDEN),
        (780, r"$w_2$", W2, HIDDEN),
        (1030, "$y$", Y, CONTEXT),
    ]
    for x, name, value, colour in weights:
        node(axis, x, y + 138, name, colour, 28, 24, 0.15)
        arrow(axis, (x, y + 110), (x, y + 40), colour=colour, width=3)
        axis.text(x + 40, y + 138, f"{value:g}", va="center", color=colour, size=24)
    axis.text(1030, y - 74, f"{loss:.3f}", ha="center", size=26, weight="semibold")
    if with_gradients:
        draw_gradients(axis, y)
    return figure, axis


def draw_gradients(axis, y):
    """Add the way back: what each box multiplies by, and what arrives."""
    _, h, _, _ = forward(W1, W2)
    gradients = backward(W1, W2)
    arrivals = [
        (925, 875, gradients["prediction"], r"$\partial L/\partial\hat{y}$"),
        (685, 635, gradients["h"], r"$\partial L/\partial h$"),
        (445, 395, gradients["z"], r"$\partial L/\partial z$"),
    ]
    for start, end, value, name in arrivals:
        middle = (start + end) / 2
        arrow(axis, (start, y - 18), (end, y - 18), colour=GRADIENT, dashed=True)
        axis.text(middle, y - 62, f"{value:.3f}", ha="center", color=GRADIENT, size=24)
        axis.text(middle, y - 98, name, ha="center", color=GRADIENT, size=24)
    slopes = {
        300: (rf"slope to $w_1$: $x$ = {X:g}", ""),
        540: (f"slope: $1 - h^2$ = {1 - h**2:.3f}", ""),
        780: (rf"slope to $h$: $w_2$ = {W2:g}", rf"slope to $w_2$: $h$ = {h:.3f}"),
        1030: (r"slope: $2(\hat{y} - y)$ = 1.046", ""),
    }
    for x, (first, second) in slopes.items():
        axis.text(x, 70, first, ha="center", size=22)
        axis.text(x, 36, second, ha="center", size=22)
    for x, name in ((300, "w1"), (780, "w2")):
        arrow(axis, (x - 26, y + 40), (x - 26, y + 118), colour=GRADIENT, dashed=True)
        axis.text(
            x - 46,
            y + 128,
            f"{gradients[name]:.3f}",
            ha="right",
            va="center",
            color=GRADIENT,
            size=26,
            weight="semibold",
        )


def backprop_1():
    """Forward: numbers from the input to the loss."""
    figure, _ = draw_tiny_network(with_gradients=False)
    save(figure, "backprop_1")


def backprop_2():
    """Backward: gradients from the loss to the weights."""
    figure, _ = draw_tiny_network(with_gradients=True)
    save(figure, "backprop_2")


# Activation functions


def curves():
    """A small picture of each activation function, its slope dashed."""
    z = np.linspace(-4, 4, 401)
    sigmoid = 1 / (1 + np.exp(-z))
    functions = {
        "sigmoid": (sigmoid, sigmoid * (1 - sigmoid)),
        "tanh": (np.tanh(z), 1 - np.tanh(z) ** 2),
        "relu": (np.maximum(z, 0), (z > 0).astype(float)),
        "leaky_relu": (np.where(z > 0, z, 0.2 * z), np.where(z > 0, 1, 0.2)),
    }
    for name, (value, slope) in functions.items():
        figure, axis = drawing(190, 74)
        axis.set(xlim=(-4, 4), ylim=(-1.25, 1.45))
        axis.axhline(0, color=CONTEXT, linewidth=1.2)
        axis.axvline(0, color=CONTEXT, linewidth=1.2)
        axis.plot(z, value, color=HIDDEN, linewidth=4)
        axis.plot(z, slope, color=GRADIENT, linewidth=3, linestyle=(0, (3, 1.5)))
        save(figure, f"curve_{name}")


# TensorBoard


def tensorboard():
    """TensorBoard's own page, with two remarks."""
    page = plt.imread(SLIDES_DIR / "tensorboard.png")[:694, :1250]
    width, height = 712, 396
    figure, axis = drawing(width, height)
    axis.imshow(page, extent=(2, width - 2, 2, height - 2), interpolation="lanczos")
    axis.add_patch(
        Rectangle((1, 1), width - 2, height - 2, fill=False, edgecolor=CONTEXT)
    )
    axis.set(xlim=(0, width), ylim=(0, height))
    remarks = [
        (460, 130, "run_b learns", 404, 198),
        (460, 86, "run_a only guesses", 356, 41),
    ]
    for x, y, text, to_x, to_y in remarks:
        arrow(axis, (x, y), (to_x, to_y), colour=INK)
        axis.text(
            x,
            y,
            text,
            ha="center",
            va="center",
            weight="semibold",
            bbox={
                "facecolor": "white",
                "edgecolor": INK,
                "linewidth": 2.5,
                "boxstyle": "round,pad=0.35",
            },
        )
    save(figure, "tensorboard")


# A convolution's window


def convolve(picture_numbers):
    """Return the workbook's filter over a picture, stride 1, no padding."""
    windows = np.lib.stride_tricks.sliding_window_view(picture_numbers, (3, 3))
    return (windows * np.array(FILTER)).sum(axis=(2, 3))


def draw_convolution(name, shown, window, before=None):
    """Draw picture, filter and output; ``shown`` outputs are filled in."""
    pixels = np.array(IMAGE)
    output = convolve(pixels)
    cell = 56
    top = 372
    figure, axis = drawing(1168, 384)
    grid(axis, 12, top, pixels, cell, INPUT)
    axis.text(430, 205, "×", ha="center", va="center", size=40)
    grid(axis, 484, 290, FILTER, cell, HIDDEN, 0.25)
    axis.text(568, 312, "filter: 9 weights", ha="center", color=HIDDEN)
    axis.text(726, 205, "=", ha="center", va="center", size=40)
    numbers = []
    for row in range(4):
        line = []
        for column in range(4):
            done = 4 * row + column < shown
            line.append(output[row, column] if done else "")
        numbers.append(line)
    grid(axis, 790, 318, numbers, cell, OUTPUT, 0.14)
    row, column = window
    if before:
        old = (12 + cell * before[1], top - cell * before[0])
        frame(axis, *old, 3 * cell, 3 * cell, HIDDEN, dashed=True)
    frame(axis, 12 + cell * column, top - cell * row, 3 * cell, 3 * cell, HIDDEN)
    frame(axis, 790 + cell * column, 318 - cell * row, cell, cell, OUTPUT)
    part = pixels[row : row + 3, column : column + 3]
    kept = [str(value) for value in part[np.array(FILTER) == 1]]
    text = " + ".join(kept) + f" = {output[row, column]}"
    axis.text(790, 52, text, ha="left", color=OUTPUT)
    axis.text(790, 336, "output", ha="left", color=OUTPUT)
    save(figure, name)


def convolution_steps():
    """The window on its first place, on its second, and on all."""
    draw_convolution("convolution_1", 1, (0, 0))
    draw_convolution("convolution_2", 2, (0, 1), (0, 0))
    draw_convolution("convolution_3", 16, (3, 3))


def padding():
    """The workbook's picture in its frame of zeros, and both outputs."""
    pixels = np.array(IMAGE)
    padded = np.pad(pixels, 1)
    output = convolve(padded)
    cell = 54
    figure, axis = drawing(1168, 446)
    grid(axis, 8, 438, padded, cell, CONTEXT, 0.14, ink=CONTEXT)
    grid(axis, 8 + cell, 438 - cell, pixels, cell, INPUT, 0.2)
    frame(axis, 8, 438, 3 * cell, 3 * cell, HIDDEN)
    arrow(axis, (462, 222), (560, 222))
    axis.text(511, 240, "3 × 3 filter", ha="center", color=HIDDEN, size=20)
    left, top = 584, 384
    grid(axis, left, top, output, cell, OUTPUT, 0.14)
    frame(axis, left, top, cell, cell, OUTPUT)
    inner = 4 * cell
    frame(axis, left + cell, top - cell, inner, inner, INK, dashed=True)
    corner = f"{pixels[0, 0]} + {pixels[1, 1]} = {output[0, 0]}"
    axis.text(926, 362, "SAME", color=OUTPUT, weight="semibold", size=24)
    axis.text(926, 330, "all 6 × 6", color=OUTPUT)
    axis.text(926, 222, "VALID", weight="semibold", size=24)
    axis.text(926, 190, "only the dashed\n4 × 4: no zero\never used", va="top")
    axis.text(left, 24, f"corner: {corner}, five of nine are zeros", color=OUTPUT)
    save(figure, "padding")


# A recurrent network


def rnn_1():
    """The layer with its loop."""
    figure, axis = drawing(430, 420)
    axis.set_xlim(40, 470)
    box(axis, 220, 220, 190, 96, "$W,\\ U,\\ b$", HIDDEN, 0.2, 28)
    node(axis, 220, 52, "$x_t$", INPUT, 36, 28, 0.15)
    node(axis, 220, 372, "$h_t$", HIDDEN, 36, 28, 0.15)
    arrow(axis, (220, 88), (220, 170), colour=INPUT, width=3)
    arrow(axis, (220, 268), (220, 334), colour=HIDDEN, width=3)
    way = [(220, 300), (390, 300), (390, 220), (317, 220)]
    arrow(axis, *way, colour=HIDDEN, width=3)
    axis.text(398, 250, "$h_{t-1}$", size=26, color=HIDDEN, ha="left")
    save(figure, "rnn_1")


def draw_unrolled(height, y):
    """Draw four steps of a recurrent layer; return figure, axis and the x of steps."""
    figure, axis = drawing(1168, height)
    places = [210, 450, 690, 930]
    axis.text(20, y, "$h_0 = 0$", va="center", size=24, color=HIDDEN)
    arrow(axis, (98, y), (138, y), colour=HIDDEN, width=3)
    for step, (x, word) in enumerate(zip(places, ["not", "a", "good", "film"]), 1):
        box(axis, x, y, 140, 80, "$W,\\ U,\\ b$", HIDDEN, 0.2, 24)
        box(axis, x, y - 128, 140, 56, word, INPUT, 0.15, 24)
        arrow(axis, (x, y - 100), (x, y - 42), colour=INPUT, width=3)
        axis.text(x + 14, y - 78, f"$x_{step}$", color=INPUT, size=24)
        end = x + 168 if step < 4 else x + 128
        arrow(axis, (x + 70, y), (end, y), colour=HIDDEN, width=3)
        middle = (x + 70 + end) / 2 - 6
        axis.text(middle, y + 14, f"$h_{step}$", ha="center", color=HIDDEN, size=26)
    node(axis, 1094, y, "$\\hat{y}$", OUTPUT, 34, 28, 0.15)
    return figure, axis, places


def rnn_2():
    """The same layer, unrolled over four words."""
    figure, axis, places = draw_unrolled(300, 168)
    for x in places:
        axis.plot([x, x], [210, 238], color=HIDDEN, linewidth=2)
    axis.plot([places[0], places[-1]], [238, 238], color=HIDDEN, linewidth=2)
    text = "one set of weights, used four times"
    axis.text(570, 256, text, ha="center", color=HIDDEN, size=24, weight="semibold")
    save(figure, "rnn_2", for_lessons=True)


def rnn_3():
    """The gradient on its way back through the steps."""
    figure, axis, places = draw_unrolled(306, 166)
    axis.text(1094, 234, "loss $L$", ha="center", size=24)
    arrow(axis, (1094, 226), (1094, 204))
    top = 284
    axis.plot([1094, 1094], [262, top], color=GRADIENT, linewidth=3, linestyle="--")
    axis.plot([1094, 1000], [top, top], color=GRADIENT, linewidth=3, linestyle="--")
    for x, left in zip(reversed(places), [760, 520, 280, 60]):
        arrow(axis, (x + 70, top), (left, top), colour=GRADIENT, dashed=True, width=3)
        text = "× slope × $U^T$"
        axis.text(x, 240, text, ha="center", va="center", color=GRADIENT)
    save(figure, "rnn_3")


# LSTM and GRU


def gate(axis, x, y, text, name, width=74):
    """Draw a gate's box with the name of what leaves it, to the right of its arrow."""
    box(axis, x, y, width, 48, text, HIDDEN, 0.25, 24)
    axis.text(x + 8, y + 40, name, color=HIDDEN, size=26, va="center", ha="left")


def cell_body(width, height, right):
    """Return figure and axis with a cell's frame."""
    figure, axis = drawing(width, height)
    axis.add_patch(
        Rectangle((84, 64), right - 84, height - 84, facecolor=PAPER, edgecolor=CONTEXT)
    )
    return figure, axis


def draw_lstm(parts, name, for_lessons=False):
    """Draw one step of an LSTM, with the names of its equations, and save it.

    ``parts`` is 1 for the memory and its forget gate, 2 with what is written, 3 all.
    """
    figure, axis = cell_body(680, 436, 604)
    arrow(axis, (4, 368), (676, 368), colour=HIDDEN, width=6)
    axis.text(4, 394, "$c_{t-1}$", size=28, color=HIDDEN)
    axis.text(634, 394, "$c_t$", size=28, color=HIDDEN)
    gates = [
        (160, "σ", "$f$"),
        (266, "σ", "$i$"),
        (362, "tanh", "$g$"),
        (470, "σ", "$o$"),
    ][: (1, 3, 4)[parts - 1]]
    axis.plot([4, gates[-1][0]], [104, 104], color=HIDDEN, linewidth=3)
    axis.text(2, 122, "$h_{t-1}$", size=28, color=HIDDEN)
    axis.plot([112, 112], [20, 104], color=INPUT, linewidth=3)
    axis.plot(112, 104, "o", color=INPUT, markersize=10)
    axis.text(126, 26, "$x_t$", size=28, color=INPUT)
    for x, text, symbol in gates:
        arrow(axis, (x, 104), (x, 144), colour=HIDDEN, width=3)
        gate(axis, x, 168, text, symbol)
    arrow(axis, (160, 192), (160, 344), width=3)
    node(axis, 160, 368, "×", HIDDEN, 24, 28)
    if parts >= 2:
        node(axis, 314, 276, "×", HIDDEN, 24, 28)
        arrow(axis, (266, 192), (266, 276), (290, 276), width=3)
        arrow(axis, (362, 192), (362, 276), (338, 276), width=3)
        arrow(axis, (314, 300), (314, 344), width=3)
        node(axis, 314, 368, "+", HIDDEN, 24, 28)
    if parts >= 3:
        arrow(axis, (548, 368), (548, 316), colour=HIDDEN, width=3)
        box(axis, 548, 292, 84, 46, "tanh", CONTEXT, 0.15, 24)
        arrow(axis, (548, 269), (548, 246), colour=HIDDEN, width=3)
        node(axis, 548, 222, "×", HIDDEN, 24, 28)
        arrow(axis, (470, 192), (470, 222), (524, 222), width=3)
        arrow(axis, (572, 222), (676, 222), colour=OUTPUT, width=4)
        axis.text(632, 240, "$h_t$", size=28, color=OUTPUT)
    save(figure, name, for_lessons=for_lessons)


def lstm():
    """One step of an LSTM in three pages: keep, write, say."""
    draw_lstm(1, "lstm_1")
    draw_lstm(2, "lstm_2")
    draw_lstm(3, "lstm_gates", for_lessons=True)


def gru_gates():
    """One step of a GRU: the reset gate acts on h before the candidate."""
    figure, axis = cell_body(680, 436, 620)
    arrow(axis, (4, 376), (676, 376), colour=HIDDEN, width=6)
    axis.text(4, 398, "$h_{t-1}$", size=28, color=HIDDEN)
    axis.text(640, 398, "$h_t$", size=28, color=OUTPUT)
    axis.plot([112, 112, 418], [376, 146, 146], color=HIDDEN, linewidth=3)
    axis.plot(112, 376, "o", color=HIDDEN, markersize=11)
    axis.plot([112, 112, 540], [20, 92, 92], color=INPUT, linewidth=3)
    axis.text(126, 26, "$x_t$", size=28, color=INPUT)
    for x, name in ((180, "$z$"), (310, "$r$")):
        arrow(axis, (x - 16, 146), (x - 16, 182), colour=HIDDEN, width=3)
        axis.plot([x + 16, x + 16], [138, 154], color=PAPER, linewidth=10)
        arrow(axis, (x + 16, 92), (x + 16, 182), colour=INPUT, width=3)
        box(axis, x, 206, 78, 48, "σ", HIDDEN, 0.25, 24)
        place = (x + 8, 246) if name == "$z$" else (x + 52, 222)
        axis.text(*place, name, color=HIDDEN, size=26, va="center")
    node(axis, 418, 206, "×", HIDDEN, 24, 28)
    arrow(axis, (349, 206), (394, 206), width=3)
    arrow(axis, (418, 146), (418, 182), colour=HIDDEN, width=3)
    arrow(axis, (442, 206), (498, 206), width=3)
    box(axis, 540, 206, 84, 48, "tanh", HIDDEN, 0.25, 24)
    arrow(axis, (540, 92), (540, 182), colour=INPUT, width=3)
    axis.text(550, 246, "$g$", color=HIDDEN, size=26, va="center")
    arrow(axis, (180, 230), (180, 352), width=3)
    node(axis, 180, 376, "×", HIDDEN, 24, 28)
    axis.plot(180, 300, "o", color=INK, markersize=9)
    arrow(axis, (180, 300), (290, 300), width=3)
    box(axis, 336, 300, 92, 46, "$1 - z$", CONTEXT, 0.15, 24)
    arrow(axis, (382, 300), (516, 300), width=3)
    node(axis, 540, 300, "×", HIDDEN, 24, 28)
    arrow(axis, (540, 230), (540, 276), width=3)
    arrow(axis, (540, 324), (540, 352), width=3)
    node(axis, 540, 376, "+", HIDDEN, 24, 28)
    save(figure, "gru_gates", for_lessons=True)


# Attention and the transformer


def attention():
    """A question is compared with all keys; the values come in by their weights."""
    figure, axis = drawing(1168, 330)
    pairs = ["J 9", "I 4", "A 4", "Q 8", "X 4", "F 8", "O 1", "S 1"]
    places = [284 + 98 * place for place in range(len(pairs))]
    axis.text(20, 290, "keys K, values V", va="center", size=24, color=INPUT)
    axis.text(20, 170, "query Q", va="center", size=24, color=INPUT)
    box(axis, 158, 170, 84, 52, "F ?", INPUT, 0.15, 24)
    arrow(axis, (200, 170), (232, 170), colour=INPUT, width=3)
    for x, pair in zip(places, pairs):
        asked_for = pair == "F 8"
        box(axis, x, 290, 82, 52, pair, INPUT, 0.4 if asked_for else 0.1, 24)
        arrow(axis, (x, 262), (x, 224), colour=INPUT, width=2)
        height = 84 if asked_for else 1.5
        bar = Rectangle((x - 24, 130), 48, height, color=HIDDEN)
        axis.add_patch(bar)
    left, right = places[0] - 40, places[-1] + 40
    axis.plot([left, right], [130, 130], color=CONTEXT, linewidth=2)
    text = "softmax(query · key / √d): weights that add up to 1"
    axis.text((left + right) / 2, 100, text, ha="center", va="center", color=HIDDEN)
    axis.plot([left, left, right, right], [76, 66, 66, 76], color=OUTPUT, linewidth=3)
    middle = (left + right) / 2
    arrow(axis, (middle, 66), (middle, 36), (1064, 36), colour=OUTPUT, width=4)
    text = "mean of the values, by these weights"
    axis.text(middle - 16, 36, text, ha="right", va="center", color=OUTPUT)
    box(axis, 1106, 36, 84, 52, "≈ 8", OUTPUT, 0.15, 26)
    save(figure, "attention")


def transformer():
    """A block: two side ways, each of which adds to the rows that pass."""
    figure, axis = drawing(1168, 244)
    y = 80
    arrow(axis, (164, y), (998, y), colour=HIDDEN, width=6)
    box(axis, 84, y, 160, 76, "embedding\n+ position", INPUT, 0.15, 22)
    side_ways = [(236, "attention,\n4 heads"), (600, "dense, each\ncharacter")]
    for x, text in side_ways:
        arrow(axis, (x, y), (x, 180), colour=HIDDEN, width=3, head=False)
        arrow(axis, (x, 180), (x + 28, 180), colour=HIDDEN, width=3)
        box(axis, x + 90, 180, 120, 72, "normalize", CONTEXT, 0.12, 22)
        arrow(axis, (x + 151, 180), (x + 174, 180), colour=HIDDEN, width=3)
        box(axis, x + 246, 180, 140, 72, text, HIDDEN, 0.25, 22)
        arrow(axis, (x + 317, 180), (x + 336, 180), (x + 336, y + 24), width=3)
        node(axis, x + 336, y, "+", HIDDEN, 24, 28)
    outline = Rectangle((206, 38), 766, 192, fill=False, edgecolor=CONTEXT)
    axis.add_patch(outline)
    text = "one block, causal mask in its attention; here two, one after the other"
    axis.text(589, 9, text, ha="center")
    box(axis, 1083, y, 160, 76, "normalize,\ndense: 65", OUTPUT, 0.15, 22)
    save(figure, "transformer")


# A forecast with its interval


def forecast():
    """Eleven years ahead, by the network and by the last cycle."""
    data = recorded("4.09")
    figure, axes = plots(1168, 376, 1, 2, sharey=True)
    years = np.array(data["years"])
    known = np.array(data["counted_years"])
    shown = known >= 1950
    counted = np.array(data["counted"])
    panels = [("lstm", "LSTM, three seeds"), ("cycle", "the last eleven years again")]
    for axis, (name, title) in zip(axes, panels):
        axis.plot(known[shown], counted[shown], color=INPUT)
        low, high = data[f"{name}_low"], data[f"{name}_high"]
        axis.fill_between(years, low, high, color=tint(OUTPUT, 0.22), linewidth=0)
        lines = data["lstm"] if name == "lstm" else [data["cycle"]]
        for line, style in zip(lines, ["-", "--", ":"]):
            axis.plot(years, line, color=OUTPUT, linestyle=style)
        axis.axvline(1983.5, color=CONTEXT, linewidth=1.5)
        axis.set_title(title, size=24, color=OUTPUT, loc="left")
        axis.set(xlabel="year", xlim=(1949, 1995), ylim=(0, 250))
        axis.set_xticks([1950, 1960, 1970, 1980, 1990])
    axes[0].set_ylabel("sunspots, yearly mean")
    axes[0].text(1951, 232, "counted", color=INPUT, size=22)
    axes[0].text(1984.4, 232, "forecast", color=OUTPUT, size=22, ha="left")
    axes[1].text(1982.6, 232, "80 % interval", color=OUTPUT, size=22, ha="right")
    save(figure, "forecast")


# Augmented pictures


def augmented():
    """A boot, and five that are made of it."""
    pictures = [np.array(pixels) for pixels in recorded("5.14")["pictures"]]
    figure, axis = drawing(1168, 214)
    picture(figure, pictures[0], 6, 36, 168, INPUT)
    axis.text(90, 6, "training picture", ha="center", color=INPUT)
    arrow(axis, (186, 120), (226, 120))
    for number, pixels in enumerate(pictures[1:]):
        picture(figure, pixels, 238 + 186 * number, 36, 168, INPUT)
    axis.text(
        694, 6, "five of its mirrored and moved copies", ha="center", color=HIDDEN
    )
    save(figure, "augmented")


# CPU and GPU

ARITHMETIC = "#26407f"


def cpu_gpu():
    """What the surface of each chip is spent on, in principle."""
    figure, axis = drawing(1168, 236)

    def block(x, y, width, height, text, colour, share, ink=INK):
        axis.add_patch(Rectangle((x, y), width, height, facecolor=tint(colour, share)))
        place = (x + width / 2, y + height / 2)
        axis.text(*place, text, ha="center", va="center", size=20, color=ink)

    for left in (4, 604):
        axis.add_patch(
            Rectangle((left, 36), 556, 198, facecolor=PAPER, edgecolor=CONTEXT)
        )
    for number in range(4):
        x = 18 + 133 * number
        block(x, 178, 126, 46, "arithmetic", ARITHMETIC, 1, "white")
        block(x, 138, 126, 36, "control", CONTEXT, 0.9, "white")
    block(18, 78, 525, 54, "large cache", CONTEXT, 0.35)
    block(18, 44, 525, 28, "memory", CONTEXT, 0.15)
    for row in range(4):
        y = 194 - 29 * row
        block(618, y, 14, 23, "", CONTEXT, 0.9)
        block(635, y, 14, 23, "", CONTEXT, 0.35)
        for column in range(20):
            block(655 + 24.6 * column, y, 20, 23, "", ARITHMETIC, 1)
    block(618, 78, 525, 22, "", CONTEXT, 0.35)
    block(618, 44, 525, 28, "memory of its own", CONTEXT, 0.15)
    axis.text(282, 8, "CPU: a few large cores", ha="center", weight="semibold")
    axis.text(882, 8, "GPU: thousands of small ones", ha="center", weight="semibold")
    save(figure, "cpu_gpu")


# The files that they draw: some draw several.
NAMES = [
    "deep_learning",
    "backprop_1",
    "backprop_2",
    "curve_sigmoid",
    "curve_tanh",
    "curve_relu",
    "curve_leaky_relu",
    "tensorboard",
    "convolution_1",
    "convolution_2",
    "convolution_3",
    "padding",
    "rnn_1",
    "rnn_2",
    "rnn_3",
    "lstm_1",
    "lstm_2",
    "lstm_gates",
    "gru_gates",
    "attention",
    "transformer",
    "forecast",
    "augmented",
    "cpu_gpu",
]
# Those that a lesson shows as well, as PNG: 4.01 and 4.03.
NAMES_FOR_LESSONS = ["rnn_2", "lstm_gates", "gru_gates"]
DRAWINGS = [
    deep_learning,
    backprop_1,
    backprop_2,
    curves,
    tensorboard,
    convolution_steps,
    padding,
    rnn_1,
    rnn_2,
    rnn_3,
    lstm,
    gru_gates,
    attention,
    transformer,
    forecast,
    augmented,
    cpu_gpu,
]


def draw_all(names=("",)):
    """Draw the figures whose names begin so; all if left out.

    Raises
    ------
    FileNotFoundError
        What a figure shows of a lesson has not been recorded.
    ValueError
        No figure begins like this.
    """
    use_style()
    chosen = [draw for draw in DRAWINGS if draw.__name__.startswith(tuple(names))]
    if not chosen:
        known = ", ".join(draw.__name__ for draw in DRAWINGS)
        raise ValueError(f"no figure begins with {', '.join(names)}; there are {known}")
    for draw in chosen:
        draw()
        print(draw.__name__)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", help="beginnings of names; all if left out")
    try:
        draw_all(parser.parse_args().names or ("",))
    except (FileNotFoundError, ValueError) as error:
        sys.exit(str(error))
    return 0


if __name__ == "__main__":
    sys.exit(main())
