"""Draw the pictures of the slides into ``slides/figures``.

    python tools/draw_figures.py                      the diagrams, a few seconds
    python tools/draw_figures.py --lessons            the lessons' figures, too
    python tools/draw_figures.py --lessons 3.08 4.10  only those of these lessons

A lesson's figure is drawn by the lesson itself, only with larger letters
(``slides/matplotlibrc``). All of them take half an hour.
"""

import argparse
import os
import re
import sys
import tempfile
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.patches import Circle, FancyArrowPatch, FancyBboxPatch, Rectangle

import draw_vectors
import figure_style
from measure_lessons import find_lessons, read_results
from run_lesson import COURSE_DIR, run_lesson, smallest_letters

SLIDES_DIR = COURSE_DIR / "slides"
FIGURES_DIR = SLIDES_DIR / "figures"
SETTINGS = SLIDES_DIR / "matplotlibrc"

# Which figures of which lessons the slides show, and how large their letters are, in
# points: {2: 19} is the second figure that a lesson draws. A figure that is shown
# smaller needs larger letters; a test knows how large the smallest are on the slide.
LESSON_FIGURES = {
    "1.02": {2: 19},
    "1.11": {2: 19, 5: 19, 6: 19},
    "1.13": {1: 20, 2: 20},
    "1.15": {1: 22},
    "2.00": {2: 23},
    "2.01": {1: 19},
    "2.05": {2: 19},
    "2.06": {2: 19},
    "3.01": {2: 21},
    "3.02": {2: 21},
    "3.03": {1: 19},
    "3.04": {2: 19},
    "3.05": {1: 19},
    "3.07": {2: 19, 4: 19},
    "3.10": {1: 21, 2: 21},
    "3.08": {3: 22, 5: 22},
    "4.01": {2: 23},
    "4.02": {1: 19, 2: 19, 3: 22},
    "4.04": {2: 19},
    "4.07": {1: 19},
    "4.08": {2: 19},
    "4.10": {4: 21},
    "4.12": {1: 19},
    "4.13": {2: 20},
    "5.01": {1: 19, 2: 19, 3: 19, 4: 19},
    "5.02": {3: 19},
    "5.03": {1: 19, 4: 19},
    "5.04": {2: 20},
    "5.05": {1: 19},
    "5.06": {2: 22, 3: 22},
    "5.07": {1: 19},
    "5.08": {1: 19, 3: 19},
    "5.09": {2: 19},
    "5.10": {1: 19},
    "5.11": {1: 20},
    "5.12": {1: 19},
    "5.13": {2: 19},
}

# Set for the lessons' figures only: drawings; pictures in them one by one (where
# Matplotlib joins pictures for an SVG, it applies their transparency twice); and room
# between an axis and the legend below it.
FOR_LESSONS = """
savefig.format: svg
svg.fonttype: path
svg.hashsalt: course
image.composite_image: False
figure.constrained_layout.h_pad: 0.1
"""

BLUE, ORANGE, RED, GREY, PURPLE = "C0", "C1", "C2", "C3", "C4"
INK = "#1d2433"


def new_axis(width, height, x_limit, y_limit):
    """Return a figure in inches and its axis: no frame, x and y on the same scale."""
    figure, axis = plt.subplots(figsize=(width, height), layout="constrained")
    axis.set(xlim=(0, x_limit), ylim=(0, y_limit), aspect="equal")
    axis.axis("off")
    return figure, axis


def box(axis, x, y, width, height, text, colour=BLUE, size=20, fill=0.18):
    """Draw a rounded box with its text; x and y are its lower left corner."""
    axis.add_patch(
        FancyBboxPatch(
            (x, y),
            width,
            height,
            boxstyle="round,pad=0,rounding_size=0.12",
            facecolor=matplotlib.colors.to_rgba(colour, fill),
            edgecolor=colour,
            linewidth=2,
        )
    )
    axis.text(
        x + width / 2,
        y + height / 2,
        text,
        ha="center",
        va="center",
        size=size,
        color=INK,
    )


def arrow(axis, start, end, colour=INK, style="-|>", bend=0, width=2):
    """Draw an arrow between two points."""
    axis.add_patch(
        FancyArrowPatch(
            start,
            end,
            arrowstyle=style,
            mutation_scale=20,
            color=colour,
            linewidth=width,
            connectionstyle=f"arc3,rad={bend}",
            shrinkA=0,
            shrinkB=0,
        )
    )


