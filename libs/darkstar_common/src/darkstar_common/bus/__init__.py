"""The message bus: a port, and its two adapters (`mqtt`, `memory`)."""

from darkstar_common.bus.errors import BusError, RequestTimeoutError
from darkstar_common.bus.memory import MemoryBroker, MemoryBus
from darkstar_common.bus.port import Bus, Delivery, Inbox, RawDelivery, Reply

__all__ = [
    "Bus",
    "BusError",
    "Delivery",
    "Inbox",
    "MemoryBroker",
    "MemoryBus",
    "RawDelivery",
    "Reply",
    "RequestTimeoutError",
]
