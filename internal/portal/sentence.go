package portal

import "github.com/bevanhealth/bevan/internal/problem"

// sentence is what a page says of an error. A refusal of a room below has a
// reason, for which the words have a sentence; what failed without one is told
// by its kind. What is left was said in the words of this room.
func (p *Portal) sentence(err error) string {
	if s := p.words.Refusals[problem.ReasonOf(err)]; s != "" {
		return s
	}
	kind := problem.KindOf(err)
	switch kind {
	case problem.Internal, problem.Unavailable, problem.Timeout, problem.TooMany, problem.TooLarge:
		return p.words.Failures[kind.String()]
	}
	said := problem.Sentence(err)
	if said == problem.Sentence(problem.New(kind, "")) {
		return p.words.Failures[kind.String()]
	}
	return said
}
