// Images that guide: the hint of a ControlNet or T2I-Adapter, and an image as prompt.

const byId = (id) => document.getElementById(id);
const PARTS = [
  { id: "control", kinds: ["controlnet", "t2i_adapter"] },
  { id: "prompter", kinds: ["ip_adapter"] },
];
const files = new Map();

/** Shows the adapters that the chosen model has. */
export function show(adapters) {
  for (const { id, kinds } of PARTS) {
    const own = adapters.filter((a) => kinds.includes(a.kind));
    const before = byId(id).value;
    byId(id).replaceChildren(new Option("none", ""), ...own.map((a) => new Option(a.name, a.name)));
    byId(id).value = own.some((a) => a.name === before) ? before : "";
    byId(`${id}-part`).hidden = own.length === 0;
    showSettings(id);
  }
  byId("guides").hidden = adapters.length === 0;
}

function showSettings(id) {
  byId(`${id}-settings`).hidden = byId(id).value === "";
  byId(`${id}-file`).textContent = files.get(id)?.name ?? "No image chosen.";
}

/** What of the request comes from here. */
export async function read() {
  const request = {};
  if (byId("control").value !== "") {
    const control = { name: byId("control").value, image: await image("control") };
    if (byId("control-weight").value !== "") {
      control.weight = Number(byId("control-weight").value);
    }
    if (byId("control-canny").checked) {
      control.canny = [];
    }
    request.controls = [control];
  }
  if (byId("prompter").value !== "") {
    const prompt = { name: byId("prompter").value, images: [await image("prompter")] };
    if (byId("prompter-weight").value !== "") {
      prompt.scale = Number(byId("prompter-weight").value);
    }
    request.image_prompts = [prompt];
  }
  return request;
}

function image(id) {
  const file = files.get(id);
  if (!file) {
    byId(`${id}-image`).focus();
    throw new Error(`choose an image for ${byId(id).value}, or none in its list`);
  }
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result);
    reader.onerror = () => reject(new Error("the image cannot be read"));
    reader.readAsDataURL(file);
  });
}

for (const { id } of PARTS) {
  byId(id).addEventListener("change", () => showSettings(id));
  byId(`${id}-image`).addEventListener("change", (event) => {
    const [one] = event.target.files;
    if (one) {
      files.set(id, one);
    }
    event.target.value = "";
    showSettings(id);
  });
}
