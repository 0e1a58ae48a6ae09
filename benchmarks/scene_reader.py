"""A network that says what is in a small scene: which things, of which style, where. Trained apart from all models
that are measured, on scenes of its own with their labels.

    python benchmarks/scene_reader.py train READER --scenes 400000
    python benchmarks/scene_reader.py read READER --captions scenes:size=32,concepts=24,pairs=held_out,seed=3,count=50 \\
        --set "TCD at 4" FOLDER... --set "teacher at 25" FOLDER...

`read` prints for each set the share of things found, of pictures with all things of the caption, and how evenly style
and place of a thing are spread over the pictures of one caption (entropy in parts of the most that is possible; "-"
where no thing is found in 8 pictures of a caption), beside the same of real scenes read by the same network, and of
real scenes by their true labels. A FOLDER has pictures of all captions in captions.tsv, of other seeds than the next
FOLDER: pictures/NAME of an evaluation. A caption that comes again in the stream counts once, as in an evaluation.
Needs PyTorch, NumPy and Pillow; scenes are composed by tcd4j's jars (./tcd4j --version builds them).
"""

import argparse
import glob
import json
import math
import os
import pathlib
import subprocess
import sys

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

HOME = pathlib.Path(__file__).resolve().parent.parent
CELLS = 8
SLOTS = 4
STYLES = 6
GRID = 3
LEAST_FOUND = 8


class Scenes:
    """A stream of scenes with labels."""

    def __init__(self, name, jars):
        source = HOME / "benchmarks/src/main/java/io/github/tcd4j/benchmarks/SceneLabels.java"
        self.process = subprocess.Popen(
            ["java", "-Xmx1g", "-XX:+UseSerialGC", "-Dorg.bytedeco.javacpp.maxPhysicalBytes=0", "-cp",
             f"{jars or HOME / 'cli/target/lib'}/*", str(source), name], stdout=subprocess.PIPE, cwd=HOME)
        head = self.process.stdout.readline().decode().rstrip("\n")
        if not head:
            sys.exit(f"no scenes came of {name}; build the jars with ./tcd4j --version")
        self.concepts = [c.split("=")[0] for c in head.split("\t")]
        self.styles = [[int(d) for d in c.split("=")[1]] for c in head.split("\t")]
        self.size = int(self.process.stdout.readline())

    def next(self, count):
        """Pixels (n, 3, size, size) uint8 and labels (n, SLOTS, 4); fewer than `count` at the end."""
        length = 3 * self.size ** 2 + 1 + 4 * SLOTS
        raw = np.frombuffer(self.process.stdout.read(count * length), np.uint8).reshape(-1, length)
        pixels = raw[:, :3 * self.size ** 2].reshape(-1, 3, self.size, self.size)
        return pixels, raw[:, 3 * self.size ** 2 + 1:].reshape(-1, SLOTS, 4).astype(np.int64)

    def close(self):
        self.process.kill()
        self.process.wait()


def things_of(row):
    """Numbers of the concepts in a row of labels."""
    return [int(t[0]) for t in row if t[0] != 255]


def convolution(a, b, stride=1):
    return nn.Sequential(nn.Conv2d(a, b, 3, stride, 1, bias=False), nn.BatchNorm2d(b), nn.ReLU())


