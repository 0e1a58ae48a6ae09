// The npm client of OpenAI against a running server; oracle/clients.py starts it.
//
//     OPENAI_MODULE=/tmp/clients/node_modules/openai/index.mjs node oracle/clients.mjs http://127.0.0.1:7860

const { default: OpenAI, toFile } = await import(process.env.OPENAI_MODULE ?? "openai");
const [address, token = "none"] = process.argv.slice(2);
const client = new OpenAI({ baseURL: `${address}/v1`, apiKey: token, maxRetries: 0 });

function check(name, condition) {
  if (!condition) {
    console.log(`failed: npm ${name}`);
    process.exit(1);
  }
  console.log(`ok: npm ${name}`);
}

const models = [];
for await (const model of client.models.list()) {
  models.push(model.id);
}
check(`lists models ${models}`, models.length > 0);

const request = { model: models[0], prompt: "red apple, fluent 3d style", size: "64x64", n: 2, seed: 42, gamma: 0.3, steps: 4 };
const first = await client.images.generate(request);
const again = await client.images.generate(request);
check("gets two pictures", first.data.length === 2);
check("gets the same bytes for the same request", first.data[1].b64_json === again.data[1].b64_json);

const png = Buffer.from(first.data[0].b64_json, "base64");
const edit = await client.images.edit({
  model: models[0], prompt: "green apple, fluent 3d style", strength: 0.5, seed: 1,
  image: await toFile(png, "apple.png", { type: "image/png" }),
});
check("edits a picture", edit.data[0].b64_json.startsWith("iVBORw0KGgo") && edit.data[0].b64_json !== first.data[0].b64_json);

try {
  await client.images.generate({ prompt: "a", gamma: 2 });
  check("is refused", false);
} catch (error) {
  check(`reads the error: ${error.error?.message}`, error instanceof OpenAI.BadRequestError);
}

const jobs = async () => (await (await fetch(`${address}/api/jobs`)).json()).jobs;
const known = new Set((await jobs()).map((job) => job.id));
const leaving = new AbortController();
const long = client.images
  .generate({ prompt: "a", n: 8, sampler: "ddim", steps: 900, batch: 1, loras: [] }, { signal: leaving.signal })
  .then(() => "answered", (error) => error.constructor.name);

/** The first job that is not among those known, once it is in that state. */
async function newJob(state) {
  for (const end = Date.now() + 20_000; Date.now() < end;) {
    const job = (await jobs()).find((one) => !known.has(one.id) && one.state === state);
    if (job && (state !== "running" || job.step > 0)) {
      return job;
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return null;
}

check("has a job that runs", await newJob("running"));
leaving.abort();
check(`cancels: ${await long}`, (await long) === "APIUserAbortError");
check("leaves no job behind", await newJob("cancelled"));
