-- Content changes hands: somebody else answers for what its author has left; and products take away
-- what is no more.
SET ROLE tenure_owner;

ALTER TABLE tenure.content_items
  -- Who answers for it: its author, a successor, a team, or the tenant.
  ADD COLUMN owner_kind text NOT NULL DEFAULT 'author',
  ADD COLUMN owner_team text,
  -- When its product took it away: nobody reads it any more, and it goes once nothing holds it.
  ADD COLUMN removed_at timestamptz,
  ADD CONSTRAINT content_items_owner_is_known CHECK (
    owner_kind IN ('author', 'account', 'team', 'tenant')
    AND (owner_kind = 'account') = (owner_id IS NOT NULL)
    AND (owner_kind = 'team') = (owner_team IS NOT NULL)),
  ADD CONSTRAINT content_items_private_stay_with_their_author
    CHECK (visibility <> 'private' OR owner_kind = 'author');
CREATE INDEX content_items_by_owner ON tenure.content_items (tenant_id, owner_id, item_id)
  WHERE owner_id IS NOT NULL;
CREATE INDEX content_items_removed ON tenure.content_items (tenant_id, removed_at)
  WHERE removed_at IS NOT NULL;

CREATE TABLE tenure.content_transfers (
  tenant_id uuid NOT NULL,
  operation_id uuid NOT NULL,
  from_id uuid NOT NULL,
  to_kind text NOT NULL,
  to_id uuid,
  to_team text,
  category text,
  -- How far it has come.
  place uuid NOT NULL,
  chunk bigint NOT NULL,
  -- Deletion and erasure wait until then.
  ended_at timestamptz,
  PRIMARY KEY (tenant_id, operation_id),
  FOREIGN KEY (tenant_id, operation_id) REFERENCES tenure.operations,
  CONSTRAINT content_transfers_target_is_known CHECK (
    to_kind IN ('account', 'team', 'tenant') AND (to_kind = 'account') = (to_id IS NOT NULL)
    AND (to_kind = 'team') = (to_team IS NOT NULL))
);
CALL tenure.isolate('tenure.content_transfers');
GRANT SELECT, INSERT, UPDATE (place, chunk, ended_at) ON tenure.content_transfers TO tenure_app;
CREATE INDEX content_transfers_running ON tenure.content_transfers (tenant_id, from_id)
  WHERE ended_at IS NULL;

