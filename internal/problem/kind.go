package problem

// Kind says what went wrong in a way that a program can act on. The zero Kind
// is Internal, so that a forgotten kind shows nothing and is looked into.
type Kind uint8

const (
	// Internal is a fault of ours: a bug, or a state that should not exist.
	Internal Kind = iota
	// Invalid is a request that can not be read: bad JSON, bad parameter.
	Invalid
	// Unprocessable can be read, and breaks a rule of FHIR or of ours.
	Unprocessable
	// Unauthorized: nobody is signed in, or the token is not known.
	Unauthorized
	// Revoked: the token was good and was taken back.
	Revoked
	// Forbidden: we know who asks, and they may not do this.
	Forbidden
	// NotFound: it is not here, or this viewer may not know that it is.
	NotFound
	// Gone: it was here and was deleted.
	Gone
	// Conflict: somebody else changed it first, or a rule between records
	// stops it.
	Conflict
	// PreconditionFailed: a condition of the caller (If-Match, a conditional
	// write) does not hold.
	PreconditionFailed
	// TooLarge: the request is bigger than this server takes.
	TooLarge
	// TooMany: too many requests from this caller; trying later will work.
	TooMany
	// Unsupported: correct FHIR that this server does not do.
	Unsupported
	// Unavailable: a part that is needed is away for now; nothing was done.
	Unavailable
	// Timeout: the work took too long and was stopped.
	Timeout

	kinds // how many there are
)

// trait holds what is true of every problem of one kind.
type trait struct {
	name     string
	status   int    // HTTP, RFC 9110 §15 and RFC 6585
	code     string // FHIR IssueType, http://hl7.org/fhir/R4/valueset-issue-type.html
	sentence string // used when the problem brings no sentence of its own
}

var traits = [kinds]trait{
	Internal:           {"internal", 500, "exception", "Something went wrong on our side. Try again; if it happens again, tell the operator the request id."},
	Invalid:            {"invalid", 400, "invalid", "The request could not be read. Check it and send it again."},
	Unprocessable:      {"unprocessable", 422, "processing", "The request could be read but breaks a rule. Mend it and send it again."},
	Unauthorized:       {"unauthorized", 401, "login", "You are not signed in. Send a valid token and try again."},
	Revoked:            {"revoked", 401, "login", "This permission was taken back. Ask for it again."},
	Forbidden:          {"forbidden", 403, "forbidden", "You may not do this. Ask whoever runs this service if you think you should."},
	NotFound:           {"not-found", 404, "not-found", "Nothing was found here. Check the address."},
	Gone:               {"gone", 410, "deleted", "This was deleted. Its history may still be there."},
	Conflict:           {"conflict", 409, "conflict", "Somebody else changed this first. Read it again, then make your change."},
	PreconditionFailed: {"precondition-failed", 412, "conflict", "The condition that you set does not hold. Read the record again, then decide."},
	TooLarge:           {"too-large", 413, "too-long", "This is larger than the server takes. Send it in smaller parts."},
	TooMany:            {"too-many", 429, "throttled", "Too many requests at once. Wait a moment, then try again."},
	Unsupported:        {"unsupported", 400, "not-supported", "This server does not do that yet. Leave it out and try again."},
	Unavailable:        {"unavailable", 503, "transient", "The service can not answer now. Nothing was changed. Try again in a moment."},
	Timeout:            {"timeout", 504, "timeout", "This took too long and was stopped. Ask for less, or try again later."},
}

// trait answers Internal's for a kind that does not exist, so that a bad
// number can not panic and shows nothing.
func (k Kind) trait() trait {
	if k >= kinds {
		k = Internal
	}
	return traits[k]
}

// String is the kind's name as logs and metrics write it, such as "not-found".
func (k Kind) String() string { return k.trait().name }

// Status is the HTTP status code for the kind (RFC 9110 §15). Unsupported is
// 400; a door that knows that a whole interaction is missing may send 501.
func (k Kind) Status() int { return k.trait().status }

// Code is the FHIR IssueType that stands for the kind when a problem names no
// better one (http://hl7.org/fhir/R4/valueset-issue-type.html).
func (k Kind) Code() string { return k.trait().code }

// Retry says whether the same request may succeed later, unchanged.
func (k Kind) Retry() bool {
	switch k {
	case TooMany, Unavailable, Timeout:
		return true
	}
	return false
}
