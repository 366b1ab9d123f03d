# A bus. Settings come from the arguments in docker-compose.yml; a bus that persists has its volume at /bus.
ARG BASE_REDIS=redis:8-alpine
FROM ${BASE_REDIS}
COPY --chown=65532:65532 dockerfiles/empty /bus
USER 65532:65532
WORKDIR /tmp
ENTRYPOINT ["redis-server", "--protected-mode", "no", "--maxmemory", "0", "--maxmemory-policy", "noeviction"]
