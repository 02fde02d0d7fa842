-- What forecasts say beside their quantiles, how well they did, and what was learned of the house.
ALTER TABLE forecast_issue ADD COLUMN basis VARCHAR;
ALTER TABLE forecast_issued ADD COLUMN mean_kw DOUBLE;
ALTER TABLE price_issue ADD COLUMN model_version VARCHAR;
ALTER TABLE price_issued ADD COLUMN spot_p10_per_kwh DOUBLE;
ALTER TABLE price_issued ADD COLUMN spot_p90_per_kwh DOUBLE;
ALTER TABLE weather_issued ADD COLUMN direct_w_per_m2 DOUBLE;
ALTER TABLE weather_issued ADD COLUMN diffuse_w_per_m2 DOUBLE;
ALTER TABLE weather_issued ADD COLUMN snow_depth_m DOUBLE;

ALTER TABLE model_card ADD COLUMN basis VARCHAR;
ALTER TABLE model_card ADD COLUMN state VARCHAR;
ALTER TABLE model_card ADD COLUMN promoted_at TIMESTAMP;
ALTER TABLE model_card ADD COLUMN features VARCHAR;  -- JSON
ALTER TABLE model_card ADD COLUMN config_hash VARCHAR;
ALTER TABLE model_card ADD COLUMN reason VARCHAR;

-- How forecasts as issued did, as last said on each day (UTC).
CREATE TABLE forecast_score (
    noted_on DATE NOT NULL, quantity VARCHAR NOT NULL, lead VARCHAR NOT NULL,
    season VARCHAR NOT NULL, noted_at TIMESTAMP NOT NULL,
    slots INTEGER NOT NULL, mae DOUBLE NOT NULL, bias DOUBLE NOT NULL, pinball DOUBLE NOT NULL,
    coverage DOUBLE, baseline VARCHAR, baseline_mae DOUBLE, skill DOUBLE,
    PRIMARY KEY (noted_on, quantity, lead, season)
);

-- Values proposed and put in force in place of the configuration's; the file is never rewritten.
CREATE TABLE learning (
    noted_at TIMESTAMP NOT NULL, kind VARCHAR NOT NULL,  -- proposed, applied, reverted
    parameter VARCHAR NOT NULL, before DOUBLE NOT NULL, after DOUBLE NOT NULL,
    automatic BOOLEAN, evidence VARCHAR, samples INTEGER, figures VARCHAR,  -- JSON
    PRIMARY KEY (noted_at, kind, parameter)
);
