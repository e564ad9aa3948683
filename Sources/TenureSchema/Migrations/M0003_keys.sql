-- Keys that callers come with, what a second person agrees to, and requests that are repeated.
SET ROLE tenure_owner;
-- A function may ask for a table of a later file.
SET LOCAL check_function_bodies = off;

CREATE TABLE tenure.keys (
  tenant_id uuid NOT NULL,
  key_id uuid NOT NULL,
  reference text NOT NULL,
  digest bytea NOT NULL,
  name text NOT NULL,
  role text NOT NULL,
  -- NULL: all that the role allows.
  scopes text[],
  -- Set for a person's token: the account it speaks for.
  account_id uuid,
  created_at timestamptz NOT NULL,
  created_by text NOT NULL,
  expires_at timestamptz NOT NULL,
  revoked_at timestamptz,
  -- The key that takes this one's place while both live.
  successor_id uuid,
  version bigint NOT NULL,
  assurance text,
  signed_in_at timestamptz,
  has_second_factor boolean NOT NULL DEFAULT false,
  made_in xid8 NOT NULL DEFAULT pg_current_xact_id(),
  -- The key that made it, of whatever tenant; NULL for the service's own.
  made_by uuid,
  -- The account that it was offered to; NULL for a service's key, which is nobody's.
  holder_id uuid,
  -- When that person took it up, with a secret that only they have seen.
  collected_at timestamptz,
  PRIMARY KEY (tenant_id, key_id),
  CONSTRAINT keys_one_reference UNIQUE (tenant_id, reference),
  FOREIGN KEY (tenant_id) REFERENCES tenure.tenants,
  CONSTRAINT keys_are_collected_by_their_holder
    CHECK (collected_at IS NULL OR holder_id IS NOT NULL),
  CONSTRAINT keys_assurance_is_known CHECK (assurance IN ('mailbox', 'session')),
  CONSTRAINT keys_assurance_is_of_people
    CHECK (role = 'person' OR (assurance IS NULL AND signed_in_at IS NULL)),
  CONSTRAINT keys_of_holders_are_no_tokens CHECK (holder_id IS NULL OR role <> 'person'),
  CONSTRAINT keys_of_operators_are_the_platforms CHECK (
    (role IN ('operator', 'person')) = (tenant_id = tenure.platform_tenant())),
  CONSTRAINT keys_of_people_name_them CHECK ((role = 'person') = (account_id IS NOT NULL)),
  CONSTRAINT keys_of_sessions_say_since_when CHECK (
    assurance IS DISTINCT FROM 'session' OR signed_in_at IS NOT NULL OR has_second_factor),
  CONSTRAINT keys_role_is_known CHECK (
    role IN ('operator', 'owner', 'admin', 'helpdesk', 'privacy_officer', 'auditor', 'person'))
);
CREATE INDEX keys_by_account ON tenure.keys (tenant_id, account_id) WHERE account_id IS NOT NULL;
CREATE INDEX keys_by_holder ON tenure.keys (tenant_id, holder_id) WHERE holder_id IS NOT NULL;
-- Which key another one took the place of.
CREATE INDEX keys_by_successor ON tenure.keys (tenant_id, successor_id)
  WHERE successor_id IS NOT NULL;
CALL tenure.isolate('tenure.keys');
-- What a key is stays as it was made: role, scopes, maker and holder are never rewritten.
GRANT SELECT, INSERT ON tenure.keys TO tenure_app;
GRANT SELECT ON tenure.keys TO tenure_recorder;
GRANT UPDATE (digest, revoked_at, successor_id, version, collected_at) ON tenure.keys TO tenure_app;

CREATE TABLE tenure_global.keys (
  reference text NOT NULL,
  tenant_id uuid NOT NULL,
  PRIMARY KEY (reference)
);
CALL tenure.isolate_directory('tenure_global.keys');
GRANT SELECT, INSERT ON tenure_global.keys TO tenure_app;
GRANT SELECT ON tenure_global.keys TO tenure_router;

-- What two people must agree on: who asked, for exactly which request, and who agreed.
CREATE TABLE tenure.approvals (
  tenant_id uuid NOT NULL,
  approval_id uuid NOT NULL,
  action text NOT NULL,
  object text NOT NULL,
  -- SHA-256 of the request: another one needs another approval.
  fingerprint bytea NOT NULL,
  requested_by uuid NOT NULL,
  requested_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  state text NOT NULL,
  decided_by uuid,
  decided_at timestamptz,
  version bigint NOT NULL,
  -- The key of the person who stands behind what a service's key asks for.
  vouched_by uuid,
  requested_person uuid,
  decided_person uuid,
  made_in xid8 NOT NULL DEFAULT pg_current_xact_id(),
  PRIMARY KEY (tenant_id, approval_id),
  CONSTRAINT approvals_are_decided_by_somebody
    CHECK ((state = 'pending') = (decided_by IS NULL)),
  CONSTRAINT approvals_state_is_known CHECK (state IN ('pending', 'approved', 'declined', 'used')),
  CONSTRAINT approvals_take_two CHECK (decided_by <> requested_by),
  CONSTRAINT approvals_take_two_persons CHECK (decided_person <> requested_person)
);
CREATE UNIQUE INDEX approvals_one_for_each_request
  ON tenure.approvals (tenant_id, requested_by, fingerprint)
  WHERE state IN ('pending', 'approved');
CALL tenure.isolate('tenure.approvals');
GRANT SELECT, INSERT, DELETE, UPDATE ON tenure.approvals TO tenure_app;

