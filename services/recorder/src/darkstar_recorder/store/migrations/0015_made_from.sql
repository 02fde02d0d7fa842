-- The messages that a schedule rests on, by what they tell, so that a price can be followed to
-- the setpoints that came of it.
ALTER TABLE schedule ADD COLUMN made_from VARCHAR;  -- JSON
