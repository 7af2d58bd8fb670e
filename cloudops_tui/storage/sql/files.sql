-- Files that were frozen with plans, and what digests stood for.

-- name: frozen_hashes
SELECT json_extract(one.value, '$.sha256') AS sha256 FROM entries, json_each(entries.files) AS one
UNION
SELECT json_extract(one.value, '$.sha256') FROM executions, json_each(executions.files) AS one;

-- name: remember_digest
INSERT INTO shown_digests (digest, shown_at, held) VALUES (:digest, :at, :held)
ON CONFLICT (digest) DO UPDATE SET shown_at = excluded.shown_at;

-- name: forget_old_digests
DELETE FROM shown_digests
WHERE shown_at < (SELECT shown_at FROM shown_digests ORDER BY shown_at DESC LIMIT 1 OFFSET :kept);

-- name: shown_digest
SELECT held FROM shown_digests WHERE digest = :digest;
