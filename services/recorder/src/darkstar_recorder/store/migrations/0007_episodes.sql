-- What learning asks of planning runs, as columns, so that nobody searches in their bodies.
-- Rows of before keep their zlib body and NULL in `form`; they are written anew in pieces.
ALTER TABLE episode ADD COLUMN name VARCHAR;        -- what its writer calls it
ALTER TABLE episode ADD COLUMN form VARCHAR;        -- of the body; 'unreadable': damaged, left as it is
ALTER TABLE episode ADD COLUMN text_bytes INTEGER;  -- what the body takes as JSON text
ALTER TABLE episode ADD COLUMN system_id VARCHAR DEFAULT 'prod';
ALTER TABLE episode ADD COLUMN issued_at TIMESTAMP;
ALTER TABLE episode ADD COLUMN first_slot TIMESTAMP;
ALTER TABLE episode ADD COLUMN slots INTEGER;
ALTER TABLE episode ADD COLUMN status VARCHAR;
ALTER TABLE episode ADD COLUMN currency VARCHAR;
ALTER TABLE episode ADD COLUMN cost DOUBLE;
ALTER TABLE episode ADD COLUMN objective DOUBLE;
ALTER TABLE episode ADD COLUMN gap DOUBLE;
ALTER TABLE episode ADD COLUMN solver VARCHAR;
ALTER TABLE episode ADD COLUMN planner_version VARCHAR;
ALTER TABLE episode ADD COLUMN because VARCHAR;
ALTER TABLE episode ADD COLUMN soc_percent_at_start DOUBLE;
ALTER TABLE episode ADD COLUMN target_soc_percent DOUBLE;
ALTER TABLE episode ADD COLUMN terminal_value_per_kwh DOUBLE;
ALTER TABLE episode ADD COLUMN s_index DOUBLE;
ALTER TABLE episode ADD COLUMN risk_appetite INTEGER;
ALTER TABLE episode ADD COLUMN comfort INTEGER;
ALTER TABLE episode ADD COLUMN vacation BOOLEAN;
ALTER TABLE episode ADD COLUMN export_enabled BOOLEAN;
ALTER TABLE episode ADD COLUMN price_regime VARCHAR;
ALTER TABLE episode ADD COLUMN weather_volatility DOUBLE;
ALTER TABLE episode ADD COLUMN quality VARCHAR;

-- Each run beside what came of the slots it planned; `ahead` counts them from its first one.
CREATE VIEW episode_slot AS
SELECT e.message_id, e.system_id, e.ahead, s.*
FROM (
    SELECT message_id, system_id, first_slot, unnest(range(slots)) AS ahead
    FROM episode WHERE first_slot IS NOT NULL AND slots IS NOT NULL
) e JOIN slot s ON s.start_at = e.first_slot + to_minutes(15 * e.ahead);
