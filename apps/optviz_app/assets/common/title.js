/* The title of the tab, which bookmarks and the history show too. */
export const nameTab = (text) => { document.title = `${text} · optviz`; };
