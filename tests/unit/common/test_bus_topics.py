from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from paho.mqtt.client import topic_matches_sub

from darkstar_common.bus.topics import is_filter, is_topic, matches

LEVEL = st.sampled_from(["", "a", "b", "$c", "å"])
TOPICS = st.lists(LEVEL, min_size=1, max_size=4).map("/".join).filter(bool)
FILTERS = (
    st.tuples(
        st.lists(st.one_of(LEVEL, st.just("+")), min_size=1, max_size=4),
        st.sampled_from([[], ["#"]]),
    )
    .map(lambda parts: "/".join([*parts[0], *parts[1]]))
    .filter(bool)
)


@given(FILTERS, TOPICS)
def test_it_matches_as_the_client_library_does(topic_filter: str, topic: str) -> None:
    assert matches(topic_filter, topic) == topic_matches_sub(topic_filter, topic)


@given(FILTERS, TOPICS)
def test_what_the_broker_takes_is_taken(topic_filter: str, topic: str) -> None:
    assert is_filter(topic_filter)
    assert is_topic(topic)


@pytest.mark.parametrize(
    "text",
    ["", "a\x00b", "a\nb", "\ud800", "x" * 65_536, "/" * 200, "a/\uffff"],
    ids=["empty", "nul", "control", "surrogate", "long", "deep", "no character"],
)
def test_what_makes_a_broker_hang_up_is_refused(text: str) -> None:
    assert not is_topic(text)
    assert not is_filter(text)


@pytest.mark.parametrize("text", ["a+", "a/b#", "#/a", "##", "a/#/b", "+a/b", "a/++"])
def test_wildcards_stand_alone(text: str) -> None:
    assert not is_filter(text)
    assert not is_topic(text)


@pytest.mark.parametrize("text", ["#", "+", "a/+/b", "a/#", "+/+/#", "$SYS/#"])
def test_wildcards_are_for_filters_only(text: str) -> None:
    assert is_filter(text)
    assert is_topic(text) == (not {"+", "#"} & set(text))
