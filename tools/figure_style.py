"""How the slides' figures look: colours, fonts, sizes, and a few shapes.

A figure is made in the size that it has on the slide: one unit of a drawing is one
pixel of the slide (1280 × 720), and a font size of 22 is 22 pixels. It is saved as SVG
with its letters as paths, so it is sharp on every projector and needs no font.
"""

import re
import tempfile
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
from fontTools.ttLib import TTFont
from matplotlib import font_manager
from matplotlib.patches import Circle, FancyArrowPatch, FancyBboxPatch, Rectangle

from run_lesson import smallest_letters

SLIDES_DIR = Path(__file__).resolve().parent.parent / "slides"
FIGURES_DIR = SLIDES_DIR / "figures"
FONTS_DIR = SLIDES_DIR / "fonts"
SMALLEST_LETTERS = 20  # pixels of the slide: read from six screen heights away

# One colour, one meaning, in the whole course. All have a contrast of 3 : 1 or more on
# white, and stay apart for the colour-blind; course.css has the same.
INPUT = "#2f7fd8"
HIDDEN = "#c96a00"  # hidden layers and states, weights
OUTPUT = "#4b1a70"
GRADIENT = "#a8002c"  # always dashed
CONTEXT = "#6b7488"  # axes, baselines, what was there before
INK = "#1d2433"
PAPER = "#f3f5fa"


def use_fonts():
    """Let Matplotlib write the slides' letters, as paths."""
    folder = Path(tempfile.gettempdir()) / "course_fonts"
    folder.mkdir(exist_ok=True)
    for file in sorted(FONTS_DIR.glob("*.woff")):
        unpacked = folder / f"{file.stem}.ttf"
        font = TTFont(file)
        font.flavor = None  # Matplotlib wants the font unpacked
        font.save(unpacked)
        font_manager.fontManager.addfont(unpacked)
    plt.rcParams.update(
        {
            "font.family": "IBM Plex Sans",
            "svg.fonttype": "path",
            "svg.hashsalt": "course",
        }
    )


def use_style():
    """Set Matplotlib up for figures in slide pixels."""
    matplotlib.rcdefaults()
    use_fonts()
    plt.rcParams.update(
        {
            "figure.dpi": 72,  # one point is one pixel
            "font.size": 22,
            "mathtext.fontset": "cm",
            "text.color": INK,
            "axes.edgecolor": CONTEXT,
            "axes.labelcolor": INK,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.linewidth": 1.5,
            "xtick.color": INK,
            "ytick.color": INK,
            "xtick.labelsize": 20,
            "ytick.labelsize": 20,
            "lines.linewidth": 3,
            "lines.markersize": 9,
        }
    )


def drawing(width, height):
    """Return a figure and an axis without frame; its units are slide pixels."""
    figure = plt.figure(figsize=(width / 72, height / 72))
    axis = figure.add_axes([0, 0, 1, 1])
    axis.set(xlim=(0, width), ylim=(0, height))
    axis.axis("off")
    return figure, axis


def plots(width, height, rows=1, columns=1, **settings):
    """Return a figure of this size in slide pixels, and its axes."""
    return plt.subplots(
        rows,
        columns,
        figsize=(width / 72, height / 72),
        layout="constrained",
        **settings,
    )


def tint(colour, share):
    """Return a colour mixed with white: 0 is white, 1 the colour itself."""
    red, green, blue = matplotlib.colors.to_rgb(colour)
    return tuple(1 - share * (1 - part) for part in (red, green, blue))


def box(axis, x, y, width, height, text="", colour=HIDDEN, fill=0.15, size=22):
    """Draw a rounded box around its text; x and y are its centre."""
    axis.add_patch(
        FancyBboxPatch(
            (x - width / 2, y - height / 2),
            width,
            height,
            boxstyle="round,pad=0,rounding_size=8",
            facecolor=tint(colour, fill),
            edgecolor=colour,
            linewidth=2.5,
        )
    )
    axis.text(x, y, text, ha="center", va="center", size=size, linespacing=1.15)


def node(axis, x, y, text, colour=HIDDEN, radius=26, size=24, fill=0.0):
    """Draw a circle around its text: a neuron, or an operation such as ×."""
    axis.add_patch(
        Circle(
            (x, y),
            radius,
            facecolor=tint(colour, fill),
            edgecolor=colour,
            linewidth=3,
            zorder=4,
        )
    )
    axis.text(x, y, text, ha="center", va="center_baseline", size=size, zorder=5)


def arrow(axis, *points, colour=INK, width=2.5, dashed=False, bend=0, head=True):
    """Draw an arrow through points, the last of which gets the head."""
    *way, last = points
    for start, end in zip(way, way[1:]):
        axis.plot(
            [start[0], end[0]],
            [start[1], end[1]],
            color=colour,
            linewidth=width,
            linestyle="--" if dashed else "-",
            solid_capstyle="round",
        )
    axis.add_patch(
        FancyArrowPatch(
            way[-1],
            last,
            arrowstyle="-|>" if head else "-",
            mutation_scale=20,
            color=colour,
            linewidth=width,
            linestyle=(0, (4, 2)) if dashed else "-",
            connectionstyle=f"arc3,rad={bend}",
            shrinkA=0,
            shrinkB=0,
            zorder=3,
        )
    )


def grid(axis, x, y, numbers, cell=44, colour=INPUT, fill=0.16, size=20, ink=INK):
    """Draw a table of numbers; x and y are its upper left corner."""
    for row, line in enumerate(numbers):
        for column, value in enumerate(line):
            left = x + cell * column
            bottom = y - cell * (row + 1)
            axis.add_patch(
                Rectangle(
                    (left, bottom),
                    cell,
                    cell,
                    facecolor=tint(colour, fill),
                    edgecolor="white",
                    linewidth=2.5,
                )
            )
            axis.text(
                left + cell / 2,
                bottom + cell / 2,
                str(value),
                ha="center",
                va="center_baseline",
                size=size,
                color=ink,
            )


def frame(axis, x, y, width, height, colour=HIDDEN, dashed=False):
    """Draw a frame around something; x and y are its upper left corner."""
    axis.add_patch(
        Rectangle(
            (x, y - height),
            width,
            height,
            fill=False,
            edgecolor=colour,
            linewidth=4.5,
            linestyle="--" if dashed else "-",
            joinstyle="round",
        )
    )


def save(figure, name, smallest=SMALLEST_LETTERS, for_lessons=False):
    """Write a figure as ``figures/NAME.svg``, and ``.png`` if a lesson shows it, too.

    Raises
    ------
    ValueError
        It has letters that the last row cannot read.
    """
    letters = smallest_letters(figure)
    if letters < smallest:
        raise ValueError(
            f"{name} has letters of {letters:g} pixels: make them {smallest} or more."
        )
    target = FIGURES_DIR / f"{name}.svg"
    figure.savefig(target, metadata={"Date": None})
    if for_lessons:
        figure.savefig(target.with_suffix(".png"), dpi=144)
    plt.close(figure)
    text = target.read_text(encoding="utf-8")
    in_pixels = re.sub(r'(width|height)="([\d.]+)pt"', r'\1="\2"', text, count=2)
    target.write_text(in_pixels, encoding="utf-8")
