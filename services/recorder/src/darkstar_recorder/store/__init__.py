"""The database, behind values: nothing outside this package knows that it is DuckDB."""

from darkstar_recorder.store.errors import (
    StoreError,
    StoreFailedError,
    StoreLockedError,
    StoreNewerError,
    StoreRefusedError,
    StoreUnreadableError,
    StoreUnwritableError,
)
from darkstar_recorder.store.exports import EXPORTED, Exporter, read_parquet
from darkstar_recorder.store.failing import telling
from darkstar_recorder.store.messages import KEPT
from darkstar_recorder.store.queries import Asked, Rows
from darkstar_recorder.store.questions import Details, QuestionError, TooLongError
from darkstar_recorder.store.rollups import Today
from darkstar_recorder.store.settings import settings
from darkstar_recorder.store.store import Batch, Store

__all__ = [
    "EXPORTED",
    "KEPT",
    "Asked",
    "Batch",
    "Details",
    "Exporter",
    "QuestionError",
    "Rows",
    "Store",
    "StoreError",
    "StoreFailedError",
    "StoreLockedError",
    "StoreNewerError",
    "StoreRefusedError",
    "StoreUnreadableError",
    "StoreUnwritableError",
    "Today",
    "TooLongError",
    "read_parquet",
    "settings",
    "telling",
]
