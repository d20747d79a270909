#!/bin/bash
# A real OpenStack on this machine: Keystone, Placement, Glance and Nova of Debian 13 with Nova's fake hypervisor, in a tree of its own.
#
#   real-cloud.sh up FOLDER     installs what is not there yet (about 2.6 GB), starts it, and says how it is reached, in FOLDER/cloud.json
#   real-cloud.sh down FOLDER   ends what it started, by its process ids; the tree stays, for the next time
#
# Needs Linux, root, debootstrap and curl. Everything listens on 127.0.0.1. Neutron is not among it: real-run.ts stands in for it.
set -euo pipefail

DOES=${1:?up or down}
mkdir -p "${2:?a folder}"
W=$(cd "$2" && pwd)
TREE=$W/tree
PIDS=$W/pids
LOGS=$W/logs
KEYSTONE_PORT=15000 PLACEMENT_PORT=18778 GLANCE_PORT=19292 NOVA_PORT=18774 NEUTRON_PORT=19696
MYSQL_PORT=53306 RABBIT_PORT=25673 EPMD_PORT=24369
# Of a cloud that is reached from this machine alone.
PASSWORD=of-the-trial
KEYSTONE=http://127.0.0.1:$KEYSTONE_PORT/v3
PACKAGES="mariadb-server python3-pymysql keystone placement-api glance-api nova-api nova-conductor nova-scheduler
  rabbitmq-server uwsgi-core uwsgi-plugin-python3"
DATABASES="keystone placement glance nova_api nova nova_cell0"

say() { echo "$(date +%T) $*"; }
inside() { chroot "$TREE" "$@"; }

# begin NAME COMMAND… : starts a service in the tree; its process id is kept.
begin() {
  local name=$1
  shift
  (exec nice chroot "$TREE" "$@") >"$LOGS/$name.log" 2>&1 &
  echo $! >"$PIDS/$name.pid"
}

# wait_for WHAT SECONDS COMMAND…
wait_for() {
  local what=$1 seconds=$2
  shift 2
  for _ in $(seq $((seconds * 5))); do
    "$@" >/dev/null 2>&1 && return 0
    sleep 0.2
  done
  say "$what did not come up within $seconds s; see $LOGS" >&2
  return 1
}

install_tree() {
  [ -e "$TREE/installed" ] && return
  local mirror
  mirror=$(awk '/^URIs:/ { print $2; exit }' /etc/apt/sources.list.d/debian.sources)
  say "installing a Debian 13 into $TREE"
  debootstrap --variant=minbase trixie "$TREE" "$mirror" >"$LOGS/debootstrap.log"
  # Nothing is started by its installation.
  printf '#!/bin/sh\nexit 101\n' >"$TREE/usr/sbin/policy-rc.d"
  chmod 755 "$TREE/usr/sbin/policy-rc.d"
  cp /etc/hosts "$TREE/etc/hosts"
  mount_proc
  say "installing OpenStack"
  # shellcheck disable=SC2086
  inside sh -c "apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $(echo $PACKAGES)" \
    >"$LOGS/install.log" 2>&1
  touch "$TREE/installed"
}

mount_proc() { mountpoint -q "$TREE/proc" || inside mount -t proc proc /proc; }

sql() { inside mariadb -S /srv/my/s.sock "$@"; }

start_database() {
  inside mkdir -p /srv/my
  if [ ! -e "$TREE/srv/my/data/mysql" ]; then
    inside sh -c 'chown mysql /srv/my && mariadb-install-db --user=mysql --datadir=/srv/my/data' >"$LOGS/mysql-install.log" 2>&1
  fi
  begin mysql mariadbd --no-defaults --user=mysql --datadir=/srv/my/data --socket=/srv/my/s.sock \
    --port=$MYSQL_PORT --bind-address=127.0.0.1
  wait_for MariaDB 60 sql -e 'select 1'
  for name in $DATABASES; do sql -e "create database if not exists $name character set utf8mb3"; done
  sql -e "create user if not exists os@'127.0.0.1' identified by 'os'; grant all on *.* to os@'127.0.0.1'"
}

rabbit() {
  env RABBITMQ_NODENAME=poolkeeper@localhost RABBITMQ_NODE_IP_ADDRESS=127.0.0.1 RABBITMQ_NODE_PORT=$RABBIT_PORT \
    RABBITMQ_DIST_PORT=$((RABBIT_PORT + 1)) RABBITMQ_MNESIA_BASE=/srv/rabbit/db RABBITMQ_LOG_BASE=/srv/rabbit/log \
    RABBITMQ_PLUGINS_EXPAND_DIR=/srv/rabbit/plugins HOME=/srv/rabbit ERL_EPMD_ADDRESS=127.0.0.1 ERL_EPMD_PORT=$EPMD_PORT \
    chroot "$TREE" /usr/lib/rabbitmq/bin/"$@"
}

