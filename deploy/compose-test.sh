#!/usr/bin/env bash
# Builds the images, starts docker-compose.yml, plays the demo through the gateway and takes everything down again.
# DOCKER_BUILD_ARGS is handed to `docker build` (for example "--network host" where the build needs the host's network).
set -euo pipefail
cd "$(dirname "$0")/.."

docker info >/dev/null 2>&1 || { echo "compose-test: no docker engine answers" >&2; exit 1; }
if docker compose version >/dev/null 2>&1; then compose=(docker compose); else compose=(docker-compose); fi
compose+=(--project-name interlinkers-test)

export GATEWAY_SECRET=${GATEWAY_SECRET:-$(python3 -c 'import secrets; print(secrets.token_urlsafe(48))')}
export PORT_BASE=${PORT_BASE:-8000}
export GATEWAY_PUBLIC_URL=http://127.0.0.1:$PORT_BASE

down() {
  status=$?
  if [ $status -ne 0 ]; then "${compose[@]}" ps; "${compose[@]}" logs --tail=50; fi
  "${compose[@]}" down --volumes --timeout 15
  exit $status
}

healthy() { # every container that has a health check says so
  local id
  for id in $("${compose[@]}" ps -q); do
    [[ "$(docker inspect --format '{{if .State.Health}}{{.State.Health.Status}}{{end}}' "$id")" =~ ^(healthy)?$ ]] || return 1
  done
}

for package in registry forum survey ideation gateway; do
  echo "building interlinker-$package"
  # shellcheck disable=SC2086 # several arguments in one variable
  docker build --quiet ${DOCKER_BUILD_ARGS:-} --file deploy/Dockerfile --build-arg PACKAGE=$package --tag interlinker-$package .
done

make --no-print-directory setup
make --no-print-directory nats-keys ARGS=--for-containers
set -a # what follows goes into the environment
eval "$(make --no-print-directory --silent join-tokens)"
set +a

trap down EXIT
"${compose[@]}" up --detach --no-build
for _ in $(seq 150); do healthy && break; sleep 1; done
healthy || { echo "compose-test: not all services became healthy" >&2; exit 1; }
"${compose[@]}" ps

.venv/bin/python -m deploy.demo.play --exit --url "$GATEWAY_PUBLIC_URL"
echo "compose-test: played through"
