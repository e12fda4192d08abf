// Requests to the gateway: the session's token on every change, problems as errors, the password asked again where a
// change needs it (S75).

/** What the gateway refused, with its sentence and the field at fault. */
export class Problem extends Error {
  constructor(status, document, retryAfter) {
    super(document.detail ?? document.title ?? `${status}`);
    this.status = status;
    this.type = document.type ?? "about:blank";
    this.field = document.field ?? null;
    this.problems = document.errors ?? (document.field ? [{ field: document.field, detail: this.message }] : []);
    this.retryAfter = retryAfter;
  }
}

/** No answer at all. */
export class Unreachable extends Error {
  name = "Unreachable";

  /** Whether something was to be changed. */
  constructor(message, isChange) {
    super(message);
    this.isChange = isChange;
  }
}

const listeners = { signedOut: () => {}, notClaimed: () => {}, askPassword: async () => false };
let csrfToken = null;

/** What happens when the session is over, the device unclaimed, or the password is needed again. */
export function onAccess(handlers) { Object.assign(listeners, handlers); }

/** Says that there is no session any more. */
export function signedOut() { listeners.signedOut(); }

/** The token that set-up, log-in or session gave. */
export function setToken(token) { csrfToken = token ?? null; }

/** The session as the gateway sees it. */
export async function session() {
  const answer = await request("GET", "/api/session");
  setToken(answer.csrf_token);
  return answer;
}

async function send(method, path, body, timeout) {
  const headers = { Accept: "application/json" };
  if (method !== "GET") {
    headers["Content-Type"] = "application/json";
    if (csrfToken) headers["X-CSRF-Token"] = csrfToken;
  }
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), timeout);
  try {
    return await fetch(path, {
      method, headers, credentials: "same-origin", cache: "no-store",
      body: method === "GET" ? undefined : typeof body === "string" ? body : JSON.stringify(body ?? {}),
      signal: abort.signal,
    });
  } catch (error) {
    throw new Unreachable(error.message, method !== "GET");
  } finally { clearTimeout(timer); }
}

async function problem(response) {
  let document = {};
  try { document = await response.json(); } catch { /* not ours: the status alone must do */ }
  return new Problem(response.status, document, Number(response.headers.get("Retry-After")) || null);
}

/**
 * One request. Options: `timeout` in ms; `quiet` leaves a 401 to the caller; `raw` gives the response itself.
 * Throws Problem or Unreachable.
 */
export async function request(method, path, body, options = {}) {
  for (let attempt = 0; ; attempt += 1) {
    const response = await send(method, path, body, options.timeout ?? 15_000);
    if (response.ok) {
      if (options.raw) return response;
      return response.status === 204 || response.status === 202 ? null : response.json();
    }
    const failure = await problem(response);
    if (failure.status === 401 && !options.quiet) listeners.signedOut();
    if (failure.type === "urn:cellbridge:not-claimed") listeners.notClaimed();
    if (failure.status === 403 && attempt === 0) {
      if (failure.type === "urn:cellbridge:csrf" && (await session()).authenticated) continue;
      if (failure.type === "urn:cellbridge:password-again" && (await listeners.askPassword())) continue;
    }
    throw failure;
  }
}

export const get = (path, options) => request("GET", path, undefined, options);
export const post = (path, body, options) => request("POST", path, body, options);
export const patch = (path, body, options) => request("PATCH", path, body, options);
export const remove = (path, options) => request("DELETE", path, undefined, options);

/** Fetches a file and gives it to the user under the name that the gateway chose. */
export async function save(path, otherwise) {
  const response = await request("GET", path, undefined, { raw: true, timeout: 120_000 });
  const disposition = response.headers.get("Content-Disposition") ?? "";
  const { download } = await import("./dom.js");
  download(/filename="?([^";]+)"?/.exec(disposition)?.[1] ?? otherwise, await response.blob());
}
