-- What kinds of commands took.

-- name: durations_of
SELECT seconds FROM durations WHERE kind = :kind;

-- name: durations_of_all
SELECT kind, seconds FROM durations WHERE kind IN (SELECT value FROM json_each(:kinds));

-- name: keep_durations
INSERT INTO durations (kind, seconds) VALUES (:kind, :seconds)
ON CONFLICT (kind) DO UPDATE SET seconds = excluded.seconds;
