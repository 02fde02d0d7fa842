"""The scripts of deploy/ as modules, which stand beside each other and are no package; the tree."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"


def script(name: str) -> ModuleType:
    """`deploy/<name>.py`, each loaded once; what it imports of its neighbours, too."""
    known = f"deploy_{name}"
    if known not in sys.modules:
        spec = importlib.util.spec_from_file_location(known, DEPLOY / f"{name}.py")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[known] = module
        sys.path.insert(0, str(DEPLOY))
        try:
            spec.loader.exec_module(module)
        finally:
            sys.path.remove(str(DEPLOY))
    return sys.modules[known]


def tree() -> tuple[str, ...]:
    """The files of this clone as they are now, by their names below its root."""
    command = ("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return tuple(one for one in listed.stdout.split("\0") if one and (ROOT / one).is_file())
