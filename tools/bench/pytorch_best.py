"""The rival of pytorch_rival.py as fast as PyTorch 1.13's eager mode lets it be written; the same
mathematics, for samples without padding.

What it does that people do not write every day: tokens before samples, so that E and F are one
product each over all samples and their gradients too; K and V after E and F (k rows instead of n);
the scale of the scores inside their product; masks of dropout from a fast generator (16 bits a
number) instead of bernoulli_, and applied in the residual sum. Whoever starts it lets malloc keep
freed memory.
"""
import math

import numpy
import torch
import torch.nn.functional as F
from torch import nn


class Dropout:
    """Factors of dropout: 0 or 1/(1 - rate), the rate to within 1/65536."""

    def __init__(self, rate):
        self.dropped = round(rate * 65536)
        self.generator = numpy.random.Generator(numpy.random.SFC64(1))

    def factors(self, shape):
        count = math.prod(shape)
        words = self.generator.integers(0, 2**64 - 1, -(-count // 4), numpy.uint64, endpoint=True)
        bits = torch.from_numpy(words.view(numpy.int16))[:count].view(shape)
        kept = bits >= self.dropped - 32768
        return kept.to(torch.float32).mul_(65536 / (65536 - self.dropped))

    def __call__(self, x, training):
        return x * self.factors(x.shape) if training and self.dropped else x

    def add_to(self, residual, x, training):
        if not training or not self.dropped:
            return residual + x
        return torch.addcmul(residual, x, self.factors(x.shape))


class Attention(nn.Module):
    """x [T, B, C]; full attention, or Linformer's if `k`."""

    def __init__(self, p, k, dropout):
        super().__init__()
        width = p["d_model"]
        self.heads, self.dropout, self.projected = p["heads"], dropout, k
        self.q_proj, self.k_proj, self.v_proj, self.out_proj = (
            nn.Linear(width, width) for _ in range(4))
        if k:
            self.E, self.F = (nn.Parameter(torch.empty(k, p["max_length"])) for _ in range(2))

    def split_heads(self, x):
        return x.view(x.size(0), x.size(1) * self.heads, -1).transpose(0, 1)

    def compressed(self, x, projection, linear):
        """projection · linear(x), with as many rows as the projection has."""
        rows = projection[:, :x.size(0)]
        short = (rows @ x.view(x.size(0), -1)).view(rows.size(0), x.size(1), x.size(2))
        bias = rows.sum(1).outer(linear.bias).unsqueeze(1)
        return F.linear(short, linear.weight) + bias

    def forward(self, x):
        q = self.split_heads(self.q_proj(x))
        if self.projected:
            k, v = self.compressed(x, self.E, self.k_proj), self.compressed(x, self.F, self.v_proj)
        else:
            k, v = self.k_proj(x), self.v_proj(x)
        k, v = self.split_heads(k), self.split_heads(v)
        scores = torch.baddbmm(x.new_empty(1, 1, 1), q, k.transpose(1, 2), beta=0,
                               alpha=q.size(-1) ** -0.5)
        weights = self.dropout(scores.softmax(-1), self.training)
        mixed = torch.bmm(weights, v).transpose(0, 1).reshape(x.shape)
        return self.out_proj(mixed)


class Layer(nn.Module):
    def __init__(self, p, k, dropout):
        super().__init__()
        width, inner = p["d_model"], p["d_ff"]
        self.self_attn = Attention(p, k, dropout)
        self.linear1, self.linear2 = nn.Linear(width, inner), nn.Linear(inner, width)
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.dropout = dropout

    def forward(self, x):
        x = self.dropout.add_to(x, self.self_attn(self.norm1(x)), self.training)
        hidden = self.dropout(F.gelu(self.linear1(self.norm2(x))), self.training)
        return self.dropout.add_to(x, self.linear2(hidden), self.training)


class BestClassifier(nn.Module):
    """tokens [B, T] without padding."""

    def __init__(self, p, vocabulary):
        super().__init__()
        self.dropout = Dropout(p["dropout"])
        k = int(p["max_length"] / p["compression"]) if p["attention"] == "linformer" else 0
        self.embedding = nn.Embedding(vocabulary, p["d_model"])
        self.positions = nn.Parameter(torch.empty(p["max_length"], p["d_model"]))
        self.layers = nn.ModuleList([Layer(p, k, self.dropout) for _ in range(p["layers"])])
        self.norm = nn.LayerNorm(p["d_model"])
        self.classifier = nn.Linear(p["d_model"], 2)

    def forward(self, tokens):
        x = self.embedding(tokens.t().contiguous()) + self.positions[:tokens.size(1)].unsqueeze(1)
        x = self.dropout(x, self.training)
        for layer in self.layers:
            x = layer(x)
        return self.classifier(self.norm(x).mean(0))


def as_best_names(weights):
    """The names of pytorch_rival.EncoderClassifier's weights as they are here."""
    renamed = {}
    for name, tensor in weights.items():
        name = name.replace("encoder.", "", 1).replace("positions.weight", "positions")
        packed = next((text for text in [".in_proj.", ".in_proj_"] if text in name), None)
        if packed is None:
            renamed[name] = tensor
            continue
        for part, rows in zip("qkv", tensor.chunk(3)):
            renamed[name.replace(packed, f".{part}_proj.")] = rows
    return renamed
