import { Controller } from "@hotwired/stimulus";

import { say } from "../page";
import { toast } from "../toast";

export class CopyController extends Controller {
  static override targets = ["source"];
  declare readonly sourceTarget: HTMLElement;

  async copy(): Promise<void> {
    try {
      await navigator.clipboard.writeText(this.sourceTarget.textContent?.trim() ?? "");
      toast(say("copied"), "green");
    } catch {
      // The browser refuses the clipboard outside https: leave the text selected for the reader's own copy.
      window.getSelection()?.selectAllChildren(this.sourceTarget);
    }
  }
}
