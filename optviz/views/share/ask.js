/* Ask the app for the short link of one of its addresses, with the QR code: {link, svg, sentence, command}. */
export async function askShare(link) {
  const answer = await fetch("/share", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ link }) });
  if (!answer.ok) throw new Error((await answer.text()).trim());
  return answer.json();
}
