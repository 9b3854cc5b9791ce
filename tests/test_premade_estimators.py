"""The premade Estimators run on today's TensorFlow, and TensorFlow and Keras 3 do not notice."""

import importlib
import logging
import subprocess
import sys
import types
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

LESSONS = Path(__file__).resolve().parent.parent / "part2_regression_classification"
sys.path.insert(0, str(LESSONS))
fc = tf.feature_column

CLASSES = [
    "LinearRegressor",
    "DNNRegressor",
    "DNNLinearCombinedRegressor",
    "LinearClassifier",
    "DNNClassifier",
    "DNNLinearCombinedClassifier",
]


def adam(learning_rate):
    import tf_keras

    return lambda: tf_keras.optimizers.legacy.Adam(learning_rate)


def keras_3_model():
    tf.keras.utils.set_random_seed(1)
    model = tf.keras.Sequential(
        [tf.keras.Input(shape=(3,)), tf.keras.layers.Dense(8, "relu"), tf.keras.layers.Dense(1)]
    )
    model.compile(optimizer="adam", loss="mse")
    return model


def table():
    """Return features and labels: a number, two categories whose combination counts, a sum and a class."""
    generator = np.random.default_rng(1)
    x = generator.uniform(0, 1, 512).astype("float32")
    left, right = generator.choice(["a", "b"], 512), generator.choice(["c", "d"], 512)
    same = (left == "a") == (right == "c")
    features = {"x": x, "left": left.astype(object), "right": right.astype(object)}
    return features, {"sum": (3 * x + same).astype("float32"), "same": same.astype("int32")}


FEATURES, LABELS = table()


def inputs(label, training=False, batch_size=64):
    def input_function():
        data = tf.data.Dataset.from_tensor_slices((FEATURES, LABELS[label]))
        return (data.shuffle(512).repeat() if training else data).batch(batch_size)

    return input_function


def columns():
    x = fc.numeric_column("x", normalizer_fn=lambda values: (values - 0.5) / 0.29)
    left = fc.categorical_column_with_vocabulary_list("left", ["a", "b"])
    right = fc.categorical_column_with_vocabulary_list("right", ["c", "d"])
    buckets = fc.bucketized_column(fc.numeric_column("x"), [0.25, 0.5, 0.75])
    crossed = fc.crossed_column(["left", "right"], 50)
    wide = [left, right, buckets, crossed]
    deep = [x, fc.indicator_column(left), fc.embedding_column(right, 3), fc.embedding_column(crossed, 4)]
    return wide, deep


def state():
    """Return everything of TensorFlow and Keras that the bridge touches while it works."""
    from tensorflow.python import distribute
    from tensorflow.python.util import tf_export

    return {
        "tensorflow": sys.modules["tensorflow"],
        "names": set(dir(sys.modules["tensorflow"])),
        "keras": (tf.keras.Model, tf.keras.optimizers.Adam, tf.keras, tf.compat.v1.keras, tf.compat.v2.keras),
        "zero_fraction": tf.math.zero_fraction,
        "tf_export": set(vars(tf_export)),
        "labels": (dict(tf_export.API_ATTRS), dict(tf_export.API_ATTRS_V1)),
        "distribute": hasattr(distribute, "estimator_training"),
        "stand-ins": {n for n in sys.modules if n.endswith((".estimator_training", "v1.estimator.tpu"))},
        "filters": [f for f in logging.getLogger("tensorflow").filters if f.__name__ != "premade_estimators"],
    }


