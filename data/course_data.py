"""The data sets of the course, one function each.

Every function reads files that lie beside this module, so no lesson needs a network.
Before a file is used its SHA-256 is compared with the one it had when the course was
made, once a process. A file that is missing or not whole raises :class:`DataFileError`,
which says how to mend it.

Sources, licences and traps of every file: ``data/README.md``.
"""

import gzip
import hashlib
import importlib.metadata
import io
import os
import re
import shutil
import sys
import tempfile
from pathlib import Path

if not (3, 11) <= sys.version_info[:2] <= (3, 13):
    raise ImportError(
        "This course needs Python 3.11, 3.12 or 3.13, and this is "
        f"{sys.version.split()[0]}. Make a new "
        "environment, for example: conda create -n deep-learning python=3.12 "
        "(see software_list.txt)."
    )

import numpy as np
import pandas as pd
import psutil

# A console or file whose alphabet lacks a sign, such as ² or ×, gets a ? in its place.
if isinstance(sys.stdout, io.TextIOWrapper):
    sys.stdout.reconfigure(errors="replace")

DATA_DIR = Path(__file__).resolve().parent
COURSE_DIR = DATA_DIR.parent

SHA256 = {
    "airline_passengers/airline-passengers.csv": (
        "8cb51be753a718d9be5d76d7e238cc224792754676adc21faa59e954b0201621"
    ),
    "auto_mpg/auto-mpg.data": (
        "48b830e11feee5572525f8f1691ddb9d38d3d7b7063edcd8fca672c2a5e17d8d"
    ),
    "beijing_pm25/PRSA_data_2010.1.1-2014.12.31.csv": (
        "892e9559205d16d32623135c127a3951c12e46ea1e0b3093e107ce89a9fd60e2"
    ),
    "census_income/adult.data": (
        "5b00264637dbfec36bdeaab5676b0b309ff9eb788d63554ca0a249491c86603d"
    ),
    "census_income/adult.test": (
        "a2a9044bc167a35b2361efbabec64e89d69ce82d9790d2980119aac5fd7e9c05"
    ),
    "dry_bean/Dry_Bean_Dataset.csv": (
        "a31eb189d22c969e69d8d30ab195c1943b1e41a9915e6de140d8a2e0de5cab2b"
    ),
    "fashion_mnist/t10k-images-idx3-ubyte.gz": (
        "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073"
    ),
    "fashion_mnist/t10k-labels-idx1-ubyte.gz": (
        "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5"
    ),
    "fashion_mnist/train-images-idx3-ubyte.gz": (
        "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84"
    ),
    "fashion_mnist/train-labels-idx1-ubyte.gz": (
        "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845"
    ),
    "iris/iris.csv": (
        "9cc1c345c71bcc9b486b74cbf6063fa66f4bb5e0f603a4b3c3471ec2e5e8e355"
    ),
    "sms_spam/SMSSpamCollection": (
        "7d039a24a6083ed9ef0f806ebad56bbb976e3aeb8de05669173bfdc4996c239d"
    ),
    "sunspots/monthly-sunspots.csv": (
        "c4ec8cc57d9f6fb6ecdb3e1f37f25b6f4badd5124c55931052b0cd2fc3bc71f3"
    ),
    "tiny_shakespeare/input.txt": (
        "86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed"
    ),
    "titanic/test.csv": (
        "5c78320a80dc159b35c408363be46a5d93f078183d539db75ee42a796d6a4e95"
    ),
    "titanic/train.csv": (
        "4a437fde05fe5264e1701a7387ac6fb75393772ba38bb2c9c566405af5af4bd7"
    ),
    "trec_questions/TREC_10.label": (
        "033f22c028c2bbba9ca682f68ffe204dc1aa6e1cf35dd6207f2d4ca67f0d0e8e"
    ),
    "trec_questions/train_5500.label": (
        "9e4c8bdcaffb96ed61041bd64b564183d52793a8e91d84fc3a8646885f466ec3"
    ),
}
"""SHA-256 of every file that a loader reads, by its path below ``data/``."""

