-- How long each kind of command took lately: a JSON array of seconds, the latest last. It outlives pruning: it names
-- services and operations, and nothing of what they were used for.

CREATE TABLE durations (
    kind    TEXT NOT NULL PRIMARY KEY,
    seconds TEXT NOT NULL
) WITHOUT ROWID;
