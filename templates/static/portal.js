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

// What the server made of news replaces what stands in #live; #said tells it in one sentence, and only when it has
// changed, so that a screen reader is not made to repeat itself.
const live = document.getElementById("live");
const said = document.getElementById("said");
const tell = (html) => {
  live.innerHTML = html;
  const words = live.firstElementChild?.dataset.said ?? "";
  if (said.textContent !== words) said.textContent = words;
};

// The waiting page follows the change. Where the stream fails for good, its button remains.
if (live?.dataset.events) {
  const events = new EventSource(live.dataset.events);
  events.addEventListener("progress", (event) => tell(event.data));
  events.addEventListener("over", (event) => {
    events.close();
    location.replace(event.data || live.dataset.next);
  });
  addEventListener("pagehide", () => events.close());
}

// The word about keyboards comes with the first sign that not all of them have, and goes with the last. What is hidden is
// its paragraph and not the region around it: a region that stays tells the news once, and describes the field by what it
// shows. A page that has judged a password begins with it.
const keyboards = document.getElementById("keyboards");
if (keyboards) {
  const password = document.getElementById("password");
  const look = () => keyboards.firstElementChild.toggleAttribute("hidden", !/[^ -~]/.test(password.value));
  password.addEventListener("input", look);
  password.form.addEventListener("reset", () => setTimeout(look));
  if (password.value || !("judged" in keyboards.dataset)) look();
}

// The rules follow what is typed, once the person pauses. The server judges, by the code that judges the final answer.
const form = live?.closest("form[data-check]");
if (form) {
  const { password, confirm } = form.elements;
  const before = live.innerHTML;
  let timer, asked;
  const check = async () => {
    asked?.abort();
    asked = new AbortController();
    if (!password.value) return tell(before);
    try {
      const answer = await fetch(form.dataset.check, {
        method: "POST", body: new URLSearchParams({ password: password.value }), signal: asked.signal,
      });
      if (answer.ok) tell(await answer.text());
    } catch { /* the answer to the form itself will tell */ }
  };
  password.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(check, 400);
  });
  form.addEventListener("reset", () => {
    clearTimeout(timer);
    setTimeout(check);
  });
  form.addEventListener("submit", () => {
    clearTimeout(timer);
    asked?.abort();
  });
  // A password made for the person fills both fields, and shows, so that it can be noted.
  for (const code of form.querySelectorAll(".made code")) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = code.textContent;
    button.addEventListener("click", () => {
      password.value = confirm.value = code.textContent;
      password.dispatchEvent(new Event("show"));
      password.dispatchEvent(new Event("input"));
      password.focus();
    });
    code.replaceWith(button);
  }
}
