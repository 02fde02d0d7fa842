"""`darkstar trace` at the command line: what it takes, and what it says when it cannot."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from darkstar_common.launcher.__main__ import main


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A house without a broker, nobody waited for."""
    (tmp_path / "config.yaml").write_text("timezone: UTC\n")
    monkeypatch.chdir(tmp_path)
    for name in [one for one in os.environ if one.startswith("DARKSTAR_")]:
        monkeypatch.delenv(name)


def called(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    monkeypatch.setattr(sys, "argv", ["darkstar", *words])
    try:
        main()
    except SystemExit as ended:
        return int(ended.code or 0)
    return 0


@pytest.mark.parametrize("word", ["abc", "nothing", "3f2a 91c0", "g" * 8, "3" * 37, ""])
def test_what_is_no_id_is_refused(
    word: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert called(monkeypatch, "trace", word) == 2
    assert "is no id; give four or more of its letters" in capsys.readouterr().err


def test_a_log_that_is_not_there_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert called(monkeypatch, "trace", "3f2a91c0", "--logs", "no.log") == 2
    assert "'no.log'" in capsys.readouterr().err


def test_a_broken_configuration_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("config.yaml").write_text("colour: red\n")
    assert called(monkeypatch, "trace", "3f2a91c0") == 2
    assert "colour" in capsys.readouterr().err


def test_the_images_do_without_what_only_a_simulated_house_needs() -> None:
    code = (
        "import sys; sys.modules['rich'] = sys.modules['iotcore'] = None; "
        "from darkstar_common.launcher.commands import COMMANDS; print(len(COMMANDS))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(done.stdout) > 1


def test_files_and_standard_input_are_looked_into(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from darkstar_common.launcher import following  # noqa: PLC0415 (its own module)

    (tmp_path / "one.log").write_bytes(b'{"a": 1}\n\xff\n')
    monkeypatch.setattr(sys, "stdin", io.StringIO(json.dumps({"b": 2})))
    lines = list(following._lines([str(tmp_path / "one.log"), "-"]))
    assert lines == ['{"a": 1}\n', "\ufffd\n", '{"b": 2}']


def test_a_reader_that_has_had_enough_is_no_error() -> None:
    code = "from darkstar_common.launcher.printing import tell; tell(str(n) for n in range(10**6))"
    words = f'"{sys.executable}" -c "{code}" | head -n 1'
    done = subprocess.run(["/bin/sh", "-c", words], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("0\n", "")


def test_a_clock_that_is_none_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DARKSTAR_CLOCK", "noon")
    assert called(monkeypatch, "trace", "3f2a91c0") == 2
    assert "DARKSTAR_CLOCK is 'noon'" in capsys.readouterr().err


def test_the_doctor_names_a_variable_that_cannot_be_used(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DARKSTAR_MQTT_PORT", "many")
    assert called(monkeypatch, "doctor") == 2
    assert "DARKSTAR_MQTT_PORT is 'many'" in capsys.readouterr().err


def test_the_doctor_finds_a_broken_configuration_and_no_more(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("config.yaml").write_text("colour: red\n")
    assert called(monkeypatch, "doctor") == 1
    told = capsys.readouterr().out
    assert "problem  configuration" in told
    assert "colour" in told