start_queue() {
  inside mkdir -p /srv/rabbit/db /srv/rabbit/log /srv/rabbit/plugins
  # Both would stay behind when the server is ended: epmd is started first, so that its process id is known.
  (exec nice env ERL_EPMD_ADDRESS=127.0.0.1 ERL_EPMD_PORT=$EPMD_PORT chroot "$TREE" epmd) >"$LOGS/epmd.log" 2>&1 &
  echo $! >"$PIDS/epmd.pid"
  (rabbit rabbitmq-server) >"$LOGS/rabbit.log" 2>&1 &
  echo $! >"$PIDS/rabbit-start.pid"
  wait_for RabbitMQ 90 bash -c "exec 3<>/dev/tcp/127.0.0.1/$RABBIT_PORT"
}

database() { echo "mysql+pymysql://os:os@127.0.0.1:$MYSQL_PORT/$1?charset=utf8"; }

# authenticated SECTION USER : how a service talks to Keystone.
authenticated() {
  cat <<END
[$1]
auth_type = password
auth_url = $KEYSTONE
www_authenticate_uri = $KEYSTONE
username = $2
password = $PASSWORD
project_name = service
user_domain_name = Default
project_domain_name = Default
region_name = north
END
  # A token that was taken back is worthless at once.
  if [ "$1" = keystone_authtoken ]; then echo 'token_cache_time = -1'; fi
}

# wsgi NAME PORT FILE [VARIABLE=…]
wsgi() {
  local name=$1 port=$2 file=$3
  shift 3
  # A server that closes each connection and does not say so resets those who keep them.
  begin "$name" env "$@" uwsgi_python3 --http-socket "127.0.0.1:$port" --add-header 'Connection: close' --wsgi-file "$file" \
    --processes 1 --threads 4 --master --die-on-term --need-app --buffer-size 65535 --enable-threads
}

start_keystone() {
  inside mkdir -p /srv/keystone/keys /srv/keystone/cred
  cat >"$TREE/etc/keystone/keystone.conf" <<END
[DEFAULT]
log_file = /srv/keystone/keystone.log
[database]
connection = $(database keystone)
[token]
provider = fernet
expiration = 3600
[fernet_tokens]
key_repository = /srv/keystone/keys
[fernet_receipts]
key_repository = /srv/keystone/keys
[credential]
key_repository = /srv/keystone/cred
END
  if [ ! -e "$TREE/srv/keystone/bootstrapped" ]; then
    inside sh -c "keystone-manage db_sync && chown -R keystone /srv/keystone &&
      keystone-manage fernet_setup --keystone-user keystone --keystone-group keystone &&
      keystone-manage credential_setup --keystone-user keystone --keystone-group keystone &&
      keystone-manage bootstrap --bootstrap-password $PASSWORD --bootstrap-admin-url $KEYSTONE --bootstrap-public-url $KEYSTONE \
        --bootstrap-internal-url $KEYSTONE --bootstrap-region-id north" >"$LOGS/keystone-setup.log" 2>&1
    touch "$TREE/srv/keystone/bootstrapped"
  fi
  wsgi keystone $KEYSTONE_PORT "$(first /usr/bin/keystone-wsgi-public /usr/lib/python3/dist-packages/keystone/wsgi/api.py)"
  wait_for Keystone 60 curl -sf "$KEYSTONE"
}

# first FILE… : the one that there is in the tree.
first() {
  for file in "$@"; do [ -e "$TREE$file" ] && echo "$file" && return 0; done
  say "none of $* is in the tree" >&2
  return 1
}

TOKEN=
# api METHOD URL [BODY] : as the admin of the cloud.
api() {
  curl -sf -X "$1" "$2" -H "X-Auth-Token: $TOKEN" -H 'Content-Type: application/json' ${3:+-d "$3"}
}

# id_of KIND NAME : of what Keystone lists under /KINDs.
id_of() { api GET "$KEYSTONE/$1s?name=$2" | python3 -c "import json,sys; print(json.load(sys.stdin)['$1s'][0]['id'])"; }
made() { python3 -c "import json,sys; print(json.load(sys.stdin)['$1']['id'])"; }

log_in() {
  TOKEN=$(curl -si -X POST "$KEYSTONE/auth/tokens" -H 'Content-Type: application/json' -d '{"auth":{"identity":{"methods":["password"],
    "password":{"user":{"name":"admin","domain":{"id":"default"},"password":"'$PASSWORD'"}}},
    "scope":{"project":{"name":"admin","domain":{"id":"default"}}}}}' | tr -d '\r' | awk 'tolower($1) == "x-subject-token:" { print $2 }')
  [ -n "$TOKEN" ]
}

