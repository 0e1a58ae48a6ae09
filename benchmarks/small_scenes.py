"""The experiments on small scenes, stage by stage, on a machine without a GPU.

    python3 benchmarks/small_scenes.py autoencoder teacher guidance gate     # first what decides
    python3 benchmarks/small_scenes.py early                                 # the gate of a teacher that still trains
    python3 benchmarks/small_scenes.py sweep budget seeds controls tables found blind more verdicts
    python3 benchmarks/small_scenes.py guidance gate sweep --teacher FOLDER  # of a teacher that is there already
    python3 benchmarks/small_scenes.py all --tiny --anyway --runs /tmp/tiny  # every stage in minutes, without meaning

A stage that is done is not repeated; one that was stopped (Ctrl-C, kill) goes on where it was when it is started
again. What does not depend on each other runs side by side, by default one job a core of one thread each (--jobs); what
a job prints is in RUNS/logs. What was chosen, and the gate's verdict, is in RUNS/ledger.json. docs/scenes.md has the
time of each stage.

Settings are chosen on scenes of training pairs that no training has seen (seed 1); what is reported is of held-out
pairs (seed 0, another draw as reference). Each rule by which something is chosen is in this file and was written
before the first run; docs/hypotheses.md has the hypotheses.
"""

import argparse
import csv
import functools
import json
import os
import pathlib
import shutil
import subprocess
import sys

import scene_verdicts
from scene_jobs import Jobs, Stopped

# 24 concepts: a teacher of all 150 has not learnt them after 768,000 scenes (docs/scenes-teacher.md).
WORLD = "scenes:size=32,concepts=24"
GUIDANCES = [1, 1.5, 2, 3]
SWEEP = {"rate.peak": [1e-5, 3e-5, 1e-4, 3e-4], "target_decay": [None, 0.95, 0.99], "skip": [20, 50, 100],
         "loss": ["huber", "l2"], "rank": [16, 64]}
START = {"rate.peak": 1e-4, "target_decay": None, "skip": 20, "loss": "huber", "rank": 16}
SEEDS = [11, 12, 13]
BUDGETS = [0.25, 0.5, 1]
BEYOND = [2, 4]
METHODS = ["lcm", "tcd"]
LEAST_PSNR = 32.0
SOLVERS = ["ddim", "euler", "dpm++2s"]


