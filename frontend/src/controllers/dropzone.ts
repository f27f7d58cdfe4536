import { Controller } from "@hotwired/stimulus";

import { csrfToken, say } from "../page";
import { toast } from "../toast";

/** Files by drag and drop or by choice; the form around it is sent with its progress shown. The answer is a page: go where it leads. */
export class DropzoneController extends Controller<HTMLElement> {
  static override targets = ["input", "names", "progress"];
  declare readonly inputTarget: HTMLInputElement;
  declare readonly namesTarget: HTMLElement;
  declare readonly progressTarget: HTMLProgressElement;
  private form: HTMLFormElement | null = null;

  override connect(): void {
    this.form = this.element.closest("form");
    this.form?.addEventListener("submit", this.send);
    this.inputTarget.addEventListener("change", this.list);
    this.element.addEventListener("dragover", this.over);
    this.element.addEventListener("dragleave", this.leave);
    this.element.addEventListener("drop", this.drop);
  }

  override disconnect(): void {
    this.form?.removeEventListener("submit", this.send);
  }

  private readonly over = (event: DragEvent): void => {
    event.preventDefault();
    this.element.toggleAttribute("data-over", true);
  };

  private readonly leave = (): void => {
    this.element.removeAttribute("data-over");
  };

  private readonly drop = (event: DragEvent): void => {
    event.preventDefault();
    this.leave();
    if (!event.dataTransfer?.files.length) return;
    this.inputTarget.files = event.dataTransfer.files;
    this.list();
  };

  private readonly list = (): void => {
    const size = new Intl.NumberFormat(document.documentElement.lang, { style: "unit", unit: "megabyte", maximumFractionDigits: 1 });
    this.namesTarget.textContent = [...(this.inputTarget.files ?? [])].map((file) => `${file.name} (${size.format(file.size / 1e6)})`).join("；");
  };

  private readonly send = (event: SubmitEvent): void => {
    const form = this.form;
    if (!form || event.defaultPrevented) return;
    event.preventDefault();
    const request = new XMLHttpRequest();
    request.open(form.method, form.action);
    request.setRequestHeader("X-CSRF-Token", csrfToken());
    request.upload.addEventListener("progress", (step) => {
      this.progressTarget.hidden = false;
      this.progressTarget.value = step.lengthComputable ? (100 * step.loaded) / step.total : 0;
    });
    request.addEventListener("load", () => this.arrived(request));
    request.addEventListener("error", () => this.failed());
    request.send(new FormData(form));
  };

  private arrived(request: XMLHttpRequest): void {
    if (request.responseURL && request.responseURL !== this.form?.action) window.location.assign(request.responseURL);
    else this.show(request.responseText);
  }

  /** The same address answered: the form with its errors. Its main part takes the place of ours. */
  private show(html: string): void {
    const fresh = new DOMParser().parseFromString(html, "text/html").getElementById("main");
    const old = document.getElementById("main");
    if (fresh && old) old.replaceWith(fresh);
    else this.failed();
  }

  private failed(): void {
    this.progressTarget.hidden = true;
    toast(say("failed"), "red");
  }
}
