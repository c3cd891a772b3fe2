"""A batch self-organizing map of 20 × 20 units beside MiniSom's: the same start, passes and radii, 100,000 frames of
speech of 39 values. Run by scripts/bench-peers, which sets the processor and the threads.

som_race.py BINARY FEATURES ENVIRONMENTS WORK: FEATURES is what `mynah features --deltas 2` made of recordings. Status 1
if a contender is missing.
"""

import json
import sys
from pathlib import Path

import numpy as np

from contender import Contender, alternate, row, verdict

ROUNDS, SIDE, N_SAMPLES, RADIUS, N_PASSES, BAR = 3, 20, 100_000, 10, 5, 20


def prepare(features, folder):
    clips = np.load(features)
    frames = np.concatenate([clips[name] for name in sorted(clips.files)])
    chosen = frames[np.random.default_rng(0).permutation(len(frames))[:N_SAMPLES]]
    samples = ((chosen - chosen.mean(axis=0)) / chosen.std(axis=0)).astype(np.float32)
    folder.mkdir()
    np.save(folder / "samples.npy", samples)
    np.save(folder / "start.npy", samples[: SIDE * SIDE].reshape(SIDE, SIDE, -1))
    return samples.astype(float)


def quantization_error(samples, contender):
    """Mean distance to the nearest unit."""
    units = np.loadtxt(contender.answer).reshape(SIDE * SIDE, -1)
    squares = np.concatenate([
        ((part**2).sum(axis=1)[:, None] - 2 * part @ units.T + (units**2).sum(axis=1)).min(axis=1)
        for part in np.array_split(samples, 100)
    ])
    return np.sqrt(squares.clip(0)).mean()


def main():
    binary, features, environments, work = map(Path, sys.argv[1:])
    folder = work / "frames"
    samples = prepare(features, folder)
    worker = [environments / "numpy" / "bin" / "python", Path(__file__).with_name("vector_peer.py")]
    settings = json.dumps({"radius": RADIUS, "epochs": N_PASSES})
    ours = Contender("mynah", [binary, str(RADIUS), str(N_PASSES), folder], work / "mynah-som")
    theirs = Contender("MiniSom", [*worker, "minisom", settings, folder], work / "minisom")
    alternate([ours, theirs], ROUNDS)

    print(f"\nBatch map, {SIDE} × {SIDE} units, {samples.shape[0]} × {samples.shape[1]}, {N_PASSES} passes, CPU seconds of {ROUNDS} runs\n")
    row("contender", "version", "quantization error", "best s", "median s", "× best", "× median", "bar")
    row(*["---"] * 8)
    for contender in (ours, theirs):
        if contender.missing:
            row(contender.name, f"missing: {contender.missing}")
            continue
        cells = [contender.name, contender.version, f"{quantization_error(samples, contender):.5f}"]
        cells += [f"{contender.best():.3f}", f"{contender.median():.3f}"]
        if contender is theirs and not ours.missing:
            ratio = theirs.best() / ours.best()
            cells += [f"{ratio:.1f}", f"{theirs.median() / ours.median():.1f}", verdict(ratio, BAR)]
        else:
            cells += ["", "", ""]
        row(*cells)
    sys.exit(bool(ours.missing or theirs.missing))


if __name__ == "__main__":
    main()
