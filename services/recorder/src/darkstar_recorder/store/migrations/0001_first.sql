-- Every TIMESTAMP is UTC. DuckDB's TIMESTAMPTZ holds the same number but takes another
-- package to be read; the store attaches UTC to what it reads.
-- A row that came as a message keeps its message_id and caused_by, so that a chain from a
-- price to a setpoint can be followed with joins.

-- One row for each slot and source of its energies; the view slot takes the best of them.
CREATE TABLE slot_observation (
    start_at TIMESTAMP NOT NULL,
    source VARCHAR NOT NULL,
    load_kwh DOUBLE, pv_kwh DOUBLE, import_kwh DOUBLE, export_kwh DOUBLE,
    charge_kwh DOUBLE, discharge_kwh DOUBLE, water_kwh DOUBLE, ev_kwh DOUBLE,
    soc_percent_start DOUBLE, soc_percent_end DOUBLE,
    gap BOOLEAN NOT NULL DEFAULT FALSE,      -- spread evenly over more than a slot
    reset BOOLEAN NOT NULL DEFAULT FALSE,    -- a counter started again
    dip BOOLEAN NOT NULL DEFAULT FALSE,      -- a counter stepped back a little
    partial BOOLEAN NOT NULL DEFAULT FALSE,  -- a counter does not cover the whole slot
    closed BOOLEAN NOT NULL DEFAULT FALSE,
    announced BOOLEAN NOT NULL DEFAULT FALSE, -- its present content was published
    PRIMARY KEY (start_at, source)
);

-- The last reading of each channel; committed together with the energies that came of it.
CREATE TABLE counter_state (
    channel VARCHAR PRIMARY KEY,
    first_at TIMESTAMP NOT NULL,
    measured_at TIMESTAMP NOT NULL,
    reading DOUBLE NOT NULL
);

-- The price of each slot as last known; a published one never gives way to a forecast.
CREATE TABLE price (
    start_at TIMESTAMP PRIMARY KEY,
    import_per_kwh DOUBLE, export_per_kwh DOUBLE, spot_per_kwh DOUBLE,
    kind VARCHAR NOT NULL,
    issued_at TIMESTAMP NOT NULL
);

-- Prices and forecasts as issued. The details have no key of their own: they are written
-- in one transaction with their head, whose key keeps them from being written twice.
CREATE TABLE price_issue (
    message_id UUID PRIMARY KEY, caused_by UUID,
    issued_at TIMESTAMP NOT NULL,
    area VARCHAR NOT NULL, currency VARCHAR NOT NULL, source VARCHAR NOT NULL
);
CREATE TABLE price_issued (
    message_id UUID NOT NULL, start_at TIMESTAMP NOT NULL,
    import_per_kwh DOUBLE, export_per_kwh DOUBLE, spot_per_kwh DOUBLE, kind VARCHAR NOT NULL
);
CREATE TABLE forecast_issue (
    message_id UUID PRIMARY KEY, caused_by UUID,
    quantity VARCHAR NOT NULL, issued_at TIMESTAMP NOT NULL,
    model_version VARCHAR NOT NULL, level VARCHAR NOT NULL
);
CREATE TABLE forecast_issued (
    message_id UUID NOT NULL, start_at TIMESTAMP NOT NULL,
    p10_kw DOUBLE, p50_kw DOUBLE, p90_kw DOUBLE
);

CREATE TABLE schedule (
    message_id UUID PRIMARY KEY, caused_by UUID,
    issued_at TIMESTAMP NOT NULL, valid_until TIMESTAMP NOT NULL,
    status VARCHAR NOT NULL, currency VARCHAR NOT NULL,
    cost DOUBLE, objective DOUBLE, bound DOUBLE, gap DOUBLE,
    solver VARCHAR NOT NULL, solve_seconds DOUBLE, soc_percent_at_start DOUBLE,
    violations VARCHAR NOT NULL, why VARCHAR NOT NULL  -- JSON
);
CREATE TABLE schedule_slot (
    message_id UUID NOT NULL, start_at TIMESTAMP NOT NULL,
    import_kw DOUBLE, export_kw DOUBLE, charge_kw DOUBLE, discharge_kw DOUBLE,
    curtailed_kw DOUBLE, water_kw DOUBLE, ev_kw DOUBLE, soc_percent DOUBLE,
    load_kw DOUBLE, pv_kw DOUBLE, import_per_kwh DOUBLE, export_per_kwh DOUBLE,
    price_kind VARCHAR, marginal_price_per_kwh DOUBLE, reason VARCHAR
);

CREATE TABLE control_action (
    message_id UUID PRIMARY KEY, caused_by UUID,
    emitted_at TIMESTAMP NOT NULL, slot_start TIMESTAMP,
    rule VARCHAR NOT NULL, reason VARCHAR NOT NULL, intent VARCHAR NOT NULL,
    planned VARCHAR, commanded VARCHAR NOT NULL, writes VARCHAR NOT NULL,  -- JSON
    soc_percent DOUBLE, success BOOLEAN NOT NULL, duration_seconds DOUBLE
);
CREATE TABLE episode (
    message_id UUID PRIMARY KEY, caused_by UUID,
    emitted_at TIMESTAMP NOT NULL, schedule_id VARCHAR NOT NULL,
    body BLOB NOT NULL  -- the message as JSON, zlib
);
CREATE TABLE strategy_change (
    message_id UUID PRIMARY KEY, caused_by UUID,
    emitted_at TIMESTAMP NOT NULL,
    risk_appetite INTEGER, comfort INTEGER, vacation BOOLEAN, export_enabled BOOLEAN,
    target_soc_percent DOUBLE, s_index DOUBLE, terminal_value_per_kwh DOUBLE,
    rules VARCHAR NOT NULL  -- JSON
);
CREATE TABLE model_card (
    quantity VARCHAR NOT NULL, version VARCHAR NOT NULL, level VARCHAR NOT NULL,
    noted_at TIMESTAMP NOT NULL, trained_at TIMESTAMP, from_slot TIMESTAMP, to_slot TIMESTAMP,
    scores VARCHAR NOT NULL,  -- JSON
    PRIMARY KEY (quantity, version, level)
);
CREATE TABLE notification (
    message_id UUID PRIMARY KEY, caused_by UUID,
    emitted_at TIMESTAMP NOT NULL, sender VARCHAR NOT NULL,
    kind VARCHAR NOT NULL, severity VARCHAR NOT NULL, title VARCHAR NOT NULL, text VARCHAR NOT NULL
);

-- Counters that cover a slot whole are best, then an imported row, then what was spread.
CREATE VIEW slot AS
SELECT o.* EXCLUDE (closed, announced),
    p.import_per_kwh, p.export_per_kwh, p.spot_per_kwh, p.kind AS price_kind
FROM (
    SELECT * FROM slot_observation WHERE closed
    QUALIFY row_number() OVER (
        PARTITION BY start_at
        ORDER BY CASE WHEN source = 'import' THEN 1 WHEN gap OR partial THEN 2 ELSE 0 END, source
    ) = 1
) o LEFT JOIN price p USING (start_at);
