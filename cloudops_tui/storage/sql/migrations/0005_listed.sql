-- Every execution in short, so that lists and searches read few bytes a row: plans and results are long.

CREATE TABLE listed (
    serial          INTEGER NOT NULL PRIMARY KEY
                    REFERENCES executions (serial) ON DELETE CASCADE ON UPDATE CASCADE,
    id              TEXT    NOT NULL,
    number          INTEGER NOT NULL,
    plan_id         TEXT    NOT NULL,
    conversation_id TEXT    NOT NULL,
    created_at      INTEGER NOT NULL,
    status          TEXT    NOT NULL,
    risk_level      TEXT    NOT NULL,
    took            INTEGER,
    title           TEXT,
    approver        TEXT,
    approved_at     INTEGER,
    accounts        TEXT    NOT NULL,
    commands        INTEGER NOT NULL,
    completed       INTEGER,
    unknown         INTEGER NOT NULL,
    exits           TEXT    NOT NULL,
    exit_code       INTEGER,
    failed_command  TEXT,
    error           TEXT,
    output_bytes    INTEGER,
    user_prompt     TEXT    NOT NULL
);

-- An index ends with the serial by itself, so the newest of each come first.
CREATE INDEX listed_by_title ON listed (title);
CREATE INDEX listed_by_id ON listed (id);

-- `accounts` and `exits` have a blank before and after each value. What is damaged is listed all the same.
INSERT INTO listed
WITH readable AS (
    SELECT *,
           CASE WHEN json_valid(plan) THEN plan ELSE '{}' END AS p,
           CASE WHEN json_valid(approval) THEN approval ELSE '{}' END AS a,
           CASE WHEN json_valid(result) THEN result ELSE '{}' END AS r,
           CASE WHEN json_valid(duration) THEN duration ELSE '{}' END AS d
    FROM executions
)
SELECT serial, id, number, plan_id, conversation_id, created_at, status, risk_level,
       json_extract(d, '$.secs') * 1000000 + json_extract(d, '$.nanos') / 1000,
       json_extract(p, '$.description'),
       json_extract(a, '$.approved_by'),
       CAST(strftime('%s', json_extract(a, '$.approved_at')) AS INTEGER) * 1000000,
       coalesce((SELECT ' ' || replace(group_concat(DISTINCT account), ',', ' ') || ' ' FROM (
           SELECT substr(value, 1, 12) AS account FROM json_each(a, '$.operator.principals')
           UNION ALL SELECT json_extract(p, '$.expected_account')
       ) WHERE account GLOB '[0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9]'), ''),
       coalesce(json_array_length(p, '$.commands'), 0),
       CASE WHEN result IS NOT NULL THEN (
           SELECT count(*) FROM json_each(r, '$.command_results')
           WHERE json_extract(value, '$.status') = 'Completed') END,
       (SELECT count(*) FROM json_each(r, '$.command_results') WHERE json_extract(value, '$.outcome') = 'Unknown'),
       coalesce((SELECT ' ' || replace(group_concat(DISTINCT json_extract(value, '$.exit_code')), ',', ' ') || ' '
                 FROM json_each(r, '$.command_results') WHERE json_extract(value, '$.exit_code') IS NOT NULL), ''),
       coalesce((SELECT coalesce(json_extract(value, '$.exit_code'), -1) FROM json_each(r, '$.command_results')
                 WHERE json_extract(value, '$.status') = 'Failed' LIMIT 1),
                (SELECT 0 FROM json_each(r, '$.command_results')
                 WHERE json_extract(value, '$.exit_code') IS NOT NULL LIMIT 1)),
       NULL,
       (SELECT substr(json_extract(value, '$.error'), 1, 400) FROM json_each(r, '$.command_results')
        WHERE json_extract(value, '$.status') = 'Failed' LIMIT 1),
       (SELECT sum(json_extract(value, '$.output_bytes')) FROM json_each(r, '$.command_results')),
       user_prompt
FROM readable;

UPDATE listed SET exit_code = NULL WHERE exit_code = -1;
