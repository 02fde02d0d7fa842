"""The command line of the recorder's tools, where no recorder runs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from support.desks import Heard, a_desk

from darkstar_recorder.__main__ import main
from darkstar_recorder.commandline import parser
from darkstar_recorder.store import Store
from darkstar_recorder.tools import TOOLS
from darkstar_recorder.tools.importing import IMPORT
from darkstar_recorder.tools.tool import Stopped, ToolError

HOUSE = """start_utc,load_kwh,pv_kwh,spot_per_kwh
2026-01-01T12:00:00Z,0.5,0.25,1
2026-01-01T12:15:00Z,0.5,0.25,1
2026-01-01T12:30:00Z,0.5,,1
"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the command is called; an empty configuration is the default house."""
    (tmp_path / "config.yaml").touch()
    (tmp_path / "house.csv").write_text(HOUSE)
    monkeypatch.chdir(tmp_path)
    for name in ("CONFIG", "STATE_DIR", "CLOCK"):
        monkeypatch.delenv(f"DARKSTAR_{name}", raising=False)
    return tmp_path


def test_a_house_is_imported_once(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["import", "house.csv"])
    main(["import", "house.csv"])
    file = home / "state/recorder/history.duckdb"
    assert capsys.readouterr().out.splitlines() == [
        f"house.csv: 3 slots read, 3 new in {file}",
        f"house.csv: 3 slots read, 0 new in {file}",
    ]


def test_a_span_and_another_file_may_be_named(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--from", "2026-01-01T12:15", "--until", "2026-01-01T13:30:00+01:00"]
    main(["import", "house.csv", *options, "--database", "other.duckdb"])
    assert capsys.readouterr().out == "house.csv: 1 slots read, 1 new in other.duckdb\n"
    assert (home / "other.duckdb").exists()
    assert not (home / "state").exists()


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("missing.csv", None, "missing.csv: it cannot be read"),
        ("bad.csv", "a,b\n1,2\n", "bad.csv: it has no column start_utc"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(
    home: Path, capsys: pytest.CaptureFixture[str], name: str, text: str | None, sentence: str
) -> None:
    if text is not None:
        (home / name).write_text(text)
    with pytest.raises(SystemExit) as ended:
        main(["import", name])
    assert ended.value.code == 2
    assert capsys.readouterr().err.startswith(f"darkstar-recorder: {sentence}")


@pytest.mark.parametrize(
    "arguments",
    [
        ["backup", "--to", "house.csv/copy"],
        ["export", "house.csv"],
        ["restore", "house.csv"],
        ["episodes", "show", "nobody"],
        ["import", "no-export"],
    ],
)
def test_an_error_is_one_sentence_and_the_code_2(
    home: Path, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    main(["import", str(home / "house.csv")])
    deep = home / "no-export/somebody/elses"
    deep.mkdir(parents=True)
    (deep / "house.csv").write_bytes((home / "house.csv").read_bytes())
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("darkstar-recorder: ")


@pytest.mark.parametrize(
    "command", [["export", "out"], ["doctor"], ["backup"], ["reset-learning", "--today"]]
)
def test_what_needs_a_file_makes_none(
    home: Path, capsys: pytest.CaptureFixture[str], command: list[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main([*command, "--database", "deep/typo.duckdb"])
    assert ended.value.code == 2
    assert "deep/typo.duckdb is not there" in capsys.readouterr().err
    assert not (home / "deep").exists()


@pytest.mark.parametrize("command", ["import house.csv", "export out", "doctor", "episodes list"])
def test_a_time_that_ends_before_it_begins_is_refused(
    home: Path, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    main(["import", str(home / "house.csv")])
    with pytest.raises(SystemExit) as ended:
        main([*command.split(), "--from", "2026-01-02", "--until", "2026-01-01"])
    assert ended.value.code == 2
    assert capsys.readouterr().err == (
        "darkstar-recorder: --until 2026-01-01 00:00:00+0000 is not after "
        "--from 2026-01-02 00:00:00+0000\n"
    )


def test_who_reads_no_further_stops_it_without_a_word(home: Path) -> None:
    main(["import", "house.csv"])
    with subprocess.Popen(
        [sys.executable, "-m", "darkstar_recorder", "export", "out"],
        cwd=home, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        assert process.stdout
        assert process.stderr
        process.stdout.close()
        assert process.stderr.read() == "darkstar-recorder: stopped\n"
    assert process.returncode == 130


def test_an_unusable_configuration_is_named(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / "config.yaml").unlink()
    with pytest.raises(SystemExit) as ended:
        main(["import", "house.csv"])
    assert ended.value.code == 2
    assert "copy config.example.yaml there" in capsys.readouterr().err


@pytest.mark.parametrize(
    "text", ["yesterday", "0001-01-01T00:00:00+12:00", "9999-12-31T23:59:59-12:00", "2026-02-30"]
)
@pytest.mark.usefixtures("home")
def test_what_is_no_time_is_refused_with_an_example(
    text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["export", "out", "--from", text])
    assert ended.value.code == 2
    assert f"{text!r} is no time; try 2026-01-31 or" in capsys.readouterr().err


@pytest.mark.parametrize("limit", ["-1", "0", "many"])
@pytest.mark.usefixtures("home")
def test_a_list_is_of_one_or_more(limit: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["episodes", "list", "--limit", limit])
    assert ended.value.code == 2
    assert f"{limit!r} is no number of 1 or more" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["import", "export", "doctor", "episodes list"])
def test_what_a_time_means_is_said_where_it_is_asked_for(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main([*command.split(), "--help"])
    assert ended.value.code is None or ended.value.code == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "--from TIME" in said
    assert said.count("UTC unless it says otherwise") == 2


def test_a_file_that_is_no_database_is_named(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (home / "text.duckdb").write_text("no database " * 1000)
    with pytest.raises(SystemExit):
        main(["import", "house.csv", "--database", "text.duckdb"])
    assert "text.duckdb: cannot be opened as a DuckDB database" in capsys.readouterr().err


def test_each_tool_has_a_name_of_its_own_and_says_what_it_does() -> None:
    assert len({one.name for one in TOOLS}) == len(TOOLS)
    assert all(one.name in parser().format_help() and one.help for one in TOOLS)


def test_a_desk_without_a_database_says_so(tmp_path: Path) -> None:
    with pytest.raises(ToolError, match="not open"):
        _ = a_desk(None, tmp_path).store


def test_an_import_stops_between_two_pieces(home: Path) -> None:
    def gone() -> None:
        raise Stopped

    store, heard = Store(home / "x.duckdb"), Heard()
    desk = a_desk(store, home, heard=heard, checkpoint=gone)
    options = parser().parse_args(["import", "house.csv"])
    with pytest.raises(Stopped):
        IMPORT.run(desk, options)
    store.close()
    assert heard == Heard()
