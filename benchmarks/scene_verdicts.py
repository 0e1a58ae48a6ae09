"""H1 to H5 of docs/hypotheses.md, and whether the controls came out, from the tables of benchmarks/small_scenes.py."""

import array
import csv
import json
import math
import struct

GAMMAS = [0, 0.1, 0.2, 0.3, 0.5, 0.7]
FD = ("fd-efflite0", "fd")
RECALL = "recall-efflite0"
NO_GATE = "**The teacher has not passed the gate, so nothing below says anything about a distillation.**"
# The one condition that may be missed, as docs/hypotheses.md says.
SHARPNESS = "FD at 50 steps / FD of the autoencoder"
REAL = "real pictures"
THROUGH = "real pictures through the autoencoder"


def rows(file):
    with open(file, newline="") as text:
        return list(csv.DictReader(text))


def row(table, label, nfe):
    for r in table:
        if r["sampler"] == label and r["NFE"] == str(nfe):
            return r
    raise SystemExit(f"there is no row {label} of {nfe} evaluations among {[(r['sampler'], r['NFE']) for r in table]}")


def last(table, label):
    """The row of a label with most evaluations."""
    return max((r for r in table if r["sampler"] == label), key=lambda r: int(r["NFE"]))


def missed(ledger):
    """The conditions of the gate that were not met, each with what was measured; None where there is no gate."""
    if "gate" not in ledger:
        return None
    cells = [[cell.strip() for cell in line.strip("|").split("|")]
             for line in ledger["gate"]["table"].splitlines() if line.startswith("|")]
    return {c[0]: c[1] for c in cells if c[-1] == "failed"}


def about_gate(ledger):
    """What a page begins with where the teacher has not passed the gate."""
    failed = missed(ledger)
    if failed == {}:
        return []
    if failed is None or list(failed) != [SHARPNESS]:
        return [NO_GATE, ""]
    return [f"**The teacher has not passed the gate: {SHARPNESS} is {failed[SHARPNESS]}, at most 2 would pass.** The other "
            "conditions are met, so methods can be compared; H3 cannot be supported (docs/hypotheses.md).", ""]


