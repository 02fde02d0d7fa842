"""The tools of `darkstar-recorder`; each is one line in `TOOLS`."""

from __future__ import annotations

from darkstar_recorder.tools.backfill import BACKFILL
from darkstar_recorder.tools.backups import BACKUP, COMPACT, RESTORE, VERIFY
from darkstar_recorder.tools.doctor import DOCTOR
from darkstar_recorder.tools.episodes import EPISODES
from darkstar_recorder.tools.exporting import EXPORT
from darkstar_recorder.tools.importing import IMPORT
from darkstar_recorder.tools.resetting import RESET_LEARNING
from darkstar_recorder.tools.tool import Tool
from darkstar_recorder.tools.validating import VALIDATE

TOOLS: tuple[Tool, ...] = (
    BACKUP,
    VERIFY,
    RESTORE,
    COMPACT,
    IMPORT,
    EXPORT,
    RESET_LEARNING,
    BACKFILL,
    VALIDATE,
    DOCTOR,
    EPISODES,
)  # fmt: skip
