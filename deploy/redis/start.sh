#!/bin/sh
# Redis with one account that may use data commands only; the password stays out of the process list.
set -eu
umask 077
password="$(cat /run/secrets/password_redis)"
cat > /tmp/redis.conf <<CONF
bind 0.0.0.0
dir /data
maxmemory 256mb
maxmemory-policy volatile-ttl
user default off
user bulwark on >$password ~* &* +@all -@admin -@dangerous +info
CONF
exec redis-server /tmp/redis.conf
