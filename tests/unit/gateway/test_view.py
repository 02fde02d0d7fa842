from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from support.gateway_house import Sent, house_state, messages, prices, service_status

from darkstar_common.contract import (
    HISTORY_SLOT,
    HOUSE_STATE,
    OVERRIDE_CLEAR,
    PRICES,
    TABLE,
    OverrideClear,
    Service,
    SlotObservation,
)
from darkstar_common.slots import SLOT
from darkstar_gateway.core.view import CHANNELS, KEPT_EVENTS, KEYS, View

NOON = datetime(2026, 6, 12, 12, tzinfo=UTC)
SENT = list(messages(NOON))


def closed(number: int) -> SlotObservation:
    return SlotObservation(sender=Service.RECORDER, emitted_at=NOON, start=NOON + number * SLOT)


def test_it_listens_to_all_that_the_topic_table_sends_to_the_gateway() -> None:
    meant = {
        one.path
        for one in TABLE
        if Service.GATEWAY in one.receivers and one.kind != "request"  # who answers them listens
    }
    own = {f"service/{Service.GATEWAY}/status"}
    assert {one.path for one in CHANNELS} == meant | own


def test_nothing_is_known_at_first() -> None:
    view = View()
    assert set(view.services.values()) == {None}
    assert all(not getattr(view, key) for key in KEYS if key != "services")


def test_a_state_replaces_the_one_before_and_leaves_the_old_view_alone() -> None:
    before = View().updated(HOUSE_STATE.path, house_state(NOON, 40.0))
    after = before.updated(HOUSE_STATE.path, house_state(NOON, 41.0))
    assert before.house_state is not None
    assert after.house_state is not None
    assert before.house_state.soc_percent.value == 40.0
    assert after.house_state.soc_percent.value == 41.0


def test_only_what_came_has_changed() -> None:
    before = View().updated(PRICES.path, prices(NOON))
    after = before.updated(HOUSE_STATE.path, house_state(NOON))
    assert after.changes_since(before) == {"house_state"}
    assert after.changes_since(after) == frozenset()


def test_each_service_has_its_own_status() -> None:
    channel, status = service_status(Service.PLANNER, NOON)
    view = View().updated(channel.path, status)
    assert view.services[Service.PLANNER] == status
    assert view.services[Service.RECORDER] is None
    assert view.changes_since(View()) >= {"services"}


def test_what_is_no_state_of_the_house_changes_nothing() -> None:
    view = View()
    assert view.updated(OVERRIDE_CLEAR.path, OverrideClear()) is view


@given(st.integers(0, 40))
def test_of_events_the_last_few_are_kept_in_order(count: int) -> None:
    view = View()
    for number in range(count):
        view = view.updated(HISTORY_SLOT.path, closed(number))
    numbers = range(max(0, count - KEPT_EVENTS), count)
    assert [one.start for one in view.closed_slots] == [NOON + n * SLOT for n in numbers]


@given(st.permutations(SENT))
def test_the_order_in_which_states_come_does_not_matter(order: list[Sent]) -> None:
    view = View()
    for channel, message in order:
        view = view.updated(channel.path, message)
    expected = View()
    for channel, message in SENT:
        expected = expected.updated(channel.path, message)
    assert view == expected


def test_the_same_values_measured_later_are_news() -> None:
    one, other = (house_state(NOON + timedelta(minutes=n)) for n in (0, 1))
    before = View().updated(HOUSE_STATE.path, one)
    after = before.updated(HOUSE_STATE.path, other)
    assert after.changes_since(before) == {"house_state"}
