-- Tenants, their names, their keys, and who belongs to them.
SET ROLE tenure_owner;
-- A function may ask for a table of a later file.
SET LOCAL check_function_bodies = off;

CREATE TABLE tenure.tenants (
  tenant_id uuid NOT NULL,
  name text NOT NULL,
  state text NOT NULL,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  version bigint NOT NULL,
  -- IANA name: where the days of the tenant's calendar begin.
  time_zone text NOT NULL DEFAULT 'UTC',
  -- Days between deleting an account and erasing it.
  purge_days bigint NOT NULL DEFAULT 30,
  -- What becomes of shared content when its author is erased.
  erased_content text NOT NULL DEFAULT 'keep',
  -- How much a daily run may dispose of by itself; NULL: nothing runs by itself.
  retention_budget bigint,
  suspended_at timestamptz,
  PRIMARY KEY (tenant_id),
  CONSTRAINT tenants_erased_content_is_known CHECK (erased_content IN ('keep', 'delete')),
  CONSTRAINT tenants_name_is_short CHECK (length(name) BETWEEN 1 AND 200),
  CONSTRAINT tenants_purge_days_give_time CHECK (purge_days BETWEEN 7 AND 90),
  CONSTRAINT tenants_retention_budget_is_positive CHECK (retention_budget > 0),
  CONSTRAINT tenants_state_is_known CHECK (state IN ('active', 'suspended'))
);
ALTER TABLE tenure.tenants ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenure.tenants FORCE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE ON tenure.tenants TO tenure_app;

CREATE TABLE tenure.tenant_names (
  tenant_id uuid NOT NULL,
  name text NOT NULL,
  -- When it got another.
  until timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, until)
);
CALL tenure.isolate('tenure.tenant_names');
GRANT SELECT, INSERT ON tenure.tenant_names TO tenure_app;

CREATE TABLE tenure.tenant_keys (
  tenant_id uuid NOT NULL,
  version bigint NOT NULL,
  root_id text NOT NULL,
  wrapped bytea NOT NULL,
  commitment bytea NOT NULL,
  created_at timestamptz NOT NULL,
  -- From when on it is written with: by then every process has read it.
  usable_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, version),
  FOREIGN KEY (tenant_id) REFERENCES tenure.tenants
);
CALL tenure.isolate('tenure.tenant_keys');
GRANT SELECT, INSERT ON tenure.tenant_keys TO tenure_app;
-- Under another root key.
GRANT UPDATE (root_id, wrapped, commitment) ON tenure.tenant_keys TO tenure_app;

-- One row: the oldest epoch in which a key may still be wrapped, and when each one before it ended.
CREATE TABLE tenure_global.key_epochs (
  tenant_id uuid NOT NULL,
  minimum bigint NOT NULL,
  ended_at timestamptz,
  -- Which directory of epochs and erasures belongs to this database; NULL while none does.
  vault_id text,
  PRIMARY KEY (tenant_id)
);
INSERT INTO tenure_global.key_epochs (tenant_id, minimum) VALUES (tenure.platform_tenant(), 0);
CALL tenure.isolate_directory('tenure_global.key_epochs');
GRANT SELECT, UPDATE ON tenure_global.key_epochs TO tenure_app;
GRANT SELECT ON tenure_global.key_epochs TO tenure_router;

-- The account may be in anybody's custody: no foreign key reaches across tenants.
CREATE TABLE tenure.memberships (
  tenant_id uuid NOT NULL,
  account_id uuid NOT NULL,
  role text NOT NULL,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  version bigint NOT NULL,
  -- Names of the product's teams, for what is shared with one.
  teams text[] NOT NULL DEFAULT '{}',
  PRIMARY KEY (tenant_id, account_id),
  FOREIGN KEY (tenant_id) REFERENCES tenure.tenants,
  CONSTRAINT memberships_role_is_known
    CHECK (role IN ('member', 'owner', 'admin', 'helpdesk', 'privacy_officer', 'auditor'))
);
CALL tenure.isolate('tenure.memberships');
GRANT SELECT, INSERT, DELETE, UPDATE ON tenure.memberships TO tenure_app;
-- Memberships are every tenant's own; whether one of them would be left without an owner is asked
-- about accounts that lie elsewhere, too. A lock on a row takes the right to change it.
GRANT SELECT ON tenure.memberships TO tenure_router;
GRANT UPDATE (version) ON tenure.memberships TO tenure_router;

-- Which tenants somebody is a member of: a person's token leads to one account and not to a tenant.
CREATE TABLE tenure_global.members (
  account_id uuid NOT NULL,
  tenant_id uuid NOT NULL,
  PRIMARY KEY (account_id, tenant_id)
);
CALL tenure.isolate_directory('tenure_global.members');
GRANT SELECT, INSERT, DELETE ON tenure_global.members TO tenure_app;
GRANT SELECT ON tenure_global.members TO tenure_router;

