/* The data of a page, deflated (RFC 1951), which takes half the bytes. Read at once and here, as
   the browser's own way would let the page begin empty. Touches no page. */

const BASES = [3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258];
const EXTRA = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];
const ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];
const END = 256;
const DAMAGED = "the data of the page cannot be read: it is damaged";

/* Read JSON from base64 of deflated UTF-8. */
export const readPacked = (text) => JSON.parse(new TextDecoder().decode(inflate(Uint8Array.from(atob(text), (each) => each.charCodeAt(0)))));

/* The bytes of a deflated text. */
export function inflate(bytes) {
  const out = [], read = openBits(bytes);
  let isLast = false;
  while (!isLast) {
    isLast = read(1) === 1;
    const kind = read(2);
    if (kind === 0) copyPlain(read, out);
    else if (kind === 3) throw new Error(DAMAGED);
    else copyCoded(read, out, ...(kind === 1 ? FIXED : readCodes(read)));
  }
  return Uint8Array.from(out);
}

/* A function that reads some bits, the lowest first; `isAligned` goes on to the next whole byte. */
function openBits(bytes) {
  let place = 0;
  return (count, isAligned = false) => {
    if (isAligned) place = (place + 7) & ~7;
    if (place + count > 8 * bytes.length) throw new Error(DAMAGED);
    let value = 0;
    for (let i = 0; i < count; i++, place++) value |= ((bytes[place >> 3] >> (place & 7)) & 1) << i;
    return value;
  };
}

function copyPlain(read, out) {
  const length = read(16, true);
  read(16); // its complement
  for (let i = 0; i < length; i++) out.push(read(8));
}

function copyCoded(read, out, letters, distances) {
  for (let code = readCode(read, letters); code !== END; code = readCode(read, letters)) {
    if (code < END) {
      out.push(code);
      continue;
    }
    const length = BASES[code - END - 1] + read(EXTRA[code - END - 1]), far = readCode(read, distances);
    const bits = Math.max((far >> 1) - 1, 0), distance = (far < 2 ? far : (2 + (far & 1)) << bits) + 1 + (bits && read(bits));
    for (let i = 0; i < length; i++) out.push(out[out.length - distance]);
  }
}

/* A code by the lengths of its words: how many have each length, and the symbols in their order. */
function makeCode(lengths) {
  const counts = Array(16).fill(0), symbols = lengths.map((length, symbol) => [length, symbol]).filter(([length]) => length);
  for (const [length] of symbols) counts[length]++;
  return { counts, symbols: symbols.sort(([a, x], [b, y]) => a - b || x - y).map(([, symbol]) => symbol) };
}

function readCode(read, { counts, symbols }) {
  for (let length = 1, code = 0, first = 0, index = 0; length < 16; length++) {
    code |= read(1);
    if (code - first < counts[length]) return symbols[index + code - first];
    index += counts[length];
    first = (first + counts[length]) << 1;
    code <<= 1;
  }
  throw new Error(DAMAGED);
}

const FIXED = [makeCode(Array.from({ length: 288 }, (_, i) => (i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8))), makeCode(Array(30).fill(5))];

/* The codes that a block brings along, whose lengths are coded themselves. */
function readCodes(read) {
  const [letters, distances, count] = [read(5) + 257, read(5) + 1, read(4) + 4], lengths = Array(19).fill(0);
  for (let i = 0; i < count; i++) lengths[ORDER[i]] = read(3);
  const code = makeCode(lengths), found = [];
  while (found.length < letters + distances) {
    const symbol = readCode(read, code);
    if (symbol < 16) found.push(symbol);
    else found.push(...Array(symbol === 16 ? 3 + read(2) : symbol === 17 ? 3 + read(3) : 11 + read(7)).fill(symbol === 16 ? found.at(-1) : 0));
  }
  return [makeCode(found.slice(0, letters)), makeCode(found.slice(letters))];
}
