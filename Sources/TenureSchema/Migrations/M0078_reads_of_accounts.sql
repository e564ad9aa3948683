-- Reads of accounts are most of the log, and each costs what its indexes cost: what is read of an
-- account is found by whom it is about, so the index of objects need not have it a second time.
SET ROLE tenure_owner;
DROP INDEX tenure.audit_entries_by_object;
CREATE INDEX audit_entries_by_object ON tenure.audit_entries (tenant_id, object, entry_id)
  WHERE NOT starts_with(object, 'acc_');
DROP INDEX tenure.audit_entries_by_actor;
CREATE INDEX audit_entries_by_actor ON tenure.audit_entries (tenant_id, actor, entry_id)
  WHERE action NOT LIKE '%.read';
