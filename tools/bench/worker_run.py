"""One run of the built-in worker, and what a rival in PyTorch needs to carry out the same."""
import json
from pathlib import Path

import paired

HERE = Path(__file__).parent
SCRATCH = Path("build/bench")


def request_of(parameters, data="", threads=1, seed=1):
    return json.dumps({"protocol": 1, "seed": seed, "threads": threads, "data": data,
                       "parameters": parameters})


def by_compression(parameters):
    """Complete parameters with Linformer's k as the rivals read it."""
    k = parameters.get("projected_length")
    others = {name: value for name, value in parameters.items() if name != "projected_length"}
    return others if k is None else {**others, "compression": parameters["max_length"] / k}


def run_worker(binaries, request, threads=1):
    """Its complete parameters, its final metrics and its CPU share."""
    out, share = paired.run([Path(binaries) / "sweepformer-worker", "--run"], request,
                            environment=paired.threads(threads))
    events = [json.loads(line) for line in out.splitlines()]
    parameters = next(e["parameters"] for e in events if e["event"] == "config")
    metrics = {e["name"]: e["value"] for e in events if e["event"] == "metric" and "step" not in e}
    return parameters, metrics, share


def write_input(binaries, path, request):
    """Samples, batches and first weights of the request, as the rivals read them."""
    path.parent.mkdir(parents=True, exist_ok=True)
    paired.run([Path(binaries) / "rival_input", path], request)


def run_rival(python, script, path, request, *more, threads=1, environment=None):
    """What it printed, and its CPU share."""
    out, share = paired.run([python, HERE / script, path, request, *more],
                            environment={**paired.threads(threads), **(environment or {})})
    return json.loads(out), share
