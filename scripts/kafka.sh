#!/usr/bin/env bash
# Apache Kafka for tests and for trying things out: one broker on loopback, its data in a temporary folder.
set -euo pipefail

usage() {
    cat <<'TEXT'
Usage: scripts/kafka.sh start|stop|restart|reset|topics|address

  start    gets Apache Kafka from Maven Central (once, into a cache) and starts a broker on loopback
  stop     stops the broker; its data stays
  restart  stop and start, with the same data
  reset    stops the broker and removes its data
  topics   lists the topics
  address  prints host:port of the plain listener

Environment:
  LANDFALL_KAFKA_PORT   port of the plain listener (default 19092); SASL_PLAINTEXT is on the next port, SSL on the one after,
                        the controller on the third, SASL_PLAINTEXT with signed tokens on the fourth; none of those that the
                        system gives to connections (/proc/sys/net/ipv4/ip_local_port_range), or waiting for the broker may
                        take its port
  LANDFALL_KAFKA_DATA   folder of data, logs and keys (default: landfall-kafka-<port> in the temporary folder)
  LANDFALL_CACHE        where Kafka itself is kept (default: ~/.cache/landfall)

SASL: SCRAM-SHA-512 and PLAIN, user `landfall`, password `landfall-secret`; OAUTHBEARER with unsecured tokens of anybody.
Signed tokens: OAUTHBEARER alone, JWTs for the audience `kafka` that are signed (RS256, key id `tests`) with tokens.key in the folder
of data; whoever does not sign on again before a token ends is sent away.
TLS: the authority's certificate is ca.pem in the folder of data.
TEXT
}

KAFKA_VERSION=4.3.0
port=${LANDFALL_KAFKA_PORT:-19092}
data=${LANDFALL_KAFKA_DATA:-${TMPDIR:-/tmp}/landfall-kafka-$port}
cache=${LANDFALL_CACHE:-$HOME/.cache/landfall}
libs=$cache/kafka-$KAFKA_VERSION

fetch() {
    [[ -f $libs/complete ]] && return
    mkdir -p "$libs"
    cat >"$libs/pom.xml" <<XML
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>landfall</groupId><artifactId>kafka-for-tests</artifactId><version>1</version>
  <dependencies>
    <dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>$KAFKA_VERSION</version></dependency>
    <dependency><groupId>org.slf4j</groupId><artifactId>slf4j-simple</artifactId><version>1.7.36</version></dependency>
  </dependencies>
</project>
XML
    (cd "$libs" && mvn -q -B dependency:copy-dependencies -DoutputDirectory=libs)
    touch "$libs/complete"
}

certificates() {
    [[ -f $data/ca.pem ]] && return
    openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj "/CN=landfall-test-ca" \
        -keyout "$data/ca.key" -out "$data/ca.pem" 2>/dev/null
    openssl req -newkey rsa:2048 -nodes -subj "/CN=localhost" -keyout "$data/broker.key" -out "$data/broker.csr" 2>/dev/null
    openssl x509 -req -in "$data/broker.csr" -CA "$data/ca.pem" -CAkey "$data/ca.key" -CAcreateserial -days 30 \
        -extfile <(printf 'subjectAltName=DNS:localhost,IP:127.0.0.1') -out "$data/broker.pem" 2>/dev/null
    openssl pkcs8 -topk8 -nocrypt -in "$data/broker.key" -out "$data/broker.pkcs8"
    cat "$data/broker.pkcs8" "$data/broker.pem" "$data/ca.pem" >"$data/broker-store.pem"
}

# The key that signs tokens, and as a JSON Web Key Set what the broker checks them with.
token_key() {
    [[ -f $data/jwks.json ]] && return
    openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out "$data/tokens.key" 2>/dev/null
    local modulus
    modulus=$(openssl rsa -in "$data/tokens.key" -noout -modulus | sed 's/^Modulus=//')
    # shellcheck disable=SC2059
    modulus=$(printf "$(sed 's/../\\x&/g' <<<"$modulus")" | base64 -w 0 | tr '+/' '-_' | tr -d =)
    echo "{\"keys\":[{\"kty\":\"RSA\",\"alg\":\"RS256\",\"use\":\"sig\",\"kid\":\"tests\",\"n\":\"$modulus\",\"e\":\"AQAB\"}]}" >"$data/jwks.json"
}

