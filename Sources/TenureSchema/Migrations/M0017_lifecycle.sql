-- What an account may be between active and gone.
SET ROLE tenure_owner;

ALTER TABLE tenure.accounts
  DROP CONSTRAINT accounts_status_is_known,
  ADD CONSTRAINT accounts_status_is_known
    CHECK (status IN ('active', 'blocked', 'restricted', 'deactivated'));
