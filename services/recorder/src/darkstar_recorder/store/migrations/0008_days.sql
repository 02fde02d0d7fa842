-- What a local day is good for: clean, mask_battery (all but its battery columns), exclude.
CREATE TABLE day_quality (
    day DATE PRIMARY KEY,
    label VARCHAR NOT NULL,
    reasons VARCHAR NOT NULL,
    labelled_by VARCHAR NOT NULL,  -- person, predecessor, doctor
    labelled_at TIMESTAMP NOT NULL
);
