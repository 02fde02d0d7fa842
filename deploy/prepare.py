"""Makes what the containers need and a clone does not have: passwords, and a configuration.

A password for each broker user goes to `deploy/secrets/<user>`, their hashes to
`deploy/secrets/passwords` for the broker. With `page_password` people sign in at the page, with
`page_token` programs do, with `grafana_password` the user `admin` in Grafana. What is there already
is kept: to change a password, delete its file and run this again.

The configuration is in a directory of its own, `deploy/house/config`, which the containers share:
the gateway puts a new file there when settings are saved. `config.yaml` is a link to it. Standard
library only.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SECRETS = ROOT / "deploy/secrets"
LINK = ROOT / "config.yaml"
CONFIG = ROOT / "deploy/house/config/config.yaml"
EXAMPLE = ROOT / "config.example.yaml"
USERS = (
    *("planner", "executor", "recorder", "forecaster", "gateway"),
    *("simulator", "homeassistant", "people"),
)
PASSWORDS = "passwords"
PAGE = ("page_password", "page_token")
GRAFANA = ("grafana_password",)
TYPED = ("page_password", "grafana_password")
"""People type these."""
EASY = "abcdefghjkmnpqrstuvwxyz23456789"
"""What nobody takes for something else, and every keyboard has."""
SHORTEST = 12
"""Of a password that somebody chose [characters]."""
EVERYBODYS = 0o666
"""The mode of the configuration; the directory above keeps everybody else out."""
ITERATIONS = 1000
"""Of the hash; the passwords are random, so this guards against nothing but a typed one."""


class SecretError(Exception):
    """A password cannot be used; the text names its file and the way out."""


class SharingError(Exception):
    """The configuration cannot be shared with the containers; the text says the way out."""


def hashed(password: str, salt: bytes) -> str:
    """`password` as mosquitto 2 keeps it: PBKDF2 with SHA-512, salt and hash in base 64."""
    key = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, ITERATIONS)
    return f"$7${ITERATIONS}${base64.b64encode(salt).decode()}${base64.b64encode(key).decode()}"


def matches(password: str, entry: str) -> bool:
    """Whether `entry` is the hash of `password`, made by this script."""
    try:
        salt = base64.b64decode(entry.split("$")[3])
    except (IndexError, ValueError):
        return False
    return hmac.compare_digest(hashed(password, salt), entry)


def password_of(user: str, directory: Path) -> str:
    """The password of `user`, made now if there is none.

    Raises:
        SecretError: There is one that would keep nobody out.
    """
    path = directory / user
    if not path.exists():
        _write(path, (typed() if user in TYPED else secrets.token_urlsafe(32)) + "\n")
    password = path.read_text(encoding="utf-8").strip()
    if len(password) < SHORTEST or password == user:
        raise SecretError(
            f"{path} holds no usable password ({len(password)} characters, {SHORTEST} or more are "
            "needed). Delete the file and run this again: it makes a random one."
        )
    return password


def typed() -> str:
    """A random password that people can read from one screen and type at another."""
    return "-".join("".join(secrets.choice(EASY) for _ in range(4)) for _ in range(4))


def password_file(passwords: Mapping[str, str], known: str) -> str:
    """The broker's file: the lines of `known` that still hold, new ones for the rest."""
    entries = dict(line.split(":", 1) for line in known.splitlines() if ":" in line)
    lines = []
    for user, password in passwords.items():
        entry = entries.get(user, "")
        if not matches(password, entry):
            entry = hashed(password, secrets.token_bytes(12))
        lines.append(f"{user}:{entry}\n")
    return "".join(lines)


def make_secrets(directory: Path) -> tuple[str, ...]:
    """Make what is missing in `directory`; returns what got a new password.

    Raises:
        SecretError: A password that is there cannot be used.
    """
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    directory.chmod(0o700)
    new = tuple(one for one in (*USERS, *PAGE, *GRAFANA) if not (directory / one).exists())
    for one in (*PAGE, *GRAFANA):
        password_of(one, directory)
    passwords = {user: password_of(user, directory) for user in USERS}
    target = directory / PASSWORDS
    known = target.read_text(encoding="utf-8") if target.exists() else ""
    wanted = password_file(passwords, known)
    if wanted != known:
        _write(target, wanted)
    return new


def _write(path: Path, text: str) -> None:
    """Write a file that containers can read: each has users of its own, and sees its file alone.

    On this machine the directory keeps everybody else out.
    """
    temporary = path.with_name(f".{path.name}")
    temporary.write_text(text, encoding="utf-8")
    temporary.chmod(0o644)
    temporary.replace(path)


def make_config(link: Path, config: Path, example: Path) -> tuple[str, ...]:
    """Have the configuration at `config`, and a `link` to it; returns what there is to say.

    A file in the place of the link is taken for the newest: an editor may have put it there.

    Raises:
        SharingError: The containers cannot write it.
    """
    said = []
    config.parent.mkdir(parents=True, exist_ok=True)
    # The gateway's container writes there as a user of its own. On this machine the directory
    # above keeps everybody else out.
    config.parent.parent.chmod(0o700)
    config.parent.chmod(0o777)
    if link.exists() and not link.is_symlink():
        if config.exists():
            config.replace(config.with_name("config.before.yaml"))
            said.append(
                f"{link.name} was a file of its own, and is in force now; the one before is "
                f"{config.with_name('config.before.yaml')}"
            )
        shutil.move(link, config)
    elif not config.exists():
        shutil.copyfile(example, config)
        said.append(
            "config.yaml was missing; it is now a copy of config.example.yaml, which names the "
            "simulated house's entities and writes nothing (executor.shadow)"
        )
    share(config)
    if not link.is_symlink():
        link.symlink_to(os.path.relpath(config, link.parent))
    return tuple(said)


def share(config: Path) -> None:
    """Let the containers write `config`.

    Once settings were saved on the page it belongs to the gateway's user, who keeps its mode; only
    that user and root may change it.

    Raises:
        SharingError: They cannot write it, and this user may not let them.
    """
    if config.stat().st_mode & EVERYBODYS == EVERYBODYS:
        return
    try:
        config.chmod(EVERYBODYS)
    except OSError as error:
        raise SharingError(
            f"{config} is not to be written by the containers, and belongs to somebody else "
            f"({error.strerror}): sudo chmod 666 {config}, then run this again."
        ) from None


def main() -> None:
    """Make what is missing, and say what was made."""
    os.umask(0o077)
    try:
        new = make_secrets(SECRETS)
        said = make_config(LINK, CONFIG, EXAMPLE)
    except (SecretError, SharingError) as error:
        sys.exit(f"darkstar: {error}")
    except OSError as error:
        place = error.filename or SECRETS
        sys.exit(
            f"darkstar: {place} cannot be made or read ({error.strerror}): let this user have it, "
            f'sudo chown "$USER" {place}, and run this again.'
        )
    if new:
        print(f"darkstar: made passwords in deploy/secrets for {', '.join(new)}")
    if "page_password" in new:
        print("darkstar: to sign in at the page: cat deploy/secrets/page_password")
    for sentence in said:
        print(f"darkstar: {sentence}")


if __name__ == "__main__":
    main()
