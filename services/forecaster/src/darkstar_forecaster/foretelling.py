"""Makes the forecasts of load, PV and prices, and publishes those of load and PV."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from darkstar_common.contract import (
    LOAD_FORECAST,
    PV_FORECAST,
    Channel,
    Issue,
    Learned,
    QuantileForecast,
    QuantileSlot,
    Quantity,
    Service,
)
from darkstar_common.runtime import Context, Stopwatch
from darkstar_common.slots import SLOT, slots
from darkstar_forecaster import metrics
from darkstar_forecaster.core.method import Ahead, Unknown
from darkstar_forecaster.core.methods import Order
from darkstar_forecaster.core.tuned import tuned
from darkstar_forecaster.knowing import Knowing
from darkstar_forecaster.measuring import show_forecast
from darkstar_forecaster.registry import Registry
from darkstar_forecaster.workshop import WorkFailedError, Workshop

CHANNELS: Mapping[Quantity, Channel[QuantileForecast]] = {
    "load": LOAD_FORECAST,
    "pv": PV_FORECAST,
}
UNMETERED = "unmetered_water"
_AGAIN = "It is tried again every hour; what was forecast last holds until then."


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """How the last forecast of a quantity was made."""

    version: str
    level: str
    basis: str


class Foretelling:
    """One forecast of each quantity at a time; what has not changed is not sent again."""

    def __init__(
        self,
        context: Context,
        knowing: Knowing,
        registry: Registry,
        workshop: Workshop,
        learned: Callable[[], Mapping[Learned, float]],
    ) -> None:
        self._context, self._knowing, self._registry = context, knowing, registry
        self._workshop, self._learned = workshop, learned
        self._published: dict[Quantity, tuple[tuple[QuantileSlot, ...], str, str, str]] = {}
        self.made: dict[Quantity, Made] = {}

    @property
    def quantities(self) -> tuple[Quantity, ...]:
        """What is published as a forecast of this house."""
        return ("load", "pv") if self._context.config.has_solar else ("load",)

    @property
    def complete(self) -> bool:
        """Whether everything that this house needs has been forecast once."""
        return self._published.keys() == set(self.quantities)

    async def forecast(self, quantity: Quantity, starts: Sequence[datetime]) -> Ahead | Unknown:
        """A forecast of the slots that begin at `starts`, with what was learned in it."""
        (found,) = await self._forecasts((quantity,), starts)
        return found

    async def estimate(self, starts: Sequence[datetime]) -> Ahead | Unknown:
        """Prices of slots that are not published."""
        found = await self.forecast("price", starts)
        await self._report("price", found)
        return found

    async def refresh(self) -> None:
        """Forecast load and PV from what is known now, and publish what changed."""
        now = self._context.clock.now()
        hours = timedelta(hours=self._context.config.forecaster.horizon_hours)
        await self._note_unmetered()
        found = await self._forecasts(self.quantities, slots(now, hours // SLOT))
        for quantity, one in zip(self.quantities, found, strict=True):
            await self._report(quantity, one)
            if isinstance(one, Ahead):
                await self._publish(quantity, one, now)

    async def _forecasts(
        self, quantities: Sequence[Quantity], starts: Sequence[datetime]
    ) -> Sequence[Ahead | Unknown]:
        config = self._context.config
        models = {one: self._registry.current(one, config) for one in quantities}
        orders = [
            Order(quantity=one, starts=tuple(starts), trained=model[1] if model else None)
            for one, model in models.items()
        ]
        watch = Stopwatch()
        try:
            found = await self._workshop.forecast(self._knowing.now(), orders)
        except WorkFailedError as error:
            self._context.log.warning("forecast_failed", reason=str(error))
            reason = f"no new forecast of {' and '.join(quantities)} could be made: {error}"
            return [Unknown(reason=reason, guidance=_AGAIN)] * len(quantities)
        metrics.FORECASTS.labels("+".join(quantities)).observe(watch.elapsed.total_seconds())
        return [
            self._finished(quantity, one, model[0] if model else "")
            for (quantity, model), one in zip(models.items(), found, strict=True)
        ]

    def _finished(
        self, quantity: Quantity, found: Ahead | Unknown, version: str
    ) -> Ahead | Unknown:
        """With what was learned in it, and its maker named."""
        if isinstance(found, Unknown):
            self.made.pop(quantity, None)
            return found
        maker = found.maker or version
        self.made[quantity] = Made(version=maker, level=found.level, basis=found.basis)
        named = Ahead(
            slots=found.slots, level=found.level, basis=found.basis, maker=maker, notes=found.notes
        )
        return tuned(named, quantity, self._learned(), self._context.config)

    async def _publish(self, quantity: Quantity, found: Ahead, now: datetime) -> None:
        told = tuple(
            _slot(start, mean, low, middle, high)
            for start, mean, low, middle, high in found.slots.iter_rows()
        )
        same = told, found.maker, found.level, found.basis
        if same == self._published.get(quantity):
            return
        self._published[quantity] = same
        channel = CHANNELS[quantity]
        message = QuantileForecast(
            sender=Service.FORECASTER,
            emitted_at=now,
            quantity="load" if quantity == "load" else "pv",
            issued_at=now,
            model_version=found.maker,
            level=found.level,
            basis=found.basis,
            slots=told,
        )
        await self._context.bus.publish(channel, message)
        metrics.PUBLISHED.labels(channel.path).inc()
        show_forecast(quantity, told, self._context.clock)
        self._context.log.info(
            "forecast_published",
            quantity=quantity,
            message_id=str(message.message_id),
            history_level=found.level,
            model_version=found.maker,
            basis=found.basis,
        )

    async def _report(self, quantity: Quantity, found: Ahead | Unknown) -> None:
        """Say on the status what the forecast lacks, as long as it does."""
        key, damaged = f"{quantity}_forecast", self._registry.damaged.get(quantity, ())
        await self._told(
            f"{quantity}_model",
            Issue(
                key=f"{quantity}_model",
                severity="warning",
                message="; ".join(damaged),
                guidance="The next training makes a new one; darkstar-forecaster models lists "
                "those that there are.",
            )
            if damaged
            else None,
        )
        if isinstance(found, Unknown):
            issue = Issue(key=key, severity="error", message=found.reason, guidance=found.guidance)
            await self._told(key, issue)
            return
        notes = found.notes
        if not notes and found.level == "infant":
            notes = (f"the {quantity} forecast rests on less than 4 days of this house",)
        issue = Issue(
            key=key, severity="info", message="; ".join(notes) or key,
            guidance="What is not set can be set in the configuration; the rest comes by itself "
            "as more of this house is seen.",
        )  # fmt: skip
        await self._told(key, issue if notes else None)

    async def _told(self, key: str, issue: Issue | None) -> None:
        if issue is None:
            await self._context.status.clear_issue(key)
        else:
            await self._context.status.raise_issue(issue)

    async def _note_unmetered(self) -> None:
        has_heater = self._context.config.water_heater is not None
        metered = self._knowing.recollection.water_is_metered
        await self._told(
            UNMETERED,
            Issue(
                key=UNMETERED,
                severity="warning",
                message="what the water heater takes is not metered, so the load forecast has it",
                guidance="Name the heater's energy sensor as water_energy in executor.roles.",
            )
            if has_heater and metered is False
            else None,
        )


def _slot(start: datetime, mean: float, low: float, middle: float, high: float) -> QuantileSlot:
    return QuantileSlot(
        start=start, mean_kw=round(mean, 4), p10_kw=round(low, 4), p50_kw=round(middle, 4),
        p90_kw=round(high, 4),
    )  # fmt: skip
