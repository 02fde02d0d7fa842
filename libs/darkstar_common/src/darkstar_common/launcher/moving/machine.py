"""A house that runs on this machine without containers: packed into one file, and taken from one.

What travels is the state of the five services, the configuration, and the files beside it that it
names. Secrets travel only where asked for.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from darkstar_common import __version__
from darkstar_common.config import Config, ConfigError, load_config
from darkstar_common.launcher.fleet import SERVICES
from darkstar_common.launcher.moving import placing, recorder, state
from darkstar_common.launcher.moving.archive import Writer, members, verified, writing
from darkstar_common.launcher.moving.contents import (
    CONFIG,
    FORMAT,
    SECRETS,
    STATE,
    Contents,
    Head,
)
from darkstar_common.launcher.moving.errors import ArchiveError, MovingError, NotEmptyError
from darkstar_common.runtime import write_atomic

PASSWORDS = "passwords"
"""The hashes for the broker, among the secrets."""
MAIN = "config.yaml"
"""What the configuration is called in an archive, whatever its name here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """Where the house is on this machine."""

    state_dir: Path
    config: Path
    secrets: Path | None = None
    """A directory of passwords that travel, too; None: none do."""

    @property
    def places(self) -> dict[str, Path]:
        """Where each service keeps its state."""
        return {name: self.state_dir / name for name in SERVICES}

    @property
    def environment(self) -> dict[str, str]:
        """What tells a tool of a service where the house is."""
        return {"DARKSTAR_STATE_DIR": str(self.state_dir), "DARKSTAR_CONFIG": str(self.config)}


def export_house(home: Home, target: Path, now: datetime) -> tuple[str, ...]:
    """Pack all of the house into the new file `target`, while it runs or not.

    Returns:
        Sentences on what was packed, and on what has to be taken along otherwise.

    Raises:
        MovingError: There is such a file, nothing to pack, or something cannot be packed.
        OSError: The file cannot be written.
    """
    if target.exists():
        raise MovingError(f"{target} is there already; name another file")
    if home.secrets is not None and not home.secrets.is_dir():
        raise MovingError(f"{home.secrets} is no directory; --secrets names that of the passwords")
    config = _configuration(home.config)
    head = Head(format=FORMAT, version=__version__, made_at=now.isoformat())
    said: list[str] = []
    with (
        recorder.copied(home.places["recorder"], home.environment) as copy,
        writing(target, head) as archive,
    ):
        _put_config(archive, home.config, config, said)
        for name, place in home.places.items():
            extra = {state.DATABASE: copy} if copy and name == "recorder" else {}
            found = {**state.files(place), **extra}
            _put(archive, f"{STATE}/{name}", found)
            if not found:
                said.append(f"{name}: it has kept nothing yet")
        if home.secrets is not None:
            _put(archive, SECRETS, state.files(home.secrets))
    taken = "with" if home.secrets else "without"
    size = f"{target.stat().st_size / 1e6:.1f} MB"
    return (f"{target}: the whole house, {taken} its passwords, {size}", *said)


def import_house(home: Home, source: Path) -> tuple[str, ...]:
    """Put the house that is in `source` in place; the services must be stopped.

    Returns:
        Sentences on what was done.

    Raises:
        MovingError: It cannot be used, or there is a house already. Nothing was changed.
        OSError: It could not be written; the state is as it was.
    """
    contents = verified(source, __version__)
    if f"{CONFIG}/{MAIN}" not in contents.members:
        raise ArchiveError(source, "there is no configuration in it")
    placing.need_room(home.state_dir, contents.size)
    _need_empty(home)
    return _put_in_place(home, source, contents)


def replace_house(home: Home, source: Path, before: Path, now: datetime) -> tuple[str, ...]:
    """As `import_house`, in the place of what is there, which is packed into `before` first.

    Raises:
        MovingError: It cannot be used, or what is there cannot be packed. Nothing was changed.
        OSError: It could not be written; the state is as it was.
    """
    contents = verified(source, __version__)
    if f"{CONFIG}/{MAIN}" not in contents.members:
        raise ArchiveError(source, "there is no configuration in it")
    placing.need_room(home.state_dir, 2 * contents.size)
    present = home if home.secrets and home.secrets.is_dir() else replace(home, secrets=None)
    kept = export_house(present, before, now)[:1] if _lived_in(home) else ()
    return (*kept, *_put_in_place(home, source, contents))


