"""The tools of `darkstar-recorder`; each is one line in `TOOLS`."""

from __future__ import annotations

from darkstar_recorder.tools.importing import IMPORT
from darkstar_recorder.tools.tool import Tool

TOOLS: tuple[Tool, ...] = (
    IMPORT,
)  # fmt: skip
