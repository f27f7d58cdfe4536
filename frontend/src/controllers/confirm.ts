import { Controller } from "@hotwired/stimulus";

/** Opens the dialog in which a step is confirmed; the browser returns the focus to the button on closing. */
export class ConfirmController extends Controller {
  static override targets = ["dialog"];
  declare readonly dialogTarget: HTMLDialogElement;

  open(): void {
    this.dialogTarget.showModal();
  }

  close(): void {
    this.dialogTarget.close();
  }
}