def _put_in_place(home: Home, source: Path, contents: Contents) -> tuple[str, ...]:
    places = tuple(home.places.values())
    with _staged(home, source):
        placing.commit(places)
        _take_config(home, source)
        placing.settle(places)
    made = f"of {contents.head.made_at}, packed by Darkstar {contents.head.version}"
    done = f"the house {made}, is in place; start the services"
    return (done, *_take_secrets(home, source, contents.below(SECRETS)))


@contextmanager
def _staged(home: Home, source: Path) -> Iterator[None]:
    """All of the state waits beside its places, and can be used; what is not settled is undone."""
    places = home.places
    placing.recover(tuple(places.values()))
    try:
        for name, place in places.items():
            fresh = placing.stage(place)
            for below, _, content in members(source, f"{STATE}/{name}"):
                state.write(fresh, below, content)
        config = placing.incoming(places["gateway"]) / MAIN
        for below, _, content in members(source, CONFIG):
            if below == MAIN:
                config.write_bytes(content.read())
        _configuration(config)
        copy = placing.incoming(places["recorder"]) / state.DATABASE
        if copy.exists():
            environment = {**home.environment, "DARKSTAR_CONFIG": str(config)}
            recorder.checked(copy, places["recorder"], environment)
        config.unlink()
        yield
    finally:
        placing.undo(tuple(places.values()))
        placing.settle(tuple(places.values()))


def _take_config(home: Home, source: Path) -> None:
    """Put the configuration in place, after the files that it names."""
    found = {below: content.read() for below, _, content in members(source, CONFIG)}
    main = found.pop(MAIN)
    for below, content in found.items():
        _publish(home.config.parent / below, content)
    _publish(home.config, main)


def _publish(path: Path, content: bytes) -> None:
    """Write a file of the configuration, which whoever runs the services reads."""
    write_atomic(path, content)
    path.chmod(0o644)
    placing.owned_alike(path, path.parent)


def _take_secrets(home: Home, source: Path, found: Sequence[str]) -> tuple[str, ...]:
    if not found:
        return ("it has no passwords in it; those of this machine hold",)
    if home.secrets is None:
        return ("its passwords were left in it; --secrets DIRECTORY unpacks them",)
    for below, _, content in members(source, SECRETS):
        target = home.secrets / below
        write_atomic(target, content.read())
        target.chmod(0o600)
    return (f"{home.secrets}: its {len(found)} passwords", *_for_the_broker(home.secrets))


def _for_the_broker(secrets: Path) -> tuple[str, ...]:
    """What to do where this machine's broker has a copy of the passwords that were."""
    new, copy = secrets / PASSWORDS, secrets.parent / "broker" / PASSWORDS
    try:
        same = not (new.exists() and copy.exists()) or new.read_bytes() == copy.read_bytes()
    except OSError:
        same = False
    if same:
        return ()
    command = "sudo python3 deploy/systemd/install.py install --no-packages --broker"
    return (f"the broker still has those before in {copy}; give it the new ones: {command}",)


def _put_config(archive: Writer, path: Path, config: Config, said: list[str]) -> None:
    named = {MAIN: path}
    for key, given in _named(path, config):
        below = given.resolve().is_relative_to(path.parent.resolve())
        if below and given.is_file():
            named[str(given.resolve().relative_to(path.parent.resolve()))] = given
        else:
            said.append(f"{key} names {given}, which is not in the archive: take it along yourself")
    _put(archive, CONFIG, named)


def _named(path: Path, config: Config) -> Iterator[tuple[str, Path]]:
    """The files that `config`, read from `path`, names, and by which key."""
    if config.prices.csv_path is not None:
        yield "prices.csv_path", path.parent / config.prices.csv_path
    if config.weather.csv_path is not None:
        yield "weather.csv_path", path.parent / config.weather.csv_path
    if config.inverter.profile.endswith((".yaml", ".yml")):
        yield "inverter.profile", path.parent / config.inverter.profile


def _put(archive: Writer, place: str, found: dict[str, Path]) -> None:
    for name, size, content in state.opened(found):
        archive.add(f"{place}/{name}", content, size)


def _configuration(path: Path) -> Config:
    try:
        return load_config(path)
    except ConfigError as error:
        raise MovingError(f"the configuration cannot be used: {error}") from None


def _lived_in(home: Home) -> bool:
    return home.config.exists() or any(map(placing.is_lived_in, home.places.values()))


def _need_empty(home: Home) -> None:
    lived = [str(place) for place in home.places.values() if placing.is_lived_in(place)]
    if home.config.exists():
        lived.append(str(home.config))
    if lived:
        raise NotEmptyError(
            ", ".join(lived), "--replace packs it into a file of its own first, then replaces it"
        )
