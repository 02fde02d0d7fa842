"""The process that a `Worker` owns: python -m darkstar_forecaster.working NICENESS IDLE CPU.

It is told one call at a time on standard input, and answers on what was standard output; what
libraries print goes to standard error. It ends when its owner is gone, or after IDLE seconds
without work. CPU limits the seconds of processor time it may use at all.
"""

from __future__ import annotations

import os
import pickle
import resource
import select
import sys
from typing import BinaryIO

from darkstar_forecaster.worker import LENGTH


def main() -> None:
    """Work until there is none."""
    niceness, idle, seconds = sys.argv[1:]
    os.nice(int(niceness))
    resource.setrlimit(resource.RLIMIT_CPU, (int(seconds), int(seconds)))
    with os.fdopen(os.dup(1), "wb") as answers, os.fdopen(os.dup(0), "rb", buffering=0) as calls:
        os.dup2(2, 1)
        while _waited(calls, float(idle)) and (call := _read(calls)):
            function, arguments = pickle.loads(call)  # noqa: S301 (from our owner)
            said = pickle.dumps(function(*arguments))
            answers.write(len(said).to_bytes(LENGTH) + said)
            answers.flush()


def _waited(calls: BinaryIO, seconds: float) -> bool:
    """Whether something came, if only the end."""
    return bool(select.select([calls], [], [], seconds)[0])


def _read(calls: BinaryIO) -> bytes:
    """The next call; empty: the owner is gone, perhaps in the midst of it."""
    length = int.from_bytes(_exactly(calls, LENGTH))
    call = _exactly(calls, length)
    return call if len(call) == length else b""


def _exactly(calls: BinaryIO, count: int) -> bytes:
    """So many bytes; fewer when there is no more."""
    parts = []
    while count and (part := calls.read(count)):
        parts.append(part)
        count -= len(part)
    return b"".join(parts)


if __name__ == "__main__":
    main()
