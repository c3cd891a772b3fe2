"""A peer's side of the races on vectors. The twins are benches/examples/{lvq,som,search}.rs; R's is class_peer.R.

vector_peer.py TOOL SETTINGS DATA ANSWER: SETTINGS is a JSON object. DATA is a folder of .npy files, all of them read and
converted before the first round; ANSWER is written anew in each round, after the clock has stopped.
"""

import importlib.metadata
import json
import sys
from pathlib import Path

import numpy as np

from worker import averaged, once, serve


def sklvq(data, model, runs=None, components=None, per_class=None, **solver):
    """Starts from the class means, for it takes no other start."""
    from sklvq import models

    if runs:
        solver["params"] = {"max_runs": runs, **solver.get("params", {})}
        if isinstance(solver["params"].get("step_size"), list):
            solver["params"]["step_size"] = np.array(solver["params"]["step_size"])
    settings = {"activation_type": "sigmoid", "activation_params": {"beta": 2}, "random_state": 0}
    settings["prototype_n_per_class"] = per_class or len(data["start"]) // len(set(data["start_labels"]))
    settings["solver_type"], settings["solver_params"] = solver["solver"], solver.get("params")
    if components:
        settings["relevance_n_components"] = components
    train, labels, test = data["train"].astype(float), data["train_labels"], data["test"].astype(float)

    def run():
        estimator = getattr(models, model)(**settings)
        seconds, _ = once(lambda: estimator.fit(train, labels))
        return seconds, estimator.predict(test)

    return run


def prototorch(data, model, **settings):
    """Adam at 0.01, batches of 64, 20 epochs, from the given start."""
    import logging
    import warnings

    import pytorch_lightning
    import torch
    from prototorch import models
    from prototorch.core.distances import squared_euclidean_distance
    from prototorch.core.initializers import LiteralCompInitializer

    warnings.simplefilter("ignore")
    logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)
    torch.set_num_threads(1)
    options = {"distance_fn": squared_euclidean_distance} if settings.pop("squared", False) else {}
    n_classes = len(set(data["start_labels"]))
    settings["distribution"] = {"num_classes": n_classes, "per_class": len(data["start"]) // n_classes}
    settings["input_dim"], settings["lr"] = data["train"].shape[1], 0.01
    train, labels, test = (torch.from_numpy(data[name]) for name in ("train", "train_labels", "test"))
    batches = torch.utils.data.TensorDataset(train, labels.long())

    def run():
        torch.manual_seed(0)
        start = LiteralCompInitializer(torch.from_numpy(data["start"].copy()))
        estimator = getattr(models, model)(dict(settings), prototypes_initializer=start, **options)
        loader = torch.utils.data.DataLoader(batches, batch_size=64, shuffle=True)
        quiet = {"logger": False, "enable_progress_bar": False, "enable_model_summary": False, "enable_checkpointing": False}
        trainer = pytorch_lightning.Trainer(max_epochs=20, accelerator="cpu", **quiet)
        seconds, _ = once(lambda: trainer.fit(estimator, loader))
        with torch.no_grad():
            return seconds, estimator.predict(test).numpy()

    return run


def minisom(data, radius, epochs):
    """Textbook batch training: every unit becomes the weighted mean at once, the radius falls to one in a straight line."""
    from minisom import MiniSom

    rows, columns, dim = data["start"].shape
    samples = data["samples"].astype(float)

    def run():
        som = MiniSom(rows, columns, dim, radius, 1, lambda rate, *_: rate, sigma_decay_function="linear_decay_to_one")
        som._weights = data["start"].astype(float)
        seconds, _ = once(lambda: som.train_batch_offline(samples, epochs))
        return seconds, som.get_weights().reshape(-1)

    return run


def faiss(data):
    import faiss

    faiss.omp_set_num_threads(1)
    index = faiss.IndexFlatL2(data["prototypes"].shape[1])
    index.add(data["prototypes"])
    return lambda: (averaged(lambda: index.search(data["queries"], 1)), index.search(data["queries"], 1)[1][:, 0])


# Tool: how to run it, and the package whose version counts.
TOOLS = {
    "sklvq": (sklvq, "sklvq"),
    "prototorch": (prototorch, "prototorch-models"),
    "minisom": (minisom, "minisom"),
    "faiss": (faiss, "faiss-cpu"),
}


def main():
    tool, settings, folder, answer = sys.argv[1:]
    prepare, package = TOOLS[tool]
    run = prepare({path.stem: np.load(path) for path in Path(folder).glob("*.npy")}, **json.loads(settings))

    def round():
        seconds, result = run()
        np.savetxt(answer, result, "%.9g")
        return seconds

    serve({"version": importlib.metadata.version(package)}, round)


if __name__ == "__main__":
    main()
