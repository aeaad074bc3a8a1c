# The program as one static binary on an empty base:   docker build -t akrec .
# The same with what pipelines need (a shell, git, curl, jq, node):   docker build --target ci -t akrec:ci .
FROM rust:1-alpine AS build
RUN apk add --no-cache build-base cmake perl
WORKDIR /src
COPY Cargo.toml Cargo.lock ./
COPY src src
COPY benches benches
COPY examples examples
COPY README.md LICENSE ./
RUN cargo build --release --locked --bin akrec && mkdir /empty

FROM alpine:3 AS ci
RUN apk add --no-cache ca-certificates git curl jq nodejs
COPY --from=build /src/target/release/akrec /usr/local/bin/akrec
USER 65532:65532

FROM scratch
COPY --from=ci /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build --chown=65532:65532 /empty /work
COPY --from=build /src/target/release/akrec /akrec
USER 65532:65532
WORKDIR /work
ENTRYPOINT ["/akrec"]
