"""Keys about what the meters showed, and what is made of it."""

from __future__ import annotations

from unit.common.keys.probe import Probe

PROBES: tuple[Probe, ...] = ()
