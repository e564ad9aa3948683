-- Whose words a dispute has, and that an account is wanted once at a time.
SET ROLE tenure_owner;

-- Whether it is certain that the person said it: what a mailbox's reader said takes nothing from them.
ALTER TABLE tenure.disputes ADD COLUMN is_persons boolean NOT NULL DEFAULT false;
ALTER TABLE tenure.disputes ALTER COLUMN is_persons DROP DEFAULT;

-- One open case of a tenant about an account: what the person answers in it holds, and no other goes
-- on beside it.
CREATE UNIQUE INDEX takeover_cases_one_open_for_each_account
  ON tenure.takeover_cases (tenant_id, account_id)
  WHERE state IN ('notice_pending', 'running', 'disputed');
