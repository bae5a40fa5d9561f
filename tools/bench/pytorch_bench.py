#!/usr/bin/env python3
"""Speed of the built-in worker against the same model written in PyTorch (pytorch_rival.py).

BIN holds sweepformer-worker and rival_input. First both train every cell without dropout, from the
same weights on the same batches: they must have as many parameters and lose as much on test. This
also warms up caches. Then both are timed, one at a time on one thread, each time in a new process;
the two of a cell run one after the other in random order, and each such pair gives a ratio.
Reported are medians and quartiles.
"""
import argparse
import random
import sys

import paired
import worker_run
from paired import show

DESIGNS = {"full": {}, "linformer": {"compression": 4, "sharing": "headwise"}, "none": {}}
LENGTHS = [16, 128, 256]
FIGURES = {"training": "train_samples_per_second", "inference": "infer_samples_per_second"}
SIDES = ["worker", "PyTorch"]
TOLERANCE = 0.005  # nats; rounding differs
DROPOUT = 0.1


def parameters_of(attention, length, options):
    """So much work that one run trains for seconds."""
    bag, generated = attention == "none", options.dataset == "synthetic-reviews"
    reviews = (18000 if generated else 3000) if bag else 1800 if length == 16 else 600
    p = {"dataset": options.dataset, "input": "body", "max_length": length, "train_rows": reviews,
         "valid_share": 0.1, "test_share": 0.45, "attention": attention,
         "epochs": 5 if bag else 1, **DESIGNS[attention]}
    if generated:
        p["rows"] = reviews * 5 // 2
    return p


class Cell:
    """One design at one length."""

    def __init__(self, attention, length, options):
        self.attention, self.length = attention, length
        self.bin, self.data, self.python = options.bin, options.data, options.python
        self.rival_environment = paired.KEEP_MEMORY if options.keep_memory else {}
        self.input = worker_run.SCRATCH / f"{attention}-{length}.pt"
        self.parameters = {**parameters_of(attention, length, options), "dropout": 0}
        self.figures = {side: {figure: [] for figure in FIGURES} for side in SIDES}

    def request(self):
        return worker_run.request_of(self.parameters, self.data)

    def run_worker(self):
        """Its final metrics and CPU share. Afterwards the parameters are complete."""
        self.parameters, metrics, share = worker_run.run_worker(self.bin, self.request())
        return metrics, share

    def run_rival(self):
        return worker_run.run_rival(self.python, "pytorch_rival.py", self.input, self.request(),
                                    environment=self.rival_environment)

    def check(self):
        """Both must compute the same. Afterwards the rival has its input."""
        worker, _ = self.run_worker()
        worker_run.write_input(self.bin, self.input, self.request())
        rival, _ = self.run_rival()
        difference = abs(worker["test_loss"] - rival["test_loss"])
        print(f"{self.attention:<10}{self.length:>7}{rival['parameters']:>11}"
              f"{len(rival['losses']):>7}{rival['losses'][0]:>13.5f}"
              f"{worker['test_loss']:>12.5f}{difference:>12.1e}", flush=True)
        if worker["parameters"] != rival["parameters"]:
            sys.exit(f"pytorch_bench: the worker has {worker['parameters']:.0f} parameters")
        if not difference < TOLERANCE:
            sys.exit(f"pytorch_bench: the rival's loss on test is {rival['test_loss']}")
        self.parameters["dropout"] = DROPOUT

    def measure(self):
        """Times both once, in random order; returns the smaller of their CPU shares."""
        runs = {"worker": self.run_worker, "PyTorch": self.run_rival}
        shares = []
        for side in random.sample(SIDES, 2):
            metrics, share = runs[side]()
            shares.append(share)
            for figure, name in FIGURES.items():
                self.figures[side][figure].append(metrics[name])
        return min(shares)

    def row(self, figure):
        return paired.row(f"{figure} on reviews, {self.attention}, up to {self.length} tokens",
                          "reviews/s", self.figures["worker"][figure],
                          self.figures["PyTorch"][figure], "PyTorch eager, same batches")

    def result(self, figure):
        """Quartiles of either side and of the ratios of pairs."""
        worker, rival = (self.figures[side][figure] for side in SIDES)
        return {"attention": self.attention, "max_length": self.length, "figure": figure,
                "unit": "reviews/s", "worker": paired.quartiles(worker),
                "pytorch": paired.quartiles(rival), "ratio": paired.ratios(worker, rival)}


def print_results(results, options, cpu_share):
    print(f"\nreviews/s, median (quartiles) of {options.repeats} runs each; "
          f"ratio = worker / PyTorch: above 1 the worker is faster\n"
          f"{'attention':<10}{'length':>6} {'':<10}{'worker':>10}{'':<21}{'PyTorch':>10}{'':<21}"
          f"{'ratio':>10}")
    for r in results:
        print(f"{r['attention']:<10}{r['max_length']:>6} {r['figure']:<9}{show(r['worker'], 0)}"
              f"{show(r['pytorch'], 0)}{show(r['ratio'], 2)}".rstrip())
    print(f"\n{paired.disturbance(cpu_share)}")


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bin", metavar="BIN", nargs="?", default="build/release/bin")
    parser.add_argument("--repeats", type=int, default=7, help="timed runs of each (at least 2)")
    parser.add_argument("--only", default=",".join(DESIGNS), help="designs, separated by commas")
    parser.add_argument("--keep-memory", action="store_true",
                        help="let the rival's malloc keep freed memory, as the worker's does")
    parser.add_argument("--dataset", default="synthetic-reviews")
    parser.add_argument("--data", default="", help="where the data set lies")
    parser.add_argument("--json", default="build/bench/pytorch.json", help="where all figures go")
    options = parser.parse_args()
    unknown = set(options.only.split(",")) - set(DESIGNS)
    if unknown:
        parser.error(f"unknown design {sorted(unknown)}; there are {', '.join(DESIGNS)}")
    if options.repeats < 2:
        parser.error("--repeats: at least 2, a spread needs them")
    options.python = paired.need_torch()
    return options


def main():
    options = parse_arguments()
    paired.use_blas_of_worker(options.bin)
    cells = [Cell(attention, length, options)
             for attention in options.only.split(",") for length in LENGTHS]
    print(f"the same computation, without dropout, on {options.dataset} bodies\n"
          f"{'attention':<10}{'length':>7}{'parameters':>11}{'steps':>7}{'first loss':>13}"
          f"{'test loss':>12}{'difference':>12}")
    for cell in cells:
        cell.check()
    shares = []
    for repeat in range(options.repeats):
        print(f"repeat {repeat + 1} of {options.repeats}", file=sys.stderr)
        shares += [cell.measure() for cell in random.sample(cells, len(cells))]
    results = [cell.result(figure) for cell in cells for figure in FIGURES]
    print_results(results, options, min(shares))
    paired.append_rows([cell.row(figure) for cell in cells for figure in FIGURES])
    paired.write_json(options.json, dataset=options.dataset, threads=1,
                      keep_memory=options.keep_memory, smallest_cpu_share=min(shares),
                      results=results)


if __name__ == "__main__":
    main()
