#!/bin/sh
# make deb: dist/signoff_VERSION_ARCHITECTURE.deb, which brings its libraries for the Python of Debian 12 and 13.
set -eu
umask 022
cd "$(dirname "$0")/.."
python=.venv/bin/python
wheel=$(ls dist/signoff-*-py3-none-any.whl)
version=${wheel#dist/signoff-}
version=${version%%-*}
architecture=$(dpkg --print-architecture)
root=build/deb
tree=$root/usr/lib/signoff/$version
rm -rf "$root" dist/signoff_*.deb
mkdir -p "$tree/bin" "$root/DEBIAN" "$root/usr/bin" "$root/usr/share/doc/signoff" "$root/lib/systemd/system" \
    "$root/etc/nginx/conf.d" "$root/var/cache/nginx"

# A virtual environment is a link and a file. pip downloads for another Python than its own if it is told which.
ln -s /usr/bin/python3 "$tree/bin/python"
echo "home = /usr/bin" >"$tree/pyvenv.cfg"
platforms=
for each in manylinux_2_36 manylinux_2_34 manylinux_2_28 manylinux_2_17 manylinux2014 manylinux_2_5 manylinux1 linux; do
    platforms="$platforms --platform ${each}_$(uname -m)"
done
for each in 3.11 3.13; do
    target=$tree/lib/python$each/site-packages
    # shellcheck disable=SC2086
    pip() { "$python" -m pip install --quiet --disable-pip-version-check --no-compile --no-deps --python-version "$each" \
        $platforms --only-binary :all: --target "$target" "$@"; }
    pip --require-hashes --requirement requirements.lock
    pip --no-index "$wheel"
    rm -rf "$target/bin" "$target/pip" "$target"/pip-*
done
hardlink -q -t "$tree/lib"
"$python" deploy/sbom.py "$tree/lib/python3.11/site-packages" package-lock.json \
    >"$root/usr/share/doc/signoff/sbom.cdx.json"

install -m 0755 deploy/debian/signoff "$root/usr/bin/signoff"
install -m 0644 deploy/signoff@.* deploy/standby/signoff-* "$root/lib/systemd/system/"
install -m 0644 deploy/standby/litestream.yml "$root/usr/share/doc/signoff/"
sed '/^upstream/,$d' deploy/nginx.conf >"$root/etc/nginx/conf.d/signoff.conf"
cp deploy/README.md LICENSE CHANGELOG.md "$root/usr/share/doc/signoff/"
cp LICENSE "$root/usr/share/doc/signoff/copyright"

echo /etc/nginx/conf.d/signoff.conf >"$root/DEBIAN/conffiles"
for each in control preinst postinst prerm postrm triggers; do
    sed "s/@VERSION@/$version/; s/@ARCHITECTURE@/$architecture/; s/@SIZE@/$(du -sk "$root/usr" | cut -f 1)/" \
        "deploy/debian/$each" >"$root/DEBIAN/$each"
done
chmod 0755 "$root"/DEBIAN/p*
dpkg-deb --root-owner-group -Zzstd --build "$root" dist/