# Users of the services, the user and project of the trial, and where services are.
fill_keystone() {
  [ -e "$TREE/srv/keystone/filled" ] && return
  local service web user
  service=$(api POST "$KEYSTONE/projects" '{"project":{"name":"service","domain_id":"default"}}' | made project)
  web=$(api POST "$KEYSTONE/projects" '{"project":{"name":"web","domain_id":"default"}}' | made project)
  api GET "$KEYSTONE/roles?name=service" | grep -q '"service"' || api POST "$KEYSTONE/roles" '{"role":{"name":"service"}}' >/dev/null
  for name in nova placement glance; do
    user=$(api POST "$KEYSTONE/users" '{"user":{"name":"'$name'","domain_id":"default","password":"'$PASSWORD'"}}' | made user)
    for role in admin service; do api PUT "$KEYSTONE/projects/$service/users/$user/roles/$(id_of role $role)"; done
  done
  user=$(api POST "$KEYSTONE/users" '{"user":{"name":"ann","domain_id":"default","password":"'$PASSWORD'"}}' | made user)
  api PUT "$KEYSTONE/projects/$web/users/$user/roles/$(id_of role member)"
  enter compute "http://127.0.0.1:$NOVA_PORT/v2.1"
  enter image "http://127.0.0.1:$GLANCE_PORT"
  enter placement "http://127.0.0.1:$PLACEMENT_PORT"
  enter network "http://127.0.0.1:$NEUTRON_PORT"
  touch "$TREE/srv/keystone/filled"
}

# enter TYPE URL : into the catalogue.
enter() {
  local id
  id=$(api POST "$KEYSTONE/services" '{"service":{"type":"'$1'","name":"'$1'"}}' | made service)
  for interface in public internal admin; do
    api POST "$KEYSTONE/endpoints" \
      '{"endpoint":{"interface":"'$interface'","region_id":"north","service_id":"'$id'","url":"'$2'"}}' >/dev/null
  done
}

start_placement() {
  inside mkdir -p /srv/placement
  { printf '[api]\nauth_strategy = keystone\n[placement_database]\nconnection = %s\nsync_on_startup = true\n' "$(database placement)"
    authenticated keystone_authtoken placement; } >"$TREE/srv/placement/placement.conf"
  wsgi placement $PLACEMENT_PORT "$(first /usr/bin/placement-api /usr/lib/python3/dist-packages/placement/wsgi/api.py)" \
    OS_PLACEMENT_CONFIG_DIR=/srv/placement
  wait_for Placement 60 curl -sf "http://127.0.0.1:$PLACEMENT_PORT/"
}

start_glance() {
  inside mkdir -p /srv/glance/images
  { printf '[DEFAULT]\nenabled_backends = here:file\nlog_file = /srv/glance/glance.log\nbind_host = 127.0.0.1\nbind_port = %s\nworkers = 1\n' $GLANCE_PORT
    printf '[database]\nconnection = %s\n[glance_store]\ndefault_backend = here\n[here]\nfilesystem_store_datadir = /srv/glance/images\n' "$(database glance)"
    printf '[paste_deploy]\nflavor = keystone\n[oslo_concurrency]\nlock_path = /srv/glance/lock\n'
    authenticated keystone_authtoken glance; } >"$TREE/etc/glance/glance-api.conf"
  inside glance-manage --config-file /etc/glance/glance-api.conf db_sync >"$LOGS/glance-setup.log" 2>&1
  wsgi glance $GLANCE_PORT "$(first /usr/bin/glance-wsgi-api /usr/lib/python3/dist-packages/glance/wsgi/api.py)"
  wait_for Glance 60 bash -c "curl -s http://127.0.0.1:$GLANCE_PORT/ | grep -q versions"
}

configure_nova() {
  inside mkdir -p /srv/nova/lock /srv/nova/instances
  { cat <<END
[DEFAULT]
transport_url = rabbit://guest:guest@127.0.0.1:$RABBIT_PORT/
compute_driver = fake.PredictableNodeUUIDDriver
my_ip = 127.0.0.1
host = trial
state_path = /srv/nova
osapi_compute_listen = 127.0.0.1
osapi_compute_listen_port = $NOVA_PORT
osapi_compute_workers = 1
enabled_apis = osapi_compute
[api]
auth_strategy = keystone
# Small pages, so that every list has several.
max_limit = 3
[api_database]
connection = $(database nova_api)
[database]
connection = $(database nova)
[oslo_concurrency]
lock_path = /srv/nova/lock
[conductor]
workers = 1
[scheduler]
workers = 1
[quota]
instances = 10
[vnc]
enabled = false
END
    authenticated keystone_authtoken nova
    authenticated placement nova
    authenticated neutron nova
    authenticated glance nova
    authenticated service_user nova; } >"$TREE/srv/nova/nova.conf"
  cp "$TREE/srv/nova/nova.conf" "$TREE/etc/nova/nova.conf"
  # The fake hypervisor makes this id of the host's name, and a compute service that starts again has to find it written down.
  echo afac41e0-a899-5820-a638-11cd8be8491e >"$TREE/srv/nova/compute_id"
  [ -e "$TREE/srv/nova/synced" ] && return
  inside sh -c "nova-manage api_db sync && nova-manage cell_v2 map_cell0 --database_connection '$(database nova_cell0)' &&
    nova-manage cell_v2 create_cell --name c1 && nova-manage db sync" >"$LOGS/nova-setup.log" 2>&1
  touch "$TREE/srv/nova/synced"
}

