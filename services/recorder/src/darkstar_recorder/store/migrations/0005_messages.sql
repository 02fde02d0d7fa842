-- Weather as issued; what was planned for each slot, for ever; and settings as they change.
CREATE TABLE weather_issue (
    message_id UUID PRIMARY KEY, caused_by UUID,
    issued_at TIMESTAMP NOT NULL, source VARCHAR NOT NULL
);
CREATE TABLE weather_issued (
    message_id UUID NOT NULL, start_at TIMESTAMP NOT NULL,
    temperature_c DOUBLE, irradiance_w_per_m2 DOUBLE, cloud_cover_percent DOUBLE, wind_m_per_s DOUBLE
);

-- What the schedule said of a slot that was in force at the slot's end. It stays when the
-- schedules of its time are long gone.
CREATE TABLE slot_plan (
    start_at TIMESTAMP PRIMARY KEY, schedule_id UUID NOT NULL, issued_at TIMESTAMP NOT NULL,
    import_kw DOUBLE, export_kw DOUBLE, charge_kw DOUBLE, discharge_kw DOUBLE,
    curtailed_kw DOUBLE, water_kw DOUBLE, water_c DOUBLE, ev_kw DOUBLE, evs VARCHAR,  -- JSON
    soc_percent DOUBLE, load_kw DOUBLE, pv_kw DOUBLE, import_per_kwh DOUBLE, export_per_kwh DOUBLE,
    price_kind VARCHAR, marginal_price_per_kwh DOUBLE, reason VARCHAR
);
INSERT INTO slot_plan BY NAME
SELECT s.* EXCLUDE (message_id), s.message_id AS schedule_id, h.issued_at
FROM schedule_slot s JOIN schedule h USING (message_id)
WHERE h.issued_at < s.start_at + INTERVAL 15 MINUTE
QUALIFY row_number() OVER (PARTITION BY s.start_at ORDER BY h.issued_at DESC) = 1;

-- Each change of what people set; `before` is null where it was not known.
CREATE TABLE setting_change (
    message_id UUID NOT NULL, caused_by UUID,
    changed_at TIMESTAMP NOT NULL, name VARCHAR NOT NULL,
    before VARCHAR, after VARCHAR NOT NULL,  -- JSON
    PRIMARY KEY (message_id, name)
);

-- When care was last taken of the file.
CREATE TABLE care (task VARCHAR PRIMARY KEY, done_at TIMESTAMP NOT NULL);
