/* The folding of cards, the explanations of terms, and the keys. */
window.dash_clientside = window.dash_clientside || {};
(function () {
  "use strict";

  /* Which cards a person has folded or opened, a list a page: cards that the server draws anew
     get the state that they had. */
  const chosen = {};

  function fold(_clicks, hidden) {
    const context = window.dash_clientside.callback_context;
    const owner = (context.inputs_list[0][0] || { id: {} }).id.owner;
    const own = (chosen[owner] = chosen[owner] || {});
    for (const press of context.triggered) {
      if (!press.value || !press.prop_id.endsWith(".n_clicks")) continue;
      const card = JSON.parse(press.prop_id.slice(0, -".n_clicks".length)).card;
      own[card] = !hidden[card];
    }
    const now = hidden.map((was, card) => (card in own ? own[card] : was));
    return [now, now.map((each) => (each ? "false" : "true"))];
  }

  window.dash_clientside.look = { fold };
})();
