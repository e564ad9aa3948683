-- A hold goes by cooling only, thirty days of the database's own, and never holds less than it did.
-- What is held is kept when it is overwritten.
SET ROLE tenure_owner;

-- What whoever serves may not do: the restore path ends holds through a function of the router's.
GRANT UPDATE (state, cools_until, updated_at, version) ON tenure.holds TO tenure_router;
GRANT UPDATE (cools_until), DELETE ON tenure.hold_custodians TO tenure_router;
CREATE POLICY ending ON tenure.holds FOR UPDATE TO tenure_router USING (true);
CREATE POLICY ending ON tenure.hold_custodians FOR UPDATE TO tenure_router USING (true);
CREATE POLICY leaving ON tenure.hold_custodians FOR DELETE TO tenure_router USING (true);
GRANT EXECUTE ON FUNCTION tenure.refuse_held() TO tenure_router;

-- Seconds and not days: a day is as long as the session's time zone has it.
CREATE FUNCTION tenure.cooled_from_now() RETURNS timestamptz
LANGUAGE sql STABLE SET search_path = pg_catalog AS $$
  SELECT tenure.now() + make_interval(secs => 30 * 86400)
$$;
REVOKE EXECUTE ON FUNCTION tenure.cooled_from_now() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenure.cooled_from_now() TO tenure_app, tenure_router;

DROP TRIGGER holds_cool ON tenure.holds;
DROP TRIGGER hold_custodians_cool ON tenure.hold_custodians;
DROP FUNCTION tenure.keep_hold();

-- What a hold holds, and who knows of it: more may come, nothing goes.
CREATE FUNCTION tenure.is_hold_narrower(old tenure.holds, new tenure.holds) RETURNS boolean
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog AS $$
  SELECT (new.tenant_id, new.hold_id, new.is_secret, new.created_by, new.created_at)
      IS DISTINCT FROM (old.tenant_id, old.hold_id, old.is_secret, old.created_by, old.created_at)
    OR (old.covers_all AND NOT new.covers_all)
    OR NOT (cardinality(new.categories) = 0
      OR (cardinality(old.categories) > 0 AND new.categories @> old.categories))
    OR NOT (new.from_at IS NULL OR coalesce(new.from_at <= old.from_at, false))
    OR NOT (new.to_at IS NULL OR coalesce(new.to_at >= old.to_at, false))
$$;
REVOKE EXECUTE ON FUNCTION tenure.is_hold_narrower(tenure.holds, tenure.holds) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenure.is_hold_narrower(tenure.holds, tenure.holds)
  TO tenure_app, tenure_router;

CREATE FUNCTION tenure.keep_hold() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    NEW.state := 'active';
    NEW.cools_until := NULL;
    RETURN NEW;
  END IF;
  IF TG_OP = 'DELETE' THEN
    PERFORM tenure.refuse_held();
  END IF;
  IF current_user = 'tenure_router' THEN RETURN NEW; END IF;
  IF OLD.state = 'ended' AND (NEW.state <> 'ended' OR NEW.cools_until <> OLD.cools_until)
    OR (OLD.state, NEW.state) = ('active', 'ended')
    OR (OLD.state <> 'ended' AND tenure.is_hold_narrower(OLD, NEW))
  THEN
    PERFORM tenure.refuse_held();
  END IF;
  IF OLD.state = 'cooling' AND NEW.state <> 'active' THEN
    -- The time that was stamped stays, and only then it ends.
    IF NEW.state = 'ended' AND OLD.cools_until > tenure.now() THEN
      PERFORM tenure.refuse_held();
    END IF;
    NEW.cools_until := OLD.cools_until;
  ELSIF NEW.state = 'cooling' THEN
    NEW.cools_until := tenure.cooled_from_now();
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER holds_cool BEFORE INSERT OR UPDATE OR DELETE ON tenure.holds
  FOR EACH ROW EXECUTE FUNCTION tenure.keep_hold();

