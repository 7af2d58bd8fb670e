-- Who decided when, who edited what, and the revisions that others took the place of.

ALTER TABLE entries ADD COLUMN decided_at INTEGER;
ALTER TABLE entries ADD COLUMN edited_by TEXT;

-- A decision keeps its moment as text; the start of what it began, or its own change, is the same moment.
UPDATE entries SET decided_at = changed_at WHERE state IN ('Rejected', 'Running', 'Queued');
UPDATE entries
SET decided_at = (SELECT created_at FROM executions WHERE executions.id = entries.execution_id)
WHERE state = 'Done';

CREATE TABLE revisions (
    entry_id        TEXT    NOT NULL REFERENCES entries (id) ON DELETE CASCADE,
    revision        INTEGER NOT NULL,
    plan_digest     TEXT    NOT NULL,
    plan            TEXT    NOT NULL,
    risk_level      TEXT    NOT NULL,
    source          TEXT    NOT NULL,
    at              INTEGER NOT NULL,
    conversation_id TEXT    NOT NULL,
    user_prompt     TEXT    NOT NULL,
    edited_by       TEXT,
    PRIMARY KEY (entry_id, revision)
);
