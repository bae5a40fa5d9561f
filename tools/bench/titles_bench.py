#!/usr/bin/env python3
"""One epoch over short titles against the same model in PyTorch with every sample padded.

    tools/bench/titles_bench.py BIN [--rows 25000] [--repeats 3] [--dataset D --data DIR]

Workload: the titles (five words) of 25,000 generated reviews, max_length 256, Linformer with 64
slots; d_model 128, 4 heads, 2 layers, d_ff 512, dropout 0.1, batches of 32, one thread. The worker
trains the whole epoch; its batches are as long as their longest title. The rival
(padded_rival.py) starts from the same weights and pads every batch to 256, with a padding mask;
every one of its steps is the same amount of work, so that some are timed and not all.
"""
import argparse
import random

import paired
import worker_run


def parameters_of(options):
    p = {"dataset": options.dataset, "input": "title", "max_length": 256, "epochs": 1,
         "attention": "linformer", "projected_length": 64, "d_ff": 512, "train_rows": options.rows,
         "valid_share": 0.05, "test_share": 0.05}
    if options.dataset == "synthetic-reviews":
        p["rows"] = options.rows * 6 // 5
    return p


def measure(options):
    """Reviews/s of both, one run of each per repeat, and the smallest CPU share."""
    path = worker_run.SCRATCH / "titles.pt"
    request = worker_run.request_of(parameters_of(options), options.data)
    complete, metrics, _ = worker_run.run_worker(options.bin, request)  # warms up the token cache
    print(f"{metrics['train_samples']:.0f} titles of {metrics['mean_tokens']:.1f} tokens, "
          f"up to {complete['max_length']}", flush=True)
    request = worker_run.request_of(worker_run.by_compression(complete), options.data)
    worker_run.write_input(options.bin, path, request)

    def ours():
        _, metrics, share = worker_run.run_worker(options.bin, request)
        return metrics["train_samples"] / metrics["train_seconds"], share

    def rival():
        told, share = worker_run.run_rival(options.python, "padded_rival.py", path, request,
                                           "--steps", str(options.steps))
        return told["train_samples_per_second"], share

    figures, shares = {ours: [], rival: []}, []
    for _ in range(options.repeats):
        for side in random.sample([ours, rival], 2):
            figure, share = side()
            figures[side].append(figure)
            shares.append(share)
    return figures[ours], figures[rival], min(shares)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bin", metavar="BIN", nargs="?", default="build/release/bin")
    parser.add_argument("--rows", type=int, default=25000, help="titles to train on")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--steps", type=int, default=20, help="of the rival, timed")
    parser.add_argument("--dataset", default="synthetic-reviews")
    parser.add_argument("--data", default="", help="where the data set lies")
    parser.add_argument("--json", default="build/bench/titles.json")
    options = parser.parse_args()
    paired.use_blas_of_worker(options.bin)
    options.python = paired.need_torch()
    ours, rival, share = measure(options)
    row = paired.row(f"one epoch of {options.rows} titles", "reviews/s", ours, rival,
                     "PyTorch eager, padded to 256", ">= 20")
    paired.print_rows([row])
    print(f"the epoch takes {options.rows / row['ours']:.1f} s, the rival's "
          f"{options.rows / row['rival']:.0f} s by its {options.steps} steps")
    print(paired.disturbance(share))
    paired.append_rows([row])
    paired.write_json(options.json, smallest_cpu_share=share, rows=[row],
                      figures={"worker": ours, "pytorch": rival})


if __name__ == "__main__":
    main()
