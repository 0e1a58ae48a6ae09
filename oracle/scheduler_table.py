"""Makes docs/parity.md: how far our samplers are from diffusers' schedulers, step by step.

    python oracle/scheduler_table.py

Runs SchedulerParityTest, which runs every case of the fixtures of make_scheduler_fixtures.py and
writes the largest difference of each to diffusion/target/scheduler-parity.tsv, and makes the table
of it. Fails where one is above 1e-4.
"""

import collections
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
LIMIT = 1e-4
KINDS = {"epsilon": "eps", "v_prediction": "v", "sample": "x0"}
SPACINGS = ("linspace", "leading", "trailing")
# Samplers whose classes spread their times by one rule, whatever timestep_spacing says.
OWN_RULE = ("tcd", "lcm", "consistency", "dpm++2s", "dpm++2s-karras", "dpm2s")
SHIPPED = {"beta_schedule", "beta_start", "beta_end", "steps_offset", "set_alpha_to_one", "clip_sample",
           "skip_prk_steps", "prediction_type", "timestep_spacing"}
HEAD = """# Parity with diffusers' schedulers

Made by `python oracle/scheduler_table.py`; do not edit. Each case runs one scheduler of diffusers
0.42.1 and our sampler over the same random network outputs and the same noise, and compares what the
network receives in every step, its times, and the last latents. The figure is the
largest difference of an element, as a share of the largest element where that is above 1; the worst
of the cases of that row, that kind of network and that spacing. All must be below 1e-4 (float32).
The cases are in [make_scheduler_fixtures.py](../oracle/make_scheduler_fixtures.py).
"""


def cases():
    command = ["mvn", "-o", "-q", "-B", "-ntp", "-pl", "diffusion", "-am", "-Dtest=SchedulerParityTest",
               "-Dsurefire.failIfNoSpecifiedTests=false", "test"]
    subprocess.run(command, cwd=ROOT, check=True)
    for line in (ROOT / "diffusion/target/scheduler-parity.tsv").read_text().splitlines():
        settings, difference = line.split("\t")
        yield dict(entry.split("=", 1) for entry in settings.split(";")), float(difference)


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "| " + " | ".join("---" for _ in head) + " |"]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def options(case):
    """What a case changes beside prediction type and spacing; None where it is a plain one."""
    changed = [f"{k[7:]} {v}" for k, v in case.items() if k.startswith("config.") and k[7:] not in SHIPPED]
    if case.get("config.set_alpha_to_one") == "true":
        changed.append("set_alpha_to_one true")
    if case.get("config.clip_sample") == "true":
        changed.append("clip_sample true")
    if "config.beta_schedule" not in case:
        changed.append("no entries but the prediction type")
    if "timesteps" in case:
        changed.append(f"timesteps {case['timesteps']}")
    return ", ".join(changed)


def main():
    plain = collections.defaultdict(dict)
    special = []
    worst = 0.0
    for case, difference in cases():
        worst = max(worst, difference)
        kind = KINDS[case["config.prediction_type"]] if "config.prediction_type" in case else "eps"
        changed = options(case)
        if changed:
            special.append((case["sampler"], kind, changed, case.get("steps", "list"), f"{difference:.1e}"))
            continue
        spacings = SPACINGS if case["sampler"] in OWN_RULE else (case.get("config.timestep_spacing"),)
        for spacing in spacings:
            cell = plain[case["sampler"]]
            cell[kind, spacing] = max(difference, cell.get((kind, spacing), 0.0))
    columns = [(kind, spacing) for kind in KINDS.values() for spacing in SPACINGS]
    rows = [[name] + [f"{cell[c]:.1e}" if c in cell else "–" for c in columns] for name, cell in plain.items()]
    text = HEAD + f"\nThe worst of all cases is **{worst:.1e}**.\n\n## Scheduler x prediction type x spacing\n\n"
    text += table(["sampler"] + [f"{k} {s}" for k, s in columns], rows)
    text += ("\n`" + "`, `".join(OWN_RULE) + "` spread their times by a rule of their own, so that their three"
             " columns are one case. A dash: the class of diffusers refuses that prediction type.\n"
             "\nNot compared with diffusers: `cm`, `ctm`, `tcd-2s` and `tcd-2m`, and DDPM, which is `sde-dpm++1` over\n"
             "all times. `cm` and DDPM are held to the sums that diffusers' own tests give (KnownSumsTest\n"
             "`consistencyModel`, `ddpm`); the others have no class there, and are held to what they equal\n"
             "(EquivalenceTest, CtmSamplerTest, TcdOrderTwoTest).\n"
             "\n## Options\n\n")
    text += table(["sampler", "network", "options", "steps", "largest difference"], sorted(special))
    (ROOT / "docs/parity.md").write_text(text)
    return 0 if worst <= LIMIT else f"largest difference {worst:.1e} is above {LIMIT}"


if __name__ == "__main__":
    sys.exit(main())
