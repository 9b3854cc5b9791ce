"""The loaders against known facts of each data set (data/README.md), and against
damaged files."""

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import course_data
from course_data import DataFileError

LOADERS = [
    getattr(course_data, name) for name in dir(course_data) if name.startswith("load_")
]


def test_a_loader_for_each_data_set():
    folders = {file.split("/")[0] for file in course_data.SHA256}
    on_disk = {
        path.name
        for path in course_data.DATA_DIR.iterdir()
        if (path.is_dir() and path.name[0] not in "_.")
    }
    on_disk -= {name for name in on_disk if name.endswith(".egg-info")}
    assert (
        folders
        == on_disk
        == {loader.__name__.removeprefix("load_") for loader in LOADERS}
    )
    assert len(LOADERS) == 12


@pytest.mark.parametrize("loader", LOADERS, ids=lambda loader: loader.__name__)
def test_every_loader_is_documented(loader):
    for word in ("Returns", "Raises", "Notes", "DataFileError"):
        assert word in loader.__doc__


def test_auto_mpg():
    cars = course_data.load_auto_mpg()
    assert cars.shape == (398, 8)
    assert cars.isna().sum().sum() == cars.horsepower.isna().sum() == 6
    assert cars.mpg.mean() == pytest.approx(23.5146, abs=1e-4)
    assert cars.origin.value_counts().to_dict() == {
        "USA": 249,
        "Japan": 79,
        "Europe": 70,
    }
    assert (cars.model_year.min(), cars.model_year.max()) == (70, 82)


def test_census_income():
    train, test = course_data.load_census_income()
    assert train.shape == (32561, 15) and test.shape == (16281, 15)
    assert train.income.value_counts().to_dict() == {"<=50K": 24720, ">50K": 7841}
    assert test.income.value_counts().to_dict() == {"<=50K": 12435, ">50K": 3846}
    missing = ["workclass", "occupation", "native_country"]
    assert train[missing].isna().sum().tolist() == [1836, 1843, 583]
    assert test[missing].isna().sum().tolist() == [963, 966, 274]
    assert (train.isna().any(axis=1).sum(), test.isna().any(axis=1).sum()) == (
        2399,
        1221,
    )
    assert (train.duplicated().sum(), test.duplicated().sum()) == (24, 5)
    assert train.age.mean() == pytest.approx(38.5816, abs=1e-4)
    assert test.iloc[0].age == 25, "the first line is a remark, the second a person"
    assert all(kind == np.int64 for kind in train.select_dtypes("number").dtypes)


def test_titanic():
    train, test = course_data.load_titanic()
    assert train.shape == (891, 12) and test.shape == (418, 11)
    assert train.Survived.value_counts().to_dict() == {0: 549, 1: 342}
    assert train.isna().sum()[lambda count: count > 0].to_dict() == {
        "Age": 177,
        "Cabin": 687,
        "Embarked": 2,
    }
    assert test.isna().sum()[lambda count: count > 0].to_dict() == {
        "Age": 86,
        "Fare": 1,
        "Cabin": 327,
    }
    assert train.Age.mean() == pytest.approx(29.6991, abs=1e-4)
    assert train.Fare.mean() == pytest.approx(32.2042, abs=1e-4)


def test_iris():
    iris = course_data.load_iris()
    assert iris.species.value_counts().to_dict() == {
        "setosa": 50,
        "versicolor": 50,
        "virginica": 50,
    }
    assert iris.iloc[:, :4].mean().tolist() == pytest.approx(
        [5.8433, 3.0573, 3.7580, 1.1993], abs=1e-4
    )


def test_dry_bean():
    beans = course_data.load_dry_bean()
    assert beans.shape == (13611, 17) and beans.columns[0] == "Area", (
        "the byte-order mark is not part of the name"
    )
    assert beans.Class.value_counts().tolist() == [
        3546,
        2636,
        2027,
        1928,
        1630,
        1322,
        522,
    ]
    assert beans.Area.mean() == pytest.approx(53048.28, abs=0.01)
    assert (beans.duplicated().sum(), beans.isna().sum().sum()) == (68, 0)


def test_fashion_mnist():
    (x_train, y_train), (x_test, y_test) = course_data.load_fashion_mnist()
    assert x_train.shape == (60000, 28, 28) and x_test.shape == (10000, 28, 28)
    assert {array.dtype for array in (x_train, y_train, x_test, y_test)} == {
        np.dtype("uint8")
    }
    assert x_train.nbytes == 47_040_000
    assert (
        np.bincount(y_train).tolist() == [6000] * 10
        and np.bincount(y_test).tolist() == [1000] * 10
    )
    assert x_train.mean() / 255 == pytest.approx(0.2860, abs=1e-4)
    assert x_train.std() / 255 == pytest.approx(0.3530, abs=1e-4)
    assert x_test.mean() / 255 == pytest.approx(0.2868, abs=1e-4)
    assert len(course_data.FASHION_MNIST_CLASSES) == 10
    x_train[0, 0, 0] = 1  # the arrays are the caller's own and may be changed


