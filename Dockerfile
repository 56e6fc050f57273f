# syntax=docker/dockerfile:1
FROM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN --mount=type=cache,target=/go/pkg/mod \
    go mod download
COPY . .
RUN --mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/root/.cache/go-build \
    CGO_ENABLED=0 go build -trimpath -ldflags="-s -w" -o /namets ./cmd/namets

# No USER here: platforms mount their volumes as root's. The process starts as
# root, gives DATA_DIR to RUN_AS and becomes that user before anything else.
FROM gcr.io/distroless/static-debian13
COPY --from=build /namets /namets
ENV DATA_DIR=/data RUN_AS=65532
VOLUME /data
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s CMD ["/namets", "healthcheck"]
ENTRYPOINT ["/namets"]
