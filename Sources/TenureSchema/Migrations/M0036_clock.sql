-- What time it is, for whatever the database itself judges: not what the application says.
SET ROLE tenure_owner;

-- One function, so that tests can hold it still.
CREATE FUNCTION tenure.now() RETURNS timestamptz
LANGUAGE sql STABLE SET search_path = pg_catalog AS $$ SELECT statement_timestamp() $$;
REVOKE EXECUTE ON FUNCTION tenure.now() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenure.now() TO tenure_app, tenure_router;
