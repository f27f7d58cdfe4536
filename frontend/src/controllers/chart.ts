import { Controller } from "@hotwired/stimulus";

import { loadIsland, type Drawing, type Series } from "../island";

/** A line or bar chart; the same numbers stand in the table below it. Drawn when it comes into view. */
export class ChartController extends Controller<HTMLElement> {
  static override targets = ["canvas"];
  static override values = { kind: String, data: Object };
  declare readonly canvasTarget: HTMLElement;
  declare readonly kindValue: "line" | "bar" | "hbar";
  declare readonly dataValue: { labels: string[]; series: Series[]; unit: string };
  private drawing: Drawing | null = null;

  override async connect(): Promise<void> {
    const island = await loadIsland();
    if (this.element.isConnected) this.drawing = island.drawChart(this.canvasTarget, this.kindValue, this.dataValue);
  }

  override disconnect(): void {
    this.drawing?.dispose();
    this.drawing = null;
  }
}
