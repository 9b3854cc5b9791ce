"""Every number of Miscelaneous.xlsx against TensorFlow or NumPy.

Where LibreOffice is installed the formulas are worked out anew; elsewhere the values
stored in the file are read.
"""

import shutil

import numpy as np
import openpyxl
import pandas as pd
import pytest
import tensorflow as tf
from openpyxl.cell.cell import MergedCell
from test_lessons import read_expected

from make_workbook import (
    FILTER,
    FILTERS,
    IMAGE,
    INPUT,
    SQUARE,
    TABS,
    WORKBOOK,
    recalculate,
)
from measure_lessons import find_lessons


@pytest.fixture(scope="module")
def values(tmp_path_factory):
    """Return a function (tab, range) -> array of the values in the workbook."""
    file = (
        recalculate(WORKBOOK, tmp_path_factory.mktemp("recalculated"))
        if shutil.which("soffice")
        else WORKBOOK
    )
    workbook = openpyxl.load_workbook(file, data_only=True)
    return lambda tab, cells: np.array(
        [[cell.value for cell in row] for row in workbook[tab][cells]], object
    )


def convolved(padding, stride, image=IMAGE, kernel=FILTER):
    image = tf.constant(image, tf.float32)[tf.newaxis, :, :, tf.newaxis]
    kernel = tf.constant(kernel, tf.float32)[:, :, tf.newaxis, tf.newaxis]
    return tf.nn.conv2d(image, kernel, strides=stride, padding=padding)[
        0, :, :, 0
    ].numpy()


def test_tabs_and_stored_values():
    formulas, stored = (
        openpyxl.load_workbook(WORKBOOK, data_only=only) for only in (False, True)
    )
    assert formulas.sheetnames == list(TABS)
    count = 0
    for tab in formulas:
        for row in tab:
            for cell in row:
                if isinstance(cell.value, str) and cell.value.startswith("="):
                    count += 1
                    value = stored[tab.title][cell.coordinate].value
                    assert value is not None and not str(value).startswith(
                        ("#", "Err")
                    ), f"{tab.title}!{cell.coordinate}"
    assert count > 500, "the numbers are formulas"
    assert [
        len(formulas[tab]._charts) for tab in ("Activations", "Gradient descent")
    ] == [2, 3]


def test_only_yellow_cells_can_be_changed():
    for tab in openpyxl.load_workbook(WORKBOOK):
        assert tab.protection.sheet and not tab.protection.password, tab.title
        for row in tab:
            for cell in row:
                if isinstance(cell, MergedCell):
                    continue
                yellow = str(cell.fill.fgColor.rgb)[2:] == INPUT.fgColor.rgb[2:]
                assert cell.protection.locked != yellow, (
                    f"{tab.title}!{cell.coordinate}"
                )
                assert not (yellow and str(cell.value).startswith("="))


def test_pandas_reads_the_numbers():
    frame = pd.read_excel(WORKBOOK, sheet_name="CNN", header=None)
    assert frame.iloc[5:11, 1:7].to_numpy(int).tolist() == IMAGE
    assert frame.iloc[5, 15] == 429


@pytest.mark.parametrize(
    "cells, padding, stride",
    [
        ("P6:S9", "VALID", 1),
        ("K14:L15", "VALID", 2),
        ("P14:Q15", "VALID", 3),
        ("K20:P25", "SAME", 1),
        ("S20:U22", [[0, 0], [1, 1], [1, 1], [0, 0]], 2),
        ("S25:U27", "SAME", 2),
    ],
)
def test_cnn_equals_conv2d(values, cells, padding, stride):
    np.testing.assert_array_equal(values("CNN", cells), convolved(padding, stride))


