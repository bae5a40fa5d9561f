#!/usr/bin/env python3
"""Training steps and inference of full batches against PyTorch, one thread each.

    tools/bench/step_bench.py BIN [--repeats 5] [--only linformer-256,full-512] [--steps 8]

BIN holds step_bench, whose head comment has the workload: every sample of exactly n tokens, random
words, so that no time goes into data and none is saved on padding. Rivals, all the same mathematics
(step_rival.py; first the losses of `best` are compared with those of `eager`):
  eager     as users write it
  autocast  the same under CPU autocast to bfloat16
  best      as fast as PyTorch 1.13's eager mode lets it be written, malloc keeping freed memory
  best-autocast  the same under CPU autocast
Every repeat runs all sides of a cell once, each in a new process and in random order; sides of the
same repeat are the pairs that ratios are of. Above 1 the worker is faster; less memory is below 1.
Rows in bfloat16 need a CPU with AVX512-BF16. Memory is the peak of resident memory while training
above that of the program with its library loaded.
"""
import argparse
import json
import random
import sys
from pathlib import Path

import paired

CELLS = {f"{design}-{tokens}": (design, tokens)
         for design in ["linformer", "full"] for tokens in [256, 512]}
RIVAL = Path(__file__).with_name("step_rival.py")
# That of which there is a target: (figure, n, ours, rival).
TARGETS = {("train", 256, "float32", "eager"): ">= 2.0",
           ("train", 256, "bfloat16", "eager"): ">= 3.2",
           ("train", 256, "bfloat16", "autocast"): ">= 1.6",
           ("train", 512, "float32", "eager"): ">= 2.2",
           ("train", 512, "bfloat16", "eager"): ">= 4.0",
           ("inference", 256, "float32", "eager"): ">= 1.25",
           ("inference", 256, "bfloat16", "eager"): ">= 2.4",
           ("memory", 256, "float32", "eager"): "<= 0.6",
           ("memory", 512, "float32", "eager"): "<= 0.6"}
STRETCH = ("linformer", 256)
# What the matrix products of our training steps would let through if there were nothing else.
PRODUCTS = "products"
FIGURES = {"train": "samples/s", "inference": "samples/s", "memory": "MiB"}
PAIRS = [("float32", "eager"), ("float32", "best"), ("bfloat16", "eager"), ("bfloat16", "autocast"),
         ("bfloat16", "best-autocast")]


def read(text):
    told = json.loads(text)
    return {"train": told["train_samples_per_second"],
            "inference": told["infer_samples_per_second"],
            "memory": (told["train_peak_rss_bytes"] - told["loaded_rss_bytes"]) / 2**20,
            PRODUCTS: told.get("products_samples_per_second")}


class Cell:
    """One design at one length."""

    def __init__(self, name, options):
        self.design, self.tokens = CELLS[name]
        self.options = options
        self.sides = ["float32", "eager", "best"]
        if paired.has_native_bfloat16():
            self.sides += ["bfloat16", "autocast", "best-autocast"]
        self.figures = {side: {figure: [] for figure in [*FIGURES, PRODUCTS]}
                        for side in self.sides}

    def command(self, side):
        steps = ["--steps", str(self.options.steps)]
        if side in ["float32", "bfloat16"]:
            return [Path(self.options.bin) / "step_bench", self.design, str(self.tokens),
                    "--precision", side, *steps]
        return [self.options.python, RIVAL, side, self.design, str(self.tokens), *steps]

    def check(self):
        out, _ = paired.run([self.options.python, RIVAL, "check", self.design, str(self.tokens)])
        difference = json.loads(out)["difference"]
        print(f"{self.design}, n = {self.tokens}: the losses of best differ from those of eager by "
              f"{difference:.1e} at most", flush=True)

    def measure(self):
        """Times all sides once, in random order; returns the smallest of their CPU shares."""
        shares = []
        for side in random.sample(self.sides, len(self.sides)):
            environment = paired.KEEP_MEMORY if side.startswith("best") else {}
            out, share = paired.run(self.command(side), environment=environment)
            shares.append(share)
            for figure, value in read(out).items():
                self.figures[side][figure].append(value)
        return min(shares)

    def rows(self):
        rows = []
        for figure, unit in FIGURES.items():
            for ours, rival in PAIRS:
                key = (figure, self.tokens, ours, rival)
                if ours not in self.sides or (figure == "inference" and self.tokens != 256):
                    continue
                target = TARGETS.get(key) if self.design == "linformer" else None
                rows.append(paired.row(
                    f"{figure}, {self.design}, n = {self.tokens}, {ours}", unit,
                    self.figures[ours][figure], self.figures[rival][figure],
                    f"PyTorch {rival}", target))
        of_worker = self.figures["float32"]
        rows.append(paired.row(f"train, {self.design}, n = {self.tokens}, float32", "samples/s",
                               of_worker["train"], of_worker[PRODUCTS], "its products alone",
                               ">= 0.85" if (self.design, self.tokens) == STRETCH else None))
        return rows


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bin", metavar="BIN", nargs="?", default="build/release/bin")
    parser.add_argument("--repeats", type=int, default=5, help="timed runs of each side")
    parser.add_argument("--steps", type=int, default=8, help="timed training steps of a run")
    parser.add_argument("--only", default=",".join(CELLS), help="cells, separated by commas")
    parser.add_argument("--json", default="build/bench/step.json", help="where all figures go")
    options = parser.parse_args()
    unknown = set(options.only.split(",")) - set(CELLS)
    if unknown:
        parser.error(f"unknown cell {sorted(unknown)}; there are {', '.join(CELLS)}")
    options.python = paired.need_torch()
    return options


def main():
    options = parse_arguments()
    paired.use_blas_of_worker(options.bin)
    cells = [Cell(name, options) for name in options.only.split(",")]
    for cell in cells:
        cell.check()
    shares = []
    for repeat in range(options.repeats):
        print(f"repeat {repeat + 1} of {options.repeats}", file=sys.stderr)
        shares += [cell.measure() for cell in random.sample(cells, len(cells))]
    rows = [row for cell in cells for row in cell.rows()]
    print(f"\nmedians of {options.repeats} runs each, one thread; ratio = worker / PyTorch")
    paired.print_rows(rows)
    if not paired.has_native_bfloat16():
        print("bfloat16: this CPU cannot (no AVX512-BF16)")
    print(paired.disturbance(min(shares)))
    paired.append_rows(rows)
    paired.write_json(options.json, threads=1, smallest_cpu_share=min(shares), rows=rows,
                      figures={f"{cell.design}-{cell.tokens}": cell.figures for cell in cells})


if __name__ == "__main__":
    main()
