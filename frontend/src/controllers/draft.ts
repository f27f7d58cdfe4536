import { Controller } from "@hotwired/stimulus";

import { say } from "../page";
import { toast } from "../toast";

const PREFIX = "fanzha-draft:";
const LONGEST = 24 * 3_600_000;

interface Draft {
  at: number;
  fields: Record<string, string[]>;
}

/**
 * A form for a weak network. What is typed is kept on the device until it has been sent (a day at most); without a connection nothing is lost and the same
 * form can be sent again: its hidden key makes a second arrival harmless. An answer that refuses the input is shown by the browser as usual.
 */
export class DraftController extends Controller<HTMLFormElement> {
  static override values = { name: String, to: String };
  declare readonly nameValue: string;
  declare readonly toValue: string;

  override connect(): void {
    forgetOld();
    this.restore();
    this.element.addEventListener("input", this.save);
    this.element.addEventListener("submit", this.send);
  }

  override disconnect(): void {
    this.element.removeEventListener("input", this.save);
    this.element.removeEventListener("submit", this.send);
  }

  private get key(): string {
    return PREFIX + this.nameValue;
  }

  private readonly save = (): void => {
    if (!this.nameValue) return;
    const fields: Draft["fields"] = {};
    for (const [name, value] of new FormData(this.element)) {
      if (typeof value === "string" && !this.isHidden(name)) (fields[name] ??= []).push(value);
    }
    localStorage.setItem(this.key, JSON.stringify({ at: Date.now(), fields } satisfies Draft));
  };

  private restore(): void {
    const kept = this.nameValue ? localStorage.getItem(this.key) : null;
    if (!kept) return;
    const { fields } = JSON.parse(kept) as Draft;
    for (const control of this.element.elements) {
      if (control instanceof HTMLInputElement && (control.type === "radio" || control.type === "checkbox")) {
        control.checked = fields[control.name]?.includes(control.value) ?? false;
      } else if (isTyped(control) && fields[control.name]) {
        control.value = fields[control.name]?.[0] ?? "";
      }
    }
  }

  private readonly send = (event: SubmitEvent): void => {
    event.preventDefault();
    if (this.element.getAttribute("aria-busy") === "true") return;
    this.element.setAttribute("aria-busy", "true");
    void this.post(event.submitter);
  };

  private async post(submitter: HTMLElement | null): Promise<void> {
    const body = new FormData(this.element, submitter);
    try {
      const answer = await fetch(this.element.action, { method: "POST", body, redirect: "manual" });
      if (answer.type === "opaqueredirect") {
        localStorage.removeItem(this.key);
        location.assign(this.toValue || location.href);
        return;
      }
      this.submitPlainly(submitter);
    } catch {
      // No connection: the draft stays, and the officer can send it again.
      this.save();
      this.element.removeAttribute("aria-busy");
      toast(say("kept"), "yellow");
    }
  }

  private submitPlainly(submitter: HTMLElement | null): void {
    this.element.removeEventListener("submit", this.send);
    this.element.requestSubmit(submitter);
  }

  private isHidden(name: string): boolean {
    const control = this.element.elements.namedItem(name);
    return control instanceof HTMLInputElement && control.type === "hidden";
  }
}

function isTyped(control: Element): control is HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement {
  if (control instanceof HTMLInputElement) return control.type !== "hidden" && control.type !== "submit";
  return control instanceof HTMLSelectElement || control instanceof HTMLTextAreaElement;
}

function forgetOld(): void {
  for (const key of Object.keys(localStorage)) {
    if (!key.startsWith(PREFIX)) continue;
    const { at } = JSON.parse(localStorage.getItem(key) ?? "{}") as Partial<Draft>;
    if (!at || Date.now() - at > LONGEST) localStorage.removeItem(key);
  }
}
