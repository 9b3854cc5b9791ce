"""The Estimators run on today's TensorFlow, and nothing else notices."""

import importlib
import os
import subprocess
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf
import tf_keras

from run_lesson import COURSE_DIR

FOLDER = COURSE_DIR / "part2_regression_classification"
KERAS_BEFORE = tf.keras.Model


def fit_keras_model():
    """Train a small Keras 3 network from a fixed seed; return it and its losses."""
    tf.keras.utils.set_random_seed(1)
    x = np.random.default_rng(0).normal(size=(64, 3)).astype("float32")
    model = tf.keras.Sequential(
        [
            tf.keras.Input((3,)),
            tf.keras.layers.Dense(4, "relu"),
            tf.keras.layers.Dense(1),
        ]
    )
    model.compile("adam", "mean_squared_error")
    history = model.fit(x, x.sum(axis=1), epochs=3, verbose=0)
    return model, x, history.history["loss"]


MODEL_BEFORE, X_BEFORE, LOSSES_BEFORE = fit_keras_model()
PREDICTIONS_BEFORE = MODEL_BEFORE.predict(X_BEFORE, verbose=0)

import premade_estimators  # noqa: E402
from premade_estimators import NAMESPACE, estimator  # noqa: E402

fc = tf.feature_column

# 240 cars that do not exist: price grows with size, colour matters for fast ones only
RANDOM = np.random.default_rng(0)
SIZE = RANDOM.uniform(0, 1, 240).astype("float32")
SPEED = RANDOM.uniform(0, 1, 240).astype("float32")
COLOUR = RANDOM.choice(["red", "blue", "grey"], 240)
FEATURES = {"size": SIZE, "speed": SPEED, "colour": COLOUR}
PRICE = (3 * SIZE + 2 * ((COLOUR == "red") & (SPEED > 0.5))).astype("float32")
CLASS = np.digitize(PRICE, [1, 2]).astype("int32")


def wide_columns():
    size = fc.bucketized_column(fc.numeric_column("size"), [0.2, 0.4, 0.6, 0.8])
    speed = fc.bucketized_column(fc.numeric_column("speed"), [0.5])
    colour = fc.categorical_column_with_vocabulary_list(
        "colour", ["red", "blue", "grey"]
    )
    return [size, speed, colour, fc.crossed_column([speed, "colour"], 64)]


def deep_columns():
    size, speed, colour, crossed = wide_columns()
    return [
        fc.numeric_column("size"),
        fc.indicator_column(colour),
        fc.embedding_column(crossed, 3),
    ]


def batches(target, repeat=None):
    """Return an input function; ``repeat`` 1 reads the rows once, in order."""

    def input_fn():
        rows = tf.data.Dataset.from_tensor_slices((FEATURES, target))
        return rows.repeat(repeat).batch(24)

    return input_fn


def adam(rate):
    return lambda: tf_keras.optimizers.legacy.Adam(rate)


def wide(kind, **options):
    options.setdefault("optimizer", adam(0.1))
    return getattr(estimator, f"Linear{kind}")(wide_columns(), **options)


def deep(kind, **options):
    options.setdefault("optimizer", adam(0.03))
    return getattr(estimator, f"DNN{kind}")([8], deep_columns(), **options)


def wide_and_deep(kind, **options):
    return getattr(estimator, f"DNNLinearCombined{kind}")(
        linear_feature_columns=wide_columns(),
        linear_optimizer=adam(0.1),
        dnn_feature_columns=deep_columns(),
        dnn_optimizer=adam(0.03),
        dnn_hidden_units=[8],
        **options,
    )


@pytest.mark.parametrize("make", [wide, deep, wide_and_deep])
def test_regressors_learn(make, tmp_path):
    model = make("Regressor", model_dir=tmp_path)
    model.train(batches(PRICE), steps=150)
    metrics = model.evaluate(batches(PRICE, 1))
    predictions = np.array(
        [row["predictions"][0] for row in model.predict(batches(PRICE, 1))]
    )
    assert metrics["average_loss"] < 0.1 * PRICE.var()
    assert metrics["average_loss"] == pytest.approx(
        np.mean((predictions - PRICE) ** 2), rel=1e-3
    )


@pytest.mark.parametrize("make", [wide, deep, wide_and_deep])
def test_classifiers_learn(make, tmp_path):
    model = make("Classifier", model_dir=tmp_path, n_classes=3)
    model.train(batches(CLASS), steps=150)
    metrics = model.evaluate(batches(CLASS, 1))
    predictions = np.array(
        [row["class_ids"][0] for row in model.predict(batches(CLASS, 1))]
    )
    majority = np.bincount(CLASS).max() / len(CLASS)
    assert metrics["accuracy"] > max(0.8, majority + 0.2)
    assert metrics["accuracy"] == pytest.approx(np.mean(predictions == CLASS), abs=1e-6)


