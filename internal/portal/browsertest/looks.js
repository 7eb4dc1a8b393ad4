// How a page is seen: each function looks at the whole page as it is shown just
// now, and gives a sentence for every fault. Looks (looks.go) calls them.
window.looks = (() => {
	const name = e => e.cloneNode(false).outerHTML.slice(0, 160) + (e.textContent.trim() ? " " + JSON.stringify(e.textContent.trim().replace(/\s+/g, " ").slice(0, 40)) : "");
	const all = (what, within = document) => [...within.querySelectorAll(what)];
	const clipped = e => { const r = e.getBoundingClientRect(); return r.width <= 1 || r.height <= 1; };
	// On a telephone the head of a table is there for those who hear it only.
	const heard = e => e.closest(".nhsuk-u-visually-hidden") || e.closest("thead") && clipped(e.closest("thead"));
	const shown = e => e.checkVisibility({visibilityProperty: true}) && !clipped(e) && !heard(e);

	// Colours, as the browser resolves them, and the contrast of two (WCAG 2.2,
	// relative luminance and contrast ratio).
	const colour = s => {
		const n = (s.match(/-?[0-9.]+(e-?[0-9]+)?%?/g) || []).map(parseFloat);
		return s.startsWith("color(") ? [n[0] * 255, n[1] * 255, n[2] * 255, n[3] ?? 1] : [n[0] || 0, n[1] || 0, n[2] || 0, n.length > 3 ? n[3] : n.length ? 1 : 0];
	};
	const over = (a, b) => [0, 1, 2].map(i => a[i] * a[3] + b[i] * (1 - a[3])).concat(1);
	const light = c => {
		const [r, g, b] = c.map(v => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
		return 0.2126 * r + 0.7152 * g + 0.0722 * b;
	};
	const contrast = (a, b) => { const [x, y] = [light(a), light(b)].sort((m, n) => n - m); return (x + 0.05) / (y + 0.05); };
	const canvas = () => {
		const probe = document.createElement("i");
		document.body.append(probe);
		probe.style.setProperty("background-color", "Canvas");
		const c = colour(getComputedStyle(probe).backgroundColor);
		probe.remove();
		return c[3] ? c : [255, 255, 255, 1];
	};
	const behind = (e, paper = canvas()) => {
		const layers = [];
		for (; e; e = e.parentElement) {
			const c = colour(getComputedStyle(e).backgroundColor);
			if (c[3] > 0) layers.unshift(c);
			if (c[3] === 1) break;
		}
		return layers.reduce((under, c) => over(c, under), paper);
	};

	// texts are the elements with words of their own that can be seen.
	const texts = () => {
		const found = new Set(), walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
		while (walk.nextNode()) {
			const e = walk.currentNode.parentElement;
			if (walk.currentNode.data.trim() && !e.closest("noscript, script, title, desc, option") && shown(e)) found.add(e);
		}
		return [...found];
	};
	const ink = (e, under) => {
		const s = getComputedStyle(e);
		return over(colour(e.closest("svg") ? s.fill : s.color), under);
	};
	const big = e => { const s = getComputedStyle(e), px = parseFloat(s.fontSize); return px >= 24 || px >= 18.66 && s.fontWeight >= 700; };

	// ownEdge are fields whose edge the browser draws, which knows its colours.
	const ownEdge = e => { const s = getComputedStyle(e); return ["checkbox", "radio"].includes(e.type) && s.appearance !== "none" || e.type === "file" && parseFloat(s.borderBottomWidth) === 0; };

	// Words against what lies behind them (1.4.3), and the edges of fields
	// against what lies around them (1.4.11).
	const pale = () => {
		const faults = [];
		for (const e of texts()) {
			const under = behind(e), c = contrast(ink(e, under), under);
			if (c < (big(e) ? 3 : 4.5)) faults.push(`contrast ${c.toFixed(2)}: ${name(e)}`);
		}
		for (const e of all("input, select, textarea").filter(shown)) {
			const s = getComputedStyle(e), around = behind(e.parentElement);
			if (s.opacity === "0" || ownEdge(e)) continue;
			const c = contrast(over(colour(s.borderBottomColor), around), around);
			if (parseFloat(s.borderBottomWidth) < 1 || c < 3) faults.push(`the edge of a field has contrast ${c.toFixed(2)}: ${name(e)}`);
		}
		for (const g of all("svg.bevan-chart [class^=bevan-chart-series]")) {
			const under = behind(g.closest("svg")), c = contrast(over(colour(getComputedStyle(g).color), under), under);
			if (c < 3) faults.push(`a series has contrast ${c.toFixed(2)}: ${name(g)}`);
		}
		return faults;
	};

	// What the tab key reaches.
	const stops = () => all("a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex]")
		.filter(e => e.tabIndex >= 0 && !e.disabled && e.checkVisibility({visibilityProperty: true}));
	const bits = ["outlineStyle", "outlineWidth", "outlineColor", "boxShadow", "backgroundColor", "borderBottomStyle", "borderBottomWidth", "borderBottomColor"];
	// look is how an element is drawn with its label, of which the mark of a box
	// to tick is a part.
	const look = e => {
		const drawn = [[e, null]];
		for (const l of e.type === "checkbox" || e.type === "radio" ? e.labels : []) drawn.push([l, null], [l, "::before"], [l, "::after"]);
		return drawn.map(([d, part]) => { const s = getComputedStyle(d, part); return Object.fromEntries(bits.map(b => [b, s[b]])); });
	};
	// marked says whether the focus can be seen (2.4.7) by a change of at least
	// three to one (1.4.11).
	const marked = (was, is, e, forced) => is.some((s, i) => {
		const w = was[i], around = behind(e.parentElement), seen = c => contrast(over(colour(c), around), around) >= 3;
		if (s.outlineStyle !== "none" && parseFloat(s.outlineWidth) >= 2 && (forced || seen(s.outlineColor)) && (w.outlineStyle === "none" || w.outlineWidth !== s.outlineWidth)) return true;
		const edge = s.borderBottomStyle !== "none" && (s.borderBottomWidth !== w.borderBottomWidth || s.borderBottomColor !== w.borderBottomColor);
		if (edge && seen(s.borderBottomColor) && (s.borderBottomWidth !== w.borderBottomWidth || contrast(colour(s.borderBottomColor), colour(w.borderBottomColor)) >= 3)) return true;
		if (forced) return false; // shadows and backgrounds are gone
		if (s.boxShadow !== w.boxShadow && (s.boxShadow.match(/(rgba?|color)\([^)]*\)/g) || []).some(seen)) return true;
		return s.backgroundColor !== w.backgroundColor && contrast(over(colour(s.backgroundColor), around), over(colour(w.backgroundColor), around)) >= 3;
	});
	// covered says whether something lies over all of what has the focus (2.4.11).
	const covered = e => {
		const at = [...e.getClientRects()].filter(r => r.width > 0 && r.height > 0);
		const places = [0.5, 0.1, 0.9].flatMap(x => [0.5, 0.1, 0.9].map(y => [x, y]));
		return !at.some(r => places.some(([x, y]) => {
			const top = document.elementFromPoint(r.left + r.width * x, r.top + r.height * y);
			return top && (e.contains(top) || [...(e.labels || [])].some(l => l.contains(top)));
		}));
	};
	const focus = forced => {
		const faults = document.hasFocus() ? [] : ["the page has not the focus of the window"];
		const seen = stops();
		if (!seen.length) faults.push("the tab key reaches nothing");
		document.activeElement.blur();
		for (const e of seen) {
			const was = look(e);
			e.focus();
			if (document.activeElement !== e) faults.push(`it takes no focus: ${name(e)}`);
			else if (!marked(was, look(e), e, forced)) faults.push(`its focus is not seen: ${name(e)}`);
			else if (!forced && covered(e)) faults.push(`its focus is covered: ${name(e)}`);
			e.blur();
		}
		scrollTo(0, 0);
		return faults;
	};

	// What sticks out of a window or sheet so wide (1.4.10). What has a scroller
	// of its own may be wider, where there is somebody to scroll.
	const scrolls = e => ["auto", "scroll"].includes(getComputedStyle(e).overflowX);
	const inScroller = e => { for (e = e.parentElement; e !== document.body; e = e.parentElement) if (scrolls(e)) return true; return false; };
	const wide = paper => {
		const faults = [], most = document.documentElement.clientWidth;
		if (document.documentElement.scrollWidth > most) faults.push(`the page is ${document.documentElement.scrollWidth} pixels wide, and there are ${most}`);
		for (const e of all("body *").filter(shown)) {
			const r = e.getBoundingClientRect(), s = getComputedStyle(e);
			if (!e.closest("svg *") && (r.right > most + 1 || r.left < -1) && (paper || !inScroller(e))) faults.push(`it sticks out to ${Math.round(r.right)}: ${name(e)}`);
			const cuts = paper && e.matches("main *") ? s.overflowX !== "visible" : ["hidden", "clip"].includes(s.overflowX);
			if (cuts && e.textContent.trim() && s.display !== "inline" && e.scrollWidth > e.clientWidth + 1 && !["INPUT", "SELECT", "svg"].includes(e.tagName)) faults.push(`it is cut off: ${name(e)}`);
		}
		return faults.slice(0, 8);
	};
	// open unfolds what is folded, so that it is looked at too.
	const open = () => { for (const d of all("details")) d.open = true; return all("details").length; };

	// On paper there is nothing to press, all ink is dark, whether the browser prints
	// backgrounds or not, and nothing is cut or torn.
	const paper = () => {
		const faults = wide(true), white = [255, 255, 255, 1];
		for (const e of all("nav, footer, button, input[type=submit], .nhsuk-button, .nhsuk-skip-link, .nhsuk-header__service, .bevan-switch").filter(shown)) faults.push(`it is printed: ${name(e)}`);
		for (const e of texts()) {
			const b = behind(e, white), c = Math.min(contrast(ink(e, white), white), contrast(ink(e, b), b));
			if (c < 4.5) faults.push(`it is printed too pale, ${c.toFixed(2)}: ${name(e)}`);
		}
		for (const e of all("a").filter(shown)) for (const part of ["::before", "::after"]) {
			if (/[^"\s]/.test(getComputedStyle(e, part).content.replace(/^(none|normal)$/, ""))) faults.push(`an address is printed: ${name(e)}`);
		}
		for (const e of all("tr, figure").filter(shown)) if (!getComputedStyle(e).breakInside.startsWith("avoid")) faults.push(`a sheet can end inside of it: ${name(e)}`);
		for (const e of all(".bevan-acting p, .bevan-example p, .bevan-emergency p, h1, svg.bevan-chart, main table")) if (!shown(e)) faults.push(`it is not printed: ${name(e)}`);
		return faults;
	};

	// bare are elements without words that only a background shows.
	const bare = () => all("body *").filter(e => {
		const s = getComputedStyle(e);
		return shown(e) && !e.closest("svg") && !e.textContent.trim() && !e.children.length && !["INPUT", "SELECT", "TEXTAREA", "IMG", "BR", "HR"].includes(e.tagName) &&
			(colour(s.backgroundColor)[3] > 0 || s.backgroundImage !== "none") && (s.borderBottomStyle === "none" || parseFloat(s.borderBottomWidth) === 0);
	}).map(e => `only its background shows it: ${name(e)}`);

	// In forced colours every background is the same: what can be pressed has an
	// edge or a line below, and charts are drawn in the colour of words.
	const forced = () => {
		const faults = matchMedia("(forced-colors: active)").matches ? [] : ["there are no forced colours"];
		const under = canvas();
		for (const e of all("button, .nhsuk-button, input:not([type=hidden]), select, textarea").filter(shown)) {
			const s = getComputedStyle(e);
			if (s.opacity === "0" || ownEdge(e) || s.textDecorationLine.includes("underline") || e.getAttribute("aria-current")) continue;
			const edge = s.borderBottomStyle !== "none" && parseFloat(s.borderBottomWidth) >= 1 && contrast(over(colour(s.borderBottomColor), under), under) >= 3;
			if (!edge) faults.push(`it has no edge in forced colours: ${name(e)}`);
		}
		for (const e of all("input[type=checkbox], input[type=radio]").filter(shown)) {
			const edges = look(e).filter(s => s.borderBottomStyle !== "none" && parseFloat(s.borderBottomWidth) >= 1);
			if (getComputedStyle(e).opacity === "0" && !edges.length) faults.push(`its box has no edge in forced colours: ${name(e)}`);
		}
		for (const e of all("svg.bevan-chart path, svg.bevan-chart circle, svg.bevan-chart rect, svg.bevan-chart text")) {
			const s = getComputedStyle(e), faint = Math.min(s.strokeOpacity, s.fillOpacity) < 0.5;
			const drawn = [s.stroke, s.fill].filter(c => c !== "none");
			if (!faint && !drawn.some(c => contrast(over(colour(c), under), under) >= 4.5)) faults.push(`it is not seen in forced colours: ${name(e)}`);
		}
		for (const e of texts()) {
			const b = behind(e, under), c = contrast(ink(e, b), b);
			if (c < 4.5) faults.push(`contrast ${c.toFixed(2)} in forced colours: ${name(e)}`);
		}
		return faults;
	};

	// Series of one chart differ by the dashes of their lines and by the shapes
	// of their marks, so that no colour is needed to tell them apart.
	const grey = () => {
		const faults = [];
		for (const svg of all("svg.bevan-chart")) {
			const line = new Map(), mark = new Map();
			for (const g of all("[class^=bevan-chart-series]", svg)) {
				const series = g.getAttribute("class"), l = g.querySelector(".bevan-chart-line");
				const m = [...g.children].find(e => !e.getAttribute("class"));
				const note = (kept, text) => { if (!kept.has(series)) kept.set(series, text); else if (kept.get(series) !== text) faults.push(`${series} is drawn in two ways: ${kept.get(series)} and ${text}`); };
				if (l) note(line, getComputedStyle(l).strokeDasharray);
				if (m) note(mark, m.tagName + (m.getAttribute("d") || "").replace(/^M[-0-9. ]+/, "") + (m.getAttribute("r") || "") + m.getAttribute("fill"));
			}
			for (const kept of [line, mark]) if (new Set(kept.values()).size !== kept.size) faults.push(`two series look alike: ${[...kept.values()].join(" and ")}`);
		}
		return faults;
	};

	return {pale, focus, wide, open, paper, bare, forced, grey, charts: () => all("svg.bevan-chart").length};
})();
