"""A peer's side of the races on vectors. The twins are benches/examples/{lvq,som,search,int8}.rs; R's is class_peer.R.

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
    import os

    # The OpenBLAS that comes with it is of 2021, takes every processor since for one without AVX, and is then five times slower.
    if "avx512f" in Path("/proc/cpuinfo").read_text():
        os.environ.setdefault("OPENBLAS_CORETYPE", "SkylakeX")
    import faiss

    faiss.omp_set_num_threads(1)
    index = faiss.IndexFlatL2(data["prototypes"].shape[1])
    index.add(data["prototypes"])
    return lambda: (averaged(lambda: index.search(data["queries"], 1)), index.search(data["queries"], 1)[1][:, 0])


def onnxruntime(data, form):
    """The winner as a graph of int8 products: the prototypes constant, then norms and argmin. The queries become unsigned before the clock
    starts, as the signed kernel is ten times slower."""
    import onnxruntime
    from onnx import TensorProto, helper, numpy_helper

    prototypes = data["prototype_levels"]
    n, dim = prototypes.shape
    norms = np.sum(prototypes.astype(np.int32) ** 2, axis=1, dtype=np.int32)
    constants = {"w": np.ascontiguousarray(prototypes.T), "x_zero": np.array(128, np.uint8), "w_zero": np.array(0, np.int8)}
    node = helper.make_node
    if form == "integer":
        constants |= {"norms": norms, "factor": np.array(-2, np.int32)}
        products = node("MatMulInteger", ["x", "w", "x_zero", "w_zero"], ["products"])
        nodes = [products, node("Mul", ["products", "factor"], ["twice"]), node("Add", ["twice", "norms"], ["distances"])]
    else:
        constants |= {"norms": norms.astype(np.float32), "one": np.array(1, np.float32), "factor": np.array(-2, np.float32)}
        inputs = ["x", "w", "one", "factor", "x_zero", "w_zero", "norms"]
        nodes = [node("MatMulIntegerToFloat", inputs, ["distances"], domain="com.microsoft")]
    nodes.append(node("ArgMin", ["distances"], ["winner"], axis=1, keepdims=0))
    x = helper.make_tensor_value_info("x", TensorProto.UINT8, [None, dim])
    winner = helper.make_tensor_value_info("winner", TensorProto.INT64, [None])
    initializers = [numpy_helper.from_array(value, name) for name, value in constants.items()]
    graph = helper.make_graph(nodes, "nearest", [x], [winner], initializers)
    domains = [helper.make_opsetid("", 17), helper.make_opsetid("com.microsoft", 1)]
    model = helper.make_model(graph, opset_imports=domains, ir_version=9)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    queries = (data["levels"].astype(np.int16) + 128).astype(np.uint8)
    batches = [queries[start : start + 256] for start in range(0, len(queries), 256)]

    def run():
        return [session.run(None, {"x": batch})[0] for batch in batches]

    return lambda: (averaged(run), np.concatenate(run()))


# Tool: how to run it, and the package whose version counts.
TOOLS = {
    "sklvq": (sklvq, "sklvq"),
    "prototorch": (prototorch, "prototorch-models"),
    "minisom": (minisom, "minisom"),
    "faiss": (faiss, "faiss-cpu"),
    "onnxruntime": (onnxruntime, "onnxruntime"),
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
