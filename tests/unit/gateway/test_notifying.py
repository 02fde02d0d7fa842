"""Notifications on their way to people: real servers on loopback, and a clock that is moved."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import REGISTRY
from support.gateway_app import NOON
from support.taker import Server, serving, until

from darkstar_common.bus import MemoryBus
from darkstar_common.config import Config
from darkstar_common.contract import (
    DELIVERY,
    NOTIFY_TEST,
    Issue,
    Notification,
    NotificationsTest,
    RequestResult,
    Service,
)
from darkstar_common.launcher.broker import free_port
from darkstar_common.runtime import Context, Secrets
from darkstar_common.testing import FakeClock, a_context, settle
from darkstar_gateway.core.repeats import Repeats
from darkstar_gateway.notifying.apprise_url import AppriseUrl, UnusableUrlError
from darkstar_gateway.notifying.courier import (
    BACK_OFF,
    LASTING,
    LATER,
    MOST_WAITING,
    Courier,
)
from darkstar_gateway.notifying.destination import DeliveryError
from darkstar_gateway.notifying.home_assistant import HomeAssistantNotify
from darkstar_gateway.notifying.post import Post, destinations

SECRET = "ey-very-secret-token"  # noqa: S105 (of the test)
# of a module that one of Apprise's many plug-ins needs
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")


def notification(text: str = "By request.", **fields: Any) -> Notification:
    plain = {"kind": "override_started", "title": "force charge until 13:00", "text": text}
    return Notification(sender=Service.EXECUTOR, emitted_at=NOON, **{**plain, **fields})


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    async with serving() as made:
        yield made


@dataclass
class Gateway:
    context: Context
    clock: FakeClock

    @property
    def issues(self) -> dict[str, Issue]:
        return {one.key: one for one in self.context.status.issues}

    async def issue(self, key: str, *, there: bool = True) -> None:
        await until(lambda: (key in self.issues) is there)

    @property
    def deliveries(self) -> list[tuple[str, bool, int, str]]:
        """What was said of notifications, as destination, delivered, attempts, reason."""
        bus = self.context.bus
        assert isinstance(bus, MemoryBus)
        return [
            (one.destination, one.delivered, one.attempts, one.reason) for one in bus.sent(DELIVERY)
        ]

    async def tested(self, post: Post) -> RequestResult:
        """The answer to who wants to know whether notifications arrive."""
        await until(lambda: post._couriers is not None)
        await settle()
        bus = self.context.bus
        assert isinstance(bus, MemoryBus)
        people = MemoryBus(broker=bus.broker, now=self.clock.now, sender=Service.PEOPLE)
        asking = NotificationsTest(sender=Service.PEOPLE, emitted_at=NOON)
        reply = await people.request(NOTIFY_TEST, asking, timeout=timedelta(seconds=20))
        return reply.result

    @asynccontextmanager
    async def post(self, **switches: bool) -> AsyncIterator[Post]:
        post = Post(self.context, lambda: switches)
        task = asyncio.create_task(post.run())
        try:
            yield post
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


def a_gateway(
    tmp_path: Path,
    url: str | None,
    *,
    notify_urls: tuple[str, ...] = (),
    token: str | None = SECRET,
    service: str | None = "notify",
    speed: float = 1.0,
) -> Gateway:
    clock = FakeClock(NOON, speed=speed)
    bus = MemoryBus(now=clock.now, sender=Service.GATEWAY)
    config = Config.model_validate(
        {"home_assistant": {"url": url}, "gateway": {"notify_service": service}}
    )
    secrets = Secrets(home_assistant_token=token, notify_urls=notify_urls)
    context = a_context(
        bus, state_dir=tmp_path, clock=clock, config=config, service=Service.GATEWAY,
        secrets=secrets,
    )  # fmt: skip
    return Gateway(context, clock)


@pytest.fixture
def logs() -> Iterator[list[Any]]:
    with structlog.testing.capture_logs() as found:
        yield found


async def test_home_assistants_service_gets_title_and_text(tmp_path: Path, server: Server) -> None:
    async with a_gateway(tmp_path, server.url, service="mobile").post() as post:
        post.take(notification())
        await server.until(1)
    (path, headers, body) = server.requests[0]
    assert path == "/api/services/notify/mobile"
    assert headers["authorization"] == f"Bearer {SECRET}"
    assert body == {"title": "force charge until 13:00", "message": "By request."}


async def test_whatever_apprise_knows_gets_it_too(tmp_path: Path, server: Server) -> None:
    urls = (f"json://127.0.0.1:{server.port}/one", f"json://127.0.0.1:{server.port}/two")
    async with a_gateway(tmp_path, server.url, notify_urls=urls).post() as post:
        post.take(notification(severity="error"))
        await server.until(3)
    # none waits for another: one that is slow holds nobody up
    others = {path: body for path, _, body in server.requests}
    assert set(others) == {"/api/services/notify/notify", "/one", "/two"}
    assert others["/one"]["title"] == "force charge until 13:00"
    assert (others["/one"]["message"], others["/one"]["type"]) == ("By request.", "failure")


@pytest.mark.parametrize(
    ("status", "guidance"),
    [
        (401, "long-lived access token"),
        (403, "long-lived access token"),
        (400, "gateway.notify_service says notify"),
        (404, "gateway.notify_service says notify"),
        (500, "Home Assistant's log"),
    ],
)
async def test_a_refusal_is_an_issue_with_the_way_out(
    tmp_path: Path, server: Server, status: int, guidance: str
) -> None:
    server.statuses = [status]
    gateway = a_gateway(tmp_path, server.url)
    async with gateway.post() as post:
        post.take(notification())
        await gateway.issue("notify_home_assistant")
        issue = gateway.issues["notify_home_assistant"]
    assert issue.severity == "warning"
    assert f"Home Assistant did not get a notification: it answered {status}" in issue.message
    assert guidance in issue.guidance


async def test_it_is_tried_again_and_the_issue_goes_away(tmp_path: Path, server: Server) -> None:
    server.statuses = [503, 503]
    gateway = a_gateway(tmp_path, server.url)
    async with gateway.post() as post:
        post.take(notification("one"))
        post.take(notification("two"))
        for number, pause in enumerate(BACK_OFF[:2], start=1):
            await server.until(number)
            await gateway.issue("notify_home_assistant")
            await _asleep(gateway.clock)
            await gateway.clock.advance(pause)
        await server.until(4)
        await gateway.issue("notify_home_assistant", there=False)
    said = [body["message"] for _, _, body in server.requests]
    assert said == ["one", "one", "one", "two"]


async def _asleep(clock: FakeClock) -> None:
    """Wait until somebody sleeps by `clock`."""
    await until(lambda: clock._sleepers)


@pytest.mark.parametrize("speed", [1.0, 20.0])
async def test_it_is_given_up_in_the_end_and_the_next_one_gets_its_chance(
    tmp_path: Path, server: Server, speed: float
) -> None:
    server.statuses = [500] * (len(BACK_OFF) + 1)
    gateway = a_gateway(tmp_path, server.url, speed=speed)
    async with gateway.post() as post:
        post.take(notification("lost"))
        post.take(notification("found"))
        for pause in BACK_OFF:
            await _asleep(gateway.clock)
            await gateway.clock.advance(pause * speed)
        await server.until(len(BACK_OFF) + 2)
        await gateway.issue("notify_home_assistant", there=False)
    assert server.requests[-1][2]["message"] == "found"
    assert sum(body["message"] == "lost" for _, _, body in server.requests) == len(BACK_OFF) + 1


@dataclass
class Internet:
    """A destination that is reached while there is internet."""

    key, name = "internet", "The internet"
    there: bool = False
    refused: str = ""
    """The text that it never takes."""
    tried: list[str] = field(default_factory=list)
    got: list[str] = field(default_factory=list)

    async def send(self, notification: Notification) -> None:
        self.tried.append(notification.text)
        if not self.there or notification.text == self.refused:
            raise DeliveryError("it cannot be reached", "wait")
        self.got.append(notification.text)


@asynccontextmanager
async def couriered(gateway: Gateway, internet: Internet) -> AsyncIterator[Courier]:
    courier = Courier(internet, gateway.context)
    task = asyncio.create_task(courier.run())
    try:
        yield courier
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


@pytest.mark.parametrize("speed", [1.0, 600.0])
async def test_a_trouble_outlasts_an_outage_of_hours_and_what_is_none_does_not(
    tmp_path: Path, speed: float
) -> None:
    gateway, internet = a_gateway(tmp_path, None, speed=speed), Internet()
    async with couriered(gateway, internet) as courier:
        courier.take(notification("trouble", severity="error"))
        courier.take(notification("warning", severity="warning"))
        courier.take(notification("news"))
        await gateway.clock.advance(timedelta(hours=20) * speed)
        assert internet.tried.count("trouble") == pytest.approx(80, abs=6)
        assert internet.tried.count("news") == len(BACK_OFF) + 1
        internet.there = True
        await gateway.clock.advance(LATER * speed)
        assert internet.got == ["trouble", "warning"]
        assert gateway.issues == {}
        tried = len(internet.tried)
        await gateway.clock.advance(LASTING * speed)
        assert len(internet.tried) == tried, "what has arrived is not sent again"
    assert [(kept, arrived) for _, arrived, kept, _ in gateway.deliveries] == [
        (len(BACK_OFF) + 1, False),
        (internet.tried.count("trouble"), True),
        (internet.tried.count("warning"), True),
    ]


async def test_after_a_day_a_trouble_is_given_up_too(tmp_path: Path) -> None:
    gateway, internet = a_gateway(tmp_path, None), Internet()
    async with couriered(gateway, internet) as courier:
        courier.take(notification("trouble", severity="error"))
        await gateway.clock.advance(LASTING - LATER)
        assert gateway.deliveries == []
        await gateway.clock.advance(timedelta(hours=2))
        attempts = len(BACK_OFF) + 1 + LASTING // LATER
        assert gateway.deliveries == [("internet", False, attempts, "it cannot be reached")]
        await gateway.clock.advance(LASTING)
    assert len(internet.tried) == attempts


async def test_one_that_is_never_taken_holds_up_no_other(tmp_path: Path) -> None:
    gateway, internet = a_gateway(tmp_path, None), Internet(there=True, refused="poison")
    async with couriered(gateway, internet) as courier:
        courier.take(notification("poison", severity="error"))
        courier.take(notification("trouble", severity="error"))
        await gateway.clock.advance(sum(BACK_OFF, timedelta(seconds=1)))
        assert internet.got == ["trouble"]


async def test_of_too_many_that_wait_for_long_the_oldest_are_dropped(tmp_path: Path) -> None:
    gateway, internet = a_gateway(tmp_path, None), Internet()
    async with couriered(gateway, internet) as courier:
        for number in range(MOST_WAITING + 2):
            courier.take(notification(str(number), severity="error"))
            await gateway.clock.advance(sum(BACK_OFF, timedelta(seconds=1)))
        internet.there = True
        await gateway.clock.advance(LATER)
    assert len(internet.got) == MOST_WAITING
    assert "0" not in internet.got
    assert [one[1:] for one in gateway.deliveries if not one[1]] == [
        (False, 0, "50 others were waiting")
    ] * 2


async def test_nobody_there_is_an_issue_too(tmp_path: Path) -> None:
    gateway = a_gateway(tmp_path, f"http://127.0.0.1:{free_port()}")
    async with gateway.post() as post:
        post.take(notification())
        await gateway.issue("notify_home_assistant")
    issue = gateway.issues["notify_home_assistant"]
    assert "cannot be reached (ConnectError)" in issue.message
    assert "home_assistant.url" in issue.guidance


async def test_who_does_not_answer_is_not_waited_for(tmp_path: Path, server: Server) -> None:
    server.hangs = True
    gateway = a_gateway(tmp_path, server.url)
    silent = HomeAssistantNotify(server.url, SECRET, "notify")
    courier = Courier(silent, gateway.context, patience=timedelta(milliseconds=50))
    task = asyncio.create_task(courier.run())
    courier.take(notification())
    await gateway.issue("notify_home_assistant")
    task.cancel()
    assert "did not answer within 0.05 s" in gateway.issues["notify_home_assistant"].message


async def test_one_that_hangs_holds_up_no_other(tmp_path: Path, server: Server) -> None:
    server.hangs = True
    async with serving() as calm:
        urls = (f"json://127.0.0.1:{calm.port}/",)
        async with a_gateway(tmp_path, server.url, notify_urls=urls).post() as post:
            for number in range(3):
                post.take(notification(str(number)))
            await calm.until(3)
    assert [body["message"] for _, _, body in calm.requests] == ["0", "1", "2"]
    assert len(server.requests) == 1


class Never:
    """A destination that takes nothing."""

    key, name = "never", "Nobody"

    async def send(self, _notification: Notification) -> None:
        raise DeliveryError("it does not want to", "ask it nicely")


def test_a_flood_is_cut_and_taking_it_never_waits(tmp_path: Path) -> None:
    courier = Courier(Never(), a_gateway(tmp_path, None).context)
    before = _counted("never", "dropped")
    for number in range(MOST_WAITING + 7):
        courier.take(notification(str(number)))
    assert _counted("never", "dropped") - before == 7
    assert courier._waiting[0].text == "7", "the oldest are dropped"


def _has_grown(destination: str, result: str, before: float) -> bool:
    return _counted(destination, result) > before


def _counted(destination: str, result: str) -> float:
    labels = {"destination": destination, "result": result}
    return REGISTRY.get_sample_value("darkstar_gateway_notifications_total", labels) or 0.0


@pytest.mark.parametrize(
    ("told", "found", "issues"),
    [
        ({"url": None}, [], []),
        ({"url": "http://ha:8123", "service": None}, [], []),
        ({"url": "http://ha:8123"}, ["home_assistant"], []),
        ({"url": "http://ha:8123", "token": None}, [], ["home_assistant_token"]),
    ],
)
async def test_home_assistant_is_told_where_it_is_configured(
    tmp_path: Path, told: dict[str, Any], found: list[str], issues: list[str]
) -> None:
    gateway = a_gateway(tmp_path, **told)
    assert [one.key for one in await destinations(gateway.context)] == found
    assert list(gateway.issues) == issues


async def test_an_address_that_is_none_is_an_issue_and_harms_no_other(tmp_path: Path) -> None:
    urls = (f"nonsense://{SECRET}", "json://127.0.0.1:9/", SECRET)
    gateway = a_gateway(tmp_path, None, notify_urls=urls)
    found = await destinations(gateway.context)
    assert [(one.key, one.name) for one in found] == [("url_2", "JSON (address 2)")]
    assert list(gateway.issues) == ["notify_url_1", "notify_url_3"]
    assert "Address 1 of DARKSTAR_NOTIFY_URLS" in gateway.issues["notify_url_1"].message


def test_discord_is_understood() -> None:
    assert AppriseUrl(f"discord://123456789012345678/{'a' * 60}", 1).name == "Discord (address 1)"
    webhook = f"https://discord.com/api/webhooks/123456789012345678/{'a' * 60}"
    assert AppriseUrl(webhook, 2).name == "Discord (address 2)"
    with pytest.raises(UnusableUrlError) as refused:
        AppriseUrl(SECRET, 3)
    assert SECRET not in str(refused.value)


async def test_no_secret_is_ever_said(
    tmp_path: Path, server: Server, logs: list[Any], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    server.statuses = [500, 500]
    urls = (f"json://user:{SECRET}@127.0.0.1:{server.port}/{SECRET}", f"nonsense://{SECRET}")
    gateway = a_gateway(tmp_path, server.url, notify_urls=urls)
    async with gateway.post() as post:
        post.take(notification())
        await server.until(2)
        await gateway.issue("notify_home_assistant")
        await gateway.issue("notify_url_1")
    said = [one.model_dump_json() for one in gateway.context.status.issues]
    assert len(said) == 3
    assert logs
    ours = [one.getMessage() for one in caplog.records if not one.name.startswith("httpcore")]
    assert not [one for one in (*said, *map(str, logs), *ours) if SECRET in one]
    assert SECRET not in repr(gateway.context)


async def test_what_came_before_the_addresses_were_read_is_delivered(
    tmp_path: Path, server: Server
) -> None:
    gateway = a_gateway(tmp_path, server.url)
    post = Post(gateway.context)
    post.take(notification("early"))
    task = asyncio.create_task(post.run())
    await server.until(1)
    task.cancel()
    assert server.requests[0][2]["message"] == "early"


async def test_the_same_within_ten_minutes_is_sent_once(tmp_path: Path, server: Server) -> None:
    gateway = a_gateway(tmp_path, server.url)
    before = _counted("all", "repeated")
    async with gateway.post() as post:
        for _ in range(3):
            post.take(notification())
        await gateway.clock.advance(timedelta(minutes=9, seconds=59))
        post.take(notification())
        post.take(notification("Something else."))
        post.take(notification(title="Another title"))
        await server.until(3)
        await gateway.clock.advance(timedelta(seconds=1))
        post.take(notification())
        await server.until(4)
    assert _counted("all", "repeated") - before == 3
    assert [one[2]["message"] for one in server.requests] == [
        "By request.", "Something else.", "By request.", "By request.",
    ]  # fmt: skip


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 700)), max_size=40))
def test_between_the_same_two_there_are_always_ten_minutes(said: list[tuple[str, int]]) -> None:
    repeats, now = Repeats(), NOON
    sent: dict[str, datetime] = {}
    for text, pause in said:
        now += timedelta(seconds=pause)
        one = notification(text)
        if repeats.is_one(one, now):
            assert now - sent[text] < timedelta(minutes=10)
            continue
        assert text not in sent or now - sent[text] >= timedelta(minutes=10)
        repeats, sent[text] = repeats.with_said(one, now), now
        assert len(repeats.said) <= 3


async def test_a_kind_that_is_switched_off_is_not_sent_whoever_says_it(
    tmp_path: Path, server: Server
) -> None:
    async with a_gateway(tmp_path, server.url).post(plan_failed=False, legionella=True) as post:
        post.take(notification(kind="plan_failed"))
        post.take(notification(kind="legionella"))
        post.take(notification(kind="unheard_of"))
        await server.until(2)
    assert len(server.requests) == 2


async def test_what_became_of_each_is_said_at_every_destination(
    tmp_path: Path, server: Server
) -> None:
    gateway = a_gateway(
        tmp_path, server.url, notify_urls=(f"json://127.0.0.1:{free_port()}/{SECRET}",)
    )
    async with gateway.post() as post:
        post.take(notification())
        await until(lambda: len(gateway.deliveries) == 1)
        for pause in BACK_OFF:
            await gateway.issue("notify_url_1")
            attempts = _counted("url_1", "failed")
            await gateway.clock.advance(pause)
            await until(partial(_has_grown, "url_1", "failed", attempts))
        await until(lambda: len(gateway.deliveries) == 2)
    assert gateway.deliveries == [
        ("home_assistant", True, 1, ""),
        ("url_1", False, len(BACK_OFF) + 1, "it was not taken"),
    ]


async def test_what_was_dropped_is_said_too(tmp_path: Path) -> None:
    gateway = a_gateway(tmp_path, None)
    courier = Courier(Never(), gateway.context)
    for number in range(MOST_WAITING + 2):
        courier.take(notification(str(number)))
    task = asyncio.create_task(courier.run())
    await until(lambda: len(gateway.deliveries) == 2)
    task.cancel()
    assert gateway.deliveries == [("never", False, 0, "50 others were waiting")] * 2


async def test_a_test_says_of_each_destination_whether_it_arrived(
    tmp_path: Path, server: Server
) -> None:
    urls = (f"json://127.0.0.1:{server.port}/one", f"json://127.0.0.1:{free_port()}/{SECRET}")
    gateway = a_gateway(tmp_path, server.url, notify_urls=urls)
    async with gateway.post() as post:
        said = await gateway.tested(post)
    assert not said.accepted
    assert "Home Assistant has it. JSON (address 1) has it." in said.reason
    assert "JSON (address 2) did not get it: it was not taken; check" in said.reason
    assert SECRET not in said.reason
    assert [one[1:3] for one in sorted(gateway.deliveries)] == [(True, 1), (True, 1), (False, 1)]


async def test_a_test_that_arrives_everywhere_is_accepted_and_mends_the_issue(
    tmp_path: Path, server: Server
) -> None:
    server.statuses = [500]
    gateway = a_gateway(tmp_path, server.url)
    async with gateway.post() as post:
        post.take(notification())
        await gateway.issue("notify_home_assistant")
        said = await gateway.tested(post)
        assert (said.accepted, said.reason) == (True, "Home Assistant has it.")
        await gateway.issue("notify_home_assistant", there=False)


async def test_a_test_with_nowhere_to_send_to_says_how_to_name_one(tmp_path: Path) -> None:
    gateway = a_gateway(tmp_path, None)
    async with gateway.post() as post:
        said = await gateway.tested(post)
    assert not said.accepted
    assert "DARKSTAR_NOTIFY_URLS" in said.reason


async def test_a_test_may_be_repeated_and_is_never_switched_off(
    tmp_path: Path, server: Server
) -> None:
    gateway = a_gateway(tmp_path, server.url)
    async with gateway.post(test=False) as post:
        assert (await gateway.tested(post)).accepted
        assert (await gateway.tested(post)).accepted
    assert len(server.requests) == 2
