package xml

import (
	"bytes"
	"slices"
	"strconv"
)

// element reads an element of FHIR and what lies in it; space is the name space
// that holds here.
func (s *scanner) element(depth int, space string) (*elem, error) {
	e, empty, space, err := s.open(depth, space)
	if err != nil {
		return nil, err
	}
	if space != fhirSpace {
		if space == xhtmlSpace && e.name == "div" && depth > 1 {
			return e, s.narrative(e, empty, depth)
		}
		s.at = e.at
		return nil, s.fail("The element is not in FHIR's name space. Begin the document with xmlns=\"" + fhirSpace + "\".")
	}
	if empty {
		return e, nil
	}
	s.within = append(s.within, e)
	for {
		if err := s.between(); err != nil {
			return nil, err
		}
		switch {
		case s.has("</"):
			if err := s.close(e); err != nil {
				return nil, err
			}
			s.within = s.within[:len(s.within)-1]
			return e, nil
		case s.peek() == '<':
			c, err := s.element(depth+1, space)
			if err != nil {
				return nil, err
			}
			e.children = append(e.children, c)
		case s.at >= len(s.src):
			return nil, s.fail("The document ends within an element. It may have been cut off: send it again.")
		default:
			return nil, s.fail("There is text between elements, which FHIR does not have. Put values into the attribute value.")
		}
	}
}

// open reads the start of an element.
func (s *scanner) open(depth int, space string) (e *elem, empty bool, inner string, err error) {
	e = &elem{at: s.at}
	s.count++
	switch {
	case depth > s.limits.Depth:
		return nil, false, "", s.tooBig("Elements lie more than " + strconv.Itoa(s.limits.Depth) + " deep.")
	case s.count > s.limits.Elements:
		return nil, false, "", s.tooBig("There are more than " + strconv.Itoa(s.limits.Elements) + " elements. Send it in smaller parts.")
	}
	s.at++
	if e.name, err = s.name(); err != nil {
		return nil, false, "", err
	}
	s.opening = e.name
	defer func() {
		if err == nil {
			s.opening = ""
		}
	}()
	if s.peek() == ':' {
		return nil, false, "", s.fail("Names with a prefix are not read. Give FHIR's name space to the first element as xmlns, and write names without a prefix.")
	}
	for {
		before := s.at
		s.space()
		switch {
		case s.has("/>"):
			s.at += 2
			return e, true, space, nil
		case s.peek() == '>':
			s.at++
			return e, false, space, nil
		case s.at >= len(s.src):
			return nil, false, "", s.fail("The document ends within an element. It may have been cut off: send it again.")
		case before == s.at:
			return nil, false, "", s.fail("A blank is missing before the next attribute.")
		}
		if space, err = s.attribute(e, depth, space); err != nil {
			return nil, false, "", err
		}
	}
}

// attribute reads one attribute: a value, or the name space of what follows.
func (s *scanner) attribute(e *elem, depth int, space string) (string, error) {
	at := s.at
	name, err := s.name()
	if err != nil {
		return "", err
	}
	if s.peek() == ':' {
		s.at++
		local, err := s.name()
		if err != nil {
			return "", err
		}
		name += ":" + local
	}
	s.space()
	if s.peek() != '=' {
		return "", s.fail("An attribute has no value. Write it as name=\"value\".")
	}
	s.at++
	s.space()
	value, err := s.quoted()
	if err != nil {
		return "", err
	}
	back := s.at
	s.at = at
	switch {
	case slices.ContainsFunc(e.attrs, func(a attr) bool { return a.name == name }):
		return "", s.fail("An attribute stands here twice.")
	case len(e.attrs) >= s.limits.Attributes:
		return "", s.tooBig("An element has more than " + strconv.Itoa(s.limits.Attributes) + " attributes.")
	case name == "xmlns" && value != fhirSpace && value != xhtmlSpace:
		return "", s.fail("The name space is not FHIR's. Begin the document with xmlns=\"" + fhirSpace + "\".")
	case name == "xmlns:xsi" && (value != schemaSpace || depth > 1), name == "xsi:schemaLocation" && depth > 1:
		return "", s.fail("Where a schema lies is said at the first element only. It is not fetched.")
	case bytes.ContainsRune([]byte(name), ':') && name != "xmlns:xsi" && name != "xsi:schemaLocation" && !(space == xhtmlSpace && name == "xml:lang"):
		return "", s.fail("Names with a prefix are not read. Give FHIR's name space to the first element as xmlns, and write names without a prefix.")
	}
	s.at = back
	e.attrs = append(e.attrs, attr{name, value})
	if name == "xmlns" {
		return value, nil
	}
	return space, nil
}

// close reads the end of an element.
func (s *scanner) close(e *elem) error {
	at := s.at
	s.at += 2
	name, err := s.name()
	if err != nil {
		return err
	}
	s.space()
	if name != e.name || s.peek() != '>' {
		s.at = at
		return s.fail("An element ends that did not begin here. The end of " + e.name + " is missing.")
	}
	s.at++
	return nil
}

// narrative reads the XHTML of a narrative, which is kept as it is written. What it
// may hold is the work of fhir/validate; here it has to be XML.
func (s *scanner) narrative(e *elem, empty bool, depth int) error {
	if _, ok := e.attr("xmlns"); !ok {
		s.at = e.at
		return s.fail("The div of a narrative names XHTML's name space itself: xmlns=\"" + xhtmlSpace + "\".")
	}
	if !empty {
		if err := s.mixed(e, depth); err != nil {
			return err
		}
	}
	e.raw = bytes.ReplaceAll(s.src[e.at:s.at], []byte("\r\n"), []byte("\n"))
	e.raw = bytes.ReplaceAll(e.raw, []byte("\r"), []byte("\n"))
	if len(e.raw) > s.limits.Text {
		return s.tooBig("A narrative is longer than the " + strconv.Itoa(s.limits.Text) + " bytes that are allowed.")
	}
	e.children = nil
	return nil
}

// mixed reads text and elements of XHTML up to the end of e.
func (s *scanner) mixed(e *elem, depth int) error {
	for {
		switch {
		case s.at >= len(s.src):
			return s.fail("The document ends within an element. It may have been cut off: send it again.")
		case s.has("</"):
			return s.close(e)
		case s.has("<!--"), s.has("<!"), s.has("<?"):
			if err := s.between(); err != nil {
				return err
			}
		case s.peek() == '<':
			c, empty, space, err := s.open(depth+1, xhtmlSpace)
			if err != nil {
				return err
			}
			if space != xhtmlSpace {
				s.at = c.at
				return s.fail("A narrative holds XHTML only.")
			}
			if depth++; !empty {
				if err := s.mixed(c, depth); err != nil {
					return err
				}
			}
			depth--
		case s.peek() == '&':
			if _, err := s.reference(); err != nil {
				return err
			}
		default:
			end := bytes.IndexAny(s.src[s.at:], "<&")
			if end < 0 {
				end = len(s.src) - s.at
			}
			if i := badText(s.src[s.at : s.at+end]); i >= 0 {
				s.at += i
				return s.fail("There is a byte that is not text. Write the document in UTF-8.")
			}
			s.at += end
		}
	}
}
