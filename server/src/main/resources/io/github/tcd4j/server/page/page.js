// The page: submits, watches, cancels; keeps history and form together.

import * as adapters from "./adapters.js";
import * as api from "./api.js";
import * as form from "./form.js";
import * as history from "./history.js";
import * as start from "./start.js";

const byId = (id) => document.getElementById(id);
const SWEEP = [0, 0.25, 0.5, 0.75, 1];

/** A screen reader is told the progress no more often than this, in milliseconds. */
const ANNOUNCE = 2000;

const watched = new Map();
let current = null;
let announcedAt = 0;
let previewUrl = null;

function fail(error) {
  if (error instanceof api.ApiError && error.status === 401) {
    login("");
    return;
  }
  byId("error").textContent = error.message;
  byId("error").hidden = false;
  if (error.field) {
    form.markWrong(error.field);
  }
}

function clearError() {
  byId("error").hidden = true;
  byId("error").textContent = "";
  form.clearWrong();
}

function announce(text, now = false) {
  if (now || Date.now() - announcedAt > ANNOUNCE) {
    byId("announcement").textContent = text;
    announcedAt = Date.now();
  }
}

function login(message) {
  byId("login-error").textContent = message;
  if (!byId("login").open) {
    byId("login").showModal();
  }
}

/** What the form describes, and nothing where a value is wrong, which is then marked. */
function submitForm({ anySeed = false } = {}) {
  clearError();
  let request;
  try {
    request = form.read();
    if (anySeed) {
      delete request.seed;
    }
  } catch (error) {
    fail(error);
    return;
  }
  submit(request);
}

async function submit(request) {
  clearError();
  try {
    const job = await api.post("/api/jobs", { ...request, ...(await start.read()), ...(await adapters.read()) });
    watch(job);
    if (matchMedia("(max-width: 48rem)").matches) {
      byId("work").scrollIntoView({ block: "nearest" });
    }
    return job;
  } catch (error) {
    fail(error);
    return null;
  }
}

async function watch(job) {
  if (watched.has(job.id)) {
    return;
  }
  watched.set(job.id, job);
  current = job.id;
  show(job);
  try {
    for await (const now of api.events(job.id)) {
      watched.set(job.id, now);
      if (current === job.id || watched.get(current) === undefined) {
        current = job.id;
        show(now);
      } else if (now.state === "running") {
        current = job.id;
      }
    }
  } catch (error) {
    if (error.status !== 404) {
      fail(error);
    }
  }
  const last = watched.get(job.id);
  watched.delete(job.id);
  finish(last);
}

function finish(job) {
  if (job.images.length === 0) {
    byId("result").replaceChildren();
  }
  const waiting = [...watched.keys()].at(0);
  if (waiting !== undefined) {
    current = waiting;
    show(watched.get(waiting));
  } else {
    current = null;
    byId("progress").hidden = true;
    byId("cancel").disabled = true;
    document.title = "tcd4j";
  }
  if (job.state === "failed") {
    fail(new Error([job.error.message, job.error.advice].filter(Boolean).join("; ")));
  }
  announce(job.state === "completed" ? `Done, seed ${job.request.seed}` : job.state, true);
  refresh();
  if (byId("forever").checked && job.state === "completed" && watched.size === 0) {
    submitForm({ anySeed: true });
  }
}

function describe(job) {
  if (job.state === "queued") {
    const left = job.seconds_left === null ? "" : `, done in about ${time(job.seconds_left)}`;
    return `Waiting at position ${job.position}${left}`;
  }
  if (job.state === "running" && job.steps === 0) {
    return "Reading the model";
  }
  if (job.state === "running") {
    const left = job.seconds_left === null ? "" : `, ${time(job.seconds_left)} left`;
    return job.step < job.steps ? `Step ${job.step} of ${job.steps}${left}` : "Decoding";
  }
  return job.state;
}

function time(seconds) {
  const s = Math.round(seconds);
  return s < 60 ? `${s} s` : `${Math.floor(s / 60)} min ${s % 60} s`;
}

function show(job) {
  const text = describe(job);
  byId("progress").hidden = api.ended(job);
  byId("cancel").disabled = api.ended(job);
  byId("state").textContent = text;
  if (job.steps > 0) {
    byId("bar").value = job.step / job.steps;
    document.title = `${Math.round((100 * job.step) / job.steps)} % tcd4j`;
  } else {
    byId("bar").removeAttribute("value");
  }
  announce(text);
  byId("notes").replaceChildren(...job.notes.map((note) =>
    Object.assign(document.createElement("li"), { textContent: [note.message, note.advice].filter(Boolean).join("; ") })));
  if (job.images.length > 0) {
    showResult(job);
  } else if (job.preview) {
    showPreview(job);
  }
}

