-- What gives an account back waits like everything that a hold keeps: accepted, looked at again, and
-- taken back by whoever asked. Undoing a takeover's case is kept as such a change, with the case.
SET ROLE tenure_owner;

ALTER TABLE tenure.account_changes
  ADD COLUMN case_id uuid,
  ADD FOREIGN KEY (tenant_id, case_id) REFERENCES tenure.takeover_cases,
  ADD CONSTRAINT account_changes_of_a_case_release CHECK (case_id IS NULL OR verb = 'release');