def test_cnn_window_padding_and_pooling(values):
    assert (
        values("CNN", "B6:G11").tolist() == IMAGE
        and values("CNN", "K6:M8").tolist() == FILTER
    )
    assert values("CNN", "F14:F14")[0, 0] == values("CNN", "B14:D16").sum() == 429
    np.testing.assert_array_equal(values("CNN", "B20:I27"), np.pad(IMAGE, 1))
    image = tf.constant(IMAGE, tf.float32)[tf.newaxis, :, :, tf.newaxis]
    np.testing.assert_array_equal(
        values("CNN", "B31:D33"), tf.nn.max_pool2d(image, 2, 2, "VALID")[0, :, :, 0]
    )
    np.testing.assert_allclose(
        values("CNN", "K31:M33").astype(float),
        tf.nn.avg_pool2d(image, 2, 2, "VALID")[0, :, :, 0],
    )


@pytest.mark.parametrize("name", FILTERS)
def test_picture_equals_tensorflow(name, tmp_path):
    if not shutil.which("soffice"):
        pytest.skip("LibreOffice works out what another choice gives")
    book = openpyxl.load_workbook(WORKBOOK)
    book["CNN picture"]["K5"] = name
    book["CNN"]["V6"] = 5  # the list refuses it; a paste does not
    (tmp_path / "in").mkdir()
    book.save(tmp_path / "in" / "changed.xlsx")
    changed = recalculate(tmp_path / "in" / "changed.xlsx", tmp_path)
    book = openpyxl.load_workbook(changed, data_only=True)
    sheet = book["CNN picture"]

    def numbers(cells):
        return np.array([[cell.value for cell in row] for row in sheet[cells]], float)

    expected = convolved("VALID", 1, SQUARE, FILTERS[name])
    np.testing.assert_allclose(numbers("O6:T11"), expected, atol=1e-3)
    relu = tf.nn.relu(expected)
    np.testing.assert_allclose(numbers("O16:T21"), relu, atol=1e-3)
    pooled = tf.nn.max_pool2d(relu[tf.newaxis, :, :, tf.newaxis], 2, 2, "VALID")
    np.testing.assert_allclose(numbers("B16:D18"), pooled[0, :, :, 0], atol=1e-3)
    assert {cell.value for row in book["CNN"]["B14:D16"] for cell in row} == {"1 to 4"}
    assert book["CNN"]["F14"].value == "1 to 4"


def test_three_channels_give_one_number(values):
    pixels, weights = values("CNN channels", "B6:D18"), values("CNN channels", "F6:H18")
    rows = [0, 1, 2, 5, 6, 7, 10, 11, 12]
    total = np.sum(pixels[rows].astype(float) * weights[rows].astype(float))
    assert values("CNN channels", "O12:O12")[0, 0] == total == 1124


def test_dimensions_equal_keras_layers(values):
    for (
        _,
        width,
        channels,
        size,
        padding,
        stride,
        filters,
        out,
        shape,
        left,
        count,
        same,
    ) in values("Dimensions", "A6:L14"):
        model = tf.keras.Sequential(
            [
                tf.keras.Input(shape=(width, width, channels)),
                tf.keras.layers.ZeroPadding2D(padding),
                tf.keras.layers.Conv2D(filters, size, strides=stride),
            ]
        )
        assert (
            model.output_shape == (None, out, out, filters)
            and model.count_params() == count
        )
        assert shape == f"{out} × {out} × {filters}"
        assert left == width + 2 * padding - size - (out - 1) * stride
        assert (
            same
            == tf.keras.layers.Conv2D(1, size, stride, "same").compute_output_shape(
                (1, width, width, channels)
            )[1]
        )


def test_flow_equals_a_keras_model(values):
    flow = values("Dimensions", "A19:H26")
    model = tf.keras.Sequential(
        [
            tf.keras.Input(shape=(28, 28, 1)),
            tf.keras.layers.Conv2D(32, 3),
            tf.keras.layers.MaxPooling2D(),
            tf.keras.layers.Conv2D(64, 3),
            tf.keras.layers.MaxPooling2D(),
            tf.keras.layers.Flatten(),
            tf.keras.layers.Dense(10),
        ]
    )
    for row, layer in zip(flow[1:7], model.layers):
        assert (
            row[6] == np.prod(layer.output.shape[1:]) and row[7] == layer.count_params()
        ), row[0]
    assert flow[7][7] == model.count_params()


