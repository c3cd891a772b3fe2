"""What the Python contenders share: their side of the conversation that contender.py leads.

A worker prepares, says hello in one line of JSON, then runs whenever a line arrives and answers with the CPU seconds it
took. Whatever keeps it from either ends it, and the last line of its standard error is the reason.
"""

import json
import sys
import time


def serve(hello, run):
    """`run()` gives CPU seconds."""
    print(json.dumps(hello), flush=True)
    for _ in sys.stdin:
        print(run(), flush=True)


def once(work):
    """CPU seconds of one call, and what it returned."""
    start = time.process_time()
    result = work()
    return time.process_time() - start, result


def averaged(work, at_least=0.1):
    """CPU seconds of a call, averaged over calls that together take that long."""
    passes, start = 0, time.process_time()
    while time.process_time() - start < at_least:
        work()
        passes += 1
    return (time.process_time() - start) / passes
