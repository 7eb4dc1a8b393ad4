package browsertest

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// A Hand reaches what is on a page: with a mouse or a finger, or with the keys
// alone.
type Hand struct {
	*Tab
	Keys bool // no mouse is used
}

// Kinds of what can be reached.
const (
	Button = "button" // all that does something when it is pressed: links, too
	Field  = "field"  // all that is typed into, chosen from or ticked
)

// mostTabs is how often the tab key is pressed to reach anything of a page.
const mostTabs = 150

// mostLooks is how often a page is looked at until it is as it has to be.
const mostLooks = 500

// reached is where something is in the window.
type reached struct {
	There  bool
	X, Y   float64
	Before bool // it stands before what has the focus
	On     bool // it has the focus, or another of its radio buttons has
	Seen   bool // it is in the window, and nothing lies over it
	Over   string
}

// finder finds an element by its name as a screen reader has it: the whole name
// before its beginning, what is in the main part before what is around it. A
// field of several parts goes by its legend, and is its first part.
const finder = `((kind, name) => {
	const clean = s => (s || "").replace(/\s+/g, " ").trim();
	const called = e => clean(e.getAttribute("aria-label") || (e.labels && e.labels[0] ? e.labels[0].innerText : "") || e.innerText || (e.tagName === "INPUT" ? e.value : ""));
	const of = {button: "a[href], button, summary", field: "input:not([type=hidden]), select, textarea"}[kind];
	const all = [...document.querySelectorAll(of)].filter(e => e.getClientRects().length && getComputedStyle(e).visibility !== "hidden" && !e.disabled);
	const main = document.querySelector("main");
	all.sort((a, b) => (main && main.contains(b)) - (main && main.contains(a)));
	const parts = [...document.querySelectorAll("fieldset")].filter(f => f.querySelector("legend")).map(f => [clean(f.querySelector("legend").innerText), f.querySelector(of)]).filter(p => p[1]);
	const e = all.find(e => called(e) === name) || all.find(e => called(e).startsWith(name)) || (kind === "field" ? (parts.find(p => p[0].startsWith(name)) || [])[1] : null);
	window.bevanFound = e || null;
	return e ? e.tagName : "";
})`

// where says where what was found is now, and brings it into the window first
// where bring is true.
const where = `(bring => {
	const e = window.bevanFound;
	if (!e) return {There: false};
	const has = document.activeElement;
	if (bring) e.scrollIntoView({block: "center", inline: "nearest"});
	// The middle of what of it is in the window: of a long text its first line may be.
	const box = e.getClientRects()[0];
	const x = (Math.max(box.left, 0) + Math.min(box.right, innerWidth)) / 2, y = (Math.max(box.top, 0) + Math.min(box.bottom, innerHeight)) / 2;
	const top = document.elementFromPoint(x, y);
	return {There: true, X: x, Y: y,
		Before: has !== document.body && (has.compareDocumentPosition(e) & Node.DOCUMENT_POSITION_PRECEDING) > 0,
		On: has === e || e.type === "radio" && has.type === "radio" && has.name === e.name,
		Seen: top !== null && (top === e || e.contains(top) || top.contains(e) && top.closest("label") !== null),
		Over: top ? top.outerHTML.slice(0, 120) : "nothing"};
})`

// find marks what is to be reached.
func (h Hand) find(kind, name string) {
	h.t.Helper()
	said, err := json.Marshal(name)
	if err != nil {
		h.t.Fatal(err)
	}
	if Eval[string](h.Tab, finder+`("`+kind+`", `+string(said)+`)`) == "" {
		h.t.Fatalf("no %s is called %q on %q: %s", kind, name, Eval[string](h.Tab, "document.title"), Eval[string](h.Tab, "document.body.innerText"))
	}
}

// reach brings the focus to it: by the tab key, or with the mouse.
func (h Hand) reach(kind, name string) {
	h.t.Helper()
	h.find(kind, name)
	if !h.Keys {
		h.click()
		return
	}
	for range mostTabs {
		at := Eval[reached](h.Tab, where+"(false)")
		if at.On {
			for looks := 0; !at.Seen; looks++ { // the window follows the focus a moment later
				if at = Eval[reached](h.Tab, where+"(false)"); looks == mostLooks {
					h.t.Fatalf("%q has the focus and can not be seen: %s is where it is", name, at.Over)
				}
			}
			return
		}
		keys := []chromedp.KeyOption{}
		if at.Before {
			keys = append(keys, chromedp.KeyModifiers(chromedp.ModifierShift))
		}
		h.Do(chromedp.KeyEvent(kb.Tab, keys...))
	}
	h.t.Fatalf("the tab key never leads to %q", name)
}

// click presses what was found with the mouse, in its middle.
func (h Hand) click() {
	h.t.Helper()
	h.Do(h.clicking())
}

