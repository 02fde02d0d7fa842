"""Another configuration while a service runs: read, weighed, and taken over or refused.

A change of what the service goes by ends its `main` and begins it again; the process, its
bus and its status stay. What cannot be used changes nothing, and is told.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Final

from darkstar_common.bus import Delivery, Inbox
from darkstar_common.config import Config, ConfigError
from darkstar_common.config.load import parsed_config
from darkstar_common.config.reloading import changed_keys, concerns, held, needs_restart
from darkstar_common.contract import CONFIG, ConfigState, Issue, Service
from darkstar_common.runtime.context import Context
from darkstar_common.runtime.gauges import show_config

REFUSED, RESTART, ELSEWHERE = "config_refused", "restart_needed", "config_elsewhere"
KEPT_ISSUES: Final = frozenset({REFUSED, RESTART, ELSEWHERE, "metrics_port", "broker_certificate"})
"""The runtime's own: a service that begins again has still these."""
GRACE_SECONDS: Final = 15.0
"""A file that is another than the saved one is told of after so long [s of the wall]."""


@dataclass(frozen=True, slots=True)
class _File:
    """The file as it is now."""

    revision: str
    config: Config | None
    problem: str = ""


class Reloading:
    """The configuration of one service, and what is to be done about another one."""

    def __init__(
        self,
        context: Context,
        service: Service,
        applied: Callable[[Config], Config],
        *,
        grace: float = GRACE_SECONDS,
    ) -> None:
        """Take what the service was started with.

        Args:
            context: The same.
            service: Which one it is.
            applied: Puts what the environment says in its place.
            grace: How long the file may be another than the saved one [s of the wall].
        """
        self.context = context
        self.due = asyncio.Event()
        """There is another configuration for the service to begin again with."""
        self._service, self._applied, self._grace = service, applied, grace
        self._pending: Config | None = None
        self._before: Config | None = None
        self._revision = self._saved = ""

    async def watch(self) -> None:
        """Look at the file at the start and whenever it may be another, until cancelled."""
        heard = () if self._service is Service.GATEWAY else (CONFIG,)
        async with self.context.bus.inbox(*heard) as inbox, asyncio.TaskGroup() as tasks:
            tasks.create_task(self._hear(inbox), name="saved configurations")
            asked = True
            while True:
                await self._look(asked=asked)
                asked = await self._wait()

    def begin(self) -> Context:
        """What the service is to go on with."""
        self.due.clear()
        if self._pending is not None:
            self._before = self.context.config
            self.context = replace(self.context, config=self._pending)
            self._pending = self.context.reread.pending = None
        return self.context

    async def go_back(self, reason: str) -> bool:
        """Return to the configuration before, since `main` crashed with this one.

        Returns:
            Whether there is one; it is gone back to only once.
        """
        before, self._before = self._before, None
        if before is None:
            return False
        self.context = replace(self.context, config=before)
        await self._refuse(reason)
        return True

    async def _hear(self, inbox: Inbox) -> None:
        async for delivery in inbox:
            if isinstance(delivery, Delivery):
                self._saved = delivery.message.revision
                if self._saved != self._revision:
                    self.context.reread.ask()
                else:
                    await self.context.status.clear_issue(ELSEWHERE)

    async def _wait(self) -> bool:
        """Wait until somebody asks, or a difference has stood for too long; whether one asked."""
        asked = self.context.reread.asked
        with suppress(TimeoutError):
            async with asyncio.timeout(self._grace if self._elsewhere() else None):
                await asked.wait()
        if asked.is_set():
            asked.clear()
            return True
        return False

    def _elsewhere(self) -> bool:
        return bool(self._saved) and self._saved != self._revision

    async def _look(self, *, asked: bool) -> None:
        """Read the file; one that nobody asked about again is weighed only when it is another."""
        status, file = self.context.status, await asyncio.to_thread(self._read)
        another, self._revision = file.revision != self._revision, file.revision
        show_config(file.revision)
        if not self._elsewhere():
            await status.clear_issue(ELSEWHERE)
        elif not asked:
            await status.raise_issue(_elsewhere(self.context.config_path, file.revision))
        if not (another or asked):
            return
        if file.config is None:
            await self._refuse(file.problem)
            return
        await status.clear_issue(REFUSED)
        await self._weigh(self._applied(file.config))

    async def _weigh(self, config: Config) -> None:
        """See what of `config` this service goes by, and what it can take over."""
        running, status = self.context.config, self.context.status
        changed = tuple(changed_keys(running, config))
        ours = [key for key in changed if concerns(self._service, key)]
        later = [key for key in ours if needs_restart(key)]
        if later:
            await status.raise_issue(_restart(later))
        else:
            await status.clear_issue(RESTART)
        await self._tell(changed)
        if len(later) < len(ours):
            self.context.log.info("configuration_changed", keys=ours)
            self._pending = held(running, config)
            self.due.set()
        else:
            self._pending = None
            self.due.clear()
        self.context.reread.pending = self._pending

    async def _tell(self, changed: Sequence[str]) -> None:
        """Say which configuration is saved, as far as that is ours to say and not yet said."""
        reread = self.context.reread
        if self._service is not Service.GATEWAY or reread.told == self._revision:
            return
        reread.told = self._revision
        state = ConfigState(
            sender=Service.GATEWAY,
            emitted_at=self.context.clock.now(),
            revision=self._revision,
            changed=tuple(changed),
        )
        await self.context.bus.publish(CONFIG, state)

    async def _refuse(self, reason: str) -> None:
        self.context.log.warning("configuration_refused", reason=reason)
        await self.context.status.raise_issue(_refused(reason))

    def _read(self) -> _File:
        path = self.context.config_path or Path("config.yaml")
        try:
            content = path.read_bytes()
        except OSError as error:
            return _File("", None, f"{path} cannot be read ({error.strerror})")
        revision = sha256(content).hexdigest()
        try:
            return _File(revision, parsed_config(content, path))
        except ConfigError as error:
            return _File(revision, None, str(error).splitlines()[0])


def _refused(reason: str) -> Issue:
    return Issue(
        key=REFUSED,
        severity="warning",
        message=f"The changed configuration cannot be used: {reason}",
        guidance="Until it is mended, this service goes on with the one it had before. Mend the "
        "file or restore an earlier one in the settings.",
    )


def _restart(keys: Sequence[str]) -> Issue:
    return Issue(
        key=RESTART,
        severity="info",
        message=f"A changed setting waits for a restart of this service: {', '.join(keys)}.",
        guidance="Start Darkstar again, such as with `docker compose restart`.",
    )


def _elsewhere(path: Path | None, revision: str) -> Issue:
    found = "is another one" if revision else "is not there"
    return Issue(
        key=ELSEWHERE,
        severity="warning",
        message=f"The configuration was saved, but this service's file {path} {found}.",
        guidance="Give all services the same file, or start the gateway again if the file was "
        "changed by hand.",
    )
