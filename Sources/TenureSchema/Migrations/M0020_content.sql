-- What people make in products: private items lie with their custodian and open with the person's
-- key, shared ones lie with the tenant they are shared with and open with its key.
SET ROLE tenure_owner;

ALTER TABLE tenure.memberships
  -- Names of the product's teams, for what is shared with one.
  ADD COLUMN teams text[] NOT NULL DEFAULT '{}';

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
  PRIMARY KEY (tenant_id, item_id),
  CONSTRAINT content_items_are_registered_once UNIQUE (tenant_id, product, external_id),
  CONSTRAINT content_items_visibility_is_known
    CHECK (visibility IN ('private', 'team', 'tenant') AND (visibility = 'team') = (team IS NOT NULL)),
  CONSTRAINT content_items_have_an_author_or_a_pseudonym
    CHECK ((account_id IS NULL) = (pseudonym IS NOT NULL)),
  CONSTRAINT content_items_private_have_an_author CHECK (visibility <> 'private' OR account_id IS NOT NULL)
);
CALL tenure.isolate('tenure.content_items');
GRANT SELECT, INSERT, UPDATE, DELETE ON tenure.content_items TO tenure_app;
CREATE INDEX content_items_by_author ON tenure.content_items (tenant_id, account_id, item_id);
CREATE INDEX content_items_by_category ON tenure.content_items (tenant_id, category, item_id);

-- Held content stays: what a hold on its author covers, by category and time.
GRANT CREATE ON SCHEMA tenure TO tenure_router;
CREATE FUNCTION tenure.holds_content(
  tenant uuid, account uuid, category text, created timestamptz) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  before text := current_setting('tenure.tenant', true);
  answer boolean;
BEGIN
  PERFORM set_config('tenure.tenant', tenant::text, true);
  answer := EXISTS (
    SELECT FROM tenure.holds h
    WHERE h.tenant_id = tenant AND h.state <> 'ended'
      AND (cardinality(h.categories) = 0 OR category = ANY (h.categories))
      AND (h.from_at IS NULL OR created >= h.from_at) AND (h.to_at IS NULL OR created < h.to_at)
      AND (h.covers_all OR EXISTS (
        SELECT FROM tenure.hold_custodians c
        WHERE c.tenant_id = tenant AND c.hold_id = h.hold_id AND c.account_id = account)));
  PERFORM set_config('tenure.tenant', coalesce(before, ''), true);
  RETURN answer;
END $$;
ALTER FUNCTION tenure.holds_content(uuid, uuid, text, timestamptz) OWNER TO tenure_router;
REVOKE CREATE ON SCHEMA tenure FROM tenure_router;
SET ROLE tenure_router;
REVOKE EXECUTE ON FUNCTION tenure.holds_content(uuid, uuid, text, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenure.holds_content(uuid, uuid, text, timestamptz)
  TO tenure_app, tenure_owner;
SET ROLE tenure_owner;

CREATE FUNCTION tenure.keep_held_content() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  IF tenure.holds_content(OLD.tenant_id, OLD.account_id, OLD.category, OLD.created_at) THEN
    PERFORM tenure.refuse_held();
  END IF;
  RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER content_items_held_stay BEFORE DELETE ON tenure.content_items
  FOR EACH ROW EXECUTE FUNCTION tenure.keep_held_content();
CREATE TRIGGER content_items_held_keep_their_author BEFORE UPDATE ON tenure.content_items
  FOR EACH ROW WHEN (NEW.account_id IS NULL AND OLD.account_id IS NOT NULL)
  EXECUTE FUNCTION tenure.keep_held_content();
CREATE TRIGGER content_items_are_not_emptied BEFORE TRUNCATE ON tenure.content_items
  FOR EACH STATEMENT EXECUTE FUNCTION tenure.keep_all();

-- Which tenants somebody is a member of: a person's token leads to one account and not to a tenant.
CREATE TABLE tenure_global.members (
  account_id uuid NOT NULL,
  tenant_id uuid NOT NULL,
  PRIMARY KEY (account_id, tenant_id)
);
-- Those there are, all tenants at once: row-level security is lifted for its owner meanwhile.
ALTER TABLE tenure.memberships NO FORCE ROW LEVEL SECURITY;
INSERT INTO tenure_global.members (account_id, tenant_id)
SELECT account_id, tenant_id FROM tenure.memberships;
ALTER TABLE tenure.memberships FORCE ROW LEVEL SECURITY;
CALL tenure.isolate_directory('tenure_global.members');
GRANT SELECT, INSERT, DELETE ON tenure_global.members TO tenure_app;
GRANT SELECT ON tenure_global.members TO tenure_router;

-- The directory follows the memberships by itself.
CREATE FUNCTION tenure.list_members() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO tenure_global.members (account_id, tenant_id)
    SELECT account_id, tenant_id FROM changed ON CONFLICT DO NOTHING;
  ELSE
    DELETE FROM tenure_global.members m USING changed c
    WHERE m.account_id = c.account_id AND m.tenant_id = c.tenant_id;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER memberships_are_listed AFTER INSERT ON tenure.memberships
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION tenure.list_members();
CREATE TRIGGER memberships_are_struck AFTER DELETE ON tenure.memberships
  REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION tenure.list_members();

GRANT CREATE ON SCHEMA tenure_global TO tenure_router;
CREATE FUNCTION tenure_global.member_tenants(wanted uuid) RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT tenant_id FROM tenure_global.members WHERE account_id = wanted ORDER BY tenant_id
$$;
ALTER FUNCTION tenure_global.member_tenants(uuid) OWNER TO tenure_router;
REVOKE CREATE ON SCHEMA tenure_global FROM tenure_router;
SET ROLE tenure_router;
REVOKE EXECUTE ON FUNCTION tenure_global.member_tenants(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenure_global.member_tenants(uuid) TO tenure_app;
