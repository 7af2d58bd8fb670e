-- What was frozen with a plan: a JSON array of `FrozenFile`; NULL where it names no files.

ALTER TABLE entries ADD COLUMN files TEXT;
ALTER TABLE executions ADD COLUMN files TEXT;

-- What the digests that were shown stood for, so that one that no longer holds can be explained.
CREATE TABLE shown_digests (
    digest   TEXT    NOT NULL PRIMARY KEY,
    shown_at INTEGER NOT NULL,
    held     TEXT    NOT NULL
);

CREATE INDEX shown_digests_by_time ON shown_digests (shown_at);
