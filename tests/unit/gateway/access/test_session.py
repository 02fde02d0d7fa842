from __future__ import annotations

import asyncio
import json
import stat
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.doors import BEARER, OURS, PASSWORD, SECRETS, TOKEN, VIEWER, Door, a_door
from support.gateway_app import NOON

from darkstar_common.runtime import Secrets
from darkstar_common.testing import FakeClock
from darkstar_gateway.api.access.keys import Keys
from darkstar_gateway.api.page import Page
from darkstar_gateway.core.access.sessions import MOST, Session, Sessions

DAY = timedelta(days=1)
OTHER = "another-password"
FINGERPRINT = "00"
NOBODY = {"signed_in": False, "role": None, "required": True, "by": None}
OWNER = {"signed_in": True, "role": "owner", "required": True, "by": "password"}


async def test_who_has_given_the_password_is_in(door: Door) -> None:
    assert await door.state() == NOBODY
    assert not await door.may_look()
    answer = await door.sign_in()
    assert answer.status_code == 200
    assert answer.json() == OWNER == await door.state()
    assert await door.may_look()


async def test_the_viewers_password_lets_look_and_no_more(door: Door) -> None:
    assert (await door.sign_in(VIEWER)).json()["role"] == "viewer"
    assert await door.may_look()
    answer = await door.client.post("/api/commands/override/set", json="hold", headers=OURS)
    assert answer.status_code == 403
    assert "the owner's" in answer.json()["detail"]


async def test_a_wrong_password_is_a_sentence_and_no_session(door: Door) -> None:
    answer = await door.sign_in("guessed")
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"] == "That is not the password."
    assert "set-cookie" not in answer.headers
    assert "guessed" not in answer.text


async def test_signing_out_ends_the_session_and_not_only_the_cookie(door: Door) -> None:
    cookie = (await door.sign_in()).headers["set-cookie"].split(";")[0]
    answer = await door.client.delete("/api/session", headers=OURS)
    assert answer.json() == NOBODY
    assert "Max-Age=0" in answer.headers["set-cookie"]
    assert not await door.may_look(cookie=cookie)
    assert (await door.client.delete("/api/session", headers=OURS)).status_code == 200


async def test_signing_in_again_leaves_no_session_behind(door: Door, tmp_path: Path) -> None:
    for _ in range(3):
        await door.sign_in()
    assert len(json.loads((tmp_path / "sessions.json").read_text())["sessions"]) == 1


async def test_the_cookie_is_for_the_api_and_no_script_reads_it(door: Door) -> None:
    said = (await door.sign_in()).headers["set-cookie"]
    name, *attributes = (one.strip().lower() for one in said.split(";"))
    assert name.startswith("darkstar_session_home=")
    assert set(attributes) == {"httponly", "samesite=strict", "max-age=2592000"}


@pytest.mark.parametrize(("proto", "secure"), [("https", True), ("http", False)])
async def test_over_https_the_cookie_never_travels_without(
    door: Door, proto: str, secure: bool
) -> None:
    said = (await door.sign_in(**{"x-forwarded-proto": proto})).headers["set-cookie"]
    assert ("secure" in said.lower()) is secure


async def test_a_session_ends_by_itself(page: Page, tmp_path: Path) -> None:
    async with a_door(page, tmp_path, session_days=2) as door:
        await door.sign_in()
        await door.wall.advance(2 * DAY - timedelta(seconds=1))
        assert await door.may_look()
        await door.wall.advance(timedelta(seconds=1))
        assert not await door.may_look()


async def test_a_restart_ends_no_session(page: Page, tmp_path: Path) -> None:
    async with a_door(page, tmp_path) as door:
        cookie = (await door.sign_in()).headers["set-cookie"].split(";")[0]
    async with a_door(page, tmp_path, wall=FakeClock(NOON + DAY)) as door:
        assert await door.may_look(cookie=cookie)
    async with a_door(page, tmp_path, wall=FakeClock(NOON + 31 * DAY)) as door:
        assert not await door.may_look(cookie=cookie)


async def test_another_password_ends_the_sessions_of_the_old_one_alone(
    page: Page, tmp_path: Path
) -> None:
    async with a_door(page, tmp_path) as door:
        owner = (await door.sign_in()).headers["set-cookie"].split(";")[0]
        door.client.cookies.clear()
        viewer = (await door.sign_in(VIEWER)).headers["set-cookie"].split(";")[0]
    changed = Secrets(gateway_password=OTHER, viewer_password=VIEWER)
    async with a_door(page, tmp_path, told=changed) as door:
        assert not await door.may_look(cookie=owner)
        assert await door.may_look(cookie=viewer)
        assert (await door.sign_in()).status_code == 401
        assert (await door.sign_in(OTHER)).status_code == 200


async def test_what_is_kept_lets_nobody_in(door: Door, tmp_path: Path) -> None:
    secret = (await door.sign_in()).headers["set-cookie"].split(";")[0].split("=", 1)[1]
    await door.sign_in(VIEWER)
    kept = (tmp_path / "sessions.json").read_text()
    assert not [one for one in (secret, PASSWORD, VIEWER, TOKEN) if one in kept]
    assert stat.S_IMODE((tmp_path / "sessions.json").stat().st_mode) == 0o600
    for key in json.loads(kept)["sessions"]:
        assert not await door.may_look(cookie=f"darkstar_session_home={key}")


