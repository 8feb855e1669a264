# One static program on nothing else. Mount the configuration at /etc/ssprd, a volume at /var/lib/ssprd (the state and its
# key) and one at /var/log/ssprd (the audit record). User 65532 must own the two volumes and be able to read the
# configuration and the secrets that it names. Inside, the portal listens on every address, at port 8080.
FROM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG VERSION=
RUN CGO_ENABLED=0 go build -trimpath -tags nomsgpack -ldflags "-s -w -X main.version=$VERSION" -o /ssprd ./cmd/ssprd \
 && mkdir -p /rootfs/etc/ssl/certs /rootfs/var/lib/ssprd /rootfs/var/log/ssprd /rootfs/tmp \
 && cp /etc/ssl/certs/ca-certificates.crt /rootfs/etc/ssl/certs/ \
 && cp -r /usr/share/zoneinfo /rootfs/zoneinfo

FROM scratch
COPY --from=build --chown=65532:65532 /rootfs/var /var
COPY --from=build --chown=65532:65532 /rootfs/tmp /tmp
COPY --from=build /rootfs/etc /etc
COPY --from=build /rootfs/zoneinfo /usr/share/zoneinfo
COPY --from=build /ssprd /ssprd
# Mails tell the time of the process.
ENV TZ=Europe/Paris
ENV SSPRD_SERVER_LISTEN=:8080
USER 65532:65532
EXPOSE 8080
ENTRYPOINT ["/ssprd"]
CMD ["serve", "--config", "/etc/ssprd/config.yaml"]
