"""mynah's features beside the tools they replace: one minute of speech, CPU time, every contender a process of its own
that lives through all rounds on one processor. Run by scripts/bench-peers, which sets the processor and the threads.

race.py PEER_BINARY CORPUS WORK: CORPUS is a folder of 16-bit mono WAVs at 16 kHz. Status 1 if a contender is missing.
"""

import json
import statistics
import subprocess
import sys
import wave
from pathlib import Path

import numpy as np

import peer

ROUNDS = 15
RATE, SECONDS, N_MFCC = peer.RATE, 60, peer.N_MFCC

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


class Contender:
    def __init__(self, name, command, samples, work):
        self.name, self.seconds = name, []
        self.features = work / f"{name.replace(' ', '-')}.f32"
        command = [*map(str, command), str(samples), str(self.features)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        try:
            hello = json.loads(self.process.stdout.readline())
        except ValueError:
            hello = {"missing": "it did not start"}
        self.missing = hello.get("missing")
        self.version, self.n_frames = hello.get("version"), hello.get("n_frames")

    def round(self):
        print(file=self.process.stdin, flush=True)
        self.seconds.append(float(self.process.stdout.readline()))

    def median(self):
        return statistics.median(self.seconds)

    def rows(self):
        return np.fromfile(self.features, np.float32).reshape(-1, N_MFCC)


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


def difference(tool, ours):
    """Largest difference between the two answers, to say whether they compute the same."""
    a, b = tool.rows(), ours.rows()
    if a.shape != b.shape:
        return f"{len(a)} and {len(b)} frames"
    return f"{np.abs(a - b).max():.1e}"


def main():
    binary, corpus, work = map(Path, sys.argv[1:])
    samples = work / "minute.f32"
    minute(corpus).tofile(samples)
    worker = [sys.executable, Path(peer.__file__)]
    presets = ["mynah", *dict.fromkeys(preset for preset, _ in PEERS.values())]
    ours = {name: Contender(f"mynah {name}", [binary, name], samples, work) for name in presets}
    tools = {name: Contender(name, [*worker, name], samples, work) for name in PEERS}
    floor = Contender("floor", [binary, "floor"], samples, work)
    everyone = [floor, *ours.values(), *tools.values()]
    running = [contender for contender in everyone if not contender.missing]
    for _ in range(ROUNDS):
        for contender in running:
            contender.round()

    print(f"13 MFCC, 40 mels, 25/10 ms, {SECONDS} s at 16 kHz; CPU time on one processor, medians of {ROUNDS} rounds\n")
    print("| contender | version | µs/frame | × real time | × floor | × mynah | × same preset | bar | largest difference |")
    print("|---|---|---|---|---|---|---|---|---|")
    for contender in everyone:
        if contender.missing:
            print(f"| {contender.name} | missing: {' '.join(contender.missing.split())} |")
            continue
        seconds = contender.median()
        line = [contender.name, contender.version, f"{seconds / contender.n_frames * 1e6:.2f}", f"{SECONDS / seconds:.0f}"]
        line += [f"{seconds / other.median():.2f}" for other in (floor, ours["mynah"])]
        preset, bar = PEERS.get(contender.name, (None, None))
        if preset and not ours[preset].missing:
            ratio = seconds / ours[preset].median()
            verdict = "" if bar is None else f"≥ {bar}" if ratio >= bar else f"≥ {bar}: MISSED"
            line += [f"{ratio:.1f} ({preset})", verdict, difference(contender, ours[preset])]
        else:
            line += ["", "" if bar is None else f"≥ {bar}", ""]
        print("| " + " | ".join(line) + " |")
    sys.exit(any(contender.missing for contender in everyone))


if __name__ == "__main__":
    main()
