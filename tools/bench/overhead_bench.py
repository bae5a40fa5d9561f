#!/usr/bin/env python3
"""What a run costs beside the run: sweepformer against programs that start programs.

    tools/bench/overhead_bench.py BIN [--runs 1000] [--rounds 5] [--sizes 100,1000,10000,100000]

Workload: /bin/true, RUNS times, two at once, each with what the program keeps of it:
  sweepformer       a run of its own id: an attempt committed to SQLite before the start and its end
                    after it, CPU time, peak memory, a log, an event channel, the tree watched
  floor             posix_spawn and wait4 in a loop; keeps nothing
  xargs -P2         keeps nothing
  make -j2          RUNS targets; keeps nothing
  parallel --joblog GNU Parallel; a line of text per run
  jube              a work package with folders and logs per run (a tenth of the runs: it is slow)
Rounds are interleaved: every program once, then every program again. Printed are the median
milliseconds per run over the rounds, everything from the start of the program to its end included,
and the median, least and largest ratio to xargs of the same round. A rival that is not installed is
left out (Debian: parallel, jube). Then sweeps of several sizes, and `status` of each, from the start
of the program to its end; the largest takes as long as all the rest. Each size is compared with the
best of the smaller ones: in the smallest, the start of the program is a good part of a run's time.
"""
import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

import paired

SPEC = """spec = 1
name = "overhead"
[axes]
x = {{ from = 1, to = {runs}, step = 1 }}
[worker]
command = ["/bin/true"]
"""

JUBE = """name: overhead
outpath: {out}
parameterset:
  name: p
  parameter: {{name: x, type: int, _: "{values}"}}
step:
  name: s
  max_async: 2
  use: p
  do: /bin/true
"""


def seconds(command, **more):
    began = time.monotonic()
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, **more)
    took = time.monotonic() - began
    if done.returncode:
        sys.exit(f"{command[0]} failed: {done.stderr.decode()[-500:]}")
    return took


def write(path, text):
    with open(path, "w") as file:
        file.write(text)
    return path


def sweepformer(binaries, folder, runs):
    spec = write(f"{folder}/spec.toml", SPEC.format(runs=runs))
    store = f"{folder}/store-{time.monotonic_ns()}.db"
    return seconds([f"{binaries}/sweepformer", "run", spec, "--store", store, "-j", "2"]), store


def rivals(binaries, folder, runs):
    """By name: what runs the workload, and how many runs it is given."""
    numbers = "".join(f"{i}\n" for i in range(runs)).encode()
    targets = " ".join(f"t{i}" for i in range(runs))
    makefile = write(f"{folder}/Makefile", f"all: {targets}\n{targets}:\n\t@/bin/true\n")
    few = max(1, runs // 10)
    jube = write(f"{folder}/jube.yaml", JUBE.format(
        out=f"{folder}/jube", values=",".join(map(str, range(few)))))
    known = {
        "floor": ([f"{binaries}/start_bench", "floor", "/bin/true", str(runs)], None, runs),
        "xargs -P2": (["xargs", "-P2", "-I{}", "/bin/true"], numbers, runs),
        "make -j2": (["make", "-s", "-j2", "-f", makefile], None, runs),
        "parallel --joblog": (["parallel", "-j2", "--joblog", f"{folder}/joblog", "/bin/true"],
                              numbers, runs),
        "jube": (["jube", "run", jube], None, few),
    }
    return {name: what for name, what in known.items()
            if shutil.which(what[0][0]) or os.path.exists(what[0][0])}


def compare(binaries, folder, runs, rounds):
    programs = rivals(binaries, folder, runs)
    took = {name: [] for name in ["sweepformer", *programs]}
    for _ in range(rounds):
        took["sweepformer"].append(sweepformer(binaries, folder, runs)[0] / runs)
        for name, (command, stdin, count) in programs.items():
            took[name].append(seconds(command, input=stdin) / count)
    print(f"{runs} runs of /bin/true, two at once; {rounds} rounds; {os.cpu_count()} CPUs")
    print(f"{'':20}{'ms per run':>12}{'to xargs':>12}   least to largest")
    for name, times in took.items():
        ratios = [a / b for a, b in zip(times, took["xargs -P2"])]
        print(f"{name:20}{1000 * statistics.median(times):12.3f}"
              f"{statistics.median(ratios):12.2f}   {min(ratios):.2f} to {max(ratios):.2f}")
    paired.append_rows([
        paired.row("a run of /bin/true, two at once", "ms", [1000 * t for t in took["sweepformer"]],
                   [1000 * t for t in times], name)
        for name, times in took.items() if name != "sweepformer"])


def scale(binaries, folder, sizes):
    print(f"\n{'runs':>8}{'ms per run':>12}{'status, ms':>12}")
    per_run, rows = [], []
    for size in sizes:
        took, store = sweepformer(binaries, folder, size)
        per_run.append(1000 * took / size)
        status = [1000 * seconds([f"{binaries}/sweepformer", "status", "--store", store])
                  for _ in range(5)]
        print(f"{size:8}{per_run[-1]:12.3f}{statistics.median(status):12.1f}", flush=True)
        if size != sizes[0]:
            rows.append(paired.row(f"a run of /bin/true among {size:,}", "ms", per_run[-1:],
                                   [min(per_run[:-1])], "among fewer", "<= 1.25"))
        rows.append(paired.figure_row(f"status of {size:,} runs", "ms", status, "<= 50"))
    paired.append_rows(rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("binaries")
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--sizes", default="100,1000,10000,100000", help="of sweeps; empty: none")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="overhead-") as folder:
        compare(options.binaries, folder, options.runs, options.rounds)
        if options.sizes:
            scale(options.binaries, folder, [int(size) for size in options.sizes.split(",")])


if __name__ == "__main__":
    main()
