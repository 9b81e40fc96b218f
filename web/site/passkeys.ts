// Passkey buttons. A form marked `data-passkey` stays hidden where the browser has no passkeys; its button asks the server
// for a challenge, the browser for an answer, and posts the answer as the form that it is.
const bytes = (text) =>
  Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");

function read({ publicKey }) {
  const listed = (list) => list?.map((credential) => ({ ...credential, id: bytes(credential.id) }));
  const options = { ...publicKey, challenge: bytes(publicKey.challenge) };
  if (publicKey.user) options.user = { ...publicKey.user, id: bytes(publicKey.user.id) };
  if (publicKey.excludeCredentials)
    options.excludeCredentials = listed(publicKey.excludeCredentials);
  if (publicKey.allowCredentials) options.allowCredentials = listed(publicKey.allowCredentials);
  return options;
}

function write(credential) {
  const response = {};
  for (const part of [
    "clientDataJSON",
    "attestationObject",
    "authenticatorData",
    "signature",
    "userHandle",
  ]) {
    if (credential.response[part]) response[part] = text(credential.response[part]);
  }
  if (credential.response.getTransports) response.transports = credential.response.getTransports();
  return JSON.stringify({
    id: credential.id,
    rawId: text(credential.rawId),
    type: credential.type,
    response,
    extensions: credential.getClientExtensionResults(),
  });
}

async function answer(form) {
  const begun = await fetch(form.dataset.begin, {
    method: "POST",
    headers: { accept: "application/json" },
  });
  if (begun.status === 401) {
    location.reload();
    return undefined;
  }
  if (!begun.ok) throw new Error((await begun.json()).message);
  const publicKey = read(await begun.json());
  const asked =
    form.dataset.passkey === "add"
      ? navigator.credentials.create({ publicKey })
      : navigator.credentials.get({ publicKey });
  return write(await asked);
}

if (window.PublicKeyCredential) {
  for (const form of document.querySelectorAll("form[data-passkey]")) {
    form.hidden = false;
    const button = form.querySelector("button");
    const fault = form.querySelector("[role=alert]");
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      button.disabled = true;
      fault.hidden = true;
      try {
        const given = await answer(form);
        if (given === undefined) return;
        form.querySelector("[name=answer]").value = given;
        form.submit();
      } catch (error) {
        const wasStopped = error instanceof DOMException;
        fault.textContent = wasStopped
          ? "Nothing was done: your browser was stopped, or knows this passkey already. You can try again."
          : error.message;
        fault.hidden = false;
        button.disabled = false;
      }
    });
  }
}
