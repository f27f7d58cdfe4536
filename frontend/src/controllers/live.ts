import { Controller } from "@hotwired/stimulus";
import htmx from "htmx.org";

import { toast } from "../toast";

interface News {
  topic: string;
  text?: string;
  level?: string;
  url?: string;
}

/**
 * Server-sent events: each `data:` line is JSON {topic, text?, level?, url?}. A text becomes a toast inside the live region, so it is read aloud; the
 * event `live:TOPIC` on the body lets parts of the page refresh themselves (hx-trigger="live:warnings from:body").
 */
export class LiveController extends Controller {
  static override values = { url: String };
  declare readonly urlValue: string;
  private source: EventSource | null = null;

  override connect(): void {
    this.source = new EventSource(this.urlValue);
    this.source.addEventListener("message", (event: MessageEvent<string>) => this.tell(JSON.parse(event.data) as News));
    window.addEventListener("pagehide", this.stop);
  }

  override disconnect(): void {
    this.stop();
    window.removeEventListener("pagehide", this.stop);
  }

  private tell(news: News): void {
    if (news.text) toast(news.text, news.level ?? "neutral", news.url);
    htmx.trigger(document.body, `live:${news.topic}`, news);
  }

  private readonly stop = (): void => {
    this.source?.close();
    this.source = null;
  };
}
