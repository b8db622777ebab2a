# Dragoman: build with Node 24 on Debian, run on distroless (no shell, no package manager) as an unprivileged user.
# The file system may be read-only: nothing is ever written.
FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY tsconfig.json tsconfig.build.json ./
COPY scripts scripts
COPY src src
RUN npm run build
# What runs needs no compiler and no tests; one copy of the tree, without them.
RUN npm prune --omit=dev --ignore-scripts && find dist node_modules -name '*.map' -o -name '*.d.ts' -o -name '*.d.cts' -o -name '*.d.mts' | xargs rm -f && find node_modules -type d -empty -delete
RUN mkdir /run/dragoman

FROM gcr.io/distroless/nodejs24-debian12:nonroot
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="dragoman" \
      org.opencontainers.image.description="Turns the row changes of a legacy order database into versioned business events, exactly once and in commit order." \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION"
WORKDIR /app
# HTTP stays on the loopback until the config names another address and who may read there (docs/security.md).
ENV NODE_ENV=production
COPY package.json LICENSE ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY bin bin
COPY rules rules
# A volume mounted here belongs to the user of the image: docker-compose.yml keeps tokens in one.
COPY --from=build --chown=nonroot:nonroot /run/dragoman /run/dragoman
EXPOSE 9464
# Ready: the probes of /readyz all hold. There is no curl here, so Node asks.
HEALTHCHECK --interval=5s --timeout=3s --start-period=60s --retries=3 CMD ["/nodejs/bin/node", "-e", "fetch(`http://127.0.0.1:${process.env.DRAGOMAN_HTTP_PORT || 9464}/readyz`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["/nodejs/bin/node", "/app/bin/dragoman.js"]
CMD ["run", "--config", "/etc/dragoman/dragoman.yaml"]
