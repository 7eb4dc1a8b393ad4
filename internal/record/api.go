package record

import (
	"time"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/fhir/search"
)

// Key names a resource: its type and its logical id.
type Key struct{ Type, ID string }

func (k Key) String() string { return k.Type + "/" + k.ID }

// Method is the interaction that made a version, in the words of HTTP.
type Method uint8

// The methods by which a version comes to be.
const (
	Post Method = iota + 1
	Put
	Patch
	Delete
)

func (m Method) String() string {
	return [...]string{"", "POST", "PUT", "PATCH", "DELETE"}[m]
}

// Resource is one version of a resource as this session may see it.
type Resource struct {
	Key
	Version int64
	Updated time.Time // millisecond precision, UTC
	Method  Method    // how this version came to be; Delete for a tombstone, which has no Body
	Body    []byte    // JSON with id, meta.versionId and meta.lastUpdated set; the other bytes as they came
	Include bool      // in a search page: included, not matched
}

// Page is one page of a search or a history.
type Page struct {
	Items []Resource
	Total *int   // exact, of all pages; nil when it was not asked for or is not known for little work
	Next  string // cursor of the next page; "" on the last one
	Prev  string // cursor of the page before; "" where there is none to give
	Plan  *Plan  // when the query asked for it
	Notes []Note // what the reader should be told, such as a parameter that was ignored
}

// Note is a remark for the OperationOutcome that goes with an answer.
type Note struct {
	Code string // FHIR issue-type
	Text string
}

// Plan tells how a search was or would be answered: a tree in words.
type Plan struct {
	Step     string // what this step does, in words
	Estimate int64  // rows it is expected to give; -1 when it was not estimated
	Steps    []*Plan
}

// Span is a time from From to before To.
type Span struct{ From, To time.Time }

// History asks for versions, newest first. Without an ID it goes over a type,
// without a Type over everything in the session's reach.
type History struct {
	Type, ID string
	Since    time.Time // versions made at or after it
	At       *Span     // versions that were current at some time in it
	Count    int       // page size; -1 for the server's own
	Cursor   string
}

// Op is one write of a transaction.
//
// Which resource it is about is said by Key (its ID may be empty for Post), or
// by If, a conditional interaction (R4 section 3.1.0.8.2, 3.1.0.5.3,
// 3.1.0.7.1): a Post with If creates only when nothing matches; Put, Patch and
// Delete with If act on the one match.
type Op struct {
	Method  Method
	Key     Key
	If      *search.Query
	IfMatch int64      // expected current version; 0 for none
	Body    *fhir.Tree // the resource of a Post or Put
	// Patched gives the new resource for a Patch from the current one. It is
	// called under the write lock and must be pure.
	Patched func(current *fhir.Tree) (*fhir.Tree, error)
	// FullURL is the entry's fullUrl in a transaction. References to it in the
	// bodies of the same call are rewritten to the resource's real place.
	FullURL string
	// Multiple lets a conditional Delete remove every match.
	Multiple bool
	// MustExist refuses a Put that would make a new resource.
	MustExist bool
	// Ensure is for loading: a Put whose content equals this or any earlier
	// version of the resource changes nothing.
	Ensure bool
}

// Outcome is what became of an Op, in the same order.
type Outcome struct {
	Resource Resource // the version that now is; for a delete, the tombstone; without a body where it may not be read
	Created  bool     // a Post or Put made a new resource
	Changed  bool     // a new version was made
	Deleted  int      // how many resources a delete removed
}

// Change is one entry of the change feed.
type Change struct {
	Key
	Version int64
	Method  Method
	Updated time.Time
	Body    []byte // nil for a tombstone
	// Patient is the id of the Patient in whose record it lies, and Before of the
	// one in whose record the version before it lay. Only FollowSome says it; ""
	// is nobody's.
	Patient, Before string
}
