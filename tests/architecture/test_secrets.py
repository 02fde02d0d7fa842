"""Nothing in the repository is a secret; what holds some is kept out of it."""

from __future__ import annotations

import secrets
import subprocess
from pathlib import Path

import pytest
from support.secret_rules import RULES, bits, looks_random, secrets_in
from support.shipped_broker import script

ROOT = Path(__file__).resolve().parents[2]
MADE_UP = {
    ("tests/unit/deploy/test_prepare.py", "broker password"),  # the hash of `b`
    ("tests/integration/test_gateway_secrets.py", "password"),  # never heard of by any service
}
"""What only looks like one."""
KEPT_OUT = (
    "deploy/secrets/planner", "deploy/secrets/tls/ca.key", "deploy/.env", "config.yaml",
    "deploy/house/config/config.yaml", "deploy/compose.override.yaml", "build/sbom/x.json",
)  # fmt: skip
RANDOM = secrets.token_urlsafe(32)
HEX = secrets.token_hex(30)
SAMPLES = {
    "private key": "-----BEGIN EC PRIVATE " + f"KEY-----\n{HEX}",
    "AWS key": "AKIA" + "Q3EGRIZ4ABCD7XYZ",
    "GitHub token": "ghp" + f"_{HEX[:36]}",
    "GitLab token": "glpat" + f"-{HEX[:20]}",
    "Slack token": "xoxb" + f"-{HEX[:30]}",
    "package index token": "npm" + f"_{HEX[:36]}",
    "JSON web token": "eyJ" + f"{HEX[:20]}.eyJ{HEX[:20]}.{HEX[:20]}",
    "Discord webhook": "discord.com/api/" + f"webhooks/123456789012345678/{HEX}",
    "Telegram token": "123456789" + f":AA{HEX[:33]}",
    "address with a password": "mqtt://me" + f":{RANDOM}@broker",
    "password": "mqtt_password" + f": {RANDOM}",
    "broker password": script("prepare")["hashed"]("x", b"123456789012"),
}


def listed(*words: str) -> list[str]:
    done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.splitlines()


@pytest.mark.parametrize("kind", RULES)
def test_a_secret_of_each_kind_would_be_found(kind: str) -> None:
    found = list(secrets_in(f"first line\n{SAMPLES[kind]}\n"))
    assert (kind, 2) in found


@pytest.mark.parametrize(
    "text",
    [
        "password = settings.page_password_of_the_gateway",
        "DARKSTAR_MQTT_PASSWORD_FILE=/run/secrets/mqtt_password",
        "token: a-long-lived-access-token-goes-here",
        "mqtt://user:password@broker.lan",
        "url = f'http://{user}:{password}@host'",
        "-----BEGIN PRIVATE KEY----- is how such a file begins",
        "password=the password of planner",
    ],
)
def test_words_about_secrets_are_none(text: str) -> None:
    assert list(secrets_in(text)) == []


def test_what_is_random_is_told_from_words() -> None:
    assert looks_random(RANDOM)
    assert not looks_random("a_password_that_is_made_of_words")
    assert bits("aaaa") == 0
    assert bits("abcd") == 2


def test_no_file_of_the_repository_holds_a_secret() -> None:
    found = []
    for name in listed("ls-files", "--cached", "--others", "--exclude-standard"):
        path = ROOT / name
        if path.is_file() and path.suffix not in {".png", ".ico", ".parquet"}:
            text = path.read_text(encoding="utf-8", errors="replace")
            found += [f"{name}:{line}: {kind}" for kind, line in secrets_in(text)
                      if (name, kind) not in MADE_UP]  # fmt: skip
    assert found == []


@pytest.mark.parametrize("place", KEPT_OUT)
def test_what_holds_secrets_or_a_house_is_not_taken_into_the_repository(place: str) -> None:
    assert listed("check-ignore", place) == [place]


@pytest.mark.parametrize("place", [one for one in KEPT_OUT if "sbom" not in one])
def test_nor_is_it_handed_to_whoever_builds_an_image(place: str) -> None:
    """The engine gets only what .dockerignore lets through."""
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert next(line for line in lines if not line.startswith("#")) == "*", "nothing by itself"
    let_through = [line[1:].rstrip("/") for line in lines if line.startswith("!")]
    assert not any(place == one or place.startswith(f"{one}/") for one in let_through)
