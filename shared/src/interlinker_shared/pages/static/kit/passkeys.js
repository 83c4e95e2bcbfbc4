// Passkeys: shows what a page offers for them where the browser can, and does it. Everything else works without.

const readable = globalThis.PublicKeyCredential?.parseRequestOptionsFromJSON && PublicKeyCredential.parseCreationOptionsFromJSON;

async function post(address, body) {
  const answer = await fetch(address, {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "application/json" },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${answer.status}`);
  return answer.json();
}

const ways = {
  async register(part) {
    const { options } = await post(part.dataset.options, {});
    const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options);
    const credential = await navigator.credentials.create({ publicKey });
    await post(part.dataset.verify, { credential: credential.toJSON() });
    location.reload();
  },

  async "sign-in"(part) {
    const { options } = await post(part.dataset.options, {});
    const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options);
    const credential = await navigator.credentials.get({ publicKey });
    const address = new URL(part.dataset.verify, location.href);
    const answer = await post(address, { credential: credential.toJSON(), next: part.dataset.next || null });
    location.assign(new URL(answer.next, address));
  },
};

for (const part of readable ? document.querySelectorAll("[data-passkey]") : []) {
  const button = part.querySelector("button");
  const status = part.querySelector("[role=status]");
  part.hidden = false;
  button.addEventListener("click", async () => {
    status.textContent = "";
    button.disabled = true;
    try {
      await ways[part.dataset.passkey](part);
    } catch {
      status.textContent = status.dataset.failed;
    } finally {
      button.disabled = false;
    }
  });
}
