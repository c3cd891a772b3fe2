"""mynah's features beside the tools they replace: one minute of speech, CPU time, all on one processor. Run by
scripts/bench-peers, which sets the processor and the threads.

mfcc_race.py BINARY CORPUS WORK: CORPUS is a folder of 16-bit mono WAVs at 16 kHz. Status 1 if a contender is missing.
"""

import sys
import wave
from pathlib import Path

import numpy as np

import mfcc_peer
from contender import Contender, alternate, row, verdict

ROUNDS = 15
RATE, SECONDS, N_MFCC = mfcc_peer.RATE, 60, mfcc_peer.N_MFCC

# Tool: the preset that computes the same, and how many times slower the tool should at least be.
PEERS = {
    "kaldi-native-fbank": ("kaldi", 12),
    "torchaudio.compliance.kaldi": ("torchaudio-kaldi", 8),
    "python_speech_features": ("psf", 8),
    "torchaudio.transforms": ("torchaudio", 3.5),
    "librosa": ("librosa", 3),
    "tf.signal": ("tf-signal", 2.5),
    "spafe": ("spafe", None),
}


def minute(corpus):
    """Clips one after the other, as float32 of full scale 1."""
    blocks, length = [], 0
    while length < SECONDS * RATE:
        for path in sorted(corpus.rglob("*.wav")):
            with wave.open(str(path)) as clip:
                assert clip.getparams()[:3] == (1, 2, RATE), f"{path}: not 16-bit mono at {RATE} Hz"
                blocks.append(np.frombuffer(clip.readframes(clip.getnframes()), "<i2"))
            length += len(blocks[-1])
    return (np.concatenate(blocks)[: SECONDS * RATE] / 32_768).astype(np.float32)


def rows(contender):
    return np.fromfile(contender.answer, np.float32).reshape(-1, N_MFCC)


def difference(tool, ours):
    """Largest difference between the two answers, to say whether they compute the same."""
    a, b = rows(tool), rows(ours)
    if a.shape != b.shape:
        return f"{len(a)} and {len(b)} frames"
    return f"{np.abs(a - b).max():.1e}"


def main():
    binary, corpus, work = map(Path, sys.argv[1:])
    samples = work / "minute.f32"
    minute(corpus).tofile(samples)
    worker = [sys.executable, Path(mfcc_peer.__file__)]
    presets = ["mynah", *dict.fromkeys(preset for preset, _ in PEERS.values())]

    def contender(name, *command):
        return Contender(name, [*command, samples], work / f"{name.replace(' ', '-')}.f32")

    ours = {name: contender(f"mynah {name}", binary, name) for name in presets}
    tools = {name: contender(name, *worker, name) for name in PEERS}
    floor = contender("floor", binary, "floor")
    everyone = [floor, *ours.values(), *tools.values()]
    alternate(everyone, ROUNDS)

    print(f"13 MFCC, 40 mels, 25/10 ms, {SECONDS} s at 16 kHz; CPU time on one processor, medians of {ROUNDS} rounds\n")
    row("contender", "version", "µs/frame", "× real time", "× floor", "× mynah", "× same preset", "bar", "largest difference")
    row(*["---"] * 9)
    for contender in everyone:
        if contender.missing:
            row(contender.name, f"missing: {contender.missing}")
            continue
        seconds = contender.median()
        cells = [contender.name, contender.version, f"{seconds / contender.hello['n_frames'] * 1e6:.2f}", f"{SECONDS / seconds:.0f}"]
        cells += [f"{seconds / other.median():.2f}" for other in (floor, ours["mynah"])]
        preset, bar = PEERS.get(contender.name, (None, None))
        if preset and not ours[preset].missing:
            ratio = seconds / ours[preset].median()
            cells += [f"{ratio:.1f} ({preset})", "" if bar is None else verdict(ratio, bar), difference(contender, ours[preset])]
        else:
            cells += ["", "" if bar is None else f"≥ {bar}", ""]
        row(*cells)
    sys.exit(any(contender.missing for contender in everyone))


if __name__ == "__main__":
    main()
