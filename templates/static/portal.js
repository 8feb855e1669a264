// portal.js: comforts. Every page is complete without them; nothing is kept, and nothing goes to another site.

// A password can be shown while it is typed. It is hidden again before it leaves, so that the browser does not keep it
// among the texts that it offers to fill in.
for (const row of document.querySelectorAll("[data-show]")) {
  const input = row.querySelector("input");
  const button = document.createElement("button");
  const word = document.createElement("span");
  const what = document.createElement("span");
  const show = (shown) => {
    input.type = shown ? "text" : "password";
    word.textContent = shown ? row.dataset.hide : row.dataset.show;
  };
  button.type = "button";
  button.className = "side";
  what.className = "hush";
  what.textContent = ` (${row.dataset.what})`;
  button.append(word, what);
  button.addEventListener("click", () => show(input.type === "password"));
  for (const event of ["submit", "reset"]) input.form.addEventListener(event, () => show(false));
  input.addEventListener("show", () => show(true));
  show(false);
  row.append(button);
}

// Browsers keep a page as it was left, for « Back », whatever its headers say. It has no password in it then; and when
// it is seen again, it is asked for anew, and leads on to where the request stands.
addEventListener("pagehide", () => {
  for (const input of document.querySelectorAll("[data-show] input")) [input.value, input.type] = ["", "password"];
});
addEventListener("pageshow", (event) => event.persisted && location.reload());

// The answer to a form is a page that Back can ask for, not one for which the browser would have to send the form again.
history.replaceState(null, "", location.href);

// A second click within five seconds sends nothing again. The button stays usable: if the answer is lost, the person
// must be able to try once more.
for (const form of document.forms) {
  let sent = -Infinity;
  form.addEventListener("submit", (event) => {
    if (event.timeStamp - sent < 5000) return event.preventDefault();
    sent = event.timeStamp;
    event.submitter?.setAttribute("aria-busy", "true");
  });
}

// News from the server are parts of the page: what each holds takes the place of what stands in the element of its name.
// A region that is read aloud is told only what has changed, and if asked so after a pause, so that a screen reader is not
// made to speak at every key.
const byId = (id) => document.getElementById(id);
const parse = (html) => new DOMParser().parseFromString(html, "text/html");
const put = (here, part) => {
  if (here.innerHTML !== part.innerHTML) here.replaceChildren(...part.childNodes);
};
// A request that has moved on, in another tab, is answered by the way to where it is: the page asked for anew leads there.
const post = async (to, form, fields, signal) => {
  const body = new URLSearchParams({ ...fields, form: form.elements.form.value });
  const answer = await fetch(to, { method: "POST", body, redirect: "manual", signal });
  if (answer.type === "opaqueredirect") location.reload();
  return answer;
};
let saying;
const tell = (parts, pause = 0) => {
  clearTimeout(saying);
  for (const part of [...parts]) {
    const here = byId(part.id);
    if (here?.matches("[role=status]")) saying = setTimeout(() => put(here, part), pause);
    else if (here) put(here, part);
  }
};

// The waiting page follows the change. Where the stream fails for good, its button remains.
const progress = byId("progress");
if (progress?.dataset.events) {
  const events = new EventSource(progress.dataset.events);
  events.addEventListener("progress", (event) => tell(parse(event.data).body.children));
  events.addEventListener("over", (event) => {
    events.close();
    location.replace(event.data || progress.dataset.next);
  });
  addEventListener("pagehide", () => events.close());
}

// The time that a page has left is counted down, in the words of its language. Before it is over the person is told, and
// can have more of it without losing what they have typed.
const clock = byId("clock");
if (clock) {
  const notice = clock.querySelector(".notice");
  const words = (n, unit) => new Intl.NumberFormat(document.documentElement.lang, { style: "unit", unit, unitDisplay: "long" }).format(n);
  let end, timer;
  const tick = () => {
    const left = Math.max(0, Math.round((end - Date.now()) / 1000));
    const few = left < 120;
    byId("time-left").textContent = few ? words(left, "second") : words(Math.round(left / 60), "minute");
    const told = !few ? "" : left ? notice.dataset.soon : notice.dataset.over;
    notice.role = "alert";
    if (notice.textContent !== told) notice.textContent = told;
    clock.firstElementChild.hidden = !left;
    if (left) timer = setTimeout(tick, few ? 1000 : 10000);
  };
  const start = (seconds) => {
    clearTimeout(timer);
    end = Date.now() + 1000 * seconds;
    tick();
  };
  start(clock.dataset.seconds);
  byId("extend")?.addEventListener("submit", async (event) => {
    event.preventDefault();
    const answer = await post(event.target.action, event.target).catch(() => null);
    if (answer?.ok) start(parse(await answer.text()).getElementById("clock").dataset.seconds);
    clock.querySelector("button").removeAttribute("aria-busy");
  });
}

