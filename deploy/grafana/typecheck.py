"""Checks the dashboards' JSON against Grafana's own types, of the newest and of the oldest version.

Needs Node.js; what it needs of npm is in `typecheck/package-lock.json` and goes to a directory that
git does not know.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
CHECK = HERE / "typecheck"
DASHBOARDS = HERE / "dashboards"


def source(dashboards: Path) -> str:
    """The files in `dashboards` as TypeScript: each one a constant that has to be a `Board`."""
    parts = ['import type { Board } from "../types";\n']
    for path in sorted(dashboards.glob("*.json")):
        name = re.sub(r"\W", "_", path.stem)
        parts.append(f"export const {name}: Board = {path.read_text(encoding='utf-8').strip()};\n")
    return "\n".join(parts)


def check(dashboards: Path, npm: str) -> subprocess.CompletedProcess[str]:
    """Run the compiler over `dashboards`, with the locked versions of it and of the types.

    Raises:
        subprocess.CalledProcessError: npm could not install them.
    """
    target = CHECK / "build/dashboards.ts"
    target.parent.mkdir(exist_ok=True)
    target.write_text(source(dashboards), encoding="utf-8")
    if not (CHECK / "node_modules/.package-lock.json").exists():
        _npm(npm, "ci", "--silent", check=True)
    return _npm(npm, "run", "--silent", "check", check=False)


def _npm(npm: str, *words: str, check: bool) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 (fixed words)
        (npm, *words), cwd=CHECK, check=check, capture_output=True, text=True
    )


def main() -> None:
    """Check the dashboards that are committed."""
    npm = shutil.which("npm")
    if npm is None:
        sys.exit("dashboards not type-checked: npm is missing; install Node.js 20 or later")
    done = check(DASHBOARDS, npm)
    if done.returncode:
        sys.exit(f"dashboards are not what Grafana reads:\n{done.stdout}{done.stderr}")
    print(f"dashboards: {len(list(DASHBOARDS.glob('*.json')))}, as Grafana's types have them")


if __name__ == "__main__":
    main()
