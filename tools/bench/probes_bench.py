#!/usr/bin/env python3
"""What a CPU hog in the middle of a sweep does to the speeds that its probes measure.

    tools/bench/probes_bench.py BIN [--rounds 9] [--repeats 4]

Workload: probes of full attention and Linformer (d_model 64, 128 tokens, synthetic reviews), REPEATS
of each, one at a time. Every round runs the sweep three times, into new stores: left alone; with two
busy loops for each CPU that begin with the second probe and are killed when the fourth begins; and
left alone again. What counts is what the store keeps: probes that were disturbed are to be flagged
and measured again, so that the speeds of the first two sweeps agree. Printed are how many attempts
were flagged, how many probes were kept though disturbed, and of each speed the ratio of two sweeps,
by design and round. The speed of a shared machine changes by itself, up as well as down: by how
much, the two sweeps left alone show.
"""
import argparse
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import paired

SPEC = """spec = 1
name = "probes"
[base]
dataset = "synthetic-reviews"
rows = 400
max_length = 128
d_model = 64
layers = 1
heads = 4
epochs = 1
[axes]
attention = ["full", "linformer"]
[axes.compression]
when = "attention = 'linformer'"
values = [4]
[measure]
repeats = {repeats}
"""

SPEEDS = ["probe_train_samples_per_second", "probe_infer_samples_per_second"]
PATIENCE_S = 600
BUSY_LOOP = [sys.executable, "-c", "while True: pass"]


def ask(store, sql):
    """The rows; none while there is no such store yet."""
    try:
        connection = sqlite3.connect(f"file:{store}?mode=ro", uri=True)
    except sqlite3.OperationalError:
        return []
    try:
        return connection.execute(sql).fetchall()
    except sqlite3.OperationalError:
        return []
    finally:
        connection.close()


def wait_for_probes(store, count, process):
    """Until so many attempts of probes have begun; a sweep that ends before is told."""
    deadline = time.monotonic() + PATIENCE_S
    while ask(store, "SELECT count(*) FROM attempts WHERE kind = 'probe'") < [(count,)]:
        if process.poll() is not None or time.monotonic() > deadline:
            process.kill()
            sys.exit(f"probes_bench: no probe number {count} began; see {store}")
        time.sleep(0.01)


def hog_second_probe(store, process):
    wait_for_probes(store, 2, process)
    hogs = [subprocess.Popen(BUSY_LOOP, start_new_session=True)
            for _ in range(2 * os.cpu_count())]
    try:
        wait_for_probes(store, 4, process)
    finally:
        for hog in hogs:
            hog.kill()
            hog.wait()


def sweep(options, folder, name, disturb=None):
    """Runs it into a store of its own; the store."""
    spec, store = Path(folder) / "spec.toml", Path(folder) / f"{name}.db"
    spec.write_text(SPEC.format(repeats=options.repeats))
    with open(Path(folder) / f"{name}.log", "w") as log:
        process = subprocess.Popen(
            [Path(options.bin) / "sweepformer", "run", spec, "--store", store, "-j", "1"],
            stdout=log, stderr=log, env={**os.environ, "XDG_CACHE_HOME": str(folder)})
        if disturb:
            disturb(store, process)
        if process.wait() != 0:
            sys.exit(f"probes_bench: the sweep failed:\n{Path(log.name).read_text()[-500:]}")
    return store


def speeds(store, name):
    return [row[0] for row in ask(store, f"SELECT {name}_mean FROM cells ORDER BY attention")]


def flagged(store):
    sql = "SELECT count(*) FROM attempts WHERE kind = 'probe' AND note LIKE '%disturbed: %'"
    return ask(store, sql)[0][0]


def kept_disturbed(store):
    sql = "SELECT round(sum(probe_disturbed_mean * probe_disturbed_n)) FROM cells"
    return int(ask(store, sql)[0][0])


def agreement(name, stores, others, target):
    """Of that speed, by design and round, with that of sweeps left alone."""
    ours = [figure for store in stores for figure in speeds(store, name)]
    rival = [figure for store in others for figure in speeds(store, name)]
    what = name.removeprefix("probe_").removesuffix("_samples_per_second")
    return paired.row(f"probes of {what} beside a CPU hog" if target else
                      f"probes of {what}, left alone twice", "samples/s", ours, rival, "left alone",
                      target)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bin", metavar="BIN", nargs="?", default="build/release/bin")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--repeats", type=int, default=4, help="probes of each design, at least 2")
    options = parser.parse_args()
    options.bin = Path(options.bin).resolve()
    alone, beside, again = [], [], []
    with tempfile.TemporaryDirectory(prefix="probes-bench-") as folder:
        for round_ in range(options.rounds):
            alone.append(sweep(options, folder, f"alone-{round_}"))
            beside.append(sweep(options, folder, f"beside-{round_}", hog_second_probe))
            again.append(sweep(options, folder, f"again-{round_}"))
        rows = []
        for name in SPEEDS:
            rows.append(agreement(name, beside, alone, "1 ± 0.05"))
            rows.append(agreement(name, again, alone, None))
        print(f"{options.rounds} rounds of {2 * options.repeats} probes; {os.cpu_count()} CPUs")
        for what, stores in [("left alone", alone), ("beside the hog", beside),
                             ("left alone again", again)]:
            print(f"{what:18} attempts flagged: {sum(map(flagged, stores)):3}, probes kept though "
                  f"disturbed: {sum(map(kept_disturbed, stores)):3}")
        missed = sum(flagged(store) == 0 for store in beside)
        paired.print_rows(rows)
        paired.append_rows(rows)
    if missed:
        sys.exit(f"probes_bench: in {missed} sweeps beside the hog no probe was flagged")


if __name__ == "__main__":
    main()
