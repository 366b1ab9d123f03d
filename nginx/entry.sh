#!/bin/sh
# Renders the template for this nginx and this place, then becomes nginx. `entry.sh check` tests the rendered file;
# `entry.sh render` prints it. Environment:
#   UPSTREAM_HOST      empty: the Compose service names; set: that one host for all upstreams
#   SERVER_NAME        default localhost; several are separated by blanks
#   HTTPS_PUBLIC_PORT  the TLS port as browsers see it, default 8443
#   RESOLVER           default: the first name server of /etc/resolv.conf
# What tests move: EDGE_APP and EDGE_RUN (folders of the template and of what is written), PLAIN_PORT, TLS_PORT,
# PROBE_PORT, SSE_PORT, AUTH_PORT, JOURNAL_PORT, VEXY_PORT, VEXY_PROXY_PORT, COPILOT_PORT, STATIC_PORT,
# WORKER_SHUTDOWN.
set -eu

APP=${EDGE_APP:-/app}
RUN=${EDGE_RUN:-/tmp}
OUTPUT=$RUN/nginx.conf
MOUNTED=${EDGE_CERTS:-/etc/nginx/certs}

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
  CERTS=$RUN/certs
  [ -e "$CERTS/privkey.pem" ] && return
  say "WARN: no certificate pair in $MOUNTED: using a self-signed one that lives until this container stops"
  mkdir -p "$CERTS"
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 90 -subj "/CN=${SERVER_NAME%% *}" \
    -addext "subjectAltName=DNS:${SERVER_NAME%% *},DNS:localhost,IP:127.0.0.1,IP:::1" \
    -addext "extendedKeyUsage=serverAuth" -addext "basicConstraints=critical,CA:FALSE" \
    -keyout "$CERTS/privkey.pem" -out "$CERTS/fullchain.pem" 2>"$RUN/openssl.log" || {
    cat "$RUN/openssl.log" >&2
    exit 1
  }
}

# upstreams: prints one group per service, and leaves in NAMES what the template calls them by.
#
# A group keeps connections open. Its names are looked up again from 1.27.3 on; before that only while starting, where a
# service that is not there yet would keep nginx from starting at all. So then a name stands for itself, and is looked
# up at every request.
upstreams() { # <file>
  NAMES=''
  : >"$1"
  while read -r variable group host port idle; do
    address=${UPSTREAM_HOST:-$host}:$port
    case $GROUPS_BY in
      address) echo "    upstream $group { server $address; keepalive $idle; }" >>"$1" ;;
      name) echo "    upstream $group { zone $group 64k; server $address resolve; keepalive $idle; }" >>"$1" ;;
      none) group=$address ;;
    esac
    NAMES="$NAMES; s|@$variable@|$group|"
  done <<END
SSE_GATEWAY sse_gateway sse ${SSE_PORT:-3001} 32
SSE_VERIFY sse_verify sse ${AUTH_PORT:-3011} 32
JOURNAL_API journal_api journal ${JOURNAL_PORT:-3002} 16
VEXY_API vexy_api vexy_ai ${VEXY_PORT:-3005} 8
VEXY_PROXY vexy_proxy vexy_proxy ${VEXY_PROXY_PORT:-3006} 8
COPILOT_API copilot_api copilot ${COPILOT_PORT:-8095} 8
STATIC_FRONTEND static_frontend ui ${STATIC_PORT:-5173} 8
END
}

UPSTREAM_HOST=${UPSTREAM_HOST:-}
SERVER_NAME=${SERVER_NAME:-localhost}
RESOLVER=${RESOLVER:-$(nameserver)}
PLAIN_PORT=${PLAIN_PORT:-8080}
TLS_PORT=${TLS_PORT:-8443}
HTTPS_PORT_SUFFIX=:${HTTPS_PUBLIC_PORT:-8443}
[ "$HTTPS_PORT_SUFFIX" != :443 ] || HTTPS_PORT_SUFFIX=
version=$(nginx -v 2>&1 | sed -n 's#.*nginx/\([0-9.]*\).*#\1#p')

# Before 1.25.1 HTTP/2 was a parameter of listen.
if at_least "$version" 1 25 1; then HTTP2_ON='http2 on;' LISTEN_HTTP2=''; else HTTP2_ON='' LISTEN_HTTP2=' http2'; fi

GROUPS_BY=none
if at_least "$version" 1 27 3; then GROUPS_BY=name; fi
case $UPSTREAM_HOST in
  '' | *[!0-9.]*) ;;
  *) GROUPS_BY=address ;;
esac
upstreams "$RUN/upstreams.conf"

PLAIN_V6='' TLS_V6=''
if [ -e /proc/net/if_inet6 ]; then
  PLAIN_V6="        listen [::]:$PLAIN_PORT default_server;"
  TLS_V6="        listen [::]:$TLS_PORT ssl$LISTEN_HTTP2 default_server;"
fi

case $SERVER_NAME in
  localhost) HSTS= ;;
  *) HSTS='max-age=15552000' ;;
esac

certificates
sed -e "/@UPSTREAMS@/{r $RUN/upstreams.conf" -e 'd}' \
  -e "s|@RESOLVER@|$RESOLVER|; s|@SERVER_NAME@|$SERVER_NAME|$NAMES" \
  -e "s|@HTTPS_PORT_SUFFIX@|$HTTPS_PORT_SUFFIX|; s|@HSTS@|$HSTS|; s|@SHUTDOWN@|${WORKER_SHUTDOWN:-30s}|" \
  -e "s|@LISTEN_HTTP2@|$LISTEN_HTTP2|; s|@HTTP2_ON@|$HTTP2_ON|; s|@PLAIN_V6@|$PLAIN_V6|; s|@TLS_V6@|$TLS_V6|" \
  -e "s|@PLAIN_PORT@|$PLAIN_PORT|; s|@TLS_PORT@|$TLS_PORT|; s|@PROBE_PORT@|${PROBE_PORT:-8081}|" \
  -e "s|@CERTS@|$CERTS|; s|@APP@|$APP|; s|@RUN@|$RUN|g" "$APP/nginx.conf.template" >"$OUTPUT"

case ${1:-} in
  check) exec nginx -t -c "$OUTPUT" ;;
  render) exec cat "$OUTPUT" ;;
  *)
    say "nginx $version, upstreams at ${UPSTREAM_HOST:-their names}, resolver $RESOLVER, certificates from $CERTS"
    exec nginx -c "$OUTPUT" -g 'daemon off;'
    ;;
esac