FASHION_MNIST_CLASSES = (
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
)
"""Names of the Fashion-MNIST labels 0 to 9."""

_whole_files = set()


class DataFileError(RuntimeError):
    """A data file is missing, unreadable or not the one the course was made with."""


def read_data_file(name):
    """Return the bytes of a data file after checking that it is whole.

    Parameters
    ----------
    name : str
        Path below ``data/``, a key of :data:`SHA256`.

    Returns
    -------
    bytes

    Raises
    ------
    DataFileError
        The file is missing, unreadable, empty, a Git LFS pointer or altered. The
        message names the file, what is wrong with it and the command that mends it.
    """
    path = DATA_DIR / name

    def error(problem, command=f"git checkout HEAD -- data/{name}"):
        return DataFileError(
            f"{path} {problem}. To mend it, run in {COURSE_DIR}:  {command}\n"
            "(Without git: unpack the course's archive again. If the course was "
            "not installed from its "
            "own folder, run there:  python -m pip install -e .)"
        )

    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise error("is missing") from None
    except PermissionError:
        command = f"python -c \"import os; os.chmod('data/{name}', 0o644)\""
        raise error("may not be read (no permission)", command) from None
    except OSError as cause:
        raise error(f"cannot be read ({cause.strerror})") from cause

    if name not in _whole_files:
        if not content:
            raise error("is empty")
        if content.startswith(b"version https://git-lfs"):
            raise error("is a Git LFS pointer, not the data", "git lfs pull")
        if hashlib.sha256(content).hexdigest() != SHA256[name]:
            raise error(
                "is not the original file: it has been altered or cut short "
                f"({len(content):,} bytes)"
            )
        _whole_files.add(name)
    return content


def load_auto_mpg():
    """Fuel consumption of 398 cars, model years 1970 to 1982.

    Returns
    -------
    pandas.DataFrame, 398 × 8
        ``mpg`` (target, miles per US gallon), ``cylinders``, ``displacement`` (cubic
        inches), ``horsepower`` (missing for 6 cars), ``weight`` (pounds),
        ``acceleration`` (seconds from 0 to 60 mph), ``model_year`` (70 to 82): float64.
        ``origin``: "USA" (249), "Europe" (70), "Japan" (79), string. The cars' names
        are left out.

    Raises
    ------
    DataFileError
        See :func:`read_data_file`.

    Notes
    -----
    R. Quinlan 1993, UCI id 9, doi 10.24432/C5859H. CC BY 4.0.
    """
    names = "mpg cylinders displacement horsepower weight acceleration".split()
    names += ["model_year", "origin", "name"]
    content = io.BytesIO(read_data_file("auto_mpg/auto-mpg.data"))
    cars = pd.read_csv(content, names=names, sep=r"\s+", na_values="?").drop(
        columns="name"
    )
    cars["origin"] = cars["origin"].map({1: "USA", 2: "Europe", 3: "Japan"})
    return cars.astype({name: "float64" for name in names[:7]})


def load_census_income():
    """Who earned more than 50,000 dollars a year? People of the US census of 1994.

    Returns
    -------
    train, test : pandas.DataFrame, 32,561 × 15 and 16,281 × 15
        The official split. int64: ``age`` (years), ``fnlwgt`` (weight of the survey:
        how many people of the country a row stands for), ``education_num`` (level, 1 to
        16), ``capital_gain``, ``capital_loss`` (US dollars), ``hours_per_week``.
        Strings: ``workclass``,
        ``education``, ``marital_status``, ``occupation``, ``relationship``, ``race``,
        ``sex``, ``native_country``, and the target ``income``, "<=50K" or ">50K" (24.1
        % in train, 23.6 % in test). Missing (NaN): ``workclass``, ``occupation``,
        ``native_country``, in 2,399 rows of train and 1,221 of test.

    Raises
    ------
    DataFileError
        See :func:`read_data_file`.

    Notes
    -----
    "Adult", B. Becker and R. Kohavi 1996, UCI id 2, doi 10.24432/C5XW20. CC BY 4.0.
    """
    names = (
        "age workclass fnlwgt education education_num marital_status occupation "
        "relationship race sex "
        "capital_gain capital_loss hours_per_week native_country income"
    ).split()

    def read(file, skiprows):
        content = io.BytesIO(read_data_file(f"census_income/{file}"))
        frame = pd.read_csv(
            content,
            names=names,
            skiprows=skiprows,
            na_values="?",
            skipinitialspace=True,
        )
        frame["income"] = frame["income"].str.rstrip(".")
        return frame

    return read("adult.data", 0), read("adult.test", 1)


