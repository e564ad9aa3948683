-- Whose a key is: two people are two persons, whatever keys they hold, make and rotate.

-- Who serves without the owner's login looks whether the schema is current.
GRANT USAGE ON SCHEMA public TO tenure_app;
GRANT SELECT ON public.tenure_migrations TO tenure_app;
SET ROLE tenure_owner;

ALTER TABLE tenure.keys
  -- The key that made it, of whatever tenant; NULL for the service's own.
  ADD COLUMN made_by uuid,
  -- The account that it was offered to; NULL for a service's key, which is nobody's.
  ADD COLUMN holder_id uuid,
  -- When that person took it up, with a secret that only they have seen.
  ADD COLUMN collected_at timestamptz,
  ADD CONSTRAINT keys_are_collected_by_their_holder
    CHECK (collected_at IS NULL OR holder_id IS NOT NULL),
  ADD CONSTRAINT keys_of_holders_are_no_tokens CHECK (holder_id IS NULL OR role <> 'person');
CREATE INDEX keys_by_holder ON tenure.keys (tenant_id, holder_id) WHERE holder_id IS NOT NULL;
-- Which key another one took the place of.
CREATE INDEX keys_by_successor ON tenure.keys (tenant_id, successor_id)
  WHERE successor_id IS NOT NULL;

-- What a key is stays as it was made: role, scopes, maker and holder are never rewritten.
REVOKE UPDATE ON tenure.keys FROM tenure_app;
GRANT UPDATE (digest, revoked_at, successor_id, collected_at, version) ON tenure.keys TO tenure_app;

