// The player of a recorded run: steps through a timeline, one event at a time. What it shows was worked out from the
// run when the book was built (book/tool/src/figures/player.rs) and lies beside the picture; nothing is computed here.
(() => {
    "use strict";

    const AROUND = 3;

    /** An element with attributes and children. */
    const make = (tag, attributes = {}, ...children) => {
        const element = document.createElement(tag);
        for (const [name, value] of Object.entries(attributes)) {
            element.setAttribute(name, value);
        }
        element.append(...children);
        return element;
    };

    const play = (figure, run) => {
        const last = run.events.length - 1;
        const scroll = figure.querySelector(".scroll");
        const svg = scroll.querySelector("svg");
        const cursor = document.createElementNS("http://www.w3.org/2000/svg", "rect");
        cursor.setAttribute("class", "cursor");
        svg.append(cursor);

        const button = (label, name, to) => {
            const element = make("button", { type: "button", "aria-label": name }, label);
            element.addEventListener("click", () => show(to()));
            return element;
        };
        const first = button("First", "First event", () => 0);
        const back = button("Back", "Back one event", () => here - 1);
        const forward = button("Forward", "Forward one event", () => here + 1);
        const end = button("Last", "Last event", () => last);
        const slider = make("input", { type: "range", min: 0, max: last, value: 0, "aria-label": "Event" });
        slider.addEventListener("input", () => show(Number(slider.value)));
        // On a telephone mdBook would take a drag for the gesture that opens its table of contents.
        slider.addEventListener("touchstart", (event) => event.stopPropagation(), { passive: true });

        const place = make("span", { class: "place" });
        const words = make("strong");
        const told = make("p", { class: "told", "aria-live": "polite" }, place, words);

        const lanes = [["running", "Running", () => true], ["ready", "Ready queue, head first", () => true]];
        lanes.push(["sleeping", "Sleeping", () => run.events.some((event) => event.sleeping.length > 0)]);
        const state = make("dl", { class: "state" });
        const lists = {};
        for (const [key, title, occurs] of lanes) {
            if (occurs()) {
                lists[key] = make("dd");
                state.append(make("dt", {}, title), lists[key]);
            }
        }

        const file = make("span", { class: "excerpt-file" });
        const code = make("code", { class: "hljs" });
        const source = make("figure", { class: "excerpt" }, make("figcaption", {}, file), make("pre", {}, code));

        const controls = make("div", { class: "controls" }, first, back, forward, end, slider);
        const panes = make("div", { class: "panes" }, state, source);
        const player = make("div", { class: "player", role: "group", "aria-label": "Player of the recorded run" });
        player.append(controls, told, panes);

        /** Names in order, each in its colour. */
        const names = (tasks) => {
            if (tasks.length === 0) {
                return make("span", { class: "nobody" }, "nobody");
            }
            const name = (task) => make("li", { class: run.tasks[task][1] }, run.tasks[task][0]);
            return make("ol", {}, ...tasks.map(name));
        };

        const line = (lines, number, current) => {
            const stretch = (part) =>
                typeof part === "string" ? part : make("span", { class: `hljs-${part[1]}` }, part[0]);
            const element = make("span", { class: "line", "data-line": number }, ...lines[number].map(stretch));
            if (number === current) {
                element.classList.add("current");
                element.setAttribute("aria-current", "true");
            }
            return element;
        };

        const showSource = (event) => {
            code.replaceChildren();
            if (event.file === null) {
                file.textContent = "A line outside the book's own source";
                return;
            }
            const { name, lines } = run.files[event.file];
            file.textContent = `${name}:${event.line}`;
            for (let number = event.line - AROUND; number <= event.line + AROUND; number += 1) {
                if (lines[number] !== undefined) {
                    code.append(line(lines, number, event.line));
                }
            }
        };

        /** Puts the cursor where it belongs, and the picture so that the cursor is seen. */
        const showPlace = ([x, y, width, height], bar) => {
            Object.entries({ x, y, width, height }).forEach(([name, value]) => cursor.setAttribute(name, value));
            for (const element of svg.querySelectorAll(".bar")) {
                element.classList.toggle("current", Number(element.dataset.bar) === bar);
            }
            const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
            scroll.scrollTo({
                left: x + width / 2 - scroll.clientWidth / 2,
                top: y + height / 2 - scroll.clientHeight / 2,
                behavior: still ? "instant" : "smooth",
            });
        };

        let here = 0;
        const show = (to) => {
            here = Math.min(Math.max(to, 0), last);
            const event = run.events[here];
            const turn = event.turn === 0 ? "before the first turn" : `turn ${event.turn}`;
            place.textContent = `Event ${here + 1} of ${last + 1}, ${turn}, time ${event.time}: `;
            words.textContent = event.words;
            slider.value = here;
            slider.setAttribute("aria-valuetext", `${here + 1} of ${last + 1}`);
            // Not `disabled`: the focus would be lost with it.
            for (const element of [first, back]) {
                element.setAttribute("aria-disabled", here === 0);
            }
            for (const element of [forward, end]) {
                element.setAttribute("aria-disabled", here === last);
            }
            lists.running.replaceChildren(names(event.running === null ? [] : [event.running]));
            lists.ready.replaceChildren(names(event.ready));
            lists.sleeping?.replaceChildren(names(event.sleeping));
            showSource(event);
            showPlace(event.place, event.bar);
        };

        figure.addEventListener("keydown", (event) => {
            if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) {
                return;
            }
            const to = { ArrowLeft: here - 1, ArrowRight: here + 1, Home: 0, End: last }[event.key];
            if (to === undefined) {
                return;
            }
            // mdBook would turn the page.
            event.stopPropagation();
            // The slider moves by these keys itself.
            if (event.target !== slider) {
                event.preventDefault();
                show(to);
            }
        });

        figure.classList.add("plays");
        show(0);
        scroll.after(player);
    };

    for (const script of document.querySelectorAll("figure.timeline > script[type='application/json']")) {
        play(script.parentElement, JSON.parse(script.textContent));
    }
})();