def operation(axis, x, y, text, colour=ORANGE, radius=0.3, size=20):
    """Draw a round operation, such as × or σ."""
    axis.add_patch(
        Circle((x, y), radius, facecolor="white", edgecolor=colour, linewidth=2.5)
    )
    axis.text(x, y, text, ha="center", va="center", size=size, color=INK)


def timeline():
    """When the algorithms were published."""
    years = {
        "a neuron's model, 1943": 1943,
        "SGD; k nearest neighbours, 1951": 1951,
        "perceptron; logistic regression, 1958": 1958,
        "decision trees, 1963": 1963,
        "hidden Markov model, 1966": 1966,
        "backpropagation in networks, 1986": 1986,
        "SVM with kernels, 1992": 1992,
        "LSTM, 1997": 1997,
        "random forests, 2001": 2001,
        "deep learning, 2006": 2006,
        "AlexNet, 2012": 2012,
    }
    figure, axis = plt.subplots(figsize=(12, 5), layout="constrained")
    for row, (name, year) in enumerate(years.items()):
        colour = RED if year >= 2006 else BLUE
        axis.plot(year, -row, "o", color=colour, markersize=13)
        axis.text(year + 1, -row, name, va="center", size=19)
    axis.set(xlim=(1941, 2024), xlabel="year", yticks=[])
    axis.spines[["left", "right", "top"]].set_visible(False)
    return figure


def neuron():
    """One neuron: weights, sum, activation."""
    figure, axis = new_axis(9, 5, 9, 5)
    for row, name in enumerate(["$x_1$", "$x_2$", "$x_3$"]):
        y = 4.2 - 1.5 * row
        operation(axis, 0.6, y, name, BLUE, 0.42)
        arrow(axis, (1.05, y), (3.5, 2.7), GREY)
        axis.text(2.0, y + (0.12, 0.22, 0.3)[row], f"$w_{row + 1}$", size=22)
    box(axis, 3.5, 2.1, 1.7, 1.2, "add up,\nplus $b$", ORANGE)
    arrow(axis, (5.2, 2.7), (5.9, 2.7))
    box(axis, 5.9, 2.1, 1.5, 1.2, "activate", PURPLE)
    arrow(axis, (7.4, 2.7), (8.2, 2.7))
    axis.text(8.3, 2.7, "$y$", size=26, va="center")
    axis.text(4.35, 1.7, "weighted sum", ha="center", size=20)
    axis.text(6.65, 1.15, "activation\nfunction", ha="center", size=20)
    return figure


def descent():
    """Gradient descent on a bowl with three learning rates."""
    figure, axes = plt.subplots(
        1, 3, figsize=(12, 4), sharey=True, layout="constrained"
    )
    w_grid = np.linspace(-2.6, 2.6, 200)
    for axis, rate in zip(axes, [0.05, 0.4, 1.03]):
        path = [-1.6]
        for _ in range(8):
            path.append(path[-1] - rate * 2 * path[-1])
        path = np.array(path)
        axis.plot(w_grid, w_grid**2, color=GREY)
        axis.plot(path, path**2, "o-", color=RED, linewidth=1.5)
        axis.plot(path[0], path[0] ** 2, "o", color=ORANGE, markersize=14)
        axis.set(title=f"rate {rate}", xlabel="weight w", ylim=(-0.3, 6.5))
    axes[0].set_ylabel("loss w²")
    return figure


def cells(axis, x, y, numbers, colour=BLUE, fill=0.25, edge=INK):
    """Draw a table of numbers as cells of 0.9 × 0.7; x and y are its upper left."""
    for row, line in enumerate(numbers):
        for column, value in enumerate(line):
            axis.add_patch(
                Rectangle(
                    (x + 0.9 * column, y - 0.7 * (row + 1)),
                    0.86,
                    0.66,
                    facecolor=matplotlib.colors.to_rgba(colour, fill),
                    edgecolor="white",
                )
            )
            axis.text(
                x + 0.9 * column + 0.43,
                y - 0.7 * (row + 1) + 0.33,
                str(value),
                ha="center",
                va="center",
                size=20,
                color=edge,
            )


