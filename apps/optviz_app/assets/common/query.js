/* The text of links, and the line of what a page showed. Touches no page. */

export const readQuery = (search) => (search || "").replace(/^\?/, "");
export const writeSearch = (query) => (query ? `?${query}` : "");

/* Put the step shown into a query; at the end of the runs there is none to name. */
export function addStep(query, step, last) {
  const parts = (query || "").split("&").filter((part) => part && !part.startsWith("at="));
  return (step < last ? [...parts, `at=${step}`] : parts).join("&");
}

/* The queries that a page showed, in order, and the place in them. */
export class Past {
  queries = [];
  place = -1;

  /* A query beside the place moves it there; another one forgets what was to be redone. */
  visit(query) {
    const by = [0, -1, 1].find((step) => this.look(step) === query);
    if (by === undefined) this.queries = [...this.queries.slice(0, this.place + 1), query];
    this.place += by ?? 1;
  }

  /* The query some steps away, undefined where there is none. */
  look(by) {
    return this.queries[this.place + by];
  }
}
