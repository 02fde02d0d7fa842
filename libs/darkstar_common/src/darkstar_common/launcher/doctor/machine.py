"""Findings on this machine: configuration, secrets, disk, backups, page."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from darkstar_common.config import Config
from darkstar_common.contract import CONFIG
from darkstar_common.launcher.doctor.facts import Facts, SecretFile
from darkstar_common.launcher.doctor.findings import Finding, ok, problem, unknown, warning

_BACKUP_AGE = timedelta(days=2)
"""A copy is made each night; one that is older was left out."""
_MAY_BE_EMPTY = frozenset({"DARKSTAR_VIEWER_PASSWORD_FILE", "DARKSTAR_NOTIFY_URLS_FILE"})
"""An empty one says that there are no viewers, or nobody to notify."""
_PLENTY = 3
"""So many times `recorder.low_disk_mb` is enough to say nothing."""


def machine(facts: Facts) -> Iterator[Finding]:
    """All of them."""
    yield from _configuration(facts)
    yield from _secrets(facts)
    if facts.config is not None:
        yield _disk(facts, facts.config)
        yield _backup(facts, facts.config)
        yield _page(facts, facts.config)


def _configuration(facts: Facts) -> Iterator[Finding]:
    here, about = facts.machine, "configuration"
    if here.config_trouble:
        remedy = "Mend the file; docs/configuration.md has every key. Nothing else can be judged."
        yield problem(about, here.config_trouble, remedy)
    elif facts.config is not None:
        local = facts.now.astimezone(facts.config.zone)
        yield ok(
            about,
            f"{here.config_path} can be used; site {facts.config.site}, local time "
            f"{local:%H:%M} in {facts.config.timezone}",
        )
        yield from _revision(facts)


def _revision(facts: Facts) -> Iterator[Finding]:
    saved = facts.state(CONFIG)
    if saved is not None and facts.machine.revision not in ("", saved.revision):
        yield warning(
            "configuration",
            "the file on this machine is another than the one the gateway has",
            "Tell the gateway to read its file (SIGHUP), or look which machine has the right one.",
        )


def _secrets(facts: Facts) -> Iterator[Finding]:
    found = [one for each in facts.machine.secrets if (one := _secret(each)) is not None]
    yield from found
    if facts.machine.secrets and not found:
        count = len(facts.machine.secrets)
        yield ok("secrets", f"{count} can be read, and not by everybody")


def _secret(one: SecretFile) -> Finding | None:
    name = f"{one.variable} ({one.path})"
    if one.trouble:
        remedy = "Let the file be made (deploy/prepare.py), or let this user read it."
        return problem("secrets", f"{name} cannot be read: {one.trouble}", remedy)
    if one.empty and one.variable not in _MAY_BE_EMPTY:
        remedy = "Delete it and let deploy/prepare.py make it anew."
        return problem("secrets", f"{name} is empty", remedy)
    if one.open_to_all:
        remedy = f"chmod 600 {one.path}"
        return warning("secrets", f"{name} can be read by every user of this machine", remedy)
    return None


def _disk(facts: Facts, config: Config) -> Finding:
    here, least = facts.machine, config.recorder.low_disk_mb
    if here.free_mb is None:
        where = here.state_dir or "the state directory"
        return unknown("disk", f"{where} is not on this machine, or cannot be looked at")
    said = f"{here.free_mb:,.0f} MB are free at {here.state_dir}"
    remedy = "Make room, or shorten recorder.keep; a full disk stops recording, not the house."
    if here.free_mb < least:
        return problem("disk", f"{said}; {least:,.0f} MB is the least", remedy)
    if here.free_mb < _PLENTY * least:
        return warning("disk", f"{said}, which is little", remedy)
    return ok("disk", said)


def _backup(facts: Facts, config: Config) -> Finding:
    here, about = facts.machine, "backup"
    if config.recorder.backup_hour is None:
        remedy = "Set recorder.backup_hour, or see that something else copies the file."
        return warning(about, "no copies of the recorder's file are made", remedy)
    if not here.keeps_database:
        return unknown(
            about,
            "the recorder's file is not within sight of this process",
            "In containers: docker compose run --rm --entrypoint ls recorder recorder/backups",
        )
    newest = here.newest_backup_at
    remedy = "Look at the recorder's log for why; `darkstar-recorder backup --to FILE` makes one."
    if newest is None:
        return warning(about, "there is no copy of the recorder's file yet", remedy)
    age = facts.now - newest
    said = f"the newest copy of the recorder's file is {age / timedelta(hours=1):.0f} h old"
    return warning(about, said, remedy) if age > _BACKUP_AGE else ok(about, said)


def _page(facts: Facts, config: Config) -> Finding:
    trouble, about = facts.machine.page_trouble, "page"
    where = f"{config.gateway.host}:{config.gateway.port}"
    if trouble is None:
        return unknown(about, "it was not asked: the gateway is elsewhere")
    if trouble:
        return problem(
            about,
            f"nothing answers at {where}: {trouble}",
            "Start the gateway, or look at its log; gateway.host and gateway.port say where it is.",
        )
    return ok(about, f"it answers at {where}")
