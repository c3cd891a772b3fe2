"""The nearest of 10 to 1,000 prototypes beside faiss: 520 dimensions, f32, 10,000 queries in one batch. Run by
scripts/bench-peers, which sets the processor and the threads.

search_race.py BINARY ENVIRONMENTS WORK. Status 1 if a contender is missing.
"""

import sys
from pathlib import Path

import numpy as np

from contender import Contender, alternate, row, verdict

ROUNDS, DIM, N_QUERIES = 7, 520, 10_000
# Number of prototypes: how fast mynah should at least be, in units of faiss.
BARS = {10: None, 40: None, 100: None, 1_000: 0.9}


def main():
    binary, environments, work = map(Path, sys.argv[1:])
    worker = [environments / "numpy" / "bin" / "python", Path(__file__).with_name("vector_peer.py")]
    rng = np.random.default_rng(0)
    print(f"\nNearest prototype, {DIM} dimensions, f32, {N_QUERIES} queries a batch; CPU time, {ROUNDS} rounds\n")
    row("prototypes", "mynah, queries/s, best", "faiss-cpu, queries/s, best", "speed / faiss, best", "median", "bar", "same winner %")
    row(*["---"] * 7)
    missing = False
    for n_prototypes, bar in BARS.items():
        folder = work / f"search-{n_prototypes}"
        folder.mkdir()
        np.save(folder / "queries.npy", rng.standard_normal((N_QUERIES, DIM), np.float32))
        np.save(folder / "prototypes.npy", rng.standard_normal((n_prototypes, DIM), np.float32))
        ours = Contender("mynah", [binary, folder], folder / "mynah")
        theirs = Contender("faiss-cpu", [*worker, "faiss", "{}", folder], folder / "faiss")
        alternate([ours, theirs], ROUNDS)
        for contender in (ours, theirs):
            if contender.missing:
                missing = True
                row(n_prototypes, f"{contender.name} is missing: {contender.missing}")
        if ours.missing or theirs.missing:
            continue
        ratio = theirs.best() / ours.best()
        same = np.mean(np.loadtxt(ours.answer, int) == np.loadtxt(theirs.answer, int))
        speeds = [f"{N_QUERIES / contender.best():.0f}" for contender in (ours, theirs)]
        held = "" if bar is None else verdict(ratio, bar)
        row(n_prototypes, *speeds, f"{ratio:.2f}", f"{theirs.median() / ours.median():.2f}", held, f"{100 * same:.2f}")
    sys.exit(missing)


if __name__ == "__main__":
    main()
