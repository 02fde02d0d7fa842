"""Packs the whole house that runs in containers into one file, and puts one in place.

`make backup` and `make restore FILE=…`. Each service's own container packs and takes its state, by
`python3 -m darkstar_common.launcher.moving`; the file is the same that `darkstar export` makes on a
machine without containers. Standard library only.
"""

from __future__ import annotations

import argparse
import filecmp
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from containers import Containers, script  # type: ignore[import-not-found, unused-ignore]
from stack import DEPLOY, ROOT, StackError  # type: ignore[import-not-found, unused-ignore]

from darkstar_common import __version__
from darkstar_common.launcher.fleet import SERVICES
from darkstar_common.launcher.moving import state
from darkstar_common.launcher.moving.archive import Writer, members, verified, writing
from darkstar_common.launcher.moving.contents import (
    CONFIG,
    FORMAT,
    SECRETS,
    STATE,
    Contents,
    Head,
)
from darkstar_common.launcher.moving.contents import DEPLOY as SITE
from darkstar_common.launcher.moving.errors import ArchiveError, MovingError, NotEmptyError
from darkstar_common.launcher.moving.placing import need_room

BACKUPS = ROOT / "backups"
HOUSE = DEPLOY / "house/config"
PASSWORDS = DEPLOY / "secrets"
MAIN = "config.yaml"
OF_THE_BROKER = ("mosquitto/acl.house", "house/mosquitto.conf")
"""The broker's container reads them as a user of its own."""
OWN = (".env", "compose.override.yaml", *OF_THE_BROKER)
"""What a site writes in deploy/, kept out of git."""
UNSEEN = ("tls/ca.key",)
"""Secrets that no container reads."""


def backup(
    containers: Containers, target: Path, now: datetime, *, secrets: bool = False
) -> tuple[str, ...]:
    """Pack all of the house into the new file `target`, while it runs or not.

    Returns:
        Sentences on what was packed.

    Raises:
        MovingError: There is such a file, or something cannot be packed.
        OSError: The file cannot be written.
    """
    if target.exists():
        raise MovingError(f"{target} is there already; name another file with FILE=")
    if not (HOUSE / MAIN).exists():
        raise MovingError(
            f"{HOUSE / MAIN} is not there: there is no house yet, `make up` makes one"
        )
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with writing(target, Head(format=FORMAT, version=__version__, made_at=now.isoformat())) as file:
        _put(file, CONFIG, state.files(HOUSE))
        _put(file, SITE, {one: DEPLOY / one for one in OWN if (DEPLOY / one).is_file()})
        for service in SERVICES:
            with containers.piped("pack", service) as process:
                for name, size, content in state.packed(_pipe(process.stdout)):
                    file.add(f"{STATE}/{service}/{name}", content, size)
        if secrets:
            _put(file, SECRETS, state.files(PASSWORDS))
    taken = "with" if secrets else "without"
    whole = f"{target.stat().st_size / 1e6:.1f} MB"
    return (f"{target}: the whole house, {taken} its passwords, {whole}",)


def restore(
    containers: Containers, source: Path, before: Path | None, now: datetime, *, secrets: bool
) -> tuple[str, ...]:
    """Put the house that is in `source` in place of what is there, and start what ran.

    Args:
        containers: Whose house.
        source: The archive.
        before: What is there is packed into it first; None: there must be nothing.
        now: When.
        secrets: Whether its passwords come, too.

    Returns:
        Sentences on what was done.

    Raises:
        MovingError: It cannot be used, or there is a house already. All is as it was.
        OSError: The configuration could not be written.
    """
    contents = usable(source)
    prepare()
    containers.need_images()
    kept: tuple[str, ...] = ()
    if before is not None:
        kept = backup(containers, before, now, secrets=secrets)
    else:
        _need_empty(containers)
    ran = containers.running()
    said = put_in_place(containers, source, contents, secrets=secrets)
    lacks = lacking(containers.missing_files())
    if lacks and ran:
        raise MovingError(f"{said[0]}, and is not started: {lacks}")
    if not ran:
        return (*kept, *said, lacks or "start it with `make up`")
    containers.start()
    return (*kept, *said, "all services run again, and are healthy")


def put_in_place(
    containers: Containers, source: Path, contents: Contents, *, secrets: bool
) -> tuple[str, ...]:
    """Stop the services, and give them what is in `source`; they are left stopped.

    Raises:
        MovingError: One of them cannot use it; all have what they had, and those that ran run.
    """
    ran = containers.running()
    containers.run("stop", *SERVICES)
    staged: list[str] = []
    try:
        for service in SERVICES:
            staged.append(service)
            with containers.piped("stage", service, "--bytes", str(contents.size)) as process:
                _send(process, source, service)
        containers.each("commit")
    except MovingError:
        # What an earlier one left with the others is not this one's to take back.
        containers.each("undo", staged)
        containers.each("settle", staged)
        if ran:
            containers.run("start", *ran)
        raise
    # Before the configuration, which may name files that are not here: then no container starts.
    containers.each("settle")
    said = _take_config(source, contents)
    if secrets and contents.below(SECRETS):
        said = (*said, _take_secrets(source))
    prepare()
    made = f"of {contents.head.made_at}, packed by Darkstar {contents.head.version}"
    return (f"the house {made}, is in place", *said)


