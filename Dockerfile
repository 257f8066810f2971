# syntax=docker/dockerfile:1
# Each command below that needs no container is run by test/image, read from this file.
# A release pins the digest: --build-arg NODE_IMAGE=node:24-bookworm-slim@sha256:...
ARG NODE_IMAGE=node:24-bookworm-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /app
COPY package.json package-lock.json ./
COPY scripts scripts
RUN npm ci --no-audit --no-fund
COPY . .
RUN npm run build

FROM ${NODE_IMAGE} AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
COPY scripts scripts
RUN npm ci --omit=dev --no-audit --no-fund

FROM ${NODE_IMAGE}
LABEL org.opencontainers.image.title="Config Guardian" \
      org.opencontainers.image.licenses="Apache-2.0"
WORKDIR /app
COPY --from=dependencies /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY --from=build /app/package.json /app/LICENSE /app/NOTICE ./
COPY --from=build /app/scripts/probe.mjs scripts/probe.mjs
# The only place that is written to; the rest may be mounted read-only.
RUN install -d -o 1000 -g 1000 -m 0700 /data
ENV NODE_ENV=production \
    DATA_DIR=/data \
    HOST=0.0.0.0 \
    RAFT_LISTEN=0.0.0.0:7400
VOLUME /data
EXPOSE 8080 7400
# By number, so that Kubernetes can see that it is not root.
USER 1000:1000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s CMD ["node", "scripts/probe.mjs", "/health"]
CMD ["node", "dist/apps/server/src/main.js"]
