// Who a portal's page vouches for, at work with this service: takes embed tokens, keeps the bearer in memory and nowhere else.
//
// In a frame: `const session = await fromParent()`; the page around it answers "il-embed:wanted" with "il-embed:token".
// On the portal's own page: `new Session(async () => ({ token: await tokenOfMyBackend() }))`.
// Then `session.fetch("boards/…")` is `fetch` with the bearer, for addresses of this service and no others.

const BASE = new URL("../../", import.meta.url);
const EARLY = 60_000; // milliseconds before its end from which a bearer is renewed
const PATIENCE = 10_000; // milliseconds for the page around us to answer

export class Session {
  #renew;
  #bearer = null;
  #ends = 0;
  #renewing = null;

  /** `renew()` gives `{token, embedded_by}`: a new embed token, and in a frame the origin that it came from. */
  constructor(renew) {
    this.#renew = renew;
  }

  /** `fetch` in the name of the person; a bearer that nears its end is renewed first. */
  async fetch(path, options = {}) {
    const url = new URL(path, BASE);
    if (!url.href.startsWith(BASE.href)) throw new TypeError("This address is not one of the service.");
    const headers = new Headers(options.headers);
    headers.set("Authorization", `Bearer ${await this.#current()}`);
    return fetch(url, { ...options, headers, credentials: "omit" });
  }

  async #current() {
    if (Date.now() > this.#ends - EARLY) {
      this.#renewing ??= this.#exchange().finally(() => { this.#renewing = null; });
      await this.#renewing;
    }
    return this.#bearer;
  }

  async #exchange() {
    const answer = await fetch(new URL("embed/session", BASE), {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(await this.#renew()),
      credentials: "omit",
    });
    if (!answer.ok) throw new Error("The service did not take the embed token.");
    const { token, expires_in: seconds } = await answer.json();
    this.#bearer = token;
    this.#ends = Date.now() + seconds * 1000;
  }
}

/** A session for a page in a frame: tokens come from the page around it, if that is one that may embed this service. */
export async function fromParent() {
  const answer = await fetch(new URL("embed/origins", BASE), { credentials: "omit" });
  const { origins } = await answer.json();
  return new Session(() => ask(origins));
}

function ask(origins) {
  return new Promise((resolve, reject) => {
    const give = (end, value) => {
      window.removeEventListener("message", hear);
      clearTimeout(waiting);
      end(value);
    };
    const hear = ({ source, origin, data }) => {
      if (source !== window.parent || !origins.includes(origin)) return;
      if (data?.type === "il-embed:token" && typeof data.token === "string") {
        give(resolve, { token: data.token, embedded_by: origin });
      }
    };
    const waiting = setTimeout(() => give(reject, new Error("The page around this one gave no token.")), PATIENCE);
    window.addEventListener("message", hear);
    window.parent.postMessage({ type: "il-embed:wanted" }, "*"); // says nothing that anybody may not know
  });
}
