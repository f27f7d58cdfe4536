import { Controller } from "@hotwired/stimulus";

/** ? shows the table of keys, / goes to the search field. */
export class ShortcutsController extends Controller {
  override connect(): void {
    document.addEventListener("keydown", this.press);
  }

  override disconnect(): void {
    document.removeEventListener("keydown", this.press);
  }

  private readonly press = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target instanceof Element && event.target.closest("input, textarea, select, dialog[open]")) return;
    if (event.key === "?") document.querySelector<HTMLDialogElement>("#shortcuts")?.showModal();
    if (event.key === "/") this.search(event);
  };

  private search(event: KeyboardEvent): void {
    const field = document.querySelector<HTMLInputElement>('main input[type="search"]');
    if (!field) return;
    event.preventDefault();
    field.focus();
    field.select();
  }
}
