/* Sharing what is shown: the app gives a short link with its QR code; a page without the app has its
   own address. */
import { showShare } from "../../share/dialog.js";
import { writeLink } from "../link.js";

const ON_DISK = "This page is a file on this machine, which others cannot open by an address: send them the file, or open the experiment in the optviz app.";
const AS_MADE = "Send this address: it opens this page as it was made, without what was changed on it.";
const NO_CODE = "Send this address: it holds all that is shown. The optviz app makes a short link and a QR code of it.";

export async function openShare(page) {
  const query = writeLink(page.store.now, page.player.at);
  try {
    const { share } = page.options;
    showShare(page.root, share ? await share(query) : describeOwn(page, query));
  } catch (error) {
    page.say(error instanceof TypeError ? "The server does not answer: is it still running?" : error.message);
  }
}

function describeOwn({ options, layout }, query) {
  const own = location.href.split("#")[0];
  if (!/^https?:$/.test(location.protocol)) return { link: "", svg: "", sentence: ON_DISK };
  if (!options.isPage) return { link: own, svg: "", sentence: AS_MADE };
  return { link: `${own}#${query}${layout === "present" ? "&present" : ""}`, svg: "", sentence: NO_CODE };
}
