"""What goes into a packed body comes out of it, and of every body ever written."""

from __future__ import annotations

import json
import zlib
from base64 import b64decode
from contextlib import suppress
from math import inf, isnan, nan, nextafter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkstar_recorder.core.packing import MAGIC, UnreadableError, pack, unpack

KEYS = st.text(max_size=3) | st.sampled_from(["\0", "", "a", "b"])
PLAIN = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8)
VALUES = st.recursive(
    PLAIN, lambda inner: st.lists(inner, max_size=5) | st.dictionaries(KEYS, inner, max_size=4)
)
TABLES = st.lists(KEYS, unique=True, max_size=4).flatmap(
    lambda keys: st.lists(st.fixed_dictionaries(dict.fromkeys(keys, VALUES)), max_size=6)
)
SLOTS = [{"start": f"2026-01-01T00:{slot:02}:00Z", "kw": slot / 3} for slot in range(60)]


def exactly(value: Any) -> str:
    """`value` with all digits and in its order."""
    return json.dumps(value)


@given(VALUES | TABLES)
def test_what_is_packed_comes_back_identical(value: Any) -> None:
    assert exactly(unpack(pack(value))) == exactly(value)


@given(st.lists(st.floats(allow_nan=False), min_size=2))
def test_every_float_comes_back_bit_for_bit(numbers: list[float]) -> None:
    rows = [{"kw": one} for one in numbers]
    assert [one["kw"].hex() for one in unpack(pack(rows))] == [one.hex() for one in numbers]


@pytest.mark.parametrize("number", [0.1 + 0.2, -0.0, 5e-324, 1.7e308, nextafter(1, 2), inf, 2**70])
def test_no_digit_is_lost(number: float) -> None:
    assert repr(unpack(pack({"kw": number}))["kw"]) == repr(number)


def test_not_a_number_stays_what_it_is() -> None:
    assert isnan(unpack(pack({"kw": nan}))["kw"])


@pytest.mark.parametrize(
    "value",
    [
        {"\0": [["a", [1, 2]]]},
        {"\0": {"\0": 1}},
        {"\0\0": [["a", [1, 2]]]},
        {"\0a": 1},
        {"\0": 1, "a": 2},
        {"\0": {"\0": {"\0": []}}},
        [{"\0": 1}, {"\0": 2}],
        [{}, {}],
        [{"a": 1}, {"a": 2, "b": 3}],
        [{"a": 1, "b": 2}, {"b": 2, "a": 1}],
        [{"a": [{"b": 1}, {"b": 2}]}, {"a": []}],
        [{"a": {"b": 1}}, {"a": {"b": 2}}],
        "\ud800",
    ],
    ids=repr,
)
def test_a_value_that_looks_like_columns_stays_what_it_is(value: Any) -> None:
    assert exactly(unpack(pack(value))) == exactly(value)


@given(VALUES)
def test_every_form_ever_written_is_read(value: Any) -> None:
    text = json.dumps(value)
    for body in (text, text.encode(), zlib.compress(text.encode(), 6), pack(value)):
        assert exactly(unpack(body)) == exactly(value)


@pytest.mark.parametrize("level", [0, 1, 6, 9])
def test_zlib_of_every_level_is_read(level: int) -> None:
    assert unpack(zlib.compress(b"[1]", level)) == [1]


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"", "it is no JSON"),
        ("{", "it is no JSON"),
        (b"\xff\xfe\x00", "it is no JSON"),
        (zlib.compress(b"{")[:], "it is no JSON"),
        (zlib.compress(exactly(SLOTS).encode())[:60], "it ends in the middle"),
        (b"\x78\x9c nothing", "its zlib bytes are damaged"),
        (pack(SLOTS)[:60], "its zstandard frame is damaged"),
        (MAGIC, "its zstandard frame is damaged"),
        ("[" * 200_000, "nested too deeply"),
    ],
    ids=repr,
)
def test_a_damaged_body_says_so(body: bytes | str, sentence: str) -> None:
    with pytest.raises(UnreadableError, match=sentence):
        unpack(body)


