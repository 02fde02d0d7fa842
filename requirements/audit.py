"""Whether what we wrote and what we use is safe, as far as machines can say.

    python -m requirements.audit            # bandit, licences, bills of materials, pip-audit
    python -m requirements.audit --offline  # without pip-audit, which asks a service on the net

Exit code 1 for a finding. What could not be looked up is unknown, which is told and is no finding.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from requirements import licences, sbom
from requirements.locked import HERE, ROOT, LockedError

LOOKED_AT = ("libs", "services", "lab", "deploy", "requirements")
WHERE = ", ".join(LOOKED_AT)
LOCKS = ("all", "node")
"""Together they name all that any other lock does."""
PATIENCE = 300
"""For the service that knows of advisories [s]."""
_TWINS = {"B603": ("S603", "S607")}
"""Bandit's rules are ruff's S rules by another letter; where ruff sees one for two."""
_PIECES = "services/recorder/src/darkstar_recorder/store/"
"""Statements are put together there from words of our own; bandit guesses at each piece, and ruff's
S608 is answered where the whole is made."""


class NoAnswerError(Exception):
    """A program that looks did not say what it saw; the text is its own."""


def answered(finding: Mapping[str, Any], lines: Iterable[str]) -> bool:
    """Whether the code says with a reason why it may do what bandit found.

    The reason stands once, after `noqa` for ruff's rule of the same number.

    Args:
        finding: As bandit tells it.
        lines: Those it is about.
    """
    rule = str(finding["test_id"])
    if (
        rule == "B608"
        and finding["issue_confidence"] == "LOW"
        and finding["filename"].startswith(_PIECES)
    ):
        return True
    wanted = _TWINS.get(rule, (f"S{rule[1:]}",))
    reasons = re.compile(rf"# noqa: [^(\n]*\b({'|'.join(wanted)})\b[^(\n]*\(.+\)")
    return any(reasons.search(line) for line in lines)


def unanswered(report: Mapping[str, Any], root: Path) -> Iterator[str]:
    """What bandit found and the code does not answer, a sentence each."""
    for finding in report["results"]:
        path = root / finding["filename"]
        text = path.read_text(encoding="utf-8").splitlines()
        span = finding["line_range"]
        if not answered(finding, text[min(span) - 1 : max(span)]):
            yield (
                f"{finding['filename']}:{finding['line_number']}: {finding['test_id']} "
                f"{finding['issue_text']}"
            )


def advisories(report: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    """What pip-audit found, a sentence each, and which packages it could not look up."""
    found, unknown = [], []
    for one in report["dependencies"]:
        if "skip_reason" in one:
            unknown.append(str(one["name"]))
        for advisory in one.get("vulns", ()):
            mended = ", ".join(advisory["fix_versions"]) or "no version yet"
            found.append(
                f"{one['name']} {one['version']}: {advisory['id']}, mended in {mended}: make lock"
            )
    return found, unknown


def _said(*words: str | Path, patience: float = PATIENCE) -> dict[str, Any]:
    """What a program of this environment writes as JSON into the file it is given last.

    Raises:
        NoAnswerError: It wrote none.
    """
    with TemporaryDirectory() as place:
        target = Path(place) / "said.json"
        try:
            done = subprocess.run(  # noqa: S603 (fixed words)
                [sys.executable, "-m", *map(str, words), str(target)],
                cwd=ROOT, capture_output=True, text=True, check=False, timeout=patience,
            )  # fmt: skip
            said: dict[str, Any] = json.loads(target.read_text(encoding="utf-8"))
        except subprocess.TimeoutExpired:
            raise NoAnswerError(f"no answer in {patience:g} s") from None
        except (OSError, ValueError):
            last = done.stderr.strip().splitlines() or ["it said nothing"]
            raise NoAnswerError(last[-1]) from None
    return said


def code() -> list[str]:
    """What bandit finds in our code and nobody has answered.

    Raises:
        NoAnswerError: Bandit did not run.
    """
    report = _said("bandit", "-q", "-c", "pyproject.toml", "-r", *LOOKED_AT, "-f", "json", "-o")
    broken = [f"{one['filename']}: {one['reason']}" for one in report["errors"]]
    return broken + list(unanswered(report, ROOT))


def asked() -> tuple[list[str], list[str]]:
    """What is known against the packages we use, and what there is to say of the looking up."""
    locks = [word for lock in LOCKS for word in ("-r", HERE / f"{lock}.txt")]
    try:
        report = _said("pip_audit", "--disable-pip", "--require-hashes", *locks,
                       "--progress-spinner", "off", "--format", "json", "-o")  # fmt: skip
    except NoAnswerError as error:
        return [], [f"advisories: UNKNOWN for every package: nobody answered ({error})"]
    found, unknown = advisories(report)
    return found, list(told(len(report["dependencies"]), found, unknown))


def told(packages: int, found: Sequence[str], unknown: Sequence[str]) -> Iterator[str]:
    """How much is known of so many `packages`; what could not be looked up is not called clean."""
    if unknown:
        named = ", ".join(unknown[:3]) + (", …" if unknown[3:] else "")
        yield (
            f"advisories: UNKNOWN for {len(unknown)} of {packages} packages, which the service "
            f"could not look up ({named}); that says nothing about them, good or bad"
        )
    if len(unknown) < packages:
        yield f"advisories: {packages - len(unknown)} packages looked up, {len(found)} findings"


def everything(*, advised: bool) -> Iterator[tuple[str, list[str]]]:
    """A line on each thing that was looked at, with what was found.

    Raises:
        NoAnswerError: Bandit did not run.
        LockedError: A package is not installed here, so its licence is unknown.
        ValueError: A bill of materials is not as it should be.
    """
    with ThreadPoolExecutor() as beside:
        asking = beside.submit(asked) if advised else None
        findings = code()
        yield f"bandit: {len(findings)} findings without an answer in {WHERE}", findings
        shipped = licences.shipped()
        wrong = list(licences.problems(shipped))
        yield f"licences: {len(shipped)} packages are shipped, {len(wrong)} that may not be", wrong
        written = sbom.write(sbom.TARGET)
        yield f"sbom: {len(written)} documents in {sbom.TARGET.relative_to(ROOT)}", []
        if asking is not None:
            known, lines = asking.result()
            yield "\n".join(lines), known


def main() -> None:
    """Look at all of it; exit code 1 for a finding."""
    parser = argparse.ArgumentParser(description="Whether code and packages are safe.")
    parser.add_argument("--offline", action="store_true", help="ask nobody for known weaknesses")
    options = parser.parse_args()
    findings: list[str] = []
    try:
        for line, found in everything(advised=not options.offline):
            print(line, flush=True)
            findings += found
    except (NoAnswerError, LockedError, ValueError) as error:
        sys.exit(f"audit: {error}")
    if findings:
        sys.exit("\n".join(f"audit: {one}" for one in findings))


if __name__ == "__main__":
    main()
