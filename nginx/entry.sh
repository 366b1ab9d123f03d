#!/bin/sh
# Renders the template for this nginx and this place, then becomes nginx. `entry.sh check` tests the rendered file;
# `entry.sh render` prints it. Environment:
#   UPSTREAM_HOST      empty: the Compose service names; set: that one host for all upstreams
#   SERVER_NAME        default localhost
#   HTTPS_PUBLIC_PORT  the TLS port as browsers see it, default 8443
#   RESOLVER           default: the first name server of /etc/resolv.conf
set -eu

TEMPLATE=/app/nginx.conf.template
OUTPUT=/tmp/nginx.conf
MOUNTED=/etc/nginx/certs

say() { echo "entry: $*" >&2; }

at_least() { # <version> <major> <minor> <patch>
  echo "$1" | {
    IFS=. read -r major minor patch
    [ "$major" -gt "$2" ] || { [ "$major" -eq "$2" ] && { [ "$minor" -gt "$3" ] || { [ "$minor" -eq "$3" ] && [ "$patch" -ge "$4" ]; }; }; }
  }
}

# nameserver: an IPv6 address goes into brackets.
nameserver() {
  address=$(sed -n 's/^nameserver[[:space:]]*\([^[:space:]%]*\).*/\1/p' /etc/resolv.conf | sed -n 1p)
  case $address in
    '') echo 127.0.0.11 ;;
    *:*) echo "[$address]" ;;
    *) echo "$address" ;;
  esac
}

# certificates: sets CERTS to the folder of the pair in use.
certificates() {
  if [ -e "$MOUNTED/fullchain.pem" ] && [ -e "$MOUNTED/privkey.pem" ]; then
    if [ ! -r "$MOUNTED/fullchain.pem" ] || [ ! -r "$MOUNTED/privkey.pem" ]; then
      say "ERROR: the mounted certificate pair cannot be read by uid $(id -u)"
      exit 1
    fi
    CERTS=$MOUNTED
    return
  fi
  CERTS=/tmp/certs
  [ -e "$CERTS/privkey.pem" ] && return
  say "WARN: no certificate pair in $MOUNTED: using a self-signed one that lives until this container stops"
  mkdir -p "$CERTS"
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 90 -subj "/CN=${SERVER_NAME%% *}" \
    -addext "subjectAltName=DNS:${SERVER_NAME%% *},DNS:localhost,IP:127.0.0.1,IP:::1" \
    -keyout "$CERTS/privkey.pem" -out "$CERTS/fullchain.pem" 2>/tmp/openssl.log || {
    cat /tmp/openssl.log >&2
    exit 1
  }
}

SERVER_NAME=${SERVER_NAME:-localhost}
RESOLVER=${RESOLVER:-$(nameserver)}
HTTPS_PORT_SUFFIX=:${HTTPS_PUBLIC_PORT:-8443}
[ "$HTTPS_PORT_SUFFIX" != :443 ] || HTTPS_PORT_SUFFIX=
version=$(nginx -v 2>&1 | sed -n 's#.*nginx/\([0-9.]*\).*#\1#p')

# Before 1.25.1 HTTP/2 was a parameter of listen.
if at_least "$version" 1 25 1; then HTTP2_ON='http2 on;' LISTEN_HTTP2=''; else HTTP2_ON='' LISTEN_HTTP2=' http2'; fi

# From 1.27.3 a group can follow a name's address, and groups keep connections open; before that, plain names.
sse=${UPSTREAM_HOST:-sse}:3001
ui=${UPSTREAM_HOST:-ui}:5173
if at_least "$version" 1 27 3; then
  SSE_GATEWAY=sse_gateway STATIC_FRONTEND=static_frontend
  UPSTREAM_GROUPS="    upstream sse_gateway { zone sse_gateway 64k; server $sse resolve; keepalive 32; }\\
    upstream static_frontend { zone static_frontend 64k; server $ui resolve; keepalive 8; }"
else
  SSE_GATEWAY=$sse STATIC_FRONTEND=$ui UPSTREAM_GROUPS=
fi

PLAIN_V6='' TLS_V6=''
if [ -e /proc/net/if_inet6 ]; then
  PLAIN_V6='        listen [::]:8080 default_server;'
  TLS_V6="        listen [::]:8443 ssl$LISTEN_HTTP2 default_server;"
fi

case $SERVER_NAME in
  localhost) HSTS= ;;
  *) HSTS='add_header Strict-Transport-Security "max-age=15552000" always;' ;;
esac

certificates
# shellcheck disable=SC2089
sed -e "s|@RESOLVER@|$RESOLVER|; s|@SERVER_NAME@|$SERVER_NAME|; s|@HTTPS_PORT_SUFFIX@|$HTTPS_PORT_SUFFIX|" \
  -e "s|@UPSTREAM_GROUPS@|$UPSTREAM_GROUPS|; s|@SSE_GATEWAY@|$SSE_GATEWAY|; s|@STATIC_FRONTEND@|$STATIC_FRONTEND|" \
  -e "s|@LISTEN_HTTP2@|$LISTEN_HTTP2|; s|@HTTP2_ON@|$HTTP2_ON|; s|@HSTS@|$HSTS|; s|@CERTS@|$CERTS|" \
  -e "s|@PLAIN_V6@|$PLAIN_V6|; s|@TLS_V6@|$TLS_V6|" "$TEMPLATE" >"$OUTPUT"

case ${1:-} in
  check) exec nginx -t -c "$OUTPUT" ;;
  render) exec cat "$OUTPUT" ;;
  *)
    say "nginx $version, upstreams $sse and $ui, resolver $RESOLVER, certificates from $CERTS"
    exec nginx -c "$OUTPUT" -g 'daemon off;'
    ;;
esac
