from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkstar_gateway.core.access.hosts import from_own_page, is_known, is_loopback, name_of
from darkstar_gateway.core.access.paths import (
    LONGEST_BODY,
    LONGEST_SETTINGS,
    is_devious,
    longest_body,
)

OWN = ("darkstar.example.org",)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1:8410",
        "192.168.1.10",
        "[::1]:8410",
        "[2001:db8::1]",
        "localhost:8410",
        "raspberrypi",
        "Darkstar.Local:8410",
        "darkstar.lan.",
        "box.home.arpa",
        "darkstar.example.org",
        "DARKSTAR.example.org:443",
    ],
)
def test_names_of_the_home_addresses_and_ones_own_are_known(host: str) -> None:
    assert is_known(name_of(host), OWN)


@pytest.mark.parametrize(
    "host",
    [
        "",
        "elsewhere.example",
        "darkstar.example.org.elsewhere.example",
        "local.example",
        "a b",
        "user@localhost",
        "localhost/path",
        "localhost:banana",
        "localhost:99999",
        "[::1",
        "evil.com#.local",
        "127.0.0.1.elsewhere.example",
        "a\u2024local",
    ],
)
def test_names_that_anybody_can_register_and_what_is_no_name_are_not(host: str) -> None:
    assert not is_known(name_of(host), OWN)


@given(st.text(max_size=60))
def test_no_host_breaks_it_and_a_known_one_holds_nothing_odd(host: str) -> None:
    name = name_of(host)
    assert is_known(name, ()) in {True, False}
    assert not set(name) & set(" /\\@#?\r\n")


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("127.0.0.1", True),
        ("127.8.8.8", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),  # noqa: S104 (compared, not bound)
        ("::", False),
        ("192.168.1.10", False),
        ("darkstar.lan", False),
        ("localhost.example.org", False),
        ("", False),
    ],
)
def test_what_only_this_machine_reaches(host: str, loopback: bool) -> None:
    assert is_loopback(host) is loopback


@pytest.mark.parametrize(
    ("headers", "ours"),
    [
        ({}, True),
        ({"origin": "http://darkstar:8410", "host": "darkstar:8410"}, True),
        ({"origin": "http://DARKSTAR:8410", "host": "darkstar:8410"}, True),
        ({"origin": "http://darkstar:9000", "host": "darkstar:8410"}, False),
        ({"origin": "http://elsewhere.example", "host": "darkstar:8410"}, False),
        ({"origin": "null", "host": "darkstar:8410"}, False),
        ({"origin": "null", "host": ""}, False),
        ({"origin": "file://darkstar:8410", "host": "darkstar:8410"}, False),
        ({"origin": "http://[", "host": "["}, False),
        # what proxies make of it
        ({"origin": "https://home.example:8443", "host": "home.example"}, True),
        ({"origin": "https://elsewhere.example", "host": "home.example"}, False),
        (
            {
                "origin": "https://home.example",
                "host": "127.0.0.1:8410",
                "x-forwarded-host": "home.example",
            },
            True,
        ),
        ({"origin": "https://darkstar.example.org", "host": "127.0.0.1:8410"}, True),
        ({"origin": "https://home.example", "host": "127.0.0.1:8410"}, False),
        # what browsers say by themselves
        (
            {
                "origin": "https://home.example",
                "host": "127.0.0.1:8410",
                "sec-fetch-site": "same-origin",
            },
            True,
        ),
        ({"host": "darkstar", "sec-fetch-site": "same-origin"}, True),
        ({"host": "darkstar", "sec-fetch-site": "none"}, True),
        ({"host": "darkstar", "sec-fetch-site": "cross-site"}, False),
        ({"host": "darkstar", "sec-fetch-site": "same-site"}, False),
    ],
)
def test_only_pages_of_this_address_may_ask_for_something(
    headers: dict[str, str], ours: bool
) -> None:
    assert from_own_page(headers, OWN) is ours


@given(st.text(max_size=40), st.text(max_size=40))
def test_no_origin_breaks_it(origin: str, host: str) -> None:
    assert from_own_page({"origin": origin, "host": host}, OWN) in {True, False}


@pytest.mark.parametrize(
    "path",
    [
        "/../etc/passwd",
        "/api/../../x",
        "/..",
        "/%2e%2e/etc",
        "/a/%2E%2e",
        "/a\\..\\b",
        "/a%5cb",
        "/a\0b",
        "/a%00",
        "/a\r\nb",
        "/api/history/..%2f..%2fetc",
    ],
)
def test_a_path_that_leaves_where_it_begins_is_devious(path: str) -> None:
    assert is_devious(path)


@pytest.mark.parametrize("path", ["/", "/api/commands/ev/car..2/set", "/assets/a-b_c.js", "/ö"])
def test_a_plain_path_is_not(path: str) -> None:
    assert not is_devious(path)


@pytest.mark.parametrize(
    ("path", "longest"),
    [
        ("settings", LONGEST_SETTINGS),
        ("settings/check", LONGEST_SETTINGS),
        ("settingsx", LONGEST_BODY),
        ("commands/settings", LONGEST_BODY),
        ("", LONGEST_BODY),
    ],
)
def test_settings_may_be_longer_than_all_else(path: str, longest: int) -> None:
    assert longest_body(path) == longest
