# Server and batch job in one image: docker run IMAGE serve …, docker run IMAGE pools build …
# The tag is exact but not a digest: no registry of images could be asked for one where this was written. What is
# released is deployed by its digest, as it was tested.
ARG NODE=node:24.21.0-bookworm-slim

FROM ${NODE} AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY scripts/compile.mjs scripts/bundle.mjs scripts/
COPY tsconfig.json tsconfig.build.json ./
COPY contract contract
COPY pipeline pipeline
COPY server server
COPY sql sql
RUN node scripts/compile.mjs

FROM ${NODE} AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY deploy/container/dependencies.mjs deploy/container/dependencies.mjs
# No package that the program needs has an install script that matters.
RUN node deploy/container/dependencies.mjs && npm ci --omit=dev --ignore-scripts && rm -r deploy
RUN mkdir data

FROM ${NODE}
ENV NODE_ENV=production \
    XDG_CACHE_HOME=/data/cache \
    BANNER_POOLS_ARTIFACTS=/data/artifacts \
    BANNER_POOLS_HOST=0.0.0.0
WORKDIR /app
COPY --from=packages /app /app
COPY --from=packages --chown=node:node /app/data /data
COPY --from=build /app/dist dist
COPY bin bin
COPY deploy/container/main.mjs deploy/container/health.mjs deploy/container/
# `node` of the base image, as a number: Kubernetes takes no name for runAsNonRoot.
USER 1000
# All that is ever written lies here; the rest of the root may be read-only.
VOLUME /data
EXPOSE 8080 9464
HEALTHCHECK --interval=10s --timeout=2s --start-period=10s CMD ["node", "deploy/container/health.mjs"]
ENTRYPOINT ["node", "deploy/container/main.mjs"]
CMD ["serve"]
