package portal

import (
	"github.com/bevanhealth/bevan/internal/access/label"
	"github.com/bevanhealth/bevan/internal/child/book"
	"github.com/bevanhealth/bevan/internal/identity/account"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record"
)

// Where somebody lives can be what those who act for them must not know. Staff say so
// beside the safeguarding notes; the record itself leaves it out (record.Raise).

// homeKept says whether the address is kept, and leads to where that is changed.
func (f *folder) homeKept() (fact, link, error) {
	w := f.p.words.Book.Safe.Home
	t, err := f.person()
	switch {
	case err != nil:
		return fact{}, link{}, f.notThere(err)
	case book.AddressKept(t):
		return fact{w.Title, w.Kept}, link{w.Tell, f.at + safeguardingAt + "/address/release"}, nil
	}
	return fact{w.Title, w.Open}, link{w.Keep, f.at + safeguardingAt + "/address"}, nil
}

func (f *folder) keepAddressQuestion() *question {
	w := f.p.words.Book.Safe.Home
	q := f.newForm(w.Keep, &field{ID: "why", Label: w.KeepWhy, Hint: w.KeepHint, Lines: 3})
	q.Cancel = f.at + safeguardingAt
	return &question{title: w.KeepTitle, text: w.KeepText, form: q}
}

// keepAddress asks why the address is to be kept from those who act for somebody.
func keepAddress(f *folder) error { return f.ask(f.keepAddressQuestion()) }

func keepAddressFinish(f *folder) error {
	return f.withReason(f.keepAddressQuestion(), func(w Records, why string) error {
		s, ok := w.(raiser)
		if !ok {
			return problem.New(problem.Unavailable, "")
		}
		_, err := s.Raise(f.r.Context(), f.whose(), label.AddressKept, why)
		return err
	})
}

func (f *folder) tellAddressQuestion() *question {
	w := f.p.words.Book.Safe.Home
	q := f.newForm(w.Tell, &field{ID: "why", Label: w.TellWhy, Hint: f.p.words.Clinic.Write.MarkWhyHint, Lines: 3})
	q.Danger, q.Cancel = true, f.at+safeguardingAt
	return &question{title: w.TellTitle, text: []string{w.TellText}, form: q}
}

// whose is the Patient of the record.
func (f *folder) whose() record.Key { return record.Key{Type: "Patient", ID: f.patient} }

// tellAddress asks why the address is to be seen again, for a passkey that was used of
// late.
func tellAddress(f *folder) error {
	if ok, err := f.need(account.ReleaseAtWork, f.r.URL.Path); err != nil || !ok {
		return err
	}
	return f.ask(f.tellAddressQuestion())
}

func tellAddressFinish(f *folder) error {
	if ok, err := f.need(account.ReleaseAtWork, f.r.URL.Path); err != nil || !ok {
		return err
	}
	return f.withReason(f.tellAddressQuestion(), f.released(f.whose()))
}
