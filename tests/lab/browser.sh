#!/bin/sh
# Chromium for the tests of the page, where it is missing and can be installed; those tests are skipped, with a sentence, without it.
for name in chromium chromium-browser google-chrome google-chrome-stable; do
    command -v "$name" >/dev/null && exit 0
done
if [ "$(id -u 2>/dev/null)" != 0 ] || ! command -v apt-get >/dev/null; then
    echo "no Chromium, and it cannot be installed from here: tests of the page in a browser are skipped"
    exit 0
fi
export DEBIAN_FRONTEND=noninteractive
{ timeout 120 apt-get update -qq && timeout 600 apt-get install -qq -y --no-install-recommends chromium; } >/dev/null 2>&1 ||
    echo "Chromium could not be installed: tests of the page in a browser are skipped"
