-- Where a person was reached before a change of that: the notice goes there, and so do its receipts,
-- though the account has those places no more. Sealed under the platform's key of the person.
SET ROLE tenure_owner;

ALTER TABLE tenure.account_notices ADD COLUMN reached bytea;
