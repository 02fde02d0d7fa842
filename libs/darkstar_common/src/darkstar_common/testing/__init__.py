"""Doubles for the ports, used by every service's tests."""

from darkstar_common.bus.memory import MemoryBroker, MemoryBus
from darkstar_common.testing.clock import FakeClock, settle
from darkstar_common.testing.context import a_context

__all__ = ["FakeClock", "MemoryBroker", "MemoryBus", "a_context", "settle"]
