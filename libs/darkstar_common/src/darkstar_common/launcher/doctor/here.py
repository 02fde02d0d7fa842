"""Gathers what is to be seen of this machine."""

from __future__ import annotations

import hashlib
import http.client
import os
import shutil
import stat
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from darkstar_common.config import Config
from darkstar_common.contract import Service
from darkstar_common.launcher.doctor.facts import Machine, SecretFile
from darkstar_common.runtime import Settings

_MEGABYTE = 1_000_000
_PAGE_PATIENCE = 5.0
"""[s]."""
_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 (what listens there answers here)
_NO_SECRET = frozenset({"mqtt_ca_file"})
_BACKUPS = "history-*.duckdb"


def machine(settings: Settings, config: Config | None, trouble: str, user: Service) -> Machine:
    """What can be seen without the broker.

    Args:
        settings: What the environment says.
        config: Of the house; None: it cannot be used.
        trouble: Why it cannot.
        user: Who we are to the broker.
    """
    state = settings.state_dir.absolute()
    recorder = state / "recorder"
    return Machine(
        config_path=settings.config,
        config_trouble=trouble,
        revision=_revision(settings.config),
        secrets=tuple(_secrets(settings)),
        state_dir=state,
        free_mb=_free_mb(state),
        keeps_database=_exists(recorder / "history.duckdb"),
        newest_backup_at=_newest(recorder / "backups"),
        page_trouble=_page(config, user),
    )


def _revision(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return ""


def _free_mb(path: Path) -> float | None:
    try:
        return shutil.disk_usage(path).free / _MEGABYTE
    except OSError:
        return None


def _exists(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:
        return False


def _newest(backups: Path) -> datetime | None:
    """When the newest copy was made."""
    try:
        times = [one.stat().st_mtime for one in backups.glob(_BACKUPS)]
    except OSError:
        return None
    return datetime.fromtimestamp(max(times), UTC) if times else None


def _secrets(settings: Settings) -> Iterator[SecretFile]:
    for name in type(settings).model_fields:
        path = getattr(settings, name)
        if name.endswith("_file") and name not in _NO_SECRET and path is not None:
            yield secret_file(f"DARKSTAR_{name.upper()}", path)


def secret_file(variable: str, path: Path) -> SecretFile:
    """What can be seen of a file that is to hold a secret."""
    try:
        empty = not path.read_text(encoding="utf-8").strip()
        open_to_all = _open_to_all(path)
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text"
        return SecretFile(variable=variable, path=path, trouble=reason or str(error))
    return SecretFile(variable=variable, path=path, empty=empty, open_to_all=open_to_all)


def _open_to_all(path: Path) -> bool:
    """Whether every user can get at it: no directory above it is closed to others.

    What an engine mounted for this container alone (`/run/secrets`) is for nobody else.
    """
    whole = path.absolute()
    if whole.is_relative_to("/run/secrets"):
        return False
    if not os.stat(whole).st_mode & stat.S_IROTH:  # noqa: PTH116 (follows a link, as reading does)
        return False
    return all(one.stat().st_mode & stat.S_IXOTH for one in whole.resolve().parents)


def _page(config: Config | None, user: Service) -> str | None:
    """Why the page does not answer; empty: it does; None: it is not for us to ask."""
    asks = user in (Service.GATEWAY, Service.PEOPLE)
    if config is None or not asks or not config.gateway.port:
        return None
    host = _EVERYWHERE.get(config.gateway.host, config.gateway.host)
    connection = http.client.HTTPConnection(host, config.gateway.port, timeout=_PAGE_PATIENCE)
    try:
        connection.request("GET", "/")
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        return str(error) or type(error).__name__
    finally:
        connection.close()
    return f"it answers with {status}" if status >= http.client.INTERNAL_SERVER_ERROR else ""
