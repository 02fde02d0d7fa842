"""What a run leaves stays when it is wanted, or when something went wrong."""

from __future__ import annotations

from pathlib import Path

import pytest
from chaos.scratch import scratch


def run(wanted: Path | None, within: Path, end: BaseException | None = None) -> None:
    with scratch(wanted, within=within) as directory:
        directory.mkdir(parents=True)
        (directory / "gateway.log").write_text("said")
        if end is not None:
            raise end


def test_after_a_good_run_nothing_stays(tmp_path: Path) -> None:
    run(None, tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("end", [TimeoutError("gateway was not well"), SystemExit(1)])
def test_what_a_failed_run_left_stays_and_is_told(
    tmp_path: Path, end: BaseException, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(type(end)):
        run(None, tmp_path, end)
    (log,) = tmp_path.rglob("gateway.log")
    assert str(log.parent) in capsys.readouterr().err


def test_who_breaks_a_run_off_wants_nothing_of_it(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        run(None, tmp_path, KeyboardInterrupt())
    assert not list(tmp_path.iterdir())


def test_what_is_wanted_stays_after_a_good_run(tmp_path: Path) -> None:
    run(tmp_path / "wanted", tmp_path)
    assert (tmp_path / "wanted/gateway.log").exists()


def test_what_is_wanted_stays_after_a_bad_run(tmp_path: Path) -> None:
    with pytest.raises(SystemExit):
        run(tmp_path / "wanted", tmp_path, SystemExit(1))
    assert (tmp_path / "wanted/gateway.log").exists()
