"""The networks of the measures beside pytorch-fid and transformers, batch by batch in turns, weights at random.

    mvn -q -pl benchmarks -am -DskipTests package dependency:copy-dependencies   # once
    python benchmarks/networks.py inception [--batch 10] [--batches 10] [--threads 1]
    python benchmarks/networks.py clip [--layers 4] ...     ViT-H/14 of so many layers

Both networks stand ready in memory and take one batch at a time, now one and now the other, so that what
else the machine does meets both. The first two batches of each warm up. Prints the processor seconds of a
batch (medians) and their ratio, the median of the ratios of neighbours. Run with a Python that has
pytorch-fid and torchvision, or transformers (oracle/requirements.txt).
"""

import argparse
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
WARM = 2


def inception(weights=None):
    import pytorch_fid.inception as pf
    import torch
    import torchvision

    if weights is None:
        pf.load_state_dict_from_url = lambda *a, **k: net_weights
        net = torchvision.models.inception_v3(weights=None, num_classes=1008, aux_logits=False, init_weights=False)
        net_weights = net.state_dict()
        return net_weights
    pf.load_state_dict_from_url = lambda *a, **k: torch.load(weights)
    net = pf.InceptionV3([3], resize_input=False, normalize_input=False).eval()
    return lambda x: net(x)[0], 299


def clip(weights=None, layers=4):
    from transformers import CLIPConfig, CLIPModel

    if weights is None:
        return CLIPModel(CLIPConfig(
            projection_dim=1024,
            text_config=dict(hidden_size=64, intermediate_size=64, num_hidden_layers=1, num_attention_heads=1, hidden_act='gelu'),
            vision_config=dict(hidden_size=1280, intermediate_size=5120, num_hidden_layers=layers, num_attention_heads=16,
                               image_size=224, patch_size=14, hidden_act='gelu')))
    net = CLIPModel.from_pretrained(weights).eval()
    return lambda x: net.get_image_features(pixel_values=x), 224


def peer(name, weights, batch, threads):
    import torch

    torch.set_num_threads(threads)
    net, side = globals()[name](weights)
    x = torch.randn(batch, 3, side, side).clamp(-1, 1)
    with torch.inference_mode():
        while sys.stdin.readline():
            start = time.process_time()
            net(x)
            print(time.process_time() - start, flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("network", choices=["inception", "clip"])
    parser.add_argument("--batch", type=int, default=10)
    parser.add_argument("--batches", type=int, default=10)
    parser.add_argument("--layers", type=int, default=4)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--peer", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.peer:
        return peer(args.network, args.peer, args.batch, args.threads)
    with tempfile.TemporaryDirectory() as folder:
        if args.network == "inception":
            import torch
            weights = f"{folder}/inception.pth"
            torch.save(inception(), weights)
        else:
            weights = folder
            clip(layers=args.layers).save_pretrained(folder)
        measure(args, weights)


def measure(args, weights):
    path = f"{ROOT}/benchmarks/target/classes:{ROOT}/benchmarks/target/dependency/*"
    commands = [
        ["java", "-Xmx1g", "-Dorg.bytedeco.javacpp.maxPhysicalBytes=0", "-Dorg.bytedeco.openblas.load=mkl", "-cp", path,
         "io.github.tcd4j.benchmarks.ScoringNetwork", args.network, weights, str(args.batch), str(args.threads)],
        [sys.executable, __file__, args.network, "--peer", weights, "--batch", str(args.batch), "--threads", str(args.threads)]]
    environment = os.environ | {"OMP_NUM_THREADS": str(args.threads)}
    sides = [subprocess.Popen(c, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1, env=environment)
             for c in commands]
    rows = []
    for step in range(args.batches + WARM):
        row = []
        for side in sides if step % 2 == 0 else reversed(sides):
            side.stdin.write("\n")
            line = side.stdout.readline()
            if not line:
                sys.exit("a side stopped; its message is above")
            row.append(float(line))
        rows.append(row if step % 2 == 0 else row[::-1])
    for side in sides:
        side.stdin.close()
        side.wait()
    rows = rows[WARM:]
    ours, theirs = (statistics.median(column) for column in zip(*rows))
    print("| processor s of a batch | tcd4j | Python | ratio |\n| --- | ---: | ---: | ---: |")
    print(f"| {args.network}, {args.batch} pictures | {ours:.2f} | {theirs:.2f} | {statistics.median(a / b for a, b in rows):.2f} |")


if __name__ == "__main__":
    main()
