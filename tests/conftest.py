"""What holds for all tests."""

from __future__ import annotations

from hypothesis import settings

# A machine that is busy with other things makes no test fail.
settings.register_profile("darkstar", deadline=None)
settings.load_profile("darkstar")
