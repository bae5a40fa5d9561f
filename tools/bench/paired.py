"""What the benchmarks that compare two programs share: interleaved runs, paired ratios, rows.

A row is one comparison, as bench.py gathers them: {"what", "unit", "ours", "rival", "rival_name",
"ratio", "q1", "q3", "target"}. `ratio` is the median over pairs of runs that ran one after the
other, q1 and q3 its quartiles, `target` a text like ">= 2.0", "<= 0.6" or "1 ± 0.05"; null: none was set.
"""
import json
import os
import re
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

SINGLE = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
# What the worker asks of malloc for itself.
KEEP_MEMORY = {"MALLOC_MMAP_THRESHOLD_": str(1 << 30), "MALLOC_TRIM_THRESHOLD_": str(1 << 30)}
# Where the benchmarks append their rows, one JSON object to a line; unset: nowhere.
ROWS = "SWEEPFORMER_BENCH_ROWS"


def threads(count):
    return {name: str(count) for name in SINGLE}


def name_of_program():
    return Path(sys.argv[0]).stem


def run(command, text=None, environment=None):
    """What the command printed, and the share of its time in which it had a CPU."""
    begin, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, input=text, capture_output=True, text=True,
                          env={**os.environ, **SINGLE, **(environment or {})})
    seconds, after = time.perf_counter() - begin, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode != 0:
        sys.exit(f"{name_of_program()}: {command[0]} failed:\n{done.stderr or done.stdout}")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return done.stdout, cpu / seconds


def python_with_torch():
    """The interpreter whose PyTorch is the rival, or None: this one or Debian's."""
    for python in [sys.executable, "/usr/bin/python3"]:
        asked = "import importlib.util as u, sys; sys.exit(u.find_spec('torch') is None)"
        if Path(python).exists() and subprocess.run([python, "-c", asked]).returncode == 0:
            return python
    return None


def need_torch():
    """As python_with_torch; without it this program ends as one that has nothing to do."""
    python = python_with_torch()
    if python is None:
        print(f"{name_of_program()}: skipped, no PyTorch: `make bench-pytorch` installs it")
        sys.exit(0)
    return python


def need_data(binaries, name, folder):
    """Ends this program as one that has nothing to do if the data set is not there."""
    told, _ = run([Path(binaries) / "sweepformer", "data", "list", "--data", folder])
    if not any(line.split()[:2] == [name, "found"] for line in told.splitlines()):
        print(f"{name_of_program()}: skipped, no {name} in {folder}: "
              f"`sweepformer data fetch {name} --data DIR`, then --data DIR")
        sys.exit(0)


def has_native_bfloat16():
    try:
        return " avx512_bf16" in Path("/proc/cpuinfo").read_text()
    except OSError:
        return False


def use_blas_of_worker(binaries):
    """Both sides compute with that kernel of OpenBLAS which the worker takes. OpenBLAS itself takes
    one for CPUs of 2004 where it does not know the CPU, and PyTorch leaves it at that."""
    told = subprocess.run([Path(binaries) / "sweepformer-worker", "--version"], capture_output=True,
                          text=True).stdout
    found = re.search(r"OpenBLAS [^,]* on (\w+)", told)
    if found:
        os.environ.setdefault("OPENBLAS_CORETYPE", found[1])


def quartiles(values):
    if len(values) == 1:
        return {"median": values[0], "q1": values[0], "q3": values[0], "values": values}
    low, median, high = statistics.quantiles(values, n=4, method="inclusive")
    return {"median": median, "q1": low, "q3": high, "values": values}


def ratios(ours, rival):
    return quartiles([a / b for a, b in zip(ours, rival)])


def show(value, digits):
    return (f"{value['median']:>11.{digits}f} "
            f"{'({q1:.{d}f} - {q3:.{d}f})'.format(d=digits, **value):<19}")


def verdict(row):
    """The target of a row and whether its ratio, or ours where there is no rival, meets it."""
    if not row["target"]:
        return ""
    *_, sign, bound = row["target"].split()
    value = row["ours"] if row["ratio"] is None else row["ratio"]
    met = {">=": value >= float(bound), "<=": value <= float(bound),
           "±": abs(value - 1) <= float(bound)}[sign]
    return f"{row['target']} {'met' if met else 'missed'}"


def row(what, unit, ours, rival, rival_name, target=None):
    """One comparison of figures of pairs of runs."""
    ratio = ratios(ours, rival)
    return {"bench": name_of_program(), "what": what, "unit": unit,
            "ours": quartiles(ours)["median"], "rival": quartiles(rival)["median"],
            "rival_name": rival_name, "ratio": ratio["median"], "q1": ratio["q1"],
            "q3": ratio["q3"], "target": target}


def figure_row(what, unit, values, target=None):
    """A figure without a rival."""
    return {"bench": name_of_program(), "what": what, "unit": unit,
            "ours": quartiles(values)["median"], "rival": None, "rival_name": None, "ratio": None,
            "q1": None, "q3": None, "target": target}


def figure(value):
    if value is None:
        return "-"
    return f"{value:.3g}" if abs(value) < 100 else f"{value:,.0f}"


def spread(row):
    """The ratio and its quartiles; a single pair has none."""
    if row["ratio"] is None:
        return ""
    if row["q1"] == row["q3"]:
        return f"{row['ratio']:.2f}"
    return f"{row['ratio']:.2f} ({row['q1']:.2f} - {row['q3']:.2f})"


def print_rows(rows):
    print(f"{'':<64}{'unit':<11}{'ours':>9}{'rival':>9}  {'rival':<29}{'ratio (quartiles)':<23}"
          f"target")
    for r in rows:
        print(f"{r['what']:<64}{r['unit']:<11}{figure(r['ours']):>9}{figure(r['rival']):>9}  "
              f"{r['rival_name'] or '':<29}{spread(r):<23}{verdict(r)}".rstrip())


def append_rows(rows):
    """For whoever gathers them."""
    if os.environ.get(ROWS):
        with open(os.environ[ROWS], "a") as file:
            file.writelines(json.dumps(r) + "\n" for r in rows)


def disturbance(share):
    return (f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} CPUs at the end; "
            f"the most disturbed run had a CPU {100 * share:.0f} % of its time")


def write_json(path, **content):
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_text(json.dumps({"version": 1, "load": os.getloadavg(), **content}, indent=1)
                          + "\n")
