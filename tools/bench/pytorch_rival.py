#!/usr/bin/python3
"""The built-in worker's run as a PyTorch program that someone at home in PyTorch would write.

    pytorch_rival.py INPUT REQUEST

REQUEST is a run request as the worker reads it, as JSON text; INPUT what rival_input wrote of it.
Trains on the same batches from the same weights, judges the same test samples and prints its
figures as JSON. It keeps no weights and has no validation: neither is timed in the worker. A few
untimed steps come first, which the worker's figures do not have.
"""
import json
import sys
import time

import torch
import torch.nn.functional as F
from torch import nn

PADDING = 0
WARM_UP_STEPS = 3


class LinformerAttention(nn.Module):
    """Self-attention over keys and values projected from max_length to k positions, E and F shared
    by the heads (Wang et al. 2020, eq. 7); with sharing = kv F is E."""

    def __init__(self, p):
        super().__init__()
        width, k = p["d_model"], int(p["max_length"] / p["compression"])
        self.heads, self.dropout = p["heads"], p["dropout"]
        self.in_proj = nn.Linear(width, 3 * width)
        self.out_proj = nn.Linear(width, width)
        self.E = nn.Parameter(torch.empty(k, p["max_length"]))
        shares = p.get("sharing") == "kv"
        self.F = None if shares else nn.Parameter(torch.empty(k, p["max_length"]))

    def split_heads(self, x):
        return x.view(x.size(0), x.size(1), self.heads, -1).transpose(1, 2)

    def forward(self, x, padding):
        tokens = x.size(1)
        q, k, v = self.in_proj(x).chunk(3, dim=-1)
        if padding is not None:
            k = k.masked_fill(padding.unsqueeze(-1), 0)
            v = v.masked_fill(padding.unsqueeze(-1), 0)
        for_values = self.E if self.F is None else self.F
        k, v = self.E[:, :tokens] @ k, for_values[:, :tokens] @ v
        q, k, v = (self.split_heads(t) for t in (q, k, v))
        scores = q @ k.transpose(-2, -1) * q.size(-1) ** -0.5
        weights = F.dropout(scores.softmax(-1), self.dropout, self.training)
        return self.out_proj((weights @ v).transpose(1, 2).flatten(2))


class LinformerLayer(nn.Module):
    """nn.TransformerEncoderLayer(norm_first=True, activation="gelu") around LinformerAttention."""

    def __init__(self, p):
        super().__init__()
        width, inner = p["d_model"], p["d_ff"]
        self.self_attn = LinformerAttention(p)
        self.linear1, self.linear2 = nn.Linear(width, inner), nn.Linear(inner, width)
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.dropout = nn.Dropout(p["dropout"])

    def forward(self, x, padding):
        x = x + self.dropout(self.self_attn(self.norm1(x), padding))
        hidden = self.dropout(F.gelu(self.linear1(self.norm2(x))))
        return x + self.dropout(self.linear2(hidden))


class LinformerEncoder(nn.Module):
    def __init__(self, p):
        super().__init__()
        self.layers = nn.ModuleList([LinformerLayer(p) for _ in range(p["layers"])])
        self.norm = nn.LayerNorm(p["d_model"])

    def forward(self, x, src_key_padding_mask):
        for layer in self.layers:
            x = layer(x, src_key_padding_mask)
        return self.norm(x)


def make_encoder(p):
    if p["attention"] == "linformer":
        return LinformerEncoder(p)
    layer = nn.TransformerEncoderLayer(p["d_model"], p["heads"], p["d_ff"], p["dropout"],
                                       activation="gelu", batch_first=True, norm_first=True)
    return nn.TransformerEncoder(layer, p["layers"], nn.LayerNorm(p["d_model"]))


class Positions(nn.Module):
    def __init__(self, max_length, width):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(max_length, width))

    def forward(self, x):
        return x + self.weight[:x.size(1)]


class EncoderClassifier(nn.Module):
    def __init__(self, p, vocabulary):
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, p["d_model"])
        self.positions = Positions(p["max_length"], p["d_model"])
        self.dropout = nn.Dropout(p["dropout"])
        self.encoder = make_encoder(p)
        self.classifier = nn.Linear(p["d_model"], 2)

    def forward(self, tokens):
        padding = tokens == PADDING
        x = self.dropout(self.positions(self.embedding(tokens)))
        if not padding.any():
            return self.classifier(self.encoder(x, src_key_padding_mask=None).mean(1))
        x = self.encoder(x, src_key_padding_mask=padding)
        total = x.masked_fill(padding.unsqueeze(-1), 0).sum(1)
        return self.classifier(total / (~padding).sum(1, keepdim=True))