def test_activations_equal_tensorflow(values):
    table = values("Activations", "A6:I30").astype(float)
    x = tf.constant(table[:, 0])
    others = tf.ones_like(x), tf.zeros_like(x)
    functions = {
        1: tf.nn.sigmoid,
        3: tf.nn.tanh,
        5: tf.nn.relu,
        7: lambda x: tf.nn.softmax(tf.stack([x, *others], axis=1))[:, 0],
    }
    for column, function in functions.items():
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = function(x)
        np.testing.assert_allclose(table[:, column], y, atol=1e-12)
        np.testing.assert_allclose(
            table[:, column + 1], tape.gradient(y, x), atol=1e-12
        )
    softmax = values("Activations", "N7:P9").astype(float)
    np.testing.assert_allclose(softmax[:, 2], tf.nn.softmax(softmax[:, 0]))
    np.testing.assert_allclose(
        values("Activations", "O10:P10").astype(float)[0], [softmax[:, 1].sum(), 1]
    )


def test_gradient_descent_equals_the_tape(values):
    learning_rate, start = values("Gradient descent", "B5:B6")[:, 0]
    table = values("Gradient descent", "A9:E29").astype(float)
    w = tf.Variable(start, dtype=tf.float64)
    for _, value, loss, gradient, change in table:
        with tf.GradientTape() as tape:
            expected = (w - 3) ** 2 + 1
        slope = tape.gradient(expected, w)
        np.testing.assert_allclose(
            [value, loss, gradient, change],
            [w, expected, slope, learning_rate * slope],
            atol=1e-12,
        )
        w.assign_sub(learning_rate * slope)


def test_backpropagation_equals_the_tape(values):
    (x1,), (x2,), (target,) = values("Backpropagation", "B6:B8")
    numbers = values("Backpropagation", "B11:B19")[:, 0].astype(float)
    (rate,) = values("Backpropagation", "B21:B21")[0]
    parameters = [tf.Variable(number, dtype=tf.float64) for number in numbers]

    def loss_of(w11, w21, b1, w12, w22, b2, v1, v2, c):
        h1 = tf.nn.relu(w11 * x1 + w21 * x2 + b1)
        h2 = tf.nn.relu(w12 * x1 + w22 * x2 + b2)
        return (v1 * h1 + v2 * h2 + c - target) ** 2

    with tf.GradientTape() as tape:
        loss = loss_of(*parameters)
    slopes = [float(slope) for slope in tape.gradient(loss, parameters)]
    table = values("Backpropagation", "C11:D19").astype(float)
    np.testing.assert_allclose(table[:, 0], slopes, atol=1e-12)
    np.testing.assert_allclose(table[:, 1], numbers - rate * np.array(slopes))
    loss_after = loss_of(*(tf.constant(number) for number in table[:, 1]))
    before, after = values("Backpropagation", "F11:F18")[[0, -1], 0]
    np.testing.assert_allclose([before, after], [loss, loss_after])
    assert after < before


def test_cross_entropy_equals_keras(values):
    logits = values("Cross-entropy", "B6:B9")[:, 0].astype(float)
    (truth,) = values("Cross-entropy", "B11:B11")[0]
    logits = tf.Variable(logits[np.newaxis])
    with tf.GradientTape() as tape:
        losses = tf.keras.losses.sparse_categorical_crossentropy(
            tf.constant([truth]), logits, from_logits=True
        )
    table = values("Cross-entropy", "D6:F9").astype(float)
    np.testing.assert_allclose(table[:, 0], tf.nn.softmax(logits)[0])
    np.testing.assert_allclose(table[:, 2], tape.gradient(losses, logits)[0])
    loss, guess = values("Cross-entropy", "B12:B13")[:, 0]
    np.testing.assert_allclose([loss, guess], [losses[0], np.log(4)])
    shares = values("Cross-entropy", "H6:I12").astype(float)
    np.testing.assert_allclose(shares[:, 1], -np.log(shares[:, 0]), atol=1e-12)


