// Calls of the server. The token, where one is required, lives as long as the browser's tab.

const KEY = "tcd4j-token";
const addresses = new Map();

/** An answer that is an error, with the server's sentence and the field that is wrong. */
export class ApiError extends Error {
  constructor(status, error) {
    super([error.message, error.advice].filter(Boolean).join("; "));
    this.status = status;
    this.field = error.param;
  }
}

/** Keeps the token for this tab. */
export function keepToken(token) {
  sessionStorage.setItem(KEY, token);
}

/** A value that the page itself finds wrong, before anything is sent. */
export class FieldError extends Error {
  constructor(field, message) {
    super(message);
    this.field = field;
  }
}

/** Seeds have 64 bits, and numbers of a script 53: long ones stay text, which the server reads too. */
function parse(text) {
  return JSON.parse(text.replace(/"seed"\s*:\s*(\d{16,})/g, '"seed":"$1"'));
}

function headers(more) {
  const token = sessionStorage.getItem(KEY);
  return token ? { ...more, Authorization: `Bearer ${token}` } : more;
}

async function call(method, path, body, type) {
  const response = await fetch(path, { method, body, headers: headers(type ? { "Content-Type": type } : {}) });
  if (response.ok) {
    return response;
  }
  let error;
  try {
    error = (await response.json()).error;
  } catch {
    error = { message: `the server answered ${response.status}` };
  }
  throw new ApiError(response.status, error);
}

export async function get(path) {
  return parse(await (await call("GET", path)).text());
}

export async function post(path, request) {
  return parse(await (await call("POST", path, JSON.stringify(request), "application/json")).text());
}

export async function postFile(path, file) {
  return parse(await (await call("POST", path, file, "application/octet-stream")).text());
}

export async function remove(path) {
  await call("DELETE", path);
}

/** An address that an image can show; pictures of the server never change, previews do. */
export async function picture(path, { changes = false } = {}) {
  if (changes) {
    return URL.createObjectURL(await (await call("GET", path)).blob());
  }
  if (!addresses.has(path)) {
    addresses.set(path, call("GET", path).then((r) => r.blob()).then((b) => URL.createObjectURL(b)));
    addresses.get(path).catch(() => addresses.delete(path));
  }
  return addresses.get(path);
}

/** The changes of a job, to its end; a broken stream is taken up again. */
export async function* events(id) {
  let failures = 0;
  for (;;) {
    try {
      const response = await call("GET", `/api/jobs/${id}/events`);
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      let text = "";
      for (;;) {
        const { value, done } = await reader.read();
        if (done) {
          break;
        }
        failures = 0;
        text += value;
        const parts = text.split("\n\n");
        text = parts.pop();
        for (const part of parts) {
          const data = part.split("\n").find((line) => line.startsWith("data: "));
          if (data) {
            const job = parse(data.slice(6));
            yield job;
            if (ended(job)) {
              return;
            }
          }
        }
      }
    } catch (error) {
      if (error instanceof ApiError && error.status !== 429) {
        throw error;
      }
    }
    if (++failures > 20) {
      throw new Error("the connection to the server is lost");
    }
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

export function ended(job) {
  return job.state !== "queued" && job.state !== "running";
}
