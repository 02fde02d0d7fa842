"""The rules of the architecture that import-linter cannot see."""

from __future__ import annotations

import ast
import re
import subprocess
import tomllib
from functools import cache
from pathlib import Path

import pytest

from darkstar_common.launcher.fleet import console_script

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted(
    one
    for place in ("libs/*/src", "services/*/src", "lab/src")
    for one in ROOT.glob(f"{place}/**/*.py")
)
PACKAGES = sorted(ROOT.glob("*/*/pyproject.toml"))
CLOCK = "runtime/clock.py"
READS_TIME = {
    ("datetime", "now"), ("datetime", "utcnow"), ("datetime", "today"), ("date", "today"),
    ("time", "time"), ("time", "monotonic"), ("time", "perf_counter"), ("time", "sleep"),
}  # fmt: skip
HEAVY = {"ortools": "planner", "duckdb": "recorder", "xgboost-cpu": "forecaster"}
TRACKED = subprocess.run(
    ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
    cwd=ROOT,
    capture_output=True,
    text=True,
    check=False,
).stdout.splitlines()


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def parsed() -> tuple[tuple[str, ast.AST], ...]:
    return tuple((name(path), ast.parse(path.read_text(encoding="utf-8"))) for path in SOURCES)


def test_there_is_something_to_look_at() -> None:
    assert len(SOURCES) > 100
    assert len(PACKAGES) == 7


def test_imports_keep_to_the_architecture() -> None:
    checked = subprocess.run(
        [console_script("lint-imports"), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout


def test_the_lab_knows_the_services_by_their_cores() -> None:
    found = [
        f"{path}: {node.module}"
        for path, tree in parsed()
        if path.startswith("lab/")
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        and re.match(r"darkstar_(?!common|lab)\w+(?!\w|\.core\b)", node.module or "")
    ]
    assert found == []


def test_nobody_but_the_clock_reads_the_time() -> None:
    found = [
        f"{path}:{node.lineno}"
        for path, tree in parsed()
        if not path.endswith(CLOCK)
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and (node.value.id, node.attr) in READS_TIME
    ]
    assert found == []


def test_only_command_lines_print() -> None:
    found = [
        f"{path}:{node.lineno}"
        for path, tree in parsed()
        if not path.endswith("__main__.py") and "/launcher/" not in path and "/cli" not in path
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "print"
    ]
    assert found == []


def test_only_the_runtime_catches_everything() -> None:
    found = [
        f"{path}:{node.lineno}"
        for path, tree in parsed()
        if "/runtime/" not in path
        for node in ast.walk(tree)
        if isinstance(node, ast.ExceptHandler)
        and (
            node.type is None
            or (isinstance(node.type, ast.Name) and node.type.id in {"Exception", "BaseException"})
        )
    ]
    assert found == []


def test_nothing_is_global_unfinished_or_out_of_proportion() -> None:
    found = []
    for path, tree in parsed():
        text = (ROOT / path).read_text(encoding="utf-8")
        if text.count("\n") > 400:
            found.append(f"{path}: {text.count(chr(10))} lines")
        found += [f"{path}: {word}" for word in re.findall(r"\b(?:TODO|FIXME|XXX)\b", text)]
        for node in ast.walk(tree):
            if isinstance(node, ast.Global):
                found.append(f"{path}:{node.lineno}: global")
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                if lines > 60:
                    found.append(f"{path}:{node.lineno}: {node.name} has {lines} lines")
    assert found == []


@pytest.mark.parametrize("package", PACKAGES, ids=name)
def test_a_package_declares_only_its_own_heavy_dependencies(package: Path) -> None:
    declared = set(tomllib.loads(package.read_text())["project"]["dependencies"])
    others = {one for one, owner in HEAVY.items() if owner != package.parent.name}
    assert declared & others == set()
    assert "xgboost" not in declared, "it pulls 460 MB of GPU libraries; xgboost-cpu does not"


def test_the_locks_have_hashes_and_no_address() -> None:
    locks = [path for path in (ROOT / "requirements").glob("*.txt") if path.name != "dev.in"]
    everything = (ROOT / "requirements/all.txt").read_text()
    services = {package.parent.name for package in PACKAGES} - {"darkstar_common"}
    assert {lock.stem for lock in locks} == services | {"all", "build", "node"}
    for lock in locks:
        text = lock.read_text()
        assert "://" not in text
        assert "--index-url" not in text
        for pinned in re.findall(r"^([\w.-]+==\S+)", text, re.MULTILINE):
            assert pinned in everything or lock.stem == "node"
        assert text.count("==") <= text.count("--hash=sha256:")


def test_no_file_names_a_place_on_one_machine_or_a_registry() -> None:
    # Put together from parts, so that this file does not name them itself.
    places = [f"/{word}/" for word in ("work", "root", "farm")]
    registries = [
        ".".join(parts) for parts in (("pypi", "org"), ("npmjs", "org"), ("npmjs", "com"))
    ]
    found = []
    for file in TRACKED:
        path = ROOT / file
        if not path.is_file() or path.suffix in {".png", ".ico"}:
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        found += [f"{file}: {one}" for one in (*places, *registries) if one in text]
    assert found == []
