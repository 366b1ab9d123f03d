# The edge: stock nginx, unprivileged, on a read-only root; entry.sh renders the configuration into /tmp.
ARG BASE_NGINX=nginx:1.29-alpine
FROM ${BASE_NGINX}
USER 0:0
# The stand-in has openssl, the official image does not.
RUN ["sh", "-c", "command -v openssl >/dev/null || apk add --no-cache openssl"]
COPY nginx/nginx.conf.template nginx/*.conf /app/
COPY --chmod=0755 nginx/entry.sh /app/entry.sh
USER 65532:65532
STOPSIGNAL SIGTERM
ENTRYPOINT ["/app/entry.sh"]
