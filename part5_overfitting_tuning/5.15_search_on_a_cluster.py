"""
5.15 A search on a cluster
==========================

No trial of a random search waits for another one, so many machines can share the work.
You will

* run the same search in this process, on one worker and on two, and compare,
* kill a worker in mid-search and see what is lost and what is not,
* know the two commands and the one line that bring it to real machines.

:Data: Dry beans, 3,000 of 13,611 (``course_data.load_dry_bean``)
:Slides: part 5, "Beyond one machine: a search, or a training"
:Takes: about 50 s on two CPU cores
"""

# %% The beans
# Seven kinds of beans, 16 measures of each bean. 3,000 beans are for the search, 4,000
# others for the verdict at the end.
#
# ``SCHEDULER`` is the one line that changes on real machines. Leave it at ``None`` for
# now: then this lesson builds a cluster out of your own machine.

import atexit
import logging
import os
import subprocess
import sys
import threading
import time

import joblib
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import tensorflow as tf
from dask.distributed import Client, LocalCluster, get_task_stream
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import (
    RandomizedSearchCV,
    StratifiedKFold,
    train_test_split,
)
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from course_data import fresh_output_dir, load_dry_bean

# %%
# Where the work is done, and the beans:

SCHEDULER = None  # on a real cluster: its address, such as "tcp://10.0.0.5:8786"

plt.style.use("petroff10")
output_dir = fresh_output_dir("5.15")

beans = load_dry_bean().drop_duplicates()
x = beans.drop(columns="Class").to_numpy("float32")
y = beans["Class"].to_numpy()
x_train, x_test, y_train, y_test = train_test_split(
    x, y, train_size=3000, test_size=4000, stratify=y, random_state=0
)
print(f"{len(x_train)} beans for the search, {len(x_test)} for the verdict")

# %% The network
# scikit-learn's searches need something with ``fit`` and ``predict``. Keras brings it:
# ``SKLearnClassifier`` calls our function with the training rows and with one setting
# to try, and trains the model that comes back.
#
# Two things look unusual. No worker has a screen, so progress bars are switched off.
# And every layer gets its own *seed*. Without it Keras would draw the seeds from
# Python's ``random``. In a worker another thread, Dask's, draws from the same
# generator, so the first weights would differ from run to run.


def build_model(X, y, units, learning_rate):
    """Build the network for one trial of the search."""
    tf.keras.config.disable_interactive_logging()
    tf.keras.utils.set_random_seed(1)
    hidden_weights = tf.keras.initializers.GlorotUniform(seed=1)
    output_weights = tf.keras.initializers.GlorotUniform(seed=2)
    model = tf.keras.Sequential(
        [
            tf.keras.Input(shape=(X.shape[1],)),
            tf.keras.layers.Dense(
                units, activation="relu", kernel_initializer=hidden_weights
            ),
            tf.keras.layers.Dense(
                y.shape[1], activation="softmax", kernel_initializer=output_weights
            ),
        ]
    )
    model.compile(
        optimizer=tf.keras.optimizers.Adam(learning_rate=learning_rate),
        loss="categorical_crossentropy",
    )
    return model


network = tf.keras.wrappers.SKLearnClassifier(build_model)
pipeline = Pipeline([("scale", StandardScaler()), ("network", network)])

# %% The search
# Six settings are drawn from 25. Each is trained on one half of the rows and scored on
# the other half, then the other way round: twelve trainings, or *fits*.
#
# The halves are made here, once. Every process will get exactly these rows. How long to
# train is said when the search begins: Keras' wrapper has a ``fit_kwargs`` of its own,
# but loses it when scikit-learn copies the network for the next fit.

candidates = []
for units in (8, 16, 32, 64, 128):
    for learning_rate in (0.0001, 0.0003, 0.001, 0.003, 0.01):
        candidates.append({"units": units, "learning_rate": learning_rate})

halves = StratifiedKFold(n_splits=2, shuffle=True, random_state=0)
splits = list(halves.split(x_train, y_train))

search = RandomizedSearchCV(
    pipeline,
    {"network__model_kwargs": candidates},
    n_iter=6,
    cv=splits,
    refit=False,
    error_score="raise",
    random_state=0,
    verbose=1,
)
fit_settings = {
    "network__epochs": 10,
    "network__batch_size": 64,
    "network__verbose": 0,
}

