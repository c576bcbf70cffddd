#!/bin/sh
# Uploads a scan report to Bulwark, waits for its import and fails where findings are open. Needs curl and jq.
#   BULWARK_URL=https://bulwark.example.com BULWARK_API_KEY=blw_... sh upload-scan.sh FILE ASSET [BRANCH] [LIMIT]
# LIMIT is critical, high (the default), medium, low, info or none.
# Exit codes: 0 good, 1 open findings at the limit or worse, 2 not understood, 3 not imported.
set -u

say() { printf '%s\n' "$*" >&2; }
usage() {
  say "$1"
  say 'Usage: upload-scan.sh FILE ASSET [BRANCH] [critical|high|medium|low|info|none]'
  exit 2
}
not_imported() {
  say "Not imported: $1"
  exit 3
}

[ $# -ge 2 ] && [ $# -le 4 ] || usage 'FILE and ASSET are needed.'
file=$1 asset=$2 branch=${3:-main} limit=${4:-high}
case $limit in
  critical | high | medium | low | info | none) ;;
  *) usage "There is no severity $limit." ;;
esac
[ -f "$file" ] || usage "There is no file $file."
[ -n "${BULWARK_URL:-}" ] || usage 'BULWARK_URL is not set.'
case $BULWARK_URL in
  https://* | http://localhost* | http://127.0.0.1*) ;;
  *) usage 'BULWARK_URL must be https: the key would be readable on the way.' ;;
esac
[ -n "${BULWARK_API_KEY:-}" ] || usage 'BULWARK_API_KEY is not set.'

# The key goes through standard input: the arguments of a process are there for everybody to read.
call() {
  path=$1
  shift
  answer=$(printf 'header = "Authorization: Bearer %s"\n' "$BULWARK_API_KEY" |
    curl --silent --show-error --config - --max-time 300 --write-out '\n%{http_code}' "$@" "$BULWARK_URL$path") ||
    return 1
  status=${answer##*
}
  body=${answer%
*}
}
encode() { printf '%s' "$1" | jq --slurp --raw-input --raw-output @uri; }

call "/api/v1/scans?asset=$(encode "$asset")&branch=$(encode "$branch")&file=$(encode "${file##*/}")" \
  --header 'Content-Type: application/json' --data-binary "@$file" || not_imported "$BULWARK_URL cannot be reached."
[ "$status" = 202 ] || not_imported "$(printf '%s' "$body" | jq -r '.detail? // empty' 2>/dev/null) (HTTP $status)"
scan=$(printf '%s' "$body" | jq -r .scanId)

seconds=0
while :; do
  if call "/api/v1/scans/$scan" && [ "$status" = 200 ]; then
    state=$(printf '%s' "$body" | jq -r .status)
    case $state in queued | running) ;; *) break ;; esac
  fi
  [ "$seconds" -lt 600 ] || not_imported "the import is not done after ten minutes. See scan $scan."
  seconds=$((seconds + 2))
  sleep 2
done

reasons=$(printf '%s' "$body" | jq -r '.reasons | join(" ")')
[ "$state" != failed ] || not_imported "$reasons"
[ "$state" != held ] || say "Held for review: $reasons"
table=$(printf '%s' "$body" | jq -r '"| Severity | Open |", "|---|---:|",
  (.severities | "| Critical | \(.critical) |", "| High | \(.high) |", "| Medium | \(.medium) |", "| Low | \(.low) |",
    "| Info | \(.info) |"), "",
  (.counts | "\(.found) found: \(.new) new, \(.reopened) reopened, \(.unchanged + .changed) known; \(.fixed) fixed.")')
printf '%s\n' "$table"
[ -z "${GITHUB_STEP_SUMMARY:-}" ] || printf '%s\n\n' "$table" >>"$GITHUB_STEP_SUMMARY"
[ "$limit" != none ] || exit 0
over=$(printf '%s' "$body" | jq --arg limit "$limit" '["critical", "high", "medium", "low", "info"] as $all
  | .severities as $open | [$all[:($all | index($limit)) + 1][] | $open[.]] | add')
[ "$over" = 0 ] && exit 0
say "There are open findings of severity $limit or worse."
exit 1
