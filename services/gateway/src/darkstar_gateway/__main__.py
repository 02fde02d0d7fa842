"""`darkstar-gateway`: serves the page and the API."""

from __future__ import annotations

import sys

from darkstar_common.bus.metrics import CONNECTED
from darkstar_common.contract import Service
from darkstar_common.runtime import Context, run
from darkstar_gateway.listening import AddressError
from darkstar_gateway.service import serve

_UNUSABLE = 2


def main() -> None:
    """Run the gateway until it is told to stop.

    Raises:
        SystemExit: 2 when it is called wrongly, or cannot listen where it is to.
    """
    if sys.argv[1:] not in ([], ["run"]):
        _refuse("the only subcommand is `run`, and that is also what happens without one")
    problems: list[str] = []

    async def service(context: Context) -> None:
        try:
            await serve(context, connected=_broker_connected)
        except AddressError as error:
            context.log.error("page_not_served", reason=str(error))  # noqa: TRY400 (no surprise: a sentence says it all)
            problems.append(str(error))

    run(Service.GATEWAY, service)
    if problems:
        _refuse(problems[0])


def _broker_connected() -> bool:
    return any(sample.value == 1 for one in CONNECTED.collect() for sample in one.samples)


def _refuse(sentence: str) -> None:
    sys.stderr.write(f"darkstar-gateway: {sentence}\n")
    raise SystemExit(_UNUSABLE)


if __name__ == "__main__":
    main()
