-- The tree over each tenant's audit log (RFC 9162): which entry is which leaf, the hashes of complete
-- subtrees, and the signed roots. Nodes, leaves and checkpoints are inserted and read, never changed.
SET ROLE tenure_owner;

CREATE INDEX audit_entries_by_commit ON tenure.audit_entries (tenant_id, xid, entry_id);

CREATE TABLE tenure.audit_trees (
  tenant_id uuid PRIMARY KEY,
  size bigint NOT NULL,
  -- The last entry that is a leaf, in the order of commits.
  last_xid xid8 NOT NULL,
  last_entry_id uuid NOT NULL,
  checkpoint_size bigint NOT NULL,
  checkpoint_at timestamptz
);
CALL tenure.isolate('tenure.audit_trees');
GRANT SELECT, INSERT, UPDATE ON tenure.audit_trees TO tenure_app;

CREATE TABLE tenure.audit_leaves (
  tenant_id uuid NOT NULL,
  leaf_index bigint NOT NULL,
  entry_id uuid NOT NULL,
  -- SHA-256 of the sealed details, empty where there are none: the proof stays when they go.
  details_digest bytea NOT NULL,
  PRIMARY KEY (tenant_id, leaf_index),
  CONSTRAINT audit_leaves_hold_each_entry_once UNIQUE (tenant_id, entry_id),
  FOREIGN KEY (tenant_id, entry_id) REFERENCES tenure.audit_entries
);
CALL tenure.isolate('tenure.audit_leaves');
GRANT SELECT, INSERT ON tenure.audit_leaves TO tenure_app;

CREATE TABLE tenure.audit_nodes (
  tenant_id uuid NOT NULL,
  level bigint NOT NULL,
  position bigint NOT NULL,
  hash bytea NOT NULL,
  PRIMARY KEY (tenant_id, level, position)
);
CALL tenure.isolate('tenure.audit_nodes');
GRANT SELECT, INSERT ON tenure.audit_nodes TO tenure_app;

CREATE TABLE tenure.audit_checkpoints (
  tenant_id uuid NOT NULL,
  size bigint NOT NULL,
  root bytea NOT NULL,
  -- c2sp.org/tlog-checkpoint, signed.
  note text NOT NULL,
  at timestamptz NOT NULL,
  CONSTRAINT audit_checkpoints_one_for_each_size PRIMARY KEY (tenant_id, size)
);
CALL tenure.isolate('tenure.audit_checkpoints');
GRANT SELECT, INSERT ON tenure.audit_checkpoints TO tenure_app;