def reduction():
    """Sums of a table along each axis: lesson 1.03."""
    figure, axis = new_axis(11, 4.4, 11, 4.4)
    table = np.arange(1, 13).reshape(4, 3)
    cells(axis, 3.2, 4.2, table)
    cells(axis, 3.2, 0.9, [table.sum(axis=0)], ORANGE, 0.6)
    arrow(axis, (4.55, 1.38), (4.55, 0.95))
    cells(axis, 7.2, 4.2, table.sum(axis=1)[:, None], PURPLE, 0.45)
    arrow(axis, (6.0, 2.8), (7.1, 2.8))
    axis.text(3.0, 0.55, "axis=0: (3,)", ha="right", va="center", size=20)
    axis.text(8.3, 2.8, "axis=1: (4,)", va="center", size=20)
    axis.text(3.0, 2.8, "(4, 3)", ha="right", va="center", size=20)
    return figure


def broadcasting():
    """What a row minus a column gives: the trap of lesson 1.04."""
    figure, axis = new_axis(11, 3, 11, 3)
    row = np.array([10, 20, 30])
    column = np.array([[10], [20], [30]])
    cells(axis, 0.2, 1.8, [row], BLUE)
    axis.text(1.55, 0.6, "(3,)", ha="center", size=20)
    axis.text(3.3, 1.45, "−", ha="center", va="center", size=28)
    cells(axis, 3.8, 2.5, column, ORANGE, 0.5)
    axis.text(5.3, 1.45, "(3, 1)", ha="center", va="center", size=20)
    axis.text(6.5, 1.45, "=", ha="center", va="center", size=28)
    cells(axis, 7.0, 2.5, row - column, RED)
    axis.text(8.35, 0.0, "(3, 3)", ha="center", size=20)
    return figure


def optimizer_gap():
    """How far first and last optimizer lie apart, untuned and tuned: lesson 1.14."""
    results = read_results().loc["1.14"]
    figure, axis = plt.subplots(figsize=(9, 3.2), layout="constrained")
    names = {"gap_default": "default rates", "gap_tuned": "each at its best rate"}
    for row, name in enumerate(names):
        runs = results.loc[name]
        axis.barh(row, runs.mean(), color=[RED, BLUE][row], height=0.6)
        axis.text(runs.mean() + 0.01, row, f"{runs.mean():.2f}", va="center", size=19)
    axis.set_yticks(range(2), list(names.values()))
    axis.set(xlim=(0, 0.85), xlabel="accuracy, first minus last")
    axis.set_title("Five optimizers, four networks")
    axis.invert_yaxis()
    axis.spines[["right", "top"]].set_visible(False)
    return figure


def draw_network(axis, sizes, left, gap, names=True):
    """Draw a dense network: a column of neurons for each layer."""
    places = []
    for layer, size in enumerate(sizes):
        x = left + gap * layer
        ys = 2.5 + 0.95 * (np.arange(size)[::-1] - (size - 1) / 2)
        places.append([(x, y) for y in ys])
    for before, after in zip(places, places[1:]):
        for x0, y0 in before:
            for x1, y1 in after:
                axis.plot([x0, x1], [y0, y1], color=GREY, linewidth=1, zorder=0)
    for layer, points in enumerate(places):
        colour = BLUE if layer == 0 else ORANGE
        for x, y in points:
            axis.add_patch(
                Circle((x, y), 0.3, facecolor="white", edgecolor=colour, linewidth=2.5)
            )
    return places


def network_shapes():
    """The network 4-4-3-1 of lesson 1.10."""
    figure, axis = new_axis(9, 5, 9, 5)
    draw_network(axis, [4, 4, 3, 1], 1, 2.3)
    for x, name in zip([1, 3.3, 5.6, 7.9], ["4 inputs", "4", "3", "1 output"]):
        axis.text(x, 0.2, name, ha="center", size=22)
    for x, name in zip([2.15, 4.45, 6.75], ["W1, b1", "W2, b2", "W3, b3"]):
        axis.text(x, 4.6, name, ha="center", size=22, color=PURPLE)
    return figure


