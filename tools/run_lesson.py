"""Run one lesson the way a participant does, without a window and without a network.

    python tools/run_lesson.py part3_cnn/3.03_strides.py --results results.json
    --figures pictures

The lesson runs in a process of its own, from an empty working directory. The figures it
shows are saved instead of opened, its dict ``results`` is handed back, and every
connection to another machine is refused.
"""

import argparse
import json
import math
import os
import re
import runpy
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import warnings
from dataclasses import dataclass
from pathlib import Path

import psutil

COURSE_DIR = Path(__file__).resolve().parent.parent


@dataclass
class LessonRun:
    """What came of running a lesson.

    Attributes
    ----------
    results : dict or None
        The lesson's ``results``; None if it ended before it had any.
    seconds : float
        From the start of the process to its end.
    cpu_seconds : float
        User and system time of all its threads and of the processes it started.
    peak_memory : float
        The most that it held at once, in MB (1e6 bytes); NaN on Windows.
    figures : list of dict
        One for each figure shown: ``file`` (str or None), ``letters`` (size of the
        smallest in points), ``titles``, ``xlabels``, ``ylabels`` (lists of str) and
        ``has_axes`` (False if every axis is switched off).
    warnings : list of str
        Warnings whose cause lies in the course's own files, TensorFlow's log included.
    left_behind : list of str
        Command lines of processes that the lesson started and that outlived it (they
        are ended); always [] on Windows.
    returncode : int
    output : str
        Standard output.
    errors : str
        Standard error.
    """

    results: dict | None
    seconds: float
    cpu_seconds: float
    peak_memory: float
    figures: list
    warnings: list
    left_behind: list
    returncode: int
    output: str
    errors: str


def isolated_command():
    """Return what to put before a command so that it finds no network, or [] where the
    system has nothing for it."""
    if shutil.which("unshare"):
        for command in (["unshare", "--net"], ["unshare", "--net", "--map-root-user"]):
            if subprocess.run([*command, "true"], capture_output=True).returncode == 0:
                return command
    return []


def run_lesson(script, figures=None, timeout=600, seed_shift=0):
    """Run a lesson in a fresh process.

    Parameters
    ----------
    script : str or Path
        The lesson.
    figures : str, Path or None
        Folder for the figures, ``1.png`` and so on (with another ending if Matplotlib's
        ``savefig.format`` says so); made if need be. None: they are not saved.
    timeout : float
        Seconds after which the lesson is ended.
    seed_shift : int
        Added to the seed of each ``tf.keras.utils.set_random_seed`` in the lesson, to
        see how far its results depend on chance. Processes that a lesson starts keep
        their seeds: shifted, lesson 5.15 no longer agrees with its workers.

    Returns
    -------
    LessonRun

    Raises
    ------
    FileNotFoundError
        There is no such script.
    subprocess.TimeoutExpired
        It ran longer than ``timeout``.
    """
    script = Path(script).resolve()
    if not script.is_file():
        raise FileNotFoundError(
            f"{script} is not a file: name a lesson, such as part3_cnn/3.03_strides.py"
        )
    with tempfile.TemporaryDirectory() as elsewhere:
        report = Path(elsewhere, "report.json")
        workplace = Path(elsewhere, "workplace")
        workplace.mkdir()
        command = [
            *isolated_command(),
            sys.executable,
            __file__,
            "--in-this-process",
            str(report),
            str(script),
        ]
        if figures is not None:
            Path(figures).mkdir(parents=True, exist_ok=True)
            command += ["--figures", str(Path(figures).resolve())]
        if seed_shift:
            command += ["--seed-shift", str(seed_shift)]
        environment = {
            **os.environ,
            "MPLBACKEND": "Agg",
            "PYTHONUNBUFFERED": "1",
            "PYTHONIOENCODING": "utf-8",  # as read below; Windows would take cp1252
        }
        start = time.perf_counter()
        with subprocess.Popen(
            command,
            cwd=workplace,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,
        ) as process:
            try:
                output, errors = process.communicate(timeout=timeout)
            except BaseException:
                _end_group(process)
                raise
        seconds = time.perf_counter() - start
        left_behind = _processes_left(process)
        if left_behind:
            _end_group(process)
        found = (
            json.loads(report.read_text(encoding="utf-8")) if report.exists() else {}
        )
    logged = [
        line
        for line in errors.splitlines()
        if re.search(r"deprecated", line) and str(COURSE_DIR) in line.split(":")[0]
    ]
    return LessonRun(
        results=found.get("results"),
        seconds=seconds,
        cpu_seconds=found.get("cpu_seconds", math.nan),
        peak_memory=found.get("peak_memory", math.nan),
        figures=found.get("figures", []),
        warnings=found.get("warnings", []) + logged,
        left_behind=left_behind,
        returncode=process.returncode,
        output=output,
        errors=errors,
    )


