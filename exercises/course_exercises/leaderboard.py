"""Score the submissions of a folder or of several, and rank them.

    python -m course_exercises.leaderboard exercises/submissions
    python -m course_exercises.leaderboard exercises/submissions --final
    python -m course_exercises.leaderboard exercises/submissions another/folder

A submission is a file such as ``2_anna.py``: the project's number, a name. It has two
functions, ``fit(x, y)``, which returns a model, and ``predict(model, x)``, which
returns an answer for each row. Each runs in a process of its own, with a time limit. It
gets the training rows and the questions, never the answers to those. A submission that
fails gets a sentence instead of a score, and the others go on.

Every result becomes a line of ``outputs/leaderboard/results.csv``, or, where the
course's folder is read-only, of the same file among the system's temporary files. A
file that has a score and has not changed since is not run again.
"""

import argparse
import csv
import hashlib
import importlib.util
import json
import os
import pickle
import subprocess
import sys
import tempfile
import textwrap
import time
from pathlib import Path

import numpy as np
import psutil

from course_data import DATA_DIR
from course_exercises import EXERCISES_DIR, USER, explain
from course_exercises.projects import (
    PROJECTS,
    Fault,
    find_project,
    mean_and_error,
    points_of,
    rows_to_score,
    training_rows,
)

RESULTS_FILE = EXERCISES_DIR.parent / "outputs" / "leaderboard" / "results.csv"
INSTEAD = Path(tempfile.gettempdir(), f"course-leaderboard-{USER}", "results.csv")
COLUMNS = ["time", "project", "rows", "name", "sha256", "score", "error", "seconds"]
COLUMNS += ["fault"]
MOST_OUTPUT = 5_000_000  # bytes; ten epochs of Keras' progress bars are 0.3 million


def results_file():
    """Return the file of the results; its folder is there and can be written to."""
    try:
        RESULTS_FILE.parent.mkdir(parents=True, exist_ok=True)
        RESULTS_FILE.open("a").close()
        return RESULTS_FILE
    except OSError:
        INSTEAD.parent.mkdir(parents=True, exist_ok=True)
        return INSTEAD


def score(submission, final=False):
    """Run one submission, print what came of it, and return its line of the table."""
    line = run_submission(submission, final)
    _remember(line)
    project = find_project(line["project"])
    print(f"Project {line['project']}, {project.title}")
    if line["fault"]:
        print(_wrapped(f"No score: {line['fault']}"))
        return line
    print(f"  yours      {line['score']:7.3f} ± {line['error']:.3f} {project.unit}")
    baseline = _baseline(line["project"], final)
    print(f"  baseline   {baseline:7.3f} ({project.baseline[0]})")
    print(f"  the course {project.course:7.3f}")
    print(f"  {line['seconds']:.1f} s of processor time")
    return line


def run_submission(submission, final=False, limit=None):
    """Run one submission in a process of its own.

    Parameters
    ----------
    submission : str or Path
    final : bool
        Score it on the final rows instead of the public ones.
    limit : float or None
        Seconds; None: the project's limit.

    Returns
    -------
    dict
        A line of the table of results, with the keys ``COLUMNS``. ``fault`` is "" when
        there is a score.
    """
    submission = Path(submission).resolve()
    number = _project_number(submission)
    limit = limit or find_project(number).limit
    x, y = rows_to_score(number, final)
    line = {
        "time": time.strftime("%Y-%m-%d %H:%M:%S"),
        "project": number,
        "rows": "final" if final else "public",
        "name": submission.stem[2:],
        "sha256": _sha256(submission),
        "score": "",
        "error": "",
        "seconds": "",
        "fault": "",
    }
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        folder.joinpath("rows").write_bytes(pickle.dumps((*training_rows(number), x)))
        try:
            _run_process(submission, folder, limit)
            report = json.loads(folder.joinpath("report.json").read_text("utf-8"))
            line["seconds"] = report["seconds"]
            if report["fault"]:
                raise Fault(report["fault"])
            answers = np.load(folder / "answers.npy", allow_pickle=False)
            points = points_of(number, answers, y)
            line["score"], line["error"] = mean_and_error(points)
            file = _points_file(line)
            file.parent.mkdir(parents=True, exist_ok=True)
            np.save(file, points)
        except Fault as fault:
            line["fault"] = str(fault)
    return line


