#!/usr/bin/env bash
# .github/deploy.sh ENVIRONMENT REPOSITORY DIGEST: upgrades the cluster of that environment to that image. The pods are
# replaced one by one, each when the one before it is ready; a failed upgrade is rolled back. KUBECONFIG_TEXT says where.
set -euo pipefail
environment=$1 repository=$2 digest=$3

umask 077
KUBECONFIG=$(mktemp)
export KUBECONFIG
trap 'rm -f "$KUBECONFIG"' EXIT
printf '%s' "${KUBECONFIG_TEXT:?holds no cluster to deploy to}" >"$KUBECONFIG"

helm upgrade --install config-guardian helm/config-guardian \
  --namespace "config-guardian-$environment" --create-namespace \
  --values "helm/config-guardian/ci/$environment.yaml" \
  --set "image.repository=$repository" --set "image.digest=$digest" \
  --wait --atomic --timeout 25m
