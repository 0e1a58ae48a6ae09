"""Starts a server by the README's command and calls it with the clients that other people wrote.

    python3 -m venv /tmp/clients && /tmp/clients/bin/pip install openai==3.57.0 webuiapi==0.9.17
    npm install --prefix /tmp/clients openai@7.59.0
    /tmp/clients/bin/python oracle/clients.py --node /tmp/clients/node_modules

Each generates, edits, lists, watches where it can, and cancels. Prints one line for each check, then
the table of docs/server.md; ends with an error at the first check that fails. Without --node the npm
client is left out. --address HOST:PORT calls a server that runs already, --token its token.
"""

import argparse
import base64
import io
import json
import os
import pathlib
import subprocess
import threading
import time

import openai
import webuiapi
from PIL import Image

from served import Served, serve

CHECKS = []
LONG = {"prompt": "a", "sampler": "ddim", "steps": 900, "n": 8, "batch": 1, "loras": []}


def check(name, condition):
    if not condition:
        raise SystemExit(f"failed: {name}")
    CHECKS.append(name)
    print(f"ok: {name}")


def running_job(server, known, seconds=20):
    """The job that runs and is not among those known."""
    end = time.time() + seconds
    while time.time() < end:
        for job in server.get("/api/jobs")["jobs"]:
            if job["id"] not in known and job["state"] == "running" and job["step"] > 0:
                return job["id"]
        time.sleep(0.02)
    raise SystemExit("failed: no job runs")


def cancels_by_leaving(server, name, leave):
    """A client that goes away takes its job with it."""
    known = {job["id"] for job in server.get("/api/jobs")["jobs"]}
    thread = threading.Thread(target=leave)
    thread.start()
    job = running_job(server, known)
    thread.join(30)
    start = time.time()
    server.wait(job, "cancelled", seconds=15)
    check(f"{name} goes away and its job ends, {time.time() - start:.1f} s later", True)


def openai_images(host, port, token):
    client = openai.OpenAI(base_url=f"http://{host}:{port}/v1", api_key=token or "none")
    models = [m.id for m in client.models.list()]
    check(f"openai lists models {models}", models)
    check("openai retrieves a model", client.models.retrieve(models[0]).id == models[0])
    extra = {"seed": 42, "steps": 4, "gamma": 0.3, "sampler": "tcd", "guidance_scale": 1,
             "loras": [{"name": "tcd", "weight": 1}]}
    first = client.images.generate(model=models[0], prompt="red apple, fluent 3d style", n=2,
                                   size="64x64", extra_body=extra)
    check("openai gets two pictures", len(first.data) == 2)
    png = base64.b64decode(first.data[0].b64_json)
    image = Image.open(io.BytesIO(png))
    check("openai its picture has the size", image.size == (64, 64))
    check("openai its picture has its parameters", "Seed: 42" in image.text["parameters"])
    again = client.images.generate(model=models[0], prompt="red apple, fluent 3d style", n=2,
                                   size="64x64", extra_body=extra)
    check("openai the same request gives the same bytes", again.data[1].b64_json == first.data[1].b64_json)
    hole = Image.open(io.BytesIO(png)).convert("RGBA")
    hole.paste((0, 0, 0, 0), (0, 0, 64, 32))
    mask = io.BytesIO()
    hole.save(mask, "PNG")
    edit = client.images.edit(model=models[0], image=("apple.png", png), mask=("mask.png", mask.getvalue()),
                              prompt="green apple, fluent 3d style", extra_body={"seed": 1, "steps": 4})
    edited = Image.open(io.BytesIO(base64.b64decode(edit.data[0].b64_json)))
    check("openai edits the transparent half", edited.crop((0, 40, 64, 64)).tobytes()
          == image.crop((0, 40, 64, 64)).tobytes() and edited.tobytes() != image.tobytes())
    varied = client.images.create_variation(image=("apple.png", png), n=2, extra_body={"strength": 0.5})
    check("openai varies a picture", len(varied.data) == 2)
    if not token:
        url = client.images.generate(prompt="a", response_format="url").data[0].url
        import requests
        check("openai gets an address", requests.get(url).content[1:4] == b"PNG")
    for wrong, error in [({"gamma": 2}, openai.BadRequestError), ({"x": 1}, openai.BadRequestError)]:
        try:
            client.images.generate(prompt="a", extra_body=wrong)
            check(f"openai is refused {wrong}", False)
        except error as e:
            check(f"openai reads the error: {e.body['message']}", e.body["type"] == "invalid_request_error")
    try:
        client.images.generate(prompt="a", model="dall-e-3")
        check("openai is refused a model", False)
    except openai.NotFoundError as e:
        check(f"openai reads: {e.body['message']}", e.code == "model_not_found")