def _processes_left(process, seconds=5):
    """Return the command lines of what a process that has ended leaves running.

    What it started is given some seconds to end. A process is known by its session.
    """
    if not hasattr(os, "getsid"):
        return []
    deadline = time.monotonic() + seconds
    while True:
        left = []
        for other in psutil.process_iter():
            try:
                if os.getsid(other.pid) == process.pid:
                    left.append(" ".join(other.cmdline()))
            except (OSError, psutil.Error):
                pass  # it has just ended, or is not ours to ask
        if not left or time.monotonic() > deadline:
            return left
        time.sleep(0.1)


def _end_group(process):
    """End a process and those that it started."""
    if hasattr(os, "killpg"):
        os.killpg(process.pid, 9)
    else:
        process.kill()


def _refuse_connections():
    """Let this process reach its own machine and no other, whatever the
    system allows."""
    connect = socket.socket.connect

    def refuse(self, address):
        host = address[0] if isinstance(address, tuple) else "localhost"
        if host != "localhost" and host != "::1" and not host.startswith("127."):
            raise ConnectionRefusedError(f"a lesson may not connect to {address}")
        return connect(self, address)

    socket.socket.connect = refuse
    socket.socket.connect_ex = lambda self, address: refuse(self, address) or 0


def _start_loopback():
    """Switch on the loopback device of a network namespace; harmless elsewhere."""
    try:
        import fcntl
        import struct

        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as device:
            fcntl.ioctl(
                device, 0x8914, struct.pack("16sh", b"lo", 0x1 | 0x40)
            )  # SIOCSIFFLAGS, IFF_UP | IFF_RUNNING
    except (ImportError, OSError):
        pass


def _usage():
    """Return CPU seconds and peak memory (MB) of this process and those it started."""
    try:
        import resource
    except ImportError:  # Windows
        return time.process_time(), math.nan
    unit = 1 if sys.platform == "darwin" else 1024  # bytes in ru_maxrss's unit
    used = [
        resource.getrusage(who)
        for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    ]
    cpu_seconds = sum(usage.ru_utime + usage.ru_stime for usage in used)
    return cpu_seconds, max(usage.ru_maxrss for usage in used) * unit / 1e6


def _shift_seeds(shift):
    """Add ``shift`` to every seed that this process hands to ``set_random_seed``.

    An Estimator hands the ``tf_random_seed`` of its ``RunConfig`` to TensorFlow 1's.
    """
    import tensorflow as tf

    for place in (tf.keras.utils, tf.compat.v1.random):
        set_random_seed = place.set_random_seed
        place.set_random_seed = lambda seed, set_seed=set_random_seed: set_seed(
            seed + shift
        )


def smallest_letters(figure):
    """Return the size of a figure's smallest text in points, infinity without text."""
    from matplotlib.text import Text

    texts = figure.findobj(lambda artist: isinstance(artist, Text))
    shown = [text for text in texts if text.get_visible() and text.get_text()]
    return min((text.get_fontsize() for text in shown), default=math.inf)


