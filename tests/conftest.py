"""What holds for all tests.

Generated examples are the same ones in every run, so that a change which breaks nothing is
green everywhere. `DARKSTAR_TEST_EXAMPLES=2000 make unit` looks further: that many examples of
each property, new ones every time.
"""

from __future__ import annotations

import os

from hypothesis import settings

# A machine that is busy with other things makes no test fail.
settings.register_profile("darkstar", deadline=None, derandomize=True)
settings.load_profile("darkstar")
if "DARKSTAR_TEST_EXAMPLES" in os.environ:
    settings.register_profile(
        "further",
        deadline=None,
        derandomize=False,
        max_examples=int(os.environ["DARKSTAR_TEST_EXAMPLES"]),
    )
    settings.load_profile("further")