start_nova() {
  local option="--config-file /srv/nova/nova.conf"
  # shellcheck disable=SC2086
  begin nova-conductor nova-conductor $option
  # shellcheck disable=SC2086
  begin nova-scheduler nova-scheduler $option
  # The package nova-compute would bring a hypervisor.
  begin nova-compute python3 -c "import eventlet; eventlet.monkey_patch()
import sys; sys.argv = ['nova-compute', '--config-file', '/srv/nova/nova.conf']
from nova.cmd.compute import main; main()"
  # Its green threads and the threads of uwsgi do not go together: two calls at once would hang.
  wsgi nova-api $NOVA_PORT "$(first /usr/bin/nova-api-wsgi /usr/lib/python3/dist-packages/nova/wsgi/osapi_compute.py)" \
    OS_NOVA_DISABLE_EVENTLET_PATCHING=yes
  wait_for Nova 90 curl -sf "http://127.0.0.1:$NOVA_PORT/"
  wait_for 'the compute service' 300 is_computing
  # shellcheck disable=SC2086
  inside nova-manage $option cell_v2 discover_hosts >"$LOGS/nova-hosts.log" 2>&1
}

is_computing() {
  api GET "http://127.0.0.1:$NOVA_PORT/v2.1/os-services?binary=nova-compute" | grep -q '"state": "up"'
}

fill_cloud() {
  local nova=http://127.0.0.1:$NOVA_PORT/v2.1 glance=http://127.0.0.1:$GLANCE_PORT/v2 image
  api GET "$nova/flavors" | grep -q m1.tiny ||
    api POST "$nova/flavors" '{"flavor":{"name":"m1.tiny","ram":64,"vcpus":1,"disk":1}}' >/dev/null
  api GET "$glance/images?name=debian-12" | grep -q '"active"' && return
  image=$(api POST "$glance/images" '{"name":"debian-12","disk_format":"raw","container_format":"bare","visibility":"public"}' |
    python3 -c "import json,sys; print(json.load(sys.stdin)['id'])")
  curl -sf -X PUT "$glance/images/$image/file" -H "X-Auth-Token: $TOKEN" -H 'Content-Type: application/octet-stream' \
    --data-binary 'not much of an image'
}

up() {
  mkdir -p "$PIDS" "$LOGS"
  install_tree
  mount_proc
  say "starting MariaDB and RabbitMQ"
  start_database
  start_queue
  say "starting Keystone"
  start_keystone
  log_in
  fill_keystone
  say "starting Placement and Glance"
  start_placement
  start_glance
  say "starting Nova"
  configure_nova
  start_nova
  fill_cloud
  cat >"$W/cloud.json" <<END
{ "settings": { "auth": { "keystoneUrl": "$KEYSTONE", "v3Credentials": { "userName": "ann", "userDomainName": "Default",
    "password": "$PASSWORD", "projectName": "web", "projectDomainName": "Default" } }, "region": "north",
    "connectionTimeout": 30000, "socketTimeout": 30000 },
  "template": { "size": "m1.tiny", "image": "debian-12", "networks": ["none"] } }
END
  say "up: $W/cloud.json says how it is reached"
}

down() {
  local pid
  for file in "$PIDS"/nova-*.pid "$PIDS"/glance.pid "$PIDS"/placement.pid "$PIDS"/keystone.pid "$PIDS"/mysql.pid; do
    [ -e "$file" ] || continue
    pid=$(cat "$file")
    kill "$pid" 2>/dev/null || true
    for _ in $(seq 150); do kill -0 "$pid" 2>/dev/null || break; sleep 0.1; done
    kill -KILL "$pid" 2>/dev/null || true
    rm -f "$file"
  done
  # The start script of RabbitMQ is not the server: that is found by its own file, of this node alone.
  for file in "$TREE"/srv/rabbit/db/poolkeeper@localhost.pid "$PIDS"/rabbit-start.pid "$PIDS"/epmd.pid; do
    [ -e "$file" ] || continue
    kill "$(cat "$file")" 2>/dev/null || true
    rm -f "$file"
  done
  sleep 2
  umount "$TREE/proc" 2>/dev/null || true
  say "down"
}

"$DOES"
