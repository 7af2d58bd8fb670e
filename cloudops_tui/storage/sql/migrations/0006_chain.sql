-- What happened cannot be changed without being seen: each event of an execution is chained to the one before it.
-- Old journals are chained by the program in this same step (`storage.chain.chain_what_is_there`).

-- A row per execution, for ever. AUTOINCREMENT: places have no gaps, so a row that is taken out leaves one.
CREATE TABLE ledger (
    place        INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    execution_id TEXT    NOT NULL UNIQUE,
    number       INTEGER NOT NULL,
    origin       TEXT    NOT NULL,
    head         BLOB    NOT NULL,
    count        INTEGER NOT NULL,
    replaced_at  INTEGER,
    pruned_at    INTEGER,
    pruned_by    TEXT
);

CREATE INDEX ledger_by_number ON ledger (number);

-- The links lie beside the journal, so that nothing that was written before has to be written again.
CREATE TABLE links (
    ledger INTEGER NOT NULL REFERENCES ledger (place),
    place  INTEGER NOT NULL,
    seq    INTEGER NOT NULL,
    link   BLOB    NOT NULL,
    PRIMARY KEY (ledger, place)
) WITHOUT ROWID;