def openai_stream(host, port, token):
    client = openai.OpenAI(base_url=f"http://{host}:{port}/v1", api_key=token or "none")
    events = list(client.images.generate(prompt="red apple, fluent 3d style", stream=True, partial_images=2,
                                         output_format="jpeg", extra_body={"seed": 42, "steps": 20}))
    check(f"openai streams {[e.type for e in events]}",
          len(events) > 1 and events[-1].type == "image_generation.completed"
          and all(e.type == "image_generation.partial_image" for e in events[:-1]))
    images = [Image.open(io.BytesIO(base64.b64decode(e.b64_json))) for e in events]
    check("its pictures are JPEG of one size", {i.format for i in images} == {"JPEG"} and len({i.size for i in images}) == 1)


def control_net(host, port, token):
    """Of each served model that has adapters."""
    api = webuiapi.WebUIApi(host=host, port=port)
    if token:
        api.set_auth("user", token)
    hint = Image.linear_gradient("L").resize((64, 64)).convert("RGB")
    first, *others = api.util_get_model_names()
    for served in [first, *others, first]:
        api.set_options({"sd_model_checkpoint": served})
        settings = dict(prompt="a", seed=1, steps=3, cfg_scale=3, sampler_name="DDIM", width=64, height=64)
        for model in api.controlnet_model_list():
            plain = api.txt2img(**settings).images[0].tobytes()
            module = "ip-adapter-auto" if model.startswith("ip-") else "canny"
            unit = webuiapi.ControlNetUnit(image=hint, module=module, model=model, weight=0.9)
            guided = api.txt2img(**settings, controlnet_units=[unit]).images
            check(f"webuiapi guides {served} by {model}", guided[0].tobytes() != plain)


def web_ui(host, port, token):
    auth = {"username": "user", "password": token} if token else {}
    api = webuiapi.WebUIApi(host=host, port=port, sampler="TCD", steps=4, **auth)
    result = api.txt2img(prompt="red apple <lora:tcd:1>", seed=42, cfg_scale=1, width=64, height=64,
                         batch_size=2, n_iter=2, override_settings={"gamma": 0.5})
    check("webuiapi gets four pictures", len(result.images) == 4)
    check("webuiapi reads the info", result.info["all_seeds"] == [42, 43, 44, 45])
    check("webuiapi its gamma arrived", result.info["gamma"] == [0.5])
    changed = api.img2img(images=[result.image], prompt="green apple", seed=42, steps=4, cfg_scale=1,
                          denoising_strength=0.5, width=64, height=64)
    check("webuiapi changes a picture", "Denoising strength: 0.5" in changed.info["infotexts"][0])
    info = api.png_info(result.image)
    check("webuiapi reads a picture's text", "Steps: 4" in info.info)
    check("webuiapi lists models", api.util_get_model_names())
    api.util_set_model(api.util_get_model_names()[0])
    check("webuiapi sets a model", api.get_options()["sd_model_checkpoint"] in api.util_get_model_names())
    check("webuiapi lists samplers", "TCD" in api.util_get_sampler_names())
    check("webuiapi lists LoRAs", any(l["name"] == "tcd" for l in api.get_loras()))
    for call in ["get_cmd_flags", "get_upscalers", "get_hypernetworks", "get_face_restorers",
                 "get_realesrgan_models", "get_prompt_styles", "get_embeddings", "get_memory",
                 "get_schedulers", "get_sd_vae", "get_latent_upscale_modes", "get_scripts",
                 "refresh_checkpoints", "util_get_current_model", "get_progress"]:
        if hasattr(api, call):
            getattr(api, call)()
            check(f"webuiapi {call}", True)
    slow = {}

    def generate():
        slow["result"] = api.txt2img(prompt="a", sampler_name="DDIM", steps=900, cfg_scale=7,
                                     width=64, height=64, n_iter=8)

    thread = threading.Thread(target=generate)
    thread.start()
    progress = 0
    for _ in range(1000):
        answer = api.get_progress()
        progress = answer["progress"]
        if answer["state"]["sampling_step"] > 2:
            break
        time.sleep(0.02)
    check(f"webuiapi sees progress {progress:.3f}, {answer['eta_relative']:.0f} s left", progress > 0)
    start = time.time()
    api.interrupt()
    thread.join(30)
    check(f"webuiapi interrupts in {time.time() - start:.2f} s", slow["result"].info["interrupted"])
    try:
        api.txt2img(prompt="a", enable_hr=True)
        check("webuiapi is refused", False)
    except RuntimeError as e:
        check(f"webuiapi reads {json.loads(e.args[1])['detail']}", e.args[0] == 400)


