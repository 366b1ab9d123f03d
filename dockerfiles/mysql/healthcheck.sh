#!/bin/sh
# Healthy means: a statement runs, and the fleet's database is there.
set -eu
found=$(mariadb --defaults-file=/etc/mysql/fleet.cnf --user=mysql --connect-timeout=2 --skip-column-names --batch \
  --execute="SELECT COUNT(*) FROM information_schema.schemata WHERE schema_name = '${MARIADB_DATABASE:-mysql}'")
[ "$found" = 1 ]
