"""The virtual environment of `make setup` and of systemd, after the system's Python changed."""

from __future__ import annotations

import runpy
import venv
from pathlib import Path
from typing import Any

import pytest

SETUP: dict[str, Any] = runpy.run_path(
    str(Path(__file__).resolve().parents[3] / "requirements/setup.py")
)
works = SETUP["works"]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("environment") / "venv"
    venv.create(place, with_pip=True)
    return place


def test_an_environment_that_runs_is_kept(made: Path) -> None:
    assert works(made)


def test_one_of_another_python_is_made_anew(made: Path) -> None:
    told = made / "pyvenv.cfg"
    text = told.read_text(encoding="utf-8")
    told.write_text("home = /usr/bin\nversion = 3.9.2\n", encoding="utf-8")
    assert not works(made)
    told.write_text(text, encoding="utf-8")


def test_one_whose_python_is_gone_is_made_anew(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/python").symlink_to("/nowhere/python3.10")
    assert not works(tmp_path)


def test_one_without_packages_is_made_anew(tmp_path: Path) -> None:
    venv.create(tmp_path, with_pip=False)
    assert not works(tmp_path)
