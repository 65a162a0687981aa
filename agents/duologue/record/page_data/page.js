"use strict";
// Foreign text reaches the page through textContent and text nodes only; nothing here parses markup.
(() => {
  const story = JSON.parse(document.getElementById("data").textContent);
  const $ = (id) => document.getElementById(id);
  const make = (tag, cls, text) => {
    const node = document.createElement(tag);
    if (cls) node.className = cls;
    if (text !== undefined && text !== null) node.textContent = text;
    return node;
  };
  const SIGNS = { met: "✓", unmet: "✗", unknown: "?" };
  const TICK_MS = 40;
  const MOST_HITS = 2000;
  const total = story.parts.length;
  const nodes = [];
  let at = total;
  let playing = null;
  let hits = [];
  let hit = -1;

  // ---- What stands still -----------------------------------------------------------------------

  function count(number, one, many) { return number.toLocaleString("en") + " " + (number === 1 ? one : many); }

  function heading() {
    $("outcome").textContent = story.outcome;
    $("outcome").classList.add(story.outcome);
    const facts = ["run " + story.run, "pair " + story.pair, ...story.models, count(story.turns, "turn", "turns")];
    if (story.tokens) facts.push(count(story.tokens, "token", "tokens"));
    if (story.cost) facts.push(story.cost);
    facts.push(story.seconds.toFixed(1) + " s", story.at.slice(0, 16).replace("T", " "));
    $("facts").textContent = facts.filter(Boolean).join(" · ");
    $("goal").textContent = story.goal;
    $("reason").textContent = story.reason;
    $("skipped").hidden = !story.skipped;
    $("skipped").textContent = count(story.skipped, "line", "lines") + " of the log could not be read and are left out.";
    $("foot").textContent = "Made by Duologue " + story.program + ". This file is complete: it loads nothing. " +
      "Keys: space plays, ← → step, / searches, j k go from turn to turn, f folds, r shows details.";
    document.body.classList.toggle("alone", !story.criteria.length && story.result === null);
  }

  // ---- Text: fenced code and delivered results stand out, every character stays ------------------

  function pieces(text) {
    const found = [];
    let kind = "text", lines = [], fence = "";
    const close = (next) => {
      if (lines.length) found.push([kind, lines.join("\n")]);
      kind = next;
      lines = [];
    };
    for (const line of text.split("\n")) {
      const mark = /^\s*(`{3,}|~{3,})/.exec(line);
      if (kind === "code") {
        lines.push(line);
        if (mark && mark[1].startsWith(fence) && line.trim() === mark[1]) close("text");
      } else if (kind === "text" && /^\s*<result>/.test(line)) {
        close("delivered");
        lines.push(line);
        if (/<\/result>\s*$/.test(line)) close("text");
      } else if (kind === "delivered") {
        lines.push(line);
        if (/<\/result>\s*$/.test(line)) close("text");
      } else if (mark) {
        close("code");
        fence = mark[1];
        lines.push(line);
      } else lines.push(line);
    }
    close("text");
    return found;
  }

  function write(into, text) {
    into.replaceChildren(...(text ? pieces(text) : []).map(([kind, piece]) => make("div", kind, piece)));
  }

  function extra(title, text) {
    const details = make("details", "extra");
    details.append(make("summary", "", title), make("div", "code", text));
    return details;
  }

  // ---- The parts ---------------------------------------------------------------------------------

  function card(cls, who, info, peek) {
    const article = make("article", cls);
    const button = make("button");
    button.type = "button";
    button.setAttribute("aria-expanded", "true");
    button.append(make("span", "who", who), make("span", "info", info), make("span", "peek", peek));
    button.addEventListener("click", () => fold(article, !article.classList.contains("folded")));
    const body = make("div", "body");
    article.append(button, body);
    return [article, body];
  }

  function fold(article, folded) {
    article.classList.toggle("folded", folded);
    article.firstChild.setAttribute("aria-expanded", String(!folded));
  }

  function turn(part) {
    const facts = ["turn " + part.turn];
    if (part.model) facts.push(part.model);
    if (part.tokens) facts.push(count(part.tokens, "token", "tokens"));
    if (part.cost) facts.push(part.cost);
    facts.push(part.seconds === null ? "not finished" : part.seconds.toFixed(1) + " s");
    const last = part.said.length ? part.said[part.said.length - 1].text : "";
    const [article, body] = card("turn " + part.role, part.role, facts.join(" · "), last.slice(0, 200).replace(/\s+/g, " "));
    article.id = "turn-" + part.turn;
    article.said = [];
    for (const said of part.said) {
      if (said.reasoning.trim()) body.append(extra("Thought for " + count(said.reasoning.length, "character", "characters"), said.reasoning));
      const text = make("div", "prose");
      write(text, said.text);
      article.said.push([text, said]);
      body.append(text);
      for (const tool of said.tools) {
        body.append(extra("Called " + tool.name, tool.arguments));
        if (tool.result !== null) body.append(extra((tool.ok ? "Result of " : "Failure of ") + tool.name, tool.result));
      }
    }
    if (part.claim) body.append(make("p", "claim", "The user agent says that the goal is " + part.claim + "."));
    return article;
  }

  function wordList(words) {
    const list = make("ul", "words");
    for (const word of words) {
      const item = make("li", word.state);
      const sign = make("span", "sign", SIGNS[word.state] || "?");
      sign.title = word.state;
      sign.setAttribute("aria-label", word.state);
      const told = make("div");
      told.append(make("div", "criterion", word.id + "  " + word.text));
      if (word.reason) told.append(make("p", "why", word.reason));
      for (const quote of word.evidence) told.append(evidence(quote));
      item.append(sign, told);
      list.append(item);
    }
    return list;
  }

  function evidence(quote) {
    const node = make("p", quote.stands ? "quote" : "quote false");
    node.append("“" + quote.quote + "” — ");
    if (quote.turn !== null && $("turn-" + quote.turn)) {
      const link = make("a", "", quote.where);
      link.href = "#turn-" + quote.turn;
      link.addEventListener("click", (event) => { event.preventDefault(); visit($("turn-" + quote.turn)); });
      node.append(link);
    } else node.append(make("span", "where", quote.where));
    if (quote.doubt) node.append(" (" + quote.doubt + ")");
    return node;
  }

  function verdict(part) {
    const told = part.decision + (part.overruled.length ? ", overruled" : "");
    const [article, body] = card("verdict", "judge", "after turn " + part.turn + " · " + told, part.summary);
    body.append(wordList(part.words));
    if (part.summary) body.append(make("p", "summary", part.summary));
    for (const line of part.ballots) body.append(make("p", "why", line));
    for (const reason of part.overruled) body.append(make("p", "overruled", "Overruled: " + reason));
    return article;
  }

  function mark(part) {
    const node = make("p", "mark");
    node.append(make("b", "", part.what), " " + part.text);
    return node;
  }

  function talk() {
    for (const part of story.parts) {
      // Appended at once, so that evidence finds the turns before it.
      const node = part.kind === "turn" ? turn(part) : part.kind === "verdict" ? verdict(part) : mark(part);
      nodes.push(node);
      $("talk").append(node);
    }
  }

  // ---- The criteria as they stand at a place --------------------------------------------------------

  function standing() {
    if (at >= total) return story.criteria;
    const known = new Map(story.criteria.map((word) => [word.id, { ...word, state: "unknown", reason: "", evidence: [] }]));
    for (const part of story.parts.slice(0, at)) {
      if (part.kind === "verdict") for (const word of part.words) if (known.has(word.id)) known.set(word.id, word);
    }
    return [...known.values()];
  }

  function side() {
    const words = standing();
    const met = words.filter((word) => word.state === "met").length;
    panel($("criteria"), words.length ? "Criteria " + met + "/" + words.length : "", wordList(words));
    let result = at >= total ? story.result : null;
    if (at < total) for (const part of story.parts.slice(0, at)) if (part.kind === "turn" && part.result !== null) result = part.result;
    panel($("result"), result === null ? "" : "Result", make("div", "delivered", result));
  }

  const WIDE = matchMedia("(min-width: 60rem)").matches;

  function panel(section, title, content) {
    const old = section.querySelector("details");
    const details = make("details");
    details.open = old ? old.open : WIDE;
    details.append(make("summary", "", title), content);
    section.replaceChildren(...(title ? [details] : []));
  }

  // ---- Places and playing ---------------------------------------------------------------------------

  function show(place) {
    at = Math.max(0, Math.min(total, place));
    nodes.forEach((node, index) => {
      node.classList.toggle("ahead", index >= at);
      node.classList.remove("typing");
    });
    $("at").value = String(at);
    $("place").textContent = at + " of " + total;
    side();
  }

  function restore(node) { for (const [text, said] of node.said || []) write(text, said.text); }

  function stop() {
    if (!playing) return;
    clearTimeout(playing.timer);
    if (playing.node) { restore(playing.node); show(playing.index + 1); }
    playing = null;
    $("play").textContent = "▶ Play";
    $("play").setAttribute("aria-pressed", "false");
  }

  function play() {
    if (playing) { stop(); return; }
    search("");
    $("q").value = "";
    if (at >= total) show(0);
    playing = { index: at, node: null, done: 0, last: performance.now(), timer: 0 };
    $("play").textContent = "❚❚ Pause";
    $("play").setAttribute("aria-pressed", "true");
    playing.timer = setTimeout(tick, TICK_MS);
  }

  function begin() {
    const node = nodes[playing.index];
    playing.node = node;
    playing.done = 0;
    playing.length = Math.min(30, Math.max(0.4, (node.said || []).reduce((sum, [, said]) => sum + said.typing_s, 0.3)));
    for (const [text] of node.said || []) text.replaceChildren();
    node.classList.remove("ahead");
    node.classList.add("typing");
    unfold(node);
    node.scrollIntoView({ block: "nearest", behavior: "auto" });
  }

  function unfold(node) { if (node.classList.contains("folded")) fold(node, false); }

  function tick() {
    if (!playing) return;
    const now = performance.now();
    const passed = Math.min(0.25, (now - playing.last) / 1000);
    playing.last = now;
    if (!playing.node) begin();
    playing.done += passed * Number($("speed").value);
    const share = Math.min(1, playing.done / playing.length);
    typeOut(playing.node, share);
    if (share >= 1) {
      playing.node.classList.remove("typing");
      playing.node = null;
      show(playing.index + 1);
      playing.index += 1;
      if (playing.index >= total) { stop(); return; }
    }
    playing.timer = setTimeout(tick, TICK_MS);
  }

  function typeOut(node, share) {
    const parts = node.said || [];
    let left = Math.round(share * parts.reduce((sum, [, said]) => sum + said.text.length, 0));
    for (const [text, said] of parts) {
      const upTo = share >= 1 ? said.text.length : Math.min(left, said.text.length);
      left -= Math.min(left, said.text.length);
      if (upTo !== text.shown || share >= 1) write(text, said.text.slice(0, upTo));
      text.shown = upTo;
    }
    if (parts.length && share < 1) {
      const box = node.getBoundingClientRect();
      if (box.bottom > innerHeight) scrollBy({ top: box.bottom - innerHeight + 24, behavior: "auto" });
    }
  }

  function visit(node) {
    if (!node) return;
    stop();
    const index = nodes.indexOf(node);
    if (index >= at) show(index + 1);
    unfold(node);
    node.scrollIntoView({ block: "start" });
    node.classList.add("flash");
    setTimeout(() => node.classList.remove("flash"), 1200);
  }

  function stepTurn(by) {
    const turns = nodes.filter((node) => node.id && !node.classList.contains("ahead"));
    const top = document.getElementById("bar").getBoundingClientRect().bottom + 40;
    const here = turns.findIndex((node) => node.getBoundingClientRect().bottom > top);
    const target = turns[Math.max(0, Math.min(turns.length - 1, (here < 0 ? turns.length : here) + by))];
    visit(target);
  }

  // ---- Search ----------------------------------------------------------------------------------------

  function clear() {
    for (const old of document.querySelectorAll("#talk mark")) {
      const parent = old.parentNode;
      old.replaceWith(old.textContent);
      parent.normalize();
    }
    hits = [];
    hit = -1;
  }

  function search(words) {
    clear();
    const wanted = words.trim().toLowerCase();
    if (wanted) {
      stop();
      if (at < total) show(total);
      const walker = document.createTreeWalker($("talk"), NodeFilter.SHOW_TEXT);
      const texts = [];
      while (walker.nextNode()) if (!walker.currentNode.parentNode.closest("button")) texts.push(walker.currentNode);
      for (const text of texts) if (hits.length < MOST_HITS) markIn(text, wanted);
    }
    go(hits.length ? 0 : -1, false);
  }

  function markIn(text, wanted) {
    // A character whose lower case is longer would shift places: such a text is searched as it is.
    const lower = text.data.toLowerCase();
    const where = lower.length === text.data.length ? lower : text.data;
    const ends = [];
    const room = MOST_HITS - hits.length;
    for (let place = where.indexOf(wanted); place >= 0 && ends.length < room; place = where.indexOf(wanted, place + wanted.length)) ends.push(place);
    if (!ends.length) return;
    const parts = [];
    let from = 0;
    for (const place of ends) {
      parts.push(text.data.slice(from, place));
      const found = make("mark", "", text.data.slice(place, place + wanted.length));
      hits.push(found);
      parts.push(found);
      from = place + wanted.length;
    }
    text.replaceWith(...parts, text.data.slice(from));
  }

  function go(index, focus) {
    if (hit >= 0 && hits[hit]) hits[hit].classList.remove("now");
    hit = hits.length ? (index + hits.length) % hits.length : -1;
    const asked = $("q").value.trim();
    $("count").textContent = hit >= 0 ? hit + 1 + " of " + hits.length + (hits.length < MOST_HITS ? "" : "+") : asked ? "none" : "";
    if (hit < 0) return;
    const now = hits[hit];
    now.classList.add("now");
    const article = now.closest("article");
    if (article) unfold(article);
    for (let node = now.closest("details"); node; node = node.parentNode.closest("details")) node.open = true;
    now.scrollIntoView({ block: "center" });
    if (focus) $("q").focus({ preventScroll: true });
  }

  // ---- Hands -----------------------------------------------------------------------------------------

  function foldAll() {
    const cards = nodes.filter((node) => node.tagName === "ARTICLE");
    const folded = cards.some((node) => !node.classList.contains("folded"));
    for (const node of cards) fold(node, folded);
    $("fold").textContent = folded ? "Unfold all" : "Fold all";
  }

  function details() {
    const all = [...document.querySelectorAll("details.extra")];
    const open = all.some((node) => !node.open);
    for (const node of all) node.open = open;
    $("thoughts").textContent = open ? "Hide details" : "Show details";
  }

  function faster(by) {
    const speeds = $("speed");
    speeds.selectedIndex = Math.max(0, Math.min(speeds.options.length - 1, speeds.selectedIndex + by));
  }

  const KEYS = {
    " ": play,
    "/": () => $("q").focus(),
    ArrowLeft: () => { stop(); show(at - 1); last(); },
    ArrowRight: () => { stop(); show(at + 1); last(); },
    Home: () => { stop(); show(0); },
    End: () => { stop(); show(total); },
    j: () => stepTurn(1),
    k: () => stepTurn(-1),
    f: foldAll,
    r: details,
    "<": () => faster(-1),
    ">": () => faster(1),
  };

  function last() { if (at > 0) nodes[at - 1].scrollIntoView({ block: "nearest" }); }

  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, select, textarea");
    if (event.target === $("q") && event.key === "Escape") { $("q").value = ""; search(""); $("q").blur(); return; }
    if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === " " && event.target.closest("button, summary, a")) return;
    const act = KEYS[event.key];
    if (act) { event.preventDefault(); act(); }
  });
  $("play").addEventListener("click", play);
  $("at").addEventListener("input", () => { stop(); show(Number($("at").value)); last(); });
  $("fold").addEventListener("click", foldAll);
  $("thoughts").addEventListener("click", details);
  $("before").addEventListener("click", () => go(hit - 1, true));
  $("after").addEventListener("click", () => go(hit + 1, true));
  $("q").addEventListener("input", () => search($("q").value));
  $("find").addEventListener("submit", (event) => event.preventDefault());
  $("q").addEventListener("keydown", (event) => { if (event.key === "Enter") go(hit + (event.shiftKey ? -1 : 1), true); });

  function fragment() {
    const [key, ...rest] = location.hash.slice(1).split("=");
    let value = rest.join("=");
    try { value = decodeURIComponent(value); } catch { /* as it is */ }
    if (key === "q") { $("q").value = value; search(value); }
    else if (key === "at") show(Number.parseInt(value, 10) || 0);
    else if (key === "play") { if (Number(value)) $("speed").value = value; if (!playing) { show(0); play(); } }
    else if (/^turn-\d+$/.test(key)) visit($(key));
  }

  heading();
  talk();
  $("at").max = String(total);
  show(total);
  if (!document.querySelector("details.extra")) $("thoughts").hidden = true;
  addEventListener("hashchange", fragment);
  addEventListener("beforeprint", () => { stop(); for (const node of document.querySelectorAll("details")) node.open = true; });
  fragment();
})();
