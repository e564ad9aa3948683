-- Content whose time is over and that must not go yet is sealed away: opening it takes two people.
SET ROLE tenure_owner;

ALTER TABLE tenure.content_items ADD COLUMN isolated_at timestamptz;