# %%
# First in this process, one fit after the other. This is the score that every later
# run must give again.

start = time.perf_counter()
search.fit(x_train, y_train, **fit_settings)
seconds_here = time.perf_counter() - start

scores_here = search.cv_results_["mean_test_score"]
best_settings = search.best_params_
tried = [setting["network__model_kwargs"] for setting in search.cv_results_["params"]]
table = pd.DataFrame(tried)
table["accuracy"] = scores_here
table = table.sort_values("accuracy", ascending=False)
print(table.round(4).to_string(index=False))
print(f"in this process: best {search.best_score_:.4f}, {seconds_here:.1f} s")

# %%
# The best learning rate is the largest of the five that could be drawn: a real search
# would go on and try larger ones.

# %% A cluster
# A cluster has three kinds of members. A *worker* is a process that computes. The
# *scheduler* knows all workers and hands out the work. The *client* has work to do;
# that is this script.
#
# ``LocalCluster`` starts a scheduler, here without any worker. The *dashboard* is the
# scheduler's web page. Open its address in a browser, and watch the next three searches
# there. (It needs the package ``bokeh``; the searches do not.)
#
# Everything here listens at 127.0.0.1 only. That is this machine's address for itself,
# and no other machine can reach it. (Other users of this machine can, without a
# password.)

logging.getLogger("distributed").setLevel(logging.ERROR)  # no diary in the console

if SCHEDULER is None:
    cluster = LocalCluster(
        n_workers=0, host="127.0.0.1", dashboard_address="127.0.0.1:0"
    )
    scheduler = cluster.scheduler_address
else:
    scheduler = SCHEDULER

client = Client(scheduler)
print("scheduler:", scheduler)
print("dashboard:", client.dashboard_link)

# %% Two workers
# On another machine you would type ``dask worker tcp://10.0.0.5:8786 --nthreads 1``,
# and a worker would run there. The function below gives the same command on this
# machine. ``--no-nanny`` leaves out the *nanny*, a second process that would start the
# worker again after its death: here we want to see what a death does.
#
# TensorFlow would let every worker use all cores, and the workers would be in each
# other's way. ``TF_NUM_INTRAOP_THREADS`` limits each operation in a worker to one
# *thread*, so that a worker keeps about one core busy. ``--preload`` makes it load
# TensorFlow before it reports for work. A graphics card is left alone: two workers
# would both claim its whole memory.


def start_worker(name):
    """Start a worker process on this machine; what it prints goes to a file."""
    command = [sys.executable, "-m", "dask", "worker", scheduler]
    command += ["--name", name, "--nthreads", "1", "--no-nanny"]
    command += ["--host", "127.0.0.1", "--dashboard-address", "127.0.0.1:0"]
    command += ["--preload", "tensorflow", "--local-directory", str(output_dir)]
    environment = os.environ.copy()
    environment["TF_NUM_INTRAOP_THREADS"] = "1"
    environment["CUDA_VISIBLE_DEVICES"] = "-1"
    with open(output_dir / f"{name}.log", "w") as log:
        return subprocess.Popen(command, env=environment, stdout=log, stderr=log)


# %%
# All workers stand in one list, and are ended when Python ends or the next cell is run
# again. If you interrupt a search, run the cell "Everybody goes home", or restart the
# kernel: a worker does not notice that you have lost interest.

workers = []


def end_workers():
    """End every worker process that this lesson has started."""
    for worker in workers:
        worker.kill()
        worker.wait()
    workers.clear()


atexit.register(end_workers)

# %%
# Two of them:

if SCHEDULER is None:
    end_workers()
    time.sleep(1)  # the scheduler notices
    if client.nthreads():  # left over from an earlier run of the cell above
        client.retire_workers(list(client.nthreads()))
    workers.append(start_worker("worker-1"))
    workers.append(start_worker("worker-2"))

start = time.perf_counter()
client.wait_for_workers(2, timeout=120)
names = {}
for address, worker in client.scheduler_info()["workers"].items():
    names[address] = str(worker["name"])
addresses = sorted(names, key=names.get)
print(f"{len(addresses)} workers, ready after {time.perf_counter() - start:.1f} s")

