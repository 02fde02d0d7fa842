"""The bus over MQTT 5; with the runtime the only package that knows the client library."""

from darkstar_common.bus.mqtt.bus import MqttBus
from darkstar_common.bus.mqtt.wire import Broker, Presence

__all__ = ["Broker", "MqttBus", "Presence"]
