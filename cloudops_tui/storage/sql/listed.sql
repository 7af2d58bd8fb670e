-- Records in short: conditions of a search, pages of a list.

-- name: list_execution
INSERT OR REPLACE INTO listed VALUES (
    :serial, :id, :number, :plan_id, :conversation_id, :created_at, :status, :risk_level, :took, :title, :approver,
    :approved_at, :accounts, :commands, :completed, :unknown, :exits, :exit_code, :failed_command, :error,
    :output_bytes, :user_prompt
);

-- name: accounts_of
SELECT accounts FROM listed WHERE id = :id;

-- name: list_started
UPDATE listed SET status = 'Running' WHERE id = :id;

-- name: listed
SELECT l.*, NOT (json_valid(e.plan)
                 AND (e.result IS NULL OR substr(e.result, 1, 1) = '{' AND substr(e.result, -1) = '}'))
            OR (SELECT count(*) FROM journal WHERE journal.execution_id = e.id)
               < (SELECT coalesce(g.count, (SELECT max(seq) FROM journal WHERE journal.execution_id = e.id))
                  FROM (SELECT 1) LEFT JOIN ledger AS g ON g.execution_id = e.id
                  WHERE g.pruned_at IS NULL AND g.replaced_at IS NULL)
            IS TRUE AS unreadable
FROM listed AS l JOIN executions AS e ON e.serial = l.serial
WHERE l.serial IN (SELECT l.serial FROM listed AS l WHERE 1

-- name: page_of_listed
ORDER BY l.serial DESC LIMIT :limit) ORDER BY l.serial DESC

-- name: listed_before
AND l.serial < :before

-- name: listed_up_to
AND l.serial <= :up_to

-- name: listed_after
AND l.serial > :after

-- name: count_listed
SELECT count(*) FROM (SELECT 1 FROM listed AS l WHERE 1

-- name: most_counted
LIMIT :most)

-- name: runs_of
SELECT *, 0 AS unreadable FROM listed WHERE title = :title ORDER BY serial DESC LIMIT :limit;

-- name: asks_word
l.serial IN (SELECT rowid FROM search WHERE search MATCH :match)

-- name: asks_status
l.status IN (SELECT value FROM json_each(:statuses)) OR :unknown AND l.unknown > 0

-- name: asks_risk
l.risk_level IN (SELECT value FROM json_each(:levels))

-- name: asks_approver
instr(lower(l.approver), lower(:name)) > 0

-- name: asks_mine
l.approver = :name OR l.approver IS NULL

-- name: asks_plan
instr(lower(l.title), lower(:text)) > 0 OR substr(l.plan_id, 1, length(:text)) = lower(:text)

-- name: asks_exit
EXISTS (SELECT 1 FROM json_each(:codes) AS code WHERE instr(l.exits, ' ' || code.value || ' ') > 0)

-- name: asks_since
l.serial >= :first AND l.created_at >= :at

-- name: asks_until
l.serial <= :last AND l.created_at < :at

-- name: asks_number
l.number = :number

-- name: asks_id
substr(l.id, 1, length(:prefix)) = :prefix OR substr(l.plan_id, 1, length(:prefix)) = :prefix

-- name: asks_account
EXISTS (SELECT 1 FROM json_each(:accounts) AS account WHERE instr(l.accounts, ' ' || account.value || ' ') > 0)
OR :or_not_recorded AND l.accounts = ''

-- name: asks_conversation
substr(l.conversation_id, 1, length(:prefix)) = :prefix
