"""A training step of the teacher and of the distillation beside the same step in PyTorch, in turns.

    mvn -q -pl benchmarks -am -DskipTests package dependency:copy-dependencies   # once
    python benchmarks/training_step.py [--batch 12] [--rounds 3]

Run with a Python whose torch has the libtorch version of the pom (2.10.0), diffusers and peft.
"""

import argparse
import os
import pathlib
import statistics
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
CONFIG = ROOT / "emoji/unet/config.json"


def peer(task, batch, threads, steps):
    import torch
    from diffusers import DDPMScheduler, UNet2DConditionModel
    from peft import LoraConfig

    torch.set_num_threads(threads)
    torch.manual_seed(0)
    unet = UNet2DConditionModel.from_config(UNet2DConditionModel.load_config(CONFIG))
    unet = unet.to(memory_format=torch.channels_last)
    abar = DDPMScheduler(1000, 0.00085, 0.012, "scaled_linear").alphas_cumprod
    if task == "tcd":
        unet.requires_grad_(False)
        targets = ["to_q", "to_k", "to_v", "to_out.0", "proj_in", "proj_out", "ff.net.0.proj", "ff.net.2",
                   "conv1", "conv2", "conv_shortcut", "downsamplers.0.conv", "upsamplers.0.conv", "time_emb_proj"]
        unet.add_adapter(LoraConfig(r=16, lora_alpha=16, target_modules=targets))
    trained = [p for p in unet.parameters() if p.requires_grad]
    optimiser = torch.optim.AdamW(trained, 1e-4, fused=True)
    column = lambda v: v.view(-1, 1, 1, 1)

    def jump(x, eps, t, s):
        at, as_ = column(abar[t]), column(abar[s])
        x0 = (x - (1 - at).sqrt() * eps) / at.sqrt()
        return as_.sqrt() * x0 + (1 - as_).sqrt() * eps

    def teacher_loss(x0, text):
        t = torch.randint(0, 1000, (batch,))
        noise = torch.randn_like(x0)
        a = column(abar[t])
        error = (unet(a.sqrt() * x0 + (1 - a).sqrt() * noise, t, text).sample - noise).square()
        snr = a / (1 - a)
        return (error * torch.clamp(5 / snr, max=1)).mean()

    def tcd_loss(x0, text):
        i = torch.randint(0, 50, (batch,))
        t = 20 * (i + 1) - 1
        tn = (t - 20).clamp(min=0)
        s = (20 * ((torch.rand(batch) * (i + 1)).floor().long() + 1) - 21).clamp(min=0)
        w = column(torch.rand(batch) * 6 + 1)
        a = column(abar[t])
        x = a.sqrt() * x0 + (1 - a).sqrt() * torch.randn_like(x0)
        with torch.no_grad():
            unet.disable_adapters()
            cond, uncond = unet(torch.cat([x, x]), torch.cat([t, t]), torch.cat([text, text])).sample.chunk(2)
            unet.enable_adapters()
            xn = jump(x, cond + w * (cond - uncond), t, tn)
            target = jump(xn, unet(xn, tn, text).sample, tn, s)
        d = jump(x, unet(x, t, text).sample, t, s) - target
        return ((d.square() + 1e-6).sqrt() - 1e-3).mean()

    loss = tcd_loss if task == "tcd" else teacher_loss
    for _ in range(steps):
        start = time.perf_counter()
        x0 = torch.randn(batch, 4, 16, 16).to(memory_format=torch.channels_last)
        loss(x0, torch.randn(batch, 24, 256)).backward()
        torch.nn.utils.clip_grad_norm_(trained, 1.0)
        optimiser.step()
        optimiser.zero_grad()
        print(f"{(time.perf_counter() - start) * 1e3:.3f}", flush=True)


def times(command, warm):
    out = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if out.returncode != 0:
        sys.exit(out.stderr[-800:])
    return [float(line) for line in out.stdout.split()][warm:]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--batch", type=int, default=12)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--steps", type=int, default=14)
    parser.add_argument("--peer", help=argparse.SUPPRESS)
    args = parser.parse_args()
    threads = args.threads
    if args.peer:
        return peer(args.peer, args.batch, threads, args.steps)
    jars = f"{ROOT}/benchmarks/target/*:{ROOT}/benchmarks/target/dependency/*"
    tail = [str(CONFIG), str(args.batch), str(threads), str(args.steps)]
    print("| step | tcd4j ms | PyTorch ms | ratio |\n| --- | --- | --- | --- |")
    for task in ("teacher", "tcd"):
        ours, theirs = [], []
        for _ in range(args.rounds):
            java = ["java", "-Xmx1g", "-Dorg.bytedeco.javacpp.maxPhysicalBytes=0", "-cp", jars]
            ours += times(java + ["io.github.tcd4j.benchmarks.TrainingStep", task] + tail, 4)
            theirs += times([sys.executable, __file__, "--peer", task, "--batch", str(args.batch), "--threads", str(args.threads),
                             "--steps", str(args.steps)], 4)
        a, b = statistics.median(ours), statistics.median(theirs)
        print(f"| {task}, batch {args.batch} | {a:.0f} | {b:.0f} | {a / b:.2f} |", flush=True)


if __name__ == "__main__":
    main()
