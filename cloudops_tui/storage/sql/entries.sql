-- The queue.

-- name: add_entry
INSERT INTO entries (
    id, number, state, revision, plan_id, plan_digest, plan, risk_level, source, base_dir, submitted_at, changed_at,
    conversation_id, user_prompt, problems, refused_text, refused_key, edited_by, files
) VALUES (
    :id, :number, :state, 1, :plan_id, :plan_digest, :plan, :risk_level, :source, :base_dir, :submitted_at, :submitted_at,
    :conversation_id, :user_prompt, :problems, :refused_text, :refused_key, :edited_by, :files
);

-- name: keep_revision
INSERT INTO revisions (
    entry_id, revision, plan_digest, plan, risk_level, source, at, conversation_id, user_prompt, edited_by
)
SELECT id, revision, plan_digest, plan, risk_level, source, changed_at, conversation_id, user_prompt, edited_by
FROM entries WHERE id = :id;

-- name: revisions
SELECT * FROM revisions WHERE entry_id = :id ORDER BY revision;

-- name: revise_entry
UPDATE entries
SET state = 'Review', revision = revision + 1, edited_by = :edited_by, plan_digest = :plan_digest, plan = :plan,
    risk_level = :risk_level, source = :source, base_dir = :base_dir, files = :files, changed_at = :submitted_at,
    conversation_id = coalesce(:conversation_id, conversation_id),
    user_prompt = CASE WHEN :user_prompt = '' THEN user_prompt ELSE :user_prompt END
WHERE id = :id;

-- name: entry
SELECT * FROM entries WHERE id = :id;

-- name: entry_of_plan
SELECT * FROM entries WHERE plan_id = :plan_id AND state <> 'Refused';

-- name: entry_of_refusal
SELECT * FROM entries WHERE refused_key = :refused_key AND state = 'Refused';

-- name: all_entries
SELECT * FROM entries ORDER BY number;

-- name: entries_in
SELECT * FROM entries WHERE state IN (SELECT value FROM json_each(:states)) ORDER BY number;

-- name: reject_entry
UPDATE entries
SET state = 'Rejected', decided_by = :decided_by, decided_at = :at, reason = :reason, decision = :decision,
    changed_at = :at
WHERE id = :id;

-- name: move_entry
UPDATE entries SET state = :state, changed_at = :at WHERE id = :id;

-- name: expire_entries
UPDATE entries SET state = 'Expired', changed_at = :at WHERE state = 'Review' AND changed_at <= :last;

-- name: overdue_entries
SELECT id FROM entries WHERE state = 'Review' AND changed_at <= :last ORDER BY number;

-- name: begin_entry
UPDATE entries
SET state = 'Running', decided_by = :decided_by, decided_at = :decided_at, decision = :decision, reason = NULL, execution_id = :execution_id,
    changed_at = :at
WHERE id = :id;

-- name: finish_entry
UPDATE entries SET state = 'Done', changed_at = coalesce(:at, changed_at) WHERE execution_id = :execution_id AND state = 'Running';