-- Tenants under common ownership: both sides of each pair have a row. What has ended counts on for
-- as long as a claim that has ended does.
CREATE TABLE tenure.common_owners (
  tenant_id uuid NOT NULL,
  other_id uuid NOT NULL,
  named_at timestamptz NOT NULL,
  ended_at timestamptz,
  PRIMARY KEY (tenant_id, other_id),
  FOREIGN KEY (tenant_id) REFERENCES tenure.tenants,
  CONSTRAINT common_owners_are_two CHECK (tenant_id <> other_id)
);
ALTER TABLE tenure.common_owners ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenure.common_owners FORCE ROW LEVEL SECURITY;
GRANT SELECT, INSERT ON tenure.common_owners TO tenure_app;
GRANT SELECT ON tenure.common_owners TO tenure_recorder;
GRANT UPDATE (ended_at) ON tenure.common_owners TO tenure_app;

-- A person's keys end with their role: coming back brings new ones.
CREATE FUNCTION tenure.end_keys() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  UPDATE tenure.keys k SET revoked_at = tenure.now(), version = k.version + 1
  FROM gone g
  WHERE k.tenant_id = g.tenant_id AND k.holder_id = g.account_id AND k.revoked_at IS NULL
    AND NOT EXISTS (
      SELECT FROM tenure.memberships m
      WHERE m.tenant_id = g.tenant_id AND m.account_id = g.account_id AND m.role <> 'member');
  RETURN NULL;
END $$;

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

-- When it began and ended is the database's to say.
CREATE FUNCTION tenure.stamp_common_owner() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    NEW.named_at := tenure.now();
    NEW.ended_at := NULL;
  ELSIF NEW.ended_at IS NOT NULL THEN
    NEW.ended_at := coalesce(OLD.ended_at, tenure.now());
  END IF;
  RETURN NEW;
END $$;

CREATE FUNCTION tenure.stamp_suspension() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  NEW.suspended_at := CASE
    WHEN NEW.state <> 'suspended' THEN NULL
    WHEN OLD.state = 'suspended' THEN OLD.suspended_at
    ELSE tenure.now() END;
  RETURN NEW;
END $$;

-- Has what is set for accounts of a tenant stand still, or go on; and gives the people of open
-- cases the time back that the suspension took. It works in the tenant's rows, whoever changes the
-- tenant.
CREATE FUNCTION tenure.tenants_hold_clocks() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
  before text := current_setting('tenure.tenant', true);
BEGIN
  PERFORM set_config('tenure.tenant', NEW.tenant_id::text, true);
  PERFORM tenure.stand_still(NEW.tenant_id, ARRAY(
    SELECT DISTINCT change.account_id FROM tenure.account_changes AS change
    WHERE change.tenant_id = NEW.tenant_id AND change.next_at IS NOT NULL
      -- What stands for its name's sake goes on with the name.
      AND (NEW.state = 'suspended' OR NOT EXISTS (
        SELECT FROM tenure.domain_rights(NEW.tenant_id, ARRAY[change.account_id]) AS name
        WHERE name.rights NOT IN ('full', 'kept')))), NEW.state = 'suspended');
  IF NEW.state <> 'suspended' THEN
    UPDATE tenure.takeover_cases AS c
    SET deadline_at = c.deadline_at + (
        -- What a dispute took is given back when it is decided.
        coalesce(c.answered_at, tenure.now()) - greatest(OLD.suspended_at, c.clock_started_at)),
      next_at = CASE WHEN c.next_at IS NOT NULL THEN tenure.now() END,
      updated_at = tenure.now(), version = c.version + 1
    WHERE c.tenant_id = NEW.tenant_id AND c.deadline_at > OLD.suspended_at
      AND ((c.state = 'running' AND c.answer IS NULL)
        OR (c.state = 'disputed' AND c.outcome IS NULL
          AND c.answered_at > greatest(OLD.suspended_at, c.clock_started_at)));
    INSERT INTO tenure_global.jobs AS job (job_id, tenant_id, kind, run_at)
    SELECT t.takeover_id, t.tenant_id, 'takeover', tenure.now()
    FROM tenure.takeovers t
    WHERE t.tenant_id = NEW.tenant_id AND EXISTS (
      SELECT FROM tenure.takeover_cases c
      WHERE c.tenant_id = t.tenant_id AND c.takeover_id = t.takeover_id
        AND c.next_at IS NOT NULL)
    ON CONFLICT (job_id) DO UPDATE SET run_at = least(job.run_at, excluded.run_at);
  END IF;
  PERFORM set_config('tenure.tenant', coalesce(before, ''), true);
  RETURN NULL;
END $$;

-- These ask as a role of their own, which sees what a rule is about in whatever tenant it lies: the
-- owner, or anybody in the wrong context, would see nothing and pass.
GRANT CREATE ON SCHEMA tenure, tenure_global TO tenure_router;
SET ROLE tenure_router;

