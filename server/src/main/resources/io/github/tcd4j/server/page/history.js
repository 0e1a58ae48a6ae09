// What has been generated, the newest first; it is the server's list, so every tab has the same.

import * as api from "./api.js";

const list = document.getElementById("history");
const empty = document.getElementById("empty");

const element = (name, properties = {}, ...children) => {
  const e = Object.assign(document.createElement(name), properties);
  e.append(...children);
  return e;
};

/** Settings in a few words. */
export function about(request) {
  const parts = [
    `seed ${request.seed}`, request.sampler, `${request.steps ?? request.timesteps?.length} steps`,
    request.gamma === undefined ? "" : `gamma ${[request.gamma].flat().join(", ")}`,
    request.guidance > 1 ? `guidance ${request.guidance}` : "",
    `${request.width}x${request.height}`,
    (request.loras ?? []).map((l) => `${l.name} ${l.weight}`).join(", "),
  ];
  return parts.filter(Boolean).join(" · ");
}

/** A picture that appears when it is there. */
export function image(path, request, options) {
  const img = element("img", { alt: request.prompt || "no prompt", width: request.width, height: request.height });
  api.picture(path, options).then((url) => { img.src = url; }, () => { img.alt += " (no longer there)"; });
  return img;
}

function button(text, label, act) {
  const b = element("button", { type: "button", className: "small", textContent: text });
  b.setAttribute("aria-label", label);
  b.addEventListener("click", act);
  return b;
}

function entry(job, actions) {
  const request = job.request;
  const pictures = element("div", { className: "pictures" });
  for (const { url, seed } of job.images) {
    const one = { ...request, seed, count: 1 };
    const download = element("a", { className: "button small", textContent: "Save", download: `tcd4j-${seed}.png` });
    download.setAttribute("aria-label", `Save the image of seed ${seed}`);
    api.picture(url).then((address) => { download.href = address; }, () => download.remove());
    const use = button("Again with this seed", `Again with seed ${seed}`, () => actions.again(one));
    const buttons = element("div", { className: "actions" }, use);
    if (request.gamma !== undefined) {
      buttons.append(button("Gamma sweep", `Gamma sweep of seed ${seed}`, () => actions.sweep(one)));
    }
    buttons.append(download);
    pictures.append(element("figure", {}, image(url, request), element("figcaption", { textContent: `seed ${seed}` }), buttons));
  }
  const forget = button("Forget", `Forget ${request.prompt || "these images"}`, () => actions.forget(job));
  const settings = button("Settings", `Use the settings of ${request.prompt || "these images"}`, () => actions.use(request));
  const state = job.state === "completed" ? "" : ` · ${job.state}${job.error ? `: ${job.error.message}` : ""}`;
  return element("li", { id: `job-${job.id}` },
    element("p", { className: "words", textContent: request.prompt || "(no prompt)" }),
    pictures,
    element("p", { className: "about", textContent: about(request) + state }),
    element("div", { className: "actions" }, settings, forget));
}

/** A row of jobs that differ in gamma only. */
function row(jobs, actions) {
  const pictures = element("div", { className: "pictures sweep" });
  for (const job of jobs) {
    const gamma = [job.request.gamma].flat().join(", ");
    const figure = element("figure", {});
    if (job.images.length > 0) {
      figure.append(image(job.images[0].url, job.request));
    }
    figure.append(
      element("figcaption", { textContent: `gamma ${gamma}${job.images.length ? "" : ` (${job.state})`}` }),
      button("Use", `Use gamma ${gamma}`, () => actions.use({ ...job.request, count: 1 })));
    pictures.append(figure);
  }
  const { gamma, ...rest } = jobs[0].request;
  return element("li", {},
    element("p", { className: "words", textContent: `Gamma sweep: ${rest.prompt || "(no prompt)"}` }),
    pictures, element("p", { className: "about", textContent: about(rest) }),
    element("div", { className: "actions" }, button("Forget", "Forget this sweep", () => jobs.forEach(actions.forget))));
}

const shape = (job) => JSON.stringify({ ...job.request, gamma: 0 });
const gammas = (jobs) => jobs.map((j) => j.request.gamma).join(" ");

let shown = "";

/** Shows the jobs; five in a row that the sweep made are one entry. */
export function show(jobs, actions, sweep) {
  const key = JSON.stringify(jobs.map((j) => [j.id, j.state, j.images.length]));
  if (key === shown) {
    return;
  }
  shown = key;
  const entries = [];
  for (let i = 0; i < jobs.length;) {
    const next = jobs.slice(i, i + sweep.length).reverse();
    if (next.length === sweep.length && gammas(next) === sweep.join(" ") && next.every((j) => shape(j) === shape(next[0]))) {
      entries.push(row(next, actions));
      i += sweep.length;
    } else {
      if (api.ended(jobs[i])) {
        entries.push(entry(jobs[i], actions));
      }
      i++;
    }
  }
  const focused = document.activeElement?.getAttribute("aria-label");
  list.replaceChildren(...entries);
  if (focused && !document.activeElement?.getAttribute("aria-label")) {
    [...list.querySelectorAll("[aria-label]")].find((e) => e.getAttribute("aria-label") === focused)?.focus();
  }
  empty.hidden = entries.length > 0;
}
