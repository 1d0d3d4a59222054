# One image for every process of Salio: worker, scheduler, ops, the command line, and the simulator of the provider.
#
# It holds the sources as they are, for Node.js runs TypeScript by itself: what runs here is what the tests ran, file by file.
# Bundles would save a tenth of the image, which is Node.js for the most part, and would be code that no test has seen.
# Nothing of it may be written to while it runs.

FROM node:24-bookworm-slim AS manifests
WORKDIR /app
COPY . .
# So that a change of the code leaves the dependencies alone: the next stage sees only what names them.
RUN find . -type f ! -name package.json ! -name 'pnpm-*.yaml' -delete && find . -type d -empty -delete

FROM node:24-bookworm-slim AS dependencies
WORKDIR /app
COPY --from=manifests /app/package.json ./
RUN npm install --global --no-fund --no-audit "$(node --print "require('./package.json').packageManager")"
COPY --from=manifests /app ./
# No install script of a dependency runs. Types and source maps are for people who write code.
RUN --mount=type=cache,id=pnpm,target=/var/cache/pnpm \
  pnpm install --frozen-lockfile --prod --ignore-scripts --store-dir=/var/cache/pnpm --package-import-method=copy \
  && find node_modules -type f \( -name '*.d.ts' -o -name '*.d.cts' -o -name '*.d.mts' -o -name '*.map' -o -name '*.md' \) -delete \
  && rm pnpm-lock.yaml node_modules/.modules.yaml

FROM node:24-bookworm-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=dependencies /app ./
COPY apps apps
COPY packages packages
COPY migrations migrations
# The folders are there, with their owner, for volumes that are mounted over them.
RUN printf '#!/bin/sh\nexec node /app/apps/cli/src/main.ts "$@"\n' >/usr/local/bin/salio \
  && chmod 755 /usr/local/bin/salio \
  && install --directory --owner=node --group=node --mode=700 /var/lib/salio /var/lib/salio/secrets /var/lib/salio/journal /var/lib/salio/book
USER node
CMD ["salio", "--help"]