# %%
# One line sends a search to the cluster: ``joblib.parallel_config("dask")``. joblib is
# what scikit-learn uses for its searches, folds and forests.
#
# ``scatter`` puts a copy of the rows on every worker before the work begins; you will
# see later what that is good for. ``workers`` says who may take part. The *task stream*
# is Dask's diary: which worker did which fit, and when.

shared_data = [x_train, y_train]
for train_rows, validation_rows in splits:
    shared_data.append(train_rows)
    shared_data.append(validation_rows)


def search_on_cluster(allowed):
    """Run the search on the allowed workers; return scores, seconds and the diary."""
    with get_task_stream(client) as stream:
        start = time.perf_counter()
        with joblib.parallel_config("dask", scatter=shared_data, workers=allowed):
            search.fit(x_train, y_train, **fit_settings)
        seconds = time.perf_counter() - start
    print(f"best {search.best_score_:.4f}, {seconds:.1f} s")
    return search.cv_results_["mean_test_score"], seconds, stream.data


# %%
# Now the same search, first on one worker, then on both. How much faster will two be?
# And will the scores be the same, or only nearly?

scores_one, seconds_one, fits_one = search_on_cluster(addresses[:1])
scores_two, seconds_two, fits_two = search_on_cluster(addresses[:2])

speed_up = seconds_one / seconds_two
one_agrees = np.array_equal(scores_one, scores_here)
two_agree = np.array_equal(scores_two, scores_here)
print(f"two workers are {speed_up:.2f} times as fast as one")
print("the same six scores on one worker: ", one_agrees)
print("the same six scores on two workers:", two_agree)

# %%
# The scores agree to the last digit (with a graphics card in this process the last
# digits might differ), and two workers are clearly faster than one, if not twice as
# fast. A search is the ideal load: a fit takes a second, and all that travels is one
# setting to the worker and one score back.

# %% A worker dies
# Machines break. The third search starts like the second one. When 40 % of its time is
# over, one of the two processes is killed: it has no chance to say goodbye or to hand
# over its work. What do you expect: an error, a missing score, or a longer wait?

kill_times = []


def kill_a_worker():
    """End one of the two processes at once, and note the time."""
    workers[0].kill()
    kill_times.append(time.time())


if workers:
    threading.Timer(0.4 * seconds_two, kill_a_worker).start()

scores_killed, seconds_killed, fits_killed = search_on_cluster(addresses[:2])

workers_left = len(client.nthreads())
killed_agrees = np.array_equal(scores_killed, scores_here)
print("workers left:", workers_left)
print("the same six scores after the death:", killed_agrees)

# %%
# Each bar of the next figure is one fit, from its beginning to its end. The dotted line
# is the moment of the death; the fit that was lost then has no bar, only a gap on the
# left of the line.


def draw_fits(axis, fits, title):
    """Draw a bar for each fit, in the row of the worker that did it."""
    begin = min(fit["startstops"][0]["start"] for fit in fits)
    for fit in fits:
        row = addresses.index(fit["worker"])
        for part in fit["startstops"]:
            start = part["start"] - begin
            seconds = part["stop"] - part["start"]
            axis.barh(row, seconds, left=start, color="C0", edgecolor="white")
    axis.set(title=title, yticks=[0, 1])
    axis.set_yticklabels([names[address] for address in addresses[:2]])
    axis.set(ylim=(1.6, -0.6))
    return begin


# %%
# Three searches, one below the other:

figure, axes = plt.subplots(3, 1, figsize=(9, 6), sharex=True, layout="constrained")
draw_fits(axes[0], fits_one, "one worker")
draw_fits(axes[1], fits_two, "two workers")
third_title = "two workers, one of them killed" if kill_times else "once more"
begin = draw_fits(axes[2], fits_killed, third_title)
for kill_time in kill_times:
    axes[2].axvline(kill_time - begin, color="C2", linestyle=":")
figure.supylabel("each bar is one fit")
axes[2].set(xlabel="seconds since the first fit began")
plt.show()

# %%
# The fit that the dead worker had in hand is lost, and so are results that it had not
# yet handed over: a result is safe when it has left the worker. The scheduler gave all
# of them, with those still to do, to the other worker. The search took longer and found
# the same scores. (A fit whose worker dies four times is given up: it may be what kills
# them.)
#
# One thing does not come back by itself. Dask can repeat *work*, for it knows the
# function and its arguments. It cannot repeat *data* that you handed it. Without
# ``scatter``, joblib puts each array on one worker only. If that one dies while nobody
# else has a copy, the search ends with a ``FutureCancelledError``.