// The word about keyboards comes with the first sign that not all of them have, and goes with the last. What is hidden is
// its paragraph and not the region around it: a region that stays tells the news once, and describes the field by what it
// shows. A page that has judged a password begins with what it found.
const form = document.querySelector("form[data-check]");
if (form) {
  const { password, confirm } = form.elements;
  const warning = byId("keyboards").firstElementChild;
  const typed = (then) => {
    password.addEventListener("input", then);
    form.addEventListener("reset", () => setTimeout(then));
  };
  const look = () => warning.toggleAttribute("hidden", !/[^ -~]/.test(password.value));
  typed(look);
  if (password.value || !("judged" in byId("keyboards").dataset)) look();

  // What is told while one types has its room from the start: nothing moves under a finger.
  form.querySelector(".told").classList.add("kept");

  // Whether both are the same is told as soon as they are; that they are not, once the person has gone on.
  const matched = byId("matched");
  const compare = (done) => {
    const { same, differs } = matched.dataset;
    const equal = confirm.value === password.value;
    const words = !confirm.value ? "" : equal ? same : done ? differs : "";
    if (matched.textContent !== words) matched.textContent = words;
    matched.className = `said ${equal ? "good" : "bad"}`;
    if (words === same) byId("said").querySelector(".next")?.remove(); // what it asks for is done
  };
  confirm.addEventListener("input", () => compare(false));
  // Who presses a button leaves the field: words that came at once would push the button away from under the press, and
  // it would not become a click.
  confirm.addEventListener("change", () => {
    if (!document.querySelector(":active")) return compare(true);
    addEventListener("mouseup", () => setTimeout(compare, 0, true), { once: true });
  });
  typed(() => compare(true));

  // The rules follow what is typed, once the person pauses. The server judges, by the code that judges the final answer.
  const before = ["rules", "strength", "said"].map((id) => byId(id).cloneNode(true));
  let timer, asked;
  const still = () => {
    clearTimeout(timer);
    asked?.abort();
  };
  const check = async () => {
    if (!password.value) return tell(before.map((part) => part.cloneNode(true)));
    asked = new AbortController();
    try {
      const answer = await post(form.dataset.check, form, { password: password.value }, asked.signal);
      if (!answer.ok) return;
      const parts = parse(await answer.text()).body.children;
      if (confirm.value === password.value) parts.said.querySelector(".next")?.remove();
      tell(parts, 800);
    } catch { /* the answer to the form itself will tell */ }
  };
  typed(() => {
    still();
    timer = setTimeout(check, 250);
  });
  form.addEventListener("submit", still);

  // A password made for the person fills both fields, and shows, so that it can be noted. Others are had from the page
  // itself, asked for once more.
  const made = byId("made");
  const offer = () => {
    for (const code of made.querySelectorAll("code")) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = code.textContent;
      button.addEventListener("click", () => {
        for (const field of [password, confirm]) {
          field.value = button.textContent;
          field.dispatchEvent(new Event("show"));
        }
        password.dispatchEvent(new Event("input"));
        password.focus();
      });
      code.replaceWith(button);
    }
  };
  if (made) {
    offer();
    const more = document.createElement("button");
    more.type = "button";
    more.className = "plain";
    more.textContent = made.dataset.more;
    more.addEventListener("click", async () => {
      const page = await fetch(form.action, { redirect: "manual" }).catch(() => null);
      if (!page?.ok) return;
      made.querySelector("ul").replaceWith(parse(await page.text()).querySelector("#made ul"));
      offer();
    });
    made.append(more);
    addEventListener("pagehide", () => made.remove());
  }
}
