"""`make bench-forecaster`: what the forecaster promises, part by part, into docs/benchmarks.md."""

from __future__ import annotations

from bench.parts import run

PARTS = ("forecaster_training", "forecaster_rest", "forecaster_accuracy")
"""Modules beside this one, each with a command line of its own."""

if __name__ == "__main__":
    run("bench-forecaster", PARTS, __doc__)
