import { Controller } from "@hotwired/stimulus";

import { say } from "../page";

/** A masked identifier: asks for the purpose, posts it, and shows the answer (JSON {value} or {detail}). It is hidden again when the page is left. */
export class RevealController extends Controller {
  static override targets = ["value", "dialog", "error"];
  declare readonly valueTarget: HTMLElement;
  declare readonly dialogTarget: HTMLDialogElement;
  declare readonly errorTarget: HTMLElement;

  ask(): void {
    this.errorTarget.hidden = true;
    this.dialogTarget.showModal();
  }

  close(): void {
    this.dialogTarget.close();
  }

  async open(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const form = event.target as HTMLFormElement;
    try {
      const answer = await fetch(form.action, { method: "POST", body: new FormData(form), headers: { Accept: "application/json" } });
      const content = (await answer.json()) as { value?: string; detail?: string };
      if (answer.ok && content.value) this.show(content.value);
      else this.complain(content.detail ?? say("failed"));
    } catch {
      this.complain(say("failed")); // No connection, or an answer that is not JSON: the reader can only try again.
    }
  }

  private show(value: string): void {
    this.valueTarget.textContent = value;
    this.dialogTarget.close();
  }

  private complain(text: string): void {
    this.errorTarget.textContent = text;
    this.errorTarget.hidden = false;
  }
}
