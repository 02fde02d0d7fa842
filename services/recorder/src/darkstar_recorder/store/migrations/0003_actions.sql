-- What the executor came to say of its decisions, and a plan of the month's peak.
ALTER TABLE control_action ADD COLUMN kind VARCHAR;
ALTER TABLE control_action ADD COLUMN planned_soc_percent DOUBLE;
ALTER TABLE control_action ADD COLUMN override VARCHAR;  -- JSON
ALTER TABLE control_action ADD COLUMN before VARCHAR;  -- JSON
ALTER TABLE control_action ADD COLUMN after VARCHAR;  -- JSON
ALTER TABLE control_action ADD COLUMN skipped VARCHAR;
ALTER TABLE control_action ADD COLUMN ticks INTEGER;
ALTER TABLE control_action ADD COLUMN version VARCHAR;
ALTER TABLE schedule ADD COLUMN peak_kw DOUBLE;
