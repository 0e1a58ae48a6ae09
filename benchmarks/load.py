"""./tcd4j serve under load, compared with diffusers behind a server of its own.

    python benchmarks/load.py --peer PYTHON [--clients 8] [--minutes 10]

Starts the server by the README's command with the embedded model and a tiny SDXL. Then, in turns on the
same cores: CLIENTS clients ask it for pictures at the same time, and one client asks the peer for the same
pictures one after another (benchmarks/peer_server.py, run by a Python that has diffusers). Last, ten times
as many jobs as the queue has places. Only the standard library.

Prints pictures an hour and times of both, their ratio, and the server's memory and native objects after
each turn; then each bound with what was measured and whether it holds. Ends with an error if one does not.
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

# What may be different after the first turn: the heap's own ups and downs, an object that the garbage
# collector has not freed yet. A leak of one object in a hundred pictures is far above it.
GROWTH = 1.10
OBJECTS = 10
THREADS = 8
RATIO = 1.3
REFUSAL = 1.0

# Seconds before anything is measured: both load their models, the server decides on sharing steps and
# begins to fill its list of ended jobs, of which it keeps 1,000; the first turn fills it.
WARM_UP = 60


def request(number):
    """The same for both: two of three pictures by the embedded model."""
    return {**(TINY_SDXL if number % 3 == 2 else EMBEDDED), "seed": number}


class Turn:
    """Clients that ask for pictures until a time is over."""

    def __init__(self, host, port, clients, seconds, numbers, watch=None):
        self.host, self.port, self.numbers = host, port, numbers
        self.times, self.refused, self.errors = [], [], []
        start = time.time()
        self.end = start + seconds
        self.most = 0
        threads = [threading.Thread(target=self.client) for _ in range(clients)]
        for thread in threads:
            thread.start()
        while watch and time.time() < self.end:
            self.most = max(self.most, watch())
            time.sleep(min(2, max(0, self.end - time.time())))
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
    accepted, refused, wrong, lost = [], [], [], []
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
        try:
            done = server.wait(job, "completed", "failed", "cancelled", seconds=300)
            picture = server.call("GET", done["images"][0]["url"])[2] if done["images"] else b""
        except SystemExit as error:
            done, picture = {"state": str(error)}, b""
        if done["state"] != "completed" or not picture.startswith(b"\x89PNG"):
            lost.append(f"{job} {done['state']}")
    return accepted, refused, wrong, lost


class Verdicts:
    """Bounds, each with what was measured."""

    def __init__(self):
        self.broken = 0

    def add(self, holds, bound, measured):
        self.broken += not holds
        print(f"{'holds ' if holds else 'BROKEN'}  {bound}: {measured}", flush=True)


def decided(server):
    """Waits until the server has measured for both models whether sharing steps pays."""
    end = time.time() + 60
    while time.time() < end:
        if len(re.findall(r"^tcd4j_batching_gain\{", server.call("GET", "/metrics")[2].decode(), re.M)) >= 2:
            return
        time.sleep(0.5)
    print("the server has not measured both models within a minute", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--minutes", type=float, default=10, help="of the server's turns, all together")
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--peer", help="a Python with diffusers (oracle/requirements.txt); none: no peer")
    args = parser.parse_args()
    seconds = 60 * args.minutes / args.turns
    errors, ratios, times, memory, objects, threads, most = [], [], [], [], [], [], 0
    print(f"{PROCESSORS} cores, load average {os.getloadavg()[0]:.1f} before the start", flush=True)
    with serve("-m", "emoji", "-m", SDXL) as server:
        process, port = peer(args.peer) if args.peer else (None, 0)

        def resident():
            return server.metric("tcd4j_resident_memory_bytes")

        try:
            warm = Turn(server.host, server.port, args.clients, min(WARM_UP, seconds / 2), itertools.count())
            errors += warm.errors
            decided(server)
            if process:
                Turn("127.0.0.1", port, 1, min(10, seconds / 2), itertools.count())
            for turn in range(args.turns):
                # The same pictures of both, in the same order, as far as each comes.
                first = 1_000_000 * (turn + 1)
                ours = Turn(server.host, server.port, args.clients, seconds, itertools.count(first), resident)
                errors += ours.errors
                times += ours.times
                most = max(most, ours.most)
                memory.append(resident())
                objects.append(server.metric("tcd4j_native_objects"))
                threads.append(server.threads())
                print(f"turn {turn + 1} tcd4j      {ours.line()}; resident {memory[-1] / 2**20:.0f} MiB,"
                      f" native objects {objects[-1]:.0f}, threads {threads[-1]}", flush=True)
                if process:
                    theirs = Turn("127.0.0.1", port, 1, seconds, itertools.count(first))
                    errors += theirs.errors
                    ratios.append(ours.rate / theirs.rate if theirs.rate else float("nan"))
                    print(f"turn {turn + 1} diffusers  {theirs.line()}; ratio {ratios[-1]:.2f}", flush=True)
        finally:
            if process:
                process.terminate()
                process.wait()
        accepted, refused, wrong, lost = overload(server, 32)
        after = server.call("GET", "/readyz")[0]
    judge = Verdicts()
    judge.add(not errors, "no error", f"{len(times)} pictures by {args.clients} clients in {args.minutes:g} minutes,"
              f" {len(errors)} errors {errors[:3] or ''}")
    judge.add(bool(times), "p99 is given", f"p50 {at(times, .5):.3f} s, p99 {at(times, .99):.3f} s, longest"
              f" {max(times, default=float('nan')):.3f} s")
    judge.add(memory[-1] <= GROWTH * memory[0] and most <= GROWTH * max(memory),
              f"resident memory at most {GROWTH:g} times that after the first turn",
              f"{memory[0] / 2**20:.0f} to {memory[-1] / 2**20:.0f} MiB, at most {most / 2**20:.0f} at any time")
    judge.add(objects[-1] <= objects[0] + OBJECTS, f"native objects at most {OBJECTS} more than after the first turn",
              f"{objects[0]:.0f} to {objects[-1]:.0f}")
    judge.add(threads[-1] <= threads[0] + THREADS, f"threads at most {THREADS} more than after the first turn",
              f"{threads[0]} to {threads[-1]}")
    if ratios:
        ratio = statistics.median(ratios)
        judge.add(ratio >= RATIO, f"pictures an hour at least {RATIO:g} times those of diffusers one after another",
                  f"{ratio:.2f}, least {min(ratios):.2f} (median of {len(ratios)} turns)")
    else:
        print("not measured  pictures an hour compared with diffusers: needs --peer PYTHON")
    judge.add(not wrong and len(accepted) + len(refused) == 320, "10x overload: each accepted, or 429 with Retry-After",
              f"{len(accepted)} and {len(refused)} of 320, others {wrong[:3] or 0}")
    judge.add(bool(refused) and at(refused, .99) <= REFUSAL, f"a refusal takes at most {REFUSAL:g} s",
              f"p50 {at(refused, .5):.3f} s, p99 {at(refused, .99):.3f} s")
    judge.add(not lost and bool(accepted), "no accepted job is lost", f"{len(accepted) - len(lost)} of {len(accepted)}"
              f" completed with their picture {lost[:3] or ''}")
    judge.add(after == 200, "ready afterwards", after)
    if judge.broken:
        raise SystemExit(f"{judge.broken} bounds broken")


main()
