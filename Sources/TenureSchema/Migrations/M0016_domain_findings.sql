-- What was seen at a claimed name, and why it did not prove it: for whoever set the record.
SET ROLE tenure_owner;
ALTER TABLE tenure.domain_claims ADD COLUMN finding text;
COMMENT ON COLUMN tenure.domain_claims.finding IS
  'What the last look found in the place of the proof; NULL where it found that.';
ALTER TABLE tenure.domain_observations ADD COLUMN records text[] NOT NULL DEFAULT '{}';
COMMENT ON COLUMN tenure.domain_observations.records IS 'The texts that were seen.';
