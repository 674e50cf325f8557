#!/usr/bin/env bash
# Kafka Streams from Maven Central as pom.xml pins it, and the program. $1 is the cache.
set -euo pipefail
cd "$(dirname "$0")"
out=$1/kafka-streams
mkdir -p "$out/classes"
mvn -q -B dependency:copy-dependencies -DoutputDirectory="$out/libs"
javac -cp "$out/libs/*" -d "$out/classes" src/main/java/peers/*.java
