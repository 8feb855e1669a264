# One static program on nothing else. Mount the configuration at /etc/ssprd, a volume at /var/lib/ssprd (the state and its
# key) and one at /var/log/ssprd (the audit record): nothing else is written, so that it runs with --read-only. User 65532
# must own the two volumes and be able to read the configuration and the secrets that it names. Inside, the portal listens
# on every address, at port 8080. Stop it with patience (docker stop --time 150): docs/install.md.
FROM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG VERSION=
RUN make build VERSION="$VERSION" OUTPUT=/ssprd \
 && mkdir -p /rootfs/etc/ssl/certs /rootfs/etc/ssprd /rootfs/usr/share \
 && install -d -m 1777 /rootfs/tmp && install -d -m 0700 /volumes/lib/ssprd /volumes/log/ssprd \
 && cp /etc/ssl/certs/ca-certificates.crt /rootfs/etc/ssl/certs/ \
 && cp -r /usr/share/zoneinfo /rootfs/usr/share/zoneinfo

FROM scratch
COPY --from=build /rootfs /
COPY --from=build --chown=65532:65532 /volumes /var
COPY --from=build /ssprd /ssprd
# Mails tell the time of the process.
ENV TZ=Europe/Paris
ENV SSPRD_SERVER_LISTEN=:8080
USER 65532:65532
VOLUME ["/var/lib/ssprd", "/var/log/ssprd"]
EXPOSE 8080
STOPSIGNAL SIGTERM
# It asks server.operations of the same configuration, inside the container.
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s CMD ["/ssprd", "healthcheck", "--config", "/etc/ssprd/config.yaml"]
ENTRYPOINT ["/ssprd"]
CMD ["serve", "--config", "/etc/ssprd/config.yaml"]
