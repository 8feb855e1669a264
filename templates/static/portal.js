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
// must be able to try once more. It is heard of at the document, for forms that come into the page later.
const sent = new WeakMap();
addEventListener("submit", (event) => {
  if (event.timeStamp - (sent.get(event.target) ?? -Infinity) < 5000) return event.preventDefault();
  sent.set(event.target, event.timeStamp);
  event.submitter?.setAttribute("aria-busy", "true");
}, { capture: true }); // before whoever asks whether it is sent

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

// Words that are read aloud, and only when they are others.
const say = (here, words) => {
  if (here.textContent !== words) here.textContent = words;
};

// The time that a page has left is counted down, in the words of its language. Before it is over the person is told, and
// can have more of it without losing what they have typed.
const clock = byId("clock");
if (clock) {
  const [sentence, notice, again, extended] = clock.children;
  const button = sentence.querySelector("button");
  const words = (n, unit) => new Intl.NumberFormat(document.documentElement.lang, { style: "unit", unit, unitDisplay: "long" }).format(n);
  notice.role = "alert";
  let end, timer;
  const tick = () => {
    const left = Math.max(0, Math.round((end - Date.now()) / 1000));
    const few = left < 120;
    byId("time-left").textContent = few ? words(left, "second") : words(Math.round(left / 60), "minute");
    say(notice, !few ? "" : left ? notice.dataset.soon : notice.dataset.over);
    again.hidden = left > 0;
    if (!left && document.activeElement === button) again.firstElementChild.focus();
    sentence.hidden = !left;
    if (left) timer = setTimeout(tick, few ? 1000 : 10000);
  };
  const start = (seconds) => {
    clearTimeout(timer);
    end = Date.now() + 1000 * seconds;
    tick();
  };
  start(clock.dataset.seconds);
  byId("extend")?.addEventListener("submit", async (event) => {
    if (event.defaultPrevented) return; // a second click
    event.preventDefault();
    say(extended, "");
    const answer = await post(event.target.action, event.target).catch(() => null);
    const page = answer?.ok && parse(await answer.text()).getElementById("clock");
    button.removeAttribute("aria-busy");
    if (!page) return say(extended, extended.dataset.failed);
    notice.dataset.soon = page.children[1].dataset.soon;
    start(page.dataset.seconds);
    say(extended, extended.dataset.done);
    if (page.querySelector("button")) return;
    button.remove(); // that was the last time
    byId("main").focus();
  });
}

const form = document.querySelector("form[data-check]");
if (form) {
  const { password, confirm } = form.elements;
  const typed = (then) => password.addEventListener("input", then);
  const emptied = (then) => form.addEventListener("reset", () => setTimeout(then));

  // The word about keyboards comes with the first sign that not all of them have, and goes with the last. What is hidden is
  // its paragraph and not the region around it: a region that stays tells the news once, and describes the field by what it
  // shows. A page that has judged a password begins with what it found.
  const warning = byId("keyboards").firstElementChild;
  const spaces = byId("spaces");
  const look = () => {
    warning.toggleAttribute("hidden", !/[^ -~]/.test(password.value));
    say(spaces, /^\s|\s$/.test(password.value) ? spaces.dataset.spaces : "");
  };
  typed(look);
  emptied(look);
  if (password.value || !("judged" in byId("keyboards").dataset)) look();

  // Whether both are the same is told as soon as they are; that they are not, once the person has gone on.
  const matched = byId("matched");
  const compare = (done) => {
    const equal = confirm.value === password.value;
    const words = !confirm.value ? "" : equal ? matched.dataset.same : done ? matched.dataset.differs : "";
    say(matched, words);
    matched.className = words ? `said ${equal ? "good" : "bad"}` : "said";
    form.classList.toggle("confirmed", words && equal); // what #said asks for is done
  };
  confirm.addEventListener("input", () => compare(false));
  // Who presses a button leaves the field: words that came at once would push the button away from under the press, and
  // it would not become a click.
  confirm.addEventListener("change", () => {
    if (!document.querySelector(":active")) return compare(true);
    addEventListener("mouseup", () => setTimeout(compare, 0, true), { once: true });
  });
  typed(() => compare(true));
  emptied(() => compare(true));

  // Before anything is judged: the rules without marks, and no word of a mistake that is mended.
  const described = password.getAttribute("aria-describedby");
  const blank = ["rules", "strength", "said"].map((id) => byId(id).cloneNode(id === "rules"));
  for (const line of blank[0].querySelectorAll("li")) {
    line.removeAttribute("class");
    for (const mark of line.querySelectorAll("em, .hush")) mark.remove();
  }
  const unjudged = () => {
    tell(blank.map((part) => part.cloneNode(true)));
    password.setAttribute("aria-describedby", described);
  };
  const forgive = () => {
    for (const why of form.querySelectorAll(".why")) why.remove();
    for (const field of form.querySelectorAll(".error")) field.classList.remove("error");
    for (const input of [password, confirm]) input.removeAttribute("aria-invalid");
    document.title = document.title.replace(form.dataset.error, "").trim();
  };

  // The rules follow what is typed, once the person pauses. The server judges, by the code that judges the final answer.
  // What it said of another text does not stay where it cannot be asked.
  form.querySelector(".told").classList.add("kept");
  let timer, asked;
  const still = () => {
    clearTimeout(timer);
    asked?.abort();
  };
  const check = async () => {
    if (!password.value) return unjudged();
    const { signal } = (asked = new AbortController());
    try {
      const answer = await post(form.dataset.check, form, { password: password.value }, signal);
      if (!answer.ok) return unjudged();
      const parts = parse(await answer.text()).body.children;
      if (parts.said.querySelector(".next")) forgive();
      tell(parts, 1500);
      password.setAttribute("aria-describedby", "said keyboards"); // shorter than all rules, and names those that are missing
    } catch {
      if (!signal.aborted) unjudged();
    }
  };
  typed(() => {
    still();
    timer = setTimeout(check, 250);
  });
  emptied(() => {
    still();
    forgive();
    unjudged();
    const said = byId("said");
    saying = setTimeout(() => say(said, said.dataset.emptied));
  });
  form.addEventListener("submit", still);

  // A password made for the person fills both fields, and shows, so that it can be noted. Others are had from the page
  // itself, asked for once more.
  const made = byId("made");
  const filled = byId("filled");
  const choose = (button) => {
    for (const field of [password, confirm]) {
      field.value = button.textContent;
      field.dispatchEvent(new Event("show"));
    }
    password.dispatchEvent(new Event("input"));
    for (const other of made.querySelectorAll("li button")) other.ariaPressed = String(other === button);
    say(filled, filled.dataset.filled);
  };
  const offer = () => {
    for (const code of made.querySelectorAll("code")) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = code.textContent;
      button.ariaPressed = "false";
      button.addEventListener("click", () => choose(button));
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
      say(filled, "");
      const page = await fetch(form.action, { redirect: "manual" }).catch(() => null);
      if (page?.type === "opaqueredirect") return location.reload();
      const list = page?.ok && parse(await page.text()).querySelector("#made ul");
      if (!list) return say(filled, filled.dataset.failed);
      made.querySelector("ul").replaceWith(list);
      offer();
      say(filled, filled.dataset.others);
    });
    made.append(more);
    addEventListener("pagehide", () => made.remove());
  }
}
