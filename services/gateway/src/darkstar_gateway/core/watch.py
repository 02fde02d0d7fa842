"""Which troubles people are told of by the gateway: those that stand, each once.

The executor and the planner tell of the house and of the plan themselves. That one of the
services is gone, that its disk is full or that there is no broker nobody else can tell.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final, Self

from darkstar_common.contract import Issue, Service, ServiceStatus, Severity
from darkstar_gateway.core.health import away

STANDS: Final = timedelta(minutes=5)
"""A trouble is told when it has stood for so long [of the wall]; an update takes less."""
CALM: Final = timedelta(minutes=1)
"""It is over when it was gone for so long: who starts again and again is not back."""
SPARED: Final = timedelta(hours=1)
"""A told issue that comes back earlier is not told again."""
BROKER: Final = "broker"
"""The subject of the broker itself."""
_NAMED: Final[Mapping[str, str]] = {
    "disk_low": "The disk is nearly full",
    "backup_failed": "There is no new backup",
    "broker_certificate": "The broker's certificate ends soon",
    "database_unwritable": "Nothing is recorded",
}
"""Keys of issues that are told whatever their severity, and the titles."""
_TOLD_BY_THE_EXECUTOR: Final = ("not_following", "write_")
"""How the keys begin of issues that the executor notifies of itself, by kinds with switches."""
_MOST_MINUTES: Final = 90


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What a notification says."""

    kind: str
    severity: Severity
    title: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """Something wrong at this moment.

    Attributes:
        news: What people are told when it stands.
        back: Kind and title of what they are told when it is over; None: nothing.
    """

    news: News
    back: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A trouble, how long it has stood, how long it has been gone, and whether it was told."""

    trouble: Trouble
    stood: timedelta = timedelta(0)
    calm: timedelta = timedelta(0)
    told: bool = False

    @property
    def is_due(self) -> bool:
        """Whether it is to be told now."""
        return not self.told and not self.calm and self.stood >= STANDS

    @property
    def is_over(self) -> bool:
        """Whether it may be forgotten."""
        return self.calm >= (SPARED if self.told and not self.trouble.back else CALM)

    def relief(self) -> Iterator[News]:
        """What is told when it is over."""
        if self.told and self.trouble.back:
            kind, title = self.trouble.back
            text = f"It was away for {_shown(self.stood - self.calm)}."
            yield News(kind=kind, severity="info", title=title, text=text)

    def after(self, found: Trouble | None, passed: timedelta) -> Self:
        """This one later, with what was `found` of it; None: it is gone."""
        calm = self.calm + passed if found is None else timedelta(0)
        return replace(self, trouble=found or self.trouble, stood=self.stood + passed, calm=calm)


@dataclass(frozen=True, slots=True)
class Watch:
    """All troubles that stand, by subject.

    Time is counted by the looks, so a clock that is set, a machine that slept and a service
    that has just begun to look raise no alarm.
    """

    standing: Mapping[str, Standing] = field(default_factory=dict)

    def after(
        self, found: Mapping[str, Trouble], passed: timedelta
    ) -> tuple[Watch, tuple[News, ...]]:
        """What stands after another look, and what people are to be told.

        Without a broker nothing is known of the others: what was told of them stays, the rest
        begins anew.

        Args:
            found: What is wrong now.
            passed: Time since the look before [of the wall].
        """
        known = self.standing
        if BROKER in found:
            found = {BROKER: found[BROKER]}
            known = {key: one for key, one in known.items() if one.told and key != BROKER}
            latest = _later({BROKER: self.standing.get(BROKER)}, found, passed) | known
        else:
            latest = _later(dict(known), found, passed)
        news = [one.trouble.news for one in latest.values() if one.is_due]
        over = {key: one for key, one in latest.items() if one.is_over}
        news += [each for one in over.values() for each in one.relief()]
        kept = {
            key: replace(one, told=one.told or one.is_due)
            for key, one in latest.items()
            if key not in over
        }
        return Watch(kept), tuple(news)


def troubles(
    services: Mapping[Service, ServiceStatus | None],
    now: datetime,
    *,
    connected: bool,
    speed: float = 1.0,
) -> dict[str, Trouble]:
    """What is wrong now and would be worth telling, if it stands, by subject.

    Args:
        services: The last that each service said; who has said nothing yet may not be in use.
        now: The house's time.
        connected: Whether the broker is there.
        speed: Seconds of the house's clock in a second of the wall.
    """
    if not connected:
        return {BROKER: _NO_BROKER}
    found: dict[str, Trouble] = {}
    for service, status in services.items():
        if status is None:
            continue
        if service is not Service.GATEWAY and not status.is_there(now, speed=speed):
            found[f"{service} away"] = _away(service, status)
            continue
        for issue in status.issues:
            if _is_worth_telling(service, issue):  # several may say the same of what they share
                found.setdefault(issue.key, _issue(service, issue))
    return found


_NO_BROKER: Final = Trouble(
    news=News(
        kind="broker_lost",
        severity="error",
        title="The MQTT broker is away",
        text="The gateway has not reached it for minutes. While the executor does not either, "
        "nobody commands the house: the inverter stays at what it was told last. Check that the "
        "broker runs, and the mqtt section of the configuration.",
    ),
    back=("broker_back", "The MQTT broker is back"),
)


def _later(
    known: Mapping[str, Standing | None], found: Mapping[str, Trouble], passed: timedelta
) -> dict[str, Standing]:
    new = {key: Standing(trouble=one) for key, one in found.items() if not known.get(key)}
    old = {key: one.after(found.get(key), passed) for key, one in known.items() if one}
    return old | new


def _away(service: Service, status: ServiceStatus) -> Trouble:
    said = away(service, status)
    news = News(
        kind="service_away",
        severity="error",
        title=f"The {service} is not running",
        text=f"{said.message} {said.guidance}",
    )
    return Trouble(news=news, back=("service_back", f"The {service} is back"))


def _is_worth_telling(service: Service, issue: Issue) -> bool:
    if service is Service.EXECUTOR and issue.key.startswith(_TOLD_BY_THE_EXECUTOR):
        return False
    return issue.severity == "error" or issue.key in _NAMED


def _issue(service: Service, issue: Issue) -> Trouble:
    title = _NAMED.get(issue.key, f"The {service} has a problem")
    text = " ".join(_sentence(one) for one in (issue.message, issue.guidance) if one)
    return Trouble(news=News(kind="trouble", severity=issue.severity, title=title, text=text))


def _sentence(words: str) -> str:
    ended = words if words.endswith((".", "!", "?")) else f"{words}."
    return ended[:1].upper() + ended[1:]


def _shown(span: timedelta) -> str:
    """`span` in words, in whole minutes or hours."""
    minutes = round(span / timedelta(minutes=1))
    return f"{minutes} minutes" if minutes <= _MOST_MINUTES else f"{minutes / 60:.0f} hours"
