"""`darkstar-gateway`: serves the page and the API."""

from __future__ import annotations

import sys
from socket import socket
from typing import NoReturn

from darkstar_common.bus.metrics import CONNECTED
from darkstar_common.config import ConfigError, load_config
from darkstar_common.contract import Service
from darkstar_common.runtime import Context, SettingsError, read_settings, run
from darkstar_gateway.api.access.entrance import check_access
from darkstar_gateway.api.page import Page
from darkstar_gateway.listening import GatewayError, bound_socket
from darkstar_gateway.service import serve

_UNUSABLE = 2


def main() -> None:
    """Run the gateway until it is told to stop.

    Raises:
        SystemExit: 2 when it is called wrongly, cannot listen where it is to, or would let in
            nobody or anybody.
    """
    if sys.argv[1:] not in ([], ["run"]):
        _refuse("the only subcommand is `run`, and that is also what happens without one")
    listening = _listening()

    async def service(context: Context) -> None:
        check_access(context.config.gateway, context.secrets)  # it may be another one than at start
        with listening.dup() as one:  # the server closes what it is given
            await serve(context, one, Page.read(), connected=_broker_connected)

    with listening:
        run(Service.GATEWAY, service)


def _listening() -> socket:
    """The socket, before anything else: a second gateway must not take the first one's session."""
    try:
        settings = read_settings()
        gateway = settings.applied(load_config(settings.config)).gateway
        check_access(gateway, settings.secrets())
        return bound_socket(gateway)
    except (SettingsError, ConfigError, GatewayError) as error:
        _refuse(str(error))


def _broker_connected() -> bool:
    return any(sample.value == 1 for one in CONNECTED.collect() for sample in one.samples)


def _refuse(sentences: str) -> NoReturn:
    sys.stderr.writelines(f"darkstar-gateway: {line}\n" for line in sentences.splitlines())
    raise SystemExit(_UNUSABLE)


if __name__ == "__main__":
    main()