CREATE FUNCTION tenure.keep_custodian() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    NEW.cools_until := NULL;
    RETURN NEW;
  END IF;
  IF current_user = 'tenure_router' THEN
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
  END IF;
  IF TG_OP = 'DELETE' THEN
    IF coalesce(OLD.cools_until > tenure.now(), true) THEN PERFORM tenure.refuse_held(); END IF;
    RETURN OLD;
  END IF;
  IF (NEW.tenant_id, NEW.hold_id, NEW.account_id) IS DISTINCT FROM
    (OLD.tenant_id, OLD.hold_id, OLD.account_id)
  THEN
    PERFORM tenure.refuse_held();
  END IF;
  -- Off the hold: it cools from now on; on it again: it does not cool.
  IF NEW.cools_until IS NOT NULL THEN
    NEW.cools_until := coalesce(OLD.cools_until, tenure.cooled_from_now());
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER hold_custodians_cool BEFORE INSERT OR UPDATE OR DELETE ON tenure.hold_custodians
  FOR EACH ROW EXECUTE FUNCTION tenure.keep_custodian();

-- Ends what holds an account in a database that was restored from before it was erased: it had ended
-- then, or the account would not have been erased. Only the owner may ask, which nobody serves as.
GRANT CREATE ON SCHEMA tenure TO tenure_router;
CREATE FUNCTION tenure.end_restored_holds(tenant uuid, account uuid, at timestamptz) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  before text := current_setting('tenure.tenant', true);
BEGIN
  PERFORM set_config('tenure.tenant', tenant::text, true);
  UPDATE tenure.hold_custodians c SET cools_until = at
  WHERE c.tenant_id = tenant AND c.account_id = account;
  DELETE FROM tenure.hold_custodians c WHERE c.tenant_id = tenant AND c.account_id = account;
  UPDATE tenure.holds h SET state = 'ended', cools_until = at, version = h.version + 1
  WHERE h.tenant_id = tenant AND h.covers_all AND h.state <> 'ended';
  PERFORM set_config('tenure.tenant', coalesce(before, ''), true);
END $$;
ALTER FUNCTION tenure.end_restored_holds(uuid, uuid, timestamptz) OWNER TO tenure_router;
REVOKE CREATE ON SCHEMA tenure FROM tenure_router;
SET ROLE tenure_router;
REVOKE EXECUTE ON FUNCTION tenure.end_restored_holds(uuid, uuid, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenure.end_restored_holds(uuid, uuid, timestamptz) TO tenure_owner;
SET ROLE tenure_owner;

-- What is held is kept when it is overwritten: keys and sealed values as they were, where whoever
-- serves can neither read nor remove them.

CREATE TABLE tenure.kept_values (
  tenant_id uuid NOT NULL,
  kept_id uuid NOT NULL DEFAULT gen_random_uuid(),
  -- Which table the row was of.
  source text NOT NULL,
  -- Whose it was; NULL for a tenant's own key, which opens what is held of everybody.
  account_id uuid,
  -- The whole row as it was before: sealed values as hexadecimal digits.
  was jsonb NOT NULL,
  kept_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, kept_id)
);
ALTER TABLE tenure.kept_values ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenure.kept_values FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_guard ON tenure.kept_values AS RESTRICTIVE FOR ALL TO PUBLIC
  USING (tenant_id = (SELECT tenure.current_tenant()))
  WITH CHECK (tenant_id = (SELECT tenure.current_tenant()));
CREATE POLICY keeping ON tenure.kept_values FOR ALL TO tenure_router USING (true);
CREATE INDEX kept_values_by_account ON tenure.kept_values (tenant_id, account_id);
GRANT SELECT, INSERT, DELETE ON tenure.kept_values TO tenure_router;