def _run_process(submission, folder, limit):
    """Run a submission in a process; raise Fault if it has to be ended."""
    output = folder / "output"
    command = [
        sys.executable,
        "-m",
        "course_exercises.leaderboard",
        "--in-this-process",
    ]
    command += [submission, folder]
    start = time.monotonic()
    with output.open("wb") as file:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env={**os.environ, "MPLBACKEND": "Agg"},
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
        )
        try:
            while process.poll() is None:
                if time.monotonic() - start > limit:
                    raise Fault(f"It was ended: not ready after {limit:.0f} seconds.")
                if output.stat().st_size > MOST_OUTPUT:
                    raise Fault(
                        f"It was ended: it prints more than {MOST_OUTPUT / 1e6:.0f} "
                        "MB. Take prints out of its loops, and set verbose=0."
                    )
                time.sleep(0.1)
        finally:
            _end(process)
    if not folder.joinpath("report.json").exists():
        last = output.read_bytes()[-300:].decode("utf-8", "replace").strip()
        raise Fault(
            f"Its process ended without a result, exit code {process.returncode}. The "
            f"last that it printed: {last or 'nothing'}"
        )


def _end(process):
    """End a process and those that it started, if it still runs."""
    if process.poll() is not None:
        return
    family = psutil.Process(process.pid)
    for member in [*family.children(recursive=True), family]:
        try:
            member.kill()
        except psutil.NoSuchProcess:
            continue
    process.wait()


# What runs in the submission's own process


def _run_in_this_process(submission, folder):
    """Train and ask a submission; write its answers and a report into ``folder``."""
    x_train, y_train, x = pickle.loads(folder.joinpath("rows").read_bytes())
    forbidden = _watch_files()
    fault = ""
    try:
        answers = _answers(submission, x_train, y_train, x)
        np.save(folder / "answers.npy", answers, allow_pickle=False)
    except Fault as error:
        fault = str(error)
    if forbidden:
        fault = (
            f"It opens {forbidden[0]}. fit gets its rows and needs no file. What you "
            'try out belongs under if __name__ == "__main__":'
        )
    report = {"seconds": time.process_time(), "fault": fault}
    folder.joinpath("report.json").write_text(json.dumps(report), encoding="utf-8")


def _answers(submission, x_train, y_train, x):
    module = _step("The file", None, lambda: _load(submission), submission)
    for name in ("fit", "predict"):
        if not callable(getattr(module, name, None)):
            raise Fault(f"There is no function {name}: def {name}(…)")
    model = _step("fit", module.fit, lambda: module.fit(x_train, y_train))
    if model is None:
        raise Fault("fit returns None. It should return the model: return model")
    answers = _step("predict", module.predict, lambda: module.predict(model, x))
    if answers is None:
        raise Fault("predict returns None. It should return the answers.")
    try:
        answers = np.asarray(answers)
    except ValueError:
        raise Fault("predict returns no array: rows of different length.") from None
    if answers.dtype.kind in "OT":
        try:
            answers = answers.astype(float)
        except (TypeError, ValueError):
            answers = answers.astype(str)
    return answers


def _step(name, function, run, file=None):
    """Do one step; an error in it becomes a Fault that explains it."""
    try:
        return run()
    except (Exception, SystemExit) as error:
        where = f"{name} of the submission: "
        if function is None:
            text = f"{type(error).__name__}: {error}"
        else:
            text = " ".join(explain(error, function).split())
        raise Fault(where + text) from error


def _load(submission):
    spec = importlib.util.spec_from_file_location("submission", submission)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look there
    spec.loader.exec_module(module)
    return module


def _watch_files():
    """Refuse to open the course's data from now on; return the list of what was tried.

    It stops mistakes, and makes cheating visible. It does not stop a determined cheat.
    """
    tried = []

    def watch(event, arguments):
        if event != "open" or not isinstance(arguments[0], (str, bytes)):
            return
        path = Path(os.path.realpath(os.fsdecode(arguments[0])))
        if path.is_relative_to(DATA_DIR) and not (
            path.suffix == ".py" or path.parent.name == "__pycache__"
        ):
            tried.append(path.relative_to(DATA_DIR.parent).as_posix())
            raise PermissionError(f"A submission may not open {path}")

    sys.addaudithook(watch)
    return tried


# The table


