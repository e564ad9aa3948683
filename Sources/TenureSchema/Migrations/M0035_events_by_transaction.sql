-- Events come in the order of the same numbers as audit entries: a restore leaves them as they are, and
-- whoever reads on from an event misses none.
SET ROLE tenure_owner;

DROP INDEX tenure.events_by_commit;
ALTER TABLE tenure.events ALTER COLUMN xid DROP DEFAULT;
ALTER TABLE tenure.events ALTER COLUMN xid TYPE bigint USING xid::text::bigint;
ALTER TABLE tenure.events RENAME COLUMN xid TO transaction_number;
ALTER TABLE tenure.events ALTER COLUMN transaction_number SET DEFAULT tenure.transaction_number();
CREATE INDEX events_by_transaction ON tenure.events (tenant_id, transaction_number, event_id);
