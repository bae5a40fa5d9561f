#!/usr/bin/python3
"""What step_bench measures, in PyTorch. Prints the same JSON object.

    step_rival.py STYLE DESIGN TOKENS [--steps 10] [--dropout 0.1] [--slots 64]

STYLE is `eager` (the model as users write it, pytorch_rival.py), `best` (pytorch_best.py), or
`autocast` or `best-autocast` (the same under CPU autocast to bfloat16). DESIGN is full or linformer. `check` as STYLE
compares `best` with `eager`: the losses of a few steps from the same weights, without dropout.
"""
import argparse
import contextlib
import json
import resource
import statistics
import sys
import time

import torch
import torch.nn.functional as F
from torch import nn

import pytorch_best
import pytorch_rival

VOCABULARY = 20000
BATCH = 32
EVALUATION_BATCH = 64
EVALUATION_TOKENS = 4096  # what the worker judges at once on one thread
WARM_UP = 3
STEPS_OF_CHECK = 5
TOLERANCE = 2e-4  # nats; rounding differs


def parameters_of(options):
    return {"attention": options.design, "d_model": 128, "d_ff": 512, "heads": 4, "layers": 2,
            "max_length": options.tokens, "dropout": options.dropout, "lr": 0.001,
            "compression": options.tokens / options.slots, "weight_decay": 0.01, "clip_norm": 1.0}


def initialise(model):
    """Weights such that a step computes usual numbers."""
    torch.manual_seed(1)
    for parameter in model.parameters():
        nn.init.normal_(parameter, std=0.02)
    for module in model.modules():
        if isinstance(module, nn.LayerNorm):
            module.reset_parameters()


def make_model(style, p):
    eager = pytorch_rival.EncoderClassifier(p, VOCABULARY)
    initialise(eager)
    if not style.startswith("best"):
        return eager
    best = pytorch_best.BestClassifier(p, VOCABULARY)
    best.load_state_dict(pytorch_best.as_best_names(eager.state_dict()))
    return best


def make_optimizer(style, p, model):
    optimizer = pytorch_rival.make_optimizer(p, model)
    if style.startswith("best"):
        for group in optimizer.param_groups:
            group["foreach"] = True
    return optimizer


def arithmetic(style):
    if style.endswith("autocast"):
        return torch.cpu.amp.autocast(dtype=torch.bfloat16)
    return contextlib.nullcontext()


def random_batch(options, batch):
    return torch.randint(4, VOCABULARY, (batch, options.tokens)), torch.arange(batch) % 2


def train_step(style, p, model, optimizer, tokens, labels):
    """Returns the loss and how many were right."""
    optimizer.zero_grad(set_to_none=True)
    with arithmetic(style):
        logits = model(tokens)
        loss = F.cross_entropy(logits.float(), labels)
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), p["clip_norm"])
    optimizer.step()
    return loss.item(), (logits.argmax(1) == labels).sum().item()


def time_training(style, p, model, options):
    optimizer = make_optimizer(style, p, model)
    batches = [random_batch(options, BATCH) for _ in range(WARM_UP + options.steps)]
    seconds = []
    model.train()
    for tokens, labels in batches:
        begin = time.perf_counter()
        train_step(style, p, model, optimizer, tokens, labels)
        seconds.append(time.perf_counter() - begin)
    return BATCH / statistics.median(seconds[WARM_UP:])


def time_inference(style, model, options):
    """In batches of whichever size it is faster with: as users have them, or the worker's."""
    return max(inference_rate(style, model, options, batch)
               for batch in {EVALUATION_BATCH, max(1, EVALUATION_TOKENS // options.tokens)})


def inference_rate(style, model, options, batch):
    count = max(options.steps, 4) // 2 * EVALUATION_BATCH // batch
    batches = [random_batch(options, batch) for _ in range(count)]
    model.eval()
    rates = []
    without_gradient = torch.inference_mode if style.startswith("best") else torch.no_grad
    with without_gradient(), arithmetic(style):
        for _ in range(4):
            begin = time.perf_counter()
            for tokens, labels in batches:
                logits = model(tokens).float()
                F.cross_entropy(logits, labels, reduction="sum").item()
                (logits.argmax(1) == labels).sum().item()
            rates.append(batch * count / (time.perf_counter() - begin))
    return statistics.median(rates[1:])


def peak_rss_bytes():
    return 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def check(p, options):
    """Both ways of writing it must compute the same."""
    tokens, labels = random_batch(options, 4)
    losses = {}
    for style in ["eager", "best"]:
        model = make_model(style, p)
        optimizer = make_optimizer(style, p, model)
        model.train()
        losses[style] = [train_step(style, p, model, optimizer, tokens, labels)[0]
                         for _ in range(STEPS_OF_CHECK)]
    most = max(abs(a - b) for a, b in zip(losses["eager"], losses["best"]))
    if not most < TOLERANCE:
        sys.exit(f"step_rival: the two ways of writing it differ: {losses}")
    return {"losses": losses["eager"], "difference": most}


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("style", choices=["eager", "autocast", "best", "best-autocast", "check"])
    parser.add_argument("design", choices=["full", "linformer"])
    parser.add_argument("tokens", type=int)
    parser.add_argument("--steps", type=int, default=10)
    parser.add_argument("--dropout", type=float, default=0.1)
    parser.add_argument("--slots", type=int, default=64, help="Linformer's projected length")
    options = parser.parse_args()
    torch.set_num_threads(1)
    loaded = peak_rss_bytes()
    p = parameters_of(options)
    if options.style == "check":
        p["dropout"] = 0.0
        print(json.dumps(check(p, options)))
        return
    model = make_model(options.style, p)
    trained = time_training(options.style, p, model, options)
    peak = peak_rss_bytes()
    print(json.dumps({"train_samples_per_second": trained,
                      "infer_samples_per_second": time_inference(options.style, model, options),
                      "train_peak_rss_bytes": peak, "loaded_rss_bytes": loaded,
                      "parameters": sum(w.numel() for w in model.parameters())}))


if __name__ == "__main__":
    main()
