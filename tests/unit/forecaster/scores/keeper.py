"""A recorder that answers in Arrow from tables, in pages, and may refuse."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from io import BytesIO

import polars as pl

from darkstar_common.bus import Delivery
from darkstar_common.contract import HISTORY_QUERY, HistoryQuery, RequestResult, Service
from darkstar_common.testing import MemoryBus


@dataclass
class Keeper:
    """Tables by what is asked for; of `forecasts` and `prices` every issue, as they came."""

    bus: MemoryBus
    tables: dict[str, pl.DataFrame] = field(default_factory=dict)
    page: int = 1000
    refusals: int = 0
    nonsense: bytes | None = None
    queries: list[HistoryQuery] = field(default_factory=list)

    async def run(self) -> None:
        async with self.bus.inbox(HISTORY_QUERY) as inbox:
            async for delivery in inbox:
                assert isinstance(delivery, Delivery)
                self.queries.append(delivery.message)
                await delivery.answer(self.told(delivery.message))

    def told(self, query: HistoryQuery) -> bytes | RequestResult:
        if self.nonsense is not None:
            return self.nonsense
        if self.refusals:
            self.refusals -= 1
            return RequestResult(
                sender=Service.RECORDER, emitted_at=query.emitted_at, accepted=False,
                reason="too many questions at once; ask again in a moment",
            )  # fmt: skip
        return self.rows(query)

    def rows(self, query: HistoryQuery) -> bytes:
        assert query.format == "arrow"
        found = self.tables[query.what].filter(
            pl.col("start") >= query.start, pl.col("start") < query.end
        )
        if "issued_at" in found.columns:
            lead = timedelta(hours=query.lead_hours or 0)
            keys = [one for one in ("start", "quantity") if one in found.columns]
            found = (
                found.filter(pl.col("issued_at") + lead <= pl.col("start"))
                .sort(*keys, "issued_at")
                .unique(keys, keep="last", maintain_order=True)
            )
        page = found.slice(query.offset, self.page)
        last = query.offset + self.page >= found.height
        stream = BytesIO()
        page.with_columns(complete=pl.lit(last)).write_ipc_stream(stream, compression="zstd")
        return stream.getvalue()