def load_titanic():
    """Who survived the Titanic? The two files of Kaggle's competition.

    Returns
    -------
    train, test : pandas.DataFrame, 891 × 12 and 418 × 11
        Columns as Kaggle names them: ``PassengerId``, ``Survived`` (target, 0 or 1, not
        in test: Kaggle keeps it), ``Pclass`` (1 to 3), ``Name``, ``Sex``, ``Age``
        (years), ``SibSp`` (siblings and spouse aboard), ``Parch`` (parents and children
        aboard), ``Ticket``, ``Fare`` (pounds), ``Cabin``, ``Embarked`` (C, Q or S).
        Missing (NaN), train / test: Age 177 / 86, Cabin 687 / 327, Embarked 2 / 0, Fare
        0 / 1.

    Raises
    ------
    DataFileError
        See :func:`read_data_file`.

    Notes
    -----
    Kaggle, "Titanic: Machine Learning from Disaster", 2012, after Encyclopedia
    Titanica. The rules of the competition apply; no open licence is stated.
    """
    return tuple(
        pd.read_csv(io.BytesIO(read_data_file(f"titanic/{part}.csv")))
        for part in ("train", "test")
    )


def load_iris():
    """Fisher's irises: 50 flowers of each of three species.

    Returns
    -------
    pandas.DataFrame, 150 × 5
        ``sepal_length``, ``sepal_width``, ``petal_length``, ``petal_width``
        (centimetres, float64) and the target ``species``: "setosa", "versicolor",
        "virginica". Nothing is missing.

    Raises
    ------
    DataFileError
        See :func:`read_data_file`.

    Notes
    -----
    R. A. Fisher 1936, UCI id 53, doi 10.24432/C56C76. CC BY 4.0 at UCI.
    """
    return pd.read_csv(io.BytesIO(read_data_file("iris/iris.csv")))


def load_dry_bean():
    """Seven kinds of dry beans, measured in photographs.

    Returns
    -------
    pandas.DataFrame, 13,611 × 17
        16 measures of shape (``Area``, ``ConvexArea`` in pixels, int64; lengths in
        pixels and ratios, float64; ``AspectRation`` is the original's spelling) and the
        target ``Class``: DERMASON 3,546, SIRA 2,636, SEKER 2,027, HOROZ 1,928, CALI
        1,630, BARBUNYA 1,322, BOMBAY 522. Nothing is missing; 68 rows are exact
        duplicates of others.

    Raises
    ------
    DataFileError
        See :func:`read_data_file`.

    Notes
    -----
    M. Koklu and I. A. Ozkan 2020, UCI id 602, doi 10.24432/C50S4B; paper doi
    10.1016/j.compag.2020.105507. CC BY 4.0.
    """
    content = io.BytesIO(read_data_file("dry_bean/Dry_Bean_Dataset.csv"))
    return pd.read_csv(content, encoding="utf-8-sig")


