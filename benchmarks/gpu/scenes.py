"""Trains the world of scenes in stages of bounded time: autoencoder, teacher, gate, then LCM and TCD.

    python3 scenes.py --out "$OUT" --device cuda --seconds 560         # in a folder that pack.sh made
    python3 benchmarks/gpu/scenes.py --out /tmp/out --tiny --anyway --steps 12 --seconds 3000   # here

Each training first runs for a few seconds to learn how many steps fit into its share of the time, so that its rate
falls to its end where the time does; a training that is cut all the same goes on from its checkpoint in the next
call. A stage whose `final/` is there is done. All lies in `runs/gpu`; what is worth bringing home is packed into
parts of 15 MiB in --out, with report.json.

The gate decides: with an autoencoder below 32 dB, or a teacher that does not pass `experiment gate`, nothing is
distilled unless --anyway is given. Of both methods every rate is trained for the same time with one seed, the best by
its own probe then with two more.

Cost: forward for one scene 1.55 GFLOP (autoencoder, both halves) and 1.98 (teacher), by PyTorch's FlopCounterMode on
diffusers' networks of these recipes; times 3 in training, 5.9 GFLOP a scene of the teacher and 0.42 to encode it. The
embedded teacher, 1.15 GFLOP forward, learned from 11,400 pictures a second on an H200 in batches of 1,024, 39 TFLOP/s:
by that 6,200 scenes a second here, 1.9 million in 300 s, if 16 cores compose them as fast (0.3 ms each on one: 50,000 a
second). On two cores of a CPU it was 25 to 35 a second on an idle machine: a night for one million.
"""

import argparse
import json
import math
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tarfile
import time

RATES = {"tcd": [3e-5, 1e-4, 3e-4], "lcm": [1e-5, 3e-5, 1e-4]}
SEEDS = [11, 12, 13]
SHARES = {"autoencoder": 0.20, "teacher": 0.50, "gate": 0.08, "distill": 0.22}
PART = 15 * 2**20
LEAST_PSNR = 32.0


