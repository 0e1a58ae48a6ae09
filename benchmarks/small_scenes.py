"""The experiments on small scenes, stage by stage, on a machine without a GPU.

    python3 benchmarks/small_scenes.py autoencoder teacher guidance gate     # first what decides
    python3 benchmarks/small_scenes.py early                                 # the gate of a teacher that still trains
    python3 benchmarks/small_scenes.py sweep budget seeds controls tables verdicts
    python3 benchmarks/small_scenes.py all --tiny --anyway --runs /tmp/tiny  # every stage in minutes, without meaning

A stage that is done is not repeated; one that was stopped (Ctrl-C, kill) goes on where it was when it is started
again. What was chosen, and the gate's verdict, is in RUNS/ledger.json. docs/scenes.md has the time of each stage.

Settings are chosen on scenes of training pairs that no training has seen (seed 1); what is reported is of held-out
pairs (seed 0, another draw as reference). Each rule by which something is chosen is in this file and was written
before the first run; docs/hypotheses.md has the hypotheses.
"""

import argparse
import csv
import json
import pathlib
import shutil
import subprocess
import sys

WORLD = "scenes:size=32"
GUIDANCES = [1, 1.5, 2, 3]
SWEEP = {"rate.peak": [1e-5, 3e-5, 1e-4, 3e-4], "target_decay": [None, 0.95, 0.99], "skip": [20, 50, 100],
         "loss": ["huber", "l2"], "rank": [16, 64]}
START = {"rate.peak": 1e-4, "target_decay": None, "skip": 20, "loss": "huber", "rank": 16}
SEEDS = [11, 12, 13]
BUDGETS = [0.25, 0.5, 1, 2, 4]
METHODS = ["lcm", "tcd"]
GAMMAS = [0, 0.1, 0.2, 0.3, 0.5, 0.7]
LEAST_PSNR = 32.0


