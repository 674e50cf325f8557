#!/usr/bin/env bash
# Flink from Maven Central as pom.xml pins it, and the program. $1 is the cache.
set -euo pipefail
cd "$(dirname "$0")"
out=$1/flink
mkdir -p "$out/classes"
mvn -q -B dependency:copy-dependencies -DoutputDirectory="$out/libs"
javac -cp "$out/libs/*" -d "$out/classes" src/main/java/peers/*.java
cp src/main/resources/*.sql "$out/classes"