class Stages:
    def __init__(self, a, jobs):
        self.a = a
        self.jobs = jobs
        self.runs = pathlib.Path(a.runs)
        self.runs.mkdir(parents=True, exist_ok=True)
        self.file = self.runs / "ledger.json"
        self.ledger = json.loads(self.file.read_text()) if self.file.exists() else {}
        tiny = a.tiny
        self.sizes = dict(validation=40 if tiny else 1000, test=40 if tiny else 2000, gate=30 if tiny else 5000,
                          diverse=2 if tiny else 50, sweep=2 if tiny else 300, full=2 if tiny else 1500,
                          batch=2 if tiny else 32)
        self.teacher_folder = pathlib.Path(a.teacher) if a.teacher else self.runs / "teacher/final"

    # ---- what all stages use

    def note(self, name, value):
        with self.jobs.lock:
            self.ledger[name] = value
            text = json.dumps(self.ledger, indent=1) + "\n"
            new = self.file.with_suffix(".new")
            new.write_text(text)
            new.replace(self.file)
            # As it is read back: the keys of JSON are text.
            self.ledger = json.loads(text)
            print(f"{name}: {json.dumps(value)}", flush=True)

    def train(self, name, command, recipe, sets, threads=None):
        """Trains, or goes on, unless its product is there; returns the last of each figure of the log."""
        with self.jobs.one(name):
            return self.trained(name, command, recipe, sets | {"threads": threads or self.jobs.threads})

    def trained(self, name, command, recipe, sets):
        folder = self.runs / name
        if not (folder / "final").is_dir():
            words = [command, f"recipes/small-scenes-{recipe}.yaml", "--run", folder]
            words += [w for key, value in sets.items() for w in ("--set", f"{key}={value}")]
            words += ["--device", self.a.device] if self.a.device != "cpu" else []
            self.jobs.run(name, *words, *(["--resume"] if (folder / "recipe.yaml").exists() else []))
        figures = {}
        for line in (folder / "log.jsonl").read_text().splitlines():
            for key, value in json.loads(line).items():
                figures.setdefault("first " + key, value)
                figures[key] = value
        return figures

    def data(self, test):
        """Captions and reference, of one draw each: real pictures of the table are a second draw, not the reference."""
        n = self.sizes["test" if test else "validation"]
        base = f"{WORLD},pairs=held_out,seed=0" if test else f"{WORLD},seed=1"
        return ["--captions", f"{base},draw=2,count={n}", "--reference", f"{base},draw=1,count={n}", "--pictures", n]

    def machine(self):
        """Where a command computes, and in what batches it generates."""
        words = ["--threads", self.jobs.threads]
        return words if self.a.device == "cpu" else [*words, "--device", self.a.device, "--batch", 250]

    def generation(self):
        """The same for pictures of a table: in bfloat16 twice as many a second, where distillations are in it too."""
        return self.machine() if self.a.precision == "f32" else [*self.machine(), "--dtype", self.a.precision]

    def measures(self):
        own = ["pair-distance", "pair-complexity", "pair-complexity-median"]
        weights = pathlib.Path(self.a.weights)
        if any(weights.glob("efficientnet-lite0-*.pth")):
            # Sets that are compared have one size, and with it one bias.
            return ["--measures", ",".join([*own, "fd-efflite0", "kid-efflite0", "precision-recall-efflite0"]),
                    "--weights", weights, "--allow-small"]
        print(f"note: {weights} has no EfficientNet-Lite0 (docs/measures-weights.md), so distances are in the pair's "
              "features alone", flush=True)
        return ["--measures", ",".join(own)]

    def evaluate(self, name, test, *words):
        """Rows of a table: method, NFE and figures."""
        folder = self.shared(self.runs / name)
        self.jobs.run(name, "evaluate", "-m", self.teacher_folder, "--pair", "emoji/pair", *self.data(test),
                      *self.measures(), *self.generation(), "-o", folder, *words)
        return self.rows(folder / "results.csv")

    def shared(self, folder):
        """A folder for results whose pictures, features and rows are those of all: equal ones are made once."""
        folder.mkdir(parents=True, exist_ok=True)
        for kind in ("pictures", "features", "rows"):
            (self.runs / "cache" / kind).mkdir(parents=True, exist_ok=True)
            if not (folder / kind).exists():
                (folder / kind).symlink_to(os.path.relpath(self.runs / "cache" / kind, folder))
        return folder

    @staticmethod
    def rows(file):
        with open(file, newline="") as text:
            return list(csv.DictReader(text))

    def distance(self, row):
        """FD in features that condition nothing, where there are such."""
        for key in ("fd-efflite0", "fd_efflite0", "fd"):
            if row.get(key):
                return float(row[key])
        sys.exit(f"no FD in {row}")

    # ---- stages

    def halves(self):
        """Two micro-batches a step, on as many halves of the cores as there are."""
        return {"parallel": 2 - self.jobs.cores % 2}

    def autoencoder(self):
        sets = self.halves()
        if self.a.tiny:
            sets |= {"steps": 4, "sample_every": 4, "checkpoint_every": 2, "batch": 2,
                     "settings.validation": f"{WORLD},pairs=held_out,count=8"}
        found = self.train("autoencoder", "train", "autoencoder", sets, self.jobs.cores)
        self.note("autoencoder", {"psnr": found["psnr"], "needed": LEAST_PSNR})
        if found["psnr"] < LEAST_PSNR and not self.a.anyway:
            sys.exit("the autoencoder is below the gate; train it for longer: --set steps=...")

    def teacher(self):
        sets = {"settings.autoencoder": self.runs / "autoencoder/final"} | self.halves()
        if self.a.tiny:
            sets |= {"steps": 4, "sample_every": 4, "checkpoint_every": 2, "batch": 2,
                     "settings.model.block_out_channels": "[32,32,32]"}
        found = self.train("teacher", "train", "teacher", sets, self.jobs.cores)
        self.note("teacher", {"loss": found["loss"], "steps": found["step"]})

    def guidance(self):
        """The teacher's best guidance at 50 steps, by FD in the gate's features on validation captions."""
        tried = GUIDANCES[:2] if self.a.tiny else GUIDANCES
        rows = self.jobs.together(*(functools.partial(
            self.evaluate, f"guidance/{g}", False, "--sampler", "ddim", "--steps", 2 if self.a.tiny else 50,
            "--guidance", g) for g in tried))
        # By the features that the gate measures in; the others are noted beside them.
        found = {g: float(r[-1]["fd"]) for g, r in zip(tried, rows)}
        self.note("guidance", {"best": min(found, key=found.get), "fd": found,
                               "others": {g: self.distance(r[-1]) for g, r in zip(tried, rows)}})

    def best_guidance(self):
        return self.ledger["guidance"]["best"]

    def judge(self, teacher, guidance, captions, diverse, to, job=None):
        """The exit code of the gate, and its table."""
        name = job or str(to.relative_to(self.runs))
        code = self.jobs.run(name, "experiment", "gate", "-m", teacher, "--pair", "emoji/pair", "--data", WORLD,
                             "--guidance", guidance, "--captions", captions, "--diverse", diverse, *self.machine(),
                             "-o", to, may_fail=True)
        return code, (to / "gate.md").read_text()

    def early(self):
        """The newest checkpoint as a model of its own, and the gate of it, on fewer captions; the run is left alone."""
        newest = max((self.runs / "teacher/checkpoints").glob("step-*"), key=lambda p: int(p.name.split("-")[1]))
        step = newest.name.split("-")[1]
        folder = self.runs / f"early/{step}"
        if not (folder / "final").is_dir():
            shutil.copytree(newest, folder / "checkpoints" / newest.name, dirs_exist_ok=True)
            for name in ("recipe.yaml", "log.jsonl"):
                shutil.copy(self.runs / "teacher" / name, folder / name)
            # Nothing is left to train; what is written are the averages, at a rate that has not fallen.
            self.jobs.run(f"early/{step}", "train", folder / "recipe.yaml", "--set", f"steps={step}", "--run", folder,
                          "--resume")
        captions, diverse = (30, 2) if self.a.tiny else (1000, 20)
        tried = [1.5] if self.a.tiny else [1, 2]
        said = self.jobs.together(*(functools.partial(self.judge, folder / "final", g, captions, diverse,
                                                      folder / f"gate-{g}") for g in tried))
        for g, (_, table) in zip(tried, said):
            self.note(f"early {step}, guidance {g}", table)

    def gate(self):
        # So many that make the same pictures share them.
        said = self.jobs.together(*[functools.partial(
            self.judge, self.teacher_folder, self.best_guidance(), self.sizes["gate"], self.sizes["diverse"],
            self.runs / "gate", job=f"gate/{i}") for i in range(self.jobs.slots)])
        code, said = said[0]
        self.note("gate", {"passed": code == 0, "table": said})
        if code and not self.a.anyway:
            sys.exit("the gate is not passed: train the teacher for longer, or change the world (docs/scenes.md)")

    def distil(self, method, settings, seed, steps, destinations=None, more=None, called=""):
        """The error of the student's jumps against 50 guided steps of the teacher; folder of the run, whose
        name ends in `called` where it has `more` settings."""
        name = "-".join([method, *(f"{v:g}" if isinstance(v, float) else str(v) for v in settings.values()), str(seed),
                         str(steps), *([destinations] if destinations else []), *([called] if called else []),
                         *([self.a.precision] if self.a.precision != "f32" else [])])
        g = self.best_guidance()
        sets = {"data": f"{WORLD},seed={seed}", "seed": seed, "settings.base": self.teacher_folder, "steps": steps,
                "batch": self.sizes["batch"], "precision": self.a.precision, "rate.peak": settings["rate.peak"],
                "settings.rank": settings["rank"], "settings.alpha": float(settings["rank"]),
                "settings.objective.skip": settings["skip"],
                "settings.objective.loss": settings["loss"], "settings.objective.guidance_min": g,
                "settings.objective.guidance_max": g, "probe_every": max(1, steps // 8)}
        if settings["target_decay"] is not None:
            sets["settings.objective.target_decay"] = settings["target_decay"]
        if destinations:
            sets["settings.objective.destinations"] = destinations
        sets |= more or {}
        folder = self.runs / f"distil/{name}"
        found = self.train(f"distil/{name}", "distill", method, sets)
        return {"error": found["probe/jump_error"], "before": found["first probe/jump_error"],
                "folder": str(folder), "lora": str(folder / f"final/{method}.safetensors")}

    def sweep(self):
        """Each setting in turn, the others at their best so far, LCM and TCD alike; chosen by FD."""
        self.jobs.together(*(functools.partial(self.sweep_of, method) for method in METHODS))

    def sweep_of(self, method):
        best, tried = dict(START), []

        def choose(key, values):
            values = values[:2] if self.a.tiny else values
            runs = self.jobs.together(*(functools.partial(
                self.measured, method, best | {key: value}, self.sizes["sweep"]) for value in values))
            tried.append({"setting": key, "runs": [{"value": value} | run for value, run in zip(values, runs)]})
            best[key] = min(tried[-1]["runs"], key=lambda run: run["fd"])["value"]

        for key, values in SWEEP.items():
            choose(key, values)
        # Once more, as each depends on the others; of the rate the best and its neighbours, beyond the ends too.
        rates = [3e-6, *SWEEP["rate.peak"], 1e-3]
        at = rates.index(best["rate.peak"])
        for key, values in (SWEEP | {"rate.peak": rates[at - 1:at + 2]}).items():
            choose(key, values)
        self.note(f"sweep {method}", {"best": best, "tried": tried})

    def measured(self, method, settings, steps):
        """A distillation of the first seed, with its FD at 4 evaluations on validation captions."""
        found = self.distil(method, settings, SEEDS[0], steps)
        name = f"validation/{pathlib.Path(found['folder']).name}"
        done = self.runs / name / "done"
        if not done.exists():
            self.evaluate(name, False, "--sampler", method, "--steps", 4, "--lora", f"{method}={found['lora']}",
                          "--guidance", 1)
            done.touch()
        rows = self.rows(self.runs / name / "results.csv")
        return found | {"fd": self.distance(scene_verdicts.row(rows, method.upper(), 4))}

    def best(self, method):
        """The settings of the sweep, with the average of the target that the budget has chosen."""
        return self.ledger[f"sweep {method}"]["best"] | self.ledger.get(f"budget {method}", {}).get("chosen", {})

    def averages(self, method):
        """The two best averages of the target in the last pass of the sweep."""
        tried = [t for t in self.ledger[f"sweep {method}"]["tried"] if t["setting"] == "target_decay"][-1]
        return [run["value"] for run in sorted(tried["runs"], key=lambda run: run["fd"])[:2]]

    def distillations(self):
        """All that the stages after the sweep distil, side by side: on a GPU, where many cost little more than one."""
        self.budget()
        longer = [functools.partial(self.distil, m, self.best(m), SEEDS[0], self.spend(share)) for share in self.beyond()
                  for m in METHODS]
        own = [functools.partial(self.seed, m, seed) for seed in SEEDS for m in METHODS]
        self.jobs.together(*longer, *own, *self.controlled().values())

    def seed(self, method, seed):
        return self.distil(method, self.best(method), seed, self.full(method))

    def seeds(self):
        """Three seeds of the best settings, with the best of the budgets."""
        each = [(method, seed) for seed in SEEDS for method in METHODS]
        runs = self.jobs.together(*(functools.partial(self.seed, method, seed) for method, seed in each))
        for method in METHODS:
            self.note(f"seeds {method}", {s: run for (m, s), run in zip(each, runs) if m == method})

    def shares(self):
        return BUDGETS[1:] if self.a.tiny else BUDGETS

    def beyond(self):
        return BEYOND[:1] if self.a.tiny else BEYOND

    def spend(self, share):
        return max(1, round(share * self.sizes["full"]))

    def full(self, method):
        """The steps of a method's distillations: of all shares of the budget that with the lowest FD."""
        return self.spend(self.ledger[f"budget {method}"]["share"])

    def budget(self):
        """1/4 to 1 times the budget, one seed, FD at 4 evaluations on validation captions, for the two best averages of the
        target: it is what keeps a long training steady, which a short one does not show."""
        found = self.curve([(m, {"target_decay": average}, share) for share in reversed(self.shares())
                            for m in METHODS for average in self.averages(m)])
        for method, tried in found.items():
            best = min(tried, key=lambda run: run["fd"])
            self.note(f"budget {method}", {"chosen": {"target_decay": best["target_decay"]}, "share": best["share"],
                                           "tried": tried})

    def more(self):
        """The same at 2 and 4 times the budget, for the best average."""
        found = self.curve([(m, self.ledger[f"budget {m}"]["chosen"], share) for share in reversed(self.beyond())
                            for m in METHODS])
        for method, tried in found.items():
            known = self.ledger[f"budget {method}"]
            shorter = [run for run in known["tried"] if run["share"] in self.shares()]
            self.note(f"budget {method}", known | {"tried": shorter + tried})

    def curve(self, each):
        """What came of (method, settings in place of the best, share of the budget), by method."""
        # The longest come first, so that no core waits for one at the end.
        runs = self.jobs.together(*(functools.partial(
            self.measured, m, self.best(m) | other, self.spend(share)) for m, other, share in each))
        return {method: [other | {"share": share} | run for (m, other, share), run in zip(each, runs) if m == method]
                for method in METHODS}

    def controlled(self):
        """Destinations at 0 against LCM, by LCM's settings and seed; ordinary ones show what a difference is. And those
        at the next step, where nothing about jumps is learnt."""
        seed, alike, short = SEEDS[0], self.best("lcm"), self.sizes["sweep"]
        return {"next": functools.partial(self.distil, "tcd", self.best("tcd"), seed, self.full("tcd"), "next"),
                "lcm": functools.partial(self.distil, "lcm", alike, seed, short),
                "clean": functools.partial(self.distil, "tcd", alike, seed, short, "clean"),
                "skipped": functools.partial(self.distil, "tcd", alike, seed, short)}

    def controls(self):
        """What must come out, whatever the methods are worth; see scene_verdicts.controls."""
        seed, steps = SEEDS[0], [2, 4] if self.a.tiny else [2, 4, 8, 20]
        every = ",".join(map(str, steps))
        guidances = "1,1.5" if self.a.tiny else "1,1.25,1.5,2,3,5"
        tasks = self.controlled()
        loras = {name: run["lora"] for name, run in zip(tasks, self.jobs.together(*tasks.values()))}

        def table(name, *words):
            return functools.partial(self.evaluate, f"controls/{name}", True, *words)

        self.jobs.together(
            *(table(f"solvers-{n}", "--sampler", "ddim,dpm++2m,dpm++2s", "--steps", n, "--guidance", guidances,
                    "--sweep-steps", n, "--sweep-pictures", 20 if self.a.tiny else 250, "--spacing", "trailing,leading")
              for n in reversed(steps)),
            table("crossed", "--sampler", "lcm,tcd", "--steps", every, "--guidance", 1, "--gamma", 0.3, "--lora",
                  f"lcm={self.lora('tcd', seed)}", "--lora", f"tcd={self.lora('lcm', seed)}"),
            *(table(name, "--sampler", "lcm", "--steps", "2,4", "--guidance", 1, "--lora", f"lcm={loras[name]}")
              for name in ("lcm", "clean", "skipped")),
            # The student alone, without guidance, against the teacher with it: the same solver, the same steps.
            table("next", "--sampler", "ddim", "--steps", every, "--guidance", 1, "--lora", f"ddim={loras['next']}"),
            table("teacher", "--sampler", "ddim", "--steps", every, "--guidance", self.best_guidance()))
        self.note("controls", loras)

    def lora(self, method, seed):
        return self.ledger[f"seeds {method}"][str(seed)]["lora"]

    def tables(self):
        """The paper's table 1, figure 1 and ablation of gamma, for each seed."""
        # What the tables have in common first, each sampler's pictures in a job of their own.
        self.jobs.together(*(functools.partial(self.table, SEEDS[0], name, only)
                             for name, only in [("figure1", "dpm++2s"), *(("table1", s) for s in SOLVERS),
                                                ("figure1", "tcd"), ("figure1", "lcm")]
                             if not (self.runs / f"tables/{SEEDS[0]}/{name}/done").exists()))
        self.jobs.together(*(functools.partial(self.tables_of, seed) for seed in SEEDS))

    def tables_of(self, seed):
        for name in ("table1", "figure1", "gamma"):
            self.table(seed, name)

    def table(self, seed, name, only=None):
        done = self.runs / f"tables/{seed}/{name}/done"
        if done.exists():
            return
        loras = [w for m in METHODS if name != "gamma" or m == "tcd" for w in ("--lora", f"{m}={self.lora(m, seed)}")]
        few = {"table1": ["--steps", "2,4"], "figure1": ["--steps", "2"], "gamma": []}[name] if self.a.tiny else []
        # No folder of one job is another's: the pictures alone are shared.
        to = self.shared(self.runs / f"tables/{only or seed}")
        self.jobs.run(f"tables/{seed}/{name}" + (f"/{only}" if only else ""), "experiment", name, "-m",
                      self.teacher_folder, "--pair", "emoji/pair", *self.data(True), *self.measures(), *loras,
                      "--guidance", self.best_guidance(), *self.generation(), *few,
                      *(["--sampler", only] if only else []), "-o", to)
        if not only:
            done.touch()

    def blind(self):
        """Numbered sheets of TCD at 4 and the teacher at 25 steps, mixed, to be judged; the key is another file."""
        n = 8 if self.a.tiny else 64
        folder = self.runs / "blind"
        if not (folder / "form.csv").exists():
            self.jobs.run("blind", "experiment", "blind", "-m", self.teacher_folder, "--lora",
                          self.lora("tcd", SEEDS[0]), "--count", n, "--captions",
                          f"{WORLD},pairs=held_out,seed=2,count={n}", "--guidance", self.best_guidance(),
                          *self.machine(), "-o", folder,
                          *(["--teacher-steps", 4] if self.a.tiny else []))
        print(f"judge {folder}/form.csv, then: {self.a.tcd4j} experiment blind --join {folder}", flush=True)

    def found(self):
        """All things found, and how evenly style and place are spread, by a network trained apart: scene_reader.py."""
        if subprocess.call([self.a.python, "-c", "import numpy, PIL, torch"], stderr=subprocess.DEVNULL):
            print(f"note: {self.a.python} has no PyTorch, NumPy or Pillow (--python), so nothing is read in pictures",
                  flush=True)
            return
        n, seeds = (3, 2) if self.a.tiny else (50, 16)
        captions = f"{WORLD},pairs=held_out,seed=3,count={n}"
        reader, folder = self.runs / "reader", self.runs / "found"
        script = pathlib.Path(__file__).with_name("scene_reader.py")
        options = ["--threads", self.jobs.threads, "--jars",
                   pathlib.Path(self.a.tcd4j).resolve().parent / "cli/target/lib"]

        def learn():
            if not (reader / "accuracy.json").exists():
                self.jobs.run("reader", script, *options, "train", reader, "--world", WORLD, "--scenes",
                              640 if self.a.tiny else 400_000, program=self.a.python)

        def few(seed, name, *words):
            self.jobs.run(f"found/{name}-{seed}", "evaluate", "-m", self.teacher_folder, "--pair", "emoji/pair",
                          "--captions", captions, "--reference", "none", "--measures", "pair-complexity", "--seed",
                          1000 * seed, *self.generation(), "-o", folder / f"{name}-{seed}", *words)

        loras = [w for m in METHODS for w in ("--lora", f"{m}={self.lora(m, SEEDS[0])}")]
        many = 4 if self.a.tiny else 25
        self.jobs.together(
            learn,
            *(functools.partial(few, s, "few", "--sampler", "lcm,tcd", "--steps", 4, "--guidance", 1, *loras)
              for s in range(seeds)),
            *(functools.partial(few, s, "teacher", "--sampler", "ddim", "--steps", many, "--guidance",
                                self.best_guidance()) for s in range(seeds)))
        sets = [("TCD at 4", "few-*/pictures/tcd-4"), ("LCM at 4", "few-*/pictures/lcm-4"),
                ("TCD at 4, no LoRA", "few-*/pictures/tcd-lora-none-4"),
                (f"teacher at {many}", f"teacher-*/pictures/ddim-{many}")]
        self.jobs.run("found", script, *options, "read", reader, "--captions", captions, "--output",
                      folder / "found.md", program=self.a.python,
                      *(w for label, at in sets for w in ("--set", label, f"{folder}/{at}-captions-*")))
        self.note("found", (folder / "found.md").read_text())

    def verdicts(self):
        """H1 to H5 of docs/hypotheses.md and the controls, from the tables of all seeds."""
        text = scene_verdicts.of(self.runs, self.ledger, SEEDS, [2, 4] if self.a.tiny else [2, 4, 8, 20])
        (self.runs / "verdicts.md").write_text(text)
        print(text)


def logged(run, key):
    """A figure of a run's log, each time that it was written."""
    lines = map(json.loads, (run / "log.jsonl").read_text().splitlines())
    return [line[key] for line in lines if key in line]


ORDER = ["autoencoder", "teacher", "guidance", "gate", "sweep", "budget", "seeds", "controls", "tables", "found",
         "blind", "more", "verdicts"]


def main(of=Stages, order=ORDER, others=("early", "distillations"), about=__doc__):
    p = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("stages", nargs="+", choices=[*order, *others, "all"])
    p.add_argument("--runs", default="runs/small-scenes", help="folder of all runs")
    p.add_argument("--teacher", help="a model folder to distil, in place of RUNS/teacher/final")
    p.add_argument("--weights", default="weights", help="folder of the networks of published measures")
    p.add_argument("--tcd4j", default="./tcd4j")
    p.add_argument("--python", default=sys.executable, help="a Python with PyTorch, NumPy and Pillow, to read pictures")
    p.add_argument("--precision", default="f32", choices=["f32", "bf16"],
                   help="of distillations and of the pictures of tables (docs/scenes.md)")
    p.add_argument("--device", default="cpu", help="cuda: all but the reader computes there")
    p.add_argument("--jobs", type=int, default=os.cpu_count(),
                   help="so many jobs at once share the cores; 1 gives one job all of them (default: a job a core)")
    p.add_argument("--seconds", type=float, help="stop after so many, as Ctrl-C does")
    p.add_argument("--tiny", action="store_true", help="a few steps and pictures everywhere, to try the stages")
    p.add_argument("--anyway", action="store_true", help="go on below the gate")
    a = p.parse_args()
    if a.jobs < 1:
        p.error(f"--jobs must be at least 1 but was {a.jobs}")
    try:
        with Jobs(a.tcd4j, pathlib.Path(a.runs) / "logs", a.jobs) as jobs:
            if a.seconds:
                jobs.stop_after(a.seconds)
            stages = of(a, jobs)
            for stage in order if a.stages == ["all"] else a.stages:
                getattr(stages, stage)()
    except Stopped as stopped:
        print(f"{stopped}\nstart the stage again to go on", file=sys.stderr)
        sys.exit(130 if str(stopped) == "stopped" else 1)


if __name__ == "__main__":
    main()
