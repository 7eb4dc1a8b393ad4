package record

import (
	"context"
	"net/http"
	"strconv"
	"strings"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/access/label"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record/internal/store"
)

const typeBinary = "Binary"

// ReadFile reads an entry of the record that the session is about, and the Binary
// to which an address in it leads. which is given the entry and says the address,
// as it stands there (FHIR R4, Attachment.url); with "" the entry is all that is
// read, and the answer is empty. It is one look, and one entry of the access log.
//
// A Binary lies in nobody's record and says of whom it is only where it has a
// securityContext (FHIR R4, Binary.securityContext). So it is given by the right
// to see the entry, and only where somebody vouches that the two belong together:
//
//   - its securityContext names the entry, or another of the same record that the
//     session may see too; or
//   - it names nobody, or the Patient, and an operator or a program wrote the
//     address into the entry. Whoever else may write into a record could write the
//     id of another's file there, or of one that is kept from them.
//
// The error is NotFound for all that is not given, whether it is there or not,
// and Gone for an entry that was deleted.
func (s *Session) ReadFile(ctx context.Context, k Key, which func(Resource) (url string, err error)) (Resource, error) {
	if err := s.may(ctx, access.Read, k.Type); err != nil {
		return Resource{}, err
	}
	if person, one := s.scope.Person(); !one || person == 0 {
		return Resource{}, s.refuse(ctx, access.Read, typeBinary)
	}
	v, err := s.d.store.Read(ctx, s.to(access.Read), store.Ref(k), 0)
	if err != nil {
		return Resource{}, err
	}
	if v == nil || v.Encoded == nil || store.Subject(v.Row) != s.person {
		return Resource{}, s.notThere(ctx, k, v != nil && store.Subject(v.Row) == s.person)
	}
	given, file, err := s.fileOf(ctx, v, which)
	if logged := s.note(ctx, access.Read, k.Type, http.StatusOK, -1, nil, given); logged != nil {
		return Resource{}, logged
	}
	return file, err
}

// fileOf reads the file of an entry, and says what of the record was given.
func (s *Session) fileOf(ctx context.Context, of *store.Version, which func(Resource) (string, error)) (given []*store.Version, file Resource, err error) {
	given = []*store.Version{of}
	entry, err := s.resource(of)
	if err != nil {
		return given, Resource{}, err
	}
	url, err := which(entry)
	if err != nil || url == "" {
		return given, Resource{}, err
	}
	v, err := s.fileAt(ctx, of, url)
	if err != nil {
		return given, Resource{}, err
	}
	if v == nil {
		return given, Resource{}, problem.New(problem.NotFound, "This file is not here, or you may not see it.")
	}
	if file, err = s.resource(v); err != nil {
		return given, Resource{}, err
	}
	theirs := *v
	theirs.Row = of.Row // so that the person's log tells of it
	return append(given, &theirs), file, nil
}

// fileAt is the Binary at an address of an entry; nil where it is not given.
func (s *Session) fileAt(ctx context.Context, of *store.Version, url string) (*store.Version, error) {
	ref, ok := s.d.store.Local(url)
	if !ok || ref.Type != typeBinary {
		return nil, nil
	}
	deny := s.to(access.Read).Deny
	v, err := s.d.store.Read(ctx, store.Reach{Everyone: true, Deny: deny}, ref, versionOf(url))
	if err != nil || v == nil || v.Encoded == nil {
		return nil, err
	}
	// What the person chose goes by the labels of the entry. Of a file that is more
	// sensitive than its entry nobody has said that this viewer may see it.
	themself := s.who.Role == access.RoleSelf && s.who.App == ""
	if !themself && s.base.Classes != nil && of.Chosen() && label.Set(v.Mask).Labels()&^label.Set(of.Mask).Labels() != 0 {
		return nil, nil
	}
	t, err := v.Tree()
	if err != nil {
		return nil, err
	}
	if about := t.Root().Get("securityContext"); about.Exists() {
		if ref, ok = s.d.store.Local(about.Get("reference").Str()); !ok {
			return nil, nil
		}
		if ref.Type != "Patient" {
			return s.ifSeen(ctx, ref, v)
		}
		if ref.ID != s.patient {
			return nil, nil
		}
	}
	if vouched, err := s.vouched(ctx, of, url); err != nil || !vouched {
		return nil, err
	}
	return v, nil
}

// ifSeen gives a file where the session sees the entry of its person that stands
// for it.
func (s *Session) ifSeen(ctx context.Context, ref store.Ref, file *store.Version) (*store.Version, error) {
	at, err := s.d.store.Read(ctx, s.to(access.Read), ref, 0)
	if err != nil || at == nil || at.Encoded == nil || store.Subject(at.Row) != s.person {
		return nil, err
	}
	return file, nil
}

// vouched says whether one whose word counts wrote an address into an entry. What
// others wrote into it since takes nothing away from that.
func (s *Session) vouched(ctx context.Context, of *store.Version, url string) (bool, error) {
	words, err := s.d.store.Words(ctx, []store.Ref{of.Ref}, s.person, s.trusted())
	if err != nil {
		return false, err
	}
	w := words[of.Ref]
	if !w.Vouched || len(w.Versions) == 0 {
		return false, nil
	}
	last := w.Versions[len(w.Versions)-1]
	if last.Encoded == nil {
		return false, nil
	}
	t, err := last.Tree()
	if err != nil {
		return false, err
	}
	for n := range t.Strings("url") {
		if n.Is(url) {
			return true, nil
		}
	}
	return false, nil
}

// versionOf is the version that an address names; 0 for none.
func versionOf(url string) int64 {
	_, text, named := strings.Cut(url, "/_history/")
	if !named {
		return 0
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 1 {
		return -1 // no resource has it
	}
	return n
}
