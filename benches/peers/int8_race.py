"""Nearest of 1,000 prototypes in whole numbers, 520 dimensions, 10,000 queries, beside faiss in f32 and onnxruntime in int8. Run by
scripts/bench-peers, which sets the processor and the threads.

int8_race.py OURS OURS_F32 ENVIRONMENTS WORK. Status 1 if a contender is missing.
"""

import sys
from pathlib import Path

import numpy as np

from contender import Contender, alternate, row, verdict

ROUNDS, DIM, N_QUERIES, N_PROTOTYPES = 11, 520, 10_000, 1_000
# How fast mynah should at least be, in units of the contender.
BARS = {"faiss-cpu f32": 2.5, "onnxruntime": 1.3, "peak": 0.6}


def main():
    ours, ours_f32, environments, work = map(Path, sys.argv[1:])
    worker = [environments / "numpy" / "bin" / "python", Path(__file__).with_name("vector_peer.py")]
    folder = work / "int8"
    folder.mkdir()
    rng = np.random.default_rng(0)
    for name, levels, n in (("queries", "levels", N_QUERIES), ("prototypes", "prototype_levels", N_PROTOTYPES)):
        whole = np.clip(np.rint(32 * rng.standard_normal((n, DIM))), -127, 127).astype(np.int8)
        np.save(folder / f"{levels}.npy", whole)
        np.save(folder / f"{name}.npy", whole.astype(np.float32) / 32)

    def contender(name, *command):
        return Contender(name, [*command, folder], folder / name.replace(" ", "-"))

    mynah = contender("mynah int8", ours, "levels")
    peak = contender("peak", ours, "peak")
    peers = [
        contender("mynah int8, rounding f32 first", ours, "floats"),
        contender("mynah f32", ours_f32),
        contender("faiss-cpu f32", *worker, "faiss", "{}"),
        contender("onnxruntime int8, MatMulInteger", *worker, "onnxruntime", '{"form": "integer"}'),
        contender("onnxruntime int8, MatMulIntegerToFloat", *worker, "onnxruntime", '{"form": "scaled"}'),
    ]
    alternate([mynah, *peers, peak], ROUNDS)
    print(f"\nNearest of {N_PROTOTYPES} prototypes, {DIM} dimensions, {N_QUERIES} queries; CPU time of one thread, {ROUNDS} rounds.")
    print("mynah int8 starts from whole numbers and also finds the runner-up; onnxruntime starts from them too, shifted to unsigned, and")
    print("finds the winner in batches of 256, its fastest. The peak is of products in registers with the instructions that mynah uses here.\n")
    row("contender", "queries/s, best", "median", "mynah int8 / it, best", "median", "bar", "same winner %")
    row(*["---"] * 7)
    missing = [one for one in (mynah, *peers, peak) if one.missing]
    for one in missing:
        row(f"{one.name} is missing: {one.missing}")
    if mynah.missing:
        sys.exit(1)
    winners = np.loadtxt(mynah.answer, int)
    for one in (mynah, *peers, peak):
        if one.missing:
            continue
        ratio = one.best() / mynah.best()
        bar = next((bar for name, bar in BARS.items() if one.name.startswith(name)), None)
        held = "" if bar is None else verdict(ratio, bar)
        same = "" if one is peak else f"{100 * np.mean(np.loadtxt(one.answer, int) == winners):.2f}"
        speeds = [f"{N_QUERIES / seconds:.0f}" for seconds in (one.best(), one.median())]
        row(one.name, *speeds, f"{ratio:.2f}", f"{one.median() / mynah.median():.2f}", held, same)
    sys.exit(bool(missing))


if __name__ == "__main__":
    main()
