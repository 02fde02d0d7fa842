-- destructive
-- Flags come to be kept for each energy, not for the slot; readings are kept, so that a slot is
-- a function of them and can be worked out anew.

CREATE TABLE slot_before AS SELECT * FROM slot_observation;
DROP VIEW slot;
DROP TABLE slot_observation;

-- One row for each slot and source; the view slot takes the best value of each energy.
-- Flags are bits: gap 1, reset 2, dip 4, partial 8, lump 16, spike 32, power 64, hourly 128.
CREATE TABLE slot_observation (
    start_at TIMESTAMP NOT NULL,
    source VARCHAR NOT NULL,  -- counters, history, statistics, import
    load_kwh DOUBLE, pv_kwh DOUBLE,
    import_kwh DOUBLE, export_kwh DOUBLE,
    charge_kwh DOUBLE, discharge_kwh DOUBLE,
    water_kwh DOUBLE, ev_kwh DOUBLE,
    load_flags USMALLINT NOT NULL DEFAULT 0, pv_flags USMALLINT NOT NULL DEFAULT 0,
    import_flags USMALLINT NOT NULL DEFAULT 0, export_flags USMALLINT NOT NULL DEFAULT 0,
    charge_flags USMALLINT NOT NULL DEFAULT 0, discharge_flags USMALLINT NOT NULL DEFAULT 0,
    water_flags USMALLINT NOT NULL DEFAULT 0, ev_flags USMALLINT NOT NULL DEFAULT 0,
    soc_percent_start DOUBLE, soc_percent_end DOUBLE,
    announced BOOLEAN NOT NULL DEFAULT FALSE,  -- its present content was published
    changed_at TIMESTAMP NOT NULL,  -- last written
    PRIMARY KEY (start_at, source)
);
INSERT INTO slot_observation
SELECT start_at, source, load_kwh, pv_kwh, import_kwh, export_kwh,
    charge_kwh, discharge_kwh, water_kwh, ev_kwh,
    CASE WHEN load_kwh IS NULL THEN 0 ELSE mask END,
    CASE WHEN pv_kwh IS NULL THEN 0 ELSE mask END,
    CASE WHEN import_kwh IS NULL THEN 0 ELSE mask END,
    CASE WHEN export_kwh IS NULL THEN 0 ELSE mask END,
    CASE WHEN charge_kwh IS NULL THEN 0 ELSE mask END,
    CASE WHEN discharge_kwh IS NULL THEN 0 ELSE mask END,
    CASE WHEN water_kwh IS NULL THEN 0 ELSE mask END,
    CASE WHEN ev_kwh IS NULL THEN 0 ELSE mask END,
    soc_percent_start, soc_percent_end, announced, now() AT TIME ZONE 'UTC'
FROM (SELECT *, gap::INT + 2 * reset::INT + 4 * dip::INT + 8 * partial::INT AS mask
    FROM slot_before WHERE closed);
CREATE TABLE slot_open AS SELECT * FROM slot_before WHERE NOT closed;
DROP TABLE slot_before;

-- What the counters and the battery showed; thinned without changing an energy.
CREATE TABLE reading (
    channel VARCHAR NOT NULL, measured_at TIMESTAMP NOT NULL, value DOUBLE NOT NULL,
    PRIMARY KEY (channel, measured_at)
);
INSERT INTO reading SELECT channel, measured_at, reading FROM counter_state;
-- What had been counted in the slot that was open then.
INSERT OR IGNORE INTO reading
SELECT c.channel, s.start_at, greatest(0, c.reading - s.kwh)
FROM counter_state c JOIN (
    UNPIVOT slot_open ON COLUMNS('_kwh$') INTO NAME channel VALUE kwh
) s ON s.channel = c.channel || '_kwh' AND c.measured_at > s.start_at
    AND c.measured_at < s.start_at + INTERVAL 15 MINUTE AND c.first_at <= s.start_at;
DROP TABLE slot_open;
DROP TABLE counter_state;

