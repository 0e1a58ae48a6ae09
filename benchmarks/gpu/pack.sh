#!/usr/bin/env bash
# Packs what training on scenes needs into one small folder, for a machine with a GPU that has Python and PyTorch
# but neither Java nor a network: a Java runtime, the jars, our half of libtorch's Java binding without libtorch
# itself, which is PyTorch's there, the recipes, the text-image pair and the drawings of the 150 concepts.
#
#   ./tcd4j --version                            # builds
#   benchmarks/gpu/pack.sh .gpu                  # then there: .gpu/unpack.sh /tmp/scenes && cd /tmp/scenes &&
#                                                #   ./tcd4j train ... --device cuda (docs/scenes.md)
set -euo pipefail
home="$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.." && pwd)"
to="$(readlink -m "${1:?where to write the packed folder}")"
lib="$home/cli/target/lib"
[ -e "$lib/tcd4j.jar" ] || { echo "pack.sh: run ./tcd4j --version first, which builds" >&2; exit 1; }
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/lib" "$work/emoji/data" "$work/recipes" "$to"

java="$(readlink -f "${JAVA_HOME:+$JAVA_HOME/bin/}$(command -v java)")"
"${java%/java}/jlink" --add-modules java.base,java.desktop,java.logging,java.sql,jdk.jfr,jdk.management,jdk.unsupported \
  --strip-java-debug-attributes --no-header-files --no-man-pages --output "$work/jre"
# Debug symbols of the distributor's libraries are no use there.
find "$work/jre" -name '*.so' -exec strip --strip-unneeded {} + 2>/dev/null || true

# Jars without compression of their own: xz then makes them a third smaller.
for jar in "$lib"/*.jar; do
  case "${jar##*/}" in
    mkl-* | *-redist.jar | pytorch-*-linux-x86_64.jar | openblas-*-linux-x86_64.jar) ;;
    *) mkdir "$work/jar" && (cd "$work/jar" && unzip -q "$jar" && zip -q -0 -r "$work/lib/${jar##*/}" .) && rm -r "$work/jar" ;;
  esac
done
# Of the jars of native libraries only what libtorch's binding loads before it, and not libtorch.
some() {
  local jar="$1"
  shift
  (mkdir "$work/native" && cd "$work/native" && unzip -q "$jar" "$@" META-INF/MANIFEST.MF &&
    zip -q -0 -r "../lib/${jar##*/}" . && cd .. && rm -r native)
}
some "$(echo "$lib"/pytorch-*-linux-x86_64.jar)" 'org/*/libjnitorch.so' 'org/*/libgomp.so.1'
some "$(echo "$lib"/openblas-*-linux-x86_64.jar)" 'org/*/libjniopenblas.so' 'org/*/libjniopenblas_nolapack.so' \
  'org/*/libopenblas*.so*' 'org/*/libgfortran*' 'org/*/libquadmath*' 'org/*/libgcc_s*'

cp "$home"/recipes/*.yaml "$work/recipes/"
cp -r "$home/emoji/pair" "$home/emoji/tokenizer" "$work/emoji/"
mkdir "$work/benchmarks"
cp "$home"/benchmarks/{small_scenes,scene_jobs,scene_verdicts,scene_studies}.py "$home"/benchmarks/gpu/{timed,bring}.py "$work/benchmarks/"
python3 - "$home" "$work" <<'PY'
"""The drawings of the concepts that scenes are composed of, out of the shards of all drawings."""
import io, pathlib, sys, tarfile

home, work = map(pathlib.Path, sys.argv[1:])
names = {line.strip() for line in
         (home / "data/src/main/resources/io/github/tcd4j/data/scenes/concepts.txt").read_text().splitlines()}
kept = 0
folder = work / "emoji/data/train"
folder.mkdir()
with tarfile.open(folder / "train-0000.tar", "w") as out:
    for shard in sorted((home / "emoji/data/train").glob("*.tar")):
        with tarfile.open(shard) as tar:
            samples = {}
            for member in tar:
                key = member.name.split(".", 1)[0]
                samples.setdefault(key, []).append((member, tar.extractfile(member).read()))
        for files in samples.values():
            caption = next((data.decode() for m, data in files if m.name.endswith(".txt")), "")
            if caption.rsplit(", ", 1)[0] in names:
                kept += 1
                for member, data in files:
                    out.addfile(member, io.BytesIO(data))
print(f"{kept} drawings of {len(names)} concepts")
PY

tar -C "$work" -c . | xz -9e >"$to/scenes.tar.xz"
cat >"$to/unpack.sh" <<'SH'
#!/usr/bin/env bash
# Unpacks into a folder and writes there ./tcd4j, which uses the libtorch of this machine's PyTorch.
set -euo pipefail
from="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
mkdir -p "$1" && cd "$1"
if [ ! -e tcd4j ]; then
  xz -dc "$from/scenes.tar.xz" 2>/dev/null | tar -x || python3 -c "import sys, tarfile; tarfile.open(sys.argv[1]).extractall()" "$from/scenes.tar.xz"
  cat >tcd4j <<'RUN'
#!/usr/bin/env bash
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
torch="${TORCH_LIB:-$(python3 -c 'import importlib.util as u, pathlib; print(pathlib.Path(u.find_spec("torch").origin).parent / "lib")')}"
# PyTorch's folder is searched first, and the binding loads libtorch_cuda.so too where it is there. The binding is
# that of libtorch 2.10; PyTorch 2.11's serves it (docs/performance.md), 2.15's lacks symbols.
export LC_ALL=C.UTF-8
exec "$here/jre/bin/java" -Xmx8g -XX:+UseSerialGC -Dorg.bytedeco.javacpp.pathsFirst=true "-Djava.library.path=$torch" \
  -Dorg.bytedeco.javacpp.maxPhysicalBytes=0 "-Dorg.bytedeco.javacpp.cachedir=$here/native" "-Dtcd4j.home=$here" \
  -Djava.awt.headless=true ${TCD4J_JAVA_OPTS:-} -cp "$here/lib/*" io.github.tcd4j.cli.Main "$@"
RUN
  chmod +x tcd4j
fi
SH
chmod +x "$to/unpack.sh"
du -h "$to/scenes.tar.xz"
