"""The five services, the broker between them, and the disk below them."""

from __future__ import annotations

from darkstar_dashboards.board import Board, Group
from darkstar_dashboards.looks import BAD, UP, WARNING, thresholds
from darkstar_dashboards.panels import Line, graph, issues, number, rows, states
from darkstar_dashboards.queries import counted, of, quantile, zero_while_up

CHOSEN = "~$service"
BYTES = "bytes"


def _rate(counter: str, **labels: str) -> str:
    return f"rate({of(counter, **labels)}[$__rate_interval])"


def _lost(counter: str) -> str:
    """How much of `counter` there was in the chosen services [messages]."""
    grown = f"sum by (service) (increase({of(counter, service=CHOSEN)}[$__rate_interval]))"
    return f"({grown}) or (0 * ({of('up', service=CHOSEN)} == 1))"


def _unaccounted(side: str) -> str:
    """What was not accounted for on that side within a day [kWh]."""
    counter = of("darkstar_recorder_unaccounted_kwh_total", side=side)
    return f"sum (increase({counter}[24h]))"


_NOW = Group(
    title="Now",
    panels=(
        number(
            "Services that answer",
            f"sum ({of('up', job='darkstar')})",
            unit="none",
            about="Of the five.",
            steps=thresholds((5, "green"), below=BAD),
        ),
        number(
            "Connected to the broker",
            f"sum ({of('darkstar_broker_connected')})",
            unit="none",
            about="Services with a connection now, of the five.",
            steps=thresholds((5, "green"), below=BAD),
        ),
        number(
            "Memory of all",
            f"sum ({of('process_resident_memory_bytes', job='darkstar')})",
            unit=BYTES,
            about="Resident, of the five services.",
            steps=thresholds((900e6, WARNING), (1.5e9, BAD)),
            decimals=0,
        ),
        number(
            "Queued at the broker",
            of("darkstar_broker_queued_messages"),
            unit="none",
            about="Messages that wait for somebody who is away or slow.",
            steps=thresholds((1000, WARNING), (5000, BAD)),
            decimals=0,
        ),
        number(
            "Free on the recorder's disk",
            of("darkstar_recorder_disk_free_bytes"),
            unit=BYTES,
            about="Where history is kept.",
            steps=thresholds((500e6, WARNING), (5e9, "green"), below=BAD),
        ),
        number(
            "Energy not accounted for",
            zero_while_up(
                f"abs ({_unaccounted('surplus')} - {_unaccounted('deficit')})", "recorder"
            ),
            unit="kwatth",
            about="By how much what came in and what went out within the last 24 hours differ. A "
            "battery's own losses are in it.",
            steps=thresholds((5, WARNING), (15, BAD)),
            decimals=2,
        ),
    ),
)

_ALIVE = Group(
    title="Services",
    panels=(
        states(
            "Up",
            Line(expr=of("up", job="darkstar", service=CHOSEN), name="{{service}}"),
            means=UP,
            about="Whether Prometheus could read each service; a gap: Prometheus itself was away.",
        ),
        rows(
            "Versions and configuration",
            f"{of('darkstar_service', service=CHOSEN)} * on (instance) group_left (revision) "
            f"{of('darkstar_config_info')}",
            "name",
            "version",
            "revision",
            about="All five should be the same version and have read the same configuration.",
        ),
        graph(
            "Memory",
            Line(expr=of("process_resident_memory_bytes", service=CHOSEN), name="{{service}}"),
            unit=BYTES,
            about="Resident. A line that climbs for days is a leak.",
            low=0,
            span=8,
        ),
        graph(
            "Processor",
            Line(expr=_rate("process_cpu_seconds_total", service=CHOSEN), name="{{service}}"),
            unit="percentunit",
            about="Of one core.",
            low=0,
            span=8,
        ),
        graph(
            "Open files",
            Line(expr=of("process_open_fds", service=CHOSEN), name="{{service}}"),
            unit="short",
            about="File descriptors, sockets included. A line that climbs for days is a leak.",
            low=0,
            span=8,
        ),
    ),
)

_BUS = Group(
    title="The bus",
    panels=(
        graph(
            "Queued messages and clients",
            Line(expr=of("darkstar_broker_queued_messages"), name="queued"),
            Line(expr=of("darkstar_broker_clients"), name="clients", stepped=True),
            Line(expr=of("darkstar_broker_clients_away"), name="clients away", stepped=True),
            Line(
                expr=f"increase({of('darkstar_broker_dropped_messages')}[$__rate_interval])",
                name="thrown away",
                look=BAD,
            ),
            unit="short",
            about="As the broker tells of itself. A queue that grows: somebody is away or slow; "
            "when it is full, what comes is thrown away.",
            low=0,
            span=8,
        ),
        graph(
            "Messages lost or refused",
            Line(expr=_lost("darkstar_messages_dropped_total"), name="{{service}}: queue full"),
            Line(expr=_lost("darkstar_messages_rejected_total"), name="{{service}}: unreadable"),
            unit="short",
            about="Zero in a sound system. Unreadable: not by the contract, or from the wrong "
            "sender; the service's log says what.",
            bars=True,
            span=8,
        ),
        graph(
            "Twice",
            Line(expr=_lost("darkstar_messages_duplicate_total"), name="{{service}}"),
            unit="short",
            about="Messages that came a second time and were dropped, as is right after a broken "
            "connection.",
            bars=True,
            span=8,
        ),
    ),
)

_STORE = Group(
    title="History",
    panels=(
        graph(
            "Disk",
            Line(expr=of("darkstar_recorder_file_bytes"), name="database"),
            Line(expr=of("darkstar_recorder_disk_free_bytes"), name="free"),
            unit=BYTES,
            about="The recorder's file, and what is left on its disk.",
            low=0,
            span=6,
        ),
        graph(
            "Waiting to be written",
            Line(expr=of("darkstar_recorder_waiting"), name="messages"),
            unit="short",
            about="Taken from the broker and not yet on disk.",
            low=0,
            span=6,
        ),
        graph(
            "Time to disk",
            Line(expr=quantile(0.95, "darkstar_recorder_commit_seconds"), name="transaction"),
            Line(
                expr=quantile(0.95, "darkstar_recorder_kept_seconds"), name="from arrival to kept"
            ),
            unit="s",
            about="Nineteen of twenty are quicker.",
            low=0,
            span=6,
        ),
        graph(
            "Slots closed",
            Line(
                expr=counted("darkstar_recorder_slots_total", service="recorder"),
                name="closed or corrected",
            ),
            Line(
                expr=counted("darkstar_recorder_unwritable_total", service="recorder"),
                name="disk took nothing",
                look=BAD,
            ),
            unit="short",
            about="One every quarter of an hour, and more when late readings correct earlier ones.",
            bars=True,
            span=6,
        ),
    ),
)

_PEOPLE = Group(
    title="What needs a look, and who looks",
    panels=(
        issues(),
        graph(
            "Pages and notifications",
            Line(expr=of("darkstar_gateway_pages"), name="open pages"),
            Line(
                expr=counted(
                    "darkstar_gateway_notifications_total",
                    "destination",
                    "result",
                    service="gateway",
                ),
                name="{{destination}}: {{result}}",
            ),
            unit="short",
            about="Browsers that have Darkstar's page open, and what came of notifications.",
            low=0,
        ),
    ),
)

SYSTEM = Board(
    name="system",
    title="system",
    about="The five services, the broker between them and the disk below them.",
    groups=(_NOW, _ALIVE, _BUS, _STORE, _PEOPLE),
    of_services=True,
)
