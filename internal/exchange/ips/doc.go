// Package ips makes an International Patient Summary: the few things that
// somebody who treats a stranger has to know, as a FHIR document (HL7's
// International Patient Summary 2.0.0 for R4, "Structure of the International
// Patient Summary" and "Empty Sections and Missing Data").
//
// A summary is read through a session of the record about one person, so it
// holds what the viewer may see and nothing else. It never says that there is
// nothing where nothing is known: a part without entries says that this record
// holds no information, which is not the same.
//
// The same machinery makes a child's whole red book (Kind): other parts, found and
// written in the same way.
//
// It is not a copy of the record (that is takeaway), and it keeps nothing.
package ips
