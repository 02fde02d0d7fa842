# Sourced while an image is built. A site with a package mirror or a certificate authority of its own
# hands both in as build secrets (pip, npm, ca); nothing of them stays in the image.
secrets=/run/secrets
if [ -s "$secrets/pip" ]; then export PIP_CONFIG_FILE="$secrets/pip"; fi
if [ -s "$secrets/npm" ]; then export NPM_CONFIG_USERCONFIG="$secrets/npm"; fi
if [ -s "$secrets/ca" ]; then
    export PIP_CERT="$secrets/ca" SSL_CERT_FILE="$secrets/ca" NODE_EXTRA_CA_CERTS="$secrets/ca"
fi
export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore PIP_ONLY_BINARY=:all:
export NPM_CONFIG_UPDATE_NOTIFIER=false NPM_CONFIG_AUDIT=false NPM_CONFIG_FUND=false
set -eu