class BagClassifier(nn.Module):
    def __init__(self, p, vocabulary):
        super().__init__()
        self.embedding = nn.EmbeddingBag(vocabulary, p["d_model"], mode="mean", padding_idx=PADDING)
        self.dropout = nn.Dropout(p["dropout"])
        self.classifier = nn.Linear(p["d_model"], 2)

    def forward(self, tokens):
        return self.classifier(self.dropout(self.embedding(tokens)))


def as_rival_names(weights, names):
    """The worker's q_proj, k_proj and v_proj are one matrix here."""
    renamed = {}
    for name, tensor in weights.items():
        if ".q_proj." in name:
            parts = [weights[name.replace(".q_proj.", f".{part}_proj.")] for part in "qkv"]
            linear, packed = (name.replace(".q_proj.", to) for to in (".in_proj.", ".in_proj_"))
            renamed[linear if linear in names else packed] = torch.cat(parts)
        elif ".k_proj." not in name and ".v_proj." not in name:
            renamed[name] = tensor
    return renamed


def make_model(p, weights):
    kind = BagClassifier if p["attention"] == "none" else EncoderClassifier
    model = kind(p, weights["embedding.weight"].size(0))
    model.load_state_dict(as_rival_names(weights, model.state_dict()))
    return model


def make_optimizer(p, model):
    decayed, others = [], []
    for name, parameter in model.named_parameters():
        is_embedding = name.startswith(("embedding.", "positions."))
        (decayed if parameter.dim() > 1 and not is_embedding else others).append(parameter)
    groups = [{"params": decayed, "weight_decay": p["weight_decay"]},
              {"params": others, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=p["lr"])


def make_schedule(p, optimizer, steps):
    """A linear rise and a linear fall."""
    warm_up = min(round(p["warmup_share"] * steps), steps - 1)

    def factor(step):
        if step < warm_up:
            return (step + 1) / (warm_up + 1)
        return 1 - (step - warm_up) / (steps - warm_up)

    return torch.optim.lr_scheduler.LambdaLR(optimizer, factor)


def batch_of(samples, indices):
    """As long as its longest sample."""
    longest = samples["lengths"][indices].max().item()
    return samples["tokens"][indices, :longest], samples["labels"][indices]


def train(p, model, samples, batches):
    """Returns the loss of each step."""
    optimizer = make_optimizer(p, model)
    schedule = make_schedule(p, optimizer, len(batches))
    losses, hits = [], 0
    model.train()
    for indices in batches:
        tokens, labels = batch_of(samples, indices)
        optimizer.zero_grad(set_to_none=True)
        logits = model(tokens)
        loss = F.cross_entropy(logits, labels)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), p["clip_norm"])
        optimizer.step()
        schedule.step()
        losses.append(loss.item())
        hits += (logits.argmax(1) == labels).sum().item()
    return losses


@torch.no_grad()
def evaluate(model, samples, batches):
    """Returns the mean loss and the accuracy."""
    model.eval()
    loss, hits = 0.0, 0
    for indices in batches:
        tokens, labels = batch_of(samples, indices)
        logits = model(tokens)
        loss += F.cross_entropy(logits, labels, reduction="sum").item()
        hits += (logits.argmax(1) == labels).sum().item()
    return loss / len(samples["labels"]), hits / len(samples["labels"])


def timed(work):
    begin = time.perf_counter()
    result = work()
    return result, time.perf_counter() - begin


def main(input_file, request):
    request = json.loads(request)
    p = request["parameters"]
    torch.set_num_threads(request["threads"])
    torch.manual_seed(request["seed"])
    given = torch.load(input_file)
    samples = given["train"]

    train(p, make_model(p, given["weights"]), samples, given["train_batches"][:WARM_UP_STEPS])
    model = make_model(p, given["weights"])
    losses, train_seconds = timed(lambda: train(p, model, samples, given["train_batches"]))
    evaluate(model, given["test"], given["test_batches"][:WARM_UP_STEPS])
    (loss, accuracy), seconds = timed(lambda: evaluate(model, given["test"], given["test_batches"]))
    trained = sum(len(indices) for indices in given["train_batches"])
    print(json.dumps({
        "parameters": sum(parameter.numel() for parameter in model.parameters()),
        "losses": losses,
        "test_loss": loss,
        "test_accuracy": accuracy,
        "train_samples_per_second": trained / train_seconds,
        "infer_samples_per_second": len(given["test"]["labels"]) / seconds,
    }))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
