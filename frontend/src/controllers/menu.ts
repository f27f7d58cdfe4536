import { Controller } from "@hotwired/stimulus";

/** A <details> menu that closes on Escape and on a click elsewhere. */
export class MenuController extends Controller<HTMLDetailsElement> {
  override connect(): void {
    document.addEventListener("click", this.outside);
    this.element.addEventListener("keydown", this.escape);
  }

  override disconnect(): void {
    document.removeEventListener("click", this.outside);
  }

  private readonly outside = (event: MouseEvent): void => {
    if (!this.element.contains(event.target as Node)) this.element.open = false;
  };

  private readonly escape = (event: KeyboardEvent): void => {
    if (event.key !== "Escape") return;
    this.element.open = false;
    this.element.querySelector("summary")?.focus();
  };
}
