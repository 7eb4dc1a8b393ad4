package fhirapi

import (
	"strconv"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record"
)

// bundle is a Bundle being written (http://hl7.org/fhir/R4/bundle.html):
// bytes in a borrowed buffer, resources put in as they are.
type bundle struct {
	held    *[]byte
	buf     []byte
	entries int
}

func newBundle(kind string) *bundle {
	held := borrow()
	b := &bundle{held: held, buf: (*held)[:0]}
	b.buf = append(b.buf, `{"resourceType":"Bundle","type":"`...)
	b.buf = append(b.buf, kind...)
	b.buf = append(b.buf, '"')
	return b
}

// free gives the memory back; the bytes that end gave must be sent by then.
func (b *bundle) free() { giveBack(b.held, b.buf) }

func (b *bundle) total(n *int) {
	if n != nil {
		b.buf = append(b.buf, `,"total":`...)
		b.buf = strconv.AppendInt(b.buf, int64(*n), 10)
	}
}

// links writes self, next and previous. The pairs are what was asked, without
// the cursor; cursor is the one that this page was asked with.
func (b *bundle) links(c *call, pairs []pair, cursor string, page record.Page) {
	b.buf = append(b.buf, `,"link":[`...)
	b.link(c, "self", pairs, cursor)
	if page.Next != "" {
		b.buf = append(b.buf, ',')
		b.link(c, "next", pairs, page.Next)
	}
	if page.Prev != "" {
		b.buf = append(b.buf, ',')
		b.link(c, "previous", pairs, page.Prev)
	}
	b.buf = append(b.buf, ']')
}

func (b *bundle) link(c *call, relation string, pairs []pair, cursor string) {
	b.buf = append(b.buf, `{"relation":"`...)
	b.buf = append(b.buf, relation...)
	b.buf = append(b.buf, `","url":"`...)
	// What follows needs no JSON escape: the base is plain, the query is
	// percent-encoded.
	b.buf = append(b.buf, c.base()...)
	b.buf = append(b.buf, c.linkPath()...)
	mark := byte('?')
	if len(pairs) > 0 {
		b.buf = append(b.buf, mark)
		b.buf = encodeQuery(b.buf, pairs)
		mark = '&'
	}
	if cursor != "" {
		b.buf = append(b.buf, mark)
		b.buf = append(b.buf, "_page="...)
		b.buf = appendEscaped(b.buf, cursor)
	}
	b.buf = append(b.buf, `"}`...)
}

// linkPath is the path that the call's links lead to, after the base.
func (c *call) linkPath() string {
	path := ""
	for _, part := range []string{c.typ, c.id, c.sub, c.tail} {
		if part != "" {
			path += "/" + part
		}
	}
	return path
}

// open begins an entry.
func (b *bundle) open() {
	if b.entries == 0 {
		b.buf = append(b.buf, `,"entry":[{`...)
	} else {
		b.buf = append(b.buf, `,{`...)
	}
	b.entries++
}

func (b *bundle) fullURL(c *call, k record.Key) {
	b.buf = append(b.buf, `"fullUrl":"`...)
	b.buf = append(b.buf, c.base()...)
	b.buf = append(b.buf, '/')
	b.buf = append(b.buf, k.Type...)
	b.buf = append(b.buf, '/')
	b.buf = append(b.buf, k.ID...)
	b.buf = append(b.buf, '"')
}

func (b *bundle) resource(c *call, body []byte) error {
	body, err := c.shape.apply(body)
	if err != nil {
		return err
	}
	b.buf = append(b.buf, `,"resource":`...)
	b.buf = append(b.buf, body...)
	return nil
}

// found writes an entry of a searchset.
func (b *bundle) found(c *call, r *record.Resource) error {
	b.open()
	b.fullURL(c, r.Key)
	if err := b.resource(c, r.Body); err != nil {
		return err
	}
	mode := `,"search":{"mode":"match"}}`
	if r.Include {
		mode = `,"search":{"mode":"include"}}`
	}
	b.buf = append(b.buf, mode...)
	return nil
}

// remarks writes the entry that tells the reader what to know about a
// searchset; nothing when there is nothing to tell.
func (b *bundle) remarks(issues []problem.Issue) {
	if len(issues) == 0 {
		return
	}
	b.open()
	b.buf = append(b.buf, `"resource":`...)
	b.buf = appendOutcome(b.buf, "", issues)
	b.buf = append(b.buf, `,"search":{"mode":"outcome"}}`...)
}

// versionEntry writes an entry of a history: what was asked and what was
// answered when this version was made.
func (b *bundle) versionEntry(c *call, r *record.Resource) error {
	b.open()
	b.fullURL(c, r.Key)
	status := "200 OK"
	if r.Method == record.Delete {
		status = "204 No Content"
	} else {
		if err := b.resource(c, r.Body); err != nil {
			return err
		}
		if r.Version == 1 {
			status = "201 Created"
		}
	}
	b.buf = append(b.buf, `,"request":{"method":"`...)
	b.buf = append(b.buf, r.Method.String()...)
	b.buf = append(b.buf, `","url":"`...)
	b.buf = append(b.buf, r.Type...)
	if r.Method != record.Post {
		b.buf = append(b.buf, '/')
		b.buf = append(b.buf, r.ID...)
	}
	b.buf = append(b.buf, `"},"response":{"status":"`...)
	b.buf = append(b.buf, status...)
	b.buf = append(b.buf, '"')
	b.versionOf(r)
	b.buf = append(b.buf, `}}`...)
	return nil
}

// versionOf writes the members of a response that name a version.
func (b *bundle) versionOf(r *record.Resource) {
	b.buf = append(b.buf, `,"etag":`...)
	b.buf = fhir.AppendString(b.buf, etag(r.Version))
	b.buf = append(b.buf, `,"lastModified":"`...)
	b.buf = append(b.buf, stamp(r.Updated)...)
	b.buf = append(b.buf, '"')
}

// end closes the Bundle and gives its bytes.
func (b *bundle) end() []byte {
	if b.entries > 0 {
		b.buf = append(b.buf, ']')
	}
	b.buf = append(b.buf, '}')
	return b.buf
}
