-- What is said of a person ends with them, wherever it was said: the database knows who has a key
-- for what it says of them, what a kept answer or result is about, and whom nobody says anything of
-- any more.
SET ROLE tenure_owner;

-- Which tenants have a key of their own for what they say of a person.
CREATE TABLE tenure_global.confidants (
  account_id uuid NOT NULL,
  tenant_id uuid NOT NULL,
  PRIMARY KEY (account_id, tenant_id)
);
CALL tenure.isolate_directory('tenure_global.confidants');
GRANT SELECT, INSERT, DELETE ON tenure_global.confidants TO tenure_app;
GRANT SELECT ON tenure_global.confidants TO tenure_router;

-- The directory follows the keys by itself.
CREATE FUNCTION tenure.list_confidants() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO tenure_global.confidants (account_id, tenant_id)
    SELECT account_id, tenant_id FROM changed ON CONFLICT DO NOTHING;
  ELSE
    DELETE FROM tenure_global.confidants t USING changed c
    WHERE t.account_id = c.account_id AND t.tenant_id = c.tenant_id;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER audit_keys_are_listed AFTER INSERT ON tenure.audit_keys
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION tenure.list_confidants();
CREATE TRIGGER audit_keys_are_struck AFTER DELETE ON tenure.audit_keys
  REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION tenure.list_confidants();

-- Kept answers: whom one says something of. One account in nearly all of them.
ALTER TABLE tenure.idempotency_keys
  ADD COLUMN subject_id uuid,
  ADD COLUMN subject_ids uuid[],
  ADD CONSTRAINT idempotency_keys_name_their_subjects_once
    CHECK (subject_id IS NULL OR subject_ids IS NULL);
CREATE INDEX idempotency_keys_by_subject ON tenure.idempotency_keys (tenant_id, subject_id)
  WHERE subject_id IS NOT NULL;
CREATE INDEX idempotency_keys_of_several ON tenure.idempotency_keys (tenant_id)
  WHERE subject_ids IS NOT NULL;
GRANT UPDATE (response) ON tenure.idempotency_keys TO tenure_app;

-- Results of files: whose they are.
ALTER TABLE tenure.import_chunks ADD COLUMN account_ids uuid[] NOT NULL DEFAULT '{}';

GRANT CREATE ON SCHEMA tenure_global TO tenure_router;
-- The tenants that have keys for what they say of these people.
CREATE FUNCTION tenure_global.confidants_of(accounts uuid[]) RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT DISTINCT c.tenant_id FROM unnest(accounts) AS wanted (id)
  JOIN tenure_global.confidants c ON c.account_id = wanted.id
$$;
ALTER FUNCTION tenure_global.confidants_of(uuid[]) OWNER TO tenure_router;
-- Those of the accounts whose people are gone: nobody gets a key for them any more.
CREATE FUNCTION tenure_global.gone(accounts uuid[]) RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT a.account_id FROM unnest(accounts) AS wanted (id)
  JOIN tenure_global.accounts a ON a.account_id = wanted.id
  WHERE a.status IN ('erased', 'anonymised')
$$;
ALTER FUNCTION tenure_global.gone(uuid[]) OWNER TO tenure_router;
REVOKE CREATE ON SCHEMA tenure_global FROM tenure_router;
SET ROLE tenure_router;
REVOKE EXECUTE ON FUNCTION tenure_global.confidants_of(uuid[]), tenure_global.gone(uuid[])
  FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenure_global.confidants_of(uuid[]), tenure_global.gone(uuid[])
  TO tenure_app;