# %% Everybody goes home
# The client says goodbye and the cluster closes. Its workers end by themselves.

client.close()
if SCHEDULER is None:
    cluster.close()

exit_codes = [worker.wait(timeout=30) for worker in workers]
print("exit codes of the workers:", exit_codes)

# %%
# 0 is a good end; the killed one has another number. No process is left behind.
#
# The best setting is trained once more, on all 3,000 rows, and meets the 4,000 beans
# that no fit has seen; beside it the linear model of lesson 5.10. (This lesson is about
# the cluster: ten epochs for each of six settings are no search for the best network.)

pipeline.set_params(**best_settings)
pipeline.fit(x_train, y_train, **fit_settings)
test_accuracy = pipeline.score(x_test, y_test)
logistic = LogisticRegression(C=10, max_iter=5000)
linear = Pipeline([("scale", StandardScaler()), ("logistic", logistic)])
linear_accuracy = linear.fit(x_train, y_train).score(x_test, y_test)
tf.keras.config.enable_interactive_logging()
print(f"{best_settings['network__model_kwargs']}")
print(f"accuracy on 4,000 new beans: {test_accuracy:.3f}")
print(f"logistic regression:         {linear_accuracy:.3f}")

# %% On real machines
# Install the same versions of Python and of all packages everywhere. On one machine
# type ::
#
#     dask scheduler
#
# and on every other one, here for 16 cores (under Windows ``set`` the variable in a
# line of its own) ::
#
#     TF_NUM_INTRAOP_THREADS=1 dask worker tcp://ADDRESS-OF-THE-SCHEDULER:8786
#         --nworkers 16 --nthreads 1 --preload tensorflow
#
# all in one line. Write the address into ``SCHEDULER`` at the top, and this lesson runs
# there. Without ``--no-nanny`` a dead worker is started again, and one that takes more
# than its share of the memory (``--memory-limit``) is ended by its nanny. With graphics
# cards start one worker for each, with its number in ``CUDA_VISIBLE_DEVICES``. The same
# three roles come with other names where a queue or a cloud hands out the machines:
# ``dask-jobqueue`` for Slurm, ``dask-kubernetes`` for Kubernetes.
#
# Two deaths do end a search: the scheduler's and the client's. scikit-learn keeps all
# scores in the client's memory until the last fit is done. For searches of days people
# therefore use tools that write down every trial: Optuna with a database, to which any
# number of machines add by running the same script; Ray Tune; or an array of jobs in
# Slurm, one for each setting. They can also stop a bad trial early.
#
# Anybody who reaches a scheduler can run any code on its workers. Keep it inside a
# private network, or switch on TLS.

# %% Try it yourself
# 1. Start both workers without ``TF_NUM_INTRAOP_THREADS``. How fast are two now?
#    (Slower, and one is slower, too: 15 s and 10 s instead of 11 s and 7 s on two
#    cores. So small a training is quicker on one thread.)
# 2. Leave out ``scatter=shared_data``, let the timer run for one second only, and run
#    the cell a few times. Does every search end well? (Not always: if the dead worker
#    alone had the rows, it ends with a FutureCancelledError.)
# 3. Before "Everybody goes home", one worker is left. Start another with
#    ``workers.append(start_worker("worker-3"))``, wait for it with
#    ``client.wait_for_workers(2)``, and search on ``list(client.nthreads())``. Then a
#    third in the same way. Which of the two is of use on two cores? (The first: two
#    search in 14 s where one needs 23. The next one only shares the two cores, 13 s; on
#    a machine of its own it would bring new ones.)

results = {
    "best_score": float(np.max(scores_here)),
    "one_worker_agrees": bool(one_agrees),
    "two_workers_agree": bool(two_agree),
    "agrees_after_kill": bool(killed_agrees),
    "workers_left": workers_left,
    "test_accuracy": float(test_accuracy),
    "linear_accuracy": float(linear_accuracy),
    "seconds_here": float(seconds_here),
    "seconds_one_worker": float(seconds_one),
    "seconds_two_workers": float(seconds_two),
    "seconds_after_kill": float(seconds_killed),
}
print(results)
