package vaccine

import (
	"errors"
	"fmt"
	"io"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// maxSchedule bounds a schedule as a file, in bytes. CDC's whole one has 3 MB.
const maxSchedule = 16 << 20

// ReadSchedule reads a schedule from JSON, strictly: names that it does not
// know, names that come twice and dates that are none are refused, with the
// place as a JSON pointer. What the rules say is checked by [Compile].
func ReadSchedule(r io.Reader) (*Schedule, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxSchedule+1))
	if err != nil {
		return nil, fmt.Errorf("vaccine: the schedule can not be read: %w", err)
	}
	if len(text) > maxSchedule {
		return nil, fmt.Errorf("vaccine: a schedule has at most %d bytes", maxSchedule)
	}
	s := new(Schedule)
	if err := json.Unmarshal(text, s, json.RejectUnknownMembers(true)); err != nil {
		return nil, fmt.Errorf("vaccine: the schedule can not be read at %s: %w", placeOf(err), err)
	}
	return s, nil
}

// placeOf is where in the text an error lies.
func placeOf(err error) string {
	var meaning *json.SemanticError
	if errors.As(err, &meaning) && meaning.JSONPointer != "" {
		return string(meaning.JSONPointer)
	}
	var form *jsontext.SyntacticError
	if errors.As(err, &form) {
		return fmt.Sprintf("%s (byte %d)", form.JSONPointer, form.ByteOffset)
	}
	return "its beginning"
}

// WriteSchedule writes a schedule as [ReadSchedule] reads it.
func WriteSchedule(w io.Writer, s *Schedule) error {
	text, err := json.Marshal(s, jsontext.WithIndent("  "))
	if err == nil {
		_, err = w.Write(append(text, '\n'))
	}
	if err != nil {
		return fmt.Errorf("vaccine: the schedule can not be written: %w", err)
	}
	return nil
}
