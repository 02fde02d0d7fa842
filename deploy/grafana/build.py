"""Writes the dashboards' JSON from `darkstar_dashboards`; `--check` only tells what is stale."""

from __future__ import annotations

import argparse
import sys

from darkstar_dashboards.files import BOARDS, TARGET, stale, write


def main() -> None:
    """Write the dashboards, or look whether they are up to date."""
    parser = argparse.ArgumentParser(prog="build.py", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail when stale")
    if not parser.parse_args().check:
        changed = write(TARGET)
        print(f"dashboards: {len(BOARDS)}, {len(changed)} changed")
        return
    if changed := stale(TARGET):
        sys.exit(f"stale dashboards: {', '.join(changed)}; run `make dashboards`")
    print(f"dashboards: {len(BOARDS)}, up to date")


if __name__ == "__main__":
    main()