def rank(folders, final=False, again=False):
    """Score all submissions of some folders and print a table for each project."""
    files = []
    for folder in folders:
        numbers = "".join(map(str, PROJECTS))
        found = sorted(Path(folder).glob(f"[{numbers}]_*.py"))
        if not found:
            raise ValueError(
                f"There is no submission in {folder}. Their names begin with the "
                "project's number: 2_anna.py"
            )
        for file in sorted(set(Path(folder).glob("*.py")) - set(found)):
            print(f"{file.name} is left out: a name begins like 2_anna.py")
        files += found
    known = {} if again else _known_lines()
    lines = []
    for file in files:
        rows = "final" if final else "public"
        line = known.get((_project_number(file), file.stem[2:], _sha256(file), rows))
        if line is None:
            print(f"{file.name} …", flush=True)
            line = run_submission(file, final)
            _remember(line)
        lines.append(line)
    for number in sorted({line["project"] for line in lines}):
        print()
        print(table(number, [line for line in lines if line["project"] == number]))
    return lines


def table(number, lines):
    """Return the table of a project as text."""
    project = find_project(number)
    final = lines[0]["rows"] == "final"
    _, y = rows_to_score(number, final)
    text = [
        f"Project {number}: {project.title} Scores on {len(y):,} {lines[0]['rows']} "
        f"rows, {project.unit}",
        "",
        "rank    score            behind the first   CPU s  name",
    ]
    ranked = sorted(
        (line for line in lines if not line["fault"]),
        key=lambda line: -float(line["score"]),
    )
    for place, line in enumerate(ranked, 1):
        behind = ""
        if place > 1:
            points = np.load(_points_file(ranked[0])) - np.load(_points_file(line))
            behind = "{:.3f} ± {:.3f}".format(*mean_and_error(points))
        text.append(
            f"{place:4}  {float(line['score']):7.3f} ± {float(line['error']):.3f}  "
            f"{behind:>16}  {float(line['seconds']):6.1f}  {line['name']}"
        )
    text.append(
        f"   -  {_baseline(number, final):7.3f}{'':37}baseline: {project.baseline[0]}"
    )
    for line in lines:
        if line["fault"]:
            text.append(_wrapped(f"no score: {line['name']}. {line['fault']}"))
    text += ["", "± is one standard error. Who is behind by less than two is level."]
    return "\n".join(text)


def _baseline(number, final):
    x, y = rows_to_score(number, final)
    return points_of(number, find_project(number).baseline[1](x), y).mean()


def _points_file(line):
    """Return the file of the points of a submission, a number a row."""
    name = f"{line['project']}_{line['name']}_{line['sha256']}_{line['rows']}.npy"
    return results_file().parent / "points" / name


def _project_number(submission):
    if not submission.is_file():
        raise ValueError(f"There is no file {submission}")
    first = submission.name[0]
    if not first.isdigit() or int(first) not in PROJECTS or submission.name[1] != "_":
        raise ValueError(
            f"{submission.name}: a submission's name begins with the project's number, "
            f"{list(PROJECTS)}, and a line: 2_anna.py. Copy the file to "
            "exercises/submissions/ under such a name, and run the copy."
        )
    return int(first)


def _sha256(file):
    return hashlib.sha256(Path(file).read_bytes()).hexdigest()[:16]


def _known_lines():
    """Return {(project, name, sha256, rows): line} of all that have a score."""
    file = results_file()
    if not file.exists():
        return {}
    with file.open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    for line in lines:
        line["project"] = int(line["project"])
    return {
        (line["project"], line["name"], line["sha256"], line["rows"]): line
        for line in lines
        if _points_file(line).exists()
    }


def _remember(line):
    with results_file().open("a", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        if file.tell() == 0:
            writer.writeheader()
        writer.writerow(line)


def _wrapped(text):
    return textwrap.fill(text, 86, initial_indent="   -  ", subsequent_indent=" " * 6)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folders", nargs="*", help="folders with submissions")
    parser.add_argument("--final", action="store_true", help="score on the final rows")
    parser.add_argument("--again", action="store_true", help="run unchanged files, too")
    parser.add_argument("--in-this-process", nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.in_this_process:
        submission, folder = map(Path, arguments.in_this_process)
        _run_in_this_process(submission, folder)
    elif not arguments.folders:
        parser.error("name the folder of the submissions")
    else:
        try:
            rank(arguments.folders, arguments.final, arguments.again)
        except ValueError as error:
            parser.error(str(error))


if __name__ == "__main__":
    main()
