"""What a service and the runtime say to each other of another configuration."""

from __future__ import annotations

import asyncio

from darkstar_common.config import Config


class Reread:
    """One per process; where nothing watches the file, nothing comes of it."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()
        """Somebody wants the file read again."""
        self.restarting = False
        """`main` is being cancelled only to begin again with another configuration: it leaves the
        house as it is, and says no goodbye."""
        self.pending: Config | None = None
        """The configuration that it is to begin again with."""
        self.told = ""
        """Revision of the file that the others have been told of last."""

    def ask(self, *, told: str = "") -> None:
        """Have the file read again.

        Args:
            told: Revision that the others have been told of already.
        """
        self.told = told or self.told
        self.asked.set()