class Residual(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.body = nn.Sequential(convolution(width, width), convolution(width, width))

    def forward(self, x):
        return x + self.body(x)


class Reader(nn.Module):
    """Pictures (B, 3, 32, 32) in [-1, 1] to, for each of 8x8 cells, a score of each concept and of each style."""

    def __init__(self, concepts, width=96):
        super().__init__()
        self.body = nn.Sequential(convolution(3, 32), convolution(32, 64, 2), Residual(64),
                                  convolution(64, width, 2), Residual(width), Residual(width), Residual(width))
        self.things = nn.Conv2d(width, concepts, 1)
        self.look = nn.Conv2d(width, STYLES, 1)
        # A concept is in one of sixty scenes, at one of 64 cells of it.
        nn.init.constant_(self.things.bias, -math.log(60 * 64))

    def forward(self, pixels):
        x = self.body(pixels)
        return self.things(x).flatten(2), self.look(x).flatten(2)


def prepared(pixels):
    return torch.from_numpy(np.ascontiguousarray(pixels)).float() / 127.5 - 1


def cells(labels):
    """The cell in which each thing has its middle (n, SLOTS)."""
    return labels[..., 3] * CELLS // 256 * CELLS + labels[..., 2] * CELLS // 256


def coarse(cell):
    """In which place of the grid a cell is: of 8 rows or columns of cells it has 3, 3 and 2."""
    return cell // CELLS * GRID // CELLS * GRID + cell % CELLS * GRID // CELLS


def loss_of(reader, pixels, labels):
    """Presence, by all cells together; place and style of what is there."""
    things, look = reader(prepared(pixels))
    there = torch.from_numpy(labels[..., 0] != 255)
    row = torch.arange(len(labels))[:, None].expand(there.shape)[there]
    concept = torch.from_numpy(labels[..., 0])[there]
    cell = torch.from_numpy(cells(labels))[there]
    present = torch.zeros(things.shape[:2])
    present[row, concept] = 1
    presence = F.binary_cross_entropy_with_logits(things.logsumexp(2), present, reduction="sum") / len(pixels)
    place = F.cross_entropy(things[row, concept], cell)
    style = F.cross_entropy(look[row, :, cell], torch.from_numpy(labels[..., 1])[there])
    return presence + place + style


@torch.no_grad()
def read(reader, pixels, wanted, styles):
    """For each picture and wanted concept: found, style among those that the concept has, cell of the 3x3 grid."""
    found, look_of, place = [], [], []
    for start in range(0, len(pixels), 256):
        things, look = reader(prepared(pixels[start:start + 256]))
        for b in range(len(things)):
            concepts = wanted[start + b]
            own = things[b, concepts]
            best = own.argmax(1)
            found.append([float(v) > 0 for v in own.logsumexp(1)])
            look_of.append([max(styles[c], key=lambda s: float(look[b, s, cell])) for c, cell in zip(concepts, best)])
            place.append([coarse(int(cell)) for cell in best])
    return found, look_of, place


def labelled(labels, concepts):
    """The same from true labels: style and grid cell of each wanted concept."""
    look_of, place = [], []
    for row, at, wanted in zip(labels, cells(labels), concepts):
        own = {int(t[0]): (int(t[1]), int(cell)) for t, cell in zip(row, at) if t[0] != 255}
        look_of.append([own[c][0] for c in wanted])
        # By the reader's cells: thirds of the picture have other borders, by which a right cell would be a wrong place.
        place.append([coarse(own[c][1]) for c in wanted])
    return [[True] * len(w) for w in concepts], look_of, place


def entropy(values, kinds):
    counts = np.unique(values, return_counts=True)[1] / len(values)
    return float(-(counts * np.log(counts)).sum() / math.log(kinds))


def figures(readings, captions, styles):
    """One row a caption: share of things found, of pictures with all, entropy of style and of place."""
    rows = []
    for i, concepts in enumerate(captions):
        own = [(f[i], s[i], p[i]) for f, s, p in readings]
        looks, places = [], []
        for k, c in enumerate(concepts):
            seen = [(s[k], p[k]) for f, s, p in own if f[k]]
            if len(seen) >= LEAST_FOUND:
                looks.append(entropy([s for s, _ in seen], len(styles[c])))
                places.append(entropy([p for _, p in seen], GRID ** 2))
        rows.append([np.mean([f for f, _, _ in own]), np.mean([all(f) for f, _, _ in own]),
                     np.mean(looks) if looks else np.nan, np.mean(places) if places else np.nan])
    return np.array(rows)


def interval(rows):
    """Mean of each column with the ends of 95 % of resamples of captions."""
    random = np.random.default_rng(0)
    said = []
    for column in rows.T:
        if np.isnan(column).all():
            # Entropies: nothing is found often enough in so few seeds.
            said.append("-")
            continue
        means = [np.nanmean(column[random.integers(0, len(rows), len(rows))]) for _ in range(1000)]
        low, high = np.nanpercentile(means, [2.5, 97.5])
        said.append(f"{np.nanmean(column):.3f} [{low:.3f}, {high:.3f}]")
    return " | ".join(said)


def train(a):
    folder = pathlib.Path(a.reader)
    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(0)
    scenes = Scenes(f"{a.world},seed=97", a.jars)
    reader = Reader(len(scenes.concepts))
    steps = max(1, a.scenes // a.batch)
    optimizer = torch.optim.AdamW(reader.parameters(), 3e-3, weight_decay=0.01)
    # Rises over a tenth of the steps, then falls to 0 by a cosine.
    rate = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda n: min((n + 1) / max(1, steps // 10),
                                                                      (1 + math.cos(math.pi * n / steps)) / 2))
    for step in range(steps):
        loss = loss_of(reader, *scenes.next(a.batch))
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(reader.parameters(), 1.0)
        optimizer.step()
        rate.step()
        if (step + 1) % 200 == 0 or step + 1 == steps:
            print(f"reader {step + 1}/{steps}  loss {loss.item():.3f}", flush=True)
    scenes.close()
    reader.eval()
    torch.save(reader.state_dict(), folder / "reader.pt")
    (folder / "accuracy.json").write_text(json.dumps(accuracy(reader, a), indent=1) + "\n")
    print((folder / "accuracy.json").read_text())


def accuracy(reader, a):
    """On held-out pairs, scenes that no training has seen."""
    scenes = Scenes(f"{a.world},pairs=held_out,seed=98,count=2000", a.jars)
    pixels, labels = scenes.next(2000)
    scenes.close()
    wanted = [things_of(row) for row in labels]
    found, look_of, place = read(reader, pixels, wanted, scenes.styles)
    _, true_look, true_place = labelled(labels, wanted)
    flat = lambda rows: np.array([v for row in rows for v in row])
    # A caption of other things: what the network finds that is not there.
    others = [[c for c in wanted[(i + 1) % len(wanted)] if c not in wanted[i]] for i in range(len(wanted))]
    false, _, _ = read(reader, pixels, [o or [0] for o in others], scenes.styles)
    false = [f for f, o in zip(false, others) if o]
    return {"things found": flat(found).mean(), "all things found": np.mean([all(f) for f in found]),
            "absent things found": flat(false).mean(), "style right": (flat(look_of) == flat(true_look)).mean(),
            "place right": (flat(place) == flat(true_place)).mean()}


def lines_of(folder):
    """File and caption of each picture."""
    return [line.split("\t") for line in (pathlib.Path(folder) / "captions.tsv").read_text().splitlines()]


def pictures(folder, captions):
    from PIL import Image
    lines = lines_of(folder)
    if [caption for _, caption in lines] != captions:
        sys.exit(f"{folder} has pictures of other captions than the other folders")
    return np.stack([np.asarray(Image.open(pathlib.Path(folder) / name).convert("RGB")).transpose(2, 0, 1)
                     for name, _ in lines])


def rows_of(captions, labels):
    """Of each of the captions, a row of the scenes that shows its things; None unless these are all there are."""
    rows = {}
    for i, row in enumerate(labels):
        rows.setdefault(tuple(sorted(things_of(row))), []).append(i)
    if {tuple(c) for c in captions} != set(rows):
        return None
    # The same things in another order are another caption, and another row.
    chosen = [rows[tuple(c)].pop(0) if rows[tuple(c)] else None for c in captions]
    return None if None in chosen else chosen


def measure(a):
    folder = pathlib.Path(a.reader)
    sets = {}
    for label, *patterns in a.set:
        sets[label] = [f for pattern in patterns for f in sorted(glob.glob(pattern))]
        if not sets[label]:
            sys.exit(f"there is no folder of {label}")
    if not sets:
        sys.exit("nothing to read: give --set LABEL FOLDER...")
    first = next(iter(sets.values()))[0]
    captions = [caption for _, caption in lines_of(first)]
    count = int(a.captions.split("count=")[1].split(",")[0])

    def drawn_as(draw):
        scenes = Scenes(f"{a.captions},draw={draw}", a.jars)
        drawn = scenes.next(count)
        scenes.close()
        return scenes, drawn

    scenes, once = drawn_as(100)
    names = scenes.concepts
    reader = Reader(len(names))
    reader.load_state_dict(torch.load(folder / "reader.pt", weights_only=True))
    reader.eval()
    told = [c.replace(" and ", ", ").split(", ") for c in captions]
    if any(n not in names for c in told for n in c):
        sys.exit(f"{first} has captions with other things than {a.captions}")
    # The order of a caption does not matter, and of real scenes it is not known.
    wanted = [sorted(names.index(n) for n in c) for c in told]
    rows = rows_of(wanted, once[1])
    if rows is None:
        sys.exit(f"{first} has pictures of other captions than {a.captions}")
    drawn = [(pixels[rows], labels[rows]) for pixels, labels in [once, *(drawn_as(i)[1] for i in range(101, 116))]]
    table = {"real, true labels": [labelled(labels, wanted) for _, labels in drawn],
             "real, as read": [read(reader, pixels, wanted, scenes.styles) for pixels, _ in drawn]}
    for label, folders in sets.items():
        table[f"{label} ({len(folders)} seeds)"] = [read(reader, pictures(f, captions), wanted, scenes.styles)
                                                   for f in folders]
    known = json.loads((folder / "accuracy.json").read_text())
    text = ("The reader on 2,000 real scenes of held-out pairs: " + ", ".join(f"{k} {v:.3f}" for k, v in known.items())
            + ".\n\n| pictures | things found | all of a caption | entropy of style | entropy of place |\n"
            "| --- | ---: | ---: | ---: | ---: |\n")
    for label, readings in table.items():
        text += f"| {label} | {interval(figures(readings, wanted, scenes.styles))} |\n"
    print(text)
    if a.output:
        pathlib.Path(a.output).write_text(text)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--threads", type=int, default=os.cpu_count())
    p.add_argument("--jars", help="folder of tcd4j's jars (default: cli/target/lib)")
    commands = p.add_subparsers(required=True)
    c = commands.add_parser("train")
    c.add_argument("reader", help="folder")
    c.add_argument("--world", default="scenes:size=32,concepts=24", help="as the captions', without seed and count")
    c.add_argument("--scenes", type=int, default=400_000)
    c.add_argument("--batch", type=int, default=64)
    c.set_defaults(run=train)
    c = commands.add_parser("read")
    c.add_argument("reader", help="folder")
    c.add_argument("--captions", required=True, help="scenes with a count")
    c.add_argument("--set", nargs="+", action="append", default=[], metavar="LABEL FOLDER")
    c.add_argument("--output", help="file for the table")
    c.set_defaults(run=measure)
    a = p.parse_args()
    if "count=" not in getattr(a, "captions", "count="):
        p.error(f"--captions must be scenes with a count, as scenes:size=32,concepts=24,count=50, but was {a.captions}")
    torch.set_num_threads(a.threads)
    a.run(a)


if __name__ == "__main__":
    main()
