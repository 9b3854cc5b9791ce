"""
1.00 Check the installation
===========================

Run this script once before the course. It ends in one line: all is well, or what to
mend. You will

* see which versions and which devices (CPU, GPU) TensorFlow works with,
* know that every data file of the course is on your disk and whole,
* learn how to run a lesson cell by cell.

:Data: all 12 data sets, checked; Fashion-MNIST, 60,000 pictures
  (``course_data.load_fashion_mnist``)
:Slides: part 1, "Predict, run, explain: how we work", "Installation", "Two commands
  install the course and check it", "Where things are: the folders", "Check yourself"
:Takes: about 6 s on two CPU cores
"""

# %% How to read a lesson
# A line ``# %%`` begins a cell. In Spyder, Shift+Enter runs the cell that the cursor is
# in and moves on to the next; F5 runs the whole script. Read the text above a cell
# first: it often asks what you expect.
#
# This first cell loads the helper that reads the data. Apart from it lessons share no
# code (but for the Estimators of part 2, which have a helper of their own).

import io
import sys

if not (3, 11) <= sys.version_info[:2] <= (3, 13):
    raise SystemExit(
        "The course needs Python 3.11, 3.12 or 3.13, this is "
        f"{sys.version.split()[0]}: software_list.txt, step 2"
    )
INSTALL = "python -m pip install -r requirements.txt"
try:
    from course_data import (
        COURSE_DIR,
        FASHION_MNIST_CLASSES,
        SHA256,
        DataFileError,
        installation_problems,
        load_fashion_mnist,
        read_data_file,
    )
except ModuleNotFoundError as error:
    raise SystemExit(f"{error}. In the course's folder, run: {INSTALL}") from None

print("Python", sys.version.split()[0], "at", sys.executable)
print("the course lies in", COURSE_DIR)

# %% Versions
# Results and error messages depend on versions, so the course names every one of them
# in ``requirements.txt``. A difference is reported here with the command that mends it.

problems = installation_problems()
versions_right = len(problems) == 0
for problem in problems:
    print(problem)
if versions_right:
    print("every package has the version that the course was tested with")

# %% TensorFlow and its devices
# Importing TensorFlow takes a few seconds. It also writes a few lines that begin with
# ``I0000`` or ``E0000``: they say which instructions your processor has and that no GPU
# was found. They are harmless, and no setting removes them all.
#
# The course needs no GPU. If you have one and do not see it here, ``software_list.txt``
# says what is missing.

try:
    import matplotlib.pyplot as plt
    import tensorflow as tf
except ImportError as error:
    raise SystemExit(f"{error}. In the course's folder, run: {INSTALL}") from None

plt.style.use("petroff10")
tf.keras.utils.set_random_seed(1)
devices = tf.config.list_physical_devices()
print("TensorFlow", tf.__version__, "with Keras", tf.keras.__version__)
for device in devices:
    print(f"{device.device_type}: {device.name}")

# %% The data
# Each file's SHA-256, a fingerprint of its bytes, is compared with the original's.

data_problems = []
for name in SHA256:
    try:
        print(f"{len(read_data_file(name)):>12,} bytes  {name}")
    except DataFileError as error:
        data_problems.append(str(error))
        print(f"     PROBLEM  {name}")
problems += data_problems

# %% A figure
# A window, or Spyder's Plots pane, shows the first picture of each of the ten classes.
# No figure? The README says what to do under "What to do when it does not run".

if data_problems:
    raise SystemExit("\n".join(problems))

(x_train, y_train), (x_test, y_test) = load_fashion_mnist()
figure, axes = plt.subplots(2, 5, figsize=(9, 4.4))
for label, axis in enumerate(axes.flat):
    axis.imshow(x_train[y_train == label][0], cmap="gray")
    axis.set_title(f"{label}: {FASHION_MNIST_CLASSES[label]}")
    axis.axis("off")
figure.suptitle("Fashion-MNIST: one picture of each class")
picture = io.BytesIO()
figure.savefig(picture)
plt.show()
print("figures are shown by matplotlib's backend", plt.get_backend())

# %% A model
# Never mind how it works yet. It sees 20,000 small pictures for a second or two and is
# then asked for the names of 10,000 others. Guessing would be right once in ten times.

model = tf.keras.Sequential(
    [
        tf.keras.Input(shape=(28, 28)),
        tf.keras.layers.Rescaling(1 / 255),
        tf.keras.layers.Flatten(),
        tf.keras.layers.Dense(10, activation="softmax"),
    ]
)
model.compile(
    optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"]
)
model.fit(x_train[:20000], y_train[:20000], batch_size=128, epochs=2, verbose=2)
_, accuracy = model.evaluate(x_test, y_test, batch_size=1000, verbose=0)
print(f"right on {accuracy:.0%} of 10,000 pictures that it has never seen")
if accuracy < 0.7:
    problems.append(
        f"the model learnt too little (accuracy {accuracy:.2f}, expected about "
        "0.8): reinstall TensorFlow"
    )

# %% Try it yourself
# 1. Put the cursor into the cell "A model" and run only that cell again. Why is the
#    accuracy a little different? (It starts from other random weights: the random seed
#    was set earlier.)
# 2. Open Spyder's Variable Explorer and find ``x_train``. What shape and what type
#    does it have? (60000 pictures of 28 by 28 pixels, whole numbers from 0 to 255:
#    the dtype is uint8.)
# 3. Rename one file below ``data/`` and run the script again. What does it tell you to
#    do? (It names the file and a ``git checkout`` command. Rename it back, or run that
#    command.)

results = {
    "versions_right": versions_right,
    "cpu_devices": sum(device.device_type == "CPU" for device in devices),
    "data_files_whole": len(SHA256) - len(data_problems),
    "figure_bytes": picture.tell(),
    "accuracy": float(accuracy),
    "problems": len(problems),
}
print(results)
if problems:
    print("To mend:")
    for problem in problems:
        print(problem)
else:
    print("OK: everything that the course needs is here and works.")