@pytest.mark.parametrize("content", ["", "{", "[]", '{"salt": "00", "sessions": {}}', "\0"])
async def test_a_spoilt_file_makes_people_sign_in_again_and_no_more(
    page: Page, tmp_path: Path, content: str
) -> None:
    (tmp_path / "sessions.json").write_text(content)
    async with a_door(page, tmp_path) as door:
        assert not await door.may_look()
        assert (await door.sign_in()).status_code == 200
    async with a_door(page, tmp_path) as door:
        assert not await door.may_look()


async def test_where_nothing_can_be_kept_people_get_in_all_the_same(
    page: Page, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    async with a_door(page, tmp_path / "file") as door:
        assert (await door.sign_in()).status_code == 200
        assert await door.may_look()


async def test_guessing_is_slow_from_one_address(page: Page, tmp_path: Path) -> None:
    async with a_door(page, tmp_path, attempts_per_minute=2) as door:
        assert [(await door.sign_in("guessed")).status_code for _ in range(3)] == [401, 401, 429]
        answer = await door.sign_in()
        assert answer.status_code == 429, "also the right one has to wait"
        assert answer.headers["retry-after"] == "60"
        await door.wall.advance(timedelta(seconds=61))
        assert (await door.sign_in()).status_code == 200


async def test_who_is_in_stays_in_while_somebody_guesses(page: Page, tmp_path: Path) -> None:
    async with a_door(page, tmp_path, attempts_per_minute=1) as door:
        await door.sign_in()
        for _ in range(3):
            await door.sign_in("guessed")
        assert await door.may_look()


async def test_guessing_at_once_is_no_way_around(page: Page, tmp_path: Path) -> None:
    async with a_door(page, tmp_path, attempts_per_minute=2) as door:
        answers = await asyncio.gather(*(door.sign_in("guessed") for _ in range(12)))
    assert [one.status_code for one in answers].count(401) == 2


async def test_a_program_comes_in_by_its_token(door: Door) -> None:
    assert await door.may_look(**BEARER)
    answer = await door.client.get("/api/session", headers=BEARER)
    assert answer.json() == {**OWNER, "by": "token"}
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("said", [f"Bearer {TOKEN}x", "Bearer", "Bearer ", f"Basic {TOKEN}", TOKEN])
async def test_another_token_is_none(door: Door, said: str) -> None:
    assert not await door.may_look(authorization=said)


async def test_guessing_tokens_is_slow_too(page: Page, tmp_path: Path) -> None:
    async with a_door(page, tmp_path, attempts_per_minute=3) as door:
        for _ in range(3):
            assert not await door.may_look(authorization="Bearer guessed")
        answer = await door.client.get("/api/dashboard/bundle", headers=BEARER)
        assert answer.status_code == 429


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b'{"password": 5}', b'{"password": "x", "role": "owner"}', b"null"]
)
async def test_what_is_no_sign_in_is_refused_in_words(door: Door, body: bytes) -> None:
    answer = await door.client.post("/api/session", content=body, headers=OURS)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_password_that_is_too_long_is_not_even_said_again(door: Door) -> None:
    answer = await door.sign_in("planted" * 1000)
    assert answer.status_code == 422
    assert "planted" not in answer.text


KEYS = Keys.of(SECRETS)


@settings(max_examples=10)
@given(password=st.text(max_size=30).filter(lambda one: one not in {PASSWORD, VIEWER}))
def test_no_other_text_is_a_password(password: str) -> None:
    assert KEYS.role_of(password) is None
    assert not KEYS.is_token(password)


def test_sessions_are_bounded_and_the_oldest_end() -> None:
    session = Session(role="owner", password=FINGERPRINT, until=NOON + DAY)
    sessions = Sessions({})
    for number in range(MOST + 5):
        sessions = sessions.opened(str(number), session, NOON)
    assert len(sessions.all) == MOST
    assert sessions.grant("4", NOON) is None
    assert sessions.grant("5", NOON) is not None


def test_sessions_that_have_ended_make_room() -> None:
    past = Session(role="owner", password=FINGERPRINT, until=NOON)
    sessions = Sessions({"old": past}).opened("new", past, NOON)
    assert set(sessions.all) == {"new"}


async def test_sites_on_one_machine_do_not_take_each_others_cookie(door: Door) -> None:
    """Browsers tell cookies apart by host and not by port."""
    await door.sign_in()
    (name,) = door.client.cookies
    assert name.endswith("_home")


async def test_where_nobody_is_asked_everybody_is_the_owner(page: Page, tmp_path: Path) -> None:
    async with a_door(page, tmp_path, required=False) as door:
        assert await door.may_look()
        open_to_all = {"signed_in": True, "role": "owner", "required": False, "by": "open"}
        assert await door.state() == open_to_all
        assert (await door.sign_in("whatever")).json() == open_to_all
        assert (await door.client.delete("/api/session", headers=OURS)).json() == open_to_all


def test_nothing_secret_is_shown_by_who_knows_it() -> None:
    assert not [one for one in (PASSWORD, VIEWER, TOKEN) if one in repr(SECRETS) + repr(KEYS)]
