-- Everything that is remembered. Moments are microseconds since 1970, UTC; bodies are JSON in wire form.

CREATE TABLE numbers (
    next INTEGER NOT NULL
);

INSERT INTO numbers (next) VALUES (1);

CREATE TABLE entries (
    id              TEXT    NOT NULL PRIMARY KEY,
    number          INTEGER NOT NULL UNIQUE,
    state           TEXT    NOT NULL,
    revision        INTEGER NOT NULL,
    plan_id         TEXT,
    plan_digest     TEXT,
    plan            TEXT,
    risk_level      TEXT,
    source          TEXT    NOT NULL,
    base_dir        TEXT,
    submitted_at    INTEGER NOT NULL,
    changed_at      INTEGER NOT NULL,
    conversation_id TEXT    NOT NULL,
    user_prompt     TEXT    NOT NULL,
    problems        TEXT    NOT NULL,
    refused_text    TEXT,
    refused_key     TEXT,
    decided_by      TEXT,
    reason          TEXT,
    decision        TEXT,
    execution_id    TEXT
);

-- One plan id is one entry, whatever its revision; what was refused is told apart by its text and its source.
CREATE UNIQUE INDEX entries_by_plan ON entries (plan_id) WHERE state <> 'Refused';
CREATE UNIQUE INDEX entries_by_refusal ON entries (refused_key) WHERE state = 'Refused';
CREATE INDEX entries_by_state ON entries (state, number);
CREATE INDEX entries_by_execution ON entries (execution_id);

-- `serial` is created_at in 32nds of a microsecond: the order of time is the order of the file, for rows and for search.
CREATE TABLE executions (
    serial              INTEGER NOT NULL PRIMARY KEY,
    id                  TEXT    NOT NULL UNIQUE,
    number              INTEGER NOT NULL UNIQUE,
    entry_id            TEXT,
    plan_id             TEXT    NOT NULL,
    plan_digest         TEXT,
    approval_digest     TEXT,
    plan                TEXT    NOT NULL,
    risk_level          TEXT    NOT NULL,
    status              TEXT    NOT NULL,
    approval            TEXT,
    created_at          INTEGER NOT NULL,
    ended_at            INTEGER,
    conversation_id     TEXT    NOT NULL,
    user_prompt         TEXT    NOT NULL,
    owner_pid           INTEGER NOT NULL,
    owner_boot          TEXT    NOT NULL,
    owner_ticks         INTEGER NOT NULL,
    heartbeat_at        INTEGER NOT NULL,
    cancel_requested_by TEXT,
    result              TEXT,
    duration            TEXT
);

-- An index ends with the serial by itself, so each of these gives the newest first.
CREATE INDEX executions_by_status ON executions (status);
CREATE INDEX executions_by_status_and_risk ON executions (status, risk_level);
CREATE INDEX executions_by_risk ON executions (risk_level);
CREATE INDEX executions_by_conversation ON executions (conversation_id);
CREATE INDEX executions_by_plan ON executions (plan_id);

CREATE TABLE journal (
    execution_id TEXT    NOT NULL REFERENCES executions (id) ON DELETE CASCADE,
    seq          INTEGER NOT NULL,
    at           INTEGER,
    kind         TEXT    NOT NULL,
    body         TEXT    NOT NULL,
    UNIQUE (execution_id, seq)
);

-- What ran stays known after its record is pruned, so that it does not run twice.
CREATE TABLE ran (
    execution_id TEXT    NOT NULL PRIMARY KEY,
    number       INTEGER NOT NULL,
    plan_id      TEXT    NOT NULL,
    plan_digest  TEXT    NOT NULL
);

CREATE INDEX ran_by_plan ON ran (plan_id, plan_digest, number);
CREATE INDEX ran_by_number ON ran (number);

CREATE VIRTUAL TABLE search USING fts5 (
    plan, words, facts, outcome, facets,
    tokenize = 'unicode61',
    prefix = '2 3 4'
);
