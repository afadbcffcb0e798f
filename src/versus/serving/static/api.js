// Requests to the server this page came from, with its token where it asks for one.

const KEY = "versus-token";

export class Refused extends Error {}

function headers(extra) {
  const token = sessionStorage.getItem(KEY);
  return token ? { ...extra, Authorization: `Bearer ${token}` } : extra;
}

async function askForToken() {
  const dialog = document.getElementById("ask");
  if (!dialog.open) dialog.showModal();
  await new Promise((done) => dialog.addEventListener("close", done, { once: true }));
  const field = document.getElementById("token");
  sessionStorage.setItem(KEY, field.value.trim());
  field.value = "";
}

async function ask(path, options) {
  for (;;) {
    let answer;
    try {
      answer = await fetch(path, { ...options, headers: headers(options.headers) });
    } catch {
      throw new Refused("The server does not answer. Is it still running?");
    }
    if (answer.status === 401) {
      await askForToken();
      continue;
    }
    const said = await answer.json().catch(() => ({}));
    if (!answer.ok) throw new Refused(said.error || `The server said ${answer.status}.`);
    return said;
  }
}

export const get = (path) => ask(path, {});

export function post(path, query, picture) {
  const type = picture.type.startsWith("image/") ? picture.type : "application/octet-stream";
  const address = `${path}?${new URLSearchParams(query)}`;
  return ask(address, { method: "POST", body: picture, headers: { "Content-Type": type } });
}
