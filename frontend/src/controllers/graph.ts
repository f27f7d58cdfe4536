import { Controller } from "@hotwired/stimulus";

import type { GraphData, GraphDrawing, drawGraph } from "../islands/graph";
import { say } from "../page";
import { toast } from "../toast";

const MOST_NODES = 300;

/** A graph of cases and what they share; a tap tells what a node is and draws its neighbours. The same stands in the tables of the page. */
export class GraphController extends Controller<HTMLElement> {
  static override targets = ["canvas", "told"];
  static override values = { island: String, source: String };
  declare readonly canvasTarget: HTMLElement;
  declare readonly toldTarget: HTMLElement;
  declare readonly islandValue: string;
  declare readonly sourceValue: string;
  private drawing: GraphDrawing | null = null;
  private readonly drawn = new Set<string>();

  override async connect(): Promise<void> {
    const [island, data] = await Promise.all([import(this.islandValue) as Promise<{ drawGraph: typeof drawGraph }>, this.fetched("")]);
    if (!data || !this.element.isConnected) return;
    for (const node of data.nodes) this.drawn.add(node.id);
    this.drawing = island.drawGraph(this.canvasTarget, data, (node) => void this.choose(node));
  }

  override disconnect(): void {
    this.drawing?.dispose();
    this.drawing = null;
  }

  private async choose(node: GraphData["nodes"][number]): Promise<void> {
    const words = `${node.name} ${node.label}`;
    const link = Object.assign(document.createElement("a"), { href: node.url, textContent: words });
    this.toldTarget.replaceChildren(node.url ? link : words);
    const data = node.more > 0 ? await this.fetched(node.id) : null;
    if (!data) return;
    const kept = data.nodes.filter((one) => this.drawn.has(one.id) || (this.drawn.size < MOST_NODES && this.drawn.add(one.id)));
    const known = new Set(kept.map((one) => one.id));
    this.drawing?.grow({ ...data, nodes: kept, edges: data.edges.filter(([from, to]) => known.has(from) && known.has(to)) });
  }

  private async fetched(around: string): Promise<GraphData | null> {
    const answer = await fetch(`${this.sourceValue}?around=${encodeURIComponent(around)}`);
    if (answer.ok) return (await answer.json()) as GraphData;
    toast(say("failed"), "red");
    return null;
  }
}