GRANT CREATE ON SCHEMA tenure TO tenure_router;
-- Keeps the rows that a statement has changed of held accounts; of an account whose key is gone
-- nothing is kept: no hold kept it any more.
CREATE FUNCTION tenure.keep_account_values() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  before text := current_setting('tenure.tenant', true);
  place record;
BEGIN
  FOR place IN
    SELECT o.tenant_id, array_agg(o.account_id) AS accounts,
      array_agg(o.account_id) FILTER (WHERE n.wrapped_key IS NULL) AS gone
    FROM former o JOIN changed n ON n.tenant_id = o.tenant_id AND n.account_id = o.account_id
    WHERE o.wrapped_key IS NOT NULL
      AND (n.wrapped_key, n.key_commitment, n.profile, n.key_version, n.key_epoch, n.parent_version)
        IS DISTINCT FROM
        (o.wrapped_key, o.key_commitment, o.profile, o.key_version, o.key_epoch, o.parent_version)
    GROUP BY 1
  LOOP
    PERFORM set_config('tenure.tenant', place.tenant_id::text, true);
    INSERT INTO tenure.kept_values (tenant_id, source, account_id, was, kept_at)
    SELECT o.tenant_id, 'accounts', o.account_id, to_jsonb(o), tenure.now()
    FROM former o
    WHERE o.tenant_id = place.tenant_id AND o.account_id IN (
      SELECT tenure.held(place.tenant_id, place.accounts));
    IF place.gone IS NOT NULL THEN
      DELETE FROM tenure.kept_values k
      WHERE k.tenant_id = place.tenant_id AND k.account_id = ANY (place.gone);
    END IF;
  END LOOP;
  PERFORM set_config('tenure.tenant', coalesce(before, ''), true);
  RETURN NULL;
END $$;

-- The same for content. What is held stays held: neither its author, its category nor its time moves
-- it out of a hold.
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

-- The same for the key of what the log says of somebody who is held, overwritten or deleted: while the
-- account lies here. Who was erased elsewhere is not kept by their log.
CREATE FUNCTION tenure.keep_audit_values() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  before text := current_setting('tenure.tenant', true);
  place record;
BEGIN
  FOR place IN SELECT o.tenant_id, array_agg(o.account_id) AS accounts FROM former o GROUP BY 1 LOOP
    PERFORM set_config('tenure.tenant', place.tenant_id::text, true);
    INSERT INTO tenure.kept_values (tenant_id, source, account_id, was, kept_at)
    SELECT o.tenant_id, 'audit_keys', o.account_id, to_jsonb(o), tenure.now()
    FROM former o
    JOIN tenure_global.accounts g ON g.account_id = o.account_id AND g.tenant_id = o.tenant_id
    WHERE o.tenant_id = place.tenant_id AND o.account_id IN (
      SELECT tenure.held(place.tenant_id, place.accounts));
  END LOOP;
  PERFORM set_config('tenure.tenant', coalesce(before, ''), true);
  RETURN NULL;
END $$;

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

-- Forgets what was kept of those whom nothing holds any more, by the database's own clock.
CREATE FUNCTION tenure.forget_kept(tenant uuid) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  before text := current_setting('tenure.tenant', true);
  count bigint;
BEGIN
  PERFORM set_config('tenure.tenant', tenant::text, true);
  DELETE FROM tenure.kept_values k
  WHERE k.tenant_id = tenant AND CASE
    WHEN k.source IN ('accounts', 'audit_keys') THEN NOT EXISTS (SELECT tenure.held(tenant, ARRAY[k.account_id]))
    WHEN k.source = 'content_items' THEN NOT tenure.holds_content(tenant, k.account_id,
      k.was ->> 'category', (k.was ->> 'created_at')::timestamptz)
    ELSE NOT EXISTS (
      SELECT FROM tenure.holds h WHERE h.tenant_id = tenant AND h.state <> 'ended')
    END;
  GET DIAGNOSTICS count = ROW_COUNT;
  PERFORM set_config('tenure.tenant', coalesce(before, ''), true);
  RETURN count;