CREATE FUNCTION tenure.refuse_key(said text, broken text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  RAISE EXCEPTION '%', said USING ERRCODE = 'check_violation', CONSTRAINT = broken,
    SCHEMA = 'tenure', TABLE = 'keys';
END $$;
GRANT EXECUTE ON FUNCTION tenure.refuse_key(text, text) TO tenure_app;

-- A successor is its predecessor's person: made by the key itself, it keeps the holder and the day.
-- Everything else that has a holder is an offer, until its holder takes it up: once, while they have
-- a role in the tenant, and with a new secret.
CREATE FUNCTION tenure.keep_key() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW.collected_at IS NOT NULL AND NOT EXISTS (
      SELECT FROM tenure.keys k
      WHERE k.tenant_id = NEW.tenant_id AND k.key_id = NEW.made_by
        AND k.holder_id = NEW.holder_id AND k.collected_at IS NOT NULL)
    THEN
      PERFORM tenure.refuse_key('a key is offered before it is collected', 'keys_are_offered_first');
    END IF;
    -- A key for a person comes from their own tenant: what the operator makes is nobody's.
    IF NEW.holder_id IS NOT NULL AND NOT EXISTS (
      SELECT FROM tenure.keys k WHERE k.tenant_id = NEW.tenant_id AND k.key_id = NEW.made_by)
    THEN
      PERFORM tenure.refuse_key('a tenant offers keys to its own people', 'keys_are_offered_at_home');
    END IF;
    RETURN NEW;
  END IF;
  IF OLD.revoked_at IS NOT NULL AND NEW.revoked_at IS DISTINCT FROM OLD.revoked_at THEN
    PERFORM tenure.refuse_key('a revoked key stays revoked', 'keys_stay_revoked');
  END IF;
  IF NEW.collected_at IS DISTINCT FROM OLD.collected_at OR NEW.digest <> OLD.digest THEN
    IF OLD.collected_at IS NOT NULL OR NEW.collected_at IS NULL OR NEW.digest = OLD.digest
      OR NOT EXISTS (
        SELECT FROM tenure.memberships m
        WHERE m.tenant_id = NEW.tenant_id AND m.account_id = NEW.holder_id AND m.role <> 'member')
    THEN
      PERFORM tenure.refuse_key('a key is collected once, by its holder', 'keys_are_collected_once');
    END IF;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER keys_are_kept BEFORE INSERT OR UPDATE ON tenure.keys
  FOR EACH ROW EXECUTE FUNCTION tenure.keep_key();

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
CREATE TRIGGER memberships_end_with_their_keys AFTER DELETE ON tenure.memberships
  REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION tenure.end_keys();
CREATE TRIGGER memberships_are_worth_their_keys AFTER UPDATE ON tenure.memberships
  REFERENCING NEW TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION tenure.end_keys();

-- The person a key counts as; NULL for a service's key, for one that was never collected, and for one
-- that is over: none of them is anybody.
CREATE FUNCTION tenure.person_of(tenant uuid, wanted uuid) RETURNS uuid
LANGUAGE sql STABLE SET search_path = pg_catalog AS $$
  SELECT k.holder_id FROM tenure.keys k
  WHERE k.tenant_id = tenant AND k.key_id = wanted AND k.collected_at IS NOT NULL
    AND k.revoked_at IS NULL AND k.expires_at > tenure.now()
$$;
REVOKE EXECUTE ON FUNCTION tenure.person_of(uuid, uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenure.person_of(uuid, uuid) TO tenure_app;

-- Approvals: what one person asks for and another agrees to. Persons are the database's to say.
ALTER TABLE tenure.approvals
  -- The key of the person who stands behind what a service's key asks for.
  ADD COLUMN vouched_by uuid,
  ADD COLUMN requested_person uuid,
  ADD COLUMN decided_person uuid,
  ADD CONSTRAINT approvals_take_two_persons CHECK (decided_person <> requested_person);

CREATE FUNCTION tenure.keep_approval() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    NEW.vouched_by := NULL;
    NEW.decided_person := NULL;
    NEW.requested_person := tenure.person_of(NEW.tenant_id, NEW.requested_by);
    IF NEW.state <> 'pending' THEN
      PERFORM tenure.refuse_approval();
    END IF;
    RETURN NEW;
  END IF;
  IF (NEW.action, NEW.object, NEW.fingerprint, NEW.requested_by, NEW.requested_at)
    IS DISTINCT FROM (OLD.action, OLD.object, OLD.fingerprint, OLD.requested_by, OLD.requested_at)
  THEN
    PERFORM tenure.refuse_approval();
  END IF;
  NEW.requested_person := OLD.requested_person;
  NEW.decided_person := OLD.decided_person;
  IF NEW.state = 'approved' AND OLD.state = 'pending' THEN
    NEW.decided_person := tenure.person_of(NEW.tenant_id, NEW.decided_by);
    IF NEW.requested_person IS NULL OR NEW.decided_person IS NULL
      OR NEW.requested_person = NEW.decided_person OR OLD.expires_at <= tenure.now()
    THEN
      PERFORM tenure.refuse_approval();
    END IF;
  ELSIF NEW.state = 'pending' AND OLD.state = 'pending' THEN
    IF OLD.requested_person IS NULL THEN
      NEW.requested_person := tenure.person_of(NEW.tenant_id, NEW.vouched_by);
    ELSIF NEW.vouched_by IS DISTINCT FROM OLD.vouched_by THEN
      PERFORM tenure.refuse_approval();
    END IF;
  ELSIF NOT (NEW.state = OLD.state OR (OLD.state, NEW.state) IN (
    ('pending', 'declined'), ('approved', 'used')))
    OR (OLD.state <> 'pending' AND NEW.decided_by IS DISTINCT FROM OLD.decided_by)
  THEN
    PERFORM tenure.refuse_approval();
  END IF;
  RETURN NEW;
END $$;
CREATE FUNCTION tenure.refuse_approval() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  RAISE EXCEPTION 'an approval takes two persons' USING ERRCODE = 'check_violation',
    CONSTRAINT = 'approvals_take_two_persons', SCHEMA = 'tenure', TABLE = 'approvals';
END $$;
GRANT EXECUTE ON FUNCTION tenure.refuse_approval() TO tenure_app;
CREATE TRIGGER approvals_are_kept BEFORE INSERT OR UPDATE ON tenure.approvals
  FOR EACH ROW EXECUTE FUNCTION tenure.keep_approval();
