// The chart island is large, so a page fetches it only when it shows a chart. Its address comes from the server's manifest.

export interface Series {
  name: string;
  values: (number | null)[];
}

export interface MapData {
  rows: { code: string; name: string; value: number | null }[];
  unit: string;
  title: string;
  links: Record<string, string>;
}

export interface Drawing {
  dispose(): void;
}

export interface Island {
  drawChart(at: HTMLElement, kind: "line" | "bar" | "hbar", data: { labels: string[]; series: Series[]; unit: string }): Drawing;
  drawMap(at: HTMLElement, name: string, geo: unknown, data: MapData): Drawing;
}

export function loadIsland(): Promise<Island> {
  return import(document.body.dataset["charts"] ?? "") as Promise<Island>;
}
