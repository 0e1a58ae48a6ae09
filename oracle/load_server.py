"""Sends a running server requests from several clients at once, for a limited time.

    ./tcd4j serve --port 7861
    python3 oracle/load_server.py 127.0.0.1 7861 CLIENTS SECONDS

Only the standard library. Prints pictures, times of those answered, refusals, and what the server's
memory was before and after.
"""

import http.client
import json
import re
import sys
import threading
import time


def metric(host, port, name):
    connection = http.client.HTTPConnection(host, port, timeout=30)
    connection.request("GET", "/metrics")
    text = connection.getresponse().read().decode()
    return sum(float(v) for v in re.findall(rf"^{name}(?:{{[^}}]*}})? (\S+)$", text, re.M))


def client(host, port, seed, end, served, refused, errors):
    connection = http.client.HTTPConnection(host, port, timeout=120)
    while time.time() < end:
        body = json.dumps({"prompt": "red apple, fluent 3d style", "seed": seed})
        start = time.time()
        try:
            connection.request("POST", "/v1/images/generations", body, {"Content-Type": "application/json"})
            response = connection.getresponse()
            answer = response.read()
        except OSError as e:
            errors.append(repr(e))
            return
        took = time.time() - start
        if response.status == 200 and b"b64_json" in answer:
            served.append(took)
        elif response.status == 429:
            refused.append(took)
            time.sleep(0.2)
        else:
            errors.append(answer[:200])
        seed += 1


def main():
    host, port, clients, seconds = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
    memory = [metric(host, port, "tcd4j_resident_memory_bytes"), metric(host, port, "tcd4j_native_objects")]
    served, refused, errors = [], [], []
    end = time.time() + min(seconds, 600)
    threads = [threading.Thread(target=client, args=(host, port, 1000 * i, end, served, refused, errors))
               for i in range(min(clients, 150))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    served.sort()
    refused.sort()
    at = lambda times, q: times[min(len(times) - 1, int(q * len(times)))] if times else float("nan")
    print(f"{len(served)} pictures in {seconds} s, {3600 * len(served) / seconds:.0f} an hour;"
          f" p50 {at(served, .5):.2f} s, p99 {at(served, .99):.2f} s")
    print(f"{len(refused)} refused with 429, p99 {at(refused, .99):.3f} s; {len(errors)} errors {errors[:3]}")
    print(f"resident {memory[0] / 2**20:.0f} -> {metric(host, port, 'tcd4j_resident_memory_bytes') / 2**20:.0f} MiB,"
          f" native objects {memory[1]:.0f} -> {metric(host, port, 'tcd4j_native_objects'):.0f}")


main()
