"""./tcd4j serve under load, compared with diffusers behind a server of its own.

    python benchmarks/load.py [--clients 8] [--minutes 10] [--peer PYTHON]

Starts the server by the README's command with the embedded model and a tiny SDXL. Then, in turns on the
same cores: CLIENTS clients ask it for pictures at the same time, and one client asks the peer for the same
pictures one after another (benchmarks/peer_server.py, run by a Python that has diffusers). Last, ten times
as many jobs as the queue has places. Only the standard library.

Prints pictures an hour and times of both, their ratio, and the server's memory and native objects after
each turn. Ends with an error if an answer was an error, an accepted job was lost, a refusal was slow or
had no Retry-After, or memory grew after the first turn.
"""

import argparse
import http.client
import itertools
import json
import os
import pathlib
import re
import statistics
import subprocess
import sys
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "oracle"))
from served import serve  # noqa: E402

SDXL = ROOT / "pipeline/src/test/resources/fidelity/sdxl"
EMBEDDED = {"model": "emoji", "prompt": "red apple, fluent 3d style", "sampler": "tcd", "steps": 4, "gamma": 0.3,
            "guidance": 1.0, "size": "64x64"}
TINY_SDXL = {"model": "sdxl", "prompt": "red apple, fluent 3d style!", "sampler": "euler", "steps": 4, "guidance": 1.0,
             "size": "64x64"}
PROCESSORS = len(os.sched_getaffinity(0))

# What may be different after the first turn: the heap's own ups and downs, some cached prompt.
GROWTH = 1.10
OBJECTS = 50


def request(number):
    """The same for both: two of three pictures by the embedded model."""
    return {**(TINY_SDXL if number % 3 == 2 else EMBEDDED), "seed": number}


class Turn:
    """Clients that ask for pictures until a time is over."""

    def __init__(self, host, port, clients, seconds, numbers):
        self.host, self.port, self.numbers = host, port, numbers
        self.times, self.refused, self.errors = [], [], []
        start = time.time()
        self.end = start + seconds
        threads = [threading.Thread(target=self.client) for _ in range(clients)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.rate = 3600 * len(self.times) / (time.time() - start)

    def client(self):
        connection = http.client.HTTPConnection(self.host, self.port, timeout=120)
        while time.time() < self.end:
            body = json.dumps(request(next(self.numbers)))
            start = time.time()
            try:
                connection.request("POST", "/v1/images/generations", body, {"Content-Type": "application/json"})
                response = connection.getresponse()
                answer = response.read()
            except (OSError, http.client.HTTPException) as error:
                self.errors.append(repr(error))
                return
            if response.status == 200 and b"b64_json" in answer:
                self.times.append(time.time() - start)
            else:
                self.errors.append(f"{response.status} {answer[:200]}")

    def line(self):
        return (f"{self.rate:7.0f} pictures an hour, p50 {at(self.times, .5):.3f} s, p99 {at(self.times, .99):.3f} s,"
                f" {len(self.errors)} errors {self.errors[:2] or ''}")


def at(times, q):
    times = sorted(times)
    return times[min(len(times) - 1, int(q * len(times)))] if times else float("nan")


def peer(python):
    command = [python, str(ROOT / "benchmarks/peer_server.py"), "0", str(PROCESSORS),
               f"emoji={ROOT}/emoji:{ROOT}/emoji/loras/tcd.safetensors", f"sdxl={SDXL}"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    for line in process.stdout:
        found = re.search(r":(\d+)$", line.strip())
        if found:
            return process, int(found[1])
    raise SystemExit("the peer did not start")


def overload(server, places):
    """Ten times as many jobs as there are places, all at once."""
    accepted, refused, wrong = [], [], []
    numbers, lock = iter(range(10 * places)), threading.Lock()

    def client():
        while True:
            with lock:
                number = next(numbers, None)
            if number is None:
                return
            job = {k: v for k, v in request(number).items() if k != "size"}
            start = time.time()
            status, headers, answer = server.call("POST", "/api/jobs", {**job, "width": 64, "height": 64})
            if status == 202:
                accepted.append(json.loads(answer)["id"])
            elif status == 429 and 1 <= int(headers["Retry-After"]) <= 600:
                refused.append(time.time() - start)
            else:
                wrong.append(f"{status} {answer[:200]}")

    threads = [threading.Thread(target=client) for _ in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for job in accepted:
        server.wait(job, "completed", seconds=300)
    return accepted, refused, wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--minutes", type=float, default=10, help="of the server's turns, all together")
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--peer", help="a Python with diffusers (oracle/requirements.txt); none: no peer")
    args = parser.parse_args()
    seconds = 60 * min(args.minutes, 60) / args.turns
    numbers = itertools.count()
    failures, ratios, memory, objects = [], [], [], []
    with serve("-m", "emoji", "-m", SDXL) as server:
        process, port = peer(args.peer) if args.peer else (None, 0)
        try:
            Turn(server.host, server.port, args.clients, min(5, seconds), numbers)
            if process:
                Turn("127.0.0.1", port, 1, min(5, seconds), numbers)
            for turn in range(args.turns):
                ours = Turn(server.host, server.port, min(args.clients, 32), seconds, numbers)
                failures += ours.errors
                memory.append(server.metric("tcd4j_resident_memory_bytes"))
                objects.append(server.metric("tcd4j_native_objects"))
                print(f"turn {turn + 1} tcd4j      {ours.line()}; resident {memory[-1] / 2**20:.0f} MiB,"
                      f" native objects {objects[-1]:.0f}, threads {server.threads()}", flush=True)
                if process:
                    theirs = Turn("127.0.0.1", port, 1, seconds, numbers)
                    failures += theirs.errors
                    ratios.append(ours.rate / theirs.rate)
                    print(f"turn {turn + 1} diffusers  {theirs.line()}; ratio {ratios[-1]:.2f}", flush=True)
        finally:
            if process:
                process.terminate()
                process.wait()
        if ratios:
            print(f"pictures an hour, tcd4j with {args.clients} clients to diffusers one after another:"
                  f" {statistics.median(ratios):.2f} (paired median of {len(ratios)}, {PROCESSORS} cores)")
        accepted, refused, wrong = overload(server, 32)
        failures += wrong
        print(f"10x overload: {len(accepted)} accepted and completed, {len(refused)} refused with 429 and Retry-After,"
              f" p50 {at(refused, .5):.3f} s, p99 {at(refused, .99):.3f} s")
        if at(refused, .99) > 1:
            failures.append("refusals took more than a second")
        if memory[-1] > GROWTH * memory[0]:
            failures.append(f"resident memory grew from {memory[0]:.0f} to {memory[-1]:.0f} bytes")
        if objects[-1] > objects[0] + OBJECTS:
            failures.append(f"native objects grew from {objects[0]:.0f} to {objects[-1]:.0f}")
    if failures:
        raise SystemExit(f"{len(failures)} failures: {failures[:5]}")


main()
