-- Who asked that nothing more of an execution begins; another process may be driving it.

ALTER TABLE executions ADD COLUMN stop_requested_by TEXT;
