#!/bin/sh
# Makes the secret files that docker-compose.yml reads, in deploy/secrets/. Never changes one that
# exists: the database keeps its passwords, and without the pepper no stored key can be verified.
set -eu
cd "$(dirname "$0")"
umask 077
mkdir -p secrets

random() { openssl rand -hex 24; }

# The folder is closed to others; the files must be readable for the users inside the containers.
keep() {
  if [ -s "secrets/$1" ]; then return; fi
  printf '%s' "$2" > "secrets/$1"
  chmod 0444 "secrets/$1"
  echo "made deploy/secrets/$1"
}

url() { echo "postgres://$1:$(cat "secrets/$2")@postgres:5432/bulwark"; }

keep password_postgres "$(random)"
keep password_migrator "$(random)"
keep password_rw "$(random)"
keep password_ro "$(random)"
keep password_gate "$(random)"
keep password_redis "$(random)"
keep database_url_migrator "$(url bulwark_migrator password_migrator)"
keep database_url_rw "$(url app_rw password_rw)"
keep database_url_ro "$(url app_ro password_ro)"
keep database_url_gate "$(url app_gate password_gate)"
keep redis_url "redis://bulwark:$(cat secrets/password_redis)@redis:6379"
keep metrics_token "$(random)"
keep password_grafana "$(random)"
keep auth_secret "$(openssl rand -base64 48 | tr -d '\n')"
keep key_pepper "$(openssl rand -base64 48 | tr -d '\n')"
keep encryption_key "$(openssl rand -base64 48 | tr -d '\n')"
keep log_signing_key "$(openssl rand -base64 48 | tr -d '\n')"

if [ ! -s secrets/oauth_client_secret ]; then
  echo "Still missing: deploy/secrets/oauth_client_secret. Put the client secret of your sign-in provider there (chmod 0444)."
fi
