// The candidate's sittings with a countdown by district time. The sealed papers are fetched meanwhile, and a start that
// comes too early waits and goes on by itself.
import { h, setText, show } from "./dom.js";
import { lobbyPause } from "./pace.js";
import { backOff, reaction } from "./problems.js";
import { clockText } from "./timer.js";

/** Shows the list. */
export function showSittings(app) {
  const { say, session } = app;
  const list = h("div");
  const error = h("p", { class: "notice", role: "status", hidden: true });
  const screen = { isGone: false, starting: null, cards: new Map(), list, error };
  const signOut = h("button", { type: "button", click: async () => {
    if (!(await app.signOut())) tell(screen, say("waitToLeave"));
  } }, say("signOut"));
  show(
    h("h1", {}, say("welcome", { name: session.candidate.name })),
    h("p", {}, `${say("candidateNumber")} ${session.candidate.id} · ${say("roll")} ${session.candidate.roll}`),
    h("h2", {}, say("yourSittings")), error, list, signOut,
  );
  draw(app, screen);
  poll(app, screen);
  return {
    tick: () => screen.cards.forEach((card) => card.tick()),
    leave: () => { screen.isGone = true; },
  };
}

function tell(screen, text) {
  setText(screen.error, text);
  screen.error.hidden = text === "";
}

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function poll(app, screen) {
  for (let tries = 0; !screen.isGone;) {
    try {
      if (lookIn(app) === 0) await look(app, screen);
      if (screen.isGone) return;
      tries = 0;
      if (screen.starting === null) tell(screen, "");
      await notePapers(app);
      draw(app, screen);
      await fetchPapers(app, screen);
      await pause(lookIn(app));
    } catch (problem) {
      if (!problem.slug) throw problem;
      if (screen.isGone) return;
      if (reaction(problem) === "sign-in") return app.signedOut();
      tries += 1;
      if (screen.starting === null) tell(screen, app.explain(problem));
      app.lobby = { tag: null, at: 0 };
      app.client.moveOn(problem);
      await pause(backOff(tries, problem));
    }
  }
}

/** Milliseconds until the list should be asked for again. */
const lookIn = ({ lobby }) => Math.max(0, lobby.at - performance.now());

/** Asks for the list, unless nothing has changed. */
async function look(app, screen) {
  const { body, tag, lookAgainMs } = await app.client.look(app.session.token, app.lobby.tag);
  if (screen.isGone) return;
  app.lobby = { tag, at: performance.now() + lobbyPause(lookAgainMs) };
  if (!body) return;
  app.session.sittings = body.sittings;
  await app.storage.setSetting("session", app.session);
}

/** Notes which sealed papers this device keeps. */
async function notePapers(app) {
  for (const { sealed } of app.session.sittings) {
    if (sealed && (await app.storage.sealed(sealed.hash))) app.papersHere.add(sealed.hash);
  }
}

async function fetchPapers(app, screen) {
  for (const sitting of app.session.sittings) {
    const isNeeded = ["waiting", "open", "started"].includes(sitting.state) && sitting.sealed;
    if (!isNeeded || (await app.storage.sealed(sitting.sealed.hash))) continue;
    await app.fetchSealed(sitting.sealed);
    draw(app, screen);
  }
}

function draw(app, screen) {
  if (screen.isGone) return;
  const shown = JSON.stringify([app.session.sittings, [...app.papersHere], app.language, screen.starting]);
  if (screen.shown === shown) return;
  screen.shown = shown;
  const focused = document.activeElement?.dataset?.sitting;
  screen.cards.clear();
  const cards = app.session.sittings.map((sitting) => {
    const card = cardOf(app, screen, sitting);
    screen.cards.set(sitting.id, card);
    card.tick();
    return card.element;
  });
  screen.list.replaceChildren(...(cards.length > 0 ? cards : [h("p", {}, app.say("noSittings"))]));
  if (focused) screen.list.querySelector(`button[data-sitting="${focused}"]`)?.focus();
}

function cardOf(app, screen, sitting) {
  const { say } = app;
  const countdown = h("p", { role: "timer" });
  const label = { waiting: "start", open: "start", started: "resume", submitted: "seeReceipt" }[sitting.state];
  const isHere = sitting.sealed && app.papersHere.has(sitting.sealed.hash);
  const needsPaper = ["waiting", "open", "started"].includes(sitting.state);
  const element = h("section", { class: "card" },
    h("h2", {}, sitting.title),
    h("p", {}, `${say("duration")}: ${say("minutes", { count: Math.round(sitting.duration_ms / 60_000) })}`),
    countdown,
    needsPaper && h("p", { class: "hint" }, say(isHere ? "paperHere" : "paperComing")),
    label ? h("button", {
      class: "main", type: "button", "data-sitting": sitting.id, disabled: screen.starting === sitting.id,
      click: () => start(app, screen, sitting),
    }, say(label)) : h("p", {}, say("closed")),
  );
  const tick = () => {
    const now = performance.now();
    const opens = app.clock.remaining(sitting.opens, now);
    const closes = app.clock.remaining(sitting.closes, now);
    const mayStart = sitting.state === "open" || sitting.state === "waiting";
    let text = "";
    if (opens > 0) text = say("opensIn", { time: clockText(opens) });
    else if (closes > 0 && mayStart) text = say("closesIn", { time: clockText(closes) });
    setText(countdown, text);
  };
  return { element, tick };
}

/** Tries until the exam starts, the candidate leaves, or something stands against it that waiting does not heal. */
async function start(app, screen, sitting, isMove = false) {
  if (screen.starting !== null) return;
  screen.starting = sitting.id;
  draw(app, screen);
  for (let tries = 1; !screen.isGone; tries += 1) {
    try {
      await app.startAttempt(sitting, { isMove });
      return;
    } catch (problem) {
      if (screen.isGone) return;
      if (!problem.slug || reaction(problem) === "stop") {
        screen.starting = null;
        draw(app, screen);
        if (problem.slug === "open-elsewhere") askToMove(app, screen, sitting);
        else tell(screen, app.explain(problem));
        return;
      }
      if (reaction(problem) === "sign-in") return app.signedOut();
      tell(screen, app.explain(problem));
      app.client.moveOn(problem);
      await pause(backOff(tries, problem));
    }
  }
}

function askToMove(app, screen, sitting) {
  tell(screen, app.say("openElsewhere"));
  const button = h("button", { type: "button", click: () => start(app, screen, sitting, true) }, app.say("continueHere"));
  screen.error.append(h("br"), button);
  button.focus();
}