def test_linear_weights_are_those_of_least_squares(tmp_path):
    random = np.random.default_rng(1)
    x = random.normal(size=(60, 2)).astype("float32")
    y = (1 + x @ [2, -3] + random.normal(scale=0.1, size=60)).astype("float32")

    def all_rows():
        return tf.data.Dataset.from_tensors(({"a": x[:, 0], "b": x[:, 1]}, y)).repeat()

    columns = [fc.numeric_column("a"), fc.numeric_column("b")]
    descent = tf_keras.optimizers.legacy.SGD(0.2)
    model = estimator.LinearRegressor(
        columns, optimizer=descent, model_dir=tmp_path
    ).train(all_rows, steps=200)
    names = [
        "linear/linear_model/a/weights",
        "linear/linear_model/b/weights",
        "linear/linear_model/bias_weights",
    ]
    weights = [float(np.squeeze(model.get_variable_value(name))) for name in names]
    exact, *_ = np.linalg.lstsq(np.column_stack([x, np.ones(60)]), y)
    assert weights == pytest.approx(exact, abs=1e-4)


def test_train_and_evaluate_writes_a_learning_curve(tmp_path):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    config = estimator.RunConfig(
        model_dir=str(tmp_path), tf_random_seed=1, save_checkpoints_steps=20
    )
    model = wide("Regressor", config=config)
    train_spec = estimator.TrainSpec(batches(PRICE), max_steps=60)
    eval_spec = estimator.EvalSpec(
        batches(PRICE, 1), steps=None, start_delay_secs=0, throttle_secs=0
    )
    metrics, _ = estimator.train_and_evaluate(model, train_spec, eval_spec)
    curve = EventAccumulator(str(tmp_path / "eval")).Reload().Scalars("average_loss")
    assert [point.step for point in curve] == [20, 40, 60]
    assert curve[-1].value == pytest.approx(metrics["average_loss"])
    assert curve[-1].value < curve[0].value


def test_same_seed_same_model(tmp_path):
    losses = []
    for run in ("a", "b"):
        config = estimator.RunConfig(model_dir=str(tmp_path / run), tf_random_seed=7)
        model = deep("Regressor", config=config).train(batches(PRICE), steps=20)
        losses.append(model.evaluate(batches(PRICE, 1))["average_loss"])
    assert losses[0] == pytest.approx(losses[1], rel=1e-5)


def test_training_resumes_from_the_checkpoint_and_warm_start_copies_weights(tmp_path):
    first = deep("Regressor", model_dir=tmp_path / "first").train(
        batches(PRICE), steps=20
    )
    kernel = first.get_variable_value("dnn/hiddenlayer_0/kernel")

    second = deep("Regressor", model_dir=tmp_path / "first")
    assert np.array_equal(second.get_variable_value("dnn/hiddenlayer_0/kernel"), kernel)
    second.train(batches(PRICE), steps=5)
    assert second.get_variable_value("global_step") == 25
    second.train(batches(PRICE), max_steps=25)
    assert second.get_variable_value("global_step") == 25

    settings = estimator.WarmStartSettings(
        str(tmp_path / "first"), vars_to_warm_start=".*hiddenlayer.*"
    )
    standing_still = tf_keras.optimizers.legacy.SGD(0.0)
    third = deep(
        "Regressor",
        model_dir=tmp_path / "third",
        warm_start_from=settings,
        optimizer=standing_still,
    )
    third.train(batches(PRICE), steps=1)
    assert third.get_variable_value("global_step") == 1
    for name in ("dnn/hiddenlayer_0/kernel", "dnn/hiddenlayer_0/bias"):
        assert np.array_equal(
            third.get_variable_value(name), second.get_variable_value(name)
        )


