-- Content that is shared, and how it moves.
SET ROLE tenure_owner;
-- A function may ask for a table of a later file.
SET LOCAL check_function_bodies = off;

CREATE TABLE tenure.content_items (
  tenant_id uuid NOT NULL,
  item_id uuid NOT NULL,
  -- The author; NULL once nobody is to know who it was.
  account_id uuid,
  pseudonym text,
  -- Who answers for it now, where that is not the author: a successor, or nobody.
  owner_id uuid,
  product text NOT NULL,
  kind text NOT NULL,
  -- The product's own id of the item.
  external_id text NOT NULL,
  visibility text NOT NULL,
  team text,
  category text NOT NULL,
  -- Title, body and reference, sealed together.
  details bytea NOT NULL,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  version bigint NOT NULL,
  -- Who answers for it: its author, a successor, a team, or the tenant.
  owner_kind text NOT NULL DEFAULT 'author',
  owner_team text,
  -- When its product took it away: nobody reads it any more, and it goes once nothing holds it.
  removed_at timestamptz,
  isolated_at timestamptz,
  PRIMARY KEY (tenant_id, item_id),
  CONSTRAINT content_items_are_registered_once UNIQUE (tenant_id, product, external_id),
  CONSTRAINT content_items_have_an_author_or_a_pseudonym
    CHECK ((account_id IS NULL) = (pseudonym IS NOT NULL)),
  CONSTRAINT content_items_owner_is_known CHECK (
    owner_kind IN ('author', 'account', 'team', 'tenant')
    AND (owner_kind = 'account') = (owner_id IS NOT NULL)
    AND (owner_kind = 'team') = (owner_team IS NOT NULL)),
  CONSTRAINT content_items_private_have_an_author
    CHECK (visibility <> 'private' OR account_id IS NOT NULL),
  CONSTRAINT content_items_private_stay_with_their_author
    CHECK (visibility <> 'private' OR owner_kind = 'author'),
  CONSTRAINT content_items_visibility_is_known
    CHECK (visibility IN ('private', 'team', 'tenant') AND (visibility = 'team') = (team IS NOT NULL))
);
CREATE INDEX content_items_by_author ON tenure.content_items (tenant_id, account_id, item_id);
CREATE INDEX content_items_by_category ON tenure.content_items (tenant_id, category, item_id);
CREATE INDEX content_items_by_owner ON tenure.content_items (tenant_id, owner_id, item_id)
  WHERE owner_id IS NOT NULL;
CREATE INDEX content_items_removed ON tenure.content_items (tenant_id, removed_at)
  WHERE removed_at IS NOT NULL;
CALL tenure.isolate('tenure.content_items');
GRANT SELECT, INSERT, DELETE, UPDATE ON tenure.content_items TO tenure_app;

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
CREATE INDEX content_transfers_running ON tenure.content_transfers (tenant_id, from_id)
  WHERE ended_at IS NULL;
CALL tenure.isolate('tenure.content_transfers');
GRANT SELECT, INSERT ON tenure.content_transfers TO tenure_app;
GRANT UPDATE (place, chunk, ended_at) ON tenure.content_transfers TO tenure_app;

GRANT CREATE ON SCHEMA tenure TO tenure_router;
SET ROLE tenure_router;

-- Keeps content that is held, as it is overwritten or deleted. What is held stays held: neither its
-- author, its category nor its time moves it out of a hold.
CREATE FUNCTION tenure.keep_content_values() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  before text := current_setting('tenure.tenant', true);
  item record;
BEGIN
  FOR item IN
    SELECT o AS was, o.tenant_id, o.account_id,
      (n.account_id, n.category, n.created_at)
        IS DISTINCT FROM (o.account_id, o.category, o.created_at)
        AND NOT tenure.holds_content(n.tenant_id, n.account_id, n.category, n.created_at) AS leaves
    FROM former o JOIN changed n ON n.tenant_id = o.tenant_id AND n.item_id = o.item_id
    WHERE (n.details, n.account_id, n.category, n.created_at)
        IS DISTINCT FROM (o.details, o.account_id, o.category, o.created_at)
      AND tenure.holds_content(o.tenant_id, o.account_id, o.category, o.created_at)
  LOOP
    IF item.leaves THEN PERFORM tenure.refuse_held(); END IF;
    PERFORM set_config('tenure.tenant', item.tenant_id::text, true);
    INSERT INTO tenure.kept_values (tenant_id, source, account_id, was, kept_at)
    VALUES (item.tenant_id, 'content_items', item.account_id, to_jsonb(item.was), tenure.now());
  END LOOP;
  PERFORM set_config('tenure.tenant', coalesce(before, ''), true);
  RETURN NULL;
END $$;
REVOKE EXECUTE ON FUNCTION tenure.keep_content_values FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenure.keep_content_values TO tenure_owner;

CREATE FUNCTION tenure.keep_held_content() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  before text := current_setting('tenure.tenant', true);
BEGIN
  IF tenure.holds_content(OLD.tenant_id, OLD.account_id, OLD.category, OLD.created_at) THEN
    PERFORM set_config('tenure.tenant', OLD.tenant_id::text, true);
    IF TG_OP <> 'DELETE' OR NOT EXISTS (
      SELECT FROM tenure.controls c WHERE c.tenant_id = OLD.tenant_id
        AND c.account_id = OLD.account_id AND c.suspended_at IS NOT NULL)
    THEN
      PERFORM tenure.refuse_held();
    END IF;
    INSERT INTO tenure.kept_values (tenant_id, source, account_id, was, kept_at)
    VALUES (OLD.tenant_id, 'content_items', OLD.account_id, to_jsonb(OLD), tenure.now());
    PERFORM set_config('tenure.tenant', coalesce(before, ''), true);
  END IF;
  RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
REVOKE EXECUTE ON FUNCTION tenure.keep_held_content FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenure.keep_held_content TO tenure_owner;

SET ROLE tenure_owner;
REVOKE CREATE ON SCHEMA tenure FROM tenure_router;

CREATE TRIGGER content_items_are_not_emptied BEFORE TRUNCATE ON tenure.content_items
  FOR EACH STATEMENT EXECUTE FUNCTION tenure.keep_all();
CREATE TRIGGER content_items_held_keep_their_author BEFORE UPDATE ON tenure.content_items
  FOR EACH ROW WHEN (NEW.account_id IS NULL AND OLD.account_id IS NOT NULL)
  EXECUTE FUNCTION tenure.keep_held_content();
CREATE TRIGGER content_items_held_keep_their_values AFTER UPDATE ON tenure.content_items
  REFERENCING OLD TABLE AS former NEW TABLE AS changed FOR EACH STATEMENT
  EXECUTE FUNCTION tenure.keep_content_values();
CREATE TRIGGER content_items_held_stay BEFORE DELETE ON tenure.content_items
  FOR EACH ROW EXECUTE FUNCTION tenure.keep_held_content();
CREATE TRIGGER content_items_keep_their_names BEFORE UPDATE OF tenant_id, item_id
  ON tenure.content_items FOR EACH ROW
  WHEN ((NEW.tenant_id, NEW.item_id) IS DISTINCT FROM (OLD.tenant_id, OLD.item_id))
  EXECUTE FUNCTION tenure.refuse_renaming();
