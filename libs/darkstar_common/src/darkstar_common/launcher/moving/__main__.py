"""One service's part in moving a house, called in its own container by `deploy/moving.py`.

```
python3 -m darkstar_common.launcher.moving pack planner     its state, to standard output
…                                          stage planner    one from standard input, beside its own
…                                          commit | undo | settle | lived planner
```
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from darkstar_common.launcher.fleet import SERVICES
from darkstar_common.launcher.moving import placing, recorder, state
from darkstar_common.launcher.moving.errors import MovingError
from darkstar_common.runtime import SettingsError, read_settings

_REFUSED = 2


def _pack(place: Path, _size: int) -> None:
    """Write what the service keeps to standard output."""
    with recorder.copied(place, {}) as copy:
        found = {**state.files(place), **({state.DATABASE: copy} if copy else {})}
        state.pack(state.opened(found), sys.stdout.buffer)


def _stage(place: Path, size: int) -> None:
    """Take what comes from standard input, and look at the database in it."""
    placing.need_room(place.parent, size)
    fresh = placing.stage(place)
    for name, _, content in state.packed(sys.stdin.buffer):
        state.write(fresh, name, content)
    if (fresh / state.DATABASE).exists():
        recorder.checked(fresh / state.DATABASE, place, {})


def _lived(place: Path, _size: int) -> None:
    """Say whether anything is kept."""
    sys.stdout.write("yes\n" if placing.is_lived_in(place) else "no\n")


COMMANDS: Mapping[str, Callable[[Path, int], None]] = {
    "pack": _pack,
    "stage": _stage,
    "commit": lambda place, _: placing.commit((place,)),
    "undo": lambda place, _: placing.undo((place,)),
    "settle": lambda place, _: placing.settle((place,)),
    "lived": _lived,
}


def main() -> None:
    """Do one of them; exit code 2 and a sentence where it cannot be done."""
    parser = argparse.ArgumentParser(prog="moving", description=__doc__.splitlines()[0])
    parser.add_argument("command", choices=COMMANDS)
    parser.add_argument("service", choices=SERVICES)
    parser.add_argument("--bytes", type=int, default=0, help="how much the whole house takes [B]")
    arguments = parser.parse_args()
    try:
        place = read_settings().state_dir.absolute() / arguments.service
        COMMANDS[arguments.command](place, arguments.bytes)
    except (MovingError, SettingsError, OSError) as error:
        sys.stderr.write(f"{arguments.service}: {error}\n")
        raise SystemExit(_REFUSED) from None


if __name__ == "__main__":
    main()