def test_sms_spam():
    messages = course_data.load_sms_spam()
    assert messages.label.value_counts().to_dict() == {"ham": 4827, "spam": 747}
    assert messages.duplicated().sum() == 403
    assert messages.message.str.startswith('"').sum() == 54
    assert sum(not message.isascii() for message in messages.message) == 483


def test_trec_questions():
    train, test = course_data.load_trec_questions(drop_shared=False)
    assert (len(train), len(test)) == (5452, 500)
    counts = {
        "ENTY": 1250,
        "HUM": 1223,
        "DESC": 1162,
        "NUM": 896,
        "LOC": 835,
        "ABBR": 86,
    }
    assert train.label.value_counts().to_dict() == counts
    assert test.label.value_counts().tolist() == [138, 113, 94, 81, 65, 9]
    assert len(set(train.question) & set(test.question)) == 10
    assert train.question.str.contains("\u00f0").sum() == 1, "Latin-1: one byte 0xF0"
    assert train.fine.nunique() == 50
    assert train.duplicated().sum() == 70

    alone, same_test = course_data.load_trec_questions()
    assert len(alone) == 5441 and not set(alone.question.str.lower()) & set(
        test.question.str.lower()
    )
    assert same_test.equals(test) and list(alone.index) == list(range(5441))


def test_airline_passengers():
    passengers = course_data.load_airline_passengers()
    assert passengers.shape == (144,) and passengers.mean() == pytest.approx(
        280.2986, abs=1e-4
    )
    assert passengers.iloc[[0, -1]].tolist() == [112, 432] and (
        passengers.min(),
        passengers.max(),
    ) == (104, 622)
    assert passengers.index[[0, -1]].strftime("%Y-%m").tolist() == [
        "1949-01",
        "1960-12",
    ]


def test_sunspots():
    sunspots = course_data.load_sunspots()
    assert sunspots.shape == (2820,) and sunspots.mean() == pytest.approx(
        51.2660, abs=1e-4
    )
    assert sunspots.iloc[[0, -1]].tolist() == [58.0, 33.4] and sunspots.max() == 253.8
    assert sunspots.index[[0, -1]].strftime("%Y-%m").tolist() == ["1749-01", "1983-12"]


def test_beijing_pm25():
    air = course_data.load_beijing_pm25()
    assert air.shape == (43824, 8)
    assert (
        air.isna().sum().sum() == air.pm25.isna().sum() == 2067
        and air.pm25[:24].isna().all()
    )
    assert air.pm25.mean() == pytest.approx(98.6132, abs=1e-4) and air.pm25.max() == 994
    assert air.wind_direction.value_counts().to_dict() == {
        "SE": 15290,
        "NW": 14150,
        "cv": 9387,
        "NE": 4997,
    }
    assert (air.index.to_series().diff().dropna() == pd.Timedelta(hours=1)).all()


def test_tiny_shakespeare():
    text = course_data.load_tiny_shakespeare()
    assert len(text) == 1115394 and len(set(text)) == 65 and text.count("\n") == 40000
    assert text.startswith("First Citizen:\n")


def test_melodies():
    """The loudest pitch of each moment that is not silent gives the pattern away."""
    x, y = course_data.make_melodies(500, np.random.default_rng(1))
    again, _ = course_data.make_melodies(500, np.random.default_rng(1))
    assert x.shape == (500, 16, 12) and x.dtype == "float32"
    np.testing.assert_array_equal(x, again)
    assert len(course_data.MELODY_PATTERNS) == 8 and set(y) == set(range(8))
    found = 0
    for melody, pattern in zip(x, y):
        sounding = melody.max(axis=1) > 0.75
        jumps = np.diff(melody.argmax(axis=1)[sounding])
        signs = np.sign(jumps[jumps != 0])
        found += np.array_equal(signs, course_data.MELODY_PATTERNS[pattern])
    assert found > 0.95 * len(x)


# Damaged files


@pytest.fixture
def iris_file(tmp_path, monkeypatch):
    """A copy of one data file in a data folder of its own, not checked yet; returns its
    path."""
    file = tmp_path / "iris" / "iris.csv"
    file.parent.mkdir()
    shutil.copy(course_data.DATA_DIR / "iris" / "iris.csv", file)
    monkeypatch.setattr(course_data, "DATA_DIR", tmp_path)
    monkeypatch.setattr(course_data, "_whole_files", set())
    return file


POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:9cc1\nsize 3858\n"


