-- The log says on whose behalf and who agreed, is found by who and what, and says when it is damaged.
SET ROLE tenure_owner;

ALTER TABLE tenure.audit_entries
  -- Whose request it carries out, where the actor did it for somebody else.
  ADD COLUMN on_behalf_of text,
  -- The second person who agreed.
  ADD COLUMN approved_by text;
GRANT INSERT (on_behalf_of, approved_by) ON tenure.audit_entries TO tenure_app;

-- By time is by id. Reads are most of a log: what is asked of them is asked by person or by reader.
CREATE INDEX audit_entries_by_subject ON tenure.audit_entries (tenant_id, subject_id, entry_id)
  WHERE subject_id IS NOT NULL;
CREATE INDEX audit_entries_by_actor ON tenure.audit_entries (tenant_id, actor, entry_id);
CREATE INDEX audit_entries_by_object ON tenure.audit_entries (tenant_id, object, entry_id);
CREATE INDEX audit_entries_by_action ON tenure.audit_entries (tenant_id, action, entry_id)
  WHERE action NOT LIKE '%.read';

ALTER TABLE tenure.audit_trees
  -- When fewer entries than leaves were found first; NULL while there are as many.
  ADD COLUMN damaged_at timestamptz;