END $$;
GRANT EXECUTE ON FUNCTION tenure.held(uuid, uuid[]) TO tenure_router;
ALTER FUNCTION tenure.keep_account_values() OWNER TO tenure_router;
ALTER FUNCTION tenure.keep_content_values() OWNER TO tenure_router;
ALTER FUNCTION tenure.keep_audit_values() OWNER TO tenure_router;
ALTER FUNCTION tenure.keep_tenant_values() OWNER TO tenure_router;
ALTER FUNCTION tenure.forget_kept(uuid) OWNER TO tenure_router;
REVOKE CREATE ON SCHEMA tenure FROM tenure_router;
SET ROLE tenure_router;
REVOKE EXECUTE ON FUNCTION tenure.forget_kept(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenure.forget_kept(uuid) TO tenure_app;
REVOKE EXECUTE ON FUNCTION tenure.keep_account_values(), tenure.keep_content_values(),
  tenure.keep_audit_values(), tenure.keep_tenant_values() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenure.keep_account_values(), tenure.keep_content_values(),
  tenure.keep_audit_values(), tenure.keep_tenant_values() TO tenure_owner;
SET ROLE tenure_owner;

CREATE TRIGGER accounts_held_keep_their_values AFTER UPDATE ON tenure.accounts
  REFERENCING OLD TABLE AS former NEW TABLE AS changed FOR EACH STATEMENT
  EXECUTE FUNCTION tenure.keep_account_values();
CREATE TRIGGER content_items_held_keep_their_values AFTER UPDATE ON tenure.content_items
  REFERENCING OLD TABLE AS former NEW TABLE AS changed FOR EACH STATEMENT
  EXECUTE FUNCTION tenure.keep_content_values();
CREATE TRIGGER audit_keys_held_keep_their_values AFTER UPDATE ON tenure.audit_keys
  REFERENCING OLD TABLE AS former FOR EACH STATEMENT
  EXECUTE FUNCTION tenure.keep_audit_values();
CREATE TRIGGER audit_keys_held_are_kept AFTER DELETE ON tenure.audit_keys
  REFERENCING OLD TABLE AS former FOR EACH STATEMENT
  EXECUTE FUNCTION tenure.keep_audit_values();
CREATE TRIGGER tenant_keys_of_holds_keep_their_values AFTER UPDATE ON tenure.tenant_keys
  FOR EACH ROW WHEN (OLD.wrapped <> NEW.wrapped OR OLD.commitment <> NEW.commitment)
  EXECUTE FUNCTION tenure.keep_tenant_values();
CREATE TRIGGER holds_keep_their_values AFTER UPDATE ON tenure.holds
  FOR EACH ROW WHEN (OLD.details <> NEW.details) EXECUTE FUNCTION tenure.keep_tenant_values();

-- Who or what a row is of is not rewritten: a hold would lose sight of it.
CREATE FUNCTION tenure.refuse_renaming() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  PERFORM tenure.refuse_held();
  RETURN NULL;
END $$;
CREATE TRIGGER accounts_keep_their_names BEFORE UPDATE OF tenant_id, account_id, created_at
  ON tenure.accounts FOR EACH ROW
  WHEN ((NEW.tenant_id, NEW.account_id, NEW.created_at)
    IS DISTINCT FROM (OLD.tenant_id, OLD.account_id, OLD.created_at))
  EXECUTE FUNCTION tenure.refuse_renaming();
CREATE TRIGGER content_items_keep_their_names BEFORE UPDATE OF tenant_id, item_id
  ON tenure.content_items FOR EACH ROW
  WHEN ((NEW.tenant_id, NEW.item_id) IS DISTINCT FROM (OLD.tenant_id, OLD.item_id))
  EXECUTE FUNCTION tenure.refuse_renaming();
