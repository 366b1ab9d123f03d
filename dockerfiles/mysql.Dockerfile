# MariaDB with an entry script of our own, so that it starts alike on the official image and on the stand-in.
ARG BASE_MARIADB=mariadb:11.8
FROM ${BASE_MARIADB}
COPY dockerfiles/mysql/passwd /etc/passwd
COPY dockerfiles/mysql/fleet.cnf /etc/mysql/fleet.cnf
COPY --chmod=0755 dockerfiles/mysql/entry.sh dockerfiles/mysql/healthcheck.sh /app/
COPY --chown=65532:65532 dockerfiles/empty /database
USER 65532:65532
ENTRYPOINT ["/app/entry.sh"]
