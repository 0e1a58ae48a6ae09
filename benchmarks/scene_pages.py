"""The results of benchmarks/small_scenes.py and scene_studies.py as one page and its pictures, for docs.

    python3 benchmarks/scene_pages.py RUNS docs/scenes-results.md

Writes the page, and beside it a folder of its name with plots and galleries. Every result is read from RUNS.
"""

import argparse
import json
import pathlib
import shutil

import scene_verdicts
from scene_verdicts import REAL, THROUGH, rows
from small_scenes import METHODS, SEEDS, logged

CONTROLS = {"crossed": "each LoRA through the sampler of the other",
            "lcm": "LCM, 300 steps", "clean": "TCD with destinations at 0, 300 steps", "skipped": "TCD, 300 steps",
            "next": "TCD with s = t_n, through DDIM", "teacher": "the teacher with guidance, through DDIM"}


class Page:
    def __init__(self, runs, page):
        self.runs, self.page = runs, page
        self.ledger = json.loads((runs / "ledger.json").read_text())
        self.pictures = page.with_suffix("")
        self.lines = []
        first = runs / f"tables/{SEEDS[0]}/table1/results.csv"
        self.key = next(k for k in scene_verdicts.FD if k in rows(first)[0])

    def say(self, *lines):
        self.lines += lines

    def table(self, head, body):
        self.say("| " + " | ".join(head) + " |", "| --- |" + " ---: |" * (len(head) - 1))
        self.say(*("| " + " | ".join(row) + " |" for row in body), "")

    def picture(self, file, name, text):
        if file.exists():
            self.pictures.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, self.pictures / name)
            self.say(f"![{text}]({self.pictures.name}/{name})", "")

    def figure(self, row, key=None):
        """A figure with its interval of 95 %."""
        key = key or self.key
        ends = [float(row[key]), float(row[key + "_low"]), float(row[key + "_high"])]
        digits = 2 if max(map(abs, ends)) >= 2 else 3
        return "%.*f [%.*f, %.*f]" % tuple(x for v in ends for x in (digits, v))

    def write(self):
        self.say("# Few steps on small scenes: what came out", "",
                 "Made by `benchmarks/scene_pages.py` from the runs of `benchmarks/small_scenes.py` and `scene_studies.py`; "
                 f"what would refute the paper was written before: [hypotheses.md](hypotheses.md). FD is `{self.key}`, seeds "
                 f"of training {', '.join(map(str, SEEDS))}; in brackets the interval of 95 % over captions.", "")
        for part in (self.verdicts, self.teacher, self.chosen, self.budget, self.first_table, self.gamma, self.controls,
                     self.studies):
            part()
        self.page.write_text("\n".join(self.lines).rstrip() + "\n")

    def verdicts(self):
        self.say("## Verdicts", "", (self.runs / "verdicts.md").read_text().rstrip(), "")

    def teacher(self):
        self.say("## The teacher", "", self.ledger["gate"]["table"].rstrip(), "")
        guidance = self.ledger["guidance"]
        self.say(f"Its guidance is {guidance['best']}, of lowest FD in the pair's features at 50 steps on validation captions: "
                 + ", ".join(f"{g}: {fd:.2f}" for g, fd in guidance["fd"].items()) + "; by the FD of the tables: "
                 + ", ".join(f"{g}: {fd:.2f}" for g, fd in guidance["others"].items()) + ".", "")

    def chosen(self):
        """The sweep: FD and the error of the jumps by each setting that was tried, in the order of choice."""
        self.say("## Settings", "", "FD at 4 evaluations on 1,000 validation captions after 300 steps, by which each setting was chosen, "
                 "and in brackets the error of the jumps against 50 guided steps of the teacher; each row at the best of the rows "
                 "above it.", "")
        for method in METHODS:
            tried = self.ledger[f"sweep {method}"]["tried"]
            body = []
            for group in tried:
                best = min(group["runs"], key=lambda run: run["fd"])
                body.append([group["setting"], *(("**%s: %.2f** (%.4f)" if run is best else "%s: %.2f (%.4f)")
                                                 % (run["value"], run["fd"], run["error"]) for run in group["runs"])])
            width = max(map(len, body))
            start = tried[0]["runs"][0]["before"]
            self.say(f"{method.upper()}, error at step 0 {start:.4f}:", "")
            self.table(["setting", *[""] * (width - 1)], [r + [""] * (width - len(r)) for r in body])

    def budget(self):
        self.say("## Budget", "", "Error of the jumps at the end, and FD at 4 evaluations on validation captions, one seed; 1 is "
                 "1,500 steps of 32 scenes. All else on this page is by the run of lowest FD up to 1, of each method its own.", "")
        tried = {m: self.ledger[f"budget {m}"]["tried"] for m in METHODS}
        shares = sorted({run["share"] for run in tried["tcd"]})
        body = []
        for method, runs in tried.items():
            for average in dict.fromkeys(run["target_decay"] for run in runs):
                own = {run["share"]: f"{run['error']:.5f}; {run['fd']:.2f}" for run in runs if run["target_decay"] == average}
                body.append([f"{method.upper()}, average of the target {average or 'none'}", *(own.get(s, "") for s in shares)])
        self.table(["method", *map(str, shares)], body)

        self.say("Whether it was enough: the error at step 0, at three quarters and at the end of the runs of table 1; flat is a "
                 "change of less than 2 % over the last quarter.", "")
        body = []
        for method in METHODS:
            for seed, run in self.ledger[f"seeds {method}"].items():
                errors = logged(pathlib.Path(run["lora"]).parent.parent, "probe/jump_error")
                first, late, last = errors[0], errors[-1 - max(1, len(errors) // 4)], errors[-1]
                change = last / late - 1
                body.append([f"{method.upper()}, seed {seed}", f"{first:.5f}", f"{late:.5f}", f"{last:.5f}",
                             f"{100 * change:+.1f} %", "yes" if abs(change) < 0.02 and last < first else "**no**"])
        self.table(["run", "step 0", "3/4", "end", "change", "flat, and better than at first"], body)

    def first_table(self):
        self.say("## Table 1", "")
        tables = {s: rows(self.runs / f"tables/{s}/table1/results.csv") for s in SEEDS}
        first = tables[SEEDS[0]]
        for real in (REAL, THROUGH):
            row = next(r for r in first if r["sampler"] == real)
            self.say(f"- {real}: {self.figure(row)}")
        self.say("")
        labels = list(dict.fromkeys(r["sampler"] for r in first if r["NFE"]))
        of = lambda table, label: [r for r in table if r["sampler"] == label]
        columns = max(len(of(first, label)) for label in labels)
        steps = [r["NFE"] for r in of(first, "TCD")]
        body = []
        for label in labels:
            own = of(first, label)
            cells = [f"{r['NFE']}: {self.figure(r)}" if not label.startswith(("LCM", "TCD")) else self.figure(r) for r in own]
            body.append([label, *cells, *[""] * (columns - len(cells))])
            if label.upper() in map(str.upper, METHODS):
                each = [[float(of(tables[s], label)[i][self.key]) for s in SEEDS] for i in range(len(own))]
                body.append([f"{label}, range of {len(SEEDS)} seeds", *(f"{min(v):.2f} to {max(v):.2f}" for v in each)])
        self.say("Solvers are guided, two rows an evaluation: their numbers of rows stand in the cells.", "")
        self.table([f"{self.key}, rows of the network", *steps], body)
        others = [k for k in ("kid-efflite0", "recall-efflite0", "precision-efflite0", "fd", "complexity", "complexity_median")
                  if k in first[0] and k != self.key]
        for other in others:
            self.say(f"`{other}`:", "")
            self.table(["method", *steps], [
                [label, *(f"{float(r[other]):.3f}" for r in of(first, label))] for label in labels])
        self.picture(self.runs / f"tables/{SEEDS[0]}/table1/gallery.png", "table1.png", "pictures of each method of table 1")
        self.picture(self.runs / f"tables/{SEEDS[0]}/figure1/{self.key}.png", "figure1.png",
                     "FD by evaluations of the network")

    def gamma(self):
        self.say("## Gamma", "")
        tables = [rows(self.runs / f"tables/{s}/gamma/results.csv") for s in SEEDS]
        first = [r for r in tables[0] if r["NFE"]]
        keys = [k for k in (self.key, "complexity", "complexity_median") if k in first[0]]
        self.table(["method", "rows", *keys, f"{self.key}, other seeds"], [
            [r["sampler"], r["NFE"], *(self.figure(r, k) for k in keys),
             ", ".join(f"{float(o[self.key]):.2f}" for t in tables[1:]
                       for o in t if (o["sampler"], o["NFE"]) == (r["sampler"], r["NFE"]))] for r in first])

    def controls(self):
        self.say("## Controls", "", "Solvers at the guidance, of 1, 1.25, 1.5, 2, 3 and 5, that is best at each number of steps on 250 "
                 "captions, by both spacings; then the rest.", "")
        body = []
        for folder in sorted((self.runs / "controls").glob("solvers-*"), key=lambda f: int(f.name.split("-")[1])):
            body += [[r["sampler"], r["guidance"], r["NFE"], self.figure(r)] for r in rows(folder / "results.csv") if r["NFE"]]
        for name, text in CONTROLS.items():
            body += [[f"{r['sampler']} ({text})", r["guidance"], r["NFE"], self.figure(r)]
                     for r in rows(self.runs / f"controls/{name}/results.csv")
                     if r["NFE"] and not r["sampler"].endswith("lora none")]
        self.table(["method", "guidance", "rows", self.key], body)

    def studies(self):
        file = self.runs / "studies.md"
        if file.exists():
            self.say("## Beyond the paper", "", file.read_text().rstrip(), "")


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("runs", type=pathlib.Path)
    p.add_argument("page", type=pathlib.Path)
    a = p.parse_args()
    Page(a.runs, a.page).write()
    print(a.page)


if __name__ == "__main__":
    main()
