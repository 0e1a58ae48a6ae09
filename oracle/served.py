"""A server that a script starts by the README's command, and ends."""

import collections
import contextlib
import http.client
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent


class Served:
    """A running server: its process, its address, and the simplest of clients."""

    def __init__(self, process, host, port):
        self.process, self.host, self.port = process, host, port

    def call(self, method, path, request=None, timeout=120):
        """Status, headers and body of one answer."""
        connection = http.client.HTTPConnection(self.host, self.port, timeout=timeout)
        body = None if request is None else json.dumps(request)
        connection.request(method, path, body, {"Content-Type": "application/json"} if body else {})
        response = connection.getresponse()
        answer = response.read()
        connection.close()
        return response.status, response.headers, answer

    def get(self, path):
        return json.loads(self.call("GET", path)[2])

    def submit(self, request):
        status, _, answer = self.call("POST", "/api/jobs", request)
        if status != 202:
            raise SystemExit(f"a job was refused: {answer.decode()}")
        return json.loads(answer)["id"]

    def wait(self, job, *states, seconds=60):
        """The job once it is in one of the states."""
        end = time.time() + seconds
        while time.time() < end:
            now = self.get(f"/api/jobs/{job}")
            if now["state"] in states:
                return now
            time.sleep(0.01)
        raise SystemExit(f"the job is still {now}")

    def metric(self, name):
        """The sum of a metric over its labels."""
        text = self.call("GET", "/metrics")[2].decode()
        return sum(float(v) for v in re.findall(rf"^{name}(?:{{[^}}]*}})? (\S+)$", text, re.M))

    def threads(self):
        """Threads of the process, as the system counts them; 0 where it does not say."""
        try:
            return len(os.listdir(f"/proc/{self.process.pid}/task"))
        except OSError:
            return 0


    def thread_names(self):
        """How many threads of the process have each name, numbers left out; empty where the system does not say."""
        names = collections.Counter()
        for task in pathlib.Path(f"/proc/{self.process.pid}/task").glob("*/comm"):
            try:
                names[re.sub(r"[\d#-]+", "", task.read_text().strip())] += 1
            except OSError:
                pass  # It has ended meanwhile.
        return names


@contextlib.contextmanager
def serve(*arguments, prefix=(), environment=None):
    """Starts ./tcd4j serve on a free port, waits until it is ready, and ends it at the end."""
    command = [*prefix, str(ROOT / "tcd4j"), "serve", "--port", "0", *map(str, arguments)]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env={**os.environ, **(environment or {})})
    try:
        address = None
        for line in process.stdout:
            print(line.strip(), file=sys.stderr)
            address = re.search(r"http://([\d.]+):(\d+)", line)
            if address:
                break
        if not address:
            raise SystemExit("the server did not start")
        served = Served(process, address[1], int(address[2]))
        end = time.time() + 120
        while served.call("GET", "/readyz")[0] != 200:
            if time.time() > end:
                raise SystemExit("the server is not ready after two minutes")
            time.sleep(0.1)
        yield served
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
        process.stdout.close()
