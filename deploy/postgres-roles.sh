#!/bin/sh
# Runs once, when the database is made: the desk works as a role that owns no table and can drop none.
set -eu
psql -v ON_ERROR_STOP=1 -v password="$DESK_APP_PASSWORD" -v pages="${POSTGRES_DB}_pages" --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" <<'SQL'
CREATE ROLE desk_app LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE BYPASSRLS PASSWORD :'password';
-- Reads of pages and of the API take this role, which sees what its reader reaches (bpo/row_security.py).
CREATE ROLE :"pages" NOLOGIN;
GRANT :"pages" TO desk_app;
-- Test keys work in a schema of their own (bpo/sandbox.py).
CREATE SCHEMA sandbox;
GRANT USAGE ON SCHEMA public, sandbox TO desk_app;
ALTER DEFAULT PRIVILEGES IN SCHEMA public, sandbox GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO desk_app;
ALTER DEFAULT PRIVILEGES IN SCHEMA public, sandbox GRANT USAGE, SELECT ON SEQUENCES TO desk_app;
SQL