class Stages:
    def __init__(self, a):
        self.a = a
        self.runs = pathlib.Path(a.runs)
        self.runs.mkdir(parents=True, exist_ok=True)
        self.file = self.runs / "ledger.json"
        self.ledger = json.loads(self.file.read_text()) if self.file.exists() else {}
        tiny = a.tiny
        self.sizes = dict(validation=40 if tiny else 1000, test=40 if tiny else 2000, gate=30 if tiny else 5000,
                          diverse=2 if tiny else 50, sweep=2 if tiny else 300, full=2 if tiny else 1500,
                          batch=2 if tiny else 32)
        self.teacher_folder = self.runs / "teacher/final"

    # ---- what all stages use

    def note(self, name, value):
        self.ledger[name] = value
        self.file.write_text(json.dumps(self.ledger, indent=1) + "\n")
        # As it is read back: the keys of JSON are text.
        self.ledger = json.loads(self.file.read_text())
        print(f"{name}: {json.dumps(value)}", flush=True)

    def call(self, *words, may_fail=False):
        command = [self.a.tcd4j, *map(str, words)]
        print("$ " + " ".join(command), flush=True)
        code = subprocess.call(command)
        if code == 130 or (code and not may_fail):
            sys.exit(f"ended with {code}; start the stage again to go on")
        return code

    def train(self, name, command, recipe, sets):
        """Trains, or goes on, unless its product is there; returns the last of each figure of the log."""
        folder = self.runs / name
        if not (folder / "final").is_dir():
            words = [command, f"recipes/small-scenes-{recipe}.yaml", "--run", folder]
            words += [w for key, value in sets.items() for w in ("--set", f"{key}={value}")]
            self.call(*words, *(["--resume"] if (folder / "recipe.yaml").exists() else []))
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

    def measures(self):
        own = ["pair-distance", "pair-complexity", "pair-complexity-median"]
        weights = pathlib.Path(self.a.weights)
        if any(weights.glob("efficientnet-lite0-*.pth")):
            return ["--measures", ",".join([*own, "fd-efflite0", "kid-efflite0"]), "--weights", weights,
                    *(["--allow-small"] if self.a.tiny else [])]
        print(f"note: {weights} has no EfficientNet-Lite0 (docs/measures-weights.md), so distances are in the pair's "
              "features alone", flush=True)
        return ["--measures", ",".join(own)]

    def evaluate(self, name, test, *words):
        """Rows of a table: method, NFE and figures."""
        folder = self.runs / name
        self.call("evaluate", "-m", self.teacher_folder, "--pair", "emoji/pair", *self.data(test), *self.measures(),
                  "--threads", 2, "-o", folder, *words)
        return self.rows(folder / "results.csv")

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

    def autoencoder(self):
        sets = {"steps": 4, "sample_every": 4, "checkpoint_every": 2, "batch": 2,
                "settings.validation": f"{WORLD},pairs=held_out,count=8"} if self.a.tiny else {}
        found = self.train("autoencoder", "train", "autoencoder", sets)
        self.note("autoencoder", {"psnr": found["psnr"], "needed": LEAST_PSNR})
        if found["psnr"] < LEAST_PSNR and not self.a.anyway:
            sys.exit("the autoencoder is below the gate; train it for longer: --set steps=...")

    def teacher(self):
        sets = {"settings.autoencoder": self.runs / "autoencoder/final"}
        if self.a.tiny:
            sets |= {"steps": 4, "sample_every": 4, "checkpoint_every": 2, "batch": 2,
                     "settings.model.block_out_channels": "[32,32,32]"}
        found = self.train("teacher", "train", "teacher", sets)
        self.note("teacher", {"loss": found["loss"], "steps": found["step"]})

    def guidance(self):
        """The teacher's best guidance at 50 steps, by FD on validation captions."""
        found = {}
        for g in GUIDANCES[:2] if self.a.tiny else GUIDANCES:
            rows = self.evaluate(f"guidance/{g}", False, "--sampler", "ddim", "--steps", 2 if self.a.tiny else 50,
                                 "--guidance", g)
            found[g] = self.distance(rows[-1])
        self.note("guidance", {"best": min(found, key=found.get), "fd": found})

    def best_guidance(self):
        return self.ledger["guidance"]["best"]

    def judge(self, teacher, guidance, captions, diverse, to):
        """The exit code of the gate, and its table."""
        code = self.call("experiment", "gate", "-m", teacher, "--pair", "emoji/pair", "--data", WORLD, "--guidance",
                         guidance, "--captions", captions, "--diverse", diverse, "--threads", 2, "-o", to, may_fail=True)
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
            self.call("train", folder / "recipe.yaml", "--set", f"steps={step}", "--run", folder, "--resume")
        captions, diverse = (30, 2) if self.a.tiny else (1000, 20)
        for g in [1.5] if self.a.tiny else [1, 2]:
            _, said = self.judge(folder / "final", g, captions, diverse, folder / f"gate-{g}")
            self.note(f"early {step}, guidance {g}", said)

    def gate(self):
        code, said = self.judge(self.teacher_folder, self.best_guidance(), self.sizes["gate"], self.sizes["diverse"],
                                self.runs / "gate")
        self.note("gate", {"passed": code == 0, "table": said})
        if code and not self.a.anyway:
            sys.exit("the gate is not passed: train the teacher for longer, or change the world (docs/scenes.md)")

    def distil(self, method, settings, seed, steps):
        """The error of the student's jumps against 50 guided steps of the teacher; folder of the run."""
        name = "-".join([method, *(f"{v:g}" if isinstance(v, float) else str(v) for v in settings.values()), str(seed),
                         str(steps)])
        g = self.best_guidance()
        sets = {"data": f"{WORLD},seed={seed}", "seed": seed, "settings.base": self.teacher_folder, "steps": steps,
                "batch": self.sizes["batch"], "rate.peak": settings["rate.peak"], "settings.rank": settings["rank"],
                "settings.alpha": float(settings["rank"]), "settings.objective.skip": settings["skip"],
                "settings.objective.loss": settings["loss"], "settings.objective.guidance_min": g,
                "settings.objective.guidance_max": g, "probe_every": max(1, steps // 8)}
        if settings["target_decay"] is not None:
            sets["settings.objective.target_decay"] = settings["target_decay"]
        found = self.train(f"distil/{name}", "distill", method, sets)
        return {"error": found["probe/jump_error"], "before": found["first probe/jump_error"],
                "lora": str(self.runs / f"distil/{name}/final/{method}.safetensors")}

    def sweep(self):
        """Each setting in turn, the others at their best so far, LCM and TCD alike; chosen by the probe."""
        for method in METHODS:
            best, tried = dict(START), []
            for key, values in SWEEP.items():
                errors = {}
                for value in values[:2] if self.a.tiny else values:
                    settings = best | {key: value}
                    found = self.distil(method, settings, SEEDS[0], self.sizes["sweep"])
                    tried.append(settings | found)
                    errors[value] = found["error"]
                best[key] = min(errors, key=errors.get)
            self.note(f"sweep {method}", {"best": best, "tried": tried})

    def best(self, method):
        return self.ledger[f"sweep {method}"]["best"]

    def seeds(self):
        """Three seeds of the best settings, with the full budget."""
        for method in METHODS:
            self.note(f"seeds {method}", {s: self.distil(method, self.best(method), s, self.sizes["full"])
                                          for s in SEEDS})

    def budget(self):
        """The best settings at 1/4 to 4 times the budget, one seed, FD at 4 evaluations on validation captions."""
        for method in METHODS:
            curve = {}
            for share in BUDGETS[:2] if self.a.tiny else BUDGETS:
                steps = max(1, round(share * self.sizes["full"]))
                found = self.distil(method, self.best(method), SEEDS[0], steps)
                rows = self.evaluate(f"budget/{method}-{share}", False, "--sampler", method, "--steps", 4, "--lora",
                                     f"{method}={found['lora']}", "--guidance", 1)
                curve[share] = found | {"fd": self.distance(self.row(rows, method.upper(), 4))}
            self.note(f"budget {method}", curve)

    @staticmethod
    def row(rows, label, nfe):
        for r in rows:
            if r["sampler"] == label and r["NFE"] == str(nfe):
                return r
        sys.exit(f"there is no row {label} of {nfe} evaluations among {[(r['sampler'], r['NFE']) for r in rows]}")

    def lora(self, method, seed):
        return self.ledger[f"seeds {method}"][str(seed)]["lora"]

    def controls(self):
        """Crossed LoRAs and samplers; solvers at their best guidance and spacing at each number of steps."""
        seed, steps = SEEDS[0], "2,4" if self.a.tiny else "2,4,8,20"
        self.evaluate("controls/crossed", True, "--sampler", "lcm,tcd", "--steps", steps, "--guidance", 1, "--lora",
                      f"lcm={self.lora('tcd', seed)}", "--lora", f"tcd={self.lora('lcm', seed)}", "--gamma", 0.3)
        for n in map(int, steps.split(",")):
            self.evaluate(f"controls/solvers-{n}", True, "--sampler", "ddim,dpm++2m,dpm++2s", "--steps", n, "--guidance",
                          "1,1.5" if self.a.tiny else "1,1.25,1.5,2,3,5", "--sweep-steps", n, "--sweep-pictures",
                          20 if self.a.tiny else 500, "--spacing", "trailing,leading")

    def tables(self):
        """The paper's table 1, figure 1 and ablation of gamma, for each seed."""
        for seed in SEEDS:
            for name in ("table1", "figure1", "gamma"):
                kept = self.runs / f"tables/{seed}/{name}"
                if kept.exists():
                    continue
                loras = [w for m in METHODS if name != "gamma" or m == "tcd"
                         for w in ("--lora", f"{m}={self.lora(m, seed)}")]
                few = {"table1": ["--steps", "2,4"], "figure1": ["--steps", "2"], "gamma": []}[name] if self.a.tiny else []
                self.call("experiment", name, "-m", self.teacher_folder, "--pair", "emoji/pair", *self.data(True),
                          *self.measures(), *loras, "--guidance", self.best_guidance(), "--threads", 2, *few, "-o",
                          self.runs / "tables")
                # One folder for all: the solvers' pictures, which are most, are generated once.
                kept.parent.mkdir(parents=True, exist_ok=True)
                (self.runs / "tables" / name).rename(kept)

    # ---- verdicts

    def verdicts(self):
        """H1 to H5 of docs/hypotheses.md from the tables of all seeds."""
        tables = {s: self.rows(self.runs / f"tables/{s}/table1/results.csv") for s in SEEDS}
        gammas = {s: self.rows(self.runs / f"tables/{s}/gamma/results.csv") for s in SEEDS}
        minus = {s: self.rows(self.runs / f"tables/{s}/table1/differences.csv") for s in SEEDS}
        steps = [2, 4] if self.a.tiny else [2, 4, 8, 20]
        last = steps[-1]
        key = next(k for k in ("fd-efflite0", "fd_efflite0", "fd") if k in tables[SEEDS[0]][0])
        fd = lambda s, label, nfe: float(self.row(tables[s], label, nfe)[key])
        none = lambda label: ", ".join(f"{n}: {fd(SEEDS[0], label + ' lora none', n):.2f}" for n in steps)
        lines = [f"FD is `{key}`; seeds {SEEDS}. Without a LoRA, by NFE: LCM {none('LCM')}; TCD {none('TCD')}.", ""]
        if not self.ledger.get("gate", {}).get("passed"):
            lines += ["**The teacher has not passed the gate, so nothing below says anything about a distillation.**", ""]
        lines += ["| | figures | verdict |", "| --- | --- | --- |"]

        def verdict(name, figures, supported, refuted):
            word = "supported" if supported else "refuted" if refuted else "open"
            lines.append(f"| {name} | {figures} | **{word}** |")

        ends = {}
        for s in SEEDS:
            for r in minus[s]:
                if r["difference"] == "TCD minus LCM" and int(r["NFE"]) in steps:
                    ends[s, int(r["NFE"])] = (float(r[key + "_low"]), float(r[key + "_high"]))
        verdict("H1", "; ".join(f"{n}: " + ", ".join("[%.2f, %.2f]" % ends[s, n] for s in SEEDS) for n in steps),
                all(ends[s, n][1] < 0 for s in SEEDS for n in steps),
                sum(all(ends[s, n][1] >= 0 for n in (2, 4)) for s in SEEDS) >= 2)
        rise = {m: [fd(s, m, last) - fd(s, m, 4) for s in SEEDS] for m in ("LCM", "TCD")}
        verdict("H2", "; ".join(f"{m} FD at {last} minus at 4: " + ", ".join(f"{v:+.2f}" for v in r)
                                for m, r in rise.items()),
                all(v > 0 for v in rise["LCM"]) and all(v <= 0 for v in rise["TCD"]),
                sum(v < 0 for v in rise["LCM"]) >= 2 or sum(v > 0 for v in rise["TCD"]) >= 2)
        teacher = [float(r[key]) for r in tables[SEEDS[0]] if r["sampler"] == "DDIM"][-1]
        ratio = [fd(s, "TCD", last) / teacher for s in SEEDS]
        verdict("H3", "FD of TCD / of the teacher: " + ", ".join(f"{v:.3f}" for v in ratio) + "; recall is not in this table",
                False, all(v > 1.05 for v in ratio))
        curve = lambda s, column: [float(r[column]) for r in gammas[s] if r["sampler"].startswith("TCD gamma")
                                   and float(r["sampler"].split()[-1]) in GAMMAS]
        both = {c: {s: curve(s, c) for s in SEEDS} for c in ("complexity", "complexity_median")}
        rises = lambda values: all(a <= b for a, b in zip(values, values[1:]))
        verdict("H4", "; ".join(f"{c}: " + ", ".join(f"{v[0]:.3f} to {v[-1]:.3f}" for v in of.values())
                                for c, of in both.items()),
                all(rises(v) for of in both.values() for v in of.values()),
                all(v[-1] < v[0] for v in both["complexity_median"].values()))
        fds = {s: curve(s, key) for s in SEEDS}
        verdict("H5", "FD at gamma 0 and lowest above: " + ", ".join(f"{v[0]:.2f}, {min(v[1:]):.2f}" for v in fds.values()),
                all(v[0] == max(v) for v in fds.values()), all(v[0] == min(v) for v in fds.values()))
        text = "\n".join(lines) + "\n"
        (self.runs / "verdicts.md").write_text(text)
        print(text)


ORDER = ["autoencoder", "teacher", "guidance", "gate", "sweep", "budget", "seeds", "controls", "tables", "verdicts"]


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("stages", nargs="+", choices=[*ORDER, "early", "all"])
    p.add_argument("--runs", default="runs/small-scenes", help="folder of all runs")
    p.add_argument("--weights", default="weights", help="folder of the networks of published measures")
    p.add_argument("--tcd4j", default="./tcd4j")
    p.add_argument("--tiny", action="store_true", help="a few steps and pictures everywhere, to try the stages")
    p.add_argument("--anyway", action="store_true", help="go on below the gate")
    a = p.parse_args()
    stages = Stages(a)
    for stage in ORDER if a.stages == ["all"] else a.stages:
        getattr(stages, stage)()


if __name__ == "__main__":
    main()
