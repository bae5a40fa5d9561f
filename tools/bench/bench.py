#!/usr/bin/env python3
"""Runs the benchmarks one after the other and gathers what they found: one table and one JSON file.

    tools/bench/bench.py BIN [--only step,sweep] [--quick] [--markdown]

What each one prints goes to build/bench/NAME.txt, their rows (paired.py) into build/bench/bench.json
with the machine, the commit and the date. Ratios are ours / rival: of speeds more is better, of
times and bytes less. A benchmark whose rival or data are not there is skipped and said. Nothing
else should run meanwhile.
"""
import argparse
import datetime
import json
import os
import platform
import subprocess
import sys
import time
from pathlib import Path

import paired

HERE = Path(__file__).parent
FOLDER = Path("build/bench")


def command_of(script, *more):
    return lambda options: [sys.executable, HERE / script, options.bin, *more]


def program(name, *more):
    return lambda options: [Path(options.bin) / name, *more]


# By name: what it is started with, what --quick adds, and what it takes here.
BENCHES = {
    "step": (command_of("step_bench.py", "--only", "linformer-256,linformer-512"),
             ["--repeats", "2", "--steps", "4"], "10 min"),
    "full": (command_of("step_bench.py", "--only", "full-256,full-512"),
             ["--repeats", "2", "--steps", "4"], "14 min"),
    "reviews": (command_of("pytorch_bench.py"), ["--repeats", "2"], "25 min"),
    "titles": (command_of("titles_bench.py"), ["--rows", "4000"], "2 min"),
    "sweep": (command_of("sweep_bench.py"), ["--rows", "400", "--sample", "2"], "15 min"),
    "scaling": (program("scaling_bench", "--json", FOLDER / "scaling.json"),
                ["--longest", "2048", "--batch-tokens", "8192", "--rounds", "2",
                 "--further-rounds", "0"], "30 min"),
    "kernels": (program("kernel_bench"), [], "15 s"),
    "memory": (program("memory_bench"), ["2048"], "3 min"),
    "store": (program("store_bench"), ["10000"], "3 min"),
    "plan": (program("plan_bench"), [], "30 s"),
    "read": (program("read_bench"), [], "1 min"),
    "start": (lambda options: [Path(options.bin) / "start_bench", "worker",
                               Path(options.bin) / "sweepformer-worker", "20"], [], "10 s"),
    "overhead": (command_of("overhead_bench.py"), ["--runs", "200", "--rounds", "2", "--sizes", ""],
                 "5 min"),
    "probes": (command_of("probes_bench.py"), ["--rounds", "1", "--repeats", "2"], "6 min"),
    "imdb": (command_of("imdb_bench.py"), ["--rows", "1000", "--epochs", "1"], "50 min"),
}
# Left out unless they are named.
LONG = ["imdb"]


def output(*command):
    done = subprocess.run(command, capture_output=True, text=True)
    return done.stdout.strip() if done.returncode == 0 else ""


def processor():
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.processor()


def surroundings():
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return {"machine": {"cpu": processor(), "cpus": os.cpu_count(),
                        "memory_gib": round(pages / 2**30, 1), "kernel": platform.release(),
                        "avx512_bf16": paired.has_native_bfloat16(),
                        "blas_kernel": os.environ.get("OPENBLAS_CORETYPE")},
            "commit": output("git", "rev-parse", "--short", "HEAD"),
            "changed": bool(output("git", "status", "--porcelain", "--untracked-files=no")),
            "date": datetime.date.today().isoformat()}


def run_bench(name, options):
    """Its rows, and why it was skipped or failed, if it was."""
    command, quick, usual = BENCHES[name]
    rows, text = FOLDER / f"{name}.rows", FOLDER / f"{name}.txt"
    rows.write_text("")
    print(f"{name}: {text} ({'quick' if options.quick else 'about ' + usual})", end="",
          file=sys.stderr, flush=True)
    begin = time.monotonic()
    with open(text, "w") as file:
        done = subprocess.run([*command(options), *(quick if options.quick else [])], stdout=file,
                              stderr=subprocess.STDOUT,
                              env={**os.environ, paired.ROWS: str(rows.resolve())})
    print(f", {time.monotonic() - begin:.0f} s", file=sys.stderr)
    found = [json.loads(line) for line in rows.read_text().splitlines()]
    said = text.read_text().strip().splitlines()
    if done.returncode != 0:
        return found, f"failed: {said[-1] if said else 'code ' + str(done.returncode)}"
    return found, next((line.split(": ", 1)[1] for line in said if ": skipped, " in line), None)


def print_markdown(rows):
    print("| what | unit | ours | rival | | ratio (quartiles) | target |\n|---|---|---|---|---|---|---|")
    for r in rows:
        spread = paired.spread(r)
        print(f"| {r['what']} | {r['unit']} | {paired.figure(r['ours'])} "
              f"| {paired.figure(r['rival'])} | {r['rival_name'] or ''} | {spread} "
              f"| {paired.verdict(r)} |")


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bin", metavar="BIN", nargs="?", default="build/release/bin")
    parser.add_argument("--only", default=",".join(name for name in BENCHES if name not in LONG),
                        help=f"of {', '.join(BENCHES)} (default: all but {', '.join(LONG)})")
    parser.add_argument("--quick", action="store_true", help="small, to see that they work")
    parser.add_argument("--markdown", action="store_true", help="print the table as README.md has it")
    parser.add_argument("--json", default=FOLDER / "bench.json", help="where all rows go")
    options = parser.parse_args()
    options.only = options.only.split(",")
    unknown = set(options.only) - set(BENCHES)
    if unknown:
        parser.error(f"unknown benchmark {sorted(unknown)}; there are {', '.join(BENCHES)}")
    return options


def main():
    options = parse_arguments()
    paired.use_blas_of_worker(options.bin)
    FOLDER.mkdir(parents=True, exist_ok=True)
    rows, not_run = [], {}
    for name in options.only:
        found, why = run_bench(name, options)
        rows += found
        if why:
            not_run[name] = why
    about = surroundings()
    machine = about["machine"]
    print(f"{machine['cpu']}, {machine['cpus']} CPUs, {machine['memory_gib']} GiB; commit "
          f"{about['commit']}{' with changes' if about['changed'] else ''}; {about['date']}\n")
    (print_markdown if options.markdown else paired.print_rows)(rows)
    for name, why in not_run.items():
        print(f"{name}: {why}")
    paired.write_json(options.json, **about, quick=options.quick, rows=rows, not_run=not_run)
    sys.exit(any(why.startswith("failed") for why in not_run.values()))


if __name__ == "__main__":
    main()
