-- What was frozen with a plan: a JSON array of `FrozenFile`; NULL where it names no files.

ALTER TABLE entries ADD COLUMN files TEXT;
ALTER TABLE executions ADD COLUMN files TEXT;
