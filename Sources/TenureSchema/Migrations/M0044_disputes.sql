-- What people say against takeovers of their accounts, and what the operator decides.
SET ROLE tenure_owner;

CREATE TABLE tenure.disputes (
  -- The platform: the operator decides.
  tenant_id uuid NOT NULL,
  dispute_id uuid NOT NULL,
  case_id uuid NOT NULL,
  -- Who wants the account.
  claimant_id uuid NOT NULL,
  account_id uuid NOT NULL,
  -- Which one of its case.
  number bigint NOT NULL,
  state text NOT NULL,
  -- The person's words, and the operator's: sealed under the person's key.
  statement bytea NOT NULL,
  reason bytea,
  opened_at timestamptz NOT NULL,
  ended_at timestamptz,
  PRIMARY KEY (tenant_id, dispute_id),
  CONSTRAINT disputes_of_a_case_are_numbered UNIQUE (tenant_id, case_id, number),
  CONSTRAINT disputes_state_is_known
    CHECK (state IN ('open', 'upheld', 'dismissed', 'closed')),
  CONSTRAINT disputes_end_once CHECK ((state = 'open') = (ended_at IS NULL)),
  CONSTRAINT disputes_are_decided_with_words
    CHECK (state NOT IN ('upheld', 'dismissed') OR reason IS NOT NULL)
);
CALL tenure.isolate('tenure.disputes');
-- Who disputes what is written once.
GRANT SELECT, INSERT ON tenure.disputes TO tenure_app;
GRANT UPDATE (state, statement, reason, ended_at) ON tenure.disputes TO tenure_app;
CREATE UNIQUE INDEX disputes_one_open_of_a_case ON tenure.disputes (tenant_id, case_id)
  WHERE state = 'open';
CREATE INDEX disputes_by_account ON tenure.disputes (tenant_id, account_id, dispute_id);
