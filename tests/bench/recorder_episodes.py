"""16,000 planning runs of an earlier Darkstar's shape: what they take, and how fast they are read.

`PYTHONPATH=tests python -m bench.recorder_episodes [--episodes N]` writes them twice, as
uncompressed JSON rows and as the recorder keeps them, reads both in full, a piece of each in
turn, and compares all. How they are made up is in `bench.predecessor_episodes`.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from hashlib import blake2b
from itertools import islice
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
from bench.predecessor_episodes import Row, episodes
from bench.report import machine, table, write_section

from darkstar_common.runtime import Stopwatch
from darkstar_recorder.core.earlier_episodes import earlier
from darkstar_recorder.core.episodes import KeptEpisode
from darkstar_recorder.core.packing import UnreadableError
from darkstar_recorder.store import Store
from darkstar_recorder.store.database import open_database
from darkstar_recorder.store.episodes import each

EPISODES, PIECE = 16_000, 50
HERE = ZoneInfo("Europe/Stockholm")
COLUMNS = ("inputs", "context", "schedule", "overrides")
MOST_MB, MOST_SLOWER = 100, 0.2
MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What came out."""

    count: int = 0
    text_bytes: int
    zlib_bytes: float
    """Of the first hundred, as the earlier Darkstar wanted to keep them."""
    body_bytes: int
    used_bytes: int
    """Of the file; the rest of it is free for later rows."""
    file_bytes: int
    anew_bytes: int
    """Of the file, copied row by row."""
    identical: int = 0
    plain_seconds: float = 0.0
    seconds: float = 0.0

    @property
    def kept_promises(self) -> bool:
        """Whether they fit, are the same, and are read as fast as promised."""
        fits = max(self.used_bytes, self.anew_bytes) <= MOST_MB * MEGABYTE * max(
            1, self.count / EPISODES
        )
        same = self.identical == self.count
        return fits and same and self.seconds <= self.plain_seconds * (1 + MOST_SLOWER)


def measured(count: int, directory: Path) -> Figures:
    """Write `count` episodes both ways, and read them."""
    ours, plain = directory / "ours.duckdb", directory / "plain.duckdb"
    digests = _written(count, ours, plain)
    store = Store(ours)
    sizes = store.episode_sizes()
    store.close()
    first = ["".join(row[2:]).encode() for row in episodes(min(100, count))]
    return _read(
        ours,
        plain,
        digests,
        Figures(
            text_bytes=sizes.texts,
            zlib_bytes=sum(len(zlib.compress(one, 6)) for one in first) / len(first),
            body_bytes=sizes.bodies,
            used_bytes=_used_bytes(ours),
            file_bytes=ours.stat().st_size,
            anew_bytes=_anew_bytes(ours, directory / "anew.duckdb"),
        ),
    )


def _used_bytes(path: Path) -> int:
    with duckdb.connect(str(path), read_only=True) as connection:
        (sizes,) = connection.execute("PRAGMA database_size").fetchall()
    block_bytes, _, used_blocks = sizes[2:5]
    return int(block_bytes * used_blocks)


def _anew_bytes(path: Path, target: Path) -> int:
    """Of a copy that is written row by row, in which nothing is free."""
    with duckdb.connect(":memory:", config={"threads": 1, "memory_limit": "96MB"}) as connection:
        connection.execute(f"ATTACH '{path}' AS one (READ_ONLY)")
        connection.execute(f"ATTACH '{target}' AS other")
        connection.execute("COPY FROM DATABASE one TO other")
    return target.stat().st_size


