"""`make bench-recorder`: what the recorder promises, part by part, into docs/benchmarks.md."""

from __future__ import annotations

from bench.parts import run

PARTS = ("recorder_tools", "recorder_years", "recorder_episodes", "recorder_flood")
"""Modules beside this one, each with a command line of its own."""

if __name__ == "__main__":
    run("bench-recorder", PARTS, __doc__)
