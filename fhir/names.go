package fhir

// nameSet notices a member name that stands twice in one object. Objects are
// nearly always small, so a plain scan comes first and a map only after it.
type nameSet struct {
	few  [24][]byte
	n    int
	many map[string]struct{}
}

func (s *nameSet) add(raw []byte, escaped bool) bool {
	if escaped {
		raw = unescape(nil, raw)
	}
	if s.many != nil {
		if _, twice := s.many[string(raw)]; twice {
			return false
		}
		s.many[string(raw)] = struct{}{}
		return true
	}
	for _, have := range s.few[:s.n] {
		if len(have) == len(raw) && string(have) == string(raw) {
			return false
		}
	}
	if s.n < len(s.few) {
		s.few[s.n] = raw
		s.n++
		return true
	}
	s.many = make(map[string]struct{}, 2*len(s.few))
	for _, have := range s.few[:s.n] {
		s.many[string(have)] = struct{}{}
	}
	s.many[string(raw)] = struct{}{}
	return true
}
