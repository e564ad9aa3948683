-- People's requests, and the packages that answer them.
SET ROLE tenure_owner;
-- A function may ask for a table of a later file.
SET LOCAL check_function_bodies = off;

CREATE TABLE tenure.requests (
  -- Who controlled the account when the request came in: that never changes.
  tenant_id uuid NOT NULL,
  request_id uuid NOT NULL,
  account_id uuid NOT NULL,
  type text NOT NULL,
  state text NOT NULL,
  -- What the person said and was answered, sealed under the tenant's key of the person: gone with
  -- it.
  details bytea NOT NULL,
  -- What is objected to.
  purposes text[] NOT NULL,
  jurisdiction text NOT NULL,
  received_at timestamptz NOT NULL,
  due_at timestamptz NOT NULL,
  -- Microseconds that the clock stood while the person's identity was checked.
  paused_for bigint NOT NULL DEFAULT 0,
  paused_at timestamptz,
  extended_at timestamptz,
  ended_at timestamptz,
  -- When a restriction or an objection that was granted ended.
  lifted_at timestamptz,
  erasure_id uuid,
  requested_by text NOT NULL,
  updated_at timestamptz NOT NULL,
  version bigint NOT NULL,
  PRIMARY KEY (tenant_id, request_id),
  CONSTRAINT requests_end_once
    CHECK ((state IN ('fulfilled', 'refused', 'withdrawn')) = (ended_at IS NOT NULL)),
  CONSTRAINT requests_stand_while_paused CHECK ((state = 'paused') = (paused_at IS NOT NULL)),
  CONSTRAINT requests_state_is_known CHECK (state IN (
    'received', 'paused', 'granted', 'fulfilled', 'refused', 'withdrawn')),
  CONSTRAINT requests_type_is_known CHECK (type IN (
    'access', 'portability', 'rectification', 'erasure', 'restriction', 'objection'))
);
CREATE INDEX requests_by_account ON tenure.requests (tenant_id, account_id, request_id);
-- An open request keeps others from the account: nobody piles them up.
CREATE UNIQUE INDEX requests_one_open_of_a_type ON tenure.requests (tenant_id, account_id, type)
  WHERE state IN ('received', 'paused', 'granted');
CALL tenure.isolate('tenure.requests');
-- Whose request it is, of whom, of what kind and when it came is written once.
GRANT SELECT, INSERT ON tenure.requests TO tenure_app;
GRANT UPDATE (state, details, due_at, paused_for, paused_at, extended_at, ended_at, lifted_at,
    erasure_id, updated_at, version)
  ON tenure.requests TO tenure_app;

-- Which tenant a request belongs to, and whether it is open: for the person, and for whoever would
-- take control.
CREATE TABLE tenure_global.requests (
  request_id uuid NOT NULL,
  account_id uuid NOT NULL,
  tenant_id uuid NOT NULL,
  is_open boolean NOT NULL,
  PRIMARY KEY (request_id)
);
CREATE INDEX requests_by_account ON tenure_global.requests (account_id);
CALL tenure.isolate_directory('tenure_global.requests');
GRANT SELECT, INSERT ON tenure_global.requests TO tenure_app;
GRANT SELECT ON tenure_global.requests TO tenure_router;
GRANT UPDATE (is_open) ON tenure_global.requests TO tenure_app;

-- What is handed out for a request: made piece by piece, each piece a file of its own.
CREATE TABLE tenure.packages (
  tenant_id uuid NOT NULL,
  request_id uuid NOT NULL,
  -- Where its making stands: the section, and the last thing of it that is in.
  section bigint NOT NULL,
  place uuid,
  -- Names and digests, signed; NULL while it is being made.
  manifest text,
  expires_at timestamptz,
  -- When its one-time link was used.
  collected_at timestamptz,
  PRIMARY KEY (tenant_id, request_id),
  FOREIGN KEY (tenant_id, request_id) REFERENCES tenure.requests
);
CALL tenure.isolate('tenure.packages');
GRANT SELECT, INSERT, UPDATE ON tenure.packages TO tenure_app;

CREATE TABLE tenure.package_files (
  tenant_id uuid NOT NULL,
  request_id uuid NOT NULL,
  number bigint NOT NULL,
  -- What its seal is bound to: one file does not open as another.
  file_id uuid NOT NULL,
  name text NOT NULL,
  -- Of the file's text.
  sha256 bytea NOT NULL,
  -- Sealed under the tenant's key of the person.
  content bytea NOT NULL,
  PRIMARY KEY (tenant_id, request_id, number),
  FOREIGN KEY (tenant_id, request_id) REFERENCES tenure.packages
);
CALL tenure.isolate('tenure.package_files');
GRANT SELECT, INSERT, DELETE ON tenure.package_files TO tenure_app;

CREATE FUNCTION tenure.list_request() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
  open boolean := NEW.state IN ('received', 'paused', 'granted');
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO tenure_global.requests (request_id, account_id, tenant_id, is_open)
    VALUES (NEW.request_id, NEW.account_id, NEW.tenant_id, open);
  ELSE
    UPDATE tenure_global.requests SET is_open = open
    WHERE request_id = NEW.request_id AND tenant_id = NEW.tenant_id;
  END IF;
  RETURN NULL;
END $$;

GRANT CREATE ON SCHEMA tenure_global TO tenure_router;
SET ROLE tenure_router;

CREATE FUNCTION tenure_global.request_tenant(wanted uuid)
RETURNS TABLE (tenant_id uuid, account_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT r.tenant_id, r.account_id FROM tenure_global.requests r WHERE r.request_id = wanted
$$;
REVOKE EXECUTE ON FUNCTION tenure_global.request_tenant FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenure_global.request_tenant TO tenure_app;

CREATE FUNCTION tenure_global.requests_of(wanted uuid, after uuid, most bigint)
RETURNS TABLE (request_id uuid, tenant_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT r.request_id, r.tenant_id FROM tenure_global.requests r
  WHERE r.account_id = wanted AND r.request_id > after
  ORDER BY r.request_id LIMIT most
$$;
REVOKE EXECUTE ON FUNCTION tenure_global.requests_of FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenure_global.requests_of TO tenure_app;

-- Those of the accounts with a request that nobody has answered yet.
CREATE FUNCTION tenure_global.with_open_request(accounts uuid[]) RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT wanted.id FROM unnest(accounts) AS wanted (id)
  WHERE EXISTS (
    SELECT FROM tenure_global.requests r WHERE r.account_id = wanted.id AND r.is_open)
$$;
REVOKE EXECUTE ON FUNCTION tenure_global.with_open_request FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenure_global.with_open_request TO tenure_app, tenure_owner;

SET ROLE tenure_owner;
REVOKE CREATE ON SCHEMA tenure_global FROM tenure_router;

CREATE TRIGGER requests_are_listed AFTER INSERT ON tenure.requests
  FOR EACH ROW EXECUTE FUNCTION tenure.list_request();
CREATE TRIGGER requests_list_their_end AFTER UPDATE OF state ON tenure.requests
  FOR EACH ROW EXECUTE FUNCTION tenure.list_request();
