#!/bin/sh
# What deploy/trial.sh runs in the booted system; $1 is the version that is installed.
set -eu
version=$1
host=mitzeichnung.verband.example
cd /root/trial
say() { echo "== $*"; }
check() { say "$1"; shift; "$@"; }
service() { systemctl is-active --quiet "signoff@$host.service"; }
page() { curl --silent --show-error --fail --retry 5 --retry-all-errors "https://$host$1"; }
sql() { /usr/lib/signoff/current/bin/python -c 'import sys, pysqlite3 as s; print(s.connect("file:%s?mode=ro" % sys.argv[1], uri=True).execute(sys.argv[2]).fetchall())' "/var/lib/signoff/$host/signoff.sqlite" "$1"; }

trap 'journalctl --no-pager -u "signoff@$host.service" | tail -40' EXIT
ip link set lo up 2>/dev/null || true
echo "127.0.0.1 $host verband.example" >>/etc/hosts
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj "/CN=$host" \
    -addext "subjectAltName=DNS:$host" -keyout key.pem -out certificate.pem 2>/dev/null
cp certificate.pem /usr/local/share/ca-certificates/trial.crt
update-ca-certificates >/dev/null 2>&1
python3 -m aiosmtpd -n -l 127.0.0.1:2525 -c aiosmtpd.handlers.Debugging stdout >mails.log 2>&1 &

say "exposure"
systemd-analyze security --no-pager "signoff@$host.service" | tail -1 || true
say "setup"
signoff setup "$host" --email office@verband.example --smtp-url smtp://127.0.0.1:2525 \
    --certificate certificate.pem --key key.pem
check "the service runs" service
check "https" page /health/live
check "ready" page /health/ready
systemd-analyze security --no-pager "signoff@$host.service" | tail -1 || true

memory() {
    find /proc -maxdepth 1 -user signoff -exec cat {}/smaps_rollup \; 2>/dev/null |
        awk '/^Pss:/ { sum += $2 } END { print "== memory of the instance: " int(sum / 1024) " MiB" }'
}
memory
say "a round up to its PDF"
signoff association set "name=Verband e. V." short_name=Verband "address=Weg 1\n12345 Ort" email=office@verband.example \
    "telephone=0221 4710-128" "responsible=Anna Muster"
for kind in imprint privacy accessibility; do
    for language in de en; do
        echo "Text." >/tmp/text.md
        signoff association text "$kind" /tmp/text.md --language "$language"
    done
done
cp members.csv leitgedanken.md /tmp/
signoff members import /tmp/members.csv
signoff papers add /tmp/leitgedanken.md --slug leitgedanken --title "Leitgedanken"
signoff mail test office@verband.example
for _ in $(seq 30); do # it opens once the worker has sent the test mail
    signoff rounds open leitgedanken --deadline "$(date -d '+40 days' +%F)" --public && break
    sleep 1
done
page /papers/leitgedanken | grep -c Leitgedanken
signoff rounds status leitgedanken | head -5
memory

upgrade() { DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "./signoff_$1"_*.deb; }
# The worker writes into the log when it has printed the draft.
for _ in $(seq 60); do [ "$(sql "SELECT count(*) FROM prints WHERE printed_at IS NULL")" = "[(0,)]" ] && break; sleep 1; done
before=$(sql "SELECT count(*), max(seq) FROM audit")
invitations=$(sql "SELECT count(*) FROM invitations")
say "an upgrade that would break the audit log"
if upgrade "$version.1"; then echo "it should have failed"; exit 1; fi
check "the service runs" service
check "nothing was changed" [ "$(sql "SELECT count(*), max(seq) FROM audit")" = "$before" ]
check "the former version" [ "$(signoff --version | tr -cd '0-9.')" = "$version" ]
page /papers/leitgedanken >/dev/null
say "an upgrade"
upgrade "$version.2"
check "the service runs" service
check "the new version" [ "$(signoff --version | tr -cd '0-9.')" = "$version.2" ]
check "the open round" [ "$(sql "SELECT count(*) FROM invitations")" = "$invitations" ]
signoff audit verify
ls -la "/var/lib/signoff-backup/$host" /usr/lib/signoff
say "a downgrade is refused"
if DEBIAN_FRONTEND=noninteractive apt-get install -q -y --allow-downgrades "./signoff_${version}"_*.deb; then exit 1; fi
check "the service runs" service
upgrade "$version.2"

say "the release"
signoff rounds close leitgedanken --reason "Probe"
signoff release leitgedanken
page /papers/leitgedanken | grep -o 'href="[^"]*\.pdf"' | head -1
file=$(ls /var/lib/signoff/$host/archive/released/*.pdf)
pdftotext "$file" - | head -3
signoff verify "$file"
signoff doctor || true
