# Server and batch job in one image: docker run IMAGE serve …, docker run IMAGE pools build …
# The tag is exact but not a digest: no registry of images could be asked for one where this was written.
ARG NODE=node:24.21.0-bookworm-slim

FROM ${NODE} AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# esbuild, which tsx brings, finds its binary without its install script; nothing else has one.
RUN npm ci --omit=dev --ignore-scripts
COPY contract contract
COPY pipeline pipeline
COPY server server
COPY sql sql
COPY deploy/container deploy/container
RUN mkdir data

FROM ${NODE}
ENV NODE_ENV=production \
    TSX_DISABLE_CACHE=1 \
    XDG_CACHE_HOME=/data/cache \
    BANNER_POOLS_ARTIFACTS=/data/artifacts \
    BANNER_POOLS_HOST=0.0.0.0
WORKDIR /app
COPY --from=build /app /app
COPY --from=build --chown=node:node /app/data /data
# `node` of the base image, as a number: Kubernetes takes no name for runAsNonRoot.
USER 1000
# All that is ever written lies here; the rest of the root may be read-only.
VOLUME /data
EXPOSE 8080 9464
HEALTHCHECK --interval=10s --timeout=2s --start-period=10s CMD ["node", "deploy/container/health.mjs"]
ENTRYPOINT ["node", "--import", "tsx", "deploy/container/main.ts"]
CMD ["serve"]
