// Solves the challenge of a form (ALTCHA, version 1) and sends it. Without scripts the person waits and sends it herself.

const AT_ONCE = 500; // hashes that are asked for together: one by one, waiting costs more than hashing

const hex = (buffer) => Array.from(new Uint8Array(buffer), (byte) => byte.toString(16).padStart(2, "0")).join("");

/** The number between 0 and `maxnumber` whose SHA-256 behind `salt` is `challenge`; null when there is none. */
export async function solve({ challenge, salt, maxnumber }) {
  const encoder = new TextEncoder();
  const hash = async (number) => hex(await crypto.subtle.digest("SHA-256", encoder.encode(salt + number)));
  for (let start = 0; start <= maxnumber; start += AT_ONCE) {
    const numbers = Array.from({ length: Math.min(AT_ONCE, maxnumber + 1 - start) }, (_, index) => start + index);
    const found = (await Promise.all(numbers.map(hash))).indexOf(challenge);
    if (found >= 0) return start + found;
  }
  return null;
}

/** What goes back to the server: base64 of JSON, all ASCII. */
export function payload({ algorithm, challenge, salt, signature }, number) {
  return btoa(JSON.stringify({ algorithm, challenge, number, salt, signature }));
}

async function send(form) {
  const answer = await fetch(form.dataset.challenge, { headers: { accept: "application/json" } });
  if (!answer.ok) return;
  const given = await answer.json();
  const number = await solve(given);
  if (number === null) return;
  form.elements.altcha.value = payload(given, number);
  form.elements.altcha.disabled = false;
  form.requestSubmit();
}

async function start(form) {
  const byHand = form.querySelector("[data-by-hand]");
  const status = form.querySelector("[data-checking]");
  byHand.hidden = true;
  status.textContent = status.dataset.text;
  try {
    await send(form);
  } finally {
    byHand.hidden = false; // should it not have gone on: the button is still there
    status.textContent = "";
  }
}

// Only pages from https or this machine may hash; elsewhere the person goes on by hand.
const form = document.querySelector("form[data-challenge]");
if (form && globalThis.crypto?.subtle) start(form);
