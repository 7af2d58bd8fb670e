-- Files that were frozen with plans.

-- name: frozen_hashes
SELECT json_extract(one.value, '$.sha256') AS sha256 FROM entries, json_each(entries.files) AS one
UNION
SELECT json_extract(one.value, '$.sha256') FROM executions, json_each(executions.files) AS one;