-- Of each energy the best value: clean before assumed before partial, then by source.
-- gap, lump, power and hourly (1 + 16 + 64 + 128 = 209) are assumed.
CREATE VIEW slot AS
WITH ranked AS (
    SELECT *, CASE source WHEN 'counters' THEN 0 WHEN 'history' THEN 1 WHEN 'import' THEN 2 ELSE 3 END AS own,
        own + CASE WHEN load_flags & 8 > 0 THEN 20 WHEN load_flags & 209 > 0 THEN 10 ELSE 0 END
            AS load_rank,
        own + CASE WHEN pv_flags & 8 > 0 THEN 20 WHEN pv_flags & 209 > 0 THEN 10 ELSE 0 END
            AS pv_rank,
        own + CASE WHEN import_flags & 8 > 0 THEN 20 WHEN import_flags & 209 > 0 THEN 10 ELSE 0 END
            AS import_rank,
        own + CASE WHEN export_flags & 8 > 0 THEN 20 WHEN export_flags & 209 > 0 THEN 10 ELSE 0 END
            AS export_rank,
        own + CASE WHEN charge_flags & 8 > 0 THEN 20 WHEN charge_flags & 209 > 0 THEN 10 ELSE 0 END
            AS charge_rank,
        own + CASE WHEN discharge_flags & 8 > 0 THEN 20 WHEN discharge_flags & 209 > 0 THEN 10 ELSE 0 END
            AS discharge_rank,
        own + CASE WHEN water_flags & 8 > 0 THEN 20 WHEN water_flags & 209 > 0 THEN 10 ELSE 0 END
            AS water_rank,
        own + CASE WHEN ev_flags & 8 > 0 THEN 20 WHEN ev_flags & 209 > 0 THEN 10 ELSE 0 END
            AS ev_rank
    FROM slot_observation
), best AS (
    SELECT start_at,
        arg_min(load_kwh, load_rank) AS load_kwh,
        arg_min(pv_kwh, pv_rank) AS pv_kwh,
        arg_min(import_kwh, import_rank) AS import_kwh,
        arg_min(export_kwh, export_rank) AS export_kwh,
        arg_min(charge_kwh, charge_rank) AS charge_kwh,
        arg_min(discharge_kwh, discharge_rank) AS discharge_kwh,
        arg_min(water_kwh, water_rank) AS water_kwh,
        arg_min(ev_kwh, ev_rank) AS ev_kwh,
        coalesce(arg_min(load_flags, load_rank) FILTER (load_kwh IS NOT NULL), max(load_flags))
            AS load_flags,
        coalesce(arg_min(pv_flags, pv_rank) FILTER (pv_kwh IS NOT NULL), max(pv_flags))
            AS pv_flags,
        coalesce(arg_min(import_flags, import_rank) FILTER (import_kwh IS NOT NULL), max(import_flags))
            AS import_flags,
        coalesce(arg_min(export_flags, export_rank) FILTER (export_kwh IS NOT NULL), max(export_flags))
            AS export_flags,
        coalesce(arg_min(charge_flags, charge_rank) FILTER (charge_kwh IS NOT NULL), max(charge_flags))
            AS charge_flags,
        coalesce(arg_min(discharge_flags, discharge_rank) FILTER (discharge_kwh IS NOT NULL), max(discharge_flags))
            AS discharge_flags,
        coalesce(arg_min(water_flags, water_rank) FILTER (water_kwh IS NOT NULL), max(water_flags))
            AS water_flags,
        coalesce(arg_min(ev_flags, ev_rank) FILTER (ev_kwh IS NOT NULL), max(ev_flags))
            AS ev_flags,
        arg_min(soc_percent_start, own) AS soc_percent_start,
        arg_min(soc_percent_end, own) AS soc_percent_end,
        list_filter([
            arg_min(source, load_rank) FILTER (load_kwh IS NOT NULL),
            arg_min(source, pv_rank) FILTER (pv_kwh IS NOT NULL),
            arg_min(source, import_rank) FILTER (import_kwh IS NOT NULL),
            arg_min(source, export_rank) FILTER (export_kwh IS NOT NULL),
            arg_min(source, charge_rank) FILTER (charge_kwh IS NOT NULL),
            arg_min(source, discharge_rank) FILTER (discharge_kwh IS NOT NULL),
            arg_min(source, water_rank) FILTER (water_kwh IS NOT NULL),
            arg_min(source, ev_rank) FILTER (ev_kwh IS NOT NULL)
        ], lambda one: one IS NOT NULL) AS used,
        arg_min(source, own) AS first_source
    FROM ranked GROUP BY start_at
)
SELECT start_at,
    best.load_kwh, best.pv_kwh, best.import_kwh, best.export_kwh, best.charge_kwh,
    best.discharge_kwh, best.water_kwh, best.ev_kwh,
    best.load_flags, best.pv_flags, best.import_flags, best.export_flags, best.charge_flags,
    best.discharge_flags, best.water_flags, best.ev_flags,
    best.soc_percent_start, best.soc_percent_end,
    best.pv_kwh + best.import_kwh + best.discharge_kwh
        - best.load_kwh - best.export_kwh - best.charge_kwh AS residual_kwh,
    price.import_per_kwh, price.export_per_kwh, price.spot_per_kwh, price.kind AS price_kind,
    coalesce(nullif(array_to_string(list_sort(list_distinct(used)), '+'), ''), first_source)
        AS source
FROM best LEFT JOIN price USING (start_at);
