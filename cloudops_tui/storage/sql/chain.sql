-- The chain of each execution's events, and the ledger of all.

-- name: ledger_row
SELECT * FROM ledger WHERE execution_id = ?;

-- name: enter
INSERT INTO ledger (execution_id, number, origin, head, count) VALUES (?, ?, ?, ?, 0);

-- name: enter_new
INSERT INTO ledger (execution_id, number, origin, head, count) VALUES (:id, :number, :origin, :head, 0)
ON CONFLICT (execution_id) DO NOTHING;

-- name: mark_replaced
UPDATE ledger SET replaced_at = :at WHERE execution_id = :id;

-- name: head_of
SELECT head, count FROM ledger WHERE execution_id = :id;

-- name: lost_events
SELECT told.wanted AS count, told.wanted - told.there AS lost
FROM (SELECT coalesce(ledger.count, (SELECT max(seq) FROM journal WHERE journal.execution_id = executions.id), 0) AS wanted,
             (SELECT count(*) FROM journal WHERE journal.execution_id = executions.id) AS there
      FROM executions LEFT JOIN ledger ON ledger.execution_id = executions.id
      WHERE executions.id = :id AND ledger.pruned_at IS NULL AND ledger.replaced_at IS NULL) AS told;

-- name: link_at
SELECT links.seq, links.link FROM links JOIN ledger ON ledger.place = links.ledger
WHERE ledger.execution_id = :id AND links.place = :place;

-- name: told_in_order
SELECT links.place, journal.seq, journal.at, journal.kind, journal.body
FROM links JOIN ledger ON ledger.place = links.ledger
JOIN journal ON journal.execution_id = ledger.execution_id AND journal.seq = links.seq
WHERE ledger.execution_id = :id AND links.place > :after
ORDER BY links.place;

-- name: chain_of
SELECT links.place, links.seq, journal.seq AS there
FROM links JOIN ledger ON ledger.place = links.ledger
LEFT JOIN journal ON journal.execution_id = ledger.execution_id AND journal.seq = links.seq
WHERE ledger.execution_id = :id;

-- name: put_back_event
INSERT INTO journal (execution_id, seq, at, kind, body) VALUES (:id, :seq, :at, :kind, :body);

-- name: link_event
INSERT INTO links (ledger, place, seq, link) VALUES (?, ?, ?, ?);

-- name: move_head
UPDATE ledger SET head = ?, count = ? WHERE place = ?;

-- name: cross_out
UPDATE ledger SET pruned_at = :at, pruned_by = :by
WHERE execution_id = (SELECT id FROM executions WHERE serial = :serial);

-- name: forget_links
DELETE FROM links
WHERE ledger = (SELECT place FROM ledger JOIN executions ON id = execution_id WHERE serial = :serial);

-- name: numbers_of_all
SELECT id, number, owner_pid FROM executions ORDER BY serial;

-- name: whole_journal
SELECT seq, at, kind, body FROM journal WHERE execution_id = ? ORDER BY seq;

-- name: whole_chain
SELECT place, seq, link FROM links WHERE ledger = ? ORDER BY place;

-- name: whole_ledger
SELECT ledger.*, executions.id AS present, executions.owner_pid AS owner
FROM ledger LEFT JOIN executions ON executions.id = ledger.execution_id
ORDER BY ledger.place;

-- name: last_place_given
SELECT seq FROM sqlite_sequence WHERE name = 'ledger';

-- name: not_in_the_ledger
SELECT id AS execution_id, number FROM executions WHERE id NOT IN (SELECT execution_id FROM ledger)
UNION
SELECT execution_id, number FROM ran WHERE execution_id NOT IN (SELECT execution_id FROM ledger)
ORDER BY number;

-- name: told_facts
SELECT status, plan, result FROM executions WHERE id = ?;

-- name: ledger_numbered
SELECT execution_id FROM ledger WHERE number = :number ORDER BY place DESC LIMIT 1;

-- name: ledger_begins_with
SELECT execution_id FROM ledger WHERE execution_id >= :low AND execution_id < :high LIMIT 2;

-- name: pruned_in_ledger
SELECT 1 FROM ledger WHERE execution_id = :id AND pruned_at IS NOT NULL;

-- name: execution_at
SELECT * FROM executions WHERE serial = :serial;

-- name: not_searchable
SELECT serial FROM executions WHERE serial NOT IN (SELECT rowid FROM search) ORDER BY serial DESC;

-- name: forget_by_id
DELETE FROM executions WHERE id = :id;

-- name: remember_run_again
INSERT OR IGNORE INTO ran (execution_id, number, plan_id, plan_digest) VALUES (:id, :number, :plan_id, :plan_digest);

-- name: known_ids
SELECT id FROM executions;

-- name: ledger_in_short
SELECT count(*) AS chains, sum(count) AS events, count(pruned_at) AS pruned FROM ledger;
