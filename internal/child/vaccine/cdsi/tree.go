package cdsi

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Bounds of one file. The largest that is published has 2 MB.
const (
	maxBytes    = 16 << 20
	maxDepth    = 16
	maxElements = 200_000
	maxText     = 1 << 14 // of one element
)

// element is an element of a file with its text, or with what lies in it.
type element struct {
	name string
	text []byte
	in   []*element
	line int
}

// parse reads a file into a tree.
func parse(content []byte) (*element, error) {
	if len(content) > maxBytes {
		return nil, fmt.Errorf("a file has at most %d bytes", maxBytes)
	}
	d := xml.NewDecoder(bytes.NewReader(content))
	d.Strict = true
	d.Entity = map[string]string{}
	p := parser{d: d}
	for {
		tok, err := d.RawToken()
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil {
			err = p.take(tok)
		}
		if err != nil {
			line, _ := d.InputPos()
			return nil, fmt.Errorf("line %d: %w", line, err)
		}
	}
	if p.root == nil || len(p.open) > 0 {
		return nil, errors.New("it ends too early")
	}
	return p.root, nil
}

type parser struct {
	d    *xml.Decoder
	root *element
	open []*element
	n    int
}

func (p *parser) take(tok xml.Token) error {
	switch t := tok.(type) {
	case xml.StartElement:
		return p.start(t)
	case xml.EndElement:
		if len(p.open) == 0 || p.open[len(p.open)-1].name != t.Name.Local || t.Name.Space != "" {
			return fmt.Errorf("</%.40s> ends what did not begin", t.Name.Local)
		}
		p.open = p.open[:len(p.open)-1]
	case xml.CharData:
		return p.chars(t)
	case xml.ProcInst:
		if t.Target != "xml" || p.root != nil {
			return errors.New("it holds an instruction")
		}
	case xml.Directive:
		return errors.New("it holds a document type")
	}
	return nil
}

func (p *parser) start(t xml.StartElement) error {
	if t.Name.Space != "" {
		return fmt.Errorf("<%.40s> has a name space", t.Name.Local)
	}
	for _, a := range t.Attr {
		// Only the root may say of which schema it is; nothing is fetched.
		if len(p.open) > 0 || a.Name.Space != "xmlns" && a.Name.Local != "xmlns" && a.Name.Space != "xsi" {
			return fmt.Errorf("<%.40s> has an attribute", t.Name.Local)
		}
	}
	if p.n++; p.n > maxElements || len(p.open) >= maxDepth {
		return errors.New("it is too large or too deep")
	}
	line, _ := p.d.InputPos()
	e := &element{name: t.Name.Local, line: line}
	switch {
	case len(p.open) > 0:
		outer := p.open[len(p.open)-1]
		outer.in = append(outer.in, e)
	case p.root != nil:
		return errors.New("it has two roots")
	default:
		p.root = e
	}
	p.open = append(p.open, e)
	return nil
}

func (p *parser) chars(t xml.CharData) error {
	if len(p.open) > 0 {
		e := p.open[len(p.open)-1]
		if len(e.text)+len(t) > maxText {
			return fmt.Errorf("the text of <%.40s> is too long", e.name)
		}
		e.text = append(e.text, t...)
		return nil
	}
	if len(bytes.TrimSpace(t)) > 0 && !bytes.Equal(t, []byte("\ufeff")) {
		return errors.New("there is text outside of the root")
	}
	return nil
}

// value is the text of an element; "n/a" is how the data say that there is none.
func (e *element) value() string {
	if s := strings.TrimSpace(string(e.text)); !strings.EqualFold(s, "n/a") {
		return s
	}
	return ""
}

// empty says that an element is there only for its name, as <interval/> is
// where there is none.
func (e *element) empty() bool {
	if e.value() != "" {
		return false
	}
	for _, in := range e.in {
		if !in.empty() {
			return false
		}
	}
	return true
}