def load_fashion_mnist():
    """70,000 grey pictures of clothes, 28 × 28 pixels, ten classes.

    Returns
    -------
    (x_train, y_train), (x_test, y_test) : numpy.ndarray, uint8
        Pictures of shape (60000, 28, 28) and (10000, 28, 28), grey levels 0
        (background) to 255, and labels of shape (60000,) and (10000,), 0 to 9, named by
        :data:`FASHION_MNIST_CLASSES`. 6,000 and 1,000 pictures of each class.

    Raises
    ------
    DataFileError
        See :func:`read_data_file`.

    Notes
    -----
    H. Xiao, K. Rasul and R. Vollgraf 2017, arXiv:1708.07747. MIT licence.
    """

    def read(file, header, *shape):
        content = gzip.decompress(read_data_file(f"fashion_mnist/{file}"))
        return np.frombuffer(bytearray(content), np.uint8, offset=header).reshape(shape)

    return (
        (
            read("train-images-idx3-ubyte.gz", 16, 60000, 28, 28),
            read("train-labels-idx1-ubyte.gz", 8, 60000),
        ),
        (
            read("t10k-images-idx3-ubyte.gz", 16, 10000, 28, 28),
            read("t10k-labels-idx1-ubyte.gz", 8, 10000),
        ),
    )


def load_sms_spam():
    """English text messages, wanted or spam.

    Returns
    -------
    pandas.DataFrame, 5,574 × 2
        ``label`` (target): "ham" (4,827) or "spam" (747), and ``message``: strings. 403
        rows repeat an earlier one: drop them before a split, or the test part leaks
        into training. Real messages, some with adult language.

    Raises
    ------
    DataFileError
        See :func:`read_data_file`.

    Notes
    -----
    T. A. Almeida and J. M. Gómez Hidalgo 2011, UCI id 228, doi 10.24432/C5CC84. CC BY
    4.0.
    """
    text = read_data_file("sms_spam/SMSSpamCollection").decode("utf-8")
    return pd.DataFrame(
        [line.split("\t", 1) for line in text.rstrip("\n").split("\n")],
        columns=["label", "message"],
    )


def load_trec_questions(drop_shared=True):
    """Questions in English and what kind of answer they ask for.

    Parameters
    ----------
    drop_shared : bool
        Leave out of train the questions that stand in test too: 10, and an eleventh
        that differs only in a capital letter. False gives the files as published.

    Returns
    -------
    train, test : pandas.DataFrame, 5,441 × 3 (5,452 × 3 as published) and 500 × 3
        The official split. ``label`` (target, 6 kinds): ABBR (abbreviation), DESC
        (description), ENTY (entity), HUM (human), LOC (location), NUM (number);
        ``fine``: 50 finer kinds, such as "HUM:ind"; ``question``: its words and signs,
        set apart by spaces.

    Raises
    ------
    DataFileError
        See :func:`read_data_file`.

    Notes
    -----
    X. Li and D. Roth, COLING 2002 (C02-1150). Free download from the authors, no
    licence stated. The files are Latin-1.
    """

    def read(file):
        lines = (
            read_data_file(f"trec_questions/{file}")
            .decode("latin-1")
            .rstrip("\n")
            .split("\n")
        )
        fine, question = zip(*(line.rstrip().split(" ", 1) for line in lines))
        label = [kind.split(":")[0] for kind in fine]
        return pd.DataFrame({"label": label, "fine": fine, "question": question})

    train, test = read("train_5500.label"), read("TREC_10.label")
    if drop_shared:
        shared = train["question"].str.lower().isin(test["question"].str.lower())
        train = train[~shared].reset_index(drop=True)
    return train, test


def load_airline_passengers():
    """International airline passengers a month, January 1949 to December 1960.

    Returns
    -------
    pandas.Series, 144, int64
        ``passengers`` in thousands, from 104 to 622, indexed by the first day of each
        month (``DatetimeIndex``, freq "MS"). Nothing is missing.

    Raises
    ------
    DataFileError
        See :func:`read_data_file`.

    Notes
    -----
    G. E. P. Box and G. M. Jenkins, Time Series Analysis, 1976, Series G. No licence
    stated.
    """
    return _monthly("airline_passengers/airline-passengers.csv", "passengers")


