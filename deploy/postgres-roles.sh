#!/bin/sh
# Runs once, when the database is made: the desk works as a role that owns no table and can drop none.
set -eu
psql -v ON_ERROR_STOP=1 -v password="$DESK_APP_PASSWORD" --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" <<'SQL'
CREATE ROLE desk_app LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD :'password';
-- Test keys work in a schema of their own (bpo/sandbox.py).
CREATE SCHEMA sandbox;
GRANT USAGE ON SCHEMA public, sandbox TO desk_app;
ALTER DEFAULT PRIVILEGES IN SCHEMA public, sandbox GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO desk_app;
ALTER DEFAULT PRIVILEGES IN SCHEMA public, sandbox GRANT USAGE, SELECT ON SEQUENCES TO desk_app;
SQL
