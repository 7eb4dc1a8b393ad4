package fhir

import "fmt"

// ValueError tells that a text is not a value of its datatype. Error is one
// sentence that is safe to show to whoever sent the text.
type ValueError struct {
	Text string // what was written, cut to 60 bytes
	Msg  string // what is wrong and how to write it
}

func (e *ValueError) Error() string { return fmt.Sprintf("%q %s", e.Text, e.Msg) }

func valueError[T ~string | ~[]byte](s T, msg string) error {
	return &ValueError{Text: string(clip([]byte(s))), Msg: msg}
}

// number reads the n decimal digits that stand at s[at:].
func number[T ~string | ~[]byte](s T, at, n int) (v int, ok bool) {
	if len(s)-at < n {
		return 0, false
	}
	for i := at; i < at+n; i++ {
		c := s[i] - '0'
		if c > 9 {
			return 0, false
		}
		v = v*10 + int(c)
	}
	return v, true
}
