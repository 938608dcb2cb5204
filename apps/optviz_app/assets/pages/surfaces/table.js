/* The result table, sorted in the browser: a click on a header, or Enter on it. The order is kept
   when the table is drawn again. */
window.optviz = window.optviz || {};
(function () {
  "use strict";
  const optviz = window.optviz;
  const order = { column: null, down: false };
  const table = () => document.querySelector("#results table");

  /* The value that a cell is sorted by: a number, a text, or null for what is missing. */
  function value(row) {
    const text = row.cells[order.column] ? row.cells[order.column].textContent.trim() : "";
    if (text === "" || text === "–" || text === "not finite") return null;
    const number = Number(text.replaceAll(",", "").replace("−", "-"));
    return isNaN(number) ? text : number;
  }

  /* Missing last either way; numbers before texts; equals stay in the order of the runs. */
  function compare(a, b) {
    const first = Number(a.row.dataset.run) - Number(b.row.dataset.run);
    if (a.value === null || b.value === null) return (a.value === null) - (b.value === null) || first;
    const kinds = (typeof a.value === "string") - (typeof b.value === "string");
    if (kinds) return kinds;
    const found = typeof a.value === "number" ? a.value - b.value : a.value.localeCompare(b.value);
    return (order.down ? -found : found) || first;
  }

  function sort() {
    if (!table() || !table().tBodies[0]) return;
    mark();
    const body = table().tBodies[0], now = [...body.rows];
    const wanted = now.map((row) => ({ row, value: order.column === null ? 0 : value(row) })).sort(compare);
    if (wanted.some(({ row }, i) => row !== now[i])) place(body, wanted.map(({ row }) => row));
  }

  /* The focused row stays focused: a moved element loses it. */
  function place(body, rows) {
    const focused = document.activeElement;
    body.append(...rows);
    if (focused && body.contains(focused)) focused.focus({ preventScroll: true });
  }

  const sorts = (head) => head.textContent !== "actions";

  function mark() {
    [...table().tHead.rows[0].cells].forEach((head, column) => {
      const sorted = column === order.column ? (order.down ? "descending" : "ascending") : "none";
      if (!sorts(head)) return;
      head.setAttribute("aria-sort", sorted);
      head.tabIndex = 0;
    });
  }

  /* Up, down, then back in the order of the cards. */
  function choose(head) {
    const again = order.column === head.cellIndex;
    order.column = again && order.down ? null : head.cellIndex;
    order.down = again && !order.down;
    sort();
    const way = order.down ? "descending" : "ascending";
    const name = head.textContent;
    optviz.linked.tell(order.column === null ? "Sorted as the cards are." : `Sorted by ${name}, ${way}.`);
  }

  const headAt = (event) => event.target instanceof Element && event.target.closest("#results thead th[aria-sort]");
  document.addEventListener("click", (event) => {
    if (headAt(event)) choose(headAt(event));
  });
  document.addEventListener("keydown", (event) => {
    if (!headAt(event) || (event.key !== "Enter" && event.key !== " ")) return;
    event.preventDefault();
    event.stopPropagation();
    choose(headAt(event));
  }, true);

  document.addEventListener("optviz:drawn", (event) => {
    if (event.detail.id === "results") sort();
  });

  optviz.table = { sort };
})();
