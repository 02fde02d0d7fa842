"""What people and programs read of the findings."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from itertools import chain

from darkstar_common.launcher.doctor.broker import broker
from darkstar_common.launcher.doctor.facts import Facts
from darkstar_common.launcher.doctor.findings import Finding, Verdict
from darkstar_common.launcher.doctor.inputs import inputs
from darkstar_common.launcher.doctor.machine import machine
from darkstar_common.launcher.doctor.services import services

_ORDER: tuple[Verdict, ...] = ("ok", "warning", "problem", "unknown")


def examined(facts: Facts) -> tuple[Finding, ...]:
    """All findings, in the order of what rests on what."""
    return tuple(chain(machine(facts), broker(facts), services(facts), inputs(facts)))


def lines(findings: Sequence[Finding]) -> Iterator[str]:
    """A line for each finding, with the way out below it, and a sum."""
    width = max((len(one.about) for one in findings), default=0)
    for one in findings:
        yield f"{one.verdict:8} {one.about:{width}}  {one.sentence}"
        if one.remedy:
            yield f"{'':8} {'':{width}}  → {one.remedy}"
    counted = Counter(one.verdict for one in findings)
    yield ", ".join(f"{counted[verdict]} {verdict}" for verdict in _ORDER if counted[verdict])


def document(findings: Sequence[Finding]) -> str:
    """The same as a JSON object."""
    return json.dumps(
        {"well": exit_code(findings) == 0, "findings": [asdict(one) for one in findings]},
        ensure_ascii=False,
        indent=1,
    )


def exit_code(findings: Sequence[Finding]) -> int:
    """0 where nothing is broken, 1 where something is; a warning or what is unknown is not."""
    return int(any(one.verdict == "problem" for one in findings))
