"""mynah's learning rules beside sklvq, prototorch and R's class: CPU time of the training call, and how much of the test
each gets right. Run by scripts/bench-peers, which sets the processor and the threads.

lvq_race.py BINARY FEATURES ENVIRONMENTS WORK: FEATURES is what `mynah features` made of the Free Spoken Digits. Each
environment holds one tool. Status 1 if a contender is missing.
"""

import json
import re
import sys
from pathlib import Path

import numpy as np

import lvq_data
from contender import Contender, alternate, row, verdict

ROUNDS = 3
# A contender that takes longer, in seconds, does not run again.
PATIENCE = 120

CLASS_RULES = ("lvq1", "olvq1", "lvq3")
SIGMOID = {"transfer_fn": "sigmoid_beta", "transfer_beta": 10}


def prototorch(model, **settings):
    return "prototorch", {"model": model, **settings, **SIGMOID}


def sklvq(model, solver, runs, **settings):
    return "sklvq", {"model": model, "solver": solver, "runs": runs, **settings}


# Data set: prototypes a class; rule of mynah: what differs from its defaults, and the settings of sklvq and prototorch.
# Of the settings that were tried, each of the others has the most accurate on the test that end at all, the faster of two
# as good; mynah's are chosen on 30 % of the training part held out, the mean of five seeds. Another seed moves either side
# by as much as a point.
SETS = {
    "Free Spoken Digits": (
        10,
        {
            "glvq": (
                {"n_epochs": 20},
                prototorch("GLVQ"),
                prototorch("GLVQ", squared=True),
                sklvq("GLVQ", "adaptive-moment-estimation", 20),
                sklvq("GLVQ", "lbfgs", None),
            ),
            "gmlvq": (
                {"n_epochs": 8, "n_rows": 20, "learning_rate": 0.01, "metric_learning_rate": 0.006, "batch_size": 128},
                prototorch("GMLVQ", latent_dim=20),
                sklvq("GMLVQ", "steepest-gradient-descent", 3, components=20, per_class=1, params={"step_size": [0.1, 0.01]}),
            ),
        },
    ),
    "scikit-learn digits": (
        4,
        {
            "glvq": ({"n_epochs": 20, "learning_rate": 0.1}, prototorch("GLVQ", squared=True), sklvq("GLVQ", "lbfgs", None)),
            "gmlvq": (
                {"n_epochs": 10, "n_rows": 64, "batch_size": 128, "learning_rate": 0.05},
                prototorch("GMLVQ", latent_dim=64),
                sklvq("GMLVQ", "waypoint-gradient-descent", 30),
            ),
        },
    ),
}


def python_of(environments, tool):
    return environments / tool / "bin" / "python"


def accuracy(contender, folder):
    labels = np.load(folder / "test_labels.npy")
    return np.mean(np.loadtxt(contender.answer, int) == labels)


def described(tool, settings):
    changed = {name: value for name, value in settings.items() if name not in SIGMOID and value is not None}
    return " ".join([tool, *(value if isinstance(value, str) else f"{name} {value}" for name, value in changed.items())])


def groups(binary, environments, work, folder, rules):
    """Rule: mynah first, then whom it is compared with, and the bar."""
    here = Path(__file__).parent

    def contender(name, *command):
        return Contender(name, command, work / re.sub(r"\W+", "-", f"{folder.name}-{name}"))

    for rule, (settings, *peers) in rules.items():
        ours = contender(described("mynah", {"rule": rule, **settings}), binary, rule, json.dumps(settings), folder)
        worker = here / "vector_peer.py"
        theirs = [
            contender(described(tool, settings), python_of(environments, tool), worker, tool, json.dumps(settings), folder)
            for tool, settings in peers
        ]
        yield [ours, *theirs], 20
    for rule in CLASS_RULES:
        ours = contender(f"mynah {rule} n_epochs 20", binary, rule, '{"n_epochs": 20}', folder)
        theirs = contender(f"R class {rule} epochs 20", "Rscript", here / "class_peer.R", rule, folder)
        yield [ours, theirs], 10


def report(group, bar, folder):
    """The bar holds against the fastest of the others, and only with an accuracy that none of them exceeds."""
    ours, *theirs = group
    running = [contender for contender in group if not contender.missing]
    scores = {contender.name: accuracy(contender, folder) for contender in running}
    fastest = min((contender for contender in theirs if not contender.missing), key=Contender.best, default=None)
    for contender in group:
        if contender.missing:
            row(contender.name, f"missing: {contender.missing}")
            continue
        cells = [contender.name, contender.version, f"{100 * scores[contender.name]:.2f}", len(contender.seconds)]
        cells += [f"{contender.best():.4f}", f"{contender.median():.4f}"]
        ratios = ["", "", ""]
        if contender is not ours and not ours.missing:
            ratio = contender.best() / ours.best()
            ratios = [f"{ratio:.1f}", f"{contender.median() / ours.median():.1f}", ""]
            if contender is fastest:
                ratios[2] = verdict(ratio, bar)
                if scores[ours.name] < max(scores.values()):
                    ratios[2] += ", LESS ACCURATE"
        row(*cells, *ratios)


def main():
    binary, features, environments, work = map(Path, sys.argv[1:])
    missing = False
    for name, (per_class, rules) in SETS.items():
        folder = work / name.replace(" ", "-")
        split = lvq_data.spoken_digits(features) if name == "Free Spoken Digits" else lvq_data.images_of_digits()
        lvq_data.save(folder, split, per_class)
        train, test = (np.load(folder / f"{part}.npy") for part in ("train", "test"))
        print(f"\n{name}: {len(train)} × {train.shape[1]} to train on, {len(test)} to test, {per_class} prototypes a class")
        print("from k-means (sklvq: from the class means); lvq3 from what olvq1 makes of it. CPU seconds of the training\n")
        row("contender", "version", "right %", "runs", "best s", "median s", "× best", "× median", "bar")
        row(*["---"] * 9)
        for group, bar in groups(binary, environments, work, folder, rules):
            alternate(group, ROUNDS, PATIENCE)
            report(group, bar, folder)
            missing |= any(contender.missing for contender in group)
    sys.exit(missing)


if __name__ == "__main__":
    main()
