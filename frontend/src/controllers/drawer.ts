import { Controller } from "@hotwired/stimulus";

/** The navigation of narrow screens. */
export class DrawerController extends Controller {
  static override targets = ["panel", "button"];
  declare readonly panelTarget: HTMLElement;
  declare readonly buttonTarget: HTMLElement;

  override connect(): void {
    document.addEventListener("keydown", this.escape);
    document.addEventListener("click", this.outside);
  }

  override disconnect(): void {
    document.removeEventListener("keydown", this.escape);
    document.removeEventListener("click", this.outside);
  }

  toggle(): void {
    this.show(!this.panelTarget.hasAttribute("data-open"));
  }

  private show(open: boolean): void {
    this.panelTarget.toggleAttribute("data-open", open);
    this.buttonTarget.setAttribute("aria-expanded", String(open));
    if (open) this.panelTarget.querySelector<HTMLElement>("a")?.focus();
  }

  private readonly escape = (event: KeyboardEvent): void => {
    if (event.key !== "Escape" || !this.panelTarget.hasAttribute("data-open")) return;
    this.show(false);
    this.buttonTarget.focus();
  };

  private readonly outside = (event: MouseEvent): void => {
    const at = event.target as Node;
    if (!this.panelTarget.contains(at) && !this.buttonTarget.contains(at)) this.show(false);
  };
}
