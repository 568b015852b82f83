#!/bin/sh
# deploy/trial.sh FOLDER [RELEASE]: tries the package in a bare Debian (bookworm unless named), which debootstrap makes in
# FOLDER and systemd-nspawn boots without a network: setup, a round up to its released PDF, an upgrade that fails and
# one that succeeds. As root; needs debootstrap and systemd-container. Ends within half an hour.
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)
folder=$1
release=${2:-bookworm}
deb=$(ls "$here"/dist/signoff_*.deb)
version=$(dpkg-deb --field "$deb" Version)
architecture=$(dpkg-deb --field "$deb" Architecture)

[ -e "$folder/etc/debian_version" ] || debootstrap --variant=minbase "$release" "$folder"
mkdir -p "$folder/root/trial"
cp "$deb" "$here/deploy/trial_inside.sh" "$here/tests/data/leitgedanken.md" "$here/tests/data/members.csv" "$folder/root/trial/"

# Two next versions: the change of one rewrites an entry of the audit log.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
dpkg-deb --raw-extract "$deb" "$work/next"
migrations() { echo "$work"/next/usr/lib/signoff/*/lib/python3.*/site-packages/signoff/store/migrations; }
next() { # FROM TO SQL
    mv "$work/next/usr/lib/signoff/$1" "$work/next/usr/lib/signoff/$2"
    sed -i "s/$1/$2/g" "$work/next/DEBIAN/control" "$work/next/DEBIAN/postinst"
    for each in $(migrations); do echo "$3" >"$each/0099_trial.sql"; done
    for each in "$work"/next/usr/lib/signoff/*/lib/python3.*/site-packages/signoff-*.dist-info/METADATA; do
        sed -i "s/^Version: .*/Version: $2/" "$each"
    done
    dpkg-deb --root-owner-group -Znone --build "$work/next" "$folder/root/trial/signoff_$2_$architecture.deb" >/dev/null
}
next "$version" "$version.1" "CREATE TABLE trial (id INTEGER PRIMARY KEY) STRICT; DROP TRIGGER audit_stays; UPDATE audit SET actor = 'x' WHERE seq = 2;"
next "$version.1" "$version.2" "CREATE TABLE trial (id INTEGER PRIMARY KEY) STRICT;"

chroot "$folder" sh -c "apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends \
    curl nginx openssl poppler-utils python3-aiosmtpd systemd-sysv dbus /root/trial/signoff_${version}_$architecture.deb" \
    >"$folder/root/trial/install.log" 2>&1 || { tail "$folder/root/trial/install.log"; exit 1; }
cat >"$folder/etc/systemd/system/trial.service" <<UNIT
[Unit]
After=multi-user.target
[Service]
Type=oneshot
ExecStart=/bin/sh -eu /root/trial/trial_inside.sh $version
ExecStopPost=/bin/sh -c 'echo "\$EXIT_STATUS" >/root/trial/status; systemctl --no-block poweroff'
StandardOutput=file:/root/trial/log
StandardError=file:/root/trial/log
TimeoutStartSec=1500
[Install]
WantedBy=default.target
UNIT
ln -sfn /etc/systemd/system/trial.service "$folder/etc/systemd/system/multi-user.target.wants/trial.service"
sed -i 's/^After=.*/After=nginx.service/' "$folder/etc/systemd/system/trial.service"
rm -f "$folder/root/trial/status"
SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=${UNIFIED:-} timeout -s KILL 1700 systemd-nspawn --quiet --boot --directory="$folder" --private-network \
    --register=no --keep-unit --console=pipe >"$folder/root/trial/boot.log" 2>&1 </dev/null || true
cat "$folder/root/trial/log"
[ "$(cat "$folder/root/trial/status")" = 0 ] && echo "$release: everything held"
