-- What learning reads: which configuration a run had, and what each day is good for.
ALTER TABLE episode ADD COLUMN config_hash VARCHAR;  -- of the configuration it was made with

-- Each slot with the label of its local day; null where the day is not labelled or not summed up.
CREATE VIEW labelled_slot AS
SELECT s.start_at, q.label AS day_label,
    s.load_kwh, s.pv_kwh, s.import_kwh, s.export_kwh, s.charge_kwh, s.discharge_kwh,
    s.water_kwh, s.ev_kwh,
    s.load_flags, s.pv_flags, s.import_flags, s.export_flags, s.charge_flags, s.discharge_flags,
    s.water_flags, s.ev_flags,
    s.soc_percent_start, s.soc_percent_end, s.residual_kwh,
    s.import_per_kwh, s.export_per_kwh, s.spot_per_kwh, s.price_kind, s.source
FROM slot s ASOF LEFT JOIN daily d ON s.start_at >= d.start_at
LEFT JOIN day_quality q ON q.day = d.day AND s.start_at < d.end_at;

-- Each run beside what came of the slots it planned, by their start and never by when it was
-- written; `ahead` counts them from its first one.
DROP VIEW episode_slot;
CREATE VIEW episode_slot AS
SELECT e.message_id, e.system_id, e.issued_at, e.ahead, s.*
FROM (
    SELECT message_id, system_id, issued_at, first_slot, unnest(range(slots)) AS ahead
    FROM episode WHERE first_slot IS NOT NULL AND slots IS NOT NULL
) e JOIN labelled_slot s ON s.start_at = e.first_slot + to_minutes(15 * e.ahead);
