"""An encrypted connection: only where configured, and then with nobody but the right broker."""

from __future__ import annotations

import asyncio
import shutil
import ssl
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiomqtt
import pytest
from structlog.testing import capture_logs
from support.broker import BINARY, Mosquitto
from support.buses import NOON, heard
from support.shipped_broker import ShippedMosquitto, password_file, script

from darkstar_common.bus.mqtt import Broker, MqttBus
from darkstar_common.contract import NOTIFY, Notification, Service
from darkstar_common.generate.acl import acl

pytestmark = pytest.mark.skipif(
    BINARY is None or shutil.which("openssl") is None, reason="needs mosquitto and openssl"
)
CERTS = script("certs")
PASSWORDS = {"planner": "the password of planner", "gateway": "the password of gateway"}


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory: Path = tmp_path_factory.mktemp("certificates") / "tls"
    CERTS["make_certificates"](directory)
    return directory


@pytest.fixture
def shipped(tmp_path: Path, certificates: Path) -> Iterator[ShippedMosquitto]:
    """The shipped broker with TLS; not started yet."""
    broker = ShippedMosquitto(tmp_path / "broker", tls=True)
    shutil.copytree(certificates, broker.directory)
    (broker.directory / "passwords").write_text(password_file(PASSWORDS), encoding="utf-8")
    (broker.directory / "acl").write_text(acl(), encoding="utf-8")
    yield broker
    broker.stop()


def at(broker: Mosquitto, certificates: Path, user: str = "planner") -> Broker:
    return Broker(
        host="localhost",
        port=broker.port,
        username=user,
        password=PASSWORDS[user],
        tls=True,
        ca_file=certificates / "ca.pem",
    )


def bus_at(broker: Broker) -> MqttBus:
    sender = Service(broker.username or "planner")
    return MqttBus(broker, site="home", client_id=f"t-{sender}", now=lambda: NOON, sender=sender)


def a_note(text: str) -> Notification:
    return Notification(
        sender=Service.PLANNER, emitted_at=NOON, kind="test", title="Test", text=text
    )


async def until(true: Callable[[], object]) -> None:
    async with asyncio.timeout(10):
        while not true():  # noqa: ASYNC110 (what is waited for has no event)
            await asyncio.sleep(0.01)


async def refusal(broker: Broker) -> str:
    """Why a bus does not get in, as it says in its log."""
    with capture_logs() as logs:
        async with bus_at(broker) as bus:
            await until(lambda: logs)
            assert not bus.is_connected
    assert logs[0]["event"] == "broker_unreachable"
    return str(logs[0]["reason"])


def signed_by_hand(directory: Path, *, days: int = 1, name: str = "localhost") -> None:
    """A certificate for `name` from the same authority, which ends in `days`."""
    config = CERTS["_config"](directory, "Darkstar broker", f"DNS:{name}")
    asked = directory / "asked.csr"
    for words in (
        ("req", "-new", "-config", config, "-key", directory / "broker.key", "-out", asked),
        ("x509", "-req", "-in", asked, "-CA", directory / "ca.pem", "-CAkey", directory / "ca.key",
         "-set_serial", "7", "-days", str(days), "-extfile", config, "-extensions", "broker",
         "-out", directory / "broker.pem"),
    ):  # fmt: skip
        subprocess.run(["openssl", *words], check=True, capture_output=True)


async def test_services_talk_over_an_encrypted_connection(
    shipped: ShippedMosquitto, certificates: Path
) -> None:
    shipped.start()
    async with (
        bus_at(at(shipped, certificates)) as planner,
        bus_at(at(shipped, certificates, "gateway")) as gateway,
        gateway.inbox(NOTIFY) as inbox,
    ):
        await planner.connected()
        await gateway.connected()
        await planner.publish(NOTIFY, a_note("quietly"))
        assert (await heard(inbox)).message.text == "quietly"
        ends = planner.certificate_ends
    assert ends is not None
    years = timedelta(days=CERTS["BROKER_DAYS"])
    assert abs(ends - datetime.now(UTC) - years) < timedelta(hours=1)


async def test_without_tls_there_is_no_certificate(shared_broker: Mosquitto) -> None:
    plain = Broker(host="127.0.0.1", port=shared_broker.port)
    async with bus_at(plain) as bus:
        await bus.connected()
        assert bus.certificate_ends is None


async def test_plain_words_are_refused_where_tls_is_configured(
    shipped: ShippedMosquitto, certificates: Path
) -> None:
    shipped.start()
    plain = replace(at(shipped, certificates), tls=False, ca_file=None)
    assert "broker" not in await refusal(plain)
    with pytest.raises(aiomqtt.MqttError):
        async with aiomqtt.Client("localhost", shipped.port, timeout=2):
            pass


async def test_a_broker_that_only_speaks_plain_words_is_not_talked_to(
    shared_broker: Mosquitto, certificates: Path
) -> None:
    reason = await refusal(at(shared_broker, certificates))
    assert reason == "it does not speak TLS there: name its TLS port in mqtt.port, usually 8883"


async def test_a_wrong_authority_is_refused(
    shipped: ShippedMosquitto, certificates: Path, tmp_path: Path
) -> None:
    shipped.start()
    CERTS["make_certificates"](tmp_path / "other")
    broker = at(shipped, certificates)
    for authority in (tmp_path / "other/ca.pem", None):
        reason = await refusal(replace(broker, ca_file=authority))
        assert reason.startswith("its certificate is not signed by an authority we believe")


async def test_a_certificate_for_another_host_is_refused(
    shipped: ShippedMosquitto, certificates: Path
) -> None:
    signed_by_hand(shipped.directory, name="broker.lan")
    shipped.start()
    reason = await refusal(at(shipped, certificates))
    assert reason.startswith("its certificate is for another name")
    assert "localhost" in reason


async def test_an_expired_certificate_is_refused(
    shipped: ShippedMosquitto, certificates: Path
) -> None:
    signed_by_hand(shipped.directory, days=-1)
    shipped.start()
    reason = await refusal(at(shipped, certificates))
    assert reason == (
        "its certificate has expired: renew it (`make certs`) and start the broker anew"
    )


@pytest.mark.parametrize("content", [None, "no certificate"])
async def test_an_authority_that_cannot_be_read_is_named(
    content: str | None, shared_broker: Mosquitto, tmp_path: Path, certificates: Path
) -> None:
    missing = tmp_path / "ca.pem"
    if content is not None:
        missing.write_text(content)
    reason = await refusal(replace(at(shared_broker, certificates), ca_file=missing))
    assert str(missing) in reason
    assert "mqtt.ca_file" in reason


async def test_what_is_mended_is_found_without_a_new_start(
    shipped: ShippedMosquitto, certificates: Path, tmp_path: Path
) -> None:
    shipped.start()
    authority = tmp_path / "late.pem"
    with capture_logs() as logs:
        async with bus_at(replace(at(shipped, certificates), ca_file=authority)) as bus:
            await until(lambda: logs)
            shutil.copy(certificates / "ca.pem", authority)
            async with asyncio.timeout(10):
                await bus.connected()


async def test_an_old_version_of_tls_is_refused(
    shipped: ShippedMosquitto, certificates: Path
) -> None:
    shipped.start()
    old = ssl.create_default_context(cafile=certificates / "ca.pem")
    old.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        old.maximum_version = ssl.TLSVersion.TLSv1_1
    with pytest.raises(ssl.SSLError):
        await asyncio.open_connection("localhost", shipped.port, ssl=old)
