-- What a tenant may do on a name follows from how its proof stands, and so does what it may do with
-- the accounts whose control rests on that proof: each control says on which claim it rests.
SET ROLE tenure_owner;

DROP FUNCTION tenure_global.domain_holder(text);

ALTER TABLE tenure_global.domains
  DROP COLUMN is_frozen,
  -- full: proven. kept: the proof is missing, nothing new is taken over. frozen: long missing or
  -- contested, nothing is done that cannot be undone.
  ADD COLUMN rights text NOT NULL DEFAULT 'full',
  ADD CONSTRAINT domains_rights_are_known CHECK (rights IN ('full', 'kept', 'frozen'));
CREATE INDEX domains_by_claim ON tenure_global.domains (tenant_id, claim_id);

ALTER TABLE tenure.domain_claims
  -- Since when clocks that run on it stand; NULL while they run.
  ADD COLUMN frozen_at timestamptz;

ALTER TABLE tenure.controls
  ADD COLUMN claim_id uuid,
  -- What its person was told of the suspension: 0 nothing, 1 that it began, 2 that control ends in
  -- two weeks, 3 that it ends in a day.
  ADD COLUMN suspension_told bigint NOT NULL DEFAULT 0,
  ADD CONSTRAINT controls_tell_in_steps CHECK (suspension_told BETWEEN 0 AND 3),
  ADD CONSTRAINT controls_rest_on_a_claim FOREIGN KEY (tenant_id, claim_id)
    REFERENCES tenure.domain_claims;
GRANT UPDATE (claim_id, suspension_told) ON tenure.controls TO tenure_app;
CREATE INDEX controls_by_claim ON tenure.controls (tenant_id, claim_id);

-- A new control rests on the claim that its takeover was made under.
CREATE FUNCTION tenure.rest_on_claim() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  SELECT t.claim_id INTO NEW.claim_id
  FROM tenure.takeover_cases c
  JOIN tenure.takeovers t ON t.tenant_id = c.tenant_id AND t.takeover_id = c.takeover_id
  WHERE c.tenant_id = NEW.tenant_id AND c.case_id = NEW.case_id;
  RETURN NEW;
END $$;
CREATE TRIGGER controls_rest_on_a_claim BEFORE INSERT ON tenure.controls
  FOR EACH ROW EXECUTE FUNCTION tenure.rest_on_claim();

-- On which claim the control of each account rests, and what that claim allows: 'suspended' where
-- the name is not held any more. Accounts that nobody controls have no row.
CREATE FUNCTION tenure.domain_rights(tenant uuid, accounts uuid[])
RETURNS TABLE (account_id uuid, claim_id uuid, rights text)
LANGUAGE sql STABLE SET search_path = pg_catalog AS $$
  SELECT control.account_id, control.claim_id,
    CASE WHEN control.suspended_at IS NULL THEN coalesce(name.rights, 'suspended')
      ELSE 'suspended' END
  FROM unnest(accounts) AS wanted (account_id)
  JOIN tenure.controls control
    ON control.tenant_id = tenant AND control.account_id = wanted.account_id
  LEFT JOIN tenure_global.domains name
    ON name.tenant_id = tenant AND name.claim_id = control.claim_id
$$;
REVOKE EXECUTE ON FUNCTION tenure.domain_rights(uuid, uuid[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenure.domain_rights(uuid, uuid[]) TO tenure_app;

GRANT CREATE ON SCHEMA tenure_global TO tenure_router;
-- Who holds a name: the holder of the name itself, else of the nearest name above it whose scope is
-- the subtree.
CREATE FUNCTION tenure_global.domain_holder(wanted text)
RETURNS TABLE (domain text, scope text, tenant_id uuid, claim_id uuid, rights text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT d.domain, d.scope, d.tenant_id, d.claim_id, d.rights
  FROM tenure_global.domains d
  WHERE d.domain = wanted
    OR (d.scope = 'subtree' AND d.domain IN (
      SELECT array_to_string(labels[first:], '.')
      FROM string_to_array(wanted, '.') AS labels,
        generate_series(2, array_length(labels, 1) - 1) AS first))
  ORDER BY length(d.domain) DESC
  LIMIT 1
$$;
ALTER FUNCTION tenure_global.domain_holder(text) OWNER TO tenure_router;
REVOKE CREATE ON SCHEMA tenure_global FROM tenure_router;
SET ROLE tenure_router;
REVOKE EXECUTE ON FUNCTION tenure_global.domain_holder(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenure_global.domain_holder(text) TO tenure_app;
