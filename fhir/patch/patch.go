// Package patch changes parts of a resource: by JSON Patch (RFC 6902) and by
// FHIRPath Patch (http://hl7.org/fhir/R4/fhirpatch.html).
//
// A patch works on the lossless tree, so every byte that no operation names is
// kept: 1.50 beside a changed element stays 1.50. It is pure and bounded: in
// operations, in the size of the result and in the work between them, since a
// few copies of a copy make any document large.
//
// Whether the result is a valid resource, fhir/validate tells, and whether a
// patch may change the id or the type is for the door that takes it. XML Patch
// is not done.
package patch

import (
	"fmt"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/internal/problem"
)

// The bounds of one patch.
const (
	maxOperations = 1000
	maxSize       = 64 << 20  // bytes of the document at any moment
	maxGrowth     = 1 << 20   // bytes beyond twice the document and the patch
	maxWork       = 256 << 20 // bytes of the document, summed over the changes
	nodeWork      = 32        // bytes to which reading one value comes beside its text
)

// patcher holds the document between two operations. The document is written
// and read again after each change: an operation sees what those before it
// did, and there is one way only in which text is put together.
type patcher struct {
	cur   *fhir.Tree
	trees [2]fhir.Tree // used in turn
	turn  int
	most  int // bytes that the document may have
	work  int // bytes that were written and read
}

// start makes a patcher. A resource that is much longer than it and the patch
// were can only come of copies of copies.
func start(t, patch *fhir.Tree) *patcher {
	return &patcher{cur: t, most: min(maxSize, 2*(len(t.Bytes())+len(patch.Bytes()))+maxGrowth)}
}

func (p *patcher) root() fhir.Node { return p.cur.Root() }

// change makes edits to the document.
func (p *patcher) change(edits ...fhir.Edit) error {
	size := len(p.cur.Bytes())
	for _, e := range edits {
		size += len(e.With) - (e.To - e.From)
	}
	p.work += size + nodeWork*p.cur.NodeCount()
	if size > p.most {
		return problem.New(problem.TooLarge, fmt.Sprintf("The patch would make the resource longer than the %d bytes that it may have. Copy less.", p.most))
	}
	if p.work > maxWork {
		return problem.New(problem.TooLarge, "The patch makes too many changes to a resource of this size. Send fewer operations, or send the whole resource.")
	}
	next := &p.trees[p.turn]
	p.turn = 1 - p.turn
	if err := fhir.ParseInto(next, fhir.Splice(p.cur.Bytes(), edits), fhir.Limits{Bytes: maxSize}); err != nil {
		return problem.Wrap(problem.TooLarge, "The patch makes the resource too large or too deeply nested. Make it smaller.", err)
	}
	p.cur = next
	return nil
}

// fault says what is wrong with one operation and what to do.
type fault struct {
	kind problem.Kind
	msg  string
}

func (f *fault) Error() string { return f.msg }

// invalid is a patch that is not written as it should be.
func invalid(format string, args ...any) error {
	return &fault{problem.Invalid, fmt.Sprintf(format, args...)}
}

// refused is a patch that is well written but does not fit the resource.
func refused(format string, args ...any) error {
	return &fault{problem.Unprocessable, fmt.Sprintf(format, args...)}
}

// inOperation names the operation, counted from 1, in a fault.
func inOperation(i int, what, path string, err error) error {
	f, ok := err.(*fault)
	if !ok {
		return err
	}
	name := fmt.Sprintf("Operation %d", i+1)
	if what != "" {
		name += fmt.Sprintf(" (%s %s)", clip(what), clip(path))
	}
	return problem.New(f.kind, name+" was not done, and nothing was changed: "+f.msg)
}

func tooMany(n int) error {
	if n <= maxOperations {
		return nil
	}
	return problem.New(problem.TooLarge, fmt.Sprintf("The patch has %d operations; %d are allowed. Send it in parts.", n, maxOperations))
}

func clip(s string) string {
	const most = 100
	if len(s) <= most {
		return fmt.Sprintf("%q", s)
	}
	return fmt.Sprintf("%q…", s[:most])
}
