// Talks to the server: asks, sends strokes in order until each is acknowledged, saves.

/** The server said no: kind is one of token, conflict, changed, data ... */
export class Refusal extends Error {
  constructor(status, kind, message) {
    super(message);
    this.status = status;
    this.kind = kind;
  }
}

export class Unreachable extends Error {}

export class Talk {
  constructor(token) {
    this.token = token;
    this.session = Array.from(crypto.getRandomValues(new Uint8Array(8)), (b) => b.toString(16).padStart(2, "0")).join("");
  }

  async ask(path, body, signal) {
    const headers = { "X-Review-Token": this.token };
    const post = body === undefined ? {} : { method: "POST", body: JSON.stringify(body) };
    let answer;
    try {
      answer = await fetch(`api/${path}`, { headers, signal, ...post });
    } catch {
      throw new Unreachable("the server does not answer");
    }
    if (answer.ok) return answer;
    const { kind, message } = await answer.json().catch(() => ({ kind: "server", message: answer.statusText }));
    throw new Refusal(answer.status, kind, message);
  }

  async json(path, body) {
    return (await this.ask(path, body)).json();
  }
}

/** The journal of the image that is shown: lines wait here until the server has them on its disk. */
export class Journal {
  /** report(journal, what, error): "sent", "waiting" (the server does not answer) or "refused". */
  constructor(talk, index, base, lines, report) {
    Object.assign(this, { talk, index, base, lines, report, waiting: [], sending: null, closed: false });
  }

  add(op, stroke) {
    const line = { n: ++this.lines, session: this.talk.session, op };
    this.waiting.push(stroke ? { ...line, stroke } : line);
    this.sending ??= this.send().finally(() => { this.sending = null; });
  }

  async send() {
    while (this.waiting.length && !this.closed) {
      const lines = this.waiting.slice(0, 20);
      try {
        await this.talk.ask(`journal/${this.index}`, { base: this.base, lines }, AbortSignal.timeout(10_000));
        this.waiting.splice(0, lines.length);
        this.report(this, "sent");
      } catch (error) {
        if (error instanceof Refusal && error.kind !== "token") {
          this.closed = true;
          this.report(this, "refused", error);
          return;
        }
        this.report(this, "waiting", error);
        await new Promise((wake) => setTimeout(wake, 1000));
      }
    }
  }

  /** Ends when everything drawn is acknowledged or refused. */
  async settled() {
    while (this.sending) await this.sending;
  }

  async save(checksums) {
    const { session } = this.talk;
    const saved = await this.talk.json(`save/${this.index}`, { session, base: this.base, lines: this.lines, checksums });
    this.base = saved.base;
    this.lines = 0;
    return saved;
  }
}
