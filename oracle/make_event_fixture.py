"""Writes training/src/test/resources/events: files as TensorBoard's own protobuf classes make them.

first.tfevents    scalars of steps 1 to 3 and a picture at step 2
resumed.tfevents  a run that went on after step 2: the same tags at steps 3 and 4
picture.png       the picture

Then it reads both with TensorBoard's EventAccumulator, which must show steps 1, 2, 3, 4 with the
resumed step 3, so the marker of a new session does what the Java writer relies on.

Run from the root of the project: python oracle/make_event_fixture.py
(needs tensorboard==2.21.0, which nothing else here does)
"""

import io
import pathlib
import shutil
import tempfile

from PIL import Image
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.compat.proto import event_pb2, summary_pb2
from tensorboard.summary.writer.record_writer import RecordWriter

OUT = pathlib.Path("training/src/test/resources/events")
TIME = 1700000000.25


def scalars(step, **figures):
    values = [summary_pb2.Summary.Value(tag=t, simple_value=v) for t, v in figures.items()]
    return event_pb2.Event(step=step, summary=summary_pb2.Summary(value=values))


def picture(step, png, width, height):
    image = summary_pb2.Summary.Image(
        height=height, width=width, colorspace=3, encoded_image_string=png
    )
    value = summary_pb2.Summary.Value(tag="sample", image=image)
    return event_pb2.Event(step=step, summary=summary_pb2.Summary(value=[value]))


def write(name, first_step, events):
    start = event_pb2.SessionLog(status=event_pb2.SessionLog.START)
    head = [
        event_pb2.Event(file_version="brain.Event:2"),
        event_pb2.Event(step=first_step, session_log=start),
    ]
    with open(OUT / name, "wb") as file:
        writer = RecordWriter(file)
        for event in head + events:
            event.wall_time = TIME
            writer.write(event.SerializeToString())


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    png = io.BytesIO()
    Image.new("RGB", (200, 3), (10, 20, 30)).save(png, "PNG")
    (OUT / "picture.png").write_bytes(png.getvalue())
    write(
        "first.tfevents",
        1,
        [
            scalars(1, loss=0.5, rate=1e-3),
            scalars(2, loss=0.25, rate=0.0),
            picture(2, png.getvalue(), 200, 3),
            scalars(3, loss=-7.5, rate=2e-3),
        ],
    )
    write("resumed.tfevents", 3, [scalars(3, loss=0.125), scalars(4, loss=float("inf"))])

    with tempfile.TemporaryDirectory() as folder:
        for i, name in enumerate(["first.tfevents", "resumed.tfevents"]):
            shutil.copy(OUT / name, f"{folder}/events.out.tfevents.{1700000000 + i}.x")
        seen = EventAccumulator(folder, size_guidance={"images": 0, "scalars": 0})
        seen.Reload()
        assert [(e.step, e.value) for e in seen.Scalars("loss")] == [
            (1, 0.5),
            (2, 0.25),
            (3, 0.125),
            (4, float("inf")),
        ]
        assert [e.step for e in seen.Images("sample")] == [2]
        assert seen.Images("sample")[0].encoded_image_string == png.getvalue()


main()
