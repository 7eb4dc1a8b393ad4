package cdsi

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"

	"github.com/bevanhealth/bevan/internal/child/vaccine"
)

// form says what may stand in an element: what to do with each by its name. An
// element that is not in it is refused.
type form map[string]func(*element) error

// read goes through an element. The error of the innermost place is kept.
func (f form) read(e *element) error {
	if len(e.in) > 0 && len(bytes.TrimSpace(e.text)) > 0 {
		return fmt.Errorf("line %d: there is text between the elements of <%s>", e.line, e.name)
	}
	for _, in := range e.in {
		do, known := f[in.name]
		if !known {
			return fmt.Errorf("line %d: <%.40s> is not known in <%.40s>", in.line, in.name, e.name)
		}
		if do == nil {
			continue
		}
		if err := do(in); err != nil {
			if !strings.HasPrefix(err.Error(), "line ") {
				err = fmt.Errorf("line %d: <%s>: %w", in.line, in.name, err)
			}
			return err
		}
	}
	return nil
}

func text(to *string) func(*element) error {
	return func(e *element) error {
		if len(e.in) > 0 {
			return fmt.Errorf("it holds elements, not text")
		}
		*to = e.value()
		return nil
	}
}

func texts(to *[]string) func(*element) error {
	return func(e *element) error {
		if s := e.value(); s != "" {
			*to = append(*to, s)
		}
		return nil
	}
}

// list reads codes with semicolons between them.
func list(to *[]string) func(*element) error {
	return func(e *element) error {
		for s := range strings.SplitSeq(e.value(), ";") {
			if s = strings.TrimSpace(s); s != "" {
				*to = append(*to, s)
			}
		}
		return nil
	}
}

func period(to *vaccine.Period) func(*element) error {
	return func(e *element) (err error) {
		*to, err = vaccine.ParsePeriod(e.value())
		return err
	}
}

// date reads 20250701 and 07/01/2025.
func date(to *vaccine.Date) func(*element) error {
	return func(e *element) (err error) {
		s := e.value()
		switch {
		case s == "":
			return nil
		case len(s) == 8:
			s = s[:4] + "-" + s[4:6] + "-" + s[6:]
		case len(s) == 10 && s[2] == '/' && s[5] == '/':
			s = s[6:] + "-" + s[:2] + "-" + s[3:5]
		}
		*to, err = vaccine.ParseDate(s)
		return err
	}
}

// yesNo reads Yes and No, Y and N.
func yesNo(to *bool) func(*element) error {
	return func(e *element) error {
		switch strings.ToLower(e.value()) {
		case "yes", "y":
			*to = true
		case "no", "n", "":
		default:
			return fmt.Errorf("yes or no is asked for, not %.20q", e.value())
		}
		return nil
	}
}

func number(to *int) func(*element) error {
	return func(e *element) (err error) {
		if s := e.value(); s != "" {
			if *to, err = strconv.Atoi(s); err != nil || *to < 0 || *to > 1000 {
				err = fmt.Errorf("a number to 1000 is asked for, not %.20q", s)
			}
		}
		return err
	}
}

func volume(to *float64) func(*element) error {
	return func(e *element) (err error) {
		if s := e.value(); s != "" {
			if *to, err = strconv.ParseFloat(s, 64); err != nil || !(*to >= 0 && *to <= 10000) {
				err = fmt.Errorf("a volume is asked for, not %.20q", s)
			}
		}
		return err
	}
}

// oneOf reads a word by a table, whatever its case.
func oneOf[T any](to *T, words map[string]T) func(*element) error {
	return func(e *element) error {
		v, known := words[strings.ToLower(e.value())]
		if !known {
			return fmt.Errorf("%.40q is not known here", e.value())
		}
		*to = v
		return nil
	}
}

// each reads every element of a name that is not empty.
func each[T any](to *[]T, fields func(*T) form) func(*element) error {
	return func(e *element) error {
		if e.empty() {
			return nil
		}
		var v T
		if err := fields(&v).read(e); err != nil {
			return err
		}
		*to = append(*to, v)
		return nil
	}
}
