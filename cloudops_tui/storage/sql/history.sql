-- Records: filters, search, pruning.

-- name: records
SELECT e.* FROM executions AS e WHERE 1

-- name: records_found
SELECT e.* FROM search AS s JOIN executions AS e ON e.serial = s.rowid WHERE s.search MATCH :match

-- name: of_status
AND e.status = :status

-- name: of_risk
AND e.risk_level = :risk_level

-- name: of_conversation
AND e.conversation_id = :conversation_id

-- name: since
AND e.serial >= :first AND e.created_at >= :from_date

-- name: until
AND e.serial <= :last AND e.created_at < :to_date

-- name: newest_first
ORDER BY e.serial DESC LIMIT :limit OFFSET :offset

-- name: found_newest_first
ORDER BY s.rowid DESC LIMIT :limit OFFSET :offset

-- name: index_execution
INSERT INTO search (rowid, plan, words, facts, outcome, facets)
VALUES (:serial, :plan, :words, :facts, :outcome, :facets);

-- name: unindex_execution
DELETE FROM search WHERE rowid = :serial;

-- name: store_record
INSERT INTO executions (
    serial, id, number, entry_id, plan_id, plan_digest, approval_digest, plan, risk_level, status, approval, created_at,
    ended_at, conversation_id, user_prompt, owner_pid, owner_boot, owner_ticks, heartbeat_at, result, duration
) VALUES (
    :serial, :id, :number, NULL, :plan_id, NULL, :approval_digest, :plan, :risk_level, :status, :approval, :created_at,
    :ended_at, :conversation_id, :user_prompt, 0, '', 0, :created_at, :result, :duration
);

-- name: replace_record
UPDATE executions
SET serial = :serial, plan_id = :plan_id, plan = :plan, risk_level = :risk_level, status = :status,
    approval = :approval, approval_digest = :approval_digest, created_at = :created_at, ended_at = :ended_at,
    conversation_id = :conversation_id, user_prompt = :user_prompt, result = :result, duration = :duration
WHERE id = :id;

-- name: ended_before
SELECT serial, id FROM executions
WHERE serial <= :last AND created_at < :older_than AND status NOT IN ('Pending', 'Running')
ORDER BY serial LIMIT :limit;

-- name: would_be_pruned
SELECT count(*) AS many, min(created_at) AS oldest, max(created_at) AS newest,
       (SELECT count(*) FROM executions) AS together
FROM executions WHERE serial <= :last AND created_at < :older_than AND status NOT IN ('Pending', 'Running');

-- name: still_known
SELECT id FROM executions WHERE id IN (SELECT value FROM json_each(:ids));

-- name: by_number
SELECT id FROM executions WHERE number = :number
UNION ALL
SELECT id FROM entries WHERE number = :number
LIMIT 1;

-- name: by_prefix
SELECT * FROM (SELECT id AS found, 'execution' AS kind, number, id AS target FROM executions
               WHERE id >= :low AND id < :high LIMIT 9)
UNION ALL
SELECT * FROM (SELECT id, 'queue entry', number, id FROM entries WHERE id >= :low AND id < :high LIMIT 9)
UNION ALL
SELECT * FROM (
    SELECT plan_id, 'plan', number,
           (SELECT id FROM executions AS latest WHERE latest.plan_id = e.plan_id ORDER BY serial DESC LIMIT 1)
    FROM executions AS e WHERE plan_id >= :low AND plan_id < :high GROUP BY plan_id LIMIT 9)
UNION ALL
SELECT * FROM (
    SELECT plan_id, 'plan', number, id FROM entries AS w
    WHERE plan_id >= :low AND plan_id < :high AND state <> 'Refused'
      AND NOT EXISTS (SELECT 1 FROM executions AS e WHERE e.plan_id = w.plan_id)
    LIMIT 9);
