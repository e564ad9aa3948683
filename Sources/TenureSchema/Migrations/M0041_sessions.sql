-- What the operator says of a person's token: whether it could have been opened by somebody who
-- reads the person's mailbox. And what a person did, with what shows that it was the person.
SET ROLE tenure_owner;

ALTER TABLE tenure.keys
  ADD COLUMN assurance text,
  ADD COLUMN signed_in_at timestamptz,
  ADD COLUMN has_second_factor boolean NOT NULL DEFAULT false,
  ADD COLUMN made_in xid8 NOT NULL DEFAULT pg_current_xact_id(),
  ADD CONSTRAINT keys_assurance_is_known CHECK (assurance IN ('mailbox', 'session')),
  ADD CONSTRAINT keys_assurance_is_of_people
    CHECK (role = 'person' OR (assurance IS NULL AND signed_in_at IS NULL)),
  ADD CONSTRAINT keys_of_sessions_say_since_when CHECK (
    assurance IS DISTINCT FROM 'session' OR signed_in_at IS NOT NULL OR has_second_factor);

-- In which transaction a key was made is not for whoever makes it to say.
CREATE FUNCTION tenure.stamp_key() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  NEW.made_in := pg_current_xact_id();
  RETURN NEW;
END $$;
CREATE TRIGGER keys_say_when_they_were_made BEFORE INSERT OR UPDATE ON tenure.keys
  FOR EACH ROW WHEN (NEW.role = 'person') EXECUTE FUNCTION tenure.stamp_key();

GRANT SELECT ON tenure.keys TO tenure_recorder;
CREATE POLICY recording ON tenure.keys FOR SELECT TO tenure_recorder USING (true);

-- Since when a tenant has claimed the names that a case is about, those of the destinations
-- included: whoever signed in before was not let in by the claimant's mailbox.
CREATE FUNCTION tenure.claimed_since(tenant uuid, wanted uuid) RETURNS timestamptz
LANGUAGE sql STABLE AS $$
  SELECT min(claim.created_at) FROM tenure.domain_claims claim
  WHERE claim.tenant_id = tenant AND claim.state <> 'refused' AND (
    EXISTS (SELECT FROM tenure.notice_destinations place
      WHERE place.tenant_id = tenant AND place.case_id = wanted
        AND claim.name_digest = ANY (place.names))
    OR EXISTS (SELECT FROM tenure.takeover_cases item
      JOIN tenure.takeovers takeover ON takeover.tenant_id = tenant
        AND takeover.takeover_id = item.takeover_id
      WHERE item.tenant_id = tenant AND item.case_id = wanted
        AND (takeover.domain = claim.domain
          OR right(takeover.domain, length(claim.domain) + 1) = '.' || claim.domain)))
$$;
REVOKE EXECUTE ON FUNCTION tenure.claimed_since(uuid, uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenure.claimed_since(uuid, uuid) TO tenure_app, tenure_recorder;

GRANT CREATE ON SCHEMA tenure TO tenure_recorder;

-- What a person did about a notice from a place of their own: level 3. It is shown by what proves
-- the link to a destination of the person's own, or by a token that no mailbox opens; either was
-- there before this transaction.
CREATE FUNCTION tenure.keep_act(id uuid, wanted_case uuid, wanted_notice uuid, act text,
  link uuid, proof bytea, session uuid) RETURNS timestamptz
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
#variable_conflict use_variable
DECLARE
  here uuid := tenure.current_tenant();
  now timestamptz := tenure.now();
  holder uuid;
  since timestamptz;
  is_shown boolean;
BEGIN
  IF wanted_case IS NOT NULL THEN
    SELECT c.account_id INTO holder FROM tenure.takeover_cases c
    WHERE c.tenant_id = here AND c.case_id = wanted_case AND c.notice_at IS NOT NULL;
    since := tenure.claimed_since(here, wanted_case);
  ELSE
    SELECT n.account_id INTO holder FROM tenure.account_notices n
    WHERE n.tenant_id = here AND n.notice_id = wanted_notice;
    SELECT coalesce(min(claim.created_at), 'infinity') INTO since
    FROM tenure.domain_claims claim WHERE claim.tenant_id = here AND claim.state <> 'refused';
  END IF;
  IF link IS NOT NULL THEN
    SELECT d.is_verified AND d.link_digest = sha256(proof) AND d.made_in <> pg_current_xact_id()
      AND NOT (d.is_claimants OR tenure.is_claimed(here, d.names, d.made_at))
    INTO is_shown FROM tenure.notice_destinations d
    WHERE d.tenant_id = here AND d.case_id = wanted_case AND d.destination_id = link;
  ELSE
    -- People's tokens lie with the platform.
    PERFORM set_config('tenure.tenant', tenure.platform_tenant()::text, true);
    SELECT k.assurance = 'session' AND (k.has_second_factor OR k.signed_in_at < since)
      AND k.revoked_at IS NULL AND k.expires_at > now AND k.made_in <> pg_current_xact_id()
    INTO is_shown FROM tenure.keys k
    WHERE k.tenant_id = tenure.platform_tenant() AND k.key_id = session AND k.account_id = holder;
    PERFORM set_config('tenure.tenant', here::text, true);
  END IF;
  IF is_shown IS NOT TRUE OR holder IS NULL THEN
    RAISE EXCEPTION 'not from a place of the person''s own' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'receipts_of_a_person_are_shown', SCHEMA = 'tenure', TABLE = 'receipts';
  END IF;
  INSERT INTO tenure.receipts (tenant_id, receipt_id, case_id, notice_id, level, channel,
    destination_id, session_id, is_outside_domain, delivered_at, received_at)
  VALUES (here, id, wanted_case, wanted_notice, 3, act, link,
    CASE WHEN link IS NULL THEN session END, true, now, now)
  ON CONFLICT DO NOTHING;
  RETURN now;
END $$;
ALTER FUNCTION tenure.keep_act(uuid, uuid, uuid, text, uuid, bytea, uuid) OWNER TO tenure_recorder;
REVOKE CREATE ON SCHEMA tenure FROM tenure_recorder;
SET ROLE tenure_recorder;
REVOKE EXECUTE ON FUNCTION tenure.keep_act(uuid, uuid, uuid, text, uuid, bytea, uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenure.keep_act(uuid, uuid, uuid, text, uuid, bytea, uuid) TO tenure_app;
