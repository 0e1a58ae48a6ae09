"""Short studies beyond the paper, on the distilled small scenes (docs/hypotheses.md, S1 to S3).

    python3 benchmarks/scene_studies.py trajectories one_step gammas report --runs R --weights W
    python3 benchmarks/scene_studies.py all --tiny --anyway --runs /tmp/tiny    # after small_scenes.py all --tiny

Needs the stages sweep, budget and seeds of benchmarks/small_scenes.py in the same RUNS, and goes on where it was as those
do. `report` writes RUNS/studies.md.
"""

import functools
import pathlib
import statistics

import scene_verdicts
from small_scenes import SEEDS, Stages, logged, main

ORDER = ["trajectories", "one_step", "gammas", "report"]
GAMMAS = [0, 0.1, 0.2, 0.3, 0.5, 0.7, 1]
PASSES = 2


class Studies(Stages):
    def run_of(self, called, method="tcd", share=1.0, slower=1, more=None):
        """A run with the best settings of TCD, except for what the arguments change."""
        settings = dict(self.best("tcd"))
        settings["rate.peak"] = settings["rate.peak"] / slower
        steps = max(1, round(share * self.full("tcd")))
        return self.distil(method, settings, SEEDS[0], steps, more=more, called=called)

    def rows_of(self, name, sampler, lora, steps):
        """FD on test captions by number of evaluations, without guidance."""
        rows = self.evaluate(f"studies/{name}", True, "--sampler", sampler, "--steps", ",".join(map(str, steps)), "--lora",
                             f"{sampler}={lora}", "--guidance", 1)
        label = rows[-1]["sampler"].removesuffix(" lora none")
        return {r["NFE"]: self.distance(r) for r in rows if r["sampler"] == label}

    # ---- S1: TCF(2) and TCF(S+)

    def trajectories(self):
        """The three trajectory functions at the settings of TCF(1), at a third of its rate, and without bootstrapping."""
        each = {"tcf1": ("tcd", "tcf1", [1, 2, 4, 8]), "tcf2": ("tcd-2s", "tcf2", [1, 2, 4]),
                "tcf-s+": ("tcd", "tcf-s+", [1, 2, 4, 8])}
        tasks = {}
        for name, (sampler, function, steps) in each.items():
            more = {"settings.objective.trajectory": function}
            for variant, words in {"": {}, " rate/3": {"slower": 3}, " next": {}}.items():
                own = more | ({"settings.objective.destinations": "next"} if variant == " next" else {})
                called = (function + variant).replace(" ", "-").replace("/", "")
                tasks[name + variant] = functools.partial(self.taught, called, sampler, steps, own, **words)
        found = self.jobs.together(*tasks.values())
        self.note("trajectories", dict(zip(tasks, found)))

    def taught(self, called, sampler, steps, more, slower=1):
        run = self.run_of(called, slower=slower, more=more)
        folder = pathlib.Path(run["folder"])
        norms = logged(folder, "gradient_norm")
        norms = norms[len(norms) // 2:]
        errors = logged(folder, "probe/jump_error")
        return {"errors": errors, "spikes": max(norms) / statistics.median(norms),
                "rises": sum(b > a for a, b in zip(errors[len(errors) // 4:], errors[len(errors) // 4 + 1:])),
                "fd": self.rows_of(f"trajectories-{called}", sampler, run["lora"], steps)}

    # ---- S2: one evaluation

    def one_step(self):
        """FD at 1 and 4 evaluations of what might close the gap between them, at the budget of TCD and at its steps."""
        full = self.full("tcd")
        judged = {"settings.objective.adversary": f"{{from: {full // 4}, rate: 5.0e-4}}"}
        ctm = {"settings.objective.skip": "null"}  # What its recipe has no place for.
        runs = {"TCD": {}, "TCD, half of the steps": {"share": 0.5}, "TCD, twice the steps": {"share": 2},
                "TCD, four times the steps": {"share": 4}, "TCD, adversary": {"called": "judged", "more": judged},
                "TCD, adversary, half of the steps": {"called": "judged", "share": 0.5, "more": {
                    "settings.objective.adversary": f"{{from: {full // 8}, rate: 5.0e-4}}"}},
                "CTM": {"called": "ctm", "method": "ctm", "more": ctm},
                "CTM, adversary": {"called": "ctm-judged", "method": "ctm", "more": ctm | judged}}
        found = self.jobs.together(*(functools.partial(self.spent_on, **words) for words in runs.values()))
        self.note("one step", dict(zip(runs, found)))

    def spent_on(self, called="", method="tcd", share=1.0, more=None):
        run = self.run_of(called, method, share, more=more)
        return self.rows_of(f"one-step-{called or 'plain'}-{share}", method, run["lora"], [1, 2, 4]) | {
            "error": run["error"]}

    # ---- S3: gamma of each step

    def gammas(self):
        """Each step's gamma in turn, on validation captions with the LoRA of one seed; then all seeds on test captions."""
        tried = GAMMAS[:2] if self.a.tiny else GAMMAS
        alike = self.jobs.together(*(functools.partial(self.at, [g]) for g in tried))
        constant = tried[min(range(len(tried)), key=alike.__getitem__)]
        best, path = [constant] * 3 + [0], {}
        for _ in range(1 if self.a.tiny else PASSES):
            for step in range(3):
                options = [best[:step] + [g] + best[step + 1:] for g in tried]
                fds = self.jobs.together(*(functools.partial(self.at, o) for o in options))
                path |= {",".join(map(str, o)): fd for o, fd in zip(options, fds)}
                best = options[min(range(len(options)), key=fds.__getitem__)]
        chosen = {"constant": [constant], "per step": best}
        tests = [(name, seed) for name in chosen for seed in SEEDS]
        fds = self.jobs.together(*(functools.partial(self.at, chosen[name], seed, True) for name, seed in tests))
        self.note("gammas", {"constants": dict(zip(map(str, tried), alike)), "tried": path, "chosen": chosen,
                             "test": {name: [fd for (n, _), fd in zip(tests, fds) if n == name] for name in chosen}})

    def at(self, gammas, seed=SEEDS[0], test=False):
        """FD at 4 evaluations."""
        words = ",".join(map(str, gammas))
        rows = self.evaluate(f"studies/gamma-{words}-{seed}-{'test' if test else 'validation'}", test, "--sampler", "tcd",
                             "--steps", 4, "--lora", f"tcd={self.lora('tcd', seed)}", "--guidance", 1, "--gamma", words)
        return self.distance(scene_verdicts.row(rows, "TCD", 4))

    # ---- what came out

    def report(self):
        lines = ["Written by benchmarks/scene_studies.py; hypotheses S1 to S3 are in docs/hypotheses.md.", ""]
        lines += scene_verdicts.about_gate(self.ledger)
        for part in (self.first_study, self.second_study, self.third_study):
            lines += [*part(), ""]
        text = "\n".join(lines)
        (self.runs / "studies.md").write_text(text)
        print(text)

    def first_study(self):
        found = self.ledger["trajectories"]
        yield "| S1 | jump error, first to last | largest / median gradient norm | rises | FD by evaluations |"
        yield "| --- | --- | ---: | ---: | --- |"
        for name, f in found.items():
            errors = ", ".join(f"{e:.4f}" for e in f["errors"])
            fds = ", ".join(f"{n}: {v:.2f}" for n, v in f["fd"].items())
            yield f"| {name} | {errors} | {f['spikes']:.1f} | {f['rises']} | {fds} |"
        restless = lambda name: found[name]["spikes"] / found["tcf1"]["spikes"]
        yield ""
        yield verdict("S1a: TCF(2) is the less stable", restless("tcf2") >= 2 or found["tcf2"]["rises"] >= 2,
                      restless("tcf2") < 1.25 and found["tcf2"]["rises"] == 0)
        yield verdict("S1b: because it bootstraps, not because it is of second order",
                      restless("tcf2") >= 2 > 1.25 > restless("tcf2 next"), restless("tcf2 next") >= 2)
        # The share of its own first error that is left, at the probe in the middle of the run.
        half = lambda name: found[name]["errors"][len(found[name]["errors"]) // 2] / found[name]["errors"][0]
        yield verdict("S1c: TCF(S+) is slow", half("tcf-s+") >= 1.25 * half("tcf1"), half("tcf-s+") <= half("tcf1"))

    def second_study(self):
        found = self.ledger["one step"]
        one, four = found["TCD"]["1"], found["TCD"]["4"]
        closed = {name: (one - f["1"]) / (one - four) for name, f in found.items()}
        yield "| S2 | FD at 1 | at 2 | at 4 | of TCD's gap from 1 to 4 closed |"
        yield "| --- | ---: | ---: | ---: | ---: |"
        for name, f in found.items():
            yield f"| {name} | {f['1']:.2f} | {f['2']:.2f} | {f['4']:.2f} | {100 * closed[name]:.0f} % |"
        yield ""
        judged = closed["TCD, adversary, half of the steps"]
        yield verdict("S2: an adversary closes more of the gap than steps of equal cost do",
                      one > four and judged >= 0.25 and judged > closed["TCD, twice the steps"], judged <= 0)

    def third_study(self):
        found = self.ledger["gammas"]
        test = found["test"]
        yield "| S3 | gamma | FD on test captions, three seeds |"
        yield "| --- | --- | --- |"
        for name, gammas in found["chosen"].items():
            yield f"| {name} | {', '.join(map(str, gammas))} | {', '.join(f'{v:.2f}' for v in test[name])} |"
        yield ""
        pairs = list(zip(test["per step"], test["constant"]))
        yield verdict("S3: gamma of its own for each step beats the best constant one",
                      all(own < 0.98 * same for own, same in pairs), all(own >= same for own, same in pairs))


def verdict(name, supported, refuted):
    return f"{name}: **{'supported' if supported else 'refuted' if refuted else 'open'}**"


if __name__ == "__main__":
    main(Studies, ORDER, (), __doc__)