def load_sunspots():
    """Sunspots seen a month (Zürich number), January 1749 to December 1983.

    Returns
    -------
    pandas.Series, 2,820, float64
        ``sunspots``: monthly mean of the daily sunspot number (no unit), from 0 to
        253.8, indexed by the first day of each month (``DatetimeIndex``, freq "MS").
        Nothing is missing.

    Raises
    ------
    DataFileError
        See :func:`read_data_file`.

    Notes
    -----
    D. F. Andrews and A. M. Herzberg, Data, 1985. No licence stated.
    """
    return _monthly("sunspots/monthly-sunspots.csv", "sunspots")


def _monthly(file, name):
    frame = pd.read_csv(
        io.BytesIO(read_data_file(file)), header=0, names=["month", name]
    )
    series = frame.set_index(pd.DatetimeIndex(frame["month"], freq="MS"))[name]
    return series


def load_beijing_pm25():
    """Fine dust in the air of Beijing and the weather, every hour of 2010 to 2014.

    Returns
    -------
    pandas.DataFrame, 43,824 × 8
        Indexed by ``time`` (hourly ``DatetimeIndex``, local time, no gap). ``pm25``
        (target, micrograms a cubic metre; missing (NaN) in 2,067 hours, the first 24
        among them), ``dew_point``, ``temperature`` (degrees Celsius), ``pressure``
        (hectopascal), ``wind_direction`` ("NE", "NW", "SE", "cv" for calm and
        variable), ``wind_speed`` (metres a second, summed up since the direction last
        changed), ``snow_hours``, ``rain_hours`` (hours of it, summed up).

    Raises
    ------
    DataFileError
        See :func:`read_data_file`.

    Notes
    -----
    S. X. Chen 2015, UCI id 381, doi 10.24432/C5JS49; Liang et al. 2015, doi
    10.1098/rspa.2015.0257. CC BY 4.0.
    """
    frame = pd.read_csv(
        io.BytesIO(read_data_file("beijing_pm25/PRSA_data_2010.1.1-2014.12.31.csv"))
    )
    time = pd.DatetimeIndex(
        pd.to_datetime(frame[["year", "month", "day", "hour"]]), freq="h", name="time"
    )
    names = {
        "pm2.5": "pm25",
        "DEWP": "dew_point",
        "TEMP": "temperature",
        "PRES": "pressure",
        "cbwd": "wind_direction",
        "Iws": "wind_speed",
        "Is": "snow_hours",
        "Ir": "rain_hours",
    }
    return frame.set_index(time)[list(names)].rename(columns=names)


def load_tiny_shakespeare():
    """40,000 lines of Shakespeare's plays, one text.

    Returns
    -------
    str
        1,115,394 characters, 65 different ones, ASCII, lines ended by a newline.

    Raises
    ------
    DataFileError
        See :func:`read_data_file`.

    Notes
    -----
    Compiled by A. Karpathy 2015 (char-rnn). The text is in the public domain.
    """
    return read_data_file("tiny_shakespeare/input.txt").decode("ascii")


# The eight kinds of melody of :func:`make_melodies`: three jumps each, 1 is up and -1
# is down.
MELODY_PATTERNS = np.array(
    [[a, b, c] for a in (-1, 1) for b in (-1, 1) for c in (-1, 1)]
)


def make_melodies(number, rng):
    """Make short melodies with noise, to be told apart by their ups and downs.

    A melody has four notes at random pitches, so that three jumps of one or two pitches
    follow one of the eight :data:`MELODY_PATTERNS`. Each note lasts two or three
    moments; silence before and after. A note adds 1 to its pitch; everywhere is normal
    noise with a standard deviation of 0.2.

    Parameters
    ----------
    number : int
        How many melodies to make.
    rng : numpy.random.Generator
        The source of all random numbers; the same state gives the same melodies.

    Returns
    -------
    x : numpy.ndarray, (number, 16, 12), float32
        Spectrograms: how loud each of 12 pitches is at each of 16 moments.
    y : numpy.ndarray, (number,), int64
        The pattern of each melody, a row number of :data:`MELODY_PATTERNS`.
    """
    moments, pitches = 16, 12
    x = rng.normal(0, 0.2, size=(number, moments, pitches)).astype("float32")
    y = rng.integers(len(MELODY_PATTERNS), size=number)
    for melody, pattern in zip(x, y):
        jumps = MELODY_PATTERNS[pattern] * rng.integers(1, 3, size=3)
        notes = np.concatenate([[0], np.cumsum(jumps)])
        notes = notes - notes.min()
        notes = notes + rng.integers(pitches - notes.max())
        lengths = rng.integers(2, 4, size=4)
        moment = rng.integers(moments - lengths.sum() + 1)
        for note, length in zip(notes, lengths):
            melody[moment : moment + length, note] += 1
            moment = moment + length
    return x, y


