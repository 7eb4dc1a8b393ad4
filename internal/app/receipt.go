package app

import (
	"fmt"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/bevanhealth/bevan/internal/audit"
	"github.com/bevanhealth/bevan/internal/audit/receipt"
	"github.com/bevanhealth/bevan/internal/problem"
)

// receiptCommand checks a receipt. It needs no store and no network.
type receiptCommand struct {
	File      string   `arg:"" help:"The receipt, or the proof of one entry." placeholder:"FILE"`
	Key       string   `help:"The public key of the service's access log, from somewhere else than the receipt." placeholder:"KEY"`
	Witnesses []string `name:"witness" help:"The key of a witness that has to have cosigned." placeholder:"KEY"`
}

// Run checks, and prints what is proved.
func (c *receiptCommand) Run(out *terminalReport) error {
	b, err := readBounded(c.File, receipt.MaxSize)
	if err != nil {
		return err
	}
	var watchers []*receipt.Witness
	for _, key := range c.Witnesses {
		w, err := receipt.NewWitness(key)
		if err != nil {
			return problem.Wrap(problem.Invalid, "The key of a witness can not be read. Copy it whole.", err)
		}
		watchers = append(watchers, w)
	}
	res, whole, err := c.check(b, watchers)
	if err != nil {
		return problem.Wrap(problem.Unprocessable, "This receipt does not hold: "+reason(err)+". Keep the file, and ask the service for a new one to compare.", err)
	}
	for _, w := range watchers {
		if !cosigned(res.Seen, w.Name()) {
			return problem.New(problem.Unprocessable, "The witness "+w.Name()+" did not cosign this. Ask the service for a newer receipt in a minute, or check which witnesses it has.")
		}
	}
	return c.show(res, whole, out)
}

// check checks either kind of file. whole says that it is a receipt.
func (c *receiptCommand) check(b []byte, watchers []*receipt.Witness) (res receipt.Result, whole bool, err error) {
	if receipt.IsProof(b) {
		if c.Key == "" {
			return res, false, problem.New(problem.Invalid, "The proof of one entry does not name the log's key. Give it with --key.")
		}
		v, err := note.NewVerifier(c.Key)
		if err != nil {
			return res, false, err
		}
		res, err = receipt.VerifyProof(b, v, watchers)
		return res, false, err
	}
	r, err := receipt.Parse(b)
	if err != nil {
		return res, true, err
	}
	key := c.Key
	if key == "" {
		key = r.Key
	}
	v, err := note.NewVerifier(key)
	if err != nil {
		return res, true, err
	}
	res, err = r.Verify(v, watchers)
	return res, true, err
}

// reason is what is wrong, without the name of the package that found it.
func reason(err error) string {
	if known := problem.Of(err); known != nil && problem.KindOf(err) == problem.Invalid {
		return strings.TrimSuffix(problem.Sentence(err), ".")
	}
	return strings.TrimPrefix(err.Error(), "receipt: ")
}

func cosigned(seen []receipt.Seen, name string) bool {
	for _, s := range seen {
		if s.Name == name {
			return true
		}
	}
	return false
}

func (c *receiptCommand) show(res receipt.Result, whole bool, out report) error {
	person := int64(0)
	for i, raw := range res.Entries {
		if raw == nil {
			out.line(fmt.Sprintf("%d. (erased)", i+1))
			continue
		}
		e, err := audit.ReadEntry(raw)
		if err != nil {
			return problem.Wrap(problem.Unprocessable, "This receipt has an entry that this version can not read. Install the newest Bevan and check again.", err)
		}
		if person != 0 && e.Person != person {
			return problem.New(problem.Unprocessable, "This receipt mixes the entries of several persons. Ask the service for a new one.")
		}
		person = e.Person
		out.line(fmt.Sprintf("%d. %s", i+1, entryLine(&e)))
	}
	if whole {
		out.line(fmt.Sprintf("These are all %d entries about this person up to place %d of the log %s. None is missing, and none was changed.", len(res.Entries), res.Checkpoint.N, res.Checkpoint.Origin))
	} else {
		out.line(fmt.Sprintf("This entry is in the log %s, below place %d, as it was written.", res.Checkpoint.Origin, res.Checkpoint.N))
	}
	for _, s := range res.Seen {
		out.line(fmt.Sprintf("The witness %s saw the log up to place %d at %s.", s.Name, res.Witnessed, s.At.Format(time.RFC3339)))
	}
	if c.Key == "" {
		out.line("This was checked with the key that the receipt itself names. Compare it with one from elsewhere, or give that with --key.")
	}
	if len(res.Seen) == 0 {
		out.line("No witness was asked for. Only a witness can tell that others are shown the same log: name one with --witness.")
	}
	return nil
}

// entryLine is an entry in one line.
func entryLine(e *audit.Entry) string {
	text := fmt.Sprintf("%s  %s (%s) for %s: %v %s, rule %s, outcome %d", e.At.Format(time.RFC3339), e.Who.Actor, e.Who.Role, e.Purpose, e.Verb, e.Type, e.Rule, e.Outcome)
	if e.Who.Organisation != "" {
		text += ", organisation " + e.Who.Organisation
	}
	if e.Who.App != "" {
		text += ", app " + e.Who.App
	}
	if e.Who.Mandate != "" {
		text += ", by " + e.Who.Mandate
	}
	for _, r := range e.Returned {
		text += fmt.Sprintf(" %s/%s/_history/%d", r.Type, r.ID, r.Version)
	}
	return clean(text)
}

// clean takes out what could make a terminal show something else than it was given.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if r < 0x20 || r >= 0x7f && r < 0xa0 || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 {
			return '\uFFFD'
		}
		return r
	}, s)
}
