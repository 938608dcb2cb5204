/* Numbers as text and rounded, exactly as Python does it. */

/* The nearest whole number; a half goes to the even one: Python's round(). */
export function roundEven(value) {
  const below = Math.floor(value), rest = value - below;
  return rest > 0.5 || (rest === 0.5 && below % 2) ? below + 1 : below;
}

/* The first significant digits of a number and its power of ten; a tie goes to the even digit. */
function takeDigits(size, count) {
  let [digits, power] = size.toExponential(count - 1).split("e");
  const more = size.toExponential(count).split("e")[0];
  if (more.endsWith("5")) {
    const exact = size.toExponential(100).split("e")[0].replace(".", "");
    const isTie = exact[count] === "5" && /^0*$/.test(exact.slice(count + 1));
    if (isTie && Number(exact[count - 1]) % 2 === 0) [digits, power] = [exact.slice(0, count), size.toExponential(99).split("e")[1]];
  }
  return [digits.replace(".", ""), Number(power)];
}

/* As f"{value:.{digits}g}". */
export function formatGeneral(value, digits = 6) {
  if (!Number.isFinite(value) || value === 0) return formatSpecial(value);
  const [all, power] = takeDigits(Math.abs(value), digits), shown = all.replace(/0+$/, "");
  return (value < 0 ? "-" : "") + (power < -4 || power >= digits ? putPower(shown, power) : putPoint(shown, power));
}

/* A number's text as readers see it: a true minus, and no sign or zero before an exponent: 1.5e−7. */
export function polish(text) {
  const [mantissa, exponent] = text.split("e");
  return (exponent ? `${mantissa}e${Number(exponent)}` : mantissa).replaceAll("-", "−");
}

/* As repr(value) without its ".0": all digits that tell the number from its neighbors. */
export function formatShortest(value) {
  if (!Number.isFinite(value) || value === 0) return formatSpecial(value);
  const [mantissa, exponent] = Math.abs(value).toExponential().split("e"), power = Number(exponent);
  const digits = mantissa.replace(".", "");
  return (value < 0 ? "-" : "") + (power < -4 || power >= 16 ? putPower(digits, power) : putPoint(digits, power));
}

const formatSpecial = (value) => (Number.isNaN(value) ? "nan" : value === 0 ? (Object.is(value, -0) ? "-0" : "0") : value < 0 ? "-inf" : "inf");

function putPower(digits, power) {
  const mantissa = digits.length > 1 ? `${digits[0]}.${digits.slice(1)}` : digits;
  return `${mantissa}e${power < 0 ? "-" : "+"}${String(Math.abs(power)).padStart(2, "0")}`;
}

function putPoint(digits, power) {
  if (power < 0) return `0.${"0".repeat(-power - 1)}${digits}`;
  if (digits.length <= power + 1) return digits.padEnd(power + 1, "0");
  return `${digits.slice(0, power + 1)}.${digits.slice(power + 1)}`;
}
