-- What plans and the strategy behind them came to say since the first version.
ALTER TABLE schedule ADD COLUMN kept_saving DOUBLE;
ALTER TABLE schedule ADD COLUMN forecast_price_share DOUBLE;
ALTER TABLE schedule_slot ADD COLUMN water_c DOUBLE;
ALTER TABLE schedule_slot ADD COLUMN evs VARCHAR;  -- JSON
ALTER TABLE strategy_change ADD COLUMN vacation_until TIMESTAMP;
ALTER TABLE strategy_change ADD COLUMN price_regime VARCHAR;
ALTER TABLE strategy_change ADD COLUMN weather_volatility DOUBLE;
ALTER TABLE strategy_change ADD COLUMN legionella_due BOOLEAN;
ALTER TABLE strategy_change ADD COLUMN legionella_done_at TIMESTAMP;
