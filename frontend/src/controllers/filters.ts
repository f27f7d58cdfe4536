import { Controller } from "@hotwired/stimulus";

/** A GET form whose filters live in the address: sends itself when a choice changes, and leaves empty fields out. */
export class FiltersController extends Controller<HTMLFormElement> {
  submit(event: Event): void {
    if (event.target instanceof HTMLSelectElement || (event.target instanceof HTMLInputElement && event.target.type !== "search" && event.target.type !== "text")) {
      this.element.requestSubmit();
    }
  }

  clean(): void {
    for (const field of this.element.querySelectorAll<HTMLInputElement | HTMLSelectElement>("input[name], select[name]")) {
      if (!field.value) field.disabled = true;
    }
    // A page that the browser shows again from its memory must have its fields back.
    window.addEventListener("pageshow", () => this.element.querySelectorAll<HTMLInputElement>(":disabled").forEach((field) => (field.disabled = false)));
  }
}
