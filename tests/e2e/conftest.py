"""Houses for whole simulated days."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from darkstar_common.launcher.fleet import console_script

ROOT = Path(__file__).resolve().parents[2]
REAL_HOUSE = ROOT.parent / "shared/data/home-se4-2025-summer.csv"


Say = Callable[[str], None]


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Say:
    """Prints past pytest's capture: the figures are the point."""

    def print_it(text: str) -> None:
        with capsys.disabled():
            print(f"\n    {text}", end="", flush=True)  # noqa: T201 (the figures are the point)

    return print_it


@pytest.fixture(scope="session")
def generated_house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five weeks of a plausible house in May and June."""
    path = tmp_path_factory.mktemp("house") / "generated.csv"
    words = ("generate", "--days", "36", "--start", "2026-05-04", "--seed", "7")
    subprocess.run(
        (console_script("darkstar-simulator"), *words, "--output", str(path)), check=True
    )
    return path


@pytest.fixture(scope="session")
def likeliest_house(request: pytest.FixtureRequest) -> Path:
    """A Swedish home's summer where it is at hand, else the generated house."""
    if REAL_HOUSE.exists():
        return REAL_HOUSE
    generated: Path = request.getfixturevalue("generated_house")
    return generated