class Run:
    def __init__(self, a):
        self.a = a
        self.start = time.time()
        self.runs = pathlib.Path(a.runs)
        self.runs.mkdir(parents=True, exist_ok=True)
        self.out = pathlib.Path(a.out)
        self.out.mkdir(parents=True, exist_ok=True)
        self.file = self.runs / "report.json"
        self.report = json.loads(self.file.read_text()) if self.file.exists() else {}

    def left(self):
        return self.a.seconds - (time.time() - self.start)

    def note(self, name, **figures):
        self.report.setdefault(name, {}).update(figures)
        text = json.dumps(self.report, indent=1)
        self.file.write_text(text)
        (self.out / "report.json").write_text(text)
        print(f"[{time.time() - self.start:6.1f} s] {name}: {figures}", flush=True)

    def command(self, *words):
        return [self.a.tcd4j, *map(str, words)]

    def train(self, name, command, recipe, overrides, seconds):
        """Trains for about that many seconds; whether its product is there."""
        folder = self.runs / name
        if (folder / "final").is_dir():
            return True
        seconds = min(seconds, self.left() - 10)
        if seconds < 15 * self.a.scale:
            self.note(name, skipped="no time is left")
            return False
        began = time.time()
        sets = [w for o in overrides for w in ("--set", o)]
        base = [command, recipe, *sets, *self.device()]
        known = self.report.get(name, {}).get("steps")
        if self.a.steps:
            known = self.a.steps
            self.note(name, steps=known)
        elif known is None or not (folder / "checkpoints").is_dir():
            rate, start = self.measure(name, base)
            known = max(20, int(0.85 * (seconds - (time.time() - began) - start) * rate))
            self.note(name, steps_per_second=round(rate, 2), start_seconds=round(start, 1), steps=known)
        if name == "autoencoder":
            # One sample at the end: its signal-to-noise ratio.
            base += ["--set", f"sample_every={known}"]
        code = self.call([*base, "--set", f"steps={known}", "--run", folder, *self.resume(folder)], began + seconds)
        if code != 0 and any((folder / "checkpoints").glob("step-*")):
            # Cut: what there is becomes the product, its rate not fallen to the end.
            done = max(int(p.name.split("-")[1]) for p in (folder / "checkpoints").glob("step-*"))
            self.note(name, cut_at=done)
            code = self.call([*base, "--set", f"steps={done}", "--run", folder, "--resume"], time.time() + 30)
        self.note(name, seconds=round(time.time() - began, 1), exit=code, **self.figures(folder))
        return (folder / "final").is_dir()

    def device(self):
        return ["--device", self.a.device]

    @staticmethod
    def resume(folder):
        return ["--resume"] if (folder / "recipe.yaml").exists() else []

    def measure(self, name, base):
        """Steps per second, and the seconds before the first, of a run that is thrown away."""
        folder = self.runs / (name + "-measured")
        shutil.rmtree(folder, ignore_errors=True)
        words = [*base, "--set", "steps=1000000", "--set", "sample_every=0", "--set", "probe_every=0",
                 "--set", "checkpoint_every=1000000", "--run", folder]
        log, began = folder / "log.jsonl", time.time()
        process = subprocess.Popen(self.command(*words), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        first, lines = None, 0
        while process.poll() is None and time.time() - began < 120 * self.a.scale:
            time.sleep(0.2)
            lines = log.read_text().count("\n") if log.exists() else 0
            # The first steps choose algorithms and grow the memory.
            if first is None and lines >= 3:
                first = (time.time(), lines)
            if first and time.time() - first[0] >= self.a.calibration and lines > first[1] + 2:
                break
        ended = time.time()
        process.kill()
        process.wait()
        shutil.rmtree(folder, ignore_errors=True)
        if first is None or lines <= first[1]:
            raise SystemExit(f"{name} took no steps; see what this says: {' '.join(self.command(*words))}")
        return (lines - first[1]) / (ended - first[0]), first[0] - began

    def call(self, words, until):
        """The exit code, or None where the time ended it; it may then write a checkpoint for ten seconds."""
        with open(self.runs / "output.log", "a") as log:
            log.write(f"\n$ {' '.join(map(str, words))}\n")
            log.flush()
            process = subprocess.Popen(self.command(*words), stdout=log, stderr=subprocess.STDOUT)
            try:
                return process.wait(max(1, until - time.time()))
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGTERM)
                try:
                    process.wait(10 * max(1, self.a.scale))
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()
                return None

    @staticmethod
    def figures(folder):
        """The first and the last probe, and what samples measured."""
        found, log = {}, folder / "log.jsonl"
        for line in log.read_text().splitlines() if log.exists() else []:
            entry = json.loads(line)
            for key, value in entry.items():
                if key in ("probe/loss", "probe/jump_error"):
                    found.setdefault(key + " first", value)
                if key in ("probe/loss", "probe/jump_error", "psnr", "loss"):
                    found[key] = value
        return found

    # ---- the stages

    def autoencoder(self):
        a = self.a
        recipe = ["batch=64", "rate.peak=3.0e-3", "rate.warmup=100", "threads=8"]
        tiny = ["batch=4", "threads=1", "settings.validation=scenes:pairs=held_out,count=8"]
        sets = ["probe_every=0", "checkpoint_every=2000", *(tiny if a.tiny else recipe)]
        ready = self.train("autoencoder", "train", "recipes/scenes-autoencoder.yaml", sets, self.share("autoencoder"))
        if ready and "psnr" not in self.report["autoencoder"]:
            self.psnr(sets)
        return ready

    def psnr(self, sets):
        """A sample after one more step, of a run that was cut before its own."""
        folder = self.runs / "autoencoder"
        steps = self.report["autoencoder"].get("cut_at") or self.report["autoencoder"]["steps"]
        words = ["train", "recipes/scenes-autoencoder.yaml", *[w for o in sets for w in ("--set", o)], *self.device()]
        self.call([*words, "--set", "sample_every=1", "--set", f"steps={steps + 1}", "--run", folder, "--resume"],
                  time.time() + 60 * self.a.scale)
        self.note("autoencoder", **self.figures(folder))

    def teacher(self):
        a = self.a
        big = ["batch=512", "rate.peak=8.0e-4", "rate.warmup=300", "ema.decay=0.999", "threads=8"]
        tiny = ["batch=4", "threads=1", "settings.model.block_out_channels=[32,32,32]"]
        sets = [f"settings.autoencoder={self.runs / 'autoencoder/final'}", "sample_every=0", "probe_every=1000000",
                "checkpoint_every=1000", *(tiny if a.tiny else big)]
        return self.train("teacher", "train", "recipes/scenes-teacher.yaml", sets, self.share("teacher"))

    def gate(self):
        folder = self.runs / "gate"
        sizes = ["--captions", 8, "--diverse", 2] if self.a.tiny else ["--captions", 2000, "--diverse", 50]
        code = self.call(
            ["experiment", "gate", "-m", self.runs / "teacher/final", "--pair", "emoji/pair", "--guidance", 2, *sizes,
             *self.device(), "-o", folder], time.time() + min(self.share("gate"), self.left() - 10))
        said = (folder / "gate.md").read_text() if (folder / "gate.md").exists() else ""
        (self.out / "gate.md").write_text(said)
        psnr = self.report.get("autoencoder", {}).get("psnr", 0)
        self.note("gate", exit=code, psnr=psnr, passed=code == 0 and psnr >= LEAST_PSNR)
        return self.report["gate"]["passed"]

    def distill(self):
        a = self.a
        rates = {m: r[:1] for m, r in RATES.items()} if a.tiny else RATES
        seeds = SEEDS[:1] if a.tiny else SEEDS
        jobs = sum(len(r) + len(seeds) - 1 for r in rates.values())
        seconds = min(self.share("distill"), self.left() - 15) / jobs
        for method in rates:
            errors = {}
            for rate in rates[method]:
                name = f"{method}-{rate:g}-{seeds[0]}"
                if self.one(method, rate, seeds[0], seconds):
                    errors[rate] = self.report[name].get("probe/jump_error", math.inf)
            if not errors:
                continue
            best = min(errors, key=errors.get)
            self.note(method, best_rate=best, jump_errors={f"{r:g}": e for r, e in errors.items()})
            for seed in seeds[1:]:
                self.one(method, best, seed, seconds)

    def one(self, method, rate, seed, seconds):
        tiny = ["batch=2", "threads=1", "settings.rank=4"]
        sets = [f"data=scenes:seed={seed}", f"seed={seed}", f"rate.peak={rate}", f"settings.base={self.runs}/teacher/final",
                "settings.objective.guidance_min=2", "settings.objective.guidance_max=2", "precision=f32",
                "sample_every=0", "probe_every=1000000", "checkpoint_every=500",
                "settings.samples.prompts=[red apple and rocket]",
                *(tiny if self.a.tiny else ["batch=128", "ema.decay=0.95", "threads=8"])]
        return self.train(f"{method}-{rate:g}-{seed}", "distill", f"recipes/{method}.yaml", sets, seconds)

    def share(self, stage):
        return self.a.seconds * SHARES[stage]

    def pack(self):
        """Parts of a tar of all products, smallest first, as many as may be brought home."""
        file = self.runs / "products.tar.xz"
        with tarfile.open(file, "w:xz", preset=1) as tar:
            for final in sorted(self.runs.glob("*/final"), key=lambda p: sum(f.stat().st_size for f in p.rglob("*"))):
                # The text encoder is that of the pair, which is at home.
                tar.add(final, f"{final.parent.name}/final",
                        filter=lambda m: None if "/text_encoder" in m.name or "/tokenizer" in m.name else m)
            for extra in [*self.runs.glob("*/log.jsonl"), self.runs / "output.log"]:
                if extra.exists():
                    tar.add(extra, str(extra.relative_to(self.runs)))
        data, parts = file.read_bytes(), 0
        for at in range(0, len(data), PART):
            (self.out / f"products.tar.xz.{parts:02d}").write_bytes(data[at:at + PART])
            parts += 1
        self.note("products", bytes=len(data), parts=parts)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--out", required=True, help="folder for what is to be brought home")
    p.add_argument("--runs", default="runs/gpu", help="folder of the runs, kept between calls")
    p.add_argument("--device", default="cpu")
    p.add_argument("--seconds", type=float, default=560, help="of the whole call")
    p.add_argument("--calibration", type=float, default=4, help="seconds in which steps are counted")
    p.add_argument("--tcd4j", default="./tcd4j")
    p.add_argument("--anyway", action="store_true", help="distil even if the gate is not passed")
    p.add_argument("--tiny", action="store_true", help="small networks and batches, to try the stages")
    p.add_argument("--steps", type=int, help="of every training, instead of as many as fit")
    p.add_argument("--scale", type=float, default=1, help="of bounds that are not a share of --seconds")
    a = p.parse_args()
    run = Run(a)
    passed = run.autoencoder() and run.teacher() and run.gate()
    if passed or (a.anyway and (run.runs / "teacher/final").is_dir()):
        run.distill()
    run.pack()


if __name__ == "__main__":
    main()
