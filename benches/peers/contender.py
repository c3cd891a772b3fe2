"""One side of a race: a process that lives through all rounds, so that starting and loading never count."""

import json
import statistics
import subprocess


class Contender:
    """`command`, given the path of `answer` as its last argument, talks as worker.py says."""

    def __init__(self, name, command, answer):
        self.name, self.answer, self.seconds, self.missing = name, answer, [], None
        self.errors = answer.with_name(answer.name + ".log")
        command = [*map(str, command), str(answer)]
        try:
            with self.errors.open("w") as errors:
                self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True)
        except OSError as error:
            self.process, self.missing, self.hello = None, str(error), {}
        else:
            self.hello = self.heard() or {}
        self.version = self.hello.get("version")

    def heard(self):
        """What the process says next; if it ends instead, why is kept."""
        for line in self.process.stdout:
            try:
                return json.loads(line)
            except ValueError:
                continue  # a tool that prints while it works
        lines = self.errors.read_text(errors="replace").split("\n")
        self.missing = next((line.strip() for line in reversed(lines) if line.strip()), "it ended without a word")
        return None

    def round(self):
        if self.missing is None:
            print(file=self.process.stdin, flush=True)
            seconds = self.heard()
            if seconds is not None:
                self.seconds.append(seconds)

    def best(self):
        return min(self.seconds)

    def median(self):
        return statistics.median(self.seconds)

    def end(self):
        if self.process:
            self.process.communicate()


def alternate(contenders, rounds, patience=float("inf")):
    """All of them in every round, one after the other; not again those that took more than `patience` seconds."""
    for _ in range(rounds):
        for contender in contenders:
            if max(contender.seconds, default=0) <= patience:
                contender.round()
    for contender in contenders:
        contender.end()


def row(*cells):
    print("| " + " | ".join(map(str, cells)) + " |", flush=True)


def verdict(ratio, bar):
    return f"≥ {bar}" if ratio >= bar else f"≥ {bar}: MISSED"
