-- What a status bar asks once a second, of any schema since the first.

-- name: glance_review
SELECT count(*) FROM entries WHERE state = 'Review';

-- name: glance_running
SELECT number, owner_pid, owner_boot, owner_ticks, json_array_length(plan, '$.commands'),
    (SELECT count(*) FROM journal WHERE execution_id = executions.id AND kind = 'CommandCompleted'),
    EXISTS (SELECT 1 FROM journal WHERE execution_id = executions.id AND kind = 'RollbackStarted'),
    coalesce('ExecutionHeld' = (
        SELECT kind FROM journal WHERE execution_id = executions.id
            AND kind IN ('ExecutionHeld', 'ExecutionReleased', 'CancellationRequested', 'Redriven')
        ORDER BY seq DESC LIMIT 1
    ), 0)
FROM executions WHERE status IN ('Pending', 'Running') AND owner_pid > 0 ORDER BY serial;

-- name: glance_failed
SELECT count(*) FROM executions WHERE status = 'Failed' AND owner_pid > 0 AND ended_at > :since;

-- name: glance_tables
SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name IN ('entries', 'executions', 'journal');
