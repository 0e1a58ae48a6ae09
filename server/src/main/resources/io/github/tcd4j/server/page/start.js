// The image that a request starts from, and the mask that is drawn on it by hand or read from a file.

const byId = (id) => document.getElementById(id);
const canvas = byId("canvas");
const mask = document.createElement("canvas");

let image = null;
let file = null;
let drawn = false;

/** What of the request comes from here. */
export async function read() {
  if (!image) {
    return {};
  }
  const request = { image: await base64(file) };
  if (byId("strength").value !== "") {
    request.strength = Number(byId("strength").value);
  }
  if (drawn) {
    request.mask = mask.toDataURL("image/png");
  }
  return request;
}

function base64(blob) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result);
    reader.onerror = () => reject(new Error("the image cannot be read"));
    reader.readAsDataURL(blob);
  });
}

/** Starts from an image. */
export async function use(chosen) {
  const opened = await open(chosen);
  file = chosen;
  image = opened;
  for (const c of [canvas, mask]) {
    c.width = opened.width;
    c.height = opened.height;
  }
  clearMask();
  byId("start-settings").hidden = false;
  byId("image-remove").disabled = false;
}

async function open(chosen) {
  try {
    return await createImageBitmap(chosen);
  } catch {
    throw new Error("the file is no image that can be shown");
  }
}

function remove() {
  image = null;
  file = null;
  byId("start-settings").hidden = true;
  byId("image-remove").disabled = true;
  byId("strength").value = "";
}

function clearMask() {
  const pen = mask.getContext("2d");
  pen.globalCompositeOperation = "source-over";
  pen.fillStyle = "black";
  pen.fillRect(0, 0, mask.width, mask.height);
  drawn = false;
  show();
}

/** The image, with what is generated anew tinted. */
function show() {
  const pen = canvas.getContext("2d");
  pen.globalCompositeOperation = "source-over";
  pen.globalAlpha = 1;
  pen.drawImage(image, 0, 0);
  pen.globalAlpha = 0.6;
  pen.globalCompositeOperation = "lighten";
  pen.drawImage(mask, 0, 0);
}

function at(event) {
  const box = canvas.getBoundingClientRect();
  return [((event.clientX - box.left) * canvas.width) / box.width, ((event.clientY - box.top) * canvas.height) / box.height];
}

function draw(from, to) {
  const pen = mask.getContext("2d");
  pen.strokeStyle = "white";
  pen.lineCap = "round";
  pen.lineWidth = (byId("brush").value / 100) * Math.max(mask.width, mask.height);
  pen.beginPath();
  pen.moveTo(...from);
  pen.lineTo(to[0], to[1] + 0.01);
  pen.stroke();
  drawn = true;
  show();
}

async function maskFrom(chosen) {
  const opened = await open(chosen);
  mask.getContext("2d").drawImage(opened, 0, 0, mask.width, mask.height);
  drawn = true;
  show();
}

/** Listens to the controls; an error goes to {@code fail}. */
export function listen(fail) {
  const chosen = (id, act) => byId(id).addEventListener("change", (event) => {
    const [one] = event.target.files;
    event.target.value = "";
    if (one) {
      act(one).catch(fail);
    }
  });
  chosen("image", use);
  chosen("mask", maskFrom);
  byId("image-remove").addEventListener("click", remove);
  byId("mask-clear").addEventListener("click", clearMask);
  let last = null;
  canvas.addEventListener("pointerdown", (event) => {
    last = at(event);
    canvas.setPointerCapture(event.pointerId);
    draw(last, last);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (last) {
      const now = at(event);
      draw(last, now);
      last = now;
    }
  });
  for (const end of ["pointerup", "pointercancel"]) {
    canvas.addEventListener(end, () => { last = null; });
  }
}