def lacking(files: Sequence[Path]) -> str:
    """What to do about `files` that containers are to be given, and that are not here."""
    if not files:
        return ""
    names = [str(os.path.relpath(one, ROOT)) for one in files]
    made = any(PASSWORDS / "tls" in one.parents for one in files)
    return (
        f"{', '.join(names)} did not come along, and deploy/.env or deploy/compose.override.yaml "
        "names it: bring it from the machine before (`make backup SECRETS=1` there, `make restore "
        "SECRETS=1 REPLACE=1` here, has all below deploy/secrets)"
        + (", or let `make certs` make new certificates" if made else "")
        + "; then `make up`"
    )


def usable(source: Path) -> Contents:
    """What is in an archive that this version can put in place.

    Raises:
        MovingError: It cannot.
    """
    contents = verified(source, __version__)
    if f"{CONFIG}/{MAIN}" not in contents.members:
        raise ArchiveError(source, "there is no configuration in it")
    need_room(DEPLOY, contents.size)
    return contents


def prepare() -> None:
    """Make the passwords and the configuration that are missing."""
    script((sys.executable, str(DEPLOY / "prepare.py")))


def _need_empty(containers: Containers) -> None:
    answers = zip(SERVICES, containers.each("lived"), strict=True)
    lived = [f"the state of the {name}" for name, answer in answers if answer == "yes"]
    if not filecmp.cmp(HOUSE / MAIN, ROOT / "config.example.yaml", shallow=False):
        lived.append(str(HOUSE / MAIN))
    if lived:
        raise NotEmptyError(
            ", ".join(lived), f"REPLACE=1 packs it into {BACKUPS} first, then replaces it"
        )


def _send(process: subprocess.Popen[bytes], source: Path, service: str) -> None:
    """Write what `source` has of the service into the pipe, and close it."""
    with _pipe(process.stdin) as pipe:
        state.pack(members(source, f"{STATE}/{service}"), pipe)


def _take_config(source: Path, contents: Contents) -> tuple[str, ...]:
    """Put the configuration in place, and what a site has of its own where there is none."""
    for name, _, content in members(source, CONFIG):
        _write(HOUSE / name, content, 0o666)
    said = []
    for name, _, content in members(source, SITE):
        target = DEPLOY / name
        if not target.exists():
            _write(target, content, 0o644 if name in OF_THE_BROKER else 0o600)
        elif target.read_bytes() != content.read():
            said.append(f"deploy/{name} stays as it is here; that of the archive differs")
    return (f"configuration: {len(contents.below(CONFIG))} files", *said)


def _take_secrets(source: Path) -> str:
    count = 0
    for name, _, content in members(source, SECRETS):
        target = PASSWORDS / name
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # As prepare.py and certs.py have them: the directory keeps others out.
        _write(target, content, 0o600 if name in UNSEEN else 0o644)
        count += 1
    return f"passwords: {count} files"


def _put(file: Writer, place: str, found: dict[str, Path]) -> None:
    for name, size, content in state.opened(found):
        file.add(f"{place}/{name}", content, size)


def _write(target: Path, content: IO[bytes], mode: int) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f".{target.name}")
    with temporary.open("wb") as file:
        shutil.copyfileobj(content, file)
        file.flush()
        os.fsync(file.fileno())
    temporary.chmod(mode)
    temporary.replace(target)


def _pipe(end: IO[bytes] | None) -> IO[bytes]:
    if end is None:
        raise MovingError("the container has no pipe")
    return end


def main(*arguments: str) -> None:
    """Pack, or put in place; exit code 1 and a sentence where it cannot be done."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--simulated", action="store_true", help="the simulated house")
    parser.add_argument("--observability", action="store_true", help="changes nothing here")
    parser.add_argument("--secrets", action="store_true", help="passwords, too")
    parser.add_argument("--replace", action="store_true", help="restore over a house that is there")
    parser.add_argument("command", choices=("backup", "restore"))
    parser.add_argument("file", type=Path, nargs="?")
    said = parser.parse_args(arguments)
    now, containers = datetime.now(UTC), Containers(simulated=said.simulated)
    try:
        for line in _done(said, containers, now):
            print(f"darkstar: {line}")
    except (MovingError, StackError, OSError) as error:
        sys.exit(f"darkstar: {error}")


def _done(said: argparse.Namespace, containers: Containers, now: datetime) -> tuple[str, ...]:
    if said.command == "backup":
        target = (said.file or BACKUPS / f"darkstar-{now:%Y%m%dT%H%M%SZ}.tar.gz").absolute()
        return backup(containers, target, now, secrets=said.secrets)
    if said.file is None:
        raise MovingError("name the archive: make restore FILE=house.tar.gz")
    before = BACKUPS / f"darkstar-before-{now:%Y%m%dT%H%M%SZ}.tar.gz" if said.replace else None
    return restore(containers, said.file.absolute(), before, now, secrets=said.secrets)


if __name__ == "__main__":
    main(*sys.argv[1:])
