"""Writes the generated files of the repository, or names those that are stale."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from darkstar_common.generate import acl, configuration, schemas, tables


def generated(root: Path) -> Iterator[tuple[Path, str]]:
    """Every generated file below `root`, and what it should hold."""
    contract = root / "docs/contract"
    for message in schemas.message_classes():
        yield contract / f"schemas/{message.__name__}.json", schemas.json_schema(message)
    yield contract / "asyncapi.json", schemas.asyncapi()
    yield contract / "topics.md", f"{tables.topics()}\n## Requests\n\n{tables.requests()}"
    yield root / "deploy/mosquitto/acl", acl.acl()
    yield root / "config.example.yaml", configuration.example()
    yield root / "docs/configuration.md", configuration.reference()
    for service, place in tables.readme_paths().items():
        readme = root / place
        yield readme, tables.with_topics(readme.read_text(encoding="utf-8"), service)


def stale(root: Path) -> tuple[Path, ...]:
    """The generated files that do not hold what they should."""
    return tuple(
        path
        for path, text in generated(root)
        if not path.exists() or path.read_text(encoding="utf-8") != text
    )


def main() -> None:
    """Write them, print an access list for other devices, or check."""
    parser = argparse.ArgumentParser(prog="python -m darkstar_common.generate", description=__doc__)
    parser.add_argument("--root", type=Path, default=Path.cwd())
    parser.add_argument("--check", action="store_true", help="name what is stale, write nothing")
    parser.add_argument("--acl", nargs="+", metavar="DEVICE", help="print the ACL for these")
    parser.add_argument(
        "--topics", nargs="+", default=(), metavar="TOPIC", help="of prices and weather, with --acl"
    )
    arguments = parser.parse_args()
    if arguments.acl:
        print(acl.acl(arguments.acl, arguments.topics), end="")
    elif arguments.check:
        found = stale(arguments.root)
        if found:
            sys.exit("stale, run `make generate`: " + ", ".join(str(path) for path in found))
    else:
        for path, text in generated(arguments.root):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
