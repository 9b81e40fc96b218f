// Keeps what somebody is writing: a moment after each change the form goes to the server, as this person's draft.

const PAUSE = 800;

export interface Drafts {
  /** Something changed. */
  touch(): void;
}

/** Follows a form with `data-draft`, and says in its `.draft-state` how things stand. */
export function keepDrafts(form: HTMLFormElement): Drafts {
  const state = form.querySelector<HTMLElement>(".draft-state")!;
  const leaving = new AbortController();
  let timer = 0;
  let isDirty = false;
  let isSending = false;
  let failures = 0;

  const body = () => {
    const fields = [...new FormData(form)].filter(
      ([name, value]) => typeof value === "string" && name !== "agrees",
    );
    const base = Number((form.elements.namedItem("base") as HTMLInputElement).value);
    return JSON.stringify({ part: form.dataset.part, base, fields });
  };
  const say = (text: string, kind = "") => {
    state.textContent = text;
    state.dataset.kind = kind;
  };

  async function send() {
    if (isSending) return;
    isSending = true;
    isDirty = false;
    try {
      const answer = await fetch(form.dataset.draft!, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: body(),
        signal: leaving.signal,
      });
      const told = await answer.json();
      if (!answer.ok) throw new Error(told.message ?? "The draft could not be kept.");
      failures = 0;
      if (told.conflict)
        say(`${told.conflict} Your draft is kept apart; you are told again when you save.`, "warn");
      else
        say(
          `Draft kept at ${new Date(told.kept_at).toLocaleTimeString()}. It is yours alone until you save.`,
        );
    } catch (reason) {
      if (leaving.signal.aborted) return;
      isDirty = true;
      failures += 1;
      say(
        `${reason instanceof TypeError ? "The site can't be reached." : (reason as Error).message} Your text stays here; please keep this page open.`,
        "warn",
      );
      timer = window.setTimeout(send, Math.min(30_000, 1000 * 2 ** failures));
    } finally {
      isSending = false;
      if (isDirty && failures === 0) touch();
    }
  }

  function touch() {
    isDirty = true;
    window.clearTimeout(timer);
    timer = window.setTimeout(send, PAUSE);
  }

  form.addEventListener("input", touch);
  form.addEventListener("submit", () => {
    isDirty = false;
    window.clearTimeout(timer);
    leaving.abort();
  });
  // What was typed in the last moment goes along while the page goes away.
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState !== "hidden" || !isDirty) return;
    const text = body();
    if (text.length < 60_000)
      navigator.sendBeacon(form.dataset.draft!, new Blob([text], { type: "application/json" }));
  });
  window.addEventListener("beforeunload", (event) => {
    if (isDirty) event.preventDefault();
  });
  return { touch };
}
