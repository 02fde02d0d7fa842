"""What the containers' benchmark makes of what Docker says."""

from __future__ import annotations

from typing import Any

import pytest
from bench.containers import Start, healthy_after, resident_mb, section

START = Start(whole_seconds=14.2, healthy_seconds={"executor": 6.0, "gateway": 5.5}, load=0.4)
SIZES = {"executor": (190.0, 19.0), "gateway": (330.0, 160.0)}
MEMORY = {"executor": 42.0, "gateway": 58.0}


def checked(end: str, code: int) -> dict[str, Any]:
    return {"End": end, "ExitCode": code}


def test_a_container_is_healthy_from_its_first_good_check() -> None:
    log = [
        checked("2026-01-02T03:04:10.000000001Z", 1),
        checked("2026-01-02T04:04:15.75+01:00", 0),
        checked("2026-01-02T03:04:20Z", 0),
    ]
    state = {"StartedAt": "2026-01-02T03:04:05.250000000Z", "Health": {"Log": log}}
    assert healthy_after(state) == 10.5


@pytest.mark.parametrize("key", ["total_inactive_file", "inactive_file"])
def test_files_that_can_be_dropped_are_not_held(key: str) -> None:
    """The first on a kernel with control groups of version 1, the second on newer ones."""
    assert resident_mb({"usage": 50_000_000, "stats": {key: 8_000_000}}) == 42.0


def test_an_image_that_is_too_large_is_named() -> None:
    text = section(SIZES, [START], MEMORY, "29.0")
    assert "| executor | 190 MB | 19 MB | 150 MB: yes | 42 MB | 6.0 s |" in text
    assert "| gateway | 330 MB | 160 MB | 150 MB: **no** | 58 MB | 5.5 s |" in text


@pytest.mark.parametrize(("seconds", "met"), [(20.0, "yes"), (20.1, "**no**")])
def test_the_fastest_start_is_held_against_the_target(seconds: float, met: str) -> None:
    slower = Start(whole_seconds=99.0, healthy_seconds={}, load=12.0)
    fastest = Start(whole_seconds=seconds, healthy_seconds=START.healthy_seconds, load=0.1)
    text = section(SIZES, [slower, fastest], MEMORY, "29.0")
    assert f"met: {met}." in text
    assert "99.0 s (load 12.0)" in text, "the slow ones are told, too"


@pytest.mark.parametrize(("megabytes", "met"), [(840.0, "yes"), (860.0, "**no**")])
def test_the_whole_is_held_against_its_memory(megabytes: float, met: str) -> None:
    text = section(SIZES, [START], {**MEMORY, "gateway": megabytes}, "29.0")
    assert f"under 900 MB: {met}." in text


def test_what_is_no_image_of_ours_has_no_size() -> None:
    started = Start(whole_seconds=9.0, healthy_seconds={"mosquitto": 5.0}, load=0.0)
    text = section({}, [started], {"mosquitto": 3.0}, "29.0")
    assert "| mosquitto |  |  |  | 3 MB | 5.0 s |" in text
