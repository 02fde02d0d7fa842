"""What is done in each slot: the bare powers of a plan, from whoever made it."""

from __future__ import annotations

from dataclasses import dataclass, field

Series = tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StorageDispatch:
    """One battery or EV: AC-side powers [kW], stored energy at the end of each slot [kWh]."""

    charge_kw: Series
    discharge_kw: Series
    stored_kwh: Series


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispatch:
    """One value for each slot in every series; powers [kW], by the id of the device."""

    import_kw: Series
    export_kw: Series
    curtailed_kw: Series
    unserved_kw: Series
    storages: dict[str, StorageDispatch] = field(default_factory=dict)
    loads: dict[str, Series] = field(default_factory=dict)
