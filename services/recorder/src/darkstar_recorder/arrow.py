"""Rows as an Arrow IPC stream, for answers too long for JSON.

Polars is imported when the first such answer is asked for: a house that never does so
does not carry it in memory.
"""

from __future__ import annotations

from io import BytesIO
from typing import Any

from darkstar_recorder.store import Rows


def arrow_stream(rows: Rows) -> bytes:
    """`rows` with their types and `complete` as the last column, compressed with Zstandard."""
    import polars as pl  # noqa: PLC0415 (see above)

    plain: dict[str, type[pl.DataType]] = {
        "BOOLEAN": pl.Boolean, "DOUBLE": pl.Float64, "DATE": pl.Date, "VARCHAR": pl.String,
    }  # fmt: skip

    named = pl.Struct({"name": pl.String, "values": pl.List(pl.String)})

    def kind(sql: str) -> pl.DataType:
        if sql.startswith("MAP"):
            return pl.List(named)
        if sql.endswith("[]"):
            return pl.List(kind(sql.removesuffix("[]")))
        if sql == "TIMESTAMP":
            return pl.Datetime("us", "UTC")
        return plain.get(sql, pl.Int64 if "INT" in sql else pl.String)()

    def series(name: str, values: tuple[Any, ...]) -> pl.Series:
        dtype = kind(rows.types[name])
        if not isinstance(dtype, pl.List):
            return pl.Series(name, values, dtype=dtype)
        # Nested values are slow to take in, and few of them differ.
        keys = [str(one) for one in values]
        some = {key: _plain(one) for key, one in zip(keys, values, strict=True)}
        places = {key: place for place, key in enumerate(some)}
        chosen = pl.Series([places[key] for key in keys], dtype=pl.UInt32)
        return pl.Series(name, list(some.values()), dtype=dtype).gather(chosen)

    columns = [series(name, values) for name, values in rows.columns.items()]
    complete = pl.Series("complete", [rows.complete] * rows.row_count, dtype=pl.Boolean)
    stream = BytesIO()
    pl.DataFrame([*columns, complete]).write_ipc_stream(stream, compression="zstd")
    return stream.getvalue()


def _plain(value: Any) -> Any:
    """What Arrow has instead of a mapping: a list of names with what each has."""
    if isinstance(value, dict):
        return [{"name": name, "values": values} for name, values in value.items()]
    return value
