"""Commands of tcd4j, several at once, each with its share of the cores, a log of its own and a line of progress.

Two processes of one thread do more than one of two threads (docs/scenes.md), so what is independent runs side by side.
Ctrl-C or TERM is passed on to all that run: a training writes a checkpoint, an evaluation ends after its batch.
"""

import collections
import concurrent.futures
import os
import signal
import subprocess
import threading
import time

CANCELLED = (130, 143)


class Stopped(Exception):
    """The user wants to stop, or a command has failed; the text says which."""


class Jobs:
    """Runs commands, `slots` at once, on all cores together."""

    def __init__(self, program, logs, slots, cores=None, every=60):
        self.program = program
        self.logs = logs
        self.slots = slots
        self.cores = cores or os.cpu_count() or 1
        self.threads = max(1, self.cores // slots)
        self.free = threading.Semaphore(slots)
        self.every = every
        # Reentrant: a signal is handled in the main thread, wherever that is.
        self.lock = threading.RLock()
        self.running = {}
        self.names = collections.defaultdict(threading.Lock)
        self.ended = None

    def __enter__(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._stop)
        threading.Thread(target=self._report, daemon=True).start()
        return self

    def __exit__(self, *unused):
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_DFL)

    def stop_after(self, seconds):
        timer = threading.Timer(seconds, self._stop)
        timer.daemon = True
        timer.start()

    def _stop(self, *unused):
        with self.lock:
            self.ended = self.ended or "stopped"
            for name, (process, _, _) in self.running.items():
                # Not by print, which the signal may have interrupted.
                os.write(1, f"{name}: is asked to stop\n".encode())
                process.send_signal(signal.SIGTERM)

    def one(self, name):
        """A lock of that name: what two want is made by the first."""
        with self.lock:
            return self.names[name]

    def together(self, *tasks):
        """What these functions return, in their order; each runs in a thread of its own."""
        with concurrent.futures.ThreadPoolExecutor(max(1, len(tasks))) as pool:
            futures = [pool.submit(task) for task in tasks]
            concurrent.futures.wait(futures)
        return [future.result() for future in futures]

    def run(self, name, *words, may_fail=False, program=None):
        """Runs a command when there is a place for it, and returns its exit code; its output goes to logs/NAME.log."""
        command = [str(w) for w in (program or self.program, *words)]
        log = self.logs / (name.replace("/", "-") + ".log")
        with self.free:
            with self.lock:
                if self.ended:
                    raise Stopped(self.ended)
                log.parent.mkdir(parents=True, exist_ok=True)
                with open(log, "a") as out:
                    out.write("$ " + " ".join(command) + "\n")
                    out.flush()
                    # A group of its own: Ctrl-C in a terminal reaches it through us alone, once.
                    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out,
                                               stderr=subprocess.STDOUT, start_new_session=True)
                started = time.monotonic()
                self.running[name] = (process, started, log)
                print(f"{name}: {' '.join(command[1:])}", flush=True)
                if self.ended:
                    process.send_signal(signal.SIGTERM)
            code = process.wait()
        with self.lock:
            del self.running[name]
            print(f"{name}: ended with {code} after {span(time.monotonic() - started)}", flush=True)
            if code in CANCELLED or self.ended == "stopped":
                self.ended = "stopped"
                raise Stopped(self.ended)
            if code and not may_fail:
                self.ended = self.ended or f"{name} ended with {code}: {last_line(log)}\nall of it: {log}"
                raise Stopped(self.ended)
        return code

    def _report(self):
        while True:
            time.sleep(self.every)
            with self.lock:
                for name, (_, started, log) in self.running.items():
                    print(f"  {name}, {span(time.monotonic() - started)}: {last_line(log)}", flush=True)


def span(seconds):
    minutes, seconds = divmod(int(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02d}:{seconds:02d}"


def last_line(log):
    """The last line that is not empty; progress on a terminal ends in carriage returns."""
    with open(log, "rb") as file:
        file.seek(0, os.SEEK_END)
        file.seek(max(0, file.tell() - 4096))
        lines = file.read().decode(errors="replace").replace("\r", "\n").split("\n")
    return next((line.strip() for line in reversed(lines) if line.strip()), "")
