/* The ticks of an axis and their texts, chosen as plotly chooses them. Pure. */

const MINUS = "−", PREFIXES = ["f", "p", "n", "μ", "m", "", "k", "M", "B", "T"];
const DIGITS = { D1: [1, 2, 3, 4, 5, 6, 7, 8, 9], D2: [1, 2, 5] };
const MOST = 200; // ticks of one axis

/* The ticks of an axis, [{at, text}], given what its layout says: dtick, nticks, tickformat, or
   tickvals and ticktext. `at` is in the axis's own units. */
export function chooseTicks(axis, about = {}) {
  const [low, high] = axis.range, room = Math.abs(high - low) / 1e4;
  const isInside = (at) => at >= low - room && at <= high + room;
  if (about.tickvals) {
    return about.tickvals.map((at, i) => ({ at, text: about.ticktext[i] })).filter(({ at }) => isInside(at));
  }
  const dtick = about.dtick || chooseStep(axis, about.nticks);
  const write = about.tickformat ? formatGeneral : (value) => formatPlain(value, axis, dtick);
  const places = axis.isLog ? listPowers(low - room, high + room, dtick) : listMultiples(low - room, high + room, dtick);
  return places.filter(isInside).map((at) => ({ at, text: write(axis.isLog ? 10 ** at : at) }));
}

/* Plotly's step between ticks: 1, 2 or 5 times a power of ten; on a log axis a count of powers, "D1"
   or "D2" (at 1 to 9, or 1, 2 and 5, times each power) or "L" and a step of the values. */
function chooseStep({ length, range: [low, high], isUp, isLog }, nticks) {
  const count = nticks || Math.min(Math.max(length / (isUp ? 40 : 80), 4), 9) + 1, span = high - low;
  const rough = span / count;
  if (!isLog) return roundUp(rough);
  if (rough > 0.7) return Math.ceil(rough);
  if (span < 1) return `L${roundUp((10 ** high - 10 ** low) / (1.5 * count))}`;
  return rough > 0.3 ? "D2" : "D1";
}

export function roundUp(step) {
  const power = 10 ** Math.floor(Math.log10(step));
  return tidy(power * [2, 5, 10].find((each) => each >= step / power - 1e-12));
}

/* Without the error of a last digit: 0.30000000000000004 is 0.3. */
const tidy = (value) => Number(value.toPrecision(12));

function listMultiples(low, high, step) {
  const first = Math.ceil(low / step), last = Math.min(Math.floor(high / step), first + MOST);
  return Array.from({ length: Math.max(last - first + 1, 0) }, (_, i) => tidy((first + i) * step) || 0);
}

function listPowers(low, high, step) {
  if (typeof step === "number") return listMultiples(low, high, step);
  if (step[0] === "L") return listMultiples(10 ** low, 10 ** high, Number(step.slice(1))).map(Math.log10);
  const powers = listMultiples(Math.floor(low), Math.ceil(high), 1);
  return powers.flatMap((power) => DIGITS[step].map((digit) => power + Math.log10(digit)));
}

/* d3's "~g": six significant digits without zeros at the end. */
export function formatGeneral(value) {
  const [mantissa, power] = value.toPrecision(6).split("e");
  const digits = mantissa.includes(".") ? mantissa.replace(/\.?0+$/, "") : mantissa;
  return (power ? `${digits}e${power}` : digits).replaceAll("-", MINUS);
}

/* As plotly writes an axis without a format: rounded by the step between ticks; where the range
   needs more than four digits, in thousands, millions, thousandths, ... of all its ticks. */
function formatPlain(value, { range, isLog }, dtick) {
  if (isLog) return formatGeneral(value);
  const reach = Math.floor(Math.log10(Math.max(...range.map(Math.abs))) + 0.01);
  const power = Math.abs(reach) > 3 ? 3 * Math.round((reach - 1) / 3) : 0;
  const digits = Math.max(2 - Math.floor(Math.log10(dtick) + 0.01) + power, 0);
  const number = Number((value / 10 ** power).toFixed(Math.min(digits, 20)));
  const prefix = PREFIXES[power / 3 + 5], unit = prefix ?? `e${power}`;
  return number === 0 ? "0" : `${number}${unit}`.replaceAll("-", MINUS);
}
