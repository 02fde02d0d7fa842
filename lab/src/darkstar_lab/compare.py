"""Policies side by side over the same days."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from darkstar_common.config import Config
from darkstar_lab.errors import PolicyError
from darkstar_lab.foresight import perfect_foresight
from darkstar_lab.kepler import Kepler
from darkstar_lab.ledger import Ledger
from darkstar_lab.leftover import leftover
from darkstar_lab.policy import Policy, SelfConsumption
from darkstar_lab.replay import Stretch, replay
from darkstar_lab.sight import Observer, Sight
from darkstar_lab.truth import Truth, period

NO_BATTERY, PERFECT = "no_battery", "perfect"
HALF = 0.5

POLICIES: Mapping[str, Callable[[Config], Policy]] = {
    NO_BATTERY: lambda config: SelfConsumption(config=config.model_copy(update={"battery": None})),
    "self_consumption": lambda config: SelfConsumption(config=config),
    "kepler": lambda config: Kepler(config=config),
    "kepler_published": lambda config: Kepler(config=config, sight=Sight(prices="published")),
    "kepler_true_powers": lambda config: Kepler(config=config, sight=Sight(powers="true")),
    "kepler_true": lambda config: Kepler(config=config, sight=Sight(prices="true", powers="true")),
}
"""By name; `PERFECT` decides nothing and is no policy, but may be asked for among them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What a policy came to.

    Attributes:
        share: Of what perfect foresight saves over no battery [0..1, below 0 for a loss].
    """

    name: str
    ledger: Ledger
    share: float


def stretch_of(
    truth: Truth, config: Config, first: date, days: int, *, stored_kwh: float | None = None
) -> Stretch:
    """The local days to replay, from a half-full battery unless told otherwise.

    Raises:
        PeriodError: The file does not hold them.
    """
    slots = period(truth, config, first, days)
    capacity = config.battery.capacity_kwh if config.battery else 0.0
    return Stretch(
        truth=truth,
        config=config,
        slots=slots,
        stored_kwh=HALF * capacity if stored_kwh is None else stored_kwh,
        leftover=leftover(truth, config, slots.stop),
    )


def compare(
    stretch: Stretch,
    names: tuple[str, ...],
    others: Mapping[str, Callable[[Config], Policy]] | None = None,
) -> tuple[Result, ...]:
    """Every policy of `names` over `stretch`, with no battery and perfect foresight around them.

    Args:
        stretch: The days.
        names: Of `POLICIES` or `others`.
        others: Policies the lab does not have itself.

    Raises:
        PolicyError: A name is not known; says which are.
    """
    makers = {**POLICIES, **(others or {})}
    unknown = [name for name in names if name not in makers and name != PERFECT]
    if unknown:
        known = ", ".join((*makers, PERFECT))
        raise PolicyError(f"there is no policy {unknown[0]!r}; there are: {known}")
    observer = Observer(stretch.truth, stretch.config)
    inner = [name for name in names if name not in {NO_BATTERY, PERFECT}]
    ledgers = {
        name: replay(stretch, makers[name](stretch.config), observer)
        for name in (NO_BATTERY, *inner)
    }
    ledgers[PERFECT] = perfect_foresight(stretch)
    most = ledgers[NO_BATTERY].total - ledgers[PERFECT].total
    return tuple(
        Result(name=name, ledger=one, share=_share(ledgers[NO_BATTERY], one, most))
        for name, one in ledgers.items()
    )


def _share(none: Ledger, one: Ledger, most: float) -> float:
    return (none.total - one.total) / most if most > 0 else 0.0
