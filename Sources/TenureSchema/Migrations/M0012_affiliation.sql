-- What a file or a mailbox on a domain proves: that somebody there knows of the claim. It is enough
-- to suggest and to invite, and moves no state: only DNS, or the operator, proves the name.
SET ROLE tenure_owner;

ALTER TABLE tenure.domain_claims
  ADD COLUMN affiliation text,
  ADD COLUMN affiliated_at timestamptz,
  -- A code on its way to a mailbox of the domain: which, until when, and how often it was wrong.
  ADD COLUMN code_mailbox text,
  ADD COLUMN code_expires_at timestamptz,
  ADD COLUMN code_failures bigint NOT NULL DEFAULT 0,
  ADD CONSTRAINT domain_claims_affiliation_is_known CHECK (affiliation IN ('file', 'mailbox')),
  ADD CONSTRAINT domain_claims_affiliation_has_a_time
    CHECK ((affiliation IS NULL) = (affiliated_at IS NULL));
