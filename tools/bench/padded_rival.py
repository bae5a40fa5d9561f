#!/usr/bin/python3
"""A run as pytorch_rival.py, but every sample padded to max_length, as users pad.

    padded_rival.py INPUT REQUEST [--steps N]

INPUT and REQUEST as there. With --steps, N training steps after a warm-up are timed and that is
all; without, it trains on all batches, judges test and prints what it trained on.
"""
import argparse
import json
import time

import torch
import torch.nn.functional as F

import pytorch_rival


def padded(samples, length):
    """batch_of then finds every sample as long as the longest there may be."""
    short = length - samples["tokens"].size(1)
    return {"tokens": F.pad(samples["tokens"], (0, short), value=pytorch_rival.PADDING),
            "lengths": torch.full_like(samples["lengths"], length), "labels": samples["labels"]}


def time_steps(p, given, samples, steps):
    model = pytorch_rival.make_model(p, given["weights"])
    warm_up = pytorch_rival.WARM_UP_STEPS
    batches = given["train_batches"][:warm_up + steps]
    pytorch_rival.train(p, model, samples, batches[:warm_up])
    begin = time.perf_counter()
    pytorch_rival.train(p, model, samples, batches[warm_up:])
    trained = sum(len(indices) for indices in batches[warm_up:])
    return {"train_samples_per_second": trained / (time.perf_counter() - begin)}


def carry_out(p, given, samples):
    model = pytorch_rival.make_model(p, given["weights"])
    pytorch_rival.train(p, model, samples, given["train_batches"])
    test = padded(given["test"], p["max_length"])
    _, accuracy = pytorch_rival.evaluate(model, test, given["test_batches"])
    return {"trained": sum(len(indices) for indices in given["train_batches"]),
            "tested": len(test["labels"]), "test_accuracy": accuracy}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("input")
    parser.add_argument("request")
    parser.add_argument("--steps", type=int)
    options = parser.parse_args()
    request = json.loads(options.request)
    p = request["parameters"]
    torch.set_num_threads(request["threads"])
    torch.manual_seed(request["seed"])
    given = torch.load(options.input)
    samples = padded(given["train"], p["max_length"])
    done = (time_steps(p, given, samples, options.steps) if options.steps
            else carry_out(p, given, samples))
    print(json.dumps(done))


if __name__ == "__main__":
    main()