CREATE TABLE tenure.idempotency_keys (
  tenant_id uuid NOT NULL,
  principal_id uuid NOT NULL,
  -- SHA-256 of the key: what a client writes into it is its own affair.
  key_digest bytea NOT NULL,
  fingerprint bytea NOT NULL,
  status bigint NOT NULL,
  -- Headers and body, sealed under the tenant's key: they may hold personal data or a new secret.
  response bytea NOT NULL,
  created_at timestamptz NOT NULL,
  -- Whom the answer says something of: one account in nearly all of them.
  subject_id uuid,
  subject_ids uuid[],
  CONSTRAINT idempotency_keys_are_used_once PRIMARY KEY (tenant_id, principal_id, key_digest),
  CONSTRAINT idempotency_keys_name_their_subjects_once
    CHECK (subject_id IS NULL OR subject_ids IS NULL)
);
CREATE INDEX idempotency_keys_by_age ON tenure.idempotency_keys (tenant_id, created_at);
CREATE INDEX idempotency_keys_by_subject ON tenure.idempotency_keys (tenant_id, subject_id)
  WHERE subject_id IS NOT NULL;
CREATE INDEX idempotency_keys_of_several ON tenure.idempotency_keys (tenant_id)
  WHERE subject_ids IS NOT NULL;
CALL tenure.isolate('tenure.idempotency_keys');
GRANT SELECT, INSERT, DELETE ON tenure.idempotency_keys TO tenure_app;
GRANT UPDATE (response) ON tenure.idempotency_keys TO tenure_app;

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

-- A successor is its predecessor's person: made by the key itself, it keeps the holder and the
-- day. Everything else that has a holder is an offer, until its holder takes it up: once, while
-- they have a role in the tenant, and with a new secret.
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

CREATE FUNCTION tenure.part_approval() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    NEW.made_in := pg_current_xact_id();
    IF tenure.is_now(NEW.requested_at) THEN RETURN NEW; END IF;
  ELSIF NEW.made_in = OLD.made_in AND (NEW.state <> 'approved' OR OLD.state = 'approved'
    OR (OLD.made_in <> pg_current_xact_id() AND tenure.is_now(NEW.decided_at)
      AND NOT EXISTS (SELECT FROM tenure.keys k
        WHERE k.tenant_id = NEW.tenant_id AND k.key_id = NEW.decided_by
          AND k.made_in = pg_current_xact_id())))
  THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'an approval is asked for first, and given later' USING ERRCODE = 'check_violation',
    CONSTRAINT = 'approvals_take_two_moments', SCHEMA = 'tenure', TABLE = 'approvals';
END $$;

-- The person a key counts as; NULL for a service's key, for one that was never collected, and for
-- one that is over: none of them is anybody.
CREATE FUNCTION tenure.person_of(tenant uuid, wanted uuid) RETURNS uuid
LANGUAGE sql STABLE SET search_path = pg_catalog AS $$
  SELECT k.holder_id FROM tenure.keys k
  WHERE k.tenant_id = tenant AND k.key_id = wanted AND k.collected_at IS NOT NULL
    AND k.revoked_at IS NULL AND k.expires_at > tenure.now()
$$;
REVOKE EXECUTE ON FUNCTION tenure.person_of FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenure.person_of TO tenure_app;

CREATE FUNCTION tenure.refuse_approval() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  RAISE EXCEPTION 'an approval takes two persons' USING ERRCODE = 'check_violation',
    CONSTRAINT = 'approvals_take_two_persons', SCHEMA = 'tenure', TABLE = 'approvals';
END $$;
GRANT EXECUTE ON FUNCTION tenure.refuse_approval TO tenure_app;

CREATE FUNCTION tenure.refuse_key(said text, broken text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  RAISE EXCEPTION '%', said USING ERRCODE = 'check_violation', CONSTRAINT = broken,
    SCHEMA = 'tenure', TABLE = 'keys';
END $$;
GRANT EXECUTE ON FUNCTION tenure.refuse_key TO tenure_app;

-- In which transaction a key was made is not for whoever makes it to say.
CREATE FUNCTION tenure.stamp_key() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  NEW.made_in := pg_current_xact_id();
  RETURN NEW;
END $$;

GRANT CREATE ON SCHEMA tenure_global TO tenure_router;
SET ROLE tenure_router;

-- Whose key a reference names: the one question asked before the tenant is known.
CREATE FUNCTION tenure_global.key_tenant(wanted text) RETURNS uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT tenant_id FROM tenure_global.keys WHERE reference = wanted
$$;
REVOKE EXECUTE ON FUNCTION tenure_global.key_tenant FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenure_global.key_tenant TO tenure_app;

SET ROLE tenure_owner;
REVOKE CREATE ON SCHEMA tenure_global FROM tenure_router;

CREATE POLICY recording ON tenure.keys FOR SELECT TO tenure_recorder USING (true);

CREATE TRIGGER keys_are_kept BEFORE INSERT OR UPDATE ON tenure.keys
  FOR EACH ROW EXECUTE FUNCTION tenure.keep_key();
CREATE TRIGGER keys_say_when_they_were_made BEFORE INSERT OR UPDATE ON tenure.keys
  FOR EACH ROW EXECUTE FUNCTION tenure.stamp_key();
CREATE TRIGGER approvals_are_kept BEFORE INSERT OR UPDATE ON tenure.approvals
  FOR EACH ROW EXECUTE FUNCTION tenure.keep_approval();
-- After `approvals_are_kept`, which asks who they are.
CREATE TRIGGER approvals_take_two_moments BEFORE INSERT OR UPDATE ON tenure.approvals
  FOR EACH ROW EXECUTE FUNCTION tenure.part_approval();