def _run_in_this_process(script, report, figures, seed_shift=0):
    """Run the lesson here and write what it showed and found to the file ``report``."""
    import matplotlib.pyplot as plt

    shown, seen_warnings, namespace = [], [], {}

    def show(*args, **kwargs):
        for number in plt.get_fignums():
            figure = plt.figure(number)
            axes = figure.get_axes()
            file = None
            if figures:
                ending = plt.rcParams["savefig.format"]
                file = str(Path(figures, f"{len(shown) + 1}.{ending}"))
                figure.savefig(file, bbox_inches="tight")
            shown.append(
                {
                    "file": file,
                    "letters": smallest_letters(figure),
                    "titles": [
                        t
                        for t in [figure.get_suptitle(), *(a.get_title() for a in axes)]
                        if t
                    ],
                    "xlabels": [
                        t
                        for t in [
                            figure.get_supxlabel(),
                            *(a.get_xlabel() for a in axes),
                        ]
                        if t
                    ],
                    "ylabels": [
                        t
                        for t in [
                            figure.get_supylabel(),
                            *(a.get_ylabel() for a in axes),
                        ]
                        if t
                    ],
                    "has_axes": any(
                        a.axison and (a.lines or a.collections or a.patches)
                        for a in axes
                    ),
                }
            )
            plt.close(figure)

    def remember(message, category, filename, lineno, file=None, line=None):
        path = Path(filename)
        if path.is_relative_to(COURSE_DIR) and not path.is_relative_to(sys.prefix):
            seen_warnings.append(
                f"{path.name}:{lineno}: {category.__name__}: {message}"
            )
        print(
            warnings.formatwarning(message, category, filename, lineno, line),
            file=sys.stderr,
        )

    plt.show = show
    warnings.simplefilter("default")
    warnings.showwarning = remember
    _start_loopback()
    _refuse_connections()
    if seed_shift:
        _shift_seeds(seed_shift)
    sys.argv = [str(script)]
    sys.path[0] = str(Path(script).parent)
    try:
        namespace = runpy.run_path(str(script), run_name="__main__")
    finally:
        cpu_seconds, peak_memory = _usage()
        found = {
            "results": namespace.get("results"),
            "figures": shown,
            "warnings": seen_warnings,
            "cpu_seconds": cpu_seconds,
            "peak_memory": peak_memory,
        }
        Path(report).write_text(json.dumps(found, default=_plain), encoding="utf-8")


def _plain(value):
    """NumPy's and TensorFlow's numbers become Python's; others are an error."""
    if hasattr(value, "item"):
        return value.item()
    raise TypeError(f"results may hold plain numbers only, not {value!r}")


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("script", help="the lesson to run")
    parser.add_argument(
        "--results", help="JSON file for the lesson's results and the seconds it took"
    )
    parser.add_argument("--figures", help="folder for the figures it shows")
    parser.add_argument(
        "--seed-shift", type=int, default=0, help="added to the lesson's seeds"
    )
    parser.add_argument("--in-this-process", metavar="REPORT", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.in_this_process:
        _run_in_this_process(
            arguments.script,
            arguments.in_this_process,
            arguments.figures,
            arguments.seed_shift,
        )
        return 0
    try:
        run = run_lesson(
            arguments.script, arguments.figures, seed_shift=arguments.seed_shift
        )
    except FileNotFoundError as error:
        parser.error(str(error))
    sys.stdout.write(run.output)
    sys.stderr.write(run.errors)
    print(
        f"-- {run.seconds:.1f} s, {len(run.figures)} figures, exit code "
        f"{run.returncode}"
    )
    for warning in run.warnings:
        print("-- warning:", warning)
    if arguments.results:
        content = json.dumps({"results": run.results, "seconds": run.seconds}, indent=2)
        Path(arguments.results).write_text(content, encoding="utf-8")
    return run.returncode


if __name__ == "__main__":
    sys.exit(main())