@pytest.mark.parametrize(
    "damage, problem, command",
    [
        (
            lambda file: file.unlink(),
            "is missing",
            "git checkout HEAD -- data/iris/iris.csv",
        ),
        (
            lambda file: file.write_bytes(b""),
            "is empty",
            "git checkout HEAD -- data/iris/iris.csv",
        ),
        (
            lambda file: file.write_bytes(POINTER),
            "is a Git LFS pointer",
            "git lfs pull",
        ),
        (
            lambda file: file.write_bytes(file.read_bytes()[:-9]),
            "cut short",
            "git checkout HEAD -- data/iris/iris.csv",
        ),
        (
            lambda file: file.write_bytes(file.read_bytes().replace(b"5.1", b"9.1")),
            "altered",
            "git checkout HEAD --",
        ),
        (
            lambda file: (file.unlink(), file.mkdir()),
            "cannot be read",
            "git checkout HEAD -- data/iris/iris.csv",
        ),
    ],
    ids=["missing", "empty", "pointer", "truncated", "altered", "folder"],
)
def test_a_damaged_file_is_named_with_the_command_that_mends_it(
    iris_file, damage, problem, command
):
    damage(iris_file)
    with pytest.raises(DataFileError) as caught:
        course_data.load_iris()
    message = str(caught.value)
    assert str(iris_file) in message and problem in message and command in message


def test_a_file_that_may_not_be_read(iris_file, monkeypatch):
    def refuse(self):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.read_bytes", refuse)
    with pytest.raises(DataFileError, match="no permission.*chmod") as caught:
        course_data.load_iris()
    assert str(iris_file) in str(caught.value)


def test_after_mending_it_works(iris_file):
    original = iris_file.read_bytes()
    iris_file.write_bytes(b"")
    with pytest.raises(DataFileError):
        course_data.load_iris()
    iris_file.write_bytes(original)
    assert len(course_data.load_iris()) == 150


def test_a_checksum_is_worked_out_once_a_process(iris_file, monkeypatch):
    sums = []
    sha256 = hashlib.sha256
    monkeypatch.setattr(
        course_data.hashlib, "sha256", lambda content: sums.append(1) or sha256(content)
    )
    course_data.load_iris()
    course_data.load_iris()
    assert len(sums) == 1


# The output folder


def test_fresh_output_dir_empties_its_own_folder_only(tmp_path, monkeypatch):
    monkeypatch.setattr(course_data, "COURSE_DIR", tmp_path)
    other = course_data.fresh_output_dir("2.01") / "kept.txt"
    other.touch()
    (course_data.fresh_output_dir("2.02") / "old").mkdir()
    folder = course_data.fresh_output_dir("2.02")
    assert (
        folder == tmp_path / "outputs" / "2.02"
        and not list(folder.iterdir())
        and other.exists()
    )


@pytest.mark.parametrize("lesson", ["", "..", "2.2", "2.02/..", "../data", 2.02, None])
def test_fresh_output_dir_refuses_what_is_no_number(lesson, tmp_path, monkeypatch):
    monkeypatch.setattr(course_data, "COURSE_DIR", tmp_path)
    with pytest.raises(ValueError, match='such as "2.02"'):
        course_data.fresh_output_dir(lesson)
    assert not list(tmp_path.iterdir())


def refuse(folder):
    raise PermissionError(13, "Permission denied", str(folder))


@pytest.mark.parametrize("function", ["rmtree", "mkdir"])
def test_a_folder_that_cannot_be_used_is_replaced(
    function, tmp_path, monkeypatch, capsys
):
    course, temporary = tmp_path / "course", tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr(course_data, "COURSE_DIR", course)
    monkeypatch.setattr(course_data.tempfile, "tempdir", str(temporary))
    old = course_data.fresh_output_dir("2.02") / "old"
    old.touch()
    if function == "rmtree":  # a file in it is open, on Windows
        monkeypatch.setattr(course_data.shutil, "rmtree", refuse)
    else:  # somebody else's folder
        shutil.rmtree(course / "outputs")
        monkeypatch.setattr(Path, "mkdir", lambda path, parents: refuse(path))
    folder = course_data.fresh_output_dir("2.02")
    assert folder.parent == temporary and not list(folder.iterdir())
    said = capsys.readouterr().out
    assert "Permission denied" in said and f"writes to {folder}" in said


def test_a_folder_in_use_is_left_to_its_process(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(course_data, "COURSE_DIR", tmp_path)
    monkeypatch.setattr(course_data.tempfile, "tempdir", str(tmp_path))
    code = (
        "import course_data, pathlib, sys\n"
        f"course_data.COURSE_DIR = pathlib.Path({str(tmp_path)!r})\n"
        "print((course_data.fresh_output_dir('2.02') / 'kept').write_text('a'))\n"
        "sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout.readline()
        folder = course_data.fresh_output_dir("2.02")
        kept = tmp_path / "outputs" / "2.02" / "kept"
        assert folder != kept.parent and kept.read_text("utf-8") == "a"
        assert f"process {other.pid} " in capsys.readouterr().out
        other.stdin.close()
    assert course_data.fresh_output_dir("2.02") == kept.parent and not kept.exists()


def test_nothing_is_unpickled():
    source = (course_data.DATA_DIR / "course_data.py").read_text(encoding="utf-8")
    assert "pickle" not in source


def test_importing_takes_no_tensorflow():
    code = "import course_data, sys; sys.exit('tensorflow' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