def test_a_saved_model_predicts_the_same(tmp_path):
    model = wide_and_deep("Classifier", model_dir=tmp_path / "model", n_classes=3)
    model.train(batches(CLASS), steps=30)
    parsing = fc.make_parse_example_spec(wide_columns() + deep_columns())
    receiver = estimator.export.build_parsing_serving_input_receiver_fn(parsing)
    folder = model.export_saved_model(str(tmp_path / "export"), receiver).decode()

    def as_example(size, speed, colour):
        feature = {
            "size": tf.train.Feature(float_list=tf.train.FloatList(value=[size])),
            "speed": tf.train.Feature(float_list=tf.train.FloatList(value=[speed])),
            "colour": tf.train.Feature(
                bytes_list=tf.train.BytesList(value=[colour.encode()])
            ),
        }
        return tf.train.Example(
            features=tf.train.Features(feature=feature)
        ).SerializeToString()

    examples = [as_example(*row) for row in zip(SIZE, SPEED, COLOUR)]
    loaded = tf.saved_model.load(folder)
    served = loaded.signatures["predict"](examples=tf.constant(examples))[
        "probabilities"
    ].numpy()
    predicted = np.array(
        [row["probabilities"] for row in model.predict(batches(CLASS, 1))]
    )
    assert served == pytest.approx(predicted, abs=1e-6)


def test_keras_3_is_unharmed():
    deep("Regressor").train(batches(PRICE), steps=5)
    assert tf.executing_eagerly()
    assert sys.modules["tensorflow"] is tf
    assert tf.keras.Model is KERAS_BEFORE is keras.Model
    assert not issubclass(tf.keras.Model, tf_keras.Model)
    assert np.array_equal(MODEL_BEFORE.predict(X_BEFORE, verbose=0), PREDICTIONS_BEFORE)
    _, _, losses = fit_keras_model()
    assert losses == pytest.approx(LOSSES_BEFORE, rel=1e-6)


def test_importing_again_gives_the_same_estimators(monkeypatch):
    assert importlib.reload(premade_estimators).estimator is estimator
    monkeypatch.delitem(
        sys.modules, "premade_estimators"
    )  # as Spyder does before each run
    assert importlib.import_module("premade_estimators").estimator is estimator
    assert estimator.LinearRegressor is sys.modules[NAMESPACE].LinearRegressor


@pytest.mark.parametrize(
    ("package", "found"),
    [
        ("tf_keras", None),
        ("tensorflow-estimator", None),
        ("tensorflow", "2.22.0"),
        ("tf_keras", "2.20.1"),
    ],
)
def test_what_does_not_fit_is_named_with_the_cure(package, found, monkeypatch):
    wanted = dict(
        requirement.split("==") for requirement in premade_estimators.MADE_FOR.split()
    )

    def version(name):
        if name != package:
            return wanted[name]
        if found is None:
            raise importlib.metadata.PackageNotFoundError(name)
        return found

    monkeypatch.delitem(sys.modules, NAMESPACE)
    monkeypatch.setattr(premade_estimators.metadata, "version", version)
    with pytest.raises(ImportError) as error:
        premade_estimators.load_estimator()
    message = str(error.value)
    assert message.startswith(
        f"{package} {wanted[package]} is needed, but is {found or 'missing'}."
    )
    assert (
        "python -m pip install tensorflow==2.21.0 tf_keras==2.21.0 "
        "tensorflow-estimator==2.15.0" in message
    )
    assert "\n" not in message


def run_python(code):
    environment = {**os.environ, "PYTHONPATH": str(FOLDER)}
    return subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env=environment,
        timeout=200,
    )


def test_missing_tensorflow_is_named_with_the_cure():
    process = run_python(
        "import sys; sys.modules['tensorflow'] = None; import premade_estimators"
    )
    assert (
        "ImportError: tensorflow is needed, but is missing. To mend it: python "
        "-m pip install" in process.stderr
    )


def test_an_import_that_fails_half_way_leaves_everything_as_it_was():
    process = run_python(
        """
import sys
import tensorflow as tf
import tf_keras  # a package like any other: it stays loaded
from tensorflow.python import distribute
from tensorflow.python.util import tf_export

def state():
    loaded = [name for name in sys.modules if name.startswith("tensorflow")]
    ours = [name for name in loaded if "estimator" in name]
    names = [dict(tf_export.API_ATTRS), dict(tf_export.API_ATTRS_V1)]
    names += [sorted(vars(tf_export)), sorted(vars(distribute))]
    return id(sys.modules["tensorflow"]), id(tf.keras.Model), ours, names

class Saboteur:
    def find_spec(self, name, path=None, target=None):
        if name == self.victim:
            raise self.error

def import_it(victim, error):
    saboteur.victim, saboteur.error = victim, error
    try:
        import premade_estimators
    except BaseException as caught:
        return caught

tf.keras.Model
before = state()
saboteur = Saboteur()
sys.meta_path.insert(0, saboteur)
package = "tensorflow_estimator.python.estimator"
victims = ["tensorflow_estimator._api", f"{package}.canned.dnn"]
victims += [f"{package}.api._v2.estimator.export"]
for victim in victims:
    caught = import_it(victim, RuntimeError("sabotage"))
    assert type(caught) is ImportError, caught
    assert "sabotage" in str(caught) and "pip install" in str(caught), caught
    assert state() == before, victim
caught = import_it(f"{package}.canned.linear", KeyboardInterrupt())
assert type(caught) is KeyboardInterrupt
assert state() == before

sys.meta_path.remove(saboteur)
try:
    import tensorflow_estimator  # without this file it fails, and leaves pieces
except Exception:
    pass
assert [name for name in sys.modules if name.startswith("tensorflow_estimator")]
from premade_estimators import estimator
after = state()
assert (after[0], after[1], after[3]) == (before[0], before[1], before[3])
assert all(name.startswith("tensorflow_estimator") for name in after[2])
columns = [tf.feature_column.numeric_column("x")]
rows = lambda: tf.data.Dataset.from_tensors(({"x": [1.0, 2.0]}, [1.0, 2.0]))
estimator.DNNRegressor([2], columns).train(rows)
print("as it was")
"""
    )
    assert process.stdout.endswith("as it was\n"), process.stderr