function showResult(job) {
  const box = document.createElement("div");
  box.className = "pictures";
  for (const { url, seed } of job.images) {
    const figure = document.createElement("figure");
    const img = history.image(url, job.request);
    img.classList.toggle("native", job.request.width >= 256);
    figure.append(img, Object.assign(document.createElement("figcaption"), { textContent: `seed ${seed}` }));
    box.append(figure);
  }
  byId("result").replaceChildren(box);
}

let previewing = false;

async function showPreview(job) {
  if (previewing) {
    return;
  }
  previewing = true;
  try {
    const url = await api.picture(job.preview, { changes: true });
    if (current === job.id && watched.get(job.id)?.images.length === 0) {
      const img = Object.assign(document.createElement("img"),
        { src: url, alt: "Preview", width: job.request.width, height: job.request.height });
      img.classList.toggle("native", job.request.width >= 256);
      const figure = document.createElement("figure");
      figure.className = "preview";
      figure.append(img);
      byId("result").replaceChildren(figure);
      if (previewUrl) {
        URL.revokeObjectURL(previewUrl);
      }
      previewUrl = url;
    }
  } catch {
    // It has ended meanwhile.
  }
  previewing = false;
}

const actions = {
  use: (request) => {
    form.fill(request);
    byId("prompt").focus();
  },
  again: (request) => {
    form.fill(request);
    submit(request);
  },
  sweep: async (request) => {
    for (const gamma of SWEEP) {
      if ((await submit({ ...request, gamma })) === null) {
        break;
      }
    }
  },
  forget: async (job) => {
    try {
      await api.remove(`/api/jobs/${job.id}`);
    } catch (error) {
      if (error.status !== 404) {
        fail(error);
      }
    }
    refresh();
  },
};

async function refresh() {
  try {
    const { jobs } = await api.get("/api/jobs");
    history.show(jobs, actions, SWEEP);
    jobs.filter((job) => !api.ended(job)).reverse().forEach(watch);
  } catch (error) {
    if (error.status === 401) {
      fail(error);
    }
  }
}

async function settingsFrom(file) {
  clearError();
  try {
    const { request, exact } = await api.postFile("/api/picture-settings", file);
    form.fill(request);
    announce(exact ? "All settings of the image are in the form" : "The settings that this server knows are in the form", true);
    byId("prompt").focus();
  } catch (error) {
    fail(error);
  }
}

function listen() {
  start.listen(fail);
  byId("form").addEventListener("submit", (event) => {
    event.preventDefault();
    submitForm();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !byId("login").open) {
      event.preventDefault();
      submitForm();
    }
  });
  byId("cancel").addEventListener("click", async () => {
    byId("forever").checked = false;
    for (const id of [...watched.keys()].reverse()) {
      await api.post(`/api/jobs/${id}/cancel`, {}).catch(() => {});
    }
  });
  byId("picture").addEventListener("change", (event) => {
    const [file] = event.target.files;
    event.target.value = "";
    if (file) {
      settingsFrom(file);
    }
  });
  document.addEventListener("dragover", (event) => {
    event.preventDefault();
    document.body.classList.add("drop");
  });
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) {
      document.body.classList.remove("drop");
    }
  });
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    document.body.classList.remove("drop");
    const [file] = event.dataTransfer.files;
    if (file && event.target.closest("#start")) {
      start.use(file).catch(fail);
    } else if (file) {
      settingsFrom(file);
    }
  });
  byId("login-form").addEventListener("submit", (event) => {
    event.preventDefault();
    api.keepToken(byId("token").value);
    begin();
  });
  document.addEventListener("visibilitychange", () => document.hidden || refresh());
  setInterval(() => document.hidden || watched.size > 0 || byId("login").open || refresh(), 5000);
}

async function begin() {
  try {
    const [{ models }, { samplers }, can] = await Promise.all(
      ["/api/models", "/api/samplers", "/api/capabilities"].map(api.get));
    byId("login").close();
    byId("count").max = can.max_count;
    byId("summary").textContent = `Version ${can.version}, on ${can.device}`;
    form.prepare(models, samplers);
    await refresh();
  } catch (error) {
    if (error.status === 401) {
      login(sessionStorage.length ? "The server does not accept this token." : "");
    } else {
      fail(error);
    }
  }
}

listen();
begin();
