package brands

import (
	"crypto/sha256"
	"encoding/base64"
	"strconv"
	"strings"
	"time"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/fhir/validate"
	"github.com/bevanhealth/bevan/internal/problem"
)

// MaxBytes bounds a bundle, and with it what each reader may cost.
const MaxBytes = 4 << 20

// Bundle is a checked bundle, ready to be published. It must not be changed.
type Bundle struct {
	// Body is the Bundle in JSON.
	Body []byte
	// ETag is a weak entity tag (RFC 9110 section 8.8.3) that changes with the
	// body.
	ETag string
	// Primary is the identifier of the primary brand, for discovery.
	Primary Identifier
}

// Identifier is a FHIR Identifier, as far as it names a brand.
type Identifier struct {
	System string `json:"system,omitempty"`
	Value  string `json:"value"`
}

// Read checks a bundle that the operator wrote. base is the URL of this
// server's FHIR interface, which has to be one of its endpoints. changed is when
// the text last changed: it becomes the bundle's timestamp where it says none.
// Everything that is wrong is in the error, which is of kind Invalid, or
// TooLarge.
func Read(text []byte, changed time.Time, base string) (*Bundle, error) {
	if len(text) > MaxBytes {
		return nil, problem.New(problem.TooLarge, "The bundle of brands is too large. It may have 4 MB: link to pictures instead of holding them.")
	}
	tree, err := fhir.Parse(text, fhir.Limits{Bytes: MaxBytes})
	if err != nil {
		return nil, problem.Wrap(problem.Invalid, "The bundle of brands is no JSON that can be read. Mend the file.", err)
	}
	c := &check{root: tree.Root(), base: strings.TrimSuffix(base, "/")}
	for _, i := range validate.Resource(tree, validate.Options{}) {
		if i.Severity == validate.Error {
			c.wrong(i.Path, i.Message)
		}
	}
	if len(c.issues) == 0 { // what follows may rely on the form
		c.bundle()
	}
	if len(c.issues) > 0 {
		return nil, problem.Many(problem.Invalid, c.issues)
	}
	body := stamped(tree, changed)
	sum := sha256.Sum256(body)
	return &Bundle{Body: body, ETag: `W/"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`, Primary: c.primary}, nil
}

// stamped is the bundle with a timestamp (brands, "SHALL populate
// Bundle.timestamp").
func stamped(t *fhir.Tree, changed time.Time) []byte {
	root := t.Root()
	if root.Get("timestamp").Exists() {
		return t.Bytes()
	}
	member := `"timestamp":` + strconv.Quote(changed.UTC().Format("2006-01-02T15:04:05Z"))
	return fhir.Splice(t.Bytes(), []fhir.Edit{fhir.Insert(root, fhir.Node{}, []byte(member))})
}
