"""What a tariff on power has seen of this month: the highest hourly imports so far."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from darkstar_common.config import Peak
from darkstar_common.contract import SlotObservation
from darkstar_common.slots import local_day

HOUR = timedelta(hours=1)
# the longest month, and a day for the time zone
KEPT = timedelta(days=32)
SATURDAY = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportRecord:
    """Imported energy of closed slots [kWh], as far back as a month can reach."""

    slots: Mapping[datetime, float] = field(default_factory=dict)

    def observed(self, slot: SlotObservation) -> ImportRecord:
        """This record with a closed slot; a later one for the same start corrects it."""
        if slot.import_kwh is None:
            return self
        newest = max(max(self.slots, default=slot.start), slot.start)
        kept = {start: kwh for start, kwh in self.slots.items() if newest - start <= KEPT}
        return replace(self, slots={**kept, slot.start: slot.import_kwh})

    def highest(self, peak: Peak, zone: ZoneInfo, now: datetime) -> tuple[float, ...]:
        """The `top_n` highest hourly imports of the local month that holds `now` [kW].

        Only hours that count in the tariff and are over at `now`. An hour of which
        slots are unknown is taken for what is known of it, which is never too much.
        """
        begun, hours = month_start(now, zone), defaultdict[datetime, float](float)
        for start, kwh in self.slots.items():
            local = start.astimezone(zone)
            if start >= begun and counts(peak, local):
                hours[start - timedelta(minutes=local.minute)] += kwh
        over = (kwh for hour, kwh in hours.items() if hour + HOUR <= now)
        return tuple(sorted(over, reverse=True)[: peak.top_n])


def month_start(now: datetime, zone: ZoneInfo) -> datetime:
    """When the local month that holds `now` began, in UTC."""
    return local_day(now.astimezone(zone).date().replace(day=1), zone)[0]


def counts(peak: Peak, local: datetime) -> bool:
    """Whether the tariff looks at the hour of the local clock that holds `local`."""
    return local.hour in peak.hours and not (peak.weekdays_only and local.weekday() >= SATURDAY)
