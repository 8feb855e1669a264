// helpdesk.js: comforts of the helpdesk beside those of portal.js. Every page is complete without them.

// Whoever waits for a second agent sees the answer without asking for the page again: it is asked for while it can come.
const list = document.getElementById("requests");
const pause = 5000;
let failed = 0;
const follow = async () => {
  const answer = await fetch(list.dataset.follow, { redirect: "error" }).catch(() => null);
  failed = answer?.ok ? 0 : failed + 1;
  if (failed > 2) return; // the session is over, or the network away: the link that asks again remains
  if (answer?.ok) {
    const news = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("requests");
    const told = (part) => [...part.querySelectorAll("[role=status]")].map((line) => line.textContent).join();
    if (news && told(news) !== told(list)) {
      list.replaceChildren(...news.childNodes);
      if (!("follow" in news.dataset)) return;
    }
  }
  setTimeout(follow, pause);
};
if (list?.dataset.follow) setTimeout(follow, pause);
