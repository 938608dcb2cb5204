/* Asking for what takes long: while the server is busy with the work of others, it is asked again. */

export const BUSY = "optviz is busy with the work of others. This goes on by itself.";
export const PATIENCE = 30; // tries: about a minute

/* The milliseconds after which a busy server is to be asked again, not all pages at once; 0 if it is not busy. */
export function readRest(answer) {
  const seconds = answer.status === 503 ? Number(answer.headers.get("Retry-After")) : 0;
  return seconds > 0 ? seconds * 1000 * (0.75 + Math.random() / 2) : 0;
}

/* Ask until it is answered; `wait` is called with the time before each further try. */
export async function askPatiently(ask, wait) {
  for (let tries = 1; ; tries += 1) {
    const answer = await ask(), rest = readRest(answer);
    if (!rest || tries >= PATIENCE) return answer;
    await wait(rest);
  }
}

export const sleep = (milliseconds) => new Promise((resolve) => { setTimeout(resolve, milliseconds); });
