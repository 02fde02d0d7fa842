"""`make fuzz-api`: thousands of requests of every kind against the whole gateway.

schemathesis reads the description and asks what it allows and what it does not, as the owner, of
a gateway over a played house. A server error is a mistake of ours, unless it says that a service
or Home Assistant is not there (502, 503, 504), which the description tells.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from support.doors import BEARER, SECRETS
from support.whole_gateway import a_whole_gateway

CHECKS = "not_a_server_error,content_type_conformance"
SETTINGS = """
[checks.not_a_server_error]
expected-statuses = ["2xx", "3xx", "4xx", "502", "503", "504"]
"""
PHASES = "examples,coverage,fuzzing"
ENDLESS = ("/api/events", "/api/connections/home_assistant")
"""The one never ends, the other would ask whatever addresses the requests name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fuzzed:
    """What came of it."""

    cases: int
    failed: bool
    output: str


async def fuzzed(
    url: str, directory: Path, *, examples: int, seed: int, phases: str = PHASES
) -> Fuzzed:
    """Ask `examples` requests of each route at least.

    Args:
        url: Of the gateway.
        directory: Where the tool may write.
        examples: Requests by chance of each route; the odd ones that it makes by rule come on top.
        phases: Which of the tool's.
        seed: The same makes the same requests.
    """
    settings, report = directory / "schemathesis.toml", directory / "report.ndjson"
    settings.write_text(SETTINGS, encoding="utf-8")
    words = [
        "--config-file",
        str(settings),
        "run",
        f"{url}api/openapi.json",
        "--url",
        url.rstrip("/"),
    ]
    words += ["--checks", CHECKS, "--max-examples", str(examples), "--seed", str(seed)]
    words += ["--phases", phases, "--request-timeout", "30", "--no-color"]
    words += ["--header", f"authorization: {BEARER['authorization']}", "--continue-on-failure"]
    words += ["--warnings", "off", "--report", "ndjson", "--report-ndjson-path", str(report)]
    for path in ENDLESS:
        words += ["--exclude-path", path]
    tool = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "schemathesis.cli", *words, cwd=directory,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    output = (await tool.communicate())[0].decode(errors="replace")
    return Fuzzed(cases=_cases(output), failed=tool.returncode != 0, output=output)


def _cases(output: str) -> int:
    found = re.search(r"(\d+) generated", output)
    return int(found[1]) if found else 0


async def fuzz(*, examples: int, seed: int, phases: str = PHASES) -> Fuzzed:
    """Make a gateway, and ask it."""
    with TemporaryDirectory() as name:
        directory = Path(name)
        async with a_whole_gateway(directory, SECRETS) as whole:
            return await fuzzed(whole.url, directory, examples=examples, seed=seed, phases=phases)


def main() -> None:
    """Say what came of it; ends with 1 when there was a mistake."""
    parser = argparse.ArgumentParser(prog="make fuzz-api", description=__doc__)
    parser.add_argument("--examples", type=int, default=60, help="requests of each route")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    found = asyncio.run(fuzz(examples=asked.examples, seed=asked.seed))
    sys.stdout.write(found.output)
    sys.stdout.write(json.dumps({"cases": found.cases, "failed": found.failed}) + "\n")
    sys.exit(1 if found.failed else 0)


if __name__ == "__main__":
    main()
