"""Makes the load and PV forecasts, and publishes them."""

from __future__ import annotations

from datetime import datetime, timedelta

from darkstar_common.contract import (
    LOAD_FORECAST,
    PV_FORECAST,
    Channel,
    Issue,
    ModelCard,
    QuantileForecast,
    QuantileSlot,
    Service,
)
from darkstar_common.runtime import Context, Stopwatch
from darkstar_forecaster import metrics
from darkstar_forecaster.core.history import History
from darkstar_forecaster.core.quantiles import (
    INFANT_BELOW,
    Forecast,
    NoForecast,
    Quantity,
    forecast,
)

CHANNELS: dict[Quantity, Channel[QuantileForecast]] = {"load": LOAD_FORECAST, "pv": PV_FORECAST}
UNMETERED = "unmetered_water"


class Foretelling:
    """One forecast of each quantity at a time; what has not changed is not sent again."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._published: dict[Quantity, tuple[QuantileSlot, ...]] = {}
        self.cards: tuple[ModelCard, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether everything that this house needs has been forecast once."""
        return self._published.keys() == set(self._quantities)

    @property
    def _quantities(self) -> tuple[Quantity, ...]:
        return ("load", "pv") if self._context.config.has_solar else ("load",)

    async def refresh(self, history: History) -> None:
        """Forecast from `history`, and publish what changed."""
        now = self._context.clock.now()
        await self._note_unmetered(history)
        cards = [await self._foretell(quantity, history, now) for quantity in self._quantities]
        self.cards = tuple(one for one in cards if one is not None)

    async def _foretell(
        self, quantity: Quantity, history: History, now: datetime
    ) -> ModelCard | None:
        config = self._context.config
        past = (
            history.base_load_kw(has_water_heater=config.water_heater is not None)
            if quantity == "load"
            else history.pv_kw()
        )
        watch = Stopwatch()
        horizon = timedelta(hours=config.forecaster.horizon_hours)
        found = forecast(quantity, past, now, horizon, config.zone)
        metrics.FORECASTS.labels(quantity).observe(watch.elapsed.total_seconds())
        await self._report(quantity, found)
        if isinstance(found, NoForecast):
            return None
        await self._publish(quantity, found, now)
        return ModelCard(
            quantity=quantity,
            version=found.model_version,
            level=found.level,
            from_slot=min(past),
            to_slot=max(past),
        )

    async def _publish(self, quantity: Quantity, found: Forecast, now: datetime) -> None:
        if found.slots == self._published.get(quantity):
            return
        self._published[quantity] = found.slots
        channel = CHANNELS[quantity]
        message = QuantileForecast(
            sender=Service.FORECASTER,
            emitted_at=now,
            quantity=quantity,
            issued_at=now,
            model_version=found.model_version,
            level=found.level,
            slots=found.slots,
        )
        await self._context.bus.publish(channel, message)
        metrics.PUBLISHED.labels(channel.path).inc()
        self._context.log.info(
            "forecast_published",
            quantity=quantity,
            message_id=str(message.message_id),
            history_level=found.level,
            model_version=found.model_version,
        )

    async def _report(self, quantity: Quantity, found: Forecast | NoForecast) -> None:
        """Say on the status how little the forecast rests on, as long as it is little."""
        key = f"{quantity}_forecast"
        if isinstance(found, NoForecast):
            issue = Issue(
                key=key,
                severity="error",
                message=found.reason,
                guidance="Wait until the recorder has seen a whole day, or give it a past with "
                "darkstar-recorder import.",
            )
        elif found.level == "infant":
            issue = Issue(
                key=key,
                severity="info",
                message=f"the {quantity} forecast rests on less than {INFANT_BELOW} days",
                guidance="It gets better by itself.",
            )
        else:
            await self._context.status.clear_issue(key)
            return
        await self._context.status.raise_issue(issue)

    async def _note_unmetered(self, history: History) -> None:
        has_heater = self._context.config.water_heater is not None
        if not has_heater or not history.slots or history.water_is_metered:
            await self._context.status.clear_issue(UNMETERED)
            return
        await self._context.status.raise_issue(
            Issue(
                key=UNMETERED,
                severity="warning",
                message="what the water heater takes is not metered, so the load forecast has it",
                guidance="Name the heater's energy sensor as water_energy in executor.roles.",
            )
        )
