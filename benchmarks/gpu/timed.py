"""A training that is to fill so many seconds: its pace is measured, then its length set, so that its rate falls to the
end where the time does.

    python3 timed.py 240 ./tcd4j train recipes/small-scenes-teacher.yaml --run runs/teacher --device cuda \\
        --set batch=128 --set accumulate=4 --set parallel=4

All after the seconds is the command; `steps` is set here. The run is begun, its steps are counted for some seconds once
the first ones have chosen algorithms and grown the memory, and it is begun again with as many as fit. Where the pace
was wrong it is stopped at the end of the time and what there is becomes the product. Exit codes are the command's.
"""

import json
import pathlib
import shutil
import signal
import subprocess
import sys
import time

FIRST = 10
COUNTED = 6.0
LONGEST_START = 90.0
# Of the seconds that are left: a checkpoint and the product are written too.
SHARE = 0.95
EXPORT = 10.0


def main():
    began = time.monotonic()
    seconds, command = float(sys.argv[1]), sys.argv[2:]
    run = pathlib.Path(command[command.index("--run") + 1])
    if run.exists():
        sys.exit(f"{run} exists; a run of bounded time begins anew, so name another or remove it")

    process = start(command, 10**6)
    while steps(run) < FIRST and process.poll() is None and time.monotonic() - began < LONGEST_START:
        time.sleep(0.1)
    if steps(run) < FIRST:
        process.kill()
        sys.exit(process.wait() if process.returncode else f"no {FIRST} steps in {LONGEST_START:g} s")
    first, counted = time.monotonic(), steps(run)
    time.sleep(COUNTED)
    pace = (steps(run) - counted) / (time.monotonic() - first)
    process.kill()
    process.wait()
    shutil.rmtree(run)

    left = seconds - (time.monotonic() - began) - (first - began) - EXPORT
    length = max(1, int(SHARE * left * pace))
    print(f"{pace:.2f} steps a second, the first {FIRST} after {first - began:.0f} s: {length} steps", flush=True)
    process = start(command, length)
    try:
        code = process.wait(seconds - (time.monotonic() - began) - EXPORT / 2)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGTERM)
        process.wait()
        length = max((int(p.name.split("-")[1]) for p in (run / "checkpoints").glob("step-*")), default=0)
        if length == 0:
            sys.exit("the time is up before the first checkpoint")
        print(f"cut after {length} steps, its rate not at the end", flush=True)
        code = start([*command, "--resume"], length).wait()
    last = [json.loads(line) for line in (run / "log.jsonl").read_text().splitlines()][-1]
    print(f"{run}: {last} after {time.monotonic() - began:.0f} s", flush=True)
    sys.exit(code)


def start(command, length):
    return subprocess.Popen([*command, "--set", f"steps={length}"])


def steps(run):
    log = run / "log.jsonl"
    return log.read_text().count("\n") if log.exists() else 0


if __name__ == "__main__":
    main()
