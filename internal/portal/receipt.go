package portal

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/audit/receipt"
	"github.com/bevanhealth/bevan/internal/identity/account"
	"github.com/bevanhealth/bevan/internal/identity/names"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record"
)

const receiptAt = lookedAt + "/receipt"

// proving is a session of the record that proves the list of looks.
type proving interface {
	Receipt(ctx context.Context, tell func(*record.Look) (bool, error)) (*receipt.Receipt, error)
}

// receiptBody is the page on which a receipt is checked, in the browser.
type receiptBody struct {
	FileAt, Verifier, Key, Witnesses string
	Entry, Command                   string // the number of the look that the page is about; "" for none
	Look                             []fact
	BackAt                           string
}

// receiptPage gives the receipt of the list of looks, and checks it in the
// browser. It has the file at hand, so it asks for a passkey like the file.
func receiptPage(v *visit) error {
	if ok, err := v.need(account.Export, v.r.URL.Path); err != nil || !ok {
		return err
	}
	w := v.p.words.Receipt
	body := receiptBody{FileAt: receiptAt + "/file", Verifier: v.p.verifier, Witnesses: strings.Join(v.p.cfg.Witnesses, " "), Command: w.Command, BackAt: lookedAt}
	if v.p.cfg.LogKey != nil {
		body.Key = v.p.cfg.LogKey()
	}
	if v.r.PathValue("id") != "" {
		l, n, err := v.lookNamed()
		if err != nil {
			return err
		}
		body.Entry, body.BackAt = strconv.FormatInt(l.Seq, 10), lookedAt+"/"+l.ID
		body.Look = []fact{{v.p.words.Looked.When, v.when(l.At)}, {v.p.words.Looked.Who, v.whoText(n)}, {v.p.words.Looked.Did, v.whatText(&l)}}
	}
	v.checks = true
	return v.show(http.StatusOK, "receipt", w.Title, body)
}

// receiptFile sends the receipt, made whole before its first byte leaves. It
// stands in the log by then.
func receiptFile(v *visit) error {
	if ok, err := v.need(account.Export, receiptAt); err != nil || !ok {
		return err
	}
	s := v.asThemself()
	r, err := v.p.cfg.Open(v.r.Context(), s.who(v.s.Account, s.patient, access.OneType("AuditEvent", access.Read|access.Search)), s.patient, access.Own)
	if err != nil {
		return err
	}
	p, ok := r.(proving)
	if !ok {
		return problem.New(problem.Unavailable, "")
	}
	named := v.naming()
	whole, err := p.Receipt(v.r.Context(), func(l *record.Look) (bool, error) {
		n, err := named(l)
		return n.Sort != names.Somebody && (n.Behind == nil || n.Behind.Sort != names.Somebody), err
	})
	if err != nil {
		return err
	}
	body, err := json.Marshal(whole)
	if err != nil {
		return problem.Wrap(problem.Internal, "", err)
	}
	h := v.Header()
	v.p.guard(h)
	h.Set("Content-Type", "application/json")
	h.Set("Content-Disposition", `attachment; filename="who-looked-receipt.json"`)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	v.WriteHeader(http.StatusOK)
	_, _ = v.Write(body) // a reader that went away can not be told
	return nil
}
