"""What is tried of a broker user's rights, and how what arrives is judged."""

from __future__ import annotations

import pytest
import structlog

from darkstar_common.contract import NOTIFY, OVERRIDE_SET, SCHEDULE, STATUS, Service, prefix
from darkstar_common.launcher.doctor.facts import Rights
from darkstar_common.launcher.doctor.trying import SITE, judged, rows
from darkstar_common.launcher.visiting import hearing

PLAN, NOTE = SCHEDULE.topic(SITE), NOTIFY.topic(SITE)
GATEWAY = {PLAN: False, NOTE: True}
"""It reads both, and writes one."""


@pytest.mark.parametrize(
    ("arrived", "expected"),
    [
        ({NOTE}, Rights(tried=2)),
        (set(), Rights(tried=2, lost=("notify",))),
        ({NOTE, PLAN}, Rights(tried=2, intruded=("plan/schedule",))),
        ({PLAN}, Rights(tried=2, lost=("notify",), intruded=("plan/schedule",))),
    ],
)
def test_rights_are_judged_by_what_arrives(arrived: set[str], expected: Rights) -> None:
    assert judged(GATEWAY, arrived) == expected


def test_a_user_tries_what_it_can_see_and_nothing_of_a_real_house() -> None:
    found = rows(Service.GATEWAY)
    assert found[PLAN] is False
    assert found[NOTE] is True
    assert OVERRIDE_SET.topic(SITE) not in found, "it may write it, and could not see it come"
    assert all(one.startswith(prefix(SITE)) for one in found)
    assert not any("+" in one for one in found)


def test_people_see_everything_and_write_requests_alone() -> None:
    found = rows(Service.PEOPLE)
    assert found[OVERRIDE_SET.topic(SITE)] is True
    assert found[STATUS[Service.PLANNER].topic(SITE)] is False


def test_what_is_heard_is_not_written_and_hearing_has_an_end() -> None:
    before = structlog.get_config()["processors"]
    with hearing() as heard:
        log = structlog.get_logger("test")
        log.warning("broker_unreachable", reason="refused")
        log.warning("something_else", reason="other")
    assert heard.trouble == "refused"
    assert [one["event"] for one in heard.events] == ["broker_unreachable", "something_else"]
    assert structlog.get_config()["processors"] == before


def test_a_broker_that_says_nothing_does_not_answer() -> None:
    with hearing() as heard:
        assert heard.trouble == "it does not answer"
