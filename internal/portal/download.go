package portal

import (
	"net/http"
	"strconv"
	"time"

	"github.com/bevanhealth/bevan/internal/exchange/takeaway"
	"github.com/bevanhealth/bevan/internal/identity/account"
	"github.com/bevanhealth/bevan/internal/problem"
)

const downloadAt = "/record/download"

// download shows the copy that somebody asked for, and how to ask for one.
func download(v *visit) error {
	if _, ok, err := v.ownRecord(); err != nil || !ok {
		return err
	}
	c, found, err := v.p.cfg.Copies.Of(v.r.Context(), v.s.Account)
	if err != nil {
		return err
	}
	w := v.p.words.Takeaway
	return v.showCopy(c, found, w.Title, downloadView{at: downloadAt, again: w.Again, Text: []string{w.What, w.Holds, w.Keep}, Button: w.Button, Back: link{v.p.words.Record.Back, recordAt}})
}

// downloadView is a page about a copy.
type downloadView struct {
	Making, Ready, Wrong bool
	Facts                []fact
	Text                 []string
	Fetch, Button        string
	Back                 link

	at, again string
}

// showCopy shows how it stands about a copy.
func (v *visit) showCopy(c takeaway.Copy, found bool, title string, body downloadView) error {
	w := v.p.words.Takeaway
	switch {
	case !found:
	case c.Wrong != "":
		body.Wrong = true
	case c.Ready.IsZero():
		body.Making = true
	default:
		body.Ready, body.Fetch, body.Button = true, body.at+"/"+c.ID, body.again
		body.Facts = []fact{{w.PageFrom, v.when(c.Ready)}, {w.Until, v.when(c.Ends)}, {w.Size, sizeOf(c.Bytes)}}
	}
	v.form = v.newForm(body.Button)
	return v.show(http.StatusOK, "download", title, body)
}

// sizeOf is a size as people write it.
func sizeOf(n int64) string {
	if n < 1<<20 {
		return strconv.FormatInt(n>>10+1, 10) + " kB"
	}
	return strconv.FormatInt(n>>20+1, 10) + " MB"
}

// downloadMake begins to make a copy, for somebody who used their passkey of
// late.
func downloadMake(v *visit) error {
	if ok, err := v.need(account.Export, downloadAt); err != nil || !ok {
		return err
	}
	if _, err := v.p.cfg.Copies.Ask(v.r.Context(), v.s.Account, recordID(v.s.Record)); err != nil {
		return err
	}
	return v.goOn(downloadAt)
}

// downloadFetch hands the file out, again only to somebody who used their passkey
// of late: it is all there is about them.
func downloadFetch(v *visit) error {
	if ok, err := v.need(account.Export, v.r.URL.Path); err != nil || !ok {
		return err
	}
	return v.handOut(func(size func(int64, time.Time)) error {
		return v.p.cfg.Copies.Give(v.r.Context(), v.s.Account, v.r.PathValue("id"), size, v)
	})
}

// handOut writes a copy as the answer.
func (v *visit) handOut(give func(size func(int64, time.Time)) error) error {
	begun := false
	err := give(func(size int64, made time.Time) {
		h := v.Header()
		v.p.guard(h)
		h.Set("Content-Type", "application/zip")
		h.Set("Content-Disposition", `attachment; filename="health-record-`+made.In(v.p.cfg.Zone).Format(time.DateOnly)+`.zip"`)
		h.Set("Content-Length", strconv.FormatInt(size, 10))
		v.WriteHeader(http.StatusOK)
		begun = true
	})
	if err != nil && begun {
		// The file is not whole. Its end is cut off, so that nobody takes it for all.
		v.p.cfg.Log.Error("a copy could not be handed out whole", "error", problem.LogText(err))
		panic(http.ErrAbortHandler)
	}
	return err
}
