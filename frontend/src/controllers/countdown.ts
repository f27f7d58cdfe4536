import { Controller } from "@hotwired/stimulus";

import { duration } from "../page";

const TICK = 20_000;

/** A deadline that goes on counting: "剩 20 分钟" turns to "超时 1 分钟" and red. */
export class CountdownController extends Controller<HTMLElement> {
  static override targets = ["text"];
  static override values = { due: String, left: String, late: String };
  declare readonly textTarget: HTMLElement;
  declare readonly dueValue: string;
  declare readonly leftValue: string;
  declare readonly lateValue: string;
  private timer = 0;

  override connect(): void {
    this.tick();
    this.timer = window.setInterval(() => this.tick(), TICK);
  }

  override disconnect(): void {
    window.clearInterval(this.timer);
  }

  private tick(): void {
    const left = Date.parse(this.dueValue) - Date.now();
    if (Number.isNaN(left)) return;
    this.textTarget.textContent = (left < 0 ? this.lateValue : this.leftValue).replace("{span}", duration(left));
    this.element.classList.toggle("tone-red", left < 0);
    this.element.classList.toggle("tone-neutral", left >= 0);
  }
}