def test_lstm_and_gru_equal_keras(values):
    (x1,), (x2,), (h,), (c,) = values("LSTM cell", "B5:B8")
    inputs, state = tf.constant([[x1, x2]], tf.float32), tf.constant([[h]], tf.float32)

    gates = values("LSTM cell", "B12:E15").astype("float32")
    lstm = tf.keras.layers.LSTMCell(1)
    lstm.build((None, 2))
    lstm.set_weights([gates[:, :2].T, gates[:, 2:3].T, gates[:, 3]])
    _, (new_h, new_c) = lstm(inputs, [state, tf.constant([[c]], tf.float32)])
    np.testing.assert_allclose(
        values("LSTM cell", "B17:B18").astype(float)[:, 0],
        [new_c[0, 0], new_h[0, 0]],
        atol=1e-6,
    )

    gates = values("LSTM cell", "B22:F24").astype("float32")
    gru = tf.keras.layers.GRUCell(1)
    gru.build((None, 2))
    gru.set_weights([gates[:, :2].T, gates[:, 2:3].T, gates[:, 3:].T])
    new_h, _ = gru(inputs, [state])
    assert values("LSTM cell", "B26:B26")[0, 0] == pytest.approx(
        float(new_h[0, 0]), abs=1e-6
    )


@pytest.mark.parametrize("column, library", [(1, "NumPy"), (2, "TensorFlow")])
def test_numpy_to_tensorflow(values, column, library):
    matrices = [
        values("NumPy to TensorFlow", cells).astype("float32")
        for cells in ("B5:C6", "E5:F6")
    ]
    a, b = matrices if library == "NumPy" else map(tf.constant, matrices)
    for row in values("NumPy to TensorFlow", "A10:D24"):
        result = eval(row[column], {"np": np, "tf": tf, "a": a, "b": b})
        assert float(result) == pytest.approx(float(row[3]), abs=1e-5), row[column]


def test_shapes_equal_keras(values):
    rows = values("Shapes of W and b", "A7:H9")
    (inputs,) = values("Shapes of W and b", "B5:B5")[0]
    model = tf.keras.Sequential(
        [
            tf.keras.Input(shape=(inputs,)),
            *(tf.keras.layers.Dense(row[2]) for row in rows),
        ]
    )
    for (_, _, _, w_columns, b_columns, w_keras, b_keras, count), layer in zip(
        rows, model.layers
    ):
        kernel, bias = layer.get_weights()
        assert (w_keras, b_keras) == (str(kernel.shape), str(bias.shape))
        assert (w_columns, b_columns) == (
            str(kernel.T.shape),
            str(bias[:, np.newaxis].shape),
        )
        assert count == layer.count_params()
    assert values("Shapes of W and b", "H10:H10")[0, 0] == model.count_params() == 39


def test_optimizers_equal_the_lesson(values, run_once):
    (lesson,) = find_lessons(["1.14"])
    results = run_once(lesson).results
    optimizers = values("Optimizers", "B8:E8")[0]
    networks = values("Optimizers", "A9:A12")[:, 0]
    accuracies = values("Optimizers", "B9:E12").astype(float)
    for network, row in zip(networks, accuracies):
        for optimizer, accuracy in zip(optimizers, row):
            low, high = read_expected()["1.14"][f"{network}, {optimizer}"]
            assert low <= accuracy <= high
            assert low <= results[f"{network}, {optimizer}"] <= high
    margin = float(values("Optimizers", "B5:B5")[0, 0])
    ahead = accuracies[:, np.newaxis, :] >= accuracies[:, :, np.newaxis] + margin
    ranks = values("Optimizers", "B16:E19").astype(int)
    assert np.array_equal(ranks, 1 + ahead.sum(axis=2))
    annexure = values("Optimizers", "B23:E26").astype(int)
    assert np.array_equal(values("Optimizers", "B30:E33").astype(int), ranks - annexure)
