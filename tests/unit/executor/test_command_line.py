import subprocess
import sys

import pytest


def run(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "darkstar_executor", *words]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def test_the_decision_table_is_printed() -> None:
    done = run("decision-table")
    assert done.returncode == 0
    assert "| 1 | `pause` |" in done.stdout


@pytest.mark.parametrize(("word", "code"), [("--help", 0), ("banana", 2)])
def test_what_there_is_to_say(word: str, code: int) -> None:
    done = run(word)
    assert done.returncode == code
    assert "darkstar-executor [run | decision-table | profiles" in done.stdout + done.stderr
