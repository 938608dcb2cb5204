/* What is said of a race above its pictures. */
export const describeRace = ({ title, formula, note }) => ({
  title: `Optimizers on ${title || formula}`,
  notice: note.match(/^.*?[.](?=\s|$)/)?.[0] ?? note,
  lead: `${note.split(":")[0].replace(/\.$/, "")}: watch each optimizer on its way down from the same start, and move anything.`,
});
