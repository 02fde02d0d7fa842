from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from support.doors import Door, a_door

from darkstar_gateway.api.page import Page


@pytest.fixture
async def door(page: Page, tmp_path: Path) -> AsyncIterator[Door]:
    async with a_door(page, tmp_path) as made:
        yield made