def run_alone(code):
    """Run code in a process of its own and return what it printed; it must succeed."""
    start = f"import sys\nsys.path[:0] = [{str(LESSONS)!r}, {str(Path(__file__).parent)!r}]\n"
    done = subprocess.run([sys.executable, "-c", start + code], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done


@pytest.fixture(scope="module")
def before():
    """A Keras 3 model trained before the bridge is imported, and TensorFlow as it was then."""
    model = keras_3_model()
    x = np.random.default_rng(2).normal(size=(64, 3)).astype("float32")
    y = x.sum(axis=1)
    losses = model.fit(x, y, epochs=3, verbose=0).history["loss"]
    return types.SimpleNamespace(
        model=model, x=x, y=y, losses=losses, answers=model.predict(x, verbose=0), state=state()
    )


@pytest.fixture(scope="module")
def estimator(before):
    return importlib.import_module("premade_estimators").estimator


@pytest.fixture(scope="module")
def heard(estimator):
    """Every warning of TensorFlow's that still comes through."""
    records = []
    handler = logging.Handler(logging.WARNING)
    handler.emit = lambda record: records.append(record.getMessage())
    logging.getLogger("tensorflow").addHandler(handler)
    yield records
    logging.getLogger("tensorflow").removeHandler(handler)


@pytest.fixture(scope="module")
def trained(estimator, heard, tmp_path_factory):
    """Train each premade class once, on first demand."""
    models = {}

    def get(name):
        if name not in models:
            wide, deep = columns()
            config = estimator.RunConfig(tmp_path_factory.mktemp(name), tf_random_seed=1, save_summary_steps=50)
            label, options = ("sum" if name.endswith("Regressor") else "same"), {"config": config}
            if "Combined" in name:
                options |= {"linear_feature_columns": wide, "linear_optimizer": adam(0.02), "dnn_feature_columns": deep}
                options |= {"dnn_hidden_units": [8], "dnn_optimizer": adam(0.02)}
            elif "DNN" in name:
                options |= {"feature_columns": deep, "hidden_units": [8], "optimizer": adam(0.02)}
            else:
                options |= {"feature_columns": wide, "optimizer": adam(0.05)}
            model = getattr(estimator, name)(**options)
            model.train(inputs(label, training=True), steps=200)
            models[name] = types.SimpleNamespace(model=model, label=label)
        return models[name]

    return get


@pytest.mark.parametrize("name", CLASSES)
def test_premade_class_trains_evaluates_and_predicts(name, trained):
    model, label = trained(name).model, trained(name).label
    scores = model.evaluate(inputs(label))
    rows = list(model.predict(inputs(label)))
    truth = LABELS[label]
    assert scores["global_step"] == 200
    assert len(rows) == len(truth)
    if label == "sum":
        answers = np.array([row["predictions"][0] for row in rows])
        # Four buckets leave 0.75 ** 2 / 12 of the variance of 3 x, which is all that a linear model cannot know.
        assert scores["average_loss"] < 1.1 * 0.75**2 / 12
        assert scores["average_loss"] == pytest.approx(((answers - truth) ** 2).mean(), rel=1e-4)
    else:
        answers = np.array([row["probabilities"][1] for row in rows])
        assert scores["accuracy"] == pytest.approx(((answers > 0.5) == truth).mean(), abs=1e-6)
        assert scores["accuracy"] > 0.99 and scores["auc"] > 0.99


def test_columns_make_variables_of_their_size(trained):
    model = trained("DNNLinearCombinedRegressor").model
    shapes = {name: model.get_variable_value(name).shape for name in model.get_variable_names()}
    wide = {name.split("/")[2]: s for name, s in shapes.items() if name.startswith("linear/") and name.count("/") == 3}
    deep = {name.split("/")[-2]: s for name, s in shapes.items() if name.endswith("/embedding_weights")}
    assert wide == {"left": (2, 1), "right": (2, 1), "x_bucketized": (4, 1), "left_X_right": (50, 1)}
    assert deep == {"right_embedding": (2, 3), "left_X_right_embedding": (50, 4)}
    assert shapes["dnn/hiddenlayer_0/kernel"] == (1 + 2 + 3 + 4, 8)


def test_columns_turn_rows_into_numbers(estimator):
    import tf_keras

    left = fc.categorical_column_with_vocabulary_list("left", ["a", "b"])
    several = {
        "numeric": fc.numeric_column("x", normalizer_fn=lambda x: x * 2),
        "bucketized": fc.bucketized_column(fc.numeric_column("x"), [0.5]),
        "vocabulary": fc.indicator_column(left),
        "embedding": fc.embedding_column(left, 2),
        "crossed": fc.indicator_column(fc.crossed_column(["left", "right"], 5)),
    }
    rows = {"x": np.float32([0.2, 0.7, 0.7]), "left": np.array(["a", "b", "?"]), "right": np.array(["c", "c", "c"])}
    got = {name: tf_keras.layers.DenseFeatures([column])(rows).numpy() for name, column in several.items()}
    np.testing.assert_allclose(got["numeric"], [[0.4], [1.4], [1.4]], rtol=1e-6)
    np.testing.assert_array_equal(got["bucketized"], [[1, 0], [0, 1], [0, 1]])
    np.testing.assert_array_equal(got["vocabulary"], [[1, 0], [0, 1], [0, 0]])
    assert got["embedding"].shape == (3, 2) and not got["embedding"][2].any() and got["embedding"][:2].any()
    assert got["crossed"].shape == (3, 5) and (got["crossed"].sum(axis=1) == 1).all()


def test_only_a_crossed_column_lets_a_linear_model_see_a_combination(estimator, trained, tmp_path):
    wide, _ = columns()
    model = estimator.LinearClassifier(wide[:2], model_dir=tmp_path, optimizer=adam(0.05))
    model.train(inputs("same", training=True), steps=100)
    assert model.evaluate(inputs("same"))["accuracy"] < 0.65
    assert trained("LinearClassifier").model.evaluate(inputs("same"))["accuracy"] > 0.99


def test_linear_weights_equal_least_squares(estimator, tmp_path):
    generator = np.random.default_rng(3)
    x = generator.normal(size=(200, 3)).astype("float32")
    y = (x @ [1.5, -2.0, 0.5] + 4 + generator.normal(0, 0.3, 200)).astype("float32")
    exact = np.linalg.lstsq(np.column_stack([x, np.ones(200)]), y, rcond=None)[0]
    names = ["a", "b", "c"]

    def whole_table():
        return tf.data.Dataset.from_tensors((dict(zip(names, x.T)), y)).repeat()

    model = estimator.LinearRegressor([fc.numeric_column(n) for n in names], model_dir=tmp_path, optimizer=adam(0.1))
    model.train(whole_table, steps=600)
    weights = [model.get_variable_value(f"linear/linear_model/{n}/weights").item() for n in names]
    bias = model.get_variable_value("linear/linear_model/bias_weights").item()
    np.testing.assert_allclose([*weights, bias], exact, atol=1e-4)


def test_train_and_evaluate_logs_and_exports(estimator, tmp_path):
    wide, _ = columns()
    model = estimator.LinearRegressor(wide, config=estimator.RunConfig(tmp_path, save_checkpoints_steps=40))
    receiver = estimator.export.build_parsing_serving_input_receiver_fn(fc.make_parse_example_spec(wide))
    scores, exports = estimator.train_and_evaluate(
        model,
        estimator.TrainSpec(inputs("sum", training=True), max_steps=80),
        estimator.EvalSpec(
            inputs("sum"), steps=None, exporters=estimator.FinalExporter("final", receiver), throttle_secs=0
        ),
    )
    assert scores["global_step"] == 80
    assert Path(exports[0].decode(), "saved_model.pb").is_file()
    assert sorted(logged(tmp_path / "eval", "average_loss")) == [40, 80]
    assert 1 in logged(tmp_path, "loss")


def logged(folder, tag):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    return {event.step: event.value for event in EventAccumulator(str(folder)).Reload().Scalars(tag)}


def test_dnn_logs_its_share_of_zeros(trained):
    shares = logged(trained("DNNRegressor").model.model_dir, "dnn/hiddenlayer_0/fraction_of_zero_values")
    assert len(shares) == 4
    assert all(0 < share < 1 for share in shares.values())


def test_training_resumes_from_the_checkpoint(estimator, tmp_path):
    def new():
        return estimator.LinearRegressor(columns()[0], model_dir=tmp_path)

    first = new().train(inputs("sum", training=True), steps=30)
    weights = first.get_variable_value("linear/linear_model/x_bucketized/weights")
    again = new()
    np.testing.assert_array_equal(again.get_variable_value("linear/linear_model/x_bucketized/weights"), weights)
    again.train(inputs("sum", training=True), steps=20)
    assert again.get_variable_value("global_step") == 50
    again.train(inputs("sum", training=True), max_steps=50)
    assert again.get_variable_value("global_step") == 50


def test_warm_start_takes_over_the_weights(estimator, trained, tmp_path):
    old = trained("DNNRegressor").model
    new = estimator.DNNRegressor(
        [8],
        columns()[1],
        model_dir=tmp_path,
        optimizer=adam(0.0),
        warm_start_from=estimator.WarmStartSettings(old.model_dir, vars_to_warm_start=".*hiddenlayer_0.*"),
    )
    new.train(inputs("sum", training=True), steps=1)
    kept, fresh = "dnn/hiddenlayer_0/kernel", "dnn/logits/kernel"
    assert new.get_variable_value("global_step") == 1
    np.testing.assert_array_equal(new.get_variable_value(kept), old.get_variable_value(kept))
    assert (new.get_variable_value(fresh) != old.get_variable_value(fresh)).any()


@pytest.mark.parametrize("name", ["DNNLinearCombinedRegressor", "DNNLinearCombinedClassifier"])
def test_saved_model_gives_the_same_answers(name, estimator, trained, tmp_path):
    model, label = trained(name).model, trained(name).label
    wide, deep = columns()
    receiver = estimator.export.build_parsing_serving_input_receiver_fn(fc.make_parse_example_spec([*wide, *deep]))
    loaded = tf.saved_model.load(model.export_saved_model(str(tmp_path), receiver).decode())
    examples = [
        tf.train.Example(
            features=tf.train.Features(
                feature={
                    "x": tf.train.Feature(float_list=tf.train.FloatList(value=[FEATURES["x"][i]])),
                    "left": tf.train.Feature(bytes_list=tf.train.BytesList(value=[FEATURES["left"][i].encode()])),
                    "right": tf.train.Feature(bytes_list=tf.train.BytesList(value=[FEATURES["right"][i].encode()])),
                }
            )
        ).SerializeToString()
        for i in range(100)
    ]
    answers = loaded.signatures["predict"](examples=tf.constant(examples))
    key = "predictions" if label == "sum" else "probabilities"
    expected = np.array([row[key] for row in model.predict(inputs(label))][:100])
    np.testing.assert_allclose(answers[key].numpy(), expected, rtol=1e-5, atol=1e-6)


def test_keras_3_goes_on_as_if_nothing_had_happened(before, trained):
    trained("DNNRegressor")
    assert tf.keras.__version__.startswith("3.")
    assert isinstance(before.model, tf.keras.Model)
    np.testing.assert_array_equal(before.model.predict(before.x, verbose=0), before.answers)
    twin = keras_3_model()
    assert twin.fit(before.x, before.y, epochs=3, verbose=0).history["loss"] == pytest.approx(before.losses, rel=1e-6)
    longer = before.model.fit(before.x, before.y, epochs=3, verbose=0).history["loss"]
    assert longer[-1] < before.losses[-1]


def test_tensorflow_is_as_it_was(before, estimator):
    assert state() == before.state
    import tensorflow

    assert tensorflow is tf and not hasattr(tf, "estimator")


def test_second_import_hands_out_the_same(estimator):
    before_reload = state()
    for _ in range(2):
        del sys.modules["premade_estimators"]  # what Spyder does before it runs a script again
        assert importlib.import_module("premade_estimators").estimator is estimator
    assert state() == before_reload
    assert [f.__name__ for f in logging.getLogger("tensorflow").filters].count("premade_estimators") == 1


def test_quiet_about_itself_but_not_about_you(trained, heard):
    for name in CLASSES:
        trained(name)
    assert not [text for text in heard if "deprecated" in text or "global step" in text]
    mine = "From my_script.py:1: f (from my_module) is deprecated and will be removed in a future version."
    logging.getLogger("tensorflow").warning(mine)
    logging.getLogger("tensorflow").warning("something else")
    assert heard[-2:] == [mine, "something else"]


def test_failed_import_leaves_tensorflow_as_it_was_and_a_retry_works():
    code = """
import importlib.abc
import test_premade_estimators as t
tf, before = t.tf, t.state()

class Fail(importlib.abc.MetaPathFinder):
    at = None
    def find_spec(self, name, path, target=None):
        if name == self.at:
            raise RuntimeError("half way")

sys.meta_path.insert(0, Fail())
package = "tensorflow_estimator.python.estimator."
for Fail.at in ["run_config", "estimator", "canned.dnn", "canned.linear", "exporter", "api._v2.estimator"]:
    Fail.at = package + Fail.at
    try:
        import premade_estimators
    except RuntimeError as error:
        assert str(error) == "half way"
    else:
        raise AssertionError(f"{Fail.at} was not imported")
    assert t.state() == before, Fail.at
    assert "premade_estimators" not in sys.modules
Fail.at = None
from premade_estimators import estimator
assert t.state() == before
model = estimator.DNNRegressor([4], t.columns()[1], optimizer="Adam")
model.train(t.inputs("sum", training=True), steps=10)
print("step", model.get_variable_value("global_step"))
"""
    done = run_alone(code)
    assert done.stdout == "step 10\n"
    assert "deprecated" not in done.stderr and "Type inference" not in done.stderr


def test_wrong_or_missing_versions_are_named_with_the_command_that_mends_them():
    code = """
import importlib.metadata
import tensorflow
real = importlib.metadata.version

def patched(changes):
    def version(name):
        found = changes.get(name, real(name))
        if found is None:
            raise importlib.metadata.PackageNotFoundError(name)
        return found
    return version

for changes in ({"tf_keras": None}, {"tensorflow": "2.22.0", "tensorflow-estimator": "2.14.0"}, {"tensorflow": None}):
    importlib.metadata.version = patched(changes)
    if changes == {"tensorflow": None}:
        sys.modules["tensorflow"] = None
    try:
        import premade_estimators
    except ImportError as error:
        print(error)
    assert not [name for name in sys.modules if name.startswith(("tensorflow_estimator", "tf_keras"))]
"""
    pip = "python -m pip install tensorflow==2.21.0 tf_keras==2.21.0 tensorflow-estimator==2.15.0"
    assert run_alone(code).stdout.splitlines() == [
        f"The premade Estimators need tf_keras 2.21.0 (here: missing); to mend it, run:  {pip}",
        "The premade Estimators need tensorflow 2.21.0 (here: 2.22.0) and tensorflow-estimator 2.15.0 (here: 2.14.0); "
        f"to mend it, run:  {pip}",
        f"The premade Estimators need tensorflow 2.21.0 (here: missing); to mend it, run:  {pip}",
    ]


def test_needed_versions_are_those_of_requirements(estimator):
    text = (LESSONS.parent / "requirements.txt").read_text(encoding="utf-8").splitlines()
    needed = sys.modules["premade_estimators"].NEEDED
    assert {f"{name}=={version}" for name, version in needed.items()} <= set(text)


def test_a_tensorflow_that_still_has_estimators_hands_out_its_own():
    code = """
import types
sys.modules["tensorflow"] = types.ModuleType("tensorflow")
sys.modules["tensorflow"].estimator = own = types.ModuleType("estimator")
from premade_estimators import estimator
assert estimator is own
assert not [name for name in sys.modules if name.startswith(("tensorflow.", "tensorflow_estimator", "tf_keras"))]
"""
    run_alone(code)
