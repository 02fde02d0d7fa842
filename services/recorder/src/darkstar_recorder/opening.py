"""Opens the database when the service starts, however long the disk makes it wait."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from darkstar_common.contract import Issue
from darkstar_common.runtime import Context
from darkstar_recorder.recording import GUIDANCE, UNWRITABLE
from darkstar_recorder.store import (
    Store,
    StoreError,
    StoreUnreadableError,
    StoreUnwritableError,
)
from darkstar_recorder.threads import Elsewhere

_RETRY = timedelta(seconds=5)


async def opened(context: Context, path: Path, elsewhere: Elsewhere) -> Store:
    """The store at `path`, once the disk lets it be opened; until then an issue says why not.

    The broker keeps what comes meanwhile.

    Raises:
        StoreError: It never will be: a newer version wrote it, or another process has it.
    """
    while True:
        try:
            store = await elsewhere(lambda: Store(path))
        except (StoreUnreadableError, StoreUnwritableError) as error:
            context.log.error("store_refused", reason=str(error))  # noqa: TRY400 (the sentence says it all)
            issue = Issue(key=UNWRITABLE, severity="error", message=str(error), guidance=GUIDANCE)
            await context.status.raise_issue(issue)
            await context.clock.sleep(_RETRY * context.clock.speed)
        except StoreError as error:
            context.log.error("store_refused", reason=str(error))  # noqa: TRY400 (the traceback follows in the crash)
            raise
        else:
            return store