class Verdicts:
    def __init__(self, runs, ledger, seeds, steps):
        self.runs, self.ledger, self.seeds, self.steps = runs, ledger, seeds, steps
        self.first = seeds[0]
        self.tables = {s: rows(runs / f"tables/{s}/table1/results.csv") for s in seeds}
        self.gammas = {s: rows(runs / f"tables/{s}/gamma/results.csv") for s in seeds}
        self.minus = {s: rows(runs / f"tables/{s}/table1/differences.csv") for s in seeds}
        self.key = next(k for k in FD if k in self.tables[self.first][0])
        self.lines = []

    def fd(self, seed, label, nfe):
        return float(row(self.tables[seed], label, nfe)[self.key])

    def difference(self, seed, other, nfe, of=""):
        """Low and high end of FD of TCD minus that of another method; `of` as many evaluations of the other."""
        for r in self.minus[seed]:
            if r["difference"] == f"TCD minus {other}" and r["NFE"] == str(nfe) and \
                    of in ("", r["NFE of the other"]):
                return float(r[self.key + "_low"]), float(r[self.key + "_high"])
        raise SystemExit(f"differences.csv of seed {seed} has no TCD minus {other} at {nfe} evaluations")

    def verdict(self, name, figures, supported, refuted):
        word = "supported" if supported else "refuted" if refuted else "open"
        self.lines.append(f"| {name} | {figures} | **{word}** |")

    def all(self):
        none = lambda label: ", ".join(f"{n}: {self.fd(self.first, label + ' lora none', n):.2f}" for n in self.steps)
        real = ", ".join(f"{r['sampler']} {float(r[self.key]):.2f}" for r in self.tables[self.first]
                         if r["sampler"] in (REAL, THROUGH))
        self.lines += [f"FD is `{self.key}`; seeds {self.seeds}. Floors: {real}. Without a LoRA, by NFE: LCM "
                       f"{none('LCM')}; TCD {none('TCD')}.", ""]
        self.lines += about_gate(self.ledger)
        self.lines += ["| | figures | verdict |", "| --- | --- | --- |"]
        self.h1()
        self.h2()
        self.h3()
        self.h4_and_h5()
        self.lines += ["", "| control | figures | |", "| --- | --- | --- |"]
        self.controls()
        if "found" in self.ledger:
            self.lines += ["", self.ledger["found"].rstrip()]
        return "\n".join(self.lines) + "\n"

    def h1(self):
        ends = {(s, n): self.difference(s, "LCM", n) for s in self.seeds for n in self.steps}
        self.verdict("H1", "; ".join(f"{n}: " + ", ".join("[%.2f, %.2f]" % ends[s, n] for s in self.seeds)
                                     for n in self.steps),
                     all(high < 0 for _, high in ends.values()),
                     sum(all(ends[s, n][1] >= 0 for n in (2, 4)) for s in self.seeds) >= 2)

    def h2(self):
        most = self.steps[-1]
        rise = {m: [self.fd(s, m, most) - self.fd(s, m, 4) for s in self.seeds] for m in ("LCM", "TCD")}
        self.verdict("H2", "; ".join(f"{m} FD at {most} minus at 4: " + ", ".join(f"{v:+.2f}" for v in r)
                                     for m, r in rise.items()),
                     all(v > 0 for v in rise["LCM"]) and all(v <= 0 for v in rise["TCD"]),
                     sum(v < 0 for v in rise["LCM"]) >= 2 or sum(v > 0 for v in rise["TCD"]) >= 2)

    def h3(self):
        """The teacher is DDIM in as many steps: of table 1, or of the controls at its best guidance if that is better."""
        most = self.steps[-1]
        teacher = last(self.tables[self.first], "DDIM")
        solvers = [r for r in rows(self.runs / f"controls/solvers-{most}/results.csv")
                   if r["sampler"].startswith("DDIM")]
        best = min([teacher, *solvers], key=lambda r: float(r[self.key]))
        goal = float(best[self.key])
        ratio = [self.fd(s, "TCD", most) / goal for s in self.seeds]
        # The interval of the difference is that to the row of table 1, whose pictures are of the same seeds.
        shift = float(teacher[self.key]) - goal
        beyond = [self.difference(s, "DDIM", most, teacher["NFE"])[0] + shift > 0.05 * goal for s in self.seeds]
        figures = f"FD of TCD / of the teacher ({best['sampler']}, {goal:.2f}): " + ", ".join(f"{v:.3f}" for v in ratio)
        if RECALL not in best:
            self.verdict("H3", figures + "; recall was not measured", False, all(beyond))
            return
        lost = [float(best[RECALL]) - float(row(self.tables[s], "TCD", most)[RECALL]) for s in self.seeds]
        self.verdict("H3", figures + "; recall lower by " + ", ".join(f"{v:+.3f}" for v in lost),
                     missed(self.ledger) == {} and all(v <= 1.05 for v in ratio) and all(v <= 0.05 for v in lost),
                     all(beyond) or all(v > 0.05 for v in lost))

    def h4_and_h5(self):
        curve = lambda s, column: [float(r[column]) for r in self.gammas[s] if r["sampler"].startswith("TCD gamma")
                                   and float(r["sampler"].split()[-1]) in GAMMAS]
        both = {c: {s: curve(s, c) for s in self.seeds} for c in ("complexity", "complexity_median")}
        real = {c: float(next(r for r in self.tables[self.first] if r["sampler"] in (THROUGH, REAL))[c]) for c in both}
        for r in self.tables[self.first]:
            if r["sampler"] == THROUGH:
                real = {c: float(r[c]) for c in both}
        rises = lambda values: all(a <= b for a, b in zip(values, values[1:]))
        towards = lambda values, goal: abs(values[-1] - goal) < abs(values[0] - goal)
        self.verdict("H4", "; ".join(f"{c} (real {real[c]:.3f}): " +
                                     ", ".join(f"{v[0]:.3f} to {v[-1]:.3f}" for v in of.values())
                                     for c, of in both.items()),
                     all(rises(v) and towards(v, real[c]) for c, of in both.items() for v in of.values()),
                     all(v[-1] < v[0] for v in both["complexity_median"].values()))
        fds = {s: curve(s, self.key) for s in self.seeds}
        self.verdict("H5", "FD at gamma 0 and lowest above: " + ", ".join(f"{v[0]:.2f}, {min(v[1:]):.2f}"
                                                                          for v in fds.values()),
                     all(v[0] == max(v) for v in fds.values()), all(v[0] == min(v) for v in fds.values()))

    # ---- controls: what must come out

    def control(self, name, figures, holds):
        self.lines.append(f"| {name} | {figures} | {'holds' if holds else '**fails**'} |")

    def controls(self):
        loras = self.ledger.get("controls")
        if not loras:
            self.lines.append("| none was run | | **fails** |")
            return
        table = {name: rows(self.runs / f"controls/{name}/results.csv")
                 for name in ("lcm", "clean", "skipped", "next", "teacher")}
        # TCD with all destinations at 0 is LCM. Ordinary TCD, of the same seed and settings, shows what is far.
        weights = {name: lora_b(loras[name]) for name in ("lcm", "clean", "skipped")}
        apart = {name: distance(weights[name], weights["lcm"]) for name in ("clean", "skipped")}
        fds = [(n, row(table["lcm"], "LCM", n), row(table["clean"], "LCM", n)) for n in (2, 4)]
        self.control("destinations at 0 equal LCM",
                     f"LoRA apart by {apart['clean']:.3f} of its length, ordinary TCD by {apart['skipped']:.3f}; FD of "
                     "destinations at 0 and of LCM " +
                     ", ".join(f"at {n}: {float(c[self.key]):.2f}, {float(l[self.key]):.2f}" for n, l, c in fds),
                     apart["clean"] < apart["skipped"] / 2 and all(self.near(l, c) for _, l, c in fds))
        # With s = t_n the student is the teacher's guided step, so that the solver makes of it what it makes of the
        # teacher; a student that has learnt to jump would be better in few steps.
        pairs = [(n, row(table["next"], "DDIM", n), sorted((r for r in table["teacher"] if r["sampler"] == "DDIM"),
                                                           key=lambda r: int(r["NFE"]))[i])
                 for i, n in enumerate(self.steps)]
        self.control("s = t_n equals the teacher",
                     "FD of DDIM with the student and with the teacher " +
                     ", ".join(f"at {n}: {float(a[self.key]):.2f}, {float(b[self.key]):.2f}" for n, a, b in pairs),
                     all(self.near(a, b) for _, a, b in pairs))

    def near(self, a, b):
        """Whether each FD lies in the interval of the other, or within 2 % of it."""
        inside = lambda x, y: float(y[self.key + "_low"]) <= float(x[self.key]) <= float(y[self.key + "_high"])
        close = abs(float(a[self.key]) - float(b[self.key])) <= 0.02 * float(b[self.key])
        return close or (inside(a, b) and inside(b, a))


def lora_b(file):
    """All second factors of a LoRA in one array: they begin at 0, so they are what the training has made."""
    with open(file, "rb") as data:
        size = struct.unpack("<Q", data.read(8))[0]
        header = json.loads(data.read(size))
        found = array.array("d")
        for name in sorted(n for n in header if n.endswith("lora_up.weight")):
            start, end = header[name]["data_offsets"]
            kind, width = {"F16": ("e", 2), "F32": ("f", 4)}[header[name]["dtype"]]
            data.seek(8 + size + start)
            found.extend(struct.unpack(f"<{(end - start) // width}{kind}", data.read(end - start)))
    if not found:
        raise SystemExit(f"{file} has no lora_up.weight")
    return found


def distance(a, b):
    """The length of a - b in lengths of b."""
    return math.sqrt(sum((x - y) ** 2 for x, y in zip(a, b, strict=True)) / (sum(y * y for y in b) or 1))


def of(runs, ledger, seeds, steps):
    return Verdicts(runs, ledger, seeds, steps).all()
