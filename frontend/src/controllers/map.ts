import { Controller } from "@hotwired/stimulus";

import { loadIsland, type Drawing, type MapData } from "../island";

/** A choropleth of counties beside its table; a click on a county goes where the table's link goes. */
export class MapController extends Controller<HTMLElement> {
  static override targets = ["canvas"];
  static override values = { geo: String, data: Object };
  declare readonly canvasTarget: HTMLElement;
  declare readonly geoValue: string;
  declare readonly dataValue: MapData;
  private drawing: Drawing | null = null;

  override async connect(): Promise<void> {
    const [island, answer] = await Promise.all([loadIsland(), fetch(this.geoValue)]);
    if (answer.ok && this.element.isConnected) this.drawing = island.drawMap(this.canvasTarget, this.geoValue, await answer.json(), this.dataValue);
  }

  override disconnect(): void {
    this.drawing?.dispose();
    this.drawing = null;
  }
}
