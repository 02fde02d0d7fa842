"""Keys about what is fetched from Home Assistant."""

from __future__ import annotations

from unit.common.keys.probe import Probe

PROBES: tuple[Probe, ...] = ()
