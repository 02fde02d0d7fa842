"""A network that can be cut for one service: a namespace for each, with a cable to the broker.

Where this machine lets nobody make namespaces, every service is reached through a pipe of our
own (`pipes.py`) that can stop to carry anything.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from ipaddress import IPv4Address
from typing import Literal, Protocol

from chaos.pipes import Pipe

_FIRST = IPv4Address("198.18.0.0")
"""Of the addresses that are meant for tests of networks and nobody's on the internet."""
_PLACES = 30_000
LOOPBACK = "127.0.0.1"
Way = Literal["spaces", "pipes", "loopback"]
"""How services reach the broker."""


class Network(Protocol):
    """Between the services and the broker."""

    @property
    def name(self) -> str:
        """How it is made, for the report."""

    @property
    def addresses(self) -> Sequence[str]:
        """Where the broker is to listen besides loopback."""

    def broker(self, service: str) -> tuple[str, int]:
        """Where `service` finds the broker: address and port."""

    def page(self, service: str) -> str:
        """The address under which `service` is reached from here."""

    def command(self, service: str) -> Sequence[str]:
        """What goes before the command of `service`."""

    def cut(self, service: str) -> None:
        """Nothing reaches the broker from `service`, or the other way."""

    def mend(self, service: str) -> None:
        """As before."""


@dataclass(slots=True)
class Namespaces:
    """A network namespace for each service."""

    port: int
    places: dict[str, int] = field(default_factory=dict)
    name: str = "network namespaces"

    @property
    def addresses(self) -> Sequence[str]:
        return tuple(self._address(one, 1) for one in self.places)

    def broker(self, service: str) -> tuple[str, int]:
        return self._address(service, 1), self.port

    def page(self, service: str) -> str:
        return self._address(service, 2)

    def command(self, service: str) -> Sequence[str]:
        return ("nsenter", f"--net=/run/netns/{self._space(service)}", "--")

    def cut(self, service: str) -> None:
        self._inside(service, "ip", "link", "set", "eth0", "down")

    def mend(self, service: str) -> None:
        self._inside(service, "ip", "link", "set", "eth0", "up")

    def make(self, service: str) -> None:
        """Lay a cable from the broker to a namespace for `service`.

        Raises:
            OSError, subprocess.CalledProcessError: None can be made here.
        """
        self.places[service] = (os.getpid() * 8 + len(self.places)) % _PLACES
        space, end = self._space(service), f"chaos{self.places[service]}"
        _run("ip", "netns", "add", space)
        _run("ip", "link", "add", end, "type", "veth", "peer", "name", "eth0", "netns", space)
        _run("ip", "addr", "add", f"{self._address(service, 1)}/30", "dev", end)
        _run("ip", "link", "set", end, "up")
        self._inside(service, "ip", "addr", "add", f"{self._address(service, 2)}/30", "dev", "eth0")
        self._inside(service, "ip", "link", "set", "lo", "up")
        self.mend(service)

    def remove(self) -> None:
        """Take all of them away; their cables go with them."""
        for service in self.places:
            words = ("ip", "netns", "del", self._space(service))
            with suppress(OSError):  # without `ip` none was made
                subprocess.run(words, check=False, capture_output=True)

    def _inside(self, service: str, *words: str) -> None:
        _run(*self.command(service), *words)

    def _space(self, service: str) -> str:
        return f"chaos-{os.getpid()}-{service}"

    def _address(self, service: str, end: int) -> str:
        return str(_FIRST + 4 * self.places[service] + end)


@dataclass(slots=True)
class Pipes:
    """A pipe on loopback for each service."""

    pipes: dict[str, Pipe] = field(default_factory=dict)
    name: str = "pipes on loopback, since no network namespaces can be made here"
    addresses: Sequence[str] = ()

    def broker(self, service: str) -> tuple[str, int]:
        return LOOPBACK, self.pipes[service].port

    def page(self, service: str) -> str:  # noqa: ARG002 (of its kind)
        return LOOPBACK

    def command(self, service: str) -> Sequence[str]:  # noqa: ARG002 (of its kind)
        return ()

    def cut(self, service: str) -> None:
        self.pipes[service].block()

    def mend(self, service: str) -> None:
        self.pipes[service].unblock()


@dataclass(frozen=True, slots=True)
class Loopback:
    """Nothing between, so nothing that could be cut."""

    port: int
    name: str = "loopback alone"
    addresses: Sequence[str] = ()

    def broker(self, service: str) -> tuple[str, int]:  # noqa: ARG002 (of its kind)
        return LOOPBACK, self.port

    def page(self, service: str) -> str:  # noqa: ARG002 (of its kind)
        return LOOPBACK

    def command(self, service: str) -> Sequence[str]:  # noqa: ARG002 (of its kind)
        return ()

    def cut(self, service: str) -> None:
        raise ValueError(f"the network of {service} cannot be cut: it has none of its own")

    def mend(self, service: str) -> None:
        """It was never cut."""


@asynccontextmanager
async def network(
    services: Sequence[str], port: int, *, way: Way = "spaces"
) -> AsyncIterator[Network]:
    """A network for `services` to the broker at `port`; taken away at the end.

    Args:
        services: Whom it can be cut for.
        port: Of the broker.
        way: By namespaces, or pipes where none can be made; by pipes; or nothing to be cut.
    """
    async with AsyncExitStack() as undo:
        if way == "loopback":
            yield Loopback(port)
            return
        if way == "spaces" and (made := _made(services, port)) is not None:
            undo.callback(made.remove)
            yield made
            return
        pipes = Pipes()
        for one in services:
            pipes.pipes[one] = await undo.enter_async_context(Pipe(port))
        yield pipes


def _made(services: Sequence[str], port: int) -> Namespaces | None:
    """Namespaces for all of them; None where they cannot be made."""
    made = Namespaces(port)
    try:
        for one in services:
            made.make(one)
    except (OSError, subprocess.CalledProcessError):
        made.remove()
        return None
    return made


def _run(*words: str) -> None:
    subprocess.run(words, check=True, capture_output=True)
