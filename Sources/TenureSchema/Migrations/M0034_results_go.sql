-- What became of the rows of a file is forgotten after a while.
SET ROLE tenure_owner;

GRANT DELETE ON tenure.import_chunks TO tenure_app;
