package account

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/bevanhealth/bevan/internal/problem"
)

// Vector is a vector of trust (RFC 8485): components joined by dots, such as
// P9.Cm. Components are those of NHS login; others can be asked for, and
// nothing here satisfies them.
type Vector struct {
	proof int8   // the digit after P; -1 where the vector names none
	rest  string // the other components, sorted and joined
}

// Bounds of a request. A client that needs more has made a mistake.
const (
	maxVectors    = 20
	maxComponents = 8
	maxRequest    = 1 << 10
)

// DefaultRequest is what a request without vtr asks for.
const DefaultRequest = `["P9.Cp.Cd","P9.Cp.Ck","P9.Cm"]`

// ParseVector reads one vector. Every component is a capital letter and then a
// digit or a small letter (RFC 8485, 3); none stands twice, and P only once,
// since two levels of proof can not both be meant.
func ParseVector(s string) (Vector, error) {
	v := Vector{proof: -1}
	var rest []string
	parts := strings.SplitN(s, ".", maxComponents+1)
	if len(parts) > maxComponents {
		return Vector{}, badVector()
	}
	for _, c := range parts {
		if len(c) != 2 || c[0] < 'A' || 'Z' < c[0] || !(('a' <= c[1] && c[1] <= 'z') || ('0' <= c[1] && c[1] <= '9')) {
			return Vector{}, badVector()
		}
		if c[0] != 'P' {
			rest = append(rest, c)
			continue
		}
		if v.proof >= 0 || c[1] > '9' {
			return Vector{}, badVector()
		}
		v.proof = int8(c[1] - '0')
	}
	slices.Sort(rest)
	if len(slices.Compact(slices.Clone(rest))) != len(rest) {
		return Vector{}, badVector()
	}
	v.rest = strings.Join(rest, ".")
	return v, nil
}

// String is the vector as vot writes it: P first, then the rest sorted.
func (v Vector) String() string {
	if v.proof < 0 {
		return v.rest
	}
	p := "P" + strconv.Itoa(int(v.proof))
	if v.rest == "" {
		return p
	}
	return p + "." + v.rest
}

// ParseRequest reads the parameter vtr: a JSON list of vectors, any of which
// will do. Empty is the default.
func ParseRequest(vtr string) ([]Vector, error) {
	if vtr == "" {
		vtr = DefaultRequest
	}
	var texts []string
	if len(vtr) > maxRequest || json.Unmarshal([]byte(vtr), &texts) != nil || len(texts) == 0 || len(texts) > maxVectors {
		return nil, badVector()
	}
	list := make([]Vector, len(texts))
	for i, t := range texts {
		var err error
		if list[i], err = ParseVector(t); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// Satisfies says whether a session that is have is enough for a request: for
// one of its vectors, the proof is at least what it names and every other
// component is there. Levels other than P0, P5 and P9 are other people's
// numbers, and are not compared with ours.
func Satisfies(have Vector, request []Vector) bool {
	for _, want := range request {
		if want.proof >= 0 && (!Proof(want.proof).known() || have.proof < want.proof) {
			continue
		}
		if subset(want.rest, have.rest) {
			return true
		}
	}
	return false
}

func subset(want, have string) bool {
	if want == "" {
		return true
	}
	all := strings.Split(have, ".")
	for c := range strings.SplitSeq(want, ".") {
		if !slices.Contains(all, c) {
			return false
		}
	}
	return true
}

func badVector() error {
	return problem.New(problem.Invalid, `The parameter vtr is a JSON list of vectors of trust, such as ["P9.Cm"]. Mend it and ask again.`)
}
