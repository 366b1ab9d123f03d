# Every Rust service of the fleet. Build arguments: BIN, the binary; BASE_RUNTIME, the image it runs in.
# Target `service` is the plain one; target `gateway` also carries the built UI.
# Where binaries or UI were built on the host, named build contexts `build` and `ui` replace the stages of these names.
ARG BASE_RUNTIME=gcr.io/distroless/cc-debian13:nonroot
ARG BASE_RUST=rust:1.95-slim-trixie
ARG BASE_NODE=node:22-slim

FROM ${BASE_RUST} AS build
WORKDIR /src
COPY . .
# All binaries at once: the images of one build share this layer.
RUN --mount=type=cache,target=/usr/local/cargo/registry --mount=type=cache,target=/src/target \
    cargo build --locked --profile dist --bins --workspace --exclude benches --exclude fleet-tests \
    && find target/dist -maxdepth 1 -type f -perm -u+x -exec cp {} / \;

FROM ${BASE_NODE} AS ui
WORKDIR /src
COPY ui/package.json ui/package-lock.json ui/.npmrc ./
RUN npm ci
COPY ui ./
RUN npm run build && mv dist /dist

FROM ${BASE_RUNTIME} AS service
ARG BIN
COPY --from=build --chmod=0755 /${BIN} /app/service
USER 65532:65532
ENTRYPOINT ["/app/service"]

FROM service AS gateway
COPY --from=ui /dist /app/ui
