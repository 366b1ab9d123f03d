#!/bin/sh
# Creates the data directory at the first start; at every start brings database and user in line with the environment:
#   MARIADB_DATABASE, MARIADB_USER, MARIADB_PASSWORD or MARIADB_PASSWORD_FILE.
# Without a password the user exists but is locked. The administrator is `mysql`, who enters by the local socket only.
set -eu

say() { echo "entry: $*" >&2; }

password=${MARIADB_PASSWORD:-}
if [ -z "$password" ] && [ -n "${MARIADB_PASSWORD_FILE:-}" ]; then
  if [ -r "$MARIADB_PASSWORD_FILE" ] && [ -f "$MARIADB_PASSWORD_FILE" ]; then
    password=$(cat "$MARIADB_PASSWORD_FILE")
  elif [ -e "$MARIADB_PASSWORD_FILE" ]; then
    say "cannot read $MARIADB_PASSWORD_FILE as uid $(id -u)"
  fi
fi

if [ ! -d /database/data/mysql ]; then
  say "creating the data directory"
  # A first start that was cut short leaves half a directory: build it beside, then move it into place.
  rm -rf /database/data /database/new
  mariadb-install-db --defaults-file=/etc/mysql/fleet.cnf --datadir=/database/new --skip-test-db \
    --auth-root-authentication-method=socket --auth-root-socket-user=mysql >/tmp/install.log 2>&1 || {
    cat /tmp/install.log >&2
    exit 1
  }
  mv /database/new /database/data
fi

# The server reads one statement per line. printf and not echo: dash's echo would interpret backslashes.
statements=/tmp/init.sql
: >"$statements"
chmod 600 "$statements"
statement() { printf '%s;\n' "$*" >>"$statements"; }

if [ -n "${MARIADB_DATABASE:-}" ]; then
  statement "CREATE DATABASE IF NOT EXISTS \`$MARIADB_DATABASE\`"
fi
if [ -n "${MARIADB_USER:-}" ]; then
  account="'$MARIADB_USER'@'%'"
  statement "CREATE USER IF NOT EXISTS $account ACCOUNT LOCK"
  if [ -n "$password" ]; then
    quoted=$(printf '%s' "$password" | sed "s/\\\\/\\\\\\\\/g; s/'/''/g")
    statement "ALTER USER $account IDENTIFIED BY '$quoted' ACCOUNT UNLOCK"
  else
    say "no password for $MARIADB_USER: the account is locked until one is given"
    statement "ALTER USER $account ACCOUNT LOCK"
  fi
  if [ -n "${MARIADB_DATABASE:-}" ]; then
    statement "GRANT ALL PRIVILEGES ON \`$MARIADB_DATABASE\`.* TO $account"
  fi
fi
unset MARIADB_PASSWORD

exec mariadbd --defaults-file=/etc/mysql/fleet.cnf --init-file="$statements" "$@"
