-- One sequence for queue entries and executions.

-- name: take_number
UPDATE numbers SET next = next + 1;

-- name: taken_number
SELECT next - 1 FROM numbers;

-- name: number_is_used
SELECT 1 FROM executions WHERE number = :number
UNION ALL SELECT 1 FROM ran WHERE number = :number
UNION ALL SELECT 1 FROM entries WHERE number = :number;

-- name: number_has_run
SELECT 1 FROM executions WHERE number = :number
UNION ALL SELECT 1 FROM ran WHERE number = :number;

-- name: skip_number
UPDATE numbers SET next = max(next, :number + 1);
