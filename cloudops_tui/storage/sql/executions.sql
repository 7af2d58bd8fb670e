-- Executions, their leases and their journal.

-- name: add_execution
INSERT INTO executions (
    serial, id, number, entry_id, plan_id, plan_digest, approval_digest, plan, risk_level, status, approval, created_at,
    conversation_id, user_prompt, owner_pid, owner_boot, owner_ticks, heartbeat_at, files
) VALUES (
    :serial, :id, :number, :entry_id, :plan_id, :plan_digest, :approval_digest, :plan, :risk_level, 'Pending', :approval,
    :created_at, :conversation_id, :user_prompt, :owner_pid, :owner_boot, :owner_ticks, :created_at, :files
);

-- name: remember_run
INSERT INTO ran (execution_id, number, plan_id, plan_digest) VALUES (:id, :number, :plan_id, :plan_digest);

-- name: last_run
SELECT execution_id, number FROM ran WHERE plan_id = :plan_id AND plan_digest = :plan_digest
ORDER BY number DESC LIMIT 1;

-- name: used_approval
SELECT number FROM executions WHERE plan_id = :plan_id AND approval = :approval LIMIT 1;

-- name: last_serial_between
SELECT max(serial) FROM executions WHERE serial >= :first AND serial <= :last;

-- name: execution
SELECT * FROM executions WHERE id = :id;

-- name: unfinished
SELECT * FROM executions WHERE status IN ('Pending', 'Running') AND owner_pid > 0 ORDER BY serial;

-- name: journal_event
INSERT INTO journal (execution_id, seq, at, kind, body) VALUES (?, ?, ?, ?, ?);

-- name: journal_after
SELECT body FROM journal WHERE execution_id = :id AND seq > :after ORDER BY seq;

-- name: mark_started
UPDATE executions SET status = 'Running' WHERE id = :id;

-- name: mark_rolling_back
UPDATE executions SET status = 'Running', cancel_requested_by = NULL, stop_requested_by = NULL WHERE id = :id;

-- name: put_edited_plan
UPDATE executions SET plan = :plan WHERE id = :id;

-- name: mark_cancel_requested
UPDATE executions SET cancel_requested_by = coalesce(cancel_requested_by, :by) WHERE id = :id;

-- name: mark_stop_requested
UPDATE executions SET stop_requested_by = coalesce(stop_requested_by, :by) WHERE id = :id;

-- name: mark_ended
UPDATE executions
SET status = :status, result = :result, duration = :duration, ended_at = :at
WHERE id = :id;

-- name: renew_leases
UPDATE executions SET heartbeat_at = :at
WHERE status IN ('Pending', 'Running')
  AND owner_pid = :pid AND owner_boot = :boot AND owner_ticks = :ticks;

-- name: cancellations
SELECT id FROM executions
WHERE status IN ('Pending', 'Running') AND cancel_requested_by IS NOT NULL
  AND owner_pid = :pid AND owner_boot = :boot AND owner_ticks = :ticks
ORDER BY serial;

-- name: stops
SELECT id, stop_requested_by FROM executions
WHERE status IN ('Pending', 'Running') AND stop_requested_by IS NOT NULL
  AND owner_pid = :pid AND owner_boot = :boot AND owner_ticks = :ticks
ORDER BY serial;

-- name: take_lease
UPDATE executions SET owner_pid = :pid, owner_boot = :boot, owner_ticks = :ticks, heartbeat_at = :at
WHERE id = :id AND status IN ('Pending', 'Running')
  AND owner_pid = :old_pid AND owner_boot = :old_boot AND owner_ticks = :old_ticks;

-- name: take_up
UPDATE executions SET owner_pid = :pid, owner_boot = :boot, owner_ticks = :ticks, heartbeat_at = :at WHERE id = :id;

-- name: last_event
SELECT coalesce(max(seq), 0) AS seq FROM journal WHERE execution_id = :id;

-- name: request_cancel
UPDATE executions SET cancel_requested_by = coalesce(cancel_requested_by, :by)
WHERE id = :id AND status IN ('Pending', 'Running');

-- name: request_stop
UPDATE executions SET stop_requested_by = coalesce(stop_requested_by, :by)
WHERE id = :id AND status IN ('Pending', 'Running');

-- name: forget_execution
DELETE FROM executions WHERE serial = :serial;