def dropout():
    """The same network twice: whole, and with neurons switched off."""
    figure, axis = new_axis(12, 5, 12, 5)
    draw_network(axis, [4, 4, 4, 2], 0.7, 1.5)
    kept = {1: [0, 2], 2: [1, 2]}
    places = []
    for layer, size in enumerate([4, 4, 4, 2]):
        x = 6.8 + 1.5 * layer
        ys = 2.5 + 0.95 * (np.arange(size)[::-1] - (size - 1) / 2)
        places.append([(x, y) for y in ys])
    for layer in range(3):
        for i, (x0, y0) in enumerate(places[layer]):
            for j, (x1, y1) in enumerate(places[layer + 1]):
                if i in kept.get(layer, range(4)) and j in kept.get(
                    layer + 1, range(4)
                ):
                    axis.plot([x0, x1], [y0, y1], color=GREY, linewidth=1, zorder=0)
    for layer, points in enumerate(places):
        for i, (x, y) in enumerate(points):
            off = layer in kept and i not in kept[layer]
            colour = BLUE if layer == 0 else ORANGE
            axis.add_patch(
                Circle(
                    (x, y),
                    0.3,
                    facecolor="#e3e6ec" if off else "white",
                    edgecolor=GREY if off else colour,
                    linewidth=2.5,
                )
            )
            if off:
                axis.text(x, y, "×", ha="center", va="center", size=24, color=RED)
    axis.text(2.95, 0.0, "at prediction: all", ha="center", size=22)
    axis.text(9.05, 0.0, "in training: others in each batch", ha="center", size=22)
    return figure


def wide_and_deep():
    """The wide part, the deep part, and their sum."""
    figure, axis = new_axis(10, 5, 10, 5)
    box(axis, 0.1, 0.2, 3.6, 0.8, "words and crosses", BLUE, size=23)
    box(axis, 0.1, 3.4, 3.6, 0.9, "one weight each", BLUE, size=23, fill=0.4)
    arrow(axis, (1.9, 1.0), (1.9, 3.4))
    axis.text(1.9, 4.55, "wide: by heart", ha="center", size=23)
    box(axis, 5.9, 0.2, 2.1, 0.8, "words", ORANGE, size=23)
    box(axis, 8.2, 0.2, 1.7, 0.8, "numbers", ORANGE, size=23)
    box(axis, 5.9, 1.4, 2.1, 0.7, "embedding", ORANGE, size=23)
    box(axis, 5.9, 2.4, 4.0, 0.7, "hidden layer", ORANGE, size=23)
    box(axis, 5.9, 3.4, 4.0, 0.9, "hidden layer", ORANGE, size=23, fill=0.4)
    arrow(axis, (6.95, 1.0), (6.95, 1.4))
    arrow(axis, (6.95, 2.1), (6.95, 2.45))
    arrow(axis, (9.05, 1.0), (9.05, 2.4))
    arrow(axis, (7.9, 3.1), (7.9, 3.45))
    axis.text(7.9, 4.55, "deep: in general", ha="center", size=23)
    operation(axis, 4.8, 3.85, "+", PURPLE, 0.4, size=24)
    arrow(axis, (3.7, 3.85), (4.4, 3.85))
    arrow(axis, (5.9, 3.85), (5.2, 3.85))
    arrow(axis, (4.8, 3.45), (4.8, 2.3))
    axis.text(4.8, 1.9, "answer", ha="center", size=23)
    return figure


def working_steps():
    """Forward, loss, backward, update, and round again."""
    figure, axis = new_axis(10, 5, 10, 5)
    box(axis, 0.2, 3.3, 3.6, 1.2, "1 forward pass:\npredict a batch", BLUE)
    box(axis, 6.2, 3.3, 3.6, 1.2, "2 loss:\nhow wrong?", ORANGE)
    box(axis, 6.2, 0.4, 3.6, 1.2, "3 backward pass:\nthe gradient", PURPLE)
    box(axis, 0.2, 0.4, 3.6, 1.2, "4 optimizer:\na small step", RED)
    arrow(axis, (3.8, 3.9), (6.2, 3.9))
    arrow(axis, (8.0, 3.3), (8.0, 1.6))
    arrow(axis, (6.2, 1.0), (3.8, 1.0))
    arrow(axis, (2.0, 1.6), (2.0, 3.3))
    axis.text(5, 2.45, "next batch,\nnext epoch", ha="center", va="center", size=19)
    return figure


