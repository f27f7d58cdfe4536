import { Controller } from "@hotwired/stimulus";
import htmx from "htmx.org";

import { csrfToken } from "../page";

const PREFIX = "fanzha-rule:";
const INDENT = "  ";

interface Kept {
  at: number;
  text: string;
}

/**
 * A plain text field made fit for writing rules: line numbers, indentation by Tab, a copy kept on the device until the server has taken the text. The
 * server checks what is typed; this only shows where the faults are. Saving never leaves the page unless it has worked, so nothing typed is lost.
 */
export class EditorController extends Controller<HTMLFormElement> {
  static override targets = ["text", "lines", "restore", "keptAt", "place", "status", "faults"];
  static override values = { key: String, words: Object };
  declare readonly textTarget: HTMLTextAreaElement;
  declare readonly linesTarget: HTMLElement;
  declare readonly restoreTarget: HTMLElement;
  declare readonly keptAtTarget: HTMLElement;
  declare readonly placeTarget: HTMLElement;
  declare readonly statusTarget: HTMLElement;
  declare readonly keyValue: string;
  declare readonly wordsValue: Record<string, string>;
  private leaving = false; // whether the next Tab leaves the field
  private bad = new Set<number>();

  override connect(): void {
    this.element.addEventListener("submit", this.save);
    this.element.addEventListener("htmx:beforeOnLoad", this.stay);
    window.addEventListener("beforeunload", this.guard);
    this.number();
    this.offer();
  }

  override disconnect(): void {
    this.element.removeEventListener("submit", this.save);
    this.element.removeEventListener("htmx:beforeOnLoad", this.stay);
    window.removeEventListener("beforeunload", this.guard);
  }

  // ---- typing

  changed(): void {
    this.number();
    this.place();
    if (!this.isDirty) return this.forget();
    localStorage.setItem(this.storage, JSON.stringify({ at: Date.now(), text: this.textTarget.value } satisfies Kept));
    this.statusTarget.textContent = this.wordsValue["unsaved"] ?? "";
  }

  scroll(): void {
    this.linesTarget.scrollTop = this.textTarget.scrollTop;
  }

  key(event: KeyboardEvent): void {
    if (event.isComposing) return;
    const command = event.ctrlKey || event.metaKey;
    if (command && event.key.toLowerCase() === "s") {
      event.preventDefault();
      this.element.requestSubmit();
    } else if (command && event.key === "Enter") {
      event.preventDefault();
      htmx.trigger(this.textTarget, "editor:check");
    } else if (event.key === "Tab" && !this.leaving) {
      event.preventDefault();
      if (event.shiftKey) this.outdent();
      else this.write(INDENT);
    } else if (event.key === "Enter") {
      event.preventDefault();
      this.write("\n" + (/^ */.exec(this.lineBefore)?.[0] ?? ""));
    }
    this.leaving = event.key === "Escape" || (event.key === "Shift" && this.leaving);
  }

  place(): void {
    const before = this.textTarget.value.slice(0, this.textTarget.selectionStart).split("\n");
    this.placeTarget.textContent = `${before.length}:${(before.at(-1) ?? "").length + 1}`;
  }

  insert(event: Event): void {
    const name = (event.currentTarget as HTMLElement).dataset["name"] ?? "";
    const before = this.textTarget.value.slice(0, this.textTarget.selectionStart);
    this.textTarget.focus();
    this.write(/[\w]$/.test(before) ? ` ${name}` : name);
  }

  jump(event: Event): void {
    const { line, column } = (event.currentTarget as HTMLElement).dataset;
    const lines = this.textTarget.value.split("\n");
    const start = lines.slice(0, Number(line) - 1).reduce((sum, each) => sum + each.length + 1, 0) + Number(column) - 1;
    this.textTarget.focus();
    this.textTarget.setSelectionRange(start, start);
    const height = this.textTarget.scrollHeight / Math.max(1, lines.length);
    this.textTarget.scrollTop = Math.max(0, (Number(line) - 6) * height);
    this.place();
  }

  faultsTargetConnected(list: HTMLElement): void {
    this.bad = new Set([...list.querySelectorAll<HTMLElement>("[data-line]")].map((fault) => Number(fault.dataset["line"])));
    this.number();
  }

  faultsTargetDisconnected(): void {
    this.bad = new Set();
    this.number();
  }

