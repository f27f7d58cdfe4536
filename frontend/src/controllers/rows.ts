import { Controller } from "@hotwired/stimulus";

function typing(event: KeyboardEvent): boolean {
  return event.target instanceof Element && event.target.closest("input, textarea, select, [contenteditable], dialog[open]") !== null;
}

/** j and k walk through the rows of the page's first table; the first link of a row takes the focus, so Enter opens it. */
export class RowsController extends Controller {
  override connect(): void {
    document.addEventListener("keydown", this.walk);
  }

  override disconnect(): void {
    document.removeEventListener("keydown", this.walk);
  }

  private readonly walk = (event: KeyboardEvent): void => {
    if ((event.key !== "j" && event.key !== "k") || event.ctrlKey || event.metaKey || event.altKey || typing(event)) return;
    if (document.querySelector('[data-controller~="rows"]') !== this.element) return;
    const links = [...this.element.querySelectorAll<HTMLElement>("tbody tr")].map((row) => row.querySelector<HTMLElement>("a, button")).filter((link) => link !== null);
    const at = links.findIndex((link) => link.closest("tr")?.contains(document.activeElement) ?? false);
    const next = at < 0 ? 0 : Math.min(links.length - 1, Math.max(0, at + (event.key === "j" ? 1 : -1)));
    links[next]?.focus();
  };
}
