-- A hold keeps data in its holder's custody, and nobody under a control that no proof carries any
-- more: who leaves it takes the account along, and what the hold keeps of it is kept beside, as the
-- values are that somebody overwrites.
SET ROLE tenure_owner;
GRANT CREATE ON SCHEMA tenure TO tenure_router;
GRANT SELECT ON TABLE tenure.controls TO tenure_router;
CREATE POLICY guarding ON tenure.controls FOR SELECT TO tenure_router USING (true);

-- Whoever gives an account back takes it before its control ends: what keeps asks the control.
ALTER TABLE tenure.controls ALTER CONSTRAINT controls_tenant_id_account_id_fkey
  DEFERRABLE INITIALLY IMMEDIATE;

CREATE OR REPLACE FUNCTION tenure.keep_held_rows() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  before text := current_setting('tenure.tenant', true);
  place record;
  kept uuid[];
BEGIN
  FOR place IN SELECT g.tenant_id, array_agg(g.account_id) AS accounts FROM gone g GROUP BY 1 LOOP
    kept := ARRAY(SELECT tenure.held(place.tenant_id, place.accounts));
    CONTINUE WHEN kept = '{}';
    PERFORM set_config('tenure.tenant', place.tenant_id::text, true);
    IF EXISTS (SELECT FROM unnest(kept) AS held (id) WHERE NOT EXISTS (
      SELECT FROM tenure.controls c WHERE c.tenant_id = place.tenant_id
        AND c.account_id = held.id AND c.suspended_at IS NOT NULL))
    THEN
      PERFORM tenure.refuse_held();
    END IF;
    INSERT INTO tenure.kept_values (tenant_id, source, account_id, was, kept_at)
    SELECT g.tenant_id, 'accounts', g.account_id, to_jsonb(g), tenure.now()
    FROM gone g WHERE g.tenant_id = place.tenant_id AND g.account_id = ANY (kept);
    PERFORM set_config('tenure.tenant', coalesce(before, ''), true);
  END LOOP;
  RETURN NULL;
END $$;
ALTER FUNCTION tenure.keep_held_rows() OWNER TO tenure_router;

CREATE OR REPLACE FUNCTION tenure.keep_held_content() RETURNS trigger
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
ALTER FUNCTION tenure.keep_held_content() OWNER TO tenure_router;

REVOKE CREATE ON SCHEMA tenure FROM tenure_router;
SET ROLE tenure_router;
REVOKE EXECUTE ON FUNCTION tenure.keep_held_rows() FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION tenure.keep_held_content() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenure.keep_held_rows() TO tenure_owner;
GRANT EXECUTE ON FUNCTION tenure.keep_held_content() TO tenure_owner;
SET ROLE tenure_owner;