properties() {
    cat >"$data/server.properties" <<TEXT
process.roles=broker,controller
node.id=1
controller.quorum.bootstrap.servers=127.0.0.1:$((port + 3))
listeners=PLAINTEXT://127.0.0.1:$port,SASL_PLAINTEXT://127.0.0.1:$((port + 1)),SSL://127.0.0.1:$((port + 2)),TOKENS://127.0.0.1:$((port + 4)),CONTROLLER://127.0.0.1:$((port + 3))
advertised.listeners=PLAINTEXT://127.0.0.1:$port,SASL_PLAINTEXT://127.0.0.1:$((port + 1)),SSL://127.0.0.1:$((port + 2)),TOKENS://127.0.0.1:$((port + 4))
controller.listener.names=CONTROLLER
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,SASL_PLAINTEXT:SASL_PLAINTEXT,SSL:SSL,TOKENS:SASL_PLAINTEXT,CONTROLLER:PLAINTEXT
inter.broker.listener.name=PLAINTEXT
sasl.enabled.mechanisms=SCRAM-SHA-512,PLAIN,OAUTHBEARER
listener.name.sasl_plaintext.scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;
listener.name.sasl_plaintext.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required user_landfall="landfall-secret";
listener.name.sasl_plaintext.oauthbearer.sasl.jaas.config=org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub="broker";
listener.name.tokens.sasl.enabled.mechanisms=OAUTHBEARER
listener.name.tokens.oauthbearer.sasl.jaas.config=org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required;
listener.name.tokens.oauthbearer.sasl.server.callback.handler.class=org.apache.kafka.common.security.oauthbearer.OAuthBearerValidatorCallbackHandler
listener.name.tokens.oauthbearer.sasl.oauthbearer.jwks.endpoint.url=file://$data/jwks.json
listener.name.tokens.oauthbearer.sasl.oauthbearer.expected.audience=kafka
listener.name.tokens.oauthbearer.sasl.oauthbearer.clock.skew.seconds=0
listener.name.tokens.oauthbearer.connections.max.reauth.ms=3600000
ssl.keystore.type=PEM
ssl.keystore.location=$data/broker-store.pem
ssl.client.auth=none
log.dirs=$data/log
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
default.replication.factor=1
num.partitions=1
offsets.topic.num.partitions=4
transaction.state.log.num.partitions=4
group.initial.rebalance.delay.ms=0
auto.create.topics.enable=false
log.retention.check.interval.ms=1000
log.segment.delete.delay.ms=100
TEXT
}

java_with_kafka() {
    # shellcheck disable=SC2086
    java ${LANDFALL_KAFKA_JAVA:--Xmx768m} -Dorg.slf4j.simpleLogger.defaultLogLevel=warn -cp "$libs/libs/*" "$@"
}

running() { [[ -f $data/pid ]] && kill -0 "$(cat "$data/pid")" 2>/dev/null; }

listening() { (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; }

start() {
    if running; then
        echo "127.0.0.1:$port"
        return
    fi
    fetch
    mkdir -p "$data"
    certificates
    token_key
    properties
    if [[ ! -d $data/log ]]; then
        # An id that begins with a letter: one with `-` in front, as one of 64 has, would be taken for an option.
        local id
        id=$({ printf L && head -c 15 /dev/urandom; } | base64 | tr '+/' '-_' | tr -d =)
        java_with_kafka kafka.tools.StorageTool format --standalone -t "$id" -c "$data/server.properties" \
            --add-scram 'SCRAM-SHA-512=[name=landfall,password=landfall-secret]' >"$data/format.log" 2>&1 || {
            echo "the folder of Kafka's data could not be made ready:" >&2
            cat "$data/format.log" >&2
            exit 1
        }
    fi
    # A process group of its own, so that a Ctrl-C at the terminal does not end it.
    setsid nohup java ${LANDFALL_KAFKA_JAVA:--Xmx768m} -Dorg.slf4j.simpleLogger.defaultLogLevel=warn -cp "$libs/libs/*" \
        -Dorg.apache.kafka.sasl.oauthbearer.allowed.urls="file://$data/jwks.json" \
        -Dorg.apache.kafka.sasl.oauthbearer.allowed.files="$data/jwks.json" \
        kafka.Kafka "$data/server.properties" >>"$data/broker.log" 2>&1 &
    echo $! >"$data/pid"
    for _ in $(seq 600); do
        if listening; then
            echo "127.0.0.1:$port"
            return
        fi
        running || break
        sleep 0.1
    done
    echo "Kafka did not start; its log:" >&2
    tail -40 "$data/broker.log" >&2
    exit 1
}

stop() {
    running || return 0
    local pid
    pid=$(cat "$data/pid")
    kill "$pid"
    for _ in $(seq 150); do
        kill -0 "$pid" 2>/dev/null || break
        sleep 0.1
    done
    kill -9 "$pid" 2>/dev/null || true
    rm -f "$data/pid"
}

case ${1:---help} in
start) start ;;
stop) stop ;;
restart)
    stop
    start
    ;;
reset)
    stop
    rm -rf "$data"
    ;;
topics)
    if command -v kcat >/dev/null; then
        kcat -L -b "127.0.0.1:$port" | sed -n 's/^  topic "\(.*\)" with \([0-9]*\) partitions:.*/\1 \2/p'
    else
        java_with_kafka org.apache.kafka.tools.TopicCommand --bootstrap-server "127.0.0.1:$port" --list
    fi
    ;;
address) echo "127.0.0.1:$port" ;;
-h | --help) usage ;;
*)
    usage >&2
    exit 2
    ;;
esac
