"""What is thought of one thing: whether it is well, a sentence, and the way out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Verdict = Literal["ok", "warning", "problem", "unknown"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was looked at."""

    about: str
    verdict: Verdict
    sentence: str
    remedy: str = ""
    """What to do; empty where nothing is to be done."""


def ok(about: str, sentence: str) -> Finding:
    """It is well."""
    return Finding(about=about, verdict="ok", sentence=sentence)


def warning(about: str, sentence: str, remedy: str) -> Finding:
    """It works, and should be looked at."""
    return Finding(about=about, verdict="warning", sentence=sentence, remedy=remedy)


def problem(about: str, sentence: str, remedy: str) -> Finding:
    """It does not work."""
    return Finding(about=about, verdict="problem", sentence=sentence, remedy=remedy)


def unknown(about: str, sentence: str, remedy: str = "") -> Finding:
    """It could not be looked at."""
    return Finding(about=about, verdict="unknown", sentence=sentence, remedy=remedy)