def test_the_log_is_quiet_about_estimators_and_about_nothing_else():
    process = run_python(
        """
import logging
import tempfile
import tensorflow as tf
from tensorflow.python.util import deprecation

level = tf.get_logger().level
from premade_estimators import estimator
assert tf.get_logger().level == level

fc = tf.feature_column
x = fc.numeric_column("x")
crossed = fc.crossed_column([fc.bucketized_column(x, [1.5]), "c"], 8)
columns = [x, fc.embedding_column(crossed, 2)]
features = {"x": [1.0, 2.0], "c": ["a", "b"]}
rows = lambda: tf.data.Dataset.from_tensors((features, [0, 1]))
model = estimator.DNNLinearCombinedClassifier(
    model_dir=tempfile.mkdtemp(),
    linear_feature_columns=[crossed],
    dnn_feature_columns=columns,
    dnn_hidden_units=[2],
)
for _ in range(2):
    model.train(rows)
model.evaluate(rows)
list(model.predict(rows))
spec = fc.make_parse_example_spec(columns)
receiver = estimator.export.build_parsing_serving_input_receiver_fn(spec)
model.export_saved_model(tempfile.mkdtemp(), receiver)

deprecation.deprecated(None, "Do better.")(lambda: None)()
tf.get_logger().warning("a warning of my own")
tf.get_logger().setLevel("INFO")
tf.get_logger().info("some news of my own")
"""
    )
    assert process.returncode == 0, process.stderr
    deprecated = [
        line for line in process.stderr.splitlines() if "is deprecated" in line
    ]
    assert len(deprecated) == 1 and "<lambda>" in deprecated[0], deprecated
    assert "Type inference failed" not in process.stderr
    assert "a warning of my own" in process.stderr
    assert "some news of my own" in process.stderr


def test_an_interactive_session_is_quiet():
    """TensorFlow logs at INFO where sys.ps1 is set, as in Spyder and ``python -i``."""
    process = run_python(
        """
import sys
sys.ps1 = ">>> "
import tempfile
import tensorflow as tf
from premade_estimators import estimator
assert tf.get_logger().level == 20, "nothing is tested"
rows = lambda: tf.data.Dataset.from_tensors(({"x": [1.0, 2.0]}, [1.0, 2.0]))
columns = [tf.feature_column.numeric_column("x")]
model = estimator.DNNRegressor([2], columns, model_dir=tempfile.mkdtemp())
spec = estimator.TrainSpec(rows, max_steps=3)
estimator.train_and_evaluate(model, spec, estimator.EvalSpec(rows))
print(len(list(model.predict(rows))), "answers")
"""
    )
    assert process.returncode == 0, process.stderr
    assert process.stdout == "2 answers\n"
    assert "INFO" not in process.stderr


@pytest.mark.parametrize(
    "make",
    [
        lambda: tf.keras.optimizers.Adam(0.01),
        lambda: tf_keras.optimizers.Adam(0.01),
        tf.keras.optimizers.Adam(0.01),
    ],
    ids=["a function of Keras 3", "not legacy", "an instance of Keras 3"],
)
def test_an_optimizer_that_does_not_fit_is_named_with_the_cure(make, tmp_path):
    model = estimator.DNNRegressor(
        [2], [fc.numeric_column("size")], optimizer=make, model_dir=tmp_path
    )
    with pytest.raises(TypeError, match=r"tf_keras.optimizers.legacy.Adam"):
        model.train(
            lambda: tf.data.Dataset.from_tensors(({"size": SIZE}, PRICE)), steps=1
        )
