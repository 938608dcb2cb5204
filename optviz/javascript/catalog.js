/* The module of an optimizer after any change, of a catalog of views/live/catalog.py. */

/* The key of the rule's module among the variants of the catalog. What is structural decides: a
   setting counts as on where it is not 0 (beta1 also where the schedule cycles it). */
export function chooseModule({ rules }, { name, settings, decay, maximize, schedule }) {
  const { structural, variants } = rules[name];
  const isOn = (each) => settings[each] || (each === "beta1" && schedule?.settings.cycle_momentum);
  const digits = structural.slice(0, -2).map((each) => (isOn(each) ? 1 : 0)).join(""); // without decay and maximize
  return variants[`${digits} ${decay?.kind ?? "none"} ${maximize ? 1 : 0}`];
}
