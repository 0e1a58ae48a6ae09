"""The peer of ./tcd4j serve: diffusers behind HTTP, as its own examples/server does it.

    python benchmarks/peer_server.py PORT THREADS NAME=FOLDER[:LORA]...

One process holds the pipelines. A request copies its pipeline with a fresh scheduler over the same
networks, takes a generator of its own, and runs in a thread; one picture is made at a time. The answer
is OpenAI's, with the PNG in base64 as ./tcd4j serve gives it, where the example writes a file. Only
the standard library for HTTP. A LoRA is fused into the weights, which is the faster way.
"""

import base64
import io
import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import torch
from diffusers import DiffusionPipeline, EulerDiscreteScheduler, TCDScheduler
from diffusers.utils import logging

SCHEDULERS = {"tcd": TCDScheduler, "euler": EulerDiscreteScheduler}
PIPELINES = {}
ONE_AT_A_TIME = threading.Lock()


def load(folder, lora):
    pipe = DiffusionPipeline.from_pretrained(folder, torch_dtype=torch.float32)
    pipe.set_progress_bar_config(disable=True)
    if lora:
        pipe.load_lora_weights(lora)
        pipe.fuse_lora()
    return pipe


def generate(request):
    shared = PIPELINES[request["model"]]
    scheduler = SCHEDULERS[request["sampler"]].from_config(shared.scheduler.config)
    pipe = type(shared).from_pipe(shared, scheduler=scheduler)
    pipe.set_progress_bar_config(disable=True)
    width, height = map(int, request["size"].split("x"))
    knobs = {"eta": request["gamma"]} if "gamma" in request else {}
    with torch.inference_mode():
        image = pipe(
            request["prompt"], num_inference_steps=request["steps"], guidance_scale=request["guidance"], width=width,
            height=height, generator=torch.Generator().manual_seed(request["seed"]), **knobs).images[0]
    png = io.BytesIO()
    image.save(png, "PNG")
    return {"data": [{"b64_json": base64.b64encode(png.getvalue()).decode()}]}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.answer(200, {"status": "ready"})

    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        try:
            with ONE_AT_A_TIME:
                answer = generate(request)
        except Exception as error:
            self.answer(500, {"detail": repr(error)})
            return
        self.answer(200, answer)

    def answer(self, status, value):
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


def main():
    port, threads, models = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]
    torch.set_num_threads(threads)
    logging.set_verbosity_error()
    for model in models:
        name, _, place = model.partition("=")
        folder, _, lora = place.partition(":")
        PIPELINES[name] = load(folder, lora)
    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    print(f"serving on http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()


main()
