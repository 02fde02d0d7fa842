"""One service's part in moving a house, called in its own container by `deploy/moving.py`.

```
python3 -m darkstar_common.launcher.moving pack planner     its state, to standard output
…                                          stage planner    one from standard input, beside its own
…                                          commit | undo | settle | lived planner
```

It is started many times for one move, so it imports next to nothing.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from darkstar_common.launcher.fleet import SERVICES
from darkstar_common.launcher.moving import placing, recorder, state
from darkstar_common.launcher.moving.errors import MovingError

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


def _state_dir() -> Path:
    """Where services keep their state; every image says so."""
    told = os.environ.get("DARKSTAR_STATE_DIR", "")
    if not told:
        raise MovingError("DARKSTAR_STATE_DIR is not set; it names where services keep their state")
    return Path(told).absolute()


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
        place = _state_dir() / arguments.service
        COMMANDS[arguments.command](place, arguments.bytes)
    except (MovingError, OSError) as error:
        sys.stderr.write(f"{arguments.service}: {error}\n")
        raise SystemExit(_REFUSED) from None


if __name__ == "__main__":
    main()
