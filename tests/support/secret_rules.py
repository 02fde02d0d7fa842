"""What a secret looks like: in a file of the repository, in a layer of an image, in a log."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator

_WORD = r"[\w+/=.~-]"
RULES: dict[str, re.Pattern[str]] = {
    "private key": re.compile(r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----\s+[\w+/=]{20}"),
    "AWS key": re.compile(r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"),
    "GitHub token": re.compile(r"\bgh[pousr]_[A-Za-z0-9]{36}\b|\bgithub_pat_\w{60,}"),
    "GitLab token": re.compile(r"\bglpat-[\w-]{20,}"),
    "Slack token": re.compile(r"\bxox[abprs]-[\w-]{10,}"),
    "package index token": re.compile(r"\bpypi-[A-Za-z0-9_-]{50,}|\bnpm_[A-Za-z0-9]{36}\b"),
    "JSON web token": re.compile(r"\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}"),
    "Discord webhook": re.compile(r"discord(?:app)?\.com/api/webhooks/\d{15,}/[\w-]{40,}"),
    "Telegram token": re.compile(r"\b\d{8,10}:AA[\w-]{33}\b"),
    "address with a password": re.compile(
        r"\b[a-z][a-z0-9+]{1,9}://[^\s/:@'\"{<]+:([^\s/@'\"{<$]+)@"
    ),
    "password": re.compile(
        r"(?i)(?:password|passwd|secret|token|api_?key)[\"']?\s*[:=]\s*[\"']?"
        rf"({_WORD}{{20,}})(?![\w(])"
    ),
    "broker password": re.compile(r"\$7\$\d+\$[\w+/]{12,}={0,2}\$[\w+/]{80,}={0,2}"),
}
_RANDOM_BITS = 3.8
"""A word of random letters has more for each of its letters, a word of a language less [bits]."""
_WEAK = frozenset({"password", "address with a password"})
"""Rules that match names in code as well, so that only what looks random counts."""


def bits(word: str) -> float:
    """The entropy of the letters of `word` [bits per letter]."""
    counts = Counter(word)
    return -sum(n / len(word) * math.log2(n / len(word)) for n in counts.values())


def looks_random(word: str) -> bool:
    """Whether nobody would choose `word` as a name or a sentence: letters and digits, mixed."""
    return (
        bits(word) >= _RANDOM_BITS
        and bool(re.search(r"\d", word))
        and bool(re.search(r"[A-Za-z]", word))
    )


def secrets_in(text: str) -> Iterator[tuple[str, int]]:
    """The kind of each secret in `text`, and the line it begins in."""
    for kind, rule in RULES.items():
        for match in rule.finditer(text):
            if kind not in _WEAK or looks_random(match.group(1)):
                yield kind, text.count("\n", 0, match.start()) + 1
