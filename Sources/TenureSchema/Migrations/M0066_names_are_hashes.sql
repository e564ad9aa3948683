-- The directory knows the names that addresses lie on by keyed hashes only: whoever reads the
-- database learns of nobody that they have a mailbox on a name of their own.
--
-- The service makes the hashes, so lines that were there before cannot be rewritten here: columns
-- without a default refuse a directory that is not empty.
SET ROLE tenure_owner;

-- Hashes of 32 bytes that came one after the other.
CREATE FUNCTION tenure.hashes(joined bytea) RETURNS bytea[]
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog AS $$
  SELECT array_agg(substr(joined, place, 32) ORDER BY place)
  FROM generate_series(1, length(joined), 32) AS place
$$;
REVOKE EXECUTE ON FUNCTION tenure.hashes(bytea) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenure.hashes(bytea) TO tenure_app;

-- The name a claim holds, hashed in the same way: that is how it is matched with addresses.
ALTER TABLE tenure_global.domains ADD COLUMN name_hmac bytea NOT NULL;
CREATE UNIQUE INDEX domains_by_name_hmac ON tenure_global.domains (name_hmac);

SET ROLE tenure_router;
DROP FUNCTION tenure_global.accounts_under(uuid, text, boolean);
DROP FUNCTION tenure_global.accounts_on(text, boolean);
SET ROLE tenure_owner;

-- The name itself first, then those above it down to two labels: only on such can a claim be.
ALTER TABLE tenure_global.addresses ADD COLUMN name_hmacs bytea[] NOT NULL,
  ADD CONSTRAINT addresses_lie_on_a_name CHECK (cardinality(name_hmacs) > 0);
DROP INDEX tenure_global.addresses_by_domain;
DROP INDEX tenure_global.addresses_by_parent;
ALTER TABLE tenure_global.addresses DROP COLUMN domain;
CREATE INDEX addresses_by_name ON tenure_global.addresses ((name_hmacs[1]), account_id);
CREATE INDEX addresses_by_names ON tenure_global.addresses USING gin (name_hmacs);

GRANT CREATE ON SCHEMA tenure_global TO tenure_router;
-- Who holds a name that is known by its hash and those of the names above it: longest match.
CREATE FUNCTION tenure_global.holder_of(names bytea[])
RETURNS TABLE (tenant_id uuid, claim_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT d.tenant_id, d.claim_id
  FROM unnest(names) WITH ORDINALITY AS name (hmac, place)
  JOIN tenure_global.domains d ON d.name_hmac = name.hmac
  WHERE name.place = 1 OR d.scope = 'subtree'
  ORDER BY name.place
  LIMIT 1
$$;
ALTER FUNCTION tenure_global.holder_of(bytea[]) OWNER TO tenure_router;

-- The accounts with a verified address on a claimed name, or below it, where no nearer name is held
-- by another claim; who has custody, what they are, and whether they have an open request; whether
-- it is their primary address.
CREATE FUNCTION tenure_global.accounts_under(claim uuid, wanted bytea, is_subtree boolean)
RETURNS TABLE (
  account_id uuid, tenant_id uuid, is_primary boolean, status text, has_open_request boolean)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
    WITH found AS (
      SELECT a.account_id, a.name_hmacs, a.is_primary FROM tenure_global.addresses a
      WHERE a.name_hmacs[1] = wanted AND a.is_verified
      UNION ALL
      SELECT a.account_id, a.name_hmacs, a.is_primary FROM tenure_global.addresses a
      WHERE is_subtree AND a.is_verified AND a.name_hmacs @> ARRAY[wanted]
        AND a.name_hmacs[1] <> wanted
    ), names AS MATERIALIZED (
      SELECT name.name_hmacs FROM (SELECT DISTINCT f.name_hmacs FROM found f) AS name
      CROSS JOIN LATERAL tenure_global.holder_of(name.name_hmacs) AS holder
      WHERE holder.claim_id = claim
    )
    SELECT f.account_id, min(account.tenant_id::text)::uuid, bool_or(f.is_primary),
      min(account.status), EXISTS (
        SELECT FROM tenure_global.requests r WHERE r.account_id = f.account_id AND r.is_open)
    FROM found f
    JOIN names ON names.name_hmacs = f.name_hmacs
    JOIN tenure_global.accounts account ON account.account_id = f.account_id
    GROUP BY f.account_id;
END $$;
ALTER FUNCTION tenure_global.accounts_under(uuid, bytea, boolean) OWNER TO tenure_router;
REVOKE CREATE ON SCHEMA tenure_global FROM tenure_router;

SET ROLE tenure_router;
REVOKE EXECUTE ON FUNCTION tenure_global.holder_of(bytea[]),
  tenure_global.accounts_under(uuid, bytea, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenure_global.holder_of(bytea[]),
  tenure_global.accounts_under(uuid, bytea, boolean) TO tenure_app;
