// Passkey buttons. A form marked `data-passkey` stays hidden where the browser has no passkeys; its
// button asks the server for a challenge, the browser for an answer, and posts the answer as the
// form that it is.

/** Options of a ceremony as the server sends them: what is binary is in base64url. */
interface Options {
  challenge: string;
  user?: { id: string };
  excludeCredentials?: Credential[];
  allowCredentials?: Credential[];
}

interface Credential {
  id: string;
}

/** Parts of the browser's answer, of which each ceremony has its own. */
const PARTS = [
  "clientDataJSON",
  "attestationObject",
  "authenticatorData",
  "signature",
  "userHandle",
] as const;

const STOPPED =
  "Nothing was done: your browser was stopped, or knows this passkey already. You can try again.";

type Answer = Partial<Record<(typeof PARTS)[number], ArrayBuffer | null>> & {
  getTransports?: () => string[];
};

const decode = (text: string) =>
  Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));

const encode = (buffer: ArrayBuffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");

function read({ publicKey }: { publicKey: Options }): object {
  const listed = (list: Credential[]) =>
    list.map((credential) => ({ ...credential, id: decode(credential.id) }));
  const { challenge, user, excludeCredentials, allowCredentials } = publicKey;
  return {
    ...publicKey,
    challenge: decode(challenge),
    ...(user && { user: { ...user, id: decode(user.id) } }),
    ...(excludeCredentials && { excludeCredentials: listed(excludeCredentials) }),
    ...(allowCredentials && { allowCredentials: listed(allowCredentials) }),
  };
}

function write(credential: PublicKeyCredential): string {
  const answer: Answer = credential.response;
  const response: Record<string, unknown> = {};
  for (const part of PARTS) {
    const bytes = answer[part];
    if (bytes) response[part] = encode(bytes);
  }
  if (answer.getTransports) response.transports = answer.getTransports();
  return JSON.stringify({
    id: credential.id,
    rawId: encode(credential.rawId),
    type: credential.type,
    response,
    extensions: credential.getClientExtensionResults(),
  });
}

/** The browser's answer to a challenge of the server; nothing where the session has ended. */
async function answer(form: HTMLFormElement): Promise<string | undefined> {
  const begun = await fetch(form.dataset.begin ?? "", {
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
      ? navigator.credentials.create({ publicKey: publicKey as PublicKeyCredentialCreationOptions })
      : navigator.credentials.get({ publicKey: publicKey as PublicKeyCredentialRequestOptions });
  return write((await asked) as PublicKeyCredential);
}

function offer(form: HTMLFormElement) {
  const button = form.querySelector("button");
  const fault = form.querySelector<HTMLElement>("[role=alert]");
  const field = form.querySelector<HTMLInputElement>("[name=answer]");
  if (!button || !fault || !field) throw new Error("the form of a passkey lacks a part");
  form.hidden = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    button.disabled = true;
    fault.hidden = true;
    try {
      const given = await answer(form);
      if (given === undefined) return;
      field.value = given;
      form.submit();
    } catch (error) {
      fault.textContent = error instanceof DOMException ? STOPPED : (error as Error).message;
      fault.hidden = false;
      button.disabled = false;
    }
  });
}

if (window.PublicKeyCredential) {
  for (const form of document.querySelectorAll<HTMLFormElement>("form[data-passkey]")) offer(form);
}
