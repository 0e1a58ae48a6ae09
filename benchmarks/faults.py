"""What ./tcd4j serve has promised, when clients and the system do their worst.

    python benchmarks/faults.py [--cancels 500] [--kills 20] [--seed 1]

Cancels jobs at random moments: waiting, before the first step, in the middle, and at their end. Afterwards
there are no more threads, native objects or resident memory than before. Then kills the server with SIGKILL at
random moments while it works with --output: each picture of a job that a client saw completed must be in the
folder, whole, and nothing else there may look like a finished picture; the next server starts in the same
folder. Only the standard library. Prints what it found, and ends with an error if anything was lost.
"""

import argparse
import json
import pathlib
import random
import struct
import sys
import tempfile
import threading
import time
import zlib

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "oracle"))
from served import serve  # noqa: E402

PROMPT = "red apple, fluent 3d style"
LONG = {"prompt": PROMPT, "sampler": "ddim", "steps": 100, "loras": []}
SHORT = {"prompt": PROMPT, "steps": 1, "count": 2, "batch": 1}


def figures(server):
    """Threads, native objects, resident bytes; after a moment in which nothing works.

    A network that was read with a LoRA has an object without memory for each weight that it changes, until a
    job without it has made its first step.
    """
    job = server.submit(LONG)
    while server.get(f"/api/jobs/{job}")["step"] == 0:
        time.sleep(0.01)
    server.call("POST", f"/api/jobs/{job}/cancel")
    server.wait(job, "cancelled", "completed")
    server.wait(server.submit(SHORT), "completed")
    time.sleep(8)  # Threads of jobs wait 5 seconds for another one.
    return server.thread_names(), server.metric("tcd4j_native_objects"), server.metric("tcd4j_resident_memory_bytes")


def cancels(count, chance):
    with serve() as server:
        ends = {}

        def some(number):
            for _ in range(number):
                job = server.submit(LONG)
                time.sleep(chance.random() ** 2 * 0.4)
                method, path = (("POST", f"/api/jobs/{job}/cancel") if chance.random() < 0.7 else ("DELETE", f"/api/jobs/{job}"))
                server.call(method, path)
                status, _, answer = server.call("GET", f"/api/jobs/{job}")
                state = "deleted" if status == 404 else json.loads(answer)["state"]
                ends[state] = ends.get(state, 0) + 1

        some(20)
        for _ in range(2):
            before = figures(server)
        threads = [threading.Thread(target=some, args=(count // 4,)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for job in server.get("/api/jobs")["jobs"]:
            server.wait(job["id"], "cancelled", "completed")
        after = figures(server)
    # The pool of HTTP threads follows the clients, and shrinks in a minute.
    more = after[0] - before[0]
    http = more.pop("tcdjhttp", 0)
    print(f"{count} cancels, ends {ends}: threads {before[0].total()} -> {after[0].total()}, of them {http} for HTTP,"
          f" others more {dict(more)}, native objects {before[1]:.0f} ->"
          f" {after[1]:.0f}, resident {before[2] / 2**20:.0f} -> {after[2] / 2**20:.0f} MiB")
    return [] if not more and after[1] == before[1] and after[2] <= before[2] * 1.1 + 2**25 \
        else ["cancels left something behind"]


def whole(path):
    """Whether a PNG has all its chunks, with the right sums, and as many pixels as it says."""
    data = path.read_bytes()
    if data[:8] != b"\x89PNG\r\n\x1a\n":
        return False
    at, pixels, end = 8, b"", False
    while at + 12 <= len(data):
        length, kind = struct.unpack(">I4s", data[at:at + 8])
        body = data[at + 8:at + 8 + length]
        if len(data) < at + 12 + length or struct.unpack(">I", data[at + 8 + length:at + 12 + length])[0] != zlib.crc32(kind + body):
            return False
        if kind == b"IHDR":
            width, height = struct.unpack(">II", body[:8])
        if kind == b"IDAT":
            pixels += body
        end = kind == b"IEND"
        at += 12 + length
    return end and len(zlib.decompress(pixels)) == height * (3 * width + 1)


def kill(folder, chance, promised):
    """Works until the process is killed; keeps the ids of the jobs that were seen completed, with their pictures."""
    with serve("--output", folder) as server:
        before = len(promised)

        def client():
            while True:
                try:
                    job = server.submit(SHORT)
                    state = server.wait(job, "completed", "failed", seconds=30)
                    promised[job] = len(state["images"])
                except (OSError, ValueError, SystemExit, EOFError):
                    return
                except Exception:  # Whatever http.client makes of a connection that is cut.
                    return

        threads = [threading.Thread(target=client) for _ in range(3)]
        for thread in threads:
            thread.start()
        end = time.time() + 30
        while len(promised) == before and time.time() < end:
            time.sleep(0.01)
        time.sleep(chance.random())
        server.process.kill()
        server.process.wait()
        for thread in threads:
            thread.join()


def kills(count, chance):
    promised, failures = {}, []
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(count):
            kill(folder, chance, promised)
        files = sorted(pathlib.Path(folder).glob("[!.]*"))
        temporary = sorted(pathlib.Path(folder).glob(".*"))
        broken = [f.name for f in files if f.suffix != ".png" or not whole(f)]
        lost = [(job, n) for job, n in promised.items() for i in range(n)
                if sum(f.stem.endswith(f"-{job}-{i}") for f in files) != 1]
        print(f"{count} kills: {sum(promised.values())} pictures of {len(promised)} jobs promised, {len(lost)} lost;"
              f" {len(files)} files, {len(broken)} not whole, {len(temporary)} hidden temporary files")
        if broken or lost or not promised:
            failures.append(f"broken {broken[:3]}, lost {lost[:3]}")
    return failures


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cancels", type=int, default=500)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    chance = random.Random(args.seed)
    failures = cancels(args.cancels, chance) if args.cancels else []
    failures += kills(args.kills, chance) if args.kills else []
    if failures:
        raise SystemExit(str(failures))


main()