def batches():
    """Rows, batches, an epoch."""
    figure, axis = new_axis(11, 3.6, 11, 3.6)
    colours = [BLUE, ORANGE, PURPLE, RED]
    for column in range(12):
        axis.add_patch(
            Rectangle(
                (0.2 + 0.88 * column, 1.5),
                0.74,
                0.9,
                facecolor=matplotlib.colors.to_rgba(colours[column // 3], 0.4),
                edgecolor="white",
            )
        )
    for batch in range(4):
        x = 0.2 + 0.88 * 3 * batch
        axis.text(
            x + 1.25,
            0.85,
            f"batch {batch + 1}\n1 update",
            ha="center",
            va="top",
            size=19,
        )
        axis.plot([x + 0.05, x + 2.45], [1.25, 1.25], color=colours[batch], linewidth=4)
    axis.annotate(
        "", (0.2, 2.75), (10.7, 2.75), arrowprops={"arrowstyle": "<->", "linewidth": 2}
    )
    axis.text(5.4, 2.9, "one epoch: all 12 rows, 4 updates", ha="center", size=20)
    return figure


def folds():
    """Five folds of cross-validation."""
    figure, axis = new_axis(9, 4.6, 9, 4.6)
    for row in range(5):
        for part in range(5):
            scores = row == part
            axis.add_patch(
                Rectangle(
                    (1.6 + 1.2 * part, 3.5 - 0.72 * row),
                    1.1,
                    0.58,
                    facecolor=matplotlib.colors.to_rgba(
                        ORANGE if scores else BLUE, 0.9 if scores else 0.3
                    ),
                )
            )
        axis.text(
            1.4, 3.79 - 0.72 * row, f"fold {row + 1}", ha="right", va="center", size=22
        )
    axis.text(1.6, 0.12, "blue trains", size=22, color="#1f5f99")
    axis.text(4.6, 0.12, "orange scores", size=22, color="#9a6200")
    axis.text(7.75, 2.35, "five\nscores:\nmean and\nspread", va="center", size=22)
    return figure


def cnn_flow():
    """The network of lesson 3.06, shape by shape."""
    figure, axis = new_axis(11.2, 4.0, 13, 4.6)
    steps = [
        ("28 × 28 × 1", "picture", 2.6, BLUE),
        ("26 × 26 × 32", "conv 3 × 3", 2.4, ORANGE),
        ("13 × 13 × 32", "pool 2", 1.7, PURPLE),
        ("11 × 11 × 64", "conv 3 × 3", 1.5, ORANGE),
        ("5 × 5 × 64", "pool 2", 1.0, PURPLE),
        ("1,600", "flatten", 0.5, GREY),
        ("10", "dense", 0.3, RED),
    ]
    x = 0.2
    for number, (shape, name, height, colour) in enumerate(steps):
        axis.add_patch(
            Rectangle(
                (x, 2.4 - height / 2),
                1.0,
                height,
                facecolor=matplotlib.colors.to_rgba(colour, 0.3),
                edgecolor=colour,
                linewidth=2,
            )
        )
        axis.text(x + 0.5, 4.0, name, ha="center", size=19)
        low = 0.75 if number % 2 == 0 else 0.2
        axis.text(x + 0.5, low, shape, ha="center", size=19)
        if number:
            arrow(axis, (x - 0.8, 2.4), (x - 0.08, 2.4))
        x += 1.9
    return figure


def sequence_tasks():
    """What goes in and what comes out: four kinds of tasks."""
    figure, axis = new_axis(11.2, 4.0, 13, 4.6)
    kinds = [
        ("one answer\nat the end", [0, 1, 2], [2], 3),
        ("an answer\nat each step", [0, 1, 2], [0, 1, 2], 3),
        ("a start,\nthen a sequence", [0], [0, 1, 2], 3),
        ("a sequence into\nanother sequence", [0, 1], [2, 3], 4),
    ]
    x = 0.2
    for title, inputs, outputs, count in kinds:
        for step in range(count):
            left = x + 0.75 * step
            box(axis, left, 1.9, 0.55, 0.7, "", ORANGE)
            if step in inputs:
                box(axis, left, 0.9, 0.55, 0.55, "", BLUE, fill=0.6)
                arrow(axis, (left + 0.27, 1.45), (left + 0.27, 1.9))
            if step in outputs:
                box(axis, left, 3.05, 0.55, 0.55, "", PURPLE, fill=0.5)
                arrow(axis, (left + 0.27, 2.6), (left + 0.27, 3.05))
            if step:
                arrow(axis, (left - 0.2, 2.25), (left, 2.25))
        axis.text(x + 0.375 * count - 0.1, 0.75, title, ha="center", va="top", size=18)
        x += 3.3 if count == 3 else 0
    axis.text(0.2, 4.1, "purple: output    orange: state    blue: input", size=18)
    return figure


def fits():
    """Too stiff, about right, too flexible: polynomials through noisy points."""
    generator = np.random.default_rng(3)
    x = np.sort(generator.uniform(0, 1, 14))
    y = np.sin(2 * np.pi * x) + generator.normal(0, 0.25, 14)
    dense = np.linspace(x.min(), x.max(), 300)
    figure, axes = plt.subplots(
        1, 3, figsize=(12, 4), sharey=True, layout="constrained"
    )
    titles = ["high bias", "about right", "high variance"]
    for axis, degree, title in zip(axes, [1, 3, 11], titles):
        curve = np.polynomial.Polynomial.fit(x, y, degree)
        axis.plot(dense, np.sin(2 * np.pi * dense), ":", color=GREY)
        axis.plot(x, y, "o", color=BLUE)
        axis.plot(dense, curve(dense), color=RED)
        axis.set(title=title, ylim=(-2.2, 2.2), xticks=[], yticks=[], xlabel="x")
    axes[0].set_ylabel("y")
    return figure


DIAGRAMS = [
    timeline,
    neuron,
    reduction,
    broadcasting,
    descent,
    optimizer_gap,
    network_shapes,
    dropout,
    wide_and_deep,
    working_steps,
    batches,
    folds,
    cnn_flow,
    sequence_tasks,
    fits,
]


def in_pixels(drawing):
    """Return an SVG file's text with its size in pixels, a hundred to the inch."""
    return re.sub(
        r'(width|height)="([\d.]+)pt"',
        lambda side: f'{side[1]}="{float(side[2]) * 100 / 72:.1f}"',
        drawing,
        count=2,
    )


def draw_diagrams():
    """Draw every diagram, ``figures/NAME.svg``, a pixel for each hundredth of an inch.

    The size of its smallest letters, in points, is noted in the file.
    """
    matplotlib.rc_file(SETTINGS)
    plt.style.use("petroff10")
    figure_style.use_fonts()
    for draw in DIAGRAMS:
        figure = draw()
        target = FIGURES_DIR / f"{draw.__name__}.svg"
        letters = f"letters: {smallest_letters(figure):g}"
        metadata = {"Date": None, "Description": letters}
        figure.savefig(target, bbox_inches="tight", metadata=metadata)
        plt.close(figure)
        text = target.read_text(encoding="utf-8")
        target.write_text(in_pixels(text), encoding="utf-8")
        print(draw.__name__)
    figure_style.use_style()
    draw_vectors.draw_all()


def draw_lessons(numbers):
    """Run lessons and keep the figures that the slides show.

    Raises
    ------
    RuntimeError
        A lesson fails.
    ValueError
        No slide shows a figure of this lesson.
    """
    for number in numbers:
        if number not in LESSON_FIGURES:
            raise ValueError(
                f"No slide shows a figure of lesson {number}; "
                f"{', '.join(LESSON_FIGURES)} have some."
            )
    settings = SETTINGS.read_text(encoding="utf-8") + FOR_LESSONS
    for number in numbers:
        lesson = find_lessons([number])[0]
        figures = LESSON_FIGURES[number]
        for letters in sorted(set(figures.values())):
            with tempfile.TemporaryDirectory() as folder:
                size = f"font.size: {letters}"
                Path(folder, "matplotlibrc").write_text(
                    re.sub(r"font\.size: \d+", size, settings), encoding="utf-8"
                )
                os.environ["MATPLOTLIBRC"] = str(Path(folder, "matplotlibrc"))
                run = run_lesson(lesson, figures=folder)
                if run.returncode:
                    raise RuntimeError(f"{lesson.name} fails:\n{run.errors[-2000:]}")
                for figure, its_letters in figures.items():
                    if its_letters == letters:
                        smallest = run.figures[figure - 1]["letters"]
                        drawing = Path(folder, f"{figure}.svg").read_text("utf-8")
                        drawing = re.sub(
                            r"\s*<metadata>.*?</metadata>", "", drawing, flags=re.S
                        )
                        note = f"<!-- letters: {smallest:g} -->\n<svg "
                        drawing = in_pixels(drawing).replace("<svg ", note, 1)
                        target = FIGURES_DIR / f"{number}_{figure}.svg"
                        target.write_text(drawing, encoding="utf-8")
        print(number, list(figures))


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--lessons",
        nargs="*",
        metavar="NUMBER",
        help="draw the lessons' figures, too; all of them if none is named",
    )
    numbers = parser.parse_args().lessons
    FIGURES_DIR.mkdir(exist_ok=True)
    draw_diagrams()
    if numbers is not None:
        try:
            draw_lessons(numbers or list(LESSON_FIGURES))
        except ValueError as error:
            parser.error(str(error))
    return 0


if __name__ == "__main__":
    sys.exit(main())
