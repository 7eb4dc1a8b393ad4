package fhirapi

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record"
)

// etag is a version as a weak entity tag
// (http://hl7.org/fhir/R4/http.html#versioning).
func etag(version int64) string {
	var buf [24]byte
	b := append(buf[:0], `W/"`...)
	b = strconv.AppendInt(b, version, 10)
	return string(append(b, '"'))
}

// parseETag reads W/"3", "3" and, as many clients send it, 3.
func parseETag(s string) (int64, bool) {
	s = strings.TrimPrefix(strings.TrimSpace(s), "W/")
	if len(s) >= 2 && s[0] == '"' && s[len(s)-1] == '"' {
		s = s[1 : len(s)-1]
	}
	return parseVersion(s)
}

// parseVersion reads a version id. Ours are plain counting numbers; anything
// else names no version.
func parseVersion(s string) (int64, bool) {
	if s == "" || s[0] == '+' || s[0] == '0' {
		return 0, false
	}
	v, err := strconv.ParseInt(s, 10, 64)
	return v, err == nil && v > 0
}

// ifMatch reads the If-Match header: 0 when there is none.
func ifMatch(header string) (int64, error) {
	if header == "" {
		return 0, nil
	}
	v, ok := parseETag(header)
	if !ok {
		return 0, problem.New(problem.PreconditionFailed,
			"If-Match must name one version as this server wrote it, such as W/\"3\". Read the resource and use its ETag.")
	}
	return v, nil
}

// onlyIfMatch refuses the conditions of RFC 9110 that writes do not heed here,
// since a write that went past its caller's condition could lose data.
func (c *call) onlyIfMatch() error {
	for _, name := range []string{"If-None-Match", "If-Unmodified-Since"} {
		if c.r.Header.Get(name) != "" {
			return problem.New(problem.Unsupported, name+" is not heeded for writes. Use If-Match with the ETag that you read, or If-None-Exist to create only what is not there.")
		}
	}
	return nil
}

func httpTime(t time.Time) string { return t.UTC().Format(http.TimeFormat) }

// stamp is a moment as a FHIR instant with milliseconds.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z07:00") }

// notModified tells whether a conditional read may be answered with 304
// (RFC 9110 section 13.1): If-None-Match decides where it is given.
func (c *call) notModified(r *record.Resource) bool {
	h := c.r.Header
	if tags := h["If-None-Match"]; len(tags) > 0 {
		for _, list := range tags {
			for tag := range strings.SplitSeq(list, ",") {
				if strings.TrimSpace(tag) == "*" {
					return true
				}
				if v, ok := parseETag(tag); ok && v == r.Version {
					return true
				}
			}
		}
		return false
	}
	since := h.Get("If-Modified-Since")
	if since == "" {
		return false
	}
	t, err := http.ParseTime(since)
	return err == nil && !r.Updated.Truncate(time.Second).After(t)
}
