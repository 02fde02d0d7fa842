"""What a broker is told, and in which order."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.inboxes import a_note, an_inbox

from darkstar_common.bus.inbox import QueueInbox
from darkstar_common.bus.port import Delivery
from darkstar_common.bus.reading import Incoming
from darkstar_common.bus.receipts import NOTHING_OWED, Owed, Receipt
from darkstar_common.bus.router import Router, Row
from darkstar_common.contract import NOTIFY, OVERRIDE_SET


class Broker:
    """Counts packets, and remembers which were acknowledged."""

    def __init__(self) -> None:
        self.told: list[int] = []
        self.owed = Owed(self.told.append)
        self.packets = 0

    def packet(self, topic: str = "a", payload: bytes = b"x") -> Incoming:
        self.packets += 1
        return Incoming(topic, payload, receipt=self.owed.receipt(self.packets))


@pytest.fixture
def broker() -> Broker:
    return Broker()


def through(inbox: QueueInbox) -> Router:
    router = Router()
    router.open(inbox)
    return router


@given(st.permutations(range(8)), st.integers(0, 8))
def test_acknowledgements_are_sent_in_the_order_of_arrival(given_in: list[int], some: int) -> None:
    broker = Broker()
    receipts = [broker.packet().receipt for _ in given_in]
    for number in given_in[:some]:
        receipts[number].give()
    whole = 0
    while whole in given_in[:some]:
        whole += 1
    assert broker.told == list(range(1, whole + 1))
    assert len(broker.owed) == len(given_in) - whole


def test_a_packet_number_that_comes_again_is_another_message(broker: Broker) -> None:
    first, second = broker.owed.receipt(1), broker.owed.receipt(1)
    second.give()
    assert broker.told == []
    first.give()
    assert broker.told == [1, 1]


def test_of_a_connection_that_is_gone_nothing_is_acknowledged(broker: Broker) -> None:
    old = broker.packet().receipt
    broker.owed.forget()
    new = broker.packet().receipt
    old.give()
    assert broker.told == []
    new.give()
    assert broker.told == [2]


def test_a_receipt_is_given_once_all_have_given_it_and_only_then() -> None:
    times: list[int] = []
    receipt = Receipt(lambda: times.append(1))
    receipt.hold()
    receipt.give()
    assert times == []
    receipt.give()
    receipt.give()
    assert times == [1]


def test_where_nothing_is_owed_nothing_happens() -> None:
    told: list[int] = []
    owed = Owed(told.append)
    waiting = owed.receipt(1)
    for _ in range(3):
        NOTHING_OWED.hold()
        NOTHING_OWED.give()
        NOTHING_OWED.give()
    assert told == []
    waiting.give()
    assert told == [1]


def test_what_nobody_wants_is_acknowledged_at_once(broker: Broker) -> None:
    router = through(an_inbox(by_hand=True))
    router.settle()
    router.route(broker.packet("other"))
    assert broker.told == [1]


def test_what_is_held_for_a_late_inbox_is_not_acknowledged_before_it_took_it(
    broker: Broker,
) -> None:
    router, inbox = Router(), an_inbox(NOTIFY, by_hand=True)
    router.route(broker.packet())
    router.open(inbox)
    assert broker.told == []
    router.settle()
    assert broker.told == []


def test_what_was_held_in_vain_is_acknowledged(broker: Broker) -> None:
    router = Router()
    router.route(broker.packet())
    assert broker.told == []
    router.settle()
    assert broker.told == [1]


def test_what_was_held_too_long_is_acknowledged(broker: Broker) -> None:
    router = Router()
    for _ in range(10_002):
        router.route(broker.packet())
    assert broker.told == [1, 2]


async def test_by_hand_a_message_is_acknowledged_when_its_taker_says_so(broker: Broker) -> None:
    inbox = an_inbox(NOTIFY, by_hand=True)
    through(inbox).route(broker.packet(payload=a_note()))
    delivery = await anext(inbox)
    assert isinstance(delivery, Delivery)
    assert broker.told == []
    delivery.acknowledge()
    assert broker.told == [1]


async def test_else_it_is_acknowledged_when_it_is_taken(broker: Broker) -> None:
    inbox = an_inbox(NOTIFY, by_hand=False)
    through(inbox).route(broker.packet(payload=a_note()))
    await anext(inbox)
    assert broker.told == [1]


async def test_two_inboxes_must_both_have_it(broker: Broker) -> None:
    one, two = an_inbox(NOTIFY, by_hand=True), an_inbox(NOTIFY, by_hand=False)
    router = through(one)
    router.open(two)
    router.route(broker.packet(payload=a_note()))
    await anext(two)
    assert broker.told == []
    delivery = await anext(one)
    assert isinstance(delivery, Delivery)
    delivery.acknowledge()
    assert broker.told == [1]


@pytest.mark.parametrize("row", [NOTIFY, None])
async def test_what_is_refused_or_outside_is_not_asked_for_again(broker: Broker, row: Row) -> None:
    inbox = an_inbox(row, by_hand=True)
    router = through(inbox)
    for _ in range(2):
        router.route(broker.packet(payload=b"bad"))
    router.route(broker.packet(payload=a_note()))
    await anext(inbox)
    assert broker.told == ([1, 2] if row is NOTIFY else [1])


async def test_a_second_copy_does_not_acknowledge_the_first_which_is_not_safe_yet(
    broker: Broker,
) -> None:
    inbox = an_inbox(NOTIFY, by_hand=True)
    router = through(inbox)
    router.route(broker.packet(payload=a_note()))
    await anext(inbox)
    broker.owed.forget()  # the connection is lost, and the broker sends it again
    router.route(broker.packet(payload=a_note()))
    again = await anext(inbox)
    assert isinstance(again, Delivery)
    assert broker.told == []
    again.acknowledge()
    assert broker.told == [2]


async def test_a_second_copy_of_a_request_is_dropped_and_acknowledged(broker: Broker) -> None:
    inbox = an_inbox(OVERRIDE_SET, by_hand=True)
    router = through(inbox)
    request = OVERRIDE_SET.message(action="hold").model_dump_json().encode()
    router.route(broker.packet(payload=request))
    router.route(broker.packet(payload=request))
    router.route(
        broker.packet(payload=OVERRIDE_SET.message(action="hold").model_dump_json().encode())
    )
    first, other = await anext(inbox), await anext(inbox)
    assert isinstance(first, Delivery)
    assert isinstance(other, Delivery)
    assert first.message != other.message
    first.acknowledge()
    assert broker.told == [1, 2]


async def test_what_gives_way_in_a_full_queue_blocks_no_other(broker: Broker) -> None:
    inbox = an_inbox(by_hand=True, limit=2)
    router = through(inbox)
    for _ in range(5):
        router.route(broker.packet())
    assert broker.told == []  # the first waits to be taken
    await anext(inbox)
    assert broker.told == [1, 2, 3, 4]


@pytest.mark.parametrize("by_hand", [True, False])
def test_what_is_left_in_a_closed_inbox_stays_with_the_broker_if_it_is_by_hand(
    broker: Broker, by_hand: bool
) -> None:
    inbox = an_inbox(NOTIFY, by_hand=by_hand)
    router = through(inbox)
    router.route(broker.packet())
    router.close(inbox)
    router.settle()
    router.keep(inbox.leave())
    assert broker.told == ([] if by_hand else [1])


def test_what_is_left_while_a_service_begins_again_is_for_its_next_inbox(
    broker: Broker,
) -> None:
    first, second = an_inbox(NOTIFY), an_inbox(NOTIFY)
    router = through(first)
    router.settle()
    router.route(broker.packet(payload=b"{"))
    router.hold()
    router.close(first)
    router.keep(first.leave())
    assert broker.told == []
    router.open(second)
    router.route(broker.packet(payload=b"{"))
    router.settle()
    router.close(second)
    router.keep(second.leave())
    assert broker.told == [1, 2]


def test_what_nobody_asked_for_again_is_let_go_of(broker: Broker) -> None:
    router = Router()
    router.settle()
    router.hold()
    router.route(broker.packet())
    assert broker.told == []
    router.settle()
    assert broker.told == [1]