def _read(ours: Path, plain: Path, digests: dict[str, bytes], figures: Figures) -> Figures:
    """Read both in full, a piece of each in turn, so that both find the machine as busy."""
    connection, rows = open_database(ours), duckdb.connect(str(plain), config={"threads": 1})
    found = rows.execute(f"SELECT {', '.join(COLUMNS)} FROM training_episodes")  # noqa: S608 (names of this module)
    kept = each(connection, PIECE)
    count = identical = 0
    taken = {"kept": 0.0, "plain": 0.0}
    while True:
        watch = Stopwatch()
        piece = list(islice(kept, PIECE))
        taken["kept"] += watch.elapsed.total_seconds()
        watch = Stopwatch()
        _ = [[json.loads(one) for one in row] for row in found.fetchmany(PIECE)]
        taken["plain"] += watch.elapsed.total_seconds()
        if not piece:
            break
        count += len(piece)
        identical += sum(
            not isinstance(value, UnreadableError)
            and _digest(json.dumps(value[one]) for one in COLUMNS) == digests[str(key)]
            for key, value in piece
        )
    connection.close()
    rows.close()
    return replace(
        figures,
        count=count,
        identical=identical,
        seconds=taken["kept"],
        plain_seconds=taken["plain"],
    )


def _written(count: int, ours: Path, plain: Path) -> dict[str, bytes]:
    """The digest of each one's JSON texts, by id."""
    store, rows = Store(ours), duckdb.connect(str(plain))
    digests: dict[str, bytes] = {}
    rows.execute("PRAGMA force_compression='uncompressed'")
    rows.execute(
        "CREATE TABLE training_episodes (id VARCHAR, created_at VARCHAR, inputs VARCHAR, "
        "context VARCHAR, schedule VARCHAR, overrides VARCHAR)"
    )
    made = episodes(count)
    while piece := list(islice(made, PIECE)):
        rows.begin()
        rows.executemany("INSERT INTO training_episodes VALUES (?, ?, ?, ?, ?, ?)", piece)
        rows.commit()
        store.add_episodes(_taken(row) for row in piece)
        digests |= {row[0]: _digest(iter(row[2:])) for row in piece}
    rows.execute("CHECKPOINT")
    rows.close()
    store.close()
    return digests


def _taken(row: Row) -> KeptEpisode:
    name, created_at, *texts = row
    return earlier(
        name, created_at=created_at, timezone=HERE, **dict(zip(COLUMNS, texts, strict=True))
    )


def _digest(texts: Iterator[str]) -> bytes:
    return blake2b("\n".join(texts).encode(), digest_size=16).digest()


def section(figures: Figures) -> str:
    """What the page says of it."""
    count = figures.count
    rows = (
        (
            "JSON text",
            f"{figures.text_bytes / count:,.0f}",
            f"{figures.text_bytes / MEGABYTE:,.0f}",
        ),
        ("zlib, level 6", f"{figures.zlib_bytes:,.0f}", ""),
        ("as kept", f"{figures.body_bytes / count:,.0f}", f"{figures.body_bytes / MEGABYTE:,.0f}"),
        *(
            (what, f"{size / count:,.0f}", f"{size / MEGABYTE:,.0f}")
            for what, size in (
                ("of the file, all else included, in use", figures.used_bytes),
                ("the file, in which DuckDB keeps room for later rows", figures.file_bytes),
                ("the file when it is written anew", figures.anew_bytes),
            )
        ),
    )
    slower = figures.seconds / figures.plain_seconds - 1
    return (
        f"## The recorder's episodes\n\n{count:,} made-up planning runs of an earlier Darkstar's "
        "shape (192 slots of inputs, a plan of 130 slots with 27 fields; how is in "
        "`tests/bench/predecessor_episodes.py`), each read in full.\n\n"
        + table(("what", "bytes each", "MB for all"), rows)
        + f"\n{figures.identical:,} of {count:,} come back identical, digit for digit. Reading all "
        f"takes {figures.seconds:.0f} s; as uncompressed JSON rows, in turn with them, "
        f"{figures.plain_seconds:.0f} s ({slower:+.0%}). {machine()}.\n"
    )


def main() -> None:
    """Measure, and say so in docs/benchmarks.md when all of them were measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--episodes", type=int, default=EPISODES)
    count = parser.parse_args().episodes
    with tempfile.TemporaryDirectory() as directory:
        figures = measured(count, Path(directory))
    text = section(figures)
    print(text)  # noqa: T201 (what it is for)
    if count == EPISODES:
        write_section("recorder_episodes", text)
    raise SystemExit(not figures.kept_promises)


if __name__ == "__main__":
    main()