  // ---- the copy on the device

  restore(): void {
    const kept = this.kept;
    if (kept) {
      this.textTarget.value = kept.text;
      this.textTarget.dispatchEvent(new Event("input", { bubbles: true }));
    }
    this.restoreTarget.hidden = true;
    this.textTarget.focus();
  }

  discard(): void {
    this.forget();
    this.restoreTarget.hidden = true;
    this.textTarget.focus();
  }

  private offer(): void {
    const kept = this.kept;
    if (!kept || kept.text === this.textTarget.value) return;
    this.keptAtTarget.textContent = new Date(kept.at).toLocaleString(document.documentElement.lang);
    this.restoreTarget.hidden = false;
  }

  private forget(): void {
    localStorage.removeItem(this.storage);
    this.statusTarget.textContent = "";
  }

  private get kept(): Kept | null {
    const stored = localStorage.getItem(this.storage);
    return stored ? (JSON.parse(stored) as Kept) : null;
  }

  private get storage(): string {
    return PREFIX + this.keyValue;
  }

  private get isDirty(): boolean {
    return this.textTarget.value !== this.textTarget.defaultValue;
  }

  private readonly guard = (event: BeforeUnloadEvent): void => {
    if (this.isDirty) event.preventDefault();
  };

  // A check that finds the session ended would send the page to the sign-in, away from what is typed.
  private readonly stay = (event: Event): void => {
    if ((event as CustomEvent<{ xhr: XMLHttpRequest }>).detail.xhr.status !== 401) return;
    event.preventDefault();
    this.statusTarget.textContent = this.wordsValue["signed_out"] ?? "";
  };

  // ---- saving

  private readonly save = (event: SubmitEvent): void => {
    event.preventDefault();
    if (this.element.getAttribute("aria-busy") === "true") return;
    this.element.setAttribute("aria-busy", "true");
    void this.send(new FormData(this.element, event.submitter)).finally(() => this.element.removeAttribute("aria-busy"));
  };

  private async send(body: FormData): Promise<void> {
    try {
      const headers = { "HX-Request": "true", "X-CSRF-Token": csrfToken() };
      const answer = await fetch(this.element.action, { method: "POST", body, headers });
      const next = answer.headers.get("HX-Redirect");
      if (answer.ok && next) {
        this.forget();
        this.textTarget.defaultValue = this.textTarget.value;
        location.assign(next);
      } else if (answer.status === 401 || answer.status === 403) {
        this.statusTarget.textContent = this.wordsValue["signed_out"] ?? "";
      } else if (answer.status === 422) {
        this.show(await answer.text());
      } else {
        this.statusTarget.textContent = this.wordsValue["kept"] ?? "";
      }
    } catch {
      // No connection: the text stays here and in the copy on the device.
      this.statusTarget.textContent = this.wordsValue["kept"] ?? "";
    }
  }

  private show(result: string): void {
    const place = document.getElementById("rule-result");
    if (!place) return;
    place.innerHTML = result;
    place.scrollIntoView({ block: "nearest" });
  }

  // ---- text

  private get lineBefore(): string {
    return this.textTarget.value.slice(0, this.textTarget.selectionStart).split("\n").at(-1) ?? "";
  }

  private write(text: string): void {
    const { selectionStart, selectionEnd } = this.textTarget;
    this.textTarget.setRangeText(text, selectionStart, selectionEnd, "end");
    this.textTarget.dispatchEvent(new Event("input", { bubbles: true }));
  }

  private outdent(): void {
    const at = this.textTarget.selectionStart;
    const start = at - this.lineBefore.length;
    const spaces = Math.min(INDENT.length, /^ */.exec(this.textTarget.value.slice(start))?.[0].length ?? 0);
    if (!spaces) return;
    this.textTarget.setRangeText("", start, start + spaces, "preserve");
    this.textTarget.dispatchEvent(new Event("input", { bubbles: true }));
  }

  private number(): void {
    const count = this.textTarget.value.split("\n").length;
    const marks = Array.from({ length: count }, (_, place) => {
      const line = document.createElement("span");
      line.textContent = String(place + 1);
      if (this.bad.has(place + 1)) line.className = "bad";
      return line;
    });
    this.linesTarget.replaceChildren(...marks);
    this.scroll();
  }
}