def openai_leaves(server, token):
    client = openai.OpenAI(
        base_url=f"http://{server.host}:{server.port}/v1", api_key=token or "none", timeout=2, max_retries=0)

    def leave():
        try:
            client.images.generate(
                prompt="a", n=8, size="64x64", extra_body={k: v for k, v in LONG.items() if k not in ("prompt", "n")})
        except openai.APITimeoutError:
            pass

    cancels_by_leaving(server, "openai", leave)


def npm_openai(server, token, modules):
    script = pathlib.Path(__file__).with_suffix(".mjs")
    address = f"http://{server.host}:{server.port}"
    # The module is found next to the script that imports it, and nowhere else.
    environment = {**os.environ, "OPENAI_MODULE": str(pathlib.Path(modules).resolve() / "openai" / "index.mjs")}
    process = subprocess.run(
        ["node", str(script), address, token or "none"], env=environment, text=True, stdout=subprocess.PIPE, timeout=120)
    for line in process.stdout.splitlines():
        if not line.startswith("ok: "):
            raise SystemExit(line)
        check(line[4:], True)
    if process.returncode != 0:
        raise SystemExit("failed: npm openai")


def jobs(server):
    """Our own API with nothing but HTTP: submit, watch the events, cancel, read, forget."""
    job = server.submit({"prompt": "red apple, fluent 3d style", "seed": 1})
    names = [line.split()[1] for line in server.call("GET", f"/api/jobs/{job}/events")[2].decode().splitlines()
             if line.startswith("event: ")]
    check(f"jobs watches {sorted(set(names))}", names[-1] == "completed")
    check("jobs reads the picture", server.call("GET", f"/api/jobs/{job}/images/0")[2][1:4] == b"PNG")
    long = server.submit({**{k: v for k, v in LONG.items() if k != "n"}, "count": 8})
    running_job(server, {job})
    start = time.time()
    server.call("POST", f"/api/jobs/{long}/cancel")
    server.wait(long, "cancelled")
    check(f"jobs cancels in {time.time() - start:.2f} s", True)
    check("jobs forgets", server.call("DELETE", f"/api/jobs/{job}")[0] == 204
          and server.call("GET", f"/api/jobs/{job}")[0] == 404)


def all_clients(server, token, modules):
    openai_images(server.host, server.port, token)
    openai_stream(server.host, server.port, token)
    web_ui(server.host, server.port, token)
    control_net(server.host, server.port, token)
    if not token:
        # They look at the list of jobs, which the token would guard.
        openai_leaves(server, token)
        jobs(server)
    if modules:
        npm_openai(server, token, modules)
    print("\n| client | checks that passed |\n| --- | --- |")
    for name, label in [("openai", f"`openai` {openai.__version__}, Python"), ("npm", "`openai` 7.59.0, npm"),
                        ("webuiapi", "`webuiapi` 0.9.17, Python"), ("jobs", "HTTP alone, jobs API")]:
        print(f"| {label} | {sum(c.split()[0] == name for c in CHECKS)} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--address")
    parser.add_argument("--token", default="")
    parser.add_argument("--node")
    args = parser.parse_args()
    if args.address:
        host, port = args.address.rsplit(":", 1)
        all_clients(Served(None, host, int(port)), args.token, args.node)
    else:
        with serve() as server:
            all_clients(server, "", args.node)


main()