def fresh_output_dir(lesson):
    """Make the folder ``outputs/<lesson>/`` of the course, empty, and return it.

    Where that cannot be done, the folder is a new one among the system's temporary
    files, and a printed line says why: the course's folder is read-only, another run of
    the lesson uses it, or a program holds a file in it open.

    Parameters
    ----------
    lesson : str
        The lesson's number, such as "2.02".

    Returns
    -------
    pathlib.Path
        Absolute path of the empty folder. What an earlier run of the same lesson wrote
        is gone.

    Raises
    ------
    ValueError
        ``lesson`` is not a lesson's number; nothing is deleted.
    """
    if not isinstance(lesson, str) or not re.fullmatch(r"\d\.\d\d", lesson):
        raise ValueError(
            f'A lesson\'s number is a string such as "2.02", not {lesson!r}.'
        )
    folder = COURSE_DIR / "outputs" / lesson
    user_file = folder.with_name(f"{lesson}.pid")
    try:
        other = _other_process(user_file)
        if other:
            raise OSError(None, f"process {other} has run this lesson and still lives")
        if folder.exists():
            shutil.rmtree(folder)
        folder.mkdir(parents=True)
        user_file.write_text(str(os.getpid()), encoding="utf-8")
    except OSError as cause:
        instead = Path(tempfile.mkdtemp(prefix=f"lesson-{lesson}-"))
        print(f"{folder} cannot be used: {cause.strerror}.")
        print(f"This run writes to {instead}")
        return instead
    return folder


def _other_process(user_file):
    """Return the number of the living process that the file names, if not this one."""
    try:
        number = int(user_file.read_text(encoding="utf-8"))
        started = psutil.Process(number).create_time()
        written = user_file.stat().st_mtime
    except (OSError, ValueError, psutil.Error):
        return None
    same_process = started < written + 2  # a later one has inherited the number
    return number if number != os.getpid() and same_process else None


def installation_problems(
    python=sys.version_info[:2], version=importlib.metadata.version
):
    """Compare what is installed with what the course was made for.

    Parameters
    ----------
    python : tuple of two int
        Python's major and minor version; by default this one.
    version : callable
        Returns the version of a package, or raises ``PackageNotFoundError``; for tests.

    Returns
    -------
    list of str
        A sentence for each problem, with the command that mends it; empty when all is
        well. The versions wanted are read from ``requirements.txt``.
    """
    problems = []
    if not (3, 11) <= tuple(python) <= (3, 13):
        problems.append(
            f"Python {python[0]}.{python[1]} is installed, the course needs "
            "3.11, 3.12 or 3.13: "
            "conda create -n deep-learning python=3.12 (see software_list.txt)."
        )
    for name, wanted in re.findall(
        r"^([\w.-]+)==([\w.]+)$",
        (COURSE_DIR / "requirements.txt").read_text(encoding="utf-8"),
        re.M,
    ):
        try:
            found = version(name)
        except importlib.metadata.PackageNotFoundError:
            found = None
        if found != wanted:
            state = f"{found} is installed" if found else "is not installed"
            problems.append(
                f"{name} {state}, the course needs {wanted}: python -m pip "
                f"install {name}=={wanted}"
            )
    return problems
