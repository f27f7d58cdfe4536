import { Controller } from "@hotwired/stimulus";

const ORDER = ["auto", "light", "dark"] as const;
type Theme = (typeof ORDER)[number];

/** Goes round system, light and dark, and remembers the choice in this browser. */
export class ThemeController extends Controller {
  static override values = { labels: Object };
  declare readonly labelsValue: Record<Theme, string>;

  override connect(): void {
    this.label(this.current());
  }

  next(): void {
    const theme = ORDER[(ORDER.indexOf(this.current()) + 1) % ORDER.length] ?? "auto";
    document.documentElement.dataset["theme"] = theme;
    localStorage.setItem("theme", theme);
    this.label(theme);
    document.dispatchEvent(new CustomEvent("theme:changed"));
  }

  private current(): Theme {
    const theme = document.documentElement.dataset["theme"];
    return ORDER.find((one) => one === theme) ?? "auto";
  }

  private label(theme: Theme): void {
    this.element.setAttribute("aria-label", this.labelsValue[theme]);
    this.element.setAttribute("title", this.labelsValue[theme]);
  }
}
