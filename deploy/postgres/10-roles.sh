#!/bin/sh
# Runs once, when the database is created: the four roles of Bulwark, each with its own password.
# The passwords come from secret files and reach psql as variables, never as text in a script.
set -eu

psql --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" --set ON_ERROR_STOP=1 --quiet \
  --set migrator="$(cat /run/secrets/password_migrator)" \
  --set rw="$(cat /run/secrets/password_rw)" \
  --set ro="$(cat /run/secrets/password_ro)" \
  --set gate="$(cat /run/secrets/password_gate)" \
  --set database="$POSTGRES_DB" <<'SQL'
CREATE ROLE bulwark_migrator LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS NOINHERIT PASSWORD :'migrator';
CREATE ROLE app_rw LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS NOINHERIT PASSWORD :'rw';
CREATE ROLE app_ro LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS NOINHERIT PASSWORD :'ro';
CREATE ROLE app_gate LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS NOINHERIT PASSWORD :'gate';
ALTER ROLE app_ro SET default_transaction_read_only = on;
ALTER DATABASE :"database" OWNER TO bulwark_migrator;
REVOKE ALL ON DATABASE :"database" FROM PUBLIC;
GRANT CONNECT ON DATABASE :"database" TO bulwark_migrator, app_rw, app_ro, app_gate;
ALTER SCHEMA public OWNER TO bulwark_migrator;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO app_rw, app_ro, app_gate;
SQL
