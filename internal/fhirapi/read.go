package fhirapi

import (
	"net/http"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record"
)

// read answers read and vread, conditional ones included
// (http://hl7.org/fhir/R4/http.html#read, #vread, #cread).
func (c *call) read() error {
	if err := c.known(); err != nil {
		return err
	}
	res, err := c.fetch()
	if err != nil {
		return err
	}
	c.version(&res)
	if c.notModified(&res) {
		return c.empty(http.StatusNotModified)
	}
	body, err := c.shape.apply(res.Body)
	if err != nil {
		return err
	}
	return c.send(http.StatusOK, body)
}

// fetch reads the resource that the path names.
func (c *call) fetch() (record.Resource, error) {
	var version int64
	if c.vid != "" {
		v, ok := parseVersion(c.vid)
		if !ok {
			return record.Resource{}, problem.New(problem.NotFound, "There is no such version. Look at the resource's _history for those that there are.")
		}
		version = v
	}
	if c.typ == logType && record.IsLook(c.id) {
		return c.fetchLook(version)
	}
	s, err := c.open(access.Operations)
	if err != nil {
		return record.Resource{}, err
	}
	return s.Read(c.ctx, record.Key{Type: c.typ, ID: c.id}, version)
}
