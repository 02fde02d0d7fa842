"""The add-on's process: asks the Supervisor, lays out what is missing, runs the five services.

Environment: SUPERVISOR_TOKEN as the Supervisor gives it; SUPERVISOR_URL names another one than
`http://supervisor`.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import secrets
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from darkstar_common.config import ConfigError, load_config
from darkstar_common.launcher.addon.options import (
    PAGE_PORT,
    MqttService,
    Options,
    OptionsError,
    Place,
    environments,
    first_configuration,
    own_broker,
    supervisors_broker,
)
from darkstar_common.launcher.addon.supervisor import Supervisor, SupervisorError, options_in
from darkstar_common.launcher.fleet import FIRST_TO_STOP, console_script
from darkstar_common.launcher.supervising import Program, supervise

ASK_AGAIN = 5.0
"""After so long the Supervisor is asked again for a broker [s]."""
KEPT = ("PATH", "HOME", "LANG", "TZ", "SSL_CERT_FILE")
"""What a service is told of this process's own environment."""


def main(argv: Sequence[str] | None = None) -> None:
    """Run until SIGTERM or SIGINT.

    Raises:
        SystemExit: 2 when options or directories cannot be used, after a sentence.
    """
    arguments = _parser().parse_args(argv)
    try:
        asyncio.run(_run(arguments))
    except (OptionsError, OSError) as error:
        say(str(error))
        raise SystemExit(2) from None


def say(sentence: str) -> None:
    """Tell it in the add-on's log."""
    print(f"darkstar: {sentence}", file=sys.stderr, flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="darkstar add-on", description=__doc__)
    parser.add_argument(
        "--data", type=Path, default=Path("/data"), help="what the Supervisor keeps"
    )
    parser.add_argument("--config", type=Path, default=Path("/config"), help="people's directory")
    parser.add_argument(
        "--example", type=Path, required=True, help="the configuration to begin with"
    )
    parser.add_argument("--user", type=int, help="whom the services run as")
    parser.add_argument("--page-host", default="0.0.0.0", help="where the page listens")  # noqa: S104 (a container)
    parser.add_argument("--page-port", type=int, default=PAGE_PORT)
    return parser


async def _run(arguments: argparse.Namespace) -> None:
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    options = options_in(arguments.data / "options.json")
    supervisor = Supervisor.from_environment(os.environ)
    place = Place(
        config=arguments.config / "config.yaml",
        state=arguments.data / "state",
        page_host=arguments.page_host,
        page_port=arguments.page_port,
    )
    await asyncio.to_thread(_lay_out, place, arguments.example, supervisor)
    if arguments.user is not None:
        _give(arguments.user, place)
    mqtt = await _broker(options, supervisor, stopping)
    if mqtt is None:
        return
    say(f"the broker is {mqtt.host}:{mqtt.port}; the page is in Home Assistant's sidebar")
    told = environments(
        options,
        mqtt,
        place,
        page_password=_kept_password(arguments.data / "page_password"),
        home_assistant_token=supervisor.token,
    )
    await supervise(_programs(told, arguments.user), stopping, say)
    say("stopped")


def _programs(told: Mapping[str, Mapping[str, str]], user: int | None) -> list[Program]:
    ours = {key: os.environ[key] for key in KEPT if key in os.environ}
    return [
        Program(
            name=name,
            command=(console_script(f"darkstar-{name}"), "run"),
            environment={**ours, **environment},
            user=user,
            ends_first=name == FIRST_TO_STOP,
        )
        for name, environment in told.items()
    ]


def _lay_out(place: Place, example: Path, supervisor: Supervisor) -> None:
    """Have a configuration; one that is there stays as it is, and what is wrong in it is said."""
    place.state.mkdir(parents=True, exist_ok=True)
    if not place.config.exists():
        text = example.read_text(encoding="utf-8")
        text = first_configuration(text, supervisor.timezone())
        place.config.write_text(text, encoding="utf-8")
        say(
            f"{place.config} was missing; it is now a copy of the example, which names a simulated "
            "house's entities and writes nothing (executor.shadow)"
        )
    try:
        load_config(place.config)
    except ConfigError as error:
        say(f"no service can start before this is mended: {error}")


def _give(user: int, place: Place) -> None:
    """Let the services write their state and, when settings are saved, the configuration."""
    for one in (place.config.parent, place.config, place.state):
        os.chown(one, user, user)
    for one in place.state.rglob("*"):
        os.chown(one, user, user)


async def _broker(
    options: Options, supervisor: Supervisor, stopping: asyncio.Event
) -> MqttService | None:
    """Where the broker is, as soon as there is one; None when we are to stop before that."""
    own = own_broker(options)
    if own is not None:
        return own
    told = ""
    while not stopping.is_set():
        try:
            return supervisors_broker(await asyncio.to_thread(supervisor.mqtt))
        except SupervisorError as error:
            if str(error) != told:
                told = str(error)
                say(f"{told}; asking again every {ASK_AGAIN:g} s")
        try:
            async with asyncio.timeout(ASK_AGAIN):
                await stopping.wait()
        except TimeoutError:
            continue
    return None


def _kept_password(path: Path) -> str:
    """A random password, made once; it lets nobody in who does not see this container's files."""
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(32) + "\n", encoding="utf-8")
    return path.read_text(encoding="utf-8").strip()


if __name__ == "__main__":
    main()
