"""What `mynah features` takes over a corpus and over a very long file. Run by scripts/bench-peers.

command.py MYNAH CORPUS WORK: CORPUS is a folder of 16-bit mono WAVs at 16 kHz; what is made in WORK is deleted again.
"""

import itertools
import os
import shutil
import statistics
import subprocess
import sys
import time
import wave
from pathlib import Path

RATE, N_FILES, HOURS, ROUNDS = 16_000, 2_000, 10, 7


def one_second_clips(corpus, folder):
    """Every clip of the corpus, repeated or cut to one second, until there are enough."""
    folder.mkdir()
    paths = itertools.cycle(sorted(corpus.rglob("*.wav")))
    for i, path in zip(range(N_FILES), paths):
        with wave.open(str(path)) as clip:
            pcm = clip.readframes(clip.getnframes())
        write(folder / f"{i:04}.wav", [(pcm * (2 * RATE // len(pcm) + 1))[: 2 * RATE]])


def write(path, blocks):
    with wave.open(str(path), "wb") as wav:
        wav.setnchannels(1)
        wav.setsampwidth(2)
        wav.setframerate(RATE)
        for block in blocks:
            wav.writeframesraw(block)


def features(mynah, audio, out, *options, processors):
    """CPU seconds, wall seconds and peak memory in MB of one run."""
    start = time.perf_counter()
    child = subprocess.Popen(
        [mynah, "features", audio, "-o", out, *options],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        preexec_fn=lambda: os.sched_setaffinity(0, processors),
    )
    _, status, usage = os.wait4(child.pid, 0)
    wall = time.perf_counter() - start
    if status:
        sys.exit(f"mynah features {audio} -o {out} failed with status {os.waitstatus_to_exitcode(status)}")
    return usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss / 1024


def verdict(got, bar, good):
    return f"{got} | {bar} | {'met' if good else 'MISSED'} |"


def corpus_lines(mynah, corpus, work):
    clips, out = work / "clips", work / "clips.ark"
    one_second_clips(corpus, clips)
    processors = sorted(os.sched_getaffinity(0))
    load = os.getloadavg()[0]
    cpu, one, two = [], [], []
    for round in range(ROUNDS + 1):
        a = features(mynah, clips, out, "--threads", "1", processors=processors[:1])
        b = features(mynah, clips, out, "--threads", "2", processors=processors[:2])
        # The first round warms the page cache.
        if round:
            cpu.append(a[0])
            one.append(a[1])
            two.append(b[1])
    rate = N_FILES / statistics.median(cpu)
    yield f"| {N_FILES} one-second WAVs, reading and start included, --threads 1 | files/s of CPU | {verdict(f'{rate:.0f}', '≥ 7000', rate >= 7000)}"
    what = f"two threads on two processors against one on one; load of the machine {load:.1f}"
    if len(processors) < 2:
        yield f"| {what} | × by the clock | there is only one processor | ≥ 1.8 | missing |"
        return
    gain = statistics.median(one) / statistics.median(two)
    yield f"| {what} | × by the clock | {verdict(f'{gain:.2f}', '≥ 1.8', gain >= 1.8)}"


def long_line(mynah, work):
    recording = work / "ten-hours.wav"
    noise = os.urandom(2 * 60 * RATE)
    write(recording, itertools.repeat(noise, HOURS * 60))
    cpu, _, memory = features(mynah, recording, work / "ten-hours.npy", "--threads", "1", processors=os.sched_getaffinity(0))
    yield f"| a WAV of {HOURS} hours, in {cpu:.1f} s of CPU | MB of memory at most | {verdict(f'{memory:.0f}', '≤ 64', memory <= 64)}"


def main():
    mynah, corpus, work = map(Path, sys.argv[1:])
    work = work / "command"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    try:
        print(f"`mynah features`, medians of {ROUNDS} rounds\n")
        print("| what | unit | measured | bar | |")
        print("|---|---|---|---|---|")
        for line in itertools.chain(corpus_lines(mynah, corpus, work), long_line(mynah, work)):
            print(line, flush=True)
    finally:
        shutil.rmtree(work)


if __name__ == "__main__":
    main()
