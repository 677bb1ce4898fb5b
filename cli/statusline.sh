#!/bin/sh
# One line for Claude Code's status line: whose budget, how much of it is spent, how many requests today.
# It needs sh and curl. On any failure it prints nothing; it asks at most every 30 seconds and waits at most one.
# Claude Code's session arrives on standard input and is not needed.
set -u
umask 077
LC_ALL=C
export LC_ALL

# The host and the credential of the mode that Claude Code is in. They are never mixed: a token for Anthropic or for AWS
# itself must not reach the other's host.
case ${CLAUDE_CODE_USE_BEDROCK-} in
  1 | true | yes | on)
    url=${ANTHROPIC_BEDROCK_BASE_URL-}
    header="authorization: Bearer ${ANTHROPIC_AUTH_TOKEN:-${AWS_BEARER_TOKEN_BEDROCK-}}"
    ;;
  *)
    url=${ANTHROPIC_BASE_URL-}
    if [ -n "${ANTHROPIC_AUTH_TOKEN-}" ]; then
      header="authorization: Bearer $ANTHROPIC_AUTH_TOKEN"
    else
      header="x-api-key: ${ANTHROPIC_API_KEY-}"
    fi
    ;;
esac
case $header in *' ') exit 0 ;; esac
# A quote or a line end in either would be an option of curl's own in the file that it is given.
case $url in '' | *[!A-Za-z0-9._~:/@%+-]*) exit 0 ;; esac
case $header in *[!A-Za-z0-9._~:/@%+=\ -]*) exit 0 ;; esac

# Temporary folders are everybody's: only a directory of our own that nobody else writes to is used.
user=$(id -u) || exit 0
folder=${TMPDIR:-/tmp}
folder=${folder%/}/agent-runner-$user
mkdir "$folder" 2>/dev/null
[ -n "$(find "$folder" -prune -type d -user "$user" ! -perm -020 ! -perm -002 2>/dev/null)" ] || exit 0

# Keys and tokens go through here-documents: a command's arguments are seen by everybody on the machine.
name=$(cksum <<END
$url $header
END
)
kept=$folder/statusline-${name%% *}
now=$(date +%s)

at=0
line=
if [ -f "$kept" ]; then
  { IFS= read -r at; IFS= read -r line; } <"$kept"
  case $at in '' | *[!0-9]*) at=0 ;; esac
fi
age=$((now - at))
if [ "$age" -lt 0 ] || [ "$age" -ge 30 ]; then
  # A failure is kept as well, or a server that is away would cost every prompt a second.
  line=$(
    curl -q --config - 2>/dev/null <<END | sed -n 's/.*"status_line":"\([^"\\]*\)".*/\1/p' | tr -d '\000-\037\177'
url = "${url%/}/v1/usage/self"
header = "$header"
silent
fail
max-time = 0.9
max-filesize = 1000000
proto = "=http,https"
END
  )
  printf '%s\n%s\n' "$now" "$line" >"$kept.$$" 2>/dev/null && mv -f "$kept.$$" "$kept" 2>/dev/null
fi
[ -z "$line" ] || printf '%s\n' "$line"
