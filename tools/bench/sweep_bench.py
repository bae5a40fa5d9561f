#!/usr/bin/env python3
"""Wall time of a sweep against a Python loop that starts one process per configuration.

    tools/bench/sweep_bench.py BIN [--data ../shared/data] [--rows 2000] [--sample 6]

Workload: sweep.toml beside this file, 24 runs on Blitzer's reviews: titles and bodies; full
attention, Linformer of two compressions and two sharings, and a bag of embeddings; two seeds; 2,000
training reviews, 2 epochs, test at the end. Ours is `sweepformer run -j 2`, one thread a run, with
a fresh store and a fresh token cache: planning, reading and tokenizing the data, validation after
every epoch and all that is recorded are part of it. The rival is a loop as people write it: a
process of PyTorch per configuration, one after the other, on two threads, every sample padded to
max_length (256) with a mask (padded_rival.py). It is given reviews that are tokenized already, and
does not validate. With --sample N (at least 3), N random configurations stand for all, in
proportion by design: each design's mean counts for all runs of that design. Both must train and
test on as many reviews.
"""
import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import paired
import worker_run

SPEC = Path(__file__).with_name("sweep.toml")
SLOTS = 2


def arguments_of(options, *more):
    return [SPEC, "--data", options.data, "--set", f"train_rows={options.rows}", *more]


def sweepformer(options, folder, command, *more):
    """What it printed; the sweep's store and token cache are in `folder`."""
    done = subprocess.run(
        [Path(options.bin) / "sweepformer", command, *arguments_of(options, *more), "--store",
         f"{folder}/bench.db"], capture_output=True, text=True,
        env={**os.environ, "XDG_CACHE_HOME": str(folder)})
    if done.returncode != 0:
        sys.exit(f"sweep_bench: sweepformer {command} failed:\n{done.stderr or done.stdout}")
    return done.stdout


def planned(options, folder):
    """The parameters and the seed of every run."""
    plan = json.loads(sweepformer(options, folder, "plan", "--json"))
    return [(run["parameters"], run["seed"]) for run in plan["runs"]]


def run_sweep(options, folder):
    begin = time.perf_counter()
    sweepformer(options, folder, "run", "-j", str(SLOTS))
    return time.perf_counter() - begin


def run_one(options, folder, parameters, seed):
    """Wall seconds of the rival's process for one configuration, and what it did."""
    path = Path(folder) / "input.pt"
    for_input = worker_run.request_of(parameters, options.data, SLOTS, seed)
    worker_run.write_input(options.bin, path, for_input)
    begin = time.perf_counter()
    told, share = worker_run.run_rival(options.python, "padded_rival.py", path, for_input,
                                       threads=SLOTS)
    return time.perf_counter() - begin, told, share


def sample_of(runs, size):
    """Random runs by design, at least one of each."""
    by_design = {}
    for parameters, seed in random.sample(runs, len(runs)):
        by_design.setdefault(parameters["attention"], []).append((parameters, seed))
    return {design: (some[:max(1, round(size * len(some) / len(runs)))], len(some))
            for design, some in by_design.items()}


def trained_and_tested(options, folder):
    """Of each run of ours, by its metrics."""
    sql = "SELECT DISTINCT train_samples * epochs AS trained, test_samples AS tested FROM runs"
    done = subprocess.run([Path(options.bin) / "sweepformer", "query", sql, "--store",
                           f"{folder}/bench.db", "--format", "json"], capture_output=True, text=True)
    return {(row["trained"], row["tested"]) for row in json.loads(done.stdout)["rows"]}


def run_loop(options, folder, runs):
    """Wall seconds of the whole loop, and the smallest CPU share per thread."""
    seconds, shares, counts = 0, [], set()
    for design, (some, count) in sample_of(runs, options.sample or len(runs)).items():
        took = []
        for parameters, seed in some:
            wall, told, share = run_one(options, folder, parameters, seed)
            took.append(wall)
            shares.append(share / SLOTS)
            counts.add((told["trained"], told["tested"]))
            print(f"  {design:<10} {parameters['input']:<6} {wall:6.1f} s", flush=True)
        seconds += count * statistics.mean(took)
    return seconds, min(shares), counts


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bin", metavar="BIN", nargs="?", default="build/release/bin")
    parser.add_argument("--data", default="../shared/data", help="where Blitzer's reviews lie")
    parser.add_argument("--rows", type=int, default=2000, help="training reviews of each run")
    parser.add_argument("--sample", type=int, default=6, help="rival's configurations; 0: all")
    parser.add_argument("--json", default="build/bench/sweep.json")
    options = parser.parse_args()
    paired.use_blas_of_worker(options.bin)
    options.python = paired.need_torch()
    paired.need_data(options.bin, "blitzer", options.data)
    with tempfile.TemporaryDirectory(prefix="sweep-bench-") as folder:
        runs = planned(options, folder)
        ours = run_sweep(options, folder)
        expected = trained_and_tested(options, folder)
        print(f"sweepformer run -j {SLOTS}: {len(runs)} runs in {ours:.1f} s; the loop:", flush=True)
        rival, share, counts = run_loop(options, folder, runs)
        if not counts <= expected:
            sys.exit(f"sweep_bench: trained and tested: {counts} in the loop, {expected} in the sweep")
    row = paired.row(f"a sweep of {len(runs)} runs on Blitzer, {options.rows} reviews", "runs/hour",
                     [3600 * len(runs) / ours], [3600 * len(runs) / rival],
                     "loop of PyTorch, padded", ">= 8")
    paired.print_rows([row])
    print(f"the loop takes {rival:.0f} s"
          + (f", by {options.sample} of its configurations" if options.sample else ""))
    print(paired.disturbance(share))
    paired.append_rows([row])
    paired.write_json(options.json, smallest_cpu_share=share, rows=[row],
                      seconds={"sweepformer": ours, "loop": rival})


if __name__ == "__main__":
    main()
