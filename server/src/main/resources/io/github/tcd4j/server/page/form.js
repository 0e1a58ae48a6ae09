// The form: what is empty is chosen by the model.

import * as adapters from "./adapters.js";
import { FieldError } from "./api.js";

const byId = (id) => document.getElementById(id);
const NUMBERS = ["steps", "guidance", "count", "width", "height"];
const STORED = "tcd4j-form";

let models = [];
let samplers = [];

/** What has an effect only with an image to start from. */
const OF_IMAGE = ["strength", "image_guidance", "upscale"];

/** What a request may have and the form has no field for; it stays as it is in the image. */
const FURTHER = ["timesteps", "eta", "clip_skip", "syntax", "prediction", "spacing", ...OF_IMAGE];
let further = {};

/** Fills the lists, and the values that this browser had last. */
export function prepare(someModels, someSamplers) {
  models = someModels;
  samplers = someSamplers;
  byId("model").replaceChildren(...models.map((m) => new Option(m.name, m.name)));
  byId("sampler").replaceChildren(
    new Option("model's choice", ""),
    ...samplers.map((s) => new Option(`${s.label} (${s.summary})`, s.name)));
  byId("model").addEventListener("change", () => showModel());
  byId("sampler").addEventListener("change", () => showSampler());
  byId("reset").addEventListener("click", reset);
  byId("further-clear").addEventListener("click", () => showFurther({}));
  byId("steps").addEventListener("input", () => {
    // Timesteps are steps already.
    const { timesteps, ...others } = further;
    showFurther(others);
  });
  let last = null;
  try {
    last = JSON.parse(localStorage.getItem(STORED));
  } catch {
    // Nothing was stored, or nothing may be.
  }
  if (last && models.some((m) => m.name === last.model)) {
    fill(last);
  } else {
    showModel();
  }
}

function model() {
  return models.find((m) => m.name === byId("model").value) ?? models[0];
}

function showModel(loras) {
  const chosen = model();
  const active = new Map((loras ?? chosen.defaults.loras).map((l) => [l.name, l.weight]));
  byId("loras").hidden = chosen.loras.length === 0;
  byId("lora-list").replaceChildren(...chosen.loras.map((name, i) => loraRow(name, i, active)));
  for (const name of ["steps", "gamma", "guidance", "width", "height"]) {
    const value = chosen.defaults[name];
    byId(name).placeholder = value === undefined ? "" : String(value);
  }
  byId("sampler").options[0].text = `model's choice (${label(chosen.defaults.sampler)})`;
  adapters.show(chosen.adapters);
  showSampler();
}

function label(name) {
  return samplers.find((s) => s.name === name)?.label ?? name;
}

function loraRow(name, i, active) {
  const row = document.createElement("div");
  row.className = "lora";
  const box = Object.assign(document.createElement("input"),
    { type: "checkbox", id: `lora-${i}`, value: name, checked: active.has(name) });
  const text = Object.assign(document.createElement("label"), { htmlFor: box.id, className: "check" });
  text.append(box, name);
  const weight = Object.assign(document.createElement("input"),
    { type: "number", name: `lora-weight-${i}`, step: "any", value: active.get(name) ?? 1 });
  weight.setAttribute("aria-label", `Weight of ${name}`);
  row.append(text, weight);
  return row;
}

/** Gamma acts with some samplers only. */
function showSampler() {
  const chosen = samplers.find((s) => s.name === (byId("sampler").value || model().defaults.sampler));
  byId("gamma").disabled = chosen !== undefined && !chosen.parameters.includes("gamma");
}

function reset() {
  for (const name of ["steps", "gamma", "guidance", "width", "height", "seed", "negative", "sampler"]) {
    byId(name).value = "";
  }
  byId("count").value = "1";
  showFurther({});
  showModel();
}

function showFurther(settings) {
  further = settings;
  byId("further").hidden = Object.keys(settings).length === 0;
  byId("further-list").textContent = Object.entries(settings)
    .map(([name, value]) => `${name} ${text(value)}${OF_IMAGE.includes(name) ? ", of an image that is to be chosen above" : ""}`)
    .join(" · ");
}

/** A value, a list, or the names and values of an object. */
function text(value) {
  return typeof value === "object" && !Array.isArray(value)
    ? Object.entries(value).flat().join(" ") : [value].flat().join(", ");
}

function number(name) {
  const input = byId(name);
  if (input.validity.badInput) {
    throw new FieldError(name, `${name} must be a number`);
  }
  return input.value === "" ? undefined : Number(input.value);
}

function weight(row) {
  const input = row.querySelector("[type=number]");
  if (input.value === "") {
    throw new FieldError(input.name, `the weight of ${row.querySelector("[type=checkbox]").value} must be a number`);
  }
  return Number(input.value);
}

function gammas(text) {
  return text.split(/[,;\s]+/).filter(Boolean).map((one) => {
    if (Number.isNaN(Number(one))) {
      throw new FieldError("gamma", `gamma must be a number, or one for each step, but was ${one}`);
    }
    return Number(one);
  });
}

/** The request that the form describes. */
export function read() {
  const request = { prompt: byId("prompt").value, model: byId("model").value, ...further };
  for (const name of NUMBERS) {
    const value = number(name);
    if (value !== undefined) {
      request[name] = value;
    }
  }
  for (const name of ["negative", "sampler"]) {
    if (byId(name).value !== "") {
      request[name] = byId(name).value;
    }
  }
  const seed = byId("seed").value.trim();
  if (seed !== "") {
    request.seed = seed;
  }
  const gamma = byId("gamma");
  if (gamma.value.trim() !== "" && !gamma.disabled) {
    const values = gammas(gamma.value);
    request.gamma = values.length === 1 ? values[0] : values;
  }
  request.loras = [...byId("lora-list").children]
    .filter((row) => row.querySelector("[type=checkbox]").checked)
    .map((row) => ({ name: row.querySelector("[type=checkbox]").value, weight: weight(row) }));
  store(request);
  return request;
}

function store(request) {
  try {
    localStorage.setItem(STORED, JSON.stringify(request));
  } catch {
    // A browser may forbid it; then the form starts empty.
  }
}

/** Shows a request in the form. */
export function fill(request) {
  if (request.model && models.some((m) => m.name === request.model)) {
    byId("model").value = request.model;
  }
  for (const name of ["prompt", "negative", "sampler", "seed", ...NUMBERS]) {
    byId(name).value = request[name] ?? (name === "count" ? 1 : "");
  }
  byId("gamma").value = [request.gamma ?? []].flat().join(", ");
  showModel(request.loras ?? undefined);
  const usual = model().defaults;
  showFurther(Object.fromEntries(
    FURTHER.filter((name) => request[name] !== undefined && request[name] !== usual[name]).map((name) => [name, request[name]])));
}

/** Marks the field that the server names, and moves there. */
export function markWrong(field) {
  clearWrong();
  const name = String(field ?? "").replace(/[[.].*/, "").replace("negative_prompt", "negative")
    .replace("controls", "control").replace("image_prompts", "prompter");
  const input = byId("form").elements.namedItem(name);
  if (input instanceof HTMLElement) {
    input.setAttribute("aria-invalid", "true");
    input.setAttribute("aria-errormessage", "error");
    input.focus();
  }
}

export function clearWrong() {
  for (const input of byId("form").querySelectorAll("[aria-invalid]")) {
    input.removeAttribute("aria-invalid");
    input.removeAttribute("aria-errormessage");
  }
}
