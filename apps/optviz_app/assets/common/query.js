/* The text of links, and the line of what a page showed. Touches no page. */

export const readQuery = (search) => (search || "").replace(/^\?/, "");
export const writeSearch = (query) => (query ? `?${query}` : "");

/* The query that a page's answer to a change, as text, brings; undefined where nothing has changed. */
export function findQuery(answer) {
  const found = /"[a-z]+-query":\s*\{\s*"data":\s*("(?:[^"\\]|\\.)*")\s*\}/.exec(answer);
  return found ? JSON.parse(found[1]) : undefined;
}

/* Put the step shown into a query; at the end of the runs there is none to name. */
export function addStep(query, step, last) {
  const parts = (query || "").split("&").filter((part) => part && !part.startsWith("at="));
  return (step < last ? [...parts, `at=${step}`] : parts).join("&");
}

/* The queries that a page showed, in order, the place in them, and the place that is on its way: each
   press moves that one, however many come before the page shows anything. */
export class Past {
  queries = [];
  place = -1;
  aim = null;

  /* The page shows a query: the one that is on its way or one before it, else a new one, which
     forgets what was to be redone. */
  visit(query) {
    const found = this.#findOnWay(query) ?? [0, -1, 1].map((step) => this.place + step).find((place) => this.queries[place] === query);
    if (found === undefined) this.queries = [...this.queries.slice(0, this.place + 1), query];
    this.place = found ?? this.queries.length - 1;
    if (found === undefined || found === this.aim) this.aim = null;
  }

  #findOnWay(query) {
    if (this.aim === null) return undefined;
    const way = Math.sign(this.aim - this.place) || 1;
    for (let place = this.aim; place !== this.place - way; place -= way) if (this.queries[place] === query) return place;
    return undefined;
  }

  /* The query some steps away from where the presses lead, undefined where there is none. */
  look(by) {
    return this.queries[(this.aim ?? this.place) + by];
  }

  /* Go some steps; the query there, undefined where there is none. */
  go(by) {
    const query = this.look(by);
    if (query !== undefined) this.aim = (this.aim ?? this.place) + by;
    return query;
  }
}
