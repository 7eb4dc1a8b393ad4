package problem

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestKindsHaveEverything(t *testing.T) {
	want := map[Kind]int{
		Internal: 500, Invalid: 400, Unprocessable: 422, Unauthorized: 401, Revoked: 401,
		Forbidden: 403, NotFound: 404, Gone: 410, Conflict: 409, PreconditionFailed: 412,
		TooLarge: 413, TooMany: 429, Unsupported: 400, Unavailable: 503, Timeout: 504,
	}
	if len(want) != int(kinds) {
		t.Fatalf("%d kinds are listed here, %d exist", len(want), kinds)
	}
	names := map[string]bool{}
	for k, status := range want {
		if k.Status() != status {
			t.Errorf("%v has status %d, want %d", k, k.Status(), status)
		}
		if k.Code() == "" || k.String() == "" || k.trait().sentence == "" {
			t.Errorf("kind %d lacks a code, a name or a sentence", k)
		}
		if names[k.String()] {
			t.Errorf("two kinds are named %q", k)
		}
		names[k.String()] = true
	}
}

func TestAKindThatDoesNotExistIsInternal(t *testing.T) {
	if k := Kind(200); k.Status() != 500 || k.String() != "internal" || k.Code() != "exception" {
		t.Errorf("kind 200 reads as %v, %d", k, k.Status())
	}
}

func TestACauseIsNeverShown(t *testing.T) {
	secret := errors.New("row for Sam Smith 9990000018 at host db1")
	for _, err := range []error{
		secret,
		fmt.Errorf("read: %w", secret),
		Wrap(Unavailable, "", secret),
		fmt.Errorf("outer: %w", Wrap(NotFound, "There is no such record. Check the address.", secret)),
	} {
		shown := Sentence(err)
		for _, is := range IssuesOf(err) {
			shown += is.Sentence + is.Place + is.Code
		}
		if strings.Contains(shown, "Sam") || strings.Contains(shown, "db1") || shown == "" {
			t.Errorf("%v is shown as %q", err, shown)
		}
		if !strings.Contains(err.Error(), "Sam") {
			t.Errorf("the log lost the cause of %v", err)
		}
		if !errors.Is(err, secret) {
			t.Errorf("errors.Is does not find the cause of %v", err)
		}
	}
}

func TestKindOf(t *testing.T) {
	var none *Problem
	for _, c := range []struct {
		err  error
		want Kind
	}{
		{errors.New("x"), Internal},
		{none, Internal},
		{New(Gone, ""), Gone},
		{fmt.Errorf("a: %w", New(Conflict, "")), Conflict},
		{Wrap(Forbidden, "", New(NotFound, "")), Forbidden},
		{errors.Join(errors.New("x"), New(TooMany, "")), TooMany},
		{fmt.Errorf("q: %w", context.DeadlineExceeded), Timeout},
		{context.Canceled, Unavailable},
	} {
		if got := KindOf(c.err); got != c.want {
			t.Errorf("KindOf(%v) = %v, want %v", c.err, got, c.want)
		}
	}
	if Is(nil, Internal) || Sentence(nil) != "" || IssuesOf(nil) != nil || Of(nil) != nil {
		t.Error("no error is treated as a problem")
	}
}

func TestSeveralIssuesInOneProblem(t *testing.T) {
	p := Many(Unprocessable, []Issue{
		{Place: "Patient.gender", Sentence: "Use male, female, other or unknown.", Code: "code-invalid"},
		{Place: "Patient.birthDate", Sentence: "Write the date as YYYY-MM-DD."},
	})
	want := []Issue{
		{Place: "Patient.gender", Sentence: "Use male, female, other or unknown.", Code: "code-invalid"},
		{Place: "Patient.birthDate", Sentence: "Write the date as YYYY-MM-DD.", Code: "processing"},
	}
	if d := cmp.Diff(want, IssuesOf(p)); d != "" {
		t.Error(d)
	}
	if p.Issues[1].Code != "" {
		t.Error("IssuesOf changed the problem that it was asked about")
	}
	if got, want := Sentence(p), "Use male, female, other or unknown. Write the date as YYYY-MM-DD."; got != want {
		t.Errorf("Sentence = %q, want %q", got, want)
	}
	if got := Many(Invalid, nil); len(got.Issues) != 1 || got.Issues[0].Sentence == "" {
		t.Errorf("Many without issues says %+v", got.Issues)
	}
	if got := At(Invalid, "Patient.id", "No.").WithCode("required").Issues[0]; got.Place != "Patient.id" || got.Code != "required" {
		t.Errorf("At and WithCode give %+v", got)
	}
}

func TestTheLogQuotesNobody(t *testing.T) {
	quoting := New(NotFound, "There is no patient named Smith.")
	for _, c := range []struct {
		err  error
		want string
	}{
		{errors.New("disk full"), "disk full"},
		{quoting, "not-found"},
		{Wrap(Invalid, "Smith is no date.", errors.New("parsing Smith")), "invalid"},
		{fmt.Errorf("while reading Smith: %w", quoting), "not-found"},
		{Wrap(Unavailable, "The disk is full.", errors.New("ENOSPC")), "unavailable: The disk is full.: ENOSPC"},
		{Wrap(Unavailable, "The disk is full.", quoting), "unavailable: The disk is full.: not-found"},
	} {
		if got := LogText(c.err); got != c.want {
			t.Errorf("LogText(%v) = %q, want %q", c.err, got, c.want)
		}
	}
}