-- A tenant's key opens everything that is held there; so does what a hold says of itself.
CREATE FUNCTION tenure.keep_tenant_values() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  before text := current_setting('tenure.tenant', true);
BEGIN
  PERFORM set_config('tenure.tenant', OLD.tenant_id::text, true);
  IF EXISTS (
    SELECT FROM tenure.holds h WHERE h.tenant_id = OLD.tenant_id AND h.state <> 'ended')
  THEN
    INSERT INTO tenure.kept_values (tenant_id, source, was, kept_at)
    VALUES (OLD.tenant_id, TG_TABLE_NAME, to_jsonb(OLD), tenure.now());
  END IF;
  PERFORM set_config('tenure.tenant', coalesce(before, ''), true);
  RETURN NULL;
END $$;
REVOKE EXECUTE ON FUNCTION tenure.keep_tenant_values FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenure.keep_tenant_values TO tenure_owner;

CREATE FUNCTION tenure_global.member_tenants(wanted uuid) RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT tenant_id FROM tenure_global.members WHERE account_id = wanted ORDER BY tenant_id
$$;
REVOKE EXECUTE ON FUNCTION tenure_global.member_tenants FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenure_global.member_tenants TO tenure_app;

CREATE FUNCTION tenure_global.oldest_key_epoch() RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT minimum FROM tenure_global.key_epochs
$$;
REVOKE EXECUTE ON FUNCTION tenure_global.oldest_key_epoch FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenure_global.oldest_key_epoch TO tenure_app;

SET ROLE tenure_owner;
REVOKE CREATE ON SCHEMA tenure, tenure_global FROM tenure_router;

CREATE POLICY tenant_guard ON tenure.tenants AS RESTRICTIVE FOR ALL TO PUBLIC
  USING (tenant_id = (SELECT tenure.current_tenant())
    OR (SELECT tenure.current_tenant()) = tenure.platform_tenant())
  WITH CHECK (tenant_id = (SELECT tenure.current_tenant())
    OR (SELECT tenure.current_tenant()) = tenure.platform_tenant());
-- The platform sees the register of tenants; a tenant sees itself.
CREATE POLICY tenant_isolation ON tenure.tenants FOR ALL TO tenure_app
  USING (tenant_id = (SELECT tenure.current_tenant())
    OR (SELECT tenure.current_tenant()) = tenure.platform_tenant())
  WITH CHECK (tenant_id = (SELECT tenure.current_tenant())
    OR (SELECT tenure.current_tenant()) = tenure.platform_tenant());
CREATE POLICY guarding ON tenure.memberships FOR ALL TO tenure_router USING (true);
CREATE POLICY recording ON tenure.common_owners FOR SELECT TO tenure_recorder USING (true);
CREATE POLICY tenant_guard ON tenure.common_owners AS RESTRICTIVE FOR ALL TO PUBLIC
  USING (tenant_id = (SELECT tenure.current_tenant())
    OR (SELECT tenure.current_tenant()) = tenure.platform_tenant())
  WITH CHECK (tenant_id = (SELECT tenure.current_tenant())
    OR (SELECT tenure.current_tenant()) = tenure.platform_tenant());
-- As the register of tenants, whose facts these are: the platform sees all, a tenant its own.
CREATE POLICY tenant_isolation ON tenure.common_owners FOR ALL TO tenure_app
  USING (tenant_id = (SELECT tenure.current_tenant())
    OR (SELECT tenure.current_tenant()) = tenure.platform_tenant())
  WITH CHECK (tenant_id = (SELECT tenure.current_tenant())
    OR (SELECT tenure.current_tenant()) = tenure.platform_tenant());

CREATE TRIGGER tenants_hold_clocks AFTER UPDATE OF state ON tenure.tenants
  FOR EACH ROW WHEN (OLD.state <> NEW.state) EXECUTE FUNCTION tenure.tenants_hold_clocks();
CREATE TRIGGER tenants_stamp_their_suspension BEFORE UPDATE ON tenure.tenants
  FOR EACH ROW EXECUTE FUNCTION tenure.stamp_suspension();
CREATE TRIGGER tenant_keys_of_holds_keep_their_values AFTER UPDATE ON tenure.tenant_keys
  FOR EACH ROW WHEN (OLD.wrapped <> NEW.wrapped OR OLD.commitment <> NEW.commitment)
  EXECUTE FUNCTION tenure.keep_tenant_values();
CREATE TRIGGER memberships_are_listed AFTER INSERT ON tenure.memberships
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION tenure.list_members();
CREATE TRIGGER memberships_are_struck AFTER DELETE ON tenure.memberships
  REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION tenure.list_members();
CREATE TRIGGER memberships_are_worth_their_keys AFTER UPDATE ON tenure.memberships
  REFERENCING NEW TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION tenure.end_keys();
CREATE TRIGGER memberships_end_with_their_keys AFTER DELETE ON tenure.memberships
  REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION tenure.end_keys();
CREATE TRIGGER common_owners_are_stamped BEFORE INSERT OR UPDATE ON tenure.common_owners
  FOR EACH ROW EXECUTE FUNCTION tenure.stamp_common_owner();