func (h Hand) clicking() chromedp.Action[chromedp.Void] {
	h.t.Helper()
	at := Eval[reached](h.Tab, where+"(true)")
	if !at.Seen {
		h.t.Fatalf("it can not be pressed: %s lies over it", at.Over)
	}
	return chromedp.MouseClickXY(at.X, at.Y)
}

// Presses presses a link or a button that leads to no other page.
func (h Hand) Presses(name string) {
	h.t.Helper()
	h.reach(Button, name)
	if h.Keys {
		h.Press(kb.Enter)
	}
}

// PressesTo presses one that leads to a page whose title begins so.
func (h Hand) PressesTo(name, title string) {
	h.t.Helper()
	if h.Keys {
		h.reach(Button, name)
		h.PressTo(kb.Enter, title)
		return
	}
	h.find(Button, name)
	h.leadsTo(title, h.clicking())
}

// Types types a text into a field, in the place of what is there. A field of
// several parts, such as a day, takes one word each.
func (h Hand) Types(name, text string) {
	h.t.Helper()
	h.reach(Field, name)
	words := []string{text}
	const parts = `(() => { const e = document.activeElement, d = e.closest(".nhsuk-date-input"); return d ? d.querySelectorAll("input").length : 1 })()`
	if Eval[int](h.Tab, parts) > 1 {
		words = strings.Fields(text)
	}
	for i, w := range words {
		if i > 0 {
			h.Press(kb.Tab)
		}
		Eval[bool](h.Tab, "(document.activeElement.select(), true)")
		h.Press(strings.ReplaceAll(w, "\n", "\r"))
	}
}

// Chooses chooses the entry of a list that begins so, with the arrow keys: the
// list itself is drawn by the system, and no browser under test shows it.
func (h Hand) Chooses(list, entry string) {
	h.t.Helper()
	h.find(Field, list)
	if h.Keys {
		h.reach(Field, list)
	} else {
		Eval[bool](h.Tab, "(window.bevanFound.focus(), true)")
	}
	h.Press(kb.Home)
	const chosen, last = `document.activeElement.selectedOptions[0].text`, `document.activeElement.selectedIndex === document.activeElement.options.length - 1`
	for {
		if strings.HasPrefix(Eval[string](h.Tab, chosen), entry) {
			return
		}
		if Eval[bool](h.Tab, last) {
			h.t.Fatalf("the list %q has no %q", list, entry)
		}
		h.Press(kb.ArrowDown)
	}
}

// Ticks ticks a box, or takes its tick away; or picks one of several.
func (h Hand) Ticks(name string) {
	h.t.Helper()
	h.reach(Field, name)
	if !h.Keys {
		return
	}
	for range mostTabs {
		if Eval[bool](h.Tab, "document.activeElement === window.bevanFound") {
			h.Press(" ")
			return
		}
		h.Press(kb.ArrowDown)
	}
	h.t.Fatalf("the arrow keys never lead to %q", name)
}

// Attaches gives a file to a field. The system's own window asks for it, so that
// neither mouse nor keys are used.
func (h Hand) Attaches(field, path string) {
	h.t.Helper()
	h.find(Field, field)
	h.Do(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		got, err := cdp.Call(ctx, t, runtime.Evaluate, runtime.EvaluateParams{Expression: "window.bevanFound"})
		if err != nil {
			return err
		}
		_, err = cdp.Call(ctx, t, dom.SetFileInputFiles, dom.SetFileInputFilesParams{Files: []string{path}, ObjectID: got.Result.ObjectID})
		return err
	}))
}

// Arrives waits until the tab shows a page whose title begins so at another
// address than before, over as many as lead there by themselves. It needs no script
// of the page's.
func (h Hand) Arrives(before, title string) {
	h.t.Helper()
	ctx, stop := context.WithTimeout(h.ctx, patience)
	defer stop()
	last := ""
	for ctx.Err() == nil {
		got, err := chromedp.Run(ctx, chromedp.Evaluate[[]string](`[location.href, document.title, document.readyState]`))
		if err != nil || len(got) != 3 {
			continue // it is on its way
		}
		if last = got[1]; got[0] != before && got[2] == "complete" && strings.HasPrefix(last, title) {
			return
		}
	}
	h.t.Fatalf("the page is %q, and never %q", last, title)
}

// At is the address of the page.
func (h Hand) At() string {
	h.t.Helper()
	return Eval[string](h.Tab, "location.href")
}

// GoesBack is the browser's button. The page may be one that the browser kept.
func (h Hand) GoesBack(title string) {
	h.t.Helper()
	before := h.At()
	h.Do(chromedp.Evaluate[chromedp.Void]("history.back()"))
	h.Arrives(before, title)
}
