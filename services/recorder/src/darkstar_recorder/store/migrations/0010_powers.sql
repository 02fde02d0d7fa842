-- What has no counter gets the energy that its powers sum up to (source powers), readings keep
-- what was thought of them, and a sum that was begun goes on after a restart.

ALTER TABLE reading ADD COLUMN verdict VARCHAR;  -- spike: rejected; dip: counted for nothing

-- Powers summed up by channel and slot; the last power of each lasts until the next.
CREATE TABLE power_sum (
    start_at TIMESTAMP NOT NULL,
    channel VARCHAR NOT NULL,
    kwh DOUBLE NOT NULL,
    hours DOUBLE NOT NULL,  -- of the slot that were heard
    last_at TIMESTAMP, last_kw DOUBLE,  -- the last one heard in the slot
    PRIMARY KEY (start_at, channel)
);

-- As before, and powers after everything that was counted, however it was divided.
CREATE OR REPLACE VIEW slot AS
WITH ranked AS (
    SELECT *, CASE source WHEN 'counters' THEN 0 WHEN 'history' THEN 1 WHEN 'import' THEN 2
            WHEN 'powers' THEN 40 ELSE 3 END AS own,
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
