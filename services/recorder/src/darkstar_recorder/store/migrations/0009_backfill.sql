-- How far each channel was fetched from Home Assistant, so that a backfill goes on where it stopped.
CREATE TABLE backfill_mark (
    channel VARCHAR,
    memory VARCHAR,  -- history or statistics
    entity VARCHAR NOT NULL,
    start_at TIMESTAMP NOT NULL,
    until_at TIMESTAMP NOT NULL,  -- slots before it are written
    first_at TIMESTAMP,  -- the first reading
    reading_at TIMESTAMP,  -- the last reading at or before it
    reading DOUBLE,
    PRIMARY KEY (channel, memory)
);
