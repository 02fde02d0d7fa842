from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from support.gateway_app import Gateway, a_gateway

from darkstar_gateway.api.page import Page


@pytest.fixture
def page(tmp_path: Path) -> Page:
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text("<!doctype html><title>Darkstar</title>" + " " * 2000)
    (tmp_path / "assets" / "index-abc.js").write_text("export const a = 1;\n" * 100)
    (tmp_path / ".stamp").write_text("of the build")
    return Page.read(tmp_path)


@pytest.fixture
async def gateway(page: Page) -> AsyncIterator[Gateway]:
    async with a_gateway(page) as made:
        yield made


@pytest.fixture
async def hasty(page: Page) -> AsyncIterator[Gateway]:
    """A gateway that waits for no service."""
    async with a_gateway(page, patience=timedelta(milliseconds=1)) as made:
        yield made
