#!/usr/bin/env bash
# Starts ./tcd4j many times under load and counts what goes wrong.
#
#   benchmarks/starts.sh SECONDS FOLDER [JAVA_HOME...]
#
# At once, for so many seconds: a process after another for each Java (warm); two that share a library cache
# that is emptied before every seventh pair of starts (cache); two of a copy of this folder whose class archive
# is removed before every third start (archive); and a build of another copy beside its first starts (build).
# FOLDER/starts has a line a start: kind, exit code, and "same" or "differs" of the picture. The error
# files of the JVM and what a failed start wrote stay in FOLDER.
set -uo pipefail
home="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
seconds="${1:?seconds}" out="$(mkdir -p "${2:?folder}" && cd "$2" && pwd)"
shift 2
javas=("$@")
[ ${#javas[@]} -gt 0 ] || { java="$(readlink -f "$(command -v java)")" && javas=("${java%/bin/java}"); }
first="${javas[0]}" last="${javas[-1]}"
until=$((SECONDS + seconds))
ulimit -c 0

start() { # kind worker tcd4j java [options]
  local folder="$out/$2" code picture=differs
  mkdir -p "$folder"
  rm -f "$folder"/*.png
  JAVA_HOME="$4" TCD4J_JAVA_OPTS="-XX:ErrorFile=$out/hs_%p.log ${5:-}" "$3" generate "red apple" \
    --steps 1 --seed 1 -o "$folder" >"$folder/out" 2>"$folder/err"
  code=$?
  cmp -s "$folder/red-apple.png" "$out/reference.png" && picture=same
  echo "$1 $code $picture" >>"$out/starts"
  [ "$code" = 0 ] || cp "$folder/err" "$out/failed-$1-$code-$RANDOM"
}

copy() { # of this folder without what was built, or with it
  rm -rf "$out/$1"
  mkdir "$out/$1"
  tar -C "$home" --exclude=.git "${@:2}" -cf - . | tar -C "$out/$1" -xf -
}

warm() { while [ $SECONDS -lt $until ]; do start warm "warm-$1" "$home/tcd4j" "$2"; done; }

cache() {
  local options="-Dorg.bytedeco.javacpp.cachedir=$out/libraries" round kind
  while [ $SECONDS -lt $until ]; do
    rm -rf "$out/libraries"
    mkdir "$out/libraries"
    for round in 1 2 3 4 5 6 7; do
      kind=warm
      [ $round != 1 ] || kind=cache
      start $kind cache-1 "$home/tcd4j" "$first" "$options" &
      start $kind cache-2 "$home/tcd4j" "$last" "$options" &
      wait
    done
  done
}

archive() {
  local i=0
  while [ $SECONDS -lt $until ]; do
    [ $((i++ % 3)) != 0 ] || rm -f "$out"/copy/cli/target/classes-*.jsa
    start archive "archive-$1" "$out/copy/tcd4j" "$2"
  done
}

build() {
  while [ $SECONDS -lt $until ]; do
    copy fresh --exclude=target
    for i in 1 2 3; do start build "build-$i" "$out/fresh/tcd4j" "$first" & done
    wait
  done
}

JAVA_HOME="$first" "$home/tcd4j" generate "red apple" --steps 1 --seed 1 -o "$out/reference.png" >/dev/null || exit 1
copy copy
i=0
for java in "${javas[@]}"; do warm $((i++)) "$java" & done
cache &
archive 1 "$first" &
archive 2 "$last" &
build &
wait
sort "$out/starts" | uniq -c
ls "$out"/hs_* 2>/dev/null || echo "no error file"
