"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const count = data.users.length;
  const PAGE = 100;
  const WORDS = ["deny", "unknown", "by policy", "allow"];
  const CLASSES = ["deny", "unknown", "conditional", "allow"];

  // Sets of users: bits, unpacked when they are first asked for.
  const unpack = (text) => {
    const bits = new Uint8Array(Math.ceil(count / 8));
    if (text.startsWith("#")) {
      const bytes = atob(text.slice(1));
      for (let i = 0; i < bytes.length; i += 1) bits[i] = bytes.charCodeAt(i);
    } else if (text) {
      let at = 0;
      for (const run of text.split(",")) {
        const [skipped, length] = run.split(".");
        at += Number(skipped);
        for (let left = length ? Number(length) : 1; left > 0; left -= 1, at += 1) bits[at >> 3] |= 1 << (at & 7);
      }
    }
    return bits;
  };
  const known = new Array(data.sets.length);
  const set = (number) => (known[number] ??= unpack(data.sets[number]));
  const has = (bits, user) => (bits[user >> 3] & (1 << (user & 7))) !== 0;
  const each = (bits, call) => {
    for (let at = 0; at < bits.length; at += 1) {
      for (let rest = bits[at]; rest; rest &= rest - 1) call(at * 8 + 31 - Math.clz32(rest & -rest));
    }
  };
  const size = (bits) => {
    let sum = 0;
    for (let at = 0; at < bits.length; at += 1) for (let rest = bits[at]; rest; rest &= rest - 1) sum += 1;
    return sum;
  };
  const sizes = new Map();
  const sized = (number) => {
    if (!sizes.has(number)) sizes.set(number, size(set(number)));
    return sizes.get(number);
  };

  // Reasons in words. For a user, with the way into the group.
  const way = (group, user) => {
    const found = user === null ? null : (data.ways[group] ?? []).find(([, users]) => has(set(users), user));
    return found ? found[0] : group;
  };
  const reason = (parts, user) =>
    parts.map((part) => (Array.isArray(part) ? part[0] + way(part[1], user) + part[2] : part)).join("; ");

  const make = (name, attributes, ...inside) => {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes ?? {})) {
      if (value !== null && value !== false) element.setAttribute(key, value === true ? "" : value);
    }
    element.append(...inside.filter((it) => it !== null));
    return element;
  };
  const many = (number, what) => `${number.toLocaleString("en")} ${what}${number === 1 ? "" : "s"}`;
  const tag = (verdict) => make("span", { class: `tag ${CLASSES[verdict]}` }, WORDS[verdict]);
  const inactive = unpack(data.inactive);
  const state = (user) => (has(inactive, user) ? make("span", { class: "soft" }, " (inactive: cannot sign in)") : null);

  // A list that grows by a button, so that long ones do not freeze the page.
  const grow = (into, items, draw, from = 0) => {
    into.append(...items.slice(from, from + PAGE).map(draw));
    const left = items.length - from - PAGE;
    if (left <= 0) return;
    const more = make("button", { type: "button", class: "more" }, `Show ${Math.min(left, PAGE)} more of ${left}`);
    const place = into.tagName === "TBODY" ? make("tr", {}, make("td", { colspan: "9" }, more)) : make("li", {}, more);
    more.addEventListener("click", () => {
      place.remove();
      const last = into.children.length;
      grow(into, items, draw, from + PAGE);
      into.children[last]?.querySelector("button")?.focus();
    });
    into.append(place);
  };

  // What is said of each application and user in the tables.
  const gates = data.gates.map((gate, number) => {
    const sum = (verdict) => gate.rows.reduce((all, row) => all + (row[0] === verdict ? sized(row[2]) : 0), 0);
    const name = gate.right === null ? gate.app : `${gate.app}: ${gate.right}`;
    return { ...gate, number, name, text: `${name} ${gate.bound}`.toLowerCase(), allow: sum(3), policy: sum(2), unknown: sum(1) };
  });
  const people = data.users.map((name, number) => ({ number, name, text: name.toLowerCase(), allow: 0, policy: 0, unknown: 0 }));
  for (const gate of gates) {
    if (gate.right !== null) continue;
    for (const [verdict, , users] of gate.rows) {
      if (verdict > 0) each(set(users), (user) => { people[user][["", "unknown", "policy", "allow"][verdict]] += 1; });
    }
  }

  const insideOfGate = (gate) => {
    const box = make("div", {});
    box.append(make("p", { class: "soft" }, `Bound: ${gate.bound}${gate.open ? "" : ` (mode ${gate.mode})`}`));
    if (gate.open) box.append(make("p", {}, make("span", { class: "tag everyone" }, "open to all users"), " It has no enabled binding."));
    for (const [verdict, parts, users] of gate.open ? [] : gate.rows) {
      const list = make("ul", { class: "plain names" });
      const summary = make("summary", {}, tag(verdict), ` ${reason(parts, null)}: `, make("span", { class: "count" }, many(sized(users), "user")));
      const details = make("details", {}, summary, list);
      details.addEventListener("toggle", () => {
        if (list.children.length > 0) return;
        const all = [];
        each(set(users), (user) => all.push(user));
        grow(list, all, (user) => {
          const text = reason(parts, user);
          const own = text === reason(parts, null) ? "" : ` ${text}`;
          return make("li", {}, data.users[user], make("span", { class: "soft" }, own), state(user));
        });
      });
      box.append(details);
    }
    return box;
  };

  const insideOfUser = (person) => {
    const verdicts = [[], [], [], []];
    const open = [];
    for (const gate of gates) {
      if (gate.open) open.push(gate);
      else for (const [verdict, parts, users] of gate.rows) {
        if (has(set(users), person.number)) verdicts[verdict].push([gate, reason(parts, person.number)]);
      }
    }
    const box = make("div", {});
    const part = (verdict, heading, closed) => {
      if (verdicts[verdict].length === 0) return;
      const list = make("ul", { class: "plain" });
      grow(list, verdicts[verdict], ([gate, why]) => make("li", {}, make("b", {}, gate.name), ` ${why}`));
      const summary = make("summary", {}, tag(verdict), ` ${heading} (${verdicts[verdict].length})`);
      box.append(make("details", { open: !closed }, summary, list));
    };
    part(3, "Allowed");
    part(2, "Policies decide on the server");
    part(1, "Unknown");
    if (open.length > 0) {
      const list = make("ul", { class: "plain" });
      grow(list, open, (gate) => make("li", {}, gate.name));
      box.append(make("details", { open: true }, make("summary", {}, make("span", { class: "tag everyone" }, "open to all users"), ` (${open.length})`), list));
    }
    part(0, "Denied", verdicts[3].length > 0);
    return box;
  };

  // A table whose rows open.
  const table = (id, columns, start, inside) => {
    const body = make("tbody", {});
    const heads = columns.map((column, place) => {
      const button = make("button", { type: "button" }, column.title);
      button.addEventListener("click", () => sort(place));
      return make("th", { scope: "col", class: column.number ? "number" : null }, button);
    });
    document.getElementById(`${id}-table`).append(make("table", {}, make("thead", {}, make("tr", {}, ...heads)), body));
    const order = { at: start, down: false };
    let rows = [];
    let first = null;
    const toggle = (button, row, item) => {
      const open = button.getAttribute("aria-expanded") === "true";
      button.setAttribute("aria-expanded", String(!open));
      if (open) return void row.nextElementSibling.remove();
      const key = `${id}-${item.number}`;
      button.setAttribute("aria-controls", key);
      row.after(make("tr", { class: "inside", id: key }, make("td", { colspan: String(columns.length) }, inside(item))));
    };
    const draw = (item) => {
      const button = make("button", { type: "button", class: "open", "aria-expanded": "false" }, item.name);
      const cells = columns.map((column, place) =>
        make("td", { class: column.number ? "number" : item.right && place === 0 ? "part" : null }, ...(place === 0 ? [button] : []), column.cell(item)));
      const row = make("tr", { class: "row" }, ...cells);
      button.addEventListener("click", () => toggle(button, row, item));
      // Once the row stands in the table.
      if (first === item) queueMicrotask(() => toggle(button, row, item));
      return row;
    };
    const show = () => {
      const by = columns[order.at];
      const sign = order.down ? -1 : 1;
      rows.sort((a, b) => sign * by.compare(a, b) || a.number - b.number);
      heads.forEach((head, place) => {
        if (place === order.at) head.setAttribute("aria-sort", order.down ? "descending" : "ascending");
        else head.removeAttribute("aria-sort");
      });
      body.replaceChildren();
      grow(body, rows, draw);
    };
    const sort = (place) => {
      order.down = order.at === place ? !order.down : columns[place].number === true;
      order.at = place;
      show();
    };
    return (items, opened) => {
      rows = items;
      first = opened;
      show();
    };
  };

  // A column of nothing but zeros is left out.
  const some = (items, ...columns) => columns.filter((column) => items.some((it) => it[column.value] > 0));
  const number = (title, value) => ({
    value, title,
    number: true, compare: (a, b) => a[value] - b[value],
    cell: (it) => it[value].toLocaleString("en"),
  });
  const users = number("Users", "allow");
  const showGates = table("apps", [
    { title: "Application", compare: (a, b) => Number(b.open) - Number(a.open) || a.number - b.number, cell: (it) => (it.open ? make("span", {}, " ", make("span", { class: "tag everyone" }, "open to all users")) : "") },
    { ...users, cell: (it) => (data.blind && !it.open ? "unknown" : it.open ? "all" : users.cell(it)) },
    ...some(gates, number("By policy", "policy"), number("Unknown", "unknown")),
    { title: "Bound", compare: (a, b) => a.bound.localeCompare(b.bound), cell: (it) => it.bound },
  ], 0, insideOfGate);
  const showPeople = table("users", [
    { title: "User", compare: (a, b) => a.number - b.number, cell: (it) => state(it.number) ?? "" },
    number("May open", "allow"),
    ...some(people, number("By policy", "policy"), number("Unknown", "unknown")),
  ], 0, insideOfUser);

  // What is asked for stands in the address, so that it can be kept and sent.
  const ask = document.getElementById("q");
  const show = document.getElementById("show");
  const FILTERS = { open: (it) => it.open, policy: (it) => it.policy > 0, unknown: (it) => it.unknown > 0, nobody: (it) => !it.open && it.allow + it.policy + it.unknown === 0 };
  const told = document.getElementById("told");
  const section = (id, visible) => { document.getElementById(id).hidden = !visible; };
  const find = () => {
    const wanted = ask.value.trim().toLowerCase();
    const kind = show.value;
    const filter = FILTERS[kind] ?? (() => true);
    const withGates = kind !== "users";
    const withPeople = !data.blind && (kind === "all" || kind === "users");
    const found = gates.filter((it) => it.text.includes(wanted) && filter(it));
    const persons = people.filter((it) => it.text.includes(wanted));
    const one = (items) => (wanted === "" ? null : items.length === 1 ? items[0] : items.find((it) => it.name.toLowerCase() === wanted) ?? null);
    section("apps", withGates && found.length > 0);
    section("users", withPeople && persons.length > 0);
    if (withGates) showGates(found, one(found));
    if (withPeople) showPeople(persons, data.one ? persons[0] : one(persons));
    const apps = found.filter((it) => it.right === null).length;
    const rights = found.length - apps;
    const parts = [];
    if (withGates) parts.push(many(apps, "application") + (rights ? ` and ${many(rights, "entitlement")}` : ""));
    if (withPeople) parts.push(many(persons.length, "user"));
    told.textContent = `Found: ${parts.join(", ")}.`;
  };
  const address = () => {
    const asked = new URLSearchParams();
    if (ask.value.trim()) asked.set("q", ask.value.trim());
    if (show.value !== "all") asked.set("show", show.value);
    history.replaceState(null, "", `#${asked}`);
  };
  const fromAddress = () => {
    const asked = new URLSearchParams(location.hash.slice(1));
    ask.value = asked.get("q") ?? "";
    show.value = asked.get("show") ?? "all";
    if (show.selectedIndex < 0) show.value = "all";
    find();
  };
  let waiting = 0;
  ask.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => { address(); find(); }, 120);
  });
  show.addEventListener("change", () => { address(); find(); });
  document.getElementById("ask").addEventListener("submit", (event) => { event.preventDefault(); address(); find(); });
  addEventListener("hashchange", fromAddress);
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const typing = event.target === ask || event.target === show;
    if (event.key === "/" && !typing) {
      event.preventDefault();
      ask.focus();
      ask.select();
    } else if (event.key === "Escape" && ask.value) {
      ask.value = "";
      address();
      find();
      ask.focus();
    } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && event.target !== show) {
      const all = [...document.querySelectorAll("section:not([hidden]) button.open")];
      const at = all.indexOf(document.activeElement);
      const next = event.target === ask ? (event.key === "ArrowDown" ? 0 : -1) : at < 0 ? -1 : at + (event.key === "ArrowDown" ? 1 : -1);
      if (all[next]) {
        event.preventDefault();
        all[next].focus();
      } else if (at === 0) {
        event.preventDefault();
        ask.focus();
      }
    }
  });
  fromAddress();
})();
