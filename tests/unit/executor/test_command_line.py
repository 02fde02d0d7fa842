import os
import subprocess
import sys
from pathlib import Path

import pytest


def run(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "darkstar_executor", *words]
    return subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={**os.environ, **environment},
    )


def test_the_decision_table_is_printed() -> None:
    done = run("decision-table")
    assert done.returncode == 0
    assert "| 1 | `off` |" in done.stdout


@pytest.mark.parametrize(("word", "code"), [("--help", 0), ("banana", 2)])
def test_what_there_is_to_say(word: str, code: int) -> None:
    done = run(word)
    assert done.returncode == code
    assert (
        "darkstar-executor [run | release | decision-table | profiles" in done.stdout + done.stderr
    )


@pytest.mark.parametrize(
    ("profile", "content", "sentence"),
    [
        ("banana", None, "no such profile is shipped"),
        ("mine.yaml", None, "cannot be read"),
        ("mine.yaml", "title: [", "is no YAML"),
        ("mine.yaml", "title: Mine\n", "source is missing"),
    ],
)
def test_a_bad_profile_is_a_sentence_before_anything_is_touched(
    tmp_path: Path, profile: str, content: str | None, sentence: str
) -> None:
    (tmp_path / "config.yaml").write_text(f"inverter: {{profile: {profile}}}\n")
    if content is not None:
        (tmp_path / profile).write_text(content)
    done = run(
        "run",
        DARKSTAR_CONFIG=str(tmp_path / "config.yaml"),
        DARKSTAR_STATE_DIR=str(tmp_path / "state"),
        DARKSTAR_MQTT_PORT="1",
    )
    assert done.returncode == 2
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr
    assert all(line.startswith("darkstar-executor: ") for line in done.stderr.splitlines())
    assert not (tmp_path / "state").exists()


def test_a_profile_of_ones_own_lies_beside_the_configuration(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text("inverter: {profile: mine.yaml}\nsite: '/'\n")
    (tmp_path / "mine.yaml").write_text("title: [")
    done = run("run", DARKSTAR_CONFIG=str(tmp_path / "config.yaml"))
    assert done.returncode == 2
    assert "mine.yaml" not in done.stderr  # what is wrong with the configuration comes first


@pytest.mark.parametrize(
    ("environment", "code", "sentence"),
    [
        ({"DARKSTAR_CONFIG": "nowhere.yaml"}, 2, "copy config.example.yaml"),
        ({"DARKSTAR_MQTT_PORT": "banana"}, 2, "DARKSTAR_MQTT_PORT"),
    ],
)
def test_release_says_what_is_wrong(environment: dict[str, str], code: int, sentence: str) -> None:
    done = run("release", **environment)
    assert done.returncode == code
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr
