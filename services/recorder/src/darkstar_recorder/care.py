"""Looks after the file: a copy each night, what is old goes, and a word when the disk is full."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from darkstar_common.contract import Issue
from darkstar_common.runtime import Context
from darkstar_recorder.store import StoreError
from darkstar_recorder.store.caring import Caring
from darkstar_recorder.store.copies import BACKUPS, PART, backup_name
from darkstar_recorder.threads import Elsewhere

NIGHTLY = "nightly"
DISK_LOW, BACKUP_FAILED, CARE_FAILED = "disk_low", "backup_failed", "care_failed"
_USUAL_HOUR = 3
"""When old rows go where no copies are wanted."""
_SPARE_MB = 50.0
"""What a copy leaves to whoever writes on."""
_A_LOOK = timedelta(hours=1)
_SOON = timedelta(minutes=5)
"""Who has made room sees the warning gone by then."""
_RUNS = 20
"""Planning runs that are written anew at once; 10 ms each."""
_AGAIN = timedelta(milliseconds=20)
"""Of the wall's time, between two pieces; whoever records goes first."""


def free_mb(directory: Path) -> float:
    """What is free on the disk of `directory` [MB]."""
    return shutil.disk_usage(directory).free / 1e6


def due_after(last: datetime, hour: int, zone: ZoneInfo) -> datetime:
    """The first moment after `last` at which it is `hour` o'clock in `zone`, in UTC.

    Example:
        >>> due_after(datetime(2026, 1, 1, 12, tzinfo=UTC), 3, ZoneInfo("Europe/Stockholm"))
        datetime.datetime(2026, 1, 2, 2, 0, tzinfo=datetime.timezone.utc)
    """
    day = last.astimezone(zone).date()
    moments = (
        datetime.combine(day + timedelta(days=ahead), time(hour), zone).astimezone(UTC)
        for ahead in range(3)
    )
    return next(one for one in moments if one > last)


class Care:
    """One task that is awake once an hour; its work is done on a thread of its own."""

    def __init__(
        self,
        context: Context,
        caring: Caring,
        elsewhere: Elsewhere,
        free: Callable[[Path], float] = free_mb,
    ) -> None:
        """Take what it needs.

        Args:
            context: Of the service.
            caring: The file.
            elsewhere: Runs what blocks, beside the writer.
            free: What is free on the disk of a directory [MB].
        """
        self._context, self._caring, self._elsewhere, self._free = context, caring, elsewhere, free
        self._config = context.config.recorder
        self.backups = context.state_dir / BACKUPS

    async def run(self) -> None:
        """Look after the file until cancelled; a night that was missed is made up for at once."""
        clock = self._context.clock
        again = clock.now()
        while True:
            low = await self._look_at_disk()
            if again <= clock.now():
                again = await self._take_care()
            await clock.sleep_until(min(again, clock.now() + _SOON) if low else again)

    async def _take_care(self) -> datetime:
        """Do what is due; when to look again whether something is."""
        clock = self._context.clock
        try:
            due = await self._due()
            if due <= clock.now():
                await self.nightly()
                due = await self._due()
            await self._context.status.clear_issue(CARE_FAILED)
        except StoreError as error:
            await self._say(CARE_FAILED, f"what is old stays: {error}")
            due = clock.now() + _A_LOOK
        return min(max(due, clock.now()), clock.now() + _A_LOOK)

    async def nightly(self) -> None:
        """Copy the file, let go of what is old, write runs anew, fold the log into the file.

        Raises:
            StoreError: The file cannot be written.
        """
        now = self._context.clock.now()
        if self._config.backup_hour is not None:
            await self._back_up(now)
        gone = 0
        while count := await self._elsewhere(lambda: self._caring.prune(self._config.keep, now)):
            gone += count
            await self._context.clock.sleep(_AGAIN * self._context.clock.speed)
        await self._repack()
        await self._elsewhere(self._caring.checkpoint)
        await self._elsewhere(lambda: self._caring.done(NIGHTLY, now))
        self._context.log.info("care_taken", pruned=gone, size_mb=round(self._caring.size_mb, 1))

    async def _repack(self) -> None:
        """Write planning runs of earlier versions in the present form, until none is left."""
        while piece := await self._elsewhere(lambda: self._caring.repack(_RUNS)):
            for key in piece.unreadable:
                self._context.log.warning("episode_damaged", episode_id=str(key))
            await self._context.clock.sleep(_AGAIN * self._context.clock.speed)

    async def _due(self) -> datetime:
        last = await self._elsewhere(lambda: self._caring.last_done(NIGHTLY))
        if last is None:  # there is nothing to copy yet
            last = self._context.clock.now()
            await self._elsewhere(lambda: self._caring.done(NIGHTLY, last))
        hour = self._config.backup_hour
        zone = self._context.config.zone
        return due_after(last, _USUAL_HOUR if hour is None else hour, zone)

    async def _back_up(self, now: datetime) -> None:
        free, size = self._free(self._context.state_dir), self._caring.size_mb
        if free < size + _SPARE_MB:
            await self._say(
                BACKUP_FAILED,
                f"the recorder's file was not copied: the copy takes {size:.0f} MB and {free:.0f} "
                "MB are free on the disk",
            )
            return
        target = self.backups / backup_name(now)
        try:
            await self._elsewhere(lambda: self._make(target))
        except (StoreError, OSError) as error:
            await self._say(BACKUP_FAILED, f"the recorder's file was not copied: {error}")
        else:
            await self._context.status.clear_issue(BACKUP_FAILED)

    def _make(self, target: Path) -> None:
        for left in self.backups.glob(f"*{PART}"):
            left.unlink()
        self._caring.copy_to(target)
        *older, _ = sorted(self.backups.glob("history-*.duckdb"))
        for one in older[: max(len(older) + 1 - self._config.backups, 0)]:
            one.unlink()

    async def _look_at_disk(self) -> bool:
        """Whether there is little room left, which people are told."""
        free, least = self._free(self._context.state_dir), self._config.low_disk_mb
        if free < least:
            await self._say(
                DISK_LOW, f"{free:.0f} MB are free on the recorder's disk, less than {least:.0f}"
            )
        else:
            await self._context.status.clear_issue(DISK_LOW)
        return free < least

    async def _say(self, key: str, sentence: str) -> None:
        if key not in {one.key for one in self._context.status.issues}:
            self._context.log.warning(key, reason=sentence)
        await self._context.status.raise_issue(
            Issue(
                key=key, severity="warning", message=sentence,
                guidance="Make room on the disk, or keep less: recorder.keep and "
                "recorder.backups in config.yaml.",
            )
        )  # fmt: skip
