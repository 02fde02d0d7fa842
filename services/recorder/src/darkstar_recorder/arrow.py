"""Rows as an Arrow IPC stream, for answers too long for JSON.

Polars is imported when the first such answer is asked for: a house that never does so
does not carry it in memory.
"""

from __future__ import annotations

from io import BytesIO

from darkstar_recorder.store import Rows


def arrow_stream(rows: Rows) -> bytes:
    """`rows` with their types and `complete` as the last column, compressed with Zstandard."""
    import polars as pl  # noqa: PLC0415 (see above)

    plain: dict[str, type[pl.DataType]] = {
        "BOOLEAN": pl.Boolean, "DOUBLE": pl.Float64, "DATE": pl.Date, "VARCHAR": pl.String,
    }  # fmt: skip

    def kind(sql: str) -> pl.DataType:
        if sql.endswith("[]"):
            return pl.List(kind(sql.removesuffix("[]")))
        if sql == "TIMESTAMP":
            return pl.Datetime("us", "UTC")
        return plain.get(sql, pl.Int64 if "INT" in sql else pl.String)()

    columns = {
        name: pl.Series(name, values, dtype=kind(rows.types[name]))
        for name, values in rows.columns.items()
    }
    complete = pl.Series("complete", [rows.complete] * rows.row_count, dtype=pl.Boolean)
    stream = BytesIO()
    pl.DataFrame([*columns.values(), complete]).write_ipc_stream(stream, compression="zstd")
    return stream.getvalue()
