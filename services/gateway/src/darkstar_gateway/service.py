"""The service: one inbox in, pages and the API out."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from importlib.metadata import version
from socket import socket

from darkstar_common.bus import Inbox, RawDelivery
from darkstar_common.contract import NOTIFY, NOW, LogLines, Now
from darkstar_common.runtime import Context
from darkstar_gateway.announcing import announce
from darkstar_gateway.api.app import create_app
from darkstar_gateway.api.page import Page
from darkstar_gateway.api.wired import Wired
from darkstar_gateway.bridge.bridging import bridge
from darkstar_gateway.core.expected import expected
from darkstar_gateway.core.house import House
from darkstar_gateway.core.present import NOTHING, present, same
from darkstar_gateway.core.view import CHANNELS
from darkstar_gateway.listening import served, url_of
from darkstar_gateway.live import Live
from darkstar_gateway.logbook import Logbook
from darkstar_gateway.measuring import show_money, watch_broker
from darkstar_gateway.metrics import MESSAGES, PAGES
from darkstar_gateway.notifying.post import Post
from darkstar_gateway.notifying.watching import watch
from darkstar_gateway.tallying import Tallying

BATCH_SECONDS = 0.1
"""Changes are sent at most so often [s of the wall, since people watch in it]."""

HEARTBEAT_SECONDS = 2.0
"""The time is sent at least so often, so that a page notices a dead connection [s of the wall]."""


async def serve(
    context: Context, listening: socket, page: Page, *, connected: Callable[[], bool]
) -> None:
    """Run the gateway until it is cancelled.

    Args:
        context: What the runtime hands to a service.
        listening: Where it is served.
        page: What is served besides the API.
        connected: Whether the broker is there.
    """
    speed = context.clock.speed
    ours = version("darkstar-gateway")
    house = House.of(context.config, clock_speed=speed, version=ours)
    live = Live(house, context.clock, connected=connected)
    logbook = Logbook(context.config.gateway.log_lines)
    app = create_app(_wired(context, house, live, page, logbook))
    async with (
        context.bus.inbox(*CHANNELS) as inbox,
        served(app, listening) as http,
        asyncio.TaskGroup() as group,
    ):
        context.log.info("page_ready", url=url_of(listening), built=bool(page.assets))
        post = Post(context, lambda: _switches(live))
        group.create_task(post.run(), name="post")
        group.create_task(_read(inbox, live, post, logbook), name="read")
        group.create_task(watch(context, live, post.take), name="watch")
        tallying = Tallying(context)
        group.create_task(tallying.run(), name="tally")
        group.create_task(_publish(context, live, tallying), name="publish")
        group.create_task(announce(context, version=ours), name="announce")
        group.create_task(bridge(context), name="bridge")
        group.create_task(watch_broker(context), name="broker")
        await asyncio.wait([http])  # stopping it is up to `served`
        http.result()


def _wired(context: Context, house: House, live: Live, page: Page, logbook: Logbook) -> Wired:
    return Wired(
        house=house,
        live=live,
        bus=context.bus,
        clock=context.clock,
        page=page,
        logbook=logbook,
        config=context.config,
        config_path=context.config_path,
        secrets=context.secrets,
        reread=context.reread,
        state_dir=context.state_dir,
    )


def _switches(live: Live) -> Mapping[str, bool]:
    """Which kinds of notification are sent, as the executor keeps it."""
    state = live.view.control_state
    return {str(kind): on for kind, on in state.notifications.items()} if state else {}


async def _read(inbox: Inbox, live: Live, post: Post, logbook: Logbook) -> None:
    async for delivery in inbox:
        if isinstance(delivery, RawDelivery):
            continue
        MESSAGES.labels(delivery.channel.path).inc()
        if isinstance(delivery.message, LogLines):
            logbook.take(delivery.message)
            continue
        live.apply(delivery.channel.path, delivery.message)
        if delivery.channel.path == NOTIFY.path:
            post.take(delivery.message)


async def _publish(context: Context, live: Live, tallying: Tallying) -> None:
    """Tell the pages at once what changes, yet not too often, and that the time passes."""
    said: Now | None = None
    zone = context.config.zone
    while True:
        try:
            async with asyncio.timeout(HEARTBEAT_SECONDS):
                await live.changed.wait()
        except TimeoutError:
            pass
        live.publish()
        PAGES.set(live.watcher_count)
        now, tally = context.clock.now(), tallying.tally
        money = tally.at(now, zone) if tally else NOTHING
        energy = expected(live.view.load_forecast, live.view.pv_forecast, now, zone)
        found = present(live.view.prices, live.view.schedule, now, {**money, **energy})
        if not same(found, said):
            said = found
            show_money(found)
            await context.bus.publish(NOW, found)
        await asyncio.sleep(BATCH_SECONDS)