@given(st.integers(min_value=len(MAGIC)), st.integers(min_value=1, max_value=255))
def test_no_changed_byte_changes_what_is_read(place: int, change: int) -> None:
    body = bytearray(pack(SLOTS))
    body[len(MAGIC) + place % (len(body) - len(MAGIC))] ^= change
    try:
        found = unpack(bytes(body))
    except UnreadableError:
        return
    assert exactly(found) == exactly(SLOTS)  # a bit of the frame's head means nothing


def test_hardly_a_changed_byte_is_read_at_all() -> None:
    body, read = pack(SLOTS), 0
    for place in range(len(MAGIC), len(body)):
        with suppress(UnreadableError):
            unpack(body[:place] + bytes([body[place] ^ 0xFF]) + body[place + 1 :])
            read += 1
    assert read <= 1


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    for one in (body, MAGIC + body, b"\x78\x9c" + body):
        with suppress(UnreadableError):
            assert exactly(unpack(pack(unpack(one)))) == exactly(unpack(one))


def test_names_are_written_once() -> None:
    assert len(pack(SLOTS)) < len(zlib.compress(exactly(SLOTS).encode(), 9))


WRITTEN = {
    "zlib, level 6": b64decode(
        "eJyrVirOyS8pVrJSiK5WKi5JLCoBMpWMDIzMdA0MgSjEwMAKjKKUdBSUssuBsgZ6xgaowAQoVZ5RCdKZ"
        "lJmTk5muEFNqZGBorJCXWFKiVKujgNNoQ1MUo3UN9UxTdQ3M4ebllebk1MYCuWWJyYklmfl5QLG0xJzi"
        "1FoAMhcw6w=="
    ),
    "zlib, level 1": b64decode(
        "eAGrVirOyS8pVrJSiK5WKi5JLCoBMpWMDIzMdA0MgSjEwMAKjKKUdBSUssuBsgZ6xgaowAQoVZ5RCdKZ"
        "lJmTk5muEFNqZGBorJCXWFKiVKujgNNoQ1Og6QijdQ31TFN1Dczh5uWV5uTUxgK5ZYnJiSWZ+XlAO9IS"
        "c4pTawEyFzDr"
    ),
    "DC1": b64decode(
        "REMxKLUv/SSoHQQAYocbJKA3Hf///3ONR8SuLZHrbGdh7fdZy24zrvpYZv2kldISZP0NDJMT2SHY4fPa"
        "HVzjObXWmCGY73YwgTwiSeIxP8M371BEAlVOoyyVAGUU3Xy0+GZrzcoTmOpgqQosunzzzXAdv8uuUOES"
        "e+yH46UHAEkJyCsVELDOHqAldQADACXe73pK"
    ),
    "bytes": (
        b'{"slots": [{"start": "2026-01-01T00:00:00Z", "kw": 0.30000000000000004, '
        b'"why": "billig \\u2013 natt"}, {"start": "2026-01-01T00:15:00Z", "kw": -1.5e-07, '
        b'"why": null}], "vacation": false}'
    ),
}
"""The same run as it came out of each version that ever wrote one; never made anew."""


@pytest.mark.parametrize("form", WRITTEN)
def test_bytes_that_were_written_once_are_read_for_ever(form: str) -> None:
    first = {"start": "2026-01-01T00:00:00Z", "kw": 0.1 + 0.2, "why": "billig \u2013 natt"}
    second = {"start": "2026-01-01T00:15:00Z", "kw": -1.5e-07, "why": None}
    assert exactly(unpack(WRITTEN[form])) == exactly({"slots": [first, second], "vacation": False})


def test_text_that_was_written_once_is_read_for_ever() -> None:
    assert unpack(WRITTEN["bytes"].decode()) == unpack(WRITTEN["bytes"])
